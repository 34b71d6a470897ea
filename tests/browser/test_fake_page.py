"""The page that plays LINE: what residents write reaches the webhook signed, what the bot sends is seen as LINE shows it."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bots.line.payload import calls
from bots.types import Button, Card, Choice, Outgoing
from tests.browser.test_accessible import violations
from tests.fakes.line import FakeLine
from tests.fakes.line_page import LinePage
from tests.fakes.line_residents import user_id
from tests.fakes.loopback import Loopback

pytestmark = pytest.mark.browser
TURN = [
    Outgoing("次の窓口が話を聞きます。", cards=(Card("高齢者支援係", ("介護の相談",), telephone="01558-6-2200", place="1階"), Card("二枚目"))),
    Outgoing("何歳ぐらいですか", (Choice("50代以上", "50s"), Choice("わからない", "unknown"))),
]


class House:
    """A product that only remembers what its webhook was given."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.answers = 200

    async def hook(self, request: Request) -> Response:
        body = await request.body()
        mac = base64.b64encode(hmac.new(b"line-secret", body, hashlib.sha256).digest()).decode()
        assert request.headers["x-line-signature"] == mac
        self.events += json.loads(body)["events"]
        return Response(status_code=self.answers)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/hook", self.hook, methods=["POST"])])


@pytest.fixture
def played() -> Iterator[tuple[str, FakeLine, House]]:
    house = House()
    with ExitStack() as stack:
        line = stack.enter_context(FakeLine(openapi=False))
        hook = stack.enter_context(Loopback(house.app())).url + "/hook"
        page = stack.enter_context(Loopback(LinePage(line, hook).app()))
        yield page.url, line, house


def push(line: FakeLine, *messages: Any) -> None:
    body = {"to": user_id("花子"), "messages": list(messages)}
    taken = httpx.post(f"{line.url}/v2/bot/message/push", json=body, headers={"authorization": f"Bearer {line.token}"})
    assert taken.status_code == 200, taken.text


def test_a_talk_on_the_page(page: Page, played: tuple[str, FakeLine, House]) -> None:
    url, line, house = played
    page.goto(url)
    page.get_by_role("textbox", name="メッセージ").fill("母のことで")
    page.get_by_role("button", name="送信").click()
    expect(page.locator(".mine")).to_have_text("母のことで")
    assert house.events[0]["message"]["text"] == "母のことで"
    push(line, *calls(TURN)[0])
    expect(page.locator(".bubble")).to_have_count(2)
    expect(page.locator("a[href='tel:0155862200']")).to_be_visible()
    page.get_by_role("button", name="50代以上").click()
    expect(page.locator(".mine").last).to_have_text("50代以上")
    assert (house.events[-1]["type"], house.events[-1]["postback"]["data"]) == ("postback", "50s")
    expect(page.get_by_role("button", name="50代以上")).to_have_count(0)
    push(line, *calls([Outgoing("開いてください", buttons=(Button("ひらく", url="https://example.jp/open"),), preview="お返事があります")])[0])
    expect(page.get_by_text("通知に出る文：お返事があります")).to_be_visible()
    expect(page.get_by_role("link", name="ひらく")).to_have_attribute("href", "https://example.jp/open")
    push(line, {"type": "image", "originalContentUrl": "https://example.invalid/a.png", "previewImageUrl": "https://example.invalid/b.png"})
    expect(page.get_by_role("img", name="写真")).to_have_attribute("src", "https://example.invalid/b.png")


def test_what_goes_wrong_is_seen(page: Page, played: tuple[str, FakeLine, House]) -> None:
    url, line, house = played
    house.answers = 401
    page.goto(url)
    page.get_by_role("textbox", name="メッセージ").fill("こんにちは")
    page.get_by_role("button", name="送信").click()
    expect(page.locator(".failed")).to_contain_text("届きませんでした（401）")
    httpx.post(f"{line.url}/v2/bot/message/push", json={"to": "x", "messages": []},
               headers={"authorization": f"Bearer {line.token}"})
    expect(page.get_by_role("status")).to_contain_text("LINE が断りました 400")


def test_another_site_cannot_write(played: tuple[str, FakeLine, House]) -> None:
    url, _, house = played
    answer = httpx.post(f"{url}/act", json={"who": "花子", "kind": "say", "text": "x"}, headers={"sec-fetch-site": "cross-site"})
    assert (answer.status_code, house.events) == (403, [])


def test_the_page_is_usable_by_everybody(context: Any, played: tuple[str, FakeLine, House]) -> None:
    page = context(bypass_csp=True).new_page()
    page.goto(played[0])
    push(played[1], *calls(TURN)[0])
    expect(page.locator(".bubble")).to_have_count(2)
    assert violations(page) == []
