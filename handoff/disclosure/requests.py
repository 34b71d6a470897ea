"""開示請求 on a ticket: taken down, decided piece by piece, looked at once more, handed over or refused.

Nothing is given out by itself: a piece that nobody has decided about is in no extract, and of a restricted matter no
extract is made before a second person has looked, one of the two being the coordinator; a legal representative is no
exception. What is asked about is what stood there when the request was taken down. Knows no screens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.access import in_hand
from handoff.desk.answers import LONGEST_NOTE, clean
from handoff.desk.hours import TOKYO
from handoff.desk.staff import SignedIn
from handoff.desk.thread import TicketView, view
from handoff.desk.veil import Veil, of_writer
from handoff.disclosure.case_pieces import pieces_of
from handoff.disclosure.items import OF_CASE, Item, Looking, items_of, masked
from handoff.intake import own_name
from handoff.privacy import audit
from handoff.store.ids import new_id
from handoff.store.models import CasePerson, CaseTicket, Disclosure, StaffMember, Ticket
from knowledge.loader import Knowledge
from knowledge.schema.disclosure import DisclosureLaw, Ground

Requester = Literal["own", "legal", "agent"]
Whose = Literal["writer", "told_of"]
Choice = Literal["give", "mask", "keep"]
Outcome = Literal["given", "partly", "refused", "unsaid", "withdrawn"]
REQUESTERS: dict[Requester, str] = {
    "own": "本人", "legal": "未成年・成年被後見人の法定代理人", "agent": "本人から委任された代理人",
}
WHOSE: dict[Whose, str] = {
    "writer": "この相談を書いた（話した）人の記録", "told_of": "この相談に書かれている、別の人の記録",
}
CHOICES: dict[Choice, str] = {"give": "そのまま出す", "mask": "黒塗りして出す", "keep": "出さない"}
OUTCOMES: dict[Outcome, str] = {
    "given": "全部を渡した", "partly": "一部を渡した", "refused": "渡さないと決めて知らせた",
    "unsaid": "あるかどうかを答えないと決めた", "withdrawn": "取り下げられた",
}


class NotNow(Exception):
    """What is asked cannot be done yet, or not like this. The text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody has entered for an item. words: one a line."""

    key: str
    choice: str
    ground: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about an item. by: login, "" where the account is gone; text: what goes out of a case's piece, kept
    with the decision: whoever hands the paper over need not be one who may read the case.
    """

    choice: str
    ground: str
    words: tuple[str, ...]
    by: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A ticket with its request, and with the pieces where one is under way. second_needed: two people have to look;

    veil: over who told, where somebody they told of asks: whatever was decided, their name and number do not go out.
    """

    view: TicketView
    row: Disclosure | None
    items: tuple[Item, ...]
    decided: Mapping[str, Decided]
    past: tuple[Disclosure, ...]
    confirmed_by: str
    law: DisclosureLaw
    veil: Veil = Veil()

    @property
    def closed(self) -> int:
        """How many pieces still wait for somebody who may read them."""
        return sum(item.closed and item.key not in self.decided for item in self.items)

    @property
    def undecided(self) -> int:
        return sum(item.key not in self.decided for item in self.items)

    @property
    def second_needed(self) -> bool:
        return self.view.ticket.restricted

    def shown(self, item: Item) -> str:
        """The piece as it would be given out, "" where it is not."""
        found = self.decided.get(item.key)
        if found is None or found.choice == "keep":
            return ""
        text = masked(item.text, found.words) if found.choice == "mask" else item.text
        return self.veil.over(found.text if item.closed else text)

    @property
    def grounds(self) -> tuple[str, ...]:
        """Why something is left out, for the letter that says so."""
        used = {found.ground for item in self.items if (found := self.decided.get(item.key)) and found.choice != "give"}
        return tuple(one.label for one in self.law.grounds if one.id in used)


def law_of(knowledge: Knowledge) -> DisclosureLaw:
    """The law that everything here goes by."""
    assert knowledge.disclosure is not None, "knowledge/base/disclosure.yaml is part of the product"
    return knowledge.disclosure


async def sheet(session: AsyncSession, staff: SignedIn, number: str, *, knowledge: Knowledge, now: datetime) -> Sheet:
    """Read all of it. NotYours, OnlyAsked."""
    ticket = (await in_hand(session, staff, number)).ticket
    return await _sheet(session, staff, ticket, knowledge=knowledge, now=now)


async def take(
    session: AsyncSession, staff: SignedIn, number: str, *, requester: str, whose: str, proof: str, on: datetime | None,
    knowledge: Knowledge, now: datetime,
) -> Disclosure:
    """Write a request down. NotYours, OnlyAsked, NotNow, BadText."""
    ticket = (await in_hand(session, staff, number)).ticket
    if requester not in get_args(Requester) or whose not in get_args(Whose):
        raise NotNow("だれからの請求か、だれの記録かを選んでください。本人でも代理人でもない人の請求は受けられません。")
    if await open_of(session, ticket.id) is not None:
        raise NotNow("この案件では、もう開示請求を受けています。先にそれを終えてください。")
    received = on or now
    if received.astimezone(TOKYO).date() > now.astimezone(TOKYO).date():
        raise NotNow("受けた日が先の日になっています。きょうか、それより前の日を入れてください。")
    row = Disclosure(
        id=new_id(now), municipality_id=ticket.municipality_id, created_at=now, data_key_id=ticket.data_key_id,
        data_key=ticket.data_key, ticket_id=ticket.id, staff_id=staff.id, requester=requester, whose=whose,
        state="open", received_at=received, due_at=received + timedelta(days=law_of(knowledge).days),
        body={"proof": clean(proof, longest=LONGEST_NOTE), "decided": {}},
    )
    session.add(row)
    await audit.record(session, action="disclosure_taken", staff_id=staff.id, ticket_id=ticket.id, now=now)
    return row


async def decide(
    session: AsyncSession, staff: SignedIn, number: str, given: Sequence[Given], *, bot_too: bool = False, knowledge: Knowledge,
    now: datetime,
) -> dict[str, str]:
    """Keep what was decided; what cannot be kept comes back by key, with why. NotYours, OnlyAsked, NotNow.

    bot_too: the bot's own texts that nobody has decided about are given out; only where the asker wrote.
    """
    found = await sheet(session, staff, number, knowledge=knowledge, now=now)
    row = _under_way(found.row)
    items = {item.key: item for item in found.items}
    decided, problems = dict(row.body["decided"]), {}
    for one in given:
        problem = _problem(items.get(one.key), one)
        if problem:
            problems[one.key] = problem
        elif one.choice and one.key in items and _theirs(items[one.key], one, staff):
            decided[one.key] = _kept(decided.get(one.key), one, staff, item=items[one.key])
    if bot_too and row.whose == "writer":
        every = [item for item in found.items if item.kind == "bot" and item.key not in decided]
        decided |= {item.key: _kept(None, Given(item.key, "give"), staff, item=item) for item in every}
    if decided != row.body["decided"]:
        row.body = {**row.body, "decided": decided}
        row.state, row.confirmed_by, row.confirmed_at = "open", None, None  # what was looked at is not what stands there now
        await audit.record(session, action="disclosure_decided", staff_id=staff.id, ticket_id=row.ticket_id, now=now)
    return problems


async def confirm(session: AsyncSession, staff: SignedIn, number: str, *, knowledge: Knowledge, now: datetime) -> None:
    """Say that nothing is left that must not go out. NotYours, OnlyAsked, NotNow."""
    found = await sheet(session, staff, number, knowledge=knowledge, now=now)
    row = _under_way(found.row)
    if found.undecided:
        raise NotNow(f"まだ決めていないものが{found.undecided}件あります。ぜんぶ決めてから確かめてください。")
    if found.second_needed:
        await _second(session, row, staff)
    row.state, row.confirmed_by, row.confirmed_at = "ready", staff.id, now
    await audit.record(session, action="disclosure_confirmed", staff_id=staff.id, ticket_id=row.ticket_id, now=now)


async def extract(session: AsyncSession, staff: SignedIn, number: str, *, knowledge: Knowledge, now: datetime) -> Sheet:
    """For printing: recorded. NotYours, OnlyAsked, NotNow."""
    found = await sheet(session, staff, number, knowledge=knowledge, now=now)
    row = _under_way(found.row)
    if row.state != "ready":
        raise NotNow("まだ確かめていないので、抜き書きは作れません。ぜんぶ決めて、「もれがないことを確かめた」を押してください。")
    await audit.record(session, action="disclosure_printed", staff_id=staff.id, ticket_id=row.ticket_id, now=now)
    return found


async def close(session: AsyncSession, staff: SignedIn, number: str, *, outcome: str, now: datetime) -> None:
    """What became of it. NotYours, OnlyAsked, NotNow."""
    row = _under_way(await open_of(session, (await in_hand(session, staff, number)).ticket.id))
    if outcome not in get_args(Outcome):
        raise NotNow("どうなったかを一覧から選んでください。")
    if outcome in ("given", "partly") and row.state != "ready":
        raise NotNow("渡したと記録できるのは、ぜんぶ決めて、もれがないことを確かめたあとです。")
    row.state, row.outcome, row.closed_at = "closed", outcome, now
    await audit.record(session, action="disclosure_closed", staff_id=staff.id, ticket_id=row.ticket_id, now=now)


async def open_of(session: AsyncSession, ticket_id: UUID) -> Disclosure | None:
    """The request that is under way, if there is one."""
    return await session.scalar(
        select(Disclosure).where(Disclosure.ticket_id == ticket_id, Disclosure.state != "closed")
        .order_by(Disclosure.id.desc()).limit(1)
    )


async def _sheet(
    session: AsyncSession, staff: SignedIn, ticket: Ticket, *, knowledge: Knowledge, now: datetime
) -> Sheet:
    law, shown = law_of(knowledge), await view(session, staff, ticket.number, now=now)
    row = await open_of(session, ticket.id)
    past = await session.scalars(
        select(Disclosure).where(Disclosure.ticket_id == ticket.id, Disclosure.state == "closed").order_by(Disclosure.id.desc())
    )
    if row is None:
        return Sheet(shown, None, (), {}, tuple(past), "", law)
    names = await _names(session, ticket, whose=row.whose)
    logins = {str(id_): login for id_, login in (await session.execute(select(StaffMember.id, StaffMember.login))).all()}
    decided = {
        key: Decided(one["choice"], one["ground"], tuple(one["words"]), logins.get(one["by"], ""), one.get("text", ""))
        for key, one in row.body["decided"].items()
    }
    town = knowledge.towns[staff.municipality_id]
    of_case = await pieces_of(
        session, staff, ticket, whose=row.whose, meetings_of_town=(*town.meetings, *knowledge.meetings), upto=row.created_at, now=now
    )
    looking = Looking(law, row.whose, tuple(sorted(names)), shown.ticket.restricted)
    items = items_of(shown, looking, upto=row.created_at, more=of_case)
    veil = await of_writer(session, ticket.conversation_id) if row.whose == "told_of" else Veil()
    return Sheet(shown, row, items, decided, tuple(past), logins.get(str(row.confirmed_by), ""), law, veil)


async def _names(session: AsyncSession, ticket: Ticket, *, whose: str) -> set[str]:
    """Names that are known around the matter: of the people of its case, and the writer's where somebody else asks."""
    people = await session.scalars(
        select(CasePerson).join(CaseTicket, CaseTicket.case_id == CasePerson.case_id).where(CaseTicket.ticket_id == ticket.id)
    )
    writer = await own_name.name_of(session, ticket.conversation_id)
    names = {str(person.body["name"]) for person in people} | ({writer} if whose == "told_of" else set())
    return {name for name in names - ({writer} if whose == "writer" else set()) if len(name) > 1}


