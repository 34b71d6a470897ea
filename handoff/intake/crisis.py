"""What is said when life, safety, food or shelter is at stake: fixed, reviewed wording in a fixed order.

Receiving · who helps now, open at this hour · when staff read, honestly · one question about safety. Independent of hours,
of the dialogue's state and of who holds the conversation. Source: research/domain.md §4.3.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bots.types import Card, Choice, Outgoing
from handoff.intake.contacts import Snapshot
from handoff.intake.receiving import writer_is_a_child
from handoff.intake.state import RANK, State
from handoff.intake.voice import Voice
from knowledge.loader import Knowledge
from knowledge.schema import CrisisKind, NationalContact, Urgency, Window
from knowledge.schema.contacts import Audience
from triage.types import Decision, Reason

FIRST: tuple[CrisisKind, ...] = ("suicide", "self_harm", "medical")
LIVELIHOOD: frozenset[CrisisKind] = frozenset({"no_food", "no_shelter", "lifeline_cut"})
"""Answered by the town's own window first, not by a telephone line."""
BODY = frozenset(FIRST)
REPORTED: frozenset[CrisisKind] = frozenset({"child_abuse", "elder_abuse", "disability_abuse"})
VIOLENCE: frozenset[CrisisKind] = REPORTED | {"dv"}
"""One kind of these is easily taken for another while a story is still being told."""
KIN: frozenset[str] = frozenset({"parent", "grandparent", "child", "sibling", "other_family"})
SAFETY = {"choice_yes": "はい", "choice_no": "いいえ", "choice_decline": "こたえたくない"}
ANSWERS = {"はい": "safe_danger", "いいえ": "safe_ok", "こたえたくない": "safe_declined"}
YES = re.compile(r"(?:はい)+(?=$|[\s、。,.!！…〜ー]|です|そう)")
"""A yes with more words behind it is still a yes; a no with more words is read like any message."""
AFTERWORDS = " \u3000、。,.!！…〜ー"


