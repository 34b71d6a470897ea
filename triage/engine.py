"""The engine: compiled knowledge and the path of one conversation through triage. Read this first.

    utterances ─ Reader (normalise, kana, tokenise, lexicon, clauses, context, ages: cached per utterance)
               ─ judge (Teller: who is who, who has what; crisis, scoring, rules) ─ decision (action, question, reasons)

Pure: no clock, no disk, no town but `LocalWords`. The crisis matcher of `glance` stands alone and cannot fail.
"""

import copy
import gc
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from threading import Lock

from knowledge.schema import CrisisKind, LexiconFile
from knowledge.types import Knowledge
from triage.decide import decision
from triage.glance import Glance
from triage.judge import Judge, Verdict
from triage.language import Languages, has_kana
from triage.lexicon import Lexicon
from triage.normalise import fold
from triage.picture import Picture
from triage.questions import next_question
from triage.reading import Reader, Reading
from triage.tokenise import tokeniser
from triage.types import Asked, Decision, LocalWords, Triage

REMEMBERED = 4096
RARELY = (20_000, 20, 20)   # a decision leaves no cycles behind; what is remembered of utterances need not be walked every time
_TEARS = frozenset("😢😭😞😔😖😫😩🥺💔😣😰😱")
_LANGUAGE = "language_"


class Engine(Triage):
    """Compiles lexicon and rules once. Thread-safe. DictionaryBroken or RuleError at construction when they don't fit."""

    def __init__(self, knowledge: Knowledge) -> None:
        gc.disable()   # compiling makes hardly anything but what stays
        try:
            self._compile(knowledge)
        finally:
            gc.freeze()   # the collector need not walk it at every message
            gc.set_threshold(*RARELY)
            gc.enable()

    def _compile(self, knowledge: Knowledge) -> None:
        words = tokeniser()
        words.check()
        self._version = knowledge.version
        self._glossary = knowledge.glossary.needs
        entries = [entry for file in knowledge.lexicon for entry in file.entries]
        self._own = _own_words(knowledge)
        self._reader = Reader(Lexicon(knowledge.lexicon, words), words).over(self._own)
        self._judge = Judge(knowledge)
        self._languages = Languages({e.id.removeprefix(_LANGUAGE): e.raw for e in entries if e.id.startswith(_LANGUAGE)})
        self._exact = frozenset(fold(raw) for e in entries if e.id == "chat_exact" for raw in e.raw)
        self._glance = Glance(knowledge.lexicon).over(self._own)
        self._memory: OrderedDict[tuple[str, int, str | None, str | None], Reading] = OrderedDict()
        self._lock = Lock()

    def decide(
        self, utterances: Sequence[str], *, today: date, asked: Asked = Asked(), local: LocalWords = LocalWords()
    ) -> Decision:
        """Judge the conversation so far. Never raises on any text; always gives a reason."""
        readings = [self._read(text, today.year, local.prefecture, local.town) for text in utterances]
        text = "\n".join(utterances)
        known = all(reading.japanese for reading in readings) and has_kana(text)
        language = "ja" if known else self._languages.of(text)
        if language == "ja" and any(reading.learner for reading in readings):
            language = "ja-easy"
        foreign = language != "ja"
        picture = self._judge.picture(readings)
        verdict = self._judge.judge(picture, readings, local=local, foreign=foreign)
        if verdict.action == "clarify" and not verdict.crisis and self._small(text):
            verdict.action = "chat"

        def changes(answer: str) -> bool:
            heard = [*readings, self._read(answer, today.year, local.prefecture, local.town)]
            return _gist(self._judge.outline(self._judge.picture(heard), heard, local=local, foreign=foreign)) != _gist(verdict)

        question = next_question(verdict, picture, asked, text=text, changes=changes)
        return decision(
            verdict, picture, text, question=question, language=language, words=self._glossary, version=self._version
        )

    def hear(self, utterances: Sequence[str], *, today: date) -> tuple[Picture, list[Reading]]:
        """The picture and the readings that a decision rests on."""
        readings = [self._read(text, today.year) for text in utterances]
        return self._judge.picture(readings), readings

    def over(self, knowledge: Knowledge) -> "Engine":
        """The same common words and rules over other facts of the towns: only towns' own words are compiled again."""
        made = copy.copy(self)
        made._version = knowledge.version
        own = _own_words(knowledge)
        if own != self._own:
            made._own, made._reader, made._glance = own, self._reader.over(own), self._glance.over(own)
            made._memory, made._lock = OrderedDict(), Lock()
        return made

    def reads_alike(self, other: "Engine", text: str, *, today: date, local: LocalWords) -> bool:
        """Whether an engine made by `over` finds just the same of the town's own words in a message as this one."""
        reading = self._read(text, today.year, local.prefecture, local.town)
        return self._reader.own(reading, local.town) == other._reader.own(reading, local.town)

    def forget(self) -> None:
        """Drop what was remembered of utterances; results stay the same, the next ones cost what first ones cost."""
        with self._lock:
            self._memory.clear()

    def matched(self, text: str, *, today: date, town: str | None = None) -> frozenset[str]:
        """Ids of the entries that speak in one message, weakened ones left out; with a town, its own too."""
        reading = self._read(text, today.year, None, town)
        return frozenset(found.id for found in (*reading.found, *reading.persons) if found.weakened is None)

    def outdone(self, text: str, *, today: date, town: str | None = None) -> frozenset[str]:
        """Ids of the entries whose words stand in one message but give way to a longer word of another need."""
        found = self._read(text, today.year, None, town)
        return self._reader.reached(text, town) - {one.id for one in (*found.found, *found.persons)}

    def glance(self, text: str, town: str | None = None) -> CrisisKind | None:
        """The crisis matcher alone over folded text, with the words of a town: recall first, for queue priority."""
        return self._glance.look(text, town)

    def kinds(self, text: str, town: str | None = None) -> tuple[CrisisKind, ...]:
        """All that the crisis matcher sees, the gravest first: where nothing but it could read a text."""
        return self._glance.kinds(text, town)

    def _small(self, text: str) -> bool:
        """True for blank text, pictures alone, and the one-word answers of the lexicon."""
        pieces = "".join(char if char.isalnum() else " " for char in fold(text)).split()
        return (not pieces and _TEARS.isdisjoint(text)) or "".join(pieces) in self._exact or (
            bool(pieces) and all(piece in self._exact for piece in pieces))

    def _read(self, text: str, year: int, prefecture: str | None = None, town: str | None = None) -> Reading:
        key = (text, year, prefecture, town)
        with self._lock:
            known = self._memory.get(key)
            if known is not None:
                self._memory.move_to_end(key)
                return known
        reading = self._reader.read(text, year=year, prefecture=prefecture, town=town)
        with self._lock:
            self._memory[key] = reading
            while len(self._memory) > REMEMBERED:
                self._memory.popitem(last=False)
        return reading


def _own_words(knowledge: Knowledge) -> dict[str, LexiconFile]:
    return {town.id: town.lexicon for town in knowledge.towns.values() if town.lexicon is not None}


def _gist(verdict: Verdict) -> tuple[object, ...]:
    """What a resident and staff would notice of a decision."""
    return verdict.action, verdict.fields, verdict.complex, frozenset(verdict.patterns), verdict.urgency
