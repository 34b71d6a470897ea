"""Charts drawn on the server as plain SVG: no script, no library. Each stands beside a table with the same numbers.

Colours and sizes are classes of console.css. Knows numbers and labels, nothing else.
"""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup, escape

from handoff.figures.tables import Cell, Table

WIDTH: Final = 320
BY_TIME: Final = frozenset({"month", "hour"})
ROW, BAR, LABELS_EVERY = 36, 12, 3
PLOT, FOOT = 96, 20


def chart(table: Table) -> Markup:
    """Columns for what runs with time, bars for the rest; nothing where there is nothing to see."""
    shown = [cell for cell in table.cells if cell.value]
    if len(shown) < 2:
        return Markup("")
    height, drawn = _columns(table.cells) if table.id in BY_TIME else _bars(table.cells)
    most = max(shown, key=lambda cell: cell.value or 0)
    told = f"{table.title}。いちばん多いのは{most.label}の{most.value}{table.unit}。数字は下の表にあります。"
    return Markup(
        '<svg class="chart" role="img" viewBox="0 0 {} {}" aria-label="{}" focusable="false">{}</svg>'
    ).format(WIDTH, height, told, Markup("").join(drawn))


def _bars(cells: Sequence[Cell]) -> tuple[int, list[Markup]]:
    top = max((cell.value or 0) for cell in cells)
    drawn = []
    for place, cell in enumerate(cells):
        y = place * ROW
        long = round((WIDTH - 48) * (cell.value or 0) / top) if top else 0
        drawn.append(_text(cell.label, 0, y + 14))
        drawn.append(Markup('<rect class="bar" x="0" y="{}" width="{}" height="{}"/>').format(y + 19, long, BAR))
        drawn.append(_text("秘匿" if cell.value is None else str(cell.value), long + 6, y + 30))
    return len(cells) * ROW, drawn


def _columns(cells: Sequence[Cell]) -> tuple[int, list[Markup]]:
    top = max((cell.value or 0) for cell in cells)
    step = WIDTH / len(cells)
    drawn = []
    for place, cell in enumerate(cells):
        tall = round((PLOT - 16) * (cell.value or 0) / top) if top else 0
        x, wide = round(place * step + 1, 1), round(step - 2, 1)
        drawn.append(
            Markup('<rect class="bar" x="{}" y="{}" width="{}" height="{}"/>').format(x, PLOT - tall, wide, tall)
        )
        if place % LABELS_EVERY == 0:
            drawn.append(_text(cell.label.removesuffix("台"), x, PLOT + 15))
    drawn.append(Markup('<rect class="axis" x="0" y="{}" width="{}" height="1"/>').format(PLOT, WIDTH))
    return PLOT + FOOT, drawn


def _text(words: str, x: float, y: float) -> Markup:
    return Markup('<text x="{}" y="{}">{}</text>').format(x, y, escape(words))
