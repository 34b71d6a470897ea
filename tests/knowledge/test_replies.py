"""What the bot says by itself: complete in each language, short, kind, honest."""

import re
import unicodedata
from typing import get_args

import pytest

from knowledge.loader import ROOT
from knowledge.schema import CRISIS_KINDS
from knowledge.schema.common import Language
from knowledge.templates import FILLED_BY_TOWN
from knowledge.types import placeholders
from tests.whole import knowledge as whole

REPLIES = whole().replies
LANGUAGES = sorted(REPLIES)
JAPANESE = ("ja", "ja-easy")
LABELS = ("choice_", "button_", "trouble_")
SCREENS = frozenset({"notice", "notice_more", "mail_body"})
LIMIT = {"ja": 120, "ja-easy": 130, "en": 170, "zh": 100, "ko": 120, "ne": 210} | dict.fromkeys(
    ("vi", "pt", "tl", "es", "id"), 220
)
"""One bubble, in characters: domain.md §4.3 asks for 60 to 120; letters need more of them for the same."""
READING = re.compile("（[ぁ-ん]+）")
"""A reading beside its kanji, as ja-easy.yaml writes it: seen, but not read out twice."""
THANKS = "ありがとう|Thank you|谢谢|Cảm ơn|Obrigado|Salamat|고마|고맙|감사|Gracias|धन्यवाद|Terima kasih"

# domain.md §4.3 and issue 4: no lecture, no diagnosis, no absolute secrecy, nothing that keeps anybody from applying,
# no question about 在留資格, no promise that staff look at once.
FORBIDDEN = re.compile(
    "命を大切|命は大切|親が悲しむ|悲しむ人|べきです|べきだ|しなさい|してはいけません|頑張って|がんばって|甘え|自己責任|なぜ死|どうして死"
    "|うつ病です|認知症です|発達障(がい|害)です|病気です|依存症です|と診断"
    "|絶対に?秘密|絶対に|かならず秘密|必ず秘密|だれにも言いません|誰にも言いません|きっと大丈夫|必ず助け|心配ありません"
    "|対象外|できません。まず|まず社協|家族に援助|受けられません|無理です"
    "|在留資格|在留カード|ビザ|入管に|通報します|通報しません"
    "|すぐ見ます|すぐに読みます|すぐに職員が"
    "|must not|you should|don't give up|cheer up|absolutely secret|nobody will ever|\\bvisa\\b|residence status|not eligible",
    re.IGNORECASE,
)
MEANS = re.compile("薬|首|ロープ|飛び降り|練炭|刃物|カッター|橋|ナイフ|pills|rope|jump|knife", re.IGNORECASE)


def every(*, prefix: str = "") -> list[tuple[str, str, str]]:
    return [
        (language, reply_id, text)
        for language in LANGUAGES
        for reply_id, text in REPLIES[language].items()
        if reply_id.startswith(prefix)
    ]


def letters(text: str) -> str:
    """Without vowel signs and accents: never fewer than a screen counts, whatever its version of Unicode."""
    return "".join(char for char in unicodedata.normalize("NFC", text) if not unicodedata.category(char).startswith("M"))


def test_every_language_is_complete() -> None:
    assert set(get_args(Language)) == set(LANGUAGES)
    for language in LANGUAGES:
        assert REPLIES[language].keys() == REPLIES["ja"].keys(), language


def test_placeholders_agree() -> None:
    for language, reply_id, text in every():
        wanted = placeholders(REPLIES["ja"][reply_id]) - FILLED_BY_TOWN
        assert placeholders(text) - FILLED_BY_TOWN == wanted, (language, reply_id)


