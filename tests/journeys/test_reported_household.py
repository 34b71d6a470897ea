"""Scenario 6 whole, in Chromium: a neighbour tells of a father and his son, a centre takes the same down by telephone,
and 福祉総務課 alone sees both and chooses the meeting. The words are ours; the windows are the plan's (四日市市 ケース例①).
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.talking import frame_of
from tests.journeys.house import House, until
from tests.journeys.office import WITHIN, Contexts, Office, fills, offer_of, own, says, writes

pytestmark = pytest.mark.browser
FIRST = "隣の70代のお父さんと、作業所に通う息子さん。去年お母さんが亡くなって、最近お父さんの物忘れがひどくて"
SEEN = "二人とも痩せて、ゴミも出てない"
PRESSES = "どうなりましたか。息子さんは施設ですか"
HEARD = "民生委員さんから電話。角の家の70代の父と作業所に通う息子の二人暮らし、このごろ二人とも痩せたように見えるとのこと"
CANNOT_TELL = "お伝えできません"


@pytest.fixture
def office(houses: Callable[[str], House], context: Contexts) -> Office:
    made = Office(houses("sqlite"), "yokkaichi", context)
    made.hires("somu6", "fukushi_somu", role="coordinator")
    made.hires("zaikai6", "zaitaku_kaigo")
    return made


def test_two_who_report_never_learn_of_each_other_and_the_town_can_meet_at_once(office: Office, context: Contexts) -> None:
    neighbour = writes(context().new_page(), office.house, "yokkaichi", FIRST)
    log = frame_of(neighbour).get_by_role("log")
    expect(log).to_contain_text("どんなようす", timeout=WITHIN)
    says(neighbour, SEEN)
    for told in ("知らせてくれてありがとう", CANNOT_TELL, "119"):
        expect(log).to_contain_text(told, timeout=WITHIN)
    first = office.ticket_with("somu6", "物忘れがひどくて")
    says(neighbour, PRESSES)
    expect(frame_of(neighbour).get_by_text(PRESSES)).to_have_count(1)
    second = takes_the_call(office)
    assert first != second
    the_centre_sees_only_its_own(office, first, second)
    case = the_desk_sees_both(office, first, second)
    each_person_and_the_meeting(office, case)
    a_reply_that_tells_is_stopped(office, first, case)
    expect(log).to_contain_text("市が受け取りました", timeout=WITHIN)
    said = log.inner_text()
    assert not any(word in said for word in ("支援会議", "鈴木", "二つ", "ほかの方から")), "nothing of the case"


def takes_the_call(office: Office) -> str:
    """Ten fields, of which the officer fills five; the number."""
    page = office.opens("zaikai6", "/staff/reception")
    names = page.locator("#reception").evaluate(
        "form => new Set([...form.elements].filter((one) => one.name && !['hidden', 'submit'].includes(one.type)).map((one) => one.name)).size"
    )
    assert names == 10
    fills(page.locator("#reception"), "保存して、自分が担当する", channel="phone", words=HEARD, caller="supporter", telephone="059-000-0000",
          urgency="urgent")
    expect(page.locator("#saved")).to_be_visible()
    return page.url.split("#")[0].rsplit("/", 1)[1]


def the_centre_sees_only_its_own(office: Office, first: str, second: str) -> None:
    """The other report came to the same window by the plan, so what it must not see is that the two are one."""
    page = office.opens("zaikai6", f"/staff/tickets/{second}/ties")
    assert page.locator(f"main a[href$='{first}']").count() == 0, "reports are tied by the coordinating desk alone"
    office.opens("zaikai6", f"/staff/tickets/{second}")
    expect(page.get_by_text("同じ世帯のことかもしれません")).to_have_count(0)


def the_desk_sees_both(office: Office, first: str, second: str) -> str:
    page = office.of("somu6")
    doubt = page.locator("#ties li", has_text=second)
    until(lambda: office.opens("somu6", f"/staff/tickets/{first}") and doubt.count(), what="the doubt that the two are one")
    expect(doubt).to_contain_text("70代")
    office.opens("somu6", "/staff/cases")
    line = page.locator(".ticket", has_text=first)
    line.get_by_role("button", name="ケースとして受ける").click()
    page.wait_for_load_state()
    case = page.url.split("#")[0].removeprefix(office.house.url)
    option = page.locator(f"form[action='{case}/tickets'] option[value='{second}']")
    until(lambda: office.opens("somu6", case) and option.count(), what="the second report to be judged")
    fills(page.locator(f"form[action='{case}/tickets']"), "このケースに入れる", ticket=second)
    expect(page.locator("#saved")).to_be_visible()
    expect(page.get_by_text("知らせてくれた人の案件です")).to_have_count(2)
    return case


def each_person_and_the_meeting(office: Office, case: str) -> None:
    """Father and son, whatever else was read out of the words, with an answer each."""
    page = office.opens("somu6", case)
    while (mistaken := page.get_by_role("button", name="は対象ではない")).count() > 2:
        mistaken.last.click()
        expect(page.locator("#saved")).to_be_visible()
        office.opens("somu6", case)
    for person in (0, 1):
        box = own(page, person)
        expect(box.get_by_text("未確認").first).to_be_visible()
        offer = offer_of(box, "支援会議")
        expect(offer).to_contain_text("いまの状況に合います")
        expect(offer).to_contain_text("未確認")
        expect(offer).not_to_contain_text("断られた")
    call = own(page, 0).locator("form[action$='/meetings']")
    fills(call, "招集する", purpose="二人の食事と体のようすを確かめ、見守りを分けるため")
    expect(page.get_by_role("heading", level=1)).to_contain_text("支援会議")
    fills(page.locator("form[action$='/members']"), "構成員を足す", login="yokkaichi-zaikai6", agency="在宅介護支援センター")
    expect(page.locator("#saved")).to_be_visible()
    paper = page.url.split("#")[0].removeprefix(office.house.url)
    centre = office.opens("zaikai6", paper)
    centre.get_by_role("button", name="わかりました").click()
    expect(centre.get_by_role("heading", name="資料（構成員だけ）")).to_be_visible()
    assert "隣の" not in centre.locator("main").inner_text(), "who reported is no paper"


def a_reply_that_tells_is_stopped(office: Office, first: str, case: str) -> None:
    page = office.opens("somu6", case)
    edit = page.locator("form[aria-label$='をなおす']").first
    fills(edit, "なおす", relation="父", name="鈴木 一郎")
    page = office.opens("somu6", f"/staff/tickets/{first}")
    page.locator("#reply-text").fill("鈴木さんのお宅には、職員が伺いました。")
    page.get_by_role("button", name="返事を送る").click()
    expect(page.get_by_role("alert")).to_contain_text("知らせてくれた人")
    page = office.opens("somu6", f"/staff/tickets/{first}")
    page.locator("#reply-text").fill("知らせてくださってありがとうございます。市が受け取りました。このあとのことはお伝えできません。")
    page.get_by_role("button", name="返事を送る").click()
    expect(page.locator(".message.staff")).to_have_count(1)
