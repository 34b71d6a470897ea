"""Replies in the eight other languages and in やさしい日本語: the same tone, the same numbers, names kept for the counter."""

import re

import pytest
import yaml

from knowledge.loader import ROOT
from tests.whole import knowledge as whole

REPLIES = whole().replies
FOREIGN = ("zh", "vi", "pt", "tl", "ko", "es", "ne", "id")

# A lecture, a diagnosis, absolute secrecy, a residence status, reporting, "not eligible", "read at once".
FORBIDDEN = {
    "zh": "绝对保密|一定保密|绝不告诉|签证|在留资格|居留|举报|应该|必须|加油|珍惜生命|不符合|没有资格|马上看|(?<!不一定能)马上就?读|抑郁症|想开",
    "vi": r"tuyệt đối|thị thực|\bvisa\b|tư cách lưu trú|bạn phải|bạn nên|cố lên|không đủ điều kiện|đọc ngay lập tức|trầm cảm|tố cáo",
    "pt": "sigilo absoluto|segredo absoluto|absolutamente|visto de|status de resid|você tem que|deveria|não tem direito|leem na hora|depressão|denunci",
    "tl": r"lihim|sikreto|\bvisa\b|status ng paninirahan|dapat|kaya mo yan|hindi kwalipikado|babasahin agad|depresyon|isusumbong",
    "ko": "절대|비밀|비자|체류|재류|신고|힘내|해야 합니다|우울증|바로 읽습니다|대상이 아닙니다|소중한 생명|생명은 소중",
    "es": r"secreto absoluto|absolutamente|\bvisa\b|estatus|residencia|usted debe\b|debería|no califica|no tiene derecho|lo leen de inmediato|depresión|denunci",
    "ne": "गोप्य|भिसा|बसोबास|आवासीय|गर्नैपर्छ|हिम्मत|योग्य छैन|तुरुन्त पढ्छ|डिप्रेसन|उजुरी",
    "id": r"rahasia|\bvisa\b|izin tinggal|status tinggal|Anda harus|seharusnya|semangat|tidak berhak|langsung dibaca|depresi|melaporkan Anda",
}
BAD = {
    "zh": "请放心，绝对保密", "vi": "Bạn phải cố lên", "pt": "Qual é o seu status de residência?", "tl": "Ano ang visa ninyo?",
    "ko": "비밀을 지켜 드립니다", "es": "Usted no tiene derecho a eso", "ne": "तपाईंको भिसा कस्तो हो?", "id": "Anda harus semangat",
}
MEANS = {
    "zh": "药|绳|刀|跳楼|桥|炭", "vi": r"thuốc|dây thừng|\bdao\b|nhảy", "pt": "remédio|comprimido|corda|faca|ponte|pular",
    "tl": "lubid|kutsilyo|tulay|tumalon|tableta", "ko": "밧줄|칼|수면제|뛰어내|연탄", "es": "pastilla|cuerda|cuchillo|puente|saltar",
    "ne": "डोरी|चक्कु|विष|पुल|औषधि", "id": r"\btali\b|pisau|racun|jembatan|\bobat\b|lompat",
}
FORMAL = {
    "zh": "您", "vi": r"\bbạn\b", "pt": "senhor", "tl": r"\bpo\b|kayo|ninyo|inyo", "ko": "습니다|습니까|십시오",
    "es": r"\busted\b|\bllame\b|\bsu nombre\b", "ne": "तपाईं|नुहोस्", "id": r"\bAnda\b",
}
"""What one says to a grown-up and not to a child."""
SCRIPT = {"ko": "[가-힣]", "ne": "[\u0900-\u097f]", "zh": "[\u4e00-\u9fff]"}
KANA = re.compile("[ぁ-んァ-ヺー]")
QUOTED = re.compile("「[^」]*」|[(（][^()（）]*[)）]")
"""A name left in Japanese, or beside its translation."""
NOT_WORDS = frozenset({"info_answer", "hours_days"})


@pytest.mark.parametrize("language", FOREIGN)
def test_the_tone_holds(language: str) -> None:
    forbidden = re.compile(FORBIDDEN[language], re.IGNORECASE)
    assert forbidden.search(BAD[language]), "the guard sleeps"
    for reply_id, text in REPLIES[language].items():
        assert not forbidden.search(text), (reply_id, forbidden.search(text))


