"""操作記録: who did or opened what, when and why, chained a town so that no entry can be changed or taken out unseen.

Each hash is an HMAC, under the key file, of the hash before and of the entry with its sealed reason: the chain still
holds after the reason's data key is destroyed. The counter behind the sequence shows a cut tail. Must not know what
the actions mean.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.privacy.keys import KeyRing
from handoff.store.counters import next_value
from handoff.store.db import town_key
from handoff.store.errors import Unscoped
from handoff.store.ids import new_id
from handoff.store.models import AuditEntry, Counter
from handoff.store.scope import scope_of

COUNTER = "audit"
FIRST = bytes(32)
"""What stands before the first entry."""
_AT_ONCE = 1_000


class ChainBroken(Exception):
    """The record of a town was changed. sequence: the first entry that does not fit."""

    def __init__(self, municipality_id: str, sequence: int) -> None:
        super().__init__(f"操作記録 {municipality_id} の {sequence} 番が合いません。 / Audit entry {sequence} does not fit.")
        self.municipality_id = municipality_id
        self.sequence = sequence


@dataclass(frozen=True, slots=True)
class Verified:
    """A whole chain: how many entries, and the newest hash, to be written down elsewhere."""

    entries: int
    head: bytes


async def record(
    session: AsyncSession,
    *,
    action: str,
    staff_id: UUID | None,
    ticket_id: UUID | None = None,
    reason: str | None = None,
    now: datetime,
    municipality_id: str | None = None,
) -> AuditEntry:
    """Append an entry in this transaction; others of the town wait until it ends, so call it late.

    municipality_id: needed in an everywhere session (login).
    """
    scope = scope_of(session)
    town = municipality_id or scope.municipality_id
    if scope.everywhere and municipality_id is None:
        raise Unscoped("an audit entry in an everywhere session needs municipality_id")
    sequence = await next_value(session, town, COUNTER)
    entry = AuditEntry(
        id=new_id(now), municipality_id=town, created_at=now, data_key=await town_key(session, town), sequence=sequence,
        action=action, staff_id=staff_id, ticket_id=ticket_id, at=now,
    )
    if reason is not None:
        entry.reason_sealed = AuditEntry.reason.seal(entry.id, entry.data_key, reason)
    entry.previous = await _hash_of(session, town, sequence - 1)
    entry.hash = chained(entry, scope.keys)
    session.add(entry)
    await session.flush()
    return entry


async def verify(session: AsyncSession, *, municipality_id: str | None = None) -> Verified:
    """Go through a town's whole record. ChainBroken at the first change, gap or cut tail."""
    scope = scope_of(session)
    town = municipality_id or scope.municipality_id
    head, count = FIRST, 0
    while batch := await _after(session, town, count):
        for entry in batch:
            count += 1
            if entry.sequence != count or entry.previous != head or entry.hash != chained(entry, scope.keys):
                raise ChainBroken(town, count)
            head = entry.hash
        session.expunge_all()
    given = await session.scalar(select(Counter.value).where(Counter.municipality_id == town, Counter.name == COUNTER))
    if (given or 0) != count:
        raise ChainBroken(town, count + 1)
    return Verified(count, head)


def chained(entry: AuditEntry, keys: KeyRing) -> bytes:
    """The hash of an entry after its predecessor."""
    content = [
        str(entry.id), entry.municipality_id, entry.sequence, entry.action, entry.at.astimezone(UTC).isoformat(),
        *(None if value is None else str(value) for value in (entry.staff_id, entry.ticket_id)),
        None if entry.reason_sealed is None else entry.reason_sealed.hex(),
    ]
    return keys.mac("audit", entry.previous + json.dumps(content, separators=(",", ":")).encode())


async def _hash_of(session: AsyncSession, town: str, sequence: int) -> bytes:
    if sequence == 0:
        return FIRST
    before = select(AuditEntry.hash).where(AuditEntry.municipality_id == town, AuditEntry.sequence == sequence)
    return (await session.execute(before)).scalar_one()


async def _after(session: AsyncSession, town: str, sequence: int) -> list[AuditEntry]:
    after = select(AuditEntry).where(AuditEntry.municipality_id == town, AuditEntry.sequence > sequence)
    return list(await session.scalars(after.order_by(AuditEntry.sequence).limit(_AT_ONCE)))
