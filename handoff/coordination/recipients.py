"""渡してよい機関: the bodies that a person said may hear of them, applied wherever something leaves to one.

What staff wrote down holds for the bodies it names, for all where it says so, and never for one it leaves out. The
town's own windows, and those whom it has commissioned, are no third parties. Who may hear is decided by the newest
answer; without any recorded answer, what is written as the ground has to do (`desk.introduction`).
"""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import consent, partners
from handoff.coordination.consent import Standing
from handoff.coordination.partners import Body, called, plain
from handoff.desk.seating import is_outside, works_outside
from handoff.desk.staff import SignedIn
from handoff.store.models import BodyQuestion, Case, CaseTicket
from knowledge.schema import Town

EVERYBODY = "支援にかかわる機関すべて"
ALL = re.compile(r"(支援に(かかわ|関わ|関係す)る|関係(する)?|すべての|全ての|必要な|支援)機関")
EXCEPT = re.compile(r"以外|除[くき]|のぞ[くき]|だめ|駄目|不可|ない(?!し)|いや|嫌")
BETWEEN = re.compile(r"[、，,。;；／/\n()（）]|ただし")
SHORTEST = 2
NOT_NAMED = (
    "本人の同意の記録では、渡してよい機関は「{named}」で、「{body}」は入っていません。"
    "「{body}」に渡してよいかを本人に聞き、ケースの画面で同意を記録しなおしてから、もう一度してください。"
)
SAID_NO = (
    "本人の同意の記録は「{status}」です。同意を根拠にして「{body}」には渡せません。"
    "本人の考えが変わったときは、もう一度聞いて記録してください。法令の根拠があるときは、それを書いてください。"
)

NOT_ITEMS = (
    "本人が「{body}」に渡してよいと答えたのは、聞いたときにえらんだものだけです。渡すものをそれに合わせるか、本人にもう一度聞いてください。"
)


class NotARecipient(ValueError):
    """The person did not name this body. The text says who was named and what to do, for officials."""


def reaches(one: Standing, names: Sequence[str], body: str = "") -> bool:
    """Whether an answer names a body: by its id where both have one, else by what is written."""
    if not (one.bodies and body):
        return covers(one.to_whom, names)
    return not excepted(one.also, names) and (body in one.bodies or covers(one.also, names))


def excepted(to_whom: str, names: Sequence[str]) -> bool:
    """Whether what is written leaves out a body that is called so (「学校以外」)."""
    wanted = [name for name in map(plain, names) if len(name) >= SHORTEST]
    parts = (plain(part) for part in BETWEEN.split(to_whom))
    return any(EXCEPT.search(part) and any(_same(part, name) for name in wanted) for part in parts if part)


def covers(to_whom: str, names: Sequence[str]) -> bool:
    """Whether the written consent names a body that is called so."""
    wanted = [name for name in map(plain, names) if len(name) >= SHORTEST]
    parts = [part for part in map(plain, BETWEEN.split(to_whom)) if part]
    if excepted(to_whom, names):
        return False
    return any(ALL.search(part) or any(_same(part, name) for name in wanted) for part in parts if not EXCEPT.search(part))


def _same(part: str, name: str) -> bool:
    return name in part or (len(part) > SHORTEST and name.endswith(part))


def names_of(text: str) -> tuple[str, ...]:
    """A body or a person as somebody wrote them: the whole, and its words (民生委員 佐藤さん)."""
    return (text, *text.split())


def choices(agencies: Sequence[str], bodies: Sequence[Body]) -> tuple[str, ...]:
    """What the form offers: all who take part, those of the case by name, bodies: those of the list (`partners.outside`)."""
    return tuple(dict.fromkeys((EVERYBODY, *agencies, *(body.name for body in bodies))))


async def picked(
    session: AsyncSession, staff: SignedIn, ticked: Sequence[str], written: str, *, town: Town, now: datetime
) -> dict[str, Any]:
    """What the form says, as an answer keeps it: bodies by their ids (a name that no list has is kept from now on), and what
    is written besides, with its conditions (「学校以外」). NoSuchBody.
    """
    names = [name for name in ticked if name and name != EVERYBODY]
    bodies = [await partners.picked(session, staff, "", name, town=town, now=now) for name in names]
    also = [*([EVERYBODY] if EVERYBODY in ticked else []), *([written.strip()] if written.strip() else [])]
    return {
        "to_whom": "、".join((*also[:-1], *names, *also[-1:]) if written.strip() else (*also, *names)),
        "bodies": tuple(dict.fromkeys(body.id for body in bodies)), "also": "、".join(also),
    }


