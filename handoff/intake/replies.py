"""What to say, from a decision and what was said before. Pure: the dialogue writes, this only thinks.

The order of an answer is fixed: receiving, where to go, who reads it when, what was asked about the front door, at most one
question. `receiving.py`, `directions.py`, `asides.py` and `crisis.py` have the parts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import assert_never

from bots.types import Card, Outgoing
from handoff.desk.routing import windows_for
from handoff.intake import asides, callback, company, foreign, receiving, smalltalk, sunk
from handoff.intake.asides import Answerer, Heard
from handoff.intake.clauses import ERASE
from handoff.intake.contacts import Snapshot
from handoff.intake.crisis import LIVELIHOOD, Alarm, already_answered, safety_answer, same_trouble, told_anew
from handoff.intake.directions import ASK_AREA, ASK_MORE, UNKNOWN, Directions
from handoff.intake.scene import Plan, Scene, Why
from handoff.intake.state import RANK, State
from handoff.intake.taps import doors_of
from handoff.intake.voice import Voice
from triage.questions import kind_of
from triage.types import Decision, Reason

SPOKEN = {"audio", "image", "video", "file", "location"}
"""Media that a person has to look at; a sticker is a greeting."""
CALL_TOLD, REPORTED = "call_told", "reported"
"""Noted in the state: a number or a time was given, a reporter was thanked."""


def plan(decision: Decision, before: Snapshot, scene: Scene) -> Plan:
    """The answer to a turn that brought texts or media."""
    speaker = _Speaker(decision, before, scene, asides.heard(decision, scene, before.state))
    if decision.crisis:
        return speaker.in_danger()
    if before.holder == "staff":
        return replace(speaker.held(), ticket="triage" if decision.urgency != "normal" else None)
    if decision.urgency != "normal":
        return replace(speaker.with_asides(speaker.route()), ticket="triage")
    if not any(scene.texts):
        return speaker.wordless()
    planned = speaker.beside() or speaker.with_asides(speaker.by_action())
    planned = sunk.with_contact(planned, decision, speaker.reasons_now, speaker.voice)
    return company.offered(planned, decision, speaker.voice, feelings=speaker.heard.feelings)


@dataclass(frozen=True, slots=True)
class _Speaker:
    decision: Decision
    before: Snapshot
    scene: Scene
    heard: Heard

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
    def directions(self) -> Directions:
        return Directions(self.decision, self.state, self.scene, self.voice)

    def said_now(self, rule: str) -> bool:
        """Whether a reason of this rule rests on words of this turn."""
        return any(reason.rule == rule and self._now(reason) for reason in self.decision.reasons)

    @property
    def reasons_now(self) -> list[Reason]:
        return [reason for reason in self.decision.reasons if self._now(reason)]

    def _now(self, reason: Reason) -> bool:
        return any(end > self.scene.since for _, end in reason.evidence)

    def _plan(self, bubbles: Iterable[Outgoing], state: State, ticket: Why | None = None) -> Plan:
        """What a person has to look at reaches one, whatever its caption says."""
        language = self.language if self.language != self.before.language else None
        if self.before.holder == "bot" and set(self.scene.media) & SPOKEN:
            ticket = ticket or "media"
        kept = tuple(bubble for bubble in bubbles if bubble.text or bubble.cards)
        doors = doors_of(self.state, self.decision, called=ticket is not None) if self.scene.channel == "line" else ()
        private = state.private or receiving.writer_is_a_child(self.decision) or bool(set(self.decision.crisis) - LIVELIHOOD)
        state = replace(
            state, ticket=state.ticket or ticket is not None, greeted=state.greeted or "rules" in doors, private=private
        )
        return Plan(kept, state, ticket, language, doors, quiet=private)

    # --- danger -----------------------------------------------------------------------------------------------

    def in_danger(self) -> Plan:
        """The crisis lane, whoever holds the conversation; what is asked about the front door stands below the help."""
        held = self.before.holder == "staff"
        alarm = Alarm(
            self.decision, self.voice, self.directions.windows, self.scene.channel, self.scene.town.municipality.night,
            self.state.crises,
        )
        last = self.scene.texts[-1] if self.scene.texts else ""
        reply, fresh = safety_answer(self.before, last), self.scene.fresh_crisis or told_anew(self.decision, self.reasons_now, self.scene.knowledge)
        rings = self.scene.fresh_crisis or (reply or "").startswith("safe_danger")
        relabelled = not fresh and reply is None and same_trouble(self.decision, self.state)
        if not relabelled and not already_answered(self.decision, self.state, answers=reply is not None):
            shown = self.scene.windows[:2] if alarm.shows_windows else ()
            (bubbles, state), rings = alarm.bubbles(self._named(self.state, shown)), True
        elif held and not self.scene.fresh_crisis and reply is None:
            return replace(self.held(), ticket="triage")
        else:
            found = alarm.again(self.state, reply, fresh=fresh, taken_back=self.said_now("retraction"))
            bubbles, state = found if found is not None else self._besides_danger(alarm)
        # Nothing comes before the line that may save a life.
        said = (*bubbles[:1], *self._media_lines(), *bubbles[1:])
        planned = self.with_asides(self._plan(said, self._named(state, ()), "triage"), places=alarm.cards_besides(bubbles))
        return replace(planned, alarm=rings)

    def _besides_danger(self, alarm: Alarm) -> tuple[tuple[Outgoing, ...], State]:
        """What is said after a danger was answered and tells of none: other needs get their window, the rest is received.

        Where a life was at stake, what nobody can read keeps a place to turn to beside it.
        """
        if self.heard.alone or self._only_calls():
            return (), self.state
        if smalltalk.all_of(self.reasons_now) & smalltalk.CLOSING:
            return self.chat().bubbles, self.state
        if self._reporter_asks():
            return (Outgoing(self.voice.say("reporter_no_progress")),), self.state
        calm = replace(self.decision, crisis=(), action="clarify")
        named = windows_for(calm, self.scene.town) if self.heard.needs else ()
        fresh = [window for window in named if window not in self.state.windows]
        if fresh:
            return (self.directions.more("crisis_also", fresh),), self._named(self.state, tuple(fresh))
        hurt = not set(self.decision.crisis) <= LIVELIHOOD and "neighbour" not in self.decision.about
        if alarm.of_life and not self.reasons_now:
            return alarm.with_contact(self._added_id(danger=hurt)), self._one_more()
        return (self._added(danger=hurt),), self._one_more()

    # --- staff hold it ------------------------------------------------------------------------------------------

    def held(self) -> Plan:
        """Staff have it: one line in each closed period, else silence."""
        voice = self.voice
        if voice.open or self.state.told_until == voice.opening:
            return self._plan(self._media_lines(), self.state)
        takes_back = any(map(self.said_now, ("withdrawal", *asides.TAKES_BACK)))
        reply = "held_withdraw" if takes_back else "held_closed"
        lines = [voice.say(reply, when=voice.when)]
        if "lifeline_cut" in self.state.crises:
            lines.append(voice.say("held_lifeline"))
        return self._plan((Outgoing("\n".join(lines)),), replace(self.state, told_until=voice.opening))

    # --- media ----------------------------------------------------------------------------------------------------

    def _media_lines(self, *, buttons: bool = False) -> tuple[Outgoing, ...]:
        """One honest line a kind, in one bubble: a person looks at it; the bot never pretends to have read it."""
        when = self.voice.when if not self.voice.open else self.voice.say("when_open_now")
        lines = receiving.of_media(self.scene.media, buttons=buttons, held=self.before.holder == "staff")
        return (Outgoing(self.voice.say(*lines, when=when)),) if lines else ()

    def wordless(self) -> Plan:
        """Only media. The question that waits is not asked again; its buttons stay within reach."""
        lines = self._media_lines(buttons=bool(self.before.choices)) or (Outgoing(self.voice.say("unreadable")),)
        return self._plan((*lines[:-1], replace(lines[-1], choices=self.before.choices)), self.state)

    # --- beside the matter ----------------------------------------------------------------------------------------

    def beside(self) -> Plan | None:
        """The answer to a turn that tells nothing of a matter: questions about the front door, an opening, thanks."""
        if self.heard.alone or self._only_calls():
            bubbles = tuple(replace(one, choices=self.before.choices) for one in self._media_lines(buttons=bool(self.before.choices))[-1:])
            return self.with_asides(self._plan(bubbles, self.state))
        if foreign.applies(self.decision, self.voice, again=foreign.ASKED in self.state.asked):
            return self.foreign()
        small = smalltalk.all_of(self.reasons_now)
        if self._opens(small):
            return self._plan((*self._media_lines(), Outgoing(self.voice.say("opening"))), self.state.noting("invited"))
        if small and (self.state.ticket or (self.scene.since and self._ends(small))):
            return self.chat()
        return None

    def _opens(self, small: set[str]) -> bool:
        """Somebody announces that they have something to say, or excuses themselves, and nothing has been told or asked yet."""
        state = self.state
        if state.ticket or state.asked or "invited" in state.noted or self.scene.media:
            return False
        if receiving.only_an_age(self.decision, self.scene.texts):
            return True
        return self.heard.only_opening or (small == {"chat_sorry"} and not self.scene.since)

    def _ends(self, small: set[str]) -> bool:
        """It closes what was said; an answer to a question of ours is none."""
        return small <= smalltalk.CLOSING or (not self.state.asked and self.decision.action in ("info", "other"))

    def with_asides(self, planned: Plan, places: tuple[Card, ...] = ()) -> Plan:
        """The plan with what is asked about the front door answered in it. places: help that is named where asked for."""
        call = self._call()
        asked = tuple(rule for rule in self.heard.asked if not (self._names_windows(planned) and rule in asides.IN_DIRECTIONS))
        windows = tuple(self.scene.town.window(window) for window in self.state.windows or self.scene.windows)
        noted = ("ack_more_1" if CALL_TOLD in self.state.noted else "aside_call_noted") if call.told else None
        said = Answerer(self.voice, self.decision, self.scene, windows, places, self.state.ticket).to(
            asked, again=asked == self.state.asked_us, noted=noted
        )
        if said.bubble is None:
            return replace(planned, state=replace(planned.state, asked_us=()))
        bubble, state = asides.once(said.bubble, planned.bubbles), replace(planned.state, asked_us=asked)
        if not planned.bubbles and not state.ticket:
            bubble = replace(bubble, choices=self.before.choices)  # the question that waits stays within reach
        if asides.ANGER in asked:
            state = state.noting(asides.ANGER)
        if asides.CALL_ME in asked or call.told:
            planned, state = replace(planned, call=call), state.noting(CALL_TOLD if call.told else asides.CALL_ME)
        ticket = planned.ticket or (self._why(asked) if said.calls and not state.ticket else None)
        return replace(
            planned, bubbles=planned.also(bubble), state=replace(state, ticket=state.ticket or ticket is not None),
            ticket=ticket, doors=tuple(dict.fromkeys((*planned.doors, *said.doors))), asked=planned.asked or bool(said.doors),
            slight=False,
        )

    def _why(self, asked: Iterable[str]) -> Why:
        return "triage" if ERASE in asked else "asked_enough"

    def _names_windows(self, planned: Plan) -> bool:
        """This very plan names the first window of the matter."""
        return not self.state.ticket and planned.ticket is not None and any(bubble.cards for bubble in planned.bubbles)

    def _call(self) -> callback.Wish:
        """The number and time that this turn gives, once a call is wished."""
        if {asides.CALL_ME, CALL_TOLD}.isdisjoint((*self.heard.asked, *self.state.noted)):
            return callback.Wish()
        told = callback.told_in("\n".join(self.scene.texts), self.scene.knowledge.safe_contact)
        return replace(told, time="") if self.heard.needs or self.heard.feelings else told

    def _only_calls(self) -> bool:
        """The turn gives a number or a time to be telephoned, and tells nothing else."""
        told = not (self.heard.needs or self.heard.feelings) and sum(map(len, self.scene.texts)) <= callback.LONGEST_NUMBER_AND_TIME
        return told and self._call().told

    # --- another language ---------------------------------------------------------------------------------------

    def foreign(self) -> Plan:
        """The fixed answer with the sixteen troubles; staff read it translated."""
        again = foreign.ASKED in self.state.asked
        said = foreign.bubbles(self.decision, self.voice, self.directions.windows, again=again, named=self.state.windows)
        state = self.state if again else self.state.with_question(foreign.ASKED)
        state = self._named(state) if self.decision.fields else state
        return self._plan((*self._media_lines(), *said), state, "triage")

    # --- the five actions ---------------------------------------------------------------------------------------

    def by_action(self) -> Plan:
        match self.decision.action:
            case "route":
                return self.route()
            case "clarify":
                return self.clarify()
            case "info":
                return self.info()
            case "other":
                return self.other()
            case "chat":
                return self.chat()
        assert_never(self.decision.action)

    def route(self) -> Plan:
        """Name the window, say who reads it when, ask at most one thing that would change the picture.

        Where the answer decides between windows, it is asked first: nobody is sent to a door that may be the wrong one.
        """
        directions = self.directions
        if self._reporter_asks():
            return self._plan((Outgoing(self.voice.say("reporter_no_progress")),), self.state, "triage")
        reports = "outreach" in self.decision.patterns
        known = set(self.scene.windows) <= set(self.state.windows) and not directions.area_said()
        if self.state.ticket and (known or (reports and REPORTED in self.state.noted)):
            return self._receive_more("triage")
        if reports:
            thanks = Outgoing(self.voice.say("reporter_thanks", "reporter_danger"))
            planned = self._with_question((*self._media_lines(), thanks), "triage")
            return replace(planned, state=planned.state.noting(REPORTED))
        if self._decides_the_window():
            received = Outgoing("\n".join((self.voice.say(receiving.first(self.decision)), directions.reading())))
            return self._with_question((*self._media_lines(), received), "triage", named=())
        if self.state.ticket and self.state.windows:
            more = directions.more(self._added_id(), directions.fresh())
            return self._with_question((*self._media_lines(), more), "triage", more=True)
        bubbles = (directions.whole(receiving.first(self.decision)), Outgoing(directions.reading()))
        return self._with_question((*self._media_lines(), *bubbles), "triage")

    def _receive_more(self, ticket: Why | None) -> Plan:
        """Nothing new to name: it is received, and no push is paid for that alone."""
        planned = self._with_question((*self._media_lines(), self._added()), ticket, more=True)
        return replace(planned, slight=len(planned.bubbles) == 1 and not planned.bubbles[0].choices)

    def _added_id(self, *, danger: bool = False) -> str:
        child = receiving.writer_is_a_child(self.decision)
        return receiving.added(self.state, feelings=self.heard.feelings, danger=danger, child=child, corrects=self.heard.corrects)

    def _added(self, *, danger: bool = False) -> Outgoing:
        return Outgoing(self.voice.say(self._added_id(danger=danger)))

    def _one_more(self) -> State:
        return replace(self.state, added=self.state.added + 1)

    def _decides_the_window(self) -> bool:
        """The question that goes with this answer chooses among places: whose age, or which area."""
        question = self.decision.question
        if question is not None and self.directions.may_ask(question):
            return kind_of(question.id) == "ask_age"
        return bool(self.directions.areas())

    def _reporter_asks(self) -> bool:
        reports = "outreach" in self.decision.patterns or "neighbour" in self.decision.about
        return self.state.ticket and reports and self.said_now("ask_progress")

    def clarify(self) -> Plan:
        """One closed question, an open one where only one could be asked; after three, or none left, a person takes over."""
        voice, question = self.voice, self.decision.question
        declined = bool(self.state.asked) and self.scene.texts[-1].strip() == UNKNOWN[1]
        if asides.angry(self.state):  # nothing off a list
            return self._asking_more()
        if question is not None and self.directions.may_ask(question):
            before = self._between(declined=declined)
            received = Outgoing(voice.say(before) if before is not None else "")
            return self._with_question((*self._media_lines(), received), None, named=())
        if self.state.ticket:
            return self._receive_more("asked_enough")
        if len(self.state.asked) == 1 and not (declined or ASK_MORE in self.state.asked):
            return self._asking_more()
        cards = voice.window_cards(self.directions.windows, self.decision.topics)
        lines = (*(("ack_choice_unknown",) if declined else ()), "asked_enough")
        enough = Outgoing(voice.say(*lines) + "\n" + voice.reading(), cards=cards)
        return self._plan((*self._media_lines(), enough), self._named(self.state), "asked_enough")

    def _asking_more(self) -> Plan:
        received = self._between(declined=False)
        lines = (ASK_MORE,) if received in (None, *receiving.BETWEEN_QUESTIONS) else (received, ASK_MORE)
        return self._plan((*self._media_lines(), Outgoing(self.voice.say(*lines))), self.state.with_question(ASK_MORE))

    def _between(self, *, declined: bool) -> str | None:
        return receiving.between_questions(
            self.decision, self.state, since=self.scene.since, declined=declined, feelings=self.heard.feelings
        )

    def _with_question(
        self, bubbles: tuple[Outgoing, ...], ticket: Why | None, *, named: tuple[str, ...] | None = None, more: bool = False
    ) -> Plan:
        """Add the question that triage would like to ask, if it may still be asked, or the one for the area.

        named: windows shown, None all. more: an addition to what is known.
        """
        question, state = self.decision.question, self._named(self._one_more() if more else self.state, named)
        if question is not None and self.directions.may_ask(question):
            asking = Outgoing(self.voice.say(question.id), choices=self.voice.choices(question.choices))
            return self._plan((*bubbles, asking), state.with_question(question.id), ticket)
        area = self.directions.asking_area()
        if area is None:
            return self._plan(bubbles, state, ticket)
        return self._plan((*bubbles, area), state.with_question(ASK_AREA), ticket)

    def info(self) -> Plan:
        """An answer from the town's knowledge, else the honest word that there is none, and the window, each once."""
        voice, cards = self.voice, self.voice.window_cards(self.directions.windows, self.decision.topics)
        found = self.scene.answer
        none = asides.WELCOME if self.said_now(asides.WELCOME) else "info_none"  # 「介護の相談もできますか」
        answer = found if found is not None else Outgoing(voice.say(none))
        cards = cards or (voice.general_card(),)
        seen = f"info {cards[0].title}"
        after = () if found is not None and seen in self.state.noted else (Outgoing(voice.say("info_ask_staff"), cards=cards),)
        return self._plan((*self._media_lines(), answer, *after), self.state.noting(seen))

    def other(self) -> Plan:
        """Not welfare: passed on kindly, a card and no ticket; the same desk again only by its name."""
        again = "other" in self.state.noted
        said = Outgoing(self.voice.say("other_again" if again else "other"), cards=() if again else (self.voice.general_card(),))
        return self._plan((*self._media_lines(), said), self.state.noting("other"))

    def chat(self) -> Plan:
        """A human tone for a greeting, thanks, a test."""
        reply = smalltalk.reply_to(
            self.reasons_now, self.voice, self.scene.zone, ticket=self.state.ticket, later=self.scene.since > 0,
            somebody=bool(self.decision.household),
        )
        if reply == "chat_more" and asides.angry(self.state):
            return self._asking_more()
        return self._plan((*self._media_lines(), Outgoing(self.voice.say(reply))), self.state)

    def _named(self, state: State, named: tuple[str, ...] | None = None) -> State:
        """Remember the windows named and how high the urgency has been."""
        windows = tuple(dict.fromkeys((*state.windows, *(self.scene.windows if named is None else named))))
        return replace(state, windows=windows, urgency=max(state.urgency, self.decision.urgency, key=RANK.__getitem__))
