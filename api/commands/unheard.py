"""`python -m api.commands.unheard`: words of a text that the lexicon does not have, for a page that shows them once.

A process of its own, because the web process loads no SudachiPy: texts come by stdin, words go by stdout, nothing is
kept. In: {"texts": […], "own": {lexicon file of the town, or null}}; out: {"words": […], "names": […]}.
"""

import json
import sys
from dataclasses import asdict

from api.settings import Settings
from api.wiring import load_knowledge
from knowledge.schema import LexiconFile
from triage.tokenise import tokeniser
from triage.unheard import unheard


def main() -> None:
    """Read, propose, write."""
    asked = json.load(sys.stdin)
    own = [LexiconFile.model_validate(asked["own"])] if asked["own"] else []
    found = unheard(asked["texts"], (*load_knowledge(Settings()).lexicon, *own), tokeniser())
    json.dump(asdict(found), sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
