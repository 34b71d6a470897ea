"""Scenario 8 whole, in Chromium: the mother says yes, the brother says no. A daughter on 長泉町's page, 社協 on the telephone,
復康会 and the town at their desks; a decision of the town before anything is final, and a withdrawal that stops all of it.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.talking import frame_of
from tests.journeys.house import House
from tests.journeys.office import WITHIN, Contexts, Office, fills, offer_of, own, writes

pytestmark = pytest.mark.browser
STORY = "実家の母82が足が弱って、弟55は20年家にいて、こころの病気だと思う。固定資産税も3年払ってない"
SAID_OF_TAXES = "固定資産税も3年払ってない"
PURPOSE = "弟さんと会える道を探し、二人の暮らしを守るため"
SEEN = "訪問のとき、戸の向こうで返事があった"
MOTHER, BROTHER = 0, 1


@pytest.fixture
def office(houses: Callable[[str], House], context: Contexts) -> Office:
    made = Office(houses("sqlite"), "nagaizumi", context)
    made.hires("fukko8", "fukkokai", role="coordinator")
    made.hires("shakyo8", "shakyo_sanka")
    made.hires("hoken8", "fukushi_hoken")
    made.hires("zeimu8", "zeimu")
    return made


def test_each_person_answers_for_themselves_and_nothing_is_final_before_the_town(office: Office, context: Contexts) -> None:
    daughter = writes(context().new_page(), office.house, "nagaizumi", STORY)
    log = frame_of(daughter).get_by_role("log")
    expect(log).to_contain_text("職員が順番に読みます", timeout=WITHIN)
    number = office.ticket_with("fukko8", "足が弱って")
    the_forms_tick_what_she_said(office, number)
    case = taken_on(office, number)
    each_is_asked(office, case)
    plan_for_the_mother(office, case)
    support = support_meeting_for_the_brother(office, case)
    what_the_tax_office_knows_stays_there(office, support)
    plan_meeting(office, case)
    the_brother_agrees_and_withdraws(office, case)
    assert not any(word in log.inner_text() for word in ("支援会議", "拒否", "いちばんいい会議"))


def the_forms_tick_what_she_said(office: Office, number: str) -> None:
    page = office.opens("fukko8", f"/staff/tickets/{number}")
    assert "地方税法" not in page.locator("main").inner_text(), "her own words about taxes are hers to say"
    page = office.opens("fukko8", f"/staff/tickets/{number}/papers/unconsented")
    box = page.locator(".boxes li", has_text="税金や公共料金等の支払い")
    assert box.inner_text().strip()[0] in "◎○"


def taken_on(office: Office, number: str) -> str:
    page = office.opens("fukko8", "/staff/cases")
    page.locator(".ticket", has_text=number).get_by_role("button", name="ケースとして受ける").click()
    page.wait_for_load_state()
    case = page.url.split("#")[0].removeprefix(office.house.url)
    for window in ("shakyo_sanka", "fukushi_hoken"):
        office.opens("fukko8", case)
        names = page.locator("#next").locator("xpath=ancestor::section").inner_text()
        if {"shakyo_sanka": "社会福祉協議会", "fukushi_hoken": "福祉保険課"}[window] not in names:
            fills(page.locator(f"form[action='{case}/agencies']"), "機関を足す", window=f"nagaizumi.{window}")
    for person, relation, age in ((MOTHER, "母", "82歳"), (BROTHER, "弟", "55歳")):
        office.opens("fukko8", case)
        fills(page.locator("form[aria-label$='をなおす']").nth(person), "なおす", relation=relation, age=age)
    return case


def asked(office: Office, case: str, person: int, status: str, *, how: str = "telephone") -> Page:
    page = office.opens("shakyo8", case)
    box = own(page, person)
    who = (box.get_attribute("id") or "").removeprefix("p")
    fills(box.locator("form[action$='/consent']"), "答えを記録する", item="share", answered_by=who, status=status, how=how,
          wording="2026-11", to_whom="支援にかかわる機関")
    return page


def shares(box: Locator, status: str) -> None:
    expect(box.locator("li", has_text="話を共有すること").first).to_contain_text(status)


def each_is_asked(office: Office, case: str) -> None:
    page = asked(office, case, MOTHER, "given")
    shares(own(page, MOTHER), "あり")
    shares(own(page, BROTHER), "未確認")
    assert page.locator(".saved:visible").count() == 1
    page = asked(office, case, BROTHER, "refused")
    shares(own(page, MOTHER), "あり")
    shares(own(page, BROTHER), "拒否")


def plan_for_the_mother(office: Office, case: str) -> None:
    """Application, assessment and draft; before all three are there the meeting cannot be called."""
    page = office.opens("fukko8", case)
    offer = offer_of(own(page, MOTHER), "いちばんいい会議")
    expect(offer).to_contain_text("いまは開けません")
    papers(office, case, MOTHER, wishes="家で暮らしたい", found="足が弱り、買い物に出られない", goal="家で安心して暮らす")
    expect(offer_of(own(page, MOTHER), "いちばんいい会議")).not_to_contain_text("いまは開けません")
    expect(own(page, MOTHER)).to_contain_text("一部決定・一部確認")


def papers(office: Office, case: str, person: int, *, wishes: str, found: str, goal: str) -> None:
    page = office.opens("fukko8", case)
    fills(own(page, person).locator("form[action$='/application']"), "利用申込を残す", how="telephone", wishes=wishes)
    fills(own(page, person).locator("form[action$='/assessment']"), "アセスメントを残す", text=found)
    form = own(page, person).locator("form[action$='/plans']")
    for row, (agency, what, programme) in enumerate((("社協", "週に1回訪ねる", "outreach"), ("包括", "申請を手伝う", "other"))):
        form.locator("[name=agency]").nth(row).fill(agency)
        form.locator("[name=what]").nth(row).fill(what)
        form.locator("[name=programme]").nth(row).select_option(programme)
    fills(form, "プラン案を残す", goal=goal, at="2027-01-20")


def support_meeting_for_the_brother(office: Office, case: str) -> str:
    """復康会 may only ask; the town calls, and says what for."""
    page = office.opens("fukko8", case)
    offer = offer_of(own(page, BROTHER), "支援会議")
    expect(offer.locator("form[action$='/meetings']")).to_have_count(0)
    fills(offer.locator("form[action$='/requests']"), "依頼する", purpose=PURPOSE)
    town = office.opens("hoken8", case)
    form = offer_of(own(town, BROTHER), "支援会議").locator("form[action$='/meetings']")
    fills(form, "招集する", purpose="事務を円滑にするため")
    expect(town.get_by_role("alert")).to_contain_text("事務を円滑にするためだけ")
    town = office.opens("hoken8", case)
    form = offer_of(own(town, BROTHER), "支援会議").locator("form[action$='/meetings']")
    fills(form, "招集する", purpose=PURPOSE)
    expect(town.get_by_role("heading", level=1)).to_contain_text("支援会議")
    fills(town.locator("form[action$='/members']"), "構成員を足す", login="nagaizumi-zeimu8", agency="税務課")
    return town.url.split("#")[0].removeprefix(office.house.url)


def what_the_tax_office_knows_stays_there(office: Office, paper: str) -> None:
    page = office.opens("zeimu8", paper)
    page.get_by_role("button", name="わかりました").click()
    fills(page.locator("form[action$='/items']"), "資料に足す", source="tax", text="滞納は令和5年度から")
    expect(page.get_by_role("alert")).to_contain_text("地方税法第22条")
    expect(page.get_by_role("alert")).to_contain_text("同意を本人から取って")
    town = office.opens("hoken8", paper)
    if town.get_by_role("button", name="わかりました").count():
        town.get_by_role("button", name="わかりました").click()
    for source, text in (("resident", f"娘さん: {SAID_OF_TAXES}"), ("agency", SEEN)):
        fills(town.locator("form[action$='/items']"), "資料に足す", source=source, text=text)
    expect(office.opens("zeimu8", paper).locator("main")).to_contain_text(SAID_OF_TAXES)


def plan_meeting(office: Office, case: str) -> None:
    """Three topics on the paper; approved is not final; the town decides, and only then it is."""
    page = called(office, case, MOTHER)
    for topic in ("本人の目標、支援方針、プラン内容", "役割分担の確認", "モニタリングの時期"):
        expect(page.locator("main")).to_contain_text(topic)
    fills(page.locator("form[action$='/held']"), "開催ずみにする", minutes="話した", decisions="社協が週1回訪ねる")
    page = office.opens("fukko8", case)
    fills(own(page, MOTHER).locator("form[action$='/approve']"), "会議で了承された")
    expect(own(page, MOTHER)).to_contain_text("まだ確定していません")
    expect(own(page, MOTHER)).not_to_contain_text("確定した日")
    town = office.opens("hoken8", case)
    decide = own(town, MOTHER).locator("form[action$='/decide']")
    decide.locator("[name=confirmed_rest]").check()
    fills(decide, "支援を決定する")
    expect(own(town, MOTHER)).to_contain_text("確定した日")


def called(office: Office, case: str, person: int) -> Page:
    page = office.opens("fukko8", case)
    form = offer_of(own(page, person), "いちばんいい会議").locator("form[action$='/meetings']")
    fills(form, "招集する", occasion="プラン策定後の評価時", at="2026-11-24")
    expect(page.get_by_role("heading", level=1)).to_contain_text("いちばんいい会議")
    return page


def the_brother_agrees_and_withdraws(office: Office, case: str) -> None:
    page = office.opens("shakyo8", case)
    fills(own(page, BROTHER).locator("form[action$='/outreach']"), "残す", means="visit", result="met", words="会ってもいいと言った",
          at="2026-12-20")
    shares(own(asked(office, case, BROTHER, "given", how="visit"), BROTHER), "あり")
    papers(office, case, BROTHER, wishes="静かに暮らしたい", found="昼と夜が逆になっている", goal="人と話せる日をふやす")
    page = called(office, case, BROTHER)
    paper = page.url.split("#")[0].removeprefix(office.house.url)
    fills(page.locator("form[action$='/members']"), "構成員を足す", login="nagaizumi-hoken8", agency="福祉保険課")
    expect(page.locator("main")).not_to_contain_text(SEEN)  # nothing flows by itself
    town = office.opens("hoken8", paper)
    town.get_by_label(SEEN).check()
    fills(town.locator("form[action$='/copies']"), "選んだものを写す")
    page = office.opens("fukko8", paper)
    expect(page.locator("main")).to_contain_text(SEEN)
    expect(page.locator("main")).not_to_contain_text(SAID_OF_TAXES)
    asked(office, case, BROTHER, "withdrawn", how="visit")
    stopped = office.opens("fukko8", paper)
    expect(stopped.get_by_role("alert")).to_contain_text("同意がいまはありません")
    expect(stopped.locator("main")).not_to_contain_text(SEEN)
