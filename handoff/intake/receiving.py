"""How a resident's words are received: the first sentence of an answer, and the short lines for what is added later.

By who writes about whom, by what is told now and by how much has been added before; never by chance. Pure.
"""

from collections.abc import Iterable

from bots.types import MediaKind
from handoff.intake.state import State
from triage.types import Decision

OF_MONEY = {"no_money", "no_income", "low_income", "debt", "arrears", "rent_arrears", "housing_loss", "no_food",
            "lifeline_cut", "welfare_benefit"}
LATER = ("ack_more_1", "ack_more_2")
FEELINGS = ("ack_feeling", "ack_feeling_more")
LONGEST_AGE = 8
"""「中学2年です」; who writes more tells something."""
IN_DANGER = ("crisis_more_1", "crisis_more_2")
BETWEEN_QUESTIONS = ("ack", "ack_next")
"""Before the first question and the second; the third stands alone."""
OF_FEELINGS = ("ack_feeling_first", "ack_feeling")
OF_A_CHILD = ("ack_added_child", "ack_more_child")


def of_media(kinds: Iterable[MediaKind], *, buttons: bool, held: bool) -> list[str]:
    """The line of each kind, once. buttons: a question waits with its buttons; held: staff have it, and a sticker is said to them."""
    lines = [f"media_{kind}" for kind in dict.fromkeys(kinds) if not (held and kind == "sticker")]
    return ["media_audio_words" if line == "media_audio" and not buttons else line for line in lines]


def writer_is_a_child(decision: Decision) -> bool:
    return any(
        person.role == "self" and person.age is not None and person.age[1] < 18 for person in decision.household
    )


def only_an_age(decision: Decision, texts: tuple[str, ...]) -> bool:
    """「13です」: who writes, and nothing yet of what it is about."""
    household = decision.household
    brief = sum(map(len, texts)) <= LONGEST_AGE and not decision.needs
    return brief and [person.role for person in household] == ["self"] and household[0].age is not None


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
    if "bereavement" in needs or any(person.deceased for person in decision.household):
        return "ack_bereavement"
    if needs & OF_MONEY:
        return "ack_money"
    return "ack_self" if about == {"self"} else "ack_family" if about - {"unknown", "self"} else "ack"


def added(state: State, *, feelings: bool, danger: bool = False, child: bool = False, corrects: bool = False) -> str:
    """The line for what comes after the first answer: the first is explained, later ones are short and never the same twice
    running. feelings: the turn tells how its writer feels; danger: this talk has told of danger; child: a child writes; corrects: it puts right what was said.
    """
    if danger:
        return IN_DANGER[state.added % 2]
    if corrects:
        return "ack_corrected"
    if child:
        return OF_A_CHILD[state.added % 2]
    if feelings:
        return FEELINGS[state.added % 2]
    return LATER[state.added % 2] if state.added else "ack_added"


def between_questions(
    decision: Decision, state: State, *, since: int, declined: bool, feelings: bool
) -> str | None:
    """What stands before the next question; None before a third. declined: the last was not to be answered.

    Received for what this turn tells: how its writer feels, a death, that a child writes. since: where the turn begins.
    """
    if declined:
        return "ack_choice_unknown"
    if any(one.deceased and any(end > since for _, end in one.evidence) for one in decision.household):
        return "ack_bereavement"
    if not state.asked and writer_is_a_child(decision):
        return "ack_child"
    if feelings and len(state.asked) < len(OF_FEELINGS):
        return OF_FEELINGS[len(state.asked)]
    return BETWEEN_QUESTIONS[len(state.asked)] if len(state.asked) < len(BETWEEN_QUESTIONS) else None
