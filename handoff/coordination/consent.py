"""同意: one person, one item, one answer at a time. What a person answered stays written; the newest answer holds.

Nobody answers for another: a daughter's yes is hers. A legal representative may, with the ground written down.
What a withdrawal stops, those who share ask here each time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast, get_args
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import buttons
from handoff.coordination.access import person_of
from handoff.coordination.buttons import BY_BUTTON
from handoff.desk.answers import clean
from handoff.desk.staff import SignedIn
from handoff.privacy import audit
from handoff.store.ids import new_id
from handoff.store.models import Case, ConsentRecord

Status = Literal["not_asked", "given", "refused", "cannot_decide", "unreachable", "withdrawn"]
Item = Literal["share", "other_body", "tax"]
How = Literal["counter", "telephone", "visit", "letter", "chat"]
STATUSES: tuple[Status, ...] = get_args(Status)
ITEMS: tuple[Item, ...] = get_args(Item)
STATUS_NAMES: dict[Status, str] = {
    "not_asked": "未確認", "given": "あり", "refused": "拒否", "cannot_decide": "判断がむずかしい",
    "unreachable": "連絡がとれない", "withdrawn": "撤回",
}
ITEM_NAMES: dict[Item, str] = {
    "share": "支援する機関のあいだで話を共有すること（会議をふくむ）",
    "other_body": "別の機関に話を渡すこと",
    "tax": "税務課がもつ納税の情報を共有すること",
}
PASSING_ON: tuple[Item, ...] = ("other_body", "share")
"""Either lets a matter go to a body that it names."""
HOW_NAMES: dict[How, str] = {
    "counter": "窓口で", "telephone": "電話で", "visit": "訪問して", "letter": "書面で", "chat": "チャットで",
}
HOW_TOLD: Mapping[str, str] = {**dict[str, str](HOW_NAMES.items()), BY_BUTTON: "やりとりのボタンで"}
"""How an answer was given, as it is read: the button is nothing that staff write down."""
WORDINGS: dict[str, str] = {
    "2026-11": "お話の内容を、支援にかかわる機関のあいだで共有してよいですか。断っても相談は続けられます。"
    "あとからいつでもやめられます。命にかかわるときは、同意がなくても必要な所へ知らせることがあります。",
}
"""What is read out, by version. A version that was used is never changed; a new text is a new version."""
REPRESENTATIVE = "representative"
OWN_ANSWERS: tuple[Status, ...] = ("given", "refused", "withdrawn")
NO: tuple[Status, ...] = ("refused", "withdrawn")
LONGEST = 2_000


class NotTheirs(ValueError):
    """Somebody else's answer."""


class BadConsent(ValueError):
    """Not an answer that can be kept. The text says why, for officials."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the form says. to_whom: as people read it; bodies: ids of those that were picked, also: what was written besides.
    answered_by: a person's id, `representative`, or "" where it is no answer of theirs."""

    item: str
    status: str
    to_whom: str = ""
    how: str = ""
    wording: str = ""
    answered_by: str = ""
    basis: str = ""
    bodies: tuple[str, ...] = ()
    also: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """An answer as it was kept. bodies, also: as in `Answer`; items: where it holds for these alone, what: by name."""

    item: Item | Literal["by_button"]
    status: Status
    at: datetime | None = None
    staff_id: UUID | None = None
    to_whom: str = ""
    how: str = ""
    wording: str = ""
    basis: str = ""
    bodies: tuple[str, ...] = ()
    also: str = ""
    items: tuple[str, ...] = ()
    what: str = ""

    @property
    def given(self) -> bool:
        return self.status == "given"


Known = Mapping[UUID, Sequence[Standing]]
"""By person, the newest first."""