@dataclass(frozen=True, slots=True)
class Alarm:
    """A crisis answer in the making. windows: the town's own that take it; channel: where it is read.

    told: the kinds that this episode has answered already.
    """

    decision: Decision
    voice: Voice
    windows: tuple[Window, ...]
    channel: str
    night: str | None
    told: tuple[CrisisKind, ...] = ()

    @property
    def kind(self) -> CrisisKind:
        """The one that is answered first: what is new, of that a body in danger, else what triage names first."""
        fresh = [kind for kind in self.decision.crisis if kind not in self.told] or self.decision.crisis
        return min(fresh, key=lambda kind: FIRST.index(kind) if kind in FIRST else len(FIRST))

    @property
    def child_writes(self) -> bool:
        return writer_is_a_child(self.decision)

    @property
    def about_self(self) -> bool:
        return "self" in self.decision.about or self.decision.about == ("unknown",)

    @property
    def among_kin(self) -> bool:
        """A family that the writer belongs to: who is hurt there, they or another, is not sure enough to say 「その人」."""
        return set(self.decision.about) <= KIN

    @property
    def of_life(self) -> bool:
        return not BODY.isdisjoint(self.decision.crisis)

    @property
    def at_edge(self) -> bool:
        return "at_edge" in self.decision.needs

    def bubbles(self, state: State) -> tuple[tuple[Outgoing, ...], State]:
        """The whole answer, and the state that remembers it."""
        first = Outgoing(self._receiving())
        second = self._places()
        text, asked = self._staff(), state
        choices: tuple[Choice, ...] = ()
        question = self._question()
        if question not in state.asked:
            text += "\n" + self.voice.say(question)
            asked = state.with_question(question)
            choices = self._safety_choices(question)
        third = Outgoing(text, choices=choices)
        crises = tuple(dict.fromkeys((*state.crises, *self.decision.crisis)))
        urgency = max(state.urgency, self.decision.urgency, key=RANK.__getitem__)
        return (first, second, third), replace(self._hours_told(asked), crises=crises, urgency=urgency)

    def _hours_told(self, state: State) -> State:
        """That nobody reads until the next opening has been said now."""
        return state if self.voice.open else replace(state, told_until=self.voice.opening)

    def _receiving(self) -> str:
        lines = []
        if self.decision.urgency == "emergency":
            lines.append("call_119" if self.kind in BODY else "call_119_110")
        lines.append(self._receiving_id())
        if self.kind == "dv" and self.channel == "web" and self.decision.urgency != "emergency":
            lines.append("call_110")  # not on a telephone, whose lock screen may show the first lines
        if self.child_writes and self.kind in {"child_abuse", "sexual_violence"}:
            lines.append("crisis_child_promise")
        return self.voice.say(*lines)

    def _receiving_id(self) -> str:
        """The wording for who writes about whom; the general one where nobody wrote a special one."""
        base = f"crisis_{self.kind}"
        if self.kind in BODY and not self.about_self:
            ending = "_other_child" if self.child_writes else "_other"
        elif self.child_writes:
            ending = "_child"
        elif self.at_edge:
            ending = "_together" if self.kind == "suicide" else "_carer"
        elif self.kind == "dv":
            ending = "" if self.about_self or "spouse" in self.decision.about else "_near" if self.among_kin else "_other"
        elif self.kind in {"elder_abuse", "disability_abuse"} and self.about_self:
            ending = "_self"
        else:
            ending = ""
        return base + ending if self.voice.knows(base + ending) else base

    def _places(self) -> Outgoing:
        """One to three places that can be reached now, and what belongs to them."""
        voice = self.voice
        cards = tuple(voice.contact_card(contact) for contact in self._open(self.decision.urgency))
        if self.kind in LIVELIHOOD or not cards:
            cards = (*voice.window_cards(self.windows[:2], self.decision.topics), *cards)[:3]
            return Outgoing(voice.say("route_wrong_ok", *self._livelihood()), cards=cards)
        lines = [voice.say("crisis_contacts_child" if self.child_writes else "crisis_contacts")]
        if self.kind == "dv":
            lines.append(voice.say("crisis_dv_close" if self.channel == "web" else "crisis_dv_line"))
        if self.kind == "sexual_violence":
            lines.append(voice.say("crisis_sexual_violence_time"))
        if self.kind in REPORTED and not self.about_self and not self.at_edge:
            lines += [self._report_line(), voice.say("report_secret")]
        return Outgoing("\n".join(lines), cards=cards)

    @property
    def shows_windows(self) -> bool:
        """The town's own windows are among the places of the whole answer."""
        return self.kind in LIVELIHOOD or not self._open(self.decision.urgency)

    def cards_besides(self, bubbles: Iterable[Outgoing]) -> tuple[Card, ...]:
        """Who helps now, for who asks where to turn; nothing where they are named in this answer already."""
        if any(bubble.cards for bubble in bubbles):
            return ()
        cards = tuple(self.voice.contact_card(contact) for contact in self._open("urgent"))
        return cards or self.voice.window_cards(self.windows[:2], self.decision.topics)

    def _open(self, urgency: Urgency) -> tuple[NationalContact, ...]:
        return self.voice.open_contacts(self.kind, urgency=urgency, audience=self._audience)

    def _livelihood(self) -> list[str]:
        needs, topics = self.decision.needs, self.decision.topics
        if self.kind not in LIVELIHOOD:
            return []
        lines = ["welfare_benefit"] if "welfare_benefit" in needs else []
        if "water" in topics or self.kind == "lifeline_cut":
            lines.append("bring_papers" if "water" not in topics else "bring_water")
        return lines or ["no_papers_needed"]

    def _report_line(self) -> str:
        telephone = self.voice.town.municipality.report_telephones.get(self.kind)
        if telephone is None:
            return self.voice.say("report_line_unknown")
        return self.voice.say("report_line", telephone=telephone)

    def _staff(self) -> str:
        """When a person reads it. Never that somebody looks at once, unless somebody is on duty."""
        voice = self.voice
        if voice.open:
            return voice.say("crisis_staff_open", "crisis_later")
        if self.night in {"duty_desk", "on_call"}:
            return voice.say("crisis_staff_duty", "crisis_later")
        return voice.say("crisis_staff_closed", "crisis_later", when=voice.when)

    def _question(self) -> str:
        if self.kind in LIVELIHOOD:
            return "ask_tonight"
        if self.kind == "medical":
            return "ask_safe_medical"
        if self.kind == "dv":
            near = self.about_self or "spouse" in self.decision.about or self.among_kin
            return "ask_safe_dv" if near else "ask_safe_other"
        if self.child_writes and self.about_self:
            return "ask_safe_child"
        if self.at_edge and self.kind in REPORTED:
            return "ask_safe_carer"
        return "ask_safe" if self.about_self else "ask_safe_other"

    def _safety_choices(self, question: str) -> tuple[Choice, ...]:
        if question == "ask_tonight":
            return self.voice.choices((
                ("choice_tonight_no_food", "食べるものがありません"), ("choice_tonight_no_place", "今夜寝る所がありません"),
                ("choice_tonight_ok", "今夜は大丈夫です"), ("choice_unknown", "わからない・言いたくない"),
            ))
        return self.voice.choices(SAFETY.items())

    def again(
        self, state: State, reply: str | None, *, fresh: bool, taken_back: bool
    ) -> tuple[tuple[Outgoing, ...], State] | None:
        """A later message of the same crisis: never the whole answer again, never a lower guard. reply: to the safety question.

        None where it tells of no danger: then it is answered for what it says.
        """
        if reply is not None:
            return self.with_contact(reply), state
        if fresh:
            return self._fresh(state)
        return (self.with_contact("crisis_taken_back"), state) if taken_back else None

    def _fresh(self, state: State) -> tuple[tuple[Outgoing, ...], State]:
        """Crisis words once more: one place, and in each closed period once that nobody reads here."""
        bubbles = self.with_contact("crisis_again")
        if not self.voice.open and state.told_until != self.voice.opening:
            bubbles = (*bubbles, Outgoing(self._staff()))
        return bubbles, self._hours_told(state)

    def with_contact(self, reply: str) -> tuple[Outgoing, ...]:
        """A reply with one place to reach: 119 or 110 for who says that it is now, else somebody to talk to."""
        now = reply.startswith("safe_danger")
        contacts = self._open("emergency" if now else "urgent")[:1]
        cards: tuple[Card, ...] = tuple(self.voice.contact_card(contact) for contact in contacts)
        cards = cards or self.voice.window_cards(self.windows[:1], self.decision.topics)
        if not cards and reply == "crisis_again":
            reply = "ack_added"
        return (Outgoing(self.voice.say(reply), cards=cards),)

    @property
    def _audience(self) -> Audience:
        return "child" if self.child_writes else "anyone"


