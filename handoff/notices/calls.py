"""Calls of the night watch on their way: one neutral mail each, tried again, and the next person at once where it fails.

No transaction is open while sending. The link in a mail is made anew for each try; the database holds its hash. A
contentless mail that comes twice does no harm, one that never comes does: what is in doubt is sent again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy import or_, select

from bots.errors import SendError
from handoff.clock import Clock
from handoff.intake.tokens import hash_token
from handoff.notices import watch
from handoff.store.db import Store
from handoff.store.models import DutyCall, DutyPerson, NightAlarm

TRIES = 3
LEASE = timedelta(seconds=90)
AGAIN_AFTER = timedelta(seconds=20)
SUBJECT = "【つなぐ窓口】受け取りを待っている知らせがあります"
BODY = """時間外に、受け取りを待っている知らせがあります（{number}）。
このメールに相談の中身は書いてありません。

受け取る人は、次のページを開いて「受け取りました」を押してください。
{link}

{minutes}分のうちに押されないときは、次の当番に知らせます。
"""


class Post(Protocol):
    """What sends mail (`bots.mail.client.Mailer`)."""

    async def send(
        self, to: str, *, subject: str, body: str, key: str, at: datetime, unsubscribe: str | None = None
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class _Call:
    id: UUID
    town: str
    number: str
    email: str
    attempts: int


@dataclass(frozen=True)
class Calls:
    """Sends what `watch` has queued. post None: no mail server is set, every call fails over at once.

    minutes: how long somebody has, by town that is served now; another town's calls wait until it is, for their links
    open nothing. site: the public address; secret: makes the link's token.
    """

    store: Store
    clock: Clock
    post: Post | None
    minutes: Callable[[], Mapping[str, int]]
    site: str
    secret: Callable[[], str]

    async def drain(self) -> int:
        """Send what is due; how many calls were tried."""
        due = await self._due()
        for town, call_id in due:
            token = f"{town}.{self.secret()}"
            call = await self._claim(town, call_id, token)
            if call is not None:
                await self._record(call, await self._send(call, token))
        return len(due)

    async def _due(self) -> list[tuple[str, UUID]]:
        now = self.clock()
        async with self.store.reading_everywhere() as session:
            rows = await session.execute(
                select(DutyCall.municipality_id, DutyCall.id)
                .where(DutyCall.status.in_(("queued", "sending")), DutyCall.due_at <= now)
                .where(DutyCall.municipality_id.in_(list(self.minutes())))
                .where(or_(DutyCall.lease_until.is_(None), DutyCall.lease_until <= now))
                .order_by(DutyCall.due_at).limit(watch.AT_ONCE)
            )
            return [(town, call_id) for town, call_id in rows]

    async def _claim(self, town: str, call_id: UUID, token: str) -> _Call | None:
        """Take one call for this try, its link's hash stored before the link leaves."""
        now = self.clock()
        async with self.store.town(town) as session:
            row = await session.scalar(select(DutyCall).where(DutyCall.id == call_id).with_for_update(of=DutyCall))
            if row is None or row.status not in ("queued", "sending") or (row.lease_until or now) > now:
                return None
            row.status, row.lease_until, row.attempts = "sending", now + LEASE, row.attempts + 1
            row.token_hash = hash_token(token)
            person = await session.get_one(DutyPerson, row.person_id)
            return _Call(
                row.id, town, await watch.number_of(session, row), person.about["email"], row.attempts
            )

    async def _send(self, call: _Call, token: str) -> str | None:
        """What went wrong, None where nothing did."""
        if self.post is None:
            return "no_mail_server"
        body = BODY.format(number=call.number, link=f"{self.site}/duty/{token}", minutes=self.minutes()[call.town])
        key = f"{call.id}.{call.attempts}"
        try:
            await self.post.send(call.email, subject=SUBJECT, body=body, key=key, at=self.clock())
        except SendError as why:
            return why.code
        return None

    async def _record(self, call: _Call, error: str | None) -> None:
        """Sent; or once more in a moment; or given up, and the next person called now."""
        now = self.clock()
        async with self.store.town(call.town) as session:
            row = await session.get_one(DutyCall, call.id)
            row.lease_until, row.error = None, error
            if error is None:
                row.status = "sent"
                return
            if call.attempts < TRIES and error != "no_mail_server":
                row.status, row.due_at = "queued", now + AGAIN_AFTER
                return
            row.status = "failed"
            alarm = await session.scalar(
                select(NightAlarm).where(NightAlarm.id == row.alarm_id).with_for_update(of=NightAlarm)
            )
            if alarm is not None and alarm.state == "ringing":
                alarm.due_at = min(alarm.due_at, now)


