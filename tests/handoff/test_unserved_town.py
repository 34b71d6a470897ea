"""A town that the knowledge has not (its files are wrong, and none were ever good here): its matters wait until it is back,
and nobody else's wait with them.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from handoff.desk import handover
from handoff.desk.hours import TOKYO
from handoff.intake import inbox, outbox
from handoff.intake.entrance import Doors
from handoff.notices import watch
from handoff.notices.digest import Digests
from handoff.store.db import Store
from knowledge.loader import Knowledge
from knowledge.schema import Town
from tests.handoff.desk.conftest import NOON, Hire, OpenTicket, hire, open_ticket, towns
from tests.handoff.desk.test_handover import offered
from tests.handoff.intake.outgoing import NOW, account, resident
from tests.handoff.intake.talk import ScriptedTriage, Talk
from tests.handoff.intake.test_dialogue import CHAT
from tests.handoff.notices.conftest import SITE, Hour, Posted, calls
from tests.handoff.notices.test_digest import wants
from tests.handoff.notices.test_residents import Resident
from tests.handoff.notices.test_residents import resident as online
from tests.handoff.notices.test_watch import WORDS, Night

__all__ = ["hire", "online", "open_ticket", "towns"]
PAGE = "https://soudan.example.jp"


def without_taiki(knowledge: Knowledge) -> Knowledge:
    return replace(knowledge, towns={name: town for name, town in knowledge.towns.items() if name != "taiki"})


async def test_what_is_said_waits(store: Store, knowledge: Knowledge) -> None:
    one = await resident(store, await account(store))
    await one.told("はい")
    assert await outbox.claim(store, now=NOW, doors=Doors(PAGE, without_taiki(knowledge))) == []
    assert len(await outbox.claim(store, now=NOW, doors=Doors(PAGE, knowledge))) == 1


async def test_what_comes_in_waits_and_counts_no_try(light: Store, knowledge: Knowledge) -> None:
    talk = await Talk.begin(light, knowledge, ScriptedTriage([CHAT]))
    await talk.send(talk.text("家賃が払えません"))
    later = talk.now + inbox.LONGEST
    assert await inbox.claim_some(light, now=later, most=8, towns=without_taiki(knowledge).towns) == []
    (claim,) = await inbox.claim_some(light, now=later, most=8, towns=knowledge.towns)
    assert claim.attempts == 1
    await talk.close()


async def test_the_night_watch_of_the_others_goes_on(light: Store, knowledge: Knowledge) -> None:
    night = await Night.begin(light, knowledge, post=Posted())
    await night.talk.says(WORDS)
    assert await watch.advance(light, without_taiki(night.knowledge).towns, now=night.clock.now) == 0
    await watch.advance(light, night.knowledge.towns, now=night.clock.now)
    elsewhere = replace(night.calls, minutes=lambda: {"itoman": 10})
    assert await elsewhere.drain() == 0, "the link would open nothing"
    assert await calls(light, night.clock, night.post).drain() == 1


async def test_handovers_of_the_others_come_back(
    store: Store, knowledge: Knowledge, hire: Hire, open_ticket: OpenTicket, towns: Mapping[str, Town]
) -> None:
    sender = await hire("sender", "taiki.fukushi")
    await offered(store, sender, await open_ticket(), towns["taiki"])
    late = datetime(2026, 12, 24, 12, 0, tzinfo=TOKYO)
    assert await handover.return_late(store, without_taiki(knowledge).towns, now=late) == 0
    assert await handover.return_late(store, towns, now=late) == 1


async def test_mails_to_staff_and_to_residents_wait(
    store: Store, knowledge: Knowledge, hire: Hire, online: Resident
) -> None:
    await wants(store, await hire("suzuki", "taiki.fukushi"))
    digests = Digests(store, Hour(NOON + timedelta(minutes=1)), Posted(), SITE)
    assert await digests.drain(without_taiki(knowledge).towns) == 0
    assert await digests.drain(knowledge.towns) == 1
    await online.asks()
    await online.hears()
    online.mails = replace(online.mails, towns=lambda: without_taiki(knowledge).towns)
    assert await online.later() == 0
    online.mails = replace(online.mails, towns=lambda: knowledge.towns)
    assert await online.later(timedelta(0)) == 1
