"""Groups and rooms: no place for a consultation, where others read along. Said once, kindly; then we leave.

Nothing of a group is stored: neither words nor its id outlive the moment. Where leaving fails the next event tries
again, but the sentence is not said twice within the hour.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from bots.channel import Platform
from bots.errors import SendError
from bots.types import Address, Incoming, InGroup, Outgoing
from handoff.intake.inbox import Claim
from handoff.intake.outbox import REPLY_TOKEN_LIFE

SAID_AGAIN_AFTER = timedelta(hours=1)
REMEMBERED = 1_000
Key = tuple[UUID, str]


@dataclass
class Groups:
    """parsers: how to read a raw event of each channel; refusal: what a town says; welcome: chats where staff want us."""

    channel_of: Callable[[UUID], Awaitable[Platform | None]]
    parsers: Mapping[str, Callable[[Mapping[str, Any]], Incoming]]
    refusal: Callable[[str], Outgoing]
    welcome: Callable[[UUID], Awaitable[frozenset[str]]]
    _said: dict[Key, datetime] = field(default_factory=dict)

    async def answer(self, claim: Claim, *, now: datetime) -> bool:
        """Say it and leave, if this claim is a group's. False when it is none. No transaction is open meanwhile."""
        incoming = self._group(claim)
        if incoming is None or incoming.address is None:
            return False
        if incoming.address in await self.welcome(claim.account_id):
            return True
        channel = await self.channel_of(claim.account_id)
        if channel is not None and incoming.may_answer:
            await self._say(channel, claim, incoming, now=now)
            await channel.leave(incoming.address)
        return True

    def _group(self, claim: Claim) -> Incoming | None:
        """The newest event of a group; None for a claim of a person's."""
        parse = self.parsers.get(claim.channel)
        if parse is None:
            return None
        read = [parse(item.raw) for item in claim.items if isinstance(item.raw, Mapping)]
        return next((one for one in reversed(read) if isinstance(one.what, InGroup) and one.what.leavable), None)

    async def _say(self, channel: Platform, claim: Claim, incoming: Incoming, *, now: datetime) -> None:
        assert incoming.address is not None
        key = (claim.account_id, incoming.address)
        said = self._said.get(key)
        if said is not None and now - said < SAID_AGAIN_AFTER:
            return
        late = incoming.redelivered or now - incoming.at >= REPLY_TOKEN_LIFE
        token = None if late else incoming.reply_token
        retry_key = str(uuid5(claim.account_id, f"group {claim.items[-1].id}"))
        try:
            await channel.send(Address(incoming.address, retry_key, token), [self.refusal(claim.municipality_id)])
        except SendError:
            return  # a courtesy; leaving is what counts
        while len(self._said) >= REMEMBERED:
            del self._said[next(iter(self._said))]
        self._said[key] = now
