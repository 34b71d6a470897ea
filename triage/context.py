"""What the words around a match do to it: denial, past and solved, hearsay and news, supposition.

A wanted denial (`!食べる`) makes a match; an unwanted one takes its force. Nothing is dropped here: a weakened match keeps
its place and says why. Must not know: which matches matter, persons, rules.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from triage.clauses import Clauses
from triage.lexicon import Hit, Term
from triage.tokenise import Line, Word

NEGATORS = frozenset(("ない", "無い", "ず", "へん", "ぬ", "まい", "無し", "なし", "らん", "ひん", "ねえ", "やん"))
ABSENCE = frozenset(("無い", "有る", "ない"))
GOING = frozenset(("行く", "来る"))   # 見て行く only colours 見る; 検査に行く is a deed of its own
PLACES = frozenset(("に", "へ", "まで"))
REACH = 8   # words behind a match among which a denial of it may stand
LINKS = frozenset((
    "話", "事", "こと", "訳", "積もり", "様子", "気持ち", "感じ", "疑い", "関係", "問題", "予定", "為る", "居る", "てる", "言う", "おる", "有る",
    "出来る", "思う", "仕舞う", "貰う", "呉れる", "頂く", "気", "とる", "見る", "もらう", "くれる", "たい", "せる", "れる", "られる", "達", "とく",
    "下さる", "く", "行く", "来る", "成る", "必要", "切る", "全然", "全く", "一切", "決して", "一度",
))
LISTING = frozenset(("か", "とか", "だの"))   # 殴られるとか浮気とかではなくて
LINK_KINDS = frozenset(("aux", "case", "bind", "particle", "suffix"))
LINK_PARTICLES = frozenset(("て", "で", "ながら"))
ASKED_AFTER = frozenset(("か", "かな", "かしら", "だろう", "でしょう", "です", "だ", "と", "の"))
DOUBT = frozenset(("か", "かな", "かしら"))
PREDICATES = frozenset(("verb", "adjective", "aux"))
LIGHT = frozenset(("受ける", "為る", "使う", "申し込む", "有る", "取る", "貰う", "通う", "行く", "入る", "出す", "頼む", "ます", "た", "です", "たい", "だ", "居る", "てる"))
COPULAS = frozenset(("だ", "で", "とか", "など", "と"))
MUST = frozenset(("ば", "と"))


_TENSED = frozenset(("crisis", "person"))   # an attempt that lies back, a profession one had


@dataclass(slots=True, eq=False)
class Found:
    """A match and where it stands, never changed (see `Hit`). weakened: None while it counts, else the word for why it doesn't (fully)."""

    hit: Hit
    entry: Term            # of the match, and its id: asked for everywhere
    id: str
    clause: int
    sentence: int
    weakened: str | None = None
    past: bool = False     # the match is told in the past tense
    happens: bool = False  # a need told as something that happens, not only named: ヘルパーを断られた, but not ヘルパー


def judge(hits: Sequence[Hit], line: Line, clauses: Clauses) -> list[Found]:
    """Matches with their context; those whose wanted denial is missing are gone."""
    found: list[Found] = []
    words, clause_of, sentence_of = line.words, clauses.clause_of, clauses.sentence_of
    denied_ends = _before_denials(words)
    end = len(clause_of) - 1
    for hit in hits:
        entry = hit.term
        denied = hit.last in denied_ends and _denied(words, hit)
        if hit.denied_wanted and not denied:
            continue
        weakened = "denied" if denied and not hit.denied_wanted else None
        at = hit.first if hit.first < end else end
        if at < 0:
            found.append(Found(hit, entry, entry.id, 0, 0, weakened))
            continue
        past = entry.kind in _TENSED and _told_in_past(words, hit)   # nothing else asks for it
        found.append(Found(hit, entry, entry.id, clause_of[at], sentence_of[at], weakened, past, entry.heavy and _happens(words, hit)))
    return found


def _before_denials(words: Sequence[Word]) -> Set[int]:
    """Where a match may end that a word of denial ends itself, or denies from among those after it."""
    denials = [index for index, word in enumerate(words) if word.negative or word.norm in NEGATORS]
    return {last for index in denials for last in range(index - REACH + 1, index + 2)}


