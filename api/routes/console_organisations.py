"""For admins: 職員の所属. Who works for another body than the town, set for everybody in one form."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse

from api.deps import KnowledgeDep, ServicesDep
from api.errors import Problem
from api.pages import page, shell
from api.session import require
from handoff.desk import roster
from handoff.desk.organisations import LONGEST, BadOrganisation, named, of_windows, unsaid
from handoff.desk.roster import Belongs
from handoff.desk.staff import SignedIn

router = APIRouter(prefix="/staff/organisations", include_in_schema=False)
Admin = Annotated[SignedIn, Depends(require("admin"))]
MOST = 2_000
Ids = Annotated[list[UUID], Form(max_length=MOST)]
Names = Annotated[list[str], Form(max_length=MOST)]


@router.get("")
async def listed(services: ServicesDep, staff: Admin, knowledge: KnowledgeDep) -> HTMLResponse:
    """Open accounts, those first whose windows speak of another body while they say nothing; the windows' body stands filled in."""
    town = knowledge.towns[staff.municipality_id]
    async with services.store.reading(staff.municipality_id) as session:
        everybody = [one for one, closed in await roster.everybody(session) if closed is None]
    rows = [(one, unsaid(one.windows, one.organisation, town)) for one in everybody]
    bodies = dict.fromkeys(body for one in everybody if (body := one.organisation or of_windows(one.windows, town)))
    return page("console/organisations.html", {
        **shell(staff, knowledge), "rows": sorted(rows, key=lambda row: row[1] is None), "longest": LONGEST, "bodies": sorted(bodies),
        "open": sum(guess is not None for _, guess in rows),
    })


@router.post("")
async def kept(
    services: ServicesDep, staff: Admin, member: Ids = [], was: Names = [], organisation: Names = [],  # noqa: B006 - FastAPI copies them
) -> RedirectResponse:
    """What was written over; the rest stays."""
    async with services.store.town(staff.municipality_id) as session:
        await roster.place(session, _told(member, was, organisation), by=staff.id, now=services.clock())
    return RedirectResponse("/staff/organisations#saved", 303)


def _told(member: Sequence[UUID], was: Sequence[str], organisation: Sequence[str]) -> list[Belongs]:
    """The form's columns, row by row. Problem 422."""
    if not len(member) == len(was) == len(organisation):
        raise Problem(422, "画面が古くなっています。開きなおして、もう一度書いてください。")
    try:
        return [Belongs(one, named(before), named(now)) for one, before, now in zip(member, was, organisation, strict=True)]
    except BadOrganisation as why:
        raise Problem(422, str(why)) from None
