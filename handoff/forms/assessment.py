"""アセスメントシート of one person of a case: filled from what the case knows, each line with where it comes from.

What staff write over a line takes its place and says so; a line that nobody touched follows the case. Nothing is filled
from a restricted consultation, from a report, or from another person of the household who has not agreed to share: of
them only kinship and age stand here, as on every page of the case. Knows no paper and no page.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import consent, outreach
from handoff.coordination.access import person_of
from handoff.coordination.cases import is_member
from handoff.coordination.view import CaseView, PersonView
from handoff.desk.summary import Summary
from handoff.forms.blocks import japanese_date
from handoff.forms.casefile import Name
from handoff.forms.concerns import Read, boxes, marks
from handoff.store.models import Case, CaseEntry, CaseTicket, Ticket

FieldId = Literal["person", "household", "concerns", "state", "wishes", "agencies", "attempts", "why", "direction"]
FIELD_IDS: tuple[FieldId, ...] = get_args(FieldId)
LABELS: dict[FieldId, str] = {
    "person": "本人", "household": "世帯", "concerns": "困りごと（16項目）", "state": "本人の状況", "wishes": "本人の希望",
    "agencies": "かかわっている機関と役割", "attempts": "これまでの連絡", "why": "いろいろなことが重なっていると考えた理由",
    "direction": "支援の方向と、次にすること",
}
PEOPLE, WORDS, APPLIED, AGENCIES, TRIED, FLAG, NEXT = (
    "ケースの「対象の人」", "相談の読み取り", "利用申込", "ケースの「かかわる機関」", "アウトリーチの記録", "調整役の旗がついた理由",
    "ケースの「次にすること」",
)
NOT_ALL_AGREED = "世帯のほかの人の同意がそろっていないので、写していません"
NOT_AGREED = "この人の共有の同意がないため、シートは調整役のほかには開けません。先に同意の答えを記録してください。"
HAND_ONLY = "この人の共有の同意がありません。調整役の手元だけで使い、ほかの機関に渡さないでください。"
RESTRICTED = "閲覧を限っているケースです。名前をあげた職員のほかに見せないでください。閲覧を限った相談の中身は、この紙に写していません。"


class NotShared(Exception):
    """The person has not agreed that others than the coordinator read about them (`NOT_AGREED`)."""


@dataclass(frozen=True, slots=True)
class Field:
    """One line. text: what stands there; known: what the case says now; source: where the text comes from.

    moved: the case says something else now than when somebody wrote this line over.
    """

    id: FieldId
    text: str
    known: str
    source: str
    corrected: bool = False
    moved: bool = False

    @property
    def label(self) -> str:
        return LABELS[self.id]


@dataclass(frozen=True, slots=True)
class Sheet:
    """fields: in the order of the form; consents: the answers that hold, which are corrected where they are recorded."""

    person: PersonView
    fields: tuple[Field, ...]
    consents: tuple[tuple[str, str, str], ...]
    text: str
    written: CaseEntry | None
    warning: str


@dataclass(frozen=True, slots=True)
class Given:
    """A line as a form sends it back. was: what stood there when the page was made."""

    id: str
    was: str
    text: str


async def sheet(session: AsyncSession, case: CaseView, person_id: UUID, *, name: Name) -> Sheet:
    """One person's sheet, for whoever the view of the case was made for. NotYours, NotShared."""
    row = await session.scalar(select(Case).where(Case.number == case.line.number))
    assert row is not None
    await person_of(session, row, person_id)
    person = next(one for one in case.people if one.id == person_id)
    if not person.open_to:
        raise NotShared
    read = await _read(session, row, person_id)
    known = dict(_known(case, person, read, name))
    kept: Mapping[str, Mapping[str, str]] = person.assessed.body.get("fields", {}) if person.assessed else {}
    return Sheet(
        person=person, fields=tuple(_field(one, *known.get(one, ("", "")), kept.get(one)) for one in FIELD_IDS),
        consents=tuple(_consents(person)), text=person.assessed.body["text"] if person.assessed else "",
        written=person.assessed, warning=_warning(case, person),
    )


def corrections(shown: Sheet, given: Iterable[Given]) -> dict[str, dict[str, str]]:
    """What is kept beside the text of an assessment: lines that differ from what the case says.

    A line that is sent back as it stood stays as it is, whatever the case has learnt meanwhile.
    """
    sent = {one.id: one for one in given}
    found: dict[str, dict[str, str]] = {}
    for field in shown.fields:
        line = sent.get(field.id)
        touched = line is not None and _plain(line.text) != _plain(line.was)
        text = _plain(line.text) if line is not None and touched else field.text
        if (touched or field.corrected) and text != field.known:
            known = field.known if touched else _kept_known(shown, field)
            found[field.id] = {"text": text, "known": known}
    return found


