"""Where the inputs come from: whole files, and wrappings that lead any bytes past the first checks."""

import base64
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable

from hypothesis import strategies as st
from PIL import Image

from personadesk.formats.persona_archive import write_archive
from tests.formats.card_samples import JPEG, SIGNATURE, card, charx, charx_of, chunk, coded, png, text, webp
from tests.formats.test_persona_archive import WHOLE

Wrap = Callable[[bytes], bytes]


def _picture(kind: str, mode: str = "RGB") -> bytes:
    target = io.BytesIO()
    Image.linear_gradient("L").resize((16, 16)).convert(mode).save(target, kind)
    return target.getvalue()


def _zip_named(payload: bytes) -> bytes:
    name = payload.decode("latin-1")[:200].replace("\0", "") or "x"
    return charx({"card.json": json.dumps(card()).encode(), name: payload})


def _archive_with(payload: bytes) -> bytes:
    return charx({"card.json": json.dumps(card()).encode(), "manifest.json": payload}, zipfile.ZIP_STORED)


def _webp_exif(payload: bytes) -> bytes:
    body = b"WEBP" + b"EXIF" + struct.pack("<I", len(payload)) + payload
    return b"RIFF" + struct.pack("<I", len(body)) + body


WRAPS: dict[str, Wrap] = {
    "as it is": lambda payload: payload,
    "png": lambda payload: SIGNATURE + payload,
    "ccv3": lambda payload: png(text("ccv3", base64.b64encode(payload))),
    "chara, not coded": lambda payload: png(text("chara", payload)),
    "assets": lambda payload: png(text("ccv3", coded(card())), text("chara-ext-asset_:0", payload)),
    "png pixels": lambda payload: png(chunk(b"IDAT", payload)),
    "png header": lambda payload: SIGNATURE + chunk(b"IHDR", payload[:13]) + chunk(b"IDAT", zlib.compress(payload)),
    "zip": lambda payload: b"PK\x03\x04" + payload,
    "card.json": lambda payload: charx({"card.json": payload}),
    "beside card.json": _zip_named,
    "behind a jpeg": lambda payload: JPEG + charx_of(card(), **{"module.risum": payload}),
    "jpeg": lambda payload: b"\xff\xd8\xff" + payload,
    "webp": lambda payload: b"RIFF\0\0\0\0WEBP" + payload,
    "webp comment": lambda payload: webp(payload),
    "webp exif": _webp_exif,
    "gif": lambda payload: b"GIF89a" + payload,
    "manifest": _archive_with,
}

WHOLE_FILES: tuple[bytes, ...] = (
    png(text("chara", coded(card())), text("ccv3", coded(card()))),
    charx_of(
        card(assets=[{"type": "icon", "uri": "embeded://a.png", "name": "main", "ext": "png"}]), **{"a.png": png()}
    ),
    webp(json.dumps(card()).encode()),
    write_archive(WHOLE),
    json.dumps(card(character_book={"entries": [{"keys": ["a"], "content": "b"}]})).encode(),
    json.dumps({"name": "a", "core": {"personality": {"traits": ["x"]}, "background": {"key_facts": ["y"]}}}).encode(),
    *(_picture(kind) for kind in ("PNG", "JPEG", "WEBP", "GIF")),
    _picture("PNG", "P"),
    _picture("WEBP", "RGBA"),
)

_KNOWN_KEYS = """
name spec spec_version data char_name core personality background traits knowledge extensions personadesk voice style
assets type uri ext character_book entries alternate_greetings tags source nickname creator_notes first_mes speed
group_only_greetings display_name key_facts character_version
"""
_KNOWN_WORDS = "chara_card_v3 3.0 1e999 icon main embeded://a __asset:0 data:image/png;base64,AAAA \ud83d"
_KEYS = st.sampled_from(_KNOWN_KEYS.split()) | st.text(max_size=4)
_TEXTS = st.text(max_size=12) | st.sampled_from(_KNOWN_WORDS.split())
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=20,
)
_CARDS = st.builds(
    lambda value, name: json.dumps({**value, "name": name} if isinstance(value, dict) else value).encode(),
    st.dictionaries(_KEYS, _VALUES, max_size=6) | _VALUES, _TEXTS,
)  # fmt: skip


def _mutated(content: bytes, places: list[tuple[int, int, bytes]]) -> bytes:
    for at, gone, new in places:
        start = at % (len(content) + 1)
        content = content[:start] + new + content[start + gone :]
    return content


_MUTATED = st.builds(
    _mutated,
    st.sampled_from(WHOLE_FILES),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 6), st.binary(max_size=6)), min_size=1, max_size=3),
)
_WRAPPED = st.builds(
    lambda wrap, payload: wrap(payload), st.sampled_from(list(WRAPS.values())), st.binary(max_size=300) | _CARDS
)

INPUTS = _MUTATED | _WRAPPED
