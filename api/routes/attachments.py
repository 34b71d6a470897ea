"""What residents and staff sent, for staff: a download, and for pictures a small preview drawn anew.

Who may open what, and that it is recorded, `handoff.desk.files` knows.
"""

from uuid import UUID

from fastapi import APIRouter, Response

from api.acting import Worker
from api.deps import ServicesDep
from api.errors import Problem
from api.files import handed_out
from handoff.desk.access import NotYours, record_refusal
from handoff.desk.files import Part, open_file
from handoff.desk.staff import SignedIn

router = APIRouter(prefix="/staff/tickets", include_in_schema=False)


@router.get("/{number}/files/{attachment_id}")
async def download(number: str, attachment_id: UUID, services: ServicesDep, staff: Worker) -> Response:
    """The file, to be saved. Opening it is recorded."""
    return await _answer(services, staff, number, attachment_id, part="whole")


@router.get("/{number}/files/{attachment_id}/preview")
async def preview(number: str, attachment_id: UUID, services: ServicesDep, staff: Worker) -> Response:
    """A picture, small and drawn anew. Recorded, too."""
    return await _answer(services, staff, number, attachment_id, part="preview")


async def _answer(
    services: ServicesDep, staff: SignedIn, number: str, attachment_id: UUID, *, part: Part
) -> Response:
    try:
        async with services.store.town(staff.municipality_id) as session:
            found = await open_file(session, staff, number, attachment_id, part=part, now=services.clock())
    except NotYours:
        await record_refusal(services.store, staff, number, now=services.clock())
        raise Problem(404, "No such file") from None
    return handed_out(found.body, found.media_type, found.name, inline=part == "preview")
