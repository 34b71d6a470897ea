"""The fixed answer to a resident who writes in another language: a greeting, who reads it when, and sixteen troubles.

The words are in the resident's language, the values of the buttons in plain Japanese, so that triage and staff
understand them. What has been chosen is read from the conversation itself; nothing is kept here. Crises are answered
before this (`crisis.py`). Must never ask for a residence status nor promise anything about reporting.
"""

from collections.abc import Iterable, Sequence

from bots.types import Outgoing
from handoff.intake.voice import Voice
from knowledge.schema import Window
from triage.types import Decision

ASKED = "foreign_choose"
"""The question's id in `State.asked` once the list has been offered."""
CHOICES_AT_MOST = 13
"""LINE shows no more quick replies (Messaging API reference)."""
MORE = ("choice_kind_other", "ほかの困りごとを見せてください")
DONE = ("button_done", "これで全部です")
TROUBLES: tuple[tuple[str, str], ...] = (
    ("trouble_food", "食べるものがなくて困っています"),
    ("trouble_violence", "DVや虐待のことで困っています"),
    ("trouble_income", "お金や生活費のことで困っています"),
    ("trouble_housing", "住まいのことで困っています"),
    ("trouble_rent", "家賃やローンが払えなくて困っています"),
    ("trouble_job_search", "仕事が見つからなくて困っています"),
    ("trouble_job", "仕事の不安やトラブルで困っています"),
    ("trouble_health", "病気や健康、障がいのことで困っています"),
    ("trouble_childcare", "子育てのことで困っています"),
    ("trouble_tax", "税金や公共料金が払えなくて困っています"),
    ("trouble_debt", "借金のことで困っています"),
    ("trouble_family", "家族との関係のことで困っています"),
    ("trouble_care", "家族の介護のことで困っています"),
    ("trouble_withdrawn", "ひきこもりや不登校のことで困っています"),
    ("trouble_neighbourhood", "近所との付き合いのことで困っています"),
    ("trouble_other", "そのほかのことで困っています"),
)
"""(label reply id, value): the sixteen of the ministry's intake form, the most pressing first, "other" last."""
_VALUES = frozenset(value for _, value in TROUBLES)


def applies(decision: Decision, voice: Voice, *, again: bool = False) -> bool:
    """Whether this answer takes the turn. again: the list has been offered before (`ASKED in state.asked`).

    Not for what belongs to another desk, nor for thanks and the like once the list is known.
    """
    if voice.language != "ja" and _last(decision) in (_VALUES | {MORE[1], DONE[1]}):
        return True
    if decision.language == "ja" or decision.action == "other":
        return False
    if decision.language == "ja-easy" and decision.action != "clarify":
        return False   # understood: the ordinary answer, in easy Japanese
    return not (again and decision.action == "chat")


def bubbles(
    decision: Decision, voice: Voice, windows: Sequence[Window] = (), *, again: bool = False, named: Iterable[str] = ()
) -> tuple[Outgoing, ...]:
    """The answer, in `voice`'s language. windows: the town's that fit; named: ids of those already shown,
    as `State.windows` has them.
    """
    shown = set(named) if again else set()
    fresh = [window for window in windows if not shown & {window.id, f"{voice.town.id}.{window.id}"}]
    cards = _where(decision, voice, fresh)
    match _last(decision):
        case last if last == MORE[1]:
            return (_list(decision, voice, rest=True),)
        case last if last == DONE[1]:
            return (*cards, _received(voice))
        case last if last in _VALUES:
            return (Outgoing(voice.say("ack_added")), *cards, _list(decision, voice))
    if again:
        return (Outgoing(voice.say("ack_added")), *cards)
    return (Outgoing(voice.say("ack") + "\n" + _received(voice).text), *cards, _list(decision, voice, first=True))


def _received(voice: Voice) -> Outgoing:
    """Staff read it with a translation, and when."""
    reading = voice.say("reading_now") if voice.open else voice.say("reading_later", when=voice.when)
    return Outgoing("\n".join((voice.say("foreign_received"), reading, voice.say("foreign_interpreter"))))


def _where(decision: Decision, voice: Voice, windows: Sequence[Window]) -> tuple[Outgoing, ...]:
    """The window cards, once triage knows a field; until then no place is named."""
    if not decision.fields or not windows:
        return ()
    cards = voice.window_cards(windows, decision.topics)
    names = "、".join(card.title for card in cards)
    lines = [voice.say("route_many") if len(cards) > 1 else voice.say("route_one", windows=names)]
    if "welfare_benefit" in decision.needs:
        lines.append(voice.say("welfare_benefit"))
    lines += voice.asks_first(windows, decision)
    return (Outgoing("\n".join((*lines, voice.say("route_wrong_ok"))), cards=cards),)


def _list(decision: Decision, voice: Voice, *, rest: bool = False, first: bool = False) -> Outgoing:
    chosen = _VALUES.intersection(decision.text.split("\n"))
    text = voice.say("foreign_hello", "foreign_choose") if first else voice.say("foreign_choose")
    return Outgoing(text, choices=voice.choices(_offered(chosen, rest=rest)))


def _offered(chosen: frozenset[str], *, rest: bool) -> tuple[tuple[str, str], ...]:
    """What has not been chosen yet, as much as fits; `MORE` leads to the rest, `DONE` comes after a first choice."""
    left = [trouble for trouble in TROUBLES if trouble[1] not in chosen]
    done = (DONE,) if chosen else ()
    room = CHOICES_AT_MOST - len(done)
    if len(left) <= room:
        return (*left, *done)
    return (*left[room - 1 :], *done) if rest else (*left[: room - 1], MORE, *done)


def _last(decision: Decision) -> str:
    """The newest line of the conversation; the values of the buttons are one line each."""
    return decision.text.rsplit("\n", 1)[-1].strip()
