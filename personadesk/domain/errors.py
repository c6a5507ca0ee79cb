"""Errors. A UserFacingError is the environment's or the input's doing; everything else is a bug."""


class PersonaDeskError(Exception):
    """The root of every error this program raises on purpose."""


class UserFacingError(PersonaDeskError):
    """One sentence that says what happened and one next step, both fit to show to a person.

    `sentence` and `next_step` are English source texts; the window translates them.
    """

    def __init__(self, sentence: str, next_step: str = "") -> None:
        super().__init__(f"{sentence} {next_step}".strip())
        self.sentence = sentence
        self.next_step = next_step


class InvalidInput(UserFacingError):
    """A field holds something that can't be stored. `field` is the field's name."""

    def __init__(self, field: str, sentence: str, next_step: str = "") -> None:
        super().__init__(sentence, next_step)
        self.field = field


class NotFound(UserFacingError):
    """The thing asked for is not here (any more)."""


class Protected(UserFacingError):
    """A built-in persona can be duplicated, never changed or deleted."""


class StoreError(UserFacingError):
    """The data directory or the database in it can't be used as it is."""


class StoreUnavailable(StoreError):
    """The database is locked, the disk is full, or the directory can't be written."""


class StoreDamaged(StoreError):
    """The file is not a database, or its pages don't check out. It is never overwritten."""


class StoreTooNew(StoreError):
    """The database was written by a newer PersonaDesk than this one."""


class ModelError(UserFacingError):
    """The chat model could not answer. `retryable` says whether asking again can help."""

    def __init__(self, sentence: str, next_step: str = "", *, retryable: bool = True) -> None:
        super().__init__(sentence, next_step)
        self.retryable = retryable


class ModelFileMissing(ModelError):
    """The weights are not on this computer."""


class ModelFileDamaged(ModelError):
    """The weights are here and their SHA-256 is not the one the catalogue names."""


class ModelCrashed(ModelError):
    """The runtime's process ended, or the connection broke, in the middle of a reply."""


class ContextOverflow(ModelError):
    """The prompt does not fit. `prompt_tokens` and `context_tokens` are the server's own counts, 0 if unsaid."""

    def __init__(self, sentence: str, next_step: str = "", *, prompt_tokens: int = 0, context_tokens: int = 0) -> None:
        super().__init__(sentence, next_step)
        self.prompt_tokens = prompt_tokens
        self.context_tokens = context_tokens


class FetchFailed(UserFacingError):
    """A download could not be finished or did not check out. Nothing half-made is left in place."""


class Stopped(UserFacingError):
    """The user cancelled it. Nothing half-made is left."""
