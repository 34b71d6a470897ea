"""Errors as RFC 9457 problem documents; the only module that knows status codes.

Messages say what and how to go on; they never carry a resident's words.
"""

from collections.abc import Mapping

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from handoff.store.errors import Busy


class Problem(Exception):
    """Raised by routes. title is short and constant, detail tells what to do."""

    def __init__(self, status: int, title: str, detail: str = "", *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(title)
        self.status, self.title, self.detail, self.headers = status, title, detail, dict(headers or {})


def document(status: int, title: str, detail: str = "", *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The problem document as a response."""
    body: dict[str, object] = {"type": "about:blank", "status": status, "title": title}
    if detail:
        body["detail"] = detail
    return JSONResponse(body, status, headers=dict(headers or {}), media_type="application/problem+json")


async def _problem(request: Request, why: Exception) -> JSONResponse:
    assert isinstance(why, Problem)
    return document(why.status, why.title, why.detail, headers=why.headers)


async def _http(request: Request, why: Exception) -> JSONResponse:
    assert isinstance(why, HTTPException)
    return document(why.status_code, str(why.detail), headers=why.headers)


async def _invalid(request: Request, why: Exception) -> JSONResponse:
    """Field names and rules only: the rejected input itself is never echoed."""
    assert isinstance(why, RequestValidationError)
    places = "; ".join(f"{'.'.join(str(part) for part in error['loc'])}: {error['type']}" for error in why.errors())
    return document(422, "Unprocessable content", places)


async def _busy(request: Request, why: Exception) -> JSONResponse:
    """The database is locked, full or away: nothing was taken, come again."""
    return document(503, "Busy", "come again in a moment", headers={"Retry-After": "2"})


async def _fault(request: Request, why: Exception) -> JSONResponse:
    """A mistake of ours: logged by class, place and route, answered without a word of it."""
    route = getattr(request.scope.get("route"), "path", None)
    structlog.get_logger().error("request_failed", method=request.method, route=route, exc_info=why)
    return document(500, "Internal error", "it is logged; try again, and tell the operator if it stays")


def install(app: FastAPI) -> None:
    app.add_exception_handler(Exception, _fault)
    app.add_exception_handler(Busy, _busy)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
