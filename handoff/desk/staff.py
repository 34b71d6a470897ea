"""職員: accounts, roles, windows, and what each may see.

Knows nothing of cookies and HTTP. A `SignedIn` is what the rest of the desk works with: plain, good beyond its
transaction. How accounts end or change is `roster`.
"""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.organisations import called
from handoff.desk.passwords import hash_password
from handoff.privacy import audit
from handoff.store.db import Store, town_key
from handoff.store.ids import new_id
from handoff.store.models import StaffMember, StaffWindow, Ticket

Role = Literal["staff", "coordinator", "admin", "auditor"]
ROLES: tuple[Role, ...] = get_args(Role)
Hashing = Callable[[str], Awaitable[str]]
NOBODY: Mapping[UUID, str] = {}
LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,79}")


class StaffProblem(Exception):
    """Something about an account is wrong. Texts are for officials."""


class LoginTaken(StaffProblem):
    """Another account, perhaps of another town, has this login."""


class BadLogin(StaffProblem):
    """The login has characters that are not allowed."""


class UnknownStaff(StaffProblem):
    """No account with this login."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A member of staff at work. windows: full ids. must_change: still has the one-time password.

    scopes: of the API key that acts for them; None: the person, or a key without limits. organisation: the body they
    work for, None for the town itself.
    """

    id: UUID
    municipality_id: str
    login: str
    role: Role
    windows: frozenset[str]
    name: str | None = None
    must_change: bool = False
    scopes: frozenset[str] | None = None
    organisation: str | None = None

    @property
    def called(self) -> str:
        """As colleagues read it: the name, and the body where it is another one."""
        return called(self.name or self.login, self.organisation)


def may_see(
    staff: SignedIn, ticket: Ticket, *, windows: Collection[str], people: Mapping[UUID, str] = NOBODY,
    asked: Collection[str] = (),
) -> bool:
    """Whether the content of a ticket, held by `windows`, is theirs to read.

    A coordinator reads all of the town; staff and admins what their own windows hold or what is theirs by name; an
    auditor reads no content. people: named | known; who knows the resident never reads it. A restricted ticket that
    somebody has in hand is read by those named, the coordinator, and a window that is asked to take it over.
    """
    if staff.municipality_id != ticket.municipality_id or staff.role == "auditor" or people.get(staff.id) == "known":
        return False
    if staff.role == "coordinator" or ticket.assignee_id == staff.id:
        return True
    if not ticket.restricted:
        return not staff.windows.isdisjoint(windows)
    if people.get(staff.id) == "named" or not staff.windows.isdisjoint(asked):
        return True
    taken = ticket.assignee_id is not None or "named" in people.values()
    return not taken and not staff.windows.isdisjoint(windows)


def clean_login(login: str) -> str:
    """Lower case; BadLogin unless 2 to 80 of a-z 0-9 . _ @ -"""
    found = login.strip().lower()
    if not LOGIN.fullmatch(found):
        raise BadLogin(
            "ログイン名は半角の英小文字・数字・. _ @ - で2〜80文字にしてください"
            " / A login has 2 to 80 of a-z 0-9 . _ @ -"
        )
    return found


async def add(
    store: Store, *, municipality_id: str, login: str, role: Role, windows: Sequence[str], password: str, now: datetime,
    name: str | None = None, organisation: str | None = None, must_change: bool = True, hashing: Hashing = hash_password,
) -> UUID:
    """Make an account and return its id. LoginTaken, BadLogin. The hash is computed before the transaction."""
    login, hashed = clean_login(login), await hashing(password)
    try:
        return await _add(store, StaffMember(
            id=new_id(now), municipality_id=municipality_id, created_at=now, login=login, role=role,
            password_hash=hashed, must_change=must_change, name=name, organisation=organisation,
        ), windows)
    except IntegrityError:
        raise LoginTaken(f"ログイン名 {login} は使われています / The login {login} is taken") from None


async def _add(store: Store, row: StaffMember, windows: Sequence[str]) -> UUID:
    """Write the account; the unique login decides between two that come at once."""
    now = row.created_at
    async with store.town(row.municipality_id) as session:
        row.data_key = await town_key(session)
        row.data_key_id = row.data_key.id
        session.add(row)
        await session.flush()
        seat(session, row, windows, now=now)
        await audit.record(session, action="staff_added", staff_id=row.id, now=now)
        return row.id


async def find(store: Store, login: str, *, closed: bool = False) -> SignedIn:
    """The account of a login over all towns. closed: one that was closed. UnknownStaff when there is none such."""
    name = login.strip().lower()
    state = StaffMember.disabled_at.is_not(None) if closed else StaffMember.disabled_at.is_(None)
    async with store.reading_everywhere() as session:
        known = select(StaffMember).where(StaffMember.login == name, state)
        row = await session.scalar(known) if LOGIN.fullmatch(name) else None
        if row is None:
            raise UnknownStaff(f"ログイン名 {login!r} の職員はいません / There is no staff member {login!r}")
        return await signed_in(session, row)


async def signed_in(session: AsyncSession, row: StaffMember) -> SignedIn:
    """The plain picture of an account row."""
    return (await pictured(session, [row]))[0]


async def pictured(session: AsyncSession, rows: Sequence[StaffMember]) -> list[SignedIn]:
    """The plain pictures of several, in their order, by one statement for any number of them."""
    seats: dict[UUID, set[str]] = {row.id: set() for row in rows}
    found = select(StaffWindow.staff_id, StaffWindow.window_id).where(StaffWindow.staff_id.in_(list(seats)))
    for staff_id, window in await session.execute(found):
        seats[staff_id].add(window)
    return [
        SignedIn(
            row.id, row.municipality_id, row.login, next(role for role in ROLES if role == row.role),
            frozenset(seats[row.id]), name=row.name, must_change=row.must_change, organisation=row.organisation,
        ) for row in rows
    ]


async def colleagues(session: AsyncSession, *, window: str | None = None) -> list[SignedIn]:
    """Staff of the session's town who can be given a ticket, by login; of one window where named."""
    rows = await session.scalars(
        select(StaffMember)
        .where(StaffMember.disabled_at.is_(None), StaffMember.role.in_(["staff", "coordinator"]))
        .order_by(StaffMember.login)
    )
    found = await pictured(session, list(rows))
    return [one for one in found if window is None or window in one.windows]


def seat(session: AsyncSession, row: StaffMember, windows: Sequence[str], *, now: datetime) -> None:
    """Give a new account, or one without any, its windows."""
    for window in dict.fromkeys(windows):
        session.add(StaffWindow(
            id=new_id(now), municipality_id=row.municipality_id, created_at=now, staff_id=row.id, window_id=window
        ))
