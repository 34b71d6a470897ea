"""A town's own cases: messages that a person has rewritten so that nobody can be told from them, and how to judge them.

Only the rewritten text is kept, with nothing that leads back; a second person reads it before it counts. What a machine
can see of a person in it is refused or asked about here; that nobody is in it, two people have to say.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import yaml
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.answers import clean
from handoff.desk.staff import SignedIn
from handoff.editing.drafts import OwnWork
from handoff.privacy import audit
from handoff.store.counters import next_value
from handoff.store.db import town_key
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import OwnCase
from knowledge.schema import Case, Town

LONGEST_TEXT = 2_000
KIND = "own_case"
"""The event that lets open pages of the list know."""
RUN = 12
"""Signs in a row taken over from the resident: as many are their own words, not the reviewer's."""
TRACES: Mapping[str, re.Pattern[str]] = {
    "数字のならび（電話、番地、番号、日づけ）": re.compile(r"\d[\d\-ー－−()（）]{3,}|\d{1,2}月\d{1,2}日"),
    "番地や部屋": re.compile(r"\d+(丁目|番地|番|号室|号棟)"),
    "メールやホームページ、IDのような文字": re.compile(r"[\w.+-]+@[\w-]+|https?://|[A-Za-z0-9_]{8,}"),
    "さん・くん・ちゃんの付いた名前": re.compile(
        r"(?<![お母父兄姉婆爺嫁奥隣皆])[一-龥ァ-ヶ]{1,4}(さん|くん|君|ちゃん|氏)(?![いぁ-ん]*(介|看))"
    ),
}
"""What gives a person away wherever it stands, by its name for officials."""
KIN = re.compile(
    r"(母|父|兄|姉|弟|妹|祖母|祖父|婆|爺|伯母|叔母|伯父|叔父|孫|嫁|奥|息子|娘|隣|旦那|主人|皆|赤|職員|係|担当|先生|大家|民生委員)(さん|君|くん|ちゃん|氏)$"
)
"""Who they are to somebody is no name."""


class StillTold(ValueError):
    """Something in the text still tells who it is about. The text says what kind of thing, never the thing."""


class BadLabels(ValueError):
    """Labels that no case can have."""


class NoSuchCase(Exception):
    """The town has no such case, or it is not waiting."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One as pages show it."""

    number: int
    text: str
    labels: Mapping[str, Any]
    status: str
    written_by: UUID
    at: datetime
    judged_by: UUID | None


async def write(
    session: AsyncSession, staff: SignedIn, text: str, *, labels: Mapping[str, Any], of: Sequence[str],
    names: Sequence[str], sure: bool, now: datetime,
) -> int:
    """Keep a rewritten message. of: what the resident wrote; names: words in the new text that look like names.

    sure: the writer has looked at those and says that they name nobody. StillTold, BadLabels, BadText.
    """
    kept = clean(text, longest=LONGEST_TEXT)
    check(kept, of=of, names=() if sure else names)
    number = await next_value(session, staff.municipality_id, "own_case")
    case = _case(number, staff.municipality_id, kept, labels)
    session.add(OwnCase(
        id=new_id(now), municipality_id=staff.municipality_id, created_at=now, data_key=await town_key(session),
        number=number, labels=case.model_dump(mode="json", exclude={"id", "text", "style", "note"}),
        written_by=staff.id, text=kept,
    ))
    await emit(session, kind=KIND)
    await audit.record(session, action="own_case_written", staff_id=staff.id, reason=f"事例{number}", now=now)
    return number


def check(text: str, *, of: Sequence[str], names: Sequence[str]) -> None:
    """StillTold where the text is the resident's own, or shows a number, an address or a name."""
    plain = unicodedata.normalize("NFKC", text)
    found = [what for what, pattern in TRACES.items() if any(not KIN.search(hit[0]) for hit in pattern.finditer(plain))]
    if found:
        raise StillTold(f"だれのことか分かるものが残っています: {'、'.join(found)}。消すか、書きかえてください。")
    if any(_taken_over(plain, original) for original in of):
        raise StillTold(
            f"住民の文がそのまま残っています（{RUN}文字つづけて同じところがあります）。言い方を変えて、自分のことばで書きなおしてください。"
        )
    if names:
        raise StillTold(
            f"人や場所の名前に見えることばがあります: {'、'.join(names)}。消すか、名前でなければ「名前ではない」にしるしを付けてください。"
        )


def _taken_over(text: str, original: str) -> bool:
    one, other = _close(text), _close(original)
    if one == other:
        return True
    return any(other[at : at + RUN] in one for at in range(len(other) - RUN + 1))


def _close(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


async def judge(session: AsyncSession, staff: SignedIn, number: int, *, good: bool, now: datetime) -> None:
    """The second person's yes or no. NoSuchCase, OwnWork (their own)."""
    row = await session.scalar(select(OwnCase).where(OwnCase.number == number).with_for_update(of=OwnCase))
    if row is None or row.status != "waiting":
        raise NoSuchCase
    if good and row.written_by == staff.id:
        raise OwnWork
    row.status, row.judged_by, row.judged_at = "approved" if good else "refused", staff.id, now
    if not good:
        row.text = "（やめました）"
    await emit(session, kind=KIND)
    await audit.record(session, action=f"own_case_{row.status}", staff_id=staff.id, reason=f"事例{number}", now=now)


async def listed(session: AsyncSession) -> list[Shown]:
    """Those that wait and those that count, newest first."""
    rows = select(OwnCase).where(OwnCase.status != "refused").order_by(OwnCase.number.desc())
    return [
        Shown(row.number, row.text, row.labels, row.status, row.written_by, row.created_at, row.judged_by)
        for row in await session.scalars(rows)
    ]


async def approved(session: AsyncSession, town: str) -> list[Case]:
    """What counts, as the knowledge has cases."""
    rows = select(OwnCase).where(OwnCase.status == "approved").order_by(OwnCase.number)
    return [_case(row.number, town, row.text, row.labels) for row in await session.scalars(rows)]


def as_yaml(cases: Sequence[Case], town: Town, *, day: str) -> str:
    """`municipalities/<id>/cases.yaml`."""
    listed = [case.model_dump(mode="json", exclude_defaults=True) for case in cases]
    head = {"source": f"{town.name}が書きなおした事例（2人で確認）", "checked": day, "cases": listed}
    return yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=120)


def _case(number: int, town: str, text: str, labels: Mapping[str, Any]) -> Case:
    try:
        return Case.model_validate({"id": f"{town}_own_{number}", "text": text, **labels})
    except ValidationError:
        raise BadLabels("判定のしかたを、一覧から選んでください。") from None
