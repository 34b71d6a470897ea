"""Edits over a town's files: only what differs, the files show through, what both changed is told as overtaken."""

from dataclasses import replace

from knowledge.loader import File, version_of
from knowledge.overlay import Edit, as_data, from_data, laid, merged, narrowed, overtaken, said
from knowledge.shared import by_field, laid_over, problems_of
from knowledge.types import Knowledge
from tests.whole import serving


def files() -> tuple[File, ...]:
    return serving().of_town("taiki")


def shared() -> Knowledge:
    return serving().knowledge


def edit(**values: str) -> Edit:
    return Edit("window", "koreisha", values)


def test_the_repository_has_no_problem_of_a_town_read_alone() -> None:
    assert {town: problems_of(town, serving().of_town(town), shared()) for town in shared().towns} == {
        town: [] for town in shared().towns
    }


def test_an_edit_lies_over_one_field_and_the_rest_stays_the_files() -> None:
    new = laid("taiki", files(), [edit(telephone="01558-6-9999")])
    now, before = said("taiki", new, ("window", "koreisha")), said("taiki", files(), ("window", "koreisha"))
    assert now is not None
    assert before is not None
    assert {name for name in now if now[name] != before[name]} == {"telephone"}
    assert [one.path for one, other in zip(new, files(), strict=True) if one.raw != other.raw] == [
        "municipalities/taiki/windows.yaml"
    ]


def test_things_are_added_changed_and_taken_out() -> None:
    edits = [
        Edit("faq", "gomi", {"question": "ごみは", "answer": "火曜です", "source": "町", "checked": "2026-11-22"}),
        Edit("faq", "kaigo_soudan", {}, removed=True),
        Edit("reply", "ja.greeting", {"text": "こんにちは"}),
        Edit("word", "toki", {"kind": "need", "because": "x", "words": ["とき"], "source": "町", "checked": "2026-11-22"}),
        Edit("word", "toki2", {"kind": "need", "because": "x", "raw": ["ときとき"], "source": "町", "checked": "2026-11-22"}),
        Edit("town", "town", {"main_telephone": "01558-6-2111", "address": None}),
    ]
    town = laid_over(shared(), "taiki", files(), edits).knowledge.towns["taiki"]
    assert {one.id for one in town.faq} ^ {one.id for one in shared().towns["taiki"].faq} == {"gomi", "kaigo_soudan"}
    assert town.replies["ja"]["greeting"] == "こんにちは"
    assert town.lexicon is not None
    assert [one.id for one in town.lexicon.entries] == ["toki", "toki2"]
    assert town.municipality.main_telephone == "01558-6-2111"


def test_only_the_edited_town_changes_and_the_version_tells() -> None:
    result = laid_over(shared(), "taiki", files(), [edit(telephone="01558-6-9999")])
    assert result.left_out == ()
    assert result.knowledge.version != shared().version
    assert {town for town in shared().towns if result.knowledge.towns[town] != shared().towns[town]} == {"taiki"}
    assert laid_over(shared(), "taiki", files(), []).knowledge == shared()


def test_what_the_files_do_not_bear_is_left_out_and_the_rest_goes_live() -> None:
    good, bad = edit(telephone="01558-6-9999"), Edit("window", "shogai", {"relation": "friends"})
    result = laid_over(shared(), "taiki", files(), [bad, good])
    assert result.left_out == (bad,)
    assert result.knowledge.towns["taiki"].window("koreisha").telephone == "01558-6-9999"


def test_a_town_whose_edits_are_all_wrong_is_as_its_files_say() -> None:
    result = laid_over(shared(), "taiki", files(), [edit(relation="friends")])
    assert result.knowledge == shared()


def test_findings_are_told_at_their_field() -> None:
    wrong = replace(edit(about="x", telephone="01558-6-9999"), values={"hours": {"start": "25:00", "end": "17:00"}, "about": "x"})
    new = laid("taiki", files(), [wrong])
    assert "hours" in by_field(problems_of("taiki", new, shared()), "taiki", new, wrong)
    reply = Edit("reply", "ja.greeting", {"text": "{nobody}"})
    new = laid("taiki", files(), [reply])
    assert list(by_field(problems_of("taiki", new, shared()), "taiki", new, reply)) == ["text"]


def test_an_edit_keeps_only_what_the_files_do_not_say_anyway() -> None:
    in_files = said("taiki", files(), ("window", "koreisha"))
    assert in_files is not None
    same = edit(telephone=str(in_files["telephone"]))
    assert narrowed(same, in_files) is None
    both = narrowed(edit(telephone="01558-6-9999", fax=str(in_files["fax"])), in_files)
    assert both is not None
    assert both.values == {"telephone": "01558-6-9999"}
    assert both.base == {"telephone": in_files["telephone"]}


def test_a_later_edit_of_a_thing_joins_the_earlier_one() -> None:
    in_files = said("taiki", files(), ("window", "koreisha"))
    first = merged((), edit(telephone="01558-6-9999"), in_files)
    other = (*first, Edit("reply", "ja.greeting", {"text": "やあ"}))
    second = merged(other, edit(about="短い説明"), in_files)
    assert [one.about for one in second] == [("window", "koreisha"), ("reply", "ja.greeting")]
    assert second[0].values == {"telephone": "01558-6-9999", "about": "短い説明"}
    assert from_data(as_data(second)) == second


def test_a_field_that_the_files_changed_too_is_overtaken() -> None:
    in_files = said("taiki", files(), ("window", "koreisha"))
    (kept,) = merged((), edit(telephone="01558-6-9999"), in_files)
    mended = laid("taiki", files(), [edit(telephone="01558-6-0000", fax="01558-6-0001")])
    assert version_of(mended) != version_of(files())
    assert overtaken(kept, in_files) == ()
    assert overtaken(kept, said("taiki", mended, ("window", "koreisha"))) == ("telephone",)
    assert overtaken(kept, None) == ("",)
