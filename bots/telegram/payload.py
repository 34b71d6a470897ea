"""Bubbles as Telegram texts. Pure; imports no SDK.

A turn goes as one message wherever it fits: Telegram has no key that makes a second try safe, so each further message
is one more that could be lost or doubled. Limit: 4,096 characters (Bot API, sendMessage), counted in UTF-16 units.
"""

from collections.abc import Sequence

from bots.cards import card_text
from bots.measure import cut
from bots.raw import storable
from bots.types import Outgoing

TEXT_UNITS = 4096


def texts(bubbles: Sequence[Outgoing]) -> list[str]:
    """The texts to send, in order; cards as lines. [] when there is nothing to say."""
    return cut(storable("\n\n".join(part for bubble in bubbles for part in _parts(bubble))), TEXT_UNITS)


def _parts(bubble: Outgoing) -> list[str]:
    parts = [bubble.text, *map(card_text, bubble.cards)]
    if not any(part.strip() for part in parts) and bubble.choices:
        return ["お選びください"]  # a keyboard cannot stand without a text
    return [part for part in parts if part.strip()]
