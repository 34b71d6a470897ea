"""The one module that imports LINE's SDK: plain dicts out, plain `Answer`s back. It decides nothing.

Messages go past the SDK: it builds, checks and takes its models apart again for each, and then looks for a proxy in the
environment and for a password in ~/.netrc, in a thread each. LINE checks anyway, and the fake LINE holds us to the models.

The SDK's client belongs to the event loop it is made in, so it is made at the first call. Its own default timeout is
300 s and its tuple timeouts break with current aiohttp: a float is passed every time. Its debug lines carry bodies, but
its `Configuration` turns them off whatever the root logger says (a test holds it to that).
"""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from linebot.v3.messaging import (
    AsyncApiClient,
    AsyncMessagingApi,
    AsyncMessagingApiBlob,
    Configuration,
    RichMenuRequest,
    ShowLoadingAnimationRequest,
)
from linebot.v3.messaging.exceptions import ApiException

Json = Mapping[str, object]
NO_HEADERS: Mapping[str, str] = {}

_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Answer:
    """LINE's answer. message: its error text (never a resident's); retry_after in seconds."""

    status: int
    message: str = ""
    message_ids: tuple[str, ...] = ()
    request_id: str | None = None
    accepted_request_id: str | None = None
    retry_after: float | None = None
    body: Json = field(default_factory=dict, repr=False)


class NoAnswer(Exception):
    """LINE didn't answer. reached False: no connection was made, so it cannot have accepted anything."""

    def __init__(self, code: str, *, reached: bool) -> None:
        super().__init__(code)
        self.code = code
        self.reached = reached


def proxy_of(url: str) -> str | None:
    """The proxy that this machine's environment names for an address."""
    parts = urlsplit(url)
    return None if parts.hostname is None or proxy_bypass(parts.hostname) else getproxies().get(parts.scheme)


