"""多機関協働: cases, the people and agencies in them, their consents, the meetings, plans and dated tasks.

What people wrote or said is sealed with the case's own data key; kinds, stages and dates stand in clear for lists and
figures. Consents, entries and views are only ever added.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from handoff.store.models.base import SealedRow, TenantRow, within_town
from handoff.store.sealed import Sealed

CHANGED = "case_changed"
"""The event by which open pages of cases and meetings hear that something of them was written. A reading is no change."""


class Case(SealedRow):
    """複合ケース: one household that several agencies hold together. body: {"household", "why": […], "next"}.

    restricted: one of its tickets is: seen by coordinators and by the staff named in it.
    """

    __tablename__ = "coordination_case"
    tells = CHANGED
    __table_args__ = (
        SealedRow.with_town_key(),
        UniqueConstraint("number"),
        Index("ix_coordination_case_board", "municipality_id", "stage"),
    )

    number: Mapped[str] = mapped_column(String(60))
    stage: Mapped[str] = mapped_column(String(12))
    restricted: Mapped[bool] = mapped_column(default=False)
    next_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    body = Sealed("body_sealed")


class CaseTicket(TenantRow):
    """A ticket that belongs to a case. reporter: written by somebody outside the household about it."""

    __tablename__ = "case_ticket"
    tells = CHANGED
    __table_args__ = (
        UniqueConstraint("ticket_id"),
        within_town("case_id", "coordination_case"),
        within_town("ticket_id", "ticket"),
    )

    case_id: Mapped[UUID] = mapped_column(index=True)
    ticket_id: Mapped[UUID]
    reporter: Mapped[bool] = mapped_column(default=False)


class CasePerson(SealedRow):
    """対象者: one person of the household, with consents and plans of their own. body: {"name", "relation", "age"}."""

    __tablename__ = "case_person"
    tells = CHANGED
    __table_args__ = (SealedRow.with_town_key(), within_town("case_id", "coordination_case"))

    case_id: Mapped[UUID] = mapped_column(index=True)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    body = Sealed("body_sealed")


class CaseAgency(SealedRow):
    """An agency in a case: a window of the town, or one outside. body: {"name", "role"}.

    staff_id: the one person who holds it there; in a restricted case only they see it.
    """

    __tablename__ = "case_agency"
    tells = CHANGED
    __table_args__ = (
        UniqueConstraint("case_id", "window_id"),
        within_town("case_id", "coordination_case"),
        within_town("staff_id", "staff_member"),
    )

    case_id: Mapped[UUID] = mapped_column(index=True)
    window_id: Mapped[str | None] = mapped_column(String(80))
    staff_id: Mapped[UUID | None]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    body = Sealed("body_sealed")


class ConsentRecord(SealedRow):
    """同意 of one person on one item, as it stood from `at` on; a later row takes its place, none is changed.

    status: not_asked | given | refused | cannot_decide | unreachable | withdrawn. body: {"what", "to_whom", "how",
    "wording", "basis": of a representative}. item by_button: tapped in the talk (`coordination.buttons`); then also "bodies",
    "items", "question", "ticket".
    """

    __tablename__ = "consent"
    tells = CHANGED
    __table_args__ = (
        Index("ix_consent_person", "person_id", "item"),
        within_town("case_id", "coordination_case"),
        within_town("person_id", "case_person"),
    )

    case_id: Mapped[UUID] = mapped_column(index=True)
    person_id: Mapped[UUID]
    item: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    staff_id: Mapped[UUID]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    body = Sealed("body_sealed")


class CaseEntry(SealedRow):
    """支援経過: what was done in a case, added and never changed. What a kind keeps in body, its module says.

    kind: stage | application | assessment | no_meeting | outreach | participation | monitoring | ended | suspended |
    slip and what became of it (`coordination.slips`).
    means: how an outreach attempt was made; result: of an attempt or of a match.
    """

    __tablename__ = "case_entry"
    tells = CHANGED
    __table_args__ = (
        SealedRow.with_town_key(),
        Index("ix_case_entry_case", "case_id", "kind"),
        within_town("case_id", "coordination_case"),
        within_town("person_id", "case_person"),
    )

    case_id: Mapped[UUID]
    person_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(String(16))
    means: Mapped[str | None] = mapped_column(String(16))
    result: Mapped[str | None] = mapped_column(String(16))
    at: Mapped[datetime]
    next_at: Mapped[datetime | None]
    staff_id: Mapped[UUID]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    body = Sealed("body_sealed")


class SupportPlan(SealedRow):
    """支援プラン of one person, one row a version. state: see `handoff.coordination.plans`.

    holds: only_programmes | programmes_and_more | no_programmes. body: {"goal", "actions": [{"agency", "what",
    "programme"}], "reason"}.
    """

    __tablename__ = "support_plan"
    tells = CHANGED
    __table_args__ = (
        SealedRow.with_town_key(),
        UniqueConstraint("person_id", "version"),
        within_town("case_id", "coordination_case"),
        within_town("person_id", "case_person"),
    )

    case_id: Mapped[UUID] = mapped_column(index=True)
    person_id: Mapped[UUID]
    version: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    holds: Mapped[str] = mapped_column(String(24))
    monitor_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
    final_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    staff_id: Mapped[UUID]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    body = Sealed("body_sealed")


class MeetingRecord(SealedRow):
    """A meeting that was asked for, called or held. pack_meeting: its id in the town's pack; case_id None: no case.

    state: asked | called | held | called_off. body: {"purpose", "ground", "agenda": […], "minutes", "decisions",
    "place", "days": […], "possible"} (`coordination.schedule`, `possible_days`).
    """

    __tablename__ = "meeting"
    tells = CHANGED
    __table_args__ = (
        SealedRow.with_town_key(),
        within_town("case_id", "coordination_case"),
        within_town("person_id", "case_person"),
    )

    pack_meeting: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(12))
    occasion: Mapped[str | None] = mapped_column(String(120))
    case_id: Mapped[UUID | None] = mapped_column(index=True)
    person_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(String(12))
    held_at: Mapped[datetime | None]
    staff_id: Mapped[UUID]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    body = Sealed("body_sealed")


class MeetingMember(SealedRow):
    """Who belongs to a meeting. secrecy_at: when they took note of the secrecy; before it no paper opens to them."""

    __tablename__ = "meeting_member"
    tells = CHANGED
    __table_args__ = (
        UniqueConstraint("meeting_id", "staff_id"),
        within_town("meeting_id", "meeting"),
        within_town("staff_id", "staff_member"),
    )

    meeting_id: Mapped[UUID]
    staff_id: Mapped[UUID | None]
    secrecy_at: Mapped[datetime | None]
    attended: Mapped[bool] = mapped_column(default=False)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    body = Sealed("body_sealed")


class MeetingItem(SealedRow):
    """One thing on a meeting's paper. source: resident | agency | tax; copied_from: the item it was copied from."""

    __tablename__ = "meeting_item"
    tells = CHANGED
    __table_args__ = (SealedRow.with_town_key(), within_town("meeting_id", "meeting"))

    meeting_id: Mapped[UUID] = mapped_column(index=True)
    source: Mapped[str] = mapped_column(String(12))
    staff_id: Mapped[UUID]
    copied_from: Mapped[UUID | None]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    body = Sealed("body_sealed")


class MeetingView(TenantRow):
    """Somebody opened a meeting's papers."""

    __tablename__ = "meeting_view"
    __table_args__ = (within_town("meeting_id", "meeting"), within_town("staff_id", "staff_member"))

    meeting_id: Mapped[UUID] = mapped_column(index=True)
    staff_id: Mapped[UUID]
    at: Mapped[datetime]


class CaseTask(TenantRow):
    """A dated task. kind: meeting | monitoring | round | report | outreach | participation | slip; details: ids, no words.

    occasion: the pack's own name of the moment (プラン策定時 …).
    """

    __tablename__ = "case_task"
    tells = CHANGED
    __table_args__ = (
        Index("ix_case_task_due", "municipality_id", "done_at", "due_at"),
        within_town("case_id", "coordination_case"),
        within_town("person_id", "case_person"),
    )

    case_id: Mapped[UUID | None] = mapped_column(index=True)
    person_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(String(16))
    pack_meeting: Mapped[str | None] = mapped_column(String(60))
    occasion: Mapped[str | None] = mapped_column(String(120))
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
