"""Prepared texts: at most two that fit, none where life or violence is at stake, the town's own before the common ones."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from handoff.desk.queue import TicketLine
from handoff.desk.suggestions import AT_MOST, Offered, offered, texts_of
from handoff.desk.summary import Member
from knowledge.schema import CRISIS_KINDS, PATTERNS, Town
from knowledge.schema.answers import AnswerText
from tests.browser.drawn import NOW, summary, ticket
from tests.whole import knowledge

LIVELIHOOD = {"no_food", "no_shelter", "lifeline_cut"}
PROMISES = ("必ず", "絶対", "秘密", "対象外", "担当では", "まず社協", "家族に援助", "すぐ見ます")


def town() -> Town:
    return knowledge().towns["taiki"]


def of(line: TicketLine, *, here: Town | None = None) -> Offered:
    return offered(knowledge().answers, line, town=here or town(), officer="鈴木", now=NOW)


def plain(**more: object) -> TicketLine:
    """A ticket with nothing that anything fits to."""
    bare = replace(summary(), household=())
    return ticket(1, **{"fields": (), "patterns": (), "summary": bare, **more})


def test_what_is_pressing_comes_before_the_pattern_and_that_before_the_field() -> None:
    line = plain(fields=("poverty",), patterns=("8050",), crisis=("lifeline_cut",), urgency="urgent")
    assert [one.id for one in of(line).fitting] == ["lifeline", "withdrawn"]
    carer = replace(summary(), household=(Member("parent", None, ("care_burden",)),))
    assert [one.id for one in of(plain(fields=("elderly",), summary=carer)).fitting] == ["carer", "forgetful"]


@pytest.mark.parametrize("kind", CRISIS_KINDS)
def test_no_text_for_life_and_violence(kind: str) -> None:
    found = of(plain(fields=("poverty",), crisis=(kind,), urgency="urgent"))
    assert bool(found.fitting or found.others) == (kind in LIVELIHOOD)
    assert of(plain(fields=("poverty",), crisis=(kind,), urgency="emergency")) == Offered()


def test_none_where_restricted_spoken_or_in_another_language() -> None:
    line = plain(fields=("poverty",))
    assert of(line).fitting
    assert of(replace(line, restricted=True)) == Offered()
    assert of(replace(line, summary=replace(line.summary, channel="phone"))) == Offered()
    assert of(replace(line, summary=replace(line.summary, language="en"))) == Offered()


def test_never_more_than_two_and_the_rest_is_there_to_choose() -> None:
    line = plain(fields=("elderly", "disability", "child", "poverty"), patterns=PATTERNS, named=("taiki.togachi_anshin",))
    found = of(line)
    assert len(found.fitting) == AT_MOST
    assert {one.id for one in (*found.fitting, *found.others)} == {one.id for one in knowledge().answers}


def test_what_another_body_may_be_told_is_asked_first_and_only_where_one_is_named() -> None:
    line = plain(fields=("poverty",), patterns=("8050",))
    assert of(line).find("ask_other_body") is None
    first, _ = of(replace(line, named=("taiki.togachi_anshin",))).fitting
    assert first.id == "ask_other_body"
    assert first.text.count("とがち生活あんしんセンター") == 2


def test_nothing_fits_means_nothing_is_offered() -> None:
    found = of(plain())
    assert found.fitting == ()
    assert {"received", "ask_time"} <= {one.id for one in found.others}


def test_values_are_filled_in_and_an_unknown_telephone_keeps_its_text_back() -> None:
    own = AnswerText(id="call", title="電話", text="{telephone}へ。{window}の{officer}、{town}、{opening}", fields=("poverty",))
    here = town().model_copy(update={"answers": (own,)})
    (found, _) = of(plain(fields=("poverty",), windows=("taiki.fukushi",)), here=here).fitting
    assert found.text.startswith("01558-")
    assert "{" not in found.text
    silent = here.model_copy(update={"windows": tuple(
        window.model_copy(update={"telephone": None, "desks": ()}) for window in here.windows
    )})
    assert of(plain(fields=("poverty",), windows=("taiki.fukushi",)), here=silent).find("call") is None


def test_the_towns_text_stands_for_the_common_one_and_some_are_left_out() -> None:
    own = AnswerText(id="lifeline", title="町の文", text="町が決めた文", crisis=("lifeline_cut",))
    here = town().model_copy(update={"answers": (own,), "without_answers": ("welfare",)})
    ids = [one.id for one in texts_of(knowledge().answers, here)]
    assert (ids.count("lifeline"), ids.count("welfare")) == (1, 0)
    found = of(plain(crisis=("lifeline_cut",), urgency="urgent"), here=here)
    assert (found.fitting[0].text, found.fitting[0].own) == ("町が決めた文", True)


def test_the_common_texts_promise_nothing_and_send_nobody_away() -> None:
    texts = knowledge().answers
    assert len(texts) >= 15
    assert {one for text in texts for one in text.fields} == {"elderly", "disability", "child", "poverty"}
    for text in texts:
        assert not [word for word in PROMISES if word in text.text], text.id
        assert len(text.text) < 300, f"{text.id}: read at a glance"
        assert "{officer}" in text.text or text.id == "shame", f"{text.id}: says who writes"


def test_a_text_cannot_ask_for_a_value_that_nobody_has_or_for_violence() -> None:
    with pytest.raises(ValidationError, match="unknown"):
        AnswerText(id="x", title="x", text="{name}さん")
    with pytest.raises(ValidationError):
        AnswerText(id="x", title="x", text="x", crisis=("dv",))  # type: ignore[arg-type]
