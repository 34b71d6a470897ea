"""Windows come and go in the editing page: added, led to, taken out when nothing points to them, and back again."""

import re

import pytest
from sqlalchemy import select

from handoff.desk import staff
from handoff.store.models import KnowledgeDraft
from knowledge.schema import Window
from tests.api.conftest import opened
from tests.api.editing import ROOT, Town, drafted, filled, live, number_of, press, town
from tests.api.test_console import text_of
from tests.databases import at_noon
from tests.handoff.desk.conftest import PASSWORD
from tests.whole import knowledge

__all__ = ["town"]
WAYS = f"{ROOT}/things/town/ways"
GIVEN = {"name": "ひきこもり相談室", "relation": "consigned", "source": "町のページ", "reason": "4月に始まったため"}


async def added(town: Town, **more: object) -> Window:
    """A window that officials have made and put live."""
    form = filled(await town.client.get(f"{ROOT}/new/window"), **{**GIVEN, **more})
    answer = await town.client.post(f"{ROOT}/new/window", data=form)
    assert answer.status_code == 303, text_of(answer)
    await live(town, answer.headers["location"])
    (made,) = [one for one in (await town.pack()).windows if one.name == GIVEN["name"]]
    return made


async def led_to(town: Town, window: str, *, place: str = "field_windows.poverty.1") -> None:
    await live(town, await drafted(town.client, WAYS, **{place: window}))


async def test_a_window_is_added_led_to_exported_and_taken_back(town: Town) -> None:
    made = await added(town, telephone="０１５５８－６－７７７７", fields=["poverty"])
    assert (made.relation, made.telephone, made.intake, made.fields) == ("consigned", "01558-6-7777", True, ("poverty",))
    assert re.fullmatch(r"own_[0-9a-f]{10}", made.id)
    where = await drafted(town.client, WAYS, **{"field_windows.poverty.1": made.id, "field_windows.poverty.2": "fukushi"})
    said = text_of(await town.client.get(where))
    assert "分野ごとの案内の先: 生活困窮" in said
    assert "ひきこもり相談室、保健福祉課" in said
    assert "危険" not in said.split("変わるところ")[1].split("点検")[0]
    await live(town, where)
    assert (await town.pack()).municipality.field_windows["poverty"] == (made.id, "fukushi")
    assert f"- id: {made.id}" in (await town.client.get(f"{ROOT}/export/windows.yaml")).text
    assert made.id in (await town.client.get(f"{ROOT}/export/municipality.yaml")).text
    back = await town.client.post(f"{ROOT}/rollback", data={"to": 0, "reason": "もどす"})
    await live(town, back.headers["location"])
    assert await town.pack() == knowledge().towns["taiki"]


async def test_a_window_without_what_it_needs_is_told_at_its_field(town: Town) -> None:
    form = filled(await town.client.get(f"{ROOT}/new/window"), name="", relation="", telephone="いち", source="町")
    answer = await town.client.post(f"{ROOT}/new/window", data=form)
    page = (await town.client.get(answer.headers["location"])).text
    for field in ("name", "relation"):
        assert f'href="#field-{field}"' in page


async def test_a_window_that_is_still_used_says_where_and_goes_when_nothing_uses_it(town: Town) -> None:
    made = await added(town, fields=["poverty"])
    await led_to(town, made.id)
    path = f"{ROOT}/things/window/{made.id}"
    assert "分野「生活困窮」の案内の先" in text_of(await town.client.get(path))
    gone = await drafted(town.client, path, action="remove")
    said = text_of(await town.client.get(gone))
    assert "まだ使っているところ" in said
    assert "分野「生活困窮」の案内の先" in said
    await town.foresee()
    assert (await press(town.client, number_of(gone), "publish")).status_code == 409
    await led_to(town, "fukushi")
    assert "まだ使っているところ" not in text_of(await town.client.get(gone))
    await live(town, gone)
    assert made.id not in {window.id for window in (await town.pack()).windows}


async def test_everything_that_points_to_a_window_is_named(town: Town) -> None:
    coordinator = knowledge().towns["taiki"].municipality.coordinator
    said = text_of(await town.client.get(f"{ROOT}/things/window/{coordinator.window}"))
    for name in (f"調整役（{coordinator.title}）の窓口", "危険「性暴力」の担当", "事業「参加支援事業」"):
        assert name in said
    said = text_of(await town.client.get(f"{ROOT}/things/window/koreisha"))
    for name in ("分野「高齢・介護」の案内の先", "話題「認知症」の案内の先", "質問「"):
        assert name in said


async def test_a_window_with_records_or_colleagues_stays_and_can_be_closed_to_residents(town: Town) -> None:
    made = await added(town, fields=["poverty"])
    await staff.add(
        town.store, municipality_id="taiki", login="hito", role="staff", windows=(f"taiki.{made.id}",), password=PASSWORD,
        now=at_noon(), must_change=False,
    )
    path = f"{ROOT}/things/window/{made.id}"
    gone = await drafted(town.client, path, action="remove")
    said = text_of(await town.client.get(gone))
    assert "この窓口の職員: hito" in said
    await town.foresee()
    assert "公開する</button>" not in (await town.client.get(gone)).text
    refused = await press(town.client, number_of(gone), "publish")
    assert refused.status_code == 409
    assert "案件の記録か職員が残っています" in text_of(refused)
    back = await town.client.post(f"{ROOT}/rollback", data={"to": 0, "reason": "もどす"})
    await town.foresee()
    assert (await press(town.client, number_of(back.headers["location"]), "publish")).status_code == 409
    await live(town, await drafted(town.client, path, intake="yes"))
    assert not (await town.pack()).window(made.id).intake
    await live(town, await drafted(town.client, path, intake=[]))
    assert (await town.pack()).window(made.id).intake


async def test_records_of_a_matter_are_told_without_a_count(town: Town) -> None:
    await opened(town.store, "お金がなくて困っています")
    gone = await drafted(town.client, f"{ROOT}/things/window/fukushi", action="remove")
    said = text_of(await town.client.get(gone))
    assert "この窓口の案件の記録が残っているので、この窓口はなくせません" in said


@pytest.mark.parametrize(("place", "second"), [("field_windows.child.1", False), ("crisis_windows.dv.1", True)])
async def test_who_takes_danger_is_a_matter_for_two(town: Town, place: str, second: bool) -> None:
    where = await drafted(town.client, WAYS, **{place: "kodomo" if second else "fukushi"})
    await town.foresee()
    assert (await press(town.client, number_of(where), "publish")).status_code == (409 if second else 303)


async def test_nobody_left_for_a_field_is_refused(town: Town) -> None:
    none = {f"field_windows.elderly.{at}": "" for at in (1, 2, 3)}
    where = await drafted(town.client, WAYS, **none)
    assert where.endswith("/edit")
    assert "「field_windows.elderly」を受ける窓口がありません" in text_of(await town.client.get(where))
    async with town.store.reading("taiki") as session:
        (draft,) = await session.scalars(select(KnowledgeDraft))
    assert set(draft.content["values"]) == {"field_windows"}
