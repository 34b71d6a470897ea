"""`make bench`: runs every bench of this folder, prints their ratios as one table and writes var/bench.json.

A bench is a module with `results() -> dict[str, float]`, name -> ratio; one may add `LIMITS` and `FLOORS`, name -> the most
or the least that is agreed. Absolute times say little on a shared machine: ratios taken in one run are what counts, and a
figure in seconds is an agreed promise. Must not know: what a bench measures.
"""

import importlib
import json
import pkgutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
OUT = HERE.parents[1] / "var" / "bench.json"


@dataclass(frozen=True, slots=True)
class Row:
    """One ratio. limit, floor: the most or the least that is agreed, None where nothing is."""

    bench: str
    name: str
    ratio: float
    limit: float | None
    floor: float | None = None


def benches() -> list[str]:
    """Names of the modules of this folder that can be run."""
    return sorted(module.name for module in pkgutil.iter_modules([str(HERE)]) if not module.name.startswith("_"))


def run(bench: str) -> list[Row]:
    """Results of one bench; none where the module has no `results`."""
    module = importlib.import_module(f"{__package__}.{bench}")
    results = getattr(module, "results", None)
    if results is None:
        return []
    limits: Mapping[str, float] = getattr(module, "LIMITS", {})
    floors: Mapping[str, float] = getattr(module, "FLOORS", {})
    return [Row(bench, name, round(ratio, 3), limits.get(name), floors.get(name)) for name, ratio in results().items()]


def table(rows: list[Row]) -> str:
    """Rows for a person to read, one a line."""
    width = max((len(row.name) for row in rows), default=0)
    lines = [f"{row.bench:10} {row.name:{width}} {row.ratio:8.2f}  {_against(row)}".rstrip() for row in rows]
    return "\n".join([f"{'bench':10} {'measured':{width}} {'ratio':>8}  agreed", *lines])


def _against(row: Row) -> str:
    if row.limit is not None:
        return f"<= {row.limit:g}" + ("" if row.ratio <= row.limit else "  above")
    if row.floor is not None:
        return f">= {row.floor:g}" + ("" if row.ratio >= row.floor else "  below")
    return ""


def main() -> None:
    """Run all, or those named on the command line."""
    rows = [row for bench in sys.argv[1:] or benches() for row in run(bench)]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps([vars_of(row) for row in rows], ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(table(rows))
    print(OUT)


def vars_of(row: Row) -> dict[str, str | float | None]:
    """A row as JSON."""
    return {"bench": row.bench, "name": row.name, "ratio": row.ratio, "limit": row.limit, "floor": row.floor}


if __name__ == "__main__":
    main()
