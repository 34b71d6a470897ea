"""Fetching what a message holds: at once, never more than allowed, and each refusal told apart by what to do next."""

import pytest

from bots.errors import Rejected, Retryable, SendError, Unauthorised
from bots.line.channel import LineChannel
from bots.telegram.channel import TelegramChannel
from tests.fakes.line import FakeLine
from tests.fakes.loopback import closed_url
from tests.fakes.telegram import FakeTelegram

PHOTO = b"\xff\xd8" + b"x" * 200_000
KIBIBYTE = 1024


async def test_line_content_is_read_whole(line: FakeLine, line_channel: LineChannel) -> None:
    event = line.resident("花子").sends("image", content=PHOTO)
    assert await line_channel.fetch(event["message"]["id"], most=300 * KIBIBYTE) == PHOTO


async def test_line_content_has_a_ceiling(line: FakeLine, line_channel: LineChannel) -> None:
    event = line.resident("花子").sends("video", content=PHOTO)
    with pytest.raises(Rejected) as refusal:
        await line_channel.fetch(event["message"]["id"], most=len(PHOTO) - 1)
    assert refusal.value.code == "too_large"


@pytest.mark.parametrize(("status", "kind", "code"), [
    (202, Retryable, "preparing"), (500, Retryable, "platform_fault"), (429, Retryable, "rate_limited"),
    (404, Rejected, "gone"), (410, Rejected, "gone"), (401, Unauthorised, "unauthorised"), (301, Rejected, "refused"),
])
async def test_lines_refusals(
    line: FakeLine, line_channel: LineChannel, status: int, kind: type[SendError], code: str,
) -> None:
    line.content_answers.append(status)
    with pytest.raises(kind) as refusal:
        await line_channel.fetch("1", most=KIBIBYTE)
    assert refusal.value.code == code


async def test_a_large_video_is_being_prepared_for_a_while(line: FakeLine, line_channel: LineChannel) -> None:
    event = line.resident("花子").sends("video", content=PHOTO)
    line.content_answers.append(202)
    with pytest.raises(Retryable) as wait:
        await line_channel.fetch(event["message"]["id"], most=300 * KIBIBYTE)
    assert wait.value.retry_after
    assert await line_channel.fetch(event["message"]["id"], most=300 * KIBIBYTE) == PHOTO


async def test_line_away_or_nothing_in_it(line: FakeLine) -> None:
    away = LineChannel(line.token, api_url=line.url, data_url=closed_url())
    with pytest.raises(Retryable):
        await away.fetch("1", most=KIBIBYTE)
    await away.close()
    here = LineChannel(line.token, api_url=closed_url(), data_url=line.url)
    event = line.resident("花子").sends("audio", content=b"")
    with pytest.raises(Rejected) as refusal:
        await here.fetch(event["message"]["id"], most=KIBIBYTE)
    assert refusal.value.code == "empty"
    await here.close()


async def test_telegram_files(telegram: FakeTelegram, telegram_channel: TelegramChannel) -> None:
    file_id = telegram.keep_file("voice1", PHOTO)
    assert await telegram_channel.fetch(file_id, most=300 * KIBIBYTE) == PHOTO
    with pytest.raises(Rejected) as refusal:
        await telegram_channel.fetch(file_id, most=KIBIBYTE)
    assert refusal.value.code == "too_large"
    with pytest.raises(Rejected):
        await telegram_channel.fetch("unknown", most=KIBIBYTE)


async def test_telegram_away() -> None:
    away = TelegramChannel("1:token", api_url=closed_url(), timeout=1.0)
    with pytest.raises(Retryable):
        await away.fetch("voice1", most=KIBIBYTE)
    await away.close()
