"""Who told of a household is taken out of what leaves, by the family name alone too; names of places stay."""

import pytest

from handoff.desk.veil import MARK, Veil, parts_of


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
