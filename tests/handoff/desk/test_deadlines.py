"""By when a town answers: its own choice as data, and a wait of its own for what is written after our answer."""

from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from handoff.desk import answers, tickets
from handoff.desk.deadlines import deadline, deadline_text
from handoff.desk.hours import TOKYO
from handoff.desk.queue import TicketLine, list_for
from handoff.desk.staff import SignedIn
from handoff.store.db import Store
from handoff.store.models import Conversation, Ticket
from knowledge.schema import Town
from knowledge.schema.answer_times import AnswerTimes
from tests.databases import at_noon
from tests.handoff.desk.conftest import NOON, Hire, OpenTicket, conversation_of
from tests.whole import knowledge

FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=TOKYO)
SUNRISE = datetime(2026, 11, 24, 5, 0, tzinfo=TOKYO)
"""Of a working day, before the town hall opens."""


def town(**times: object) -> Town:
    found = knowledge().towns["taiki"]
    chosen = AnswerTimes.model_validate({"source": "決裁", "checked": "2026-11-22", **times})
    return found.model_copy(update={"municipality": found.municipality.model_copy(update={"answer_times": chosen})})


@pytest.mark.parametrize(("urgency", "times", "due", "text"), [
    ("emergency", {"emergency": {"minutes": 30}}, FRIDAY + timedelta(minutes=30), "いますぐ"),
    ("urgent", {"urgent": {"minutes": 60}}, FRIDAY + timedelta(hours=1), "今日17:00まで"),
    ("urgent", {"urgent": {"staffed_hours": 2}}, datetime(2026, 11, 24, 9, 15, tzinfo=TOKYO), "11月24日（火）9:15まで"),
    ("normal", {"normal": {"working_days": 1}}, datetime(2026, 11, 24, 17, 15, tzinfo=TOKYO), "11月24日（火）まで"),
    ("normal", {"normal": {"working_days": 0}}, datetime(2026, 11, 20, 17, 15, tzinfo=TOKYO), "今日17:15まで"),
])
def test_a_town_chooses_in_minutes_staffed_hours_or_working_days(
    urgency: str, times: dict[str, object], due: datetime, text: str
) -> None:
    here = town(**times)
    level = next(one for one in ("emergency", "urgent", "normal") if one == urgency)
    assert deadline(level, here, FRIDAY) == due
    assert deadline_text(level, due, town=here, when=FRIDAY) == text


def test_what_a_town_leaves_out_is_our_line_and_the_morning_is_the_morning() -> None:
    here = town(normal={"working_days": 5})
    due = deadline("urgent", here, SUNRISE)
    assert due == SUNRISE.replace(hour=8, minute=30)
    assert deadline_text("urgent", due, town=here, when=SUNRISE) == "11月24日（火）の朝いちばん（8:30から）"


@pytest.mark.parametrize("wrong", [
    {"emergency": {"working_days": 1}}, {"emergency": {"minutes": 121}}, {"normal": {}}, {"urgent": {"minutes": -1}},
    {"normal": {"minutes": 5, "working_days": 1}},
])
def test_a_danger_waits_for_no_opening_hours_and_each_has_one_measure(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        town(**wrong)


async def line_of(store: Store, staff: SignedIn) -> TicketLine:
    async with store.reading("taiki") as session:
        (line,) = await list_for(session, staff)
    return line


async def test_after_our_answer_a_new_word_waits_anew_and_further_words_put_nothing_off(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    staff, conversation = await hire("suzuki", "taiki.fukushi"), await conversation_of(store, "家賃")
    number = await open_ticket(conversation=conversation)
    first = (await line_of(store, staff)).due_at
    async with store.town("taiki") as session:
        await answers.reply(session, staff, number, text="読みました。", now=NOON + timedelta(hours=1))
    quiet = await line_of(store, staff)
    assert (quiet.waits_since, quiet.overdue(NOON + timedelta(days=30))) == (None, False)

    monday = NOON + timedelta(days=5)
    for at in (monday, monday + timedelta(days=1)):
        async with store.town("taiki") as session:
            row = await session.get_one(Conversation, conversation)
            await tickets.attach(session, row, town=knowledge().towns["taiki"], now=at)
    waiting = await line_of(store, staff)
    assert waiting.due_at == deadline("normal", knowledge().towns["taiki"], monday)
    assert waiting.due_at is not None
    assert waiting.overdue(waiting.due_at + timedelta(minutes=1))
    async with store.reading("taiki") as session:
        assert (await session.scalars(select(Ticket.due_at))).one() == first, "the figures count by the first"


async def test_graver_words_shorten_the_wait(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    staff, conversation = await hire("suzuki", "taiki.fukushi"), await conversation_of(store, "家賃")
    number = await open_ticket(conversation=conversation)
    async with store.town("taiki") as session:
        await answers.reply(session, staff, number, text="読みました。", now=NOON)
    later = at_noon()
    await open_ticket("家賃\nもうむり", conversation=conversation, now=later)
    calm = (await line_of(store, staff)).due_at
    await open_ticket("家賃\nもうむり\n薬", conversation=conversation, now=later, urgency="emergency", crisis=("suicide",))
    grave = (await line_of(store, staff)).due_at
    assert (calm, grave) == (deadline("normal", knowledge().towns["taiki"], later), later)
