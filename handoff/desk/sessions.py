"""Signing in: passwords checked, failures counted, sessions and API tokens kept as hashes.

A token is `<municipality>.<256 random bits>`, so that it is looked up inside its own town; the row holds its SHA-256.
An attempt is written down before the password is checked, so that a hundred at once get no more than five.
Knows no cookies.
"""

import hashlib
import ipaddress
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.passwords import check_chosen, hash_password, outdated, verify_password
from handoff.desk.staff import LOGIN, SignedIn, signed_in
from handoff.privacy import audit
from handoff.store.db import Store
from handoff.store.ids import new_id
from handoff.store.models import LoginAttempt, StaffMember, StaffSession, StaffToken

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
"""How often a session's last use is written: a page load less often than that costs no write."""
PER_LOGIN = (5, timedelta(minutes=30))
PER_ADDRESS = (25, timedelta(minutes=5))
FORGOTTEN_AFTER = timedelta(hours=1)

TOWN = re.compile(r"[a-z][a-z0-9_]{0,39}")

Randomness = Callable[[], str]
Verifying = Callable[[str, str | None], Awaitable[bool]]
"""`passwords.verify_password`: whether a password fits a hash; None is nobody's."""


class Refused(Exception):
    """Login or password is wrong: one text for both, and for accounts that are closed."""


class Locked(Exception):
    """Too many failures. The same for logins that exist and for those that don't."""

    def __init__(self, until: datetime) -> None:
        super().__init__("too many failed logins")
        self.until = until


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh token, shown once, and whose it is."""

    token: str
    staff: SignedIn
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class _Known:
    id: UUID
    municipality_id: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A counted attempt: the account, if there is one, and the rows to forget when it succeeds."""

    known: _Known | None
    login_key: bytes
    ids: tuple[UUID, ...]


def fresh_secret() -> str:
    """256 random bits, safe in a header."""
    return secrets.token_urlsafe(32)


async def login(
    store: Store, login_name: str, *, password: str, address: str, now: datetime, old_token: str | None = None,
    randomness: Randomness = fresh_secret, verifying: Verifying = verify_password,
) -> Issued:
    """Sign in. Refused, Locked. The token of an earlier session of this browser dies."""
    attempt = await _attempt(store, login_name.strip().lower(), address=address, now=now)
    known = attempt.known
    fits = await verifying(password, known.password_hash if known else None)
    if known is None or not fits:
        raise Refused
    rehashed = await hash_password(password) if outdated(known.password_hash) else None
    await _forgive(store, attempt)
    if old_token is not None:
        await logout(store, old_token)
    return await _open(store, known, rehashed=rehashed, now=now, randomness=randomness)


async def _attempt(store: Store, name: str, *, address: str, now: datetime) -> _Attempt:
    """Count this attempt and fetch the account. Locked when there were too many."""
    keys = (attempts_key(store, name), store.keys.lookup("login-address", network_of(address)))
    async with store.everywhere() as session:
        for key, limit in zip(keys, (PER_LOGIN, PER_ADDRESS), strict=True):
            await _refuse_crowd(session, key, limit=limit, now=now)
        rows = [LoginAttempt(id=new_id(now), key=key, at=now) for key in keys]
        session.add_all(rows)
        await session.execute(delete(LoginAttempt).where(LoginAttempt.at < now - FORGOTTEN_AFTER))
        known = await _account(session, name) if LOGIN.fullmatch(name) else None
        return _Attempt(known, keys[0], tuple(row.id for row in rows))


def attempts_key(store: Store, login: str) -> bytes:
    """What failed sign-ins with a login are counted by."""
    return store.keys.lookup("login", login)


async def _account(session: AsyncSession, name: str) -> _Known | None:
    row = await session.scalar(
        select(StaffMember).where(StaffMember.login == name, StaffMember.disabled_at.is_(None))
    )
    return None if row is None else _Known(row.id, row.municipality_id, row.password_hash)


async def fits(store: Store, login_name: str, password: str) -> bool:
    """Whether a password opens a login, without signing in. For the operator's own commands, never for a request."""
    async with store.reading_everywhere() as session:
        hashed = await session.scalar(
            select(StaffMember.password_hash).where(StaffMember.login == login_name, StaffMember.disabled_at.is_(None))
        )
    return await verify_password(password, hashed)


async def _refuse_crowd(session: AsyncSession, key: bytes, *, limit: tuple[int, timedelta], now: datetime) -> None:
    """Locked when the limit is reached. Attempts with one key wait for each other, so that none slips in between."""
    most, within = limit
    if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        await session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(key[:8], signed=True))))
    times = list(await session.scalars(
        select(LoginAttempt.at).where(LoginAttempt.key == key, LoginAttempt.at > now - within)
        .order_by(LoginAttempt.at.desc()).limit(most)
    ))
    if len(times) >= most:
        raise Locked(times[-1] + within)


async def _forgive(store: Store, attempt: _Attempt) -> None:
    """After a success: the login's failures, and this attempt of the address (an office signs in from one)."""
    async with store.everywhere() as session:
        await session.execute(
            delete(LoginAttempt).where(or_(LoginAttempt.key == attempt.login_key, LoginAttempt.id.in_(attempt.ids)))
        )


