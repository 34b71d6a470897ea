"""One utterance, read: words, matches in their context, persons named, ages. Cached by the engine, pure.

Must not know: other utterances, who the topic is, rules.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any, TypeVar, cast

from knowledge.schema import Entry, LexiconFile
from triage.ages import Age, ages
from triage.clauses import Clauses, clauses
from triage.context import Found, judge
from triage.kana import Kana, Rewritten, in_kana, modern
from triage.language import by_a_learner, japanese_alone
from triage.lexicon import Hit, Lexicon, Term
from triage.normalise import Shadow, shadow
from triage.tokenise import Line, Tokeniser

Note = TypeVar("Note")
_FIRST, _GAPPED = attrgetter("hit.first"), attrgetter("hit.gapped")
_in_order = attrgetter("begin", "end", "term.order")
MOST = 40   # matches of one entry, and ages, in one utterance


@dataclass(slots=True, eq=False)
class Placed:
    """An age and the words it covers."""

    age: Age
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What one utterance says by itself. Offsets count code points of the utterance."""

    text: str
    dark: Shadow
    line: Line
    clauses: Clauses
    found: tuple[Found, ...]      # needs, settings, crises, intents; idioms have done their work
    persons: tuple[Found, ...]    # persons named, in order
    ages: tuple[Placed, ...]
    kana: bool
    asks: bool                    # a sentence ends as a question
    japanese: bool                # nothing in it could be another language
    learner: bool                 # written by somebody who learns Japanese
    told: int                     # content words, names and phrases of asking left out
    things: int                   # of these the nouns that name some concrete matter
    exaggerates: bool             # 死ぬほど, 笑い死ぬ: an idiom stands over words of danger
    notes: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)   # see `noted`

    def standing(self) -> frozenset[str]:
        """Ids of the entries that stand, weakened ones left out."""
        return self.noted("standing", _standing)

    def noted(self, name: Hashable, work: "Callable[[Reading], Note]") -> "Note":
        """What `work` finds in this utterance alone, worked out once: a talk pays for its newest message only."""
        found = self.notes.get(name)
        if found is None:
            found = self.notes[name] = work(self)
        return cast("Note", found)


def _standing(reading: Reading) -> frozenset[str]:
    return frozenset([found.id for found in reading.found if found.weakened is None])


class Reader:
    """Reads utterances with one compiled lexicon, and beside it each town's own words. Thread-safe."""

    def __init__(self, lexicon: Lexicon, tokeniser: Tokeniser) -> None:
        self._lexicon = lexicon
        self._own: dict[str, Lexicon] = {}
        self._tokeniser = tokeniser
        self._kana = Kana(lexicon.readings)

    def over(self, own: Mapping[str, LexiconFile]) -> "Reader":
        """The same common words with these words of towns."""
        made = copy(self)
        made._own = {town: Lexicon([file], self._tokeniser, beside=self._lexicon) for town, file in own.items()}
        return made

    def own(self, reading: "Reading", town: str | None) -> list[tuple[Entry, frozenset[str], int, int]]:
        """The town's own words in what has been read, wherever they stand."""
        hits = self._hits(reading.dark, reading.line, self._own.get(town or ""))
        return [(hit.term.entry, hit.term.covers, hit.begin, hit.end) for hit in hits]

    def read(self, text: str, *, year: int, prefecture: str | None = None, town: str | None = None) -> Reading:
        """Everything that `text` says by itself. year: today's, for years of birth; prefecture: whose dialect, None all;

        town: whose own words, None nobody's.
        """
        kana = in_kana(text)
        plain = modern(text)
        rewritten = self._kana.rewrite(plain) if kana else Rewritten(plain, None)
        line = _original(self._tokeniser.read(rewritten.text.replace("\n", "。")), rewritten)
        parts = clauses(line)
        dark = shadow(text)
        hits = self._hits(dark, line, self._lexicon) + self._hits(dark, line, self._own.get(town or ""))
        if prefecture is not None:   # before anything gives way to them: words of other prefectures are no words here
            hits = [hit for hit in hits if hit.term.dialect is None or hit.term.dialect == prefecture]
        kept = settle(hits)
        judged = judge(kept, line, parts)
        found = sorted(_resolved(_in_context(_once(judged), line)), key=_FIRST)
        persons = tuple([one for one in found if one.entry.kind == "person"])
        rest = tuple([one for one in found if one.entry.kind not in ("person", "idiom")])
        told, things = _told(line, persons)
        return Reading(text, dark, line, parts, rest, persons, tuple(_placed(ages(rewritten.text, year=year)[:MOST], line, rewritten)), kana, _asks(line),
                       japanese_alone(text), _by_a_learner(text, line, rest, kana=kana), told, things, _exaggerates(hits))

    def reached(self, text: str, town: str | None = None) -> frozenset[str]:
        """Ids of entries whose words stand in `text` and that no idiom silences, also where a longer word of another need speaks."""
        line = self._tokeniser.read(text)
        dark = shadow(text)
        hits = self._hits(dark, line, self._lexicon) + self._hits(dark, line, self._own.get(town or ""))
        return frozenset(hit.term.id for hit in _unsilenced(hits))

    def _hits(self, folded: Shadow, line: Line, lexicon: Lexicon | None) -> list[Hit]:
        if lexicon is None:
            return []
        found = lexicon.in_words(line)
        begins = line.begins
        for begin, end, term in lexicon.in_shadow(folded.text):
            start, stop = folded.span(begin, end)
            first = max(0, bisect_right(begins, start) - 1)
            last = bisect_left(begins, stop, first)
            found.append(Hit(term, first, last if last > first else first + 1, start, stop, False, True))
        return found


