"""Editing the town's knowledge: what can be changed, the forms, and drafts being written. For the town's admins.

What a draft would do, and its going live, is `editing_draft`; what has gone live `editing_history`.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import KnowledgeDep, ServicesDep
from api.errors import Problem
from api.pages import page, shell
from api.routes.editing_fields import DAYS, KIND_NAMES, TABLES, WEIGHTS, FormField, fields_of
from api.routes.editing_forms import PLACES, Typed, as_typed, read
from api.routes.editing_looks import LANGUAGES, live_text, name_of
from api.session import require
from api.wiring import Services
from handoff.desk.answers import BadText
from handoff.desk.hours import TOKYO
from handoff.desk.organisations import called
from handoff.desk.staff import SignedIn
from handoff.editing import drafts, versions
from handoff.editing.drafts import Conflict, Draft, NoSuchDraft, Nothing
from handoff.editing.ground import Change, Ground
from handoff.editing.pointing import pointers
from handoff.store.ids import new_id
from handoff.store.models import StaffMember
from knowledge.errors import Problem as Finding
from knowledge.loader import Knowledge
from knowledge.overlay import Kind, Values
from knowledge.schema import Town
from knowledge.source import Data

router = APIRouter(prefix="/staff/knowledge", include_in_schema=False)
Admin = Annotated[SignedIn, Depends(require("admin"))]
LARGEST_FORM = 200_000
Number = Annotated[int, Path(ge=0, le=2_000_000_000)]
ADDED: tuple[Kind, ...] = ("window", "faq", "word")
"""What officials may add and take out."""
SAYINGS = {
    "nothing": "いまの内容と同じです。変えるところを書いてから保存してください。",
    "reason": "変える理由を書いてください（500文字まで）。",
    "conflict": "ほかの人が先に保存しました。下の「いまの下書き」を見て、これでよければもう一度保存してください。",
}


async def typed(request: Request) -> Typed:
    """What a form sent, every name with all its values. 413 for what no form of ours can be."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > LARGEST_FORM:
        raise Problem(413, "入力が長すぎます。短くして、もう一度してください。")
    found: dict[str, list[str]] = {}
    for name, value in (await request.form()).multi_items():
        if isinstance(value, str):
            found.setdefault(name, []).append(_clean(value))
    return found


TypedDep = Annotated[Typed, Depends(typed)]


def _clean(value: str) -> str:
    """Without characters that neither a file nor a database takes."""
    kept = (char for char in value if (char.isprintable() and not "\ud800" <= char <= "\udfff") or char in "\n\r\t\u3000")
    return "".join(kept).replace("\t", " ")


@dataclass(frozen=True, slots=True)
class Editor:
    """What every page here works with."""

    services: Services
    staff: SignedIn
    knowledge: Knowledge
    ground: Ground

    @property
    def today(self) -> str:
        return self.services.clock().astimezone(TOKYO).date().isoformat()

    @property
    def town(self) -> Town:
        return self.knowledge.towns[self.staff.municipality_id]

    def fields(self, about: tuple[Kind, str]) -> tuple[FormField, ...]:
        return fields_of(about, self.town, self.ground.shared)

    def name(self, change: Change) -> str:
        values = {**(self.ground.of(change.about) or {}), **change.values} if change.about else None
        return name_of(change.about, change.key, values, self.ground.shared)

    def context(self) -> dict[str, Any]:
        return {
            **shell(self.staff, self.knowledge), "kinds": KIND_NAMES, "languages": LANGUAGES,
            "now": self.services.clock(), "sequence": self.ground.sequence,
        }


async def editor(services: ServicesDep, staff: Admin, knowledge: KnowledgeDep) -> Editor:
    ground = await services.live.ground(staff.municipality_id)
    return Editor(services, staff, await services.knowledge(), ground)


EditorDep = Annotated[Editor, Depends(editor)]


@router.get("")
async def overview(editor: EditorDep) -> HTMLResponse:
    """What can be changed, what waits, and what the files have overtaken."""
    async with editor.services.store.reading(editor.staff.municipality_id) as session:
        waiting = await drafts.waiting(session)
        people = await names_by_id(session)
        newest = (await versions.history(session))[:1]
    outdated = [
        {"name": name_of(edit.about, edit.key, editor.ground.of(edit.about), editor.ground.shared), "edit": edit}
        for edit, _ in editor.ground.outdated()
    ]
    left_out = [
        name_of(edit.about, edit.key, edit.values, editor.ground.shared)
        for edit in editor.services.live.left_out(editor.staff.municipality_id)
    ]
    context = {
        **editor.context(), "waiting": waiting, "people": people, "newest": newest, "outdated": outdated,
        "left_out": left_out, "names": {draft.number: editor.name(draft.change) for draft in waiting},
        "moved": {draft.number for draft in waiting if editor.ground.moved(draft.change)}, "added": ADDED,
    }
    return page("editing/overview.html", context)


