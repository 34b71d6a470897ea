"""The residents' side of acceptance scenarios 2, 3 and 10, played on the dialogue with a scripted triage."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bots.types import Outgoing
from handoff.intake import outbox, webchat
from handoff.store.db import Store
from handoff.store.models import Conversation
from knowledge.loader import Knowledge
from tests.handoff.intake.talk import TOKYO, ScriptedTriage, Talk
from triage.types import Decision, Person, Reason

REASON = (Reason("x", "言葉"),)
PILLS = Decision(
    action="route", text="", urgency="emergency", crisis=("suicide",), about=("self",), reasons=REASON,
)
HIT = Decision(
    action="route", text="", urgency="urgent", crisis=("dv",), about=("spouse", "self"), fields=("child", "poverty"),
    complex=True, household=(Person("child", (4, 4)),), reasons=REASON,
)
TAKEN_BACK = replace(PILLS, reasons=(*REASON, Reason("retraction", "前に書いたことを取り消している", ((13, 17),))))
SEEKS = Decision(action="route", text="", fields=("child",), about=("spouse",), reasons=REASON)
WATER = Decision(
    action="route", text="", urgency="urgent", crisis=("lifeline_cut",), fields=("poverty",), about=("self",),
    needs=("welfare_benefit", "lifeline_cut"), topics=("water", "welfare_benefit"), reasons=REASON,
)


async def begin(store: Store, knowledge: Knowledge, *script: Decision, now: datetime) -> Talk:
    return await Talk.begin(store, knowledge, ScriptedTriage(list(script), crises=("もうむり",)), now=now)


async def bubbles(one: Talk) -> list[Outgoing]:
    return [Outgoing.from_json(m.payload) for m in await one.messages() if m.sender == "bot"]


async def test_scenario_2_in_the_night_from_saturday_to_tuesday(light: Store, knowledge: Knowledge) -> None:
    one = await begin(light, knowledge, PILLS, TAKEN_BACK, now=datetime(2026, 11, 21, 2, 31, tzinfo=TOKYO))
    first = await one.says("もうむり。薬ぜんぶ出した")
    said = "\n".join(first)
    assert first[0].startswith("いま命があぶないときは、すぐ119へ")
    cards = [card for bubble in await bubbles(one) for card in bubble.cards]
    assert cards[0].telephone == "119"
    assert len(cards) <= 3
    assert all(card.hours and "24時間" in card.hours for card in cards)
    assert any(card.telephone is None for card in cards), "one that needs no voice"
    assert said.count("か。") == 1, "safety is asked once, nothing else"
    assert "薬" not in said, "no means is named"
    assert "11月24日（火）8:30以降" in said
    assert "すぐ見ます" not in said
    (ticket,) = await one.tickets()
    assert ticket.urgency == "emergency"
    one.now += timedelta(minutes=3)
    back = await one.says("うそです　ごめんなさい　わすれて")
    assert len(back) == 1
    assert "書いてくれてよかったです。あとからでも大丈夫" in back[0]
    assert [card.title for card in (await bubbles(one))[-1].cards] == ["よりそいホットライン"]
    assert (await one.tickets())[0].urgency == "emergency", "taking it back lowers nothing"
    assert await one.turn() is False, "silence is answered with silence"
    rows = await one.outbox()
    assert [row.payload["reply_token"] for row in rows] == ["r1", "r2"], "free, whatever is left of the quota"
    assert all(len(row.payload["bubbles"]) <= outbox.BUBBLES_A_CALL for row in rows)
    await one.send(one.event("unsend", unsend={"messageId": "m1"}))
    await one.turn()
    shown = [m.payload["text"] for m in await one.messages() if m.sender == "resident" and m.payload]
    assert shown == ["うそです　ごめんなさい　わすれて"]
    assert (await one.tickets())[0].urgency == "emergency"
    await one.close()


async def test_scenario_3_while_he_sleeps(light: Store, knowledge: Knowledge) -> None:
    one = await begin(light, knowledge, HIT, now=datetime(2026, 11, 25, 13, 10, tzinfo=TOKYO))
    async with light.town("taiki") as session:
        opened = await webchat.open_conversation(
            session, "taiki", language="ja", notice=[Outgoing("案内")], keys=light.keys, now=one.now
        )
        await webchat.accept(
            session, opened.conversation.id, text="夫になぐられました。いま寝てます。子ども4歳。お金は夫がぜんぶ",
            client_message_id="1", keys=light.keys, now=one.now,
        )
    await one.turn()
    _, first, second, third = await bubbles(one)
    assert "安全がいちばん大事" in first.text
    assert "110" in first.text
    assert "すぐ閉じる" in second.text
    assert any("DV" in card.title for card in second.cards)
    assert "いま、相手が近くにいますか" in third.text
    (ticket,) = await one.tickets()
    assert (ticket.restricted, ticket.coordinator) == (True, True)
    await one.close()


@pytest.mark.parametrize("she_was_here", [False, True])
async def test_scenario_3_he_asks_and_hears_what_anybody_hears(
    light: Store, knowledge: Knowledge, she_was_here: bool
) -> None:
    one = await begin(light, knowledge, *((HIT, SEEKS) if she_was_here else (SEEKS,)),
                      now=datetime(2026, 11, 25, 17, 0, tzinfo=TOKYO))
    if she_was_here:
        await one.says("夫になぐられました", user="wife")
    told = await bubbles(one)
    await one.send(one.text("妻がそちらに相談していませんか。子どもをつれて出ました", user="husband"), user="husband")
    await one.turn()
    everything = await bubbles(one)
    heard = [bubble for bubble in everything if bubble not in told]
    alone = await begin_alone(one, knowledge)
    assert [bubble.text for bubble in heard] == alone
    await one.close()


async def begin_alone(one: Talk, knowledge: Knowledge) -> list[str]:
    """What a stranger with the same words hears."""
    one.dialogue = type(one.dialogue)(
        one.store, knowledge, ScriptedTriage([SEEKS]), one.dialogue.parsers, one.dialogue.zone, None
    )
    before = {message.id for message in await one.messages()}
    await one.send(one.text("妻がそちらに相談していませんか。子どもをつれて出ました", user="stranger"), user="stranger")
    await one.turn()
    return [m.payload["text"] for m in await one.messages() if m.sender == "bot" and m.id not in before]


async def test_scenario_10_it_is_surely_impossible(light: Store, knowledge: Knowledge) -> None:
    one = await begin(light, knowledge, WATER, now=datetime(2026, 11, 24, 16, 50, tzinfo=TOKYO))
    photo = one.event("message", message={"id": "p1", "type": "image", "contentProvider": {"type": "line"}})
    await one.send(photo, one.text("水道とめるって紙がきました。税金も滞納してます。生活保護うけたいけど無理ですよね"))
    await one.turn()
    told = await bubbles(one)
    said = "\n".join(bubble.text for bubble in told)
    assert "申請はだれでもできます。無理かどうかを、ここで決めません" in said
    assert "水道のことも一緒に持って行けます" in said
    assert "写真は職員が見ます" in said
    assert "滞納" not in said, "her words are not said back to her"
    assert "01558-6-4833" in [card.telephone for bubble in told for card in bubble.cards]
    (ticket,) = await one.tickets()
    assert (ticket.urgency, ticket.crisis, ticket.fields) == ("urgent", ["lifeline_cut"], ["poverty"])
    async with light.town("taiki") as session:
        conversation = (await session.scalars(select(Conversation))).one()
        conversation.holder = "staff"
        await outbox.enqueue(session, conversation, [Outgoing("明日10時、福祉係でお待ちしています")], sender="staff", now=one.now)
    one.now = datetime(2026, 11, 24, 22, 40, tzinfo=TOKYO)
    (night,) = await one.says("やっぱり恥ずかしいのでいいです")
    assert "11月25日（水）8:30" in night
    assert "止まりそうなときは" in night
    assert await one.says("すみません") == [], "once a closed period"
    assert (await one.tickets())[0].status != "resolved"
    danger = await one.says("もうむり")
    assert danger, "the eye for danger stays open"
    await one.close()
