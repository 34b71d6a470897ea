"""What has gone live in a town and by whom, the way back, and the files with the changes in them for a pull request."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from api.errors import Problem
from api.pages import page
from api.routes.editing import EditorDep, names_by_id
from api.routes.editing_looks import name_of
from handoff.desk.answers import BadText
from handoff.editing import drafts, versions
from handoff.editing.versions import NoSuchVersion, Version
from knowledge.overlay import FILES

router = APIRouter(prefix="/staff/knowledge", include_in_schema=False)
LONGEST = 5_000


@router.get("/history")
async def history(editor: EditorDep) -> HTMLResponse:
    """Versions, newest first."""
    return await _page(editor)


async def _page(editor: EditorDep, *, trouble: str = "", status: int = 200) -> HTMLResponse:
    async with editor.services.store.reading(editor.staff.municipality_id) as session:
        listed = await versions.history(session)
        people = await names_by_id(session)
    changed = {edit.kind for edit in editor.ground.edits}
    context = {
        **editor.context(), "versions": listed, "people": people, "trouble": trouble,
        "names": {one.sequence: _named(editor, one) for one in listed},
        "files": {name: kind in changed for kind, name in FILES.items()},
    }
    return page("editing/history.html", context, status=status)


def _named(editor: EditorDep, version: Version) -> str:
    """What a version changed, by the name that the thing has or had."""
    edit = next((one for one in version.edits if (one.kind, one.key) == (version.kind, version.key)), None)
    if version.kind == "rollback":
        return name_of(None, version.key, None, editor.ground.shared)
    kind = next(one for one in FILES if one == version.kind)
    values = {**(editor.ground.of((kind, version.key)) or {}), **(edit.values if edit else {})}
    return name_of((kind, version.key), version.key, values, editor.ground.shared)


@router.post("/rollback")
async def rollback(
    editor: EditorDep, to: Annotated[int, Form(ge=0, le=2_000_000_000)], reason: Annotated[str, Form(max_length=LONGEST)] = ""
) -> Response:
    """A draft that brings an older version back; it is looked over like any other."""
    town = editor.staff.municipality_id
    try:
        async with editor.services.store.town(town) as session:
            older = await versions.standing(session, town, to)
            change = editor.ground.rollback(to, older.edits)
            number = await drafts.write(session, editor.staff, change, reason=reason, now=editor.services.clock())
    except NoSuchVersion:
        raise Problem(404, "No such version") from None
    except BadText:
        return await _page(editor, trouble="もどす理由を書いてください（500文字まで）。", status=422)
    return RedirectResponse(f"/staff/knowledge/drafts/{number}", 303)


@router.get("/export/{name}")
async def export(name: str, editor: EditorDep) -> PlainTextResponse:
    """A file of the town with what is live in it, comments and all, to be put into the repository."""
    path = f"municipalities/{editor.staff.municipality_id}/{name}"
    found = next((file for file in editor.ground.live if file.path == path), None)
    if name not in FILES.values() or found is None:
        raise Problem(404, "No such file")
    return PlainTextResponse(
        found.raw.decode(), media_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
    )
