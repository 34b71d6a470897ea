"""Every act that is written into the 操作記録 has a name and a group for the auditor: none shows as a code, none hides from a filter."""

import ast
import re
from collections.abc import Iterator

from handoff.desk.linking import KINDS
from handoff.desk.record import NAMES
from handoff.desk.unsent import CHOICES
from handoff.forms.papers import PAPER_IDS
from tests.repo.test_shape import sources

RECORDERS = {"record": "action", "told": 2, "_told": 3}
"""What writes an entry, and where the act stands among its arguments: by keyword, or by place."""


def written() -> Iterator[tuple[str, str]]:
    """Module and act, for an f-string as a pattern."""
    for path in sources("api", "handoff"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            act = _act(call)
            for text in _texts(act, tree) if act is not None else ():
                yield path.name, text


def _act(call: ast.Call) -> ast.expr | None:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    where = RECORDERS.get(name)
    if isinstance(where, int):
        return call.args[where] if len(call.args) > where else None
    return next((one.value for one in call.keywords if one.arg == where), None) if where else None


def _texts(value: ast.expr, tree: ast.Module) -> Iterator[str]:
    """What an expression may say: constants, both arms of a choice, an f-string's fixed parts, a name's assignments."""
    match value:
        case ast.Constant(value=str(text)):
            yield re.escape(text)
        case ast.IfExp():
            yield from (*_texts(value.body, tree), *_texts(value.orelse, tree))
        case ast.JoinedStr():
            yield "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z_]+" for part in value.values)
        case ast.Name():
            for node in ast.walk(tree):
                if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == value.id for to in node.targets):
                    yield from _texts(node.value, tree)


def test_every_act_has_a_name() -> None:
    acts = sorted(set(written()))
    assert {act for _, act in acts} >= {"looked_in", "ticket_opened", "attachment_previewed", "alarm_[a-z_]+"}, "the scan sees"
    silent = [(module, act) for module, act in acts if not any(re.fullmatch(act, name) for name in NAMES)]
    assert silent == []
    closed = {"paper": PAPER_IDS, "tied": KINDS, "unsent": CHOICES}
    assert {f"{act}_{one}" for act, things in closed.items() for one in things} <= NAMES.keys()


def test_no_name_is_of_an_act_that_nobody_does() -> None:
    acts = {act for _, act in written()}
    assert [name for name in NAMES if not any(re.fullmatch(act, name) for act in acts)] == []
