"""The crisis lane: levels and kinds, whose danger, and what lowers a word without losing it.

Must not know: fields, windows, what the bot will say.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from knowledge.schema import CrisisKind, Urgency
from triage import balance
from triage.balance import LIFE
from triage.explained import Explained
from triage.lexicon import Hit
from triage.picture import Picture, Someone, Spoken
from triage.reading import Reading
from triage.types import Reason, Span
from triage.whose import RANK

_LOWER: dict[Urgency, Urgency] = {"emergency": "urgent", "urgent": "normal", "normal": "normal"}
_MOODS = frozenset(("suicide_wish", "death_wish", "suicide_soft", "suicide_better_dead", "suicide_end_it", "foreign_suicide"))   # sink with たまに, ふと
WHY = {
    "denied": "打ち消されている", "past": "過去のことで、いまは落ち着いている", "news": "人づて・報道・講座などの話", "mood": "気分として書かれている",
    "other": "本人ではない人のことば", "supposed": "もしもの話", "joke": "冗談と書かれている", "question": "制度についての質問",
    "whole": "ことばの全体は、危ない相談に似ていない", "explained": "あとのことばで、別の意味とわかる",
}


@dataclass(frozen=True, slots=True)
class Danger:
    """A crisis found. level after context; reason says what lowered it."""

    kind: CrisisKind
    level: Urgency
    spoken: Spoken
    weakened: str | None


def dangers(picture: Picture, readings: Sequence[Reading], *, leaning: balance.Leaning, meant: Explained) -> list[Danger]:
    """Every crisis word of the conversation with its level in context, also those that sank to nothing.

    leaning: of the whole; where it is unlike danger, a word of it raises nothing. meant: what later words explain.
    """
    told = [danger for spoken in picture.spoken if (danger := _told(spoken, picture, readings[spoken.utterance])) is not None]
    found = [_sunk(one, "explained") if one.level != "normal" and _explained(one, meant) else one for one in told]
    raised: dict[CrisisKind, list[Span]] = {}
    for one in found:
        if one.level != "normal":
            raised.setdefault(one.kind, []).append((one.spoken.begin, one.spoken.end))
    words = {kind: _places(spans) for kind, spans in raised.items()}
    return [_sunk(one, "whole") if one.level != "normal" and _doubted(one, leaning, words[one.kind]) else one for one in found]


def _doubted(danger: Danger, leaning: balance.Leaning, words: int) -> bool:
    return not danger.spoken.found.entry.sure and balance.doubted(leaning, danger.kind, words=words)


def _explained(danger: Danger, meant: Explained) -> bool:
    return not danger.spoken.found.entry.sure and meant.holds((danger.spoken.begin, danger.spoken.end), danger.kind)


def _sunk(danger: Danger, why: str) -> Danger:
    return replace(danger, level="normal", weakened=WHY[why])


def _places(spans: Sequence[Span]) -> int:
    """How many there are of which none lies over another: several entries may name the same words."""
    count, reach = 0, -1
    for begin, end in sorted(spans):
        if begin >= reach:
            count, reach = count + 1, end
        else:
            reach = min(reach, end)
    return count


def _told(spoken: Spoken, picture: Picture, reading: Reading) -> Danger | None:
    """The danger that an entry names, if it is a word of danger here."""
    entry = spoken.found.entry
    if entry.kind != "crisis" or entry.crisis is None:
        return None
    here = reading.noted("ids", _ids).get(spoken.found.sentence, frozenset())
    kind = _kind(entry.crisis, spoken, picture, reading, here)
    if kind is None or (spoken.found.id.startswith(("violence", "abuse")) and "suicide_family" in here):
        return None   # the deed is part of the wish to die together
    level, why = _level(entry.level or "urgent", kind, spoken, picture, here, reading)
    return Danger(kind, level, spoken, WHY.get(why) if why else None)


def _level(level: Urgency, kind: CrisisKind, spoken: Spoken, picture: Picture, marks: AbstractSet[str], reading: Reading) -> tuple[Urgency, str | None]:
    weakened = spoken.found.weakened
    if weakened in ("denied", "past", "news", "question"):
        return ("normal" if level == "urgent" or weakened != "denied" else _LOWER[level]) if kind not in LIFE else "normal", weakened
    if kind in LIFE and "context_over" in marks and "context_past" in marks:
        return "normal", "past"
    if level == "emergency" and kind == "suicide" and spoken.found.id in _MOODS:
        if marks & {"context_mood"} and "context_now" not in marks:
            return "urgent", "mood"
        if _quoted_of_another(spoken, picture, reading):
            return "urgent", "other"
        if marks & {"context_quoted"} or (_somebody_else(spoken.holder, picture) and spoken.found.id != "suicide_soft"):
            return "urgent", "other"
    if "retraction" in marks and kind not in LIFE:
        return "normal", "joke"
    if "context_supposed" in marks and kind not in LIFE:
        return _LOWER[level], "supposed"
    return level, None


def _quoted_of_another(spoken: Spoken, picture: Picture, reading: Reading) -> bool:
    """「死にたい」と父が言う: the words stand in brackets and somebody else is named in the sentence."""
    after = reading.text[spoken.found.hit.end : spoken.found.hit.end + 8]
    named = [m for m in picture.mentions[spoken.utterance] if m.sentence == spoken.found.sentence and m.someone is not picture.me]
    return bool(named) and ("」と" in after or "」っ" in after or "」が" in after or "」て" in after)


def _somebody_else(holder: Someone | None, picture: Picture) -> bool:
    return holder is not None and holder is not picture.me


def _ids(reading: Reading) -> Mapping[int, AbstractSet[str]]:
    """Ids of the unweakened matches of each sentence."""
    found: dict[int, set[str]] = {}
    for one in reading.found:
        if one.weakened is None:
            found.setdefault(one.sentence, set()).add(one.id)
    return found


def _kind(kind: CrisisKind, spoken: Spoken, picture: Picture, reading: Reading, here: AbstractSet[str]) -> CrisisKind | None:
    """Abuse words name the deed; whose danger it is decides the kind."""
    if spoken.found.id == "abuse_child" and _only_old(picture):
        return "elder_abuse"
    if spoken.found.id == "dv_cry_for_life" and _imagined(picture):
        return None
    if not spoken.found.id.startswith("violence"):
        return kind
    if spoken.found.id == "violence_hit" and ({"peer_place", "mark_hits_outsider"} & here or _no_danger(spoken, picture, reading)):
        return None
    victim = _victim(spoken, picture, reading)
    if victim is None:
        return _by_care(picture, kind)
    return kind_for(victim, picture, kind)


def kind_for(victim: Someone, picture: Picture, kind: CrisisKind) -> CrisisKind:
    """child_abuse, elder_abuse, disability_abuse or dv, by who is hurt."""
    if victim.minor() or (victim.role == "child" and victim.age is None and not _has_disability(victim)):
        return "child_abuse"
    if (victim.role == "other_family" and victim.age is None) or (victim.role == "sibling" and picture.me.minor()):
        return "child_abuse"
    if victim.role == "parent" and victim.age is None and (picture.me.minor() or any(one.role in ("sibling", "child") and one.may_be(10, 29) for one in picture.people)):
        return "dv"   # the parent of somebody young isn't old
    if victim.role == "self" and victim.old() and picture.of_role("spouse") and not picture.of_role("child"):
        return "dv"
    if victim.role == "self" and _parent_only(picture):
        return "child_abuse"
    if victim.role == "self" and _has_disability(victim) and not picture.people:
        return "disability_abuse"   # nobody of a family is told of: at work, where somebody lives or goes by day
    if victim.role in ("parent", "grandparent") or victim.old() or (victim.role != "self" and _CARED & victim.marks.keys()):
        return "elder_abuse"
    if victim.role in ("self", "client", "neighbour", "child") and _in_facility(picture):
        return "disability_abuse"
    if _has_disability(victim) and victim.role != "self":
        return "disability_abuse"
    return "dv" if victim.role in ("spouse", "self", "child", "sibling") else kind


_CARED = frozenset(("dementia", "bedridden", "care_needed"))
_UNREAL = frozenset(("dementia", "watched_feeling", "unreal_voices_seen", "mental_illness"))
_FACILITY = frozenset(("sheltered_work", "disability_service", "group_home", "abuse_disability"))
_DISABILITY = frozenset(("intellectual_disability", "physical_disability", "developmental_disorder", "sensory_disability", "disability_service"))
_BRINGING_UP = frozenset(("parenting_anxiety", "young_child", "childcare_place", "childcare_setting", "postpartum", "baby_word", "children_word"))
BORNE = _CARED | _UNREAL | _FACILITY | _DISABILITY | _BRINGING_UP   # asked for of persons


def _by_care(picture: Picture, kind: CrisisKind) -> CrisisKind:
    """Nobody named: the care that is told of says against whom a hand was raised."""
    marks = picture.me.marks.keys()
    if _BRINGING_UP & marks:
        return "child_abuse"
    return "elder_abuse" if (_CARED | {"care_burden"}) & marks else kind


def _imagined(picture: Picture) -> bool:
    """「殺される」 as somebody cries it whose illness makes the fear: a need for care, told by whoever lives with it."""
    return picture.writer in ("self", "client") and any(_UNREAL & someone.marks.keys() for someone in picture.living() if someone is not picture.me)


def _in_facility(picture: Picture) -> bool:
    return any(_FACILITY & someone.marks.keys() for someone in picture.living()) and not picture.of_role("spouse")


def _parent_only(picture: Picture) -> bool:
    """A child writes of its parents: no age told, and nobody there whom only grown-ups have."""
    return not picture.adult and picture.me.age is None and bool(picture.of_role("parent")) and not picture.of_role("spouse")


def _only_old(picture: Picture) -> bool:
    """No child anywhere, and whoever it is about is old."""
    about = picture.main or picture.me
    return about.old() and not any(one.minor() or one.role in ("child", "other_family") for one in picture.people)


def _no_danger(spoken: Spoken, picture: Picture, reading: Reading) -> bool:
    """A small child who hits is a worry about growing up; a parent whose dementia hits, one about care."""
    before = [m for m in picture.mentions[spoken.utterance] if m.sentence == spoken.found.sentence and m.first <= spoken.found.hit.first]
    doers = [m.someone for m in before if m.link in ("topic", "bare")]
    if not doers or _passive(spoken.found.hit, reading):
        return False
    doer = doers[-1]
    if doer.role == "child" and doer.age is not None and doer.age[1] <= 12:
        return True
    return doer.role in ("parent", "grandparent") and "dementia" in doer.marks


def _has_disability(someone: Someone) -> bool:
    return not _DISABILITY.isdisjoint(someone.marks)


def _victim(spoken: Spoken, picture: Picture, reading: Reading) -> Someone | None:
    """殴られる, なぐってくる: the writer or the topic suffers; 叩いてしまう: the one named with を or に, else whoever is cared for."""
    hit = spoken.found.hit
    me = picture.main if picture.main is not None else picture.me
    before = [m for m in picture.mentions[spoken.utterance] if m.sentence == spoken.found.sentence and m.first <= hit.first]
    subjects = [m.someone for m in before if m.link in ("topic", "bare")]
    objects = [m.someone for m in before if m.link == "object"]
    datives = [m.someone for m in before if m.link == "dative"]
    if spoken.found.id in ("violence_controlling", "violence_hiding"):
        return picture.me if me.minor() else me   # whoever has a partner is grown up
    if _suffered(hit, reading):
        me = picture.me if me in datives else me   # 父に殴られる: the father hits
        victims = [someone for someone in subjects if someone not in datives and someone.role != "spouse"]
        return victims[-1] if victims and (datives or _passive(hit, reading)) else me
    if objects or datives:
        return (objects or datives)[-1]
    if subjects and subjects[-1] is not picture.me:
        return me if picture.writer == "self" else subjects[-1]
    others = [someone for someone in picture.people if someone.topical and not someone.deceased]
    cared = [someone for someone in others if someone.role in ("child", "parent", "grandparent", "other_family")]
    chosen = cared or others
    return chosen[-1] if chosen else None


def _tail(hit: Hit, reading: Reading) -> list[str]:
    return [word.norm for word in reading.line.words[max(hit.first, hit.last - 2) : hit.last + 3]]


def _passive(hit: Hit, reading: Reading) -> bool:
    return bool({"れる", "られる"} & set(_tail(hit, reading)))


def _suffered(hit: Hit, reading: Reading) -> bool:
    return bool({"れる", "られる", "来る", "くる", "てく"} & set(_tail(hit, reading)))


def reasons(found: Sequence[Danger]) -> list[Reason]:
    """One reason for each crisis word, the heaviest first."""
    ordered = sorted(found, key=lambda danger: -RANK[danger.level])
    return [
        Reason(d.spoken.found.id, d.spoken.found.entry.because, ((d.spoken.begin, d.spoken.end),), d.weakened, (d.kind,))
        for d in ordered
    ]
