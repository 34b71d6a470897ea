"""気が変わった: what a resident takes back, the wish to be telephoned or the whole matter, until staff have answered it.

Nothing is closed by it: people decide. The number that was left is dropped at once, so that nobody is called against their
word. What such words look like is data (`knowledge/base/lexicon/asides.yaml`). Knows no screens.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk import tickets
from handoff.desk.standing import MIND_CHANGED
from handoff.intake import callback
from handoff.intake.asides import CALL_OFF, TAKES_BACK
from handoff.store.events import emit
from handoff.store.models import Conversation
from triage.types import Decision


async def heeded(
    session: AsyncSession, conversation: Conversation, decision: Decision, *, since: int, now: datetime
) -> None:
    """Note on the open ticket what this turn takes back. since: where the turn begins in the decision's text."""
    said = {reason.rule for reason in decision.reasons if any(end > since for _, end in reason.evidence)}
    if CALL_OFF in said:
        await callback.drop(session, conversation)
    if TAKES_BACK.isdisjoint(said):
        return
    ticket = await tickets.current(session, conversation.id)
    if ticket is not None:
        ticket.state = {**ticket.state, MIND_CHANGED: now.isoformat()}
        await emit(session, kind="ticket_changed", conversation_id=conversation.id, ticket_id=ticket.id)
