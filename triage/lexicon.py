"""The lexicon, compiled: a trie over normal forms and an Aho–Corasick automaton over the shadow.

`words` go into the trie in both segmentations (C and A); `A~B` lets up to four words stand between, `!A` (at the end
also `A~!`) asks the context to deny it (`Hit.denied_wanted`). `raw` and the readings of kana spellings go into the automaton.
Must not know: persons, rules, fields.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cache

from knowledge.phrases import Alternatives
from knowledge.schema import About, CrisisKind, Entry, Field, LexiconFile, Urgency
from triage.idioms import covered, crisis_kinds
from triage.kana import reading_table
from triage.phrases import Phrases
from triage.spelling import Spelling
from triage.tokenise import Line, Tokeniser

GAP = 4
_STOPS = frozenset(("。", "!", "?", "！", "？", "\n"))   # no gap reaches over them
# Particles that only colour a clause: 家賃払えない, 家賃が払えない and 家賃も払えない are one.
PLAIN = frozenset(("が", "は", "も", "を", "って", "なんか", "なんて", "さ", "ね", "よ", "、"))
DENIALS = frozenset(("ない", "ず", "へん", "ぬ", "らん", "ん", "ます"))
_COUNTED = {"歳": "1歳"}   # a counter alone is read as another word (年)
Parts = tuple[tuple[str, ...], ...]
Read = Callable[[str], Line]


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A compiled entry, what every match is asked for near at hand. dialect: prefecture of its file, None everywhere; order: rank for stable output."""

    entry: Entry
    id: str
    kind: str
    because: str
    need: str | None
    fields: Mapping[Field, float]
    topic: str | None
    role: About | None
    crisis: CrisisKind | None
    level: Urgency | None
    intent: str | None
    undeniable: bool
    deed: bool
    sure: bool
    dialect: str | None
    order: int
    heavy: bool = False     # a crisis, or a need that weighs more than a hint somewhere
    context: bool = False   # a marker that colours its sentence
    covers: frozenset[str] = frozenset()   # of an idiom: ids, and kinds of crisis as "@kind": twins of a word are covered with it
    names: tuple[str, ...] = ()   # the ids it gives to rules: its own and that of its need
    named: bool = False     # it stands among the reasons under its own name
    of_somebody: bool = False   # it matters whose it is


@dataclass(slots=True, eq=False)
class Hit:
    """A match, never changed. first..last are word indices of the line, half-open; begin..end offsets of the utterance.

    Not frozen, nor a tuple: dozens are made of a message and asked again and again, and these are three times as quick.
    """

    term: Term
    first: int
    last: int
    begin: int
    end: int
    denied_wanted: bool = False
    raw: bool = False
    gapped: bool = False


_Found = dict[tuple[Term, int, int, bool], Hit]
_LEAF: dict[str, "_Node"] = {}   # shared by all ends of the trie: what is small stays in the processor's cache


@dataclass(slots=True)
class _Node:
    next: dict[str, "_Node"] = field(default_factory=lambda: _LEAF)
    gap: "_Node | None" = None
    ends: tuple[tuple[Term, bool, bool], ...] = ()   # denied wanted, gapped

    def child(self, norm: str) -> "_Node":
        """The node behind `norm`, made where there is none."""
        if self.next is _LEAF:
            self.next = {}
        return self.next.setdefault(norm, _Node())


def _end(node: _Node, first: int, last: int, line: Line, found: _Found) -> None:
    for term, denied, gapped in node.ends:
        key = (term, first, last, denied)
        if key not in found:
            found[key] = Hit(term, first, last, line.begins[first], line.ends[last - 1], denied, False, gapped)


def _leaps(behind: Mapping[str, _Node], norms: Sequence[str], at: int) -> Iterator[tuple[_Node, int]]:
    """Where a gap that begins at `at` may end: the nodes behind it, and the words that come next."""
    for over, norm in enumerate(norms[at : at + GAP + 1], at + 1):
        if norm in behind:
            yield behind[norm], over
        if norm in _STOPS:
            return


