"""What staff do with tickets: who may see, opening is recorded, answering, drafts, taking, moving, ending."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from handoff.desk import answers, custody
from handoff.desk.access import NotYours, held_by, open_for, record_refusal, windows_of
from handoff.desk.custody import AlreadyTaken, NoSuchOutcome
from handoff.desk.queue import Filters, list_for, next_waiting
from handoff.desk.restriction import NoSuchColleague
from handoff.desk.staff import SignedIn, may_see
from handoff.desk.thread import TicketView, view
from handoff.privacy import audit
from handoff.store.db import Store
from handoff.store.models import AuditEntry, Conversation, Message, OutboxItem, Ticket
from knowledge.schema import Town
from tests.handoff.desk.conftest import NOON, Hire, OpenTicket, conversation_of
from tests.handoff.intake.outgoing import account, resident

LATER = NOON + timedelta(minutes=10)


async def seen_by(store: Store, staff: SignedIn, filters: Filters = Filters()) -> list[str]:
    async with store.reading(staff.municipality_id) as session:
        return [line.number for line in await list_for(session, staff, filters)]


async def view_of(store: Store, staff: SignedIn, number: str, *, now: datetime = LATER) -> TicketView:
    async with store.town(staff.municipality_id) as session:
        return await view(session, staff, number, now=now)


async def test_who_may_see_what_in_the_list_and_by_number(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    poverty = await open_ticket(windows=("taiki.fukushi",))
    child = await open_ticket(windows=("taiki.kodomo", "taiki.shushu"))
    people = {
        await hire("fukushi", "taiki.fukushi"): {poverty},
        await hire("shushu", "taiki.shushu"): {child},
        await hire("both", "taiki.shushu", "taiki.fukushi"): {poverty, child},
        await hire("nowhere"): set(),
        await hire("coordinator", role="coordinator"): {poverty, child},
        await hire("admin", role="admin"): set(),
        await hire("admin-at-window", "taiki.kodomo", role="admin"): {child},
        await hire("auditor", "taiki.kodomo", role="auditor"): set(),
        await hire("stranger", "itoman.kurashi", role="coordinator", town="itoman"): set(),
    }
    for staff, theirs in people.items():
        assert set(await seen_by(store, staff)) == theirs, staff.login
        for number in (poverty, child):
            if number in theirs:
                assert (await view_of(store, staff, number)).ticket.number == number
            else:
                with pytest.raises(NotYours):
                    await view_of(store, staff, number)


async def test_a_ticket_given_by_name_is_seen_without_the_window(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    staff, number = await hire("nowhere"), await open_ticket()
    async with store.town("taiki") as session:
        ticket = (await session.scalars(select(Ticket))).one()
        ticket.assignee_id = staff.id
        assert may_see(staff, ticket, windows=await windows_of(session, ticket))
    assert await seen_by(store, staff) == [number]


async def test_a_number_that_is_none_is_nobodys(store: Store, hire: Hire) -> None:
    staff = await hire("coordinator", role="coordinator")
    for number in ("", "taiki-2026-9999", "../../etc", "taiki-2026-0001\x00", "\ud800", "x" * 4000):
        with pytest.raises(NotYours):
            await view_of(store, staff, number)
        await record_refusal(store, staff, number, now=NOON)


async def test_opening_is_recorded_and_takes_the_unread_mark(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    staff, number = await hire("suzuki", "taiki.fukushi"), await open_ticket()
    async with store.town("taiki") as session:
        held = await open_for(session, staff, number, now=LATER)
        ticket_id = held.ticket.id
        assert (held.ticket.first_read_at, held.ticket.state["unread"]) == (LATER, False)
    await view_of(store, staff, number, now=LATER + timedelta(hours=1))
    with pytest.raises(NotYours):
        await view_of(store, await hire("other", "taiki.kodomo"), number)
    await record_refusal(store, staff, number, now=LATER)
    async with store.reading("taiki") as session:
        kept = [
            (entry.action, entry.staff_id)
            for entry in await session.scalars(
                select(AuditEntry).where(AuditEntry.ticket_id == ticket_id).order_by(AuditEntry.sequence)
            )
        ]
        assert kept == [
            ("ticket_opened", staff.id), ("ticket_opened", staff.id), ("ticket_refused", staff.id)
        ]
        first_read = (await session.scalars(select(Ticket.first_read_at))).one()
        assert first_read == LATER
        await audit.verify(session)


async def test_the_view_shows_thread_evidence_and_what_the_bot_said(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    staff = await hire("suzuki", "taiki.fukushi")
    number = await open_ticket("家賃が払えません。追い出されそうです。")
    shown = await view_of(store, staff, number)
    (message,) = shown.messages
    assert (message.sender, message.text) == ("resident", "家賃が払えません。追い出されそうです。")
    assert [message.text[start:end] for start, end in message.marks] == [message.text]
    assert shown.ticket.windows == ("taiki.fukushi",)


async def test_an_answer_reaches_the_conversation_and_makes_staff_the_holder(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    staff = await hire("suzuki", "taiki.fukushi")
    conversation = await conversation_of(store, "家賃が払えません。")
    number = await open_ticket(conversation=conversation)
    async with store.town("taiki") as session:
        await answers.save_draft(session, staff, number, text="明日10時に", now=NOON)
    async with store.town("taiki") as session:
        message = await answers.reply(session, staff, number, text=" 明日10時、お待ちしています。\r\n福祉係 ", now=LATER)
        assert message.sequence == 2
    async with store.reading("taiki") as session:
        row = await session.get_one(Conversation, conversation)
        assert (row.holder, row.version, row.last_sequence) == ("staff", 1, 2)
        said = (await session.scalars(select(Message).where(Message.sequence == 2))).one()
        assert (said.sender, said.staff_id, said.payload["text"]) == (
            "staff", staff.id, "明日10時、お待ちしています。\n福祉係"
        )
        ticket = (await session.scalars(select(Ticket))).one()
        assert (ticket.status, ticket.first_answer_at, ticket.assignee_id) == ("in_progress", LATER, staff.id)
    assert (await view_of(store, staff, number)).draft == ""


@pytest.mark.parametrize(("more", "quiet"), [({}, False), ({"crisis": ("no_food",)}, False), ({"crisis": ("dv",)}, True)])
async def test_an_answer_about_danger_is_not_read_on_a_locked_screen(
    store: Store, hire: Hire, open_ticket: OpenTicket, more: dict[str, object], quiet: bool
) -> None:
    staff = await hire("suzuki", "taiki.fukushi")
    who = await resident(store, await account(store))
    number = await open_ticket(conversation=who.conversation_id, **more)
    async with store.town("taiki") as session:
        await answers.reply(session, staff, number, text="明日、安全な所で話しましょう。", now=LATER)
    async with store.reading("taiki") as session:
        (row,) = await session.scalars(select(OutboxItem))
        assert row.payload["wrapping"]["quiet"] is quiet


@pytest.mark.parametrize("text", ["", " \n　", "a\x00b", "\ud800", "あ" * 5001, "😀" * 2501])
async def test_what_no_channel_can_send_is_no_answer(text: str) -> None:
    with pytest.raises(answers.BadText) as why:
        answers.clean(text, longest=answers.LONGEST_ANSWER)
    assert text.strip() == "" or text[:2] not in str(why.value)


async def test_only_theirs_can_be_answered(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    number, stranger = await open_ticket(), await hire("other", "taiki.kodomo")
    for act in (answers.reply, answers.note, answers.save_draft):
        with pytest.raises(NotYours):
            async with store.town("taiki") as session:
                await act(session, stranger, number, text="こんにちは", now=LATER)
    async with store.reading("taiki") as session:
        assert len(list(await session.scalars(select(Message)))) == 1


async def test_drafts_are_each_persons_own_and_go_when_blank(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    one, two = await hire("one", "taiki.fukushi"), await hire("two", "taiki.fukushi")
    number = await open_ticket()
    for text in ("書きかけ", "書きかけの続き ", ):
        async with store.town("taiki") as session:
            await answers.save_draft(session, one, number, text=text, now=LATER)
    assert (await view_of(store, one, number)).draft == "書きかけの続き "
    assert (await view_of(store, two, number)).draft == ""
    async with store.town("taiki") as session:
        await answers.save_draft(session, one, number, text=" ", now=LATER)
    assert (await view_of(store, one, number)).draft == ""


async def test_notes_stay_inside_the_console(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    staff, number = await hire("suzuki", "taiki.fukushi"), await open_ticket()
    async with store.town("taiki") as session:
        await answers.note(session, staff, number, text="折り返し電話は午前に。", now=LATER)
    shown = await view_of(store, staff, number)
    assert [(note.by, note.text) for note in shown.notes] == [("suzuki", "折り返し電話は午前に。")]
    assert len(shown.messages) == 1


async def test_of_two_who_take_at_once_exactly_one_wins(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    people = [await hire(f"staff{n}", "taiki.fukushi") for n in range(4)]
    number = await open_ticket()

    async def take(staff: SignedIn) -> SignedIn | None:
        try:
            async with store.town("taiki") as session:
                await custody.assign(session, staff, number, to=staff.id, expected=None, now=LATER)
            return staff
        except AlreadyTaken:
            return None

    winners = [staff for staff in await asyncio.gather(*map(take, people)) if staff is not None]
    (winner,) = winners
    assert (await view_of(store, winner, number)).ticket.assignee == winner.login


async def test_a_ticket_is_given_only_to_who_could_see_it(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    staff, number = await hire("suzuki", "taiki.fukushi"), await open_ticket()
    colleague, other = await hire("sato", "taiki.fukushi"), await hire("kato", "taiki.kodomo")
    async with store.town("taiki") as session:
        await custody.assign(session, staff, number, to=colleague.id, expected=None, now=LATER)
    with pytest.raises(NoSuchColleague):
        async with store.town("taiki") as session:
            await custody.assign(session, staff, number, to=other.id, expected=colleague.id, now=LATER)
    async with store.town("taiki") as session:
        await custody.assign(session, staff, number, to=None, expected=colleague.id, now=LATER)
        assert (await held_by(session, staff, number)).ticket.assignee_id is None


async def test_a_ticket_ends_only_with_an_outcome_of_the_list(
    store: Store, hire: Hire, open_ticket: OpenTicket, towns: Mapping[str, Town]
) -> None:
    staff = await hire("suzuki", "taiki.fukushi")
    conversation = await conversation_of(store, "家賃が払えません。")
    number = await open_ticket(conversation=conversation)
    for wrong in ("not_ours", "", "担当外"):
        with pytest.raises(NoSuchOutcome):
            async with store.town("taiki") as session:
                await custody.resolve(session, staff, number, outcome=wrong, now=LATER)
    async with store.town("taiki") as session:
        await answers.reply(session, staff, number, text="お待ちしています。", now=LATER)
        await custody.resolve(session, staff, number, outcome="connected", now=LATER)
    async with store.reading("taiki") as session:
        assert (await session.get_one(Conversation, conversation)).holder == "bot"
        (line,) = await list_for(session, staff, Filters(status="resolved"))
        assert (line.outcome, line.resolved_at) == ("connected", LATER)
    assert await seen_by(store, staff) == []
    with pytest.raises(answers.Resolved):
        async with store.town("taiki") as session:
            await answers.reply(session, staff, number, text="もう一度", now=LATER)


async def test_the_list_is_pressing_first_and_filters(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    staff = await hire("coordinator", role="coordinator")
    normal = await open_ticket()
    urgent = await open_ticket(urgency="urgent", now=NOON + timedelta(minutes=1))
    emergency = await open_ticket(
        urgency="emergency", windows=("taiki.shogai", "taiki.fukushi"), complex=True, now=NOON + timedelta(minutes=2)
    )
    async with store.town("taiki") as session:
        await custody.assign(session, staff, urgent, to=staff.id, expected=None, now=LATER)
    assert await seen_by(store, staff) == [emergency, urgent, normal]
    for filters, expected in (
        (Filters(window="taiki.shogai"), [emergency]),
        (Filters(window="taiki.fukushi"), [emergency, urgent, normal]),
        (Filters(mine=True), [urgent]),
        (Filters(unassigned=True), [emergency, normal]),
        (Filters(coordinator=True), [emergency]),
        (Filters(crisis=True), [emergency, urgent]),
        (Filters(urgency="normal"), [normal]),
        (Filters(status="in_progress"), []),
        (Filters(limit=1), [emergency]),
    ):
        assert await seen_by(store, staff, filters) == expected, filters


async def test_what_waits_for_us_comes_before_what_waits_for_them(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    staff = await hire("suzuki", "taiki.fukushi")
    grave = await open_ticket(urgency="emergency")
    first = await open_ticket()
    second = await open_ticket(now=NOON + timedelta(minutes=1))
    async with store.town("taiki") as session:
        for number in (grave, first):
            await answers.reply(session, staff, number, text="承知しました。", now=LATER)
    assert await seen_by(store, staff) == [grave, second, first], "danger stays on top"


async def test_the_next_one_is_what_presses_most_and_nobody_else_has(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    suzuki, tanaka = await hire("suzuki", "taiki.fukushi"), await hire("tanaka", "taiki.fukushi")
    here, calm, pressing = [await open_ticket("家賃が払えません", urgency=urgency) for urgency in ("normal", "normal", "urgent")]
    await open_ticket("子どものこと", windows=("taiki.kodomo",), urgency="emergency")

    async def onward() -> str | None:
        async with store.town("taiki") as session:
            besides = (await session.scalars(select(Ticket.id).where(Ticket.number == here))).one()
            found = await next_waiting(session, suzuki, besides=besides)
            return found.number if found else None

    assert await onward() == pressing
    async with store.town("taiki") as session:
        await custody.assign(session, tanaka, pressing, to=tanaka.id, expected=None, now=NOON)
    assert await onward() == calm, "a colleague has the other one"
    async with store.town("taiki") as session:
        await answers.reply(session, suzuki, calm, text="読みました", now=NOON + timedelta(minutes=1))
    assert await onward() is None


async def test_a_late_answer_shows_as_overdue(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    staff = await hire("suzuki", "taiki.fukushi")
    number = await open_ticket(urgency="urgent")
    before = (await view_of(store, staff, number)).ticket
    closing = datetime.fromisoformat("2026-11-20T17:15:00+09:00")
    assert not before.overdue(closing)
    assert before.overdue(closing + timedelta(minutes=1))
    async with store.town("taiki") as session:
        await answers.reply(session, staff, number, text="承知しました。", now=LATER)
    assert not (await view_of(store, staff, number)).ticket.overdue(closing + timedelta(days=3))
