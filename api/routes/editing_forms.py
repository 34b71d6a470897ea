"""How what officials change is shown in a form, and how what they typed becomes data.

What can't be understood is kept as it was typed: the check says at the field what is wrong with it. Knows no drafts.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from api.routes.editing_fields import DAYS, DESK_PARTS, FormField
from knowledge.overlay import Values
from knowledge.schema import FIELDS
from knowledge.source import Data

Typed = Mapping[str, Sequence[str]]
"""What a form sends: every name with all its values."""
PLACES = 3
"""Windows that a row of a table has room for: nobody in trouble reads a longer list."""


def shown(field: FormField, value: Data) -> dict[str, list[str]]:
    """Data as the inputs of a form show it."""
    name, plain = field.name, _mapping(value)
    match field.how:
        case "line" | "number" | "text" | "choice":
            return {name: [] if value is None else [str(value)]}
        case "lines":
            return {name: ["\n".join(_texts(value))]}
        case "choices":
            return {name: _texts(value)}
        case "closed":
            listed = value if isinstance(value, list) else []
            return {name: ["\n".join(" ".join(map(str, _mapping(one).values())) for one in listed)]}
        case "hours":
            found = {f"{name}.{part}": [str(plain[part])] for part in ("start", "end") if part in plain}
            if value is not None:
                found[f"{name}.days"] = _texts(plain.get("days")) or list(DAYS)[:5]
                found[f"{name}.lunch"] = [" ".join(_texts(plain.get("lunch")))]
                found[f"{name}.confirmed"] = ["yes"] if plain.get("confirmed") else []
            return found
        case "desks":
            desks = [_mapping(one) for one in value] if isinstance(value, list) else []
            return {f"{name}.{desk['id']}.{part}": [str(desk.get(part) or "")] for desk in desks for part in DESK_PARTS}
        case "flag":
            return {name: ["yes"] if value is False else []}
        case "table":
            cells = ((row, at, one) for row, ids in plain.items() for at, one in enumerate(_texts(ids), 1))
            return {f"{name}.{row}.{at}": [one] for row, at, one in cells}
        case "reports" | "weights":
            return {f"{name}.{key}": [str(one).removesuffix(".0")] for key, one in plain.items()}


def taken(field: FormField, typed: Typed, now: Data) -> Data:
    """What was typed as data; None where nothing was. now: what is live, for what the form does not show of it."""
    name, one = field.name, _one(typed, field.name)
    match field.how:
        case "line" | "choice" | "text":
            return one or None
        case "number":
            return _plain(one) or None
        case "lines":
            return [line.strip() for line in one.split("\n") if line.strip()] or None
        case "choices":
            return _in_order(typed.get(name, ()), _texts(now)) or None
        case "closed":
            return [_closed(line) for line in one.split("\n") if line.strip()] or None
        case "hours":
            return _hours(name, typed)
        case "desks":
            desks = [_mapping(desk) for desk in now] if isinstance(now, list) else []
            return [_desk(name, desk, typed) for desk in desks] or None
        case "reports":
            kinds = [key.removeprefix(f"{name}.") for key in typed if key.startswith(f"{name}.")]
            return {kind: text for kind in kinds if (text := _plain(_one(typed, f"{name}.{kind}")))} or None
        case "flag":
            return False if one else None
        case "table":
            return _table(field, typed, _mapping(now))
        case "weights":
            given = {area: _one(typed, f"{name}.{area}") for area in FIELDS}
            return {area: int(text) if text.isdecimal() else text for area, text in given.items() if text} or None


def _table(field: FormField, typed: Typed, now: Mapping[str, Any]) -> Data:
    """Rows that the form does not show stay as they are, and so does what of a row has no place in it."""
    made: dict[str, Data] = {}
    for row in dict.fromkeys([*now, *(field.rows or {})]):
        held = _texts(now.get(row))
        chosen = [one for at in range(1, PLACES + 1) if (one := _one(typed, f"{field.name}.{row}.{at}"))]
        found = list(dict.fromkeys([*chosen, *held[PLACES:]])) if row in (field.rows or {}) else held
        if found:
            made[row] = [*found]
    return made or None


def _in_order(given: Sequence[str], held: Sequence[str]) -> list[Data]:
    """What was there keeps its order, which says what comes first; boxes have none."""
    return [*(one for one in held if one in given), *(one for one in given if one not in held)]


def read(fields: Sequence[FormField], typed: Typed, now: Values | None) -> dict[str, Data]:
    """All fields; one that shows the same as before is as it was, however the file writes it."""
    live = now or {}
    found: dict[str, Data] = {}
    for field in fields:
        held = live.get(field.name)
        new = taken(field, typed, held)
        same = new == taken(field, shown(field, held), held)
        found[field.name] = held if same else new
    return found


def as_typed(fields: Sequence[FormField], values: Values) -> dict[str, list[str]]:
    """All inputs of a form for these values."""
    return {name: given for field in fields for name, given in shown(field, values.get(field.name)).items()}


def _one(typed: Typed, name: str) -> str:
    given = typed.get(name, ())
    return given[0].replace("\r\n", "\n").strip() if given else ""


def _plain(text: str) -> str:
    """Digits as a telephone and a clock take them, however the keyboard was set."""
    return unicodedata.normalize("NFKC", text).replace("−", "-").replace("‐", "-").replace("–", "-").strip()


def _hours(name: str, typed: Typed) -> Data:
    start, end = (_clock(_one(typed, f"{name}.{part}")) for part in ("start", "end"))
    if not start and not end:
        return None
    found: dict[str, Data] = {"days": list(typed.get(f"{name}.days", ())), "start": start, "end": end}
    lunch = [_clock(part) for part in _plain(_one(typed, f"{name}.lunch")).replace("-", " ").replace("~", " ").split()]
    if lunch:
        found["lunch"] = [*lunch]
    found["confirmed"] = _one(typed, f"{name}.confirmed") == "yes"
    return found


def _clock(text: str) -> str:
    """8:30 as 08:30."""
    plain = _plain(text)
    return f"0{plain}" if len(plain) == 4 and plain[1:2] == ":" else plain


def _closed(line: str) -> Data:
    first, *rest = line.replace("\u3000", " ").split(maxsplit=2)
    start, end = _plain(first), _plain(rest[0]) if rest else _plain(first)
    return {"start": start, "end": end, "name": rest[1] if len(rest) > 1 else "休み"}


def _desk(name: str, desk: dict[str, Any], typed: Typed) -> Data:
    made = dict(desk)
    for part in DESK_PARTS:
        text = _one(typed, f"{name}.{desk.get('id')}.{part}")
        text = text if part == "name" else _plain(text)
        if text:
            made[part] = text
        else:
            made.pop(part, None)
    return made


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Data) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
