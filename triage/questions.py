"""聞き返し: one closed question at a time, only where the answer would change the decision.

Must not know: wording of the questions (reply ids), windows.
"""

import re
from collections.abc import Callable

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
    ("choice_age_teens", "高校生くらいです"), ("choice_age_20s", "20代です"), ("choice_age_30s40s", "30代か40代です"), ("choice_age_50s", "50代です"), _UNKNOWN)
_YOUNG = (
    ("choice_age_baby", "赤ちゃんです"), ("choice_age_preschool", "小学校に入る前、未就学児です"), ("choice_age_school", "小学生か中学生です"), *_AGES)
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


_TOLD_SINCE = re.compile(
    r"[0-9０-９一二三四五六七八九十半数何]+\s*(?:年|[かヶヵカケ]月|週間|日(?:前|間|ほど|くらい))|ずっと|昔から|最近|さいきん|先月|先週|去年|昨年|おととし|(?:春|夏|秋|冬)から|してから")


_FED = re.compile(r"(?:食べ|たべ|食う|くう)(?:る|)(?:物|もの|もん)(?:だけ)?(?:は|も)(?:あり|ある|何とか|なんとか)|(?:家|住む所|住むところ|寝る所|寝るところ)(?:は|も)(?:あり|ある)")

_FELT = re.compile(
    r"しんど|つら[いく]|辛[いく]|苦し|さ[みび]し[いく]|寂し|悲し|不安|こわ[いく]|怖[いく]|(?:眠|寝|ね|ねむ)れ(?:な|ま)|(?:つか|疲)れ(?:た|て|ま)|もう(?:いや|嫌|無理|むり|だめ)"
    r"|[しえきりいちみべめけれてびぎじに]たい(?=です|んです|な|よ|けど|[。、！!\s]|$)")


def kind_of(question: str) -> str:
    """ask_age_son and ask_age_child are one question: nobody is asked twice how old somebody is."""
    return "ask_age" if question.startswith("ask_age") else question


def next_question(
    verdict: Verdict, picture: Picture, asked: Asked, *, text: str, changes: Callable[[str], bool]
) -> Question | None:
    """The question to put, None where nothing more should be asked. In a crisis only the one safety question.

    changes: whether the decision would be another one if the resident answered so.
    """
    done = frozenset(map(kind_of, asked.questions))
    if verdict.crisis:
        return _SAFE if "ask_safe" not in done and _LIFE & set(verdict.crisis) else None
    if len(asked.questions) >= MOST or verdict.action not in ("clarify", "route"):
        return None
    if verdict.action == "clarify":
        return next((question for question in _opening(picture, text) if kind_of(question.id) not in done), None)
    possible = (question for question in _deepening(verdict, picture, text) if kind_of(question.id) not in done)
    return next((question for question in possible if any(changes(value) for _, value in question.choices[:-1])), None)


def _opening(picture: Picture, text: str) -> list[Question]:
    """What it is about is not clear yet."""
    found: list[Question] = []
    if not any(someone.named for someone in picture.people) and not picture.me.named and not _of_oneself(picture, text):
        found.append(_WHOSE)
    if picture.writer == "neighbour":
        found.append(_SEEN)
    child = _unaged_dependant(picture)
    if child is not None:
        found.append(_age_of(child, young=child != "sibling"))
    found.append(_KIND)
    return found


def _of_oneself(picture: Picture, text: str) -> bool:
    """How somebody feels, what they wish and how old they are is told by themselves: nobody is asked whose it is."""
    return picture.me.age is not None or _FELT.search(text) is not None


def _deepening(verdict: Verdict, picture: Picture, text: str) -> list[Question]:
    """The window is clear; what has not been said may still change how it is dealt with."""
    marks = verdict.facts.marks if verdict.facts else {}
    denied = {one.found.entry.need for one in picture.spoken if one.found.weakened == "denied"}
    found: list[Question] = []
    if picture.writer == "neighbour" and verdict.urgency == "normal" and not {"wasting", "unseen"} & marks.keys():
        found.append(_SEEN)
    withdrawn = any(mark in marks for mark in _WITHDRAWN)
    child = _unaged_dependant(picture)
    if child is not None and withdrawn:
        found.append(_age_of(child, young="school_refusal" in marks))
    if withdrawn and not {"for_years", "sign_years"} & marks.keys() and not _TOLD_SINCE.search(text):
        found.append(_SINCE)
    if "no_money" in marks and verdict.fields == ("poverty",) and not {"no_food", "no_home"} & (marks.keys() | denied) and not _FED.search(text):
        found.append(_TONIGHT)
    return found


_WITHDRAWN = ("withdrawn", "workless", "pension_dependence", "school_refusal", "withdrawn_indirect", "shut_in_hint")


def _unaged_dependant(picture: Picture) -> str | None:
    for role, key, name in (("child", "person_son", "son"), ("child", "person_daughter", "daughter"), ("sibling", "", "sibling"), ("child", "", "child")):
        for someone in picture.people:
            if someone.role == role and (not key or someone.key == key) and someone.age is None and not someone.deceased:
                return name
    return None


def _age_of(whom: str, *, young: bool) -> Question:
    """young: nothing says yet that they are past school."""
    return Question(f"ask_age_{whom}", _YOUNG if young else _AGES)
