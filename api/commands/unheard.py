"""`python -m api.commands.unheard`: words of a text that the lexicon does not have, and those that counted, for one look.

A process of its own, because the web process loads no SudachiPy: texts come by stdin, words go by stdout, nothing is
kept. In: {"texts": […], "own": {lexicon file of the town, or null}, "senses": whether those that counted are wanted: the
whole lexicon is compiled for them}; out: {"words": […], "names": […], "senses": […]}.
"""

import gc
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from api.settings import Settings
from knowledge.loader import load_serving
from knowledge.schema import LexiconFile
from triage.lexicon import Lexicon
from triage.reading import Reader
from triage.senses import senses
from triage.tokenise import tokeniser
from triage.unheard import unheard

OWN = "own"


def main() -> None:
    """Read, propose, write."""
    gc.disable()  # somebody waits, and what is made stays to the end: looking it through is a third of the time
    asked = json.load(sys.stdin)
    common = load_serving(cache=Settings().var / "knowledge").knowledge.lexicon
    json.dump(answer(asked, common, lambda: Lexicon(common, tokeniser())), sys.stdout, ensure_ascii=False)


def answer(asked: Mapping[str, Any], common: Sequence[LexiconFile], compiled: Callable[[], Lexicon]) -> dict[str, Any]:
    """What goes out for what came in. compiled: the common words, where they are needed."""
    own = {OWN: LexiconFile.model_validate(asked["own"])} if asked["own"] else {}
    found = asdict(unheard(asked["texts"], (*common, *own.values()), tokeniser()))
    if not asked["senses"]:
        return {**found, "senses": []}
    reader = Reader(compiled(), tokeniser()).over(own)
    return {**found, "senses": [asdict(one) for one in senses(asked["texts"], reader, town=OWN)]}


if __name__ == "__main__":
    main()
