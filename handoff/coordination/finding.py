"""Finding cases, meetings and plans by what staff call them: number, household, name, agency, goal, occasion.

Everything that the asker may see is opened and looked through, whether anything is found or not: read as columns and opened
in one go (`desk.texts`), for rows as objects cost ten times that. A restricted case, and one with a restricted consultation
in it, is read by nobody's search; of a person who has not agreed to share, others than the coordinator find no name and no
plan; what was said in a meeting is not looked through. Knows no screens.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, null, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import cases, course, meetings, plans
from handoff.coordination.access import coordinating, kept_out, may_see
from handoff.desk import texts
from handoff.desk.search import excerpt, may_hold, plain
from handoff.desk.staff import SignedIn
from handoff.desk.texts import Column, as_kept, as_text, dashed, moment
from handoff.store.models import (
    Case,
    CaseAgency,
    CasePerson,
    CaseTicket,
    ConsentRecord,
    DataKey,
    MeetingMember,
    MeetingRecord,
    SupportPlan,
    Ticket,
)
from handoff.store.sealed import Sealed, WrappedKey
from knowledge.schema import Town

Kind = Literal["case", "meeting", "plan"]
KIND_NAMES: dict[Kind, str] = {"case": "ケース", "meeting": "会議", "plan": "プラン"}
MOST_READ, MOST_FOUND = 2_000, 50
STAGES: Mapping[str, str] = dict(course.STAGE_NAMES.items())
MEETING_STATES: Mapping[str, str] = dict(meetings.STATE_NAMES.items())
PLAN_STATES: Mapping[str, str] = dict(plans.STATE_NAMES.items())
NOTHING: Mapping[str, Any] = {"household": "", "next": "", "goal": "", "actions": ()}
"""Stands for a body in which none of the words is."""
Rows = Sequence[Any]
"""Columns of one kind of row: own, case_id (ids as the engine names them, `texts.as_text`), body_sealed, and more."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What was found. path: of its page in the console; title: as staff call it; excerpt: around the first word."""

    kind: Kind
    path: str
    title: str
    excerpt: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read; what is sealed of it is not opened yet. cases: by id; own: meetings that they belong to; alone: those of
    them without a case; shared: who agreed that what concerns them is shared, None for the coordinator, who need not ask.
    """

    cases: Mapping[Any, Any]
    meetings: Rows
    alone: Rows
    own: frozenset[Any]
    plans: Rows
    shared: frozenset[Any] | None
    locked: texts.Locked


class _Maybe(NamedTuple):
    """Something with a word in its own texts. at: as the engine keeps it; own, around: texts in which a word stands."""

    at: Any
    kind: Kind
    row: Any
    own: Sequence[str]
    around: Sequence[str] = ()


async def find(session: AsyncSession, staff: SignedIn, words: Sequence[str], *, town: Town) -> list[Hit]:
    """The newest first. words: as `desk.search.words_of` made them; all of them stand in what is found."""
    read = await _read(session, staff)
    return await asyncio.to_thread(_Looking(read, words, town).hits)


async def _read(session: AsyncSession, staff: SignedIn) -> _Read:
    rows = await _rows(session, select(
        as_text(Case.id, "own"), as_text(Case.id, "case_id"), Case.body_sealed, Case.number, Case.stage, Case.restricted,
        Case.municipality_id, as_kept(Case.created_at, "created_at"), DataKey.id.label("key"), DataKey.municipality_id.label("town"),
        DataKey.key_version, DataKey.wrapped,
    ).join(DataKey, DataKey.id == Case.data_key_id).where(*_visible(staff)).order_by(Case.created_at.desc()).limit(MOST_READ))
    seen = [UUID(str(row.own)) for row in rows]
    agencies = await _rows(session, select(
        as_text(CaseAgency.id, "own"), as_text(CaseAgency.case_id, "case_id"), CaseAgency.body_sealed, CaseAgency.window_id,
        CaseAgency.staff_id,
    ).where(CaseAgency.case_id.in_(seen)))
    parts = defaultdict[Any, list[Any]](list)
    for one in agencies:
        parts[one.case_id].append(one)
    found = {row.own: row for row in rows if may_see(staff, row, parts[row.own])}
    people, drafts = await _people(session, seen), await _plans(session, seen)
    own = frozenset(await session.scalars(select(as_text(MeetingMember.meeting_id, "own")).where(MeetingMember.staff_id == staff.id)))
    alone = await _alone(session, staff)
    sealed = (
        (CaseAgency.body, agencies), (CasePerson.body, people), (Case.body, rows), (SupportPlan.body, drafts), (MeetingRecord.body, alone),
    )
    keys = {row.key.bytes: WrappedKey(row.key, row.town, row.key_version, row.wrapped) for row in found.values()}
    return _Read(
        found, await _meetings(session, seen), alone, own, drafts, await _shared(session, staff, seen),
        await texts.lock(session, [_column(body, of, found) for body, of in sealed], keys),
    )


def _visible(staff: SignedIn) -> Iterator[ColumnElement[bool]]:
    """Of cases: those that they may see (`may_see` says it again) and that nothing restricts."""
    hidden = select(CaseTicket.case_id).join(Ticket, Ticket.id == CaseTicket.ticket_id).where(Ticket.restricted.is_(True))
    yield Case.restricted.is_(False)
    yield Case.id.not_in(hidden)
    yield Case.id.not_in(kept_out(staff))
    yield DataKey.destroyed_at.is_(None)
    if not coordinating(staff):
        part = or_(CaseAgency.staff_id == staff.id, CaseAgency.window_id.in_(sorted(staff.windows)))
        yield Case.id.in_(select(CaseAgency.case_id).where(part))


async def _people(session: AsyncSession, seen: Sequence[UUID]) -> Rows:
    return await _rows(session, select(
        as_text(CasePerson.id, "own"), as_text(CasePerson.case_id, "case_id"), CasePerson.body_sealed
    ).where(CasePerson.case_id.in_(seen)))


async def _plans(session: AsyncSession, seen: Sequence[UUID]) -> Rows:
    return await _rows(session, select(
        as_text(SupportPlan.id, "own"), as_text(SupportPlan.case_id, "case_id"), SupportPlan.body_sealed,
        as_text(SupportPlan.person_id, "person_id"), SupportPlan.version, SupportPlan.state,
        as_kept(SupportPlan.created_at, "created_at"),
    ).where(SupportPlan.case_id.in_(seen)))


NAMED = (
    MeetingRecord.pack_meeting, MeetingRecord.occasion, MeetingRecord.state,
    as_kept(func.coalesce(MeetingRecord.held_at, MeetingRecord.created_at), "at"),
)
"""Of a meeting what it is called, never what was said."""


async def _meetings(session: AsyncSession, seen: Sequence[UUID]) -> Rows:
    return await _rows(session, select(
        as_text(MeetingRecord.id, "own"), as_text(MeetingRecord.case_id, "case_id"), null(), *NAMED
    ).where(MeetingRecord.case_id.in_(seen)))


async def _alone(session: AsyncSession, staff: SignedIn) -> Rows:
    """Meetings without a case that they belong to."""
    return await _rows(session, select(
        as_text(MeetingRecord.id, "own"), as_text(MeetingRecord.case_id, "case_id"), MeetingRecord.body_sealed, *NAMED
    ).join(
        MeetingMember, MeetingMember.meeting_id == MeetingRecord.id
    ).where(MeetingMember.staff_id == staff.id, MeetingRecord.case_id.is_(None)))


async def _shared(session: AsyncSession, staff: SignedIn, seen: Sequence[UUID]) -> frozenset[Any] | None:
    """By the answer that holds."""
    if coordinating(staff):
        return None
    rows = await _rows(session, select(as_text(ConsentRecord.person_id, "person_id"), ConsentRecord.status).where(
        ConsentRecord.case_id.in_(seen), ConsentRecord.item == "share"
    ).order_by(ConsentRecord.at, ConsentRecord.id))
    newest = {row.person_id: row.status for row in rows}
    return frozenset(person for person, status in newest.items() if status == "given")


async def _rows(session: AsyncSession, asked: Any) -> Rows:
    found: Rows = (await session.execute(asked)).all()
    return found


def _column(body: Sealed, rows: Rows, seen: Mapping[Any, Any]) -> Column:
    """What is sealed of rows that begin with own, case_id, body_sealed, each with the row beside it; of cases that they may
    see, and of what belongs to none.
    """
    return Column(body, None, [(row[0], row, row[2]) for row in rows if row[1] in seen or row[1] is None])


class _Looking:
    """One look through all that was read, in a thread. Texts in which no word stands are not kept: they change nothing."""

    def __init__(self, read: _Read, words: Sequence[str], town: Town) -> None:
        self.read, self.words = read, words
        self.packs = {one.id: one.name for one in town.meetings}
        self.known: dict[str, bool] = {}
        """Of each text, whether one of the words stands in it: stages, occasions and agencies stand in many rows."""
        agencies, people, self.bodies, drafts, agendas = texts.opened(read.locked)
        self.worth = {row[0]: body for row, body in may_hold(self.bodies, words)}
        self.drafts = {row[0]: body for row, body in may_hold(drafts, words)}
        self.agendas = {row[0]: body["agenda"] for row, body in may_hold(agendas, words)}
        self.parts = defaultdict[Any, list[str]](list)
        for row, body in may_hold(agencies, words):
            self.parts[row[1]] += [body["name"], body["role"]]
        for row, body in may_hold(people, words):
            self.parts[row[1]].append(cases.called(body, open_to=read.shared is None or row[0] in read.shared))

    def hits(self) -> list[Hit]:
        """Words of the case around it alone find the case, not everything in it."""
        maybe = sorted((*self._cases(), *self._meetings(), *self._plans()), key=lambda one: one.at, reverse=True)
        matching = ((one, piece) for one in maybe if (piece := excerpt((*one.own, *one.around), self.words)) is not None)
        newest = list(islice(matching, MOST_FOUND))
        wanted = {one.row.own for one, _ in newest if one.kind == "case"}
        opened = zip(self.bodies.talks, self.bodies.raws, strict=True)
        households = {row[0]: json.loads(raw)["household"] for row, raw in opened if row[0] in wanted}
        return [Hit(one.kind, *self._told(one, households), piece, moment(one.at)) for one, piece in newest]

    def _cases(self) -> Iterator[_Maybe]:
        for own, row in self.read.cases.items():
            body = self.worth.get(own, NOTHING)
            said = (row.number, body["household"], body["next"], STAGES.get(row.stage, ""), *self.parts.get(own, ()))
            if own_texts := self._holding(said):
                yield _Maybe(row.created_at, "case", row, own_texts)

    def _meetings(self) -> Iterator[_Maybe]:
        named: dict[Any, list[str]] = {}
        for row in (*self.read.meetings, *self.read.alone):
            own, case_id, _, pack, occasion, state, at = row
            key = (pack, occasion, state)
            if key not in named:
                named[key] = self._holding(self._named(*key))
            said = [*named[key], *self._holding(self.agendas.get(own, ()))]
            if said and (case_id is None or case_id in self.read.cases):
                yield _Maybe(at, "meeting", row, said, self._around(case_id))

    def _plans(self) -> Iterator[_Maybe]:
        shared, seen = self.read.shared, self.read.cases
        for row in self.read.plans:
            own, case_id, _, person_id, _, state, created_at = row
            body = self.drafts.get(own, NOTHING)
            said = self._holding((body["goal"], PLAN_STATES.get(state, ""), *_does(body)))
            if said and case_id in seen and (shared is None or person_id in shared):
                yield _Maybe(created_at, "plan", row, said, self._around(case_id))

    def _around(self, case_id: Any) -> list[str]:
        if case_id is None:
            return []
        return self._holding((self.read.cases[case_id].number, self.worth.get(case_id, NOTHING)["household"]))

    def _holding(self, said: Iterable[str]) -> list[str]:
        return [text for text in said if text and self._holds(text)]

    def _holds(self, text: str) -> bool:
        found = self.known.get(text)
        if found is None:
            made = plain(text)
            found = self.known[text] = any(word in made for word in self.words)
        return found

    def _named(self, pack: str, occasion: str | None, state: str) -> tuple[str, str, str]:
        return self.packs.get(pack, "会議"), occasion or "", MEETING_STATES.get(state, "")

    def _told(self, one: _Maybe, households: Mapping[Any, str]) -> tuple[str, str]:
        """Path and title."""
        row = one.row
        if one.kind == "case":
            return f"/staff/cases/{row.number}", f"{row.number} {households[row.own]}".strip()
        if one.kind == "meeting":
            title = " ".join(filter(None, self._named(row.pack_meeting, row.occasion, row.state)))
            if row.case_id is None or row.own in self.read.own:
                return f"/staff/meetings/{dashed(row.own)}", title
            return f"/staff/cases/{self.read.cases[row.case_id].number}#meetings", title
        number = self.read.cases[row.case_id].number
        return f"/staff/cases/{number}#p{dashed(row.person_id)}", f"第{row.version}版 {PLAN_STATES.get(row.state, '')} {number}"


def _does(body: Mapping[str, Any]) -> Iterator[str]:
    return (text for action in body["actions"] for text in (action["agency"], action["what"]))
