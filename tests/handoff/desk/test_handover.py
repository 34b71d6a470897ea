"""Warm handover: the sender stays responsible until somebody says yes, silence gives it back, the resident sees nothing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from handoff.desk import answers, custody, handover, introduction
from handoff.desk.access import NotYours, OnlyAsked
from handoff.desk.answers import BadText
from handoff.desk.handover import How, NoOffer, NoSuchWindow, OfferOpen
from handoff.desk.hours import after_staffed
from handoff.desk.introduction import NoGround, NothingToConfirm
from handoff.desk.queue import list_for
from handoff.desk.staff import SignedIn
from handoff.desk.thread import TicketView, view
from handoff.store.db import Store
from handoff.store.models import Message, TicketMove, TicketWindow
from knowledge.schema import Hours, Town
from tests.handoff.desk.conftest import NOON, Hire, OpenTicket

LATER = NOON + timedelta(minutes=10)


async def view_of(store: Store, staff: SignedIn, number: str, *, now: datetime = LATER) -> TicketView:
    async with store.town("taiki") as session:
        return await view(session, staff, number, now=now)


async def offered(
    store: Store, staff: SignedIn, number: str, town: Town, *, to: str = "kodomo", now: datetime = LATER
) -> None:
    async with store.town("taiki") as session:
        await handover.offer(session, staff, number, to_window=to, reason="子どもの手当が中心のため", town=town, now=now)


async def answered(
    store: Store, staff: SignedIn, number: str, town: Town, how: How, *, text: str = "担当の話ではないため"
) -> None:
    async with store.town("taiki") as session:
        await handover.answer(session, staff, number, how=how, text=text, town=town, now=LATER)


async def roles(store: Store) -> dict[str, str]:
    async with store.reading("taiki") as session:
        return {row.window_id.removeprefix("taiki."): row.role for row in await session.scalars(select(TicketWindow))}


async def said(store: Store) -> list[str]:
    async with store.reading("taiki") as session:
        return [row.sender for row in await session.scalars(select(Message))]


async def test_until_somebody_says_yes_the_sender_has_it(
    store: Store, hire: Hire, open_ticket: OpenTicket, towns: Mapping[str, Town]
) -> None:
    sender, receiver = await hire("sender", "taiki.fukushi"), await hire("receiver", "taiki.kodomo")
    number, town = await open_ticket(), towns["taiki"]
    with pytest.raises(NotYours):
        await view_of(store, receiver, number)
    await offered(store, sender, number, town)
    for staff in (sender, receiver):
        shown = await view_of(store, staff, number)
        assert (shown.ticket.windows, shown.ticket.offered) == (("taiki.fukushi",), "taiki.kodomo")
        assert (shown.ticket.moves, shown.moves[0].status) == (0, "offered")
        assert "もとの窓口が担当" in shown.ticket.summary.next_step
    async with store.town("taiki") as session:
        await answers.reply(session, sender, number, text="確かめています。", now=LATER)
    for act in (
        lambda session: answers.reply(session, receiver, number, text="こんにちは", now=LATER),
        lambda session: custody.assign(session, receiver, number, to=receiver.id, expected=sender.id, now=LATER),
        lambda session: custody.resolve(session, receiver, number, outcome="informed", now=LATER),
        lambda session: handover.offer(
            session, receiver, number, to_window="koreisha", reason="たらい", town=town, now=LATER
        ),
        lambda session: handover.withdraw(session, receiver, number, town=town, now=LATER),
    ):
        with pytest.raises(OnlyAsked):
            async with store.town("taiki") as session:
                await act(session)
    with pytest.raises(OfferOpen):
        await offered(store, sender, number, town, to="koreisha")
    with pytest.raises(OfferOpen):
        async with store.town("taiki") as session:
            await custody.resolve(session, sender, number, outcome="informed", now=LATER)
    with pytest.raises(NoOffer):
        await answered(store, sender, number, town, "accept")


@pytest.mark.parametrize(("how", "expected", "moves", "receiver_sees"), [
    ("accept", {"kodomo": "main", "fukushi": "second"}, 1, True),
    ("share", {"fukushi": "main", "kodomo": "second"}, 0, True),
    ("advise", {"fukushi": "main"}, 0, False),
    ("decline", {"fukushi": "main", "suishin": "second"}, 0, False),
])
async def test_four_answers(
    store: Store, hire: Hire, open_ticket: OpenTicket, towns: Mapping[str, Town], how: How, expected: dict[str, str],
    moves: int, receiver_sees: bool,
) -> None:
    sender, receiver = await hire("sender", "taiki.fukushi"), await hire("receiver", "taiki.kodomo")
    coordinator = await hire("lead", "taiki.suishin", role="coordinator")
    number, town = await open_ticket(), towns["taiki"]
    await offered(store, sender, number, town)
    await answered(store, receiver, number, town, how)
    assert await roles(store) == expected
    shown = await view_of(store, sender, number)
    assert (shown.ticket.moves, shown.ticket.offered) == (moves, None)
    assert (shown.moves[0].answer, shown.moves[0].answered_by) == ("担当の話ではないため", "receiver")
    assert shown.ticket.assignee == ("receiver" if how == "accept" else None)
    assert (shown.ticket.coordinator, shown.ticket.refused) == ((True, 1) if how == "decline" else (False, 0))
    if receiver_sees:
        await view_of(store, receiver, number)
    else:
        with pytest.raises(NotYours):
            await view_of(store, receiver, number)
    assert (await view_of(store, coordinator, number)).ticket.number == number
    assert await said(store) == ["resident"]
    with pytest.raises((NoOffer, NotYours)):
        await answered(store, receiver, number, town, "accept")


async def test_no_and_advice_need_words_yes_needs_none(
    store: Store, hire: Hire, open_ticket: OpenTicket, towns: Mapping[str, Town]
) -> None:
    sender, receiver = await hire("sender", "taiki.fukushi"), await hire("receiver", "taiki.kodomo")
    number, town = await open_ticket(), towns["taiki"]
    with pytest.raises(BadText):
        async with store.town("taiki") as session:
            await handover.offer(session, sender, number, to_window="kodomo", reason=" ", town=town, now=LATER)
    for wrong in ("nowhere", "itoman.kurashi", "fukushi", "togachi_anshin"):
        with pytest.raises(NoSuchWindow):
            await offered(store, sender, number, town, to=wrong)
    await offered(store, sender, number, town)
    for how in ("decline", "advise"):
        with pytest.raises(BadText):
            await answered(store, receiver, number, town, how, text=" ")
    await answered(store, receiver, number, town, "share", text="")


async def test_silence_through_staffed_hours_gives_it_back_and_tells_the_coordinator(
    store: Store, hire: Hire, open_ticket: OpenTicket, towns: Mapping[str, Town]
) -> None:
    sender, receiver = await hire("sender", "taiki.fukushi"), await hire("receiver", "taiki.kodomo")
    number, town = await open_ticket(urgency="urgent"), towns["taiki"]
    friday = datetime.fromisoformat("2026-11-20T16:15:00+09:00")
    await offered(store, sender, number, town, now=friday)
    due = datetime.fromisoformat("2026-11-24T09:30:00+09:00")  # Monday is a holiday
    assert (await view_of(store, sender, number)).moves[0].answer_by == due
    assert await handover.return_late(store, towns, now=due - timedelta(minutes=1)) == 0
    assert await handover.return_late(store, towns, now=due) == 1
    assert await handover.return_late(store, towns, now=due) == 0
    shown = await view_of(store, sender, number)
    assert (shown.moves[0].status, shown.ticket.coordinator, shown.ticket.refused) == ("returned", True, 1)
    assert await roles(store) == {"fukushi": "main", "suishin": "second"}
    with pytest.raises(NotYours):
        await view_of(store, receiver, number)
    assert await said(store) == ["resident"]


def test_staffed_hours_are_those_of_the_window(towns: Mapping[str, Town]) -> None:
    town = towns["taiki"]
    mornings = Hours(days=("tue", "thu"), start="09:00", end="12:00")
    window = town.window("kodomo").model_copy(update={"hours": mornings})
    friday = datetime.fromisoformat("2026-11-20T16:15:00+09:00")
    assert after_staffed(town, friday, timedelta(hours=4), window=window).isoformat() == "2026-11-26T10:00:00+09:00"
    assert after_staffed(town, friday, timedelta(hours=1)).isoformat() == "2026-11-20T17:15:00+09:00"


async def test_an_offer_is_withdrawn_and_a_story_told_twice_is_counted(
    store: Store, hire: Hire, open_ticket: OpenTicket, towns: Mapping[str, Town]
) -> None:
    sender, receiver = await hire("sender", "taiki.fukushi"), await hire("receiver", "taiki.kodomo")
    number, town = await open_ticket(), towns["taiki"]
    await offered(store, sender, number, town)
    async with store.town("taiki") as session:
        await handover.withdraw(session, sender, number, town=town, now=LATER)
        await handover.retold(session, sender, number, now=LATER)
    shown = await view_of(store, sender, number)
    assert (shown.moves[0].status, shown.ticket.retold, shown.ticket.refused) == ("withdrawn", 1, 0)
    async with store.reading("taiki") as session:
        assert await list_for(session, receiver) == []


async def introduced(store: Store, staff: SignedIn, number: str, town: Town, **more: object) -> UUID:
    given: dict[str, object] = {
        "to_window": "togachi_anshin", "reason": "家計のことを一緒に考えてほしい", "basis": "consent",
        "ground": "本人、電話で、11月20日", "items": ["words"], **more,
    }
    async with store.town("taiki") as session:
        row = await introduction.introduce(session, staff, number, town=town, now=LATER, **given)  # type: ignore[arg-type]
        return row.id


async def test_to_another_body_only_with_a_ground_and_what_was_chosen(
    store: Store, hire: Hire, open_ticket: OpenTicket, towns: Mapping[str, Town]
) -> None:
    staff, number, town = await hire("sender", "taiki.fukushi"), await open_ticket(), towns["taiki"]
    for wrong in (
        {"basis": ""}, {"basis": "consent", "ground": " "}, {"basis": "law", "items": []}, {"items": ["notes"]},
        {"basis": "telephone", "items": ["words"]},
    ):
        with pytest.raises(NoGround):
            await introduced(store, staff, number, town, **wrong)
    with pytest.raises(NoSuchWindow):
        await introduced(store, staff, number, town, to_window="kodomo")
    made = await introduced(store, staff, number, town)
    called = await introduced(store, staff, number, town, basis="telephone", ground="", items=[])
    assert await roles(store) == {"fukushi": "main"}
    async with store.town("taiki") as session:
        await answers.note(session, staff, number, text="内部だけの話", now=LATER)
        sheet = await introduction.handed(session, staff, number, move_id=made, town=town)
        assert sheet.summary is not None
        assert [quote.text for quote in sheet.summary.quotes] == ["家賃が払えません。"]
        assert (sheet.name, sheet.messages, sheet.summary.household, sheet.summary.reasons) == (None, (), (), ())
        with pytest.raises(NothingToConfirm):
            await introduction.handed(session, staff, number, move_id=called, town=town)


async def test_the_ticket_stays_until_the_other_body_has_answered(
    store: Store, hire: Hire, open_ticket: OpenTicket, towns: Mapping[str, Town]
) -> None:
    staff, number, town = await hire("sender", "taiki.fukushi"), await open_ticket(), towns["taiki"]
    first, second = [await introduced(store, staff, number, town) for _ in range(2)]
    with pytest.raises(BadText):
        async with store.town("taiki") as session:
            await introduction.confirm(session, staff, number, move_id=first, taken=False, text="", now=LATER)
    async with store.town("taiki") as session:
        await introduction.confirm(session, staff, number, move_id=first, taken=False, text="空きがない", now=LATER)
        await introduction.confirm(session, staff, number, move_id=second, taken=True, text="", now=LATER)
        with pytest.raises(NothingToConfirm):
            await introduction.confirm(session, staff, number, move_id=second, taken=True, text="", now=LATER)
    async with store.reading("taiki") as session:
        assert sorted([row.status for row in await session.scalars(select(TicketMove))]) == ["accepted", "declined"]
    shown = await view_of(store, staff, number)
    assert (shown.ticket.windows, shown.ticket.moves, shown.ticket.refused) == (("taiki.fukushi",), 1, 1)
