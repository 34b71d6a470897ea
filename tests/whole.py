"""The repository's own knowledge and the engine over it, made once in a process: reading and compiling take seconds."""

from functools import cache

from knowledge.loader import ROOT, Knowledge, Serving, load_serving
from triage.engine import Engine

CACHE = ROOT.parent / "var" / "knowledge"


@cache
def knowledge() -> Knowledge:
    """Everything under knowledge/."""
    return serving().knowledge


@cache
def serving() -> Serving:
    """The same with the files it was read from; the cache under var/ spares parsing what has not changed."""
    return load_serving(cache=CACHE)


@cache
def engine() -> Engine:
    """The real engine. Engines remember readings, never decisions, so tests may share it."""
    return Engine(knowledge())
