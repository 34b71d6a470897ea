"""「ちがう」 over HTTP: one click on a ticket, the queue of what was said, and the draft or the case made of it."""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Annotated, Any, Protocol
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from api.acting import Acting, LongText, Worker
from api.deps import KnowledgeDep, ServicesDep
from api.pages import page, shell
from api.proposing import NotProposed, Proposed, proposed
from api.routes import console_acts
from api.routes.console import newest_event
from api.routes.editing import names_by_id
from api.routes.editing_draft import KEYS
from api.session import require
from api.wiring import Services
from handoff.desk.access import NotYours, record_refusal
from handoff.desk.answers import BadText
from handoff.desk.staff import SignedIn
from handoff.editing import corrections, drafts, own_cases, proposals
from handoff.editing.corrections import Correction, NoSuchRight, NothingJudged, Settled
from handoff.editing.drafts import NoSuchDraft
from handoff.editing.own_cases import BadLabels, StillTold
from handoff.editing.proposals import NotEnough
from handoff.store.ids import new_id
from knowledge.loader import Knowledge
from knowledge.schema import CRISIS_KINDS, FIELDS, Town
from knowledge.source import Data

router = APIRouter(prefix="/staff", include_in_schema=False)
Reviewer = Annotated[SignedIn, Depends(require("coordinator", "admin"))]
Watching = Annotated[SignedIn, Depends(require("coordinator", "admin", background=True))]
Short = Annotated[str, Form(max_length=200)]
Words = Annotated[list[str], Form(max_length=40)]
NOTHING: Mapping[str, str] = {}
ACTIONS = {"route": "窓口に案内する", "clarify": "聞き返す", "info": "質問に答える", "other": "ほかの課に案内する", "chat": "あいさつ"}

class Propose(Protocol):
    """What reads the words of a text (`api.proposing.proposed`)."""

    def __call__(self, texts: Sequence[str], town: Town, *, senses: bool = False) -> Awaitable[Proposed]: ...


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
    return console_acts.back(number, anchor="#wrong")


@router.post("/tickets/{number}/wrong/undo")
async def undo(number: str, services: ServicesDep, staff: Worker, right: Short) -> Response:
    """Pressed by mistake. What somebody has dealt with stays."""
    async with acting(services, staff, number) as session:
        await corrections.take_back(session, staff, number, right=right, now=services.clock())
    return console_acts.back(number, anchor="#wrong")


@router.get("/corrections")
async def queue(services: ServicesDep, staff: Reviewer, knowledge: KnowledgeDep) -> HTMLResponse:
    """What waits, without anybody's words."""
    return page("editing/corrections.html", await _waiting(services, staff, knowledge))


@router.get("/corrections/rows")
async def rows(services: ServicesDep, staff: Watching, knowledge: KnowledgeDep) -> HTMLResponse:
    """The same for a page that is open."""
    return page("editing/corrections_rows.html", await _waiting(services, staff, knowledge))


async def _waiting(services: Services, staff: SignedIn, knowledge: Knowledge) -> dict[str, Any]:
    async with services.store.reading(staff.municipality_id) as session:
        found = await corrections.waiting(session, staff)
        people = await names_by_id(session)
        cursor = await newest_event(session)
    return {
        **shell(staff, knowledge), "found": found, "people": people, "cursor": cursor,
        "rights": corrections.rights(knowledge.towns[staff.municipality_id]),
    }


@router.get("/corrections/{correction}")
async def review(
    correction: UUID, services: ServicesDep, staff: Reviewer, knowledge: KnowledgeDep, propose: ProposeDep, whole: bool = False,
) -> HTMLResponse:
    """One with its words. Opening it is recorded. whole: with what the lexicon might learn, which the page else asks for."""
    async with acting(services, staff, str(correction)) as session:
        found = await corrections.read(session, staff, correction, now=services.clock())
    return await _review(services, staff, knowledge, found, propose if whole else None)


@router.get("/corrections/{correction}/proposals")
async def proposals_of(
    correction: UUID, services: ServicesDep, staff: Watching, knowledge: KnowledgeDep, propose: ProposeDep
) -> HTMLResponse:
    """What the lexicon might learn from it, for the page that has been opened: worked out while its words are read."""
    async with acting.looking(services, staff, str(correction)) as session:
        found = await corrections.glance(session, staff, correction, texts=True)
    seen = await _proposed(propose, found, knowledge.towns[staff.municipality_id])
    return page("editing/proposals.html", {**shell(staff, knowledge), **_offered(found, seen), "one": found})


async def _proposed(propose: Propose, found: Correction, town: Town) -> Proposed | None:
    try:
        return await propose(found.texts, town, senses=True)
    except NotProposed:
        return None


def _offered(found: Correction, seen: Proposed | None) -> dict[str, Any]:
    """What the two forms offer to tick."""
    own = (found.word,) if found.word else ()
    return {
        "words": tuple(dict.fromkeys((*own, *(seen.words if seen else ())))), "senses": seen.senses if seen else (),
        "coming": False, "failed": seen is None,
    }


