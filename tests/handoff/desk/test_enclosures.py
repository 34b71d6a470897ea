"""Files beside an answer, on both engines: laid there, looked through, sent with it, taken back, gone with the talk."""

from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import select

from bots.channel import Platform
from bots.types import Outgoing
from handoff.desk import answers, enclosures
from handoff.desk.access import NotYours
from handoff.desk.enclosures import NotEnclosed
from handoff.intake.media import Collector
from handoff.privacy import retention
from handoff.privacy.erasures import Erasures
from handoff.store.db import Store
from handoff.store.models import Attachment, AttachmentChunk, Conversation, Enclosure, Message
from tests.handoff.desk.conftest import NOON, Hire, OpenTicket
from tests.handoff.intake import files


async def looked_through(store: Store) -> None:
    async def none(account_id: UUID) -> Platform | None:
        return None

    await Collector(store, lambda: NOON, none, Random(1), lambda town, language: Outgoing("x")).drain()


async def test_from_the_draft_to_the_talk_and_out_of_it(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    suzuki, tanaka = await hire("suzuki", "taiki.fukushi"), await hire("tanaka", "taiki.fukushi")
    number = await open_ticket()
    async with store.town("taiki") as session:
        file = await enclosures.add(session, suzuki, number, data=files.PDF, kind="file", name="紙.pdf", now=NOON)
    with pytest.raises(NotEnclosed, match="調べて"):
        async with store.town("taiki") as session:
            await answers.reply(session, suzuki, number, text="送ります", enclosed=True, now=NOON)
    await looked_through(store)
    with pytest.raises(NotYours):
        async with store.town("taiki") as session:
            await enclosures.remove(session, tanaka, number, file, now=NOON)
    async with store.town("taiki") as session:
        await answers.reply(session, suzuki, number, text="送ります", enclosed=True, now=NOON)
    async with store.town("taiki") as session:
        row = await session.get_one(Attachment, file)
        message = await session.get_one(Message, row.message_id)
        assert (message.media, message.sender, row.status) == ("file", "staff", "kept")
        assert await session.scalar(select(Enclosure.id)) is None
        await enclosures.take_back(session, tanaka, number, file, now=NOON)
    async with store.town("taiki") as session:
        assert (await session.get_one(Attachment, file)).status == "erased"
        assert await session.scalar(select(AttachmentChunk.id)) is None


async def test_a_talk_that_is_removed_takes_what_still_lies_beside_its_answer(
    store: Store, hire: Hire, open_ticket: OpenTicket, tmp_path: Path
) -> None:
    suzuki = await hire("suzuki", "taiki.fukushi")
    number = await open_ticket()
    async with store.town("taiki") as session:
        await enclosures.add(session, suzuki, number, data=files.PDF, kind="file", name="紙.pdf", now=NOON)
    async with store.town("taiki") as session:
        talk = (await session.scalars(select(Conversation.id))).one()
        await retention.erase(session, [talk], now=NOON, erasures=Erasures(tmp_path / "erasures"))
    async with store.reading("taiki") as session:
        for kind in (Attachment, AttachmentChunk, Enclosure):
            assert await session.scalar(select(kind.id)) is None
