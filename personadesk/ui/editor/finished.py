"""A card as it goes to the store: tidied at its edges, no word of it changed."""

from dataclasses import replace

from personadesk.domain.persona import PersonaCard


def finished_card(card: PersonaCard) -> PersonaCard:
    """Without spaces around lines and without greetings that say nothing."""
    greetings = [text for text in (card.greeting, *card.alternate_greetings) if text.strip()]
    return replace(
        card,
        name=" ".join(card.name.split()),
        display_name=" ".join(card.display_name.split()),
        tagline=card.tagline.strip(),
        style_text=card.style_text.strip(),
        nickname=card.nickname.strip(),
        greeting=greetings[0] if greetings else "",
        alternate_greetings=tuple(greetings[1:]),
    )
