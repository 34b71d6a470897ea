"""受け皿がない: a report by field, and the agenda of a plan meeting, without anybody's words and without restricted ones."""

from collections.abc import Mapping

from sqlalchemy import select

from handoff.desk import custody
from handoff.desk.closing import Ending
from handoff.desk.staff import SignedIn
from handoff.store.db import Store
from handoff.store.models import MeetingRecord, Ticket
from knowledge.schema import Town
from tests.api.test_coordination import Desk, app, desk
from tests.databases import at_noon
from tests.handoff.coordination import conftest as room
from tests.handoff.coordination.conftest import Hire, flagged

__all__ = ["app", "desk"]
database_url, towns, store, hire = room.database_url, room.towns, room.store, room.hire
fukkokai, shakyo = room.fukkokai, room.shakyo


async def ended(store: Store, town: Town, staff: SignedIn, missing: str, *, restricted: bool = False) -> str:
    number = await flagged(store, town, "nagaizumi.shakyo_sanka", words="ひみつのことば", fields=("poverty",))
    async with store.town(town.id) as session:
        ticket = (await session.scalars(select(Ticket).where(Ticket.number == number))).one()
        ticket.restricted = restricted
        ending = Ending(note=missing, check="本人に電話で確かめた（鈴木）")
        await custody.resolve(session, staff, number, outcome="no_resource", ending=ending, now=at_noon())
    return number


async def test_gaps_are_reported_by_field_and_become_an_agenda(
    desk: Desk, store: Store, towns: Mapping[str, Town], fukkokai: SignedIn
) -> None:
    town = towns["nagaizumi"]
    one = await ended(store, town, fukkokai, "夜に泊まれる所がない")
    other = await ended(store, town, fukkokai, "若い人が通える場がない")
    hidden = await ended(store, town, fukkokai, "避難できる所がない", restricted=True)
    page = await desk.get("fukko", "/staff/gaps")
    assert "夜に泊まれる所がない" in page
    assert "ひみつのことば" not in page
    assert f'name="gap" value="{hidden}"' not in page, "a restricted matter is no agenda"
    assert "<td>3</td>" in page
    await desk.post("fukko", "/staff/gaps/agenda", 422, meeting="ichiban_ii")
    chosen = {"meeting": "ichiban_ii", "at": "2026-12-10", "gap": [one, other, hidden]}
    answer = await (await desk.of("fukko")).post("/staff/gaps/agenda", data=chosen)
    assert answer.status_code == 303, answer.text
    paper = await desk.get("fukko", answer.headers["location"])
    assert "受け皿がないもの（2026年度、2件）" in paper
    assert "夜に泊まれる所がない" in paper
    for word in ("避難できる所", "ひみつのことば", one):
        assert word not in paper
    async with store.reading("nagaizumi") as session:
        (meeting,) = await session.scalars(select(MeetingRecord))
        assert (meeting.case_id, meeting.kind, meeting.state) == (None, "plan", "called")


async def test_who_does_not_call_the_meeting_makes_no_agenda(
    desk: Desk, store: Store, towns: Mapping[str, Town], fukkokai: SignedIn, shakyo: SignedIn, hire: Hire
) -> None:
    number = await ended(store, towns["nagaizumi"], fukkokai, "夜に泊まれる所がない")
    page = await desk.get("shakyo", "/staff/gaps")
    assert "夜に泊まれる所がない" in page
    assert "会議の議題にする" not in page
    await desk.post("shakyo", "/staff/gaps/agenda", 422, meeting="ichiban_ii", gap=number)
    await hire("hoka", "nagaizumi.pal")
    assert "夜に泊まれる所がない" not in await desk.get("hoka", "/staff/gaps")
