"""How a turn reaches Telegram: never twice by our own doing, and in doubt it says so."""

import logging

import pytest

from bots.choices import choice_by_id
from bots.errors import Rejected, Retryable, SendError, Unauthorised, Uncertain
from bots.telegram.channel import TelegramChannel
from bots.types import Address, Button, Card, Choice, Outgoing, Sent, Text
from tests.fakes.faults import Fault, fails_after, fails_before, refuses, slow
from tests.fakes.loopback import closed_url
from tests.fakes.telegram import FakeTelegram

HELLO = [Outgoing("こんにちは")]
HANAKO = 5550001
TOO_MANY = "Too Many Requests: retry after 7"
LONG_VALUE = "家族のことで、ずっと前から誰にも言えずに困っています"


def to(chat: int = HANAKO) -> Address:
    return Address(str(chat), "key")


async def test_a_turn_is_one_message(telegram: FakeTelegram, telegram_channel: TelegramChannel) -> None:
    hanako = telegram.resident(HANAKO)
    card = Card("福祉課", ("介護の相談",), "01558-6-2111", None, "東本通33", "平日 8:30〜17:15", "https://example.jp/")
    choices = (Choice("自分のこと", "自分のことです"), Choice("家族のこと", LONG_VALUE))
    bubbles = [Outgoing("ありがとうございます。"), Outgoing("窓口です。", cards=(card,)), Outgoing("どなたの？", choices)]
    sent = await telegram_channel.send(to(), bubbles)
    (message,) = hanako.received
    assert sent == Sent("push", (str(message["message_id"]),))
    assert message["text"] == (
        "ありがとうございます。\n\n窓口です。\n\n■ 福祉課\n介護の相談\n場所：東本通33\n時間：平日 8:30〜17:15\n"
        "電話：01558-6-2111\nhttps://example.jp/\n\nどなたの？")
    assert [button["text"] for button in hanako.buttons] == ["自分のこと", "家族のこと"]


async def test_a_tapped_button_means_its_choice(telegram: FakeTelegram, telegram_channel: TelegramChannel) -> None:
    hanako = telegram.resident(HANAKO)
    choices = (Choice("自分のこと", "自分のことです"), Choice("家族のこと", LONG_VALUE))
    await telegram_channel.send(to(), [Outgoing("どなたの？", choices)])
    for button, choice in zip(hanako.buttons, choices, strict=True):
        what = telegram_channel.parse(hanako.taps(button)).what
        assert isinstance(what, Text)
        assert what.choice is not None
        assert choice_by_id(what.choice, choices) == choice


async def test_what_a_button_carries_says_nothing(telegram: FakeTelegram, telegram_channel: TelegramChannel) -> None:
    hanako = telegram.resident(HANAKO)
    choices = (Choice("はい", "夫になぐられています"), Choice("いいえ", "いいえ"))
    await telegram_channel.send(to(), [Outgoing("いま、そばにいますか", choices)])
    for button in hanako.buttons:
        assert button["callback_data"].isascii()
        assert all(word not in button["callback_data"] for one in choices for word in (one.label, one.value))


async def test_a_link_stands_under_the_text_and_not_in_it(
    telegram: FakeTelegram, telegram_channel: TelegramChannel,
) -> None:
    hanako = telegram.resident(HANAKO)
    link = Button("ひらく", url="https://soudan.example.jp/open/taiki#c0de")
    await telegram_channel.send(to(), [Outgoing("お返事です"), Outgoing("書類をそえました", buttons=(link, Button("きまり", "きまり")))])
    (message,) = hanako.received
    assert "c0de" not in message["text"]
    assert hanako.buttons == [{"text": "ひらく", "url": link.url}]


async def test_an_old_button_is_no_answer_to_a_newer_question(
    telegram: FakeTelegram, telegram_channel: TelegramChannel,
) -> None:
    hanako = telegram.resident(HANAKO)
    await telegram_channel.send(to(), [Outgoing("前の問い", (Choice("はい", LONG_VALUE),))])
    tap = telegram_channel.parse(hanako.taps(hanako.buttons[0])).what
    assert isinstance(tap, Text)
    assert choice_by_id(tap.choice or "", (Choice("はい", "はい、今の問いに"),)) is None


async def test_a_tap_is_acknowledged(telegram: FakeTelegram, telegram_channel: TelegramChannel) -> None:
    assert await telegram_channel.acknowledge("4382")
    assert telegram.acknowledged == ["4382"]
    telegram.token = "110201543:another"
    assert not await telegram_channel.acknowledge("4383"), "a courtesy that fails is none, and no fault"


async def test_long_texts_are_cut_and_the_buttons_come_last(
    telegram: FakeTelegram, telegram_channel: TelegramChannel,
) -> None:
    hanako = telegram.resident(HANAKO)
    text = "長い話。" * 3000
    sent = await telegram_channel.send(to(), [Outgoing(text, (Choice("はい", "はい"),))])
    assert "".join(hanako.texts) == text
    assert len(sent.message_ids) == 3
    assert ["reply_markup" in message for message in hanako.received] == [False, False, True]


