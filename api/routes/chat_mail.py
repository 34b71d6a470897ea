"""「お返事があります」 by mail: asked for and ended by the resident, in the web chat's settings or from the mail itself.

The code in a mail's link can do one thing, end the mails, and looking at the page does not do it.
"""

from fastapi import APIRouter, Depends, Request, Response, status
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import KnowledgeDep, ServicesDep
from api.errors import Problem
from api.routes.chat import LimitsDep, Visitor, VisitorDep, counted, own_origin, parsed, raw_body, refused, takes
from api.routes.widget import asset_path, pages
from handoff.intake import answer_mail, resume, safety, webchat
from knowledge.loader import Knowledge

POLICY = ("default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
          "frame-ancestors 'none'")
router = APIRouter(dependencies=[Depends(own_origin)])


class MailTo(BaseModel):
    """Where to."""

    model_config = ConfigDict(extra="forbid", strict=True)

    address: str = Field(max_length=320)


class MailOut(BaseModel):
    """on: mails go out; failed: nobody has that address; held: none goes while only answers are wished for; phrase: there is one
    to come back by. The address itself is shown to nobody.
    """

    on: bool
    failed: bool
    held: bool
    phrase: bool


@router.get("/api/chat/conversations/{conversation_id}/mail", tags=["web chat"])
async def read(who: VisitorDep, services: ServicesDep) -> MailOut:
    """Whether this resident is told by mail that an answer has come."""
    async with services.store.reading(who.municipality_id) as session:
        row = await answer_mail.wish_of(session, who.conversation_id)
        held, phrase = await _beside(session, who)
    on, failed = row is not None and row.error is None, row is not None and row.error is not None
    return MailOut(on=on, failed=failed, held=on and held, phrase=phrase)


@router.put(
    "/api/chat/conversations/{conversation_id}/mail", tags=["web chat"], openapi_extra=takes(MailTo, required=True)
)
async def keep(request: Request, who: VisitorDep, services: ServicesDep, counters: LimitsDep) -> MailOut:
    """Tell this address, in neutral words, when staff have answered. 404 where the town has no mail server."""
    if services.settings.smtp_url is None:
        raise Problem(404, "No mail here", "this deployment sends no mail")
    wanted = parsed(MailTo, await raw_body(request))
    await counters.writing(request, who.conversation_id)
    async with services.store.town(who.municipality_id) as session:
        try:
            conversation = await webchat.hold(session, who.conversation_id)
            await answer_mail.keep(session, conversation, wanted.address, now=services.clock())
            held, phrase = await _beside(session, who)
        except LookupError:
            raise refused() from None
        except answer_mail.NoAddress:
            raise Problem(422, "No mail address", "write one plain address, such as name@example.jp") from None
    return MailOut(on=True, failed=False, held=held, phrase=phrase)


@router.delete(
    "/api/chat/conversations/{conversation_id}/mail", tags=["web chat"], status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[Depends(counted)],
)
async def end(who: VisitorDep, services: ServicesDep) -> None:
    """No more mail; the address is forgotten. The same answer when there was none."""
    async with services.store.town(who.municipality_id) as session:
        await answer_mail.stop(session, who.conversation_id)


@router.get("/mail/stop/{code}", include_in_schema=False)
async def stop_page(code: str, known: KnowledgeDep) -> Response:
    """The page of the link in a mail; the same for every code of a town."""
    return _page(code, known, ended=False)


@router.post("/mail/stop/{code}", include_in_schema=False)
async def stop(code: str, known: KnowledgeDep, services: ServicesDep) -> Response:
    """End the mails. Never says whether there were any."""
    town, secret = webchat.town_of(code), code.partition(".")[2]
    if town is not None and town in known.towns:
        async with services.store.reading(town) as session:  # who only guesses keeps nobody from writing
            wished = await answer_mail.wish_behind(session, secret) is not None
        if wished:
            async with services.store.town(town) as session:
                await answer_mail.stop_by(session, secret)
    return _page(code, known, ended=True)


async def _beside(session: AsyncSession, who: Visitor) -> tuple[bool, bool]:
    """What else decides whether a mail helps: whether only answers are wished for, and a phrase to come back by."""
    wish = await safety.wish_of(session, who.conversation_id)
    return wish.only_answers, await resume.has_phrase(session, who.conversation_id)


def _page(code: str, known: Knowledge, *, ended: bool) -> HTMLResponse:
    """In every language of the town: whoever holds the mail has only its link."""
    town = known.towns.get(webchat.town_of(code) or "")
    chosen = town.municipality.languages if town is not None else ("ja", "en")
    said = {
        language: {reply: known.reply(reply, language=language, town=town) for reply in ("mail_end", "mail_ended")}
        for language in dict.fromkeys(("ja", *chosen))
    }
    shown = pages.get_template("mail_stop.html").render(said=said, assets=asset_path(), ended=ended, code=code)
    headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    return HTMLResponse(shown, headers=headers)
