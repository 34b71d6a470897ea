"""Somebody asks about somebody else: understood from the data, answered like anything, told to the named alone."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from handoff.intake import inquiry
from handoff.intake.safety import hide, keep, wish_of
from handoff.store.db import Store
from handoff.store.models import AuditEntry, Conversation, Counter, Event, Ticket
from knowledge.loader import Knowledge
from tests.databases import at_noon
from tests.handoff.intake.talk import TUESDAY, ScriptedTriage, Talk
from tests.handoff.intake.test_dialogue import ROUTE
from tests.handoff.intake.test_scenarios import HIT, SEEKS
from tests.whole import knowledge as whole
from triage.types import Decision

WORDS = whole().inquiry
assert WORDS is not None
ASKED = "妻がそちらに相談していませんか。子どもをつれて出ました"
LATER = TUESDAY + timedelta(minutes=1)


@pytest.mark.parametrize("text", [*WORDS.examples, "うちの女房、役所に来なかったか確認したい", "娘はどこに引っ越したんですか？教えてください",
                                  "旦那が相談に来たかどうか教えて", "息子がそっちに世話になってるよね"])
def test_an_inquiry(text: str) -> None:
    assert inquiry.asks(text, WORDS)


@pytest.mark.parametrize("text", [*WORDS.counterexamples, "母と二人で暮らしています。家賃が払えません", "夫が家にいません", "家族で相談しました",
                                  "子どもの預け先を探しています", "息子が仕事を探して困っています", "こんにちは"])
def test_none(text: str) -> None:
    assert not inquiry.asks(text, WORDS)


def test_without_words_nobody_asks() -> None:
    assert not inquiry.asks(ASKED, None)


async def answer(one: Talk, text: str) -> list[str]:
    """What the bot says to it, whatever others are told meanwhile."""
    known = {message.id for message in await one.messages()}
    await one.says(text)
    return [row.payload["text"] for row in await one.messages() if row.id not in known and row.sender == "bot"]


async def wife_and_husband(store: Store, knowledge: Knowledge) -> tuple[Talk, Talk]:
    hers = await Talk.begin(store, knowledge, ScriptedTriage([HIT]), now=TUESDAY)
    await hers.says("夫になぐられました")
    return hers, await Talk.begin(store, knowledge, ScriptedTriage([SEEKS]), now=TUESDAY)


async def test_the_answer_says_nothing_and_the_named_are_warned_afterwards(light: Store, knowledge: Knowledge) -> None:
    alone = await Talk.begin(light, knowledge, ScriptedTriage([SEEKS]), now=TUESDAY)
    before = await answer(alone, ASKED)
    assert before
    assert await inquiry.warn_once(light, now=LATER) == 1, "nobody to warn, the same work"
    hers, his = await wife_and_husband(light, knowledge)
    assert await answer(his, ASKED) == before
    (hit,) = [one for one in await hers.tickets() if one.restricted]
    assert "inquiries" not in hit.state, "nothing of it in the turn that answers"
    assert await inquiry.warn_once(light, now=at_noon()) == 0, "and nothing before the answer is out"
    assert await inquiry.warn_once(light, now=LATER) == 1
    assert await inquiry.warn_once(light, now=LATER) == 0, "once"
    async with light.reading("taiki") as session:
        tickets = list(await session.scalars(select(Ticket)))
        (warned,) = [one for one in tickets if one.restricted]
        assert len(warned.state["inquiries"]) == 1
        others = [one.state for one in tickets if not one.restricted]
        assert others
        assert all("inquiries" not in state for state in others)
        assert all(state["asks_about_others"] for state in others)
        events = list(await session.scalars(select(Event).where(Event.kind == inquiry.KIND)))
        counter = (await session.scalars(select(Counter).where(
            Counter.municipality_id == "taiki", Counter.name == inquiry.KIND
        ))).one()
        assert counter.value == max(event.sequence for event in events)


async def test_a_look_that_finds_nothing_new_writes_nothing_and_reads_no_other_events(light: Store, knowledge: Knowledge) -> None:
    one = await Talk.begin(light, knowledge, ScriptedTriage([SEEKS]), now=TUESDAY)
    await answer(one, ASKED)
    assert await inquiry.warn_once(light, now=LATER) == 1
    asked: list[tuple[str, Any]] = []
    begun = 0

    def heard(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked.append((statement, parameters))

    def begins(_: Any) -> None:
        nonlocal begun
        begun += 1

    event.listen(light._readers.sync_engine, "before_cursor_execute", heard)
    event.listen(light.engine.sync_engine, "begin", begins)
    assert await inquiry.warn_once(light, now=LATER) == 0
    event.remove(light._readers.sync_engine, "before_cursor_execute", heard)
    event.remove(light.engine.sync_engine, "begin", begins)
    assert begun == 0
    (statement, parameters), *_ = [one for one in asked if "FROM event" in one[0]]
    async with light._readers.connect() as connection:
        plan = (await connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, tuple(parameters))).all()
    steps = " / ".join(str(row) for row in plan)
    assert "INDEX ix_event_kind (kind=?)" in steps, steps


async def test_who_does_not_want_to_be_seen_by_staff_they_know(light: Store, knowledge: Knowledge) -> None:
    rent = Decision(**{**{name: getattr(ROUTE, name) for name in ROUTE.__dataclass_fields__}, "crisis": ()})
    one = await Talk.begin(light, knowledge, ScriptedTriage([rent]), now=TUESDAY)
    said = await one.says("家賃が払えません。知り合いの職員に見せないでください")
    assert any("知り合いの職員には見せない" in bubble for bubble in said)
    (ticket,) = await one.tickets()
    assert ticket.restricted
    async with light.town("taiki") as session:
        row = (await session.scalars(select(Ticket))).one()
        reasons = [entry.reason for entry in await session.scalars(select(AuditEntry).where(AuditEntry.action == "restricted"))]
        assert reasons == ["本人の希望（知り合いの職員に見せない）"]
        row.restricted = False  # a coordinator has lifted it
    await one.says("お願いします")
    assert not (await one.tickets())[0].restricted, "what a person has lifted stays so"


async def test_the_wish_may_come_before_there_is_a_ticket(light: Store, knowledge: Knowledge) -> None:
    greeting = Decision(action="chat", text="")
    one = await Talk.begin(light, knowledge, ScriptedTriage([greeting, ROUTE]), now=TUESDAY)
    await one.says("役場に知り合いがいるので見られたくないです")
    assert await one.tickets() == []
    await one.says("家賃が払えません")
    assert (await one.tickets())[0].restricted
    async with light.town("taiki") as session:
        row = (await session.scalars(select(Conversation))).one()
        wish = await wish_of(session, row.id)
        assert wish.known_staff
        await keep(session, row, wish, now=LATER)
        await hide(session, row.id, now=LATER)


async def test_who_hides_from_somebody_near_is_read_by_the_named_alone(light: Store, knowledge: Knowledge) -> None:
    quiet = Decision(**{**{name: getattr(ROUTE, name) for name in ROUTE.__dataclass_fields__}, "crisis": ()})
    one = await Talk.begin(light, knowledge, ScriptedTriage([quiet]), now=TUESDAY)
    await one.says("子どもを連れて家を出た。夫には絶対に教えないで")
    (ticket,) = await one.tickets()
    assert ticket.restricted
    assert not ticket.state.get("wished_hidden"), "of staff they know nothing was said"
    async with light.town("taiki") as session:
        row = (await session.scalars(select(Ticket))).one()
        row.restricted = False  # a coordinator has lifted it
    await one.says("お願いします")
    assert not (await one.tickets())[0].restricted, "what a person has lifted stays so"


async def test_a_secret_alone_restricts_nothing(light: Store, knowledge: Knowledge) -> None:
    quiet = Decision(**{**{name: getattr(ROUTE, name) for name in ROUTE.__dataclass_fields__}, "crisis": ()})
    one = await Talk.begin(light, knowledge, ScriptedTriage([quiet]), now=TUESDAY)
    await one.says("家賃が払えません。夫に知られたくないです")
    assert not (await one.tickets())[0].restricted
