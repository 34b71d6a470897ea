"""連絡票 for 民生委員・児童委員 and other helpers without an account: the few items they need, for a limited time, on a link with
a number that is told by mouth, or on paper with a receipt.

What may stand on one is a closed list; on what ground it was given is written down; every opening too. It ends by its
day, by a withdrawal of the consent it rests on, by hand, or after a few wrong numbers. Entries are added, never changed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import course, partners, recipients, tasks
from handoff.coordination.access import Held, NotYours, person_of
from handoff.coordination.partners import Body
from handoff.coordination.recipients import NotARecipient
from handoff.desk.answers import clean
from handoff.desk.staff import SignedIn
from handoff.privacy import audit
from handoff.privacy.keys import KeyRing
from handoff.store.ids import new_id
from handoff.store.models import Case, CaseEntry
from knowledge.schema import Town

Way = Literal["link", "paper"]
Ground = Literal["consent", "law"]
End = Literal["returned", "destroyed", "stopped"]
ITEM_NAMES = {
    "called": "呼び方", "watch": "見守ってほしいこと", "when": "たずねてよい時間・いけない時間", "tell": "気づいたときの連絡先",
}
"""All that a slip may hold: no illness, no money, no history."""
GROUND_NAMES: dict[Ground, str] = {
    "consent": "本人の同意", "law": "個人情報保護法69条2項（事務に必要で、相当な理由があるとき）",
}
WAY_NAMES: dict[Way, str] = {"link": "期限のあるリンク", "paper": "紙（受領書つき）"}
END_NAMES: dict[End, str] = {"returned": "返してもらった", "destroyed": "処分したと聞いた", "stopped": "とりやめた"}
LONGEST, LONGEST_DAYS = 200, 90
SHORTEST_REASON = 10
TRIES = 5
KINDS = ("slip", "slip_opened", "slip_tried", "slip_receipt", "slip_ended")


class BadSlip(ValueError):
    """Something is missing, or may not be given. The text says what, for officials."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form says. to: a person, or a body, by name; body: the id of one of the list, where they belong to it."""

    to: str
    items: Mapping[str, str]
    ground: str
    why: str
    way: str
    until: datetime | None
    body: str = ""


@dataclass(frozen=True, slots=True)
class Slip:
    """One with what became of it. open: whether it may still be read. body, names: of the one who has it, as it was then."""

    id: UUID
    person_id: UUID | None
    to: str
    items: Mapping[str, str]
    ground: str
    why: str
    way: str
    given_at: datetime
    until: datetime
    opened: tuple[datetime, ...]
    receipt_at: datetime | None
    ended: str | None
    wrong: int
    body: str = ""
    names: tuple[str, ...] = ()

    def open_at(self, now: datetime) -> bool:
        return self.ended is None and now < self.until and self.wrong < TRIES


async def give(
    session: AsyncSession, staff: SignedIn, held: Held, person_id: UUID, *, wanted: Wanted, code: str, keys: KeyRing,
    town: Town, now: datetime,
) -> CaseEntry:
    """By the coordinator. code: for a link, said by mouth. NotYours, BadSlip, BadText, NoSuchBody, NotARecipient."""
    person = await person_of(session, held.case, person_id)
    items, until = _checked(wanted, now)
    to, given_to = await _addressed(session, wanted, town)
    standing = await recipients.of_case(session, held.case, person.id)
    if wanted.ground == "consent" and not any(one.given for one in standing):
        raise BadSlip("本人の同意の記録がありません。先に同意を記録するか、ほかの根拠をえらんでください。")
    if wanted.ground == "consent":
        recipients.check(standing, given_to.names, body=given_to.id)
    if held.case.restricted and wanted.ground != "consent":
        raise BadSlip("閲覧を限っているケースのことは、本人の同意がなければ渡せません。")
    body = {
        "to": to, "body": given_to.id, "names": list(given_to.names), "items": items, "ground": wanted.ground,
        "why": clean(wanted.why, longest=LONGEST) if wanted.why.strip() else "", "way": wanted.way,
        "until": until.isoformat(),
    }
    entry = course.add(session, held.case, staff, kind="slip", person_id=person.id, body=body, next_at=until, now=now)
    entry.body = {**body, "code": _code(keys, entry.id, code) if wanted.way == "link" else ""}
    tasks.add(session, kind="slip", case=held.case, person_id=person.id, occasion=str(entry.id), due_at=until, now=now)
    await audit.record(session, action="slip_given", staff_id=staff.id, reason=held.case.number, now=now)
    return entry


async def of_case(session: AsyncSession, case: Case) -> list[Slip]:
    """The newest first."""
    entries = list(await session.scalars(
        select(CaseEntry).where(CaseEntry.case_id == case.id, CaseEntry.kind.in_(KINDS)).order_by(CaseEntry.at)
    ))
    return [_slip(one, entries) for one in reversed(entries) if one.kind == "slip"]


async def waits(session: AsyncSession, slip_id: UUID, *, now: datetime) -> bool:
    """Whether a link's slip can still be opened with its number. For a reading session: who only guesses keeps nobody from
    writing.
    """
    entry = await session.scalar(select(CaseEntry).where(CaseEntry.id == slip_id, CaseEntry.kind == "slip"))
    if entry is None or entry.body["way"] != "link":
        return False
    case = await session.get_one(Case, entry.case_id)
    return next(one for one in await of_case(session, case) if one.id == slip_id).open_at(now)


