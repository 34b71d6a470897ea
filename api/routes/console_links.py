"""For admins: other systems. Keys of the JSON API, webhooks and what became of each event. Secrets are shown once."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.deps import KnowledgeDep, ServicesDep
from api.errors import Problem
from api.pages import page, shell
from api.session import require
from api.wiring import Services
from bots.webhooks.guard import BadTarget, target_of
from bots.webhooks.secret import new_secret
from handoff.desk import apitokens
from handoff.desk.apitokens import BadToken
from handoff.desk.staff import SignedIn
from handoff.notices import hooks
from handoff.notices.hooks import BadEndpoint
from knowledge.loader import Knowledge

router = APIRouter(prefix="/staff/links", include_in_schema=False)
Admin = Annotated[SignedIn, Depends(require("admin"))]
Short = Annotated[str, Form(max_length=600)]
Chosen = Annotated[list[str], Form()]
WHY = {
    "gone": "相手が「もう無い」（410）と答えました", "private_address": "送り先の名前が庁内・手元のアドレスを指しています",
    "bad_address": "送り先のアドレスが使えません", "stopped": "送り先が止まっています", "timeout": "10秒待っても答えがありません",
    "unreachable": "つながりません", "name_unknown": "送り先の名前が見つかりません",
}
STATES = {"queued": "送信待ち", "sending": "送信中", "sent": "届きました", "failed": "届きませんでした"}


@router.get("")
async def links(services: ServicesDep, staff: Admin, knowledge: KnowledgeDep) -> HTMLResponse:
    return await _page(services, staff, knowledge)


async def _page(services: Services, staff: SignedIn, knowledge: Knowledge, *, status: int = 200, **once: str) -> HTMLResponse:
    """once: a fresh token or secret, or what went wrong."""
    async with services.store.reading(staff.municipality_id) as session:
        found: dict[str, Any] = {
            "tokens": await apitokens.all_of_town(session), "endpoints": await hooks.endpoints(session),
            "deliveries": await hooks.log_of(session),
        }
    return page("console/links.html", {
        **shell(staff, knowledge), **found, "scopes": apitokens.SCOPE_NAMES, "kinds": hooks.KIND_NAMES, "why": WHY,
        "states": STATES, "token": "", "secret": "", "problem": "", **once,
    }, status=status)


@router.post("/tokens")
async def make_token(
    services: ServicesDep, staff: Admin, knowledge: KnowledgeDep, name: Short = "", scopes: Chosen = [],  # noqa: B006
) -> HTMLResponse:
    """A key for the admin's own account, shown once."""
    try:
        async with services.store.town(staff.municipality_id) as session:
            token = await apitokens.make(session, staff, name=name, scopes=scopes, now=services.clock())
    except BadToken as why:
        problem = str(why).split(" / ", maxsplit=1)[0]
        return await _page(services, staff, knowledge, problem=problem, status=422)
    return await _page(services, staff, knowledge, token=token)


@router.post("/tokens/{token}/revoke")
async def revoke_token(token: UUID, services: ServicesDep, staff: Admin) -> Response:
    async with services.store.town(staff.municipality_id) as session:
        found = await apitokens.revoke(session, staff, token, now=services.clock())
    return _back(found, "#tokens")


@router.post("/webhooks")
async def add_webhook(
    services: ServicesDep, staff: Admin, knowledge: KnowledgeDep, url: Short = "", name: Short = "",
    kinds: Chosen = [],  # noqa: B006
) -> HTMLResponse:
    """A new address; its signing secret is shown once."""
    secret = new_secret()
    try:
        target_of(url.strip(), private=services.settings.private_hosts)
        async with services.store.town(staff.municipality_id) as session:
            await hooks.add(
                session, town=staff.municipality_id, name=name, url=url.strip(), secret=secret, kinds=kinds,
                staff_id=staff.id, now=services.clock(),
            )
    except (BadTarget, BadEndpoint) as why:
        return await _page(services, staff, knowledge, problem=str(why), status=422)
    return await _page(services, staff, knowledge, secret=secret)


@router.post("/webhooks/{endpoint}/remove")
async def remove_webhook(endpoint: UUID, services: ServicesDep, staff: Admin) -> Response:
    async with services.store.town(staff.municipality_id) as session:
        found = await hooks.remove(session, endpoint, staff_id=staff.id, now=services.clock())
    return _back(found, "#webhooks")


@router.post("/deliveries/{delivery}/again")
async def again(delivery: UUID, services: ServicesDep, staff: Admin) -> Response:
    """Send one event once more."""
    async with services.store.town(staff.municipality_id) as session:
        found = await hooks.redeliver(session, delivery, staff_id=staff.id, now=services.clock())
    return _back(found, "#deliveries")


def _back(found: bool, anchor: str) -> Response:
    if not found:
        raise Problem(404, "No such thing")
    return RedirectResponse(f"/staff/links{anchor}", 303)
