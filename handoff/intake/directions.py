"""Where to go, in words and cards: the windows that hear a matter, those that are new, and the area that chooses an office.

Pure; whether and when it is said, `replies.py` decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bots.types import Choice, Outgoing
from handoff.desk.offices import answer_of, areas, office_for
from handoff.desk.routing import coordinator_window
from handoff.intake.scene import Scene
from handoff.intake.state import State
from handoff.intake.voice import Voice
from knowledge.schema import Window
from triage.questions import kind_of
from triage.types import Decision, Question

QUESTIONS_AT_MOST = 3
ASK_AREA, ASK_MORE = "ask_area", "ask_more"
UNKNOWN = ("choice_unknown", "わからない・言いたくない")


@dataclass(frozen=True, slots=True)
class Directions:
    """For one turn."""

    decision: Decision
    state: State
    scene: Scene
    voice: Voice

    @property
    def windows(self) -> tuple[Window, ...]:
        return tuple(self.scene.town.window(window) for window in self.scene.windows)

    def may_ask(self, question: Question) -> bool:
        """Nobody is asked the same twice, nor more than three times."""
        asked = self.state.asked
        return kind_of(question.id) not in map(kind_of, asked) and len(asked) < QUESTIONS_AT_MOST

    def whole(self, receiving: str) -> Outgoing:
        """All windows of the matter. receiving: the first sentence, left out where a question has been answered."""
        voice, town = self.voice, self.scene.town.municipality
        cards = voice.window_cards(self.windows, self.decision.topics, text=self.decision.text) or (voice.general_card(),)
        lines = [] if self.state.asked else [voice.say(receiving)]
        if len(cards) > 1:
            lines.append(voice.say("route_many"))
        else:
            lines.append(voice.say("route_one", windows="、".join(card.title for card in cards)))
        if self.decision.complex:
            lines.append(voice.say("route_coordinator", coordinator=town.coordinator.organisation))
        lines += [*voice.asks_first(self.windows, self.decision), voice.say("route_wrong_ok")]
        return Outgoing("\n".join(lines), cards=cards)

    def fresh(self) -> tuple[str, ...]:
        """What has not been named yet; the office of an area that is said just now, once more."""
        found = [window for window in self.scene.windows if window not in self.state.windows]
        if self.area_said():
            found = list(dict.fromkeys((self.scene.windows[0], *found)))
        return tuple(found)

    def more(self, receiving: str, fresh: Iterable[str]) -> Outgoing:
        """Only what is new: who wrote before has read the rest."""
        voice, coordinator, found = self.voice, coordinator_window(self.scene.town), tuple(fresh)
        taking = [window for window in map(self.scene.town.window, found) if window.intake]
        cards = voice.window_cards(taking, self.decision.topics, text=self.decision.text)
        lines = [voice.say(receiving)]
        if cards:
            lines.append(voice.say("route_one", windows="、".join(card.title for card in cards)))
        if coordinator in found:
            lines.append(voice.say("route_coordinator", coordinator=self.scene.town.municipality.coordinator.organisation))
        lines += voice.asks_first(taking, self.decision)
        return Outgoing("\n".join(lines), cards=cards)

    def reading(self) -> str:
        """Who reads it when, and what belongs to its subject."""
        lines = [self.voice.reading()]
        if "welfare_benefit" in self.decision.needs:
            lines.insert(0, self.voice.say("welfare_benefit"))
        if "water" in self.decision.topics:
            lines.insert(0, self.voice.say("bring_water"))
        return "\n".join(lines)

    def area_said(self) -> bool:
        """This turn names the area that chooses among the offices of the first window."""
        return bool(self.windows) and office_for(self.windows[0], "\n".join(self.scene.texts)) is not None

    def areas(self) -> tuple[str, ...]:
        """Areas to choose from, where the first window has several offices and nobody has said or been asked which.

        None on LINE: where people live is asked on the town's own page only (docs/ja/line-guideline.md); the card names all.
        """
        if self.scene.channel == "line" or not self.windows or ASK_AREA in self.state.asked or len(self.state.asked) >= QUESTIONS_AT_MOST:
            return ()
        window = self.windows[0]
        return () if office_for(window, self.decision.text) else areas(window)

    def asking_area(self) -> Outgoing | None:
        """The question for the area, by buttons."""
        found = self.areas() if self.decision.action == "route" and "outreach" not in self.decision.patterns else ()
        if not found:
            return None
        choices = (*(Choice(area, answer_of(area)) for area in found), *self.voice.choices((UNKNOWN,)))
        return Outgoing(self.voice.say(ASK_AREA), choices=choices)
