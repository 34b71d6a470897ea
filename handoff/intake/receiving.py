"""How a resident's words are received: the first sentence of an answer, and the short lines for what is added later.

By who writes about whom, by what is told now and by how much has been added before; never by chance. Pure.
"""

from handoff.intake.state import State
from triage.types import Decision

OF_MONEY = {"no_money", "no_income", "low_income", "debt", "arrears", "rent_arrears", "housing_loss", "no_food",
            "lifeline_cut", "welfare_benefit"}
LATER = ("ack_more_1", "ack_more_2")
FEELINGS = ("ack_feeling", "ack_feeling_more")
IN_DANGER = ("crisis_more_1", "crisis_more_2")
BETWEEN_QUESTIONS = ("ack", "ack_next")
"""Before the first question and the second; the third stands alone."""


def writer_is_a_child(decision: Decision) -> bool:
    return any(
        person.role == "self" and person.age is not None and person.age[1] < 18 for person in decision.household
    )


def first(decision: Decision) -> str:
    """The receiving sentence for who writes about whom."""
    about, needs = set(decision.about), set(decision.needs)
    if writer_is_a_child(decision):
        return "ack_child"
    if "neighbour" in about:
        return "ack_neighbour"
    if "client" in about:
        return "ack_client"
    if needs & {"care_burden", "caring_for_parent"}:
        return "ack_carer"
    if "parenting_anxiety" in needs:
        return "ack_parenting"
    if "bereavement" in needs:
        return "ack_bereavement"
    if needs & OF_MONEY:
        return "ack_money"
    return "ack_self" if about == {"self"} else "ack_family" if about - {"unknown", "self"} else "ack"


def added(state: State, *, feelings: bool, danger: bool = False) -> str:
    """The line for what comes after the first answer: the first is explained, later ones are short and never the same twice
    running. feelings: the turn tells how its writer feels; danger: this talk has told of danger.
    """
    if danger:
        return IN_DANGER[state.added % 2]
    if feelings:
        return FEELINGS[state.added % 2]
    return LATER[state.added % 2] if state.added else "ack_added"


def between_questions(state: State, *, declined: bool) -> str | None:
    """What stands before the next question; None before a third. declined: the last was not to be answered."""
    if declined:
        return "ack_choice_unknown"
    return BETWEEN_QUESTIONS[len(state.asked)] if len(state.asked) < len(BETWEEN_QUESTIONS) else None