def is_own(agency: str, town: Town) -> bool:
    """Whether a name that somebody wrote is a window of the town's, or of whom it has commissioned, or the town itself."""
    own = {plain(name) for full in _inside(town) for name in called(full, town)}
    wanted = plain(agency)
    return wanted in own or wanted in {plain(town.name), plain(town.name)[-1], "役場", "役所", "市役所"}


def _inside(town: Town) -> Iterator[str]:
    full = (f"{town.id}.{one.id}" for one in town.windows)
    return (window for window in full if not is_outside(window, town))


def may_hear(staff: SignedIn, share: Standing, town: Town) -> bool:
    """Whether a person's yes reaches this member of staff: always within the town, else where their body was named."""
    if not works_outside(staff, town):
        return share.given
    return share.given and any(reaches(share, called(window, town), window) for window in staff.windows)


def check(standing: Sequence[Standing], names: Sequence[str], *, body: str = "", items: Collection[str] = ()) -> None:
    """Refuse what nobody agreed to: one given answer that names the body, and where it names items all of these, is enough;
    a later no to this very body ends it. body: its id. NotARecipient.
    """
    given = [one for one in standing if one.given]
    reaching = [one for one in given if reaches(one, names, body)]
    if reaching and not _said_no_since(standing, reaching, names, body):
        if not any(not one.items or set(items) <= set(one.items) for one in reaching):
            raise NotARecipient(NOT_ITEMS.format(body=names[0]))
        return
    if given and not reaching:
        raise NotARecipient(NOT_NAMED.format(named="」「".join(one.to_whom for one in given), body=names[0]))
    said = next((one for one in standing if one.status in consent.NO and (not one.bodies or reaches(one, names, body))), None)
    if said is not None:
        raise NotARecipient(SAID_NO.format(status=consent.STATUS_NAMES[said.status], body=names[0]))


def _said_no_since(standing: Sequence[Standing], yes: Sequence[Standing], names: Sequence[str], body: str) -> bool:
    """Whether the newest word about this very body, said in the chat, is a no."""
    noes = [one.at for one in standing if one.bodies and one.status in consent.NO and one.at and reaches(one, names, body)]
    yeses = [one.at for one in yes if one.at]
    return bool(noes) and (not yeses or max(noes) > max(yeses))


async def of_chat(session: AsyncSession, tickets: Collection[UUID]) -> list[Standing]:
    """What those who write have answered in the chat for themselves, about each body they were asked about; the newest first.

    What they said of somebody else's matter is no consent and is not here.
    """
    rows = await session.scalars(
        select(BodyQuestion).where(
            BodyQuestion.ticket_id.in_(tickets), BodyQuestion.own.is_(True),
            BodyQuestion.status.in_(["given", "refused", "withdrawn"]),
        ).order_by(BodyQuestion.id.desc())
    )
    return [
        Standing(
            "other_body", cast(consent.Status, row.status), row.answered_at, row.staff_id, to_whom=row.told["name"],
            how="chat", bodies=(row.body_id,), items=tuple(row.items),
        )
        for row in rows
    ]


async def of_case(session: AsyncSession, case: Case, person_id: UUID | None = None) -> list[Standing]:
    """What the people of a case, or one of them, have answered about being passed on. A yes by button was for some things on
    paper and opens no case; a no holds here too.
    """
    tickets = select(CaseTicket.ticket_id).where(CaseTicket.case_id == case.id, CaseTicket.reporter.is_(False))
    tapped = await of_chat(session, (await session.scalars(tickets)).all())
    return [*await _written(session, case, person_id), *(one for one in tapped if one.status in consent.NO)]


async def _written(session: AsyncSession, case: Case, person_id: UUID | None = None) -> list[Standing]:
    known = await consent.known(session, case)
    people = known if person_id is None else [person_id]
    return [consent.holds(known, person, item) for person in people for item in consent.PASSING_ON]


async def of_ticket(session: AsyncSession, ticket_id: UUID) -> list[Standing]:
    """What stands in the case that a ticket belongs to, and what its own writer has tapped."""
    case = await session.scalar(
        select(Case).join(CaseTicket, CaseTicket.case_id == Case.id).where(CaseTicket.ticket_id == ticket_id)
    )
    tapped = await of_chat(session, [ticket_id])
    return tapped if case is None else [*await _written(session, case), *tapped]
