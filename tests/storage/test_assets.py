import hashlib

import pytest

from personadesk.domain.errors import NotFound, StoreUnavailable
from personadesk.domain.persona import PersonaCard
from personadesk.storage.assets import AssetFiles
from tests.storage.conftest import Desk

CONTENT = b"<svg/>" * 1_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def test_a_file_is_stored_once_under_its_hash(desk: Desk) -> None:
    first = desk.write(lambda store: store.assets.put(CONTENT, "image/svg+xml"))
    second = desk.write(lambda store: store.assets.put(CONTENT, "image/svg+xml"))

    path = desk.read(lambda store: store.assets.path(SHA256))

    assert first == second == SHA256
    assert path == desk.database.data_dir / "assets" / SHA256[:2] / SHA256[2:]
    assert path.read_bytes() == CONTENT
    assert [file.name for file in path.parent.iterdir()] == [SHA256[2:]]


def test_a_file_that_was_cut_short_is_made_whole_when_it_comes_again(desk: Desk) -> None:
    desk.write(lambda store: store.assets.put(CONTENT, "image/svg+xml"))
    path = desk.database.asset_path(SHA256)
    path.write_bytes(CONTENT[:10])

    desk.write(lambda store: store.assets.put(CONTENT, "image/svg+xml"))

    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("name", ["", "0" * 64, "../personadesk.sqlite3", "z" * 64, "ab/../../x"])
def test_what_is_not_there_is_not_found(desk: Desk, name: str) -> None:
    with pytest.raises(NotFound):
        desk.database.asset_path(name)


def test_an_avatar_must_be_in_the_store(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.write(lambda store: store.personas.create(PersonaCard("Luna"), avatar="0" * 64))


def test_a_folder_that_cannot_be_made_is_a_sentence(desk: Desk) -> None:
    (desk.database.data_dir / "assets").write_text("in the way")

    with pytest.raises(StoreUnavailable, match="can't write") as caught:
        desk.write(lambda store: store.assets.put(CONTENT, "image/svg+xml"))

    assert caught.value.next_step


def test_files_that_are_kept_together_leave_nothing_half_behind(desk: Desk) -> None:
    files = AssetFiles(desk.database.data_dir)
    contents = {hashlib.sha256(content).hexdigest(): content for content in (b"one", b"two", b"three")}
    files.keep(contents)
    assert [files.path(sha256).read_bytes() for sha256 in contents] == list(contents.values())
    more = {hashlib.sha256(content).hexdigest(): content for content in (b"four", b"five")}
    files.place(list(more)[1]).mkdir(parents=True)  # in the way of the second

    with pytest.raises(StoreUnavailable):
        files.keep(more)

    assert list((desk.database.data_dir / "assets").glob("*/.new-*")) == []
