"""名簿: how accounts change hands and end: moved to other windows, a new password, closed, opened again.

For whoever runs the deployment; what is done is on the record. Making an account and finding one is `staff`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.passwords import hash_password
from handoff.desk.sessions import attempts_key
from handoff.desk.staff import Role, SignedIn, find, pictured, seat
from handoff.privacy import audit
from handoff.store.db import Store
from handoff.store.models import DutyPerson, LoginAttempt, StaffMember, StaffSession, StaffToken, StaffWindow, Ticket


@dataclass(frozen=True, slots=True)
class Left:
    """What still hangs on somebody who goes: open tickets in their hands, a place on the rota of the night."""

    tickets: int
    on_rota: bool


async def reset_password(
    store: Store, login: str, *, password: str, now: datetime, must_change: bool = True
) -> UUID:
    """A new one-time password; every session and token of the account ends, and a lock after wrong ones. UnknownStaff."""
    hashed = await hash_password(password)
    staff = await find(store, login)
    async with store.town(staff.municipality_id) as session:
        row = await session.get_one(StaffMember, staff.id)
        await _renew_password(session, row, hashed, must_change=must_change)
        await audit.record(session, action="password_reset", staff_id=row.id, now=now)
    async with store.everywhere() as session:
        await session.execute(delete(LoginAttempt).where(LoginAttempt.key == attempts_key(store, staff.login)))
    return staff.id


async def everybody(session: AsyncSession) -> list[tuple[SignedIn, datetime | None]]:
    """All accounts of the session's town by login, and since when those are closed that are."""
    rows = list(await session.scalars(select(StaffMember).order_by(StaffMember.login)))
    return list(zip(await pictured(session, rows), (row.disabled_at for row in rows), strict=True))


async def move(
    store: Store, login: str, *, windows: Sequence[str] | None, role: Role | None, organisation: str | None = None,
    now: datetime,
) -> Left:
    """Seat somebody at these windows and no other, from their next request on. None: as it is. UnknownStaff.

    organisation: the body they work for from now on, empty for the town itself.
    """
    staff = await find(store, login)
    async with store.town(staff.municipality_id) as session:
        row = await session.get_one(StaffMember, staff.id)
        row.role = role or row.role
        row.organisation = row.organisation if organisation is None else organisation or None
        if windows is not None:
            await session.execute(delete(StaffWindow).where(StaffWindow.staff_id == row.id))
            seat(session, row, windows, now=now)
        await audit.record(session, action="staff_moved", staff_id=row.id, now=now)
        return await _left(session, row)


@dataclass(frozen=True, slots=True)
class Belongs:
    """Whom somebody works for, as a form says it: what stood there when it was drawn, and what is to stand there."""

    staff_id: UUID
    was: str | None
    now: str | None


async def place(session: AsyncSession, told: Sequence[Belongs], *, by: UUID, now: datetime) -> int:
    """Write down who works for whom; how many changed. Closed accounts, and what somebody else has changed meanwhile, stay."""
    wanted = {one.staff_id: one for one in told if one.now != one.was}
    rows = await session.scalars(
        select(StaffMember).where(StaffMember.id.in_(wanted), StaffMember.disabled_at.is_(None)).order_by(StaffMember.login)
    )
    changed = [row for row in rows if row.organisation == wanted[row.id].was]
    for row in changed:
        row.organisation = wanted[row.id].now
        await audit.record(session, action="staff_placed", staff_id=by, reason=row.login, now=now)
    return len(changed)


async def disable(store: Store, login: str, *, now: datetime) -> Left:
    """Close an account at once: no session and no token works any more. UnknownStaff."""
    staff = await find(store, login)
    async with store.town(staff.municipality_id) as session:
        row = await session.get_one(StaffMember, staff.id)
        row.disabled_at = now
        await session.execute(delete(StaffSession).where(StaffSession.staff_id == row.id))
        await audit.record(session, action="staff_disabled", staff_id=row.id, now=now)
        return await _left(session, row)


async def enable(store: Store, login: str, *, password: str, now: datetime) -> None:
    """Open a closed account again, with a one-time password and nothing of its old keys. UnknownStaff."""
    hashed = await hash_password(password)
    staff = await find(store, login, closed=True)
    async with store.town(staff.municipality_id) as session:
        row = await session.get_one(StaffMember, staff.id)
        row.disabled_at = None
        await _renew_password(session, row, hashed, must_change=True)
        await audit.record(session, action="staff_enabled", staff_id=row.id, now=now)


async def _left(session: AsyncSession, row: StaffMember) -> Left:
    asked = select(func.count(Ticket.id)).where(Ticket.assignee_id == row.id, Ticket.status != "resolved")
    rota = select(DutyPerson.id).where(DutyPerson.staff_id == row.id, DutyPerson.removed_at.is_(None)).limit(1)
    return Left(await session.scalar(asked) or 0, await session.scalar(rota) is not None)


async def _renew_password(session: AsyncSession, row: StaffMember, hashed: str, *, must_change: bool) -> None:
    row.password_hash, row.must_change = hashed, must_change
    await session.execute(delete(StaffSession).where(StaffSession.staff_id == row.id))
    await session.execute(delete(StaffToken).where(StaffToken.staff_id == row.id))
