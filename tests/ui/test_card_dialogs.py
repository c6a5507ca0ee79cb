"""Cards in and out of the window, with the real services behind the dialogs."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from personadesk.domain.avatar import AvatarChange
from personadesk.domain.card_import import CardDecision, PictureProblem
from personadesk.domain.errors import UserFacingError
from personadesk.domain.ids import PersonaId
from personadesk.formats.card_files import read_card_file
from personadesk.services.card_exports import CardExports, CardFormat
from personadesk.services.card_pictures import CardPictures
from personadesk.services.cards import CardService
from personadesk.storage.assets import AssetFiles
from personadesk.storage.built_in_files import BuiltInFiles
from personadesk.ui.avatar.crop_dialog import CropDialog
from personadesk.ui.cards.cards import Cards
from personadesk.ui.cards.import_dialog import ImportDialog
from personadesk.ui.editor.editor import PersonaEditor
from personadesk.ui.widgets.toasts import Toast
from tests.services.test_card_pictures import broken_card
from tests.services.test_cards import card_json, picture, png_card
from tests.ui.desk import DONE_MS, Desk


def services(desk: Desk) -> tuple[CardService, CardPictures]:
    files = AssetFiles(desk.paths.data_dir)
    later = CardPictures(database=desk.database, publish=desk.hub, reader=desk.reader, files=files)
    return CardService(database=desk.database, publish=desk.hub, reader=desk.reader, files=files, pictures=later), later


def attach(desk: Desk, brings: CardService, later: CardPictures) -> Cards:
    cards = desk.window.imports.cards
    pictures = BuiltInFiles(desk.paths.resources / "personas")
    exports = CardExports(database=desk.database, reader=desk.reader, pictures=pictures, card_pictures=later)
    cards.attach(brings=brings, writes=exports)
    desk.show()
    return cards


@pytest.fixture
def cards(desk: Desk) -> Iterator[Cards]:
    brings, later = services(desk)
    yield attach(desk, brings, later)
    desk.ask(later.close())


def wait(desk: Desk, done: Callable[[], bool]) -> None:
    desk.qtbot.waitUntil(done, timeout=DONE_MS)


def looked(desk: Desk, cards: Cards) -> ImportDialog:
    wait(desk, lambda: cards.importing is not None and bool(cards.importing.model.items))
    assert cards.importing is not None
    return cards.importing


def names(desk: Desk) -> set[str]:
    return {item.name for item in desk.roster.personas.values()}


def test_cards_are_looked_at_chosen_and_brought_in_by_keyboard(desk: Desk, cards: Cards, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png_card("Scav", creator_notes="<b>Warm</b> model."))
    (tmp_path / "b.json").write_text(card_json("Dagoth Ur"))
    (tmp_path / "c.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")

    cards.bring([tmp_path / name for name in ("a.png", "b.json", "c.png")])
    dialog = looked(desk, cards)

    assert dialog.begin.text() == "Import 2"
    assert "Warm" in dialog.details.notes.text()
    wait(desk, dialog.details.face.isVisible)
    QTest.keyClick(dialog.list, Qt.Key.Key_Down)
    QTest.keyClick(dialog.list, Qt.Key.Key_Space)
    assert dialog.model.decisions == [CardDecision.ADD, CardDecision.SKIP, CardDecision.SKIP]
    QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    wait(desk, lambda: dialog.outcome.summary.text() != "")
    assert dialog.outcome.summary.text() == "1 imported, 1 skipped, 1 could not be read."
    assert "c.png: This PNG picture is damaged." in dialog.outcome.problems.toPlainText()
    wait(desk, lambda: "Scav" in names(desk))
    assert "Dagoth Ur" not in names(desk)
    dialog.copy.click()
    assert "c.png" in QGuiApplication.clipboard().text()
    dialog.begin.click()
    wait(desk, lambda: cards.importing is None)


def test_those_that_are_here_are_decided_on_together(desk: Desk, cards: Cards, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.json").write_text(card_json(f"Crowd {number}"))
    cards.bring([tmp_path])
    dialog = looked(desk, cards)
    dialog.begin.click()
    wait(desk, lambda: dialog.outcome.summary.text() != "")
    dialog.reject()
    wait(desk, lambda: cards.importing is None)

    cards.bring([tmp_path])
    again = looked(desk, cards)

    assert not again.begin.isEnabled()
    again.bulk.picked.emit(CardDecision.ADD)
    assert again.begin.text() == "Import 3"
    again.begin.click()
    wait(desk, lambda: "Crowd 2 2" in names(desk))
    again.reject()


def test_a_pasted_card_is_looked_at_and_no_card_is_said(desk: Desk, cards: Cards) -> None:
    data = QMimeData()
    data.setText("just words")
    assert not cards.paste(data)
    data.setText(card_json("Pasted"))

    assert cards.paste(data)

    dialog = looked(desk, cards)
    assert dialog.model.items[0].contents is not None
    assert dialog.model.items[0].contents.name == "Pasted"
    assert not dialog.list.isVisible()
    dialog.reject()
    assert "Pasted" not in names(desk)


def test_a_picture_without_a_card_says_so(desk: Desk, cards: Cards, tmp_path: Path) -> None:
    (tmp_path / "plain.png").write_bytes(picture())
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "plain.png"))])

    assert cards.paste(data)

    dialog = looked(desk, cards)
    assert dialog.details.state.text().startswith("This picture carries no character card.")
    assert not dialog.begin.isEnabled()
    dialog.reject()


def test_personas_are_exported_one_or_many(desk: Desk, cards: Cards, tmp_path: Path) -> None:
    isabella = desk.persona("Isabella").id
    luna = desk.persona("Luna").id
    cards.export([luna])
    one = cards.exporting
    assert one is not None
    wait(desk, one.save.isVisible)
    wait(desk, lambda: CardFormat.ARCHIVE in one.formats)
    assert CardFormat.AS_RECEIVED not in one.formats
    one.choose(CardFormat.JSON_V3)
    one.export_to(tmp_path / "luna.json")
    wait(desk, lambda: cards.exporting is None)
    assert read_card_file((tmp_path / "luna.json").read_bytes(), "x").card.name == "Luna"
    folder = tmp_path / "many"
    folder.mkdir()

    cards.export([isabella, luna])
    assert cards.exporting is not None
    cards.exporting.export_to(folder)

    wait(desk, lambda: cards.exporting is None)
    assert sorted(file.name for file in folder.iterdir()) == ["Isabella.png", "Luna.png"]


def test_what_can_not_be_written_is_said_and_can_be_tried_again(desk: Desk, cards: Cards, tmp_path: Path) -> None:
    cards.export([desk.persona("Luna").id])
    dialog = cards.exporting
    assert dialog is not None
    wait(desk, lambda: CardFormat.PNG in dialog.formats)

    dialog.export_to(tmp_path / "missing folder" / "luna.png")

    wait(desk, lambda: dialog.problem.text() != "")
    assert "can't be written" in dialog.problem.text()
    assert dialog.save.isEnabled()
    dialog.reject()


def test_a_picture_without_a_card_may_become_a_persona(desk: Desk, cards: Cards, tmp_path: Path) -> None:
    (tmp_path / "plain.png").write_bytes(picture(size=300))
    cards.bring([tmp_path / "plain.png"])
    dialog = looked(desk, cards)

    assert dialog.picture.isVisible()
    dialog.picture.click()

    wait(desk, lambda: bool(desk.window.findChildren(CropDialog)))
    [crop] = desk.window.findChildren(CropDialog)
    wait(desk, crop.isVisible)
    crop.accept()
    [editor] = desk.window.findChildren(PersonaEditor)
    wait(desk, lambda: editor.state.avatar.change is AvatarChange.NEW)
    editor.close()


def test_ctrl_v_in_the_library_brings_a_card_in(desk: Desk, cards: Cards) -> None:
    QGuiApplication.clipboard().setText(card_json("From the clipboard"))
    desk.window.library.grid.setFocus()

    QTest.keyClick(desk.window.library.grid, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)

    dialog = looked(desk, cards)
    assert dialog.begin.isEnabled()
    dialog.reject()


def test_a_card_without_its_picture_is_named_where_the_report_still_stands_and_after(
    desk: Desk, cards: Cards, tmp_path: Path
) -> None:
    (tmp_path / "broken.png").write_bytes(broken_card("Scav"))
    cards.bring([tmp_path / "broken.png"])
    dialog = looked(desk, cards)

    dialog.begin.click()

    wait(desk, lambda: "it came in without its picture" in dialog.outcome.problems.toPlainText())
    assert dialog.outcome.summary.text() == "1 imported."
    assert not dialog.outcome.faces.isVisible()
    dialog.copy.click()
    assert "damaged" in QGuiApplication.clipboard().text()
    dialog.reject()
    wait(desk, lambda: cards.importing is None)
    cards.desk.pictures_finished.emit((PictureProblem(PersonaId(1), "late.png", "Damaged. Save it again."),))
    [toast] = desk.window.toasts.findChildren(Toast)
    assert toast.accessibleName() == "late.png came in without its picture. Damaged. Save it again."


def test_faces_follow_the_report_and_it_says_how_many_are_to_come(desk: Desk, cards: Cards, tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number:02}.png").write_bytes(png_card(f"Crowd {number}"))
    cards.bring([tmp_path])
    dialog = looked(desk, cards)

    dialog.begin.click()

    wait(
        desk,
        lambda: (
            dialog.outcome.report is not None and len(names(desk) & {f"Crowd {number}" for number in range(20)}) == 20
        ),
    )
    cards.desk.pictured.emit(16, 20)
    assert dialog.outcome.faces.text() == "The pictures follow: 16 of 20"
    cards.desk.pictures_put_off.emit(UserFacingError("The disk is full.", "Make room."))
    [toast] = desk.window.toasts.findChildren(Toast)
    assert toast.accessibleName().endswith("prepared at the next start. The disk is full. Make room.")
    assert not dialog.outcome.faces.isVisible()
    crowd = [item.id for item in desk.roster.personas.values() if item.name.startswith("Crowd")]
    wait(desk, lambda: all(desk.roster.personas[each].avatar for each in crowd))
    assert len(crowd) == 20
    dialog.reject()


def test_pictures_that_an_earlier_start_left_are_prepared(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png_card("Scav"))
    earlier, its_pictures = services(desk)

    async def cut_short() -> None:
        with its_pictures.held():
            [found] = await earlier.look([tmp_path])
            await earlier.bring([(found, CardDecision.ADD)])
            await its_pictures.close()

    desk.ask(cut_short())
    brings, later = services(desk)
    attach(desk, brings, later)

    wait(desk, lambda: any(item.avatar for item in desk.roster.personas.values() if item.name == "Scav"))
    desk.ask(later.close())
