"""What belongs to which mention: particles, modifiers, ages beside names, the dead.

Must not know: the conversation, the topic, rules.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from triage.ages import Age
from triage.context import Found
from triage.lexicon import Hit
from triage.picture import Link, Mention, Someone
from triage.reading import Placed, Reading
from triage.tokenise import Line, Word

OF_THE_WRITER = frozenset((
    "care_burden", "worn_out", "at_edge", "parenting_anxiety", "caring_for_parent", "quit_job_for_care", "single_parent",
    "child_allowance", "after_parents_worry", "caring_child", "postpartum", "no_family_support", "loneliness", "pregnancy",
    "unwanted_pregnancy",
))
OF_A_GROWN_UP = frozenset((
    "no_money", "low_income", "no_income", "debt", "arrears", "rent_arrears", "job_loss", "workless", "lifeline_cut", "no_food",
    "housing_loss", "welfare_benefit", "work_trouble", "no_home",
))
OF_A_CHILD = frozenset(("childcare_place", "development_concern", "young_child", "school_refusal", "bullying", "delinquency"))

OF_A_PUPIL = frozenset(("school_refusal", "bullying"))

_FELT = frozenset(("たい", "れる", "られる", "行ける", "辛い", "怖い", "嫌", "話せる", "しんどい"))
_REPORTED = frozenset(("がる", "言う", "泣く", "様子", "らしい", "様", "みたい", "心配", "申す"))
_SUBJECTS = frozenset(("topic", "of", "bare"))
_TITLES = frozenset(("さん", "ちゃん", "様", "君", "くん", "達", "等", "ら", "方", "の方"))
_BEFORE_AGE = frozenset(("(", "（", "は", "が", "も", "、", "まだ", "もう", "今年", "今", "で", ":", "と", "さん", "ちゃん", "で", "だ", "・", "「", "達",
                         "それぞれ", "年齢", "の", "ら", "もうすぐ", "現在", "くん", "君", "満", "確か", "既に", "たぶん", "多分", "共"))
_AFTER_AGE = frozenset(("の", "に", "成る", "た", "だ", "です", "過ぎる", "過ぎ", "で", ")", "）", "近い", "手前", "児", "くらい", "位", "程", "前後", "半ば", "後半", "前半",
                        "一人暮らし", "独り暮らし", "一人", "独居", "独り", "同居", "寝たきり", "、", "て", "居る", "うち", "年生", "てる", "年"))
_INSIDE = frozenset(("に", "が", "と"))   # 作業所に通う娘, 介護が要る母, うつと言われた夫
_RELATIVE = frozenset(("の", "な", "た", "だ", "て", "居る", "てる", "ない", "ず", "無い", "ます", "有る", "ちゃう", "仕舞う", "様", "ある", "気味", "らしい", "状態", "がち",
                       "暮らし", "中", "方", "です", "持つ", "持ち", "為る", "れる", "られる", "成る", "来る", "くる", "いる", "おる", "同居", "付き", "「", "」", "・", "2", "1", "3", "級", "3級", "障害"))
_AWAY = frozenset(("単身赴任", "出張", "夜勤", "遠方", "県外", "他県", "隣県", "海外", "留守", "共働き", "残業", "多忙", "無関心", "他人事", "泊まり", "転勤", "不在", "仕事", "働く", "帰宅", "手伝う",
                    "嫁ぐ", "就職"))
_SAYING = frozenset(("言う", "話す", "仰る", "怒る", "頼る", "頼む", "申す", "相談", "叱る", "責める", "笑う", "止める"))
_MYSELF = frozenset(("私", "僕", "俺", "わし", "自分"))
_NOT_ATTRIBUTIVE = frozenset(("て", "です", "ます", "で", "が", "に", "を", "は"))
_DEAD_BEFORE = frozenset(("亡き", "故", "無い"))
_DEAD = frozenset(("亡くなる", "他界", "先立つ", "亡くす", "逝去", "死去", "死別", "看取る", "見送る", "急死", "病死", "逝く"))


def link_after(line: Line, at: int) -> Link:
    """What follows a name: は, が, も make it the topic, の makes it an owner, other particles something else."""
    words = line.words
    while at < len(words) and words[at].norm in _TITLES:
        at += 1
    if at < len(words) and words[at].norm in ("(", "（"):
        close = next((i for i in range(at, min(at + 12, len(words))) if words[i].norm in (")", "）")), None)
        if close is not None:
            at = close + 1
    if at >= len(words):
        return "bare"
    word = words[at]
    if word.norm in ("は", "が", "も", "って", "や"):
        return "topic"
    if word.norm == "の":
        return "of"
    if word.norm == "を":
        return "object"
    if word.norm in ("に", "から"):
        return "dative"
    if word.kind == "case" or word.norm in ("に", "を", "へ", "から", "と", "で"):
        return "other"
    return "bare"


@dataclass(slots=True, eq=False)
class Named:
    """A name and what the words beside it say of it."""

    found: Found
    link: Link
    absent: bool
    dead: bool
    itself: bool    # the writer is called so
    aside: bool


def names(reading: Reading) -> tuple[Named, ...]:
    """Every name of an utterance."""
    return tuple([
        Named(found, link_after(reading.line, found.hit.last), absent(reading.line, found.hit.last), dead(reading, found.hit),
              presents_itself(reading, found.hit), aside(reading, found.hit.last))
        for found in reading.persons
    ])


def belongs(line: Line, owner: Mention, first: int) -> bool:
    """True for 母の妹: the earlier name owns the later one."""
    return 0 < first - owner.last <= 1 and line.words[owner.last].norm == "の"


def dead(reading: Reading, hit: Hit) -> bool:
    """亡き父, 母が他界し, 夫に先立たれ, 死んだ夫."""
    words = reading.line.words
    clause_of = reading.clauses.clause_of
    if hit.first and words[hit.first - 1].norm in _DEAD_BEFORE and words[hit.first - 1].norm != "無い":
        return True
    if hit.first > 1 and words[hit.first - 1].norm == "た" and words[hit.first - 2].norm in (_DEAD | {"死ぬ"}):
        return True
    for at in range(hit.last, min(hit.last + 7, len(words))):
        if clause_of[at] > clause_of[hit.first]:
            return False
        norm = words[at].norm
        if norm in _DEAD and _not_yet(words[at + 1 : at + 4]):
            return False
        if norm in _DEAD:
            return not any(words[i].norm in ("父", "母", "夫", "妻", "主人", "奥さん", "親") for i in range(hit.last, at))
        if norm == "死ぬ":
            return at + 1 < len(words) and words[at + 1].norm in ("た", "れる", "て", "だ")
    return False


def _not_yet(after: Sequence[Word]) -> bool:
    """亡くなったら, 亡くなれば, 亡くなるのが怖い, 亡くなる前に."""
    if not after:
        return False
    return any(word.conditional for word in after[:2]) or after[0].norm in ("の", "前", "事", "と", "迄")


def aside(reading: Reading, at: int) -> bool:
    """夫は出張が多い, 母には言えない, 姉は遠くに住んでいる, 父が「甘え」と言う: what follows only says where they stand or what they said."""
    words, clause_of = reading.line.words, reading.clauses.clause_of
    if at >= len(words) or not at:
        return False
    for place in range(at, min(at + 14, len(words))):
        if clause_of[place] > clause_of[at - 1] + 1 or (clause_of[place] > clause_of[at - 1] and words[place].norm not in _SAYING):
            return False
        norm = words[place].norm
        if norm in _AWAY or (norm in _SAYING and words[place - 1].norm in ("と", "って", "に", "」", "も", "は", "て")):
            return True
    return False


def presents_itself(reading: Reading, hit: Hit) -> bool:
    """東京に住む次男です, 小4の母です, 長女のわたし: the word of kinship is the writer."""
    words, at = reading.line.words, hit.last
    if at >= len(words):
        return False
    if words[at].norm == "の" and at + 1 < len(words) and words[at + 1].norm in _MYSELF:
        return True
    stands = words[at].norm in ("です", "御座る") or (words[at].norm == "の" and at + 1 < len(words) and words[at + 1].norm in ("立場", "者"))
    if not stands:
        return False
    sentence = reading.clauses.sentence_of[hit.first]
    before = [words[i].norm for i in range(hit.first) if reading.clauses.sentence_of[i] == sentence]
    return not any(norm in ("は", "が", "も", "、", "で") for norm in before) and not (at + 1 < len(words) and words[at + 1].norm in ("が", "けど", "か"))


def first_person(found: Found, reading: Reading) -> bool:
    """行きたくない, 行けない, 無視される without と言う, がる or 心配: felt, not observed."""
    sentences = reading.clauses.sentence_of
    norms = {word.norm for word, sentence in zip(reading.line.words, sentences, strict=True) if sentence == found.sentence}
    return bool(norms & _FELT) and norms.isdisjoint(_REPORTED)


def absent(line: Line, at: int) -> bool:
    """子なし, 身内もいない, きょうだいもおりません: nobody is there."""
    words = line.words
    while at < len(words) and (words[at].kind in ("bind", "case", "suffix") or words[at].norm in ("は", "が", "も")):
        at += 1
    if at >= len(words):
        return False
    if words[at].norm in ("無し", "なし", "無い"):
        return True
    if words[at].norm in ("居る", "おる", "出来る"):
        return words[at].negative or any(word.norm in ("ない", "ず", "へん", "ぬ") for word in words[at + 1 : at + 3])
    return False


def beside(placed: Placed, line: Line, mentions: Sequence[Mention]) -> Someone | None:
    """The person whose name stands directly by an age: 80の母, 母(80), 息子は五十."""
    words = line.words
    after = next((m for m in mentions if m.first >= placed.last), None)
    before = next((m for m in reversed(mentions) if m.last <= placed.first), None)
    if after is not None and after.first - placed.last <= 9 and fits(after.someone, placed.age):
        between = [words[i].norm for i in range(placed.last, after.first)]
        if not between and before is not None and before.link == "topic" and placed.first - before.last == 1 and fits(before.someone, placed.age):
            return before.someone   # わたしは七十九 むすめは四十八
        if not between or (len(between) <= 3 and (between[0] in ("の", "に") or between[-1] == "の") and all(norm in _AFTER_AGE for norm in between)):
            return after.someone
        if "の" in between[:3] and after.first - placed.last <= 9 and _runs_on(words[placed.last : after.first]):
            return after.someone
    near = before is not None and placed.first - before.last <= 4 and fits(before.someone, placed.age)
    if near and before is not None and all(words[i].norm in _BEFORE_AGE for i in range(before.last, placed.first)):
        return before.someone
    within = next((m for m in mentions if m.first < placed.last and placed.first < m.last), None)
    return within.someone if within is not None and within.someone.role != "self" else None


def _runs_on(between: Sequence[Word]) -> bool:
    """四十代くらいのお仕事をされていない息子さん: one attribute of the name, no stop and no other subject."""
    return not any(word.kind in ("stop", "symbol", "bind") or word.norm in ("が", "と", "て", "で", "から") for word in between)


def fits(someone: Someone, age: Age) -> bool:
    """True where a person of this role can be so old."""
    if someone.role == "self" and age.high <= 9:
        return False   # 小3の母です
    if someone.role == "parent":
        return age.high >= 25
    if someone.role == "grandparent":
        return age.high >= 45
    if someone.role == "spouse":
        return age.high >= 16
    return age.low <= 80 or someone.role != "child"


def sentence_at(reading: Reading, word: int) -> int:
    """Sentence of a word."""
    sentences = reading.clauses.sentence_of
    return sentences[min(word, len(sentences) - 1)] if sentences else 0


def lonely(reading: Reading, placed: Placed) -> bool:
    """True where an age is nearly a sentence of its own: 50代です。 / 34歳。 / 36歳、ひとり。"""
    sentence = sentence_at(reading, placed.first)
    sentences = reading.clauses.sentence_of   # they only rise
    return bisect_right(sentences, sentence) - bisect_left(sentences, sentence) <= placed.last - placed.first + 3


def described(hit: Hit, line: Line, mentions: Sequence[Mention]) -> Someone | None:
    """The person a match modifies: 引きこもりの息子, 認知症で寝たきりの母, 学校に行かない娘. mentions: at least one, in order."""
    first, last = hit.first, hit.last
    named = after = None
    for mention in mentions:
        if mention.first >= last:
            after = mention
            break
        if named is None and mention.last == last and mention.first > first:
            named = mention
    if named is not None and named.link != "owner":
        return named.someone   # 知的障害~弟: the phrase ends with the name
    if after is None or after.first - last > 7 or after.link == "owner":
        return None
    between = line.words[hit.last : after.first]
    if not between or between[-1].norm in _NOT_ATTRIBUTIVE:
        return None
    paired = between[0].norm == "と" and between[-1].norm == "の"   # 透析と認知症の父
    if not all(word.norm in _RELATIVE or word.norm in _INSIDE or word.kind in ("verb", "number", "adjective") or (paired and word.kind == "noun") for word in between):
        return None
    joined = max((at for at, word in enumerate(between) if word.norm in _INSIDE), default=-1)
    if joined >= 0 and not paired and not any(word.kind in ("verb", "adjective") for word in between[joined + 1 :]):
        return None   # 登校しぶりと父: two matters side by side
    return after.someone


def nearest(found: Found, mentions: Sequence[Mention]) -> Mention | None:
    """The last name before a match in its clause, subjects before others; then the sentence's topic."""
    first, last = found.hit.first, found.hit.last
    inside: Mention | None = None
    earlier: Mention | None = None
    for mention in reversed(mentions):   # in order of the words
        if mention.first >= last:
            continue
        if mention.first >= first:
            if inside is None and mention.link in _SUBJECTS:
                inside = mention
            if mention.first == first and mention.link in _SUBJECTS:
                return mention   # 父の退院: the phrase names its own person
        elif mention.sentence < found.sentence:
            break
        elif not mention.someone.deceased:
            if mention.clause == found.clause and mention.link in _SUBJECTS:
                return mention
            if earlier is None and mention.link == "topic":
                earlier = mention
    return inside or earlier
