"""The web chat's intake over both engines: opening, accepting once, gapless sequences, reading, tokens."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from bots.types import Card, Choice, Outgoing
from handoff.intake import outbox, webchat
from handoff.intake.tokens import hash_token
from handoff.store.db import Store
from handoff.store.ids import new_id
from handoff.store.models import Conversation, Event, InboxItem, Message
from tests.databases import at_noon

NOTICE = (Outgoing("町の相談の入り口です。"), Outgoing("何のことでもどうぞ。"))


async def opened(store: Store, town: str = "taiki") -> tuple[UUID, str]:
    async with store.town(town) as session:
        made = await webchat.open_conversation(
            session, town, language="ja", notice=NOTICE, keys=store.keys, now=at_noon()
        )
        assert [message["text"] for message in made.messages] == [bubble.text for bubble in NOTICE]
        return made.conversation.id, made.token


async def say(store: Store, conversation_id: UUID, text: str, *, key: str | None = None) -> int:
    async with store.town("taiki") as session:
        return await webchat.accept(
            session, conversation_id, text=text, client_message_id=key or str(uuid4()), keys=store.keys, now=at_noon()
        )


async def thread(store: Store, conversation_id: UUID, *, after: int = 0) -> list[dict[str, object]]:
    async with store.reading("taiki") as session:
        return await webchat.read(session, conversation_id, after=after)


async def test_a_new_conversation_begins_with_the_notice_and_keeps_only_a_hash_of_its_token(store: Store) -> None:
    conversation_id, token = await opened(store)
    async with store.reading("taiki") as session:
        row = await session.get_one(Conversation, conversation_id)
        assert row.token_hash == hash_token(token)
        assert (row.channel, row.holder, row.last_sequence) == ("web", "bot", 2)
        assert row.dialogue["greeted"] is True
        assert token.encode() not in (row.token_hash or b"")


async def test_tokens_are_random_and_name_their_town(store: Store) -> None:
    tokens = [(await opened(store))[1] for _ in range(5)]
    assert len(set(tokens)) == 5
    assert all(webchat.town_of(token) == "taiki" and len(token.split(".")[1]) >= 43 for token in tokens)


@pytest.mark.parametrize("token", ["", "taiki", "taiki.", "taiki.short", "x" * 300, "ta iki." + "a" * 43, "大樹." + "a" * 43])
def test_what_cannot_be_a_token_names_no_town(token: str) -> None:
    assert webchat.town_of(token) is None


async def test_only_its_own_token_opens_a_conversation(store: Store) -> None:
    first, first_token = await opened(store)
    _, second_token = await opened(store)
    async with store.reading("taiki") as session:
        assert await webchat.may_use(session, first, first_token)
        assert not await webchat.may_use(session, first, second_token)
        assert not await webchat.may_use(session, first, first_token + "x")
        assert not await webchat.may_use(session, uuid4(), first_token)


async def test_a_token_of_one_town_opens_nothing_in_another(store: Store) -> None:
    conversation_id, token = await opened(store, "itoman")
    async with store.reading("taiki") as session:
        assert not await webchat.may_use(session, conversation_id, token)


async def test_a_conversation_without_token_hash_cannot_be_opened_with_anything(store: Store) -> None:
    conversation_id, token = await opened(store)
    async with store.town("taiki") as session:
        (await session.get_one(Conversation, conversation_id)).token_hash = None
    async with store.reading("taiki") as session:
        assert not await webchat.may_use(session, conversation_id, token)
        assert await webchat.read_all(session, [(conversation_id, 0)]) == [None]


async def test_an_accepted_message_waits_in_the_inbox_for_the_pause(store: Store) -> None:
    conversation_id, _ = await opened(store)
    assert await say(store, conversation_id, "母のことで") == 3
    async with store.reading("taiki") as session:
        item = (await session.scalars(select(InboxItem))).one()
        message = (await session.scalars(select(Message).where(Message.sequence == 3))).one()
        assert (item.channel, item.status, item.raw) == ("web", "new", None)
        assert (item.conversation_id, item.message_id, item.event_id) == (
            conversation_id, message.id, f"web:{message.id}"
        )
        assert item.ready_at - item.event_at == timedelta(seconds=1.5)
        assert item.conversation_key == store.keys.lookup("conversation", str(conversation_id))
        assert message.payload == Outgoing("母のことで").as_json()
        kinds = set(await session.scalars(select(Event.kind).where(Event.conversation_id == conversation_id)))
        assert kinds == {"inbox", "message"}


async def test_the_same_id_is_stored_once_and_answered_alike(store: Store) -> None:
    conversation_id, _ = await opened(store)
    key = str(uuid4())
    assert [await say(store, conversation_id, "一度だけ", key=key) for _ in range(3)] == [3, 3, 3]
    assert await say(store, conversation_id, "次") == 4
    async with store.reading("taiki") as session:
        assert await session.scalar(select(func.count()).select_from(InboxItem)) == 2


async def test_the_same_id_in_another_conversation_is_another_message(store: Store) -> None:
    key = str(uuid4())
    for _ in range(2):
        conversation_id, _ = await opened(store)
        assert await say(store, conversation_id, "こんにちは", key=key) == 3


async def test_sequences_have_no_gap_when_many_write_at_once(store: Store) -> None:
    conversation_id, _ = await opened(store)
    keys = [str(uuid4()) for _ in range(12)] * 2
    got = await asyncio.gather(*(say(store, conversation_id, "同時に", key=key) for key in keys))
    assert sorted(set(got)) == list(range(3, 15))
    assert [message["sequence"] for message in await thread(store, conversation_id)] == list(range(1, 15))


async def test_reading_goes_on_after_a_sequence_and_shows_cards_and_choices(store: Store) -> None:
    conversation_id, _ = await opened(store)
    bubble = Outgoing("どの窓口ですか", (Choice("高齢", "高齢のこと"),), (Card("高齢者支援係", telephone="01558-6-2200"),))
    async with store.town("taiki") as session:
        conversation = await session.get_one(Conversation, conversation_id)
        await outbox.enqueue(session, conversation, [bubble], sender="staff", now=at_noon())
    (message,) = await thread(store, conversation_id, after=2)
    assert message == {
        "sequence": 3, "from": "staff", "text": "どの窓口ですか", "choices": [{"label": "高齢", "value": "高齢のこと"}],
        "cards": bubble.as_json()["cards"], "at": "2026-11-21T03:00:00+00:00",
    }


async def test_a_message_taken_back_keeps_its_place_without_words(store: Store) -> None:
    conversation_id, _ = await opened(store)
    await say(store, conversation_id, "取り消す")
    async with store.town("taiki") as session:
        row = (await session.scalars(select(Message).where(Message.sequence == 3))).one()
        row.payload, row.unsent_at = None, at_noon()
    (message,) = await thread(store, conversation_id, after=2)
    assert (message["sequence"], message["text"], message["cards"]) == (3, "", [])


@pytest.mark.parametrize(("text", "fault"), [
    ("", "blank"), ("   \n\t", "blank"), ("\u3000\u200b\ufeff", "blank"), ("あ" * 20_001, "too_long"), ("a\x00b", "unstorable"),
    ("a\ud800", "unstorable"), ("\udc00", "unstorable"),
])
async def test_what_is_no_message_is_refused_before_anything_is_stored(store: Store, text: str, fault: str) -> None:
    conversation_id, _ = await opened(store)
    with pytest.raises(webchat.Unsayable) as refused:
        await say(store, conversation_id, text)
    assert (refused.value.fault, str(refused.value)) == (fault, fault)
    assert len(await thread(store, conversation_id)) == 2


@pytest.mark.parametrize("text", ["あ", "😭😭", "👨‍👩‍👧‍👦", "1️⃣", "0", "あ" * 20_000, "<script>alert(1)</script>", "'; DROP TABLE message; --"])
async def test_what_a_resident_may_write_comes_back_unaltered(store: Store, text: str) -> None:
    conversation_id, _ = await opened(store)
    await say(store, conversation_id, text)
    assert (await thread(store, conversation_id, after=2))[0]["text"] == text


async def test_a_conversation_that_has_gone_is_a_lookup_error(store: Store) -> None:
    with pytest.raises(LookupError):
        await say(store, new_id(at_noon()), "だれかいますか")
