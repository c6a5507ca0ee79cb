"""What is said of files beside a message."""

from PySide6.QtCore import QCoreApplication

from personadesk.domain.attachment import estimated_tokens
from personadesk.domain.chat import ModelInfo
from personadesk.domain.conversation import Attachment

_ENCODING_NAMES = {
    "windows-1250": "Windows-1250",
    "windows-1251": "Windows-1251",
    "windows-1252": "Windows-1252",
    "windows-1253": "Windows-1253",
    "koi8-r": "KOI8-R",
    "cp866": "CP866",
    "shift_jis": "Shift-JIS",
    "euc_jp": "EUC-JP",
    "cp949": "CP949",
    "gb18030": "GB18030",
    "big5": "Big5",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
}


def icon_name(file: Attachment) -> str:
    return "image" if file.is_picture else "note"


def size_words(file: Attachment) -> str:
    """How much of a model's context a file takes, roughly, and a guess that was made; of a picture that it is one."""
    if file.is_picture:
        return _tr("picture")
    tokens = rounded(estimated_tokens(file.characters))
    size = _tr("about 1 token") if tokens == 1 else _tr("about %s tokens") % f"{tokens:,}"
    encoding = file.guessed_encoding
    if not encoding:
        return size
    return _tr("read as %1, %2").replace("%2", size).replace("%1", _ENCODING_NAMES.get(encoding, encoding))


def rounded(number: int) -> int:
    """To two leading digits: an estimate that is exact to the last one would pretend to be more."""
    step: int = 10 ** max(len(str(number)) - 2, 0)
    return round(number / step) * step


def picture_warning(pictures: int, model: ModelInfo, most: int) -> str:
    """What becomes of pictures that wait; "" where the model sees them all."""
    if pictures and not model.sees_images:
        return _tr("%s can't see pictures: it is told only the name.") % model.label
    if pictures > most:
        sentence = _tr("%1 is shown the newest %2 pictures; of the others it is told the name.")
        return sentence.replace("%2", str(most)).replace("%1", model.label)
    return ""


def size_warning(tokens: int, model: ModelInfo) -> str:
    """What becomes of files that are longer than what a model takes at once; "" where they fit."""
    room = model.context_tokens - min(model.sampling.max_tokens, model.context_tokens // 2)
    if tokens <= room:
        return ""
    sentence = _tr(
        "These files have about %1 tokens, and %2 takes %3 at once: the middle is left out. "
        "Attach a part of them, or choose a model with a larger context."
    )
    return sentence.replace("%1", f"{rounded(tokens):,}").replace("%3", f"{room:,}").replace("%2", model.label)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Attachments", text)