def _under_way(row: Disclosure | None) -> Disclosure:
    if row is None:
        raise NotNow("この案件で受けている開示請求はありません。先に「請求を受けたことを記録する」を押してください。")
    return row


def _problem(item: Item | None, one: Given) -> str:
    """Why this cannot be kept; "" where it can, or where nothing was chosen."""
    if item is None or not one.choice:
        return ""
    if one.choice not in get_args(Choice):
        return "「そのまま出す」「黒塗りして出す」「出さない」から選んでください。"
    if one.choice != "give" and one.ground not in get_args(Ground):
        return "出さない理由を選んでください。決定の通知に要ります。"
    missing = [place for place, word in enumerate(_lines(one.words), 1) if word not in item.text]
    if one.choice == "mask" and not _lines(one.words):
        return "黒塗りにする言葉を、1行に1つ書いてください。全部を出さないときは「出さない」を選びます。"
    if one.choice == "mask" and missing:
        return f"{missing[0]}行目の言葉が、この文の中にありません。文と同じ書き方にしてください。"
    return ""


def _theirs(item: Item, one: Given, staff: SignedIn) -> bool:
    """What one cannot read one cannot give out; to leave it out is the coordinator's, lest nobody be there who could."""
    return not item.closed or (one.choice == "keep" and staff.role == "coordinator")


