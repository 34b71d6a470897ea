"""当番表: whom the system calls outside hours, in which order, on which days. Names and addresses are sealed.

A pack only says that somebody is on duty (`night`); who, the console keeps. Must not know how a person is reached.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.mail.address import is_address
from handoff.desk.hours import TOKYO, WEEKDAYS, hours_of
from handoff.desk.staff import SignedIn
from handoff.privacy import audit
from handoff.store.db import town_key
from handoff.store.ids import new_id
from handoff.store.models import DutyPerson, StaffMember
from knowledge.schema import Town

WATCHED = frozenset({"duty_desk", "on_call"})
"""The town's `night` settings with somebody to call."""
MOST_PEOPLE, LONGEST_NAME = 50, 60


class BadPerson(ValueError):
    """Something about an entry is wrong. The text is for officials."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the rota. days: of the evening on which the shift begins, all where none is named.

    email "": reached on the console only (宿直室 with the page open). first, last: the dates between which they serve.
    """

    name: str
    email: str = ""
    days: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    id: UUID | None = None
    staff_id: UUID | None = None

    def serves(self, day: date) -> bool:
        within = (self.first is None or self.first <= day) and (self.last is None or day <= self.last)
        return within and (not self.days or WEEKDAYS[day.weekday()] in self.days)


async def people(session: AsyncSession) -> tuple[Person, ...]:
    """The whole rota, in the order of calling."""
    rows = await session.scalars(
        select(DutyPerson).where(DutyPerson.removed_at.is_(None)).order_by(DutyPerson.place, DutyPerson.id)
    )
    return tuple(_person(row) for row in rows)


async def on_duty(session: AsyncSession, town: Town, *, now: datetime) -> tuple[Person, ...]:
    """Whom to call now, the first first; nobody where the town has no watch at night."""
    if town.municipality.night not in WATCHED:
        return ()
    day = shift_day(town, now)
    return tuple(one for one in await people(session) if one.serves(day))


def shift_day(town: Town, now: datetime) -> date:
    """The day to which an hour's shift belongs: before the town hall's opening time, the evening before."""
    local = now.astimezone(TOKYO)
    before = local.time() < time.fromisoformat(hours_of(town).start)
    return local.date() - timedelta(days=1) if before else local.date()


async def as_it_is(session: AsyncSession, town: Town, *, now: datetime) -> Town:
    """The town with `night: none` while its rota has nobody for this hour: residents are told only what is true."""
    if town.municipality.night not in WATCHED or await on_duty(session, town, now=now):
        return town
    return town.model_copy(update={"municipality": town.municipality.model_copy(update={"night": "none"})})


async def add(session: AsyncSession, staff: SignedIn, person: Person, *, login: str = "", now: datetime) -> UUID:
    """Put somebody on the rota, as the last to be called; an admin's act. login: their account, if any. BadPerson."""
    checked = _checked(person)
    last = await session.scalar(select(func.max(DutyPerson.place)).where(DutyPerson.removed_at.is_(None)))
    if await session.scalar(select(func.count(DutyPerson.id)).where(DutyPerson.removed_at.is_(None))) == MOST_PEOPLE:
        raise BadPerson(f"当番表に書けるのは{MOST_PEOPLE}人までです。")
    key = await town_key(session)
    row = DutyPerson(
        id=new_id(now), municipality_id=staff.municipality_id, created_at=now, data_key_id=key.id, data_key=key,
        place=(last or 0) + 1, staff_id=await _account(session, login), about=_as_json(checked),
    )
    session.add(row)
    await audit.record(session, action="rota_changed", staff_id=staff.id, now=now)
    return row.id


async def remove(session: AsyncSession, staff: SignedIn, person_id: UUID, *, now: datetime) -> None:
    """Take somebody off; what they were called for stays on record. Nothing happens when they are gone."""
    row = await session.get(DutyPerson, person_id)
    if row is not None and row.removed_at is None:
        row.removed_at = now
        await audit.record(session, action="rota_changed", staff_id=staff.id, now=now)


async def earlier(session: AsyncSession, staff: SignedIn, person_id: UUID, *, now: datetime) -> None:
    """Call somebody one place earlier."""
    rows = list(await session.scalars(
        select(DutyPerson).where(DutyPerson.removed_at.is_(None)).order_by(DutyPerson.place, DutyPerson.id)
    ))
    at = next((at for at, row in enumerate(rows) if row.id == person_id), 0)
    if at:
        rows[at - 1], rows[at] = rows[at], rows[at - 1]
        for place, row in enumerate(rows, start=1):
            row.place = place
        await audit.record(session, action="rota_changed", staff_id=staff.id, now=now)


async def names(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, str]:
    """How people of the rota, those of the past too, are called."""
    rows = await session.scalars(select(DutyPerson).where(DutyPerson.id.in_(ids)))
    return {row.id: _person(row).name for row in rows}


def address(text: str) -> str:
    """A mail address as it may be sent to. BadPerson; the text never holds the address."""
    found = text.strip()
    if found and not is_address(found):
        raise BadPerson("メールアドレスを name@example.jp の形で書いてください。")
    return found


def _checked(person: Person) -> Person:
    name = " ".join(person.name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadPerson(f"名前を1〜{LONGEST_NAME}文字で書いてください（「宿直室」のような呼び名でもよい）。")
    if person.first and person.last and person.last < person.first:
        raise BadPerson("期間の終わりが始まりより前です。")
    if not set(person.days) <= set(WEEKDAYS):
        raise BadPerson("曜日を一覧から選んでください。")
    return replace(person, name=name, email=address(person.email))


async def _account(session: AsyncSession, login: str) -> UUID | None:
    if not login:
        return None
    row = await session.scalar(
        select(StaffMember).where(StaffMember.login == login, StaffMember.disabled_at.is_(None))
    )
    if row is None:
        raise BadPerson("そのログイン名の職員はいません。一覧から選んでください。")
    return row.id


def _as_json(person: Person) -> dict[str, object]:
    return {
        "name": person.name, "email": person.email, "days": list(person.days),
        "first": person.first.isoformat() if person.first else None,
        "last": person.last.isoformat() if person.last else None,
    }


def _person(row: DutyPerson) -> Person:
    about = row.about
    return Person(
        name=about["name"], email=about["email"], days=tuple(about["days"]), first=_day(about["first"]),
        last=_day(about["last"]), id=row.id, staff_id=row.staff_id,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
