"""The resume phrase and the safe-contact questions, as a resident uses them on the page."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect
from pydantic import SecretStr
from sqlalchemy import select

from handoff.intake import safety
from handoff.store.db import Store
from handoff.store.models import Conversation
from tests.browser.serving import Served
from tests.browser.talking import arrived, open_chat, write
from tests.conftest import free_port

pytestmark = pytest.mark.browser
STORED = "() => JSON.stringify([{...sessionStorage}, {...localStorage}])"


def settings_of(page: Page, served: Served) -> FrameLocator:
    frame = open_chat(page, served)
    frame.get_by_role("button", name="設定").click()
    return frame


def test_four_words_lead_from_one_device_to_another(context: Callable[..., BrowserContext], served: Served) -> None:
    telephone = context().new_page()
    frame = open_chat(telephone, served)
    write(frame, "夫になぐられました")
    arrived(frame, 1)
    frame.get_by_role("button", name="設定").click()
    frame.get_by_role("button", name="合言葉をつくる").click()
    expect(frame.locator("#phrase-said")).to_contain_text("もう表示できません")
    phrase = frame.locator("#phrase-words").inner_text()
    assert len(phrase.split("・")) == 4
    assert phrase not in frame.locator("body").evaluate(STORED), "it stays on the screen only"
    library = context().new_page()
    there = settings_of(library, served)
    there.get_by_label("合言葉で続きを開く").fill("ちがう ことば です よ")
    there.get_by_role("button", name="開く", exact=True).click()
    expect(there.locator("#phrase-said")).to_contain_text("ちがうか、もう使えません")
    there.get_by_label("合言葉で続きを開く").fill(phrase.replace("・", "　"))
    there.get_by_role("button", name="開く", exact=True).click()
    expect(there.get_by_text("夫になぐられました")).to_be_visible()
    write(there, "つづきです")
    expect(frame.get_by_role("status").last).to_be_attached()
    assert len([row for row in served.rows(Conversation) if row.last_sequence > 2]) == 1
    library.reload()


def test_the_words_stand_in_view_on_a_telephone(phone: Page, served: Served) -> None:
    """They are shown once: who presses and sees nothing presses again, and the first are gone."""
    frame = settings_of(phone, served)
    frame.get_by_role("button", name="合言葉をつくる").click()
    expect(frame.locator("#phrase-words")).not_to_be_empty()
    for shown in ("#phrase-words", "#phrase-said"):
        expect(frame.locator(shown)).to_be_in_viewport(ratio=0.99)


def test_an_ended_phrase_opens_nothing(context: Callable[..., BrowserContext], served: Served) -> None:
    page = context().new_page()
    frame = settings_of(page, served)
    frame.get_by_role("button", name="合言葉をつくる").click()
    expect(frame.locator("#phrase-words")).not_to_be_empty()
    frame.get_by_role("button", name="合言葉をやめる").click()
    expect(frame.locator("#phrase-said")).to_contain_text("やめました")
    expect(frame.locator("#phrase-words")).to_be_empty()


def test_the_safe_contact_questions(page: Page, served: Served) -> None:
    frame = settings_of(page, served)
    frame.get_by_label("夜は送らない").check()
    frame.get_by_role("textbox", name="知られたくない人（書かなくてもかまいません）").fill("夫")
    frame.get_by_role("button", name="職員に伝える").click()
    expect(frame.locator("#contact-said")).to_contain_text("夜（17:00〜8:00）は送らない、夫に知られないように")
    frame.get_by_label("わたしから書いたときだけ").check()
    frame.get_by_role("button", name="職員に伝える").click()
    expect(frame.locator("#contact-said")).to_contain_text("本人から書いたときだけ")
    assert "夫" not in frame.locator("body").evaluate(STORED)
    page.reload()
    again = page.frame_locator("iframe")
    page.get_by_role("button", name="相談する").click()
    again.get_by_role("button", name="設定").click()
    expect(again.get_by_label("わたしから書いたときだけ")).to_be_checked()
    expect(again.locator("#hide-from")).to_have_value("夫")


def test_the_form_keeps_what_it_does_not_ask(page: Page, served: Served) -> None:
    """「電話はしない」 and two quiet times were told in the talk; one more name must not undo them."""
    frame = settings_of(page, served)
    expect(frame.get_by_label("いつでも")).to_be_checked()
    told = safety.Wish(("night", "morning"), ("telephone",), ("夫", "義母"), known_staff=True)

    async def tell(store: Store) -> None:
        async with store.town("taiki") as session:
            await safety.keep(session, (await session.scalars(select(Conversation))).one(), told, now=served.clock())

    served.run(tell)
    page.reload()
    page.get_by_role("button", name="相談する").click()
    frame.get_by_role("button", name="設定").click()
    expect(frame.get_by_label("知り合いの職員には見せない")).to_be_checked()
    frame.get_by_role("button", name="職員に伝える").click()
    expect(frame.locator("#contact-said")).to_contain_text("職員に伝えました")

    async def kept(store: Store) -> safety.Wish:
        async with store.reading("taiki") as session:
            return await safety.wish_of(session, (await session.scalars(select(Conversation.id))).one())

    assert served.run(kept) == told
    frame.get_by_label("夜は送らない").check()
    frame.locator("#hide-from").fill("夫")
    frame.get_by_label("知り合いの職員には見せない").uncheck()
    frame.get_by_role("button", name="職員に伝える").click()
    expect(frame.locator("#contact-said")).to_contain_text("夜（17:00〜8:00）は送らない、電話はしない、夫に知られないように")
    assert served.run(kept) == safety.Wish(("night",), ("telephone",), ("夫",))


def test_a_name_of_spaces_is_none(page: Page, served: Served) -> None:
    frame = settings_of(page, served)
    frame.get_by_label("お名前").fill("　 ")
    frame.get_by_role("button", name="名前を伝える").click()
    expect(frame.locator("#name-said")).to_be_empty()
    assert frame.locator("#own-name").evaluate("one => one.validity.valueMissing")


def way_back(frame: FrameLocator) -> None:
    """Who closes the page and gets the mail finds an empty talk, unless they have something to come back by: it is said in time."""
    told, needed = frame.locator("#mail-said"), "画面を閉じたあとで読むには"
    for begin, end in (("この端末で続ける", "この端末で続ける"), ("合言葉をつくる", "合言葉をやめる")):
        expect(told).to_contain_text(needed)
        frame.get_by_label(begin).or_(frame.get_by_role("button", name=begin)).click()
        expect(told).to_have_text("お返事があったら、メールで知らせます。")
        frame.get_by_label(end).or_(frame.get_by_role("button", name=end)).click()
    expect(told).to_contain_text(needed)


def test_mail_that_an_answer_has_come(page: Page, tmp_path: Path, sqlite_file: Path) -> None:
    """Asked for, ended, and shown to nobody who comes after."""
    served = Served(tmp_path, free_port(), {"smtp_url": SecretStr("smtp://127.0.0.1:2525")}, sqlite_file).start()
    try:
        frame = settings_of(page, served)
        address = frame.get_by_role("textbox", name="お返事があったら知らせるメールアドレス")
        address.fill("はなこ")
        frame.get_by_role("button", name="メールで知らせる").click()
        expect(frame.locator("#mail-said")).to_contain_text("このアドレスには送れません")
        address.fill("hanako@example.jp")
        frame.get_by_role("button", name="メールで知らせる").click()
        expect(frame.locator("#mail-said")).to_contain_text("お返事があったら、メールで知らせます")
        expect(address).to_have_value("")
        frame.get_by_label("わたしから書いたときだけ").check()
        frame.get_by_role("button", name="職員に伝える").click()
        expect(frame.locator("#mail-said")).to_contain_text("メールも送りません")
        frame.get_by_label("いつでも").check()
        frame.get_by_role("button", name="職員に伝える").click()
        expect(frame.locator("#mail-said")).to_contain_text("メールで知らせます")
        way_back(frame)
        assert "hanako" not in frame.locator("body").evaluate(STORED)
        frame.get_by_role("button", name="メールをやめる").click()
        expect(frame.locator("#mail-said")).to_contain_text("アドレスは消しました")
    finally:
        served.stop()
