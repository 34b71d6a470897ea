"""The towns of the knowledge, and the steps that tests of the desk share: staff, residents, decisions, tickets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from uuid import UUID

import pytest

from handoff.desk import tickets
from handoff.desk.passwords import hash_password, verify_password
from handoff.desk.staff import Role, SignedIn, add, find
from handoff.intake import contacts
from handoff.store.db import Store
from handoff.store.ids import new_id
from handoff.store.models import Conversation, Message
from knowledge.schema import Town
from tests.whole import knowledge
from triage.types import Decision, Reason

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
"""Friday 2026-11-20, 12:00 in Japan."""
PASSWORD = "kawa-no-mizu-wa-kirei"

_HASHES: dict[str, str] = {}
_VERIFIED: dict[tuple[str, str | None], bool] = {}

Hire = Callable[..., Awaitable[SignedIn]]
OpenTicket = Callable[..., Awaitable[str]]


async def hashed_once(password: str) -> str:
    """argon2id takes its time on purpose, and a thousand accounts of the tests have the same password."""
    if password not in _HASHES:
        _HASHES[password] = await hash_password(password)
    return _HASHES[password]


async def verified_once(password: str, hashed: str | None) -> bool:
    """argon2id takes its time on purpose, and staff of a thousand tests sign in with the same password and hash."""
    asked = password, hashed
    if asked not in _VERIFIED:
        _VERIFIED[asked] = await verify_password(password, hashed)
    return _VERIFIED[asked]


@pytest.fixture(scope="session")
def towns() -> Mapping[str, Town]:
    return knowledge().towns


@pytest.fixture
def hire(store: Store) -> Hire:
    """`await hire("suzuki", "taiki.fukushi", role="staff", town="taiki")`"""

    async def make(login: str, *windows: str, role: Role = "staff", town: str = "taiki") -> SignedIn:
        await add(
            store, municipality_id=town, login=login, role=role, windows=windows, password=PASSWORD, now=NOON,
            must_change=False, hashing=hashed_once,
        )
        return await find(store, login)

    return make


def decision_on(text: str, **more: object) -> Decision:
    """A decision with the whole text as evidence."""
    given: dict[str, object] = {"action": "route", "fields": ("poverty",), **more}
    reasons = (Reason("some_rule", "お金の困りごとの言葉があるため", ((0, len(text)),)),)
    return Decision(text=text, reasons=reasons, **given)  # type: ignore[arg-type]


async def conversation_of(store: Store, text: str, *, town: str = "taiki", now: datetime = NOON) -> UUID:
    """A web conversation in which a resident has written one message."""
    async with store.town(town) as session:
        conversation = await contacts.make(
            session, municipality_id=town, channel="web", account_id=None, address=None, lookup=None, keys=store.keys,
            now=now,
        )
        conversation.last_sequence = 1
        session.add(Message(
            id=new_id(now), municipality_id=town, created_at=now, data_key_id=conversation.data_key_id,
            data_key=conversation.data_key, conversation_id=conversation.id, sequence=1, sender="resident", at=now,
            payload={"text": text, "choices": [], "cards": []},
        ))
        return conversation.id


@pytest.fixture
def open_ticket(store: Store, towns: Mapping[str, Town]) -> OpenTicket:
    """`await open_ticket("水道がとまる", windows=("taiki.fukushi",), conversation=…, urgency="urgent")` → number"""

    async def make(
        text: str = "家賃が払えません。", *, windows: tuple[str, ...] = ("taiki.fukushi",), town: str = "taiki",
        conversation: UUID | None = None, why: str = "triage", now: datetime = NOON, **more: object,
    ) -> str:
        known = conversation or await conversation_of(store, text, town=town, now=now)
        async with store.town(town) as session:
            row = await session.get_one(Conversation, known)
            ticket = await tickets.open_or_update(
                session, row, decision_on(text, **more), town=towns[town], windows=windows, why=why, now=now
            )
            return ticket.number

    return make
