"""Seeding: the personas that ship with the program come into the library, and stay up to date there."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace

from personadesk.domain.events import ChangeSet
from personadesk.domain.ids import PersonaId
from personadesk.domain.persona import Origin, Persona, PersonaCard
from personadesk.formats.character_card import own_extension
from personadesk.services.ports import BuiltInSource, JsonValue, Store

RELEASE_SETTING = "built_ins.release"
"""The fingerprint of the whole set as it was last seeded."""
MADE_SETTING = "built_ins.made"
"""The keys of every built-in ever made here: an editable one is made once and never again."""

AVATAR_TYPE = "image/svg+xml"


def is_current(seeded: JsonValue, source: BuiltInSource) -> bool:
    """Tell from RELEASE_SETTING's value alone whether `seed` would find nothing to do."""
    return seeded == _release_fingerprint(source.load())


def seed(store: Store, source: BuiltInSource) -> ChangeSet:
    """Bring the built-ins to what this release ships; a user's own personas are never touched.

    A built-in whose card or avatar changed is updated in place, so its conversations, its pin and its
    star stay. An editable one that its user changed or deleted is left as it is. Costs one setting
    where nothing changed. Runs within one `write`.
    """
    shipped = source.load()
    release = _release_fingerprint(shipped)
    if store.settings.get(RELEASE_SETTING) == release:
        return ChangeSet()
    made = _made_before(store)
    touched: set[PersonaId] = set()
    for key, (card, avatar) in shipped.items():
        editable = own_extension(card).get("editable") is True
        persona = _seed_one(store, key, card, avatar, editable=editable, first_time=key not in made)
        if persona is not None:
            touched.add(persona.id)
    store.settings.set(MADE_SETTING, [*made, *(key for key in shipped if key not in made)])
    store.settings.set(RELEASE_SETTING, release)
    return ChangeSet(personas=frozenset(touched), settings=frozenset({MADE_SETTING, RELEASE_SETTING}))


def fingerprint(card: PersonaCard, avatar_sha256: str) -> str:
    """SHA-256 over what a card says and its avatar. Empty fields don't count, so a new field changes nothing."""
    said = {field: value for field, value in asdict(card).items() if value}
    return _sha256(json.dumps([said, avatar_sha256], sort_keys=True).encode())


def _seed_one(
    store: Store, key: str, card: PersonaCard, avatar: bytes, *, editable: bool, first_time: bool
) -> Persona | None:
    """Make or update one built-in; None where nothing had to be done."""
    present = store.personas.built_in(key)
    if present is None:
        if editable and not first_time:
            return None  # its user deleted it
        card = _with_free_name(store, card, None)
        asset = store.assets.put(avatar, AVATAR_TYPE)
        return store.personas.create(
            card,
            origin=Origin.CUSTOM if editable else Origin.BUILT_IN,
            avatar=asset,
            built_in_key=key,
            fingerprint=fingerprint(card, asset),
        )
    persona, seeded = present
    if persona.deleted_at is not None or (editable and fingerprint(persona.card, persona.avatar) != seeded):
        return None  # its user deleted it or made it their own
    card = _with_free_name(store, card, persona.id)
    if fingerprint(card, _sha256(avatar)) == seeded:
        return None
    asset = store.assets.put(avatar, AVATAR_TYPE)
    return store.personas.update_card(persona.id, card, avatar=asset, fingerprint=fingerprint(card, asset))


def _with_free_name(store: Store, card: PersonaCard, persona_id: PersonaId | None) -> PersonaCard:
    """The card, under a name nobody else has. It goes on calling itself by its own."""
    name, attempt = card.name, 1
    while (holder := store.personas.named(name)) is not None and holder != persona_id:
        name = f"{card.name} (built-in)" if attempt == 1 else f"{card.name} (built-in {attempt})"
        attempt += 1
    return card if name == card.name else replace(card, name=name, nickname=card.nickname or card.name)


def _made_before(store: Store) -> list[str]:
    made = store.settings.get(MADE_SETTING)
    return [key for key in made if isinstance(key, str)] if isinstance(made, list) else []


def _release_fingerprint(shipped: Mapping[str, tuple[PersonaCard, bytes]]) -> str:
    prints = [[key, fingerprint(card, _sha256(avatar))] for key, (card, avatar) in shipped.items()]
    return _sha256(json.dumps(prints).encode())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
