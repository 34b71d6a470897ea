"""アウトリーチ: each attempt to reach somebody, and always the day of the next. A pause comes only after real attempts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import course, plans, tasks
from handoff.coordination.access import Held, person_of
from handoff.coordination.plans import NotReady
from handoff.desk.answers import LONGEST_NOTE, clean
from handoff.desk.staff import SignedIn
from handoff.store.models import Case, CaseEntry
from knowledge.schema import Town

Means = Literal["visit", "telephone", "letter", "chat", "around"]
Result = Literal["met", "talked", "left_word", "no_contact", "refused"]
MEANS: tuple[Means, ...] = get_args(Means)
RESULTS: tuple[Result, ...] = get_args(Result)
MEANS_NAMES: dict[Means, str] = {
    "visit": "訪問", "telephone": "電話", "letter": "手紙", "chat": "チャット・LINE", "around": "関係者・近所から様子を聞く",
}
RESULT_NAMES: dict[Result, str] = {
    "met": "会えた", "talked": "話せた", "left_word": "伝言・手紙を残した", "no_contact": "つながらなかった",
    "refused": "会いたくないと言われた",
}
REACHED: tuple[Result, ...] = ("met", "talked", "refused")
ENOUGH_MEANS = 3
"""Ways tried in vain before a pause: a visit, asking around, and one more."""


class BadAttempt(ValueError):
    """Something is missing. The text says what."""


async def attempt(
    session: AsyncSession, staff: SignedIn, held: Held, person_id: UUID, *, means: str, result: str, words: str,
    next_at: datetime | None, now: datetime,
) -> CaseEntry:
    """Write an attempt down. NotYours, BadAttempt, BadText."""
    await person_of(session, held.case, person_id)
    if means not in MEANS or result not in RESULTS:
        raise BadAttempt("どうやって、どうだったかを、一覧から選んでください。")
    if next_at is None or next_at <= now:
        raise BadAttempt("次につながる日を、今日より後で決めてください。")
    body = {"words": clean(words, longest=LONGEST_NOTE) if words.strip() else ""}
    entry = course.add(
        session, held.case, staff, kind="outreach", person_id=person_id, means=means, result=result, body=body,
        next_at=next_at, now=now,
    )
    await tasks.settle(session, held.case, kind="outreach", person_id=person_id, now=now)
    tasks.add(session, kind="outreach", case=held.case, person_id=person_id, due_at=next_at, now=now)
    return entry


def tried_in_vain(entries: Sequence[CaseEntry], person_id: UUID) -> frozenset[str]:
    """The ways tried since this person was last reached; entries come newest first."""
    found: set[str] = set()
    for entry in entries:
        if entry.kind != "outreach" or entry.person_id != person_id:
            continue
        if entry.result in REACHED:
            break
        if entry.means is not None:
            found.add(entry.means)
    return frozenset(found)


def still_to_try(tried: frozenset[str]) -> str | None:
    """What a pause still needs, for officials; None when enough was tried."""
    missing = [MEANS_NAMES[one] for one in ("visit", "around") if one not in tried]
    if missing:
        return f"まだしていません: {'、'.join(missing)}"
    return None if len(tried) >= ENOUGH_MEANS else "電話か手紙など、もう一つ別のやり方でも試してください。"


async def suspend(
    session: AsyncSession, staff: SignedIn, held: Held, person_id: UUID, *, reason: str, town: Town, now: datetime
) -> None:
    """中断: contact is wholly lost. NotYours, NotReady (not enough tried, or no meeting held), BadText."""
    await person_of(session, held.case, person_id)
    missing = still_to_try(tried_in_vain(await course.entries(session, held.case, "outreach"), person_id))
    if missing is not None:
        raise NotReady(f"中断は、いくつかのやり方で連絡を試してから決めます。{missing}")
    why = clean(reason, longest=LONGEST_NOTE)
    plan = next((one for one in await plans.of_person(session, person_id) if one.state == "final"), None)
    if plan is None:
        raise NotReady("確定したプランがありません。プランのないうちは、つながる努力を続けます。")
    await plans.check_meeting(session, plan, "suspended", town=town)
    course.add(session, held.case, staff, kind="suspended", person_id=person_id, body={"reason": why}, now=now)
    await plans.close(session, staff, held.case, plan, state="suspended", reason=why, now=now)


async def attempts(session: AsyncSession, case: Case) -> list[CaseEntry]:
    return await course.entries(session, case, "outreach")
