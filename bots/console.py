"""The terminal as a channel, for `tsunagu chat`: the real dialogue without any platform. Keeps nothing."""

import re
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text as Styled

from bots import raw as json_in
from bots.cards import rows
from bots.choices import NUMBER_HINT, mark
from bots.errors import Unreadable
from bots.raw import UNKNOWN_TIME
from bots.types import Address, Card, ChannelKind, Choice, Incoming, Outgoing, Sent, Text

ADDRESS = "console"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class ConsoleChannel:
    """Prints to a rich Console; reads {"text": …, "at": Unix seconds} as raw events."""

    kind: ChannelKind = "console"

    def __init__(self, console: Console) -> None:
        self._console = console

    def parse(self, raw: Mapping[str, object]) -> Incoming:
        """A typed line. Unreadable without a text."""
        body = raw.get("text") if isinstance(raw, Mapping) else None
        if not isinstance(body, str):
            raise Unreadable("no text")
        return Incoming(ADDRESS, Text(body), json_in.moment(raw, "at", per_second=1) or UNKNOWN_TIME)

    async def send(self, address: Address, bubbles: Sequence[Outgoing]) -> Sent:
        """Print the bubbles."""
        for bubble in bubbles:
            self._print(bubble)
        return Sent(how="push", message_ids=(address.retry_key,))

    async def close(self) -> None:
        """Nothing to close."""

    def _print(self, bubble: Outgoing) -> None:
        if bubble.text.strip():
            self._console.print(Padding(_plain(bubble.text), (0, 2, 0, 2)))
        for card in bubble.cards:
            self._console.print(Padding(_panel(card), (0, 2, 0, 2)))
        if bubble.choices:
            self._console.print(Padding(_choices(bubble.choices), (0, 2, 0, 4)))
        self._console.print()


def _panel(card: Card) -> Panel:
    lines = [f"{row.label}　{row.text}" if row.label else row.text for row in rows(card)]
    return Panel(_plain("\n".join(lines)), title=_plain(card.title), title_align="left", expand=False)


def _choices(choices: Sequence[Choice]) -> Styled:
    lines = [f"{mark(number)} {choice.label}" for number, choice in enumerate(choices, start=1)]
    return _plain("\n".join([*lines, NUMBER_HINT]))


def _plain(text: str) -> Styled:
    """No markup and no control characters: a message must not be able to paint on the official's terminal."""
    return Styled(_CONTROL.sub("", text))
