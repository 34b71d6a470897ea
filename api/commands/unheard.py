"""`python -m api.commands.unheard`: words of a text that the lexicon does not have, and those that counted, for one look.

A process of its own, because the web process loads no SudachiPy: texts come by stdin, words go by stdout, nothing is
kept. In: {"texts": […], "own": {lexicon file of the town, or null}, "senses": whether those that counted are wanted: the
whole lexicon is compiled for them}; out: {"words": […], "names": […], "senses": […]}.
"""

import json
import sys
from dataclasses import asdict

from api.settings import Settings
from api.wiring import load_knowledge
from knowledge.schema import LexiconFile
from triage.lexicon import Lexicon
from triage.reading import Reader
from triage.senses import senses
from triage.tokenise import tokeniser
from triage.unheard import unheard

OWN = "own"


def main() -> None:
    """Read, propose, write."""
    asked = json.load(sys.stdin)
    own = {OWN: LexiconFile.model_validate(asked["own"])} if asked["own"] else {}
    common, read = load_knowledge(Settings()).lexicon, tokeniser()
    found = unheard(asked["texts"], (*common, *own.values()), read)
    counted = []
    if asked["senses"]:
        reader = Reader(Lexicon(common, read), read).over(own)
        counted = [asdict(one) for one in senses(asked["texts"], reader, town=OWN)]
    json.dump({**asdict(found), "senses": counted}, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
