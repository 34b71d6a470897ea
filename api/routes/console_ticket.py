"""A ticket's page in the console: reading it, answering, noting, giving it on, ending it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Response
from fastapi.responses import HTMLResponse, JSONResponse
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from api.acting import LongText, Worker
from api.deps import KnowledgeDep, ServicesDep
from api.errors import Problem
from api.family import picture
from api.pages import ages, names_of, page, shell
from api.routes.console import names_of_staff, newest_event
from api.routes.console_acts import back, working
from api.routes.console_asking import questions_of
from api.routes.console_closing import Day
from api.routes.console_night import night_of
from api.routes.console_suggestions import offered_to
from api.session import require
from api.wiring import Services
from handoff.coordination import reporters
from handoff.desk import answers, closing, custody, enclosures, introduction, linking, reception
from handoff.desk.access import Unnamed, open_for, read_by
from handoff.desk.hours import clock_text, day_text
from handoff.desk.next_days import days_to_offer
from handoff.desk.queue import TicketLine, next_waiting
from handoff.desk.quotes import shown
from handoff.desk.seating import GROUND_IN_DANGER
from handoff.desk.staff import SignedIn, colleagues
from handoff.desk.summary import REACH_UNKNOWN, Summary
from handoff.desk.thread import ThreadMessage, look
from handoff.desk.threshold import threshold
from handoff.disclosure import requests
from handoff.editing import corrections
from handoff.intake import contacts, entrance, inbox, own_name, safety
from knowledge.loader import Knowledge
from knowledge.schema import Town

router = APIRouter(prefix="/staff/tickets", include_in_schema=False)
Watching = Annotated[SignedIn, Depends(require("staff", "coordinator", "admin", background=True))]
UNASKED = "まだ聞いていません。本人から書いたときだけ返し、こちらから電話・郵送・訪問はしないでください"
TOLD_LONGEST, TOLD_MOST = 45, 4
READ_FIRST = {"quotes": 3, "unknown": 4, "told": 2}
"""As much stands in the summary itself, so that it is read in ten seconds; the rest is one press away."""
MOVED = {
    "offered": "返事を待っています", "accepted": "引き受けました", "shared": "いっしょに持ちます", "advised": "助言しました",
    "declined": "引き受けませんでした", "returned": "返事がないまま時間がすぎ、もとの窓口に戻りました",
    "withdrawn": "取り消しました", "introduced": "先方の返事を待っています",
}
WORDS: dict[str, dict[str, str]] = {
    "senders": {"resident": "住民", "bot": "自動案内", "staff": "職員"},
    "deliveries": {
        "queued": "送信待ち", "held": "本人の希望により、いまは送らずに待っています", "sending": "送信中", "sent": "送信ずみ",
        "failed": "届きませんでした。ほかの方法で連絡してください",
        "unpaid": "LINEの今月の通数が終わり、まだ知らせていません。住民が次にLINEに書いたとき、その返信で届きます",
        "settled": "届きませんでした。送らないことに決めました",
        "uncertain": "届いたか分かりません。二重にならないよう、自動では送りなおしません",
    },
    "media": {
        "image": "写真", "audio": "声のメッセージ", "video": "動画", "file": "ファイル", "sticker": "スタンプ",
        "location": "場所", "unknown": "開けないもの",
    },
    "file_states": {
        "waiting": "取りこみ中です。", "working": "取りこみ中です。", "failed": "取りこめませんでした。",
        "erased": "本人が取り消しました。", "withheld": "本人が取り消しました。町の決まりで封をして残しています。",
    },
    "file_troubles": {
        "gone": "送信元にもう残っていません。本人に、もう一度送れるかたずねてください。",
        "too_large": "大きすぎます。本人に、分けて送れるかたずねてください。",
        "type": "受けとれない種類のファイルです。写真かPDFで送れるかたずねてください。",
        "unreadable_image": "写真として開けません。本人に、もう一度送れるかたずねてください。",
        "bomb": "写真として開けない大きさです。本人に、もう一度送れるかたずねてください。",
        "infected": "ウイルスが見つかったため捨てました。本人に、写真で送れるかたずねてください。",
        "elsewhere": "送信元が別の場所にあり、自動では取りに行きません。本人に、もう一度送れるかたずねてください。",
        "other": "本人に、もう一度送れるかたずねてください。",
    },
    "imprints": {
        "none": "作った人の名前などは消してあります", "emptied": "作った人の名前などと、中に入っていた別のファイルは消してあります",
        "locked": "パスワードや保護がかかっていて、作った人の名前などを消せません",
        "signed": "電子署名がこわれるため、作った人の名前などを消していません",
        "broken": "作りが特別で、作った人の名前などを消せません",
        "unknown": "作った人の名前などが残っているかもしれません（前に受けとった書類です）",
    },
    "enclosed_troubles": {
        "unreadable_image": "写真として開けません。JPEG・PNG・PDFで保存しなおしてから、そえてください。",
        "bomb": "写真として開けない大きさです。小さくしてから、そえてください。",
        "infected": "ウイルスが見つかったため捨てました。情報システムの担当に伝えてください。",
        "other": "はずして、もう一度そえてください。",
    },
}


@router.get("/{number}")
async def ticket(number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> HTMLResponse:
    """The page. Opening it is recorded for good before anything of it is read; who is not named stays at the threshold."""
    async with working(services, staff, number) as session:
        try:
            await open_for(session, staff, number, now=services.clock())
        except Unnamed:
            now = services.clock()
            door, silent = await threshold(session, staff, number), await inbox.silent_since(session, now=now)
            return page("console/threshold.html", {**shell(staff, knowledge), "door": door, "silent_since": silent, "now": now})
    return page("console/ticket.html", await _whole(number, services, staff, knowledge))


@router.get("/{number}/messages")
async def messages(number: str, services: ServicesDep, staff: Watching, knowledge: KnowledgeDep) -> HTMLResponse:
    """All that may have changed while the page is open, as it is now: it was recorded when it was opened."""
    return page("console/live.html", await _whole(number, services, staff, knowledge))


async def _whole(number: str, services: Services, staff: SignedIn, knowledge: Knowledge) -> dict[str, Any]:
    """What the page shows, read without keeping anybody who writes waiting."""
    async with working.looking(services, staff, number) as session:
        await read_by(session, staff, number)
        found = await look(session, staff, number)
        takers = await colleagues(session)
        people = await names_of_staff(session)
        cursor = await newest_event(session)
        behind_door = await entrance.is_entrance(session, found.ticket.conversation_id)
        stopped = await contacts.has_stopped(session, found.ticket.conversation_id)
        contact = await how_to_reach(session, found.ticket, knowledge)
        spoke = await reception.speaker(session, found.ticket)
        night = await night_of(session, found.ticket, knowledge)
        linked = await linking.links_of(session, staff, found.ticket)
        apart = safety.kept_apart(knowledge.safe_contact)
        maybe = await linking.alike(session, staff, found.ticket, apart=apart, now=services.clock())
        wrong = await corrections.said_of(session, staff, found.ticket.id)
        called = await own_name.name_of(session, found.ticket.conversation_id)
        asked_for = await requests.open_of(session, found.ticket.id)
        passing = await questions_of(session, found.ticket, knowledge.towns[staff.municipality_id])
        onward = await next_waiting(session, staff, besides=found.ticket.id)
        silent = await inbox.silent_since(session, now=services.clock())
        files_may_go = await reporters.case_behind(session, found.ticket.id) is None
    return {
        **passing, **night, "silent_since": silent, "disclosure": asked_for, "onward": onward, "files_may_go": files_may_go, "most_files": enclosures.MOST, "day_text": day_text,
        "next_days": days_to_offer(knowledge.towns[staff.municipality_id], services.clock()),
        "own_name": called, "wrong": wrong, "rights": corrections.rights(knowledge.towns[staff.municipality_id]),
        "right": _right(found.ticket, knowledge.towns[staff.municipality_id], wrong),
        "behind_door": behind_door, "contact": contact, "speaker": spoke, "once": str(uuid4()), "linked": linked, "maybe": maybe,
        "suggested": offered_to(staff, found.ticket, knowledge, clock=services.clock),
        **pieces(services, found.ticket, found.messages), **shell(staff, knowledge), "view": found, "stopped": stopped,
        "summary": _still_open(found.ticket.summary, contact),
        "family": household_of(staff, found.ticket, knowledge, named=staff.login in found.named), "people": people,
        "takers": [one for one in takers if _may_take(one, found.ticket)], "all_staff": takers, "cursor": cursor,
        "asked": found.ticket.offered in staff.windows, "bases": introduction.BASIS_NAMES, "bases_outside": introduction.TO_OTHERS, "on_paper": introduction.ON_PAPER,
        "on_sheet": introduction.ON_SHEET, "danger_ground": GROUND_IN_DANGER,
        "items": introduction.ITEM_NAMES, "in_hand": _in_hand(staff, found.ticket) or staff.login in found.named, "moved": MOVED,
        "means": closing.MEANS, "results": closing.RESULTS,
    }


def _still_open(summary: Summary, contact: str) -> Summary:
    """The summary without asking again when to write to them, where they have said it since."""
    if contact in ("", UNASKED):
        return summary
    return replace(summary, unknown=tuple(one for one in summary.unknown if one != REACH_UNKNOWN))


def _right(line: TicketLine, town: Town, wrong: Sequence[corrections.Told]) -> corrections.Choices:
    """What 「ちがう」 offers to press."""
    return corrections.choices(
        town, held=line.windows[0], fields=line.fields, complex_=line.coordinator, urgency=line.urgency, danger=bool(line.crisis),
        told=[one.right for one in wrong],
    )


def _in_hand(staff: SignedIn, line: TicketLine) -> bool:
    """Whether they act on it, or have only been asked to take it over."""
    return staff.role == "coordinator" or line.assignee_id == staff.id or not staff.windows.isdisjoint(line.windows)


def _may_take(colleague: SignedIn, line: TicketLine) -> bool:
    """Whom the page offers; whoever has it stays in the list."""
    seated = colleague.role == "coordinator" or not colleague.windows.isdisjoint(line.windows)
    return seated or colleague.id == line.assignee_id


def pieces(services: Services, line: TicketLine, messages: Sequence[ThreadMessage]) -> dict[str, Any]:
    """What the summary and the thread show."""
    first = shown(line.summary.quotes[:READ_FIRST["quotes"]])
    return {
        "ticket": line, "summary": line.summary, "quotes": first, "messages": messages,
        "more_quotes": [one for one in shown(line.summary.quotes) if one not in first],
        "asked_first": READ_FIRST["unknown"], "told_first": READ_FIRST["told"],
        "told": told(messages), "begins": _first_words(messages), "now": services.clock(),
        "outcomes": closing.OUTCOME_NAMES, "family": "", **WORDS,
    }


def household_of(staff: SignedIn, line: TicketLine, knowledge: Knowledge, *, named: bool) -> Markup:
    """The household as a picture; of a restricted matter only for whoever has it, those named, and the coordinator."""
    if line.restricted and not (named or staff.role == "coordinator" or line.assignee_id == staff.id):
        return Markup("")
    name = names_of(knowledge)
    return picture(line.summary.household, lambda role: "書いた人" if role == "self" else name("about", role), ages)


async def how_to_reach(session: AsyncSession, line: TicketLine, knowledge: Knowledge) -> str:
    """How the resident may be reached, for the top of the page; for a restricted matter also that nobody knows it yet."""
    wish = await safety.wish_of(session, line.conversation_id)
    if wish and knowledge.safe_contact is not None:
        return safety.told(wish, knowledge.safe_contact)
    return UNASKED if line.restricted and not line.held else ""


def told(messages: Sequence[ThreadMessage]) -> tuple[str, ...]:
    """What the bot has answered so far: the windows it named, then the beginnings of its latest texts, the newest first."""
    said = [message for message in messages if message.sender == "bot" and message.sequence > _first_words(messages)]
    windows = dict.fromkeys(_named(card) for message in said for card in message.cards)
    texts = [message.text.replace("\n", " ") for message in said if message.text][:-TOLD_MOST - 1:-1]
    clipped = (text if len(text) <= TOLD_LONGEST else text[: TOLD_LONGEST - 1] + "…" for text in texts)
    return (*([f"案内した先: {'、'.join(windows)}"] if windows else []), *clipped)


def _first_words(messages: Sequence[ThreadMessage]) -> int:
    """The sequence of the resident's first message: what comes before it is the notice that everybody gets."""
    return next((message.sequence for message in messages if message.sender == "resident"), 0)