# Nouns that name no matter yet: what one writes before one says what it is about.
_VAGUE = frozenset((
    "担当", "担当者", "前回", "続き", "件", "用件", "要件", "書類", "手紙", "通知", "秘密", "連絡", "理由", "意味", "事情", "内容", "誰", "皆さん", "皆",
    "手続き", "手続", "こと", "もん", "とこ", "思い", "今度", "全部", "本当", "時間", "整理", "平日", "土曜", "日曜", "夕方", "昨日", "明日", "今朝", "先日",
    "先週", "来週", "来月", "先月", "今年", "去年", "毎日", "毎晩", "最後", "無理", "限界", "一人", "二人", "自分", "方法", "返事", "名前", "場所",
    "うち", "いま", "さっき", "職員", "皆様", "御免", "気持ち", "涙", "お金", "世の中", "何度", "大人", "家庭", "職場", "仕事", "会社", "学校", "病院",
))


_FROM_ABROAD = frozenset(("plain_japanese", "japanese_hard"))


def _by_a_learner(text: str, line: Line, found: Sequence[Found], *, kana: bool) -> bool:
    stated = any(one.weakened is None for one in found if one.id in _FROM_ABROAD)
    return by_a_learner(text, line, kana=kana, stated=stated) if kana or stated else False


def _exaggerates(hits: Sequence[Hit]) -> bool:
    return not _EXAGGERATIONS.isdisjoint([hit.term.id for hit in hits])


_EXAGGERATIONS = frozenset(("idiom_die_degree", "idiom_killing", "idiom_melt", "idiom_fan"))


def _told(line: Line, persons: Sequence[Found]) -> tuple[int, int]:
    """How many content words are told, and how many concrete nouns among them; names left out."""
    named = {index for found in persons for index in range(found.hit.first, found.hit.last)}
    told = {word.norm: word for index, word in enumerate(line.words) if word.content and index not in named}
    return len(told), sum(word.kind in ("noun", "name") and norm not in _VAGUE for norm, word in told.items())


_QUESTION = frozenset(("か", "かな", "かしら", "かね", "かい"))
_WHAT = frozenset(("何処", "何時", "幾ら", "何", "誰", "何方", "何れ", "なんぼ", "いくつ", "幾つ"))
_ASKING = _QUESTION | _WHAT | {"?", "？", "教える", "知る", "ば", "は"}


def _asks(line: Line) -> bool:
    """〜ですか, 〜だか？, どこ？, 教えて at the end of a sentence."""
    words = line.words
    for index, word in enumerate(words):
        if word.norm not in _ASKING:
            continue
        last = index + 1 == len(words)
        if word.norm in ("?", "？"):
            return True
        closed = last or words[index + 1].kind in ("stop", "symbol")
        if word.norm in _WHAT or word.norm in ("ば", "は"):   # 申し込みはどこ, 持ち物は, どこに連絡すれば
            if closed and (word.norm not in ("ば", "は") or (last and index > 1)):
                return True
            continue
        if word.norm in _QUESTION and word.kind in ("end", "particle") and (closed or words[index + 1].kind == "end"):
            return True
        if word.norm in ("教える", "知る") and index + 6 >= len(words) and any(w.norm in ("て", "たい") for w in words[index + 1 : index + 3]):
            return True
    return False


def _original(line: Line, rewritten: Rewritten) -> Line:
    if rewritten.starts is None:
        return line
    spans = [rewritten.span(begin, end) for begin, end in zip(line.begins, line.ends, strict=True)]
    return Line(line.words, tuple(span[0] for span in spans), tuple(span[1] for span in spans))


