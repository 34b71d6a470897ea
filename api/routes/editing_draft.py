"""A draft's page: what it changes, whether it is sound, what it would do, how it will look, and what comes next."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.pages import page
from api.routes.editing import Editor, EditorDep, Number, draft_of, findings, names_by_id
from api.routes.editing_looks import differences, seen
from handoff.editing import drafts, versions
from handoff.editing.care import needs_second
from handoff.editing.drafts import Conflict, Draft, NoSuchDraft, OwnWork
from handoff.editing.ground import Change
from handoff.editing.pointing import StillHeld, gone, none_held, pointers, records
from handoff.editing.versions import NotApproved, NotSeen

router = APIRouter(prefix="/staff/knowledge/drafts", include_in_schema=False)
Held = Annotated[int, Form(ge=0, le=2_000_000_000)]
"""The version of the draft that the page showed."""
TROUBLES: dict[type[Exception], str] = {
    Conflict: "ほかの人が先に変えました。いまの内容を確かめて、もう一度してください。",
    NoSuchDraft: "この下書きはありません。",
    OwnWork: "自分で書いた下書きは、自分では確認できません。ほかの管理者に頼んでください。",
    NotSeen: "どこに影響するか、まだ調べおわっていません。結果が出てから公開してください。",
    NotApproved: "これは、もう一人の管理者の確認がいる変更です。",
    StillHeld: "なくなる窓口に、案件の記録か職員が残っています。",
}
KEYS = {
    "action": "対応", "fields": "分野", "complex": "複合", "patterns": "類型", "urgency": "急ぎ", "crisis": "危機",
    "about": "だれのこと", "windows": "窓口", "answer": "答え",
}


NOTHING_OPEN: dict[str, Any] = {"differences": (), "before": None, "after": None, "labels": {}, "gone": (), "pointing": ()}


class Unsound(Exception):
    """The check finds something wrong, or what it stands on has moved."""


TROUBLES[Unsound] = "点検で見つかったところを直してから公開してください。"


@router.get("/{number}")
async def draft(number: Number, editor: EditorDep) -> HTMLResponse:
    return await _page(editor, await draft_of(editor, number))


async def _page(editor: Editor, draft: Draft, *, trouble: str = "", status: int = 200) -> HTMLResponse:
    """The whole picture of a draft."""
    ground, change = editor.ground, draft.change
    async with editor.services.store.reading(editor.staff.municipality_id) as session:
        people = await names_by_id(session)
    open_ = draft.status == "draft"
    looks = await asyncio.to_thread(_looks, editor, draft) if open_ else NOTHING_OPEN
    async with editor.services.store.reading(editor.staff.municipality_id) as session:
        held = {window: found for window in looks["gone"] if (found := await records(session, window))}
    second = open_ and needs_second(change, ground)
    context = {
        **editor.context(), "draft": draft, "people": people, "trouble": trouble, "keys": KEYS,
        "title": editor.name(change), "second": second, "open": open_,
        "approved": draft.approved_by is not None, "may_approve": second and editor.staff.id not in draft.authors,
        "moved": ground.moved(change) if open_ else {}, "current": draft.foresight_of == draft.stands_on(ground.sequence),
        **looks, "held": held,
        "problems": await findings(editor, change) if open_ else {},
    }
    return page("editing/draft.html", context, status=status)


def _looks(editor: Editor, draft: Draft) -> dict[str, Any]:
    """Old and new, and what residents see before and after."""
    ground, change, now = editor.ground, draft.change, editor.services.clock()
    fields = editor.fields(change.about) if change.about else ()
    served = [ground.served(edits) for edits in (ground.edits, ground.after(change))]
    before, after = (seen(change.about, town, ground.shared, now) for town in served)
    labels = {field.name: field.label for field in fields}
    return {
        "differences": differences(change, fields, ground), "before": before, "after": after, "labels": labels,
        "gone": gone(*served) or _wished_away(change, editor),
        "pointing": pointers(change.about, served[0], ground.shared.glossary) if change.about and change.removed else (),
    }


def _wished_away(change: Change, editor: Editor) -> tuple[str, ...]:
    """The window that a draft would take out, also while the knowledge still points to it."""
    return (f"{editor.town.id}.{change.key}",) if change.removed and change.kind == "window" else ()


async def _again(editor: Editor, number: int, why: Exception) -> HTMLResponse:
    """The page once more, with what stood in the way."""
    return await _page(editor, await draft_of(editor, number), trouble=TROUBLES[type(why)], status=409)


def _back(number: int) -> RedirectResponse:
    return RedirectResponse(f"/staff/knowledge/drafts/{number}", 303)


@router.post("/{number}/check")
async def check(number: Number, editor: EditorDep, version: Held) -> Response:
    """Ask once more what it would change."""
    try:
        async with editor.services.store.town(editor.staff.municipality_id) as session:
            await drafts.ask_again(session, number, version=version)
    except (Conflict, NoSuchDraft) as why:
        return await _again(editor, number, why)
    return _back(number)


@router.post("/{number}/approve")
async def approve(number: Number, editor: EditorDep, version: Held) -> Response:
    """The second person's yes."""
    try:
        async with editor.services.store.town(editor.staff.municipality_id) as session:
            await drafts.approve(session, editor.staff, number, version=version, now=editor.services.clock())
    except (Conflict, NoSuchDraft, OwnWork) as why:
        return await _again(editor, number, why)
    return _back(number)


@router.post("/{number}/withdraw")
async def withdraw(number: Number, editor: EditorDep, version: Held) -> Response:
    """Give it up."""
    try:
        async with editor.services.store.town(editor.staff.municipality_id) as session:
            await drafts.withdraw(session, editor.staff, number, version=version, now=editor.services.clock())
    except (Conflict, NoSuchDraft) as why:
        return await _again(editor, number, why)
    return RedirectResponse("/staff/knowledge", 303)


@router.post("/{number}/publish")
async def publish(number: Number, editor: EditorDep, version: Held) -> Response:
    """It goes live, here at once and in every other process within moments."""
    draft, ground, now = await draft_of(editor, number), editor.ground, editor.services.clock()
    try:
        unsound = await findings(editor, draft.change)
        if draft.status == "draft" and (ground.moved(draft.change) or unsound or draft.foresight.get("problems")):
            raise Unsound
        going = gone(ground.served(ground.edits), ground.served(ground.after(draft.change)))
        async with editor.services.store.town(editor.staff.municipality_id) as session:
            await none_held(session, going)
            await versions.publish(
                session, editor.staff, number, version=version, upon=ground.sequence, edits=ground.after(draft.change),
                second=needs_second(draft.change, ground), now=now,
            )
    except tuple(TROUBLES) as why:
        return await _again(editor, number, why)
    await editor.services.live.renew()
    return _back(number)


