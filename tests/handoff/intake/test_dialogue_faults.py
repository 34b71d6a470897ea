"""What goes wrong around a turn: parked claims, blocked residents, corrections, late web messages, closed matters."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bots.line import reading
from bots.types import Incoming, Outgoing
from handoff.intake import contacts, inbox, outbox, webchat
from handoff.intake.dialogue import LeaseLost
from handoff.intake.inbox import Claim
from handoff.store.db import Store
from handoff.store.models import Contact, Conversation, DecisionRecord, InboxItem, Message, Ticket
from knowledge.loader import Knowledge
from tests.handoff.intake.talk import SATURDAY_NIGHT, TUESDAY, ScriptedTriage, Talk
from tests.whole import engine
from triage.types import Decision, Question, Reason

ROUTE = Decision(action="route", text="", fields=("elderly",), about=("parent",), reasons=(Reason("dementia", "もの忘れ"),))
CHAT = Decision(action="chat", text="", reasons=(Reason("chat_thanks", "お礼"),))
ASKS = Decision(
    action="clarify", text="", question=Question("ask_whose", (("choice_whose_self", "わたしのことです"),)),
    reasons=(Reason("vague", "まだ分かりません"),),
)
CRISIS = Decision(
    action="route", text="", urgency="emergency", crisis=("suicide",), about=("self",), reasons=(Reason("x", "x"),)
)


async def talk(store: Store, knowledge: Knowledge, *script: Decision, **more: Any) -> Talk:
    return await Talk.begin(store, knowledge, ScriptedTriage(list(script), crises=("死にたい",)), **more)


async def given_up(one: Talk) -> Claim:
    """The waiting claim after its last try."""
    claims = []
    for _ in range(inbox.TRIES):
        one.now += inbox.LEASE * 2
        claims.append(await inbox.claim(one.store, now=one.now))
    last = claims[-1]
    assert last is not None
    assert last.attempts == inbox.TRIES
    return last


async def rows(store: Store) -> list[InboxItem]:
    async with store.reading("taiki") as session:
        return list(await session.scalars(select(InboxItem)))


async def contact(store: Store) -> Contact:
    async with store.reading("taiki") as session:
        return (await session.scalars(select(Contact))).one()


async def resolve(store: Store) -> None:
    """Every ticket ended, with a holder left behind: the dialogue must not wait for staff who hold nothing."""
    async with store.town("taiki") as session:
        for ticket in await session.scalars(select(Ticket)):
            ticket.status = "resolved"
        for conversation in await session.scalars(select(Conversation)):
            conversation.holder, conversation.closed_at = "staff", TUESDAY


def heard(one: Talk) -> list[list[str]]:
    assert isinstance(one.dialogue.triage, ScriptedTriage)
    return one.dialogue.triage.heard


async def test_who_lost_the_lease_parks_nothing(light: Store, knowledge: Knowledge) -> None:
    one = await talk(light, knowledge, ROUTE)
    await one.send(one.text("読めない話"))
    lost = await given_up(one)
    one.now += inbox.LEASE * 2
    assert await inbox.claim(light, now=one.now) is not None
    with pytest.raises(LeaseLost):
        await one.dialogue.park(lost, error="Boom", now=one.now)
    assert (await one.messages(), await one.tickets()) == ([], [])
    await one.close()


async def test_one_event_that_cannot_be_read_costs_only_itself(light: Store, knowledge: Knowledge) -> None:
    one = await talk(light, knowledge, ROUTE)

    def parse(raw: Mapping[str, Any]) -> Incoming:
        if raw["message"]["text"] == "毒":
            raise ValueError("cannot be read")
        return reading.read(raw)

    one.dialogue = replace(one.dialogue, parsers={"line": parse})
    await one.send(one.text("毒"), one.text("母が帰ってきません"))
    claim = await given_up(one)
    with pytest.raises(ValueError, match="cannot be read"):
        await one.dialogue.take(claim, now=one.now)
    await one.dialogue.park(claim, error="ValueError", now=one.now)
    assert "母が帰ってきません" in str((await one.tickets())[0].summary)
    assert all(row.status == "parked" and row.raw for row in await rows(light))
    await one.close()


async def test_danger_in_words_that_triage_cannot_judge_is_answered_as_danger(light: Store, knowledge: Knowledge) -> None:
    one = await talk(light, knowledge, ROUTE, now=SATURDAY_NIGHT)
    await one.send(one.text("死にたい"))
    await one.dialogue.park(await given_up(one), error="Boom", now=SATURDAY_NIGHT)
    (ticket,) = await one.tickets()
    assert (ticket.urgency, ticket.crisis) == ("urgent", ["suicide"])
    said = [message.payload for message in await one.messages() if message.sender == "bot"]
    assert any(card["title"] == "よりそいホットライン" for bubble in said for card in bubble["cards"])
    await one.close()


async def test_every_danger_in_words_that_triage_cannot_judge_counts(light: Store, knowledge: Knowledge) -> None:
    one = await talk(light, knowledge, ROUTE)
    one.dialogue = replace(one.dialogue, triage=engine())
    await one.send(one.text("夫に殴られて、もう死にたいです"))
    await one.dialogue.park(await given_up(one), error="Boom", now=one.now)
    (ticket,) = await one.tickets()
    assert (ticket.crisis, ticket.restricted) == (["suicide", "dv"], True)
    await one.close()


async def test_when_even_parking_fails_the_conversation_goes_on(light: Store, knowledge: Knowledge) -> None:
    one = await talk(light, knowledge, ROUTE)
    await one.send(one.text("読めない話"))
    claim = await given_up(one)
    broken = replace(one.dialogue, knowledge=replace(knowledge, replies={"ja": {}}))
    with pytest.raises(KeyError):
        await broken.park(claim, error="Boom", now=one.now)
    (row,) = await rows(light)
    assert (row.status, row.error) == ("parked", "Boom; KeyError")
    assert await one.says("次の話です")
    await one.close()


async def test_an_unsend_is_not_lost_with_a_parked_claim(light: Store, knowledge: Knowledge) -> None:
    one = await talk(light, knowledge, ROUTE)
    await one.send(one.text("消したい話", message_id="m-1"))
    await one.turn()
    await one.send(one.event("unsend", unsend={"messageId": "m-1"}))
    await one.dialogue.park(await given_up(one), error="Boom", now=one.now)
    assert [m.payload for m in await one.messages() if m.sender == "resident"] == [None]
    await one.close()


async def test_unsent_words_leave_the_summary_and_later_judgements(light: Store, knowledge: Knowledge) -> None:
    one = await talk(light, knowledge, ROUTE)
    await one.send(one.text("母の名前は花子です", message_id="m-1"))
    await one.turn()
    assert "花子" in str((await one.tickets())[0].summary)
    await one.send(one.event("unsend", unsend={"messageId": "m-1"}))
    await one.turn()
    (ticket,) = await one.tickets()
    assert "花子" not in str(ticket.summary), "staff do not go on reading it"
    assert heard(one)[-1] == []
    await one.close()


async def test_a_correction_takes_the_place_of_what_it_corrects(light: Store, knowledge: Knowledge) -> None:
    one = await talk(light, knowledge, ROUTE)
    await one.send(one.text("母は70歳です", message_id="m-1"))
    await one.turn()
    await one.says("ひとり暮らしです")
    edited = one.event("messageEdited", message={"id": "m-1", "type": "text", "text": "母は80歳です"})
    await one.send(edited)
    await one.turn()
    assert heard(one)[-1] == ["母は80歳です", "ひとり暮らしです"]
    first = next(m for m in await one.messages() if m.sender == "resident")
    assert (first.payload["text"], first.payload["earlier"]) == ("母は80歳です", ["母は70歳です"])
    await one.close()


@pytest.mark.parametrize("together", [True, False])
async def test_an_older_correction_that_comes_late_does_not_take_the_place_of_a_newer_one(
    light: Store, knowledge: Knowledge, together: bool
) -> None:
    one = await talk(light, knowledge, ROUTE)
    await one.send(one.text("母は70歳です", message_id="m-1"))
    await one.turn()
    older = one.event("messageEdited", message={"id": "m-1", "type": "text", "text": "母は80歳です"})
    newer = one.event("messageEdited", message={"id": "m-1", "type": "text", "text": "母は81歳です"})
    for events in ([newer, older],) if together else ([newer], [older]):
        await one.send(*events)
        await one.turn()
    await one.says("ひとり暮らしです")
    assert heard(one)[-1] == ["母は81歳です", "ひとり暮らしです"]
    first = next(m for m in await one.messages() if m.sender == "resident")
    assert first.payload["text"] == "母は81歳です"
    assert sorted(first.payload["earlier"]) == ["母は70歳です", "母は80歳です"], "staff can read every wording"
    if not together:
        assert heard(one)[:-1] == [["母は70歳です"], ["母は81歳です"]], "what was overtaken is not judged, and not answered"
    await one.close()


async def test_a_button_of_an_earlier_question_is_known_by_its_name(light: Store, knowledge: Knowledge) -> None:
    one = await talk(light, knowledge, ASKS, ASKS, CHAT)
    for words in ("つらいです", "きのうから"):
        await one.says(words)
    async with light.reading("taiki") as session:
        before = await contacts.snapshot(session, (await session.scalars(select(Conversation))).one())
    assert (before.choices, [choice.value for choice in before.offered]) == ((), ["わたしのことです"])
    await one.close()


async def test_who_blocks_is_pushed_nothing_and_who_writes_again_is_answered(light: Store, knowledge: Knowledge) -> None:
    one = await talk(light, knowledge, ROUTE)
    await one.send(one.text("母のことです"), one.event("unfollow"))
    await one.turn()
    assert (await contact(light)).blocked
    assert await one.outbox() == [], "nothing is said to who has left"
    assert len(await one.tickets()) == 1, "what was written still reaches staff"
    assert await one.says("やっぱり聞いてください")
    assert not (await contact(light)).blocked
    await one.close()


async def test_what_was_not_said_in_standby_is_said_later(light: Store, knowledge: Knowledge) -> None:
    one = await talk(light, knowledge, CRISIS)
    await one.send({**one.text("もうむり"), "mode": "standby"})
    await one.turn()
    assert [m for m in await one.messages() if m.sender == "bot"] == []
    assert len(await one.tickets()) == 1
    assert (await one.says("もうむり"))[0].startswith("いま命があぶないときは"), "the whole answer, for the first time"
    await one.close()


async def test_a_number_after_the_staffs_answer_is_no_choice_of_ours(light: Store, knowledge: Knowledge) -> None:
    one = await talk(light, knowledge, ASKS, CHAT)
    await one.says("つらいです")
    async with light.town("taiki") as session:
        conversation = (await session.scalars(select(Conversation))).one()
        await outbox.enqueue(session, conversation, [Outgoing("何人家族ですか")], sender="staff", now=one.now)
    await one.says("1")
    assert heard(one)[-1] == ["つらいです", "1"]
    await one.close()


async def test_after_the_end_a_new_matter_begins_without_the_old(light: Store, knowledge: Knowledge) -> None:
    one = await talk(light, knowledge, ROUTE, CHAT, ROUTE)
    await one.says("母の物忘れが心配です")
    await resolve(light)
    assert await one.says("ありがとう")
    assert await one.says("こんどは父のことです"), "nobody holds what has no open ticket"
    assert heard(one)[1:] == [["ありがとう"], ["ありがとう", "こんどは父のことです"]]
    assert len({ticket.conversation_id for ticket in await one.tickets()}) == 1, "it is still their conversation"
    assert len(await one.tickets()) == 2
    await one.close()


async def test_a_month_later_is_a_new_matter_in_the_web_chat_too(light: Store, knowledge: Knowledge) -> None:
    one = await talk(light, knowledge, CHAT)
    conversation = await open_web(one)
    await write_web(one, conversation, "こんにちは")
    one.now += timedelta(days=31)
    await write_web(one, conversation, "ひさしぶりです")
    assert heard(one) == [["こんにちは"], ["ひさしぶりです"]]
    await one.close()


async def test_a_web_message_that_comes_while_another_is_read_belongs_to_the_next_turn(
    light: Store, knowledge: Knowledge
) -> None:
    one = await talk(light, knowledge, CHAT)
    conversation = await open_web(one)
    await accept_web(one, conversation, "ひとつめ")
    claim = await inbox.claim(light, now=one.now + inbox.PAUSE)
    await accept_web(one, conversation, "ふたつめ")
    assert claim is not None
    await one.dialogue.take(claim, now=one.now)
    await one.turn()
    assert heard(one) == [["ひとつめ"], ["ひとつめ", "ふたつめ"]]
    async with light.reading("taiki") as session:
        read_up_to = list(await session.scalars(select(DecisionRecord.upto_sequence).order_by(DecisionRecord.created_at)))
        words = {m.payload["text"]: m.sequence for m in await session.scalars(select(Message)) if m.sender == "resident"}
    assert sorted(read_up_to) == [words["ひとつめ"], words["ふたつめ"]], "evidence counts only over what was read"
    await one.close()


async def open_web(one: Talk) -> Any:
    async with one.store.town("taiki") as session:
        opened = await webchat.open_conversation(
            session, "taiki", language="ja", notice=[Outgoing("案内")], keys=one.store.keys, now=one.now
        )
        return opened.conversation.id


async def accept_web(one: Talk, conversation: Any, text: str) -> None:
    one.number += 1
    async with one.store.town("taiki") as session:
        await webchat.accept(
            session, conversation, text=text, client_message_id=str(one.number), keys=one.store.keys, now=one.now
        )


async def write_web(one: Talk, conversation: Any, text: str) -> None:
    await accept_web(one, conversation, text)
    await one.turn()