def corrected_lines(entry: CaseEntry) -> tuple[str, ...]:
    """What staff wrote over on the sheet, by label: for the course and for who asks to see their own record."""
    kept = entry.body.get("fields", {})
    return tuple(f"{LABELS[one]}：{kept[one]['text']}" for one in FIELD_IDS if one in kept)


def _field(which: FieldId, known: str, source: str, kept: Mapping[str, str] | None) -> Field:
    if kept is None:
        return Field(which, known, known, source)
    return Field(which, kept["text"], known, "職員が書いたもの", corrected=True, moved=kept["known"] != known)


def _kept_known(shown: Sheet, field: Field) -> str:
    assert shown.written is not None
    known: str = shown.written.body["fields"][field.id]["known"]
    return known


def _known(case: CaseView, person: PersonView, read: Read, name: Name) -> Iterator[tuple[FieldId, tuple[str, str]]]:
    yield "person", (" ".join(part for part in (person.name, person.relation, person.age) if part), PEOPLE)
    yield "household", ("\n".join(_called(one) for one in case.people if one.id != person.id), PEOPLE)
    ticked = [label for mark, label in marks(boxes().application.items, read) if mark]
    yield "concerns", ("、".join(ticked), WORDS if ticked else "")
    state = "、".join(name("need", need) for need in read.needs)
    yield "state", (state, WORDS if state else "")
    if person.applied is not None:
        yield "wishes", (person.applied.body["wishes"], f"{APPLIED}（{japanese_date(person.applied.at)}）")
    yield "agencies", ("\n".join(_agency(one) for one in case.agencies), AGENCIES)
    if person.attempts:
        yield "attempts", ("\n".join(_attempt(one) for one in reversed(person.attempts)), TRIED)
    if case.why and not any(one.reporter for one in case.behind):
        agreed = all(_shares(one) for one in case.people) and not case.line.restricted
        yield "why", ("\n".join(name("pattern", one) for one in case.why), FLAG) if agreed else ("", NOT_ALL_AGREED)
    yield "direction", (case.next_words if not case.line.restricted else "", NEXT)


def _called(person: PersonView) -> str:
    """Another one of the household: the name only of who has agreed to share, whoever reads."""
    return " ".join(part for part in (person.name if _shares(person) else "", person.relation, person.age) if part)


def _shares(person: PersonView) -> bool:
    return any(one.item == "share" and one.given for one in person.standings)


def _agency(body: Mapping[str, str]) -> str:
    return f"{body['name']}（{body['role']}）" if body["role"] else body["name"]


def _attempt(entry: CaseEntry) -> str:
    means = next((label for one, label in outreach.MEANS_NAMES.items() if one == entry.means), "")
    result = next((label for one, label in outreach.RESULT_NAMES.items() if one == entry.result), "")
    return f"{japanese_date(entry.at)} {means}：{result}"


def _consents(person: PersonView) -> Iterator[tuple[str, str, str]]:
    for one in (*person.standings, *person.by_button):
        how = consent.HOW_TOLD.get(one.how, "")
        when = "、".join(part for part in (japanese_date(one.at), how, one.to_whom) if part)
        yield consent.item_name(one), consent.STATUS_NAMES[one.status], when


def _warning(case: CaseView, person: PersonView) -> str:
    return " ".join(part for part in (
        RESTRICTED if case.line.restricted else "", "" if _shares(person) else HAND_ONLY
    ) if part)


async def _read(session: AsyncSession, case: Case, person_id: UUID) -> Read:
    """What was read of this person alone, in consultations of the household itself that nobody has restricted."""
    row = await person_of(session, case, person_id)
    tickets = await session.scalars(
        select(Ticket).join(CaseTicket, CaseTicket.ticket_id == Ticket.id).where(
            CaseTicket.case_id == case.id, CaseTicket.reporter.is_(False), Ticket.restricted.is_(False)
        ).order_by(Ticket.created_at)
    )
    needs: list[str] = []
    for ticket in tickets:
        members = Summary.from_json(ticket.summary).household if ticket.summary else ()
        needs += [need for member in members if is_member(row, member, members) for need in member.needs]
    return Read(needs=tuple(dict.fromkeys(needs)))


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def paired(fields: Sequence[str], was: Sequence[str], texts: Sequence[str]) -> list[Given]:
    """A form's three columns as lines; what has no partner is left out."""
    return [Given(*row) for row in zip(fields, was, texts, strict=False)]
