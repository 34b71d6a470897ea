"""Files beside an answer: laid there from the ticket's page, looked through by the worker meanwhile, removed, taken back.

The page asks for the list again while something is looked through, so that nobody has to load it anew.
"""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api.acting import Worker
from api.deps import ServicesDep
from api.files import BODY, FileName, uploaded
from api.pages import page
from api.routes.console_acts import back, working
from api.routes.console_ticket import WORDS, Watching
from api.wiring import Services
from handoff.desk import enclosures
from handoff.desk.staff import SignedIn

router = APIRouter(prefix="/staff/tickets", include_in_schema=False)


@router.post("/{number}/enclosures", openapi_extra=BODY)
async def add(
    number: str, request: Request, services: ServicesDep, staff: Worker, x_file_name: FileName = None
) -> HTMLResponse:
    """Lay a photo or PDF beside the answer in the making; the list as it is then. Of a stranger not a byte is read."""
    async with working.looking(services, staff, number) as session:
        await enclosures.lying(session, staff, number)
    file = await uploaded(request, x_file_name)
    async with working(services, staff, number) as session:
        await enclosures.add(
            session, staff, number, data=file.data, kind=file.kind, name=file.name, now=services.clock()
        )
    return await _listed(services, staff, number)


@router.get("/{number}/enclosures")
async def listed(number: str, services: ServicesDep, staff: Watching) -> HTMLResponse:
    """The list, for a page that is open."""
    return await _listed(services, staff, number)


@router.post("/{number}/enclosures/{attachment_id}/remove")
async def remove(number: str, attachment_id: UUID, services: ServicesDep, staff: Worker) -> HTMLResponse:
    """Take it away again."""
    async with working(services, staff, number) as session:
        await enclosures.remove(session, staff, number, attachment_id, now=services.clock())
    return await _listed(services, staff, number)


@router.post("/{number}/enclosures/{attachment_id}/as-it-came")
async def let_go(number: str, attachment_id: UUID, services: ServicesDep, staff: Worker) -> HTMLResponse:
    """It goes although it still says who made it."""
    async with working(services, staff, number) as session:
        await enclosures.let_go(session, staff, number, attachment_id, now=services.clock())
    return await _listed(services, staff, number)


@router.post("/{number}/files/{attachment_id}/take-back")
async def take_back(number: str, attachment_id: UUID, services: ServicesDep, staff: Worker) -> Response:
    """Erase a file that was sent by mistake."""
    async with working(services, staff, number) as session:
        await enclosures.take_back(session, staff, number, attachment_id, now=services.clock())
    return back(number, anchor="#saved-files")


async def _listed(services: Services, staff: SignedIn, number: str) -> HTMLResponse:
    async with working.looking(services, staff, number) as session:
        found = await enclosures.lying(session, staff, number)
    return page("console/enclosures.html", {"enclosed": found, "number": number, **WORDS})
