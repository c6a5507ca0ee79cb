"""The first use of a provider that is not on this computer: what is sent where is said before anything is."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from personadesk.domain.providers import ChosenModelRef, Provider
from personadesk.ui.dialogs.frame import FramedDialog
from personadesk.ui.settings.provider_desk import ProviderDesk
from personadesk.ui.settings.provider_words import sending_words
from personadesk.ui.theme.source import ThemeSource
from personadesk.ui.widgets.buttons import Button, Kind
from personadesk.ui.widgets.fields import Label


class ConsentDialog(FramedDialog):
    """Accepted once the user agrees."""

    def __init__(self, *, provider: Provider, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(themes=themes, parent=parent, width_px=480)
        self.set_title(self.tr("Use %s?") % provider.name)
        self.content.addWidget(Label(themes, sending_words(provider), wrap=True))
        self.content.addSpacing(6)
        self.content.addWidget(
            Label(themes, self.tr("You can choose another model again at any time."), ink="muted", wrap=True)
        )
        self.content.addStretch(1)
        self.agree = Button(themes, self.tr("Send it there"), kind=Kind.PRIMARY)
        self.cancel = Button(themes, self.tr("Cancel"))
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.cancel)
        self.buttons.addWidget(self.agree)
        self.cancel.clicked.connect(self.reject)
        self.agree.clicked.connect(self.accept)


def agreed_first(
    key: str, *, desk: ProviderDesk, themes: ThemeSource, parent: QWidget, then: Callable[[], None]
) -> ConsentDialog | None:
    """Call `then` at once for what needs no asking, else once the user has agreed."""
    provider = desk.provider(ChosenModelRef.of(key).provider_id)
    if provider is None or provider.agreed or provider.on_this_computer:
        then()
        return None
    dialog = ConsentDialog(provider=provider, themes=themes, parent=parent)
    dialog.setAccessibleDescription(QCoreApplication.translate("Providers", "What is sent where"))
    dialog.accepted.connect(lambda: desk.agree(provider.id, owner=desk, then=then))
    dialog.show_fitting(320)
    return dialog
