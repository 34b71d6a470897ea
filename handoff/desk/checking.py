"""安全の確認: the clock of a 通告 in real hours, as staff see it and stop it. The hours are the pack's data."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.access import in_hand
from handoff.desk.answers import LONGEST_NOTE, clean
from handoff.desk.deadlines import check_of
from handoff.desk.handover import told
from handoff.desk.staff import SignedIn
from handoff.store.models import Ticket
from knowledge.schema import SafetyCheck, Town


class NoSuchCheck(Exception):
    """The ticket has no safety check of this name that is still open."""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check of a ticket: by when, and when and by whose login it was done."""

    check: SafetyCheck
    due: datetime
    done_at: datetime | None = None
    by: str | None = None

    def late(self, now: datetime) -> bool:
        return self.done_at is None and now > self.due


def checks_of(ticket: Ticket, town: Town) -> tuple[CheckLine, ...]:
    """The safety checks of a ticket, the most pressing first."""
    done = ticket.state.get("safety_done", {})
    lines = []
    for key, due in ticket.state.get("safety", {}).items():
        check = check_of(town, key)
        if check is not None:
            made = done.get(key)
            at = datetime.fromisoformat(made["at"]) if made else None
            lines.append(CheckLine(check, datetime.fromisoformat(due), at, made["by"] if made else None))
    return tuple(sorted(lines, key=lambda line: (line.done_at is not None, line.due)))


async def checked(
    session: AsyncSession, staff: SignedIn, number: str, *, check: str, how: str, now: datetime
) -> Ticket:
    """Write down that somebody has seen that the person is safe, or not: who saw whom, how. NotYours, OnlyAsked, BadText."""
    seen = clean(how, longest=LONGEST_NOTE)
    ticket = (await in_hand(session, staff, number)).ticket
    done = ticket.state.get("safety_done", {})
    if check not in ticket.state.get("safety", {}) or check in done:
        raise NoSuchCheck
    ticket.state = {**ticket.state, "safety_done": {**done, check: {"at": now.isoformat(), "by": staff.login}}}
    await told(session, ticket, "safety_checked", staff=staff, reason=seen, now=now)
    return ticket
