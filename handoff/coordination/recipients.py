"""渡してよい機関: the bodies that a person said may hear of them, applied wherever something leaves to one.

What staff wrote down holds for the bodies it names, for all where it says so, and never for one it leaves out. The
town's own windows, and those whom it has commissioned, are no third parties. Who may hear is decided by the newest
answer; without any recorded answer, what is written as the ground has to do (`desk.introduction`).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import consent
from handoff.coordination.consent import Standing
from handoff.desk.seating import is_outside, works_outside
from handoff.desk.staff import SignedIn
from handoff.store.models import Case, CaseTicket
from knowledge.schema import Town

EVERYBODY = "支援にかかわる機関すべて"
ALL = re.compile(r"(支援に(かかわ|関わ|関係す)る|関係(する)?|すべての|全ての|必要な|支援)機関")
EXCEPT = re.compile(r"以外|除[くき]|のぞ[くき]|だめ|駄目|不可|ない(?!し)|いや|嫌")
BETWEEN = re.compile(r"[、，,。;；／/\n()（）]|ただし")
SPOKEN = {"社協": "社会福祉協議会", "教委": "教育委員会", "ハローワーク": "公共職業安定所"}
"""How people shorten names that the packs write in full."""
SHORTEST = 2
NOT_NAMED = (
    "本人の同意の記録では、渡してよい機関は「{named}」で、「{body}」は入っていません。"
    "「{body}」に渡してよいかを本人に聞き、ケースの画面で同意を記録しなおしてから、もう一度してください。"
)
SAID_NO = (
    "本人の同意の記録は「{status}」です。同意を根拠にして「{body}」には渡せません。"
    "本人の考えが変わったときは、ケースの画面で同意を記録してください。法令の根拠があるときは、それを書いてください。"
)


class NotARecipient(ValueError):
    """The person did not name this body. The text says who was named and what to do, for officials."""


def covers(to_whom: str, names: Sequence[str]) -> bool:
    """Whether the written consent names a body that is called so."""
    wanted = [name for name in map(_plain, names) if len(name) >= SHORTEST]
    parts = [part for part in map(_plain, BETWEEN.split(to_whom)) if part]
    if any(EXCEPT.search(part) and any(_same(part, name) for name in wanted) for part in parts):
        return False
    return any(ALL.search(part) or any(_same(part, name) for name in wanted) for part in parts if not EXCEPT.search(part))


def _same(part: str, name: str) -> bool:
    return name in part or (len(part) > SHORTEST and name.endswith(part))


def _plain(text: str) -> str:
    found = "".join(unicodedata.normalize("NFKC", text).split())
    for short, whole in SPOKEN.items():
        found = found.replace(short, whole)
    return found


def called(window: str, town: Town) -> tuple[str, ...]:
    """Every name of a window (full id): as the pack has it, short, who runs it, without the town before it."""
    found = next((one for one in town.windows if f"{town.id}.{one.id}" == window), None)
    if found is None:
        return ()
    names = [name for name in (found.name, found.short, found.run_by) if name]
    bare = [name.split("（")[0].removeprefix(town.name) for name in names]
    return tuple(dict.fromkeys((*names, *bare)))


def names_of(text: str) -> tuple[str, ...]:
    """A body or a person as somebody wrote them: the whole, and its words (民生委員 佐藤さん)."""
    return (text, *text.split())


def choices(agencies: Sequence[str], town: Town) -> tuple[str, ...]:
    """What the form offers: all who take part, those of the case by name, the town's pack of other bodies."""
    outside = (one.name for one in town.windows if is_outside(f"{town.id}.{one.id}", town))
    return tuple(dict.fromkeys((EVERYBODY, *agencies, *outside)))


def is_own(agency: str, town: Town) -> bool:
    """Whether a name that somebody wrote is a window of the town's, or of whom it has commissioned, or the town itself."""
    own = {_plain(name) for full in _inside(town) for name in called(full, town)}
    wanted = _plain(agency)
    return wanted in own or wanted in {_plain(town.name), _plain(town.name)[-1], "役場", "役所", "市役所"}


def _inside(town: Town) -> Iterator[str]:
    full = (f"{town.id}.{one.id}" for one in town.windows)
    return (window for window in full if not is_outside(window, town))


def may_hear(staff: SignedIn, share: Standing, town: Town) -> bool:
    """Whether a person's yes reaches this member of staff: always within the town, else where their body was named."""
    if not works_outside(staff, town):
        return share.given
    return share.given and any(covers(share.to_whom, called(window, town)) for window in staff.windows)


def check(standing: Sequence[Standing], names: Sequence[str]) -> None:
    """Refuse what nobody agreed to: one given answer that names the body is enough. NotARecipient."""
    given = [one for one in standing if one.given]
    if any(covers(one.to_whom, names) for one in given):
        return
    if given:
        raise NotARecipient(NOT_NAMED.format(named="」「".join(one.to_whom for one in given), body=names[0]))
    said = next((one for one in standing if one.status in ("refused", "withdrawn")), None)
    if said is not None:
        raise NotARecipient(SAID_NO.format(status=consent.STATUS_NAMES[said.status], body=names[0]))


async def of_case(session: AsyncSession, case: Case, person_id: UUID | None = None) -> list[Standing]:
    """What the people of a case, or one of them, have answered about being passed on."""
    known = await consent.known(session, case)
    people = known if person_id is None else [person_id]
    return [consent.holds(known, person, item) for person in people for item in consent.PASSING_ON]


async def of_ticket(session: AsyncSession, ticket_id: UUID) -> list[Standing]:
    """The same of the case that a ticket belongs to; nothing where there is none."""
    case = await session.scalar(
        select(Case).join(CaseTicket, CaseTicket.case_id == Case.id).where(CaseTicket.ticket_id == ticket_id)
    )
    return [] if case is None else await of_case(session, case)
