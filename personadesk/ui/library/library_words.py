"""What the library says above its cards: chips, folders, and a sentence where there are no cards."""

from PySide6.QtCore import QCoreApplication

from personadesk.ui.library.card_model import ALL, FAVOURITES, TRASH, Choice
from personadesk.ui.library.filter_chips import ChipWords, tag_text
from personadesk.ui.library.folder_tiles import FACES, Folder
from personadesk.ui.library.tag_book import TagCounts
from personadesk.ui.roster import Roster

MOST_TAGS = 7


def chip_words(choice: Choice, counts: TagCounts, roster: Roster) -> list[ChipWords]:
    """The chips for a choice; `counts` are those of its folder."""
    looks = roster.tag_looks
    words = [ChipWords(ALL, f"{_tr('All')} {counts.personas:,}")]
    if counts.favourites or choice.favourites:
        words.append(ChipWords(FAVOURITES, f"{_tr('Favourites')} {counts.favourites:,}"))
    often = [tag for tag in counts.tags if tag != choice.folder][:MOST_TAGS]
    for tag in [*often, *(tag for tag in choice.tags if tag not in often)]:
        colour = looks[tag].colour if tag in looks else ""
        words.append(ChipWords(tag, tag_text(tag, counts.tags.get(tag, 0)), colour=colour))
    if roster.trashed or choice.trash:
        words.append(ChipWords(TRASH, f"{_tr('Trash')} {len(roster.trashed):,}", icon="trash"))
    return words


def folders(counts: TagCounts, roster: Roster) -> list[Folder]:
    """Those tags that are shown as folders, by name, with the first few who are in each."""
    looks, found = roster.tag_looks, []
    for tag in sorted((tag for tag, look in looks.items() if look.folder and tag in counts.tags), key=str.casefold):
        faces = []
        for item in roster.personas.values():
            if tag in item.tags:
                faces.append(item)
                if len(faces) == FACES:
                    break
        found.append(Folder(tag, counts.tags[tag], looks[tag].colour, tuple(faces)))
    return found


def empty_words(choice: Choice, query: str, *, loaded: bool) -> str:
    """Why there is no card, and what to do."""
    if not loaded:
        return _tr("Getting your personas ready…")
    if query.strip():
        return _tr("No persona matches “%s”. Press Escape to clear the search.") % query.strip()[:60]
    if choice.favourites and not choice.tags:
        return _tr("No favourites yet. The star on a card puts it here.")
    if not choice.plain:
        return _tr("Nobody has all of these. Click All to see everyone.")
    return _tr("No personas here yet. Ctrl+N makes one.")


def _tr(text: str) -> str:
    return QCoreApplication.translate("LibraryPage", text)