def test_every_id_is_in_the_list_of_ids() -> None:
    listed: set[str] = set()
    for name in re.findall(r"`([a-z0-9_<>,{}]+)`", (ROOT / "base/replies/README.md").read_text(encoding="utf-8")):
        group = re.fullmatch(r"(.*)\{(.*)\}", name)
        listed |= {group[1] + part for part in group[2].split(",")} if group and group[1] else {name}
    suffixed = {f"ask_age_{who}" for who in ("self", "parent", "child", "son", "daughter", "spouse", "sibling")}
    days = {f"weekday_{day}" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    listed |= suffixed | days | {f"crisis_{kind}" for kind in CRISIS_KINDS}
    assert {reply_id for reply_id in REPLIES["ja"] if not reply_id.startswith("trouble_")} <= listed
    assert {
        name
        for name in listed
        if re.match("(ask|choice|crisis|media|card|contact|held|safe)_", name) and "<" not in name
    } <= set(REPLIES["ja"])


def test_no_bubble_is_long() -> None:
    for language, reply_id, text in every():
        limit = 400 if reply_id in SCREENS and language in JAPANESE else 700 if reply_id in SCREENS else LIMIT[language]
        assert len(READING.sub("", text)) <= limit, (language, reply_id, len(text))


def test_labels_fit_a_quick_reply_of_line() -> None:
    for prefix in LABELS:
        for language, reply_id, text in every(prefix=prefix):
            assert 1 <= len(letters(text)) <= 20, (language, reply_id, text)
            assert "\n" not in text


def test_no_two_choices_of_a_question_look_alike() -> None:
    for language in LANGUAGES:
        for group in ("choice_whose_", "choice_since_", "choice_tonight_", "choice_kind_", "choice_seen_", "trouble_"):
            labels = [text for reply_id, text in REPLIES[language].items() if reply_id.startswith(group)]
            assert len(set(labels)) == len(labels)


def test_nothing_lectures_diagnoses_or_promises() -> None:
    for language, reply_id, text in every():
        assert not FORBIDDEN.search(text), (language, reply_id, FORBIDDEN.search(text))


def test_the_guard_of_the_tone_is_awake() -> None:
    for bad in (
        "命を大切にしてください",
        "それはうつ病です",
        "絶対に秘密です",
        "あなたは対象外です",
        "在留資格は何ですか",
        "職員がすぐ見ます",
    ):
        assert FORBIDDEN.search(bad), bad


def test_the_bot_names_no_means() -> None:
    for prefix in ("crisis_", "safe_", "ask_safe", "call_"):
        for language, reply_id, text in every(prefix=prefix):
            assert not MEANS.search(text), (language, reply_id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_crisis_is_received(language: str) -> None:
    for kind in CRISIS_KINDS:
        assert f"crisis_{kind}" in REPLIES[language]
    for reply_id, text in REPLIES[language].items():
        if reply_id.startswith("crisis_") and reply_id.removeprefix("crisis_").removesuffix("_child") in CRISIS_KINDS:
            assert re.search(THANKS, text), (language, reply_id)


def test_a_child_is_spoken_to_as_a_child() -> None:
    for reply_id in (
        "crisis_child_abuse_child",
        "crisis_suicide_child",
        "crisis_child_promise",
        "ask_safe_child",
        "safe_danger_child",
    ):
        text = REPLIES["ja"][reply_id]
        assert re.search("よ。|ね。|だね|ある？|くれて", text), reply_id
        assert not re.search("ください|でしょうか|ございます", text), reply_id
    assert "命があぶないとき" in REPLIES["ja"]["crisis_child_promise"]


def test_the_notice_says_what_must_be_said_first() -> None:
    text = REPLIES["ja"]["notice"]
    for part in (
        "{operator}",
        "AIではなく",
        "規則",
        "診断",
        "名前は書かなくて",
        "マイナンバー",
        "委託先",
        "{reading_time}",
        "命の危険",
        "110・119",
    ):
        assert part in text, part
    more = REPLIES["ja"]["notice_more"]
    for part in ("{retention}", "消したい", "通信料", "{telephone}", "使いにくい"):
        assert part in more, part
    for language in LANGUAGES:
        assert re.search("AI|IA", REPLIES[language]["notice"])
        assert "119" in REPLIES[language]["notice"]


def test_the_greeting_of_line_is_three_lines() -> None:
    for language in LANGUAGES:
        assert len(REPLIES[language]["greeting"].splitlines()) <= 3
    assert "何のことでも、短くてもいいです" in REPLIES["ja"]["greeting"]


@pytest.mark.parametrize(
    ("reply_id", "part"),
    [
        ("welfare_benefit", "申請はだれでもできます"),
        ("welfare_benefit", "ここで決めません"),
        ("route_wrong_ok", "窓口がちがっても大丈夫"),
        ("route_wrong_ok", "同じ話はくり返さなくていい"),
        ("crisis_taken_back", "書いてくれてよかったです"),
        ("crisis_staff_closed", "{when}"),
        ("crisis_staff_closed", "見ていません"),
        ("reporter_thanks", "お伝えできません"),
        ("reporter_no_progress", "どなたにもお伝えできません"),
        ("media_audio", "職員が聞きます"),
        ("media_image", "職員が見ます"),
        ("card_hours_unknown", "窓口の時間は{hall}にお確かめください"),
        ("card_telephone_unknown", "電話番号は{hall}にお確かめください"),
        ("choice_unknown", "言いたくない"),
        ("other", "{general_desk}"),
    ],
)
def test_what_the_scenarios_ask_for(reply_id: str, part: str) -> None:
    assert part in REPLIES["ja"][reply_id]


def test_nothing_of_the_person_reaches_a_reporter() -> None:
    for language, reply_id, text in every(prefix="reporter_"):
        assert placeholders(text) <= {"town"}, (language, reply_id)


def test_every_town_can_say_every_reply_that_needs_only_the_town() -> None:
    knowledge = whole()
    for town in knowledge.towns.values():
        for language in town.municipality.languages:
            for reply_id, text in knowledge.replies["ja"].items():
                values = dict.fromkeys(placeholders(text) - FILLED_BY_TOWN, "1")
                said = knowledge.reply(reply_id, language=language, town=town, **values)
                assert said
                assert "{" not in said


def test_a_city_has_a_city_hall_and_a_town_a_town_office() -> None:
    said = {town.id: whole().reply("card_hours_unknown", town=town) for town in whole().towns.values()}
    assert {town for town, text in said.items() if "市役所に" in text} == {"itoman", "katsuyama", "yokkaichi"}
    assert {town for town, text in said.items() if text.startswith("窓口の時間は役場に")} == {"taiki", "nagaizumi"}