@pytest.mark.parametrize("language", FOREIGN)
def test_no_means_are_named(language: str) -> None:
    for reply_id, text in REPLIES[language].items():
        if reply_id.startswith(("crisis_", "safe_", "ask_safe", "call_")):
            assert not re.search(MEANS[language], text, re.IGNORECASE), reply_id


@pytest.mark.parametrize("language", [*FOREIGN, "ja-easy", "en"])
def test_emergency_numbers_are_the_same(language: str) -> None:
    for reply_id, japanese in REPLIES["ja"].items():
        if reply_id.startswith(("call_", "crisis_", "safe_", "reporter_", "notice")):
            said = REPLIES[language][reply_id]
            assert sorted(set(re.findall(r"\d+", said))) == sorted(set(re.findall(r"\d+", japanese))), reply_id


@pytest.mark.parametrize("language", FOREIGN)
def test_it_is_written_in_the_language(language: str) -> None:
    for reply_id, text in REPLIES[language].items():
        assert not KANA.search(QUOTED.sub("", text)), reply_id
        letters = re.sub(r"\{[a-z_]+\}", "", text)
        if reply_id not in NOT_WORDS:
            assert text != REPLIES["ja"][reply_id] or language == "zh", reply_id
            assert re.search(SCRIPT.get(language, "[A-Za-z]"), letters) or re.search(r"\d", letters), reply_id


@pytest.mark.parametrize("language", FOREIGN)
@pytest.mark.parametrize(
    ("reply_id", "name"),
    [
        ("notice", "マイナンバー"), ("notice", "児童相談所"), ("notice", "110"), ("notice_more", "消したい"),
        ("crisis_dv_close", "すぐ閉じる"), ("welfare_benefit", "生活保護"), ("foreign_interpreter", "通訳"),
        ("safe_danger_child", "たすけて"),
    ],
)
def test_names_that_help_at_a_counter_stay_japanese(language: str, reply_id: str, name: str) -> None:
    assert name in REPLIES[language][reply_id]


@pytest.mark.parametrize("language", FOREIGN)
def test_a_child_is_spoken_to_as_a_child(language: str) -> None:
    for reply_id, text in REPLIES[language].items():
        of_a_child = reply_id.startswith(("ask_age", "choice_", "button_"))
        if reply_id in {"ack_child", "crisis_child_promise"} or (reply_id.endswith("_child") and not of_a_child):
            assert not re.search(FORMAL[language], text, re.IGNORECASE), reply_id


@pytest.mark.parametrize("language", FOREIGN)
def test_a_crisis_reply_is_no_copy_of_english(language: str) -> None:
    for reply_id, text in REPLIES[language].items():
        if reply_id.startswith(("crisis_", "safe_", "ask_")):
            assert text != REPLIES["en"][reply_id]


@pytest.mark.parametrize("language", FOREIGN)
def test_the_file_says_that_nobody_has_checked_it_yet(language: str) -> None:
    head = yaml.safe_load((ROOT / f"base/replies/{language}.yaml").read_text(encoding="utf-8"))
    assert "起草" in head["source"]
    assert "母語話者の確認はまだ" in head["source"]
    assert str(head["checked"]) >= "2026-11-22"


def test_plain_japanese_has_readings_and_labels_in_kana() -> None:
    kanji = re.compile("[\u4e00-\u9fff々]+")
    for reply_id, text in REPLIES["ja-easy"].items():
        if reply_id.startswith(("choice_", "button_", "trouble_")):
            assert not kanji.search(text), reply_id
            continue
        for line in re.sub("「[^」]*」", "", text).splitlines():
            read: set[str] = set()
            for found in kanji.finditer(line):
                reading = re.match("（[ぁ-ん]+）", line[found.end() :])
                assert reading or found[0] in read, (reply_id, found[0])
                read.add(found[0])


def test_plain_japanese_is_said_in_short_sentences() -> None:
    for reply_id, text in REPLIES["ja-easy"].items():
        for sentence in re.split("[。？\n]", re.sub("（[ぁ-ん]+）", "", text)):
            assert len(sentence) <= 50, (reply_id, sentence)
