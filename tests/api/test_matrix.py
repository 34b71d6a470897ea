"""Who may use what: role × route, cell by cell. A route that is not in the table fails the build."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute

from api.app import create_app
from api.session import roles_of, scope_of
from api.settings import Settings
from handoff.desk.staff import ROLES, Role

PUBLIC: frozenset[Role] | None = None
EVERYBODY = frozenset(ROLES)
ADMIN = frozenset[Role]({"admin"})
DESK = frozenset[Role]({"staff", "coordinator", "admin"})

TABLE: dict[str, frozenset[Role] | None] = {
    "GET /healthz": PUBLIC,
    "GET /readyz": PUBLIC,
    "GET /metrics": PUBLIC,  # its own token, tested in test_health
    "GET /docs": PUBLIC,
    "POST /api/chat/{municipality}/conversations": PUBLIC,
    "POST /api/chat/conversations/{conversation_id}/messages": PUBLIC,  # the conversation's own token
    "POST /api/chat/conversations/{conversation_id}/callback": PUBLIC,  # the same token
    "POST /api/entrance/{municipality}/open": PUBLIC,  # a code of a link, once
    "POST /api/entrance/{municipality}/renew": PUBLIC,  # says nothing, and sends only to the LINE user of the code
    "POST /api/chat/conversations/{conversation_id}/files": PUBLIC,
    "GET /api/chat/conversations/{conversation_id}/files/{file_id}": PUBLIC,
    "POST /api/chat/conversations/{conversation_id}/outside": PUBLIC,  # for who holds the token already
    "POST /api/chat/conversations/{conversation_id}/phrase": PUBLIC,
    "DELETE /api/chat/conversations/{conversation_id}/phrase": PUBLIC,
    "GET /api/chat/conversations/{conversation_id}/contact": PUBLIC,
    "PUT /api/chat/conversations/{conversation_id}/contact": PUBLIC,
    "POST /api/chat/{municipality}/resume": PUBLIC,  # four words
    "GET /api/chat/conversations/{conversation_id}/messages": PUBLIC,
    "GET /api/chat/conversations/{conversation_id}/events": PUBLIC,
    "GET /api/chat/conversations/{conversation_id}/passing": PUBLIC,
    "GET /api/chat/conversations/{conversation_id}/mail": PUBLIC,
    "PUT /api/chat/conversations/{conversation_id}/mail": PUBLIC,
    "DELETE /api/chat/conversations/{conversation_id}/mail": PUBLIC,
    "GET /api/chat/conversations/{conversation_id}/name": PUBLIC,
    "PUT /api/chat/conversations/{conversation_id}/name": PUBLIC,
    "DELETE /api/chat/conversations/{conversation_id}/name": PUBLIC,
    "GET /mail/stop/{code}": PUBLIC,
    "POST /mail/stop/{code}": PUBLIC,  # ends mails to whoever holds the mail
    "GET /api/staff/tickets": DESK,
    "GET /api/staff/tickets/{number}": DESK,
    "POST /api/staff/tickets/{number}/replies": DESK,
    "GET /staff": PUBLIC,
    "GET /staff/login": PUBLIC,
    "POST /staff/login": PUBLIC,
    "POST /staff/logout": EVERYBODY,
    "GET /staff/password": EVERYBODY,
    "POST /staff/password": EVERYBODY,
    "GET /staff/tickets": EVERYBODY,
    "GET /staff/pulse": EVERYBODY,
    "GET /staff/rows": EVERYBODY,
    "GET /staff/search": DESK,
    "POST /staff/search": DESK,
    "GET /staff/figures": EVERYBODY,  # numbers, no content
    "GET /staff/figures/file": EVERYBODY,
    "GET /api/staff/figures": EVERYBODY,
    "GET /staff/tickets/{number}": DESK,
    "GET /staff/tickets/{number}/referral": DESK,
    "POST /staff/tickets/{number}/referral": DESK,
    "GET /staff/tickets/{number}/referral/{move_id}": DESK,
    "GET /staff/tickets/{number}/referral/{move_id}/file": DESK,
    "GET /staff/tickets/{number}/papers/{paper}": DESK,
    "GET /staff/tickets/{number}/papers/{paper}/file": DESK,
    "GET /staff/tickets/{number}/messages": DESK,
    "GET /staff/tickets/{number}/files/{attachment_id}": DESK,
    "GET /staff/tickets/{number}/files/{attachment_id}/preview": DESK,
    "POST /staff/tickets/{number}/files/{attachment_id}/take-back": DESK,
    "GET /staff/tickets/{number}/enclosures": DESK,
    "POST /staff/tickets/{number}/enclosures": DESK,
    "POST /staff/tickets/{number}/enclosures/{attachment_id}/remove": DESK,
    "POST /staff/tickets/{number}/enclosures/{attachment_id}/as-it-came": DESK,
    "POST /staff/tickets/{number}/ask-body": DESK,
    "POST /staff/tickets/{number}/reply": DESK,
    "POST /staff/tickets/{number}/draft": DESK,
    "POST /staff/tickets/{number}/note": DESK,
    "POST /staff/tickets/{number}/assign": DESK,
    "POST /staff/tickets/{number}/move": DESK,
    "POST /staff/tickets/{number}/resolve": DESK,
    **dict.fromkeys((
        "GET /staff/knowledge", "GET /staff/knowledge/things/{kind}", "GET /staff/knowledge/things/{kind}/{key}",
        "POST /staff/knowledge/things/{kind}/{key}", "GET /staff/knowledge/new/{kind}",
        "POST /staff/knowledge/new/{kind}", "GET /staff/knowledge/drafts/{number}",
        "GET /staff/knowledge/drafts/{number}/edit", "POST /staff/knowledge/drafts/{number}/edit",
        "POST /staff/knowledge/drafts/{number}/check", "POST /staff/knowledge/drafts/{number}/approve",
        "POST /staff/knowledge/drafts/{number}/withdraw", "POST /staff/knowledge/drafts/{number}/publish",
        "GET /staff/knowledge/history", "POST /staff/knowledge/rollback", "GET /staff/knowledge/export/{name}",
    ), frozenset[Role]({"admin"})),
    "POST /staff/tickets/{number}/wrong": DESK,
    "POST /staff/tickets/{number}/wrong/undo": DESK,
    **dict.fromkeys((
        "GET /staff/corrections", "GET /staff/corrections/rows", "GET /staff/corrections/{correction}",
        "GET /staff/corrections/{correction}/foresight", "GET /staff/corrections/{correction}/proposals", "POST /staff/corrections/{correction}/sense", "GET /staff/own-cases/rows",
        "POST /staff/corrections/{correction}/draft",
        "POST /staff/corrections/{correction}/aside", "POST /staff/corrections/{correction}/case",
        "GET /staff/own-cases", "GET /staff/own-cases/file", "POST /staff/own-cases/{number}/approve",
        "POST /staff/own-cases/{number}/refuse",
    ), frozenset[Role]({"coordinator", "admin"})),
    "GET /staff/cases": DESK,
    "GET /staff/cases/rows": DESK,
    "GET /staff/cases/{number}/rows": DESK,
    "GET /staff/meetings/{meeting}/rows": DESK,  # its members alone
    "POST /staff/cases": DESK,  # who is no coordinator gets 409, and what is not theirs 404
    "POST /staff/cases/flags": DESK,
    "GET /staff/cases/{number}": DESK,
    "POST /staff/cases/{number}/tickets": DESK,
    "POST /staff/cases/{number}/people": DESK,
    "POST /staff/cases/{number}/people/{person}": DESK,
    "POST /staff/cases/{number}/people/{person}/drop": DESK,
    "POST /staff/cases/{number}/agencies": DESK,
    "POST /staff/cases/{number}/stage": DESK,
    "POST /staff/cases/{number}/next": DESK,
    "POST /staff/cases/{number}/people/{person}/consent": DESK,
    "POST /staff/cases/{number}/people/{person}/button": DESK,  # who is no coordinator gets 409
    "POST /staff/cases/{number}/people/{person}/application": DESK,
    "POST /staff/cases/{number}/people/{person}/assessment": DESK,
    **dict.fromkeys((
        "GET /staff/cases/{number}/people/{person}/sheet", "POST /staff/cases/{number}/people/{person}/sheet",
        "GET /staff/cases/{number}/people/{person}/sheet/paper", "GET /staff/cases/{number}/people/{person}/sheet/paper/file",
    ), DESK),  # of who has not agreed, the coordinator alone
    "POST /staff/cases/{number}/people/{person}/meetings": DESK,
    "POST /staff/cases/{number}/people/{person}/requests": DESK,
    "POST /staff/cases/{number}/people/{person}/no-meeting": DESK,
    "POST /staff/cases/{number}/people/{person}/plans": DESK,
    "POST /staff/cases/{number}/plans/{plan}/approve": DESK,
    "POST /staff/cases/{number}/plans/{plan}/decide": DESK,
    "POST /staff/cases/{number}/plans/{plan}/report": DESK,
    "POST /staff/cases/{number}/plans/{plan}/monitoring": DESK,
    "POST /staff/cases/{number}/plans/{plan}/consider": DESK,
    "POST /staff/cases/{number}/plans/{plan}/end": DESK,
    "POST /staff/cases/{number}/people/{person}/suspend": DESK,
    "POST /staff/cases/{number}/people/{person}/outreach": DESK,
    "POST /staff/cases/{number}/people/{person}/participation": DESK,
    **dict.fromkeys((
        "GET /staff/cases/{number}/paper", "GET /staff/cases/{number}/paper/file",
        "GET /staff/cases/{number}/plans/{plan}/paper", "GET /staff/cases/{number}/plans/{plan}/paper/file",
        "GET /staff/meetings/{meeting}/paper", "GET /staff/meetings/{meeting}/paper/file",
    ), DESK),  # what they may see of it; a meeting's members alone
    "POST /staff/cases/{number}/people/{person}/slips": DESK,
    "GET /staff/cases/{number}/slips/{slip}": DESK,
    "POST /staff/cases/{number}/slips/{slip}/receipt": DESK,
    "POST /staff/cases/{number}/slips/{slip}/end": DESK,
    "GET /slips/{municipality}/{slip}": PUBLIC,
    "POST /slips/{municipality}/{slip}": PUBLIC,  # a number that is told by mouth, five tries
    "POST /staff/meetings": DESK,
    "GET /staff/meetings/{meeting}": DESK,  # its members alone, whatever their role
    "POST /staff/meetings/{meeting}/secrecy": DESK,
    "POST /staff/meetings/{meeting}/members": DESK,
    "POST /staff/meetings/{meeting}/items": DESK,
    "POST /staff/meetings/{meeting}/copies": DESK,
    "POST /staff/meetings/{meeting}/held": DESK,
    "POST /staff/meetings/{meeting}/day": DESK,  # of its members, those whose window may call it
    "POST /staff/meetings/{meeting}/off": DESK,
    "POST /staff/meetings/{meeting}/possible": DESK,
    "POST /staff/meetings/{meeting}/can": DESK,  # each member for themselves
    "POST /staff/tickets/{number}/restrict": DESK,
    "POST /staff/tickets/{number}/lift": DESK,  # the desk itself lets only a coordinator
    "POST /staff/tickets/{number}/name": DESK,
    "POST /staff/tickets/{number}/known": DESK,
    "POST /staff/tickets/{number}/inquiry": DESK,
    **dict.fromkeys((
        "GET /staff/disclosure", "GET /staff/tickets/{number}/disclosure", "POST /staff/tickets/{number}/disclosure",
        "POST /staff/tickets/{number}/disclosure/decide", "POST /staff/tickets/{number}/disclosure/confirm",
        "GET /staff/tickets/{number}/disclosure/extract", "POST /staff/tickets/{number}/disclosure/close",
    ), DESK),  # who holds the ticket; of a restricted one two of them
    "POST /staff/tickets/{number}/reopen": DESK,
    "POST /staff/tickets/{number}/attempt": DESK,
    "POST /staff/tickets/{number}/follow": DESK,
    "GET /staff/gaps": DESK,
    "GET /staff/gaps/rows": DESK,
    "POST /staff/gaps/agenda": DESK,  # the pack says whose window may call the meeting
    "GET /staff/unsent": DESK,
    "POST /staff/tickets/{number}/unsent/{item}": DESK,
    "GET /staff/others": DESK,
    "POST /staff/others": DESK,
    "GET /staff/others/{number}": DESK,
    "GET /staff/reception": DESK,
    "GET /staff/morning": DESK,
    "GET /staff/morning/rows": DESK,
    "POST /staff/reception": DESK,
    "POST /staff/tickets/{number}/call": DESK,
    "POST /staff/tickets/{number}/suggestion": DESK,
    "GET /staff/tickets/{number}/ties": DESK,
    "POST /staff/tickets/{number}/ties": DESK,
    "POST /staff/tickets/{number}/ties/{link_id}/part": DESK,
    "POST /staff/tickets/{number}/answer": DESK,
    "POST /staff/tickets/{number}/withdraw": DESK,
    "POST /staff/tickets/{number}/retold": DESK,
    "POST /staff/tickets/{number}/introduce": DESK,
    "POST /staff/tickets/{number}/bodies/aside": DESK,
    "POST /staff/tickets/{number}/moves/{move_id}/confirm": DESK,
    "GET /staff/tickets/{number}/moves/{move_id}/sheet": DESK,
    "GET /staff/night": EVERYBODY,  # numbers, and who was called
    "POST /staff/night/people": ADMIN,
    "POST /staff/night/people/{person}/remove": ADMIN,
    "POST /staff/night/people/{person}/earlier": ADMIN,
    "POST /staff/tickets/{number}/received": DESK,
    "POST /staff/tickets/{number}/safety": DESK,
    "GET /staff/own": DESK,
    "GET /staff/own/state": DESK,
    "POST /staff/own/mail": DESK,
    "POST /staff/own/calendar": DESK,
    "POST /staff/own/calendar/close": DESK,
    "GET /staff/meetings/{meeting}/calendar.ics": DESK,  # its members alone
    "GET /calendar/{token}.ics": PUBLIC,  # the secret address itself
    "GET /staff/links": ADMIN,
    "GET /staff/organisations": frozenset[Role]({"coordinator", "admin"}),
    "POST /staff/organisations/bodies/{body}": frozenset[Role]({"coordinator", "admin"}),
    "POST /staff/organisations": ADMIN,
    "POST /staff/links/tokens": ADMIN,
    "POST /staff/links/tokens/{token}/revoke": ADMIN,
    "POST /staff/links/webhooks": ADMIN,
    "POST /staff/links/webhooks/{endpoint}/remove": ADMIN,
    "POST /staff/links/deliveries/{delivery}/again": ADMIN,
    "GET /staff/log": frozenset[Role]({"admin", "auditor"}),
    "GET /staff/log/file": frozenset[Role]({"admin", "auditor"}),
    "POST /staff/log/check": frozenset[Role]({"admin", "auditor"}),
    "GET /duty/{token}": PUBLIC,  # the link of one call
    "POST /duty/{token}": PUBLIC,
}


def flat(routes: Sequence[Any]) -> Iterator[APIRoute]:
    """All routes, those of included routers too."""
    for route in routes:
        inner = getattr(getattr(route, "original_router", route), "routes", None)
        if isinstance(route, APIRoute):
            yield route
        elif inner:
            yield from flat(inner)


def routes() -> Iterator[tuple[str, APIRoute]]:
    app = create_app(Settings(secret_key_file=Path("unused")))
    for route in flat(app.routes):
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield f"{method} {route.path}", route


FOUND = dict(routes())


def test_every_route_stands_in_the_table() -> None:
    ungated = {name for name in FOUND if name not in TABLE and roles_of(FOUND[name]) is not None}
    assert ungated == set(), "write down who may use these"
    missing = {name for name in TABLE if name not in FOUND}
    assert missing == set(), "the table names routes that are gone"


@pytest.mark.parametrize("name", sorted(TABLE))
def test_cell_by_cell(name: str) -> None:
    asked = roles_of(FOUND[name])
    assert asked == TABLE[name]


SCOPED: dict[str, str] = {
    "GET /api/staff/tickets": "tickets:read",
    "GET /api/staff/tickets/{number}": "tickets:read",
    "POST /api/staff/tickets/{number}/replies": "replies:write",
    "GET /api/staff/figures": "figures:read",
}
"""What an API key with scopes opens; nothing else, no page of the console."""


def test_keys_with_scopes_open_these_routes_and_no_other() -> None:
    assert {name: scope_of(route) for name, route in FOUND.items() if scope_of(route) is not None} == SCOPED


def test_what_needs_no_sign_in_is_known() -> None:
    public = {name for name, route in FOUND.items() if roles_of(route) is None}
    known = {name for name, roles in TABLE.items() if roles is None}
    assert {name for name in public - known if name.startswith(("GET /staff", "POST /staff", "GET /api/staff"))} == set()
    assert {name for name in public if not name.startswith("GET ")} <= known, "nothing public changes anything unseen"
