"""Somebody to talk to while nobody reads here: one place for who writes at night of how they feel, and of nothing else yet.

Once in an episode, above the question that may follow. No danger is told, so nothing is raised by it. Pure.
"""

from dataclasses import replace

from bots.types import Outgoing
from handoff.intake.receiving import writer_is_a_child
from handoff.intake.scene import Plan
from handoff.intake.sunk import NOTED as SUNK
from handoff.intake.voice import Voice
from triage.types import Decision

NOTED = "company"
ALONE = "loneliness"


def offered(planned: Plan, decision: Decision, voice: Voice, *, feelings: bool) -> Plan:
    """The plan with one place that is open at this hour. feelings: the turn tells how its writer feels."""
    lonely = feelings or ALONE in decision.needs
    if voice.open or not lonely or decision.fields or not {NOTED, SUNK}.isdisjoint(planned.state.noted):
        return planned
    contacts = voice.open_contacts("suicide", urgency="urgent", audience="child" if writer_is_a_child(decision) else "anyone")
    if not contacts:
        return planned
    said = Outgoing(voice.say("night_company"), cards=(voice.contact_card(contacts[0]),))
    return replace(planned, bubbles=planned.also(said), state=planned.state.noting(NOTED), quiet=True)