async def _review(
    services: Services, staff: SignedIn, knowledge: Knowledge, found: Correction, propose: Propose | None, *, trouble: str = "",
    typed: Mapping[str, str] = NOTHING, status: int = 200,
) -> HTMLResponse:
    town = knowledge.towns[staff.municipality_id]
    seen = await _proposed(propose, found, town) if propose else Proposed()
    async with services.store.reading(staff.municipality_id) as session:
        people = await names_by_id(session)
        draft = await _draft_of(session, found)
    return page("editing/correction.html", {
        **shell(staff, knowledge), "one": found, "people": people, "rights": corrections.rights(town), "draft": draft,
        **_offered(found, seen), "coming": propose is None, "trouble": trouble, "typed": {"text": "\n".join(found.texts), **typed}, "keys": KEYS,
        "fields": corrections.fields_of(found.right, town), "actions": ACTIONS, "all_fields": FIELDS,
        "all_crises": CRISIS_KINDS, "needs": knowledge.glossary.needs,
    }, status=status)


async def _draft_of(session: AsyncSession, found: Correction) -> drafts.Draft | None:
    """The draft that came of it, with what it would do to past decisions; it may have been given up."""
    if found.draft is None:
        return None
    try:
        return await drafts.read(session, found.draft)
    except NoSuchDraft:
        return None


@router.get("/corrections/{correction}/foresight")
async def effect(correction: UUID, services: ServicesDep, staff: Watching, knowledge: KnowledgeDep) -> HTMLResponse:
    """What the draft would do, for a page that is open: nobody's words, so no further reading is recorded."""
    async with acting.looking(services, staff, str(correction)) as session:
        draft = await _draft_of(session, await corrections.glance(session, staff, correction))
    return page("editing/foresight.html", {**shell(staff, knowledge), "draft": draft, "keys": KEYS})


@router.post("/corrections/{correction}/draft")
async def draft(
    correction: UUID, services: ServicesDep, staff: Reviewer, knowledge: KnowledgeDep, because: Short,
    words: Words = [], more: Short = "", need: Short = "",  # noqa: B006  # FastAPI copies it
) -> Response:
    """Words for the lexicon as a draft: what it would do is worked out before anybody puts it live."""
    town, today = knowledge.towns[staff.municipality_id], services.clock().date()
    async with acting(services, staff, str(correction)) as session:
        found = await corrections.read(session, staff, correction, now=services.clock())
    fields, listed = corrections.fields_of(found.right, town), proposals.several(words, more)
    try:
        values = proposals.word(town, listed, because=because, need=need, fields=fields, on=today)
    except NotEnough as why:
        typed = {"more": more, "because": because}
        return await _review(services, staff, knowledge, found, None, trouble=str(why), typed=typed, status=422)
    return await _drafted(services, staff, found, values)


@router.post("/corrections/{correction}/sense")
async def sense(
    correction: UUID, services: ServicesDep, staff: Reviewer, knowledge: KnowledgeDep, propose: ProposeDep,
    covers: Words = [], phrases: Words = [], more: Short = "", because: Short = "", example: Short = "",  # noqa: B006
    counterexample: Short = "", sure: Short = "",
) -> Response:
    """A word was taken in another sense: the way of speaking in which it should not count, as a draft."""
    town = knowledge.towns[staff.municipality_id]
    async with acting(services, staff, str(correction)) as session:
        found = await corrections.read(session, staff, correction, now=services.clock())
    try:
        names = () if sure == "yes" else await _names(propose, [example, counterexample], town)
        values = proposals.idiom(
            town, proposals.several(phrases, more), covers=_entries(covers, knowledge, town), because=because, example=example,
            counterexample=counterexample, of=found.texts, names=names, on=services.clock().date(),
        )
    except (NotEnough, StillTold) as why:
        typed = {"sense_more": more, "sense_because": because, "example": example, "counterexample": counterexample}
        return await _review(services, staff, knowledge, found, None, trouble=str(why), typed=typed, status=422)
    return await _drafted(services, staff, found, values)


async def _names(propose: Propose, texts: Sequence[str], town: Town) -> tuple[str, ...]:
    """What looks like a name. NotEnough, where nothing could look for them."""
    try:
        return (await propose(texts, town)).names
    except NotProposed:
        raise NotEnough("名前に見える言葉をしらべられませんでした。少し待って、もう一度押してください。") from None


def _entries(covers: Sequence[str], knowledge: Knowledge, town: Town) -> list[str]:
    """Ids of the lexicon, common or the town's own; a ticked word may stand for several."""
    files = (*knowledge.lexicon, *((town.lexicon,) if town.lexicon else ()))
    known = {entry.id for file in files for entry in file.entries if entry.kind != "idiom"}
    return [one for joined in covers for one in joined.split() if one in known]


async def _drafted(services: Services, staff: SignedIn, found: Correction, values: dict[str, Data]) -> Response:
    """As a draft of the town's own words, and the correction is dealt with by it."""
    ground = await services.live.ground(staff.municipality_id)
    change = ground.change(("word", f"own_{new_id(services.clock()).hex[-10:]}"), values)
    async with acting(services, staff, str(found.id)) as session:
        number = await drafts.write(session, staff, change, reason=f"訂正から（{found.ticket}）", now=services.clock())
        await corrections.settle(session, staff, found.id, draft=number, now=services.clock())
    where = f"/staff/knowledge/drafts/{number}" if staff.role == "admin" else f"/staff/corrections/{found.id}"
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
        names = await _names(propose, [text], town)
        async with services.store.town(staff.municipality_id) as session:
            await own_cases.write(
                session, staff, text, labels=labels, of=found.texts, names=names, sure=sure == "yes",
                now=services.clock(),
            )
    except (StillTold, BadLabels, BadText, NotEnough) as why:
        said = str(why).split(" / ", maxsplit=1)[0]
        return await _review(services, staff, knowledge, found, None, trouble=said, typed={"text": text}, status=422)
    return RedirectResponse("/staff/own-cases", 303)