def _kept(before: Mapping[str, Any] | None, one: Given, staff: SignedIn, *, item: Item) -> dict[str, Any]:
    """Who decided the same before stays who decided it."""
    words = list(_lines(one.words)) if one.choice == "mask" else []
    made = {"choice": one.choice, "ground": "" if one.choice == "give" else one.ground, "words": words}
    if item.kind in OF_CASE and one.choice != "keep":
        made["text"] = masked(item.text, words)
    if before is not None and {**before, **made} == before:
        return dict(before)
    return {**made, "by": str(staff.id)}


def _lines(words: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in words.splitlines() if line.strip()))


async def _second(session: AsyncSession, row: Disclosure, staff: SignedIn) -> None:
    """Of a restricted matter two people look, one of them the coordinator."""
    deciders = {UUID(one["by"]) for one in row.body["decided"].values()}
    if staff.id in deciders:
        raise NotNow("閲覧制限の案件です。決めた人とは別の人が、もれがないことを確かめてください。")
    roles = set(await session.scalars(select(StaffMember.role).where(StaffMember.id.in_(deciders))))
    if staff.role != "coordinator" and "coordinator" not in roles:
        raise NotNow("閲覧制限の案件です。決める人か、確かめる人のどちらかは調整役でなければなりません。調整役に伝えてください。")
