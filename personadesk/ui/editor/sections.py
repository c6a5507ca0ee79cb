"""Which sections there are, and how each is made."""

from personadesk.ui.editor.desk import EditorWork
from personadesk.ui.editor.places import SectionKey
from personadesk.ui.editor.section import Section


def sections_for(work: EditorWork) -> tuple[SectionKey, ...]:
    """The sections that have something to show, in their order."""
    contents = work.contents
    lore = not contents.book_unreadable and not (work.read_only and contents.book is None)
    return tuple(key for key in SectionKey if lore or key is not SectionKey.LOREBOOK)


def make_section(key: SectionKey, work: EditorWork) -> Section:
    """Imports a section's module with the first one of its kind."""
    match key:
        case SectionKey.PERSONALITY:
            from personadesk.ui.editor.personality import PersonalitySection

            return PersonalitySection(work)
        case SectionKey.GREETINGS:
            from personadesk.ui.editor.greetings import GreetingsSection

            return GreetingsSection(work)
        case SectionKey.VOICE:
            from personadesk.ui.editor.voice import VoiceSection

            return VoiceSection(work)
        case SectionKey.LOREBOOK:
            from personadesk.ui.editor.lore import LoreSection

            return LoreSection(work)
        case SectionKey.MODEL:
            from personadesk.ui.editor.model import ModelSection

            return ModelSection(work)
        case SectionKey.ADVANCED:
            from personadesk.ui.editor.advanced import AdvancedSection

            return AdvancedSection(work)
    from personadesk.ui.editor.basics import BasicsSection

    return BasicsSection(work)
