"""Who reported a household: mute towards them, and nowhere on the person's side. Every page of the room is read."""

from collections.abc import Mapping

import pytest
import pytest_asyncio
from sqlalchemy import select

from handoff.store.db import Store
from handoff.store.models import CasePerson, CaseTicket, Contact, Conversation, Message, Ticket
from knowledge.schema import Town
from tests.api.test_coordination import (  # noqa: F401 - fixtures
    Desk,
    app,
    consent,
    database_url,
    desk,
    hire,
    plain,
    store,
    towns,
)
from tests.handoff.coordination.conftest import Hire, flagged
from triage.types import Person

NAME = "山田通報子"
WORDS = "わたしは隣の山田通報子です。隣の70代のお父さんと作業所に通う息子さんが二人とも痩せてきました"
FATHER_AND_SON = (Person("neighbour", (70, 79)), Person("neighbour", None))


async def reported(store: Store, town: Town, window: str) -> str:  # noqa: F811
    """A report with its writer's name; the ticket's number."""
    number = await flagged(
        store, town, f"{town.id}.{window}", words=WORDS, about=("neighbour",), household=FATHER_AND_SON,
        urgency="urgent", patterns=("after_parents", "outreach"),
    )
    async with store.town(town.id) as session:
        ticket = (await session.scalars(select(Ticket).where(Ticket.number == number))).one()
        conversation = await session.get_one(Conversation, ticket.conversation_id)
        (await session.get_one(Contact, conversation.contact_id)).name = NAME
    return number


@pytest_asyncio.fixture
async def reports(store: Store, towns: Mapping[str, Town], hire: Hire) -> tuple[str, str]:  # noqa: F811
    """Two neighbours, two windows, one household; 福祉総務課 holds the threads."""
    town = towns["yokkaichi"]
    await hire("somu", "yokkaichi.fukushi_somu", role="coordinator")
    first, second = [window.id for window in town.windows if window.intake and window.id != "fukushi_somu"][:2]
    await hire("first", f"yokkaichi.{first}")
    await hire("second", f"yokkaichi.{second}")
    return await reported(store, town, first), await reported(store, town, second)


async def made(desk: Desk, reports: tuple[str, str]) -> str:  # noqa: F811
    """The case over both reports; its address."""
    case = (await desk.post("somu", "/staff/cases", ticket=reports[0])).headers["location"]
    await desk.post("somu", f"{case}/tickets", ticket=reports[1])
    return case


async def person_ids(store: Store) -> list[str]:  # noqa: F811
    async with store.town("yokkaichi") as session:
        return [str(one) for one in await session.scalars(select(CasePerson.id).order_by(CasePerson.id))]


async def test_two_reports_are_seen_together_by_the_coordinating_desk_alone(
    desk: Desk, reports: tuple[str, str], store: Store  # noqa: F811
) -> None:
    case = await made(desk, reports)
    page = plain(await desk.get("somu", case))
    assert all(number in page for number in reports)
    assert page.count("知らせてくれた人の案件です") == 2
    async with store.town("yokkaichi") as session:
        assert list(await session.scalars(select(CaseTicket.reporter))) == [True, True]
    own = await desk.get("first", case)
    assert not any(word in own for word in ("近所の人", "旗がついた理由")), "nor where the report came from"
    assert not any(number in own for number in reports)
    assert (await (await desk.of("second")).get(case)).status_code == 404, "a second report seats nobody"
    for login, foreign in (("first", reports[1]), ("second", reports[0])):
        for path in ("/staff/cases", "/staff/tickets"):
            assert foreign not in await desk.get(login, path)


async def test_no_page_of_the_room_says_who_reported(
    desk: Desk, reports: tuple[str, str], store: Store  # noqa: F811
) -> None:
    case = await made(desk, reports)
    person = (await person_ids(store))[0]
    own = f"{case}/people/{person}"
    await desk.post("somu", f"{own}/consent", **consent(person))
    await desk.post("somu", f"{own}/assessment", text="二人で暮らす。食事は一日一回")
    await desk.post("somu", f"{own}/application", how="visit", wishes="息子と暮らしたい")
    called = await desk.post(
        "somu", f"{own}/meetings", meeting="shien", purpose="食事がとれているかを確かめ、見守りを分けるため",
        occasion="本人から個人情報の共有の同意を得られていないが、緊急性があるとき",
    )
    await desk.post("somu", f"{called.headers['location']}/members", login="first", agency="在宅介護支援センター")
    await desk.post("first", f"{called.headers['location']}/secrecy")
    for login in ("somu", "first", "second"):
        for path in ("/staff/cases", case, called.headers["location"]):
            answer = await (await desk.of(login)).get(path)
            assert NAME not in answer.text
            assert "通報子" not in answer.text
            assert "隣の" not in answer.text, "a reporter's words are no paper on the household"


@pytest.mark.parametrize(
    "text",
    [
        "ありがとうございます。鈴木さんのお宅には伺いました", "鈴 木 一郎さんは元気でした", "地域包括支援センターが訪ねています",
        "二人で暮らす。食事は一日一回と分かりました",
    ],
)
async def test_a_reply_that_tells_the_reporter_is_stopped_before_it_goes(
    desk: Desk, reports: tuple[str, str], store: Store, text: str  # noqa: F811
) -> None:
    case = await made(desk, reports)
    person = (await person_ids(store))[0]
    await desk.post("somu", f"{case}/people/{person}", relation="父", name="鈴木 一郎")
    await desk.post("somu", f"{case}/people/{person}/assessment", text="二人で暮らす。食事は一日一回")
    await desk.post("somu", f"{case}/agencies", name="地域包括支援センター", role="見守り")
    stopped = await desk.post("somu", f"/staff/tickets/{reports[1]}/reply", 422, text=text)
    assert "知らせてくれた人" in stopped.text
    await desk.post(
        "somu", f"/staff/tickets/{reports[1]}/reply",
        text="知らせてくださってありがとうございます。市が受け取りました。このあとのことは、ご本人を守るためお伝えできません。",
    )
    async with store.town("yokkaichi") as session:
        sent = list(await session.scalars(select(Message).where(Message.sender == "staff")))
    assert len(sent) == 1


async def test_other_tickets_may_speak_of_their_own_matter(
    desk: Desk, store: Store, towns: Mapping[str, Town], hire: Hire  # noqa: F811
) -> None:
    await hire("fukko", "nagaizumi.fukkokai", role="coordinator")
    number = await flagged(store, towns["nagaizumi"], "nagaizumi.shakyo_sanka")
    case = (await desk.post("fukko", "/staff/cases", ticket=number)).headers["location"]
    await desk.post("fukko", f"{case}/people", relation="父", name="鈴木 一郎")
    await desk.post("fukko", f"/staff/tickets/{number}/reply", text="鈴木 一郎さんの件で、明日お電話します")
