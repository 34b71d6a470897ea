"""What residents see of how far their words have come: with staff or not yet, when they are read, how many wait before."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from handoff.intake.passing import Passing, passing_of
from handoff.intake.voice import Voice
from handoff.store.db import Store
from handoff.store.models import Conversation, Ticket
from knowledge.loader import Knowledge
from tests.handoff.intake.talk import TOKYO, TUESDAY, ScriptedTriage, Talk
from triage.types import Decision, Reason

ROUTED = Decision(action="route", text="", fields=("elderly",), urgency="normal", reasons=(Reason("care", "介護のこと"),))


SATURDAY = datetime(2026, 11, 21, 14, 0, tzinfo=TOKYO)
"""The Saturday before 勤労感謝の日, a Monday."""


async def seen(talk: Talk, conversation_id: UUID, language: str = "ja") -> Passing:
    voice = Voice(talk.dialogue.knowledge, talk.dialogue.knowledge.towns["taiki"], talk.now, language)
    async with talk.store.reading("taiki") as session:
        return await passing_of(session, conversation_id, voice)


async def conversations(talk: Talk) -> list[UUID]:
    async with talk.store.reading("taiki") as session:
        return list(await session.scalars(select(Conversation.id).order_by(Conversation.created_at)))


async def test_saturday_before_a_holiday_says_tuesday(light: Store, knowledge: Knowledge) -> None:
    talk = await Talk.begin(light, knowledge, ScriptedTriage([ROUTED]), now=SATURDAY)
    await talk.says("母の介護のことです")
    (mine,) = await conversations(talk)
    first = await seen(talk, mine)
    assert (first.upto, first.ahead) == (1, 0)
    assert "11月24日（火）8:30" in str(first.reading)
    assert "24" in str((await seen(talk, mine, "en")).reading)
    assert (await seen(talk, mine, "en")).reading != first.reading
    talk.now = TUESDAY
    assert "順番に読みます" in str((await seen(talk, mine)).reading)
    await talk.close()


async def test_who_came_before_is_counted_until_answered(light: Store, knowledge: Knowledge) -> None:
    talk = await Talk.begin(light, knowledge, ScriptedTriage([ROUTED]))
    for number in range(3):
        talk.now += timedelta(minutes=1)
        await talk.says("母の介護のことです", user=f"U{number}")
    *_, mine = await conversations(talk)
    assert (await seen(talk, mine)).ahead == 2
    async with light.town("taiki") as session:
        first, second, _ = await session.scalars(select(Ticket).order_by(Ticket.created_at))
        first.restricted = True
        second.status = "resolved"
    assert (await seen(talk, mine)).ahead == 0, "a restricted matter is in no figure; a closed one waits no more"
    await talk.close()


async def test_what_is_not_read_yet_is_not_with_staff(light: Store, knowledge: Knowledge) -> None:
    talk = await Talk.begin(light, knowledge, ScriptedTriage([Decision(action="chat", text="", reasons=(Reason("chat_greeting", "あいさつ"),))]))
    await talk.says("こんにちは")
    (mine,) = await conversations(talk)
    assert await seen(talk, mine) == Passing(), "the bot has answered, nobody waits"
    await talk.close()


async def test_an_answer_ends_the_waiting(light: Store, knowledge: Knowledge) -> None:
    talk = await Talk.begin(light, knowledge, ScriptedTriage([ROUTED]))
    await talk.says("母の介護のことです")
    (mine,) = await conversations(talk)
    async with light.town("taiki") as session:
        (ticket,) = await session.scalars(select(Ticket))
        ticket.last_staff_at = talk.now + timedelta(minutes=5)
    after = await seen(talk, mine)
    assert (after.upto, after.reading) == (1, None)
    talk.now += timedelta(hours=1)
    await talk.says("もうひとつ聞きたいです")
    assert (await seen(talk, mine)).reading is not None
    await talk.close()
