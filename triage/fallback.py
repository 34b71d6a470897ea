"""When no word of need was read but somebody's trouble is told: whose life it is about names the window.

An old father of whom five things are said that no lexicon holds still belongs to the window for the old. A message that says
hardly anything stays without a field and is asked back. Must not know: rules, reasons.
"""

from collections.abc import Mapping, Sequence

from knowledge.schema import Field
from triage.picture import Picture, Someone
from triage.reading import Reading

SUBSTANCE = 5      # content words beyond names and phrases of asking
_CONTENT = frozenset(("noun", "verb", "adjective", "name", "attribute"))
_EMPTY = frozenset((
    "事", "物", "方", "為る", "居る", "有る", "成る", "言う", "思う", "無い", "相談", "話", "聞く", "困る", "教える", "下さい", "欲しい", "呉れる",
    "貰う", "頂く", "良い", "どう", "出来る", "分かる", "少し", "一寸", "最近", "今", "今日", "今日は", "今晩は", "御座る", "お願い", "宜しい", "宜しく",
    "気", "人", "訳", "所", "家", "家族", "悩む", "心配", "不安", "限界", "大変", "しんどい", "辛い", "疲れる", "来る", "行く", "見る", "知る", "何",
    "此処", "窓口", "役所", "役場", "市役所", "電話", "申す", "致す", "仕舞う", "様", "為", "時", "感じ", "程", "色々", "一番", "上手い", "そう", "何処",
))


def fields(picture: Picture, readings: Sequence[Reading], crisis: Mapping[str, str]) -> tuple[Field, ...]:
    """One field by whose trouble it is, or none."""
    someone = _concerned(picture)
    if someone is None:
        return ()
    if crisis:
        return _by_age(someone, picture) if someone is not picture.me or someone.old() or someone.minor() else ()
    return _by_age(someone, picture) if substance(readings) >= SUBSTANCE else ()


def substance(readings: Sequence[Reading]) -> int:
    """How many content words are told, names of persons and phrases of asking left out."""
    total = 0
    for reading in readings:
        named = {index for found in reading.persons for index in range(found.hit.first, found.hit.last)}
        total += len({
            word.norm for index, word in enumerate(reading.line.words)
            if word.kind in _CONTENT and word.norm not in _EMPTY and index not in named and len(word.norm) > 1
        })
    return total


def _concerned(picture: Picture) -> Someone | None:
    if picture.main is not None:
        named = [one for one in picture.people if one is not picture.main and one.role == "child" and not one.deceased]
        return picture.main if picture.main.age is not None or not named else named[-1]
    topical = [one for one in picture.people if one.topical and not one.deceased and one.role in ("parent", "grandparent", "child", "other_family")]
    if picture.me.minor():
        return picture.me
    known = [one for one in topical if one.age is not None]
    return (known or topical or [picture.me])[0]


def _by_age(someone: Someone, picture: Picture) -> tuple[Field, ...]:
    if someone.age is not None:
        if someone.old():
            return ("elderly",)
        return ("child",) if someone.minor() else ()
    if someone.role in ("parent", "grandparent") and not picture.me.minor():
        return ("elderly",)
    return ("child",) if someone.role == "child" else ()
