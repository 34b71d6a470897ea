"""What a turn says beside its matter: that its writer wants a 合言葉, or how they may be reached.

Both are answered in their own words; the matter itself goes on as if they had not been said. In danger the phrase waits:
nothing may stand between a resident and help.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bots.types import Outgoing
from handoff.intake import callback, inquiry, resume, safety
from handoff.intake.contacts import Snapshot
from handoff.intake.inbox import Claim
from handoff.intake.safety import Wish
from handoff.intake.scene import Plan
from handoff.intake.voice import Voice
from handoff.privacy.keys import KeyRing
from handoff.store.models import Conversation
from knowledge.loader import Knowledge

MASK = "（合言葉は、ここには残しません）"


@dataclass(frozen=True, slots=True)
class Reach:
    """asked: a phrase was asked for; phrase and lookup: the new one, where it can be said outside the thread.

    inquires: asks whether somebody else was here, or where they are.
    """

    wish: Wish = Wish()
    inquires: bool = False
    asked: bool = False
    phrase: str | None = None
    lookup: bytes | None = None

    async def kept(
        self, session: AsyncSession, conversation: Conversation, plan: Plan, before: Snapshot, voice: Voice
    ) -> Plan:
        """Keep it, and the plan that says so."""
        if self.asked:
            said = voice.say("phrase_in_settings")
            if self.phrase is not None and self.lookup is not None:
                await resume.keep(session, conversation, self.lookup, now=voice.now)
                said = voice.say("phrase_made", phrase=self.phrase)
            return Plan((Outgoing(said),), before.state, quiet=True)  # who reads it on a locked screen opens the talk
        if not self.wish or voice.knowledge.safe_contact is None:
            return plan
        whole = (await safety.wish_of(session, conversation.id)).with_more(self.wish)
        await safety.keep(session, conversation, whole, now=voice.now)
        noted = Outgoing(voice.say("contact_noted", how=safety.told(whole, voice.knowledge.safe_contact)))
        if plan.slight:
            return replace(plan, bubbles=(noted,), slight=False)
        first = plan.bubbles[: 1 if len(plan.bubbles) > 1 else 0]  # before a question, after the line that may save a life
        return replace(plan, bubbles=(*first, noted, *plan.bubbles[len(first) :]))

    async def heeded(self, session: AsyncSession, conversation: Conversation, *, now: datetime) -> None:
        """What the desk takes from it, once the turn's ticket is there: nothing of it changes the answer."""
        if "telephone" in self.wish.avoid:  # said after a number was left, it would be dialled all the same
            await callback.drop(session, conversation)
        await safety.hide(session, conversation.id, now=now)
        if self.inquires:
            await inquiry.note(session, conversation)


async def reach_of(
    texts: Sequence[str], claim: Claim, knowledge: Knowledge, keys: KeyRing, *, danger: bool
) -> Reach:
    """Read it from the texts of a turn. The web chat makes phrases in its settings: there the thread would keep them."""
    words = knowledge.safe_contact
    wish = safety.understood("\n".join(texts), words) if words is not None else Wish()
    inquires = inquiry.asks("\n".join(texts), knowledge.inquiry)
    if danger or not resume.asked_for(texts[-1]):
        return Reach(wish, inquires)
    if claim.channel not in ("line", "telegram"):
        return Reach(wish, inquires, asked=True)
    phrase = resume.spoken(resume.made_of(knowledge.resume_words))
    lookup = await asyncio.to_thread(resume.lookup_of, phrase, claim.municipality_id, keys)
    return Reach(wish, inquires, asked=True, phrase=phrase, lookup=lookup)


def without(payload: dict[str, Any], secret: str) -> dict[str, Any]:
    """What the thread keeps of a message that said something once."""
    return {**payload, "text": payload["text"].replace(secret, MASK)}
