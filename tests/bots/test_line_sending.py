"""How a turn reaches LINE: once, whole, and honestly reported. Every request is judged by the fake platform."""

import logging
from uuid import UUID, uuid4, uuid5

import pytest
from starlette.responses import RedirectResponse
from starlette.types import Receive, Scope, Send

from bots.errors import Rejected, ReplyExpired, Retryable, SendError, Unauthorised, Uncertain
from bots.line.channel import LineChannel
from bots.line.client import LineClient
from bots.types import Address, Card, Choice, Outgoing, Quota, Sent
from tests.fakes.faults import Fault, fails_after, fails_before, refuses, slow
from tests.fakes.line import FakeLine
from tests.fakes.loopback import Loopback, closed_url

KEY = "01946c3e-7b1a-7c3d-9f00-1234567890ab"
RATE = "The API rate limit has been exceeded. Try again later."
MONTH = "You have reached your monthly limit."
HELLO = [Outgoing("こんにちは")]
FULL = [
    Outgoing("お話しくださりありがとうございます。"),
    Outgoing("こちらの窓口です。", cards=(
        Card("福祉課 高齢者支援係", ("介護の相談",), "01558-6-2111", None, "東本通33", "平日 8:30〜17:15", "https://example.jp/ふくし"),
        Card("地域包括支援センター", telephone="#7119"), Card("どこでもない"))),
    Outgoing("どなたのことですか。", choices=(Choice("自分のこと", "自分のことです"), Choice("家族のこと" * 5, "家族のことです"))),
]


def push_to(line: FakeLine) -> Address:
    return Address(line.resident("花子").id, KEY)


def reply_to(line: FakeLine) -> Address:
    resident = line.resident("花子")
    return Address(resident.id, KEY, line.issue_reply_token(resident.id))


async def test_a_reply_uses_the_token(line: FakeLine, line_channel: LineChannel) -> None:
    sent = await line_channel.send(reply_to(line), HELLO)
    (call,) = line.accepted
    assert sent == Sent("reply", tuple(call.ids), call.request_id)
    assert line.resident("花子").texts == ["こんにちは"]


async def test_a_push_carries_the_outbox_id_as_its_key(line: FakeLine, line_channel: LineChannel) -> None:
    sent = await line_channel.send(push_to(line), HELLO)
    (call,) = line.accepted
    assert sent == Sent("push", tuple(call.ids), call.request_id)
    assert (call.how, call.retry_key) == ("push", KEY)


async def test_line_takes_cards_and_buttons_as_they_are(line: FakeLine, line_channel: LineChannel) -> None:
    await line_channel.send(reply_to(line), FULL)
    assert line.refused == []
    resident = line.resident("花子")
    assert [message["type"] for message in resident.received] == ["text", "text", "flex", "text"]
    assert [button["data"] for button in resident.buttons] == ["自分のことです", "家族のことです"]
    assert "01558-6-2111" in resident.texts[2]


async def test_the_same_push_again_arrives_once(line: FakeLine, line_channel: LineChannel) -> None:
    first = await line_channel.send(push_to(line), FULL)
    again = await line_channel.send(push_to(line), FULL)
    assert (again.how, again.message_ids, again.request_id) == ("already", first.message_ids, first.request_id)
    assert len(line.accepted) == 1


async def test_more_than_five_objects_go_in_keyed_pushes(line: FakeLine, line_channel: LineChannel) -> None:
    bubbles = [Outgoing("あ" * 4990, cards=(Card(f"窓口{n}"),)) for n in range(4)]
    address = reply_to(line)
    sent = await line_channel.send(address, bubbles)
    assert [call.how for call in line.accepted] == ["push", "push"]
    assert [call.retry_key for call in line.accepted] == [KEY, str(uuid5(UUID(KEY), "1"))]
    assert len(sent.message_ids) == 8
    line.plan(None, fails_before())
    again = await line_channel.send(address, bubbles)
    assert again.how == "already"
    assert len(line.accepted) == 2


async def test_a_long_turn_that_breaks_off_is_completed_without_doubling(
    line: FakeLine, line_channel: LineChannel,
) -> None:
    bubbles = [Outgoing("あ" * 4990, cards=(Card(f"窓口{n}"),)) for n in range(4)]
    line.plan(None, fails_before())
    with pytest.raises(Retryable):
        await line_channel.send(push_to(line), bubbles)
    assert (await line_channel.send(push_to(line), bubbles)).how == "push"
    assert len(line.resident("花子").received) == 8


