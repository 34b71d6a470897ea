"""What to say, from a decision and what was said before. Pure: the dialogue writes, this only thinks.

The order of an answer is fixed: receiving, where to go, who reads it when, at most one question.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never
from zoneinfo import ZoneInfo

from bots.types import Choice, MediaKind, Outgoing
from handoff.desk.offices import answer_of, areas, office_for
from handoff.desk.routing import coordinator_window
from handoff.intake import foreign
from handoff.intake.contacts import Snapshot
from handoff.intake.crisis import LIVELIHOOD, Alarm, already_answered, safety_answer
from handoff.intake.state import RANK, State
from handoff.intake.taps import Door
from handoff.intake.turn import Turn
from handoff.intake.voice import Voice
from knowledge.loader import Knowledge
from knowledge.schema import Town, Window
from triage.questions import kind_of
from triage.types import Decision, Question, Reason

Why = Literal["triage", "media", "asked_enough", "parked"]
QUESTIONS_AT_MOST = 3
ASK_AREA = "ask_area"
UNKNOWN = ("choice_unknown", "わからない・言いたくない")
SPOKEN = {"audio", "image", "video", "file", "location"}
"""Media that a person has to look at; a sticker is a greeting."""

OF_MONEY = {"no_money", "no_income", "low_income", "debt", "arrears", "rent_arrears", "housing_loss", "no_food",
            "lifeline_cut", "welfare_benefit"}


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything beside the decision. texts: of this turn, which begins at `since` in the decision's text;

    fresh_crisis: crisis words in them; answer: from the FAQ.
    """

    town: Town
    knowledge: Knowledge
    windows: tuple[str, ...]
    channel: str
    texts: tuple[str, ...]
    media: tuple[MediaKind, ...]
    now: datetime
    zone: ZoneInfo
    since: int = 0
    fresh_crisis: bool = False
    answer: Outgoing | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to say and do. ticket: why staff are called; alarm: whoever is on duty is told; language: once known.

    LINE only: doors, the buttons under it (asked: the resident asked for them just now); quiet, no notification shows it.
    """

    bubbles: tuple[Outgoing, ...]
    state: State
    ticket: Why | None = None
    language: str | None = None
    doors: tuple[Door, ...] = ()
    asked: bool = False
    quiet: bool = False
    alarm: bool = False


def plan(decision: Decision, before: Snapshot, scene: Scene) -> Plan:
    """The answer to a turn that brought texts or media."""
    speaker = _Speaker(decision, before, scene)
    if decision.crisis or decision.urgency != "normal":
        return speaker.in_danger()
    if before.holder == "staff":
        return speaker.held()
    if not any(scene.texts):
        return speaker.wordless()
    if foreign.applies(decision, speaker.voice, again=foreign.ASKED in before.state.asked):
        return speaker.foreign()
    if before.state.ticket and speaker.only_small():
        return speaker.chat()
    match decision.action:
        case "route":
            return speaker.route()
        case "clarify":
            return speaker.clarify()
        case "info":
            return speaker.info()
        case "other":
            return speaker.other()
        case "chat":
            return speaker.chat()
    assert_never(decision.action)


def plan_without_words(turn: Turn, before: Snapshot, town: Town, knowledge: Knowledge, now: datetime) -> Plan:
    """A greeting for who has just come; silence for a block, an unsend and the like."""
    if not turn.followed:
        return Plan((), before.state)
    voice = Voice(knowledge, town, now, before.language)
    greeting = "greeting_again" if before.state.greeted else "greeting"
    return Plan((Outgoing(voice.say(greeting)),), replace(before.state, greeted=True), doors=("rules",))


def plan_parked(before: Snapshot, town: Town, knowledge: Knowledge, now: datetime) -> Plan:
    """The honest line when the machine could not read it."""
    voice = Voice(knowledge, town, now, before.language)
    return Plan((Outgoing(voice.say("parked") + "\n" + voice.reading()),), replace(before.state, ticket=True), doors=("open",))


@dataclass(frozen=True, slots=True)
class _Speaker:
    decision: Decision
    before: Snapshot
    scene: Scene

    @property
    def state(self) -> State:
        return self.before.state

    @property
    def voice(self) -> Voice:
        return Voice(self.scene.knowledge, self.scene.town, self.scene.now, self.language)

    @property
    def language(self) -> str:
        """The resident's language where the town answers in it, else plain Japanese for foreigners."""
        spoken = self.decision.language
        if spoken == "ja":
            return self.before.language
        return self.scene.town.speaks(spoken)

    @property
    def windows(self) -> tuple[Window, ...]:
        return tuple(self.scene.town.window(window) for window in self.scene.windows)

    def said_now(self, rule: str) -> bool:
        """Whether a reason of this rule rests on words of this turn."""
        return any(reason.rule == rule and self._now(reason) for reason in self.decision.reasons)

    def only_small(self) -> bool:
        """Thanks, a greeting or an apology is all that this turn says."""
        now = [reason.rule for reason in self.decision.reasons if self._now(reason)]
        return bool(now) and all(rule.startswith("chat_") for rule in now)

    def _now(self, reason: Reason) -> bool:
        return any(end > self.scene.since for _, end in reason.evidence)

    def _plan(self, bubbles: Iterable[Outgoing], state: State, ticket: Why | None = None) -> Plan:
        """What a person has to look at reaches one, whatever its caption says."""
        language = self.language if self.language != self.before.language else None
        if self.before.holder == "bot" and set(self.scene.media) & SPOKEN:
            ticket = ticket or "media"
        kept = tuple(bubble for bubble in bubbles if bubble.text or bubble.cards)
        doors = self._doors(called=ticket is not None)
        state = replace(state, ticket=state.ticket or ticket is not None, greeted=state.greeted or "rules" in doors)
        return Plan(kept, state, ticket, language, doors, quiet=bool(set(self.decision.crisis) - LIVELIHOOD))

    def _doors(self, *, called: bool) -> tuple[Door, ...]:
        """Until a person is called, the notice on request; from then on the town's page. A form is no help in danger."""
        if self.scene.channel != "line":
            return ()
        if not (called or self.state.ticket):
            return () if self.state.greeted and self.decision.action != "chat" else ("rules",)
        first = called and not self.state.ticket and not self.decision.crisis
        return ("open", "phone") if first else ("open",)

    # --- danger -----------------------------------------------------------------------------------------------

    def in_danger(self) -> Plan:
        """The crisis lane; for an urgent matter without a kind of crisis, the ordinary answer with its ticket."""
        held = self.before.holder == "staff"
        if not self.decision.crisis:
            return replace(self.held() if held else self.route(), ticket="triage")
        alarm = Alarm(
            self.decision, self.voice, self.windows, self.scene.channel, self.scene.town.municipality.night,
            self.state.crises,
        )
        last = self.scene.texts[-1] if self.scene.texts else ""
        reply = safety_answer(self.state, last)
        rings = self.scene.fresh_crisis or (reply or "").startswith("safe_danger")
        if not already_answered(self.decision, self.state, answers=reply is not None):
            (bubbles, state), rings = alarm.bubbles(self.state), True
        elif held and not self.scene.fresh_crisis and reply is None:
            return replace(self.held(), ticket="triage")
        else:
            bubbles, state = alarm.again(
                self.state, last, fresh=self.scene.fresh_crisis, taken_back=self.said_now("retraction")
            )
        # Nothing comes before the line that may save a life.
        said = (bubbles[0], *self._media_lines(), *bubbles[1:])
        return replace(self._plan(said, self._named(state), "triage"), alarm=rings)

    # --- staff hold it ------------------------------------------------------------------------------------------

    def held(self) -> Plan:
        """Staff have it: one line in each closed period, else silence."""
        voice = self.voice
        if voice.open or self.state.told_until == voice.opening:
            return self._plan(self._media_lines(), self.state)
        reply = "held_withdraw" if self.said_now("withdrawal") else "held_closed"
        lines = [voice.say(reply, when=voice.when)]
        if "lifeline_cut" in self.state.crises:
            lines.append(voice.say("held_lifeline"))
        return self._plan((Outgoing("\n".join(lines)),), replace(self.state, told_until=voice.opening))

    # --- media ----------------------------------------------------------------------------------------------------

    def _media_lines(self) -> tuple[Outgoing, ...]:
        """One honest line a kind, in one bubble: a person looks at it; the bot never pretends to have read it."""
        when = self.voice.when if not self.voice.open else self.voice.say("when_open_now")
        lines = [f"media_{kind}" for kind in dict.fromkeys(self.scene.media)]
        return (Outgoing(self.voice.say(*lines, when=when)),) if lines else ()

    def wordless(self) -> Plan:
        """Only media. The question that waits is not asked again; its buttons stay within reach."""
        lines = self._media_lines() or (Outgoing(self.voice.say("unreadable")),)
        return self._plan((*lines[:-1], replace(lines[-1], choices=self.before.choices)), self.state)

    # --- another language ---------------------------------------------------------------------------------------

    def foreign(self) -> Plan:
        """The fixed answer with the sixteen troubles; staff read it translated."""
        again = foreign.ASKED in self.state.asked
        said = foreign.bubbles(self.decision, self.voice, self.windows, again=again, named=self.state.windows)
        state = self.state if again else self.state.with_question(foreign.ASKED)
        state = self._named(state) if self.decision.fields else state
        return self._plan((*self._media_lines(), *said), state, "triage")

    # --- the five actions ---------------------------------------------------------------------------------------

    def route(self) -> Plan:
        """Name the window, say who reads it when, ask at most one thing that would change the picture.

        Where the answer decides between windows, it is asked first: nobody is sent to a door that may be the wrong one.
        """
        if self._reporter_asks():
            return self._plan((Outgoing(self.voice.say("reporter_no_progress")),), self.state, "triage")
        if self.state.ticket and set(self.scene.windows) <= set(self.state.windows) and not self._area_said():
            added = Outgoing(self.voice.say("ack_added"))
            return self._with_question((*self._media_lines(), added), "triage")
        if "outreach" in self.decision.patterns:
            bubbles: tuple[Outgoing, ...] = (Outgoing(self.voice.say("reporter_thanks", "reporter_danger")),)
        elif self._decides_the_window():
            received = Outgoing("\n".join((self.voice.say(self._receiving()), self._reading())))
            return self._with_question((*self._media_lines(), received), "triage", named=())
        elif self.state.ticket and self.state.windows:
            bubbles = (self._more_directions(),)
        else:
            bubbles = (self._directions(), Outgoing(self._reading()))
        return self._with_question((*self._media_lines(), *bubbles), "triage")

    def _decides_the_window(self) -> bool:
        """The question that goes with this answer chooses among places: whose age, or which area."""
        question = self.decision.question
        if question is not None and self._may_ask(question):
            return kind_of(question.id) == "ask_age"
        return bool(self._areas())

    def _area_said(self) -> bool:
        """This turn names the area that chooses among the offices of the first window."""
        return bool(self.windows) and office_for(self.windows[0], "\n".join(self.scene.texts)) is not None

    def _areas(self) -> tuple[str, ...]:
        """Areas to choose from, where the first window has several offices and nobody has said or been asked which."""
        if not self.windows or ASK_AREA in self.state.asked or len(self.state.asked) >= QUESTIONS_AT_MOST:
            return ()
        window = self.windows[0]
        return () if office_for(window, self.decision.text) else areas(window)

    def _reporter_asks(self) -> bool:
        return self.state.ticket and "outreach" in self.decision.patterns and self.said_now("ask_progress")

    def _directions(self) -> Outgoing:
        voice, town = self.voice, self.scene.town.municipality
        cards = voice.window_cards(self.windows, self.decision.topics, text=self.decision.text) or (self.voice.general_card(),)
        lines = [] if self.state.asked else [voice.say(self._receiving())]  # received when the question was put
        if len(cards) > 1:
            lines.append(voice.say("route_many"))
        else:
            lines.append(voice.say("route_one", windows="、".join(card.title for card in cards)))
        if self.decision.complex:
            lines.append(voice.say("route_coordinator", coordinator=town.coordinator.organisation))
        lines.append(voice.say("route_wrong_ok"))
        return Outgoing("\n".join(lines), cards=cards)

    def _more_directions(self) -> Outgoing:
        """Only what is new: who wrote before has read the rest."""
        voice, coordinator = self.voice, coordinator_window(self.scene.town)
        fresh = [window for window in self.scene.windows if window not in self.state.windows]
        if self._area_said():
            fresh = list(dict.fromkeys((self.scene.windows[0], *fresh)))
        taking = [window for window in map(self.scene.town.window, fresh) if window.intake]
        cards = voice.window_cards(taking, self.decision.topics, text=self.decision.text)
        lines = [voice.say("ack_added")]
        if cards:
            lines.append(voice.say("route_one", windows="、".join(card.title for card in cards)))
        if coordinator in fresh:
            lines.append(voice.say("route_coordinator", coordinator=self.scene.town.municipality.coordinator.organisation))
        return Outgoing("\n".join(lines), cards=cards)

    def _receiving(self) -> str:
        """The receiving sentence for who writes about whom."""
        about, needs = set(self.decision.about), set(self.decision.needs)
        writer_child = any(
            person.role == "self" and person.age is not None and person.age[1] < 18 for person in self.decision.household
        )
        if writer_child:
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

    def _reading(self) -> str:
        lines = [self.voice.reading()]
        if "welfare_benefit" in self.decision.needs:
            lines.insert(0, self.voice.say("welfare_benefit"))
        if "water" in self.decision.topics:
            lines.insert(0, self.voice.say("bring_water"))
        return "\n".join(lines)

    def clarify(self) -> Plan:
        """One closed question; after three, or when there is none left to ask, a person takes over."""
        voice, question = self.voice, self.decision.question
        if question is not None and self._may_ask(question):
            return self._with_question((*self._media_lines(), Outgoing(voice.say("ack"))), None)
        cards = voice.window_cards(self.windows, self.decision.topics)
        enough = Outgoing(voice.say("asked_enough") + "\n" + voice.reading(), cards=cards)
        if self.state.ticket:
            enough = Outgoing(voice.say("ack_added"))
        return self._plan((*self._media_lines(), enough), self._named(self.state), "asked_enough")

    def _may_ask(self, question: Question) -> bool:
        return kind_of(question.id) not in map(kind_of, self.state.asked) and len(self.state.asked) < QUESTIONS_AT_MOST

    def _with_question(
        self, bubbles: tuple[Outgoing, ...], ticket: Why | None, *, named: tuple[str, ...] | None = None
    ) -> Plan:
        """Add the question that triage would like to ask, if it may still be asked. named: windows shown, None all."""
        question, state = self.decision.question, self._named(self.state, named)
        if question is None or not self._may_ask(question):
            return self._with_areas(bubbles, state, ticket)
        asking = Outgoing(self.voice.say(question.id), choices=self.voice.choices(question.choices))
        return self._plan((*bubbles, asking), state.with_question(question.id), ticket)

    def _with_areas(self, bubbles: tuple[Outgoing, ...], state: State, ticket: Why | None) -> Plan:
        """Ask for the area by buttons, where the town has several offices of the window's kind."""
        found = self._areas() if self.decision.action == "route" and "outreach" not in self.decision.patterns else ()
        if not found:
            return self._plan(bubbles, state, ticket)
        choices = (*(Choice(area, answer_of(area)) for area in found), *self.voice.choices((UNKNOWN,)))
        return self._plan((*bubbles, Outgoing(self.voice.say(ASK_AREA), choices=choices)), state.with_question(ASK_AREA), ticket)

    def info(self) -> Plan:
        """An answer from the town's knowledge, else the honest word that there is none, and the window."""
        voice, cards = self.voice, self.voice.window_cards(self.windows, self.decision.topics)
        found = self.scene.answer
        answer = found if found is not None else Outgoing(voice.say("info_none"))
        after = Outgoing(voice.say("info_ask_staff"), cards=cards or (self.voice.general_card(),))
        return self._plan((*self._media_lines(), answer, after), self.state)

    def other(self) -> Plan:
        """Not welfare: passed on kindly, a card and no ticket."""
        return self._plan(
            (*self._media_lines(), Outgoing(self.voice.say("other"), cards=(self.voice.general_card(),))), self.state
        )

    def chat(self) -> Plan:
        """A human tone for a greeting, thanks, a test."""
        spoken = [reason.rule for reason in self.decision.reasons if self._now(reason)]
        reply = next((rule for rule in spoken if rule.startswith("chat_") and self.voice.knows(rule)), "chat")
        hour = self.scene.now.astimezone(self.scene.zone).hour
        if reply == "chat_greeting" and (hour >= 18 or hour < 5):
            reply = "chat_evening"
        if self.state.ticket and reply == "chat":
            reply = "chat_after_route"
        return self._plan((*self._media_lines(), Outgoing(self.voice.say(reply))), self.state)

    def _named(self, state: State, named: tuple[str, ...] | None = None) -> State:
        """Remember the windows named and how high the urgency has been."""
        windows = tuple(dict.fromkeys((*state.windows, *(self.scene.windows if named is None else named))))
        return replace(state, windows=windows, urgency=max(state.urgency, self.decision.urgency, key=RANK.__getitem__))
