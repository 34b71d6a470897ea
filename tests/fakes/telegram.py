"""A Telegram platform on loopback: the form-encoded Bot API as far as the product uses it, strict about limits.

`with FakeTelegram() as telegram:` → `telegram.url`; `telegram.resident(5).says("…")` is an update,
`await telegram.post(hook, update)` sends it; `telegram.accepted`, `telegram.refused`, `resident.texts` tell the rest.
"""

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.faults import Fault, Plan
from tests.fakes.loopback import Loopback
from tests.fakes.telegram_residents import TelegramResident, Update

SEND_PARAMETERS = {"chat_id", "text", "reply_markup", "link_preview_options"}


@dataclass(frozen=True)
class Accepted:
    """One message that Telegram took."""

    chat_id: int
    message: dict[str, Any]


@dataclass(frozen=True)
class Refused:
    """One call that Telegram refused, and why."""

    method: str
    status: int
    why: str


class FakeTelegram:
    """now: Unix seconds."""

    def __init__(self, *, token: str = "110201543:fake-token", secret: str = "telegram-secret",
                 now: Callable[[], float] = time.time) -> None:
        self.token, self.secret = token, secret
        self.accepted: list[Accepted] = []
        self.refused: list[Refused] = []
        self.acknowledged: list[str] = []
        self.left: list[int] = []
        self._now = now
        self._plan = Plan()
        self._blocked: set[int] = set()
        self._known: set[int] = set()
        self._delivered: dict[int, list[dict[str, Any]]] = {}
        self._count = 0
        self._files: dict[str, bytes] = {}
        self.waiting: list[Update] = []
        self.webhook = False
        self.hook: dict[str, Any] = {}
        routes = [
            Route("/file/bot{token:str}/files/{name:str}", self._file),
            Route("/bot{token:str}/{method:str}", self._call, methods=["POST", "GET"]),
        ]
        self._server = Loopback(Starlette(routes=routes))

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.__exit__(kind, error, at)

    @property
    def url(self) -> str:
        """Where the product should send: TELEGRAM_API_URL."""
        return self._server.url

    def plan(self, *faults: Fault | None) -> None:
        """The next sendMessage calls go wrong like this, one after the other; None: one that goes well."""
        self._plan.queued.extend(faults)

    def plan_each(self, chooser: Callable[[int], Fault | None] | None) -> None:
        """Every sendMessage is asked: its number counts from 0."""
        self._plan.chooser = chooser

    def resident(self, number: int) -> TelegramResident:
        """A person who has started the bot, the same for the same number."""
        self._known.add(number)
        return TelegramResident(self, number)

    async def post(self, hook: str, update: Update) -> httpx.Response:
        """Deliver an update, as Telegram does."""
        headers = {"x-telegram-bot-api-secret-token": self.secret}
        async with httpx.AsyncClient(timeout=10.0) as client:
            return await client.post(hook, json=update, headers=headers)

    # what residents need (`telegram_residents.Platform`)

    def new_update_id(self) -> int:
        """A fresh update id."""
        return 800_000_000 + self._next()

    def new_message_id(self) -> int:
        """A fresh message id."""
        return self._next()

    def seconds(self) -> int:
        """The platform's clock."""
        return int(self._now())

    def delivered_to(self, chat_id: int) -> Sequence[Mapping[str, Any]]:
        """What reached a chat's screen."""
        return self._delivered.get(chat_id, [])

    def block(self, chat_id: int, *, blocked: bool) -> None:
        """Whether the person has blocked the bot."""
        (self._blocked.add if blocked else self._blocked.discard)(chat_id)

    def keep_file(self, file_id: str, content: bytes) -> str:
        """What getFile leads to. Returns the file id."""
        self._files[file_id] = content
        return file_id

    # the platform's side

    async def _file(self, request: Request) -> Response:
        found = self._files.get(request.path_params["name"])
        if request.path_params["token"] != self.token or found is None:
            return Response("Not Found", 404)
        return Response(found, media_type="application/octet-stream")

    def _get_file(self, given: Mapping[str, str]) -> Response:
        file_id = given.get("file_id", "")
        if file_id not in self._files:
            return self._refuse("getFile", 400, "Bad Request: invalid file_id")
        found = {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": len(self._files[file_id]),
                 "file_path": f"files/{file_id}"}
        return JSONResponse({"ok": True, "result": found})

    def queue(self, *updates: Update) -> None:
        """What getUpdates gives until it is confirmed."""
        self.waiting.extend(updates)

    def _updates(self, given: Mapping[str, Any]) -> Response:
        if self.webhook:
            return self._refuse("getUpdates", 409, "Conflict: can't use getUpdates method while webhook is active")
        offset = int(given.get("offset") or 0)
        self.waiting = [one for one in self.waiting if one["update_id"] >= offset]
        return JSONResponse({"ok": True, "result": self.waiting})

    def _set_webhook(self, given: Mapping[str, str]) -> Response:
        """hook: where updates go from now on, with what secret, and which."""
        url, secret = given.get("url", ""), given.get("secret_token", "")
        wanted = json.loads(given.get("allowed_updates", "[]"))
        if not re.fullmatch(r"https://[^/:]+(:(443|80|88|8443))?/.*", url):
            return self._refuse("setWebhook", 400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            return self._refuse("setWebhook", 400, "Bad Request: secret token contains illegal characters")
        self.webhook, self.hook = True, {"url": url, "secret": secret, "wanted": wanted}
        return JSONResponse({"ok": True, "result": True})

    async def _call(self, request: Request) -> Response:
        method = request.path_params["method"]
        if request.path_params["token"] != self.token:
            return self._refuse(method, 401, "Unauthorized")
        if request.headers.get("content-type", "").startswith("application/json"):
            given = await request.json()
        else:
            async with request.form() as form:
                given = {key: str(value) for key, value in form.items()}
        match method:
            case "sendMessage":
                return await self._send(given)
            case "answerCallbackQuery":
                self.acknowledged.append(given["callback_query_id"])
                return JSONResponse({"ok": True, "result": True})
            case "getUpdates":
                return self._updates(given)
            case "setWebhook":
                return self._set_webhook(given)
            case "deleteWebhook":
                self.webhook, self.hook = False, {}
                return JSONResponse({"ok": True, "result": True})
            case "getFile":
                return self._get_file(given)
            case "leaveChat":
                self.left.append(int(given["chat_id"]))
                return JSONResponse({"ok": True, "result": True})
            case _:
                return self._refuse(method, 404, "Not Found")

    async def _send(self, given: Mapping[str, str]) -> Response:
        if why := next(_wrong(given), None):
            return self._refuse("sendMessage", 400, f"Bad Request: {why}")
        chat_id = int(given["chat_id"])
        if chat_id in self._blocked:
            return self._refuse("sendMessage", 403, "Forbidden: bot was blocked by the user")
        if chat_id > 0 and chat_id not in self._known:
            return self._refuse("sendMessage", 400, "Bad Request: chat not found")
        fault = self._plan.next()
        message = self._take(chat_id, given) if fault is None or fault.accept else {}
        if fault and fault.delay:
            await asyncio.sleep(fault.delay)
        if fault and fault.status:
            return self._refuse("sendMessage", fault.status, fault.message, retry_after=fault.retry_after)
        return JSONResponse({"ok": True, "result": message})

    def _take(self, chat_id: int, given: Mapping[str, str]) -> dict[str, Any]:
        chat = {"id": chat_id, "type": "private" if chat_id > 0 else "supergroup"}
        message: dict[str, Any] = {"message_id": self.new_message_id(), "date": self.seconds(), "chat": chat,
                                   "from": {"id": 1, "is_bot": True, "first_name": "bot"}, "text": given["text"]}
        if "reply_markup" in given:
            message["reply_markup"] = json.loads(given["reply_markup"])
        self.accepted.append(Accepted(chat_id, message))
        self._delivered.setdefault(chat_id, []).append(message)
        return message

    def _refuse(self, method: str, status: int, why: str, *, retry_after: int | None = None) -> Response:
        self.refused.append(Refused(method, status, why))
        parameters = {"parameters": {"retry_after": retry_after}} if retry_after is not None else {}
        return JSONResponse({"ok": False, "error_code": status, "description": why, **parameters}, status)

    def _next(self) -> int:
        self._count += 1
        return self._count


def _wrong(given: Mapping[str, str]) -> Iterator[str]:
    """What Telegram would refuse in a sendMessage; the limits are those of the Bot API, written down a second time."""
    yield from (f"unknown parameter {name}" for name in given.keys() - SEND_PARAMETERS)
    if not given.get("chat_id", "").lstrip("-").isdigit():
        yield "chat_id is invalid"
    text = given.get("text", "")
    if not text.strip():
        yield "message text is empty"
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 > 4096:
        yield "message is too long"
    if "reply_markup" in given:
        yield from _wrong_markup(json.loads(given["reply_markup"]))


def _wrong_markup(markup: Mapping[str, Any]) -> Iterator[str]:
    if markup.keys() != {"inline_keyboard"} or not markup["inline_keyboard"]:
        yield "can't parse reply keyboard markup"
        return
    for button in (button for row in markup["inline_keyboard"] for button in row):
        if not button.get("text", "").strip():
            yield "BUTTON_TEXT_INVALID"
        if "url" in button:
            if not button["url"].startswith(("https://", "http://", "tg://")) or "callback_data" in button:
                yield "BUTTON_URL_INVALID"
        elif not 1 <= len(button.get("callback_data", "").encode()) <= 64:
            yield "BUTTON_DATA_INVALID"
