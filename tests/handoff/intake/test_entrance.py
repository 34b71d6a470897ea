"""LINE as an entrance: what LINE is told, the links into the town's page, and who gets a fresh one."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, cast
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select

from bots.channel import Channel
from bots.errors import Rejected, ReplyExpired, Retryable
from bots.types import Address, Outgoing, Sent
from handoff.desk.thread import thread
from handoff.intake import callback, entrance, outbox, safety, webchat
from handoff.intake.entrance import CODE_LIFE, Doors, Entered
from handoff.intake.safety import Wish
from handoff.intake.sender import Sender
from handoff.intake.taps import Tap, value_of
from handoff.intake.webchat import may_use
from handoff.store.db import Store
from handoff.store.models import Contact, Conversation, EntranceCode, Message
from knowledge.loader import Knowledge
from tests.handoff.intake.talk import SATURDAY_NIGHT, ScriptedTriage, Talk
from triage.types import Decision, Reason

PAGE = "https://soudan.example.jp"
ROUTE = Decision(
    action="route", text="", fields=("elderly",), about=("parent",), reasons=(Reason("field_elderly", "高齢", ((0, 1),)),)
)
CHAT = Decision(action="chat", text="", reasons=(Reason("chat_greeting", "あいさつ", ((0, 1),)),))


@dataclass
class Line:
    """What LINE got; it fails as it is told, in order."""

    script: list[Exception | None] = field(default_factory=list)
    heard: list[tuple[Address, tuple[Outgoing, ...]]] = field(default_factory=list)

    async def send(self, address: Address, bubbles: Sequence[Outgoing]) -> Sent:
        fault = self.script.pop(0) if self.script else None
        self.heard.append((address, tuple(bubbles)))
        if fault is not None:
            raise fault
        return Sent("push")

    def last(self) -> str:
        return json.dumps([bubble.as_json() for bubble in self.heard[-1][1]], ensure_ascii=False)

    def links(self) -> dict[str, str]:
        """Labels and codes of the newest turn."""
        buttons = [button for bubble in self.heard[-1][1] for button in bubble.buttons]
        return {button.label: (button.url or button.value).rpartition("#")[2] for button in buttons}


@dataclass
class Town:
    """One LINE account in entrance mode with worker and sender."""

    talk: Talk
    line: Line
    sender: Sender

    async def says(self, text: str) -> str:
        await self.talk.says(text)
        await self.drain()
        return self.line.last()

    async def drain(self) -> None:
        while await self.sender.drain():
            pass

    async def staff_writes(self, text: str) -> None:
        async with self.talk.store.town("taiki") as session:
            conversation = (await session.scalars(select(Conversation))).one()
            conversation.holder = "staff"
            await outbox.enqueue(session, conversation, [Outgoing(text)], sender="staff", now=self.talk.now)
        await self.drain()

    async def enters(self, code: str) -> Entered | None:
        async with self.talk.store.town("taiki") as session:
            return await entrance.enter(session, code, now=self.talk.now)

    async def renews(self, code: str) -> bool:
        async with self.talk.store.town("taiki") as session:
            sent = await entrance.renew(session, code, now=self.talk.now)
        await self.drain()
        return sent


async def town_of(store: Store, knowledge: Knowledge, triage: ScriptedTriage, *, mode: str = "entrance") -> Town:
    talk, line = await Talk.begin(store, knowledge, triage, mode=mode), Line()

    async def channel_of(account_id: UUID) -> Channel | None:
        return cast(Channel, line)

    sender = Sender(store, lambda: talk.now, channel_of, Random(1), doors=Doors(PAGE, knowledge))
    return Town(talk, line, sender)


@pytest_asyncio.fixture
async def town(light: Store, knowledge: Knowledge) -> AsyncIterator[Town]:
    made = await town_of(light, knowledge, ScriptedTriage([ROUTE]))
    yield made
    await made.talk.close()


async def test_the_answer_opens_the_page_and_the_page_has_the_same_conversation(town: Town) -> None:
    told = await town.says("母の物忘れがひどくて")
    assert set(town.line.links()) == {"ひらく", "電話がほしい"}
    assert f"{PAGE}/open/taiki#" in told
    assert {bubble.preview for _, bubbles in town.line.heard for bubble in bubbles} == {"お返事があります。"}
    entered = await town.enters(town.line.links()["ひらく"])
    assert entered is not None
    async with town.talk.store.reading("taiki") as session:
        assert await may_use(session, entered.conversation_id, entered.token)
        told_there = await webchat.read(session, entered.conversation_id)
    assert told_there[0]["text"] == "母の物忘れがひどくて"
    assert town.line.links()["ひらく"] not in json.dumps(told_there), "links are LINE's alone"


async def test_a_code_opens_once_within_a_day_and_shuts_the_page_before_it(town: Town) -> None:
    await town.says("母の物忘れがひどくて")
    codes = town.line.links()
    first = await town.enters(codes["ひらく"])
    assert await town.enters(codes["ひらく"]) is None
    second = await town.enters(codes["電話がほしい"])
    assert first is not None
    assert second is not None
    async with town.talk.store.reading("taiki") as session:
        assert not await may_use(session, first.conversation_id, first.token)
        assert await may_use(session, first.conversation_id, second.token)
        wishes = await callback.of(session, [first.conversation_id])
    assert not wishes[first.conversation_id].told, "that the form was opened is known, and no more"
    await town.says("ひらく")
    town.talk.now += CODE_LIFE
    assert await town.enters(town.line.links()["ひらく"]) is None
    assert await town.enters("no-such-code") is None


async def test_an_old_link_makes_the_bot_send_a_fresh_one_to_the_same_person_and_to_nobody_else(town: Town) -> None:
    await town.says("母の物忘れがひどくて")
    old = town.line.links()["ひらく"]
    town.talk.now += timedelta(days=2)
    assert await town.renews(old)
    address, bubbles = town.line.heard[-1]
    assert (address.to, address.reply_token, len(bubbles)) == ("U1", None, 1)
    assert await town.enters(town.line.links()["ひらく"]) is not None
    sent = len(town.line.heard)
    assert not await town.renews(old), "tapped again at once: one telephone rings once"
    assert not await town.renews("no-such-code")
    assert len(town.line.heard) == sent


@pytest.mark.parametrize("wish", [Wish(only_answers=True), Wish(quiet=("daytime_only",)), Wish(avoid=("message",))])
async def test_who_taps_for_a_fresh_link_asks_so_no_wish_holds_it_back(
    light: Store, knowledge: Knowledge, wish: Wish
) -> None:
    town = await town_of(light, knowledge, ScriptedTriage([ROUTE]))
    town.sender.ways = knowledge.safe_contact
    await town.says("母の物忘れがひどくて")
    old = town.line.links()["ひらく"]
    async with light.town("taiki") as session:
        await safety.keep(session, (await session.scalars(select(Conversation))).one(), wish, now=town.talk.now)
    town.talk.now = SATURDAY_NIGHT + timedelta(days=7)
    await town.staff_writes("明日10時にお待ちしています")
    assert len(town.line.heard) == 1, "what staff write of their own accord waits"
    assert await town.renews(old)
    assert await town.enters(town.line.links()["ひらく"]) is not None
    town.line.script = [Retryable("platform_fault")]
    town.talk.now += timedelta(minutes=2)
    assert await town.renews(old)
    town.talk.now += safety.JUST_WRITTEN + timedelta(minutes=1)
    await town.drain()
    assert len(town.line.heard) == 3, "long after the tap, when nobody looks, it waits too"
    await town.talk.close()


async def test_links_that_are_too_old_to_be_renewed_are_forgotten(town: Town) -> None:
    await town.says("母の物忘れがひどくて")
    old = town.line.links()["ひらく"]
    town.talk.now += entrance.RENEWABLE + timedelta(days=1)
    assert not await town.renews(old)
    await town.says("ひらく")
    async with town.talk.store.reading("taiki") as session:
        assert len(list(await session.scalars(select(EntranceCode)))) == 1


async def test_nobody_is_pestered_with_fresh_links(town: Town) -> None:
    await town.says("母の物忘れがひどくて")
    old, tries = town.line.links()["ひらく"], []
    for _ in range(7):
        town.talk.now += timedelta(minutes=5)
        tries.append(await town.renews(old))
    assert tries == [True] * 5 + [False] * 2
    async with town.talk.store.town("taiki") as session:
        (await session.scalars(select(Contact))).one().blocked = True
    town.talk.now += timedelta(days=2)
    assert not await town.renews(old)


async def test_staff_answers_stay_on_the_page_and_line_only_says_so(town: Town) -> None:
    await town.says("母の物忘れがひどくて")
    await town.staff_writes("明日10時に、福祉係でお待ちしています")
    assert "福祉係" not in town.line.last()
    ((bubble,),) = [town.line.heard[-1][1]]
    assert (bubble.text, bubble.preview) == ("お返事があります。", "お返事があります。")
    entered = await town.enters(town.line.links()["ひらく"])
    assert entered is not None
    async with town.talk.store.reading("taiki") as session:
        told_there = await webchat.read(session, entered.conversation_id)
    assert told_there[-1]["text"] == "明日10時に、福祉係でお待ちしています"


async def test_what_is_written_on_the_page_is_answered_on_the_page(town: Town) -> None:
    await town.says("母の物忘れがひどくて")
    entered = await town.enters(town.line.links()["ひらく"])
    assert entered is not None
    sent, before = len(await town.talk.outbox()), len(await town.talk.messages())
    async with town.talk.store.town("taiki") as session:
        (await session.scalars(select(Contact))).one().blocked = True
        await webchat.accept(
            session, entered.conversation_id, text="住所は一条です", client_message_id="1", keys=town.talk.store.keys,
            now=town.talk.now,
        )
    assert await town.talk.turn()
    await town.drain()
    assert len(await town.talk.messages()) > before + 1
    assert len(await town.talk.outbox()) == sent
    async with town.talk.store.reading("taiki") as session:
        assert (await session.scalars(select(Contact))).one().blocked, "who writes on the page has not unblocked LINE"
    assert cast(ScriptedTriage, town.talk.dialogue.triage).heard[-1] == ["母の物忘れがひどくて", "住所は一条です"]


async def test_a_retry_has_the_same_body_and_a_push_has_the_way_in(light: Store, knowledge: Knowledge) -> None:
    town = await town_of(light, knowledge, ScriptedTriage([CHAT]))
    town.line.script = [ReplyExpired("reply_token"), Retryable("platform_fault")]
    await town.talk.says("こんばんは")
    await town.drain()
    town.talk.now += timedelta(minutes=1)
    await town.drain()
    reply, push, again = town.line.heard
    assert [button.label for button in reply[1][-1].buttons] == ["きまり"]
    assert [button.label for button in push[1][-1].buttons] == ["ひらく", "きまり"]
    assert push == again, "LINE's retry key stands for one body"
    await town.talk.close()


async def test_where_line_is_the_whole_conversation_nothing_has_changed(light: Store, knowledge: Knowledge) -> None:
    town = await town_of(light, knowledge, ScriptedTriage([ROUTE]), mode="conversation")
    await town.says("母の物忘れがひどくて")
    assert all(bubble.preview is None and not bubble.buttons for bubble in town.line.heard[-1][1])
    await town.staff_writes("明日10時にお待ちしています")
    assert [bubble.text for bubble in town.line.heard[-1][1]] == ["明日10時にお待ちしています"]
    for asked in ("電話がほしい", "電話する"):
        await town.says(asked)
        assert set(town.line.links()) == {"電話がほしい"}, "who asks is given the form all the same"
    await town.says("ひらく")
    assert set(town.line.links()) == {"ひらく"}
    await town.says("窓口をさがす")
    assert not town.line.links()
    await town.talk.close()


@pytest.mark.parametrize("mode", ["entrance", "conversation"])
async def test_what_the_empty_quota_kept_back_goes_free_with_the_next_reply(
    light: Store, knowledge: Knowledge, mode: str
) -> None:
    town = await town_of(light, knowledge, ScriptedTriage([ROUTE]), mode=mode)
    await town.says("母の物忘れがひどくて")
    town.line.script = [Rejected("quota"), Rejected("quota")]
    await town.staff_writes("明日10時に来てください")
    await town.staff_writes("場所は役場です")
    assert [(row.status, row.error) for row in await town.talk.outbox()][1:] == [("failed", "quota")] * 2
    async with light.reading("taiki") as session:
        seen = await thread(session, (await town.talk.messages())[0].conversation_id)
    assert [one.delivery for one in seen if one.sender == "staff"] == ["unpaid"] * 2
    told = await town.says("どうなりましたか")
    assert town.line.heard[-1][0].reply_token is not None
    assert ("場所は役場です" in told) == (mode == "conversation")
    assert ("お返事があります。" in [bubble.text for bubble in town.line.heard[-1][1]]) == (mode == "entrance")
    rows = await town.talk.outbox()
    assert [row.status for row in rows] == ["sent", "sent"]
    written = [message.sequence for message in await town.talk.messages() if message.sender == "staff"]
    assert rows[1].first_sequence <= min(written) <= max(written) <= rows[1].last_sequence, "staff see them as sent"
    await town.talk.close()


async def test_taps_are_answered_without_judging_and_are_no_words_of_the_case(light: Store, knowledge: Knowledge) -> None:
    town = await town_of(light, knowledge, ScriptedTriage([CHAT, ROUTE]))
    first = await town.says("こんばんは")
    assert set(town.line.links()) == {"きまり"}
    assert max(bubble.text.count("\n") for bubble in town.line.heard[-1][1]) <= 2, first
    for tap, words in {
        "きまり": "AIではなく", "相談する": "ひらく", "電話する": "電話でも話せます", "窓口をさがす": "どのことに近いですか",
        "ひらく": "続きは", "電話がほしい": "電話番号",
    }.items():
        assert words in await town.says(tap), tap
    await town.says("いいえ、きまりは読みました")
    heard = cast(ScriptedTriage, town.talk.dialogue.triage).heard
    assert heard[-1] == ["こんばんは", "いいえ、きまりは読みました"]
    await town.talk.close()


async def test_every_area_of_the_menu_has_the_way_to_the_page(light: Store, knowledge: Knowledge) -> None:
    town = await town_of(light, knowledge, ScriptedTriage([CHAT]))
    taps: tuple[Tap, ...] = ("consult", "call", "help", "windows")
    for tap in taps:
        await town.says(value_of(tap, knowledge))
        assert "ひらく" in town.line.links(), tap
        assert await town.enters(town.line.links()["ひらく"]) is not None, tap
    await town.talk.close()


async def test_help_now_names_who_is_there_and_calls_a_person(light: Store, knowledge: Knowledge) -> None:
    town = await town_of(light, knowledge, ScriptedTriage([CHAT]))
    town.talk.now = SATURDAY_NIGHT
    told = await town.says("いますぐ助けて")
    assert town.line.heard[-1][1][0].text.count("119") == 1
    assert "119" in [card.telephone for bubble in town.line.heard[-1][1] for card in bubble.cards]
    assert "11月24日（火）8:30" in told, "honest about who reads it when"
    assert {bubble.preview for bubble in town.line.heard[-1][1]} == {"お返事があります。"}, "no number of the police on a locked screen"
    (ticket,) = await town.talk.tickets()
    assert ticket.urgency == "urgent"
    await town.talk.close()


async def test_links_are_kept_as_hashes_and_the_way_out_is_sealed(town: Town) -> None:
    await town.says("母の物忘れがひどくて")
    code = town.line.links()["ひらく"]
    async with town.talk.store.reading("taiki") as session:
        rows = list(await session.scalars(select(EntranceCode)))
        messages: list[Any] = [row.payload for row in await session.scalars(select(Message))]
    assert all(code.encode() not in row.code_hash for row in rows)
    assert code not in json.dumps(messages)
    assert [row.payload for row in await town.talk.outbox()] == [None], "what is sent is forgotten"
