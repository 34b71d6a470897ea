"""聞き返し: one closed question at a time, only where the answer would change the decision.

Must not know: wording of the questions (reply ids), windows.
"""

from triage.judge import Verdict
from triage.picture import Picture
from triage.types import Asked, Question

MOST = 3
_UNKNOWN = ("choice_unknown", "わからない・言いたくない")
_WHOSE = Question("ask_whose", (
    ("choice_whose_self", "わたしのことです"), ("choice_whose_parent", "親のことです"), ("choice_whose_child", "子どものことです"),
    ("choice_whose_spouse", "夫・妻のことです"), ("choice_whose_sibling", "きょうだいのことです"),
    ("choice_whose_neighbour", "近所の人のことです"), _UNKNOWN))
_KIND = Question("ask_kind", (
    ("choice_kind_elderly", "介護や高齢のことです"), ("choice_kind_disability", "障がいやこころの病気のことです"),
    ("choice_kind_child", "子どもや子育てのことです"), ("choice_kind_poverty", "お金や仕事、住まいに困っています"),
    ("choice_kind_other", "そのほかのことです"), _UNKNOWN))
_AGES = (
    ("choice_age_20s", "20代です"), ("choice_age_30s40s", "30代か40代です"), ("choice_age_50s", "50代です"), _UNKNOWN)
_SINCE = Question("ask_since", (
    ("choice_since_month", "1か月くらいです"), ("choice_since_months", "半年くらいです"), ("choice_since_years", "数年になります"),
    ("choice_since_long", "10年以上です"), _UNKNOWN))
_TONIGHT = Question("ask_tonight", (
    ("choice_tonight_ok", "今夜の食べものと寝る所はあります"), ("choice_tonight_no_food", "食べるものがありません"),
    ("choice_tonight_no_place", "今夜寝る所がありません"), ("choice_tonight_neither", "食べるものも寝る所もありません"), _UNKNOWN))
_SEEN = Question("ask_seen", (
    ("choice_seen_thin", "痩せてきて、食べていないようです"), ("choice_seen_fire", "火の始末が心配です"),
    ("choice_seen_no_answer", "呼んでも返事がありません"), ("choice_seen_other", "ほかの様子が気になります"), _UNKNOWN))
_SAFE = Question("ask_safe", (("choice_yes", "はい"), ("choice_no", "いいえ"), ("choice_decline", "こたえたくない")))
_LIFE = frozenset(("suicide", "self_harm", "dv", "sexual_violence", "child_abuse", "elder_abuse", "disability_abuse"))


def next_question(verdict: Verdict, picture: Picture, asked: Asked) -> Question | None:
    """The question to put, None where nothing more should be asked. In a crisis only the one safety question."""
    done = asked.questions
    if verdict.crisis:
        return _SAFE if "ask_safe" not in done and _LIFE & set(verdict.crisis) else None
    if len(done) >= MOST or verdict.action not in ("clarify", "route"):
        return None
    return next((question for question in _useful(verdict, picture) if question.id not in done), None)


def _useful(verdict: Verdict, picture: Picture) -> list[Question]:
    marks = verdict.facts.marks if verdict.facts else {}
    found: list[Question] = []
    if verdict.action == "clarify":
        if not any(someone.named for someone in picture.people) and not picture.me.named:
            found.append(_WHOSE)
        if picture.writer == "neighbour":
            found.append(_SEEN)
        child = _unaged_dependant(picture)
        if child is not None:
            found.append(_age_of(child))
        found.append(_KIND)
        return found
    if picture.writer == "neighbour" and verdict.urgency == "normal" and "wasting" not in marks:
        found.append(_SEEN)
    withdrawn = any(mark in marks for mark in ("withdrawn", "workless", "pension_dependence"))
    child = _unaged_dependant(picture)
    if child is not None and withdrawn and "8050" not in verdict.patterns:
        found.append(_age_of(child))
    if "no_money" in marks and verdict.fields[:1] == ("poverty",) and "no_food" not in marks and len(verdict.fields) == 1:
        found.append(_TONIGHT)
    return found


def _unaged_dependant(picture: Picture) -> str | None:
    for role, key, name in (("child", "person_son", "son"), ("child", "person_daughter", "daughter"), ("sibling", "", "sibling"), ("child", "", "child")):
        for someone in picture.people:
            if someone.role == role and (not key or someone.key == key) and someone.age is None and not someone.deceased:
                return name
    return None


def _age_of(whom: str) -> Question:
    return Question(f"ask_age_{whom}", _AGES)
