"""Paints messages: bubbles, avatars, times, notices, the caret and the dots. It only paints."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QLocale, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QBrush,
    QColor,
    QFont,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPalette,
    QPen,
    QPixmap,
    QTextCharFormat,
    QTextCursor,
)

from personadesk.domain.conversation import Message, Role, SwipeState
from personadesk.domain.providers import ChosenModelRef
from personadesk.ui.chat.markdown_ink import Ink, message_font, small_font
from personadesk.ui.chat.markdown_marks import paint_behind, position_to_x, run_areas
from personadesk.ui.chat.message_files import PictureSource, paint_files
from personadesk.ui.chat.message_layout import (
    AVATAR_GAP_PX,
    AVATAR_PX,
    CARET_PX,
    DAY_PX,
    FOOTER_PX,
    NOTICE_ICON_PX,
    NOTICE_PADDING_PX,
    MessageLayout,
    column,
    retry_label,
)
from personadesk.ui.chat.transcript_days import time_label
from personadesk.ui.theme.icons import icon
from personadesk.ui.theme.tokens import Theme

RADIUS_PX = 18
TIGHT_RADIUS_PX = 5
DOT_PX = 6
NOTE_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class RowState:
    """How a row is shown right now. `selection` is a range of the document; `glow` is 0 to 1."""

    selection: tuple[int, int] | None = None
    focused: bool = False
    glow: float = 0.0
    caret: bool = True
    phase: int = 0
    hot: str = ""
    """What the pointer is on: "", "retry", "copy/<number of the code block>" or "file/<number>"."""
    spoken: tuple[int, int] | None = None
    """The range of the document that is being said."""
    found: tuple[tuple[int, int], ...] = ()
    """Ranges of the document that were looked for."""
    on_paper: bool = False
    """In a picture to keep, where nothing can be clicked."""


def footer_text(message: Message, locale: QLocale) -> str:
    """The line below a bubble: time, which of the replies, and what happened to it."""
    if message.state is SwipeState.STREAMING:
        return ""

    def tr(text: str) -> str:
        return QCoreApplication.translate("Transcript", text)

    parts = [time_label(message.created_at, locale)]
    if message.swipe_count > 1:
        number, count = locale.toString(message.swipe_index + 1), locale.toString(message.swipe_count)
        parts.append(tr("{number} of {count}").format(number=number, count=count))
    written_by = ChosenModelRef.of(message.model)
    if message.stepped_in:
        parts.append(tr("{model} stepped in").format(model=written_by.model_id))
    elif written_by.provider_id or (message.model and message.swipe_count > 1):
        parts.append(written_by.model_id)
    if message.state is SwipeState.STOPPED:
        parts.append(tr("stopped"))
    elif message.state is SwipeState.INTERRUPTED:
        parts.append(tr("interrupted"))
    elif message.state is SwipeState.FAILED:
        parts.append(tr("no reply"))
    if message.edited:
        parts.append(tr("edited"))
    if message.branch_count > 1:
        number, count = locale.toString(message.branch_index + 1), locale.toString(message.branch_count)
        parts.append(tr("branch {number} of {count}").format(number=number, count=count))
    marks = (tr("starred") if message.starred else "", tr("pinned") if message.pinned else "")
    parts += [mark for mark in marks if mark]
    if message.note:
        parts.append(tr("note: {words}").format(words=_shortened(message.note)))
    return " · ".join(parts)


def _shortened(note: str) -> str:
    line = " ".join(note.split())
    return line if len(line) <= NOTE_CHARACTERS else line[: NOTE_CHARACTERS - 1] + "…"


class MessagePainter:
    """Paints rows in one theme. Never measures, never changes anything but the painter."""

    def __init__(self, theme: Theme, font: QFont) -> None:
        self._avatar: QPixmap | None = None
        self._initial = ""
        self.pictures: PictureSource | None = None
        self.dress(theme, font)

    def dress(self, theme: Theme, font: QFont) -> None:
        self._theme = theme
        self._font = message_font(font)
        self._small = small_font(font)
        self._palettes: dict[int, QPalette] = {}

    def set_persona(self, name: str, avatar: QPixmap | None) -> None:
        """Use this face beside the persona's messages; without a picture, the initial on a gradient."""
        self._avatar = _round(avatar) if avatar is not None and not avatar.isNull() else None
        self._initial = name.strip()[:1].upper()

    def paint(self, painter: QPainter, made: MessageLayout, top: int, clip: QRect, state: RowState) -> None:
        """Paint one row whose top edge is at `top`. `clip` is what needs painting, in the view's coordinates."""
        painter.save()
        painter.translate(0, top)
        if made.day:
            painter.setFont(self._small)
            painter.setPen(self._theme.faint)
            area = QRectF(0, 0, made.width, DAY_PX - 16)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, made.day)
        if made.avatar is not None:
            self._paint_avatar(painter, made.avatar)
        if made.bubble is not None:
            self._paint_bubble(painter, made, state)
            if made.waiting:
                self._paint_waiting(painter, made, state.phase)
            else:
                self._paint_text(painter, made, clip.translated(0, -top), state)
                paint_files(painter, made.files, made.ink, state.hot, self.pictures)
        if made.notice is not None:
            self._paint_notice(painter, made, state)
        if made.footer is not None:
            self._paint_footer(painter, made, made.footer)
        painter.restore()

    def paint_placeholder(self, painter: QPainter, area: QRect, row: int, *, mirrored: bool) -> None:
        """Paint soft bars where a message is not loaded yet."""
        margin, widest = column(area.width())
        persona = row % 2 == 0
        fill = QColor(self._theme.raised if self._theme.dark else self._theme.line)
        fill.setAlphaF(0.55)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        left = margin + AVATAR_PX + AVATAR_GAP_PX
        wide = widest * (0.86 if persona else 0.55)
        bubble = QRectF(left if persona else area.width() - margin - wide, 0, wide, max(24, area.height() - FOOTER_PX))
        face = QRectF(margin, 0, AVATAR_PX, AVATAR_PX)
        if mirrored:
            bubble.moveLeft(area.width() - bubble.right())
            face.moveLeft(area.width() - face.right())
        painter.drawPath(bubble_path(bubble.translated(0, area.top()), tight_left=persona != mirrored))
        if persona:
            painter.drawEllipse(face.translated(0, area.top()))
        painter.setBrush(self._theme.window)
        painter.setOpacity(0.5)
        lines = max(1, min(6, int((bubble.height() - 20) // 22)))
        for line in range(lines):
            share = 0.55 if line == lines - 1 and lines > 1 else 0.92
            bar = QRectF(bubble.left() + 16, 17 + line * 22, (bubble.width() - 32) * share, 9)
            if mirrored:
                bar.moveRight(bubble.right() - 16)
            painter.drawRoundedRect(bar.translated(0, area.top()), 4.5, 4.5)
        painter.setOpacity(1.0)

    def _paint_avatar(self, painter: QPainter, area: QRectF) -> None:
        if self._avatar is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(area, self._avatar, QRectF(self._avatar.rect()))
            return
        fill = QLinearGradient(area.topLeft(), area.bottomRight())
        fill.setColorAt(0, self._theme.accent)
        fill.setColorAt(1, self._theme.accent_end)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawEllipse(area)
        font = QFont(self._font)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(self._theme.on_accent)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self._initial)

    def _paint_bubble(self, painter: QPainter, made: MessageLayout, state: RowState) -> None:
        area = made.bubble or QRectF()
        tight_left = (made.message.role is Role.PERSONA) != made.mirrored
        if made.message.role is Role.USER:
            fill = QLinearGradient(area.topLeft(), QPointF(area.right(), area.top()))
            fill.setColorAt(0, self._theme.user_bubble)
            fill.setColorAt(1, self._theme.user_bubble_end)
            painter.setBrush(QBrush(fill))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawPath(bubble_path(area, tight_left=tight_left))
        else:
            painter.setBrush(self._theme.persona_bubble)
            painter.setPen(QPen(self._theme.line, 1))
            painter.drawPath(bubble_path(area.adjusted(0.5, 0.5, -0.5, -0.5), tight_left=tight_left))
        if state.focused or state.glow > 0:
            ring = QColor(self._theme.accent)
            ring.setAlphaF(1.0 if state.focused else state.glow)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(ring, 2))
            painter.drawPath(bubble_path(area.adjusted(-3, -3, 3, 3), tight_left=tight_left, extra=3))

    def _paint_text(self, painter: QPainter, made: MessageLayout, clip: QRect, state: RowState) -> None:
        origin = made.text or QPointF()
        painter.save()
        painter.translate(origin)
        shown = QRectF(clip).translated(-origin).adjusted(0, -4, 0, 4)
        paint_behind(painter, made.decor, made.ink, shown, clickable=not state.on_paper)
        lit = state.found if state.spoken is None else (*state.found, state.spoken)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(made.ink.spoken)
        for area in run_areas(made.document, *lit):
            painter.drawRoundedRect(area.adjusted(-2, 0, 2, 0), 4, 4)
        painter.setBrush(Qt.BrushStyle.NoBrush)  # Qt fills the circles of inner lists with what is left
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette = self._palette(made.ink)
        context.clip = shown
        if state.selection is not None:
            context.selections = [_selection(made, state.selection)]
        made.document.documentLayout().draw(painter, context)
        painter.restore()
        if state.hot.startswith("copy/"):
            self._paint_hot_copy(painter, made, int(state.hot[5:]))
        if made.message.state is SwipeState.STREAMING and state.caret:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.accent)
            painter.drawRoundedRect(caret_area(made), 2, 2)

    def _paint_hot_copy(self, painter: QPainter, made: MessageLayout, number: int) -> None:
        if number >= len(made.decor.boxes) or made.text is None:
            return
        veil = QColor(made.ink.muted)
        veil.setAlphaF(0.16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(veil)
        painter.drawRoundedRect(made.decor.boxes[number].copy.translated(made.text), 6, 6)

    def _paint_waiting(self, painter: QPainter, made: MessageLayout, phase: int) -> None:
        origin, area = made.text or QPointF(), made.bubble or QRectF()
        painter.setPen(Qt.PenStyle.NoPen)
        for dot in range(3):
            colour = QColor(self._theme.accent_text)
            colour.setAlphaF(1.0 if phase % 3 == dot else 0.4)
            painter.setBrush(colour)
            x = origin.x() + dot * (DOT_PX + 5)
            if made.mirrored:
                x = 2 * area.center().x() - x - DOT_PX
            painter.drawEllipse(QRectF(x, area.center().y() - DOT_PX / 2, DOT_PX, DOT_PX))
        if made.step:
            painter.setFont(self._small)
            painter.setPen(made.ink.muted)
            words = area.adjusted(16, 0, -16 - 46, 0) if made.mirrored else area.adjusted(16 + 46, 0, -12, 0)
            side = Qt.AlignmentFlag.AlignRight if made.mirrored else Qt.AlignmentFlag.AlignLeft
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | side | Qt.AlignmentFlag.AlignAbsolute, made.step)

    def _paint_notice(self, painter: QPainter, made: MessageLayout, state: RowState) -> None:
        area, retry = made.notice or QRectF(), made.retry or QRectF()
        fill, edge = QColor(self._theme.bad), QColor(self._theme.bad)
        fill.setAlphaF(0.10)
        edge.setAlphaF(0.38)
        painter.setBrush(fill)
        painter.setPen(QPen(edge, 1))
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 12, 12)
        sign = QRectF(0, area.top() + NOTICE_PADDING_PX, NOTICE_ICON_PX, NOTICE_ICON_PX)
        words = area.adjusted(NOTICE_PADDING_PX, NOTICE_PADDING_PX - 1, -NOTICE_PADDING_PX, 0)
        if made.mirrored:
            sign.moveRight(area.right() - NOTICE_PADDING_PX)
            words.setRight(sign.left() - 10)
        else:
            sign.moveLeft(area.left() + NOTICE_PADDING_PX)
            words.setLeft(sign.right() + 10)
        icon("warning", self._theme.bad, NOTICE_ICON_PX).paint(painter, sign.toRect())
        painter.setFont(self._font)
        painter.setPen(self._theme.text)
        painter.drawText(words, int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignTop), made.notice_text)
        if state.on_paper:
            return
        painter.setBrush(self._theme.hover if state.hot == "retry" else self._theme.raised)
        painter.setPen(QPen(self._theme.line, 1))
        painter.drawRoundedRect(retry.adjusted(0.5, 0.5, -0.5, -0.5), 9, 9)
        painter.setPen(self._theme.text)
        painter.drawText(retry, Qt.AlignmentFlag.AlignCenter, retry_label(made.message))

    def _paint_footer(self, painter: QPainter, made: MessageLayout, area: QRectF) -> None:
        text = footer_text(made.message, QLocale())
        persona = made.message.role is Role.PERSONA
        side = Qt.AlignmentFlag.AlignLeft if persona != made.mirrored else Qt.AlignmentFlag.AlignRight
        painter.setFont(self._small)
        painter.setPen(self._theme.faint)
        painter.drawText(area, side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter, text)

    def _palette(self, ink: Ink) -> QPalette:
        palette = self._palettes.get(id(ink))
        if palette is None:
            palette = QPalette()
            palette.setColor(QPalette.ColorRole.Text, ink.text)
            self._palettes[id(ink)] = palette
        return palette