@pytest.mark.parametrize(("fault", "code"), [(fails_before(), "platform_fault"), (fails_after(), "platform_fault"),
                                             (fails_before(503), "platform_fault"), (slow(3), "timeout")])
async def test_a_push_in_doubt_is_tried_again_and_arrives_once(
    line: FakeLine, hasty_line_channel: LineChannel, fault: Fault, code: str,
) -> None:
    line.plan(fault)
    with pytest.raises(Retryable) as first:
        await hasty_line_channel.send(push_to(line), HELLO)
    assert first.value.code == code
    await hasty_line_channel.send(push_to(line), HELLO)
    assert line.resident("花子").texts == ["こんにちは"]


async def test_without_the_key_it_would_arrive_twice(line: FakeLine, line_channel: LineChannel) -> None:
    line.plan(fails_after())
    with pytest.raises(Retryable):
        await line_channel.send(push_to(line), HELLO)
    line.knows_keys = False
    await line_channel.send(push_to(line), HELLO)
    assert len(line.resident("花子").texts) == 2


@pytest.mark.parametrize(("fault", "error", "code", "after"), [
    (refuses(429, RATE), Retryable, "rate_limited", None),
    (refuses(429, RATE, retry_after=7), Retryable, "rate_limited", 7.0),
    (refuses(429, MONTH), Rejected, "quota", None),
    (refuses(400, "Failed to send messages"), Rejected, "unreachable", None),
    (refuses(400, "The request body has 1 error(s)"), Rejected, "bad_request", None),
    (refuses(403, "Access to this API is not available"), Unauthorised, "forbidden", None),
    (refuses(404, "Not found"), Rejected, "not_found", None),
    (refuses(413, "Request exceeds the max size of 2MB"), Rejected, "too_large", None),
    (refuses(418, "?"), Rejected, "bad_request", None),
])
@pytest.mark.parametrize("how", ["reply", "push"])
async def test_refusals_say_what_to_do_next(
    line: FakeLine, line_channel: LineChannel, how: str, fault: Fault, error: type[SendError], code: str,
    after: float | None,
) -> None:
    line.plan(fault)
    with pytest.raises(error) as refusal:
        await line_channel.send(reply_to(line) if how == "reply" else push_to(line), HELLO)
    assert refusal.value.code == code
    assert getattr(refusal.value, "retry_after", None) == after
    assert line.accepted == []


async def test_the_monthly_limit_of_the_platform_itself(line: FakeLine, line_channel: LineChannel) -> None:
    line.quota = 0
    with pytest.raises(Rejected, match="quota"):
        await line_channel.send(push_to(line), HELLO)
    assert (await line_channel.send(reply_to(line), HELLO)).how == "reply"


async def test_a_wrong_token_pauses_the_account(line: FakeLine) -> None:
    channel = LineChannel("revoked", api_url=line.url)
    with pytest.raises(Unauthorised, match="unauthorised"):
        await channel.send(push_to(line), HELLO)
    await channel.close()


async def test_a_dead_reply_token_asks_for_a_push(line: FakeLine, line_channel: LineChannel) -> None:
    address = reply_to(line)
    await line_channel.send(address, HELLO)
    with pytest.raises(ReplyExpired):
        await line_channel.send(address, HELLO)


@pytest.mark.parametrize("fault", [fails_before(), slow(3, accept=False)])
async def test_a_reply_that_did_not_arrive_goes_out_with_the_same_token(
    line: FakeLine, hasty_line_channel: LineChannel, fault: Fault,
) -> None:
    line.plan(fault)
    assert (await hasty_line_channel.send(reply_to(line), HELLO)).how == "reply"
    assert line.resident("花子").texts == ["こんにちは"]


@pytest.mark.parametrize("fault", [fails_after(), slow(3)])
async def test_a_reply_that_had_arrived_is_known_by_its_used_token(
    line: FakeLine, hasty_line_channel: LineChannel, fault: Fault,
) -> None:
    line.plan(fault)
    assert (await hasty_line_channel.send(reply_to(line), HELLO)).how == "already"
    assert line.resident("花子").texts == ["こんにちは"]


async def test_a_used_token_proves_nothing_once_it_may_have_died_of_age(line: FakeLine) -> None:
    ticks = iter([0.0, 30.0])
    channel = LineChannel(line.token, api_url=line.url, clock=lambda: next(ticks))
    line.plan(fails_after())
    with pytest.raises(Uncertain):
        await channel.send(reply_to(line), HELLO)
    await channel.close()


