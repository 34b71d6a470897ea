"""Webhooks of a town: every event once and in its time, without content; tried for a day; told what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from bots.errors import Rejected, Retryable
from handoff.intake.breaker import STOPPED
from handoff.notices import hooks
from handoff.notices.hooks import KINDS, PAUSES, BadEndpoint, Hooks
from handoff.store.db import Store
from handoff.store.events import emit
from handoff.store.models import Ticket, WebhookEndpoint
from tests.handoff.desk.conftest import NOON, OpenTicket, open_ticket, towns
from tests.handoff.notices.conftest import Hour, hired

__all__ = ["open_ticket", "towns"]
URL = "https://hooks.example.jp/a-secret-path"


@dataclass
class Other:
    """The other system by hand."""

    faults: list[Exception] = field(default_factory=list)
    heard: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)

    async def post(self, url: str, secret: str, *, key: str, at: datetime, body: Any) -> int:
        if self.faults:
            raise self.faults.pop(0)
        self.heard.append((url, key, body))
        return 200


async def listening(store: Store, *kinds: str) -> Any:
    async with store.town("taiki") as session:
        return await hooks.add(
            session, town="taiki", name="kintone", url=URL, secret="whsec_AAAA", kinds=kinds or KINDS, staff_id=None,
            now=NOON,
        )


def running(store: Store, clock: Hour, other: Other) -> Hooks:
    return Hooks(store, clock, other, Random(1))


async def settle(some: Hooks) -> None:
    while await some.drain():
        pass


async def test_each_event_is_told_once_and_without_content(store: Store, open_ticket: OpenTicket) -> None:
    clock, other = Hour(NOON), Other()
    before = await open_ticket("前からの話")
    await listening(store)
    number = await open_ticket("家賃が払えません。死にたい", urgency="urgent", crisis=("suicide",))
    await settle(running(store, clock, other))
    await settle(running(store, clock, other))
    ((url, _, body),) = other.heard
    assert url == URL
    assert body == {
        "type": "ticket.opened", "timestamp": NOON.isoformat(timespec="seconds"),
        "data": {"municipality": "taiki", "number": number},
    }
    assert before != number
    async with store.reading("taiki") as session:
        (endpoint,) = await hooks.endpoints(session)
        assert (endpoint.host, endpoint.name) == ("hooks.example.jp", "kintone")
        row = await session.get_one(WebhookEndpoint, endpoint.id)
        assert b"a-secret-path" not in row.target_sealed


async def test_a_stopped_channel_is_told_without_a_number(light: Store) -> None:
    clock, other = Hour(NOON), Other()
    await listening(light)
    async with light.town("taiki") as session:
        await emit(session, kind=STOPPED)
    await settle(running(light, clock, other))
    ((_, _, body),) = other.heard
    assert body == {
        "type": "channel.stopped", "timestamp": NOON.isoformat(timespec="seconds"), "data": {"municipality": "taiki"},
    }


async def test_only_what_was_chosen_and_many_changes_are_one(store: Store, open_ticket: OpenTicket) -> None:
    clock, other = Hour(NOON), Other()
    await listening(store, "ticket.changed")
    number = await open_ticket("家賃のこと")
    async with store.reading("taiki") as session:
        ticket = (await session.scalars(select(Ticket).where(Ticket.number == number))).one()
    for _ in range(3):
        async with store.town("taiki") as session:
            await emit(session, kind="ticket_changed", ticket_id=ticket.id)
    await settle(running(store, clock, other))
    assert [body["type"] for _, _, body in other.heard] == ["ticket.changed"]


async def test_it_is_tried_for_a_day_and_then_shown_as_failed(store: Store, open_ticket: OpenTicket) -> None:
    clock, other = Hour(NOON), Other([Retryable("http_500")] * 50)
    await listening(store)
    await open_ticket()
    some = running(store, clock, other)
    tries = 0
    while True:
        left = len(other.faults)
        await settle(some)
        tries += left - len(other.faults)
        async with store.reading("taiki") as session:
            (line,) = await hooks.log_of(session)
        if line.status == "failed":
            break
        clock.now += timedelta(minutes=5)
    assert tries == len(PAUSES)
    assert timedelta(hours=10) < clock.now - NOON < timedelta(hours=26)
    assert (line.attempts, line.error) == (len(PAUSES), "http_500")
    admin = await hired(store, "kanri", now=NOON)
    other.faults.clear()
    async with store.town("taiki") as session:
        assert await hooks.redeliver(session, line.id, staff_id=admin.id, now=clock.now)
    await settle(some)
    async with store.reading("taiki") as session:
        (again,) = await hooks.log_of(session)
    assert (again.status, again.answer) == ("sent", 200)


@pytest.mark.parametrize("code", ["gone", "private_address"])
async def test_what_will_never_work_stops_the_endpoint(store: Store, open_ticket: OpenTicket, code: str) -> None:
    clock, other = Hour(NOON), Other([Rejected(code)])
    await listening(store)
    await open_ticket()
    some = running(store, clock, other)
    await settle(some)
    await open_ticket()
    await settle(some)
    assert other.heard == []
    async with store.reading("taiki") as session:
        (endpoint,) = await hooks.endpoints(session)
    assert endpoint.stop_reason == code


async def test_a_fault_of_ours_counts_as_a_try(store: Store, open_ticket: OpenTicket) -> None:
    """Else it would come again each minute for ever."""
    clock, other = Hour(NOON), Other([UnicodeError("https://hooks.example.jp/a-secret-path")])
    await listening(store)
    await open_ticket()
    await settle(running(store, clock, other))
    async with store.reading("taiki") as session:
        (line,) = await hooks.log_of(session)
    assert (line.status, line.attempts, line.error) == ("queued", 1, "UnicodeError")


async def test_a_worker_that_died_in_between_is_taken_over(store: Store, open_ticket: OpenTicket) -> None:
    clock, other = Hour(NOON), Other()
    await listening(store)
    await open_ticket()
    some = running(store, clock, other)
    await some._follow()
    (due,) = await some._due()
    assert await some._claim(*due) is not None
    await settle(some)
    assert other.heard == []
    clock.now += timedelta(minutes=2)
    await settle(some)
    assert len(other.heard) == 1


async def test_removing_forgets_everything(store: Store, open_ticket: OpenTicket) -> None:
    endpoint = await listening(store)
    await open_ticket()
    await settle(running(store, Hour(NOON), Other()))
    async with store.town("taiki") as session:
        assert await hooks.remove(session, endpoint, staff_id=None, now=NOON)
    async with store.reading("taiki") as session:
        assert (await hooks.endpoints(session), await hooks.log_of(session)) == ((), ())


async def test_bad_endpoints_are_refused_in_words(store: Store) -> None:
    async with store.town("taiki") as session:
        for name, kinds in (("", KINDS), ("あ" * 61, KINDS), ("kintone", ("other",))):
            with pytest.raises(BadEndpoint):
                await hooks.add(
                    session, town="taiki", name=name, url=URL, secret="s", kinds=kinds, staff_id=None, now=NOON
                )
