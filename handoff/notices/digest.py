"""Mail to staff who asked for it: that there is something, how many, and where to read it; never what, nor whose.

At most one in half an hour and only while the town hall is open; what came meanwhile is one mail in the morning.
Who may not see a ticket is not told of it. Must not know how mail travels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.errors import SendError
from handoff.clock import Clock
from handoff.coordination import schedule
from handoff.desk.hours import is_open, next_opening
from handoff.desk.queue import visible
from handoff.desk.staff import SignedIn, signed_in
from handoff.intake.breaker import STOPPED
from handoff.notices.calls import Post
from handoff.notices.rota import BadPerson, address
from handoff.privacy import audit
from handoff.store.db import Store, town_key
from handoff.store.ids import new_id
from handoff.store.models import AuditEntry, Event, StaffMail, StaffMember, Ticket, TicketMove
from knowledge.schema import Town

Kind = Literal["new", "assigned", "offered", "returned", "meeting", "stopped"]
KINDS: tuple[Kind, ...] = get_args(Kind)
KIND_NAMES: dict[Kind, str] = {
    "new": "新しい案件", "assigned": "あなたの担当になった案件", "offered": "引き継ぎの相談",
    "returned": "時間がすぎて戻ってきた引き継ぎ", "meeting": "日や場所が変わった、または候補の日を聞かれている会議",
    "stopped": "住民へのお返事を送れなくなった（LINEやTelegramの鍵）",
}
PAUSE = timedelta(minutes=30)
AT_ONCE = 50
SUBJECT = "【つなぐ窓口】読むものがあります"
FOOT = "\n中身はこのメールには書いていません。次のページで読んでください。\n{site}/staff/tickets\n\nこのメールをやめる: {site}/staff/own\n"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a member of staff has asked for. error: why the last mail did not go."""

    address: str
    kinds: tuple[str, ...]
    error: str | None


async def wanted(session: AsyncSession, staff: SignedIn) -> Wanted | None:
    """Their own setting; None: no mail."""
    row = await session.scalar(select(StaffMail).where(StaffMail.staff_id == staff.id))
    return None if row is None else Wanted(row.address, tuple(row.kinds), row.error)


async def want(session: AsyncSession, staff: SignedIn, *, to: str, kinds: Sequence[str], now: datetime) -> None:
    """Ask for mail, or change it; without an address or a kind there is none any more. BadPerson."""
    found, chosen = address(to), [kind for kind in KINDS if kind in kinds]
    row = await session.scalar(select(StaffMail).where(StaffMail.staff_id == staff.id))
    if not found or not chosen:
        if found or chosen:
            raise BadPerson("メールアドレスと、知らせるものを、両方えらんでください。")
        if row is not None:
            await session.delete(row)
    elif row is None:
        key = await town_key(session)
        session.add(StaffMail(
            id=new_id(now), municipality_id=staff.municipality_id, created_at=now, data_key_id=key.id, data_key=key,
            staff_id=staff.id, kinds=list(chosen), told_until=now, due_at=now, address=found,
        ))
    else:
        row.address, row.kinds, row.error = found, list(chosen), None
    await audit.record(session, action="mail_changed", staff_id=staff.id, now=now)


async def count(session: AsyncSession, staff: SignedIn, kinds: Sequence[str], since: datetime, *, now: datetime) -> dict[Kind, int]:
    """How much of each kind there is for them since then."""
    mine = visible(staff)
    asked: dict[Kind, Select[int]] = {
        "new": select(func.count(Ticket.id)).where(mine, Ticket.created_at > since, Ticket.status != "resolved"),
        "assigned": select(func.count(Ticket.id.distinct())).join(AuditEntry, AuditEntry.ticket_id == Ticket.id).where(
            Ticket.assignee_id == staff.id, AuditEntry.action == "assigned", AuditEntry.at > since,
            AuditEntry.staff_id != staff.id,
        ),
        "offered": select(func.count(TicketMove.id)).join(Ticket, Ticket.id == TicketMove.ticket_id).where(
            mine, TicketMove.status == "offered", TicketMove.created_at > since,
            TicketMove.to_window.in_(sorted(staff.windows)),
        ),
        "returned": select(func.count(TicketMove.id)).join(Ticket, Ticket.id == TicketMove.ticket_id).where(
            mine, TicketMove.status == "returned", TicketMove.answered_at > since,
            TicketMove.from_window.in_(sorted(staff.windows)),
        ),
        "stopped": select(func.count(Event.id)).where(Event.kind == STOPPED, Event.created_at > since),
    }
    found = {kind: await session.scalar(asked[kind]) or 0 for kind in KINDS if kind in kinds and kind in asked}
    if "meeting" in kinds:
        found["meeting"] = await schedule.moved_since(session, staff, since, now=now)
    return {kind: number for kind, number in found.items() if number}


@dataclass(frozen=True)
class Digests:
    """Sends what is due. post None: no mail server, nobody is told."""

    store: Store
    clock: Clock
    post: Post | None
    site: str

    async def drain(self, towns: Mapping[str, Town]) -> int:
        """Mail whoever is due; how many were looked at."""
        if self.post is None:
            return 0
        now = self.clock()
        async with self.store.reading_everywhere() as session:
            due = (await session.execute(
                select(StaffMail.municipality_id, StaffMail.id)
                .where(StaffMail.due_at <= now, StaffMail.municipality_id.in_(list(towns)))
                .order_by(StaffMail.due_at).limit(AT_ONCE)
            )).all()
        for town_id, mail_id in due:
            await self._one(towns[town_id], mail_id, now)
        return len(due)

    async def _one(self, town: Town, mail_id: UUID, now: datetime) -> None:
        """Look, move on, then send with no transaction open: a mail lost in between is less than one sent twice a minute."""
        async with self.store.town(town.id) as session:
            row = await session.scalar(select(StaffMail).where(StaffMail.id == mail_id).with_for_update(of=StaffMail))
            if row is None or row.due_at > now:
                return
            if not is_open(town, now):
                row.due_at = next_opening(town, now)
                return
            member = await session.get_one(StaffMember, row.staff_id)
            staff = await signed_in(session, member)
            found = {} if member.disabled_at else await count(session, staff, row.kinds, row.told_until, now=now)
            row.due_at = now + (PAUSE if found else timedelta(minutes=1))
            if not found:
                return
            row.told_until, to = now, row.address
        await self._send(town.id, mail_id, to, found, now)

    async def _send(self, town: str, mail_id: UUID, to: str, found: Mapping[Kind, int], now: datetime) -> None:
        lines = [f"{KIND_NAMES[kind]} {number}件" for kind, number in found.items()]
        body, error = "\n".join(lines) + "\n" + FOOT.format(site=self.site), None
        assert self.post is not None
        try:
            key = f"{mail_id}.{int(now.timestamp())}"
            await self.post.send(to, subject=SUBJECT, body=body, key=key, at=now)
        except SendError as why:
            error = why.code
        async with self.store.town(town) as session:
            row = await session.get(StaffMail, mail_id)
            if row is not None:
                row.error = error
