"""A bot's folder as its own code leaves it behind, in the three layouts, made up for tests."""

import json
from pathlib import Path
from typing import Any

KAI = 123456789012345678
NOOR = 987654321098765432


def profile(user_id: int = KAI, **changes: Any) -> dict[str, Any]:
    """A profile with a value in every field."""
    return {
        "user_id": user_id,
        "username": "Kai",
        "created_at": "2024-03-01T10:00:00",
        "last_updated": "2025-06-07T08:09:10.111213",
        "first_met": "2024-03-01T10:00:00.5",
        "traits": ["curious"],
        "interests": ["Morrowind lore", "bread"],
        "preferences": {"tea": "green", "music": ["folk", "drone"]},
        "facts": [
            {"fact": "Lives in Aarhus", "timestamp": "2024-03-02T11:00:00", "source": "conversation"},
            {"fact": "Call me by my first name", "timestamp": "2024-03-03T11:00:00", "source": "manual_instruction"},
        ],
        "interaction_count": 12,
        "memorable_quotes": [{"quote": "Bread is patience.", "context": "baking", "timestamp": "2024-04-01T00:00:00"}],
        "relationships": {str(NOOR): "sister"},
        "affection": {
            "level": 45,
            "relationship_stage": "friend",
            "last_interaction": "2025-06-07T08:09:10",
            "positive_interactions": 9,
            "negative_interactions": 1,
            "conversation_quality": 0.7,
        },
        "total_messages": 0,
        "avg_message_length": 0,
        "a_key_of_a_fork": {"kept": True},
        **changes,
    }


def fact(text: str) -> dict[str, str]:
    return {"fact": text, "timestamp": "2025-01-02T03:04:05", "source": "conversation"}


def put(file: Path, value: Any) -> bytes:
    """Write JSON as the bot does and return its bytes."""
    content = json.dumps(value, indent=2).encode()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return content


def make_bot(folder: Path) -> Path:
    """A mixed layout with two personas, their cards, chats, a summary and a lorebook; returns the profiles' folder."""
    data = folder / "data"
    profiles = data / "profiles"
    put(profiles / f"user_{KAI}.json", profile())
    put(profiles / f"user_{NOOR}.json", profile(NOOR, username="Noor", facts=[fact("Plays the oud")]))
    (profiles / "_index_cache.pkl").write_bytes(b"cos\nsystem\n(S'touch /tmp/owned'\ntR.")
    thin = profile(facts=[fact("Bakes on Sundays")], traits=[], interaction_count=2, first_met="2025-06-01T00:00:00")
    put(profiles / "default" / f"user_{KAI}.json", thin)
    put(
        profiles / "dagoth_ur_neuro" / f"user_{KAI}.json",
        profile(username="Nerevarine", facts=[fact("Is the Nerevarine reborn")], affection={"level": 81}),
    )
    put(profiles / "scav" / f"user_{KAI}.json", profile(username="stalker", facts=[fact("Trades in the Zone")]))
    cards = folder / "prompts" / "characters"
    for stem, name in (("dagoth_ur", "Dagoth Ur"), ("scav", "Scav")):
        card = {"name": name, "description": f"{name} speaks.", "first_mes": "Welcome, {{user}}.", "avatar_url": "x"}
        put(cards / f"{stem}.json", {"spec": "chara_card_v2", "spec_version": "2.0", "data": card})
    put(
        data / "chat_history" / "4242.json",
        [
            {"role": "user", "content": "Are you there?", "username": "Kai", "user_id": KAI},
            {"role": "assistant", "content": "Always, Nerevarine.", "username": "Dagoth Ur"},
        ],
    )
    put(
        data / "lorebooks" / "zone.json",
        {"name": "The Zone", "entries": [{"uid": 1, "key": ["zone"], "content": "It hums.", "order": 1,
                                          "enabled": True, "constant": False}]},
    )  # fmt: skip
    return profiles


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}
