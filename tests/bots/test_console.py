"""The terminal shows what residents would see, and lets nobody paint on it."""

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from bots.console import ConsoleChannel
from bots.errors import Unreadable
from bots.types import Address, Card, Choice, Incoming, Outgoing, Text


async def shown(*bubbles: Outgoing) -> str:
    screen = io.StringIO()
    await ConsoleChannel(Console(file=screen, width=80)).send(Address("console", "1"), bubbles)
    return screen.getvalue()


async def test_bubbles_cards_and_choices() -> None:
    screen = await shown(Outgoing("窓口です。", (Choice("はい", "はい"),), (Card("福祉課", telephone="01558-6-2111"),)))
    for words in ("窓口です。", "福祉課", "電話　01558-6-2111", "① はい", "番号でも選べます"):
        assert words in screen


async def test_messages_cannot_paint() -> None:
    screen = await shown(Outgoing("[red]赤[/red]\x1b[31m\x07\r\ud800終わり", cards=(Card("[b]\x1b]0;x\x07"),)))
    assert "[red]赤[/red]" in screen
    assert "[b]" in screen
    assert not {"\x1b", "\x07", "\r", "\ud800"} & set(screen)


def test_a_typed_line() -> None:
    channel = ConsoleChannel(Console(file=io.StringIO()))
    assert channel.parse({"text": "こんにちは", "at": 1795600000}) == Incoming(
        "console", Text("こんにちは"), datetime.fromtimestamp(1795600000, UTC))
    with pytest.raises(Unreadable):
        channel.parse({"at": 1})
