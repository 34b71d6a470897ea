"""世帯の図: the people of a summary as a small family picture, drawn on the server as plain SVG.

Shows who they are to the writer and how old, nothing that triage only supposes. Its text alternative says the same.
Knows no tickets: who may see it, its callers know.
"""

from collections.abc import Callable, Sequence
from typing import Final

from markupsafe import Markup, escape

from handoff.desk.summary import Member

Name = Callable[[str], str]
"""`name("parent")` → 親"""
GENERATIONS: Final[tuple[tuple[str, ...], ...]] = (
    ("grandparent",), ("parent",), ("sibling", "self", "spouse"), ("child",), ("other_family", "neighbour", "client", "unknown"),
)
"""From top to bottom, and within a generation from left to right. The last is nobody's generation."""
OUTSIDE: Final = len(GENERATIONS) - 1
BOX_W, BOX_H, GAP, RISE = 92, 46, 12, 26


def picture(household: Sequence[Member], name: Name, age: Callable[[tuple[int, int] | None], str]) -> Markup:
    """The SVG; nothing where fewer than two people are known."""
    rows = [row for row in (_row(household, roles) for roles in GENERATIONS) if row[1]]
    if sum(len(people) for _, people in rows) < 2:
        return Markup("")
    wide = max(len(people) for _, people in rows) * (BOX_W + GAP) + GAP
    tall = len(rows) * (BOX_H + RISE) - RISE + 4
    drawn, above = [], None
    for place, (generation, people) in enumerate(rows):
        y = place * (BOX_H + RISE) + 2
        left = (wide - len(people) * (BOX_W + GAP) + GAP) / 2
        if above is not None and generation != OUTSIDE:
            drawn.append(_line(wide / 2, above, wide / 2, y))
        if len(people) > 1 and generation != OUTSIDE:
            drawn.append(_line(left, y + BOX_H / 2, left + (len(people) - 1) * (BOX_W + GAP), y + BOX_H / 2))
        drawn += [_box(one, left + at * (BOX_W + GAP), y, name, age) for at, one in enumerate(people)]
        above = y + BOX_H
    told = "世帯の図（書いた人から見た続柄）。" + "、".join(_said(one, name, age) for _, people in rows for one in people)
    return Markup(
        '<svg class="family" role="img" viewBox="0 0 {} {}" width="{}" aria-label="{}" focusable="false">{}</svg>'
    ).format(_number(wide), _number(tall), _number(wide), told, Markup("").join(drawn))


def _row(household: Sequence[Member], roles: Sequence[str]) -> tuple[int, list[Member]]:
    generation = next(place for place, one in enumerate(GENERATIONS) if one is roles)
    known = {role for row in GENERATIONS for role in row}
    of_row = [one for role in roles for one in household if one.role == role]
    strange = [one for one in household if one.role not in known] if generation == OUTSIDE else []
    return generation, [*of_row, *strange]


def _said(one: Member, name: Name, age: Callable[[tuple[int, int] | None], str]) -> str:
    parts = (name(one.role), f" {age(one.age)}" if one.age else "", "（亡くなった）" if one.deceased else "")
    return "".join(parts)


def _box(one: Member, x: float, y: float, name: Name, age: Callable[[tuple[int, int] | None], str]) -> Markup:
    kind = "gone" if one.deceased else "writer" if one.role == "self" else "one"
    box = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="6"/>').format(
        kind, _number(x), _number(y), BOX_W, BOX_H
    )
    second = age(one.age) or "年齢は未確認"
    if one.deceased:
        second = "亡くなった"
    return box + _text(name(one.role), x, y + 19) + _text(second, x, y + 37)


def _line(x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup('<line x1="{}" y1="{}" x2="{}" y2="{}"/>').format(*(_number(one) for one in (x1, y1, x2, y2)))


def _text(words: str, x: float, y: float) -> Markup:
    return Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(
        _number(x + BOX_W / 2), _number(y), escape(words)
    )


def _number(value: float) -> str:
    return f"{value:g}"
