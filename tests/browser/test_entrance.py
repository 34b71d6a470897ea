"""From LINE into the town's page: the link opens the same conversation, an old one is no dead end."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from handoff.intake import accounts, contacts, entrance, outbox
from handoff.store.db import Store
from tests.browser.serving import Served
from tests.browser.talking import ANSWER

pytestmark = pytest.mark.browser


def on_line(served: Served, *codes: str) -> None:
    """A LINE resident of taiki to whom the bot has answered, and the codes of the links under that answer."""
    async def job(store: Store) -> None:
        now = datetime.now(UTC)
        async with store.town("taiki") as session:
            account = await accounts.add(
                session, municipality_id="taiki", kind="line", mode="entrance", credentials={"token": "t"}, now=now
            )
            await session.flush()
            conversation = await contacts.make(
                session, municipality_id="taiki", channel="line", account_id=account.id, address="U1",
                lookup=store.keys.lookup("contact", "U1"), keys=store.keys, now=now,
            )
            await outbox.enqueue(session, conversation, [ANSWER], sender="bot", now=now)
            for code in codes:
                purpose: entrance.Purpose = "phone" if code == "phone" else "open"
                entrance.issue(session, conversation, purpose, secret=code, now=now)

    served.run(job)


def test_the_link_carries_the_story_over_and_an_old_one_is_renewed_with_one_tap(phone: Page, served: Served) -> None:
    on_line(served, "fresh")
    phone.goto(f"{served.url}/open/taiki#fresh")
    expect(phone.get_by_role("log")).to_contain_text("次の窓口が話を聞きます")
    assert "fresh" not in phone.url
    phone.goto(f"{served.url}/open/taiki#fresh")
    phone.get_by_role("button", name="新しく開く").click()
    expect(phone.get_by_text("新しい「ひらく」を送ります")).to_be_visible()


def test_the_form_to_be_telephoned_may_be_left_half_filled(phone: Page, served: Served) -> None:
    on_line(served, "phone")
    phone.goto(f"{served.url}/open/taiki#phone")
    expect(phone.get_by_role("button", name="すぐ閉じる")).to_be_in_viewport()
    phone.get_by_role("button", name="すぐ閉じる").click(trial=True)  # nothing lies over it
    phone.get_by_label("よい時間").fill("日中の14時台")
    with phone.expect_response("**/callback") as answer:
        phone.get_by_role("textbox", name="知られたくない人（例 息子）").focus()
    assert answer.value.status == 204
    phone.get_by_role("button", name="とじる").click()
    expect(phone.get_by_role("textbox", name="メッセージ")).to_be_visible()
    phone.get_by_role("button", name="電話がほしい").click()
    phone.get_by_label("電話番号").fill("01558-6-0000")
    phone.get_by_role("button", name="とどける").click()
    expect(phone.get_by_text("電話のこと、とどきました。")).to_be_visible()
