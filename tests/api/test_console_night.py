"""The night over HTTP: the link of a call, 「受け取りました」 on the console, the rota for admins, the safety check's clock."""

from datetime import timedelta

import httpx
from sqlalchemy import select

from handoff.desk.staff import SignedIn, find
from handoff.notices import rota, watch
from handoff.notices.rota import Person
from handoff.store.db import Store
from handoff.store.models import Message, NightAlarm, Ticket
from tests.api.conftest import Clock, opened, sign_in
from tests.api.test_console import text_of
from tests.api.test_staff_api import hired
from tests.handoff.desk.conftest import PASSWORD
from tests.handoff.notices.conftest import Posted, calls, with_night
from tests.whole import knowledge

WORDS = "もうむり。薬ぜんぶ出した"


async def rung(store: Store, clock: Clock, *, crisis: str = "suicide") -> tuple[str, str]:
    """A crisis by night with somebody called by mail: the ticket's number and the path of the link."""
    number = await opened(store, WORDS, crisis=(crisis,), urgency="emergency")
    town = with_night(knowledge(), "on_call").towns["taiki"]
    admin = await rota_admin(store)
    async with store.town("taiki") as session:
        await rota.add(session, admin, Person("佐藤", "sato@example.jp"), now=clock.now)
        ticket = (await session.scalars(select(Ticket).where(Ticket.number == number))).one()
        await watch.ring(session, ticket, town=town, now=clock.now)
    post = Posted()
    await watch.advance(store, {"taiki": town}, now=clock.now)
    await calls(store, clock, post).drain()  # type: ignore[arg-type]
    return number, post.links()[0].removeprefix("https://soudan.example.jp")


async def rota_admin(store: Store) -> SignedIn:
    return await find(store, await hired(store, "admin", "taiki.fukushi"))


async def test_the_link_shows_a_number_and_takes_only_when_pressed(
    browser: httpx.AsyncClient, store: Store, clock: Clock
) -> None:
    number, path = await rung(store, clock)
    for _ in range(2):
        page = text_of(await browser.get(path))
        assert number in page
        assert "薬" not in page
    async with store.reading("taiki") as session:
        assert (await session.scalars(select(NightAlarm))).one().state == "ringing"
    foreign = await browser.post(path, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert "時刻を残しました" in text_of(await browser.post(path))
    assert (await browser.post(path)).status_code == 409
    for wrong in ("/duty/taiki.x", "/duty/nowhere." + "x" * 43, "/duty/taiki." + "x" * 43):
        assert (await browser.get(wrong)).status_code == 404
        assert (await browser.post(wrong)).status_code == 404
    async with store.reading("taiki") as session:
        said = list(await session.scalars(select(Message).where(Message.sender == "bot")))
    assert [message.payload["text"] for message in said] == ["大樹町の当番の職員が、知らせを受けとりました。"]


async def test_a_restricted_matter_says_nothing_more_to_the_resident(
    browser: httpx.AsyncClient, store: Store, clock: Clock
) -> None:
    _, path = await rung(store, clock, crisis="dv")
    assert (await browser.post(path)).status_code == 200
    async with store.reading("taiki") as session:
        assert list(await session.scalars(select(Message).where(Message.sender == "bot"))) == []


async def test_the_console_shows_what_waits_and_who_took_it(
    browser: httpx.AsyncClient, store: Store, clock: Clock
) -> None:
    number, _ = await rung(store, clock)
    coordinator = await hired(store, "coordinator", "taiki.suishin")
    await sign_in(browser, coordinator, PASSWORD)
    listed = text_of(await browser.get("/staff/tickets"))
    assert f"受け取りを待っています（{number}）" in listed
    assert (await browser.post(f"/staff/tickets/{number}/received")).headers["location"] == "/staff/night#saved"
    assert (await browser.post(f"/staff/tickets/{number}/received")).status_code == 409
    assert "受け取りを待っています" not in text_of(await browser.get("/staff/tickets"))
    page = text_of(await browser.get(f"/staff/tickets/{number}"))
    for piece in ("時間外のこと", "佐藤: メールを送りました", "受け取りました 11月21日（土） 12:00", coordinator):
        assert piece in page, piece
    assert "職員はだれもこの案件をひらいていませんでした" in page
    record = text_of(await browser.get("/staff/night"))
    assert "佐藤: メールを送りました" in record
    assert "sato@example.jp" not in record, "addresses are for admins"


async def test_admins_keep_the_rota(browser: httpx.AsyncClient, store: Store) -> None:
    await sign_in(browser, await hired(store, "admin", "taiki.fukushi"), PASSWORD)
    for name, email, status in (("佐藤", "sato@example.jp", 303), ("宿直室", "", 303), ("", "", 422), ("伊藤", "x", 422)):
        answer = await browser.post("/staff/night/people", data={"name": name, "email": email, "days": ["fri", "sat"]})
        assert answer.status_code == status, name
    async with store.reading("taiki") as session:
        first, second = await rota.people(session)
    await browser.post(f"/staff/night/people/{second.id}/earlier")
    page = text_of(await browser.get("/staff/night"))
    assert page.index("宿直室") < page.index("佐藤")
    await browser.post(f"/staff/night/people/{first.id}/remove")
    async with store.reading("taiki") as session:
        assert [one.name for one in await rota.people(session)] == ["宿直室"]


async def test_the_safety_check_runs_in_real_hours_and_is_stopped_by_a_person(
    browser: httpx.AsyncClient, store: Store, clock: Clock
) -> None:
    """Saturday noon: the office opens on Tuesday; the child is to be seen by Monday noon."""
    number = await opened(store, "隣の子がたたかれています", crisis=("child_abuse",), urgency="urgent")
    async with store.reading("taiki") as session:
        ticket = (await session.scalars(select(Ticket).where(Ticket.number == number))).one()
    assert ticket.due_at == clock.now + timedelta(hours=48)
    await sign_in(browser, await hired(store, "coordinator", "taiki.suishin"), PASSWORD)
    page = text_of(await browser.get(f"/staff/tickets/{number}"))
    for piece in ("子どもの安全の確認の期限 11月23日（月） 12:00", "夜も休みの日も数えます", "子ども虐待対応の手引き"):
        assert piece in page, piece
    clock.now += timedelta(hours=49)
    await sign_in(browser, "taiki-coordinator", PASSWORD)
    assert "期限をすぎています" in text_of(await browser.get(f"/staff/tickets/{number}"))
    path = f"/staff/tickets/{number}/safety"
    for check, how, status in (("child_safety", " ", 422), ("other", "会った", 409), ("child_safety", "保健師が家で会った", 303),
                               ("child_safety", "もう一度", 409)):
        assert (await browser.post(path, data={"check": check, "how": how})).status_code == status
    assert "に確かめました" in text_of(await browser.get(f"/staff/tickets/{number}"))
