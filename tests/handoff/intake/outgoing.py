"""A resident on LINE or Telegram to whom something is said: rows of the outbox without a dialogue."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from bots.types import Outgoing
from handoff.intake import accounts, contacts, outbox
from handoff.intake.outbox import Reply
from handoff.store.db import Store
from handoff.store.models import ChannelAccount, Contact, Conversation, Message, OutboxItem
from tests.databases import at_noon

NOW = at_noon()
SECOND = timedelta(seconds=1)


@dataclass
class Resident:
    """One conversation of the town taiki."""

    store: Store
    account_id: UUID
    conversation_id: UUID
    address: str

    async def told(self, *bubbles: str, token: str | None = None, by: str = "bot", at: timedelta = timedelta(0)) -> None:
        """Bubbles of one turn into the outbox. token: a reply token that lives for 50 s."""
        now = NOW + at
        reply = Reply(token, now + timedelta(seconds=50)) if token else None
        async with self.store.town("taiki") as session:
            conversation = await session.get_one(Conversation, self.conversation_id)
            await outbox.enqueue(
                session, conversation, [Outgoing(text) for text in bubbles], sender="staff" if by == "staff" else "bot",
                reply=reply, now=now,
            )

    async def rows(self) -> list[OutboxItem]:
        async with self.store.reading("taiki") as session:
            return list(await session.scalars(
                select(OutboxItem).where(OutboxItem.conversation_id == self.conversation_id)
                .order_by(OutboxItem.first_sequence)
            ))

    async def status(self) -> list[tuple[str, str | None]]:
        return [(row.status, row.error) for row in await self.rows()]

    async def messages(self) -> list[Message]:
        async with self.store.reading("taiki") as session:
            return list(await session.scalars(
                select(Message).where(Message.conversation_id == self.conversation_id).order_by(Message.sequence)
            ))

    async def blocks(self, *, blocked: bool = True) -> None:
        async with self.store.town("taiki") as session:
            conversation = await session.get_one(Conversation, self.conversation_id)
            contact = await session.get_one(Contact, conversation.contact_id)
            contact.blocked = blocked

    async def account(self) -> ChannelAccount:
        async with self.store.reading("taiki") as session:
            return await session.get_one(ChannelAccount, self.account_id)


async def account(store: Store, kind: str = "line") -> UUID:
    async with store.town("taiki") as session:
        made = await accounts.add(
            session, municipality_id="taiki", kind=kind, mode="conversation", credentials={"token": "t"}, now=NOW
        )
        return made.id


async def resident(store: Store, account_id: UUID, name: str = "U1", *, channel: str = "line") -> Resident:
    async with store.town("taiki") as session:
        conversation = await contacts.make(
            session, municipality_id="taiki", channel=channel, account_id=account_id, address=name,
            lookup=store.keys.lookup("contact", name), keys=store.keys, now=NOW,
        )
        return Resident(store, account_id, conversation.id, name)
