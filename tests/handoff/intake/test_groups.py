"""Groups: told once that they are no place for a consultation, left, and nothing of them kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from bots.errors import Rejected
from bots.line import reading
from bots.types import Address, ChannelKind, Incoming, Outgoing, Sent
from handoff.intake import inbox
from handoff.intake.groups import SAID_AGAIN_AFTER, Groups
from handoff.store.db import Store
from handoff.store.models import Contact, Conversation, InboxItem, Message
from knowledge.loader import Knowledge
from tests.handoff.intake.talk import ScriptedTriage, Talk
from tests.handoff.intake.test_dialogue import ROUTE

REFUSAL = Outgoing("ここでは相談できません")


@dataclass
class Room:
    """A platform that remembers what was done."""

    said: list[tuple[str, str | None, str]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    mute: bool = False
    kind: ChannelKind = "line"

    def parse(self, raw: Mapping[str, object]) -> Incoming:
        return reading.read(raw)

    async def send(self, address: Address, bubbles: Sequence[Outgoing]) -> Sent:
        if self.mute:
            raise Rejected("unreachable")
        self.said.append((address.to, address.reply_token, bubbles[0].text))
        return Sent("push")

    async def fetch(self, handle: str, *, most: int) -> bytes:
        raise Rejected("gone")

    async def leave(self, address: str) -> bool:
        self.left.append(address)
        return True

    async def close(self) -> None:
        return None


def groups(room: Room, welcome: frozenset[str] = frozenset()) -> Groups:
    async def of(account_id: UUID) -> Room:
        return room

    async def known(account_id: UUID) -> frozenset[str]:
        return welcome

    return Groups(of, {"line": reading.read}, lambda town: REFUSAL, known)


async def comes_in(talk: Talk, house: Groups, kind: str, *, source: str = "group", **more: object) -> bool:
    """An event of group C1 comes in and is worked off as the worker does it."""
    place = {"type": source, "groupId" if source == "group" else "roomId": "C1", "userId": "U9"}
    await talk.send({**talk.event(kind), "source": place, **more}, user="C1")
    claim = await inbox.claim(talk.store, now=talk.now + timedelta(seconds=2))
    assert claim is not None
    answered = await house.answer(claim, now=talk.now)
    await talk.dialogue.take(claim, now=talk.now)
    return answered


async def nothing_is_kept(store: Store) -> None:
    async with store.reading("taiki") as session:
        for kind in (Contact, Conversation, Message):
            assert list(await session.scalars(select(kind.id))) == []
        assert all(raw is None for raw in await session.scalars(select(InboxItem.raw_sealed)))


@pytest.mark.parametrize("source", ["group", "room"])
async def test_said_once_and_left_and_nothing_stays(light: Store, knowledge: Knowledge, source: str) -> None:
    talk, room = await Talk.begin(light, knowledge, ScriptedTriage([ROUTE])), Room()
    house = groups(room)
    words = {"id": "m1", "type": "text", "text": "うちの母のことで"}
    assert await comes_in(talk, house, "join", source=source)
    assert await comes_in(talk, house, "message", source=source, message=words)
    assert room.said == [("C1", "r1", REFUSAL.text)]
    assert room.left == ["C1", "C1"], "still there: it is left again, without a word"
    await nothing_is_kept(light)
    talk.now += SAID_AGAIN_AFTER
    await comes_in(talk, house, "join", source=source)
    assert len(room.said) == 2
    await talk.close()


async def test_leaving_does_not_hang_on_being_heard(light: Store, knowledge: Knowledge) -> None:
    talk, room = await Talk.begin(light, knowledge, ScriptedTriage([ROUTE])), Room(mute=True)
    assert await comes_in(talk, groups(room), "join")
    assert room.left == ["C1"]
    await talk.close()


async def test_after_a_backlog_it_is_said_without_the_token_that_is_over(light: Store, knowledge: Knowledge) -> None:
    talk, room = await Talk.begin(light, knowledge, ScriptedTriage([ROUTE])), Room()
    await comes_in(talk, groups(room), "join", timestamp=int((talk.now - timedelta(seconds=70)).timestamp() * 1000))
    assert room.said == [("C1", None, REFUSAL.text)]
    await talk.close()


async def test_what_was_not_heard_is_said_at_the_next_event(light: Store, knowledge: Knowledge) -> None:
    talk, room = await Talk.begin(light, knowledge, ScriptedTriage([ROUTE])), Room(mute=True)
    house = groups(room)
    await comes_in(talk, house, "join")
    room.mute = False
    await comes_in(talk, house, "join")
    assert len(room.said) == 1
    await talk.close()


async def test_a_member_who_leaves_is_no_reason_to_speak(light: Store, knowledge: Knowledge) -> None:
    talk, room = await Talk.begin(light, knowledge, ScriptedTriage([ROUTE])), Room()
    assert not await comes_in(talk, groups(room), "memberLeft")
    assert not await comes_in(talk, groups(room), "leave")
    assert (room.said, room.left) == ([], [])
    await talk.close()


async def test_standby_is_silence(light: Store, knowledge: Knowledge) -> None:
    talk, room = await Talk.begin(light, knowledge, ScriptedTriage([ROUTE])), Room()
    await comes_in(talk, groups(room), "message", mode="standby", message={"id": "1", "type": "text", "text": "a"})
    assert (room.said, room.left) == ([], [])
    await nothing_is_kept(light)
    await talk.close()


async def test_where_staff_want_us_we_stay(light: Store, knowledge: Knowledge) -> None:
    talk, room = await Talk.begin(light, knowledge, ScriptedTriage([ROUTE])), Room()
    assert await comes_in(talk, groups(room, frozenset({"C1"})), "join")
    assert (room.said, room.left) == ([], [])
    await talk.close()


async def test_a_person_is_no_group(light: Store, knowledge: Knowledge) -> None:
    talk, room = await Talk.begin(light, knowledge, ScriptedTriage([ROUTE])), Room()
    await talk.send(talk.text("母のことです"))
    claim = await inbox.claim(light, now=talk.now + timedelta(seconds=2))
    assert claim is not None
    assert not await groups(room).answer(claim, now=talk.now)
    assert (room.said, room.left) == ([], [])
    await talk.close()
