"""Mail to staff: only who asked, only numbers, only while open, never of what they may not see."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bots.errors import Rejected
from handoff.desk import custody, handover
from handoff.desk.roster import disable
from handoff.desk.staff import SignedIn
from handoff.intake.breaker import STOPPED
from handoff.notices import digest
from handoff.notices.digest import KINDS, Digests
from handoff.notices.rota import BadPerson
from handoff.store.db import Store
from handoff.store.events import emit
from handoff.store.models import StaffMail
from knowledge.loader import Knowledge
from tests.handoff.desk.conftest import NOON, Hire, OpenTicket, hire, open_ticket, towns
from tests.handoff.intake.talk import TOKYO
from tests.handoff.notices.conftest import SITE, Hour, Posted

__all__ = ["hire", "open_ticket", "towns"]


async def wants(store: Store, who: SignedIn, *kinds: str) -> None:
    async with store.town("taiki") as session:
        await digest.want(session, who, to=f"{who.login}@example.jp", kinds=kinds or KINDS, now=NOON)


async def test_numbers_of_what_is_theirs_and_nothing_else(
    store: Store, knowledge: Knowledge, hire: Hire, open_ticket: OpenTicket
) -> None:
    suzuki, tanaka = await hire("suzuki", "taiki.fukushi"), await hire("tanaka", "taiki.kodomo")
    auditor = await hire("kansa", role="auditor")
    for one in (suzuki, tanaka, auditor):
        await wants(store, one)
    clock, post = Hour(NOON + timedelta(minutes=1)), Posted()
    digests = Digests(store, clock, post, SITE)
    first = await open_ticket("家賃が払えない", now=clock.now)
    await open_ticket("死にたい", now=clock.now, urgency="emergency", crisis=("suicide",))
    assert await digests.drain(knowledge.towns) == 3
    ((to, subject, body),) = post.mails
    assert to == "suzuki@example.jp"
    assert body.startswith("新しい案件 2件\n")
    for piece in (first, "taiki-", "家賃", "死", "命", "危"):
        assert piece not in subject + body, piece
    await digests.drain(knowledge.towns)
    assert len(post.mails) == 1
    boss = await hire("kacho", "taiki.fukushi", role="coordinator")
    clock.now += timedelta(minutes=31)
    async with store.town("taiki") as session:
        await custody.assign(session, boss, first, to=suzuki.id, expected=None, now=clock.now)
        await handover.offer(
            session, boss, first, to_window="taiki.kodomo", reason="子どものこと", town=knowledge.towns["taiki"],
            now=clock.now,
        )
    clock.now += timedelta(minutes=1)
    await digests.drain(knowledge.towns)
    told = {to: body.split("\n\n")[0].splitlines() for to, _, body in post.mails[1:]}
    assert told == {
        "suzuki@example.jp": ["あなたの担当になった案件 1件"],
        "tanaka@example.jp": ["新しい案件 1件", "引き継ぎの相談 1件"],
    }


async def test_who_asked_hears_that_answers_cannot_go_out(store: Store, knowledge: Knowledge, hire: Hire) -> None:
    await wants(store, await hire("kanri", role="admin"), "stopped")
    await wants(store, await hire("suzuki", "taiki.fukushi"), "new")
    clock, post = Hour(NOON + timedelta(minutes=1)), Posted()
    for town in ("itoman", "taiki"):
        async with store.town(town) as session:
            await emit(session, kind=STOPPED)
    await Digests(store, clock, post, SITE).drain(knowledge.towns)
    ((to, _, body),) = post.mails
    assert (to, body.splitlines()[0]) == ("kanri@example.jp", "住民へのお返事を送れなくなった（LINEやTelegramの鍵） 1件")


async def test_what_comes_by_night_is_one_mail_in_the_morning(
    store: Store, knowledge: Knowledge, hire: Hire, open_ticket: OpenTicket
) -> None:
    await wants(store, await hire("suzuki", "taiki.fukushi"), "new")
    friday_evening = datetime(2026, 11, 20, 18, 0, tzinfo=TOKYO)
    clock, post = Hour(friday_evening), Posted()
    digests = Digests(store, clock, post, SITE)
    for hours in range(0, 80, 8):
        clock.now = friday_evening + timedelta(hours=hours)
        await open_ticket(f"話{hours}", now=clock.now)
        await digests.drain(knowledge.towns)
    assert post.mails == []
    clock.now = datetime(2026, 11, 24, 8, 31, tzinfo=TOKYO)
    await digests.drain(knowledge.towns)
    assert [body.splitlines()[0] for _, _, body in post.mails] == ["新しい案件 10件"]


async def test_nobody_is_mailed_who_did_not_ask_or_is_gone(
    store: Store, knowledge: Knowledge, hire: Hire, open_ticket: OpenTicket
) -> None:
    suzuki, tanaka = await hire("suzuki", "taiki.fukushi"), await hire("tanaka", "taiki.fukushi")
    await wants(store, suzuki)
    await wants(store, tanaka)
    await disable(store, "tanaka", now=NOON)
    async with store.town("taiki") as session:
        await digest.want(session, suzuki, to="", kinds=[], now=NOON)
    clock, post = Hour(NOON + timedelta(minutes=5)), Posted()
    await open_ticket(now=clock.now)
    await Digests(store, clock, post, SITE).drain(knowledge.towns)
    assert post.mails == []


async def test_the_address_is_sealed_checked_and_its_trouble_shown(
    store: Store, knowledge: Knowledge, hire: Hire, open_ticket: OpenTicket
) -> None:
    suzuki = await hire("suzuki", "taiki.fukushi")
    await wants(store, suzuki)
    async with store.town("taiki") as session:
        for to, kinds in (("nonsense", KINDS), ("a@example.jp", ()), ("", KINDS)):
            with pytest.raises(BadPerson):
                await digest.want(session, suzuki, to=to, kinds=kinds, now=NOON)
    clock, post = Hour(NOON + timedelta(minutes=5)), Posted([Rejected("no_such_address")])
    await open_ticket(now=clock.now)
    await Digests(store, clock, post, SITE).drain(knowledge.towns)
    async with store.reading("taiki") as session:
        found = await digest.wanted(session, suzuki)
        assert found is not None
        assert (found.address, found.error) == ("suzuki@example.jp", "no_such_address")
        row = (await session.scalars(select(StaffMail))).one()
        assert b"suzuki" not in row.address_sealed
