"""The tour: every screen once, a picture of each, or the name of what it waited for in vain."""

from pathlib import Path

from PySide6.QtGui import QImage

from personadesk.ui.tour import Tour
from tests.ui.desk import Desk


def test_the_tour_leaves_a_picture_of_every_screen(desk: Desk, tmp_path: Path) -> None:
    desk.model.answer = "I water my plants, too, and then I read a page or two. What are yours called?"
    tour = Tour(window=desk.window, roster=desk.roster, out=tmp_path)

    with desk.qtbot.waitSignal(tour.ended, timeout=60_000) as ended:
        tour.start()

    assert ended.args == [""]
    names = [path.stem.partition("-")[2] for path in tour.pictures]
    assert names[0] == "library"
    assert {"chat-greeting", "chat-answered", "chat-other-persona", "palette", "narrow-chat"} <= set(names)
    assert {"settings", "settings-models", "settings-voices"} <= set(names)
    assert all(not QImage(str(path)).isNull() for path in tour.pictures)
