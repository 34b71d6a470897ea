"""Phrases over the folded text: alternatives, gaps, and where a phrase begins and ends."""

import pytest

from knowledge.phrases import Alternatives
from knowledge.schema import LexiconFile
from triage.normalise import fold
from triage.phrases import GAP, Phrases

GROUPS = LexiconFile.model_validate({
    "source": "s", "checked": "2026-11-22", "entries": [], "groups": {"me": ["私", "ぼく"], "none": ["ない", "なく"]},
})


def found(line: str, text: str) -> list[str]:
    folded = fold(text)
    return [folded[begin:end] for begin, end, _ in Phrases([(line, 0)], Alternatives([GROUPS])).find(folded)]


@pytest.mark.parametrize(("line", "text", "phrases"), [
    ("消えたい", "もう消えたいです", ["消えたい"]),
    ("<me>(が|さえ|)い<none>", "ぼくさえいなければ、私がいない世界", ["私がいない"]),
    ("<me>(が|さえ|)い(な(い|けれ)|なく)", "ボクさえいなければ", ["ぼくさえいなけれ"]),
    ("屋上~(飛|とび)", "学校の屋上から、あした飛ぶ", ["屋上から、あした飛"]),
    ("屋上~(飛|とび)", "屋上に来た。飛行機が見える", []),
    ("屋上~飛", "屋上" + "あ" * (GAP + 1) + "飛ぶ", []),
    ("屋上~飛び降り", "屋上で飛行機を見て飛び降り", ["屋上で飛行機を見て飛び降り"]),   # the first place to land at is not the last
    ("屋上~飛", "屋上から" + "あ" * (GAP - 2) + "飛ぶ", ["屋上から" + "あ" * (GAP - 2) + "飛"]),
    ("(ロープ|縄)(を|)買", "ろーぷ買った", ["ろぷ買"]),
    ("母~(叩|殴|蹴|打|突|投|怒)られ", "母にまた殴られた", ["母にまた殴られ"]),   # more alternatives than are simply tried
    ("母~(叩|殴|蹴|打|突|投|怒)られ", "母にまた会って、殴った", []),
    ("母(を|に|も|の|と|は|が|)(叩い|殴っ)", "母殴った", ["母殴つ"]),                # one of them is nothing
])
def test_a_line_finds_its_wordings(line: str, text: str, phrases: list[str]) -> None:
    assert found(line, text) == phrases


def test_many_alternatives_are_looked_for_by_few_heads() -> None:
    wide = "(" + "|".join(f"{a}{b}" for a in "あいうえおかきくけこ" for b in "さしすせそたちつてと") + ")"
    line = wide * 3 + "終"
    assert found(line, "。あさいしうす終わり") == ["あさいしうす終"]


def test_lines_keep_their_numbers() -> None:
    phrases = Phrases([("死にたい", 7), ("(もう|)死にたい", 9)], Alternatives([]))
    assert sorted(number for _, _, number in phrases.find("もう死にたい")) == [7, 9, 9]


def test_lines_that_begin_alike_are_found_side_by_side() -> None:
    phrases = Phrases([("母(が|は)倒れ", 1), ("母~倒れ", 2), ("母(が|)(急に|)倒れ", 3), ("母が", 4)], Alternatives([]))
    assert sorted(phrases.find("母が倒れた")) == [(0, 2, 4), (0, 4, 1), (0, 4, 2), (0, 4, 3)]
    assert sorted(number for _, _, number in phrases.find("母が急に倒れた")) == [2, 3, 4]
