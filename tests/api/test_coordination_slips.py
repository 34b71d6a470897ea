"""連絡票 for 民生委員: few items, a ground, a day; a link with a number told by mouth, or paper with a receipt."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import httpx
from fastapi import FastAPI
from sqlalchemy import select

from handoff.coordination.consent import Answer
from handoff.desk.staff import SignedIn
from handoff.store.db import Store
from handoff.store.models import Case, CaseEntry, CaseTask
from knowledge.schema import Town
from tests.api.conftest import FROM_HERE
from tests.api.test_coordination import Desk, app, desk
from tests.api.test_staff_api import OWN
from tests.handoff.coordination import conftest as room
from tests.handoff.coordination.conftest import GIVEN, NOW, Household

__all__ = ["app", "desk"]
database_url, towns, store, hire = room.database_url, room.towns, room.store, room.hire
fukkokai, official, shakyo, household = room.fukkokai, room.official, room.shakyo, room.household
FORM = {
    "to": "民生委員 山川", "watch": "朝、雨戸があいているか見てください", "tell": "復康会 平日の昼", "ground": "law",
    "why": "独りになる時間が長く、見守る人がいないため", "way": "link", "at": "2026-12-10",
}


def outsider(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=OWN, headers=FROM_HERE)


async def given(desk: Desk, household: Household, **changes: str) -> tuple[str, str]:
    """The link's path and its number."""
    path = f"/staff/cases/{household.number}/people/{household.mother}/slips"
    page = (await desk.post("fukko", path, 200, **{**FORM, **changes})).text
    link = re.search(r"/slips/nagaizumi/[0-9a-f-]{36}", page)
    code = re.search(r"<strong>(\d{6})</strong>", page)
    return link[0] if link else "", code[1] if code else ""


async def test_a_link_opens_with_its_number_for_a_time(
    desk: Desk, app: FastAPI, household: Household, store: Store
) -> None:
    link, code = await given(desk, household)
    async with outsider(app) as helper:
        door = await helper.get(link)
        assert door.status_code == 200
        assert "雨戸" not in door.text
        assert (await helper.get(link.replace("nagaizumi", "itoman"))).text.count("form") == door.text.count("form")
        shown = await helper.post(link, data={"code": code})
        assert shown.status_code == 200
        assert "雨戸があいているか" in shown.text
        for word in ("固定資産税", "20年", "弟", household.number):
            assert word not in shown.text, "no more than what was written for it"
        assert (await helper.post(link.replace("nagaizumi", "itoman"), data={"code": code})).status_code == 403
        assert "伝えました" in (await helper.post(link, data={"code": code, "got": "yes"})).text
        page = await desk.get("fukko", f"/staff/cases/{household.number}")
        assert "開いた 2回" in page
        assert "受領 <time" in page
        assert code not in page
        await desk.post("fukko", f"/staff/cases/{household.number}/slips/{link.split('/')[-1]}/end", how="stopped")
        closed = await helper.post(link, data={"code": code})
        assert closed.status_code == 403
        assert "雨戸" not in closed.text
    async with store.reading("nagaizumi") as session:
        (task,) = await session.scalars(select(CaseTask).where(CaseTask.kind == "slip"))
        assert task.done_at is not None


async def test_wrong_numbers_close_it_and_so_does_a_withdrawal(
    desk: Desk, app: FastAPI, household: Household, fukkokai: SignedIn
) -> None:
    link, code = await given(desk, household)
    async with outsider(app) as helper:
        for wrong in range(5):
            assert (await helper.post(link, data={"code": f"{(int(code) + wrong + 1) % 10**6:06}"})).status_code == 403
        assert (await helper.post(link, data={"code": code})).status_code == 403, "five wrong numbers close it"
        for odd in ("/slips/nagaizumi/x", "/slips/nagaizumi/00000000-0000-7000-8000-000000000000"):
            assert (await helper.post(odd, data={"code": "000000"})).status_code == 403
        await household.answer(fukkokai, household.mother)
        path = f"/staff/cases/{household.number}/people/{household.mother}/slips"
        unnamed = await desk.post("fukko", path, 422, **{**FORM, "ground": "consent", "why": ""})
        assert "は入っていません" in unnamed.text, "the yes names other bodies"
        named = replace(GIVEN, to_whom="社協、民生委員・児童委員")
        await household.answer(fukkokai, household.mother, named, now=NOW + timedelta(seconds=1))
        agreed, number = await given(desk, household, ground="consent", why="")
        assert (await helper.post(agreed, data={"code": number})).status_code == 200
        withdrawn = Answer("share", "withdrawn", "", "telephone")
        await household.answer(fukkokai, household.mother, withdrawn, now=NOW + timedelta(seconds=5))
        assert (await helper.post(agreed, data={"code": number})).status_code == 403