@pytest.mark.parametrize("second", [fails_before(), fails_after(), slow(3), refuses(429, RATE), refuses(400, "?")])
async def test_a_reply_in_doubt_twice_is_uncertain(
    line: FakeLine, hasty_line_channel: LineChannel, second: Fault,
) -> None:
    line.plan(fails_before(), second)
    with pytest.raises(Uncertain):
        await hasty_line_channel.send(reply_to(line), HELLO)
    assert len(line.resident("花子").texts) <= 1


@pytest.mark.parametrize("token", [None, "token"])
async def test_nobody_at_the_door_means_later(token: str | None) -> None:
    channel = LineChannel("token", api_url=closed_url())
    with pytest.raises(Retryable, match="no_connection"):
        await channel.send(Address("U" + "0" * 32, KEY, token), HELLO)
    await channel.close()


@pytest.mark.parametrize("bubbles", [[], [Outgoing("")], [Outgoing(" \n\u3000")]])
async def test_nothing_to_say_is_refused_before_line_hears_of_it(
    line: FakeLine, line_channel: LineChannel, bubbles: list[Outgoing],
) -> None:
    with pytest.raises(Rejected, match="empty"):
        await line_channel.send(push_to(line), bubbles)
    assert line.refused == []


async def test_words_that_no_platform_takes_are_mended(line: FakeLine, line_channel: LineChannel) -> None:
    await line_channel.send(push_to(line), [Outgoing("a\ud83d\x00b", (Choice("\udc00", "\udc00"),), (Card("\udc00"),))])
    assert line.refused == []
    assert line.resident("花子").texts[0].startswith("a\ufffd\ufffdb")


async def test_loading_and_leaving(line: FakeLine, line_channel: LineChannel) -> None:
    resident = line.resident("花子")
    assert await line_channel.show_loading(resident.id, seconds=7)
    assert await line_channel.show_loading(resident.id, seconds=500)
    assert line.loading == [resident.id] * 2
    group = resident.in_group("町内会").group or ""
    assert await line_channel.leave(group)
    assert await line_channel.leave("R" + group[1:])
    assert not await line_channel.leave(resident.id)
    assert line.left == [group, "R" + group[1:]]


async def test_courtesies_never_fail() -> None:
    channel = LineChannel("token", api_url=closed_url())
    assert not await channel.show_loading("U" + "0" * 32)
    assert not await channel.leave("C" + "0" * 32)
    await channel.close()
    await channel.close()


async def test_words_stay_out_of_logs_and_errors(
    line: FakeLine, line_channel: LineChannel, caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    line.plan(None, refuses(400, "HIMITSU 秘密 is not allowed"))
    address = push_to(line)
    await line_channel.send(address, [Outgoing("HIMITSU 秘密")])
    with pytest.raises(Rejected) as refusal:
        await line_channel.send(Address(address.to, str(UUID(int=1))), [Outgoing("HIMITSU 秘密")])
    assert "HIMITSU" not in caplog.text + repr(refusal.value) + repr(refusal.value.__context__)
    assert line.token not in caplog.text + repr(line_channel._client)


async def test_the_months_quota(line: FakeLine, line_channel: LineChannel) -> None:
    assert await line_channel.quota() == Quota(None, 0)
    line.quota = 200
    await line_channel.send(Address(line.resident("花子").id, str(uuid4())), [Outgoing("お知らせ")])
    assert await line_channel.quota() == Quota(200, 1)
    line.token = "another"
    assert await line_channel.quota() is None


async def test_messages_go_through_the_proxy_that_the_machine_names(line: FakeLine) -> None:
    client = LineClient(line.token, "http://line.invalid", proxy=lambda url: line.url if url == "http://line.invalid" else None)
    answer = await client.push(line.resident("花子").id, [{"type": "text", "text": "こんにちは"}], retry_key=KEY)
    await client.close()
    assert answer.status == 200
    assert line.resident("花子").texts == ["こんにちは"]


async def test_words_are_not_carried_to_where_somebody_else_points(line: FakeLine) -> None:
    async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
        await RedirectResponse(line.url + str(scope["path"]), status_code=307)(scope, receive, send)

    with Loopback(elsewhere) as server:
        channel = LineChannel(line.token, api_url=server.url)
        with pytest.raises(Rejected):
            await channel.send(push_to(line), HELLO)
        await channel.close()
    assert (line.accepted, line.refused) == ([], [])
