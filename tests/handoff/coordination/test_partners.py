"""A town's list of bodies that staff have named: renamed, taken off, back on; what was written before keeps the name it had."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from handoff.coordination import papers, partners, slips
from handoff.coordination.access import coordinated_by
from handoff.coordination.partners import Body, NoSuchBody, Renamed, SameName
from handoff.coordination.recipients import NotARecipient
from handoff.coordination.slips import BadSlip, Wanted
from handoff.desk import introduction
from handoff.desk.staff import SignedIn
from handoff.desk.thread import view
from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from handoff.store.models import AuditEntry, MeetingMember, Partner, Ticket
from tests.handoff.coordination.conftest import GIVEN, NOW, Household
from tests.handoff.coordination.test_meetings import ichiban

FIRST, SECOND = "こども食堂わわ", "こども食堂わ"
LATER = NOW + timedelta(days=1)
Named = Callable[..., Awaitable[str]]


@pytest.fixture
def name(household: Household, fukkokai: SignedIn) -> Named:
    """`await name("こども食堂")`: the id of the body that is called so, kept if it is new."""

    async def picked(called: str, *, now: datetime = NOW) -> str:
        async with household.store.town("nagaizumi") as session:
            return (await partners.picked(session, fukkokai, "", called, town=household.town, now=now)).id

    return picked


async def listed(household: Household) -> list[Body]:
    async with household.store.reading("nagaizumi") as session:
        return [one for one in await partners.outside(session, household.town) if one.id.startswith(partners.PREFIX)]


async def rename(household: Household, staff: SignedIn, body: str, called: str, *, was: str, now: datetime = LATER) -> None:
    async with household.store.town("nagaizumi") as session:
        await partners.rename(session, staff, body, called, was=was, town=household.town, now=now)


async def unlist(household: Household, staff: SignedIn, body: str) -> None:
    async with household.store.town("nagaizumi") as session:
        await partners.unlist(session, staff, body, now=LATER)


async def test_it_is_called_otherwise_and_stays_the_same_body(household: Household, fukkokai: SignedIn, name: Named) -> None:
    body = await name(FIRST)
    await rename(household, fukkokai, body, f" {SECOND} ", was=FIRST)
    (one,) = await listed(household)
    assert (one.id, one.name, one.before) == (body, SECOND, ((FIRST, LATER),))
    assert (one.called_at(NOW), one.called_at(LATER)) == (FIRST, SECOND)
    assert await name(SECOND) == body
    assert await name(FIRST) != body, "another body may be called so: a yes for it is none for this one"
    async with household.store.reading("nagaizumi") as session:
        noted = await session.scalars(select(AuditEntry).where(AuditEntry.action == "partner_renamed"))
        assert [(row.staff_id, row.reason) for row in noted] == [(fukkokai.id, body)]


async def test_what_keeps_a_name_from_being_given(household: Household, fukkokai: SignedIn, name: Named) -> None:
    body = await name(FIRST)
    await name("子ども支援の会")
    window = next(one for one in household.town.windows if one.relation == "other_body")
    for called, was, why in (
        ("子ども支援の会", FIRST, SameName), (window.name, FIRST, SameName), ("", FIRST, NoSuchBody), ("あ" * 61, FIRST, NoSuchBody),
        ("a\x1bb", FIRST, NoSuchBody), (SECOND, "前の画面の名前", Renamed),
    ):
        with pytest.raises(why):
            await rename(household, fukkokai, body, called, was=was)
    for nobody in ("partner:x", f"partner:{UUID(int=1)}", f"nagaizumi.{window.id}"):
        with pytest.raises(NoSuchBody):
            await rename(household, fukkokai, nobody, SECOND, was=window.name)
    await rename(household, fukkokai, body, FIRST, was=FIRST)
    assert next(one for one in await listed(household) if one.id == body).before == ()


async def test_off_the_list_it_is_not_offered_and_known_all_the_same(household: Household, fukkokai: SignedIn, name: Named) -> None:
    body = await name(FIRST)
    await unlist(household, fukkokai, body)
    assert await listed(household) == []
    with pytest.raises(Renamed):
        await unlist(household, fukkokai, body)
    async with household.store.town("nagaizumi") as session:
        assert (await partners.body_of(session, body, household.town)).name == FIRST
        with pytest.raises(NoSuchBody, match="はずされています"):
            await partners.picked(session, fukkokai, body, "", town=household.town, now=NOW)
    assert await name(FIRST) == body, "who writes its name puts it back"
    assert [one.id for one in await listed(household)] == [body]


async def test_a_row_from_before_is_a_name(household: Household, fukkokai: SignedIn, name: Named) -> None:
    body = await name(FIRST)
    async with household.store.town("nagaizumi") as session:
        (await session.scalars(select(Partner))).one().body = FIRST
    assert [(one.name, one.before, one.off) for one in await listed(household)] == [(FIRST, (), None)]
    await rename(household, fukkokai, body, SECOND, was=FIRST)
    assert [one.name for one in await listed(household)] == [SECOND]


async def test_what_was_handed_keeps_the_name_it_went_to(household: Household, shakyo: SignedIn, fukkokai: SignedIn, name: Named) -> None:
    async with household.store.town("nagaizumi") as session:
        number = (await session.scalars(select(Ticket.number))).one()
        move = await introduction.introduce(
            session, shakyo, number, to_window="", other=FIRST, reason="食事", basis="law", ground="法令", items=["words"],
            town=household.town, now=NOW,
        )
        body, move_id = move.to_window, move.id
    await rename(household, fukkokai, body, SECOND, was=FIRST)
    await unlist(household, fukkokai, body)
    async with household.store.town("nagaizumi") as session:
        shown = await view(session, shakyo, number, now=LATER)
        assert [one.to_name for one in shown.moves] == [FIRST]
        sheet = await introduction.handed(session, shakyo, number, move_id=move_id, town=household.town)
        assert sheet.to_name == FIRST


WANTED = Wanted("", {"watch": "雨戸", "tell": "役場"}, "consent", "", "paper", NOW + timedelta(days=20))


async def gives(household: Household, staff: SignedIn, keys: KeyRing, **changes: str) -> UUID:
    async with household.store.town("nagaizumi") as session:
        held = await coordinated_by(session, staff, household.number)
        wanted = replace(WANTED, **changes)  # type: ignore[arg-type]
        entry = await slips.give(
            session, staff, held, household.mother, wanted=wanted, code="123456", keys=keys, town=household.town, now=NOW
        )
        return entry.id


async def read(household: Household, slip: UUID, keys: KeyRing) -> slips.Slip | None:
    async with household.store.town("nagaizumi") as session:
        return await slips.open_with(session, slip, code="123456", keys=keys, now=NOW + timedelta(minutes=2))


async def test_a_slip_goes_to_a_body_of_the_list(household: Household, fukkokai: SignedIn, keys: KeyRing, name: Named) -> None:
    """By its id: the yes holds whatever it is called; a name that was only written still works, and another body's not."""
    body, other = await name(FIRST), await name("子ども支援の会")
    agreed = replace(GIVEN, to_whom=FIRST, bodies=(body,))
    await household.answer(fukkokai, household.mother, agreed)
    slip = await gives(household, fukkokai, keys, body=body, to="佐藤さん", way="link")
    found = await read(household, slip, keys)
    assert found is not None
    assert found.to == f"{FIRST} 佐藤さん"
    assert await read(household, await gives(household, fukkokai, keys, to=FIRST, way="link"), keys) is not None
    with pytest.raises(NotARecipient):
        await gives(household, fukkokai, keys, body=other)
    with pytest.raises(NotARecipient):
        await gives(household, fukkokai, keys, body=other, to=FIRST)
    await rename(household, fukkokai, body, SECOND, was=FIRST)
    after = await read(household, slip, keys)
    assert after is not None
    assert after.to == f"{FIRST} 佐藤さん", "the paper keeps the name it was given under"
    assert await gives(household, fukkokai, keys, body=body)
    again = replace(agreed, to_whom=SECOND)
    await household.answer(fukkokai, household.mother, again, now=NOW + timedelta(seconds=30))
    assert await read(household, slip, keys) is not None, "said again under the new name, it is the same body"
    await unlist(household, fukkokai, body)
    with pytest.raises(NoSuchBody):
        await gives(household, fukkokai, keys, body=body)
    with pytest.raises(BadSlip):
        await gives(household, fukkokai, keys)
    now = NOW + timedelta(minutes=1)
    await household.answer(fukkokai, household.mother, replace(agreed, to_whom="子ども支援の会", bodies=(other,)), now=now)
    assert await read(household, slip, keys) is None, "the yes names another one now"


