"""The way in from LINE: the page behind 「ひらく」, the exchange of its code for the chat's token, and a fresh link.

The code comes in the fragment of the link and then in the body of a POST, so it is in no log and no referrer; opening the
page alone (a link preview, a scanner) uses nothing up. What a code is, `handoff.intake.entrance` knows.
"""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, status
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from api.deps import KnowledgeDep, ServicesDep, TownDep
from api.errors import Problem
from api.routes.chat import LimitsDep, own_origin, parsed, raw_body, takes
from api.routes.widget import POLICY, asset_path, pages
from bots.web import assets
from handoff.intake import entrance

router = APIRouter()
LONGEST_CODE = 100


class Code(BaseModel):
    """The fragment of a link."""

    model_config = ConfigDict(extra="forbid", strict=True)

    code: str = Field(min_length=1, max_length=LONGEST_CODE, pattern=r"^[A-Za-z0-9_-]+$")


class Entered(BaseModel):
    """token: the key to the conversation, shown once. purpose: what the resident tapped."""

    conversation: UUID
    token: str
    purpose: Literal["open", "phone"]
    language: str


@router.get("/open/{municipality}", include_in_schema=False)
async def page(town: TownDep, known: KnowledgeDep, lang: str | None = None) -> HTMLResponse:
    """The page that a link leads to. The same for every code: it has not seen one."""
    office = "市役所" if town.name.endswith("市") else "役場"
    texts = assets.texts()[assets.best_language(known.language(lang, town))].filled(town=town.name, office=office)
    config = {"municipality": town.id, "api": f"/api/entrance/{town.id}"}
    shown = pages.get_template("open.html").render(texts=texts, assets=asset_path(), config=config)
    headers = {"Content-Security-Policy": POLICY + "'none'", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    return HTMLResponse(shown, headers=headers)


@router.post(
    "/api/entrance/{municipality}/open", tags=["web chat"], dependencies=[Depends(own_origin)],
    openapi_extra=takes(Code, required=True),
)
async def enter(request: Request, town: TownDep, services: ServicesDep, counters: LimitsDep) -> Entered:
    """Exchange a code for the token of its conversation, once. 410 for every code that does not open."""
    await counters.opening(request)
    code = parsed(Code, await raw_body(request))
    async with services.store.town(town.id) as session:
        found = await entrance.enter(session, code.code, now=services.clock())
    if found is None:
        raise Problem(410, "Link no longer opens", "ask for a fresh one: POST …/renew with the same code")
    return Entered(
        conversation=found.conversation_id, token=found.token, purpose=found.purpose, language=found.language
    )


@router.post(
    "/api/entrance/{municipality}/renew", status_code=status.HTTP_202_ACCEPTED, tags=["web chat"],
    dependencies=[Depends(own_origin)], openapi_extra=takes(Code, required=True),
)
async def renew(request: Request, town: TownDep, services: ServicesDep, counters: LimitsDep) -> None:
    """Send a fresh link to the LINE user who was given this code. The answer never says whether there is one."""
    await counters.opening(request)
    code = parsed(Code, await raw_body(request))
    async with services.store.town(town.id) as session:
        await entrance.renew(session, code.code, now=services.clock())