def bubble_path(area: QRectF, *, tight_left: bool, extra: float = 0) -> QPainterPath:
    """A rounded box with one tight upper corner, on the side of the one who speaks."""
    big = min(RADIUS_PX + extra, area.height() / 2, area.width() / 2)
    small = min(TIGHT_RADIUS_PX + extra, big)
    upper_left, upper_right = (small, big) if tight_left else (big, small)
    path = QPainterPath(QPointF(area.left() + upper_left, area.top()))
    path.lineTo(area.right() - upper_right, area.top())
    path.arcTo(area.right() - 2 * upper_right, area.top(), 2 * upper_right, 2 * upper_right, 90, -90)
    path.lineTo(area.right(), area.bottom() - big)
    path.arcTo(area.right() - 2 * big, area.bottom() - 2 * big, 2 * big, 2 * big, 0, -90)
    path.lineTo(area.left() + big, area.bottom())
    path.arcTo(area.left(), area.bottom() - 2 * big, 2 * big, 2 * big, 270, -90)
    path.lineTo(area.left(), area.top() + upper_left)
    path.arcTo(area.left(), area.top(), 2 * upper_left, 2 * upper_left, 180, -90)
    path.closeSubpath()
    return path


def caret_area(made: MessageLayout) -> QRectF:
    """Where the caret of a growing text stands, in the row."""
    block = made.document.lastBlock()
    layout = block.layout()
    origin = (made.text or QPointF()) + made.document.documentLayout().blockBoundingRect(block).topLeft()
    line = layout.lineAt(layout.lineCount() - 1) if layout.lineCount() else None
    if line is None or not line.isValid():
        return QRectF(origin.x(), origin.y() + 2, CARET_PX, 16)
    x = position_to_x(line, block.length() - 1)
    backwards = block.textDirection() == Qt.LayoutDirection.RightToLeft
    left = x - 3 - CARET_PX if backwards else x + 3
    return QRectF(origin.x() + left, origin.y() + line.y(), CARET_PX, line.height())


