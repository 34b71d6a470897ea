"""Who writes: somebody about the own life and family, a neighbour, or a professional.

Words of the lexicon name the part: role `neighbour` and `client`. How an id begins says how much its words weigh: `onlooker_`
(the writer says to be a landlord, a shopkeeper …) decides alone, `place_` (隣, 裏) only with somebody who lives there,
`profession_` only where the writer is introduced by it; any other acquaintance must be what a sentence is about.
Must not know: ages, needs, who else there is.
"""

from collections.abc import Sequence

from knowledge.schema import About
from triage import attach
from triage.context import Found
from triage.picture import Link
from triage.reading import Reading
from triage.tokenise import Line, Word

_ABOUT: frozenset[Link] = frozenset(("topic", "of", "bare"))
_KINDRED = frozenset(("self", "unknown", "neighbour", "client"))
_IS = frozenset(("です", "だ", "として", "御座る", "ます", "者"))
_AS = frozenset(("為る", "遣る", "やる", "勤める", "務める", "働く", "為さる", "居る", "致す", "おる"))
_CALLED = frozenset(("welfare_commissioner",))   # an office one holds for others
_OWN_CIRCLE = frozenset(("self", "client", "parent", "grandparent", "spouse", "sibling"))
_PUPILS = frozenset(("高校生", "大学生", "中学生", "小学生", "園児", "保育園児", "学生"))
_PARTING = frozenset(("ので", "のに", "けど", "が", "は", "も", "から", "けれど"))
_SEEN_FROM_OUTSIDE = frozenset(("unseen", "hoarding", "pet_hoarding"))
_CONFIDED = frozenset(("相談", "打ち明ける", "聞く", "連絡", "訴える"))
_BUILDINGS = frozenset(("家", "宅", "お宅", "御宅", "マンション", "アパート", "団地", "作業所", "施設", "グループホーム", "保育園", "店", "工場"))
_HOUSES = frozenset(("家", "階", "部屋", "宅", "お宅", "室", "隣室", "隣家", "上の階", "下の階", "隣", "平屋"))
_DWELLINGS = frozenset(("家", "部屋", "アパート", "マンション", "所", "とこ", "ところ", "宅", "車", "実家"))
_STATES = frozenset(("need", "crisis"))


def writer(readings: Sequence[Reading]) -> About:
    """self, neighbour or client."""
    for reading in readings:
        for found in reading.persons:
            if part(found) == "place":
                break   # 隣の作業所で、職員が利用者さんを: seen from outside
            if found.entry.role == "client" and _introduced(found, reading, readings):
                return "client"
    if any(part(found) == "onlooker" for reading in readings for found in reading.persons):
        return "neighbour"
    return "neighbour" if _tells_of_another(readings) or _of_strangers(readings) else "self"


def next_door(found: Found, persons: Sequence[Found], line: Line) -> Found | None:
    """Who lives 隣 or 裏: 隣のかあちゃん, 裏に住むおじさん, 向かいのやもめのじいさん."""
    return next((other for other in persons if other is not found and part(other) != "place" and other.entry.role != "client" and lives_there(line, found.hit.last, other.hit.first)), None)


def lives_there(line: Line, door: int, first: int) -> bool:
    """From 隣 to the name: の, に住む, 一人で暮らす; no comma, no other particle that would part them."""
    if not 0 <= first - door <= 12 or first > len(line.words):
        return False
    between = line.words[door:first]
    return not between or (between[0].norm in ("の", "に", "住む", "んち") and not any(word.kind in ("stop", "symbol", "bind") or word.norm in ("が", "を", "から") for word in between))


def _house_next_door(found: Found, line: Line) -> bool:
    """隣の外国の家族の家, 裏の青い屋根の家: a house of others where nobody is named."""
    return any(line.words[at].norm in _BUILDINGS and lives_there(line, found.hit.last, at) for at in range(found.hit.last + 1, min(found.hit.last + 8, len(line.words))))


def part(found: Found) -> str:
    """onlooker, place, profession, or how else the id begins."""
    return found.id.partition("_")[0]


def _introduced(found: Found, reading: Reading, readings: Sequence[Reading]) -> bool:
    """〜です, 〜の者, 〜の田中と申します at the beginning; and somebody else is spoken of."""
    if part(found) != "profession":
        return not found.past and not _lives_on_it(found, reading, readings)   # 教員をしていました tells a past of one's own
    words, at = reading.line.words, found.hit.last
    if found.sentence > 0 or reading is not readings[0] or not _whole(found, reading):
        return False
    if any(other.hit.last <= found.hit.first for other in reading.persons if other.entry.role not in _KINDRED):
        return False
    said = _up_to_a_stop(words, at)
    if not said or not _PARTING.isdisjoint(said):
        return False
    plain = said[0] in _IS
    own = said[0] == "の" and 1 < len(said) <= 6 and (said[-1] in _IS or "申す" in said or "者" in said)
    works = said[0] in ("を", "で", "に") and len(said) > 1 and said[1] in _AS
    return (plain or own or works) and _third_person(readings)


def _lives_on_it(found: Found, reading: Reading, readings: Sequence[Reading]) -> bool:
    """教員をしています。うつで休職中です: how one earns one's living, where nobody but oneself and one's kin is told of."""
    words, last = reading.line.words, found.hit.last
    worn = any(word.norm in _AS for word in words[max(found.hit.first, last - 1) : last + 1])
    if not worn or any(one.id in _CALLED for one in reading.found):
        return False
    return not any(one.entry.role not in _OWN_CIRCLE for each in readings for one in each.persons)


