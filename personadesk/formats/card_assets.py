"""A card's assets: what its list names, joined with what came along."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from personadesk.domain.incoming import IncomingAsset
from personadesk.formats.charx import embedded_path, unlisted
from personadesk.formats.picture_heads import picture_type

_CHUNK_NAMES = ("chara-ext-asset_:", "chara-ext-asset_")
_CHUNK_SCHEME = "__asset:"


def chunk_path(keyword: str) -> str | None:
    """The path of the asset in a PNG's text chunk, None for another chunk."""
    for start in _CHUNK_NAMES:
        if keyword.lower().startswith(start):
            return keyword[len(start) :]
    return None


def joined(listed: object, files: Mapping[str, bytes]) -> tuple[IncomingAsset, ...]:
    """The card's `assets` in their order, then what came along unlisted. `files` are by path."""
    found: list[IncomingAsset] = []
    taken: set[str] = set()
    for asset in listed if isinstance(listed, list) else ():
        if not isinstance(asset, dict) or not isinstance(asset.get("uri"), str):
            continue
        uri = asset["uri"]
        path = _path(uri)
        content = files.get(path) if path else None
        taken.add(path)
        kind, name, ext = (_word(asset.get(key)) for key in ("type", "name", "ext"))
        found.append(IncomingAsset(kind, name, ext, uri, path if content is not None else "", content or b""))
    found += (unlisted(path, content) for path, content in files.items() if path not in taken)
    return tuple(found)


def main_icon(assets: tuple[IncomingAsset, ...]) -> tuple[bytes, str]:
    """The main icon's bytes and media type, (b"", "") where it did not come along."""
    icons = [asset for asset in assets if asset.kind == "icon" and asset.uri]
    for icon in sorted(icons, key=lambda asset: asset.name != "main"):
        content = icon.content or data_url(icon.uri)
        if media_type := picture_type(content):
            return content, media_type
    return b"", ""


def data_url(uri: str) -> bytes:
    """What stands in a base64 data URL, b"" for another address and for what is no base64."""
    head, separator, packed = uri.partition(",")
    if not separator or not head.startswith("data:") or not head.endswith(";base64"):
        return b""
    try:
        return base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _path(uri: str) -> str:
    return uri.removeprefix(_CHUNK_SCHEME) if uri.startswith(_CHUNK_SCHEME) else embedded_path(uri)


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ""
