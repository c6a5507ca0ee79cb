"""What ElevenLabs refuses with, in words that help."""

from personadesk.domain.speech import SpeechError, SpeechState

_TRY_LATER = "Try again later, or let another voice speak."
_CHECK_KEY = "Check the key, or make a new one in your ElevenLabs account."


def no_key() -> SpeechError:
    return SpeechError(
        "ElevenLabs needs a key of your account.",
        "Give it in Settings, Voices.",
        state=SpeechState.NEEDS_KEY,
    )


def stayed_silent() -> SpeechError:
    return SpeechError(
        "ElevenLabs can't be reached.", "Check the network, or let another voice speak.", state=SpeechState.OFFLINE
    )


def said_in_words(status_code: int, word: str, *, wait_s: int = 0) -> SpeechError:
    """`word` is the service's own name of the reason, "" where it gave none. `wait_s` is how long it asks to be left.

    State READY means that the service is well and only this request was wrong.
    """
    if word == "quota_exceeded" or status_code == 402:
        return SpeechError(
            "The characters that your ElevenLabs account has for this month are used up.",
            "Wait for the next month, extend the account, or let another voice speak.",
            state=SpeechState.OUT_OF_QUOTA,
        )
    if word == "missing_permissions":
        return SpeechError(
            "Your ElevenLabs key may not do this.",
            "Give the key the permission in your ElevenLabs account.",
            state=SpeechState.NEEDS_KEY,
        )
    if word in ("voice_not_found", "voice_does_not_exist") or status_code == 404:
        return SpeechError(
            "Your ElevenLabs account has no such voice.", "Choose another voice.", state=SpeechState.READY
        )
    if word in ("voice_limit_reached", "can_not_use_instant_voice_cloning"):
        return SpeechError(
            "Your ElevenLabs account can't take another cloned voice.",
            "Delete one that is not used any more, or extend the account.",
            state=SpeechState.READY,
        )
    if status_code in (401, 403):
        return SpeechError("ElevenLabs refused the key.", _CHECK_KEY, state=SpeechState.NEEDS_KEY)
    if status_code == 429:
        step = f"Try again in {wait_s} seconds, or let another voice speak." if wait_s else _TRY_LATER
        return SpeechError("ElevenLabs is asked too often at once.", step, state=SpeechState.BUSY)
    if status_code >= 500:
        return SpeechError("ElevenLabs has trouble of its own.", _TRY_LATER, state=SpeechState.OFFLINE)
    if status_code in (400, 413, 422):
        return SpeechError("ElevenLabs could not use what it was given.", _TRY_LATER, state=SpeechState.READY)
    return SpeechError("ElevenLabs gave an answer that can't be read.", _TRY_LATER)
