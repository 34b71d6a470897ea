"""Taps that need no judging: the four areas of LINE's menu, 「きまり」, 「ひらく」, 「電話がほしい」.

The labels are data (`knowledge/base/replies`); a button sends its Japanese label as the resident's text, and who types the
same words is understood too. Pure: the dialogue writes. Knows no channel's own shapes.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from bots.types import Card, Outgoing
from handoff.intake.contacts import Snapshot
from handoff.intake.state import State
from handoff.intake.voice import Voice
from knowledge.loader import Knowledge
from triage.types import Decision, Reason

Tap = Literal["consult", "call", "help", "windows", "rules", "open", "phone"]
Door = Literal["rules", "open", "phone"]
"""Buttons that stay in a LINE talk: the notice, the town's page, the form to be telephoned."""
LABELS: dict[Tap, str] = {
    "consult": "menu_consult", "call": "menu_call", "help": "menu_help", "windows": "menu_windows",
    "rules": "button_rules", "open": "button_open", "phone": "button_call_me",
}
ONLY_LINE: frozenset[Tap] = frozenset({"open", "phone"})
ASKS_FOR_A_DOOR: frozenset[Tap] = frozenset({"open", "phone", "call"})
"""Their doors are shown even where LINE is the whole conversation."""
SPOKEN_IN = ("ja", "ja-easy")
KINDS = (
    ("choice_kind_elderly", "介護や高齢のことです"), ("choice_kind_disability", "障がいやこころの病気のことです"),
    ("choice_kind_child", "子どもや子育てのことです"), ("choice_kind_poverty", "お金や仕事、住まいに困っています"),
    ("choice_kind_other", "そのほかのことです"), ("choice_unknown", "わからない・言いたくない"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """The answer to a tap. decision: what staff are told, where a person has to look."""

    bubbles: tuple[Outgoing, ...]
    state: State
    doors: tuple[Door, ...] = ()
    decision: Decision | None = None


def words_of(knowledge: Knowledge) -> Mapping[str, Tap]:
    """The texts that are taps. A label that nobody has written is none."""
    found = (
        (knowledge.replies.get(language, {}).get(label), tap) for language in SPOKEN_IN for tap, label in LABELS.items()
    )
    return {plain(text): tap for text, tap in found if text}


def plain(text: str) -> str:
    """As texts are compared: widths made one, no space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def value_of(tap: Tap, knowledge: Knowledge) -> str:
    """What a button of this tap sends."""
    return knowledge.replies["ja"][LABELS[tap]]


def doors_of(state: State, decision: Decision, *, called: bool) -> tuple[Door, ...]:
    """Of LINE: until a person is called, the notice on request; from then on the town's page. A form is no help in danger."""
    if not (called or state.ticket):
        return () if state.greeted and decision.action != "chat" else ("rules",)
    first = called and not state.ticket and not decision.crisis
    return ("open", "phone") if first else ("open",)


def answer(tap: Tap, voice: Voice, before: Snapshot, *, general: Card, said: str) -> Told:
    """What is said to a tap. general: the desk that takes everything; said: the episode's words, for the ticket."""
    state = before.state
    match tap:
        case "rules":
            return Told((Outgoing(rules(voice)),), replace(state, greeted=True))
        case "consult":
            return Told((Outgoing(voice.say("greeting_web")),), state, ("open",))
        case "open":
            return Told((Outgoing(voice.say("tap_open")),), state, ("open",))
        case "phone":
            return Told((Outgoing(voice.say("tap_phone")),), state, ("phone",))
        case "call":
            return Told((Outgoing(voice.say("tap_call"), cards=(general,)),), state, ("open", "phone"))
        case "windows":
            asking = Outgoing(voice.say("ask_kind"), choices=voice.choices(KINDS))
            return Told((asking,), state if "ask_kind" in state.asked else state.with_question("ask_kind"), ("open",))
        case "help":
            return _help(voice, state, said=said)
    assert_never(tap)


def rules(voice: Voice) -> str:
    """The whole notice (research/domain.md §5.8), on request."""
    municipality = voice.town.municipality
    days = municipality.retention_days
    retention = voice.say("retention_unknown") if days is None else voice.say("retention_days", days=str(days))
    telephone = municipality.main_telephone or voice.say("card_telephone_unknown")
    return "\n".join((
        voice.say("notice", reading_time=voice.town_hours),
        voice.say("notice_more", retention=retention, telephone=telephone),
    ))


def _help(voice: Voice, state: State, *, said: str) -> Told:
    """「いますぐ助けて」: who can be reached at once comes first; staff are told as well, and when they read it is honest."""
    contacts = voice.open_contacts("suicide")
    places = Outgoing(voice.say("crisis_contacts"), cards=tuple(voice.contact_card(contact) for contact in contacts))
    if voice.open:
        staff = voice.say("crisis_staff_open")
    elif voice.town.municipality.night in {"duty_desk", "on_call"}:
        staff = voice.say("crisis_staff_duty")
    else:
        staff = voice.say("crisis_staff_closed", when=voice.when)
    told_until = state.told_until if voice.open else voice.opening
    decision = Decision(
        action="route", text=said, urgency="urgent", unknown=("kind",),
        reasons=(Reason("menu_help", "LINEのメニューの「いますぐ助けて」を押しました"),),
    )
    return Told(
        (Outgoing(voice.say("call_119_110")), places, Outgoing(staff + "\n" + voice.say("tap_help"))),
        replace(state, ticket=True, told_until=told_until, private=True), ("open",), decision,
    )
