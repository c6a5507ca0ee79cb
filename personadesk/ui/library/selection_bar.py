"""The bar below the cards: how many are selected, and what can be done with all of them."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label

SPACING_PX = 8
MARGIN_PX = 28


class SelectionBar(QWidget):
    """Its buttons are connected by whoever does the work."""

    def __init__(self, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        self.count = Label(themes, bold=True)
        self.everyone = Button(themes, self.tr("Select all"), kind=Kind.GHOST)
        self.add_tag = Button(themes, self.tr("Add tag…"), icon="tag")
        self.remove_tag = Button(themes, self.tr("Remove tag…"), icon="tag-off")
        self.star = Button(themes, self.tr("Favourite"), icon="star")
        self.export = Button(themes, self.tr("Export…"), icon="download")
        self.duplicate = Button(themes, self.tr("Duplicate"), icon="duplicate")
        self.trash = Button(themes, self.tr("Move to trash"), icon="trash", kind=Kind.DANGER)
        self.restore = Button(themes, self.tr("Restore"), icon="restore")
        self.purge = Button(themes, self.tr("Delete for good…"), icon="trash", kind=Kind.DANGER)
        self.done = Button(themes, icon="close", accessible=self.tr("End selecting"), kind=Kind.GHOST)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(MARGIN_PX, 10, MARGIN_PX, 10)
        self._layout.setSpacing(SPACING_PX)
        self._layout.addWidget(self.count)
        self._layout.addWidget(self.everyone)
        self._layout.addStretch(1)
        self._at_work = (self.add_tag, self.remove_tag, self.star, self.export, self.duplicate, self.trash)
        self._in_trash = (self.restore, self.purge)
        for button in (*self._at_work, *self._in_trash, self.done):
            self._layout.addWidget(button)
        self.setAccessibleName(self.tr("Selected personas"))
        themes.changed.connect(self.update)

    def show_count(self, count: int, *, in_trash: bool, can_export: bool, all_starred: bool) -> None:
        words = self.tr("1 selected") if count == 1 else self.tr("%s selected") % f"{count:,}"
        self.count.setText(words if count else self.tr("Nothing selected yet"))
        self.star.set_text(self.tr("Take star away") if all_starred and count else self.tr("Favourite"))
        for button in self._at_work:
            button.setVisible(not in_trash and (button is not self.export or can_export))
            button.setEnabled(count > 0)
        for button in self._in_trash:
            button.setVisible(in_trash)
            button.setEnabled(count > 0)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.surface)
        painter.setPen(theme.line)
        painter.drawLine(0, 0, self.width(), 0)

    def _fit(self) -> None:
        """Where there is little room buttons are icons alone, those that say it best by their icon first."""
        shown = [button for button in (*self._at_work, *self._in_trash) if not button.isHidden()]
        fixed = self.count.sizeHint().width() + self.done.sizeHint().width() + 3 * SPACING_PX + 2 * MARGIN_PX
        widest = self.everyone.whole_width() + SPACING_PX
        width = {button: button.whole_width() + SPACING_PX for button in shown}
        bare: set[Button] = set()
        for button in (self.star, self.duplicate, self.export, self.remove_tag, self.trash, self.add_tag, *shown):
            if fixed + widest + sum(width.values()) <= self.width():
                break
            if button in width:
                bare.add(button)
                width[button] = button.height() + SPACING_PX
        for button in shown:
            button.set_icon_only(button in bare)
        self.everyone.setVisible(fixed + widest + sum(width.values()) <= self.width())