def safety_answer(before: Snapshot, last: str) -> str | None:
    """The reply to an answer to the safety question; None when none was asked, this says something else, or staff have asked since."""
    asked = before.state.asked[-1] if before.state.asked and not before.to_staff else ""
    if not asked.startswith("ask_safe"):
        return None
    said = last.strip(AFTERWORDS)
    reply = "safe_danger" if YES.match(said) else ANSWERS.get(said)
    if reply != "safe_danger":
        return reply
    return {"ask_safe_dv": "safe_danger_dv", "ask_safe_child": "safe_danger_child"}.get(asked, reply)


def told_anew(decision: Decision, now: Iterable[Reason], knowledge: Knowledge) -> bool:
    """Words or signs of danger that nothing weakens stand in this turn. now: the reasons that rest on it."""
    standing = {reason.rule: reason.gave for reason in now if reason.weakened is None}
    if any(set(gave) & set(decision.crisis) for gave in standing.values()):
        return True
    return any(entry.kind == "crisis" and entry.id in standing for file in knowledge.lexicon for entry in file.entries)


def weighed(decision: Decision, before: Snapshot, last: str) -> Decision:
    """The decision with what a yes to the safety question adds: staff must see that it is now."""
    reply = safety_answer(before, last)
    if not decision.crisis or reply is None or not reply.startswith("safe_danger"):
        return decision
    said = (len(decision.text) - len(last), len(decision.text))
    yes = Reason("safety_yes", "いま危ないかをたずねたところ「はい」と答えました", (said,))
    return replace(decision, urgency="emergency", reasons=(yes, *decision.reasons))


def same_trouble(decision: Decision, state: State) -> bool:
    """Whether what is told now is only called by another name: violence that has been answered, and nothing graver.

    For turns that tell of no danger by their own words: nobody is given the whole answer again for 「今は落ち着いている」.
    """
    return (
        not VIOLENCE.isdisjoint(state.crises) and set(decision.crisis) <= VIOLENCE | set(state.crises)
        and RANK[decision.urgency] <= RANK[state.urgency]
    )


def already_answered(decision: Decision, state: State, *, answers: bool = False) -> bool:
    """Whether the full answer for these kinds, at this urgency, has been given in this episode.

    answers: the resident answers our own question, which raises the urgency but needs an answer of its own.
    """
    known = set(decision.crisis) <= set(state.crises)
    return known and (answers or RANK[decision.urgency] <= RANK[state.urgency])
