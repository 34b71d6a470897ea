"""Bodies that something may leave to, each with one id: windows of the town's pack, and those that staff have named.

A consent, a つなぐシート and an introduction speak of a body by its id; names are for people. What is written twice for one
body is one body: a name that the pack knows is the pack's. Knows nothing of grounds or consents.
"""

import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.seating import is_outside
from handoff.desk.staff import SignedIn
from handoff.privacy import audit
from handoff.store.db import town_key
from handoff.store.ids import new_id
from handoff.store.models import Partner
from knowledge.schema import Town

PREFIX = "partner:"
LONGEST_NAME = 60
SPOKEN = {"社協": "社会福祉協議会", "教委": "教育委員会", "ハローワーク": "公共職業安定所"}
"""How people shorten names that the packs write in full."""


class NoSuchBody(ValueError):
    """No body of that id, or a name that is none. The text says what to do, for officials."""


@dataclass(frozen=True, slots=True)
class Body:
    """id: a window's full id, `partner:…`, or "" for who has no record. names: every way of saying it; own: of the town.

    before: what it was called, and until when, the oldest first; none of `names`, for another body may be called so by now.
    off: since when it is not offered any more.
    """

    id: str
    name: str
    names: tuple[str, ...]
    own: bool = False
    before: tuple[tuple[str, datetime], ...] = ()
    off: datetime | None = None

    def called_at(self, at: datetime) -> str:
        """What it was called then."""
        return next((name for name, until in self.before if at < until), self.name)


class SameName(ValueError):
    """Another body is called so. The text says what to do, for officials."""


class Renamed(Exception):
    """Somebody else has named it otherwise, or taken it off the list or back, since the page was drawn."""


async def outside(session: AsyncSession, town: Town) -> tuple[Body, ...]:
    """Whom something may leave to: the pack's other bodies, then those that staff have named, by name."""
    pack = [_of_pack(full, town) for full in _windows(town) if is_outside(full, town)]
    return (*pack, *(one for one in await named(session) if one.off is None))


async def named(session: AsyncSession) -> list[Body]:
    """Those that staff have named, by name; those off the list too."""
    return sorted(await _named(session), key=lambda body: body.name)


async def body_of(session: AsyncSession, body_id: str, town: Town) -> Body:
    """The body of an id, the town's own windows too (full or local). NoSuchBody."""
    with suppress(KeyError):
        return _of_pack(f"{town.id}.{town.window(body_id).id}", town)
    row_id = _row_id(body_id)
    found = await session.get(Partner, row_id) if row_id is not None else None
    if found is None:
        raise NoSuchBody("その機関はありません。一覧から選ぶか、名前を書いてください。")
    return _of(found)


async def known_as(session: AsyncSession, name: str, town: Town) -> Body | None:
    """The body that is called so, exactly; None where nobody is."""
    wanted = plain(name)
    pack = (_of_pack(full, town) for full in _windows(town))
    return next((body for body in (*pack, *await _named(session)) if wanted in map(plain, body.names)), None)


async def meant(session: AsyncSession, text: str, town: Town) -> Body:
    """The body that a text means; one without an id where it is nobody's name (民生委員 佐藤さん)."""
    return await known_as(session, text, town) or Body("", text, (text, *text.split()))


async def picked(session: AsyncSession, staff: SignedIn, body_id: str, name: str, *, town: Town, now: datetime) -> Body:
    """What a form says: one of the list, or, where a name is written, that body, kept from now on. One that was off the list is
    on it again once somebody writes its name. NoSuchBody.
    """
    written = _clean(name)
    if not written:
        return await listed(session, body_id, town)
    found = await known_as(session, written, town)
    if found is not None and found.off is not None:
        await list_again(session, staff, found.id, now=now)
    if found is not None:
        return found
    key = await town_key(session)
    row = Partner(
        id=new_id(now), municipality_id=town.id, created_at=now, data_key_id=key.id, data_key=key, staff_id=staff.id,
        body={"name": written, "before": [], "off": None},
    )
    session.add(row)
    await session.flush()
    await audit.record(session, action="partner_named", staff_id=staff.id, now=now)
    return _of(row)


async def listed(session: AsyncSession, body_id: str, town: Town) -> Body:
    """One that a form may offer. NoSuchBody."""
    found = await body_of(session, body_id, town)
    if found.off is not None:
        raise NoSuchBody("その機関は、一覧からはずされています。渡すときは、名前を書いてください。")
    return found


