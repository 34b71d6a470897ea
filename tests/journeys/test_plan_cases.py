"""The two case examples of 四日市市's plan (想定されるケース例 ①②), as a neighbour would write them.

Each ends with the coordinator's flag and the windows that the plan names. The words are ours; only the windows and the
facts are the plan's.
"""

import pytest

from tests.journeys.house import House
from tests.journeys.test_one_message import ticket_of

FIRST = (
    "隣の70代のお父さんと、知的障害があって作業所に通っている息子さんのことです。去年お母さんが亡くなって、"
    "このごろお父さんの物忘れがひどく、二人とも痩せてきました"
)
SECOND = (
    "となりの50代の女性、一人暮らしで何年も家にこもったままです。独り言や大声があって、ゴミもたまって近所ともめています。"
    "病気なのかもしれませんが、病院に行っているかも分かりません。働いてもいないようです"
)


@pytest.fixture(scope="module")
def coordinator(house: House) -> str:
    return house.staff_token("yokkaichi", login="yokkaichi-journey")


def told(house: House, coordinator: str, words: str) -> tuple[dict[str, object], str]:
    resident = house.resident("yokkaichi")
    answer = resident.talk(words)
    return ticket_of(house, coordinator, resident.conversation), answer


def test_case_one_old_father_and_disabled_son(house: House, coordinator: str) -> None:
    ticket, answer = told(house, coordinator, FIRST)
    assert ticket["coordinator"] is True
    assert {"elderly", "disability"} <= set(ticket["fields"])  # type: ignore[call-overload]
    named = {"yokkaichi.chiiki_hokatsu", "yokkaichi.zaitaku_kaigo", "yokkaichi.itaku_sodan", "yokkaichi.shogai_fukushi",
             "yokkaichi.fukushi_somu"}
    assert named <= set(ticket["windows"])  # type: ignore[call-overload]
    assert "お伝えできません" in answer, "who reports hears what can be told, before they wait for more"


def test_case_two_a_woman_alone(house: House, coordinator: str) -> None:
    ticket, answer = told(house, coordinator, SECOND)
    assert ticket["coordinator"] is True
    named = {"yokkaichi.fukushi_somu", "yokkaichi.itaku_sodan", "yokkaichi.seikatsu_shien", "yokkaichi.minsei"}
    assert named <= set(ticket["windows"])  # type: ignore[call-overload]
    assert "精神" not in answer, "nobody's illness is named to a neighbour"
