"""What kind of recording some bytes are, told by their first ones and never by a name.

MP4's boxes: ISO/IEC 14496-12. Ogg's pages: RFC 3533, Opus in them: RFC 7845. FLAC: RFC 9639.
"""

import struct
from collections.abc import Iterator

from personadesk.domain.errors import InvalidInput
from personadesk.domain.sample import SAMPLE_LIMIT_BYTES, SoundFormat

SAVE_AS = "Save the recording as MP3, WAV, OGG, M4A or FLAC and choose that file."
_FIELD = "voice.sample"
_MEGABYTE = 1_000_000
_CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})
_MOST_BOXES = 4096
_LOCKED = frozenset({b"drms", b"drmi", b"enca", b"encv"})
_OTHERS = (
    (b"\x1aE\xdf\xa3", 0, "a video"),
    (b"AVI ", 8, "a video"),
    (b"FLV\x01", 0, "a video"),
    (b"\x00\x00\x01\xba", 0, "a video"),
    (b"0&\xb2u\x8ef\xcf\x11", 0, "a Windows Media file"),
    (b"FORM", 0, "an AIFF recording"),
    (b"caff", 0, "a CAF recording"),
    (b"#!AMR", 0, "an AMR recording"),
    (b"MThd", 0, "a MIDI file, which holds notes and no voice"),
    (b"\x89PNG", 0, "a picture"),
    (b"\xff\xd8\xff", 0, "a picture"),
    (b"GIF8", 0, "a picture"),
    (b"WEBP", 8, "a picture"),
    (b"PK\x03\x04", 0, "an archive"),
    (b"%PDF", 0, "a PDF document"),
)


def checked_format(content: bytes) -> SoundFormat:
    """What kind of recording this is. Raises InvalidInput with what it is instead, or what is wrong with it."""
    if not content:
        raise refused("This file is empty.", "Choose another one.")
    if len(content) > SAMPLE_LIMIT_BYTES:
        raise too_large(len(content))
    found = sound_format(content)
    if found is None:
        raise refused(f"This is {_what_else(content)}, and no recording.", SAVE_AS)
    if found is SoundFormat.M4A:
        _check_tracks(content)
    if found is SoundFormat.OGG and b"\x80theora" in content[:512]:
        raise refused("This is a video.", "Save its sound alone, as MP3 or WAV, and choose that file.")
    return found


def too_large(size_bytes: int) -> InvalidInput:
    return refused(
        f"This recording has {size_bytes / _MEGABYTE:.1f} MB; a sample may have {SAMPLE_LIMIT_BYTES // _MEGABYTE}.",
        "Cut 10 to 30 seconds out of it, or save it as MP3.",
    )


def sound_format(content: bytes) -> SoundFormat | None:
    """By the magic numbers alone; None for what is none of the formats."""
    start = _after_id3(content)
    head = content[start : start + 64]
    if head[:4] == b"fLaC":
        return SoundFormat.FLAC
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return SoundFormat.WAV
    if head[:4] == b"OggS":
        return SoundFormat.OPUS if b"OpusHead" in content[start : start + 128] else SoundFormat.OGG
    if head[4:8] == b"ftyp":
        return SoundFormat.M4A
    if start and not head.strip(b"\0"):
        return SoundFormat.MP3  # padding behind the tag
    return SoundFormat.MP3 if _is_mpeg_frame(head) else None


def refused(sentence: str, next_step: str) -> InvalidInput:
    return InvalidInput(_FIELD, sentence, next_step)


def _after_id3(content: bytes) -> int:
    """Where what an ID3v2 tag stands before begins; 0 without a tag."""
    if content[:3] != b"ID3" or len(content) < 10:
        return 0
    size = 0
    for byte in content[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


def _is_mpeg_frame(head: bytes) -> bool:
    """A frame of MPEG audio's layer III: eleven set bits, a version, a bit rate and a sample rate that there are."""
    if len(head) < 4:
        return False
    (word,) = struct.unpack_from(">I", head)
    synced, layer_3 = word >> 21 == 0x7FF, word >> 17 & 3 == 1
    return synced and layer_3 and word >> 19 & 3 != 1 and word >> 12 & 15 not in (0, 15) and word >> 10 & 3 != 3


def _what_else(content: bytes) -> str:
    for magic, at, what in _OTHERS:
        if content[at : at + len(magic)] == magic:
            return what
    if content[0] == 0xFF and content[1:2] and content[1] & 0xF6 == 0xF0:
        return "a bare AAC stream"
    try:
        text = content[:4096].decode("utf-8", errors="strict" if len(content) <= 4096 else "ignore")
    except UnicodeDecodeError:
        return "a file of another kind"
    return "a text" if text and all(char.isprintable() or char.isspace() for char in text) else "a file of another kind"


def _check_tracks(content: bytes) -> None:
    """Raises InvalidInput for a video, for what is locked, and for what has no sound."""
    kinds, codecs = set(), set()
    for name, start, end, whole in _boxes(content):
        if not whole:
            raise refused(
                "This file is damaged: it is not all there, or no M4A.", "Save or copy it again and choose that."
            )
        if name == b"hdlr":
            kinds.add(content[start + 8 : start + 12])
        elif name == b"stsd" and end - start >= 16:
            codecs.add(content[start + 12 : start + 16])
    if codecs & _LOCKED:
        raise refused(
            "This recording is locked by its shop's copy protection (DRM).",
            "Choose a recording of your own: one that any player can open.",
        )
    if b"vide" in kinds:
        raise refused("This is a video.", "Save its sound alone, as MP3 or WAV, and choose that file.")
    if kinds and b"soun" not in kinds:
        raise refused("There is no sound in this file.", SAVE_AS)


def _boxes(content: bytes) -> Iterator[tuple[bytes, int, int, bool]]:
    """Each box's name, where its content begins and ends, and whether that is all there; those within others too."""
    waiting = [(0, len(content))]
    seen = 0
    while waiting and seen < _MOST_BOXES:
        at, end = waiting.pop()
        if end - at < 8:
            continue
        seen += 1
        size, name = struct.unpack_from(">I4s", content, at)
        head = 8
        if size == 1 and end - at >= 16:
            (size,) = struct.unpack_from(">Q", content, at + 8)
            head = 16
        stop = end if size == 0 else min(end, at + size)
        if stop < at + head:
            continue
        waiting.append((stop, end))
        if name in _CONTAINERS:
            waiting.append((at + head, stop))
        yield name, at + head, stop, at + size <= end or size == 0