async def test_a_member_is_of_a_body_of_the_list(household: Household, fukkokai: SignedIn, store: Store, name: Named) -> None:
    body, other = await name(FIRST), await name("子ども支援の会")
    await household.answer(fukkokai, household.mother, replace(GIVEN, to_whom=FIRST, bodies=(body,)))
    await household.papers(fukkokai, household.mother)
    meeting = await ichiban(household, fukkokai, household.mother)

    async def seats(agency: str = "", body: str = "") -> dict[str, str]:
        async with store.town("nagaizumi") as session:
            row = await papers.add_member(
                session, fukkokai, meeting, login="", name="佐藤", agency=agency, body=body, town=household.town, now=NOW
            )
            found: dict[str, str] = row.body
            return found

    own = f"nagaizumi.{next(one.id for one in household.town.windows if one.relation == 'same_body')}"
    assert await seats(body=body) == {"name": "佐藤", "agency": FIRST, "body": body}
    assert (await seats(FIRST))["body"] == body, "a name that the list has is that body"
    assert (await seats(body=own))["body"] == own
    for refused in ({"body": other}, {"agency": "子ども支援の会"}, {"agency": "駿東病院"}):
        with pytest.raises(NotARecipient):
            await seats(**refused)
    async with store.reading("nagaizumi") as session:
        assert len(list(await session.scalars(select(MeetingMember).where(MeetingMember.meeting_id == meeting)))) == 4
