"""The search collection of our own, read, and the two figures of a ranking."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from knowledge.search import Document

FOLDER = Path(__file__).parent / "search_collection"


@dataclass(frozen=True, slots=True)
class Query:
    """An everyday question and the entries that answer it, best first."""

    text: str
    relevant: tuple[str, ...]
    part: str


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


def documents() -> list[Document]:
    return [Document(line["id"], line["question"], line["answer"]) for line in lines("faq.jsonl")]


def queries() -> list[Query]:
    return [Query(line["text"], tuple(line["relevant"]), line["part"]) for line in lines("queries.jsonl")]


def other_town(name: str) -> tuple[list[Document], list[Query]]:
    """The same entries worded by another town, and the questions for them."""
    found = lines(name)
    worded = {line["id"]: line["question"] for line in found}
    entries = [replace(entry, question=worded.get(entry.id, entry.question)) for entry in documents()]
    return entries, [Query(line["text"], (line["id"],), name) for line in found]


def own_city(name: str) -> tuple[list[Document], list[Query]]:
    """A city with entries of its own, and the questions that some of them have."""
    found = lines(name)
    entries = [Document(line["id"], line["question"], line["answer"]) for line in found]
    return entries, [Query(line["text"], (line["id"],), name) for line in found if "text" in line]


def figures(search: Callable[[str], Sequence[str]], asked: Sequence[Query]) -> tuple[float, float]:
    """Recall and nDCG of the first ten, mean over the questions."""
    found = [(query, list(search(query.text))[:10]) for query in asked]
    recall = sum(len({*ids} & {*query.relevant}) / len(query.relevant) for query, ids in found)
    return recall / len(asked), sum(_gain(query, ids) for query, ids in found) / len(asked)


def _gain(query: Query, ids: Sequence[str]) -> float:
    worth = {entry: 3 if at == 0 else 1 for at, entry in enumerate(query.relevant)}
    gained = sum(worth.get(entry, 0) / math.log2(at + 2) for at, entry in enumerate(ids))
    return gained / sum(gain / math.log2(at + 2) for at, gain in enumerate(worth.values()))
