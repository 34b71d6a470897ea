"""A LINE account: what its events mean, and how a turn is handed over without doubling or losing it.

Decides by LINE's answers what to do next; knows no database and keeps nothing. Sources: LINE Developers, "Retrying
failed API requests" (retry keys exist for push, not for reply) and the reference's "Error messages".
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn
from uuid import UUID, uuid5

from bots.errors import Rejected, ReplyExpired, Retryable, Unauthorised, Uncertain
from bots.line import reading
from bots.line.client import Answer, LineClient, NoAnswer
from bots.line.content import LineContent
from bots.line.payload import Json, calls
from bots.types import Address, ChannelKind, Incoming, Outgoing, Quota, Sent

MONTHLY_LIMIT = "You have reached your monthly limit."
TOKEN_REFUSED = "Invalid reply token"  # noqa: S105 (LINE's words, no secret)
FAILED_TO_SEND = "Failed to send messages"

# A reply token lives at least 60 s from its webhook and callers give it while it is under 50 s old, so within this
# time of the first try it was still alive: if LINE calls it invalid then, the first try had used it.
_TOKEN_SURELY_ALIVE = 9.0
_LOADING_STEP, _LOADING_MOST = 5, 60


class LineChannel:
    """Made inside or outside a loop, used inside one. clock: monotonic seconds."""

    kind: ChannelKind = "line"

    def __init__(self, token: str, *, api_url: str, data_url: str | None = None, timeout: float = 10.0,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._client = LineClient(token, api_url, timeout)
        self._content = LineContent(token, data_url or api_url)
        self._clock = clock

    def parse(self, raw: Mapping[str, object]) -> Incoming:
        """See `Channel.parse`."""
        return reading.read(raw)

    async def send(self, address: Address, bubbles: Sequence[Outgoing]) -> Sent:
        """Hand a turn over: by reply token when there is one and one call is enough, else by push.

        A turn of more than five message objects goes in several pushes whose retry keys are derived from
        `address.retry_key` (a UUID), so that the whole turn may be retried and nothing arrives twice.
        """
        groups = calls(bubbles)
        if not groups:
            raise Rejected("empty")
        if address.reply_token and len(groups) == 1:
            return await self._reply(address.reply_token, groups[0])
        sent = [await self._push(address, group, number) for number, group in enumerate(groups)]
        return Sent(
            how="push" if any(part.how == "push" for part in sent) else "already",
            message_ids=tuple(one for part in sent for one in part.message_ids),
            request_id=sent[0].request_id,
        )

    async def show_loading(self, address: str, *, seconds: int = 20) -> bool:
        """Show that an answer is being prepared (1:1 chats only). A courtesy: False instead of an error."""
        steps = max(1, min(_LOADING_MOST, seconds) // _LOADING_STEP)
        try:
            return (await self._client.loading(address, steps * _LOADING_STEP)).status == 202
        except NoAnswer:
            return False

    async def leave(self, address: str) -> bool:
        """Leave a group or room; False when LINE would not or did not answer."""
        try:
            return (await self._client.leave(address)).status == 200
        except NoAnswer:
            return False

    async def quota(self) -> Quota | None:
        """The month's pushes; None when LINE would not or did not say."""
        try:
            limit, used = await self._client.quota(), await self._client.consumption()
        except NoAnswer:
            return None
        allowed, sent = limit.body.get("value"), used.body.get("totalUsage")
        if limit.status != 200 or used.status != 200 or not isinstance(sent, int):
            return None
        return Quota(allowed if isinstance(allowed, int) and limit.body.get("type") == "limited" else None, sent)

    async def fetch(self, handle: str, *, most: int) -> bytes:
        """See `Channel.fetch`. handle: the message id."""
        return await self._content.fetch(handle, most=most)

    async def close(self) -> None:
        """Close the connections."""
        await self._content.close()
        await self._client.close()

    async def _reply(self, token: str, messages: list[Json]) -> Sent:
        started = self._clock()
        try:
            answer = await self._client.reply(token, messages)
        except NoAnswer as lost:
            if not lost.reached:
                raise Retryable(lost.code) from None
            return await self._reply_again(token, messages, started)
        if answer.status >= 500:
            return await self._reply_again(token, messages, started)
        if _token_refused(answer):
            raise ReplyExpired("reply_token")
        return _accepted(answer, "reply") or _refuse(answer)

    async def _reply_again(self, token: str, messages: list[Json], started: float) -> Sent:
        """The first try may have arrived. The same token cannot be used twice, so trying it again never doubles."""
        try:
            answer = await self._client.reply(token, messages)
        except NoAnswer as lost:
            raise Uncertain(f"reply_{lost.code}") from None
        if _token_refused(answer) and self._clock() - started <= _TOKEN_SURELY_ALIVE:
            return Sent(how="already", request_id=answer.request_id)
        sent = _accepted(answer, "reply")
        if sent is None:
            raise Uncertain(f"reply_{answer.status}")
        return sent

    async def _push(self, address: Address, messages: list[Json], number: int) -> Sent:
        try:
            answer = await self._client.push(address.to, messages, retry_key=_retry_key(address.retry_key, number))
        except NoAnswer as lost:
            raise Retryable(lost.code) from None
        if answer.status == 409:
            return Sent(how="already", message_ids=answer.message_ids,
                        request_id=answer.accepted_request_id or answer.request_id)
        return _accepted(answer, "push") or _refuse(answer)


def _retry_key(key: str, number: int) -> str:
    return key if number == 0 else str(uuid5(UUID(key), str(number)))


def _accepted(answer: Answer, how: str) -> Sent | None:
    if not 200 <= answer.status < 300:
        return None
    return Sent(how="reply" if how == "reply" else "push", message_ids=answer.message_ids,
                request_id=answer.request_id)


def _token_refused(answer: Answer) -> bool:
    return answer.status == 400 and answer.message.startswith(TOKEN_REFUSED)


_REFUSALS = {404: "not_found", 410: "gone", 413: "too_large", 415: "bad_request"}


def _refuse(answer: Answer) -> NoReturn:
    """LINE's refusals as what to do next. Only rate limits and its own faults are worth another try."""
    match answer.status:
        case 429 if answer.message.startswith(MONTHLY_LIMIT):
            raise Rejected("quota")
        case 429:
            raise Retryable("rate_limited", answer.retry_after)
        case 401 | 403:
            raise Unauthorised("unauthorised" if answer.status == 401 else "forbidden")
        case status if status >= 500:
            raise Retryable("platform_fault", answer.retry_after)
        case 400 if answer.message.startswith(FAILED_TO_SEND):
            raise Rejected("unreachable")
        case status:
            raise Rejected(_REFUSALS.get(status, "bad_request"))