async def test_what_may_not_be_given_is_refused(
    desk: Desk, household: Household, store: Store, shakyo: SignedIn
) -> None:
    path = f"/staff/cases/{household.number}/people/{household.mother}/slips"
    for wrong in (
        {"ground": "consent"}, {"why": "べんり"}, {"at": "2027-12-10"}, {"at": "2026-11-20"}, {"at": ""}, {"watch": ""},
        {"tell": ""}, {"to": " "}, {"way": "mail"}, {"watch": "あ" * 201},
    ):
        await desk.post("fukko", path, 422, **{**FORM, **wrong})
    await desk.post("shakyo", path, 409, **FORM)
    async with store.town("nagaizumi") as session:
        (await session.scalars(select(Case))).one().restricted = True
    assert "同意がなければ" in (await desk.post("fukko", path, 422, **FORM)).text
    async with store.reading("nagaizumi") as session:
        assert (await session.scalars(select(CaseEntry).where(CaseEntry.kind == "slip"))).all() == []


async def test_paper_has_a_receipt_and_comes_back(desk: Desk, household: Household, towns: Mapping[str, Town]) -> None:
    assert await given(desk, household, way="paper") == ("", "")
    page = await desk.get("fukko", f"/staff/cases/{household.number}")
    found = re.search(rf"/staff/cases/{household.number}/slips/[0-9a-f-]{{36}}", page)
    assert found is not None
    paper = await desk.get("fukko", found[0])
    for word in ("受領書", "雨戸があいているか", "12月10日", "返した日"):
        assert word in paper
    await desk.post("fukko", f"{found[0]}/receipt")
    await desk.post("fukko", f"{found[0]}/end", how="returned")
    page = await desk.get("fukko", f"/staff/cases/{household.number}")
    assert "返してもらった" in page
    assert "連絡票の終わり" in page
    await desk.post("fukko", f"{found[0]}/end", 422, how="returned")


async def test_a_slip_goes_to_one_of_the_list(desk: Desk, household: Household) -> None:
    """The page offers the bodies of the list by id, and still takes a name."""
    window = next(f"nagaizumi.{one.id}" for one in household.town.windows if one.relation == "other_body")
    case = await desk.get("fukko", f"/staff/cases/{household.number}")
    slip_form = case[case.index("連絡票を渡す"):]
    assert f'<option value="{window}">' in slip_form[:slip_form.index("</form>")]
    law = {"ground": "law", "why": "見守りがないと危ないため、すぐに要る"}
    path = f"/staff/cases/{household.number}/people/{household.mother}/slips"
    given_to = {key: value for key, value in FORM.items() if key != "to"}
    await desk.post("fukko", path, 200, **{**given_to, **law, "window": window})
    case = await desk.get("fukko", f"/staff/cases/{household.number}")
    assert f"<strong>{household.town.window(window).name}</strong>" in case[case.index('id="slips"'):]
    await desk.post("fukko", path, 422, **{**given_to, **law, "window": "nagaizumi.x"})
    await desk.post("fukko", path, 422, **{**given_to, **law})


async def test_a_member_is_of_one_of_the_list(desk: Desk, household: Household, official: SignedIn) -> None:
    own = f"/staff/cases/{household.number}/people/{household.brother}"
    await desk.post("fukko", f"{own}/requests", meeting="shien", purpose="暮らしを守る分担を決めるため")
    called = await desk.post(
        "fukuho", f"{own}/meetings", meeting="shien",
        purpose="食事がとれているかを確かめ、見守りを分けるため", occasion="緊急性がある事案への対応が必要なとき",
    )
    paper = called.headers["location"]
    other = next(one for one in household.town.windows if one.relation == "other_body")
    assert f'<option value="nagaizumi.{other.id}">' in await desk.get("fukuho", paper)
    await desk.post("fukuho", f"{paper}/members", name="佐藤", window=f"nagaizumi.{other.id}")
    assert f"佐藤（{other.name}）" in await desk.get("fukuho", paper)
    await desk.post("fukuho", f"{paper}/members", name="山川", agency="民生委員")
    assert "山川（民生委員）" in await desk.get("fukuho", paper)
    await desk.post("fukuho", f"{paper}/members", 422, name="だれか")
