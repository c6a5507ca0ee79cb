"""A backup holds everything, is checked before it has a name, and gives everything back."""

import io
import json
import os
import tarfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from personadesk.domain.errors import NotFound, Stopped, UserFacingError
from personadesk.domain.migration import Found, Progress, SourceKind, Stage
from personadesk.services.migration_ports import BackupReader
from personadesk.storage.backup_archive import TarBackups
from tests.fakes import FakeClock

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX kinds of files")

Make = Callable[..., BackupReader]
State = dict[str, tuple[int, int, bytes]]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    base = tmp_path / "bot"
    (base / "data" / "dagoth_ur").mkdir(parents=True)
    (base / "data" / "empty").mkdir()
    (base / "data" / "dagoth_ur" / "user_1.json").write_bytes(b'{"user_id": 1}')
    (base / "data" / "big").write_bytes(os.urandom((3 << 20) + 11))
    (base / "data" / "zero").touch(mode=0o640)
    (base / ("n" * 200)).write_text("long")
    Path(os.fsdecode(os.fsencode(base / "data") + b"/\xff\xfe")).write_bytes(b"odd")
    os.utime(base / "data" / "zero", ns=(1, 123456789))
    return base


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups" / "b.tar"


def make(base: Path, target: Path, *trees: str) -> BackupReader:
    found = Found(SourceKind.PROFILES, base, trees or (".",))
    return TarBackups(FakeClock()).make(found, target, tell=lambda _: None, cancelled=lambda: False)


def state(base: Path) -> State:
    return {
        str(path.relative_to(base)): (path.stat().st_mode, path.stat().st_mtime_ns, path.read_bytes())
        for path in base.rglob("*")
        if path.is_file()
    }


def manifest(target: Path) -> dict[str, list[dict[str, object]]]:
    with tarfile.open(target) as archive:
        last = archive.getmembers()[-1]
        assert last.name.startswith("MANIFEST")
        content = archive.extractfile(last)
        assert content is not None
        found: dict[str, list[dict[str, object]]] = json.load(content)
        return found


def test_another_program_can_unpack_it(source: Path, target: Path, tmp_path: Path) -> None:
    make(source, target).close()
    with tarfile.open(target) as archive:
        archive.extractall(tmp_path / "out", filter="data")
    (tmp_path / "out" / "MANIFEST.json").unlink()
    assert {path: found[2] for path, found in state(tmp_path / "out").items()} == {
        path: found[2] for path, found in state(source).items()
    }
    assert (tmp_path / "out" / "data" / "empty").is_dir()
    assert [path.name for path in target.parent.iterdir()] == ["b.tar"]


def test_it_is_read_by_path_and_opened_again(source: Path, target: Path) -> None:
    make(source, target).close()
    backup = TarBackups().open(target)
    assert backup.path == target
    assert backup.read("data/dagoth_ur/user_1.json")[0] == b'{"user_id": 1}'
    assert backup.read("data/big")[0] == (source / "data" / "big").read_bytes()
    assert backup.read("data/zero")[0] == b""
    assert backup.read("data/\udcff\udcfe")[0] == b"odd"
    with pytest.raises(NotFound):
        backup.read("data")
    backup.close()


def test_only_the_trees_are_in_it(source: Path, target: Path) -> None:
    backup = make(source, target, "data/dagoth_ur")
    backup.close()
    assert [one["path"] for one in manifest(target)["files"]] == ["data/dagoth_ur/user_1.json"]


def test_special_files_are_named_and_stop_nothing(source: Path, target: Path) -> None:
    os.mkfifo(source / "pipe")
    (source / "loop").symlink_to(source)
    (source / "profiles_backup_20250101_000000.tar").touch()
    (source / "MANIFEST.json").write_text("theirs")
    if os.geteuid() != 0:
        (source / "shut").mkdir(mode=0)
    backup = make(source, target)
    assert backup.read("MANIFEST.json")[0] == b"theirs"
    backup.close()
    special = {one["path"]: (one["kind"], one.get("target")) for one in manifest(target)["special"]}
    special.pop("shut", None)
    assert special == {
        "pipe": ("special", None),
        "loop": ("link", str(source)),
        "profiles_backup_20250101_000000.tar": ("backup", None),
    }
    TarBackups().open(target).close()


def test_an_archive_within_its_own_tree_leaves_itself_out(source: Path) -> None:
    make(source, source / "x.tar").close()
    assert "x.tar" not in "".join(str(one["path"]) for one in manifest(source / "x.tar")["files"])


def test_a_file_that_grows_is_listed_as_changed(source: Path, target: Path) -> None:
    path = source / "growing"
    path.write_bytes(bytes(16 << 20))
    enough = threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            while not enough.is_set():
                file.write(b"x")

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        make(source, target).close()
    finally:
        enough.set()
        writer.join()
    assert [(one["path"], one["kind"]) for one in manifest(target)["special"]] == [("growing", "changed")]
    assert "growing" not in [one["path"] for one in manifest(target)["files"]]