@dataclass
class LineClient:
    """Calls of one channel account. host: https://api.line.me or a loopback fake; data_host: where pictures go; proxy:
    the one on the way to an address, asked once.
    """

    token: str = field(repr=False)
    host: str
    timeout: float = 10.0
    data_host: str = "https://api-data.line.me"
    proxy: Callable[[str], str | None] = proxy_of
    _api: AsyncApiClient | None = field(default=None, init=False, repr=False)
    _session: aiohttp.ClientSession | None = field(default=None, init=False, repr=False)

    async def reply(self, reply_token: str, messages: Sequence[Json]) -> Answer:
        """POST /v2/bot/message/reply. NoAnswer."""
        return await self._send("reply", {"replyToken": reply_token, "messages": list(messages)})

    async def push(self, to: str, messages: Sequence[Json], *, retry_key: str) -> Answer:
        """POST /v2/bot/message/push with X-Line-Retry-Key, a UUID. NoAnswer."""
        return await self._send("push", {"to": to, "messages": list(messages)}, {"X-Line-Retry-Key": retry_key})

    async def loading(self, chat_id: str, seconds: int) -> Answer:
        """POST /v2/bot/chat/loading/start. seconds: 5 to 60 in steps of 5. NoAnswer."""
        request = ShowLoadingAnimationRequest(chatId=chat_id, loadingSeconds=seconds)
        return await self._ask(self._messaging().show_loading_animation_with_http_info(
            request, _request_timeout=self.timeout))

    async def quota(self) -> Answer:
        """GET /v2/bot/message/quota: body {"type": "limited", "value": n} or {"type": "none"}. NoAnswer."""
        return await self._ask(self._messaging().get_message_quota_with_http_info(_request_timeout=self.timeout))

    async def consumption(self) -> Answer:
        """GET /v2/bot/message/quota/consumption: body {"totalUsage": n}. NoAnswer."""
        return await self._ask(self._messaging().get_message_quota_consumption_with_http_info(_request_timeout=self.timeout))

    async def validate_menu(self, menu: Json) -> Answer:
        """POST /v2/bot/richmenu/validate. NoAnswer."""
        request = RichMenuRequest.from_dict(dict(menu))
        return await self._ask(self._messaging().validate_rich_menu_object_with_http_info(
            request, _request_timeout=self.timeout))

    async def create_menu(self, menu: Json) -> Answer:
        """POST /v2/bot/richmenu: body {"richMenuId"}. NoAnswer."""
        request = RichMenuRequest.from_dict(dict(menu))
        return await self._ask(self._messaging().create_rich_menu_with_http_info(request, _request_timeout=self.timeout))

    async def menu_picture(self, menu_id: str, png: bytes) -> Answer:
        """POST /v2/bot/richmenu/{id}/content, on the data host. NoAnswer."""
        async with AsyncApiClient(Configuration(access_token=self.token, host=self.data_host.rstrip("/"))) as api:
            return await self._ask(AsyncMessagingApiBlob(api).set_rich_menu_image_with_http_info(
                menu_id, png, _headers={"Content-Type": "image/png"}, _request_timeout=self.timeout))

    async def menu_for_all(self, menu_id: str) -> Answer:
        """POST /v2/bot/user/all/richmenu/{id}. NoAnswer."""
        return await self._ask(self._messaging().set_default_rich_menu_with_http_info(
            menu_id, _request_timeout=self.timeout))

    async def menus(self) -> Answer:
        """GET /v2/bot/richmenu/list: body {"richmenus": […]}. NoAnswer."""
        return await self._ask(self._messaging().get_rich_menu_list_with_http_info(_request_timeout=self.timeout))

    async def drop_menu(self, menu_id: str) -> Answer:
        """DELETE /v2/bot/richmenu/{id}. NoAnswer."""
        return await self._ask(self._messaging().delete_rich_menu_with_http_info(menu_id, _request_timeout=self.timeout))

    async def leave(self, group_or_room: str) -> Answer:
        """POST /v2/bot/{group,room}/{id}/leave; room ids begin with R. NoAnswer."""
        api = self._messaging()
        leave = api.leave_room_with_http_info if group_or_room.startswith("R") else api.leave_group_with_http_info
        return await self._ask(leave(group_or_room, _request_timeout=self.timeout))

    async def close(self) -> None:
        """Close the connections. Harmless when none was made, and twice."""
        if self._session is not None:
            await self._session.close()
            self._session = None
        if self._api is not None:
            await self._api.close()
            self._api = None

    def _messaging(self) -> AsyncMessagingApi:
        if self._api is None:
            self._api = AsyncApiClient(Configuration(access_token=self.token, host=self.host.rstrip("/")))
        return AsyncMessagingApi(self._api)

    async def _send(self, how: str, body: Json, headers: Mapping[str, str] = NO_HEADERS) -> Answer:
        url = f"{self.host.rstrip('/')}/v2/bot/message/{how}"
        with _troubles():
            async with self._opened().post(url, json=body, headers=headers, allow_redirects=False) as response:
                return _answer(response.status, response.headers, _parsed(await response.read()))

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"Authorization": f"Bearer {self.token}"}, proxy=self.proxy(self.host),
                timeout=aiohttp.ClientTimeout(total=self.timeout), connector=aiohttp.TCPConnector(limit=_AT_ONCE),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def _ask(self, call: Awaitable[Any]) -> Answer:
        with _troubles():
            try:
                response = await call
            except ApiException as refusal:
                return _answer(refusal.status, refusal.headers or {}, _parsed(refusal.body))
            except UnicodeDecodeError:
                raise NoAnswer("connection_lost", reached=True) from None
            except ValueError:  # the SDK couldn't read the body of a 2xx: accepted all the same
                return Answer(200)
            return _answer(response.status_code, response.headers, _parsed(response.raw_data))


@contextmanager
def _troubles() -> Iterator[None]:
    """The network's troubles as what they say of a call."""
    try:
        yield
    except TimeoutError:
        raise NoAnswer("timeout", reached=True) from None
    except aiohttp.ClientConnectorError:
        raise NoAnswer("no_connection", reached=False) from None
    except (aiohttp.ClientError, OSError):
        raise NoAnswer("connection_lost", reached=True) from None


def _answer(status: int, headers: Mapping[str, str], body: Json) -> Answer:
    sent = body.get("sentMessages")
    ids = [item.get("id") for item in sent if isinstance(item, dict)] if isinstance(sent, list) else []
    return Answer(
        status=status,
        message=str(body.get("message", "")),
        message_ids=tuple(str(found) for found in ids if found),
        request_id=headers.get("X-Line-Request-Id"),
        accepted_request_id=headers.get("X-Line-Accepted-Request-Id"),
        retry_after=_seconds(headers.get("Retry-After")),
        body=body,
    )


def _parsed(body: object) -> Json:
    try:
        value = json.loads(body) if isinstance(body, str | bytes) else None
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _seconds(value: str | None) -> float | None:
    return float(value) if value is not None and value.isascii() and value.isdigit() else None
