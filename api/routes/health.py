"""Is it up, is it ready, how busy is it."""

import hmac
from ipaddress import ip_address

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select

from api.deps import ServicesDep
from api.errors import Problem
from api.wiring import Services
from handoff.intake import inbox
from handoff.store.models import InboxItem, OutboxItem

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process is up."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(services: ServicesDep) -> JSONResponse:
    """Database, knowledge, and whether the queue moves; 503 when not ready."""
    checks: dict[str, object] = {"database": "ok", "knowledge": "ok" if services.loaded.done() else "loading"}
    try:
        checks |= await _queue(services)
    except Exception as why:
        checks["database"] = type(why).__name__
    if services.loaded.done() and services.loaded.exception() is not None:
        checks["knowledge"] = "failed"
    ready = checks["database"] == "ok" and checks["knowledge"] == "ok" and checks.get("worker") == "ok"
    return JSONResponse({"status": "ok" if ready else "not ready", "checks": checks}, 200 if ready else 503)


async def _queue(services: Services) -> dict[str, object]:
    now = services.clock()
    async with services.store.reading_everywhere() as session:
        count, since = await inbox.waiting(session)
    age = (now - since).total_seconds() if since else 0.0
    return {"waiting": count, "oldest_seconds": round(age, 1), "worker": "ok" if age <= inbox.OLDEST.total_seconds() else "silent"}


@router.get("/metrics")
async def metrics(request: Request, services: ServicesDep) -> PlainTextResponse:
    """Figures for Prometheus: counts only."""
    _allowed(request, services)
    registry = CollectorRegistry()
    inbox_items = Gauge("tsunagu_inbox_items", "Inbox items by status", ["status"], registry=registry)
    outbox_items = Gauge("tsunagu_outbox_items", "Outbox items by status", ["status"], registry=registry)
    async with services.store.reading_everywhere() as session:
        for status, count in await session.execute(select(InboxItem.status, func.count()).group_by(InboxItem.status)):
            inbox_items.labels(status).set(count)
        for status, count in await session.execute(select(OutboxItem.status, func.count()).group_by(OutboxItem.status)):
            outbox_items.labels(status).set(count)
    return PlainTextResponse(generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")


def _allowed(request: Request, services: Services) -> None:
    """The token; or loopback itself, not somebody behind a proxy on this machine."""
    token = services.settings.metrics_token
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token is not None and hmac.compare_digest(given.encode(), token.get_secret_value().encode()):
        return
    forwarded = any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip", "via"))
    if token is None and not forwarded and request.client and _loopback(request.client.host):
        return
    raise Problem(401, "Metrics need a token", "send TSUNAGU_METRICS_TOKEN as a bearer token")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
