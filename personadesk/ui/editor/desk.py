"""What every section of the editor is given."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from personadesk.domain.persona import Origin
from personadesk.services.persona_editing import EditorContents, PersonaEditing
from personadesk.ui.bridge import Bridge
from personadesk.ui.editor.state import EditorState
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.avatars import Avatars

if TYPE_CHECKING:
    from personadesk.services.lorebooks import LorebookService
    from personadesk.ui.avatar.port import PictureReader
    from personadesk.ui.model_desk import ModelDesk


@dataclass(frozen=True, slots=True)
class EditorDesk:
    """`reader` decodes pictures for the avatar, `pictures` is the folder of the program's own."""

    bridge: Bridge
    themes: ThemeSource
    avatars: Avatars
    editing: PersonaEditing
    models: "ModelDesk"
    reader: "PictureReader"
    pictures: Path
    lorebooks: "LorebookService"


@dataclass(slots=True)
class EditorWork:
    """One editor's desk, what is stored by now and the card as it stands."""

    desk: EditorDesk
    contents: EditorContents
    state: EditorState

    @property
    def themes(self) -> ThemeSource:
        return self.desk.themes

    @property
    def read_only(self) -> bool:
        persona = self.contents.persona
        return persona is not None and persona.origin is Origin.BUILT_IN
