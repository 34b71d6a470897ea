"""A ticket's page in the console: reading it, answering, noting, giving it on, ending it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import KnowledgeDep, ServicesDep
from api.errors import Problem
from api.pages import page
from api.routes.console import newest_event, shell
from api.session import require
from api.wiring import Services
from handoff.desk import answers, custody
from handoff.desk.access import NotYours, held_by, record_refusal
from handoff.desk.answers import BadText, Resolved
from handoff.desk.custody import AlreadyTaken, NoSuchColleague, NoSuchOutcome, NoSuchWindow
from handoff.desk.quotes import shown
from handoff.desk.staff import SignedIn, colleagues
from handoff.desk.thread import thread, view
from knowledge.loader import Knowledge

router = APIRouter(prefix="/staff/tickets", include_in_schema=False)
Worker = Annotated[SignedIn, Depends(require("staff", "coordinator", "admin"))]
TROUBLES: dict[type[Exception], str] = {
    AlreadyTaken: "ほかの職員が先に担当を変えました。いまの担当を確かめてください。",
    NoSuchColleague: "その職員はこの案件を見られません。別の人を選んでください。",
    NoSuchWindow: "その窓口はありません。一覧から選んでください。",
    NoSuchOutcome: "終わり方を一覧から選んでください。",
    Resolved: "この案件は終わっています。",
}
LONGEST_FORM = 30_000
WORDS: dict[str, dict[str, str]] = {
    "channels": {"line": "LINE", "telegram": "Telegram", "web": "町のホームページ", "console": "端末"},
    "senders": {"resident": "住民", "bot": "自動案内", "staff": "職員"},
    "deliveries": {
        "queued": "送信待ち", "sending": "送信中", "sent": "送信ずみ", "failed": "届きませんでした",
        "uncertain": "届いたか分かりません",
    },
    "media": {
        "image": "写真", "audio": "声のメッセージ", "video": "動画", "file": "ファイル", "sticker": "スタンプ",
        "location": "場所", "unknown": "開けないもの",
    },
}


@asynccontextmanager
async def _working(services: Services, staff: SignedIn, number: str) -> AsyncIterator[AsyncSession]:
    """One transaction for one act; another's ticket is 404 and the attempt is recorded; the rest is one clear line."""
    try:
        async with services.store.town(staff.municipality_id) as session:
            yield session
    except NotYours:
        await record_refusal(services.store, staff, number, now=services.clock())
        raise Problem(404, "No such ticket") from None
    except BadText as why:
        raise Problem(422, str(why).split(" / ", maxsplit=1)[0]) from None
    except tuple(TROUBLES) as why:
        raise Problem(409, TROUBLES[type(why)]) from None


def _back(number: str, *, anchor: str = "") -> RedirectResponse:
    return RedirectResponse(f"/staff/tickets/{number}{anchor}", 303)


@router.get("/{number}")
async def ticket(number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> HTMLResponse:
    """The page. Opening it is recorded."""
    async with _working(services, staff, number) as session:
        found = await view(session, staff, number, now=services.clock())
        people = await colleagues(session)
        cursor = await newest_event(session)
    context = {
        **_shell(staff, knowledge), "view": found, "ticket": found.ticket, "summary": found.ticket.summary,
        "quotes": shown(found.ticket.summary.quotes), "people": people, "now": services.clock(), "cursor": cursor,
        "last": found.messages[-1].sequence if found.messages else 0,
    }
    return page("console/ticket.html", context)


def _shell(staff: SignedIn, knowledge: Knowledge) -> dict[str, Any]:
    return {**shell(staff, knowledge), "outcomes": custody.OUTCOME_NAMES, **WORDS}


@router.get("/{number}/messages")
async def messages(
    number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, after: Annotated[int, Query(ge=0)] = 0
) -> HTMLResponse:
    """New messages as a piece of the page, for one that is open."""
    async with _working(services, staff, number) as session:
        held = await held_by(session, staff, number)
        fresh = await thread(session, held.ticket.conversation_id, after=after)
    return page("console/messages.html", {**_shell(staff, knowledge), "messages": fresh})


@router.post("/{number}/reply")
async def reply(
    number: str, services: ServicesDep, staff: Worker, text: Annotated[str, Form(max_length=LONGEST_FORM)]
) -> Response:
    async with _working(services, staff, number) as session:
        await answers.reply(session, staff, number, text=text, now=services.clock())
    return _back(number, anchor="#thread-end")


@router.post("/{number}/draft")
async def draft(
    number: str, services: ServicesDep, staff: Worker, text: Annotated[str, Form(max_length=LONGEST_FORM)] = ""
) -> JSONResponse:
    """Keep what is being written; the page calls this while typing."""
    async with _working(services, staff, number) as session:
        await answers.save_draft(session, staff, number, text=text, now=services.clock())
    return JSONResponse({"saved_at": services.clock().isoformat()})


@router.post("/{number}/note")
async def note(
    number: str, services: ServicesDep, staff: Worker, text: Annotated[str, Form(max_length=LONGEST_FORM)]
) -> Response:
    async with _working(services, staff, number) as session:
        await answers.note(session, staff, number, text=text, now=services.clock())
    return _back(number, anchor="#notes")


@router.post("/{number}/assign")
async def assign(
    number: str, services: ServicesDep, staff: Worker, to: Annotated[str, Form(max_length=40)] = "",
    expected: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """to and expected: staff ids, empty for nobody."""
    async with _working(services, staff, number) as session:
        await custody.assign(
            session, staff, number, to=_id(to), expected=_id(expected), now=services.clock()
        )
    return _back(number)


def _id(value: str) -> UUID | None:
    try:
        return UUID(value) if value else None
    except ValueError:
        raise Problem(422, "職員を一覧から選んでください。") from None


@router.post("/{number}/move")
async def move(
    number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep,
    window: Annotated[str, Form(max_length=100)], reason: Annotated[str, Form(max_length=LONGEST_FORM)],
) -> Response:
    town = knowledge.towns[staff.municipality_id]
    async with _working(services, staff, number) as session:
        await custody.move(session, staff, number, to_window=window, reason=reason, town=town, now=services.clock())
    return _back(number)


@router.post("/{number}/resolve")
async def resolve(
    number: str, services: ServicesDep, staff: Worker, outcome: Annotated[str, Form(max_length=40)]
) -> Response:
    async with _working(services, staff, number) as session:
        await custody.resolve(session, staff, number, outcome=outcome, now=services.clock())
    return _back(number)
