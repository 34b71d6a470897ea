"""What is said where nothing was judged: to who has just come, and where the machine could not read it. Pure."""

from dataclasses import replace
from datetime import datetime

from bots.types import Choice, Outgoing
from handoff.intake.contacts import Snapshot
from handoff.intake.scene import Plan
from handoff.intake.taps import value_of
from handoff.intake.turn import Turn
from handoff.intake.voice import Voice
from knowledge.loader import Knowledge
from knowledge.schema import Town


def plan_without_words(
    turn: Turn, before: Snapshot, town: Town, knowledge: Knowledge, now: datetime, *, channel: str = "line"
) -> Plan:
    """A greeting for who has just come, with the notice one tap away; silence for a block, an unsend and the like."""
    if not turn.followed:
        return Plan((), before.state)
    voice = Voice(knowledge, town, now, before.language)
    greeting = "greeting_again" if before.state.greeted else "greeting"
    # LINE has doors of its own below a talk; elsewhere the button is a choice.
    rules = () if channel == "line" else (Choice(voice.say("button_rules"), value_of("rules", knowledge)),)
    return Plan((Outgoing(voice.say(greeting), rules),), replace(before.state, greeted=True), doors=("rules",))


def plan_parked(before: Snapshot, town: Town, knowledge: Knowledge, now: datetime) -> Plan:
    """The honest line when the machine could not read it."""
    voice = Voice(knowledge, town, now, before.language)
    return Plan((Outgoing(voice.say("parked") + "\n" + voice.reading()),), replace(before.state, ticket=True), doors=("open",))
