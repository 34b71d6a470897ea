"""A LINE platform on loopback: takes the product's calls as LINE would, and lets residents write.

`with FakeLine() as line:` → `line.url`; `line.resident("花子").says("…")` is an event, `await line.post(hook, *events)`
sends it signed; `line.accepted`, `line.refused` and `resident.texts` tell what came of it; `line.plan(fails_after())`
makes the next message call go wrong.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes import line_judge
from tests.fakes.faults import Fault, Plan
from tests.fakes.line_menus import Menus
from tests.fakes.line_residents import Event, LineResident, user_id
from tests.fakes.loopback import Loopback

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
RECEIVER = re.compile(r"[UCR][0-9a-f]{32}")
BOT = user_id("bot")
TOKEN_LIFE = 60.0
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True)
class Accepted:
    """One call that LINE took: how ("reply", "push"), to whom, what, the ids it gave, and when by the clock."""

    how: str
    to: str
    messages: list[dict[str, Any]]
    ids: list[str]
    request_id: str
    retry_key: str | None = None
    at: float = 0.0


@dataclass(frozen=True)
class Refused:
    """One call that LINE refused, and why."""

    path: str
    status: int
    why: list[str]


@dataclass(frozen=True)
class _ReplyToken:
    to: str
    issued: float


class FakeLine:
    """clock: monotonic seconds, for the age of reply tokens; now: Unix seconds, for event times.

    openapi False spares the slowest judge (35 ms for a turn with cards), for load and chaos. judging False: none looks at
    what comes (7 ms more), where a bench is to measure us and not our fake.
    """

    def __init__(self, *, token: str = "line-token", secret: str = "line-secret", openapi: bool = True,
                 judging: bool = True, clock: Callable[[], float] = time.monotonic, now: Callable[[], float] = time.time,
                 port: int = 0) -> None:
        self.token, self.secret = token, secret
        self.accepted: list[Accepted] = []
        self.refused: list[Refused] = []
        self.conflicts: list[str] = []
        self.loading: list[str] = []
        self.left: list[str] = []
        self.quota: int | None = None
        self.knows_keys = True
        """False: as if every push came without a retry key, which is what the key is for."""
        self.menus = Menus()
        self._clock, self._now, self._openapi, self._judging = clock, now, openapi, judging
        self._plan = Plan()
        self._blocked: set[str] = set()
        self._delivered: dict[str, list[dict[str, Any]]] = {}
        self._reply_tokens: dict[str, _ReplyToken] = {}
        self._retry_keys: dict[str, tuple[bytes, Accepted]] = {}
        self._contents: dict[str, tuple[bytes, str]] = {}
        self.content_answers: list[int] = []
        """Statuses of the next requests for content; after them the content itself."""
        self.most_at_once = 0
        """How many calls were in the making at one moment; only those that a fault delays are counted."""
        self._at_once = 0
        self._count = 0
        self._server = Loopback(self._app(), port=port)

    def __enter__(self) -> Self:
        if self._openapi:
            line_judge.read_spec()
        self._server.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.__exit__(kind, error, at)

    @property
    def url(self) -> str:
        """Where the product should send: LINE_API_URL and LINE_DATA_API_URL."""
        return self._server.url

    def plan(self, *faults: Fault | None) -> None:
        """The next message calls go wrong like this, one after the other; None: one that goes well."""
        self._plan.queued.extend(faults)

    def plan_each(self, chooser: Callable[[int], Fault | None] | None) -> None:
        """Every message call is asked: its number counts from 0."""
        self._plan.chooser = chooser

    def resident(self, name: str) -> LineResident:
        """A person, the same for the same name."""
        return LineResident(self, user_id(name))

    def signed(
        self, *events: Event, redelivery: bool = False, body: bytes | None = None,
    ) -> tuple[bytes, dict[str, str]]:
        """A webhook body of these events (or any bytes) and the headers LINE would send with it."""
        if body is None:
            context = {"deliveryContext": {"isRedelivery": redelivery}}
            listed = [{**event, **context} for event in events]
            body = json.dumps({"destination": BOT, "events": listed}, ensure_ascii=False).encode()
        mac = hmac.new(self.secret.encode(), body, hashlib.sha256).digest()
        signature = base64.b64encode(mac).decode()
        return body, {"x-line-signature": signature, "content-type": "application/json; charset=utf-8"}

    async def post(
        self, hook: str, *events: Event, redelivery: bool = False, body: bytes | None = None,
    ) -> httpx.Response:
        """Deliver a webhook, as LINE does: 2 s for an answer."""
        content, headers = self.signed(*events, redelivery=redelivery, body=body)
        async with httpx.AsyncClient(timeout=2.0) as client:
            return await client.post(hook, content=content, headers=headers)

    # what residents need (`line_residents.Platform`)

    def event_head(self) -> Event:
        """mode, time and a fresh event id (a ULID)."""
        milliseconds = int(self._now() * 1000)
        number = (milliseconds << 80) | self._next()
        ulid = "".join(CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))
        return {"mode": "active", "timestamp": milliseconds, "webhookEventId": ulid,
                "deliveryContext": {"isRedelivery": False}}

    def new_message_id(self) -> str:
        """A fresh message id."""
        return str(590_000_000_000_000_000 + self._next())

    def issue_reply_token(self, to: str) -> str:
        """A fresh reply token: one use, 60 s."""
        token = hashlib.md5(f"{self._next()}".encode(), usedforsecurity=False).hexdigest()
        self._reply_tokens[token] = _ReplyToken(to, self._clock())
        return token

    def keep_content(self, message_id: str, content: bytes, mime: str) -> None:
        """What GET …/content answers for a message."""
        self._contents[message_id] = (content, mime)

    def delivered_to(self, to: str) -> Sequence[Mapping[str, Any]]:
        """What reached a person's or group's screen."""
        return self._delivered.get(to, [])

    def block(self, user_id: str, *, blocked: bool) -> None:
        """Whether the person has blocked the account."""
        (self._blocked.add if blocked else self._blocked.discard)(user_id)

    # the platform's side

    def _app(self) -> Starlette:
        return Starlette(routes=[
            Route("/v2/bot/message/push", self._push, methods=["POST"]),
            Route("/v2/bot/message/reply", self._reply, methods=["POST"]),
            Route("/v2/bot/chat/loading/start", self._loading, methods=["POST"]),
            Route("/v2/bot/{where:str}/{id:str}/leave", self._leave, methods=["POST"]),
            Route("/v2/bot/message/{id:str}/content", self._content),
            Route("/v2/bot/message/quota", self._quota),
            Route("/v2/bot/message/quota/consumption", self._consumption),
            Route("/v2/bot/richmenu/validate", self._menu, methods=["POST"]),
            Route("/v2/bot/richmenu/list", self._menu_list),
            Route("/v2/bot/richmenu", self._menu, methods=["POST"]),
            Route("/v2/bot/richmenu/{id:str}/content", self._menu_picture, methods=["POST"]),
            Route("/v2/bot/user/all/richmenu/{id:str}", self._menu_for_all, methods=["POST"]),
            Route("/v2/bot/richmenu/{id:str}", self._menu_drop, methods=["DELETE"]),
        ])

    async def _push(self, request: Request) -> Response:
        body, raw, refusal = await self._judged(request, "PushMessageRequest")
        if refusal:
            return refusal
        key = request.headers.get("x-line-retry-key") if self.knows_keys else None
        if key is not None and not UUID.fullmatch(key):
            return self._refuse(request, 400, ["The retry key is invalid"])
        if not RECEIVER.fullmatch(body["to"]):
            return self._refuse(request, 400, ["The property, 'to', in the request body is invalid"])
        if key in self._retry_keys:
            return self._conflict(request, key, raw)
        if self.quota is not None and sum(call.how == "push" for call in self.accepted) >= self.quota:
            return self._refuse(request, 429, ["You have reached your monthly limit."])
        return await self._take(request, "push", body["to"], body["messages"], raw=raw, key=key)

    async def _reply(self, request: Request) -> Response:
        body, raw, refusal = await self._judged(request, "ReplyMessageRequest")
        if refusal:
            return refusal
        if "x-line-retry-key" in request.headers:
            return self._refuse(request, 400, ["The retry key is not supported here"])
        known = self._reply_tokens.get(body["replyToken"])
        if known is None or self._clock() - known.issued > TOKEN_LIFE:
            return self._refuse(request, 400, ["Invalid reply token"])
        return await self._take(request, "reply", known.to, body["messages"], raw=raw, token=body["replyToken"])

    async def _take(self, request: Request, how: str, to: str, messages: list[dict[str, Any]], *, raw: bytes,
                    key: str | None = None, token: str | None = None) -> Response:
        fault = self._plan.next()
        call = None
        if fault is None or fault.accept:
            call = Accepted(how, to, messages, [self.new_message_id() for _ in messages], f"r-{self._next()}", key,
                            self._clock())
            self._keep(call, raw, token)
        if fault and fault.delay:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            await asyncio.sleep(fault.delay)
            self._at_once -= 1
        if fault and fault.status:
            return self._refuse(request, fault.status, [fault.message], retry_after=fault.retry_after)
        assert call is not None
        return JSONResponse(_sent(call), headers={"x-line-request-id": call.request_id})

    def _keep(self, call: Accepted, raw: bytes, token: str | None) -> None:
        self.accepted.append(call)
        if call.retry_key is not None:
            self._retry_keys[call.retry_key] = (raw, call)
        if token is not None:
            del self._reply_tokens[token]
        if call.to not in self._blocked:
            self._delivered.setdefault(call.to, []).extend(call.messages)

    def _conflict(self, request: Request, key: str, raw: bytes) -> Response:
        first_raw, first = self._retry_keys[key]
        if json.loads(first_raw) != json.loads(raw):
            return self._refuse(request, 400, ["The retry key was used for another body"])
        self.conflicts.append(key)
        body = {"message": "The retry key is already accepted", **_sent(first)}
        headers = {"x-line-request-id": f"r-{self._next()}", "x-line-accepted-request-id": first.request_id}
        return JSONResponse(body, 409, headers)

    async def _loading(self, request: Request) -> Response:
        body, _, refusal = await self._judged(request, "ShowLoadingAnimationRequest")
        if refusal:
            return refusal
        self.loading.append(body["chatId"])
        return JSONResponse({}, 202)

    async def _leave(self, request: Request) -> Response:
        if refusal := self._unauthorised(request):
            return refusal
        group, where = request.path_params["id"], request.path_params["where"]
        if {"group": "C", "room": "R"}.get(where) != group[:1]:
            return self._refuse(request, 400, ["The value for the 'groupId' parameter is invalid"])
        self.left.append(group)
        return JSONResponse({})

    async def _content(self, request: Request) -> Response:
        if refusal := self._unauthorised(request):
            return refusal
        if self.content_answers:
            return self._refuse(request, self.content_answers.pop(0), ["as planned"])
        found = self._contents.get(request.path_params["id"])
        return Response(found[0], media_type=found[1]) if found else self._refuse(request, 404, ["Not found"])

    async def _quota(self, request: Request) -> Response:
        limited = {"type": "limited", "value": self.quota} if self.quota is not None else {"type": "none"}
        return self._unauthorised(request) or JSONResponse(limited)

    async def _consumption(self, request: Request) -> Response:
        used = sum(call.how == "push" for call in self.accepted)
        return self._unauthorised(request) or JSONResponse({"totalUsage": used})

    async def _menu(self, request: Request) -> Response:
        body, _, refusal = await self._judged(request, "RichMenuRequest")
        if refusal:
            return refusal
        if why := self.menus.problems(body):
            return self._refuse(request, 400, why)
        if request.url.path.endswith("validate"):
            return JSONResponse({})
        menu_id = f"richmenu-{self._next():032d}"
        self.menus.described[menu_id] = body
        return JSONResponse({"richMenuId": menu_id})

    async def _menu_list(self, request: Request) -> Response:
        listed = [{"richMenuId": menu_id, **menu} for menu_id, menu in self.menus.described.items()]
        return self._unauthorised(request) or JSONResponse({"richmenus": listed})

    async def _menu_picture(self, request: Request) -> Response:
        if refusal := self._unauthorised(request):
            return refusal
        menu_id, picture = request.path_params["id"], await request.body()
        if menu_id not in self.menus.described:
            return self._refuse(request, 404, ["Not found"])
        if why := self.menus.picture_problems(menu_id, picture, request.headers.get("content-type", "")):
            return self._refuse(request, 400, why)
        self.menus.pictures[menu_id] = picture
        return JSONResponse({})

    async def _menu_for_all(self, request: Request) -> Response:
        if refusal := self._unauthorised(request):
            return refusal
        if request.path_params["id"] not in self.menus.pictures:
            return self._refuse(request, 400, ["must upload richmenu image before applying it to user"])
        self.menus.default = request.path_params["id"]
        return JSONResponse({})

    async def _menu_drop(self, request: Request) -> Response:
        if refusal := self._unauthorised(request):
            return refusal
        self.menus.described.pop(request.path_params["id"], None)
        return JSONResponse({})

    async def _judged(self, request: Request, model: str) -> tuple[Any, bytes, Response | None]:
        raw = await request.body()
        if refusal := self._unauthorised(request):
            return {}, raw, refusal
        try:
            body = json.loads(raw)
        except ValueError:
            return {}, raw, self._refuse(request, 400, ["The request body could not be parsed as JSON"])
        why = line_judge.problems(model, body, raw, openapi=self._openapi) if self._judging else []
        return body, raw, self._refuse(request, 400, why) if why else None

    def _unauthorised(self, request: Request) -> Response | None:
        if request.headers.get("authorization") == f"Bearer {self.token}":
            return None
        return self._refuse(request, 401, ["Authentication failed. Confirm that the access token is valid."])

    def _refuse(self, request: Request, status: int, why: list[str], *, retry_after: int | None = None) -> Response:
        self.refused.append(Refused(request.url.path, status, why))
        headers = {"x-line-request-id": f"r-{self._next()}"}
        if retry_after is not None:
            headers["retry-after"] = str(retry_after)
        return JSONResponse({"message": why[0]}, status, headers)

    def _next(self) -> int:
        self._count += 1
        return self._count


def _sent(call: Accepted) -> dict[str, Any]:
    return {"sentMessages": [{"id": one, "quoteToken": f"q{one}"} for one in call.ids]}
