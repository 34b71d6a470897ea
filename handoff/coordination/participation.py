"""参加支援: places of the pack that suit a person, and what came of it until it is settled.

What the pack marks as not public (private persons' names and numbers that a plan prints) is for staff alone.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import course, tasks
from handoff.coordination.access import Held, person_of
from handoff.desk.answers import LONGEST_NOTE, clean
from handoff.desk.staff import SignedIn
from handoff.store.models import CaseEntry
from knowledge.schema import Resource, Town

Result = Literal["proposed", "visited", "goes_on", "settled", "stopped"]
RESULTS: tuple[Result, ...] = get_args(Result)
RESULT_NAMES: dict[Result, str] = {
    "proposed": "すすめた", "visited": "見に行った", "goes_on": "通いはじめた", "settled": "なじんだ（見守り終わり）",
    "stopped": "合わなかった",
}
OVER: tuple[Result, ...] = ("settled", "stopped")
COMPANY = "company"
"""Not of the pack: a company or body that lets somebody try out work. Staff write its name."""
LONGEST_NAME = 60


class BadMatch(ValueError):
    """Something is missing. The text says what."""


@dataclass(frozen=True, slots=True)
class Match:
    """A place that may suit. fits: fields that it shares with the matter."""

    resource: Resource
    fits: tuple[str, ...]


def matches(town: Town, fields: Collection[str], *, wish: str = "") -> list[Match]:
    """Places by how well they suit: those that say the wished-for words first, then those of the same fields."""
    found = []
    for resource in town.resources:
        fits = tuple(field for field in resource.fields if field in fields)
        said = _says(resource, wish)
        if said or fits or (not resource.fields and not wish):
            found.append((not said, -len(fits), Match(resource, fits)))
    return [match for _, _, match in sorted(found, key=lambda one: one[:2])]


async def follow(
    session: AsyncSession, staff: SignedIn, held: Held, person_id: UUID, *, resource_id: str, result: str, words: str,
    next_at: datetime | None, town: Town, now: datetime, company: str = "",
) -> CaseEntry:
    """What came of a place for a person; until it is settled there is a next date. NotYours, BadMatch, BadText.

    company: the name of one that no pack knows, with `COMPANY` as the resource.
    """
    await person_of(session, held.case, person_id)
    name = _name_of(resource_id, company, town)
    if name is None or result not in RESULTS:
        raise BadMatch("参加の場と、どうなったかを、一覧から選んでください。一覧にない会社・団体は、名前を書いてください。")
    over = result in OVER
    if not over and (next_at is None or next_at <= now):
        raise BadMatch("その後をたずねる日を、今日より後で決めてください。")
    body = {"resource": resource_id, "name": name}
    if words.strip():
        body["words"] = clean(words, longest=LONGEST_NOTE)
    entry = course.add(
        session, held.case, staff, kind="participation", person_id=person_id, result=result, body=body,
        next_at=None if over else next_at, now=now,
    )
    await tasks.settle(session, held.case, kind="participation", person_id=person_id, occasion=resource_id, now=now)
    if not over and next_at is not None:
        tasks.add(
            session, kind="participation", case=held.case, person_id=person_id, occasion=resource_id, due_at=next_at,
            now=now,
        )
    return entry


def _name_of(resource_id: str, company: str, town: Town) -> str | None:
    """What the place is called; None for one that is in no list, and for a company without a name."""
    if resource_id == COMPANY:
        return clean(company, longest=LONGEST_NAME) if company.strip() else None
    return next((one.name for one in town.resources if one.id == resource_id), None)


def _says(resource: Resource, wish: str) -> bool:
    words = [word for word in wish.split() if word]
    text = " ".join(filter(None, [resource.name, resource.about, *resource.suits]))
    return bool(words) and any(word in text for word in words)
