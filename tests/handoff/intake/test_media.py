"""Attachments from the message to what staff can open, on both engines: fetched, sealed, tried again, taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from bots.errors import Rejected, Retryable
from bots.line import reading
from bots.types import Address, ChannelKind, Incoming, Outgoing, Sent
from handoff.intake.media import GIVE_UP_AFTER, LEASE, Collector, claim
from handoff.intake.scanner import Verdict
from handoff.privacy.keys import KeyRing
from handoff.store import chunks
from handoff.store.db import Store
from handoff.store.models import Attachment, AttachmentChunk, AuditEntry
from knowledge.loader import Knowledge
from tests.handoff.intake import files
from tests.handoff.intake.talk import ScriptedTriage, Talk
from tests.handoff.intake.test_dialogue import CRISIS, ROUTE
from triage.types import Decision

LOST = Outgoing("開けませんでした")


@dataclass
class Shelf:
    """A platform that keeps contents: bytes, or what goes wrong, by handle."""

    contents: dict[str, bytes | Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    kind: ChannelKind = "line"

    def parse(self, raw: Mapping[str, object]) -> Incoming:
        return reading.read(raw)

    async def send(self, address: Address, bubbles: Sequence[Outgoing]) -> Sent:
        return Sent("push")

    async def fetch(self, handle: str, *, most: int) -> bytes:
        self.asked.append(handle)
        found = self.contents[handle]
        if isinstance(found, Exception):
            raise found
        return found

    async def leave(self, address: str) -> bool:
        return True

    async def close(self) -> None:
        return None


@dataclass
class Scene:
    """A resident on LINE, the dialogue, and the collector that fetches what they send."""

    talk: Talk
    shelf: Shelf
    verdict: Verdict = "unscanned"

    @property
    def collector(self) -> Collector:
        async def of(account_id: UUID) -> Shelf:
            return self.shelf

        async def scan(data: bytes) -> Verdict:
            return self.verdict

        return Collector(self.talk.store, lambda: self.talk.now, of, Random(1), lambda town, language: LOST, scan)

    async def sends(self, kind: str, content: bytes | Exception, *, name: str | None = None, number: str = "p1") -> None:
        """A file comes in and is answered; it is not fetched yet."""
        self.shelf.contents[number] = content
        message: dict[str, Any] = {"id": number, "type": kind, "contentProvider": {"type": "line"}}
        if name:
            message["fileName"] = name
        await self.talk.send(self.talk.event("message", message=message))
        await self.talk.turn()

    async def unsends(self, number: str = "p1") -> None:
        await self.talk.send(self.talk.event("unsend", unsend={"messageId": number}))
        await self.talk.turn()

    async def attachment(self) -> Attachment:
        async with self.talk.store.reading("taiki") as session:
            return (await session.scalars(select(Attachment))).one()

    async def bytes_of(self, part: str = "whole") -> bytes:
        async with self.talk.store.reading("taiki") as session:
            row = (await session.scalars(select(Attachment))).one()
            return await chunks.read(session, row.id, part)

    async def pieces(self) -> int:
        async with self.talk.store.reading("taiki") as session:
            return len(list(await session.scalars(select(AttachmentChunk.id))))

    async def actions(self) -> list[str]:
        async with self.talk.store.reading("taiki") as session:
            return list(await session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)))

    async def said(self) -> list[str]:
        return [row.payload["text"] for row in await self.talk.messages() if row.sender == "bot" and row.payload]


async def scene(store: Store, knowledge: Knowledge, *script: Decision) -> Scene:
    return Scene(await Talk.begin(store, knowledge, ScriptedTriage(list(script or (ROUTE,)))), Shelf())


async def test_in_standby_nobody_is_told_that_a_file_is_lost_and_staff_see_it(light: Store, knowledge: Knowledge) -> None:
    one = await scene(light, knowledge)
    one.shelf.contents["p1"] = Rejected("gone")
    message = {"id": "p1", "type": "image", "contentProvider": {"type": "line"}}
    await one.talk.send({**one.talk.event("message", message=message), "mode": "standby"})
    await one.talk.turn()
    await one.collector.drain()
    assert ((await one.attachment()).status, await one.said(), await one.talk.outbox()) == ("failed", [], [])
    await one.talk.says("こんにちは")
    await one.sends("image", Rejected("gone"), number="p2")
    await one.collector.drain()
    assert (await one.said())[-1] == LOST.text, "once the talk is ours again, the truth is told"
    await one.talk.close()


async def test_a_photo_is_drawn_anew_and_kept_sealed(store: Store, knowledge: Knowledge) -> None:
    one = await scene(store, knowledge)
    await one.sends("image", files.photo())
    assert (await one.attachment()).status == "waiting"
    assert await one.collector.drain() == 1
    kept = await one.attachment()
    assert (kept.status, kept.media_type, kept.scan, kept.handle) == ("kept", "image/jpeg", "unscanned", None)
    body = await one.bytes_of()
    assert len(body) == kept.size
    assert body.startswith(b"\xff\xd8")
    assert files.SECRET.encode() not in body
    assert await one.bytes_of("preview")
    assert await one.collector.drain() == 0
    await one.talk.close()


async def test_an_iphones_photo_sent_as_a_file_is_drawn_anew_too(light: Store, knowledge: Knowledge) -> None:
    """Its container is that of videos: kept as one, it would show staff, and whoever gets the file, where it was taken."""
    one = await scene(light, knowledge)
    await one.sends("file", files.HEIC, name="IMG_0001.HEIC")
    await one.collector.drain()
    assert (await one.attachment()).media_type == "image/jpeg"
    assert files.SECRET.encode() not in await one.bytes_of()
    await one.talk.close()


async def test_a_voice_opens_a_ticket_with_one_honest_line(store: Store, knowledge: Knowledge) -> None:
    one = await scene(store, knowledge)
    await one.sends("audio", files.VOICE)
    (line,) = await one.said()
    assert "声のメッセージは職員が聞きます" in line
    assert len(await one.talk.tickets()) == 1
    await one.collector.drain()
    assert (await one.attachment()).media_type == "audio/mp4"
    assert await one.bytes_of() == files.VOICE
    await one.talk.close()


async def test_a_large_file_comes_back_in_order(store: Store, knowledge: Knowledge) -> None:
    one = await scene(store, knowledge)
    whole = files.VIDEO + bytes(range(256)) * 4_096
    await one.sends("video", whole)
    await one.collector.drain()
    assert await one.pieces() > 2
    assert await one.bytes_of() == whole
    await one.talk.close()


async def test_the_name_of_a_paper_is_sealed_with_it(store: Store, knowledge: Knowledge, keys: KeyRing) -> None:
    one = await scene(store, knowledge)
    await one.sends("file", files.PDF, name="滞納の通知.pdf")
    row = await one.attachment()
    assert row.name == "滞納の通知.pdf"
    assert row.name_sealed is not None
    assert "滞納".encode() not in row.name_sealed
    assert b"p1" not in (row.handle_sealed or b"")
    await one.talk.close()


@pytest.mark.parametrize(("kind", "content", "code"), [
    ("file", files.HTML, "type"), ("file", files.MACROS, "type"), ("image", files.PDF, "type"),
    ("image", files.bomb(), "bomb"), ("image", files.photo()[:3_000], "unreadable_image"),
    ("image", Rejected("gone"), "gone"), ("video", Rejected("too_large"), "too_large"),
], ids=["html", "macros", "pdf as image", "bomb", "cut", "gone", "too large"])
async def test_what_cannot_be_kept_is_said_to_both_sides(
    light: Store, knowledge: Knowledge, kind: str, content: bytes | Exception, code: str
) -> None:
    one = await scene(light, knowledge)
    await one.sends(kind, content)
    await one.collector.drain()
    row = await one.attachment()
    assert (row.status, row.error, row.handle) == ("failed", code, None)
    assert await one.pieces() == 0
    assert (await one.said())[-1] == LOST.text
    assert await one.collector.drain() == 0
    await one.talk.close()


async def test_a_virus_is_thrown_away(light: Store, knowledge: Knowledge) -> None:
    one = await scene(light, knowledge)
    await one.sends("file", files.PDF)
    one.verdict = "infected"
    await one.collector.drain()
    assert ((await one.attachment()).error, await one.pieces()) == ("infected", 0)
    await one.sends("file", files.PDF, number="p2")
    one.verdict = "clean"
    await one.collector.drain()
    async with light.reading("taiki") as session:
        assert await session.scalar(select(Attachment.scan).where(Attachment.status == "kept")) == "clean"
    await one.talk.close()


async def test_a_platform_that_is_away_is_asked_again_and_in_the_end_it_shows(store: Store, knowledge: Knowledge) -> None:
    one = await scene(store, knowledge)
    await one.sends("image", Retryable("platform_fault"))
    await one.collector.drain()
    row = await one.attachment()
    assert (row.status, row.error) == ("waiting", "platform_fault")
    assert row.due_at > one.talk.now
    assert await one.collector.drain() == 0, "not before its time"
    one.talk.now += timedelta(minutes=5)
    one.shelf.contents["p1"] = files.photo()
    await one.collector.drain()
    assert (await one.attachment()).status == "kept"
    await one.talk.close()


async def test_it_is_given_up_in_the_end(light: Store, knowledge: Knowledge) -> None:
    one = await scene(light, knowledge)
    await one.sends("image", Retryable("timeout"))
    one.talk.now += GIVE_UP_AFTER + timedelta(minutes=1)
    await one.collector.drain()
    assert ((await one.attachment()).status, (await one.said())[-1]) == ("failed", LOST.text)
    await one.talk.close()


async def test_a_worker_that_died_leaves_it_to_the_next(store: Store, knowledge: Knowledge) -> None:
    one = await scene(store, knowledge)
    await one.sends("image", files.photo())
    first = await claim(store, now=one.talk.now)
    assert first is not None
    assert await one.collector.drain() == 0
    one.talk.now += LEASE + timedelta(seconds=1)
    assert await one.collector.drain() == 1
    assert (await one.attachment()).status == "kept"
    await one.collector._fail(first, "gone")  # the first worker wakes up again: too late
    assert (await one.attachment()).status == "kept"
    await one.talk.close()


async def test_a_redelivered_photo_is_one_photo(store: Store, knowledge: Knowledge) -> None:
    one = await scene(store, knowledge)
    await one.sends("image", files.photo())
    await one.sends("image", files.photo())
    await one.collector.drain()
    assert await one.collector.drain() == 0
    assert one.shelf.asked == ["p1"]
    await one.talk.close()


async def test_what_another_server_holds_is_not_fetched(light: Store, knowledge: Knowledge) -> None:
    one = await scene(light, knowledge)
    external = {"id": "x", "type": "image", "contentProvider": {"type": "external", "originalContentUrl": "http://127.0.0.1/"}}
    await one.talk.send(one.talk.event("message", message=external))
    await one.talk.turn()
    assert await one.collector.drain() == 0
    row = await one.attachment()
    assert (row.status, row.error) == ("failed", "elsewhere")
    await one.talk.close()


async def test_taken_back_before_it_was_fetched(store: Store, knowledge: Knowledge) -> None:
    one = await scene(store, knowledge)
    await one.sends("image", files.photo())
    await one.unsends()
    assert await one.collector.drain() == 0
    row = await one.attachment()
    assert (row.status, row.handle) == ("erased", None)
    await one.talk.close()


async def test_taken_back_while_it_was_being_fetched(light: Store, knowledge: Knowledge) -> None:
    one = await scene(light, knowledge)
    await one.sends("image", files.photo())
    job = await claim(light, now=one.talk.now)
    assert job is not None
    await one.unsends()
    kept = await one.collector._looked_through(files.photo(), "image")
    await one.collector._keep(job, kept)
    assert ((await one.attachment()).status, await one.pieces()) == ("erased", 0)
    await one.talk.close()


async def test_taken_back_afterwards(store: Store, knowledge: Knowledge) -> None:
    one = await scene(store, knowledge)
    await one.sends("file", files.PDF, name="通知.pdf")
    await one.collector.drain()
    await one.unsends()
    row = await one.attachment()
    assert (row.status, row.name, row.size, await one.pieces()) == ("erased", None, 0, 0)
    assert await one.actions() == ["unsent_erased"]
    assert [message.payload for message in await one.talk.messages() if message.sender == "resident"] == [None]
    await one.unsends()
    assert await one.actions() == ["unsent_erased"], "once"
    await one.talk.close()


async def test_an_unsend_that_comes_first_keeps_the_photo_out(store: Store, knowledge: Knowledge) -> None:
    one = await scene(store, knowledge)
    await one.talk.says("水道がとまります")
    await one.unsends()
    await one.sends("image", files.photo())
    async with store.reading("taiki") as session:
        assert list(await session.scalars(select(Attachment.id))) == []
    await one.talk.close()


def sealing(knowledge: Knowledge) -> Knowledge:
    """The same knowledge, with a town that keeps what is taken back while a crisis record is open."""
    town = knowledge.towns["taiki"]
    municipality = town.municipality.model_copy(update={"unsend_in_crisis": "seal"})
    return replace(knowledge, towns={**knowledge.towns, "taiki": town.model_copy(update={"municipality": municipality})})


async def test_in_a_crisis_the_towns_rule_may_keep_it_under_seal(store: Store, knowledge: Knowledge) -> None:
    one = await scene(store, sealing(knowledge), CRISIS)
    await one.talk.send(one.talk.text("もうむり", message_id="m1"))
    await one.talk.turn()
    await one.sends("file", files.PDF)
    await one.collector.drain()
    await one.unsends("m1")
    await one.unsends("p1")
    assert await one.actions() == ["unsent_sealed", "unsent_sealed"]
    words, paper = [message for message in await one.talk.messages() if message.sender == "resident"]
    assert (words.payload, words.withheld["text"], paper.payload) == (None, "もうむり", None)
    assert words.unsent_at is not None
    assert (await one.attachment()).status == "withheld"
    assert await one.bytes_of() == files.PDF
    await one.talk.close()


async def test_without_a_crisis_the_same_town_erases(light: Store, knowledge: Knowledge) -> None:
    one = await scene(light, sealing(knowledge))
    await one.talk.send(one.talk.text("母のことです", message_id="m1"))
    await one.talk.turn()
    await one.unsends("m1")
    assert await one.actions() == ["unsent_erased"]
    assert [message.withheld for message in await one.talk.messages() if message.sender == "resident"] == [None]
    await one.talk.close()


async def test_by_default_a_crisis_record_is_erased_too(light: Store, knowledge: Knowledge) -> None:
    one = await scene(light, knowledge, CRISIS)
    await one.talk.send(one.talk.text("もうむり", message_id="m1"))
    await one.talk.turn()
    await one.unsends("m1")
    assert await one.actions() == ["unsent_erased"]
    await one.talk.close()
