"""Other programs' folders are read as they are: no link followed, nothing but regular files opened."""

import hashlib
import os
import socket
import threading
from pathlib import Path

import pytest

from personadesk.domain.errors import UserFacingError
from personadesk.services.migration_ports import Entry
from personadesk.storage.source_files import DiskFiles

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX kinds of files")


def walked(base: Path, *trees: str) -> list[Entry]:
    with DiskFiles().opened(base) as folder:
        return list(folder.walk(trees or (".",)))


def kinds(base: Path, *trees: str) -> list[tuple[str, str]]:
    return [(entry.path, entry.kind) for entry in walked(base, *trees)]


def test_a_folder_is_walked_in_order_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "one").write_text("1")
    (tmp_path / "a.txt").write_text("2")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as endpoint:
        endpoint.bind(str(tmp_path / "socket"))
    assert kinds(tmp_path) == [
        ("a", "folder"),
        ("a/b", "folder"),
        ("a/b/one", "file"),
        ("a.txt", "file"),
        ("loop", "link"),
        ("pipe", "special"),
        ("socket", "special"),
    ]


def test_trees_are_files_and_folders_and_come_once(tmp_path: Path) -> None:
    (tmp_path / "data" / "profiles").mkdir(parents=True)
    (tmp_path / "data" / "profiles" / "p").touch()
    (tmp_path / "card.png").touch()
    (tmp_path / "else").touch()
    assert kinds(tmp_path, "data/profiles", "card.png", "data/profiles/p", "gone") == [
        ("card.png", "file"),
        ("data/profiles", "folder"),
        ("data/profiles/p", "file"),
    ]


@pytest.mark.parametrize("tree", ["..", "../x", "/etc", "a/../../b"])
def test_a_tree_outside_is_refused(tmp_path: Path, tree: str) -> None:
    with pytest.raises(UserFacingError):
        kinds(tmp_path, tree)


def test_a_missing_main_tree_or_base_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserFacingError, match="not there"):
        kinds(tmp_path, "gone")
    with pytest.raises(UserFacingError, match="not there"):
        kinds(tmp_path / "gone")


def test_odd_names_come_back_as_they_are(tmp_path: Path) -> None:
    for name in (b"\xff\xfe.json", b"new\nline", "ü".encode(), "u\u0308".encode()):
        (tmp_path / os.fsdecode(name)).write_bytes(name)
    found = [entry.path for entry in walked(tmp_path)]
    assert sorted(map(os.fsencode, found)) == sorted([b"\xff\xfe.json", b"new\nline", "ü".encode(), "u\u0308".encode()])
    for path in found:
        assert DiskFiles().read(tmp_path, path)[0] == os.fsencode(path)


def test_a_tree_deeper_than_any_path_may_be(tmp_path: Path) -> None:
    fd = os.open(tmp_path, os.O_RDONLY)
    name = "deep" * 60
    for _ in range(30):
        os.mkdir(name, dir_fd=fd)
        deeper = os.open(name, os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = deeper
    os.close(os.open("bottom", os.O_CREAT | os.O_WRONLY, dir_fd=fd))
    os.close(fd)
    *_, bottom = walked(tmp_path)
    assert bottom.path == f"{name}/" * 30 + "bottom"
    assert DiskFiles().read(tmp_path, bottom.path)[2] == 0


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir(mode=0)
    (tmp_path / "file").touch(mode=0)
    assert kinds(tmp_path) == [("file", "file"), ("shut", "unreadable")]
    with pytest.raises(UserFacingError, match="may not be read"):
        DiskFiles().read(tmp_path, "file")


@pytest.mark.parametrize("size", [0, 1, 5000, (1 << 20) + 7])
def test_content_digest_and_size(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    (tmp_path / "f").write_bytes(content)
    digest = hashlib.sha256(content).digest()
    assert DiskFiles().read(tmp_path, "f") == (content, digest, size)
    assert DiskFiles().read(tmp_path, "f", limit=size) == (content, digest, size)
    if size:
        assert DiskFiles().read(tmp_path, "f", limit=size - 1) == (None, digest, size)
    assert DiskFiles().head(tmp_path, "f", 16) == content[:16]


def test_nothing_but_a_regular_file_is_read(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "secret").write_text("s")
    (inside / "out").symlink_to(tmp_path)
    (inside / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(inside / "pipe")
    for path in ("link", "out/secret", "pipe", ".", "..", "../secret", str(tmp_path / "secret"), "gone", "in/./x"):
        with pytest.raises(UserFacingError):
            DiskFiles().read(inside, path)


def test_a_file_that_keeps_growing_is_said_to_change(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(bytes(8 << 20))
    enough = threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            while not enough.is_set():
                file.write(b"x" * 4096)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        with pytest.raises(UserFacingError, match="changed while it was read"):
            DiskFiles().read(tmp_path, "log", 10)
    finally:
        enough.set()
        writer.join()


def test_free_space_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    assert DiskFiles().free_bytes(tmp_path / "a" / "b") > 0
