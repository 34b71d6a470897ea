"""What a resident asks about the front door itself: who reads it, whether it costs, whether anybody is told, when they hear.

The words are data (`knowledge/base/lexicon/asides.yaml`; triage gives them as reasons and changes no decision for them); each is
answered by the reply of its name, from the town's own settings. Pure: a decision and what was said before, in; words out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bots.types import Card, Outgoing
from handoff.intake.clauses import ERASE, ERASE_ROOM, beside, clause_of, is_letter
from handoff.intake.directions import ASK_MORE
from handoff.intake.receiving import writer_is_a_child
from handoff.intake.scene import Scene
from handoff.intake.state import State
from handoff.intake.taps import Door
from handoff.intake.voice import CARDS_AT_MOST, Voice
from knowledge.schema import Window
from triage.types import Decision, Span

PREFIX = "aside_"
OPENING, FEELINGS, CALL_ME = "aside_opening", "aside_feelings", "aside_call_me"
CALL_OFF, ANGER, STAFF, WELCOME = "aside_call_off", "aside_anger", "aside_staff", "aside_welcome"
TAKES_BACK = frozenset({CALL_OFF, "aside_mind_changed", "aside_leave"})
"""What says that they have changed their mind."""
ALSO = {"ask_progress": "aside_when"}
CORRECTION = "aside_correction"
SIGNALS = {OPENING, FEELINGS, CORRECTION}
"""Heard, but nothing is asked by them."""
ROOM = 12
"""So many letters may stand beside it in its clause: with more, the clause is about something else."""
ROOMS = {ERASE: ERASE_ROOM, "aside_cost": 2, "aside_leave": 2, "aside_understood": 4, "aside_reader": 7, "aside_mind_changed": 6}
TELLING = 8
"""A turn that says so many letters more tells something."""
CALLS_STAFF = {CALL_ME, CALL_OFF, ERASE, "aside_staff", "aside_visit", "aside_turned_away"}
IN_DIRECTIONS = {"aside_phone", "aside_come", "aside_now", "aside_when", "aside_staff", "aside_bring", "aside_welcome"}
"""Answered by the very answer that names a window for the first time."""
NEED_A_MATTER = {"aside_now", "aside_bring", "aside_booking"}
OF_A_SUBJECT = {"aside_phone", "aside_come", "aside_cost"}
"""Asked of a service or of another desk's matter, they are that answer's."""
SHOWS_PLACES = {"aside_phone", "aside_come", "aside_booking", "aside_access"}
CLOSES = {"aside_leave": "chat_goodbye", "aside_understood": "chat_after_route", "aside_mind_changed": "aside_mind_changed"}
"""What ends a talk for now. Who is in danger is not let go, nor who begins with it."""
SHOWS_HELP = {"aside_phone", "aside_now", "aside_staff", "aside_call_me"}
"""In danger these are answered with who can be reached at once."""
OTHER_NAMES = {"aside_phone": ("tap_call",), "aside_visit": ("route_outreach",), ERASE: ("erase",),
               "aside_bring": ("no_papers_needed", "bring_papers")}


@dataclass(frozen=True, slots=True)
class Heard:
    """asked: ids in the order of the words. tells: the turn says something of its own; needs: of that, words of need;

    opening: it announces that something is to be said; feelings: it tells how its writer feels; corrects: it puts right what
    was said before.
    """

    asked: tuple[str, ...] = ()
    tells: bool = True
    needs: bool = False
    opening: bool = False
    feelings: bool = False
    corrects: bool = False

    @property
    def alone(self) -> bool:
        """Nothing but questions about the front door."""
        return bool(self.asked) and not self.tells

    @property
    def only_opening(self) -> bool:
        return self.opening and not self.tells and not self.asked


@dataclass(frozen=True, slots=True)
class Said:
    """The answers, in one bubble (None: nothing is asked). doors: of LINE; calls: staff are needed for it."""

    bubble: Outgoing | None = None
    doors: tuple[Door, ...] = ()
    calls: bool = False


def heard(decision: Decision, scene: Scene, state: State) -> Heard:
    """What this turn asks, and whether it says more."""
    text, since = decision.text, scene.since
    now = {
        ALSO.get(reason.rule, reason.rule): tuple(span for span in reason.evidence if span[1] > since)
        for reason in decision.reasons
    }
    if "aside_mind_changed" in now:
        now.pop("aside_leave", None)  # 「もういいです」 is one thing said, and answered once
    if CALL_OFF in now:
        now = {rule: spans for rule, spans in now.items() if rule not in (CALL_ME, "aside_phone", "aside_mind_changed")}
    found: dict[str, Span] = {}
    taken: list[Span] = []
    for rule, spans in now.items():
        for span in spans:
            clause = clause_of(text, span)
            if rule.startswith(PREFIX) and rule not in (FEELINGS, CORRECTION) and beside(text, clause, span) <= ROOMS.get(rule, ROOM):
                found.setdefault(rule, span)
                taken.append(clause)
            elif rule.startswith("chat_"):
                taken.append(span)
    outside = {rule for rule, spans in now.items() if any(not _within(span, taken) for span in spans)}
    needs = not outside.isdisjoint(scene.knowledge.troubles)
    feelings = FEELINGS in now and bool(now[FEELINGS])
    rest = _letters(text, since, taken)
    asked = _answerable(sorted(found.keys() - SIGNALS, key=lambda rule: found[rule]), decision, scene, state)
    return Heard(tuple(asked), needs or feelings or rest >= TELLING, needs, OPENING in found, feelings, bool(now.get(CORRECTION)))


def _answerable(found: Iterable[str], decision: Decision, scene: Scene, state: State) -> Iterator[str]:
    """Without what belongs to another answer; how it went on with a neighbour is nobody's to hear."""
    if "neighbour" in decision.about or "outreach" in decision.patterns:
        found = (rule for rule in found if rule != "aside_when")
    known = state.ticket or bool(decision.crisis)
    elsewhere = decision.action == "other" or (decision.action == "info" and scene.answer is not None)
    for rule in found:
        if rule == WELCOME and decision.fields and not known:  # then the window is the answer
            continue
        if rule in CLOSES and (decision.crisis or not scene.since):
            continue
        if known or not (rule in NEED_A_MATTER or (elsewhere and rule in OF_A_SUBJECT)):
            yield rule


