"""Which model wrote each swipe, as SillyTavern's chat logs have it.

It stands in `swipe_info`, and in the message's own `extra` for the swipe that is shown.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from personadesk.formats.exact_json import storable


class _Swiped(Protocol):
    @property
    def swipes(self) -> Sequence[str]: ...
    @property
    def models(self) -> Sequence[str]: ...


def swipe_extras(message: _Swiped) -> list[dict[str, Any]]:
    """The `extra` of each swipe, for `swipe_info`."""
    models = message.models or ("",) * len(message.swipes)
    return [{"model": model} if model else {} for model in models]


def swipe_models(line: Mapping[str, Any], swipes: int, shown: int) -> tuple[str, ...]:
    """The models of a line's swipes, one each, "" where it does not say; empty where it says it of none."""
    info = line.get("swipe_info")
    listed = info if isinstance(info, list) else []
    models = [_model(_object(item).get("extra")) for item in listed[:swipes]]
    models += [""] * (swipes - len(models))
    if 0 <= shown < swipes:
        models[shown] = _model(line.get("extra")) or models[shown]
    return tuple(models) if any(models) else ()


def _model(extra: object) -> str:
    model = _object(extra).get("model")
    return storable(model) if isinstance(model, str) else ""


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
