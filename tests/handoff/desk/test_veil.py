"""Who told of a household is taken out of what leaves, by the family name alone too; names of places stay."""

import pytest

from handoff.desk.veil import MARK, Veil, kept_of, parts_of


def over(name: str, text: str) -> str:
    return Veil((name,), parts_of(name)).over(text)


@pytest.mark.parametrize(("name", "text"), [
    ("田中 花子", "隣の田中です。毎晩どなり声がします"), ("田中　花子", "田中といいます。"), ("田中花子", "わたし、田中と申します"),
    ("田中花子", "田 中 花 子です"), ("佐々木小次郎", "佐々木です"), ("たなか はなこ", "たなかです"), ("林 一郎", "林です。隣の家の"),
    ("林一郎", "林と申します"), ("山田・マリア", "マリアより"), ("田中花子", "花子ともうします"),
])
def test_the_family_name_alone_says_nobody(name: str, text: str) -> None:
    told = over(name, text)
    assert MARK in told
    assert not any(part in told for part in name.replace("　", " ").replace("・", " ").split() if len(part) > 1)


@pytest.mark.parametrize(("name", "text"), [
    ("福島 花子", "福島県から越してきた人"), ("大樹 一郎", "大樹町の人"), ("林 一郎", "林の中の家です"), ("林一郎", "竹林です"), ("", "田中です"),
    ("森 花子", "森の小屋"),
])
def test_places_and_woods_stay(name: str, text: str) -> None:
    assert over(name, text) == text


def beside(name: str, household: str, text: str) -> str:
    """As it is read where the household's person is called so in its case."""
    return Veil((name,), parts_of(name), kept_of(name, [household])).over(text)


@pytest.mark.parametrize(("name", "household", "text", "told"), [
    ("佐藤 花子", "佐藤 太郎", "隣の佐藤太郎さんが痩せました", "隣の佐藤太郎さんが痩せました"),
    ("佐藤花子", "佐藤太郎", "佐藤　太郎（78）のことです", "佐藤　太郎（78）のことです"),
    ("佐藤", "佐藤太郎", "佐藤太郎さん宅から声がします", "佐藤太郎さん宅から声がします"),
    ("佐藤花子", "山田花子", "山田花子さんの家です", "山田花子さんの家です"),
    ("林 一郎", "林太郎", "林太郎さんの家です", "林太郎さんの家です"),
])
def test_the_households_own_full_name_stays(name: str, household: str, text: str, told: str) -> None:
    assert beside(name, household, text) == told
    assert MARK in beside(name, "", text) or name.startswith("林"), "only because the case says so"


@pytest.mark.parametrize(("name", "household", "text"), [
    ("佐藤花子", "佐藤太郎", "隣の佐藤です"), ("佐藤花子", "佐藤太郎", "佐藤花子です"), ("佐藤花子", "佐藤太郎", "佐藤 花 子と申します"),
    ("佐藤花子", "佐藤太郎", "隣の佐藤さんから聞いたとは言わないで"), ("佐藤花子", "佐藤太郎", "佐藤さん宅から通報があったと知られたくない"),
    ("佐藤花子", "佐藤太郎", "青葉町3-2の佐藤さんに聞いたことにしないで"), ("佐藤", "佐藤太郎", "佐藤です"), ("佐藤", "佐藤", "佐藤さんの家"),
    ("佐藤花子", "佐藤花", "佐藤花子さんに電話"), ("佐藤", "佐藤花", "佐藤花子です"), ("佐藤", "佐藤はな", "佐藤はなこです"), ("佐藤", "佐藤花", "佐藤花子さんに電話"),
    ("佐藤花子", "佐藤 花子", "佐藤花子さん"), ("佐藤はなこ", "佐藤はな", "佐藤はなこさん"), ("佐藤太", "佐藤太郎", "佐藤太です"),
    ("佐藤花子", "佐藤太郎", "佐藤太郎です"), ("佐藤　花子", "佐藤太郎", "佐藤・花子さん（佐藤太郎さんの隣）"),
    ("佐藤花子", "太郎", "佐藤太郎"),
])
def test_who_told_stays_veiled_beside_it(name: str, household: str, text: str) -> None:
    """No wording tells whose a family name alone is: people speak of themselves as others would call them."""
    told = beside(name, household, text)
    assert MARK in told
    rest = told.replace("佐藤太郎さんの隣", "")
    assert "佐藤" not in rest
    assert "花子" not in rest or "花子" not in name
