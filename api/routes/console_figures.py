"""数字: the figures of a fiscal year as a page, as a file, and as JSON. All roles; no content of any case."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import HTMLResponse, JSONResponse

from api.charts import chart
from api.deps import KnowledgeDep, ServicesDep
from api.errors import Problem
from api.pages import page, shell
from api.session import require
from api.wiring import Services
from handoff.desk.staff import SignedIn
from handoff.desk.tickets import fiscal_year as fiscal_year_of
from handoff.figures.files import Format, count_text, kind_text, measure_text, number_text, planned_text, written
from handoff.figures.masking import for_public
from handoff.figures.report import Report, as_json, report_of
from handoff.figures.year import EARLIEST, LATEST, FiscalYear
from handoff.privacy import audit
from knowledge.loader import Knowledge

router = APIRouter()
Anyone = Annotated[SignedIn, Depends(require("staff", "coordinator", "admin", "auditor"))]
Counting = Annotated[
    SignedIn, Depends(require("staff", "coordinator", "admin", "auditor", scope="figures:read"))
]
YearIn = Annotated[int | None, Query(ge=EARLIEST, le=LATEST, description="the year in which it begins (April)")]
KINDS: dict[Format, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
YEARS_BACK = 5


class Asked:
    """Which year, and whether as it may be published. `year` empty: the year that is running."""

    def __init__(self, services: ServicesDep, year: YearIn = None, public: bool = False) -> None:
        self.now = services.clock()
        self.running = fiscal_year_of(self.now)
        self.year = FiscalYear(self.running if year is None else year)
        self.public = public


AskedDep = Annotated[Asked, Depends()]


@router.get("/staff/figures", include_in_schema=False)
async def figures(services: ServicesDep, staff: Anyone, knowledge: KnowledgeDep, asked: AskedDep) -> HTMLResponse:
    """The page: the plan's figures, times, and every table with its chart."""
    report = await _report(services, staff, knowledge, asked)
    years = sorted({asked.year.number, *range(asked.running - YEARS_BACK, asked.running + 1)}, reverse=True)
    context: dict[str, Any] = {
        **shell(staff, knowledge), "report": report, "years": [FiscalYear(year) for year in years], "chart": chart,
        "number_text": number_text, "count_text": count_text, "planned_text": planned_text, "kind_text": kind_text,
        "measure_text": measure_text,
    }
    return page("console/figures.html", context)


@router.get("/staff/figures/file", include_in_schema=False)
async def file(
    services: ServicesDep, staff: Anyone, knowledge: KnowledgeDep, asked: AskedDep, form: Format = "xlsx"
) -> Response:
    """The same as a file; taking it away is recorded."""
    report = await _report(services, staff, knowledge, asked)
    async with services.store.town(staff.municipality_id) as session:
        await audit.record(session, action="figures_exported", staff_id=staff.id, now=asked.now)
    name = f"{report.municipality}-{report.year.number}{'-public' if report.public else ''}.{form}"
    return Response(
        written(report, form), media_type=KINDS[form],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get("/api/staff/figures", tags=["staff"])
async def figures_json(services: ServicesDep, staff: Counting, knowledge: KnowledgeDep, asked: AskedDep) -> JSONResponse:
    """Figures of a fiscal year, in the shape of `tsunagu report --format json`."""
    return JSONResponse(as_json(await _report(services, staff, knowledge, asked)))


async def _report(services: Services, staff: SignedIn, knowledge: Knowledge, asked: Asked) -> Report:
    town = knowledge.towns.get(staff.municipality_id)
    if town is None:
        raise Problem(404, "この自治体の知識が読めません。管理者に伝えてください。")
    async with services.store.reading(staff.municipality_id) as session:
        made = await report_of(session, asked.year, town=town, words=knowledge.glossary.words, now=asked.now)
    return for_public(made) if asked.public else made
