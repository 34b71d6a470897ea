"""A meeting's papers: what is laid before its members, and nobody else; every opening is written down.

A meeting without consent opens to a member after they took note of the secrecy. Where consent was withdrawn, a plan
meeting's papers and minutes close and nothing more goes in. What the tax office knows of a taxpayer goes in with consent only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import consent, partners, recipients, taxes
from handoff.coordination.access import NotYours, coordinating
from handoff.coordination.cases import LONGEST_NAME
from handoff.coordination.eligibility import may_call
from handoff.coordination.partners import Body
from handoff.coordination.taxes import TaxSecret
from handoff.desk.answers import LONGEST_NOTE, clean
from handoff.desk.staff import SignedIn
from handoff.privacy import audit
from handoff.store.ids import new_id
from handoff.store.models import Case, MeetingItem, MeetingMember, MeetingRecord, MeetingView, StaffMember
from knowledge.schema import Town

Source = Literal["resident", "agency", "tax"]
SOURCE_NAMES: dict[Source, str] = {
    "resident": "本人・家族が話したこと", "agency": "機関が知っていること", "tax": "税務課がもつ納税の情報",
}
SECRECY = (
    "この会議で知ったことは、正当な理由なく、ほかの人に話してはいけません（社会福祉法第106条の6）。"
    "会議の外へ写しを渡したり、持ち出したりしないでください。開いた人と時刻は記録されます。"
)
STOPPED = "本人の同意がいまはありません。この会議の資料は、これ以上 共有できません。"
SAID = {"minutes": "話したこと", "decisions": "決めたこと"}


def source_name(source: str) -> str:
    """Whose words an item is."""
    return SOURCE_NAMES[cast(Source, source)]


class Stopped(Exception):
    """Consent is missing or was withdrawn: nothing more is shared."""


class SecrecyFirst(Exception):
    """A member who has not yet taken note of the secrecy."""


class NoSuchMember(ValueError):
    """Nobody with this login, or a member already."""


class NotConvening(Exception):
    """Who sits in a meeting is for those to say who called it, and for the coordinator."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A meeting opened by a member. stopped: consent is gone, items and what came of it stay closed. tax_open: what the
    tax office knows may be read.
    """

    meeting: MeetingRecord
    members: tuple[MeetingMember, ...]
    items: tuple[MeetingItem, ...]
    views: tuple[MeetingView, ...]
    stopped: bool
    tax_open: bool = False

    @property
    def said(self) -> tuple[tuple[str, str], ...]:
        """話したこと and 決めたこと under their headings; the refusal in their place where consent is gone."""
        body = self.meeting.body
        closed = STOPPED if self.stopped else taxes.CLOSED if body.get("tax") and not self.tax_open else None
        return tuple((head, body.get(name, "") if closed is None else closed) for name, head in SAID.items())


async def meeting_for(session: AsyncSession, staff: SignedIn, meeting_id: UUID) -> tuple[MeetingRecord, MeetingMember]:
    """A meeting that they are a member of. NotYours, SecrecyFirst."""
    meeting, member = await _membership(session, staff, meeting_id)
    _check_secrecy(meeting, member)
    return meeting, member


def _check_secrecy(meeting: MeetingRecord, member: MeetingMember) -> None:
    if meeting.kind == "support" and member.secrecy_at is None:
        raise SecrecyFirst


async def promise_secrecy(session: AsyncSession, staff: SignedIn, meeting_id: UUID, *, now: datetime) -> None:
    """They took note. NotYours."""
    _, member = await _membership(session, staff, meeting_id)
    member.secrecy_at = member.secrecy_at or now
    await audit.record(session, action="secrecy_noted", staff_id=staff.id, now=now)


async def open_papers(session: AsyncSession, staff: SignedIn, meeting_id: UUID, *, now: datetime) -> Opened:
    """Read the papers; written down, with what else this transaction writes. NotYours, SecrecyFirst."""
    return await _opened(session, await note_opening(session, staff, meeting_id, now=now))


async def note_opening(session: AsyncSession, staff: SignedIn, meeting_id: UUID, *, now: datetime) -> MeetingRecord:
    """Write down that they open the papers: for good, before anything of them is read. NotYours, SecrecyFirst."""
    meeting, _ = await meeting_for(session, staff, meeting_id)
    session.add(MeetingView(
        id=new_id(now), municipality_id=meeting.municipality_id, created_at=now, meeting_id=meeting.id,
        staff_id=staff.id, at=now,
    ))
    await session.flush()
    return meeting


async def look(session: AsyncSession, staff: SignedIn, meeting_id: UUID) -> Opened:
    """Papers whose opening has just been written down for good, in a reading session. NotYours, SecrecyFirst."""
    meeting, member = await _membership(session, staff, meeting_id, lock=False)
    _check_secrecy(meeting, member)
    return await _opened(session, meeting)


async def look_again(session: AsyncSession, staff: SignedIn, meeting_id: UUID) -> tuple[Opened, bool]:
    """The same for a page that is open already; and whether something was laid since they were last recorded to have
    opened it: then it is an opening again, and the caller writes it down. NotYours, SecrecyFirst.
    """
    found = await look(session, staff, meeting_id)
    last = max((one.at for one in found.views if one.staff_id == staff.id), default=None)
    return found, last is None or any(one.created_at > last for one in found.items)


async def _opened(session: AsyncSession, meeting: MeetingRecord) -> Opened:
    stopped = await _stopped(session, meeting)
    views = select(MeetingView).where(MeetingView.meeting_id == meeting.id).order_by(MeetingView.at.desc())
    return Opened(
        meeting, tuple(await members(session, meeting)), () if stopped else tuple(await _open_items(session, meeting)),
        tuple(await session.scalars(views.limit(200))), stopped, await tax_is_given(session, meeting),
    )


async def note_minutes(
    session: AsyncSession, staff: SignedIn, meetings: Sequence[MeetingRecord], *, now: datetime
) -> list[UUID]:
    """Write down that they open what came of the held meetings on consent that they are a member of; which these are.

    A meeting without consent is none of them: what was said in it leaves its own page on no other paper.
    """
    own = set(await session.scalars(select(MeetingMember.meeting_id).where(MeetingMember.staff_id == staff.id)))
    held = [one.id for one in meetings if one.kind == "plan" and one.state == "held" and one.id in own]
    for meeting in held:
        await note_opening(session, staff, meeting, now=now)
    return held


async def add_member(
    session: AsyncSession, staff: SignedIn, meeting_id: UUID, *, login: str, name: str, agency: str, town: Town,
    now: datetime, body: str = "",
) -> MeetingMember:
    """A colleague by login, or somebody without one, who gets paper. body: the id of the agency, where the list has it.

    NotYours, NotConvening, NoSuchMember, NoSuchBody, NotARecipient, BadText.
    """
    meeting, _ = await meeting_for(session, staff, meeting_id)
    if not may_seat(staff, meeting, town):
        raise NotConvening
    found = await _colleague(session, login) if login.strip() else None
    known = await members(session, meeting)
    if found is not None and any(member.staff_id == found.id for member in known):
        raise NoSuchMember(login)
    of = await (partners.listed(session, body, town) if body else partners.meant(session, clean(agency, longest=LONGEST_NAME), town))
    await _check_recipient(session, meeting, of, town)
    called = name if name.strip() or found is None else found.name or found.login
    row = MeetingMember(
        id=new_id(now), municipality_id=meeting.municipality_id, created_at=now, data_key_id=meeting.data_key_id,
        data_key=meeting.data_key, meeting_id=meeting.id, staff_id=found.id if found else None,
        body={"name": clean(called, longest=LONGEST_NAME), "agency": of.name if body else agency.strip(), "body": of.id},
    )
    session.add(row)
    await session.flush()
    await audit.record(session, action="member_added", staff_id=staff.id, now=now)
    return row


async def _check_recipient(session: AsyncSession, meeting: MeetingRecord, of: Body, town: Town) -> None:
    """A meeting that stands on consent opens its papers to bodies that the person named. NotARecipient."""
    if meeting.kind != "plan" or meeting.case_id is None or of.own or (not of.id and recipients.is_own(of.name, town)):
        return
    case = await session.get_one(Case, meeting.case_id)
    share = consent.holds(await consent.known(session, case), meeting.person_id, "share")
    recipients.check([share], of.names, body=of.id)


def may_seat(staff: SignedIn, meeting: MeetingRecord, town: Town) -> bool:
    """Whether they say who sits in it: who called it, the windows that may call it, the coordinator."""
    pack = next((one for one in town.meetings if one.id == meeting.pack_meeting), None)
    calls = pack is not None and may_call(staff, town, pack)
    return calls or meeting.staff_id == staff.id or coordinating(staff)


async def add_item(
    session: AsyncSession, staff: SignedIn, meeting_id: UUID, *, source: str, text: str, town: Town, now: datetime
) -> MeetingItem:
    """Lay something before the members. NotYours, SecrecyFirst, Stopped, TaxSecret, BadText."""
    meeting, member = await meeting_for(session, staff, meeting_id)
    body = clean(text, longest=LONGEST_NOTE)
    found = next((one for one in SOURCE_NAMES if one == source), None)
    if found is None:
        raise NotYours
    if await _stopped(session, meeting):
        raise Stopped
    if found == "agency" and (taxes.speaks_for_it(staff, member.body["agency"], town) or taxes.told_by_it(body)):
        found = "tax"
    await _check_tax(session, meeting, found)
    return _lay(session, staff, meeting, source=found, body={"text": body, "agency": member.body["agency"]}, now=now)


async def copy_items(
    session: AsyncSession, staff: SignedIn, *, of: UUID, to: UUID, chosen: Sequence[UUID], now: datetime
) -> list[MeetingItem]:
    """Copy chosen items, never all by themselves, from one meeting on a person to another on the same person.

    NotYours, SecrecyFirst, Stopped, TaxSecret.
    """
    first, _ = await meeting_for(session, staff, of)
    second, _ = await meeting_for(session, staff, to)
    if first.person_id is None or first.person_id != second.person_id:
        raise NotYours
    if await _stopped(session, first) or await _stopped(session, second):
        raise Stopped
    there = {item.copied_from for item in await items(session, second)}
    found = [item for item in await items(session, first) if item.id in chosen and item.id not in there]
    for item in found:
        await _check_tax(session, second, item.source)
    made = [
        _lay(session, staff, second, source=item.source, body=item.body, copied_from=item.id, now=now)
        for item in found
    ]
    await audit.record(session, action="items_copied", staff_id=staff.id, now=now)
    return made


async def items(session: AsyncSession, meeting: MeetingRecord) -> list[MeetingItem]:
    wanted = select(MeetingItem).where(MeetingItem.meeting_id == meeting.id).order_by(MeetingItem.id)
    return list(await session.scalars(wanted))


async def members(session: AsyncSession, meeting: MeetingRecord) -> list[MeetingMember]:
    wanted = select(MeetingMember).where(MeetingMember.meeting_id == meeting.id).order_by(MeetingMember.id)
    return list(await session.scalars(wanted))


async def _membership(
    session: AsyncSession, staff: SignedIn, meeting_id: UUID, *, lock: bool = True
) -> tuple[MeetingRecord, MeetingMember]:
    wanted = select(MeetingRecord).where(MeetingRecord.id == meeting_id)
    meeting = await session.scalar(wanted.with_for_update(of=MeetingRecord) if lock else wanted)
    if meeting is None or staff.role == "auditor":
        raise NotYours
    member = await session.scalar(select(MeetingMember).where(
        MeetingMember.meeting_id == meeting.id, MeetingMember.staff_id == staff.id
    ))
    if member is None:
        raise NotYours
    return meeting, member


async def _stopped(session: AsyncSession, meeting: MeetingRecord) -> bool:
    """A meeting that stands on consent, and the consent is gone."""
    if meeting.kind != "plan" or meeting.case_id is None:
        return False
    case = await session.get_one(Case, meeting.case_id)
    return not consent.holds(await consent.known(session, case), meeting.person_id, "share").given


async def _open_items(session: AsyncSession, meeting: MeetingRecord) -> list[MeetingItem]:
    """Without what stood on a consent that is gone."""
    open_to_tax = await tax_is_given(session, meeting)
    return [item for item in await items(session, meeting) if item.source != "tax" or open_to_tax]


async def _check_tax(session: AsyncSession, meeting: MeetingRecord, source: str) -> None:
    if source == "tax" and not await tax_is_given(session, meeting):
        raise TaxSecret


async def tax_is_given(session: AsyncSession, meeting: MeetingRecord) -> bool:
    """Whether the person agreed that what the tax office knows is shared."""
    if meeting.case_id is None:
        return False
    case = await session.get_one(Case, meeting.case_id)
    return consent.holds(await consent.known(session, case), meeting.person_id, "tax").given


def _lay(
    session: AsyncSession, staff: SignedIn, meeting: MeetingRecord, *, source: str, body: dict[str, str],
    now: datetime, copied_from: UUID | None = None,
) -> MeetingItem:
    row = MeetingItem(
        id=new_id(now), municipality_id=meeting.municipality_id, created_at=now, data_key_id=meeting.data_key_id,
        data_key=meeting.data_key, meeting_id=meeting.id, source=source, staff_id=staff.id, copied_from=copied_from,
        body=body,
    )
    session.add(row)
    return row


async def _colleague(session: AsyncSession, login: str) -> StaffMember:
    found = await session.scalar(select(StaffMember).where(
        StaffMember.login == login.strip().lower(), StaffMember.disabled_at.is_(None), StaffMember.role != "auditor"
    ))
    if found is None:
        raise NoSuchMember(login)
    return found


async def others_on_person(
    session: AsyncSession, staff: SignedIn, meeting: MeetingRecord
) -> list[tuple[MeetingRecord, list[MeetingItem]]]:
    """Other meetings on the same person that this member also belongs to, with what may be copied from them."""
    if meeting.person_id is None or meeting.kind != "plan" or await _stopped(session, meeting):
        return []
    rows = await session.scalars(
        select(MeetingRecord).join(MeetingMember, MeetingMember.meeting_id == MeetingRecord.id).where(
            MeetingRecord.person_id == meeting.person_id, MeetingRecord.id != meeting.id,
            MeetingMember.staff_id == staff.id, MeetingMember.secrecy_at.is_not(None),
        ).order_by(MeetingRecord.created_at)
    )
    there = {item.copied_from for item in await items(session, meeting)}
    found = []
    for row in rows:
        open_items = [] if await _stopped(session, row) else await _open_items(session, row)
        found.append((row, [item for item in open_items if item.id not in there]))
    return found


async def case_number(session: AsyncSession, meeting: MeetingRecord) -> str | None:
    return None if meeting.case_id is None else (await session.get_one(Case, meeting.case_id)).number
