"""What triage costs, as ratios against bare SudachiPy mode-C tokenisation of the same messages, interleaved.

Run: `.venv/bin/python -m tests.bench.triage`. The messages are our own labelled cases. Also
the growth of a conversation and of the lexicon. `results()` is what `make bench` prints.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import yaml
from sudachipy import Dictionary, SplitMode  # type: ignore[import-untyped]

from knowledge.loader import ROOT, load
from knowledge.schema import Entry, LexiconFile
from knowledge.types import Knowledge
from triage.engine import Engine
from triage.lexicon import Lexicon
from triage.normalise import shadow
from triage.tokenise import tokeniser

TODAY = date(2026, 11, 21)
ROUNDS = 15
LIMITS = {"matching": 2.0, "decide": 4.0, "decide with 10,000 more terms / decide": 1.1, "20 messages / newest message": 3.0}   # issue 3


def messages() -> list[str]:
    """Every third of our own labelled messages of 20 to 300 characters."""
    found: list[str] = []
    for path in sorted((ROOT / "base" / "cases").glob("*.yaml")):
        loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        found.extend(str(case["text"]) for case in loaded["cases"])
    return [text for text in found if 20 <= len(text) <= 300][::3]


def seconds(work: Callable[[], object]) -> float:
    """CPU time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def ratio(base: Callable[[], object], work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Median over rounds of work against base, taken in turn."""
    base(), work()
    return statistics.median(seconds(work) / seconds(base) for _ in range(rounds))


def cold(engine: Engine, texts: Sequence[str]) -> None:
    """Decide each message for the first time."""
    engine.forget()
    for text in texts:
        engine.decide([text], today=TODAY)


def results() -> dict[str, float]:
    """Name -> ratio."""
    knowledge = load()
    texts = messages()
    sudachi = Dictionary(dict="core").tokenizer(mode=SplitMode.C)
    engine, words, lexicon = Engine(knowledge), tokeniser(), Lexicon(knowledge.lexicon, tokeniser())

    def base() -> None:
        for text in texts:
            sudachi.tokenize(text)

    def matching() -> None:
        for text in texts:
            lexicon.in_words(words.read(text))
            lexicon.in_shadow(shadow(text).text)

    found = {"matching": ratio(base, matching), "decide": ratio(base, lambda: cold(engine, texts))}
    grown = Engine(larger(knowledge, 10_000))
    found["decide with 10,000 more terms / decide"] = ratio(lambda: cold(engine, texts), lambda: cold(grown, texts), 7)
    found["20 messages / newest message"] = conversation(engine, texts)
    return found


def conversation(engine: Engine, texts: Sequence[str]) -> float:
    """The twentieth message of a conversation against that message alone, cold."""
    talk = [text[:60] for text in texts[:20]]

    def alone() -> None:
        for _ in range(20):
            engine.forget()
            engine.decide(talk[-1:], today=TODAY)

    def last() -> float:
        total = 0.0
        for _ in range(20):
            engine.forget()
            engine.decide(talk[:-1], today=TODAY)
            total += seconds(lambda: engine.decide(talk, today=TODAY))
        return total

    return statistics.median(last() / seconds(alone) for _ in range(5))


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
