"""The closed lists are true: whatever the code or the files name has a Japanese name, and one only."""

from typing import get_args

from knowledge.loader import ROOT
from knowledge.schema import ABOUT, CRISIS_KINDS, FIELDS, PATTERNS, Programme, Rule, Urgency
from knowledge.schema.town import Form, Relation
from tests.whole import knowledge as whole

GLOSSARY = whole().glossary
VOCABULARIES: dict[str, tuple[str, ...]] = {
    "field": FIELDS, "crisis": CRISIS_KINDS, "pattern": PATTERNS, "about": ABOUT, "urgency": get_args(Urgency),
    "action": ("route", "clarify", "info", "other", "chat"), "form": get_args(Form), "relation": get_args(Relation),
    "programme": get_args(Programme.model_fields["kind"].annotation),
}


def test_every_vocabulary_of_the_code_has_a_name_for_each_value() -> None:
    for name, values in VOCABULARIES.items():
        assert values
        for value in values:
            assert f"{name}_{value}" in GLOSSARY.words, (name, value)


def test_no_name_is_left_of_a_value_that_is_gone() -> None:
    for word in GLOSSARY.words:
        vocabulary, _, value = word.partition("_")
        if vocabulary in VOCABULARIES and value:
            assert value in VOCABULARIES[vocabulary], word


def test_every_need_and_topic_that_the_files_use_is_in_it() -> None:
    knowledge = whole()
    needs = {entry.need for file in knowledge.lexicon for entry in file.entries if entry.need}
    needs |= {need for rule in knowledge.rules for need in (*rule.needs, *_needs_of(rule))}
    assert needs <= set(GLOSSARY.needs), needs - set(GLOSSARY.needs)
    topics = {entry.topic for file in knowledge.lexicon for entry in file.entries if entry.topic}
    topics |= {topic for entry in knowledge.faq for topic in entry.topics}
    for town in knowledge.towns.values():
        topics |= set(town.municipality.topic_windows)
        topics |= {topic for window in town.windows for topic in window.topics}
        topics |= {topic for window in town.windows for desk in window.desks for topic in desk.topics}
    assert topics <= set(GLOSSARY.topics), topics - set(GLOSSARY.topics)


def test_names_are_short_and_say_one_thing() -> None:
    for section in (GLOSSARY.needs, GLOSSARY.topics, GLOSSARY.words):
        assert all(1 <= len(name) <= 20 for name in section.values())
    for section in (GLOSSARY.needs, GLOSSARY.topics):
        assert len(set(section.values())) == len(section)


def test_the_words_of_the_design_are_there() -> None:
    design = {"自治体", "窓口", "係", "分野", "相談者", "対象者", "世帯", "会話", "発言", "判定", "根拠", "聞き返し", "複合", "類型",
              "職員", "案件", "引き継ぎ", "多機関協働の調整役", "重層的支援会議", "支援会議", "法定の会議", "支援プラン", "同意",
              "指標", "保存期間", "操作記録", "合言葉"}
    assert design <= set(GLOSSARY.words.values())


def test_the_file_says_where_it_comes_from() -> None:
    text = (ROOT / "glossary.yaml").read_text(encoding="utf-8")
    assert text.count("source:") == 3
    assert text.count("checked:") == 3


def _needs_of(rule: Rule) -> set[str]:
    """Needs that a rule's condition names under a key `need` or `needs`, at any depth."""
    found: set[str] = set()
    waiting: list[object] = [rule.when]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            for key, value in part.items():
                if key in ("need", "needs"):
                    found |= {value} if isinstance(value, str) else {item for item in value if isinstance(item, str)}
                waiting.append(value)
        elif isinstance(part, list):
            waiting.extend(part)
    return found