@pytest.mark.parametrize(("fault", "error", "code", "after"), [
    (refuses(429, TOO_MANY, retry_after=7), Retryable, "rate_limited", 7.0),
    (refuses(429, TOO_MANY), Retryable, "rate_limited", None),
    (refuses(403, "Forbidden: bot was blocked by the user"), Rejected, "blocked", None),
    (refuses(403, "Forbidden: user is deactivated"), Rejected, "blocked", None),
    (refuses(400, "Bad Request: can't parse"), Rejected, "bad_request", None),
    (refuses(401, "Unauthorized"), Unauthorised, "unauthorised", None),
    (fails_before(), Uncertain, "platform_fault", None),
    (fails_before(502), Uncertain, "platform_fault", None),
    (fails_after(), Uncertain, "platform_fault", None),
    (slow(3), Uncertain, "timeout", None),
])
async def test_refusals_say_what_to_do_next(
    telegram: FakeTelegram, telegram_channel: TelegramChannel, fault: Fault, error: type[SendError], code: str,
    after: float | None,
) -> None:
    telegram.resident(HANAKO)
    telegram.plan(fault)
    with pytest.raises(error) as refusal:
        await telegram_channel.send(to(), HELLO)
    assert type(refusal.value) is error
    assert refusal.value.code == code
    assert getattr(refusal.value, "retry_after", None) == after
    assert len(telegram.accepted) <= 1


async def test_the_platforms_own_refusals(telegram: FakeTelegram, telegram_channel: TelegramChannel) -> None:
    with pytest.raises(Rejected, match="unreachable"):
        await telegram_channel.send(to(404), HELLO)
    telegram.resident(HANAKO).blocks()
    with pytest.raises(Rejected, match="blocked"):
        await telegram_channel.send(to(), HELLO)
    stranger = TelegramChannel("1:wrong", api_url=telegram.url)
    with pytest.raises(Unauthorised):
        await stranger.send(to(), HELLO)
    await stranger.close()


async def test_nobody_at_the_door_means_later() -> None:
    channel = TelegramChannel("1:token", api_url=closed_url())
    with pytest.raises(Retryable, match="no_connection"):
        await channel.send(to(), HELLO)
    assert not await channel.leave("-100")
    await channel.close()


async def test_within_a_turn_a_short_pause_is_waited_for(telegram: FakeTelegram) -> None:
    telegram.resident(HANAKO)
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    channel = TelegramChannel(telegram.token, api_url=telegram.url, sleep=sleep)
    telegram.plan(None, refuses(429, TOO_MANY, retry_after=2))
    assert len((await channel.send(to(), [Outgoing("あ" * 5000)])).message_ids) == 2
    assert pauses == [2.0]
    await channel.close()


@pytest.mark.parametrize("second", [refuses(429, TOO_MANY, retry_after=60), fails_before(), refuses(403, "Forbidden")])
async def test_a_turn_that_breaks_off_is_never_begun_again(
    telegram: FakeTelegram, telegram_channel: TelegramChannel, second: Fault,
) -> None:
    telegram.resident(HANAKO)
    telegram.plan(None, second)
    with pytest.raises(Uncertain, match="partly_sent"):
        await telegram_channel.send(to(), [Outgoing("あ" * 5000)])


@pytest.mark.parametrize("bubbles", [[], [Outgoing("")], [Outgoing(" \n\u3000")]])
async def test_nothing_to_say(telegram_channel: TelegramChannel, bubbles: list[Outgoing]) -> None:
    with pytest.raises(Rejected, match="empty"):
        await telegram_channel.send(to(), bubbles)


async def test_odd_words_and_bare_choices(telegram: FakeTelegram, telegram_channel: TelegramChannel) -> None:
    hanako = telegram.resident(HANAKO)
    await telegram_channel.send(to(), [Outgoing("a\ud83d\x00b")])
    await telegram_channel.send(to(), [Outgoing("", (Choice("\udc00", "\udc00"), Choice("x" * 200, "")))])
    assert telegram.refused == []
    assert hanako.texts == ["a\ufffd\ufffdb", "お選びください"]


async def test_leaving_a_group(telegram: FakeTelegram, telegram_channel: TelegramChannel) -> None:
    assert await telegram_channel.leave("-1001")
    assert telegram.left == [-1001]


async def test_words_and_token_stay_out_of_logs_and_errors(
    telegram: FakeTelegram, telegram_channel: TelegramChannel, caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    telegram.resident(HANAKO)
    telegram.plan(None, refuses(400, "HIMITSU 秘密 is not allowed"))
    await telegram_channel.send(to(), [Outgoing("HIMITSU 秘密")])
    with pytest.raises(Rejected) as refusal:
        await telegram_channel.send(to(), [Outgoing("HIMITSU 秘密")])
    assert "HIMITSU" not in caplog.text + repr(refusal.value)
    assert telegram.token not in caplog.text
