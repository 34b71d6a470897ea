"""Whom staff work for: told by the windows or by hand, beside the name, and on the record where a matter is given to another body."""

from collections.abc import Mapping

from sqlalchemy import select

from handoff.desk import custody, roster
from handoff.desk.organisations import of_windows
from handoff.desk.staff import find
from handoff.store.db import Store
from handoff.store.models import AuditEntry
from knowledge.schema import Town
from tests.handoff.desk.conftest import NOON, Hire, OpenTicket

SHAKYO = "長泉町社会福祉協議会"


def test_windows_of_one_other_body_say_whom_somebody_works_for(towns: Mapping[str, Town]) -> None:
    town = towns["nagaizumi"]
    assert of_windows({"nagaizumi.shakyo", "nagaizumi.shakyo_sanka"}, town) == SHAKYO
    assert of_windows({"nagaizumi.fukkokai"}, town) == "公益財団法人復康会"
    assert of_windows({"nagaizumi.hokatsu"}, town) == "地域包括支援センター", "社会福祉法人（委託） names nobody"
    assert of_windows({"nagaizumi.fukushi_hoken"}, town) is None
    assert of_windows({"nagaizumi.shakyo", "nagaizumi.fukushi_hoken"}, town) is None, "seated at ours too: a person decides"
    assert of_windows((), town) is None


async def test_the_body_stands_beside_the_name_and_is_changed_only_when_said(store: Store, hire: Hire) -> None:
    await hire("sato", "taiki.fukushi")
    await roster.move(store, "sato", windows=None, role=None, organisation="大樹町社会福祉協議会", now=NOON)
    await roster.move(store, "sato", windows=["taiki.kodomo"], role=None, now=NOON)
    assert (await find(store, "sato")).called == "sato（大樹町社会福祉協議会）"
    await roster.move(store, "sato", windows=None, role=None, organisation="", now=NOON)
    assert (await find(store, "sato")).called == "sato"


async def test_giving_a_matter_to_another_body_says_so_on_the_record(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    number = await open_ticket("家賃が払えません")
    own = await hire("suzuki", "taiki.fukushi")
    other = await hire("sato", "taiki.fukushi")
    await roster.move(store, "sato", windows=None, role=None, organisation="大樹町社会福祉協議会", now=NOON)
    async with store.town("taiki") as session:
        await custody.assign(session, own, number, to=other.id, expected=None, now=NOON)
        await custody.assign(session, own, number, to=own.id, expected=other.id, now=NOON)
    async with store.reading("taiki") as session:
        rows = await session.scalars(select(AuditEntry).where(AuditEntry.action == "assigned").order_by(AuditEntry.sequence))
        assert [row.reason for row in rows] == ["大樹町社会福祉協議会", None]
