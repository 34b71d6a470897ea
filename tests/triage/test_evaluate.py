"""The figures: the same as the scorer that came with the labelling guide, where that is there; and by hand."""

import importlib.util
import math
from pathlib import Path

import pytest

from triage.evaluate import compare, confusion, figures, worst

SCORER = Path(__file__).resolve().parents[3] / "shared" / "triage-eval" / "score.py"
CALM = {"action": "route", "fields": ["elderly"], "complex": False, "patterns": [], "urgency": "normal", "crisis": [], "about": ["parent"]}
GOLD = [
    {**CALM, "id": "1", "text": "a"},
    {**CALM, "id": "2", "text": "b", "complex": True, "fields": ["elderly", "poverty"], "patterns": ["8050"]},
    {**CALM, "id": "3", "text": "c", "urgency": "emergency", "crisis": ["suicide"], "fields": [], "action": "clarify"},
    {**CALM, "id": "4", "text": "d", "action": "info"},
]
PREDICTED = [
    {**CALM, "id": "1"}, {**CALM, "id": "2", "fields": ["poverty"]}, {**CALM, "id": "3", "urgency": "urgent", "crisis": ["self_harm"]},
    {**CALM, "id": "4", "action": "info", "urgency": "urgent"},
]


def test_figures_by_hand() -> None:
    found = figures(GOLD, PREDICTED)
    assert found["primary_window"] == 1.0
    assert found["complex_f1"] == 0.0
    assert found["crisis_recall"] == 1.0
    assert found["emergency_recall"] == 0.0
    assert found["false_alarms"] == pytest.approx(1 / 3)
    assert math.isnan(found["emergency_precision"])


def test_figures_are_those_of_the_scorer() -> None:
    if not SCORER.exists():
        pytest.skip("needs ../shared")
    spec = importlib.util.spec_from_file_location("scorer", SCORER)
    assert spec is not None
    assert spec.loader is not None
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    theirs = scorer.score({row["id"]: row for row in GOLD}, {row["id"]: row for row in PREDICTED})
    ours = figures(GOLD, PREDICTED)
    assert ours.keys() == theirs.keys()
    assert all(ours[key] == theirs[key] or (math.isnan(ours[key]) and math.isnan(theirs[key])) for key in ours)


def test_worst_confusion_and_comparison() -> None:
    assert worst(GOLD, PREDICTED, limit=1)[0].row["id"] == "3"
    assert confusion(GOLD, PREDICTED, "action")[("clarify", "route")] == 1
    changes = compare(GOLD, PREDICTED, GOLD)
    assert {change.id for change in changes} == {"2", "3", "4"}
    assert all((change.better or 0) > 0 for change in changes)
