"""Another body is named and not shown: the town's own window has the matter until somebody may hand it over."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from handoff.desk import answers, introduction, linking, restriction
from handoff.desk.access import NotYours, held_by, in_hand
from handoff.desk.handover import NoSuchWindow
from handoff.desk.queue import Filters, TicketLine, list_for
from handoff.desk.routing import windows_for
from handoff.desk.seating import GROUND_IN_DANGER, Seats, is_outside, seats_for
from handoff.desk.staff import SignedIn
from handoff.store.db import Store
from handoff.store.models import AuditEntry, TicketWindow
from knowledge.schema import Town
from tests.handoff.desk.conftest import NOON, Hire, OpenTicket, conversation_of, decision_on

LATER = NOON + timedelta(minutes=10)
OWN, BODY = "taiki.fukushi", "taiki.togachi_anshin"
BOTH = (OWN, BODY)
DANGER = {"urgency": "emergency", "crisis": ("no_food",)}
Towns = Mapping[str, Town]


async def roles(store: Store) -> dict[str, str]:
    async with store.reading("taiki") as session:
        return {row.window_id: row.role for row in await session.scalars(select(TicketWindow))}


async def listed(store: Store, staff: SignedIn, **more: object) -> list[TicketLine]:
    async with store.reading("taiki") as session:
        return await list_for(session, staff, Filters(**more))  # type: ignore[arg-type]


async def opens(store: Store, staff: SignedIn, number: str) -> bool:
    """Whether the ticket is theirs: on its page and in their list alike."""
    try:
        async with store.town("taiki") as session:
            await held_by(session, staff, number)
        found = True
    except NotYours:
        found = False
    assert found == (number in [line.number for line in await listed(store, staff)])
    return found


def test_the_pack_says_who_is_outside(towns: Towns) -> None:
    town = towns["nagaizumi"]
    assert is_outside("nagaizumi.shakyo", town), "commissioned by the prefecture, not by the town"
    assert not is_outside("nagaizumi.shakyo_sanka", town), "the same corporation, commissioned by the town"
    assert not is_outside("itoman.kurashi", towns["itoman"])
    assert not is_outside("nagaizumi.gone", town)
    led = town.municipality.coordinator.model_copy(update={"window": "shakyo"})
    its = town.model_copy(update={"municipality": town.municipality.model_copy(update={"coordinator": led})})
    assert not is_outside("nagaizumi.shakyo", its), "who coordinates for the town works for it"


def test_somebody_of_the_town_always_has_it(towns: Towns) -> None:
    """Wherever another body is named alone, the town's own window for the field stands in front."""
    poor = decision_on("お金がない")
    town = towns["nagaizumi"]
    assert windows_for(poor, town) == ("nagaizumi.fukushi_hoken", "nagaizumi.shakyo")
    assert seats_for(windows_for(poor, town), poor, town) == Seats(("nagaizumi.fukushi_hoken",), ("nagaizumi.shakyo",))
    assert seats_for(("nagaizumi.shakyo",), replace(poor, fields=()), town).own == ("nagaizumi.fukushi_hoken",)
    bullied = decision_on("いじめ", fields=("child",), topics=("bullying_school",))
    city = towns["yokkaichi"]
    assert windows_for(bullied, city) == ("yokkaichi.shido",)
    (front,) = seats_for(windows_for(bullied, city), bullied, city).own
    assert not is_outside(front, city)
    assert "child" in city.window(front).fields


@pytest.mark.parametrize("town", ["taiki", "itoman", "nagaizumi", "katsuyama", "yokkaichi"])
def test_no_window_alone_leaves_a_matter_to_another_body(towns: Towns, town: str) -> None:
    for window in towns[town].windows:
        seats = seats_for((f"{town}.{window.id}",), decision_on("困った"), towns[town])
        assert seats.own
        assert not any(is_outside(one, towns[town]) for one in seats.own)


