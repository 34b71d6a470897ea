"""`tsunagu chat`: the real dialogue in the terminal, over a passing database. No token, nothing kept."""

import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from api.commands.opening import settings, stop
from api.judging import build_answers, build_triage
from api.wiring import clock_from, load_knowledge
from bots.console import ConsoleChannel
from bots.types import Address, Outgoing
from handoff.clock import Clock
from handoff.intake import inbox, webchat
from handoff.intake.dialogue import Dialogue
from handoff.intake.voice import Voice
from handoff.store.db import Store
from knowledge.loader import ROOT, Knowledge
from knowledge.schema import Town


def chat(
    municipality: Annotated[str, typer.Argument(help="Town id, such as itoman.")],
    root: Annotated[Path, typer.Option(help="The knowledge folder.", hidden=True)] = ROOT,
) -> None:
    """Talk to a town's front door in the terminal. A number answers a choice; an empty line or Ctrl+D ends.

    Example: tsunagu chat itoman
    """
    chosen = settings()
    knowledge = load_knowledge(chosen, root=root)
    town = knowledge.towns.get(municipality)
    if town is None:
        half = (root / "municipalities" / municipality).is_dir()
        hint = f"; its files are not right yet, see tsunagu check {municipality}" if half else ""
        stop(f"{municipality}: no such town{hint}; known: {', '.join(sorted(knowledge.towns))}", code=2)
        return
    asyncio.run(_talk(town, knowledge, clock_from(chosen), Console(), chosen.zone))


async def _talk(town: Town, knowledge: Knowledge, clock: Clock, console: Console, zone: ZoneInfo) -> None:
    channel = ConsoleChannel(console)
    store = await Store.in_memory({town.id: town.name}, clock=clock)
    try:
        dialogue = Dialogue(store, knowledge, build_triage(knowledge), {}, zone, build_answers(knowledge))
        voice = Voice(knowledge, town, clock())
        async with store.town(town.id) as session:
            opened = await webchat.open_conversation(
                session, town.id, language="ja", notice=webchat.notice(voice), keys=store.keys, now=clock()
            )
        seen = await _show(store, channel, town, opened.conversation.id, after=0)
        while (line := await asyncio.to_thread(_read_line)) is not None:
            if not await _accepted(store, town, opened.conversation.id, line, now=clock()):
                console.print(voice.say("unreadable"))
                continue
            # The pause that gathers bubbles is for telephones; a terminal sends one whole message.
            claim = await inbox.claim(store, now=clock() + timedelta(seconds=10))
            if claim is not None:
                await dialogue.take(claim, now=clock())
            seen = await _show(store, channel, town, opened.conversation.id, after=seen)
    finally:
        await store.close()


async def _accepted(store: Store, town: Town, conversation_id: UUID, line: str, *, now: datetime) -> bool:
    """Store a line; False for one without a visible or storable character."""
    try:
        async with store.town(town.id) as session:
            await webchat.accept(
                session, conversation_id, text=line, client_message_id=str(uuid4()), keys=store.keys, now=now
            )
    except webchat.Unsayable:
        return False
    return True


def _read_line() -> str | None:
    """A line that is not blank; None at the end of input or on an empty line at a terminal."""
    while True:
        if sys.stdin.isatty():
            sys.stdout.write("> ")
            sys.stdout.flush()
        line = sys.stdin.readline()
        if not line or (not line.strip() and sys.stdin.isatty()):
            return None
        if line.strip():
            return line.strip()[: webchat.LONGEST_TEXT].replace("\x00", "")


async def _show(store: Store, channel: ConsoleChannel, town: Town, conversation_id: UUID, *, after: int) -> int:
    """Print what the bot has said since; returns the last sequence."""
    async with store.reading(town.id) as session:
        messages = await webchat.read(session, conversation_id, after=after)
    bubbles = [Outgoing.from_json(message) for message in messages if message["from"] != "resident"]
    await channel.send(Address(to="console", retry_key=str(uuid4())), bubbles)
    return messages[-1]["sequence"] if messages else after
