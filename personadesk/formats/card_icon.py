"""A persona's picture among the assets of its card."""

import json
from collections.abc import Mapping
from typing import Any

from personadesk.formats.charx import embedded_path
from personadesk.formats.picture_heads import picture_type

_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}


def with_icon(card_json: str, picture: bytes, files: Mapping[str, bytes]) -> tuple[str, dict[str, bytes]]:
    """Make `picture` the main icon of a V3 card, and put it among the files of its CHARX."""
    root: dict[str, Any] = json.loads(card_json)
    ending = _ENDINGS.get(picture_type(picture), "png")
    path = f"assets/icon/images/main.{ending}"
    icon = {"type": "icon", "uri": f"embeded://{path}", "name": "main", "ext": ending}
    listed = root["data"].get("assets")
    assets = listed if isinstance(listed, list) else []
    before = [asset for asset in assets if _is_main_icon(asset)]
    if any(files.get(embedded_path(str(asset.get("uri")))) == picture for asset in before):
        return card_json, dict(files)
    gone = {embedded_path(str(asset.get("uri"))) for asset in before}
    root["data"]["assets"] = [icon, *(asset for asset in assets if not _is_main_icon(asset))]
    kept = {name: content for name, content in files.items() if name not in gone}
    return json.dumps(root, ensure_ascii=True, indent=2), {**kept, path: picture}


def _is_main_icon(asset: object) -> bool:
    return isinstance(asset, dict) and asset.get("type") == "icon" and asset.get("name") == "main"
