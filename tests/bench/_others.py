"""Runs under var/others alone, with its own spaCy, GiNZA and SudachiPy: messages and words from stdin, ratios to stdout.

Imports nothing of ours: that environment has none of it. Interleaved message by message, the median over rounds.
"""

import importlib
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence

ROUNDS = 3


def spent(work: Callable[[str], object], text: str) -> float:
    """CPU time of one call."""
    start = time.process_time()
    work(text)
    return time.process_time() - start


def ratio(base: Callable[[str], object], work: Callable[[str], object], texts: Sequence[str]) -> float:
    """Median over rounds of work against base."""
    half = len(texts) // 2
    work(texts[0])
    found = []
    for _ in range(ROUNDS):
        times = [(spent(base, text), spent(work, texts[at - half])) for at, text in enumerate(texts)]
        found.append(sum(one for _, one in times) / sum(one for one, _ in times))
    return statistics.median(found)


def main() -> None:
    """One line of JSON: name -> ratio."""
    spacy, sudachipy = importlib.import_module("spacy"), importlib.import_module("sudachipy")
    texts, words = json.load(sys.stdin)
    sudachi = sudachipy.Dictionary(dict="core").create(mode=sudachipy.SplitMode.C)
    blank = spacy.blank("ja")
    matcher = importlib.import_module("spacy.matcher").PhraseMatcher(blank.vocab)
    matcher.add("words", [blank.make_doc(word) for word in words])
    found = {f'spaCy blank("ja"), matcher of {len(words):,}': ratio(sudachi.tokenize, lambda text: matcher(blank(text)), texts)}
    sys.stderr.write("others: spaCy done; GiNZA\n")
    found["GiNZA"] = ratio(sudachi.tokenize, spacy.load("ja_ginza"), texts[:40])
    json.dump(found, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