def settle(hits: Sequence[Hit]) -> list[Hit]:
    """Idioms silence what they cover; a match inside a longer unbroken one of the same kind gives way to it."""
    standing = sorted(_unsilenced(hits), key=_widest_first)
    reach: dict[str, Hit] = {}     # per kind: the unbroken match that reaches furthest so far
    kept: dict[tuple[int, int, bool, bool], Hit] = {}   # a raw phrase may stand where a wider pattern is denied
    broken = False
    for hit in standing:
        kind = hit.term.kind
        if kind in _NARROWED:
            over = reach.get(kind)
            if over is not None and over.end >= hit.end and over.end - over.begin > hit.end - hit.begin and _another_matter(over, hit):
                continue
            if not hit.gapped and (over is None or hit.end > over.end):
                reach[kind] = hit
        kept.setdefault((hit.term.order, hit.first, hit.denied_wanted, hit.gapped), hit)
        broken = broken or hit.gapped
    whole = [hit for hit in kept.values() if not _within_a_pattern(hit, kept)] if broken else list(kept.values())
    return _thinned(sorted(whole, key=_in_order))


_NARROWED = frozenset(("need", "person"))


def _within_a_pattern(hit: Hit, kept: Mapping[tuple[int, int, bool, bool], Hit]) -> bool:
    """The beginning of a wider pattern of the same entry (自殺 of 自殺~考える) says nothing beside it; a raw phrase does."""
    wider = None if hit.gapped or hit.raw else kept.get((hit.term.order, hit.first, hit.denied_wanted, True))
    return wider is not None and wider.end >= hit.end


def _thinned(hits: list[Hit]) -> list[Hit]:
    """At most MOST matches of an entry, the first and the last: a word repeated a thousand times says no more."""
    if len(hits) <= MOST:
        return hits
    places: dict[int, list[int]] = {}
    for at, hit in enumerate(hits):
        places.setdefault(hit.term.order, []).append(at)
    kept = {at for listed in places.values() for at in (listed if len(listed) <= MOST else listed[: MOST // 2] + listed[-MOST // 2 :])}
    return [hit for at, hit in enumerate(hits) if at in kept] if len(kept) < len(hits) else hits


def _once(found: list[Found]) -> list[Found]:
    """One match of an entry at a place: the one that nothing weakens, else the widest. Only a pattern with a gap stands beside another."""
    if not any(map(_GAPPED, found)):
        return found
    best: dict[tuple[int, int, bool], Found] = {}
    for one in found:
        key = (one.entry.order, one.hit.first, one.hit.denied_wanted)
        other = best.get(key)
        if other is None or (one.weakened is None, one.hit.end) > (other.weakened is None, other.hit.end):
            best[key] = one
    return sorted(best.values(), key=lambda one: _in_order(one.hit)) if len(best) < len(found) else found


_SUBJECT = "subject_"   # what the whole message is about: キャンプ場の予約, a cat that got lost
_ALL = 1 << 30


def _unsilenced(hits: Sequence[Hit]) -> Sequence[Hit]:
    """Matches that no idiom covers. Near-linear: idioms of a kind lie in joined, sorted stretches."""
    stretches: dict[int, list[tuple[int, int]]] = {}
    terms: dict[int, Term] = {}
    idioms = [hit for hit in hits if hit.term.kind == "idiom"]
    if not idioms:
        return hits
    alone = not any(hit.term.kind == "person" for hit in hits)   # 小説を書いています。夫に殴られました is no fiction
    for hit in sorted(idioms, key=_widest_first):
        terms[hit.term.order] = hit.term
        joined = stretches.setdefault(hit.term.order, [])
        if alone and hit.term.id.startswith(_SUBJECT):
            joined[:] = [(0, _ALL)]
            continue
        if joined and hit.begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], hit.end))
        else:
            joined.append((hit.begin, hit.end))
    against: dict[int, list[list[tuple[int, int]]]] = {}
    standing = []
    for hit in hits:
        silent = against.get(hit.term.order)
        if silent is None:
            silent = against[hit.term.order] = [stretches[order] for order, term in terms.items() if _silences(term, hit.term)]
        if not silent or not any(_touches(joined, hit.begin, hit.end) for joined in silent):
            standing.append(hit)
    return standing


def _touches(joined: Sequence[tuple[int, int]], begin: int, end: int) -> bool:
    at = bisect_left(joined, (end, 0)) - 1   # the last stretch that starts before `end`
    return at >= 0 and joined[at][1] > begin


def _another_matter(longer: Hit, hit: Hit) -> bool:
    """Words for the same need stand side by side; 障害 gives way to 発達障害, 母 to 義母."""
    mine, other = hit.term, longer.term
    return mine.kind == "person" or mine.need != other.need


def _widest_first(hit: Hit) -> tuple[int, int, int]:
    return hit.begin, -hit.end, hit.term.order