class Lexicon:
    """All entries of all files, ready to match. Immutable after construction."""

    def __init__(self, files: Sequence[LexiconFile], tokeniser: Tokeniser, *, beside: "Lexicon | None" = None) -> None:
        """beside: the common words, where these are a town's own: they take its groups and kinds, and give no readings."""
        self._root = _Node()
        self._spelling = Spelling(tokeniser)
        self.terms: list[Term] = []
        raws: list[tuple[str, Term]] = []
        self.kinds: Mapping[str, str] = {**(beside.kinds if beside else {}), **crisis_kinds(entry for file in files for entry in file.entries)}
        self.files: tuple[LexiconFile, ...] = (*(beside.files if beside else ()), *files)
        spelled = Alternatives(self.files)
        first = len(beside.terms) if beside else 0
        heads: set[str] = set()
        things: set[str] = set()   # of the town: あり and はし are hardly ever ants and bridges
        read = cache(tokeniser.read)   # lines with alternatives name the same words over and over
        for file in files:
            for entry in file.entries:
                term = _term(entry, file.dialect, first + len(self.terms), self.kinds)
                self.terms.append(term)
                for word in spelled.all(entry.words):
                    self._add(word, term, read)
                    if beside is None:
                        (things if entry.id.startswith("town_") else heads).update(word.replace("!", "").split("~"))
                if not entry.id.startswith(("language_", "chat_exact")):   # function words: triage/language.py
                    raws.extend((raw, term) for raw in entry.raw)
        self._phrases = Phrases(raws, spelled)
        spoken = {head: tokeniser.readings(head) for head in heads | things}
        self.readings = reading_table(heads | {thing for thing in things if len(spoken[thing]) >= 5}, spoken)

    def in_words(self, line: Line) -> list[Hit]:
        """Matches over normal forms, mode C and mode A."""
        words = line.words
        back = [index for index, word in enumerate(words) if word.norm not in PLAIN]
        coarse = [words[index].norm for index in back]
        if "有る" in coarse:
            coarse = ["無い" if norm == "有る" and _denied_at(line, index + 1) else norm for norm, index in zip(coarse, back, strict=True)]
        found: _Found = {}
        compound = {at: words[index].parts for at, index in enumerate(back) if words[index].parts}
        near = frozenset([at - before for at in compound for before in range(GAP + 1)])
        met = self._walk(coarse, back, range(len(coarse)), line, found, near)
        if compound:
            self._walk(*_in_parts(coarse, back, compound, met), line, found, frozenset())
        return list(found.values())

    def in_shadow(self, text: str) -> list[tuple[int, int, Term]]:
        """Matches over folded text: shadow offsets and the term."""
        return self._phrases.find(text)

    def _walk(
        self, norms: Sequence[str], back: Sequence[int], starts: Sequence[int], line: Line, found: _Found, near: AbstractSet[int]
    ) -> set[int]:
        """Every way through the trie from every start; `leapt` holds the ways that leapt over a gap.

        Returns the starts of ways that came `near` a compound: only those may go on otherwise over its parts."""
        root, count = self._root.next, len(norms)
        met: set[int] = set()
        for start in [start for start in starts if norms[start] in root]:
            node: _Node | None = root[norms[start]]
            at = start + 1
            leapt: list[tuple[_Node, int]] = []
            while node is not None:
                if node.ends:
                    _end(node, back[start], back[at - 1] + 1, line, found)
                if at in near:
                    met.add(start)
                if node.gap is not None and not node.gap.next.keys().isdisjoint(norms[at : at + GAP + 1]):   # mostly nothing lies behind it
                    leapt.extend(_leaps(node.gap.next, norms, at))
                node = node.next.get(norms[at]) if at < count else None
                at += 1
                if node is None and leapt:
                    node, at = leapt.pop()
        return met

    def _add(self, word: str, term: Term, read: Read) -> None:
        listed = [part for part in word.split("~") if part]
        for parts in _denial_at_the_end(listed):
            wanted = bool(parts) and parts[-1].startswith("!")
            inner = [index for index, part in enumerate(parts[:-1]) if part.startswith("!")]
            for full in _segmentations([part.removeprefix("!") for part in parts], read):
                last, stripped = _without_denial(full)
                for told in _with_inner_denials(last, inner):
                    for spelt in self._spelling.both(told):
                        self._insert(spelt, term, denied=wanted or stripped)

    def _insert(self, parts: Parts, term: Term, *, denied: bool) -> None:
        if parts:
            node = self._root
            for index, part in enumerate(parts):
                if index:
                    node.gap = node.gap or _Node()
                    node = node.gap
                for norm in part:
                    node = node.child(norm)
            end = (term, denied, len(parts) > 1)
            if end not in node.ends:
                node.ends = (*node.ends, end)


