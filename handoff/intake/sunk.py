"""Words of danger that sank (denied, over, unlike the whole of what is told): no alarm, and still one place to turn to.

Once in an episode, below the answer. Pure. Source: research/domain.md §4: recall first, and no fright where there is no danger.
"""

from collections.abc import Sequence
from dataclasses import replace

from bots.types import Outgoing
from handoff.intake.crisis import FIRST, LIVELIHOOD
from handoff.intake.receiving import writer_is_a_child
from handoff.intake.scene import Plan
from handoff.intake.voice import Voice
from knowledge.schema import CRISIS_KINDS, CrisisKind
from knowledge.schema.contacts import Audience
from triage.crisis import WHY
from triage.types import Decision, Reason

NOTED = "sunk"
SANK = frozenset(WHY[why] for why in ("denied", "past", "joke", "mood", "whole"))
"""Why a word sank that may still be the writer's own; a question, the news and a supposition are about others."""
OF_HURT = tuple(kind for kind in CRISIS_KINDS if kind not in LIVELIHOOD and kind != "medical")
"""Kinds that somebody may want to talk about later."""


def with_contact(planned: Plan, decision: Decision, now: Sequence[Reason], voice: Voice) -> Plan:
    """The plan with one place to turn to, where this turn has such words. now: the reasons that rest on it."""
    if decision.crisis or decision.urgency != "normal" or NOTED in planned.state.noted:
        return planned
    sank = [reason for reason in now if reason.weakened in SANK and not set(OF_HURT).isdisjoint(reason.gave)]
    if not sank:
        return planned
    audience: Audience = "child" if writer_is_a_child(decision) else "anyone"
    contacts = voice.open_contacts(_kind(sank), urgency="urgent", audience=audience)[:1]
    if not contacts:
        return planned
    over = all(reason.weakened == WHY["past"] for reason in sank)
    said = Outgoing(voice.say("crisis_past" if over else "crisis_contacts_later"), cards=tuple(map(voice.contact_card, contacts)))
    return replace(planned, bubbles=planned.also(said), state=planned.state.noting(NOTED), quiet=True)


def _kind(sank: Sequence[Reason]) -> CrisisKind:
    """What is told of; a wish to die before all else."""
    kinds = [kind for kind in OF_HURT if any(kind in reason.gave for reason in sank)]
    return min(kinds, key=lambda kind: FIRST.index(kind) if kind in FIRST else len(FIRST))
