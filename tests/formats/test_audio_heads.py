"""What a file is, told by its content: recordings, what only looks like one, and bytes of any kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personadesk.domain.errors import InvalidInput
from personadesk.domain.sample import SoundFormat
from personadesk.formats.audio_heads import checked_format, sound_format
from tests.sounds import locked, sound, video, voice

WHOLE = {kind: sound(kind, voice(1)) for kind in ("mp3", "wav", "ogg", "opus", "flac", "m4a")}
ID3 = b"ID3\x04\0\0\0\0\x02\x00" + bytes(256)


@pytest.mark.parametrize("kind", WHOLE)
def test_a_format_is_told_by_the_first_bytes(kind: str) -> None:
    assert checked_format(WHOLE[kind]) is SoundFormat(kind)


def test_a_tag_before_the_sound_hides_nothing() -> None:
    assert sound_format(ID3 + WHOLE["mp3"]) is SoundFormat.MP3
    assert sound_format(ID3 + WHOLE["flac"]) is SoundFormat.FLAC


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("Liebes Tagebuch, heute schien die Sonne. Ä".encode(), "a text"),
        (b"\x1aE\xdf\xa3" + bytes(40), "a video"),
        (video(), "a video"),
        (locked(), "DRM"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "a picture"),
        (b"PK\x03\x04" + bytes(40), "an archive"),
        (b"\xff\xf1\x50\x80" + bytes(40), "a bare AAC stream"),
        (b"FORM\0\0\0\x24AIFF", "an AIFF recording"),
        (bytes(40), "a file of another kind"),
    ],
    ids=str,
)
def test_what_it_is_instead_is_said(content: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        checked_format(content)

    assert caught.value.next_step


@given(
    st.sampled_from(list(WHOLE.values())),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 6), st.binary(max_size=8)), max_size=4),
    st.integers(0, 2_000),
)
def test_no_bytes_make_it_raise_anything_else(
    content: bytes, changes: list[tuple[int, int, bytes]], length: int
) -> None:
    for at, dropped, put in changes:
        content = content[:at] + put + content[at + dropped :]

    said: InvalidInput | None = None
    try:
        checked_format(content[:length])
    except InvalidInput as problem:
        said = problem

    assert said is None or (said.sentence and said.next_step)
