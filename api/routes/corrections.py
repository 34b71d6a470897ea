"""「ちがう」 over HTTP: one click on a ticket, the queue of what was said, and the draft or the case made of it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from api.acting import Acting, LongText, Worker
from api.deps import KnowledgeDep, ServicesDep
from api.errors import Problem
from api.pages import page, shell
from api.proposing import NotProposed, Proposed, proposed
from api.routes import console_acts
from api.routes.editing import names_by_id
from api.session import require
from api.wiring import Services
from handoff.desk.access import NotYours, record_refusal
from handoff.desk.answers import BadText
from handoff.desk.staff import SignedIn
from handoff.editing import corrections, drafts, own_cases
from handoff.editing.corrections import Correction, NoSuchRight, NothingJudged, Settled
from handoff.editing.drafts import NoSuchDraft
from handoff.editing.own_cases import BadLabels, StillTold
from handoff.store.ids import new_id
from knowledge.loader import Knowledge
from knowledge.schema import CRISIS_KINDS, FIELDS, Town
from knowledge.source import Data

router = APIRouter(prefix="/staff", include_in_schema=False)
Reviewer = Annotated[SignedIn, Depends(require("coordinator", "admin"))]
Short = Annotated[str, Form(max_length=200)]
Words = Annotated[list[str], Form(max_length=40)]
Propose = Callable[[Sequence[str], Town], Awaitable[Proposed]]
ACTIONS = {"route": "窓口に案内する", "clarify": "聞き返す", "info": "質問に答える", "other": "ほかの課に案内する", "chat": "あいさつ"}
WEIGHT, MOST_WORDS = 3, 20
"""How much a word that somebody proposes says about the window's fields, until an admin decides."""


def proposer() -> Propose:
    """What reads the words; a test gives its own."""
    return proposed


ProposeDep = Annotated[Propose, Depends(proposer)]


acting = Acting(
    unseen=NotYours, title="No such correction", record=record_refusal,
    spoken={BadText: 422, StillTold: 422, BadLabels: 422},
    troubles={
        Settled: "ほかの人が先に片づけました。一覧を開きなおしてください。",
        NoSuchRight: "正しい窓口か、何がちがうかを、一覧から選んでください。",
        NothingJudged: "この案件には、自動案内が読んだ発言がありません。",
    },
)


@router.post("/tickets/{number}/wrong")
async def wrong(
    number: str, services: ServicesDep, staff: Worker, knowledge: KnowledgeDep, right: Short, word: Short = ""
) -> Response:
    """One click. The ticket itself stays as it is: moving it on has its own place."""
    town = knowledge.towns[staff.municipality_id]
    async with acting(services, staff, number) as session:
        await corrections.mark(session, staff, number, right=right, word=word, town=town, now=services.clock())
    return console_acts.back(number, anchor="#saved-wrong")


@router.get("/corrections")
async def queue(services: ServicesDep, staff: Reviewer, knowledge: KnowledgeDep) -> HTMLResponse:
    """What waits, without anybody's words."""
    async with services.store.reading(staff.municipality_id) as session:
        found = await corrections.waiting(session, staff)
        people = await names_by_id(session)
    return page("editing/corrections.html", {
        **shell(staff, knowledge), "found": found, "people": people,
        "rights": corrections.rights(knowledge.towns[staff.municipality_id]),
    })


@router.get("/corrections/{correction}")
async def review(
    correction: UUID, services: ServicesDep, staff: Reviewer, knowledge: KnowledgeDep, propose: ProposeDep
) -> HTMLResponse:
    """One with its words, and what the lexicon might learn from them. Opening it is recorded."""
    async with acting(services, staff, str(correction)) as session:
        found = await corrections.read(session, staff, correction, now=services.clock())
    return await _review(services, staff, knowledge, found, propose)


