"""The balance between what words and rules say and what the second look says of the whole. Pure functions over ids and numbers.

Each side alone errs: rules miss what nobody thought of, weights miss what nobody labelled. What rules say counts as a bonus on the scale
of the weights (log-odds); the sizes were chosen on messages of strangers that neither side had learned from (triage/README.md).
Must not know: text, words, people.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import get_args

from knowledge.schema import ABOUT, CRISIS_KINDS, FIELDS, PATTERNS, About, CrisisKind, Field, Pattern
from triage.types import Action

Leaning = Mapping[str, float]
ACTIONS: tuple[Action, ...] = get_args(Action)
OPENED, ENOUGH = 2.0, 0.2   # what a window that rules opened is worth, and what opens one
FIRST = 1.5   # what standing first is worth
MEANT = 1.25   # what the rules' action is worth
NAMED = 9.0   # what words for a window weigh that name a need, and are no mere sound
WARY = -0.2   # so near to danger rules alone say what is wanted
FLAGGED, TANGLED = 2.0, 0.4   # what a rule's flag for the coordinator is worth, and what raises it
PERSON, PERSON_MEANT = 2.0, 0.75   # what a person is worth whom the picture means, and what means one
LIFE: frozenset[CrisisKind] = frozenset(("suicide", "self_harm"))
DOUBTED, AGAIN, DOUBTED_RULE = -0.6, 1.2, -1.2   # so far from danger a word of it means something else here; what each further word is worth; what a rule joined
NO_WISH = -1.6   # danger and life together: so far from it a word of a wish to die is no wish
LIFE_TOO = -0.3   # beside another danger a wish to die is asked after from here on
ELSEWHERE = 2.0   # so much, and twice as much more than a worry, the whole sounds like a question, other business or talk
SURELY = 3.0   # what was once so like danger stays one, whatever else is asked
DENIED_LIFE = 2.0   # from here on a wish to die is asked after though its words are denied
PATTERN, KIND = -0.4, -2.5   # from where on a pattern, and a kind of danger, is told of


def windows(fields: Sequence[Field], leaning: Leaning) -> tuple[Field, ...]:
    """The windows that are to hear it, the one that comes first in front. Opens one by itself where the whole leans so."""
    if not leaning:
        return tuple(fields)
    open_ = [name for name in FIELDS if leaning[f"window_{name}"] + OPENED * (name in fields) > ENOUGH]
    if len(open_) < 2:
        return tuple(open_ or fields[:1])
    first = {name: leaning[f"first_{name}"] + FIRST * (name == (*fields, None)[0]) for name in open_}
    return tuple(sorted(open_, key=lambda name: -first[name]))


def likeliest(leaning: Leaning) -> tuple[Field, ...]:
    """The one window of a need that opened none."""
    return (max(FIELDS, key=lambda name: leaning[f"first_{name}"]),) if leaning else ()


def action(meant: Action, leaning: Leaning) -> Action:
    """What is wanted. Near to danger nothing is taken for talk, and a window that words named is not asked for again."""
    if not leaning or leaning["danger"] > WARY:
        return meant
    return max((name for name in ACTIONS if (meant, name) != ("route", "clarify")), key=lambda name: leaning[f"action_{name}"] + MEANT * (name == meant))


def tangled(flagged: bool, leaning: Leaning) -> bool:
    """Whether the coordinator hears of it."""
    return leaning["complex"] + FLAGGED * flagged > TANGLED if leaning else flagged


def patterns(seen: Collection[str], leaning: Leaning) -> tuple[Pattern, ...]:
    """What else the household is like. seen: what rules have decided, either way; a language is nothing to lean to."""
    settled = {*seen, "foreign_resident"}
    return tuple([name for name in PATTERNS if name not in settled and leaning.get(f"pattern_{name}", PATTERN) > PATTERN])


def doubted(leaning: Leaning, kind: str, *, words: int = 1, by_rule: bool = False) -> bool:
    """Whether the whole is so unlike danger that words of it, or what a rule joined, mean something else here. words: at how many places."""
    if not leaning:
        return False
    if kind in LIFE:
        return not by_rule and (leaning["life"] + leaning["danger"] < NO_WISH or elsewhere(leaning, kind))
    return elsewhere(leaning, kind) or leaning["danger"] + AGAIN * (words - 1) < (DOUBTED_RULE if by_rule else DOUBTED)


def elsewhere(leaning: Leaning, kind: str = "") -> bool:
    """Whether the whole so clearly asks, has other business or chats that words of danger in it mean something else.

    Thanks and a good-bye stand beside a wish to die as well.
    """
    if not leaning:
        return False
    wanted = max(leaning[f"action_{name}"] for name in (("info", "other") if kind in LIFE else ("info", "other", "chat")))
    return wanted > ELSEWHERE and leaning["action_route"] < wanted - 2 * ELSEWHERE and leaning["danger"] < SURELY


def life(leaning: Leaning, *, hurry: bool = False) -> bool:
    """Whether the whole is like a wish to die that no word told. hurry: beside another danger, nearly like it is enough."""
    return bool(leaning) and leaning["life"] >= (LIFE_TOO if hurry else 0) and leaning["life"] + leaning["danger"] >= NO_WISH


def kind(leaning: Leaning) -> CrisisKind | None:
    """The danger that a message without a word of danger is likest to."""
    best = max(CRISIS_KINDS, key=lambda name: leaning[f"kind_{name}"])
    return best if leaning[f"kind_{best}"] > KIND else None


def about(meant: Sequence[About], leaning: Leaning) -> tuple[About, ...]:
    """Whose life it is about: whom the picture means first, then who else is meant by the whole."""
    if not leaning:
        return tuple(meant)
    score = {name: leaning[f"about_{name}"] + PERSON * (name in meant) for name in ABOUT}
    kept = [name for name in ABOUT if score[name] > PERSON_MEANT]
    kept.sort(key=lambda name: -score[name])
    return tuple(dict.fromkeys([name for name in (*meant, *kept) if score[name] > PERSON_MEANT])) or (max(score, key=lambda name: score[name]),)
