"""A turn of the dialogue on both engines: what is stored, said, passed on, and what happens when things collide."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select

from bots.choices import choice_id
from bots.line import reading
from bots.types import Choice, Incoming, Outgoing, Text
from handoff.intake import inbox, outbox
from handoff.intake.dialogue import Dialogue, LeaseLost
from handoff.store.db import Store
from handoff.store.models import Conversation
from knowledge.loader import Knowledge
from tests.handoff.intake.talk import SATURDAY_NIGHT, TOKYO, TUESDAY, ScriptedTriage, Talk
from triage.types import Decision, Person, Question, Reason

ROUTE = Decision(
    action="route", text="", fields=("elderly",), about=("parent",), reasons=(Reason("dementia", "もの忘れの言葉"),),
    household=(Person("parent", (80, 80)),), knowledge="k",
)
VAGUE = Decision(
    action="clarify", text="", reasons=(Reason("vague", "まだ分かりません"),),
    question=Question("ask_whose", (("choice_whose_self", "わたしのことです"), ("choice_unknown", "わからない・言いたくない"))),
)
CRISIS = Decision(
    action="route", text="", urgency="emergency", crisis=("suicide",), about=("self",),
    reasons=(Reason("suicide", "命にかかわる言葉"),),
)
CHAT = Decision(action="chat", text="", reasons=(Reason("chat_greeting", "あいさつ"),))


async def talk(store: Store, knowledge: Knowledge, *script: Decision, **more: object) -> Talk:
    return await Talk.begin(store, knowledge, ScriptedTriage(list(script)), **more)  # type: ignore[arg-type]


async def test_a_need_is_answered_with_its_window_and_reaches_staff(store: Store, knowledge: Knowledge) -> None:
    one = await talk(store, knowledge, ROUTE)
    said = await one.says("母の物忘れが心配です")
    assert "同じ話はくり返さなくていいです" in said[0]
    (ticket,) = await one.tickets()
    assert ticket.fields == ["elderly"]
    (outgoing,) = await one.outbox()
    assert outgoing.payload["reply_token"] == "r1"
    assert outgoing.payload["bubbles"][0]["cards"][0]["telephone"].startswith("01558")
    await one.close()


async def test_closed_hours_are_told_honestly(store: Store, knowledge: Knowledge) -> None:
    one = await talk(store, knowledge, ROUTE, now=SATURDAY_NIGHT)
    assert any("11月24日（火）8:30以降" in text for text in await one.says("母の物忘れが心配です"))
    await one.close()


async def test_one_question_at_a_time_then_a_person(store: Store, knowledge: Knowledge) -> None:
    one = await talk(store, knowledge, VAGUE)
    assert "どなたのことですか" in (await one.says("つらいです"))[-1]
    assert await one.tickets() == []
    said = await one.says("わからない・言いたくない")
    assert "どなたのことですか" not in "".join(said)
    await one.close()


async def test_a_typed_number_means_the_choice(store: Store, knowledge: Knowledge) -> None:
    triage = ScriptedTriage([VAGUE, ROUTE])
    one = await Talk.begin(store, knowledge, triage)
    await one.says("つらいです")
    await one.says("1")
    assert triage.heard[-1] == ["つらいです", "わたしのことです"]
    stored = [message.payload for message in await one.messages() if message.sender == "resident"]
    assert stored[1]["text"] == "1", "the resident's own words stay as they were written"
    await one.close()


async def test_crisis_comes_first_and_says_when_staff_read(store: Store, knowledge: Knowledge) -> None:
    one = await talk(store, knowledge, CRISIS, now=SATURDAY_NIGHT)
    said = await one.says("もうむり")
    assert said[0].startswith("いま命があぶないときは、すぐ119へ")
    assert "それまでは、職員はここを見ていません" in said[-1]
    (ticket,) = await one.tickets()
    assert ticket.urgency == "emergency"
    await one.close()


async def test_a_crisis_is_answered_in_full_once(store: Store, knowledge: Knowledge) -> None:
    one = await talk(store, knowledge, CRISIS)
    assert len(await one.says("もうむり")) == 3
    assert len(await one.says("……")) == 1
    await one.close()


async def test_redelivered_and_unsent_before_arrival(store: Store, knowledge: Knowledge) -> None:
    one = await talk(store, knowledge, ROUTE)
    message = one.text("母の物忘れが心配です", message_id="m-early")
    await one.send(one.event("unsend", unsend={"messageId": "m-early"}))
    await one.turn()
    await one.send(message)
    await one.turn()
    await one.send(message)
    assert await one.turn() is False, "the same event id is stored once"
    assert all(message.payload is None for message in await one.messages() if message.sender == "resident")
    await one.close()


async def test_unsent_words_are_erased(store: Store, knowledge: Knowledge) -> None:
    one = await talk(store, knowledge, ROUTE)
    await one.send(one.text("母の物忘れが心配です", message_id="m-1"))
    await one.turn()
    await one.send(one.event("unsend", unsend={"messageId": "m-1"}))
    await one.turn()
    (first, *_) = [message for message in await one.messages() if message.sender == "resident"]
    assert first.payload is None
    assert first.unsent_at is not None
    await one.close()


async def test_two_residents_in_one_body_stay_apart(store: Store, knowledge: Knowledge) -> None:
    one = await talk(store, knowledge, ROUTE)
    await one.send(one.text("母のことです", user="U1"), user="U1")
    await one.send(one.text("父のことです", user="U2"), user="U2")
    assert [await one.turn(), await one.turn(), await one.turn()] == [True, True, False]
    assert len({message.conversation_id for message in await one.messages()}) == 2
    await one.close()


@pytest.mark.parametrize(("kind", "words"), [("audio", "声のメッセージは職員が聞きます"), ("image", "写真は職員が見ます")])
async def test_what_is_not_text_goes_to_people(store: Store, knowledge: Knowledge, kind: str, words: str) -> None:
    one = await talk(store, knowledge, CHAT)
    await one.send(one.event("message", message={"id": "m1", "type": kind, "contentProvider": {"type": "line"}}))
    await one.turn()
    texts = [message.payload["text"] for message in await one.messages() if message.sender == "bot"]
    assert any(words in text for text in texts)
    assert len(await one.tickets()) == 1
    await one.close()


async def test_a_sticker_is_a_greeting_not_a_ticket(store: Store, knowledge: Knowledge) -> None:
    one = await talk(store, knowledge, CHAT)
    await one.send(one.event("message", message={"id": "m1", "type": "sticker", "packageId": "1", "stickerId": "1"}))
    await one.turn()
    assert await one.tickets() == []
    await one.close()


async def test_the_bot_keeps_quiet_once_staff_hold_it_but_for_one_line_a_closed_period(
    store: Store, knowledge: Knowledge
) -> None:
    one = await talk(store, knowledge, ROUTE, now=SATURDAY_NIGHT)
    await one.says("母の物忘れが心配です")
    await staff_take_over(store)
    assert len(await one.says("もうひとつあります")) == 1
    assert await one.says("それと") == []
    one.now = TUESDAY
    assert await one.says("おはようございます") == []
    await one.close()


async def test_danger_is_answered_even_when_staff_hold_it(store: Store, knowledge: Knowledge) -> None:
    one = await talk(store, knowledge, ROUTE, CRISIS)
    await one.says("母の物忘れが心配です")
    await staff_take_over(store)
    assert (await one.says("もうむり"))[0].startswith("いま命があぶないときは")
    await one.close()


async def test_what_answers_staff_is_no_answer_to_the_bots_question(store: Store, knowledge: Knowledge) -> None:
    """The bot has asked whether a life is in danger; then staff ask 「いま安全ですか」. 「はい、実家です」 is theirs."""
    urgent = replace(CRISIS, urgency="urgent")
    one = await talk(store, knowledge, urgent)
    one.dialogue = Dialogue(store, knowledge, ScriptedTriage([urgent]), {"line": pressing}, TOKYO)
    asked = await one.says("もうむり")
    assert asked[-1].endswith(knowledge.replies["ja"]["ask_safe"])
    await staff_take_over(store)
    async with store.town("taiki") as session:
        await outbox.enqueue(session, (await session.scalars(select(Conversation))).one(), [Outgoing("いま安全ですか")], sender="staff", now=one.now)
    assert await one.says("はい、いまは実家です") == []
    assert [ticket.urgency for ticket in await one.tickets()] == ["urgent"]
    pressed = await one.says("［はい］")
    assert pressed[0].startswith("すぐに119へ"), "a button answers the question that it stands under"
    assert [ticket.urgency for ticket in await one.tickets()] == ["emergency"]
    await one.close()


def pressing(raw: Mapping[str, Any]) -> Incoming:
    """「［はい］」 is the button of that name, as Telegram tells of it."""
    incoming = reading.read(raw)
    if incoming.what != Text("［はい］"):
        return incoming
    return replace(incoming, what=Text("はい", choice_id(Choice("はい", "はい"))))


async def staff_take_over(store: Store) -> None:
    async with store.town("taiki") as session:
        for conversation in await session.scalars(select(Conversation)):
            conversation.holder = "staff"


async def test_a_lost_lease_writes_nothing(store: Store, knowledge: Knowledge) -> None:
    one = await talk(store, knowledge, ROUTE)
    await one.send(one.text("母の物忘れが心配です"))
    claim = await inbox.claim(store, now=one.now + inbox.LONGEST)
    assert claim is not None
    again = await inbox.claim(store, now=one.now + inbox.LONGEST + inbox.LEASE * 2)
    assert again is not None
    assert again.lease != claim.lease
    with pytest.raises(LeaseLost):
        await one.dialogue.take(claim, now=one.now)
    assert await one.messages() == []
    await one.dialogue.take(again, now=one.now)
    assert len(await one.tickets()) == 1
    await one.close()


async def test_several_conversations_are_settled_together_or_not_at_all(store: Store, knowledge: Knowledge) -> None:
    one = await talk(store, knowledge, ROUTE)
    for user in ("U1", "U2", "U3"):
        await one.send(one.text(f"{user}の母の物忘れが心配です", user=user), user=user)
    claims = await inbox.claim_some(store, now=one.now + inbox.LONGEST, most=8)
    assert len(claims) == 3
    lost = replace(claims[2], lease=UUID(int=1))
    with pytest.raises(LeaseLost):
        await one.dialogue.take_together([*claims[:2], lost], now=one.now)
    assert await one.messages() == []
    await one.dialogue.take_together(claims, now=one.now)
    assert sorted(ticket.number[-4:] for ticket in await one.tickets()) == ["0001", "0002", "0003"]
    said = [message for message in await one.messages() if message.sender == "resident"]
    assert sorted(message.payload["text"][:2] for message in said) == ["U1", "U2", "U3"]
    assert len({message.conversation_id for message in said}) == 3
    await one.close()


async def test_one_conversation_more_costs_no_statement(light: Store, knowledge: Knowledge) -> None:
    one = await talk(light, knowledge, ROUTE)
    counts: list[int] = []
    said: list[str] = []

    def heard(_: object, __: object, statement: str, *___: object) -> None:
        said.append(statement)

    event.listen(light.engine.sync_engine, "before_cursor_execute", heard)
    for many in (2, 6):
        for number in range(many):
            await one.send(one.text("母の物忘れが心配です", user=f"U{many}{number}"), user=f"U{many}{number}")
        claims = await inbox.claim_some(light, now=one.now + inbox.LONGEST, most=8)
        said.clear()
        await one.dialogue.take_together(claims, now=one.now)
        counts.append(len(said))
    event.remove(light.engine.sync_engine, "before_cursor_execute", heard)
    assert counts[1] <= counts[0], said
    await one.close()


async def test_what_fails_five_times_is_parked_with_its_words_and_the_talk_goes_on(
    store: Store, knowledge: Knowledge
) -> None:
    one = await talk(store, knowledge, ROUTE)
    await one.send(one.text("読めない話"))
    parked, last = False, None
    for _ in range(inbox.TRIES):
        one.now += inbox.LONGEST
        claim = last = await inbox.claim(store, now=one.now)
        assert claim is not None
        parked = await inbox.release(store, claim, error="Boom", now=one.now)
        one.now += inbox.LEASE * 4
    assert parked
    assert last is not None
    await one.dialogue.park(last, error="Boom", now=one.now)
    (ticket,) = await one.tickets()
    assert "読めない話" in str(ticket.summary)
    assert await one.says("次の話です"), "the conversation goes on"
    await one.close()
