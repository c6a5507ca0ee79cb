"""Which voice speaks: the sample, then the preset, then the system's, and what stands in where one can't."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from personadesk.domain.speech import KOKORO, SYSTEM, SpeechVoice
from personadesk.domain.voice import ELEVENLABS, PRESETS, VoiceChoice, VoiceSource, preset_of

MANY_LANGUAGES = frozenset({ELEVENLABS})
"""Engines whose voices speak whatever language a text is in."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """`stands_in` marks a voice that the choice does not name."""

    voice: SpeechVoice
    source: VoiceSource
    stands_in: bool = False


def candidates(
    choice: VoiceChoice,
    voices: Mapping[str, Sequence[SpeechVoice]],
    *,
    language: str = "",
    clones: Mapping[str, str] | None = None,
) -> list[Candidate]:
    """Every voice that may speak, in the order in which they are tried, none twice.

    `voices` are each engine's. `language` is the text's as a BCP 47 tag, "" for the voice's own: a voice of
    another language is passed over. `clones` gives the ElevenLabs voice that was made of a sample, by its SHA-256.
    """
    chosen = _chosen_preset(choice, voices)
    wanted = language or (chosen.language if chosen else "") or "en"
    gender = chosen.gender if chosen else ""
    found: list[Candidate] = []
    for source in choice.order:
        if source is VoiceSource.SAMPLE:
            cloned = (clones or {}).get(choice.sample, "")
            if cloned:
                found.append(Candidate(_by_id(voices, ELEVENLABS, cloned) or _unlisted(cloned), source))
        elif source is VoiceSource.PRESET:
            if chosen is not None and _speaks(chosen, language):
                found.append(Candidate(chosen, source))
            # A voice of a kind with the chosen one is nearer to it than the system's, if it is here.
            found += [
                Candidate(voice, source, stands_in=True)
                for voice in best_matches(voices.get(KOKORO, ()), wanted, gender)[:1]
                if chosen is None or chosen.engine != KOKORO
            ]
        else:
            if not choice.preset and not choice.system:
                # Nobody chose how it sounds: a natural voice is nicer than the system's, if it is here.
                natural = best_matches(voices.get(KOKORO, ()), wanted, gender)[:1]
                found += [Candidate(voice, VoiceSource.PRESET, stands_in=True) for voice in natural]
            found += _system(choice, voices.get(SYSTEM, ()), language, wanted, gender)
    once = {candidate.voice.preset: candidate for candidate in reversed(found)}
    return [candidate for candidate in found if once[candidate.voice.preset] is candidate]


def best_matches(voices: Sequence[SpeechVoice], language: str, gender: str) -> list[SpeechVoice]:
    """Voices of a language, the nearest first: the same region before another, the gender before either.

    A gender that is not known matches all.
    """
    main, _, region = language.casefold().partition("-")

    def distance(voice: SpeechVoice) -> tuple[bool, bool, bool]:
        _, _, its_region = voice.language.casefold().partition("-")
        another_region = bool(region) and its_region != region
        plain = its_region in ("", "us") or bool(region)
        return (bool(gender) and voice.gender != gender, another_region, not plain)

    return sorted((voice for voice in voices if _main(voice.language) == main), key=distance)


def _system(
    choice: VoiceChoice, voices: Sequence[SpeechVoice], language: str, wanted: str, gender: str
) -> list[Candidate]:
    named = next((voice for voice in voices if voice.id == choice.system), None) if choice.system else None
    found = [Candidate(named, VoiceSource.SYSTEM)] if named is not None and _speaks(named, language) else []
    matching = best_matches(voices, wanted, gender)[:1]
    found += [Candidate(voice, VoiceSource.SYSTEM, stands_in=bool(choice.system)) for voice in matching]
    if not found:
        # Whatever the system speaks with by itself: better a strange accent than silence.
        found.append(Candidate(SpeechVoice("", "", SYSTEM), VoiceSource.SYSTEM, stands_in=bool(choice.system)))
    return found


def _chosen_preset(choice: VoiceChoice, voices: Mapping[str, Sequence[SpeechVoice]]) -> SpeechVoice | None:
    engine, _, voice_id = choice.preset.partition(":")
    if not voice_id:
        return None
    listed = _by_id(voices, engine, voice_id)
    if listed is None and (known := preset_of(choice)) is not None:
        return next(voice for voice in preset_voices() if voice.id == known.key)
    if listed is None and engine == ELEVENLABS:
        return _unlisted(voice_id)
    return listed


def preset_voices() -> tuple[SpeechVoice, ...]:
    """ElevenLabs' voices that are known without asking."""
    return tuple(
        SpeechVoice(preset.key, preset.name, preset.engine, preset.language, preset.gender, preset.sounds)
        for preset in PRESETS
    )


def _by_id(voices: Mapping[str, Sequence[SpeechVoice]], engine: str, voice_id: str) -> SpeechVoice | None:
    return next((voice for voice in voices.get(engine, ()) if voice.id == voice_id), None)


def _unlisted(voice_id: str) -> SpeechVoice:
    return SpeechVoice(voice_id, voice_id, ELEVENLABS)


def _speaks(voice: SpeechVoice, language: str) -> bool:
    return (
        not language or not voice.language or voice.engine in MANY_LANGUAGES or _main(voice.language) == _main(language)
    )


def _main(language: str) -> str:
    return language.casefold().partition("-")[0]