def test_cancelling_leaves_nothing(source: Path, target: Path) -> None:
    found = Found(SourceKind.PROFILES, source, (".",))
    for stage in (Stage.BACK_UP, Stage.CHECK_BACKUP):
        told: list[Progress] = []
        with pytest.raises(Stopped):
            TarBackups().make(
                found,
                target,
                tell=told.append,
                cancelled=lambda: bool(told) and told[-1].stage is stage,  # noqa: B023
            )
        assert list(target.parent.iterdir()) == []


def test_no_place_for_it_is_said_and_nothing_overwritten(source: Path, target: Path) -> None:
    with pytest.raises(UserFacingError, match="another place"):
        make(source, target.parent / "gone" / "b.tar")
    target.write_text("mine")
    with pytest.raises(UserFacingError, match="already"):
        make(source, target)
    assert target.read_text() == "mine"
    assert len(list(target.parent.iterdir())) == 1
    with pytest.raises(UserFacingError, match="not there"):
        make(source / "gone", target.with_name("c.tar"))


def test_a_full_disk_is_said(source: Path, target: Path) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    try:
        with pytest.raises(UserFacingError, match="full"):
            make(source, target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(target.parent.iterdir()) == []


def test_names_are_free_ones(tmp_path: Path) -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    first = TarBackups().name(tmp_path, now)
    assert first.name == "profiles_backup_20260102_030405.tar"
    first.touch()
    second = TarBackups().name(tmp_path, now)
    second.with_name(second.name + ".part").touch()
    assert len({first, second, TarBackups().name(tmp_path, now)}) == 3


def test_any_damage_is_found(source: Path, target: Path) -> None:
    make(source, target, "data/dagoth_ur", "data/empty").close()
    whole = target.read_bytes()
    for size in range(0, len(whole) - 1024, 256):
        target.write_bytes(whole[:size])
        with pytest.raises(UserFacingError):
            TarBackups().open(target)
    at = whole.index(b'{"user_id"')
    target.write_bytes(whole[:at] + b"[" + whole[at + 1 :])
    with pytest.raises(UserFacingError):
        TarBackups().open(target)


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", ""])
def test_a_manifest_that_names_a_place_outside_is_refused(target: Path, path: str) -> None:
    content = json.dumps(
        {"format": 1, "made_at": "", "base": "/", "trees": ["."], "files": [], "special": []}
        | {"folders": [{"path": path, "mode": 0o700, "mtime_ns": 0}]}
    ).encode()
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as archive:
        info = tarfile.TarInfo("MANIFEST.json")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    with pytest.raises(UserFacingError, match="outside"):
        TarBackups().open(target)


def test_restoring_gives_every_file_back_and_touches_nothing_else(source: Path, target: Path) -> None:
    before = state(source)
    backup = make(source, target)
    (source / "data" / "dagoth_ur" / "user_1.json").write_text("new and longer")
    (source / "data" / "zero").unlink()
    (source / "data" / "empty").rmdir()
    (source / "data" / "big").chmod(0o600)
    (source / "added").write_text("later")
    assert backup.restore(source) == (2, ())
    assert (source / "data" / "empty").is_dir()
    after = state(source)
    assert after.pop("added")[2] == b"later"
    assert after == before
    (aside,) = target.parent.glob("profiles_set_aside_*.tar")
    kept = TarBackups().open(aside)
    assert kept.read("data/dagoth_ur/user_1.json")[0] == b"new and longer"
    kept.close()
    assert backup.restore(source) == (0, ())
    backup.close()


def test_restoring_a_whole_folder_that_is_gone(source: Path, target: Path, tmp_path: Path) -> None:
    before = state(source)
    backup = make(source, target)
    (tmp_path / "new").mkdir()
    assert backup.restore(tmp_path / "new")[0] == len(before)
    assert state(tmp_path / "new") == before
    backup.close()


def test_restoring_some_writes_through_no_link(source: Path, target: Path, tmp_path: Path) -> None:
    backup = make(source, target)
    outside = tmp_path / "outside"
    (source / "data" / "dagoth_ur").rename(outside)
    (outside / "user_1.json").write_text("theirs")
    (source / "data" / "dagoth_ur").symlink_to(outside)
    (source / "data" / "zero").unlink()
    (source / "data" / "zero").symlink_to(outside / "user_1.json")
    (source / "data" / "big").unlink()
    only = frozenset({"data/dagoth_ur/user_1.json", "data/zero", "nowhere"})
    written, sentences = backup.restore(source, only=only)
    assert written == 0
    assert len(sentences) == 3
    assert (outside / "user_1.json").read_text() == "theirs"
    assert not (source / "data" / "big").exists()
    backup.close()
