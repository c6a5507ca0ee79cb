"""The window's small file: read forgivingly, written whole."""

import json
from pathlib import Path

import pytest

from personadesk.ui.window_state import WindowState, WindowStateFile


def test_what_is_kept_is_there_the_next_time(tmp_path: Path) -> None:
    WindowStateFile(tmp_path / "window.json").change(width=1000, theme="light", x=-40)

    assert WindowStateFile(tmp_path / "window.json").state == WindowState(width=1000, theme="light", x=-40)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        '{"width": "wide", "x": "left", "maximized": 3, "theme": 7}',
        '{"__doc__": "text", "__class__": 1, "unknown": true}',
        '{"width": 1e400, "height": NaN}',
        '{"width": -5, "height": 99999999999999, "x": 1e30, "y": 99999999999999}',
        '{"width": true, "persona": false}',
        '{"persona": -3, "sort": "colour"}',
        "[" * 100_000,
        '{"theme": "\\ud800"}',
    ],
)
def test_a_file_that_is_not_sound_costs_the_window_its_place_and_no_more(tmp_path: Path, content: str) -> None:
    (tmp_path / "window.json").write_text(content)

    state = WindowStateFile(tmp_path / "window.json").state

    assert 0 <= state.width <= 32_767
    assert 0 <= state.height <= 32_767
    assert state.x is None or abs(state.x) <= 32_767
    assert state.y is None or abs(state.y) <= 32_767
    assert state.persona >= 0


def test_bytes_that_are_no_text_are_forgiven(tmp_path: Path) -> None:
    (tmp_path / "window.json").write_bytes(b"\xff\xfe\x00garbage")

    assert WindowStateFile(tmp_path / "window.json").state == WindowState()


def test_a_folder_in_its_place_and_a_folder_that_is_gone_are_forgiven(tmp_path: Path) -> None:
    (tmp_path / "window.json").mkdir()
    blocked = WindowStateFile(tmp_path / "window.json")
    gone = WindowStateFile(tmp_path / "gone" / "window.json")

    blocked.change(width=900)
    gone.change(width=900)

    assert (blocked.state.width, gone.state.width) == (900, 900)


def test_writing_leaves_one_whole_file(tmp_path: Path) -> None:
    kept = WindowStateFile(tmp_path / "window.json")
    for width in range(800, 820):
        kept.change(width=width)

    assert [path.name for path in tmp_path.iterdir()] == ["window.json"]
    assert json.loads((tmp_path / "window.json").read_text())["width"] == 819


def test_what_is_noted_is_written_with_the_next_change(tmp_path: Path) -> None:
    path = tmp_path / "window.json"
    kept = WindowStateFile(path)

    kept.note(persona=7)
    assert kept.state.persona == 7
    assert not path.exists()
    kept.change(maximized=False)

    assert WindowStateFile(path).state.persona == 7
