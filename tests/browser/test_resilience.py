"""Nothing a resident wrote gets lost or doubled: offline, a lost answer, a restart, a reload, streams held back."""

import json
import re

import pytest
from playwright.sync_api import Page, Request, Route, expect

from bots.types import Outgoing
from handoff.store.models import Conversation
from tests.browser.serving import Served
from tests.browser.talking import QUESTION, arrived, open_chat, press, write

pytestmark = pytest.mark.browser
MESSAGES = re.compile(r"/api/chat/conversations/[^/]+/messages$")


def id_of(request: Request) -> str:
    sent: dict[str, str] = json.loads(request.post_data or "")
    return sent["client_message_id"]


def test_offline_messages_wait_and_go_out_once_in_order(page: Page, served: Served) -> None:
    frame = open_chat(page, served)
    page.context.set_offline(True)
    write(frame, "一つめ")
    expect(frame.get_by_text("送れません")).to_be_visible()
    expect(frame.locator("#status")).to_contain_text("書いたものは消えません")
    write(frame, "二つめ")
    page.context.set_offline(False)
    arrived(frame, 2)
    expect(frame.locator("#status")).not_to_contain_text("つながっていません")
    assert served.residents_words() == ["一つめ", "二つめ"]


def test_again_sends_the_same_message_under_the_same_id(page: Page, served: Served) -> None:
    frame = open_chat(page, served)
    ids: list[str] = []

    def fail(route: Route) -> None:
        ids.append(id_of(route.request))
        route.fulfill(status=503)

    page.route(MESSAGES, fail)
    write(frame, "もう一度")
    again = frame.get_by_role("button", name="もう一度")
    expect(again).to_be_visible()
    page.unroute(MESSAGES)
    with page.expect_request(MESSAGES) as request:
        again.click()
    arrived(frame, 1)
    assert set(ids) == {id_of(request.value)}
    assert served.residents_words() == ["もう一度"]


def test_a_message_whose_answer_was_lost_is_not_shown_or_stored_twice(page: Page, served: Served) -> None:
    frame = open_chat(page, served)

    def swallow(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route(MESSAGES, swallow)
    write(frame, "届いているのに")
    arrived(frame, 1)
    page.unroute(MESSAGES)
    page.wait_for_timeout(2_500)
    expect(frame.locator(".said.resident")).to_have_count(1)
    assert served.residents_words() == ["届いているのに"]


def test_too_many_at_once_wait_as_long_as_the_server_asks(page: Page, served: Served) -> None:
    frame = open_chat(page, served)
    page.route(MESSAGES, lambda route: route.fulfill(status=429, headers={"Retry-After": "1"}), times=1)
    write(frame, "ゆっくり")
    expect(frame.get_by_role("status")).to_contain_text("少し待ってから")
    arrived(frame, 1)


def test_a_refused_message_comes_back_into_the_box(page: Page, served: Served) -> None:
    frame = open_chat(page, served)
    page.route(MESSAGES, lambda route: route.fulfill(status=422), times=1)
    write(frame, "直して送る")
    expect(frame.get_by_role("textbox", name="メッセージ")).to_have_value("直して送る")
    expect(frame.locator(".said.resident")).to_have_count(0)


def test_the_chat_survives_a_restart_of_the_server(page: Page, served: Served) -> None:
    frame = open_chat(page, served)
    write(frame, "前")
    arrived(frame, 1)
    served.stop()
    write(frame, "止まっているあいだ")
    expect(frame.get_by_text("送れません")).to_be_visible()
    served.start()
    arrived(frame, 2)
    served.say(Outgoing("再開しました"))
    expect(frame.get_by_text("再開しました")).to_be_visible()
    assert served.residents_words() == ["前", "止まっているあいだ"]
    assert len(served.rows(Conversation)) == 1


def test_a_reload_keeps_thread_and_draft_in_the_tab(page: Page, served: Served) -> None:
    frame = open_chat(page, served)
    write(frame, "覚えていますか")
    arrived(frame, 1)
    frame.get_by_role("textbox", name="メッセージ").fill("書きかけ")
    page.reload()
    assert page.locator("iframe").count() == 0, "the panel stays away until it is asked for"
    frame = press(page)
    expect(frame.get_by_text("覚えていますか")).to_be_visible()
    expect(frame.get_by_role("textbox", name="メッセージ")).to_have_value("書きかけ")
    assert len(served.rows(Conversation)) == 1


def test_where_streams_are_held_back_polling_takes_over(page: Page, served: Served) -> None:
    page.route("**/events", lambda route: route.abort())
    frame = open_chat(page, served)
    served.say(Outgoing("流れなくても届く"))
    expect(frame.get_by_text("流れなくても届く")).to_be_visible()
    with page.expect_request(re.compile("after=")) as polled:
        pass
    assert polled.value.url.endswith(("after=2", "after=3")), "only what is new is asked for"


def test_messages_come_once_and_in_order_however_they_come(page: Page, served: Served) -> None:
    frame = open_chat(page, served)
    for number in range(20):
        served.say(Outgoing(f"番号{number}、"))
    expect(frame.get_by_text("番号19、")).to_be_visible()
    shown = frame.locator(".said.bot .words").all_inner_texts()[2:]
    assert shown == [f"番号{number}、" for number in range(20)]


def test_a_conversation_that_has_gone_is_said_and_a_new_one_offered(page: Page, served: Served) -> None:
    frame = open_chat(page, served)
    box = frame.get_by_role("textbox", name="メッセージ")
    box.fill("まだありますか")
    served.forget_tokens()
    box.press("Enter")  # a click would wait for ever where the stream has noticed first and 送信 is off already
    expect(frame.get_by_role("status")).to_contain_text("続きを開けませんでした")
    expect(frame.get_by_role("button", name="送信")).to_be_disabled()
    frame.get_by_role("button", name="新しく始める").click()
    expect(frame.get_by_role("log")).to_contain_text("AIではなく")
    expect(frame.get_by_role("textbox", name="メッセージ")).to_have_value("まだありますか")
    write(frame, "新しく")
    arrived(frame, 1)
    assert len(served.rows(Conversation)) == 2


def test_two_tabs_of_one_conversation_see_the_same(page: Page, served: Served) -> None:
    frame = open_chat(page, served)
    kept = frame.locator("body").evaluate("() => ({...sessionStorage})")
    other = page.context.new_page()
    other.goto(f"{served.url}/calendar")
    other.evaluate("(kept) => Object.assign(sessionStorage, kept)", kept)
    other.goto(f"{served.url}/chat/taiki")
    expect(other.get_by_role("log")).to_contain_text("AIではなく")
    write(frame, "こちらで書く")
    expect(other.get_by_text("こちらで書く")).to_be_visible()
    served.say(QUESTION)
    expect(other.get_by_role("button", name="50代以上")).to_be_visible()
    frame.get_by_role("button", name="50代以上").click()
    expect(other.get_by_role("button", name="20代まで")).to_have_count(0)