async def test_another_body_is_named_and_reads_nothing(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    body, own, boss = await hire("body", BODY), await hire("own", OWN), await hire("boss", role="coordinator")
    number = await open_ticket(windows=(BODY, OWN))
    assert await roles(store) == {OWN: "main", BODY: "named"}
    assert not await opens(store, body, number)
    assert await opens(store, own, number)
    (line,) = await listed(store, boss, window=BODY)
    assert (line.windows, line.named, line.opened) == ((OWN,), (BODY,), ())
    assert line.due_at is not None, "nobody waits the longer for it"
    with pytest.raises(NotYours):
        async with store.town("taiki") as session:
            await answers.reply(session, body, number, text="こんにちは", now=LATER)


async def test_later_words_do_not_open_it_either(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    body, talk = await hire("body", BODY), await conversation_of(store, "お金がない")
    number = await open_ticket("お金がない", conversation=talk)
    await open_ticket("家賃も", conversation=talk, windows=BOTH, urgency="urgent", now=LATER)
    assert await roles(store) == {OWN: "main", BODY: "named"}
    assert not await opens(store, body, number)


async def test_where_life_is_in_danger_it_is_open_at_once_and_on_record(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    body, talk = await hire("body", BODY), await conversation_of(store, "食べていない")
    number = await open_ticket("食べていない", conversation=talk, windows=BOTH)
    await open_ticket("もう三日", conversation=talk, windows=BOTH, now=LATER, **DANGER)
    assert await opens(store, body, number)
    await open_ticket("少し落ち着いた", conversation=talk, windows=BOTH, now=LATER)
    assert await roles(store) == {OWN: "main", BODY: "outside"}, "calmer words take nothing back"
    async with store.town("taiki") as session:
        await in_hand(session, body, number)
        entries = list(await session.scalars(select(AuditEntry).where(AuditEntry.action == "opened_in_danger")))
        assert [(one.staff_id, one.reason) for one in entries] == [(None, f"{BODY} {GROUND_IN_DANGER}")]


async def test_a_danger_that_is_not_pressing_opens_nothing(store: Store, open_ticket: OpenTicket) -> None:
    await open_ticket(windows=BOTH, urgency="urgent", crisis=("no_food",))
    assert (await roles(store))[BODY] == "named"


async def test_what_is_restricted_is_open_to_no_other_body(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    body, talk = await hire("body", BODY), await conversation_of(store, "食べていない")
    number = await open_ticket("食べていない", conversation=talk, windows=BOTH, **DANGER)
    assert await opens(store, body, number)
    await open_ticket("夫がなぐる", conversation=talk, windows=BOTH, now=LATER, urgency="emergency", crisis=("dv",))
    assert (await roles(store))[BODY] == "named"
    assert not await opens(store, body, number)


async def test_who_restricts_by_hand_closes_it_to_the_other_body(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    own, body, boss = await hire("own", OWN), await hire("body", BODY), await hire("boss", role="coordinator")
    number = await open_ticket("食べていない", windows=BOTH, **DANGER)
    async with store.town("taiki") as session:
        await restriction.restrict(session, own, number, reason="知り合いが社協にいる", now=LATER)
    assert not await opens(store, body, number)
    async with store.town("taiki") as session:
        await restriction.lift(session, boss, number, reason="間違い", now=LATER)
    assert not await opens(store, body, number), "lifting it hands nothing over by itself"


async def test_staff_decide_about_the_body_and_triage_names_it_no_more(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    own, body, talk = await hire("own", OWN), await hire("body", BODY), await conversation_of(store, "お金がない")
    number = await open_ticket("食べていない", conversation=talk, windows=BOTH, **DANGER)
    for wrong in (OWN, "taiki.gakko"):
        with pytest.raises(NoSuchWindow):
            async with store.town("taiki") as session:
                await introduction.set_aside(session, own, number, window=wrong, reason="いらない", now=LATER)
    async with store.town("taiki") as session:
        await introduction.set_aside(session, own, number, window=BODY, reason="本人が望まない", now=LATER)
    await open_ticket("家賃も", conversation=talk, windows=BOTH, now=LATER)
    assert await roles(store) == {OWN: "main"}
    assert not await opens(store, body, number)


async def test_an_introduction_settles_it_and_opens_nothing(
    store: Store, hire: Hire, open_ticket: OpenTicket, towns: Towns
) -> None:
    own, body, number = await hire("own", OWN), await hire("body", BODY), await open_ticket(windows=BOTH)
    async with store.town("taiki") as session:
        await introduction.introduce(
            session, own, number, to_window="togachi_anshin", reason="家計", basis="telephone", ground="", items=[],
            town=towns["taiki"], now=LATER,
        )
    assert await roles(store) == {OWN: "main"}
    assert not await opens(store, body, number)


async def test_two_tickets_of_one_matter_open_neither_to_the_others_body(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    """What a body may read of one because of danger it may not of the other; and what waits to be asked stays."""
    own, body = await hire("own", OWN), await hire("body", BODY)
    kept = await open_ticket("母のこと", urgency="emergency")
    second = await open_ticket("食べていない", windows=BOTH, **DANGER)
    async with store.town("taiki") as session:
        await linking.tie(session, own, kept, second, kind="same", now=LATER)
    assert not await opens(store, body, kept)
    (line,) = [one for one in await listed(store, own) if one.number == kept]
    assert (line.windows, line.named) == ((OWN,), (BODY,))
    async with store.town("taiki") as session:
        link = await _link_of(session, own, line)
        await linking.part(session, own, kept, link, now=LATER)
    (line,) = [one for one in await listed(store, own) if one.number == kept]
    assert line.named == ()


async def _link_of(session: object, own: SignedIn, line: TicketLine) -> UUID:
    (found,) = await linking.links_of(session, own, line)  # type: ignore[arg-type]
    return found.id


async def test_an_old_seat_of_another_body_is_closed_by_the_next_word(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    """Seats from before there was this guard, or from before the pack called the window another body's."""
    body, talk = await hire("body", BODY), await conversation_of(store, "お金がない")
    number = await open_ticket("お金がない", conversation=talk, windows=BOTH)
    async with store.town("taiki") as session:
        for row in await session.scalars(select(TicketWindow)):
            row.role = "second"
    assert await opens(store, body, number)
    await open_ticket("家賃も", conversation=talk, now=LATER)
    assert await roles(store) == {OWN: "main", BODY: "named"}
    assert not await opens(store, body, number)
