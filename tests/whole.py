"""The repository's own knowledge and the engine over it, made once in a process: reading and compiling take seconds."""

import gc
from functools import cache
from pathlib import Path
from typing import get_args

from api.judging import Judging, build_answers
from knowledge.loader import ROOT, Knowledge, Serving, load_serving
from knowledge.schema import Language, Town
from triage.engine import Engine
from triage.lexicon import Lexicon
from triage.tokenise import tokeniser

CACHE = ROOT.parent / "var" / "knowledge"


@cache
def knowledge() -> Knowledge:
    """Everything under knowledge/."""
    return serving().knowledge


@cache
def serving() -> Serving:
    """The same with the files it was read from; the cache under var/ spares parsing what has not changed."""
    loaded = load_serving(cache=CACHE)
    gc.collect()
    gc.freeze()  # it stays to the end; looked through for garbage again and again it costs more than the tests do
    return loaded


def parsed_already(var: Path) -> Path:
    """A folder of a deployment that need not parse the repository's knowledge: it shares the cache."""
    CACHE.mkdir(parents=True, exist_ok=True)  # into a folder that is not there nothing is written: each start would parse
    (var / CACHE.name).symlink_to(CACHE, target_is_directory=True)
    return var


def speaking(town: Town, *languages: Language) -> Town:
    """The town, had it chosen these languages; none named = all."""
    chosen = languages or get_args(Language)
    return town.model_copy(update={"municipality": town.municipality.model_copy(update={"languages": chosen})})


@cache
def engine() -> Engine:
    """The real engine. Engines remember readings, never decisions, so tests may share it."""
    return Engine(knowledge())


@cache
def judging() -> Judging:
    """The real engine with the answers to the towns' questions."""
    return Judging(knowledge(), engine(), build_answers(knowledge()))


@cache
def lexicon() -> Lexicon:
    """Every file of the base, compiled as the engine compiles it."""
    return Lexicon(knowledge().lexicon, tokeniser())
