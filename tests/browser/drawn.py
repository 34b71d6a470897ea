"""Console pages drawn without a house: a template with values of its own and the real style sheet, in Chromium."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from playwright.sync_api import Page

from api.pages import page as rendered
from api.pages import shell
from api.settings import ROOT
from handoff.desk.hours import TOKYO
from handoff.desk.queue import TicketLine
from handoff.desk.quotes import Quote
from handoff.desk.staff import SignedIn
from handoff.desk.summary import Member, Summary
from tests.whole import knowledge

NOW = datetime(2026, 11, 24, 8, 10, tzinfo=TOKYO)
NOBODY = UUID(int=1)
OFFICER = SignedIn(NOBODY, "taiki", "suzuki", "coordinator", frozenset({"taiki.fukushi"}))
LINK = re.compile(r'<link rel="stylesheet"[^>]*>')
SCRIPT = re.compile(r"<script[^>]*></script>")


def draw(page: Page, template: str, **context: Any) -> None:
    """The template on the page, without its scripts: what is there without JavaScript."""
    whole: Mapping[str, Any] = {**shell(OFFICER, knowledge()), "now": NOW, "people": {}, **context}
    html = bytes(rendered(template, whole).body).decode()
    style = (ROOT / "api" / "static" / "console" / "console.css").read_text()
    page.set_content(SCRIPT.sub("", LINK.sub(f"<style>{style}</style>", html)))


def sheets(page: Page) -> int:
    """How many sheets of A4 the page is on paper."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))


def summary(**more: Any) -> Summary:
    words = "わたしは81歳、年金でふたり。息子は52歳で20年家におります。"
    whole = Summary(
        next_step="高齢者支援係が返信し、包括化推進員（高齢者支援係長）に声をかける", deadline="11月27日（金）まで",
        urgency="normal", urgency_because="急ぐ言葉は見あたりません。", channel="web", named=False, about=("self", "child"),
        household=(Member("self", (80, 89), ("frail",)), Member("child", (50, 59), ("withdrawn",))),
        quotes=(Quote(words, 0, ((4, 7),)),), patterns=(), reasons=(), told=(), unknown=("kind",), why="triage",
    )
    return replace(whole, **more)


def ticket(number: int, **more: Any) -> TicketLine:
    """A ticket as lists have it."""
    whole = TicketLine(
        id=UUID(int=number), number=f"taiki-2026-{number:04d}", municipality_id="taiki", conversation_id=UUID(int=number),
        windows=("taiki.koreisha", "taiki.fukushi"), coordinator=True, restricted=False, urgency="normal",
        fields=("elderly", "poverty"), patterns=("8050",), crisis=(), status="open", summary=summary(), line="",
        assignee_id=None, assignee=None, created_at=NOW, due_at=NOW, last_resident_at=NOW, first_answer_at=None,
        resolved_at=None, outcome=None, unread=True, moves=0, previous=None, waits_since=NOW - timedelta(days=3),
    )
    return replace(whole, **more)
