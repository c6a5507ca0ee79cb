"""What a card brings along, for a look at it before it is stored."""

import re
from collections.abc import Iterator
from typing import Any

from personadesk.domain.card_contents import AssetTally, CardContents, CardKind
from personadesk.domain.incoming import IncomingAsset, IncomingPersona
from personadesk.domain.persona import DISPLAY_NAME_LIMIT, NAME_LIMIT, TRAIT_LIMIT, TRAITS_LIMIT, PersonaCard
from personadesk.formats import card_texts
from personadesk.formats.card_dialects import BOT_KEYS, PYGMALION, Dialect, JsonObject, dialect
from personadesk.formats.character_card import (
    DATA_KEYS,
    KEY_FACT_LIMIT,
    KEY_FACTS_LIMIT,
    OWN_EXTENSION,
    TAGLINE_LIMIT,
    CardFields,
    card_version,
    parse_card,
)

UNKNOWN_KEYS_LISTED = 50

_FRAME = frozenset({"spec", "spec_version", "data"})
_HTML = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")
_CHECKED_FOR_HTML = 100_000
_WEB = ("http://", "https://")


def card_contents(incoming: IncomingPersona) -> CardContents:
    """Tell what came, from the card as it was received."""
    card = incoming.card
    root = parse_card(card.raw_json) if card.raw_json else {}
    fields = CardFields(root)
    book = fields.get("character_book")
    entries = book.get("entries") if isinstance(book, dict) else None
    return CardContents(
        name=card.shown_name,
        kind=_kind(root),
        spec_version=card_texts.line(root.get("spec_version")),
        greetings=len(card.greetings),
        group_greetings=len(card_texts.greetings(fields.get("group_only_greetings"))),
        lorebook_name=card_texts.line(book.get("name")) if isinstance(book, dict) else "",
        lorebook_entries=len(entries) if isinstance(entries, list | dict) else -1,
        assets=_tallies(incoming.assets),
        creator=card.creator,
        creator_notes=card.creator_notes,
        character_version=card.character_version,
        unknown_keys=tuple(_unknown_keys(root))[:UNKNOWN_KEYS_LISTED],
        warnings=tuple(_warnings(card, root, fields, incoming.assets)),
    )


def _kind(root: JsonObject) -> CardKind:
    match dialect(root):
        case Dialect.PYGMALION:
            return CardKind.PYGMALION
        case Dialect.BOT:
            return CardKind.BOT
    if root.get("spec") == "chara_card_v3" or card_version(root) >= 3:
        return CardKind.V3
    return CardKind.V2 if isinstance(root.get("data"), dict) else CardKind.V1


def _tallies(assets: tuple[IncomingAsset, ...]) -> tuple[AssetTally, ...]:
    kinds: dict[str, list[IncomingAsset]] = {}
    for asset in assets:
        kinds.setdefault(card_texts.line(asset.kind) or "other", []).append(asset)
    return tuple(_tally(kind, found) for kind, found in kinds.items())


def _tally(kind: str, found: list[IncomingAsset]) -> AssetTally:
    sizes = {asset.path: len(asset.content) for asset in found if asset.path}
    return AssetTally(kind, len(found), sum(sizes.values()), sum(map(_is_absent, found)))


def _is_absent(asset: IncomingAsset) -> bool:
    return not asset.path and not asset.uri.startswith(("data:", "ccdefault:"))


def _unknown_keys(root: JsonObject) -> Iterator[str]:
    known = _FRAME | DATA_KEYS
    match dialect(root):
        case Dialect.PYGMALION:
            known |= frozenset(PYGMALION.values())
        case Dialect.BOT:
            known |= BOT_KEYS
    yield from (card_texts.line(key) for key in root if key not in known)
    data = root.get("data")
    if isinstance(data, dict):
        yield from (f"data.{card_texts.line(key)}" for key in data if key not in DATA_KEYS)
    place = "data.extensions" if isinstance(data, dict) and "extensions" in data else "extensions"
    yield from (f"{place}.{card_texts.line(key)}" for key in CardFields(root).extensions() if key != OWN_EXTENSION)


def _warnings(
    card: PersonaCard, root: JsonObject, fields: CardFields, assets: tuple[IncomingAsset, ...]
) -> Iterator[str]:
    if card_version(root) >= 4:
        yield (
            f"The card is of version {card_texts.line(root.get('spec_version'))[:20]}, which is newer than this "
            "program knows. What is known of it is read, and all of it is kept."
        )
    yield from _name_warnings(card, fields)
    yield from _limit_warnings(fields.own())
    # Only an escape can say what is no character.
    if "\\u" in card.raw_json and any(map(_is_cleaned, _strings(root))):
        yield "Characters that can't be shown or stored are left out of its texts."
    if _HTML.search(card.creator_notes[:_CHECKED_FOR_HTML]):
        yield "The creator's notes are written in HTML. They are shown as plain text."
    yield from _asset_warnings(assets)


def _name_warnings(card: PersonaCard, fields: CardFields) -> Iterator[str]:
    full_name = fields.name()
    if card.name != full_name:
        shown = "is shown whole" if len(full_name) <= DISPLAY_NAME_LIMIT else f"is shown up to {DISPLAY_NAME_LIMIT}"
        yield f"The name has more than {NAME_LIMIT} characters. It is cut to “{card.name}” and {shown}."
    written = (fields.data.get("name"), fields.root.get("name"), fields.root.get("char_name"))
    name = next((text for text in written if isinstance(text, str) and card_texts.line(text) == full_name), "")
    if any(card_texts.is_control(letter) and not letter.isspace() for letter in name):
        yield "Control characters are left out of the name."
    nickname = card_texts.line(fields.get("nickname"))
    if card.nickname != nickname:
        yield f"The nickname has more than {NAME_LIMIT} characters and is cut."


def _limit_warnings(own: JsonObject) -> Iterator[str]:
    for key, what, count, length in (
        ("traits", "traits", TRAITS_LIMIT, TRAIT_LIMIT),
        ("key_facts", "key facts", KEY_FACTS_LIMIT, KEY_FACT_LIMIT),
    ):
        written = card_texts.all_lines(own.get(key))
        if len(set(written)) > count:
            yield f"Of its {len(set(written))} {what}, the first {count} are used."
        if any(len(item) > length for item in written):
            yield f"Some {what} have more than {length} characters and are cut."
    for key, what, length in (
        ("display_name", "display name", DISPLAY_NAME_LIMIT),
        ("tagline", "tagline", TAGLINE_LIMIT),
    ):
        if len(card_texts.line(own.get(key))) > length:
            yield f"The {what} has more than {length} characters and is cut."


def _asset_warnings(assets: tuple[IncomingAsset, ...]) -> Iterator[str]:
    on_the_web = sum(asset.uri.lower().startswith(_WEB) for asset in assets)
    if on_the_web:
        yield f"{_files(on_the_web)} on the web. Nothing is fetched from there."
    lost = sum(map(_is_absent, assets)) - on_the_web
    if lost:
        yield f"{_files(lost)} named in the card and not in the file."
    icons = [asset for asset in assets if asset.kind == "icon" and asset.uri]
    mains = sum(icon.name == "main" for icon in icons)
    if len(icons) > 1 and mains != 1:
        yield "Of several icons, exactly one should be the main one. The first is used."


def _files(count: int) -> str:
    return "One asset is" if count == 1 else f"{count:,} assets are"


def _strings(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item


def _is_cleaned(text: str) -> bool:
    return not text.isprintable() and (bool(card_texts.LONE_SURROGATE.search(text)) or "\0" in text)
