"""Our own labelled messages: readable, consistent with the labelling guide, and wide enough to be worth measuring on.

Says nothing of what the engine makes of them.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from knowledge.loader import ROOT
from knowledge.schema import CRISIS_KINDS, FIELDS, PATTERNS, Case, Pattern
from knowledge.schema.extras import CaseFile
from knowledge.source import read

FOLDER = ROOT / "base" / "cases"
PATHS = sorted(FOLDER.glob("*.yaml"))
SUBJECTS = {
    "elderly", "disability", "child", "poverty", "complex", "crisis", "crisis_harm", "hard_negatives", "vague_and_small",
    "info_and_other", "voices", "strangers", "more_strangers", "strangers_danger", "strangers_tangled", "strangers_mixed",
    "plain_sayings", "told", "town_hall_voices", "questions_in_own_words", "small_talk", "near_a_counter",
    "openings", "crisis_signs", "conversations", "a_month_at_the_door", "danger_by_its_traces", "danger_and_its_neighbours",
    "talk_by_talk", "danger_in_daily_words", "another_month_at_the_door", "households_by_their_details", "answers_in_a_chat",
    "a_quarter_at_three_counters", "evenings_and_mornings", "letters_to_the_clerk", "talks_mostly_calm", "one_window_or_several",
    "at_the_borders", "leaving_and_hiding", "danger_in_a_line", "a_winter_at_the_door", "near_and_in_danger", "tangled_or_not",
    "in_one_line", "heavy_words_light_matters", "said_in_passing", "quiet_danger_loud_calm", "strong_feelings", "said_and_put_right", "only_the_sense", "line_by_line",
    "calm_beside_danger", "lives_told_at_once", "households_near_and_far", "danger_and_its_echo", "a_few_words", "talks_by_a_calm_hand", "other_tongues",
}
DIALECTS = ("hokkaido", "fukui", "mie", "shizuoka", "okinawa")
# Short messages gathered far beyond their share at the door, so that the weights learn what is no need (triage/README.md).
FOR_THE_SOUND = ("town_hall_voices", "questions_in_own_words", "small_talk", "near_a_counter", "openings", "calm_beside_danger")
# The patterns that by themselves call the coordinator: ● in the labelling guide.
COMPOUND: frozenset[Pattern] = frozenset(PATTERNS) - {"single_parent", "foreign_resident", "carer_quit_job", "disaster"}
ONE_NEED = {"child", "disability"}


def read_file(path: Path) -> CaseFile:
    return CaseFile.model_validate(read(path.read_bytes(), file=path.name).data)


CASES = tuple(case for path in PATHS for case in read_file(path).cases)
AT_THE_DOOR = tuple(case for case in CASES if not case.id.startswith(FOR_THE_SOUND))


def broken(case: Case) -> Iterator[str]:
    """What the labelling guide forbids. A `note` may excuse a judgement call, never a contradiction."""
    quiet = case.action in ("clarify", "other", "chat")
    compound = COMPOUND & set(case.patterns)
    if quiet and (case.fields or case.complex or set(case.patterns) - {"foreign_resident"}):
        yield f"{case.action} names a window, a pattern or a coordinator"
    if case.action in ("info", "other", "chat") and (case.crisis or case.urgency != "normal" or case.complex):
        yield f"{case.action} in a hurry"
    if compound and not case.complex:
        yield f"{sorted(compound)} without complex"
    if case.complex and not compound and len(case.fields) < 2:
        yield "complex without a second field or a compound pattern"
    if case.action == "route" and len(case.fields) > 1 and set(case.fields) != ONE_NEED and not case.complex:
        yield "two fields without complex"
    if case.action == "route" and not case.fields and not case.crisis:
        yield "routed to nobody"
    if case.crisis and case.urgency == "normal":
        yield "a crisis that can wait"
    if case.urgency == "emergency" and not case.crisis:
        yield "an emergency of no kind"
    if case.urgency == "urgent" and not case.crisis and not case.note:
        yield "a hurry nobody explains"
    if "outreach" in case.patterns and not {"neighbour", "client"} & set(case.about):
        yield "outreach where no third person writes"


def test_every_subject_has_its_file() -> None:
    assert {path.stem for path in PATHS} == SUBJECTS


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_file_says_where_it_is_from_and_numbers_its_cases(path: Path) -> None:
    file = read_file(path)
    assert file.source == "自作（本製品のために起草）"
    assert file.checked is not None
    assert [case.id for case in file.cases] == [f"{path.stem}-{number:03d}" for number in range(1, len(file.cases) + 1)]


def test_no_text_comes_twice() -> None:
    seen = Counter("".join(case.text.split()) for case in CASES)
    assert [text for text, times in seen.items() if times > 1] == []


def test_labels_keep_to_the_guide() -> None:
    assert [(case.id, finding) for case in CASES for finding in broken(case)] == []


@pytest.mark.parametrize(("case", "finding"), [
    (Case(id="x", text="x", action="clarify", fields=("child",)), "clarify names a window, a pattern or a coordinator"),
    (Case(id="x", text="x", action="info", urgency="urgent", note="x"), "info in a hurry"),
    (Case(id="x", text="x", action="route", fields=("poverty",), patterns=("gap",)), "['gap'] without complex"),
    (Case(id="x", text="x", action="route", fields=("poverty", "child")), "two fields without complex"),
    (Case(id="x", text="x", action="route"), "routed to nobody"),
    (Case(id="x", text="x", action="route", crisis=("dv",)), "a crisis that can wait"),
    (Case(id="x", text="x", action="route", fields=("child",), complex=True),
     "complex without a second field or a compound pattern"),
])
def test_a_wrong_label_would_be_found(case: Case, finding: str) -> None:
    assert finding in tuple(broken(case))


def test_labels_repeat_nothing() -> None:
    labels = [(case.id, kind) for case in CASES for kind in (case.fields, case.patterns, case.crisis, case.about)]
    assert [name for name, kind in labels if len(set(kind)) != len(kind)] == []


def test_messages_are_as_long_as_residents_write() -> None:
    lengths = sorted(len(case.text) for case in CASES)
    assert lengths[0] >= 2   # はい
    assert max(len(line) for case in CASES for line in case.text.split("\n")) <= 300
    assert 40 <= lengths[len(lengths) // 2] <= 65
    assert sum("\n" in case.text for case in AT_THE_DOOR) >= 20


def share(chosen: Callable[[Case], bool], among: tuple[Case, ...]) -> float:
    return sum(chosen(case) for case in among) / len(among)


def test_the_mix_is_that_of_a_front_door() -> None:
    assert len(AT_THE_DOOR) >= 640
    actions = Counter(case.action for case in AT_THE_DOOR)
    assert 0.60 <= actions["route"] / len(AT_THE_DOOR) <= 0.76
    assert min(actions.values()) >= 0.04 * len(AT_THE_DOOR)
    assert len(actions) == 5
    routed = tuple(case for case in AT_THE_DOOR if case.action == "route")
    assert 0.35 <= share(lambda case: case.complex, routed) <= 0.48
    assert 0.17 <= share(lambda case: bool(case.crisis), CASES) <= 0.32   # what must not be missed is learned from more than its share


def test_every_kind_is_there_often_enough() -> None:
    patterns = Counter(name for case in CASES for name in case.patterns)
    crises = Counter(kind for case in CASES for kind in case.crisis)
    fields = Counter(field for case in CASES for field in case.fields)
    styles = Counter(case.style for case in CASES)
    assert {name: patterns[name] for name in PATTERNS if patterns[name] < 12} == {}
    assert {kind: crises[kind] for kind in CRISIS_KINDS if crises[kind] < 12} == {}
    assert {field: fields[field] for field in FIELDS if fields[field] < 120} == {}
    assert {name: styles[name] for name in DIALECTS if styles[name] < 25} == {}
    assert styles["foreigner"] >= 30


def test_negatives_outnumber_what_a_keyword_list_may_guess() -> None:
    hard = read_file(FOLDER / "hard_negatives.yaml").cases
    assert sum(case.action != "route" for case in hard) >= 45
    assert all(not case.crisis for case in hard)
