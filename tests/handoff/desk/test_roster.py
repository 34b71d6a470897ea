"""Accounts change hands: who moves sees other windows at once, who leaves sees nothing, and what hangs on them is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from handoff.desk import custody, roster
from handoff.desk.queue import list_for
from handoff.desk.roster import Left
from handoff.desk.sessions import PER_LOGIN, Locked, Refused, login, new_token, of_session, of_token
from handoff.desk.staff import UnknownStaff, colleagues, find
from handoff.notices.rota import Person
from handoff.privacy.audit import verify
from handoff.store.db import Store
from tests.handoff.desk.conftest import NOON, PASSWORD, Hire, OpenTicket
from tests.handoff.notices.conftest import on_rota

NEW = "abcd-efgh-jkmn-pqrs-tuvw"


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """What the readers are asked meanwhile."""
    asked: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        asked.append(statement)

    engine = store._readers.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


async def test_who_moves_sees_the_new_window_from_the_next_request_on(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    await hire("suzuki", "taiki.fukushi")
    number = await open_ticket()
    token = (await login(store, "suzuki", password=PASSWORD, address="192.0.2.7", now=NOON)).token
    before = await of_session(store, token, now=NOON)
    assert before is not None
    async with store.reading("taiki") as session:
        assert [line.number for line in await list_for(session, before)] == [number]
    assert await roster.move(store, "suzuki", windows=["taiki.kodomo"], role=None, now=NOON) == Left(0, False)
    after = await of_session(store, token, now=NOON)
    assert after is not None
    assert (set(after.windows), after.role) == ({"taiki.kodomo"}, "staff")
    async with store.reading("taiki") as session:
        assert await list_for(session, after) == []
    await roster.move(store, "suzuki", windows=None, role="auditor", now=NOON)
    moved = await find(store, "suzuki")
    assert (set(moved.windows), moved.role) == ({"taiki.kodomo"}, "auditor")


async def test_what_hangs_on_who_leaves_is_told(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    suzuki = await hire("suzuki", "taiki.fukushi")
    number = await open_ticket()
    async with store.town("taiki") as session:
        await custody.assign(session, suzuki, number, to=suzuki.id, expected=None, now=NOON)
    await on_rota(store, await hire("kanri", role="admin"), Person("鈴木"), now=NOON, logins=("suzuki",))
    assert await roster.disable(store, "suzuki", now=NOON) == Left(1, True)


async def test_who_comes_back_begins_with_nothing_of_the_old_keys(store: Store, hire: Hire) -> None:
    suzuki = await hire("suzuki", "taiki.fukushi")
    token = await new_token(store, suzuki, now=NOON)
    await roster.disable(store, "suzuki", now=NOON)
    with pytest.raises(UnknownStaff):
        await roster.reset_password(store, "suzuki", password=NEW, now=NOON)
    await roster.enable(store, "suzuki", password=NEW, now=NOON)
    assert await of_token(store, token) is None
    with pytest.raises(Refused):
        await login(store, "suzuki", password=PASSWORD, address="192.0.2.7", now=NOON)
    issued = await login(store, "suzuki", password=NEW, address="192.0.2.7", now=NOON)
    assert (issued.staff.must_change, set(issued.staff.windows)) == (True, {"taiki.fukushi"})
    with pytest.raises(UnknownStaff):
        await roster.enable(store, "suzuki", password=NEW, now=NOON)
    async with store.reading("taiki") as session:
        await verify(session)


async def test_a_new_password_opens_what_wrong_ones_had_locked(store: Store, hire: Hire) -> None:
    """The sign-in page says to tell the admin: that must help."""
    await hire("suzuki", "taiki.fukushi")
    for _ in range(PER_LOGIN[0]):
        with pytest.raises(Refused):
            await login(store, "suzuki", password="x" * 15, address="192.0.2.7", now=NOON)
    with pytest.raises(Locked):
        await login(store, "suzuki", password=PASSWORD, address="192.0.2.7", now=NOON)
    await roster.reset_password(store, "suzuki", password=NEW, now=NOON)
    assert await login(store, "suzuki", password=NEW, address="192.0.2.7", now=NOON + timedelta(seconds=1))


async def test_colleagues_cost_the_same_however_many_they_are(store: Store, hire: Hire) -> None:
    """A ticket's page asks for them each time, with the town's one write lock in hand."""
    costs = []
    for one in range(3):
        await hire(f"officer{one}", "taiki.fukushi", "taiki.kodomo")
        async with store.reading("taiki") as session:
            with statements(store) as asked:
                found = await colleagues(session)
        costs.append(len(asked))
        assert [(who.login, len(who.windows)) for who in found] == [(f"officer{at}", 2) for at in range(one + 1)]
    assert costs == [2, 2, 2]
