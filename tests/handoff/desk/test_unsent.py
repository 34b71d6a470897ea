"""届いていないもの: who sees what did not arrive, what may be chosen for it, and what becomes of it then."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from bots.errors import Rejected, Retryable, Uncertain
from handoff.desk import unsent
from handoff.desk.access import NotYours, OnlyAsked
from handoff.desk.staff import SignedIn
from handoff.desk.thread import thread
from handoff.desk.unsent import NothingToDecide, Overview, Unsent
from handoff.intake import safety
from handoff.intake.outbox import GIVE_UP_AFTER
from handoff.intake.safety import Wish
from handoff.store.db import Store
from handoff.store.ids import new_id
from handoff.store.models import AuditEntry, Conversation, OutboxItem, TicketWindow, UnsentDecision
from tests.handoff.desk.conftest import Hire, OpenTicket
from tests.handoff.intake.outgoing import NOW, Resident, account, resident
from tests.handoff.intake.test_sender import Post, Scripted
from tests.whole import knowledge

ANSWER = "あした10時に、窓口でお待ちしています"


class Desk:
    """A town, one resident on LINE with a ticket of 福祉係, and somebody of that window."""

    def __init__(self, store: Store, staff: SignedIn, who: Resident, number: str) -> None:
        self.store, self.staff, self.who, self.number, self.now = store, staff, who, number, NOW
        self.line = Scripted()

    async def fails(self, *faults: Exception | None, token: str | None = None) -> None:
        """An answer of staff that goes out, and what LINE says to it."""
        self.line.script += faults
        await self.who.told(ANSWER, by="staff", token=token, at=self.now - NOW)
        await self.drain()

    async def drain(self) -> None:
        post = Post(self.store, self.line, self.now)
        await post.drain()

    async def sees(self, staff: SignedIn | None = None) -> Overview:
        async with self.store.reading("taiki") as session:
            return await unsent.overview(session, staff or self.staff, now=self.now)

    async def only(self) -> Unsent:
        (one,) = (await self.sees()).open
        return one

    async def counts(self) -> int:
        async with self.store.reading("taiki") as session:
            return await unsent.count(session, self.staff, now=self.now)

    async def decides(self, choice: str, staff: SignedIn | None = None, item: UUID | None = None) -> None:
        chosen = item or (await self.only()).id
        async with self.store.town("taiki") as session:
            await unsent.decide(session, staff or self.staff, self.number, chosen, choice=choice, now=self.now)

    async def wishes(self, wish: Wish) -> None:
        async with self.store.town("taiki") as session:
            conversation = await session.get_one(Conversation, self.who.conversation_id)
            await safety.keep(session, conversation, wish, now=self.now)

    async def delivery(self) -> list[str | None]:
        async with self.store.reading("taiki") as session:
            return [message.delivery for message in await thread(session, self.who.conversation_id)]


async def furnished(store: Store, hire: Hire, open_ticket: OpenTicket, *, channel: str = "line", **more: Any) -> Desk:
    staff = await hire("suzuki", "taiki.fukushi")
    who = await resident(store, await account(store, channel), channel=channel)
    number = await open_ticket(conversation=who.conversation_id, now=NOW, **more)
    return Desk(store, staff, who, number)


@pytest.fixture
async def desk(store: Store, hire: Hire, open_ticket: OpenTicket) -> Desk:
    return await furnished(store, hire, open_ticket)


async def test_what_was_refused_is_shown_with_its_reason_and_sent_again(desk: Desk) -> None:
    await desk.fails(Rejected("bad_request"))
    one = await desk.only()
    assert (one.number, one.state, one.why, one.words, one.sender) == (desk.number, "failed", "bad_request", ANSWER, "staff")
    assert (one.choices, one.twice, await desk.counts()) == (("again", "telephone", "let_be"), False, 1)
    assert await desk.delivery() == ["failed"]
    await desk.decides("again")
    assert (await desk.sees()).open == ()
    await desk.drain()
    assert [texts for _, texts in desk.line.heard] == [(ANSWER,)]
    assert await desk.delivery() == ["sent"]
    (decided,) = (await desk.sees()).decided
    assert (decided.number, decided.by, decided.choice, decided.state, decided.why) == (
        desk.number, "suzuki", "again", "failed", "bad_request"
    )
    async with desk.store.reading("taiki") as session:
        acts = list(await session.scalars(select(AuditEntry.action)))
    assert acts[-1] == "unsent_again"


async def test_a_push_goes_again_under_its_own_key_as_long_as_line_knows_it(desk: Desk) -> None:
    await desk.fails(RuntimeError("may have arrived"))
    (before,) = await desk.who.rows()
    one = await desk.only()
    assert (one.state, one.twice) == ("uncertain", False)
    await desk.decides("again")
    await desk.drain()
    ((address, _),) = desk.line.heard
    assert address.retry_key == str(before.id), "LINE itself refuses a second copy"


@pytest.mark.parametrize("late", [timedelta(), GIVE_UP_AFTER])
async def test_what_line_cannot_tell_apart_any_more_gets_a_key_of_its_own(desk: Desk, late: timedelta) -> None:
    await desk.fails(Uncertain("reply_timeout") if not late else RuntimeError("x"), token=None if late else "r1")
    desk.now += late
    (before,) = await desk.who.rows()
    assert (await desk.only()).twice, "whoever decides is told that it may arrive twice"
    await desk.decides("again")
    await desk.drain()
    ((address, texts),) = desk.line.heard
    assert (address.reply_token, texts) == (None, (ANSWER,))
    assert address.retry_key != str(before.id)
    assert [(row.status, row.error, row.payload is None) for row in sorted(await desk.who.rows(), key=lambda row: row.id)] == [
        ("failed", "again", True), ("sent", None, True)
    ]
    assert await desk.delivery() == ["sent"]
    assert (await desk.sees()).open == ()


async def test_what_fails_again_stands_there_again(desk: Desk) -> None:
    await desk.fails(Rejected("bad_request"), Rejected("bad_request"))
    await desk.decides("again")
    await desk.drain()
    assert (await desk.only()).state == "failed"
    assert len((await desk.sees()).decided) == 1


@pytest.mark.parametrize("choice", ["telephone", "let_be"])
async def test_what_is_let_be_never_goes_out_not_even_when_the_quota_is_back(desk: Desk, choice: str) -> None:
    await desk.fails(Rejected("quota"))
    assert await desk.delivery() == ["unpaid"]
    await desk.decides(choice)
    assert (await desk.sees()).open == ()
    await desk.who.told("つぎのお返事です", token="r2")
    await desk.drain()
    assert [texts for _, texts in desk.line.heard] == [("つぎのお返事です",)]
    assert await desk.delivery() == ["settled", "sent"]


async def test_what_a_resident_wished_waits_and_may_be_taken_back(desk: Desk) -> None:
    await desk.wishes(Wish(only_answers=True))
    await desk.who.told(ANSWER, by="staff")
    ways = knowledge().safe_contact
    async with desk.store.everywhere() as session:
        rows = list(await session.scalars(select(OutboxItem)))
        assert await safety.going(session, rows, ways, now=desk.now) == []
    one = await desk.only()
    assert (one.state, one.why, one.until, one.choices) == ("held", "safe_contact", None, ("let_be",))
    assert await desk.counts() == 0, "a wish is no task"
    with pytest.raises(NothingToDecide):
        await desk.decides("again")
    await desk.decides("let_be")
    await desk.drain()
    assert desk.line.heard == []


async def test_a_quiet_night_says_when_it_goes_out(desk: Desk) -> None:
    await desk.wishes(Wish(quiet=("daytime_only",)))
    await desk.who.told(ANSWER, by="staff")
    async with desk.store.everywhere() as session:
        (row,) = await session.scalars(select(OutboxItem))
        row.status, row.error, row.due_at = "held", "safe_contact", desk.now + timedelta(hours=9)
    assert (await desk.only()).until == desk.now + timedelta(hours=9)


async def test_what_waits_for_long_is_late_and_says_so(desk: Desk) -> None:
    await desk.fails(Retryable("platform_fault"))
    assert (await desk.sees()).open == ()
    desk.now += unsent.LATE + timedelta(seconds=1)
    one = await desk.only()
    assert (one.state, one.why, one.choices) == ("late", "platform_fault", ("telephone", "let_be"))
    await desk.decides("let_be")
    await desk.drain()
    assert desk.line.heard == []


async def test_a_blocked_resident_is_not_written_to_again(desk: Desk) -> None:
    await desk.who.blocks()
    await desk.fails()
    assert [(one.why, one.choices) for one in (await desk.sees()).open] == [("blocked", ("telephone", "let_be"))]
    with pytest.raises(NothingToDecide):
        await desk.decides("again")
    await desk.who.blocks(blocked=False)
    async with desk.store.town("taiki") as session:
        (row,) = await session.scalars(select(OutboxItem))
        row.error = "platform_fault"
    assert "again" in (await desk.only()).choices


async def test_words_that_cannot_be_opened_are_named_as_such(desk: Desk) -> None:
    await desk.fails(Rejected("bad_request"))
    async with desk.store.town("taiki") as session:
        (row,) = await session.scalars(select(OutboxItem))
        row.payload_sealed = bytes(reversed(row.payload_sealed or b""))
    one = await desk.only()
    assert (one.why, one.choices) == ("unopened", ("telephone", "let_be"))
    await desk.decides("let_be")
    assert (await desk.sees()).open == ()


@pytest.mark.parametrize("more", [{"crisis": ("dv",)}, {"crisis": ("sexual_violence",)}])
async def test_nobody_is_told_to_telephone_where_it_endangers(
    store: Store, hire: Hire, open_ticket: OpenTicket, more: dict[str, Any]
) -> None:
    desk = await furnished(store, hire, open_ticket, **more)
    await desk.fails(Rejected("bad_request"))
    one = await desk.only()
    assert "telephone" not in one.choices
    assert (one.restricted, one.words) == (True, ""), "lists are read over shoulders"


@pytest.mark.parametrize("wish", [Wish(avoid=("telephone",)), Wish(only_answers=True)])
async def test_nor_where_it_is_not_wanted(desk: Desk, wish: Wish) -> None:
    await desk.fails(Rejected("bad_request"))
    await desk.wishes(wish)
    one = await desk.only()
    assert ("telephone" in one.choices, one.wish) == (False, wish)


async def test_only_who_has_the_ticket_sees_and_decides(desk: Desk, hire: Hire) -> None:
    await desk.fails(Rejected("bad_request"))
    item = (await desk.only()).id
    stranger = await hire("sato", "taiki.kodomo")
    found = await desk.sees(stranger)
    assert (found.open, found.elsewhere) == ((), None)
    with pytest.raises(NotYours):
        await desk.decides("let_be", stranger, item)
    async with desk.store.town("taiki") as session:
        ticket = await session.scalar(select(TicketWindow.ticket_id))
        session.add(TicketWindow(
            id=new_id(NOW), municipality_id="taiki", created_at=NOW, ticket_id=ticket, window_id="taiki.kodomo", role="asked",
        ))
    (offered,) = (await desk.sees(stranger)).open
    assert offered.choices == (), "whom it is only offered to reads"
    with pytest.raises(OnlyAsked):
        await desk.decides("let_be", stranger, item)
    coordinator = await hire("takahashi", role="coordinator")
    await desk.decides("let_be", coordinator, item)
    with pytest.raises(NothingToDecide):
        await desk.decides("again", item=item)


async def test_another_tickets_words_are_not_decided_about(desk: Desk, open_ticket: OpenTicket) -> None:
    await desk.fails(Rejected("bad_request"))
    item = (await desk.only()).id
    desk.number = await open_ticket("べつの相談です")
    with pytest.raises(NothingToDecide):
        await desk.decides("let_be", item=item)


async def test_talks_without_a_ticket_are_a_number_for_the_coordinator(store: Store, hire: Hire) -> None:
    who = await resident(store, await account(store))
    await who.told("自動のお返事です")
    await Post(store, Scripted([Rejected("bad_request")])).drain()
    coordinator = await hire("takahashi", role="coordinator")
    async with store.reading("taiki") as session:
        found = await unsent.overview(session, coordinator, now=NOW)
        hidden = await unsent.overview(session, replace(coordinator, role="staff"), now=NOW)
    assert (found.open, found.elsewhere, hidden.elsewhere) == ((), 1, None)


async def test_the_newest_come_first_and_the_rest_is_counted(desk: Desk) -> None:
    async with desk.store.town("taiki") as session:
        conversation = await session.get_one(Conversation, desk.who.conversation_id)
        for number in range(unsent.SHOWN + 2):
            session.add(OutboxItem(
                id=new_id(NOW), municipality_id="taiki", created_at=NOW + timedelta(seconds=number), data_key_id=conversation.data_key_id,
                data_key=conversation.data_key, conversation_id=conversation.id, account_id=desk.who.account_id, channel="line",
                first_sequence=0, last_sequence=0, due_at=NOW, status="failed", error="bad_request", payload={"bubbles": []},
            ))
        assert await session.scalar(select(UnsentDecision)) is None
    found = await desk.sees()
    assert (len(found.open), found.more) == (unsent.SHOWN, 2)
    assert found.open[0].at > found.open[-1].at