async def record(
    session: AsyncSession, staff: SignedIn, case: Case, person_id: UUID, *, answer: Answer, now: datetime
) -> ConsentRecord:
    """Keep an answer. NotYours, NotTheirs, BadConsent, BadText."""
    person = await person_of(session, case, person_id)
    item, status = _closed(answer)
    _check_speaker(answer, status, person_id)
    _check_form(answer, status)
    before = holds(await known(session, case), person_id, item)
    passed_on = item in PASSING_ON and await buttons.stands(session, case, person_id)
    if status == "withdrawn" and not (before.given or passed_on):
        raise BadConsent("撤回できるのは、同意があったときだけです。断られたときは「拒否」を選んでください。")
    row = ConsentRecord(
        id=new_id(now), municipality_id=case.municipality_id, created_at=now, data_key_id=case.data_key_id,
        data_key=case.data_key, case_id=case.id, person_id=person.id, item=item, status=status, at=now,
        staff_id=staff.id, body=_body(answer, item, status),
    )
    session.add(row)
    await session.flush()
    if passed_on and status in NO:
        await buttons.stop(session, case, person_id, bodies=answer.bodies, written=answer.to_whom, how=answer.how, now=now)
    await audit.record(session, action="consent_recorded", staff_id=staff.id, reason=case.number, now=now)
    return row


async def known(session: AsyncSession, case: Case) -> Known:
    """Every answer in a case."""
    rows = await session.scalars(
        select(ConsentRecord).where(ConsentRecord.case_id == case.id)
        .order_by(ConsentRecord.at.desc(), ConsentRecord.id.desc())
    )
    found: dict[UUID, list[Standing]] = {}
    for row in rows:
        found.setdefault(row.person_id, []).append(_standing(row))
    return found


def holds(found: Known, person_id: UUID | None, item: Item) -> Standing:
    """The answer that holds; not asked where there is none."""
    answers = found.get(person_id, ()) if person_id else ()
    return next((one for one in answers if one.item == item), Standing(item, "not_asked"))


def item_name(one: Standing) -> str:
    """What an answer is about, for people."""
    return next((name for item, name in ITEM_NAMES.items() if item == one.item), f"ボタンで聞いた、機関に渡すもの（{one.what}）")


def by_button(found: Known, person_id: UUID) -> tuple[Standing, ...]:
    """What a person has answered by button, about each body the newest, the newest first."""
    newest: dict[tuple[str, ...], Standing] = {}
    for one in found.get(person_id, ()):
        if one.item == BY_BUTTON:
            newest.setdefault(one.bodies, one)
    return tuple(newest.values())


def _closed(answer: Answer) -> tuple[Item, Status]:
    if answer.item not in ITEMS or answer.status not in STATUSES:
        raise BadConsent("何についての同意か、どう答えたかを、一覧から選んでください。")
    return answer.item, answer.status


def _check_speaker(answer: Answer, status: Status, person_id: UUID) -> None:
    if status not in OWN_ANSWERS or answer.answered_by == str(person_id):
        return
    if answer.answered_by != REPRESENTATIVE:
        raise NotTheirs
    if not answer.basis.strip():
        raise BadConsent("代わりに答えた人の根拠（成年後見人、親権者など）を書いてください。")


def _check_form(answer: Answer, status: Status) -> None:
    if status not in OWN_ANSWERS:
        return
    if answer.how not in HOW_NAMES:
        raise BadConsent("どうやって聞いたか（窓口・電話・訪問など）を選んでください。")
    if status == "given" and answer.wording not in WORDINGS:
        raise BadConsent("読み上げた説明の版を選んでください。")
    if status == "given" and not answer.to_whom.strip():
        raise BadConsent("どの機関に渡してよいかを書いてください。")


def _body(answer: Answer, item: Item, status: Status) -> dict[str, Any]:
    told = {"to_whom": answer.to_whom, "basis": answer.basis, "also": answer.also}
    kept = {name: clean(text, longest=LONGEST) for name, text in told.items() if text.strip()}
    asked = {"how": answer.how, "wording": answer.wording} if status in OWN_ANSWERS else {}
    picked = {"bodies": list(answer.bodies)} if answer.bodies else {}
    return {"what": ITEM_NAMES[item], **asked, **kept, **picked}


def _standing(row: ConsentRecord) -> Standing:
    body = row.body
    return Standing(
        cast(Item | Literal["by_button"], row.item), cast(Status, row.status), row.at, row.staff_id,
        to_whom=body.get("to_whom", ""), how=body.get("how", ""), wording=body.get("wording", ""),
        basis=body.get("basis", ""), bodies=tuple(body.get("bodies", ())), also=body.get("also", ""),
        items=tuple(body.get("items", ())), what=body.get("what", ""),
    )