async def open_with(session: AsyncSession, slip_id: UUID, *, code: str, keys: KeyRing, now: datetime) -> Slip | None:
    """Read a link's slip; written down. None for whatever keeps it closed: the try is written down too, so the caller
    ends the transaction as usual.
    """
    entry = await session.scalar(
        select(CaseEntry).where(CaseEntry.id == slip_id, CaseEntry.kind == "slip").with_for_update(of=CaseEntry)
    )
    if entry is None or entry.body["way"] != "link":
        return None
    case = await session.get_one(Case, entry.case_id)
    found = next(one for one in await of_case(session, case) if one.id == slip_id)
    right = entry.body["code"] == _code(keys, slip_id, code)
    if not found.open_at(now) or not right:
        if found.open_at(now):
            _note(session, case, entry, "slip_tried", now=now)
        return None
    if found.ground == "consent" and not await _agreed(session, case, entry.person_id, found):
        return None
    _note(session, case, entry, "slip_opened", now=now)
    return found


async def receipt(session: AsyncSession, case: Case, slip_id: UUID, *, now: datetime) -> None:
    """They have it: by the link's button, or the signed slip of the paper came back. NotYours."""
    entry, found = await _of(session, case, slip_id)
    if found.receipt_at is None:
        _note(session, case, entry, "slip_receipt", now=now)


async def end(session: AsyncSession, staff: SignedIn, case: Case, slip_id: UUID, *, how: str, now: datetime) -> None:
    """Paper came back, was destroyed, or it is called off; a link opens no more. NotYours, BadSlip."""
    entry, found = await _of(session, case, slip_id)
    if how not in END_NAMES or found.ended is not None:
        raise BadSlip("どう終わりにしたかを、一覧から選んでください。")
    _note(session, case, entry, "slip_ended", now=now, result=how)
    await tasks.settle(session, case, kind="slip", occasion=str(slip_id), now=now)
    await audit.record(session, action="slip_ended", staff_id=staff.id, reason=case.number, now=now)


async def of(session: AsyncSession, case: Case, slip_id: UUID) -> Slip:
    """One of a case. NotYours."""
    return (await _of(session, case, slip_id))[1]


async def _of(session: AsyncSession, case: Case, slip_id: UUID) -> tuple[CaseEntry, Slip]:
    entry = await session.get(CaseEntry, slip_id)
    if entry is None or entry.case_id != case.id or entry.kind != "slip":
        raise NotYours
    return entry, next(one for one in await of_case(session, case) if one.id == slip_id)


def _checked(wanted: Wanted, now: datetime) -> tuple[dict[str, str], datetime]:
    if wanted.way not in get_args(Way) or wanted.ground not in get_args(Ground) or not (wanted.to.strip() or wanted.body):
        raise BadSlip("だれに、どの形で、何を根拠に渡すかを書いてください。")
    if wanted.ground == "law" and len(wanted.why.strip()) < SHORTEST_REASON:
        raise BadSlip("同意がないときは、なぜこの人に渡すことが必要かを書いてください。")
    if wanted.until is None or not now < wanted.until <= now + timedelta(days=LONGEST_DAYS):
        raise BadSlip(f"期限は、あしたから{LONGEST_DAYS}日のうちで決めてください。")
    items = {key: text for key, text in wanted.items.items() if text.strip()}
    if not items.keys() <= ITEM_NAMES.keys() or "watch" not in items or "tell" not in items:
        raise BadSlip("「見守ってほしいこと」と「気づいたときの連絡先」を書いてください。ほかの項目は渡せません。")
    return {key: clean(items[key], longest=LONGEST) for key in ITEM_NAMES if key in items}, wanted.until


async def _addressed(session: AsyncSession, wanted: Wanted, town: Town) -> tuple[str, Body]:
    """What the slip says it is for, and whose it is: the body that was picked, else the one that the name means."""
    person = clean(wanted.to, longest=LONGEST) if wanted.to.strip() else ""
    if not wanted.body:
        return person, await partners.meant(session, person, town)
    body = await partners.listed(session, wanted.body, town)
    return f"{body.name} {person}".strip(), body


async def _agreed(session: AsyncSession, case: Case, person_id: UUID | None, slip: Slip) -> bool:
    """Whether the person has agreed, and still does, that this one hears of them."""
    standing = await recipients.of_case(session, case, person_id) if person_id is not None else []
    try:
        recipients.check(standing, slip.names or recipients.names_of(slip.to), body=slip.body)
    except NotARecipient:
        return False
    return any(one.given for one in standing)


def _code(keys: KeyRing, slip: UUID, code: str) -> str:
    return keys.lookup("slip", str(slip), code.strip()).hex()


def _note(
    session: AsyncSession, case: Case, of: CaseEntry, kind: str, *, now: datetime, result: str | None = None
) -> None:
    session.add(CaseEntry(
        id=new_id(now), municipality_id=case.municipality_id, created_at=now, data_key_id=case.data_key_id,
        data_key=case.data_key, case_id=case.id, person_id=of.person_id, kind=kind, result=result, at=now,
        staff_id=of.staff_id, body={"slip": str(of.id)},
    ))


def _slip(entry: CaseEntry, entries: Sequence[CaseEntry]) -> Slip:
    own = [one for one in entries if one.kind != "slip" and one.body["slip"] == str(entry.id)]
    body = entry.body
    return Slip(
        entry.id, entry.person_id, body["to"], body["items"], body["ground"], body["why"], body["way"], entry.at,
        datetime.fromisoformat(body["until"]), tuple(_times(own, "slip_opened")),
        next(_times(own, "slip_receipt"), None), next((one.result for one in own if one.kind == "slip_ended"), None),
        len(list(_times(own, "slip_tried"))), body.get("body", ""), tuple(body.get("names", ())),
    )


def _times(entries: Iterable[CaseEntry], kind: str) -> Iterator[datetime]:
    return (one.at for one in entries if one.kind == kind)
