"""Accounts become channels, or say what they lack."""

import pytest

from bots.channel import Channel
from bots.console import ConsoleChannel
from bots.registry import ApiUrls, NoSuchChannel, open_channel
from bots.types import Address, ChannelKind, Outgoing
from tests.fakes.line import FakeLine
from tests.fakes.telegram import FakeTelegram


async def test_each_kind_speaks_to_its_platform(line: FakeLine, telegram: FakeTelegram) -> None:
    urls = ApiUrls(line=line.url + "/", telegram=telegram.url + "/")
    channels: list[Channel] = [open_channel("line", {"token": line.token + "\n", "secret": "s"}, urls=urls),
                               open_channel("telegram", {"token": telegram.token}, urls=urls)]
    telegram.resident(5)
    key = "01946c3e-7b1a-7c3d-9f00-1234567890ab"
    for channel, to in zip(channels, (line.resident("花子").id, "5"), strict=True):
        await channel.send(Address(to, key), [Outgoing("こんにちは")])
        await channel.close()
    assert (len(line.accepted), len(telegram.accepted)) == (1, 1)


@pytest.mark.parametrize("kind", ["line", "telegram"])
@pytest.mark.parametrize("token", ["", "  ", "トークン", "a\nb"])
def test_an_unusable_token_is_refused_without_showing_it(kind: ChannelKind, token: str) -> None:
    with pytest.raises(NoSuchChannel) as refusal:
        open_channel(kind, {"token": token, "secret": "s"})
    assert "token" in str(refusal.value)
    assert not token.strip() or token not in str(refusal.value)


@pytest.mark.parametrize("kind", ["web", "console"])
def test_the_web_and_the_terminal_have_no_account(kind: ChannelKind) -> None:
    with pytest.raises(NoSuchChannel):
        open_channel(kind, {"token": "t"})


def test_the_terminal_is_a_channel(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    channel: Channel = ConsoleChannel(Console())
    assert channel.kind == "console"