def _letters(text: str, since: int, taken: Iterable[Span]) -> int:
    covered = {at for begin, end in taken for at in range(begin, end)}
    return sum(is_letter(text[at]) for at in range(since, len(text)) if at not in covered)


def _within(span: Span, taken: Iterable[Span]) -> bool:
    return any(begin <= span[0] and span[1] <= end for begin, end in taken)


def angry(state: State) -> bool:
    """They have been angry with us, and have not been asked yet what it is about."""
    return ANGER in state.noted and ASK_MORE not in state.asked


def once(said: Outgoing, before: Iterable[Outgoing]) -> Outgoing:
    """Without the lines that stand in the answer already."""
    known = {line for bubble in before for line in bubble.text.split("\n")}
    return replace(said, text="\n".join(line for line in said.text.split("\n") if line not in known))


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers what is asked. windows: of the matter, as far as it has been named; places: who can be reached in danger;

    known: staff have the matter.
    """

    voice: Voice
    decision: Decision
    scene: Scene
    windows: tuple[Window, ...] = ()
    places: tuple[Card, ...] = ()
    known: bool = False

    def to(self, asked: Iterable[str], *, again: bool = False, noted: str | None = None) -> Said:
        """One bubble for all of it. again: the same was asked just before; noted: what is said to a number or a time to be
        telephoned at, which stand in the turn.
        """
        ids = [rule for rule in asked if not (noted and rule == CALL_ME)]
        lines = list(dict.fromkeys(line for rule in ids for line in self._lines(rule)))
        if again and ANGER in ids:
            ids, lines = [STAFF], list(self._lines(STAFF))  # who is angry still is not told what was told before
        elif again and lines and CLOSES.keys().isdisjoint(ids):
            ids, lines = [], [self.voice.say("aside_again")]
        if noted:
            lines.append(self.voice.say(noted))
        if not lines:
            return Said()
        on_line = self.scene.channel == "line" and CALL_ME in ids
        bubble = Outgoing("\n".join(lines), cards=self._cards(ids))
        return Said(bubble, ("phone",) if on_line else (), calls=bool(noted) or not CALLS_STAFF.isdisjoint(ids))

    def _lines(self, rule: str) -> Iterator[str]:
        voice = self.voice
        if rule in ("aside_when", "aside_staff", "aside_night", "aside_now"):
            yield voice.reading()
        if rule == "aside_come" and not voice.open:
            yield voice.reading()
        if rule in ("aside_now", "aside_phone") and self.places:
            rule = "crisis_contacts_child" if writer_is_a_child(self.decision) else "crisis_contacts"
        elif rule == "aside_night" and voice.town.municipality.night in ("duty_desk", "on_call"):
            rule = "aside_night_duty"
        elif rule == "aside_secret" and writer_is_a_child(self.decision):
            rule = "crisis_child_promise"
        elif rule == "aside_secret" and "neighbour" in self.decision.about:
            rule = "report_secret"
        elif rule == CALL_ME and self.scene.channel == "line":
            rule = "tap_phone"
        if rule in CLOSES:
            rule = CLOSES[rule] if self.known else "chat_goodbye"
        for name in OTHER_NAMES.get(rule, (rule,)):
            yield voice.say(name)

    def _cards(self, ids: list[str]) -> tuple[Card, ...]:
        if self.places and SHOWS_HELP & set(ids):
            return self.places
        if SHOWS_PLACES.isdisjoint(ids):
            return ()
        cards, general = self.voice.window_cards(self.windows, self.decision.topics), self.voice.general_card()
        if self.decision.crisis or not cards:
            return cards or (general,)
        return (*cards[: CARDS_AT_MOST - 1], general) if general.telephone and not any(card.telephone for card in cards) else cards
