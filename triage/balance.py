"""The balance of danger: what words and rules say of it against what the second look says of the whole. Pure functions over ids and numbers.

Each side alone errs: rules miss what nobody thought of, weights miss what nobody labelled. The sizes were chosen by hand, in log-odds, on messages
of strangers that neither side had learned from (triage/README.md): what decides over danger is to be read in a line. All else is weighed by `scales.py`.
Must not know: text, words, people.
"""

from collections.abc import Mapping

from knowledge.schema import CRISIS_KINDS, CrisisKind

Leaning = Mapping[str, float]
LIFE: frozenset[CrisisKind] = frozenset(("suicide", "self_harm"))
DOUBTED, AGAIN, DOUBTED_RULE = -0.6, 1.2, -1.2   # so far from danger a word of it means something else here; what each further word is worth; what a rule joined
NO_WISH = -1.6   # danger and life together: so far from it a word of a wish to die is no wish
LIFE_TOO = -0.3   # beside another danger a wish to die is asked after from here on
ELSEWHERE = 2.0   # so much, and twice as much more than a worry, the whole sounds like a question, other business or talk
SURELY = 3.0   # what was once so like danger stays one, whatever else is asked
DENIED_LIFE = 2.0   # from here on a wish to die is asked after though its words are denied
KIND = -2.5   # from where on a kind of danger is told of


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
