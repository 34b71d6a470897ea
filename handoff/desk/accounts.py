"""What staff are told about the town's channel accounts: stopped, or the month's pushes running out. Plain sentences.

What, where, why and what to do; no credentials, no residents' words. Knows no screens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.intake.breaker import PLATFORM
from handoff.store.models import ChannelAccount

WARN_FROM = 0.8
NAMES = {"line": "LINE", "telegram": "Telegram"}


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One sentence about an account; grave: something has to be done."""

    text: str
    grave: bool


async def lines(session: AsyncSession, *, now: datetime) -> tuple[AccountLine, ...]:
    """About all accounts of the town, grave ones first."""
    rows: Sequence[ChannelAccount] = list(await session.scalars(select(ChannelAccount).order_by(ChannelAccount.id)))
    found = [line for row in rows for line in (_stopped(row, now), _quota(row)) if line is not None]
    return tuple(sorted(found, key=lambda line: not line.grave))


def _stopped(row: ChannelAccount, now: datetime) -> AccountLine | None:
    name = NAMES.get(row.kind, row.kind)
    if row.pause_reason is None:
        return None
    if row.pause_reason == PLATFORM:
        if row.paused_until is None or row.paused_until <= now:
            return None
        return AccountLine(f"{name}が応えないため、送るのを休んでいます。自動で送りなおします。急ぐ相手には電話してください。", True)
    return AccountLine(
        f"{name}（{row.key}）への送信が止まっています。{name}がこのアカウントの鍵を受けつけません。"
        "管理者は、LINE Developersなどで新しい鍵（トークン）を出し、tsunagu channel renew で入れかえてください。"
        "住民の相談は届いていて、お返事は送信待ちのまま残っています。", True,
    )


def _quota(row: ChannelAccount) -> AccountLine | None:
    if row.quota_limit is None or row.quota_used is None:
        return None
    figures = f"今月のLINEの通数 {row.quota_used}／{row.quota_limit}"
    if row.quota_used >= row.quota_limit:
        return AccountLine(
            f"{figures}。使い切りました。お返事は町のページで読めますが、LINEへの知らせは届きません。"
            "住民が次にLINEに書いたとき、その返信で知らせます。急ぐ相手には電話してください。", True,
        )
    if row.quota_used >= WARN_FROM * row.quota_limit:
        return AccountLine(f"{figures}。8割を超えました。プランの変更を考えてください（LINE Official Account Manager）。", True)
    return AccountLine(f"{figures}（返信は数えません）", False)
