"""帳票 over HTTP: filled from the case, empty where nothing is known, only for those who may see it, recorded."""

import io
from typing import get_args

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from handoff.forms.blocks import japanese_date
from handoff.forms.papers import TITLES, PlainId
from handoff.store.db import Store
from handoff.store.models import AuditEntry, Contact, TicketMove
from tests.api.conftest import opened, sign_in, take
from tests.api.test_console import text_of
from tests.api.test_staff_api import hired
from tests.databases import at_noon
from triage.types import Person

STORY = "=1+1 家賃が払えません。<b>母</b>は81歳です。"
ALL_ITEMS = ["name", "concerns", "words", "household"]
REFERRAL: dict[str, object] = {
    "window": "taiki.togachi_anshin", "reason": "家計をいっしょに見てほしい", "basis": "consent", "ground": "本人、窓口で",
    "items": ALL_ITEMS,
}
HOUSE = (Person("parent", (81, 81), ("dementia",), ((0, 3),)),)


async def called(store: Store, name: str) -> None:
    """The writer has given a name."""
    async with store.town("taiki") as session:
        for contact in await session.scalars(select(Contact)):
            contact.name = name


def cells(data: bytes) -> list[str]:
    (sheet,) = load_workbook(io.BytesIO(data)).worksheets
    assert (sheet.page_setup.paperSize, sheet.page_setup.fitToWidth) == (9, 1)
    assert "f" not in {cell.data_type for row in sheet for cell in row}
    return [str(cell.value) for row in sheet for cell in row if cell.value is not None]


async def referred(officer: httpx.AsyncClient, number: str, **more: object) -> str:
    """A つなぐシート recorded; the paper's address."""
    data = {**REFERRAL, **more}
    made = await officer.post(f"/staff/tickets/{number}/referral", data=data)
    assert made.status_code == 303, made.text
    return made.headers["location"]


@pytest.mark.parametrize("paper", get_args(PlainId))
async def test_every_paper_on_screen_and_as_excel(officer: httpx.AsyncClient, store: Store, paper: str) -> None:
    number = await opened(store, STORY, household=HOUSE, about=("parent",), crisis=("lifeline_cut",))
    await called(store, "佐藤花子")
    screen = await officer.get(f"/staff/tickets/{number}/papers/{paper}")
    assert screen.status_code == 200
    assert "&lt;b&gt;母&lt;/b&gt;" in screen.text
    assert number in text_of(screen)
    file = await officer.get(f"/staff/tickets/{number}/papers/{paper}/file")
    assert file.headers["content-disposition"] == f'attachment; filename="{number}-{paper}.xlsx"'
    found = cells(file.content)
    assert found[0] == TITLES[paper]  # type: ignore[index]
    assert any("家賃が払えません" in cell for cell in found)
    assert not any(cell.startswith("=") for cell in found)
    async with store.reading("taiki") as session:
        actions = list(await session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)))
    assert actions.count(f"paper_{paper}") == 2


async def test_what_is_known_is_filled_in_and_the_rest_stays_empty(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, STORY, household=HOUSE, about=("parent",), crisis=("lifeline_cut",))
    await called(store, "佐藤花子")
    told = text_of(await officer.get(f"/staff/tickets/{number}/papers/consented"))
    assert "受付日 令和8年11月21日（土）" in told or "受付日令和8年11月21日（土）" in told
    assert "◎ 税金や公共料金等の支払いについて" in told
    assert "○ 病気や健康、障害のこと" in told
    assert "本人署名" in told
    without = text_of(await officer.get(f"/staff/tickets/{number}/papers/unconsented"))
    assert "本人の同意がない事情" in without
    assert "本人署名" not in without


@pytest.mark.parametrize(("about", "named"), [(("self",), True), (("parent",), True), (("neighbour",), False),
                                              (("unknown",), False), (("parent", "neighbour"), False)])
async def test_who_tells_of_others_is_named_on_no_paper_of_theirs(
    officer: httpx.AsyncClient, store: Store, about: tuple[str, ...], named: bool
) -> None:
    number = await opened(store, STORY, about=about)
    await called(store, "佐藤花子")
    shown = [(await officer.get(f"/staff/tickets/{number}/papers/{paper}")).text for paper in get_args(PlainId)]
    assert ("佐藤花子" in "".join(shown)) is named
    referral = (await officer.get(await referred(officer, number))).text
    assert ("佐藤花子" in referral) is (about == ("self",)), "the person's own paper bears only their own name"


