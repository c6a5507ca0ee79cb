"""Strangers' pictures made into avatars, with Pillow. Runs in the reading process alone."""

import io
import struct
import zlib

from PIL import ExifTags, Image, ImageCms, ImageOps

from personadesk.domain.avatar import AVATAR_LIMIT_BYTES, AVATAR_SIDE_PX, Crop
from personadesk.domain.errors import InvalidInput
from personadesk.formats import png_chunks
from personadesk.formats.card_files import has_card_chunk
from personadesk.formats.picture_heads import PIXEL_LIMIT, is_too_large, picture_type
from personadesk.providers.card_reader import plain_png
from personadesk.services.card_ports import PreparedAvatar

_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}
_PIXEL_CHUNKS = frozenset({"IHDR", "PLTE", "tRNS", "IDAT", "gAMA", "cHRM", "sRGB", "iCCP", "sBIT", "eXIf"})
_STILL_CHUNKS = _PIXEL_CHUNKS - {"iCCP", "sBIT", "eXIf"}
_BROKEN = (OSError, SyntaxError, ValueError, struct.error, EOFError, zlib.error, IndexError, KeyError, OverflowError)
"""What Pillow raises for a picture that it can't decode."""
_SCALED_AS_THEY_ARE = frozenset({"L", "LA", "RGB", "RGBA", "YCbCr", "CMYK"})
"""Modes that scale smoothly. The others, such as those with a palette, are turned into one of these first."""
_QUALITY = 90
_UPRIGHT = 1
_ON_ITS_SIDE = (5, 6, 7, 8)

# The size is checked here before anything is decoded; Pillow would warn at another one.
Image.MAX_IMAGE_PIXELS = None


def prepare_avatar(content: bytes, crop: Crop | None) -> PreparedAvatar:
    """Make a picture that a user chose into an avatar. A card's own may be larger. Raises InvalidInput."""
    if len(content) > AVATAR_LIMIT_BYTES and not has_card_chunk(content):
        raise _refused(f"This picture is larger than {AVATAR_LIMIT_BYTES // 1_000_000} MB.", "Save it as a JPEG.")
    return fit_avatar(content, crop)


def fit_avatar(content: bytes, crop: Crop | None = None) -> PreparedAvatar:
    """Decode the first frame, turn it as its camera says, cut and scale it, and write it without metadata.

    Raises InvalidInput for what is no picture, is broken, or has too many pixels.
    """
    shown, source, orientation = _decoded(content, crop)
    still = crop is None and png_chunks.is_png(content) and shown.size == source and orientation == _UPRIGHT
    packed, media_type = _packed(shown, content if still else b"")
    return PreparedAvatar(packed, media_type, *shown.size, *source)


def as_png(content: bytes) -> bytes:
    """The picture as an avatar's, as a PNG. Raises InvalidInput."""
    shown, _, _ = _decoded(content, None)
    target = io.BytesIO()
    shown.save(target, "PNG")
    return target.getvalue()


def _decoded(content: bytes, crop: Crop | None) -> tuple[Image.Image, tuple[int, int], int]:
    """The picture to show, the size of its upright source, and how that lay (EXIF's orientation)."""
    media_type = picture_type(content)
    if not media_type:
        raise _refused("This is no picture that can be shown.", "Choose a PNG, JPEG, GIF or WebP picture.")
    if is_too_large(content):
        raise _too_large()
    try:
        with _opened(content, media_type) as picture:
            if picture.width * picture.height > PIXEL_LIMIT:
                raise _too_large()
            width, height = picture.size
            orientation = picture.getexif().get(ExifTags.Base.Orientation, _UPRIGHT)
            shown = _fitted(picture, crop)
            # Encoders write some of what stands here into the new file.
            shown.info.clear()
            return shown, (height, width) if orientation in _ON_ITS_SIDE else (width, height), orientation
    except _BROKEN as error:
        raise _refused("This picture is damaged.", "Open it in another program and save it again.") from error


def _opened(content: bytes, media_type: str) -> Image.Image:
    if media_type == "image/png":
        quick = plain_png.decoded_of_many(content)
        if quick is not None:
            return quick
    return Image.open(io.BytesIO(_bare(content)), formats=[_FORMATS[media_type]])


def _bare(content: bytes) -> bytes:
    """A PNG without its texts, which may be larger than Pillow takes, and without its other frames."""
    if not png_chunks.is_png(content):
        return content
    return png_chunks.joined(chunk.raw for chunk in png_chunks.chunks(content) if chunk.kind in _PIXEL_CHUNKS)


def _fitted(picture: Image.Image, crop: Crop | None) -> Image.Image:
    box = (AVATAR_SIDE_PX, AVATAR_SIDE_PX)
    profile = picture.info.get("icc_profile")
    if crop is None and picture.mode in _SCALED_AS_THEY_ARE:
        picture.thumbnail(box, Image.Resampling.LANCZOS, reducing_gap=2.0)
    ImageOps.exif_transpose(picture, in_place=True)
    shown = _plain(picture if crop is None else _cut(picture, crop))
    shown.thumbnail(box, Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _in_srgb(shown, profile) if isinstance(profile, bytes) else shown


def _cut(picture: Image.Image, crop: Crop) -> Image.Image:
    left, top = max(0, crop.x), max(0, crop.y)
    right, bottom = min(picture.width, crop.x + crop.side), min(picture.height, crop.y + crop.side)
    if left >= right or top >= bottom:
        raise _refused("What was cut out lies outside the picture.", "Choose the part to show again.")
    return picture.crop((left, top, right, bottom))


def _plain(picture: Image.Image) -> Image.Image:
    """In RGB, or in RGBA where some of it is transparent."""
    picture.load()
    if picture.mode.startswith(("I", "F")):
        picture = picture.convert("F").point(lambda value: value / 256 + 0).convert("L")
    if not picture.has_transparency_data:
        return picture if picture.mode == "RGB" else picture.convert("RGB")
    clear = picture.convert("RGBA")
    least = clear.getchannel("A").getextrema()[0]
    return clear.convert("RGB") if least == 255 else clear


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space.strip() != "RGB":
            return picture
        turned = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return turned or picture


def _packed(picture: Image.Image, still: bytes) -> tuple[bytes, str]:
    """Write a picture: JPEG, or WebP where it is transparent. A `still` PNG of the same size keeps its own pixels."""
    target = io.BytesIO()
    if picture.mode == "RGB":
        picture.save(target, "JPEG", quality=_QUALITY)
        return target.getvalue(), "image/jpeg"
    if still:
        chunks = (chunk.raw for chunk in png_chunks.chunks(still) if chunk.kind in _STILL_CHUNKS)
        return png_chunks.joined(chunks), "image/png"
    picture.save(target, "WEBP", quality=_QUALITY, method=2)
    return target.getvalue(), "image/webp"


def _too_large() -> InvalidInput:
    return _refused(f"This picture has more than {PIXEL_LIMIT // 1_000_000} megapixels.", "Make it smaller.")


def _refused(sentence: str, next_step: str) -> InvalidInput:
    return InvalidInput("avatar", sentence, next_step)
