"""The general questions and answers: sourced, plain, without figures that change from year to year."""

import re
from datetime import datetime

from handoff.desk.hours import TOKYO
from handoff.intake.answers import source_of
from handoff.intake.voice import Voice
from tests.whole import knowledge as whole

KNOWN = whole()
ENTRIES = KNOWN.faq
AMOUNT = re.compile(r"[0-9０-９,，]+\s*(円|万円|%|％|割)")
DISCOURAGING = re.compile("対象外|できません。$|無理です|まず家族|家族に頼")


def test_there_are_enough_and_each_has_its_own_question() -> None:
    assert len(ENTRIES) >= 80
    assert len({entry.question for entry in ENTRIES}) == len(ENTRIES)


def test_every_answer_is_sourced_short_and_without_yearly_amounts() -> None:
    for entry in ENTRIES:
        assert len(entry.source) >= 3, entry.id
        assert 20 <= len(entry.answer) <= 160, (entry.id, len(entry.answer))
        assert not AMOUNT.search(entry.answer), entry.id
        assert not DISCOURAGING.search(entry.answer), entry.id
        assert entry.question.endswith(("か", "す", "せん")), entry.id


def test_every_subject_has_answers() -> None:
    fields = {field for entry in ENTRIES for field in entry.fields}
    assert fields == {"elderly", "disability", "child", "poverty"}
    topics = {topic for entry in ENTRIES for topic in entry.topics}
    assert {
        "care_insurance",
        "disability_certificate",
        "childcare",
        "housing",
        "welfare_benefit",
        "guardianship",
        "single_parent",
        "mental",
    } <= topics


def test_other_ways_of_asking_repeat_no_question() -> None:
    for entry in ENTRIES:
        assert entry.question not in entry.also
        assert len(set(entry.also)) == len(entry.also)


def test_anybody_may_apply() -> None:
    [entry] = [entry for entry in ENTRIES if entry.id == "welfare_apply"]
    assert "申請はだれでもできます" in entry.answer


def test_what_nobody_has_read_at_its_source_is_never_told_as_checked() -> None:
    voice = Voice(KNOWN, KNOWN.towns["taiki"], datetime(2026, 11, 24, 10, tzinfo=TOKYO))
    assert {entry.confidence for entry in KNOWN.faq} == {"recalled"}
    general = source_of(KNOWN.faq[0], voice)
    assert KNOWN.faq[0].source in general
    assert "確認" not in general
    own = KNOWN.towns["taiki"].faq[0]
    assert own.confidence == "read"
    assert f"{own.checked.isoformat()}に確認" in source_of(own, voice)
    assert source_of(KNOWN.faq[0].model_copy(update={"confidence": "read"}), voice).endswith("に確認）")