def _whole(found: Found, reading: Reading) -> bool:
    """The words of the match as they stand: not 大学 in 大学生, not 看護師なので."""
    hit = found.hit
    return hit.last <= len(reading.line.words) and reading.line.words[hit.last - 1].norm not in _PUPILS and reading.text[hit.end : hit.end + 1] != "な"


def _up_to_a_stop(words: Sequence[Word], at: int) -> list[str]:
    said: list[str] = []
    for word in words[at : at + 8]:
        if word.kind in ("stop", "symbol"):
            break
        said.append(word.norm)
    return said


def _third_person(readings: Sequence[Reading]) -> bool:
    """Somebody who is not the writer: 利用者, 男性, お母様 …"""
    return any(found.entry.role not in ("self", "client") for reading in readings for found in reading.persons)


def _tells_of_another(readings: Sequence[Reading]) -> bool:
    """An acquaintance or somebody next door is what the message is about: named among the first, not only dealt with."""
    passed = 0
    troubled = False
    for reading in readings:
        for found in reading.persons:
            role = found.entry.role
            if role in ("self", "unknown", "client"):
                continue
            if role == "neighbour" and not troubled and _is_concern(found, reading):
                return True
            passed += role != "neighbour" or part(found) != "place"
            if passed >= 2:
                return False
        troubled = troubled or any(_is_state(found) for found in reading.found)
    return False


def _is_concern(found: Found, reading: Reading) -> bool:
    who = found
    if _kin_first(found, reading):
        return False
    if part(found) == "place":
        other = next_door(found, reading.persons, reading.line)
        if other is None:
            return _house_next_door(found, reading.line) and not _own_trouble_before(found, reading)
        who = other
    return not _own_trouble_before(found, reading) and (_is_subject(who, reading.line) or _one_of_two(who, reading))


def _one_of_two(found: Found, reading: Reading) -> bool:
    """隣のお父さんと息子さん, 隣の70代の父と、作業所に通う息子さん: joined to another name of the same sentence."""
    words, at = reading.line.words, found.hit.last
    joined = at < len(words) and words[at].norm == "と"
    return joined and any(0 < one.hit.first - at <= 20 and one.sentence == found.sentence and one.entry.role not in _KINDRED for one in reading.persons)


def _kin_first(found: Found, reading: Reading) -> bool:
    """息子が友だちの首を: one of the family is what the sentence is about."""
    return any(
        one.sentence == found.sentence and one.hit.last <= found.hit.first and one.entry.role not in _KINDRED
        and attach.link_after(reading.line, one.hit.last) == "topic" and "「" not in reading.text[one.hit.end : found.hit.begin]
        for one in reading.persons
    )


def _is_state(found: Found) -> bool:
    entry = found.entry
    return found.weakened is None and entry.kind in _STATES and entry.role is None


def _own_trouble_before(found: Found, reading: Reading) -> bool:
    """A need told in an earlier sentence is the writer's or the family's where one of them is named before; then the acquaintance only comes in."""
    named = any(one.hit.first < found.hit.first and one.entry.role not in ("unknown", "neighbour") for one in reading.persons)
    if not named and not any(placed.first < found.hit.first for placed in reading.ages):
        return False
    return any(_is_state(one) and one.sentence < found.sentence and one.entry.need not in _SEEN_FROM_OUTSIDE for one in reading.found)


def _is_subject(found: Found, line: Line) -> bool:
    link = attach.link_after(line, found.hit.last)
    words, at = line.words, found.hit.last
    if at < len(words) and words[at].norm in ("から", "で") and words[at - 1].norm in _HOUSES:
        return True   # 上の階から悲鳴が聞こえます
    if at < len(words) and words[at].norm == "から" and any(word.norm in _CONFIDED for word in words[at : at + 14]):
        return True   # 従業員から、母親の介護で辞めたいと相談を受けました
    if link not in _ABOUT:
        return False
    if link == "of" and part(found) != "place" and at + 1 < len(words) and words[at + 1].norm in _DWELLINGS:
        return False   # 友達のアパートに居候
    if link == "topic" and at + 1 < len(words) and (words[at + 1].kind == "number" or words[at + 1].norm.endswith("人")):
        return False   # 従業員は二人
    compound = link == "bare" and at < len(words) and words[at].kind == "noun" and words[at].norm not in ("さん", "方", "宅", "家", "達", "夫婦", "親子", "とこ", "所", "んち", "ち", "内")
    return not compound


def _of_strangers(readings: Sequence[Reading]) -> bool:
    """Nobody of one's own is named, only a stranger of whom something is told: 若い男の子がいます, 痩せていくおばあさん."""
    for reading in readings:
        for found in reading.persons:
            role = found.entry.role
            if part(found) == "stranger":
                return True   # 女の子が座ってる。お母さんは…と言ってる: the family named after is theirs
            if role == "self" and attach.link_after(reading.line, found.hit.last) == "of":
                continue   # うちの店の裏に
            if role not in ("unknown", "grandparent", "neighbour"):
                return False
    return any(found.entry.need == "unseen" and found.weakened is None for reading in readings for found in reading.found)