async def test_a_referral_first_asks_to_whom_why_and_what(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, STORY, household=HOUSE, about=("self",), crisis=("lifeline_cut",))
    await called(store, "佐藤花子")
    path = f"/staff/tickets/{number}/referral"
    form = await officer.get(path)
    said = text_of(form)
    for piece in ("渡してよい根拠", "渡すもの", "別の機関", "お困りごとの印"):
        assert piece in said or piece in form.text
    assert "家賃が払えません" not in said, "no paper before it is said to whom"
    assert "checked" not in form.text, "without a recorded consent nothing is chosen for them"
    old = f"/staff/tickets/{number}/papers/referral"
    assert (await officer.get(old)).headers["location"] == path
    assert (await officer.get(f"{old}/file")).status_code == 409
    wrongs: list[dict[str, object]] = [
        {"ground": " "}, {"items": []}, {"basis": "telephone"}, {"basis": "own"}, {"items": ["thread", "notes"]},
    ]
    for wrong in wrongs:
        assert (await officer.post(path, data={**REFERRAL, **wrong})).status_code == 409, wrong
    own = await officer.post(path, data={**REFERRAL, "window": "taiki.kodomo"})
    assert "町の窓口・委託先へ" in own.text
    async with store.reading("taiki") as session:
        assert (await session.scalars(select(TicketMove))).all() == []


async def test_a_referral_holds_what_was_chosen_and_stands_on_the_ticket(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, STORY, household=HOUSE, about=("self",), crisis=("lifeline_cut",))
    await called(store, "佐藤花子")
    whole = text_of(await officer.get(await referred(officer, number)))
    for piece in ("佐藤花子", "81", "家賃が払えません", "とがち生活あんしんセンター", "本人の同意がある：本人、窓口で", "決裁・供覧", "○"):
        assert piece in whole, piece
    place = await referred(officer, number, items=["concerns"], basis="law", ground="生活困窮者自立支援法9条")
    few = "".join(cells((await officer.get(f"{place}/file")).content))
    for piece in ("佐藤花子", "81", "家賃が払えません"):
        assert piece not in few, piece
    assert "お困りごとの印" in few
    bare = text_of(await officer.get(await referred(officer, number, items=["words"])))
    assert "◎" not in bare.split("お困りごとの内容")[1].split("世帯構成")[0]
    inside = await referred(officer, number, window="taiki.kodomo", basis="own", ground="")
    assert "町の窓口・委託先へ" in text_of(await officer.get(inside))
    page = text_of(await officer.get(f"/staff/tickets/{number}"))
    assert "本人の同意がある（本人、窓口で） 渡すもの: 名前（本人が書いたもの）、お困りごとの印、困りごと（書かれたまま）、世帯のようす" in page
    async with store.reading("taiki") as session:
        entries = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)))
    left = [one.reason for one in entries if one.action == "introduced"]
    assert left[1] == "とがち生活あんしんセンター／法令の根拠がある／お困りごとの印／家計をいっしょに見てほしい"
    assert [one.reason for one in entries if one.action == "paper_referral"][:2] == ["taiki.togachi_anshin"] * 2
    strange = "/staff/tickets/{}/referral/01a1fc0b-e380-7000-8000-000000000000"
    assert (await officer.get(strange.format(number))).status_code == 409


async def test_what_goes_inside_the_town_is_no_end_with_another_body(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    await referred(officer, number, window="taiki.kodomo", basis="own", ground="")
    async with store.reading("taiki") as session:
        move = (await session.scalars(select(TicketMove))).one().id
    await officer.post(f"/staff/tickets/{number}/moves/{move}/confirm", data={"taken": "true"})
    ended = await officer.post(f"/staff/tickets/{number}/resolve", data={"outcome": "other_body"})
    assert ended.status_code == 409


async def test_another_windows_case_and_an_auditor(browser: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, "夫に殴られた", crisis=("dv",), urgency="urgent")
    await sign_in(browser, await hired(store, "staff", "taiki.kodomo"))
    for path in (f"{number}/referral", f"{number}/papers/case/file", "taiki-2026-9999/papers/case"):
        answer = await browser.get(f"/staff/tickets/{path}")
        assert answer.status_code == 404
        assert "殴" not in answer.text
    assert (await browser.get(f"/staff/tickets/{number}/papers/nothing")).status_code == 422
    await sign_in(browser, await hired(store, "auditor"))
    assert (await browser.get(f"/staff/tickets/{number}/referral")).status_code == 403


async def test_a_restricted_paper_says_so(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, "夫に殴られた", crisis=("dv",), urgency="urgent")
    assert (await officer.get(f"/staff/tickets/{number}/papers/case")).status_code == 404, "not theirs to read yet"
    await take(officer, number)
    answer = await officer.get(f"/staff/tickets/{number}/papers/case")
    assert "閲覧を限っている相談です" in text_of(answer)
    assert "閲覧を限っている相談です" in "".join(cells((await officer.get(f"/staff/tickets/{number}/papers/case/file")).content))


def test_dates_are_japanese() -> None:
    assert japanese_date(at_noon()) == "令和8年11月21日（土）"
    assert japanese_date(None) == ""
