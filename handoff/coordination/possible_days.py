"""日程の候補: days that a meeting could have, proposed by those who call it; each member says whether they can come.

Choosing is `schedule.settle`: a day that is set ends the round. Nobody without an account answers here; whoever calls the
meeting asks them. Knows no screens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination.meetings import NotOpen
from handoff.coordination.schedule import BadDay, planned
from handoff.desk.hours import TOKYO
from handoff.desk.staff import SignedIn
from handoff.privacy import audit
from handoff.store.models import MeetingRecord
from knowledge.schema import Town

Can = Literal["yes", "maybe", "no"]
CANS: tuple[Can, ...] = get_args(Can)
CAN_NAMES: dict[Can, str] = {"yes": "○ 出られる", "maybe": "△ 調整できる", "no": "× 出られない"}
MOST = 8
TOO_MANY = f"候補の日は{MOST}つまでです。"
OVER = "候補の日は、きょうより後にしてください。"
NO_ROUND = "この会議には、いま候補の日がありません。会議の画面を開きなおしてください。"


@dataclass(frozen=True, slots=True)
class Possible:
    """One day. said: by login, in the order of the answers."""

    at: datetime
    said: Mapping[str, Can]

    @property
    def key(self) -> str:
        return self.at.isoformat()

    def count(self, can: Can) -> int:
        return sum(one == can for one in self.said.values())


def round_of(row: MeetingRecord) -> tuple[Possible, ...]:
    """The days that are asked about now, by time; none once a day is set or the meeting is over."""
    kept = row.body.get("possible")
    if kept is None or row.state != "called":
        return ()
    said: Mapping[str, Mapping[str, Can]] = kept["said"]
    return tuple(
        Possible(datetime.fromisoformat(day), {who: answers[day] for who, answers in said.items() if day in answers})
        for day in kept["days"]
    )


def waits_for(row: MeetingRecord, login: str) -> bool:
    """Whether a day is asked about that they have not answered."""
    return any(login not in one.said for one in round_of(row))


async def propose(
    session: AsyncSession, staff: SignedIn, row: MeetingRecord, *, days: Sequence[datetime], town: Town, now: datetime
) -> None:
    """Ask the members about these days instead of any others; what they said to a day that stays, stays. None: no more.

    NotOpen, BadDay.
    """
    planned(staff, row, town)
    wanted = sorted(set(days))
    if len(wanted) > MOST:
        raise BadDay(TOO_MANY)
    if any(day.astimezone(TOKYO).date() <= now.astimezone(TOKYO).date() for day in wanted):
        raise BadDay(OVER)
    said = (row.body.get("possible") or {"said": {}})["said"]
    keys = [day.isoformat() for day in wanted]
    kept = {who: {day: can for day, can in answers.items() if day in keys} for who, answers in said.items()}
    asked = {"days": keys, "said": kept, "by": staff.login, "noted": now.isoformat()}
    row.body = {**row.body, "possible": asked if keys else None}
    await audit.record(session, action="days_proposed", staff_id=staff.id, now=now)


async def say(
    session: AsyncSession, staff: SignedIn, row: MeetingRecord, *, answers: Mapping[str, str], now: datetime
) -> None:
    """A member's own answers, by the day's key; a day without one keeps what they said before. NotOpen, BadDay."""
    days = {one.key for one in round_of(row)}
    if not days:
        raise NotOpen(NO_ROUND)
    if any(day not in days or can not in CANS for day, can in answers.items()):
        raise BadDay(NO_ROUND)
    kept = row.body["possible"]
    mine = {**kept["said"].get(staff.login, {}), **answers}
    row.body = {**row.body, "possible": {**kept, "said": {**kept["said"], staff.login: mine}}}
    await audit.record(session, action="days_answered", staff_id=staff.id, now=now)
