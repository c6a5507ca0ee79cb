"""The quick decoder of the usual PNGs beside Pillow, whose pixels count."""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from personadesk.providers.card_reader.plain_png import decoded

SIZE = (37, 23)


def drawn(mode: str, **options: Any) -> bytes:
    """A picture in which hardly two pixels are alike."""
    noise = Image.effect_noise(SIZE, 90)
    picture = Image.merge("RGBA", [noise, noise.rotate(180), noise.transpose(Image.Transpose.FLIP_TOP_BOTTOM), noise])
    target = io.BytesIO()
    picture.convert(mode).save(target, "PNG", **options)
    return target.getvalue()


def pixels(content: bytes) -> tuple[str, tuple[int, int], bytes]:
    with Image.open(io.BytesIO(content)) as picture:
        return picture.mode, picture.size, picture.tobytes()


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_the_usual_kinds_have_pillows_pixels(mode: str) -> None:
    words = PngImagePlugin.PngInfo()
    words.add_text("chara", "x" * 5_000)
    content = drawn(mode, pnginfo=words)

    quick = decoded(content)

    assert quick is not None
    assert (quick.mode, quick.size, quick.tobytes()) == pixels(content)


@pytest.mark.parametrize(
    "content",
    [
        drawn("L"),
        drawn("P"),
        drawn("1"),
        drawn("LA"),
        drawn("RGB", transparency=(1, 2, 3)),
        drawn("RGB", icc_profile=b"a profile"),
        drawn("RGB", exif=Image.Exif().tobytes() + b"II*\0"),
    ],
    ids=["grey", "palette", "two colours", "grey and clear", "a clear colour", "a profile", "turned"],
)
def test_every_other_kind_is_left_to_pillow(content: bytes) -> None:
    assert decoded(content) is None


WHOLE = drawn("RGB")


@given(place=st.integers(8, len(WHOLE) - 13), change=st.integers(0, 255))
def test_what_is_damaged_is_left_to_pillow_or_shown_as_pillow_shows_it(place: int, change: int) -> None:
    """`change` 0 is a file that breaks off."""
    cut, turned = WHOLE[:place], bytes([WHOLE[place] ^ change])

    quick = decoded(cut + turned + WHOLE[place + 1 :] if change else cut)

    assert quick is None or (quick.mode, quick.size, quick.tobytes()) == pixels(WHOLE)
