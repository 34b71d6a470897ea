"""職員の所属と、別の機関の一覧. Admins say who works for another body than the town, everybody in one form; they and the
coordinator give a body that staff have named its right name, or take it off the list.
"""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Path
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import KnowledgeDep, ServicesDep
from api.errors import Problem
from api.pages import page, shell
from api.session import require
from handoff.coordination import partners
from handoff.coordination.partners import NoSuchBody, Renamed, SameName
from handoff.desk import roster
from handoff.desk.organisations import LONGEST, BadOrganisation, named, of_windows, unsaid
from handoff.desk.roster import Belongs
from handoff.desk.staff import SignedIn
from knowledge.schema import Town

router = APIRouter(prefix="/staff/organisations", include_in_schema=False)
Admin = Annotated[SignedIn, Depends(require("admin"))]
Keeper = Annotated[SignedIn, Depends(require("admin", "coordinator"))]
MOST = 2_000
Ids = Annotated[list[UUID], Form(max_length=MOST)]
Names = Annotated[list[str], Form(max_length=MOST)]
Word = Annotated[str, Form(max_length=100)]
OLD_PAGE = "画面が古くなっています。開きなおして、もう一度してください。"


@router.get("")
async def listed(services: ServicesDep, staff: Keeper, knowledge: KnowledgeDep) -> HTMLResponse:
    """The list of bodies, and for admins who works for which."""
    town = knowledge.towns[staff.municipality_id]
    async with services.store.reading(staff.municipality_id) as session:
        found = await partners.named(session)
        people = await _people(session, town) if staff.role == "admin" else {}
    return page("console/organisations.html", {
        **shell(staff, knowledge), **people, "named": [one for one in found if one.off is None],
        "off": [one for one in found if one.off is not None], "longest_name": partners.LONGEST_NAME,
    })


async def _people(session: AsyncSession, town: Town) -> dict[str, object]:
    """Open accounts, those first whose windows speak of another body while they say nothing; the windows' body stands filled in."""
    everybody = [one for one, closed in await roster.everybody(session) if closed is None]
    rows = [(one, unsaid(one.windows, one.organisation, town)) for one in everybody]
    known = dict.fromkeys(body for one in everybody if (body := one.organisation or of_windows(one.windows, town)))
    return {
        "rows": sorted(rows, key=lambda row: row[1] is None), "longest": LONGEST, "known": sorted(known),
        "open": sum(guess is not None for _, guess in rows),
    }


@router.post("")
async def kept(
    services: ServicesDep, staff: Admin, member: Ids = [], was: Names = [], organisation: Names = [],  # noqa: B006 - FastAPI copies them
) -> RedirectResponse:
    """What was written over; the rest stays."""
    async with services.store.town(staff.municipality_id) as session:
        await roster.place(session, _told(member, was, organisation), by=staff.id, now=services.clock())
    return RedirectResponse("/staff/organisations#saved", 303)


@router.post("/bodies/{body}")
async def changed(
    services: ServicesDep, staff: Keeper, knowledge: KnowledgeDep, body: Annotated[str, Path(max_length=60)], act: Word,
    name: Word = "", was: Word = "",
) -> RedirectResponse:
    """act: name (give it this name; was: as the page showed it), off (the list), back (on it)."""
    town, now = knowledge.towns[staff.municipality_id], services.clock()
    try:
        async with services.store.town(staff.municipality_id) as session:
            if act == "name":
                await partners.rename(session, staff, body, name, was=was, town=town, now=now)
            elif act == "off":
                await partners.unlist(session, staff, body, now=now)
            elif act == "back":
                await partners.list_again(session, staff, body, now=now)
            else:
                raise Renamed
    except (NoSuchBody, SameName) as why:
        raise Problem(422, str(why)) from None
    except Renamed:
        raise Problem(409, OLD_PAGE) from None
    return RedirectResponse("/staff/organisations#saved", 303)


def _told(member: Sequence[UUID], was: Sequence[str], organisation: Sequence[str]) -> list[Belongs]:
    """The form's columns, row by row. Problem 422."""
    if not len(member) == len(was) == len(organisation):
        raise Problem(422, OLD_PAGE)
    try:
        return [Belongs(one, named(before), named(now)) for one, before, now in zip(member, was, organisation, strict=True)]
    except BadOrganisation as why:
        raise Problem(422, str(why)) from None
