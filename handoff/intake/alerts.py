"""Neutral alerts to a staff group on Telegram: that there is a new matter, its number and a link, never a word of it; and that
answers to residents can't go out.

Off until `tsunagu channel alerts` names the group. How far a town has been told is kept, so that nothing is left out over a
restart. A message that may have arrived is not sent again.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.channel import Channel
from bots.errors import Retryable, SendError, Unauthorised
from bots.types import Address, Outgoing
from handoff.clock import Clock
from handoff.intake.accounts import Account, Accounts
from handoff.store.db import Store
from handoff.store.models import Counter, Event, Ticket

STAFF_CHAT = "staff_chat"
"""The key of the group's id among an account's sealed credentials."""
CURSOR = "alerts"
TEXTS = {
    "ticket": "新しい案件があります。",
    "alarm": "時間外に、受け取りを待っている案件があります。受け取った人は「受け取りました」を押してください。",
    "channel_stopped": "住民へのお返事を送れなくなっています。管理者は、案件の一覧の上の知らせを見てください。",
}
"""By the kind of event that is told."""
AT_ONCE = 20
REST = timedelta(seconds=30)


@dataclass
class Alerts:
    """console: where staff sign in."""

    store: Store
    accounts: Accounts
    clock: Clock
    channel_of: Callable[[UUID], Awaitable[Channel | None]]
    console: str
    _rest_until: datetime | None = None
    _looked: dict[str, int] = field(default_factory=dict)
    """Up to which event of a town nothing was found to tell: a year's messages are not looked through at each one."""

    async def drain(self) -> int:
        """How many alerts went out."""
        now = self.clock()
        if self._rest_until is not None and now < self._rest_until:
            return 0
        told = 0
        for account in await self.accounts.with_credential(STAFF_CHAT, now=now):
            told += await self._tell(account)
        return told

    async def welcome(self, account_id: UUID) -> frozenset[str]:
        """The groups that an account does not leave."""
        account = await self.accounts.by_id(account_id, now=self.clock())
        chat = account.credentials.get(STAFF_CHAT) if account is not None else None
        return frozenset({chat}) if chat else frozenset()

    async def _tell(self, account: Account) -> int:
        fresh = await self._fresh(account.municipality_id)
        channel = await self.channel_of(account.id) if fresh else None
        if channel is None:
            return 0
        for sequence, kind, number in fresh:
            about = f"\n{number}\n{self.console}/staff/tickets/{number}" if number else f"\n{self.console}/staff/tickets"
            text = f"{TEXTS[kind]}{about}"
            try:
                await channel.send(Address(account.credentials[STAFF_CHAT], str(account.id)), [Outgoing(text)])
            except (Retryable, Unauthorised) as why:
                if number is not None or isinstance(why, Retryable):
                    self._rest_until = self.clock() + REST
                    return 0
                # The bot that has stopped can't say so, and when it can again it would be wrong.
            except SendError:
                pass  # it may have arrived, or never will: the console has it in any case
            async with self.store.town(account.municipality_id) as session:
                await start_from(session, account.municipality_id, sequence)
        return len(fresh)

    async def _fresh(self, town: str) -> list[tuple[int, str, str | None]]:
        """New matters, calls of the night and stopped accounts since the last alert: event sequence, kind and the matter's
        number, oldest first.
        """
        async with self.store.reading(town) as session:
            cursor = await session.scalar(
                select(Counter.value).where(Counter.municipality_id == town, Counter.name == CURSOR)
            )
            rows = await session.execute(
                select(Event.sequence, Event.kind, Ticket.number).outerjoin(Ticket, Ticket.id == Event.ticket_id)
                .where(Event.kind.in_(TEXTS), or_(Ticket.number.is_not(None), Event.ticket_id.is_(None)))
                .where(Event.sequence > max(cursor or 0, self._looked.get(town, 0)))
                .order_by(Event.sequence).limit(AT_ONCE)
            )
            fresh: list[tuple[int, str, str | None]] = [(sequence, kind, number) for sequence, kind, number in rows]
            if not fresh:  # numbers are given in the order of the commits: what is older can't come any more
                self._looked[town] = await session.scalar(_newest()) or 0
            return fresh


async def start_from(session: AsyncSession, town: str, sequence: int | None = None) -> None:
    """Alerts go on after this event; after the newest one where none is given."""
    if sequence is None:
        sequence = await session.scalar(_newest()) or 0
    row = await session.get(Counter, (town, CURSOR))
    if row is None:
        session.add(Counter(municipality_id=town, name=CURSOR, value=sequence))
    else:
        row.value = sequence


def _newest() -> Select[int]:
    return select(func.coalesce(func.max(Event.sequence), 0))
