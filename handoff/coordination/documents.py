"""利用申込 and アセスメント of one person: kept as entries of the case; the newest of each kind holds."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import course
from handoff.coordination.access import person_of
from handoff.coordination.consent import HOW_NAMES
from handoff.desk.answers import LONGEST_NOTE, clean
from handoff.desk.staff import SignedIn
from handoff.store.models import Case, CaseEntry

Document = Literal["application", "assessment"]
Fields = Mapping[str, Mapping[str, str]]


class BadDocument(ValueError):
    """Something that the paper needs is missing."""


async def apply(
    session: AsyncSession, staff: SignedIn, case: Case, person_id: UUID, *, how: str, wishes: str, now: datetime
) -> CaseEntry:
    """The person asked for the support themselves. NotYours, BadDocument, BadText."""
    await person_of(session, case, person_id)
    if how not in HOW_NAMES:
        raise BadDocument("どのように申し込んだか（窓口・電話・訪問など）を選んでください。")
    body = {"how": how, "wishes": clean(wishes, longest=LONGEST_NOTE)}
    return _keep(session, staff, case, person_id, kind="application", body=body, now=now)


async def assess(
    session: AsyncSession, staff: SignedIn, case: Case, person_id: UUID, *, text: str, now: datetime,
    fields: Fields | None = None,
) -> CaseEntry:
    """What was found about a person's life. fields: what was written over on the sheet (`forms.assessment`).

    None leaves what was written over before. NotYours, BadText.
    """
    await person_of(session, case, person_id)
    if fields is None:
        before = newest(await course.entries(session, case, "assessment"), person_id, "assessment")
        fields = before.body.get("fields", {}) if before else {}
    for line in fields.values():
        if line["text"]:
            clean(line["text"], longest=LONGEST_NOTE)
    body = {"text": clean(text, longest=LONGEST_NOTE), "fields": dict(fields)}
    return _keep(session, staff, case, person_id, kind="assessment", body=body, now=now)


def newest(entries: Sequence[CaseEntry], person_id: UUID, kind: Document) -> CaseEntry | None:
    """The one that holds, of entries that come newest first."""
    return next((one for one in entries if one.person_id == person_id and one.kind == kind), None)


def _keep(
    session: AsyncSession, staff: SignedIn, case: Case, person_id: UUID, *, kind: Document, body: dict[str, Any],
    now: datetime,
) -> CaseEntry:
    entry = course.add(session, case, staff, kind=kind, body=body, person_id=person_id, now=now)
    course.advance(session, case, staff, to=kind, now=now)
    return entry