async def rename(session: AsyncSession, staff: SignedIn, body_id: str, name: str, *, was: str, town: Town, now: datetime) -> None:
    """It is called otherwise from now on; what was written before keeps the name it had. was: as the page showed it.

    NoSuchBody, SameName, Renamed.
    """
    row = await _held(session, body_id)
    told, written = row.told, _clean(name)
    if told["name"] != was:
        raise Renamed
    if not written:
        raise NoSuchBody("機関の名前を書いてください。")
    if written == was:
        return
    found = await known_as(session, written, town)
    if found is not None and found.id != body_id:
        raise SameName(f"「{written}」は、もう一覧か町の情報にあります。同じ機関なら、こちらを一覧からはずしてください。")
    row.body = {**told, "name": written, "before": [*told["before"], [was, now.isoformat()]]}
    await audit.record(session, action="partner_renamed", staff_id=staff.id, reason=body_id, now=now)


async def unlist(session: AsyncSession, staff: SignedIn, body_id: str, *, now: datetime) -> None:
    """It is offered no more. What was given to it, asked and agreed stays as it is. NoSuchBody, Renamed."""
    await _set_off(session, staff, body_id, off=True, now=now)


async def list_again(session: AsyncSession, staff: SignedIn, body_id: str, *, now: datetime) -> None:
    """NoSuchBody, Renamed."""
    await _set_off(session, staff, body_id, off=False, now=now)


async def _set_off(session: AsyncSession, staff: SignedIn, body_id: str, *, off: bool, now: datetime) -> None:
    row = await _held(session, body_id)
    if (row.told["off"] is not None) is off:
        raise Renamed
    row.body = {**row.told, "off": now.isoformat() if off else None}
    action = "partner_unlisted" if off else "partner_listed"
    await audit.record(session, action=action, staff_id=staff.id, reason=body_id, now=now)


async def _held(session: AsyncSession, body_id: str) -> Partner:
    """One that staff have named, locked. NoSuchBody."""
    row_id = _row_id(body_id)
    row = await session.get(Partner, row_id, with_for_update={"of": Partner}) if row_id is not None else None
    if row is None:
        raise NoSuchBody("その機関は、職員が加えたものではありません。町の情報にある機関は、町の情報でなおします。")
    return row


def _clean(name: str) -> str:
    """A name as it is kept; "" for none. NoSuchBody."""
    written = " ".join(unicodedata.normalize("NFC", name).split())
    if len(written) > LONGEST_NAME or not written.isprintable():
        raise NoSuchBody(f"機関の名前は{LONGEST_NAME}文字までで書いてください。")
    return written


def called(window: str, town: Town) -> tuple[str, ...]:
    """Every name of a window (full id): as the pack has it, short, who runs it, without the town before it."""
    found = next((one for one in town.windows if f"{town.id}.{one.id}" == window), None)
    if found is None:
        return ()
    names = [name for name in (found.name, found.short, found.run_by) if name]
    bare = [name.split("（")[0].removeprefix(town.name) for name in names]
    return tuple(dict.fromkeys((*names, *bare)))


def plain(text: str) -> str:
    """A name as names are compared: widths made one, no space, nothing shortened."""
    found = "".join(unicodedata.normalize("NFKC", text).split())
    for short, whole in SPOKEN.items():
        found = found.replace(short, whole)
    return found


def _windows(town: Town) -> Sequence[str]:
    return [f"{town.id}.{one.id}" for one in town.windows]


def _of_pack(full: str, town: Town) -> Body:
    names = called(full, town)
    return Body(full, names[0], names, own=not is_outside(full, town))


async def _named(session: AsyncSession) -> list[Body]:
    return [_of(row) for row in await session.scalars(select(Partner).order_by(Partner.id))]


def _of(row: Partner) -> Body:
    told = row.told
    before = tuple((name, datetime.fromisoformat(until)) for name, until in told["before"])
    off = datetime.fromisoformat(told["off"]) if told["off"] else None
    return Body(f"{PREFIX}{row.id}", told["name"], (told["name"],), before=before, off=off)


def _row_id(body_id: str) -> UUID | None:
    try:
        return UUID(body_id.removeprefix(PREFIX)) if body_id.startswith(PREFIX) else None
    except ValueError:
        return None
