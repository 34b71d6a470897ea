"""What comes of a 「ちがう」 for the lexicon: words that were missing, or a way of speaking in which a word should not count.

Values of an entry, for a draft; a draft is tried on past decisions before anybody puts it live. Pure; knows no rows.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from handoff.editing.own_cases import check
from knowledge.schema import Field, Town
from knowledge.source import Data

WEIGHT, MOST_WORDS = 3, 20
"""How much a word that somebody proposes says about the window's fields, until an admin decides."""
LONGEST = 60
SEVERAL = "、"


class NotEnough(ValueError):
    """Something is missing that a draft needs. The text says what, for officials."""


def several(chosen: Iterable[str], typed: str) -> list[str]:
    """What was ticked and what was typed beside it, each once."""
    return list(dict.fromkeys(one.strip() for one in (*chosen, *typed.split(SEVERAL)) if one.strip()))[:MOST_WORDS]


def word(town: Town, words: Sequence[str], *, because: str, need: str, fields: Sequence[Field], on: date) -> dict[str, Data]:
    """An entry of words that were missing. NotEnough."""
    if not words or not because.strip():
        raise NotEnough("何の言葉かと、言葉を1つ以上書いてください。")
    values = _entry(town, words, because=because, kind="need", on=on)
    if fields:
        values["fields"] = dict.fromkeys(fields, WEIGHT)
    return {**values, "need": need} if need else values


def idiom(
    town: Town, phrases: Sequence[str], *, covers: Collection[str], because: str, example: str, counterexample: str,
    of: Sequence[str], names: Sequence[str], on: date,
) -> dict[str, Data]:
    """A way of speaking in which the words of the covered entries mean something else. NotEnough, StillTold.

    example: a sentence in which they must not count any more; counterexample: one in which they still must, so that the
    idiom is not wider than it was meant. Neither may be the resident's (`of`), nor show a name.
    """
    if not phrases or not because.strip() or not covers:
        raise NotEnough("どの言葉が、どんな言い方で、ほんとうは何のことだったかを書いてください。")
    if not example.strip() or not counterexample.strip():
        raise NotEnough("数えない文と、これからも数える文を、1つずつ作ってください。広く消しすぎないための試しに使います。")
    for text in (example, counterexample):
        check(text, of=of, names=names)
    values = _entry(town, phrases, because=because, kind="idiom", on=on)
    return {
        **values, "covers": [*dict.fromkeys(covers)], "examples": [example.strip()], "counterexamples": [counterexample.strip()],
    }


def _entry(town: Town, words: Sequence[str], *, because: str, kind: str, on: date) -> dict[str, Data]:
    if any(len(one) > LONGEST for one in words):
        raise NotEnough(f"言葉は1つ{LONGEST}文字までにしてください。")
    return {
        "because": because.strip(), "kind": kind, "words": [*words], "source": f"{town.name}の職員の訂正から",
        "checked": on.isoformat(),
    }

