"""The web chat's pages and files: loader, frame, assets, and the neutral page that the quick exit leads to.

The frame carries its own Content-Security-Policy: only named sites may show it.
"""

import calendar
import gzip
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import jpholiday
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.console_files import FOR_EVER
from api.deps import KnowledgeDep, ServicesDep, TownDep
from api.errors import Problem
from api.routes.chat import origin_of
from api.settings import ROOT, Settings
from bots.web import assets
from handoff.intake.upload import LONGEST
from handoff.intake.voice import Voice
from handoff.intake.webchat import LONGEST_TEXT
from knowledge.schema import Town

LOOPBACK = ("http://127.0.0.1:*", "http://localhost:*")
A_WHILE = "public, max-age=300"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors "
)

router = APIRouter(include_in_schema=False)
pages = Environment(loader=FileSystemLoader(ROOT / "api" / "templates"), autoescape=True, undefined=StrictUndefined)


def asset_path() -> str:
    """Where the files of this version are."""
    return f"/chat/assets/{assets.version()}"


@router.get("/widget.js")
async def loader(request: Request) -> Response:
    """The loader, for pages of any origin."""
    return _file(request, assets.Asset(assets.loader(), assets.MEDIA_TYPES[".js"]), cache=A_WHILE)


@router.get("/chat/assets/{version}/{name}")
async def asset(request: Request, version: str, name: str) -> Response:
    """A static file of the frame. An old version gets the current file, uncached."""
    found = assets.files().get(name)
    if found is None:
        raise Problem(404, "No such file")
    return _file(request, found, cache=FOR_EVER if version == assets.version() else "no-store")


def _file(request: Request, found: assets.Asset, *, cache: str) -> Response:
    tag = f'"{found.tag}"'
    headers = {
        "Cache-Control": cache, "ETag": tag, "Vary": "Accept-Encoding", "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    if _takes_gzip(request):
        return Response(found.packed, media_type=found.media_type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(found.body, media_type=found.media_type, headers=headers)


def _takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


@router.get("/chat/{municipality}")
async def frame(
    request: Request, town: TownDep, known: KnowledgeDep, services: ServicesDep, lang: str | None = None
) -> Response:
    """The chat itself, for the loader's iframe or opened alone."""
    language = known.language(lang, town)
    voice = Voice(known, town, services.clock(), language)
    office = "市役所" if town.name.endswith("市") else "役場"
    texts = assets.texts()[_shown(language, town)].filled(town=town.name, office=office)
    embedders = embedding_origins(town, services.settings)
    page = pages.get_template("frame.html").render(
        texts=texts, mail=services.settings.smtp_url is not None, language=language, languages=_languages(town), assets=asset_path(), modules=_modules(), rules=_rules(voice, texts),
        config={
            "municipality": town.id, "language": language, "api": "/api/chat", "exit": "/calendar",
            "zone": services.settings.timezone, "limit": LONGEST_TEXT, "largest": LONGEST, "embedders": embedders,
            "loopback": _is_loopback(services.settings),
            "texts": {
                **texts.script, "unknown_hours": voice.say("card_hours_unknown"),
                "unknown_number": voice.say("card_telephone_unknown"),
            },
        },
    )
    ancestors = " ".join(["'self'", *embedders, *(LOOPBACK if _is_loopback(services.settings) else ())])
    headers = {
        "Content-Security-Policy": POLICY + ancestors, "Cross-Origin-Resource-Policy": "cross-origin", "Vary": "Accept-Encoding",
    }
    if _takes_gzip(request):  # nothing secret stands on the page: the token comes later, and never in HTML
        return HTMLResponse(gzip.compress(page.encode(), mtime=0), headers={**headers, "Content-Encoding": "gzip"})
    return HTMLResponse(page, headers=headers)


def embedding_origins(town: Town, settings: Settings) -> list[str]:
    """The sites that may show the chat: our own address and those that the town names in `websites`."""
    return [origin_of(settings.public_url), *town.municipality.websites]


def _is_loopback(settings: Settings) -> bool:
    """A first look on one's own machine: any port of it may show the chat."""
    return settings.demo or urlsplit(settings.public_url).hostname in {"127.0.0.1", "localhost", "::1"}


def _languages(town: Town) -> dict[str, str]:
    """Those that the town has chosen, as they call themselves."""
    chosen = {"ja", *town.municipality.languages}
    return {language: name for language, name in assets.languages().items() if language in chosen}


def _shown(language: str, town: Town) -> str:
    """Whose buttons stand around what the bot says: the language's own, else English where the town speaks it to foreigners."""
    english = "en" if not language.startswith("ja") and "en" in town.municipality.languages else None
    return assets.best_language(language, english)


def _modules() -> list[str]:
    return [name for name in assets.files() if name.endswith(".js") and name != "open.js"]


def _rules(voice: Voice, texts: assets.Texts) -> str:
    """The whole notice (research/domain.md §5.8), to be read at any time."""
    municipality = voice.town.municipality
    days = municipality.retention_days
    retention = texts.page["retention_unknown"]
    if days is not None:
        retention = texts.page["retention_days"].replace("{days}", str(days))
    telephone = municipality.main_telephone or voice.say("card_telephone_unknown")
    return "\n".join((
        voice.say("notice", reading_time=voice.town_hours),
        voice.say("notice_more", retention=retention, telephone=telephone),
    ))


@router.get("/calendar")
async def neutral(services: ServicesDep) -> HTMLResponse:
    """What the quick exit shows: a calendar of this month."""
    today = services.clock().astimezone(services.settings.zone).date()
    page = pages.get_template("frame_exit.html").render(
        year=today.year, month=today.month, weeks=list(_weeks(today)), assets=asset_path()
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY + "'none'"})


def _weeks(today: date) -> Iterator[list[dict[str, Any]]]:
    for week in calendar.Calendar(firstweekday=6).monthdatescalendar(today.year, today.month):
        yield [_day(day, today) for day in week]


def _day(day: date, today: date) -> dict[str, Any]:
    holiday = jpholiday.is_holiday_name(day)
    inside = day.month == today.month
    look = "free" if holiday or day.weekday() == 6 else "saturday" if day.weekday() == 5 else ""
    return {
        "number": day.day if inside else None, "today": day == today, "look": look,
        "holiday": holiday if inside else None,
    }