def _denied(words: Sequence[Word], hit: Hit) -> bool:
    if hit.raw:
        return (_of_a_deed(hit) or _names_a_thing(words, hit)) and denied_after(words, hit)
    if not hit.denied_wanted and words[hit.last - 1].norm == "有る":
        return False   # ありません was read as 無い: its denial is spent
    return denied_after(words, hit)


def _happens(words: Sequence[Word], hit: Hit) -> bool:
    return any(word.kind in PREDICATES and word.norm not in LIGHT for word in words[hit.first : hit.last])


def _told_in_past(words: Sequence[Word], hit: Hit) -> bool:
    """死のうとした, リスカしてた: た follows before the clause goes on."""
    for word in words[hit.last : hit.last + 5]:
        if word.norm in ("た", "てた"):
            return True
        if word.kind not in LINK_KINDS and word.norm not in LINKS and word.norm not in LINK_PARTICLES:
            return False
    return False


def _of_a_deed(hit: Hit) -> bool:
    """死にたく, 叩いて: phrases that a denial behind them turns round."""
    entry = hit.term
    return entry.crisis in ("suicide", "self_harm", "dv", "sexual_violence") and not entry.undeniable


def _names_a_thing(words: Sequence[Word], hit: Hit) -> bool:
    """A phrase that ends in a noun: only 〜ではない and the like deny it, not every ない further on."""
    return hit.last < len(words) and words[hit.last - 1].kind in ("noun", "name") and words[hit.last].norm in COPULAS


def denied_after(words: Sequence[Word], hit: Hit) -> bool:
    """True where the match is denied by what follows it: 虐待ではない, 働いていません, 見えん, 死にたいとは思わない."""
    if not 0 < hit.last <= len(words):
        return False
    last = words[hit.last - 1]
    if last.norm == "しか" or _holds_its_denial(words, hit):
        return False
    if last.negative:
        return not _must(words, hit.last)
    denial = last.norm in NEGATORS
    for at in range(hit.last, min(hit.last + REACH, len(words))):
        word = words[at]
        if word.norm == "しか" or (denial and word.norm in LINK_PARTICLES):
            return False   # お金がなくて出来ない: the second denial is of something else
        if word.norm in NEGATORS:
            return not _must(words, at + 1) and not _doubted(words, at + 1)
        if word.negative:
            return True
        if word.kind not in LINK_KINDS and word.norm not in LINKS and word.norm not in LINK_PARTICLES and words[at - 1].norm not in LISTING:
            return False
        if word.norm in GOING and words[at - 1].norm in PLACES:
            return False
    return False


def _holds_its_denial(words: Sequence[Word], hit: Hit) -> bool:
    """死ぬ勇気もない, 生きててもしょうがない, 生きる意味がありません: the phrase means just this denial."""
    last = words[hit.last - 1]
    if hit.raw and (last.negative or last.norm in NEGATORS):
        return True
    if hit.raw and last.norm == "ます" and hit.last < len(words) and words[hit.last].norm == "ず":
        return True
    at = hit.last
    if hit.last - hit.first > 1 and last.kind == "noun" and at < len(words) and words[at].norm in ("が", "も"):
        at += 1
    elif not (hit.raw and last.norm in ("が", "も")):
        return False
    return at < len(words) and words[at].norm in ABSENCE


def _must(words: Sequence[Word], at: int) -> bool:
    """なければならない, ないといけない, なくてはならない, ないとは言えない deny nothing."""
    following = [word.norm for word in words[at : at + 4]]
    if following[:1] == ["ば"] or following[:2] == ["と", "行ける"] or following[:2] == ["と", "行く"]:
        return True
    if following[:2] == ["て", "は"] or (following[:1] == ["で"] and following[1:2] == ["は"]):
        return bool(set(following[2:]) & {"成る", "行ける", "行く", "駄目"})
    return following[:3] == ["と", "は", "言う"] or following[:2] == ["と", "言い切る"]


def _doubted(words: Sequence[Word], at: int) -> bool:
    """虐待ではないか, 認知症じゃないかと思う, 鬱なんじゃないでしょうか mean the thing, not its absence."""
    following = [word.norm for word in words[at : at + 4]]
    for index, norm in enumerate(following):
        if norm in DOUBT:
            return True
        if norm not in ASKED_AFTER or (norm == "です" and index > 1):
            return False
    return False
