"""What holds for the repository as a whole: what is in it, what is pinned, what must never be named."""

import ast
import hashlib
import importlib.metadata
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import personadesk

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"

TOP_LEVEL = {
    ".ci",
    ".editorconfig",
    ".gitattributes",
    ".gitignore",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "packaging",
    "personadesk",
    "pyproject.toml",
    "resources",
    "tests",
}

APACHE_2_SHA256 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"

# In pieces, so that this file does not name them itself.
REGISTRIES = [
    ".".join(pieces)
    for pieces in [
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
        ("snapshot", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
        ("pkg", "dev"),
        ("anaconda", "org"),
        ("rubygems", "org"),
    ]
]

MODULE_LINES = 400
FUNCTION_LINES = 60
CLASS_METHODS = 25


@cache
def files() -> tuple[Path, ...]:
    """Every file git knows or would add."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode != 0:
        pytest.skip("this is not a checkout: " + listing.stderr.strip())
    return tuple(path for name in listing.stdout.split("\0") if name and (path := ROOT / name).is_file())


def texts() -> Iterator[tuple[Path, str]]:
    for path in files():
        content = path.read_bytes()
        if b"\0" not in content:
            yield path.relative_to(ROOT), content.decode("utf-8")


def found(pattern: re.Pattern[str]) -> list[str]:
    return [f"{path}: {match.group()}" for path, text in texts() for match in pattern.finditer(text)]


def pins() -> dict[str, str]:
    """Name → version, without those for other systems than this one."""
    pinned = {}
    for line in CONSTRAINTS.read_text().splitlines():
        if line.startswith("#"):
            continue
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate():
            pinned[canonicalize_name(requirement.name)] = str(requirement.specifier).removeprefix("==")
    return pinned


def direct_requirements() -> list[Requirement]:
    project = PROJECT["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["dev"], *PROJECT["build-system"]["requires"]]
    return [Requirement(line) for line in lines]


def test_nothing_but_the_agreed_entries_lies_at_the_top() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in files()} <= TOP_LEVEL


def test_no_package_registry_is_named() -> None:
    assert found(re.compile("|".join(map(re.escape, REGISTRIES)), re.IGNORECASE)) == []


def test_nothing_speaks_of_where_the_work_was_done() -> None:
    folder, ticket = "share" + "d/", "is" + "sue"

    assert (
        found(re.compile(rf"(?<![\w/.-]){folder}|\b{ticket}s? +#?\d+|\b(?:fixes|closes|refs) +#\d+", re.IGNORECASE))
        == []
    )


def test_the_licence_is_apache_2() -> None:
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == APACHE_2_SHA256
    assert PROJECT["project"]["license"] == "Apache-2.0"


def test_what_the_project_file_names_is_there() -> None:
    project = PROJECT["project"]

    assert [name for name in [project["readme"], *project["license-files"]] if not (ROOT / name).is_file()] == []


def test_the_changelog_begins_with_this_version() -> None:
    versions = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert versions[0] == personadesk.__version__


def test_every_constraint_is_one_exact_version_without_an_address() -> None:
    lines = [line for line in CONSTRAINTS.read_text().splitlines() if not line.startswith("#")]

    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; \w+ == \"\w+\")?", line)] == []
    assert lines == sorted(set(lines))


@pytest.mark.parametrize("requirement", direct_requirements(), ids=str)
def test_what_the_project_asks_for_is_pinned_within_its_bounds(requirement: Requirement) -> None:
    version = pins().get(canonicalize_name(requirement.name))

    assert version is not None, f"{requirement.name} is not in packaging/constraints.txt"
    assert requirement.specifier.contains(version, prereleases=True)


def test_what_is_installed_is_what_is_pinned_however_indirectly_it_is_needed() -> None:
    pinned = pins()
    waiting = direct_requirements()
    seen: dict[str, str] = {}

    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # the build's tools, in an environment that never built
        if name not in seen:
            seen[name] = distribution.version
            needed = map(Requirement, distribution.requires or [])
            extras = requirement.extras or {""}
            waiting += [
                each
                for each in needed
                if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in extras)
            ]

    assert {name: version for name, version in seen.items() if pinned.get(name) != version} == {}


def test_the_weights_wheels_are_pinned_by_hash_and_are_those_the_catalogues_name() -> None:
    lines = [line for line in (ROOT / "packaging" / "models.txt").read_text().splitlines() if not line.startswith("#")]
    pinned = {re.fullmatch(r"(\S+==\S+) --hash=sha256:[0-9a-f]{64}", line)[1] for line in lines}
    catalogue = tomllib.loads((ROOT / "resources" / "models.toml").read_text())
    default = next(model for model in catalogue["models"] if model["id"] == catalogue["default"])

    voice = tomllib.loads((ROOT / "resources" / "voices" / "kokoro.toml").read_text())["model"]

    sources = [source for source in default["sources"] if source["kind"] == "package"]
    named = {f"{part['package']}=={part['version']}" for source in [*sources, voice] for part in source["parts"]}

    assert pinned == named


@pytest.mark.parametrize(
    "script", [*sorted(f"packaging/{path.name}" for path in ROOT.glob("packaging/*.sh")), ".ci/run"]
)
def test_the_scripts_are_sound_bash(script: str) -> None:
    checked = subprocess.run(["bash", "-n", str(ROOT / script)], capture_output=True, text=True, check=False)

    assert (checked.returncode, checked.stderr) == (0, "")


def source_modules() -> list[Path]:
    return [path for path in files() if path.suffix == ".py" and path.is_relative_to(ROOT / "personadesk")]


def is_own_method(node: ast.stmt) -> bool:
    """Qt's virtuals, the only names in camel case, come in the number that Qt asks for."""
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.lower() == node.name


def test_modules_functions_and_classes_stay_small() -> None:
    too_large = []
    for path in source_modules():
        name, text = path.relative_to(ROOT), path.read_text()
        if (lines := text.count("\n")) > MODULE_LINES:
            too_large.append(f"{name}: {lines} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES:
                    too_large.append(f"{name}: {node.name} has {lines} lines")
            elif isinstance(node, ast.ClassDef):
                methods = sum(is_own_method(each) for each in node.body)
                if methods > CLASS_METHODS:
                    too_large.append(f"{name}: {node.name} has {methods} methods")

    assert not too_large, "\n".join(too_large)


def test_nothing_waits_inside_qts_event_loop() -> None:
    nested = re.compile(r"\bprocessEvents\(|\.exec\(|\.exec_\(|\bQEventLoop\(")

    waits = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in source_modules()
        # Two run a process's own loop; a QDrag, the system's drag and drop, has no other way.
        if path.name not in ("app.py", "qt_decoding.py", "card_carrier.py")
        for match in nested.finditer(path.read_text())
    ]

    assert not waits, "\n".join(waits)
