"""A made-up town page with the chat on it, to try the widget without a website. Clearly labelled as a demo."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.deps import TownDep
from api.routes.widget import asset_path, pages
from knowledge.schema import Town, Window

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
FIELDS = {"elderly": "高齢の方・介護", "disability": "障がいのある方", "child": "子ども・子育て", "poverty": "くらし・お金・仕事"}

router = APIRouter(include_in_schema=False)


@router.get("/demo/{municipality}")
async def demo(town: TownDep) -> HTMLResponse:
    """The town's windows by subject, as its plan lists them, and the chat's button."""
    page = pages.get_template("demo.html").render(town=town, groups=_groups(town), assets=asset_path())
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})


def _groups(town: Town) -> list[dict[str, Any]]:
    """Windows under the first field that each answers for."""
    return [
        {"title": title, "windows": [_shown(one) for one in town.windows if one.intake and one.fields[:1] == (field,)]}
        for field, title in FIELDS.items()
    ]


def _shown(window: Window) -> dict[str, Any]:
    telephone = window.telephone or next((desk.telephone for desk in window.desks if desk.telephone), None)
    return {"name": window.name, "telephone": telephone, "about": window.about}
