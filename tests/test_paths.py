"""Where things are."""

from pathlib import Path

import pytest

from personadesk.paths import Paths, find_paths, find_resources


def test_the_data_directory_is_the_one_asked_for_before_the_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSONADESK_DATA_DIR", "/from/variable")

    assert find_paths("/asked/for").data_dir == Path("/asked/for")
    assert find_paths(None).data_dir == Path("/from/variable")


def test_without_a_wish_the_data_is_in_the_users_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PERSONADESK_DATA_DIR")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))

    data_dir = find_paths(None).data_dir

    assert data_dir.is_relative_to(tmp_path)
    assert data_dir.name == "PersonaDesk"


def test_a_relative_folder_and_a_tilde_are_resolved_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    assert find_paths("mine").data_dir == tmp_path / "mine"
    assert find_paths("~/mine").data_dir == tmp_path / "mine"


def test_all_that_is_written_is_below_the_data_directory(tmp_path: Path) -> None:
    paths = Paths(tmp_path, find_resources())

    places = [paths.models_dir, paths.log_dir, paths.window_file, paths.lock_file]

    assert all(place.is_relative_to(tmp_path) for place in places)


def test_the_resources_ship_with_the_program() -> None:
    resources = find_resources()

    assert (resources / "models.toml").is_file()
    assert (resources / "personas").is_dir()
