"""A browser page that plays LINE over the fake platform: write as a resident, see what comes as a telephone shows it.

Residents are names; what they do goes to the product's webhook, signed, as LINE would send it. Loopback only, no login: for
trying things out and for training, never for a town's own network.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from tests.fakes.line import FakeLine
from tests.fakes.line_residents import Event

HERE = Path(__file__).resolve().parent / "page"
LONGEST = 8 * 1024 * 1024
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' http: https: data:; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")


@dataclass
class Talk:
    """One resident's screen: their own words and what LINE delivered, in the order in which they were seen."""

    seen: int = 0
    entries: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class LinePage:
    """hook: the product's webhook address."""

    line: FakeLine
    hook: str
    talks: dict[str, Talk] = field(default_factory=dict)

    def app(self) -> Starlette:
        files = [Route(f"/{name}", self._file(name)) for name in ("page.js", "page.css")]
        return Starlette(routes=[
            Route("/", self._file("page.html")), *files, Route("/thread", self._thread), Route("/act", self._act, methods=["POST"]),
            Route("/photo", self._photo, methods=["POST"]),
        ])

    def _file(self, name: str) -> Any:
        async def answer(request: Request) -> Response:
            return FileResponse(HERE / name, headers={"content-security-policy": POLICY, "cache-control": "no-store"})

        return answer

    def _talk(self, who: str) -> Talk:
        """The talk with all that has been delivered by now."""
        talk = self.talks.setdefault(who, Talk())
        received = self.line.resident(who).received
        talk.entries += [{"message": message} for message in received[talk.seen :]]
        talk.seen = len(received)
        return talk

    async def _thread(self, request: Request) -> Response:
        after = int(request.query_params.get("after", "0"))
        talk = self._talk(request.query_params["who"])
        refused = [{"status": one.status, "why": one.why} for one in self.line.refused[-3:]]
        return JSONResponse({"entries": talk.entries[after:], "total": len(talk.entries), "refused": refused})

    async def _act(self, request: Request) -> Response:
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return JSONResponse({"status": 403}, 403)  # another page in the same browser
        act = await request.json()
        resident, kind = self.line.resident(act["who"]), act["kind"]
        shown = act.get("text", "")
        match kind:
            case "say":
                event = resident.says(act["text"])
            case "tap":
                event, shown = resident.taps(act["action"]), act["action"].get("displayText") or act["action"].get("text", "")
            case "sticker":
                event, shown = resident.sticker(), "（スタンプ）"
            case "follow":
                event, shown = resident.follows(), "（友だちに追加しました）"
            case "unsend":
                event, shown = resident.unsends(act["id"]), "（送信を取り消しました）"
            case _:
                return JSONResponse({"status": 422}, 422)
        return await self._sent(act["who"], event, shown)

    async def _photo(self, request: Request) -> Response:
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return JSONResponse({"status": 403}, 403)
        content, who = await request.body(), request.query_params["who"]
        if len(content) > LONGEST:
            return JSONResponse({"status": 413}, 413)
        mime = request.headers.get("content-type", "image/jpeg")
        return await self._sent(who, self.line.resident(who).sends("image", content=content, mime=mime), "（写真）")

    async def _sent(self, who: str, event: Event, shown: str) -> Response:
        """To the webhook; what it answered is shown, so that a wrong secret or address is seen at once."""
        talk = self._talk(who)
        entry: dict[str, Any] = {"mine": shown, "id": event.get("message", {}).get("id")}
        try:
            entry["status"] = (await self.line.post(self.hook, event)).status_code
        except httpx.HTTPError as why:
            entry["status"] = type(why).__name__
        talk.entries.append(entry)
        return JSONResponse({"status": entry["status"]})