def _selection(made: MessageLayout, positions: tuple[int, int]) -> QAbstractTextDocumentLayout.Selection:
    selection = QAbstractTextDocumentLayout.Selection()
    length = made.document.characterCount() - 1
    cursor = QTextCursor(made.document)
    cursor.setPosition(min(positions[0], length))
    cursor.setPosition(min(positions[1], length), QTextCursor.MoveMode.KeepAnchor)
    style = QTextCharFormat()
    style.setBackground(made.ink.selection)
    style.setForeground(made.ink.selection_text)
    # The binding declares these two as read-only methods; they are plain members of a C++ struct.
    selection.cursor = cursor
    selection.format = style
    return selection


def _round(picture: QPixmap) -> QPixmap:
    """The middle of a picture as a disc, sharp on screens of up to three times the density."""
    side = min(AVATAR_PX * 3, picture.width(), picture.height())
    scaled = picture.scaled(
        side, side, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )
    disc = QPixmap(side, side)
    disc.fill(Qt.GlobalColor.transparent)
    painter = QPainter(disc)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    path.addEllipse(0, 0, side, side)
    painter.setClipPath(path)
    scaled.setDevicePixelRatio(1.0)
    painter.drawPixmap((side - scaled.width()) // 2, (side - scaled.height()) // 2, scaled)
    painter.end()
    return disc
