"""A town answers in the languages it has chosen; what nobody has read goes out only where it has chosen that too."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bots.web.assets import texts
from handoff.intake.voice import Voice
from tests import whole

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
TAIKI = whole.knowledge().towns["taiki"]


def test_what_no_native_speaker_has_read_is_marked_and_no_town_sends_it_unasked() -> None:
    known = whole.knowledge()
    assert known.drafts == {"zh", "vi", "pt", "tl", "ko", "es", "ne", "id"}
    assert not any(known.drafts & set(town.municipality.languages) for town in known.towns.values())


@pytest.mark.parametrize(
    ("chosen", "wanted", "spoken"),
    [
        (("ja", "ja-easy", "en"), "en", "en"), (("ja", "ja-easy", "en"), "vi", "ja-easy"), (("ja", "vi"), "vi", "vi"),
        (("ja", "vi"), "en", "ja"), (("ja", "ja-easy"), "ja", "ja"), (("ja",), "ja-easy", "ja"),
    ],
)
def test_the_voice_speaks_what_the_town_has_chosen(chosen: tuple[str, ...], wanted: str, spoken: str) -> None:
    known = whole.knowledge()
    voice = Voice(known, whole.speaking(TAIKI, *chosen), NOW, wanted)  # type: ignore[arg-type]
    assert voice.language == spoken
    assert voice.say("crisis_suicide") == known.reply("crisis_suicide", language=spoken, town=TAIKI)


@pytest.mark.parametrize(("tag", "found"), [
    ("vi-VN", "vi"), ("zh-Hans-CN", "zh"), ("ja-easy", "ja-easy"), ("ja-JP", "ja"), ("fr", "ja"), ("", "ja"), (None, "ja"),
])
def test_a_browsers_tag_finds_its_language(tag: str | None, found: str) -> None:
    assert whole.knowledge().language(tag, whole.speaking(TAIKI)) == found


@pytest.mark.parametrize(("language", "hours"), [("ja", "24時間"), ("en", "24 hours")])
def test_a_line_that_always_answers_says_so_in_every_language(language: str, hours: str) -> None:
    known = whole.knowledge()
    voice = Voice(known, TAIKI, NOW, language)
    always = next(contact for contact in known.contacts if contact.hours_text == "24時間")
    assert voice.contact_card(always).hours == hours == known.replies[language]["contact_always"]
    other = next(contact for contact in known.contacts if contact.hours_text == "平日8:30〜17:15")
    assert voice.contact_card(other).hours == other.hours_text


def test_a_button_of_the_page_is_called_by_what_stands_on_it() -> None:
    """Who looks for 「すぐ閉じる」 where 「Leave now」 stands does not find it in time."""
    known = whole.knowledge()
    for language, words in texts().items():
        assert words.page["exit"] in known.reply("crisis_dv_close", language=language, town=TAIKI), language