def _silences(idiom: Term, entry: Term) -> bool:
    if entry.kind == "idiom":
        return False
    covers = idiom.covers
    if not covers:
        return entry.kind != "intent"   # 街灯が消える is no wish to vanish, but still about a street light
    return entry.id in covers or f"@{entry.crisis}" in covers


def _placed(found: Sequence[Age], line: Line, rewritten: Rewritten) -> list[Placed]:
    placed = []
    for age in found:
        begin, end = rewritten.span(age.begin, age.end)
        first = max(0, bisect_right(line.begins, begin) - 1)
        last = max(first + 1, bisect_left(line.begins, end))
        placed.append(Placed(age if rewritten.starts is None else replace(age, begin=begin, end=end), first, last))
    return placed


def _in_context(found: Sequence[Found], line: Line) -> list[Found]:
    """News and hearsay, and what is past and over, take the force of the words in their sentence."""
    told = [one for one in found if (one.entry.context or one.id.startswith(_REMORSE)) and one.weakened is None]
    if not told:
        return list(found)
    markers: dict[int, set[str]] = {}
    over_at: dict[int, int] = {}
    news_at: dict[int, int] = {}
    for one in told:
        markers.setdefault(one.sentence, set()).add(one.id)
        if one.id == "context_news":
            news_at[one.sentence] = min(news_at.get(one.sentence, one.hit.first), one.hit.first)
        elif one.id == "context_over":
            over_at[one.sentence] = max(over_at.get(one.sentence, 0), one.hit.first)
    mine: dict[int, int] = {}    # sentence -> where the writer speaks of himself, after the news
    for one in found:
        if one.id == "person_self" and one.hit.first > news_at.get(one.sentence, one.hit.first):
            mine[one.sentence] = max(mine.get(one.sentence, 0), one.hit.first)
    coloured = markers.keys() | {sentence - 1 for sentence in markers}
    return [_weigh(one, markers, over_at, mine, line) if one.sentence in coloured else one for one in found]


def _resolved(found: Sequence[Found]) -> list[Found]:
    """「連絡がつきました、旅行でした」: what was feared for somebody out of sight is over; a suspicion only in the sentence that clears it."""
    at = {one.sentence for one in found if one.id == "context_resolved" and one.weakened is None}
    if not at:
        return list(found)
    last = max(at)
    return [replace(one, weakened="past") if one.weakened is None and _feared(one) and (one.sentence in at or (one.sentence < last and one.entry.crisis in _UNSEEN))
            else one for one in found]


_UNSEEN = frozenset(("medical", None))


def _feared(one: Found) -> bool:
    entry = one.entry
    return entry.crisis in ("medical", "child_abuse", "elder_abuse", "disability_abuse") or entry.need == "unseen" or entry.id in ("unseen_neighbour", "other_person_state")


_REMORSE = "mark_remorse"
_LONG_AGO = frozenset(("context_past", "context_dated"))
_LIFE = frozenset(("suicide", "self_harm"))   # 「前は死のうとしたけど、今は元気です」: violence and hunger are not over so lightly


def _weigh(one: Found, markers: dict[int, set[str]], over_at: dict[int, int], told: dict[int, int], line: Line) -> Found:
    """told: sentence -> the word from which on the writer tells of himself, after the news: 講座で聞いて、私も叩いてしまう."""
    if one.weakened is not None or one.entry.context or one.entry.kind in ("person", "intent"):
        return one
    here = markers.get(one.sentence, set())
    following = markers.get(one.sentence + 1, set())
    if "context_news" in here and one.hit.first < told.get(one.sentence, one.hit.first + 1) and not _own_life(one, here, line):
        return replace(one, weakened="news")
    past = bool(_LONG_AGO & here)
    if "context_again" in here or "context_again" in following:
        return one
    if one.hit.first < over_at.get(one.sentence, -1) and (past or one.entry.kind != "crisis" or (one.entry.crisis in _LIFE and one.past)):
        return replace(one, weakened="past")
    if past and "context_over" in following:
        return replace(one, weakened="past")
    return one


def _own_life(one: Found, here: set[str], line: Line) -> bool:
    """ドラマを見ていたら死にたくなった, 講座の前に叩いてしまって are the writer's own; 自殺のニュース names a subject, a quoted word is the play's."""
    if "mark_remorse" in here and one.entry.kind == "crisis":
        return True
    if one.entry.crisis not in _LIFE or "context_quoted" in here:
        return False
    last = max(1, min(one.hit.last, len(line.words)))
    around = line.words[last - 1 : last + 1]
    return all(word.kind not in ("noun", "name") for word in around)   # nor 自殺した芸能人
