"""The worker's steps for staff, as they are wired: settings in, mail out over SMTP."""

from datetime import timedelta

from pydantic import SecretStr
from sqlalchemy import select

from api.noticing import Every, post_of, steps
from handoff.desk.staff import find
from handoff.notices import rota, watch
from handoff.notices.rota import Person
from handoff.store.db import Store
from handoff.store.models import Ticket
from tests.api.conftest import Clock, opened
from tests.api.test_staff_api import hired
from tests.browser.serving import make_services, settings
from tests.databases import at_noon
from tests.fakes.smtp import FakeSmtp
from tests.handoff.notices.conftest import with_night
from tests.whole import knowledge


async def test_a_call_goes_out_over_smtp(store: Store) -> None:
    clock, known = Clock(at_noon()), with_night(knowledge(), "on_call")
    number = await opened(store, crisis=("suicide",), urgency="emergency")
    admin = await find(store, await hired(store, "admin", "taiki.fukushi"))
    async with store.town("taiki") as session:
        await rota.add(session, admin, Person("佐藤", "sato@example.jp"), now=clock.now)
        ticket = (await session.scalars(select(Ticket).where(Ticket.number == number))).one()
        await watch.ring(session, ticket, town=known.towns["taiki"], now=clock.now)
    with FakeSmtp() as post:
        chosen = settings(public_url="https://soudan.example.jp", smtp_url=SecretStr(post.url))
        made = steps(make_services(store, chosen, clock), lambda: known)
        for step in made.values():
            await step()
        ((to, subject, body),) = post.texts()
    assert to == "sato@example.jp"
    assert "受け取りを待っている" in subject
    assert "https://soudan.example.jp/duty/taiki." in body


def test_without_a_mail_server_nobody_is_mailed() -> None:
    assert post_of(settings()) is None


async def test_a_step_by_the_clock_is_not_taken_at_each_look() -> None:
    clock, taken = Clock(at_noon()), []

    async def step() -> int:
        taken.append(clock.now)
        return 0

    every = Every(clock, timedelta(seconds=30), step)
    for _ in range(5):
        await every()
        clock.now += timedelta(seconds=10)
    assert len(taken) == 2