async def _open(
    store: Store, known: _Known, *, rehashed: str | None, now: datetime, randomness: Randomness
) -> Issued:
    token = f"{known.municipality_id}.{randomness()}"
    async with store.town(known.municipality_id) as session:
        row = await session.get_one(StaffMember, known.id)
        if row.disabled_at is not None:
            raise Refused
        if rehashed is not None:
            row.password_hash = rehashed
        await session.execute(delete(StaffSession).where(StaffSession.ends_at < now))
        session.add(StaffSession(
            id=new_id(now), municipality_id=row.municipality_id, created_at=now, staff_id=row.id,
            token_hash=_digest(token), seen_at=now, ends_at=now + LONGEST,
        ))
        await audit.record(session, action="login", staff_id=row.id, now=now)
        return Issued(token, await signed_in(session, row), now + LONGEST)


async def of_session(store: Store, token: str, *, now: datetime, touch: bool = True) -> SignedIn | None:
    """Whose session this is; None when it is unknown, idle for 30 minutes, over 12 hours old, or the account closed.

    touch: this is a person at work. What an open page asks by itself says False, and keeps no session alive.
    """
    town = _town_of(token)
    if town is None:
        return None
    async with store.reading(town) as session:
        found = (await session.execute(
            select(StaffSession, StaffMember).join(StaffMember, StaffMember.id == StaffSession.staff_id)
            .where(StaffSession.token_hash == _digest(token), StaffMember.disabled_at.is_(None))
        )).first()
        if found is None:
            return None
        row, member = found
        if row.ends_at <= now or row.seen_at + IDLE <= now:
            return None
        stale, staff = row.seen_at + SEEN_EVERY <= now, await signed_in(session, member)
    if touch and stale:
        await _touch(store, town, token, now=now)
    return staff


async def _touch(store: Store, town: str, token: str, *, now: datetime) -> None:
    async with store.town(town) as session:
        await session.execute(
            update(StaffSession).where(StaffSession.token_hash == _digest(token)).values(seen_at=now)
        )


async def logout(store: Store, token: str) -> None:
    """End a session; nothing happens when it is gone already."""
    town = _town_of(token)
    if town is not None:
        async with store.town(town) as session:
            await session.execute(delete(StaffSession).where(StaffSession.token_hash == _digest(token)))


async def new_token(store: Store, staff: SignedIn, *, now: datetime, randomness: Randomness = fresh_secret) -> str:
    """A bearer token of the JSON API, shown once."""
    token = f"{staff.municipality_id}.{randomness()}"
    async with store.town(staff.municipality_id) as session:
        session.add(StaffToken(
            id=new_id(now), municipality_id=staff.municipality_id, created_at=now, staff_id=staff.id,
            token_hash=_digest(token),
        ))
        await audit.record(session, action="token_made", staff_id=staff.id, now=now)
    return token


async def of_token(store: Store, token: str, *, now: datetime | None = None) -> SignedIn | None:
    """Whose API token this is; None when it is unknown, revoked, or the account closed. now: that it is used, and when."""
    town = _town_of(token)
    if town is None:
        return None
    async with store.reading(town) as session:
        found = (await session.execute(
            select(StaffToken, StaffMember).join(StaffMember, StaffMember.id == StaffToken.staff_id)
            .where(StaffToken.token_hash == _digest(token), StaffToken.revoked_at.is_(None))
            .where(StaffMember.disabled_at.is_(None))
        )).first()
        if found is None:
            return None
        row, member = found
        scopes = None if row.scopes is None else frozenset(row.scopes)
        staff = replace(await signed_in(session, member), scopes=scopes)
        stale = now is not None and (row.used_at is None or row.used_at + SEEN_EVERY <= now)
    if stale:
        async with store.town(town) as session:
            await session.execute(update(StaffToken).where(StaffToken.token_hash == _digest(token)).values(used_at=now))
    return staff


async def change_password(
    store: Store, staff: SignedIn, *, current: str, new: str, address: str, now: datetime, keep: str | None = None
) -> None:
    """Take a new password; all sessions of the account but the one of `keep` end. Refused, Locked, WeakPassword."""
    check_chosen(new, login=staff.login)
    attempt = await _attempt(store, staff.login, address=address, now=now)
    if attempt.known is None or not await verify_password(current, attempt.known.password_hash):
        raise Refused
    await _forgive(store, attempt)
    hashed = await hash_password(new)
    async with store.town(staff.municipality_id) as session:
        row = await session.get_one(StaffMember, staff.id)
        row.password_hash, row.must_change = hashed, False
        others = delete(StaffSession).where(StaffSession.staff_id == staff.id)
        await session.execute(others if keep is None else others.where(StaffSession.token_hash != _digest(keep)))
        await audit.record(session, action="password_changed", staff_id=staff.id, now=now)


def network_of(address: str) -> str:
    """What failures are counted by: the address, for IPv6 its /64, which one house has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _town_of(token: str) -> str | None:
    """The municipality that a token names; None when it can't be one of ours."""
    town, _, secret = token.partition(".")
    return town if TOWN.fullmatch(town) and secret.isascii() and 20 <= len(secret) <= 200 else None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
