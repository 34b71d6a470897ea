"""Named keys of the JSON API for other systems (kintone …): what each may do, shown once, kept as a hash, revocable.

A key acts for the account that it belongs to and sees no more than that; its scopes make that less. The keys of
`tsunagu staff token` have no name and no scopes. Knows no HTTP.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.sessions import Randomness, fresh_secret
from handoff.desk.staff import SignedIn
from handoff.intake.tokens import hash_token
from handoff.privacy import audit
from handoff.store.ids import new_id
from handoff.store.models import StaffMember, StaffToken

Scope = Literal["tickets:read", "replies:write", "figures:read"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
SCOPE_NAMES: dict[Scope, str] = {
    "tickets:read": "案件を読む（このアカウントが見られるものだけ）", "replies:write": "住民への返事を送る",
    "figures:read": "数字を読む（中身は出ません）",
}
LONGEST_NAME = 60


class BadToken(ValueError):
    """Something about a key is wrong. The text is for officials."""


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A key as admins see it. scopes None: everything that its account's role may do."""

    id: UUID
    name: str
    login: str
    scopes: tuple[str, ...] | None
    made_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


async def make(
    session: AsyncSession, staff: SignedIn, *, name: str, scopes: Sequence[str], now: datetime,
    randomness: Randomness = fresh_secret,
) -> str:
    """A key for their own account, shown once. BadToken."""
    called, chosen = " ".join(name.split()), [scope for scope in SCOPES if scope in scopes]
    if not called or len(called) > LONGEST_NAME or not called.isprintable():
        raise BadToken(f"何に使うかを1〜{LONGEST_NAME}文字で書いてください。 / A name has 1 to {LONGEST_NAME} characters")
    if not chosen or len(chosen) < len(set(scopes)):
        raise BadToken(f"できることを1つはえらんでください。 / Choose of: {', '.join(SCOPES)}")
    token = f"{staff.municipality_id}.{randomness()}"
    session.add(StaffToken(
        id=new_id(now), municipality_id=staff.municipality_id, created_at=now, staff_id=staff.id,
        token_hash=hash_token(token), name=called, scopes=list(chosen),
    ))
    await audit.record(session, action="token_made", staff_id=staff.id, now=now)
    return token


async def all_of_town(session: AsyncSession) -> tuple[TokenLine, ...]:
    """Every key, those in use first, newest first."""
    rows = (await session.execute(
        select(StaffToken, StaffMember.login).join(StaffMember, StaffMember.id == StaffToken.staff_id)
        .order_by(StaffToken.revoked_at.is_not(None), StaffToken.created_at.desc())
    )).all()
    return tuple(
        TokenLine(
            row.id, row.name or "", login, None if row.scopes is None else tuple(row.scopes), row.created_at,
            row.used_at, row.revoked_at,
        ) for row, login in rows
    )


async def revoke(session: AsyncSession, staff: SignedIn, token_id: UUID, *, now: datetime) -> bool:
    """From now on it opens nothing. False when there is none, or it was revoked before."""
    row = await session.get(StaffToken, token_id)
    if row is None or row.revoked_at is not None:
        return False
    row.revoked_at = now
    await audit.record(session, action="token_revoked", staff_id=staff.id, now=now)
    return True
