"""The fake platforms refuse what the real ones refuse: a judge that lets everything pass proves nothing."""

import json
from typing import Any

import httpx
import pytest

from bots.signature import line_signature_ok
from tests.fakes import line_judge
from tests.fakes.line import FakeLine
from tests.fakes.telegram import FakeTelegram

TO = "U" + "0" * 32
KEY = "01946c3e-7b1a-7c3d-9f00-1234567890ab"
TEXT = {"type": "text", "text": "こんにちは"}


def postback(**change: Any) -> dict[str, Any]:
    action = {"type": "postback", "label": "はい", "data": "はい", "displayText": "はい", **change}
    return {**TEXT, "quickReply": {"items": [{"type": "action", "action": action}]}}


def flex(contents: object, alt: str = "窓口") -> dict[str, Any]:
    return {"type": "flex", "altText": alt, "contents": contents}


def bubble(*contents: object) -> dict[str, Any]:
    return {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": list(contents)}}


REFUSED: list[list[dict[str, Any]]] = [
    [], [TEXT] * 6, [{"type": "text"}], [{"type": "text", "text": " "}], [{"type": "poem", "text": "x"}],
    [{**TEXT, "text": "あ" * 5001}], [{**TEXT, "text": "😀" * 2501}], [{**TEXT, "text": "a\x00"}], [{**TEXT, "colour": "red"}],
    [postback(label="あ" * 21)], [postback(label="")], [postback(data="x" * 301)], [postback(displayText="あ" * 301)],
    [{**TEXT, "quickReply": {"items": postback()["quickReply"]["items"] * 14}}], [{**TEXT, "quickReply": {"items": []}}],
    [flex(bubble({"type": "text", "text": ""}))], [flex(bubble({"type": "text", "text": "あ" * 10_000}))],
    [flex(bubble({"type": "text", "text": "x"}), alt="")], [flex(bubble({"type": "text", "text": "x"}), alt="あ" * 1501)],
    [flex({"type": "carousel", "contents": [bubble({"type": "text", "text": "x"})] * 13})],
    [flex({"type": "bubble", "body": {"type": "box", "layout": "diagonal", "contents": []}})],
    [flex(bubble({"type": "button", "action": {"type": "uri", "label": "x", "uri": "javascript:1"}}))],
    [flex(bubble({"type": "button", "action": {"type": "uri", "label": "あ" * 41, "uri": "tel:119"}}))],
]


@pytest.mark.parametrize("messages", REFUSED)
def test_line_refuses(messages: list[dict[str, Any]]) -> None:
    body = {"to": TO, "messages": messages}
    assert line_judge.problems("PushMessageRequest", body, json.dumps(body).encode(), openapi=False)


def test_line_takes_what_is_right() -> None:
    body = {"to": TO, "messages": [TEXT, postback(label="👨‍👩‍👧‍👦" * 20)], "notificationDisabled": False}
    assert line_judge.problems("PushMessageRequest", body, json.dumps(body).encode()) == []
    assert line_judge.problems("PushMessageRequest", body, b"x" * 2_000_001) == ["Request exceeds the max size of 2MB"]


async def push(line: FakeLine, body: object, *, key: str | None = KEY, token: str | None = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {token or line.token}", **({"x-line-retry-key": key} if key else {})}
    async with httpx.AsyncClient() as client:
        return await client.post(f"{line.url}/v2/bot/message/push", json=body, headers=headers)


async def test_lines_retry_keys(line: FakeLine) -> None:
    body = {"to": TO, "messages": [TEXT]}
    first, again = await push(line, body), await push(line, body)
    assert (first.status_code, again.status_code) == (200, 409)
    assert again.json()["sentMessages"] == first.json()["sentMessages"]
    assert again.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert line.conflicts == [KEY]
    assert (await push(line, {**body, "messages": [TEXT, TEXT]})).status_code == 400
    assert (await push(line, body, key="nope")).status_code == 400
    assert (await push(line, body, key=None)).status_code == 200


async def test_lines_other_doors(line: FakeLine) -> None:
    body = {"to": TO, "messages": [TEXT]}
    assert (await push(line, body, token="wrong")).status_code == 401
    assert (await push(line, {**body, "to": "hanako"})).status_code == 400
    assert (await push(line, ["x"])).status_code == 400
    resident = line.resident("花子")
    resident.blocks()
    assert (await push(line, {**body, "to": resident.id})).status_code == 200
    assert resident.received == []


async def test_reply_tokens_die_of_use_and_of_age() -> None:
    now = 0.0
    with FakeLine(clock=lambda: now, openapi=False) as line:
        async with httpx.AsyncClient(headers={"authorization": f"Bearer {line.token}"}) as client:
            async def reply(token: str) -> int:
                body = {"replyToken": token, "messages": [TEXT]}
                return (await client.post(f"{line.url}/v2/bot/message/reply", json=body)).status_code

            used, old = line.issue_reply_token(TO), line.issue_reply_token(TO)
            assert [await reply(used), await reply(used), await reply("made up")] == [200, 400, 400]
            now = 61.0
            assert await reply(old) == 400


async def test_line_signs_what_it_sends(line: FakeLine) -> None:
    hanako = line.resident("花子")
    body, headers = line.signed(hanako.says("こんにちは"), hanako.sticker(), redelivery=True)
    assert line_signature_ok(line.secret, body, headers["x-line-signature"])
    events = json.loads(body)["events"]
    assert len({event["webhookEventId"] for event in events}) == 2
    assert all(event["deliveryContext"]["isRedelivery"] for event in events)


@pytest.mark.parametrize("form", [
    {"text": "x"}, {"chat_id": "x", "text": "x"}, {"chat_id": "5"}, {"chat_id": "5", "text": " "},
    {"chat_id": "5", "text": "あ" * 4097}, {"chat_id": "6", "text": "x"}, {"chat_id": "5", "text": "x", "colour": "red"},
    {"chat_id": "5", "text": "x", "reply_markup": '{"inline_keyboard": []}'},
    {"chat_id": "5", "text": "x", "reply_markup": '{"inline_keyboard": [[{"text": "a", "callback_data": ""}]]}'},
    {"chat_id": "5", "text": "x", "reply_markup": json.dumps(
        {"inline_keyboard": [[{"text": "a", "callback_data": "あ" * 22}]]})},
    {"chat_id": "5", "text": "x", "reply_markup": '{"inline_keyboard": [[{"text": "", "callback_data": "a"}]]}'},
])
async def test_telegram_refuses(telegram: FakeTelegram, form: dict[str, str]) -> None:
    telegram.resident(5)
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{telegram.url}/bot{telegram.token}/sendMessage", data=form)
        wrong = await client.post(f"{telegram.url}/botwrong/sendMessage", data={"chat_id": "5", "text": "x"})
    assert (answer.status_code, wrong.status_code) == (400, 401)
    assert telegram.accepted == []
