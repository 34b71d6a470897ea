"""Alerts to a staff group: off by default, number and link only, each once, nothing left out over a restart."""

from datetime import timedelta
from typing import Any

from sqlalchemy import event, func, select

from bots.errors import Retryable, Unauthorised, Uncertain
from handoff.intake.accounts import Accounts
from handoff.intake.alerts import AT_ONCE, REST, STAFF_CHAT, Alerts, start_from
from handoff.intake.breaker import STOPPED
from handoff.store.db import Store
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import ChannelAccount, Event
from knowledge.loader import Knowledge
from tests.handoff.intake.talk import ScriptedTriage, Talk
from tests.handoff.intake.test_dialogue import ROUTE
from tests.handoff.intake.test_sender import Scripted

GROUP = "-1001234567"


def alerts(talk: Talk, platform: Scripted) -> Alerts:
    async def of(account_id: object) -> Scripted:
        return platform

    return Alerts(talk.store, Accounts(talk.store), lambda: talk.now, of, "https://soudan.example.jp")


async def switch_on(talk: Talk) -> None:
    async with talk.store.town("taiki") as session:
        account = await session.get_one(ChannelAccount, talk.account_id)
        account.credentials = {**account.credentials, STAFF_CHAT: GROUP}
        await start_from(session, "taiki")


async def test_nobody_is_told_by_default(light: Store, knowledge: Knowledge) -> None:
    talk, platform = await Talk.begin(light, knowledge, ScriptedTriage([ROUTE])), Scripted()
    await talk.says("母のことです")
    assert await alerts(talk, platform).drain() == 0
    assert await alerts(talk, platform).welcome(talk.account_id) == frozenset()
    await talk.close()


async def test_number_and_link_once_and_only_of_what_is_new(store: Store, knowledge: Knowledge) -> None:
    talk, platform = await Talk.begin(store, knowledge, ScriptedTriage([ROUTE])), Scripted()
    await talk.says("前からの案件", user="U0")
    await switch_on(talk)
    await talk.says("母の物忘れが心配です")
    told = alerts(talk, platform)
    assert await told.drain() == 1
    assert await told.drain() == 0
    assert await alerts(talk, platform).drain() == 0, "a worker that starts again knows how far it was"
    ((address, texts),) = platform.heard
    number = (await talk.tickets())[-1].number
    assert (address.to, address.reply_token) == (GROUP, None)
    assert texts == (f"新しい案件があります。\n{number}\nhttps://soudan.example.jp/staff/tickets/{number}",)
    assert await told.welcome(talk.account_id) == frozenset({GROUP})
    await talk.close()


async def test_what_was_looked_through_is_not_looked_through_again_and_nothing_new_is_missed(
    light: Store, knowledge: Knowledge
) -> None:
    talk, platform = await Talk.begin(light, knowledge, ScriptedTriage([ROUTE])), Scripted()
    await switch_on(talk)
    await talk.says("母のことです")
    told = alerts(talk, platform)
    since: list[int] = []

    def heard(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if "FROM event LEFT OUTER JOIN ticket" in statement:
            since.append(max(one for one in parameters if isinstance(one, int) and one > AT_ONCE))

    async with light.town("taiki") as session:
        for _ in range(AT_ONCE):
            await emit(session, kind="message", conversation_id=new_id(talk.now))
    assert [await told.drain(), await told.drain()] == [1, 0]
    event.listen(light._readers.sync_engine, "before_cursor_execute", heard)
    assert await told.drain() == 0
    event.remove(light._readers.sync_engine, "before_cursor_execute", heard)
    async with light.reading("taiki") as session:
        assert since == [await session.scalar(select(func.max(Event.sequence)))]
    await talk.says("父のことです", user="U2")
    assert [await told.drain(), await told.drain()] == [1, 0]
    await talk.close()


async def test_that_answers_cannot_go_out_is_told_without_a_matter(light: Store, knowledge: Knowledge) -> None:
    talk, platform = await Talk.begin(light, knowledge, ScriptedTriage([ROUTE])), Scripted()
    await switch_on(talk)
    async with light.town("taiki") as session:
        await emit(session, kind=STOPPED)
    assert await alerts(talk, platform).drain() == 1
    ((_, texts),) = platform.heard
    assert texts == (
        "住民へのお返事を送れなくなっています。管理者は、案件の一覧の上の知らせを見てください。\nhttps://soudan.example.jp/staff/tickets",
    )
    async with light.town("taiki") as session:
        await emit(session, kind=STOPPED)
    await talk.says("母のことです")
    platform.script = [Unauthorised("unauthorised"), Unauthorised("unauthorised")]
    told = alerts(talk, platform)
    assert await told.drain() == 0
    talk.now += REST
    assert await told.drain() == 1, "the bot that was refused itself does not say so later, when it is over"
    assert "新しい案件" in platform.heard[-1][1][0]
    await talk.close()


async def test_trouble_rests_and_doubt_is_not_repeated(light: Store, knowledge: Knowledge) -> None:
    talk = await Talk.begin(light, knowledge, ScriptedTriage([ROUTE]))
    platform = Scripted([Retryable("no_connection"), Uncertain("timeout")])
    await switch_on(talk)
    await talk.says("母のことです")
    told = alerts(talk, platform)
    assert await told.drain() == 0
    assert await told.drain() == 0, "it rests"
    talk.now += REST + timedelta(seconds=1)
    assert await told.drain() == 1
    assert await told.drain() == 0
    assert platform.heard == []
    await talk.close()


async def test_a_call_of_the_night_is_told_to_the_group_too(light: Store, knowledge: Knowledge) -> None:
    talk, platform = await Talk.begin(light, knowledge, ScriptedTriage([ROUTE])), Scripted()
    await talk.says("母のことです")
    await switch_on(talk)
    (ticket,) = await talk.tickets()
    async with light.town("taiki") as session:
        await emit(session, kind="alarm", ticket_id=ticket.id)
    assert await alerts(talk, platform).drain() == 1
    (_, (text,)) = platform.heard[0]
    assert text.startswith("時間外に、受け取りを待っている案件があります。")
    assert ticket.number in text
    assert "母" not in text
    await talk.close()
