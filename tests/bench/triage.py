"""What triage costs, as ratios against bare SudachiPy mode-C tokenisation, interleaved message by message.

Run: `.venv/bin/python -m tests.bench.triage`. The messages are our own labelled cases. Each is tokenised between two decisions about
others, so that both meet the processor's caches as the other left them, as in a service that does more than cut words;
`in a run of its own` is the same where each has the caches for itself. Also the growth of a conversation and of the lexicon.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

import yaml
from sudachipy import Dictionary, SplitMode  # type: ignore[import-untyped]

from knowledge.loader import ROOT, load
from knowledge.schema import Entry, LexiconFile
from knowledge.types import Knowledge
from triage.engine import Engine
from triage.lexicon import Lexicon
from triage.normalise import shadow
from triage.tokenise import tokeniser

Work = Callable[[str], object]
TODAY = date(2026, 11, 21)
ROUNDS = 15
LIMITS = {"matching": 2.0, "decide": 4.0, "decide with 10,000 more terms / decide": 1.1, "20 messages / newest message": 3.0}   # issue 3


def messages() -> list[str]:
    """A thousand of our own labelled messages of 20 to 300 characters, from all files alike, however many there are."""
    found: list[str] = []
    for path in sorted((ROOT / "base" / "cases").glob("*.yaml")):
        loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        found.extend(str(case["text"]) for case in loaded["cases"])
    fitting = [text for text in found if 20 <= len(text) <= 300]
    return fitting[:: max(1, len(fitting) // 1_000)]


def seconds(work: Callable[[], object]) -> float:
    """CPU time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def ratio(base: Work, work: Work, texts: Sequence[str], *, rounds: int = ROUNDS, before: Callable[[], None] = lambda: None) -> float:
    """Median over rounds of work against base, in turn and never on the same message. before: what a round begins with."""
    half = len(texts) // 2

    def one() -> float:
        before()
        spent = [0.0, 0.0]
        for at, text in enumerate(texts):
            spent[0] += seconds(partial(base, text))
            spent[1] += seconds(partial(work, texts[at - half]))
        return spent[1] / spent[0]

    one()
    return statistics.median(one() for _ in range(rounds))


def apart(base: Work, work: Work, texts: Sequence[str], *, before: Callable[[], None]) -> float:
    """The same with all messages for one and then all for the other."""
    def all_of(one: Work) -> float:
        before()
        return seconds(lambda: [one(text) for text in texts])

    return statistics.median(all_of(work) / all_of(base) for _ in range(ROUNDS // 2))


def results() -> dict[str, float]:
    """Name -> ratio."""
    knowledge = load()
    texts = messages()
    say(f"{len(texts)} messages; compiling")
    sudachi = Dictionary(dict="core").tokenizer(mode=SplitMode.C)
    engine, words, lexicon = Engine(knowledge), tokeniser(), Lexicon(knowledge.lexicon, tokeniser())

    def matching(text: str) -> None:
        lexicon.in_words(words.read(text))
        lexicon.in_shadow(shadow(text).text)

    def decide(text: str) -> None:
        engine.decide([text], today=TODAY)

    found = {"matching": ratio(sudachi.tokenize, matching, texts)}
    say("matching done; decide")
    found["decide"] = ratio(sudachi.tokenize, decide, texts, before=engine.forget)
    found["decide in a run of its own"] = apart(sudachi.tokenize, decide, texts, before=engine.forget)
    say("decide done; a lexicon of 10,000 more terms")
    found["decide with 10,000 more terms / decide"] = _grown(engine, Engine(larger(knowledge, 10_000)), texts)
    say("lexicon done; a conversation")
    found["20 messages / newest message"] = conversation(engine, texts)
    return found


def _grown(engine: Engine, grown: Engine, texts: Sequence[str]) -> float:
    def forget() -> None:
        engine.forget()
        grown.forget()

    return ratio(lambda text: engine.decide([text], today=TODAY), lambda text: grown.decide([text], today=TODAY), texts, rounds=7, before=forget)


def say(what: str) -> None:
    """How far it is: a bench takes minutes on a busy machine."""
    sys.stderr.write(f"triage: {what}\n")


def conversation(engine: Engine, texts: Sequence[str]) -> float:
    """The twentieth message of a conversation against that message alone, in turn: neither meets caches that it warmed itself."""
    talk = [text[:60] for text in texts[:20]]

    def one() -> float:
        spent = [0.0, 0.0]
        for _ in range(20):
            engine.forget()
            spent[0] += seconds(lambda: engine.decide(talk[-1:], today=TODAY))
            engine.forget()
            engine.decide(talk[:-1], today=TODAY)
            spent[1] += seconds(lambda: engine.decide(talk, today=TODAY))
        return spent[1] / spent[0]

    return statistics.median(one() for _ in range(5))


def larger(knowledge: Knowledge, terms: int) -> Knowledge:
    """The same knowledge with so many more headwords, made of compounds that occur nowhere."""
    source = knowledge.lexicon[0]
    made = tuple(f"架空{number}語尾{number % 97}" for number in range(terms))
    entry = Entry(id="bench_more", because="試験用", words=made[: terms // 2], raw=made[terms // 2 :])
    return replace(knowledge, lexicon=(*knowledge.lexicon, LexiconFile(source=source.source, checked=source.checked, entries=(entry,))))


def main() -> None:
    """Print the ratios."""
    json.dump({name: round(value, 2) for name, value in results().items()}, sys.stdout, ensure_ascii=False, indent=1)
    print()


if __name__ == "__main__":
    main()
