"""気が変わった: nobody is telephoned against their word, staff see it on their list until they have answered, nothing is closed."""

from datetime import timedelta

from sqlalchemy import select

from handoff.desk.queue import TicketLine, lines_of
from handoff.desk.standing import UNWILLING
from handoff.store.db import Store
from handoff.store.models import CallbackWish, Ticket
from knowledge.loader import Knowledge
from tests.handoff.intake.planning import marked
from tests.handoff.intake.talk import TUESDAY, Talk
from tests.whole import engine

EVENING = TUESDAY.replace(hour=22, minute=40)


async def line(talk: Talk) -> TicketLine:
    async with talk.store.reading("taiki") as session:
        return (await lines_of(session, list(await session.scalars(select(Ticket)))))[0]


async def test_a_call_that_is_taken_back_at_night_is_not_made_and_stands_on_the_list_until_it_is_answered(
    light: Store, knowledge: Knowledge
) -> None:
    talk = await Talk.begin(light, marked(knowledge), engine(), now=EVENING - timedelta(hours=1))
    for text in ("仕事をやめて家賃が払えません", "電話してほしいです", "090-1234-5678 明日の夕方がいいです"):
        await talk.says(text)
    before = await line(talk)
    assert (before.mind_changed, before.summary.next_step) == (None, "電話（明日の夕方がいいです）")
    talk.now = EVENING
    assert await talk.says("やっぱり電話はいいです") == ["[aside_call_off]"]
    after = await line(talk)
    assert (after.mind_changed, after.summary.next_step, after.wish, after.status) == (EVENING, UNWILLING, None, "open")
    async with light.town("taiki") as session:
        assert list(await session.scalars(select(CallbackWish))) == []
        (ticket,) = await session.scalars(select(Ticket))
        ticket.last_staff_at = EVENING + timedelta(hours=10)
    assert (await line(talk)).mind_changed is None
    await talk.close()


async def test_the_whole_matter_taken_back_is_left_open_for_people_to_end(light: Store, knowledge: Knowledge) -> None:
    talk = await Talk.begin(light, marked(knowledge), engine(), now=EVENING)
    await talk.says("仕事をやめて家賃が払えません")
    assert "[aside_mind_changed]" in await talk.says("気が変わりました")
    found = await line(talk)
    assert (found.mind_changed, found.status) == (EVENING, "open")
    await talk.close()


async def test_who_takes_nothing_back_and_who_is_in_danger_keep_their_first_step(light: Store, knowledge: Knowledge) -> None:
    talk = await Talk.begin(light, marked(knowledge), engine(), now=EVENING)
    await talk.says("夫に殴られています。子どもは4歳です")
    first = await line(talk)
    await talk.says("電話はいりません")
    after = await line(talk)
    assert (first.mind_changed, after.mind_changed, after.summary.next_step) == (None, EVENING, first.summary.next_step)
    await talk.close()


async def test_a_number_is_dropped_too_by_the_wish_that_nobody_calls(light: Store, knowledge: Knowledge) -> None:
    talk = await Talk.begin(light, marked(knowledge), engine(), now=EVENING)
    for text in ("仕事をやめて家賃が払えません", "電話してほしいです", "090-1234-5678 明日の夕方がいいです"):
        await talk.says(text)
    await talk.says("電話はしないでください。主人にばれたら大変なので")
    assert (await line(talk)).wish is None
    await talk.close()
