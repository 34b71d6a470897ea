"""操作記録: who read, changed, took and exported what. For auditors and admins; no content, no reasons."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from api.deps import KnowledgeDep, ServicesDep
from api.errors import Problem
from api.pages import page, shell
from api.routes.console import names_of_staff
from api.session import require
from api.wiring import Services
from handoff.desk import record
from handoff.desk.hours import TOKYO
from handoff.desk.record import Asked, Group
from handoff.desk.staff import SignedIn
from handoff.privacy import audit
from handoff.privacy.audit import ChainBroken
from handoff.store.models import StaffMember
from knowledge.loader import Knowledge

router = APIRouter(prefix="/staff/log", include_in_schema=False)
Auditor = Annotated[SignedIn, Depends(require("auditor", "admin"))]
Short = Annotated[str, Query(max_length=80)]


def asked(
    group: Group | Literal[""] = "", login: Short = "", number: Short = "", since: Short = "", until: Short = "",
    before: Annotated[int | None, Query(ge=1)] = None,
) -> Asked:
    """The filters of the address; an empty value asks for nothing."""
    last = _day(until)
    return Asked(
        group=group or None, login=login.strip().lower(), number=number.strip(), since=_day(since),
        until=last + timedelta(days=1) if last else None, before=before,
    )


AskedDep = Annotated[Asked, Depends(asked)]


def _day(text: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time(), TOKYO) if text else None
    except ValueError:
        raise Problem(422, "日づけを 2026-11-27 の形で書いてください。") from None


@router.get("")
async def log(services: ServicesDep, staff: Auditor, knowledge: KnowledgeDep, wanted: AskedDep) -> HTMLResponse:
    """The newest entries that fit."""
    return await _page(services, staff, knowledge, wanted)


async def _page(
    services: Services, staff: SignedIn, knowledge: Knowledge, wanted: Asked, *, checked: str = ""
) -> HTMLResponse:
    async with services.store.reading(staff.municipality_id) as session:
        acts = await record.acts(session, wanted)
        people = await names_of_staff(session)
        logins = list(await session.scalars(select(StaffMember.login).order_by(StaffMember.login)))
    return page("console/log.html", {
        **shell(staff, knowledge), "acts": acts, "asked": wanted, "groups": record.GROUP_NAMES, "people": people,
        "logins": logins, "more": len(acts) == record.PAGE, "checked": checked, "day": timedelta(days=1),
    })


@router.get("/file")
async def file(services: ServicesDep, staff: Auditor, wanted: AskedDep) -> Response:
    """The same as CSV; that it was exported is an entry itself."""
    async with services.store.reading(staff.municipality_id) as session:
        acts = await record.acts(session, wanted, most=record.MOST_EXPORTED)
    async with services.store.town(staff.municipality_id) as session:
        await audit.record(session, action="log_exported", staff_id=staff.id, now=services.clock())
    name = f"tsunagu-log-{services.clock().astimezone(TOKYO):%Y%m%d}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(record.as_csv(acts), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/check")
async def check(services: ServicesDep, staff: Auditor, knowledge: KnowledgeDep) -> HTMLResponse:
    """Whether the chain of entries holds: nothing was changed, taken out or cut off."""
    try:
        async with services.store.reading(staff.municipality_id) as session:
            verified = await audit.verify(session)
        told = f"{verified.entries}件の記録がつながっています。変えられたり抜かれたりしたものはありません。"
    except ChainBroken as broken:
        told = f"{broken.sequence}番の記録が合いません。変えられたか抜かれています。運用担当と監査の責任者に、すぐ伝えてください。"
    return await _page(services, staff, knowledge, Asked(), checked=told)
