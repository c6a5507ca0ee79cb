"""What the settings hold about models: the default, those that step in, and each persona's own."""

from collections.abc import Sequence
from dataclasses import replace

from personadesk.domain.chat import Sampling
from personadesk.domain.errors import InvalidInput
from personadesk.domain.ids import PersonaId
from personadesk.domain.providers import PRESETS, PersonaModel, Preset, SavedWay
from personadesk.services.ports import JsonValue, Store

CHOSEN_SETTING = "model.chosen"
FALLBACKS_SETTING = "model.fallbacks"
FALLBACKS_LIMIT = 8
_OF_PERSONA = "model.persona."
LONGEST_REPLY_TOKENS = 8192


def stored_fallbacks(store: Store) -> tuple[str, ...]:
    kept = store.settings.get(FALLBACKS_SETTING)
    return tuple(str(key) for key in kept)[:FALLBACKS_LIMIT] if isinstance(kept, list) else ()


def store_fallbacks(store: Store, keys: Sequence[str]) -> None:
    kept: list[JsonValue] = [*dict.fromkeys(keys)]
    store.settings.set(FALLBACKS_SETTING, kept[:FALLBACKS_LIMIT])


def persona_setting(persona_id: PersonaId) -> str:
    """The setting's name. Ids are never given out twice, so what is left of a deleted persona reaches nobody."""
    return f"{_OF_PERSONA}{persona_id}"


def stored_persona_model(store: Store, persona_id: PersonaId) -> PersonaModel:
    return _model_from(store.settings.get(persona_setting(persona_id)))


def change_stored_way(store: Store, way: SavedWay) -> frozenset[str]:
    """Give every persona that speaks this way its present numbers. Returns the settings that changed."""
    speaking = {
        key: choice
        for key, kept in store.settings.beginning(_OF_PERSONA).items()
        if (choice := _model_from(kept)).way == way.id and choice.preset is Preset.OWN
    }
    for key, choice in speaking.items():
        _store(store, key, replace(choice, temperature=way.temperature, top_p=way.top_p))
    return frozenset(speaking)


def _model_from(kept: JsonValue) -> PersonaModel:
    if not isinstance(kept, dict):
        return PersonaModel()
    preset, tokens = kept.get("preset"), kept.get("max_tokens")
    return PersonaModel(
        key=str(kept.get("key") or ""),
        preset=Preset(preset) if isinstance(preset, str) and preset in set(Preset) else Preset.SUITED,
        temperature=_share(kept.get("temperature"), 0.7, 2.0),
        top_p=_share(kept.get("top_p"), 0.95, 1.0),
        max_tokens=tokens if isinstance(tokens, int) and 0 <= tokens <= LONGEST_REPLY_TOKENS else 0,
        way=str(kept.get("way") or ""),
    )


def store_persona_model(store: Store, persona_id: PersonaId, choice: PersonaModel) -> None:
    """Raises InvalidInput for numbers no model takes."""
    if not (0 <= choice.temperature <= 2 and 0 < choice.top_p <= 1 and 0 <= choice.max_tokens <= LONGEST_REPLY_TOKENS):
        raise InvalidInput("sampling", "No model takes these numbers.", "Move the sliders.")
    _store(store, persona_setting(persona_id), choice)


def _store(store: Store, key: str, choice: PersonaModel) -> None:
    whole = choice == PersonaModel()
    store.settings.set(
        key,
        None
        if whole
        else {
            "key": choice.key,
            "preset": choice.preset.value,
            "temperature": choice.temperature,
            "top_p": choice.top_p,
            "max_tokens": choice.max_tokens,
            "way": choice.way,
        },
    )


def sampling_of(choice: PersonaModel, suited: Sampling) -> Sampling:
    """What a model is asked with: what suits it, changed by what is chosen for the persona."""
    sampling = suited
    if choice.preset is Preset.OWN:
        sampling = replace(sampling, temperature=choice.temperature, top_p=choice.top_p)
    elif (preset := PRESETS.get(choice.preset)) is not None:
        sampling = replace(sampling, temperature=preset.temperature, top_p=preset.top_p, min_p=preset.min_p)
    return replace(sampling, max_tokens=choice.max_tokens) if choice.max_tokens else sampling


def _share(value: object, default: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        return default
    return float(value)
