"""Whose life it is about."""

from datetime import date

import pytest
from pydantic import ValidationError

from knowledge.schema.weights import AboutWeights
from tests import whole
from tests.triage.conftest import Asker
from triage.about import Whose
from triage.picture import Mention, Picture, Someone

WHOSE = Whose(whole.knowledge().about)


@pytest.mark.parametrize(("text", "about"), [
    ("母の物忘れがひどくなってきました", {"parent"}),
    ("祖父が転んで骨折しました。施設を探しています", {"grandparent"}),
    ("息子が学校に行きたがりません", {"child"}),
    ("兄が50過ぎて働いていません", {"sibling"}),
    ("孫が学校でいじめられているようです", {"other_family"}),
    ("家賃が払えません", {"self"}),
    ("夫に殴られています", {"self"}),
    ("夫は出張が多いです。3歳の娘の言葉が遅いのが気になります", {"child"}),
    ("主人は亡くなり、私ももう85、風呂がこわい", {"self"}),
    ("80の母と50の兄の二人暮らし。母は物忘れが、兄は20年働いていません", {"parent", "sibling"}),
    ("息子は52、わたしは81で年金で二人暮らし。息子は働いていません", {"child", "self"}),
    ("母の口を枕でふさぎそうになりました。介護に疲れて、もう叩いてしまいそうです", {"parent", "self"}),
    ("東京に住む次男です。母がやせて、物忘れも増えました", {"parent"}),
    ("小4の母です。私がうつで働けません", {"self"}),
])
def test_whose_life(ask: Asker, text: str, about: set[str]) -> None:
    assert set(ask(text).about) == about


def test_a_relative_clause_belongs_to_the_name_behind_it(ask: Asker) -> None:
    household = {person.role: person.needs for person in ask("作業所に通う四十の娘と暮らしています。私は元気です").household}
    assert "sheltered_work" in household["child"]


def test_two_matters_side_by_side_do_not_change_owners(ask: Asker) -> None:
    household = {person.role: person.needs for person in ask("娘の登校しぶりと父の退院が重なりました").household}
    assert "discharge" not in household["child"]


def test_a_death_feared_is_no_death(ask: Asker) -> None:
    told = ask("両親は80代。46の弟は15年無職で、親が亡くなったら生活できません")
    assert not any(person.deceased for person in told.household)
    assert "8050" in told.patterns
    assert any(person.deceased for person in ask("母が亡くなって、父が一人暮らしです").household)


def test_the_one_who_only_stands_by_weighs_less() -> None:
    def heavy(*, aside: bool) -> float:
        picture = Picture(Someone("self", "person_self"))
        father = Someone("parent", "person_father", named=True)
        picture.people.append(father)
        picture.mentions.append([Mention(father, 0, 1, "topic", 0, 0, aside)])
        return WHOSE.weighed(picture, fields=("elderly",))["parent"]

    assert heavy(aside=True) < heavy(aside=False)


def test_there_is_always_an_answer() -> None:
    assert WHOSE.meant(Picture(Someone("self", "person_self"))) == ("self",)
    neighbour = Picture(Someone("self", "person_self"), writer="neighbour")
    assert WHOSE.meant(neighbour) == ("neighbour",)


def test_points_are_data_and_only_known_signs_have_any() -> None:
    alone = Picture(Someone("self", "person_self"))
    points = AboutWeights(source="s", checked=date(2026, 11, 22), points={"self": -1.0, "self_alone": 0.5, "self_only": 0.25})
    assert Whose(points).weighed(alone) == {"self": -0.25}
    with pytest.raises(ValidationError):
        AboutWeights.model_validate({"source": "s", "checked": "2026-11-22", "points": {"self_brave": 1.0}})