@router.get("/things/{kind}")
async def things(
    kind: Kind, editor: EditorDep, language: Annotated[str, Query(max_length=12)] = "ja",
    find: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Everything of one kind."""
    if kind == "town":
        return RedirectResponse("/staff/knowledge/things/town/town", 303)
    listed = [one for one in _listed(kind, editor, language) if not find or find in one["name"] or find in one["text"]]
    edited = {edit.key for edit in editor.ground.edits if edit.kind == kind}
    context = {
        **editor.context(), "kind": kind, "listed": listed, "edited": edited, "language": language, "find": find,
        "spoken": {one: LANGUAGES.get(one, one) for one in editor.ground.shared.replies}, "added": ADDED,
        "drafts": editor.ground.shared.drafts, "chosen": editor.town.municipality.languages,
    }
    return page("editing/things.html", context)


def _listed(kind: Kind, editor: Editor, language: str) -> list[dict[str, str]]:
    town, base = editor.town, editor.ground.shared
    match kind:
        case "window":
            return [{"key": one.id, "name": one.name, "text": one.telephone or ""} for one in town.windows]
        case "faq":
            return [{"key": one.id, "name": one.question, "text": one.answer} for one in town.faq]
        case "word":
            entries = town.lexicon.entries if town.lexicon else ()
            return [{"key": one.id, "name": "、".join((*one.words, *one.raw)), "text": one.because} for one in entries]
        case "reply" | "town":
            ids = base.replies.get(language, {})
            keys = [f"{language}.{reply}" for reply in ids]
            return [{"key": key, "name": key.partition(".")[2], "text": live_text(key, base, town)} for key in keys]


@router.get("/things/{kind}/{key}")
async def thing(kind: Kind, key: str, editor: EditorDep) -> HTMLResponse:
    """The form of a thing as it is live."""
    fields, now = editor.fields((kind, key)), _live(kind, key, editor)
    return _form(editor, kind, key, as_typed(fields, now), reason="")


@router.post("/things/{kind}/{key}")
async def change(kind: Kind, key: str, editor: EditorDep, form: TypedDep) -> Response:
    """A new draft from the form."""
    _live(kind, key, editor)
    return await _written(editor, kind, key, form)


@router.get("/new/{kind}")
async def empty(kind: Kind, editor: EditorDep) -> HTMLResponse:
    """The form of a thing that there is not yet."""
    if kind not in ADDED:
        raise Problem(404, "No such thing")
    return _form(editor, kind, "", {"kind": ["need"]} if kind == "word" else {}, reason="")


@router.post("/new/{kind}")
async def add(kind: Kind, editor: EditorDep, form: TypedDep) -> Response:
    """A new draft of a new thing."""
    if kind not in ADDED:
        raise Problem(404, "No such thing")
    key = f"own_{new_id(editor.services.clock()).hex[-10:]}"
    return await _written(editor, kind, key, form, new=True)


async def _written(editor: Editor, kind: Kind, key: str, form: Typed, *, new: bool = False) -> Response:
    change = made(editor, kind, key, form)
    reason = "".join(form.get("reason", ()))
    try:
        async with editor.services.store.town(editor.staff.municipality_id) as session:
            number = await drafts.write(session, editor.staff, change, reason=reason, now=editor.services.clock())
    except (Nothing, BadText) as why:
        said = SAYINGS["nothing" if isinstance(why, Nothing) else "reason"]
        return _form(editor, kind, "" if new else key, form, reason=reason, trouble=said, status=422)
    return await _onward(editor, number, change)


async def _onward(editor: Editor, number: int, change: Change) -> RedirectResponse:
    """To the draft, or back to its form where something has to be put right."""
    wrong = await findings(editor, change)
    return RedirectResponse(f"/staff/knowledge/drafts/{number}{'/edit' if wrong and not change.removed else ''}", 303)


async def findings(editor: Editor, change: Change) -> dict[str, list[Finding]]:
    """What is wrong with a change, by field. In a thread: others are served meanwhile."""
    today = editor.services.clock().astimezone(TOKYO).date()
    return await asyncio.to_thread(editor.ground.problems, change, today=today)


def made(editor: Editor, kind: Kind, key: str, form: Typed) -> Change:
    """The change that a form means."""
    about, removed = (kind, key), form.get("action") == ["remove"] and kind in (*ADDED, "reply")
    now = editor.ground.of(about)
    if removed:
        return editor.ground.change(about, {}, removed=True)
    values: dict[str, Data] = read(editor.fields(about), form, now or _common(kind, key, editor))
    if kind == "reply" and now is None and values.get("text") == live_text(key, editor.ground.shared, editor.town):
        values = {}
    changed = any(value != (now or {}).get(name) for name, value in values.items())
    if changed and kind in ("window", "faq"):
        values["checked"] = editor.today
    if changed and kind == "word" and now is None:
        values |= {"source": f"{editor.town.name}が管理画面で登録", "checked": editor.today}
    return editor.ground.change(about, values)


def _live(kind: Kind, key: str, editor: Editor) -> Values:
    """What is live of a thing; 404 where the town has none."""
    found = editor.ground.of((kind, key)) or _common(kind, key, editor)
    if found is None or (kind == "town" and key not in ("town", *TABLES)):
        raise Problem(404, "No such thing")
    return found


def _common(kind: Kind, key: str, editor: Editor) -> Values | None:
    """A reply that the town has not made its own."""
    text = live_text(key, editor.ground.shared, editor.town) if kind == "reply" else ""
    return {"text": text} if text else None


def _form(
    editor: Editor, kind: Kind, key: str, form: Typed, *, reason: str, trouble: str = "", draft: Draft | None = None,
    errors: Mapping[str, Any] | None = None, status: int = 200, theirs: str = "",
) -> HTMLResponse:
    now = editor.ground.of((kind, key)) if key else None
    context = {
        **editor.context(), "kind": kind, "key": key, "fields": editor.fields((kind, key)), "typed": form, "reason": reason,
        "trouble": trouble, "draft": draft, "errors": errors or {}, "theirs": theirs,
        "title": name_of((kind, key), key, now, editor.ground.shared) if key else f"{KIND_NAMES[kind]}を足す",
        "removable": now is not None and kind in (*ADDED, "reply") and draft is None,
        "desks": (now or {}).get("desks") or [], "days": DAYS, "weights": WEIGHTS,
        "pointing": pointers((kind, key), editor.town, editor.ground.shared.glossary) if key else (),
        "places": range(1, PLACES + 1),
    }
    return page("editing/form.html", context, status=status)


@router.get("/drafts/{number}/edit")
async def edit(number: Number, editor: EditorDep) -> HTMLResponse:
    """The form of a draft, with what is wrong at each field."""
    draft = await draft_of(editor, number)
    about = draft.change.about
    if about is None or draft.change.removed or draft.status != "draft":
        raise Problem(404, "No such form")
    values = {**(editor.ground.of(about) or _common(*about, editor) or {}), **draft.change.values}
    wrong = await findings(editor, draft.change)
    return _form(editor, *about, as_typed(editor.fields(about), values), reason=draft.reason, draft=draft, errors=wrong)


@router.post("/drafts/{number}/edit")
async def save(number: Number, editor: EditorDep, form: TypedDep) -> Response:
    """The draft with what the form says now; who comes second sees both."""
    draft = await draft_of(editor, number)
    about = draft.change.about
    if about is None:
        raise Problem(404, "No such form")
    change, reason = _kept(editor, draft.change, made(editor, *about, form)), "".join(form.get("reason", ()))
    version = "".join(form.get("version", ()))
    try:
        async with editor.services.store.town(editor.staff.municipality_id) as session:
            await drafts.save(
                session, editor.staff, number, change, version=int(version) if version.isdecimal() else 0, reason=reason,
                now=editor.services.clock(),
            )
    except (Nothing, BadText) as why:
        said = SAYINGS["nothing" if isinstance(why, Nothing) else "reason"]
        return _form(editor, *about, form, reason=reason, draft=draft, trouble=said, status=422)
    except Conflict:
        if draft.status != "draft":
            return RedirectResponse(f"/staff/knowledge/drafts/{number}", 303)
        return await _second(editor, draft, form, reason)
    return await _onward(editor, number, change)


def _kept(editor: Editor, old: Change, new: Change) -> Change:
    """The new one with what the form does not show: a way of speaking still names the words that it silences."""
    if new.about is None or new.removed:
        return new
    shown = {field.name for field in editor.fields(new.about)}
    return editor.ground.change(new.about, {**new.values, **{name: value for name, value in old.values.items() if name not in shown}})


async def _second(editor: Editor, draft: Draft, form: Typed, reason: str) -> HTMLResponse:
    """Who comes second keeps what they typed and sees what the other wrote."""
    about = draft.change.about
    assert about is not None
    labels = {field.name: field for field in editor.fields(about)}
    theirs = "\n".join(
        f"{labels[name].label}: {value}" for name, value in draft.change.values.items() if name in labels
    )
    return _form(
        editor, *about, form, reason=reason, draft=draft, trouble=SAYINGS["conflict"], status=409, theirs=theirs
    )


async def draft_of(editor: Editor, number: int) -> Draft:
    """A draft of the town; 404 where there is none."""
    try:
        async with editor.services.store.reading(editor.staff.municipality_id) as session:
            return await drafts.read(session, number)
    except NoSuchDraft:
        raise Problem(404, "No such draft") from None


async def names_by_id(session: AsyncSession) -> dict[UUID, str]:
    """How colleagues are called, by id: those who have left too."""
    return {row.id: called(row.name or row.login, row.organisation) for row in await session.scalars(select(StaffMember))}