async def _review(
    services: Services, staff: SignedIn, knowledge: Knowledge, found: Correction, propose: Propose, *, trouble: str = "",
    typed: str | None = None, status: int = 200,
) -> HTMLResponse:
    town = knowledge.towns[staff.municipality_id]
    words: tuple[str, ...] = ()
    try:
        words = (await propose(found.texts, town)).words
    except NotProposed:
        trouble = trouble or "言葉の候補を出せませんでした。手で書いてください。"
    async with services.store.reading(staff.municipality_id) as session:
        people = await names_by_id(session)
        draft = await _draft_of(session, found)
    return page("editing/correction.html", {
        **shell(staff, knowledge), "one": found, "people": people, "rights": corrections.rights(town), "draft": draft,
        "words": tuple(dict.fromkeys((*((found.word,) if found.word else ()), *words))), "trouble": trouble,
        "typed": "\n".join(found.texts) if typed is None else typed, "fields": corrections.fields_of(found.right, town),
        "actions": ACTIONS, "all_fields": FIELDS, "all_crises": CRISIS_KINDS, "needs": knowledge.glossary.needs,
    }, status=status)


async def _draft_of(session: AsyncSession, found: Correction) -> drafts.Draft | None:
    """The draft that came of it, with what it would do to past decisions; it may have been given up."""
    if found.draft is None:
        return None
    try:
        return await drafts.read(session, found.draft)
    except NoSuchDraft:
        return None


@router.post("/corrections/{correction}/draft")
async def draft(
    correction: UUID, services: ServicesDep, staff: Reviewer, knowledge: KnowledgeDep, because: Short,
    words: Words = [], more: Short = "", need: Short = "",  # noqa: B006  # FastAPI copies it
) -> Response:
    """Words for the lexicon as a draft: what it would do is worked out before anybody puts it live."""
    town = knowledge.towns[staff.municipality_id]
    async with acting(services, staff, str(correction)) as session:
        found = await corrections.read(session, staff, correction, now=services.clock())
    listed = list(dict.fromkeys(one.strip() for one in (*words, *more.split("、")) if one.strip()))
    if not listed or not because.strip():
        raise Problem(422, "何の言葉かと、言葉を1つ以上書いてください。")
    values: dict[str, Data] = {
        "because": because.strip(), "kind": "need", "words": [*listed[:MOST_WORDS]],
        "source": f"{town.name}の職員の訂正から", "checked": services.clock().date().isoformat(),
    }
    if fields := corrections.fields_of(found.right, town):
        values["fields"] = dict.fromkeys(fields, WEIGHT)
    if need:
        values["need"] = need
    ground = await services.live.ground(staff.municipality_id)
    change = ground.change(("word", f"own_{new_id(services.clock()).hex[-10:]}"), values)
    async with acting(services, staff, str(correction)) as session:
        number = await drafts.write(session, staff, change, reason=f"訂正から（{found.ticket}）", now=services.clock())
        await corrections.settle(session, staff, correction, draft=number, now=services.clock())
    where = f"/staff/knowledge/drafts/{number}" if staff.role == "admin" else f"/staff/corrections/{correction}"
    return RedirectResponse(where, 303)


@router.post("/corrections/{correction}/aside")
async def aside(correction: UUID, services: ServicesDep, staff: Reviewer) -> Response:
    """Not to be followed; who said so is kept."""
    async with acting(services, staff, str(correction)) as session:
        await corrections.settle(session, staff, correction, draft=None, now=services.clock())
    return RedirectResponse("/staff/corrections", 303)


@router.post("/corrections/{correction}/case")
async def case(
    correction: UUID, services: ServicesDep, staff: Reviewer, knowledge: KnowledgeDep, propose: ProposeDep,
    text: LongText, action: Short, urgency: Short, fields: Words = [], crisis: Words = [],  # noqa: B006
    tangled: Short = "", sure: Short = "",
) -> Response:
    """A rewritten message as a case of the town; a second person looks at it."""
    labels = {
        "action": action, "urgency": urgency, "fields": fields, "crisis": crisis, "complex": tangled == "yes",
    }
    async with acting(services, staff, str(correction)) as session:
        found = await corrections.read(session, staff, correction, now=services.clock())
    town = knowledge.towns[staff.municipality_id]
    try:
        names = (await propose([text], town)).names
        async with services.store.town(staff.municipality_id) as session:
            await own_cases.write(
                session, staff, text, labels=labels, of=found.texts, names=names, sure=sure == "yes",
                now=services.clock(),
            )
    except (StillTold, BadLabels, BadText) as why:
        said = str(why).split(" / ", maxsplit=1)[0]
        return await _review(services, staff, knowledge, found, propose, trouble=said, typed=text, status=422)
    return RedirectResponse("/staff/own-cases", 303)