def _in_parts(
    norms: Sequence[str], back: list[int], compound: Mapping[int, Sequence[str]], met: AbstractSet[int]
) -> tuple[list[str], list[int], list[int]]:
    """Norms with compounds in their parts, the words they came from, and where ways begin that may go over such a part."""
    fine: list[str] = []
    origin: list[int] = []
    starts: list[int] = []
    done = 0
    for at, parts in (*compound.items(), (len(norms), ())):
        starts.extend([len(fine) + start - done for start in range(done, at) if start in met])
        fine.extend(norms[done:at])
        origin.extend(back[done:at])
        starts.extend(range(len(fine), len(fine) + len(parts)))
        fine.extend(parts)
        origin.extend(back[at : at + 1] * len(parts))
        done = at + 1
    return fine, origin, starts


def _term(entry: Entry, dialect: str | None, order: int, kinds: Mapping[str, str]) -> Term:
    danger = entry.kind == "crisis" and entry.crisis is not None   # told by the crisis lane
    return Term(
        entry, entry.id, entry.kind, entry.because, entry.need, entry.fields, entry.topic, entry.role, entry.crisis, entry.level, entry.intent,
        entry.undeniable, entry.deed, entry.sure, dialect, order, _heavy(entry), entry.id.startswith("context_"), covered(entry, kinds),
        (entry.id,) if entry.need is None else (entry.id, entry.need), not danger and not entry.id.startswith(("context_", "mark_", "sense_")),
        entry.kind == "crisis" or bool(entry.need or entry.fields or entry.role),
    )


def _heavy(entry: Entry) -> bool:
    return entry.kind == "crisis" or (entry.kind == "need" and max(entry.fields.values(), default=2.0) >= 2.0)


def _denial_at_the_end(parts: Sequence[str]) -> Iterable[Sequence[str]]:
    """`A~!` is `!A`; `行く~られる~!` is also 行けない, where the dictionary folds the ability into the verb."""
    if parts[-1:] != ["!"] or len(parts) < 2:
        return (parts,)
    *before, last = parts[:-1]
    full = [*before, "!" + last.removeprefix("!")]
    if last != "られる" or len(before) < 2:
        return (full,)
    return full, [*before[:-1], "!" + before[-1].removeprefix("!")]


def _segmentations(parts: Sequence[str], read: Read) -> Iterable[Parts]:
    coarse: list[tuple[str, ...]] = []
    fine: list[tuple[str, ...]] = []
    for part in parts:
        words = list(read(_COUNTED.get(part, part)).words)[1 if part in _COUNTED else 0 :]
        if words and words[-1].norm in PLAIN:
            return   # 今は, 前は: what is left without the particle would say something else; such phrases belong into `raw`
        words = [word for word in words if word.norm not in PLAIN]
        coarse.append(tuple(word.norm for word in words))
        fine.append(tuple(norm for word in words for norm in (word.parts or (word.norm,))))
    if coarse and all(coarse):
        yield tuple(coarse)
        if fine != coarse:
            yield tuple(fine)


def _without_denial(parts: Parts) -> tuple[Parts, bool]:
    """学校に行かない is written as it is said, and matched as 学校に行く + a denial of whatever form follows."""
    last = list(parts[-1])
    cut = len(last)
    while cut > 1 and last[cut - 1] in DENIALS:
        cut -= 1
    if cut == len(last) or not any(norm != "ます" for norm in last[cut:]):
        return parts, False
    if last[cut - 1] in ("てる", "居る") and cut > 2:
        cut -= 2 if last[cut - 2] == "て" else 1
    if last[cut - 1] == "有る":
        return (*parts[:-1], (*last[: cut - 1], "無い")), False
    return (*parts[:-1], tuple(last[:cut])), True


def _with_inner_denials(parts: Parts, inner: Sequence[int]) -> Iterable[Parts]:
    """`!A~B`: the denial stands inside, so its usual forms are written out."""
    if not inner:
        return (parts,)
    forms = (("ない",), ("ず",), ("ます", "ず"), ("て", "居る", "ない"), ("てる", "ない"), ("へん",), ("れる", "ない"), ("られる", "ない"))
    return tuple(
        tuple(part + form if index in inner else part for index, part in enumerate(parts)) for form in forms
    )


def _denied_at(line: Line, at: int) -> bool:
    """有る is 無い where ません, へん or らへん follows."""
    words = line.words
    if at < len(words) and words[at].norm == "ます":
        at += 1
    return at < len(words) and words[at].norm in ("ず", "へん", "ぬ")