def _named(card: Mapping[str, Any]) -> str:
    return f"{card['title']} {card.get('telephone') or ''}".strip()


@router.post("/{number}/reply")
async def reply(
    number: str, services: ServicesDep, staff: Worker, text: LongText, on: Day
) -> Response:
    """Send it, and set the next date with it where one was chosen."""
    now = services.clock()
    async with working(services, staff, number) as session:
        sequence = (await answers.reply(session, staff, number, text=text, enclosed=True, now=now)).sequence
        if on is not None:
            await closing.follow_up(session, staff, number, on=on, now=now)
    return back(number, anchor=f"#m{sequence}")


@router.post("/{number}/draft")
async def draft(
    number: str, services: ServicesDep, staff: Worker, text: LongText = ""
) -> JSONResponse:
    """Keep what is being written; the page calls this while typing. at: when, as people read it."""
    now = services.clock()
    async with working(services, staff, number) as session:
        await answers.save_draft(session, staff, number, text=text, now=now)
    return JSONResponse({"saved_at": now.isoformat(), "at": clock_text(now)})


@router.post("/{number}/note")
async def note(
    number: str, services: ServicesDep, staff: Worker, text: LongText
) -> Response:
    async with working(services, staff, number) as session:
        await answers.note(session, staff, number, text=text, now=services.clock())
    return back(number, anchor="#saved-notes")


@router.post("/{number}/assign")
async def assign(
    number: str, services: ServicesDep, staff: Worker, to: Annotated[str, Form(max_length=40)] = "",
    expected: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """to and expected: staff ids, empty for nobody."""
    async with working(services, staff, number) as session:
        await custody.assign(
            session, staff, number, to=_id(to), expected=_id(expected), now=services.clock()
        )
    return back(number)


def _id(value: str) -> UUID | None:
    try:
        return UUID(value) if value else None
    except ValueError:
        raise Problem(422, "職員を一覧から選んでください。") from None
