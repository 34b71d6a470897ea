"""The engine: compiled knowledge and the path of one conversation through triage. Read this first.

    utterances ─ Reader (normalise, kana, tokenise, lexicon, clauses, context, ages: cached per utterance)
               ─ Teller (who is who, who has what) ─ judge (crisis, scoring, rules) ─ decision (action, question, reasons)

Pure: no clock, no disk, no town but `LocalWords`. The crisis matcher of `glance` stands alone and cannot fail.
"""

import copy
import gc
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from threading import Lock

from knowledge.phrases import Alternatives
from knowledge.schema import CrisisKind, Entry
from knowledge.types import Knowledge
from triage.decide import decision
from triage.judge import Verdict, judge
from triage.language import Languages, has_kana
from triage.lexicon import Lexicon, covered, crisis_kinds
from triage.normalise import fold
from triage.people import Teller
from triage.phrases import Phrases
from triage.picture import Picture
from triage.questions import next_question
from triage.reading import Reader, Reading
from triage.rules import Rules
from triage.tokenise import tokeniser
from triage.types import Asked, Decision, LocalWords, Triage
from triage.weights import SecondLook

REMEMBERED = 4096
RARELY = (20_000, 20, 20)   # a decision leaves no cycles behind; what is remembered of utterances need not be walked every time
_TEARS = frozenset("😢😭😞😔😖😫😩🥺💔😣😰😱")
_LANGUAGE = "language_"


class Engine(Triage):
    """Compiles lexicon and rules once. Thread-safe. DictionaryBroken or RuleError at construction when they don't fit."""

    def __init__(self, knowledge: Knowledge, *, lasting: bool = True) -> None:
        """lasting: False for an engine that is only tried out and then dropped."""
        words = tokeniser()
        words.check()
        self._version = knowledge.version
        self._glossary = knowledge.glossary.needs
        entries = [entry for file in knowledge.lexicon for entry in file.entries]
        own = {town.id: town.lexicon for town in knowledge.towns.values() if town.lexicon is not None}
        self._reader = Reader(Lexicon(knowledge.lexicon, words, own=own), words)
        self._rules = Rules(knowledge.rules)
        self._second = SecondLook(knowledge.weights)
        self._languages = Languages({e.id.removeprefix(_LANGUAGE): e.raw for e in entries if e.id.startswith(_LANGUAGE)})
        self._exact = frozenset(fold(raw) for e in entries if e.id == "chat_exact" for raw in e.raw)
        self._glance = _Glance(entries, Alternatives(knowledge.lexicon))
        self._memory: OrderedDict[tuple[str, int, str | None, str | None], Reading] = OrderedDict()
        self._lock = Lock()
        if lasting:
            gc.freeze()   # the compiled lexicon stays for good: the collector need not walk it at every message
            gc.set_threshold(*RARELY)

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
        picture, verdict = self._judged(readings, local, language)
        if verdict.action == "clarify" and not verdict.crisis and self._small(text):
            verdict.action = "chat"

        def changes(answer: str) -> bool:
            heard = [*readings, self._read(answer, today.year, local.prefecture, local.town)]
            return _gist(self._judged(heard, local, language)[1]) != _gist(verdict)

        question = next_question(verdict, picture, asked, text=text, changes=changes)
        return decision(
            verdict, picture, text, question=question, language=language, words=self._glossary, version=self._version
        )

    def _judged(self, readings: Sequence[Reading], local: LocalWords, language: str) -> tuple[Picture, Verdict]:
        picture = Teller(readings).tell()
        return picture, judge(picture, readings, self._rules, local=local, foreign=language != "ja", second=self._second)

    def over(self, knowledge: Knowledge) -> "Engine":
        """The same words and rules over other facts of the towns: nothing is compiled again, only the version differs."""
        made = copy.copy(self)
        made._version = knowledge.version
        return made

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
        return self._reader.reached(text) - {one.id for one in (*found.found, *found.persons)}

    def glance(self, text: str) -> CrisisKind | None:
        """The crisis matcher alone over folded text: recall first, for queue priority."""
        return self._glance.look(text)

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


def _gist(verdict: Verdict) -> tuple[object, ...]:
    """What a resident and staff would notice of a decision."""
    return verdict.action, verdict.fields, verdict.complex, frozenset(verdict.patterns), verdict.urgency


class _Glance:
    """Crisis words over the shadow, and the idioms that cover them."""

    def __init__(self, entries: Sequence[Entry], known: Alternatives) -> None:
        listed = [(raw, number) for number, entry in enumerate(entries) if entry.kind in ("crisis", "idiom") for raw in entry.raw]
        self._entries = entries
        kinds = crisis_kinds(entries)
        self._covers = {entry.id: covered(entry, kinds) for entry in entries if entry.kind == "idiom"}
        self._phrases = Phrases(listed, known)

    def look(self, text: str) -> CrisisKind | None:
        found = [(begin, end, self._entries[number]) for begin, end, number in self._phrases.find(fold(text))]
        idioms = [(begin, end, entry) for begin, end, entry in found if entry.kind == "idiom"]
        order: list[tuple[int, CrisisKind]] = []
        for begin, end, entry in found:
            if entry.crisis is None or any(
                b < end and begin < e and self._silences(idiom, entry) for b, e, idiom in idioms
            ):
                continue
            order.append((0 if entry.crisis in ("suicide", "self_harm") else 1 if entry.level == "emergency" else 2, entry.crisis))
        return min(order)[1] if order else None

    def _silences(self, idiom: Entry, entry: Entry) -> bool:
        covers = self._covers[idiom.id]
        return not covers or entry.id in covers or f"@{entry.crisis}" in covers
