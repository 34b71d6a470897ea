"""Editing the town's knowledge over HTTP: forms, drafts, two persons, going live and back, and who may."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from handoff.desk import staff
from handoff.desk.staff import Role
from handoff.editing import versions
from handoff.store.counters import next_value
from handoff.store.db import town_key
from handoff.store.models import AuditEntry, KnowledgeDraft, KnowledgeVersion
from knowledge.overlay import Edit, as_data
from tests.api.editing import ROOT, Town, another, drafted, filled, number_of, press, town
from tests.api.test_console import text_of
from tests.browser.serving import make_services, settings
from tests.whole import knowledge

__all__ = ["town"]
WINDOW = f"{ROOT}/things/window/koreisha"
NEW_NUMBER = "01558-6-9999"


async def test_an_unchanged_form_makes_no_draft(town: Town) -> None:
    for kind, key in (("window", "koreisha"), ("window", "shogai"), ("town", "town"), ("faq", "kaigo_soudan"), ("reply", "ja.greeting"), ("town", "ways"), ("town", "topics"), ("window", "shushu")):
        path = f"{ROOT}/things/{kind}/{key}"
        answer = await town.client.post(path, data=filled(await town.client.get(path)))
        assert answer.status_code == 422, path
        assert "いまの内容と同じです" in text_of(answer)


async def test_every_thing_of_every_kind_has_its_page(town: Town) -> None:
    for kind in ("window", "faq", "word", "reply"):
        listed = await town.client.get(f"{ROOT}/things/{kind}")
        links = re.findall(rf'href="({ROOT}/things/{kind}/[^"]+)"', listed.text)
        assert bool(links) == (kind != "word")
        for link in links[:12]:
            assert (await town.client.get(link)).status_code == 200, link
    for path in ("", "/things/town/town", "/things/town/ways", "/things/town/topics", "/new/window", "/new/faq", "/new/word", "/history"):
        assert (await town.client.get(ROOT + path)).status_code == 200, path
    for path in ("/things/window/nobody", "/things/reply/ja.nobody", "/things/town/other", "/new/reply", "/drafts/99", "/export/../x", "/drafts/99/edit"):
        assert (await town.client.get(ROOT + path)).status_code == 404, path
    assert (await town.client.get(ROOT + "/drafts/99999999999999999999")).status_code == 422


async def test_a_telephone_is_changed_looked_over_put_live_and_taken_back(town: Town) -> None:
    before = await town.telephone()
    where = await drafted(town.client, WINDOW, telephone="０１５５８－６－９９９９")
    assert await town.telephone() == before
    page = await town.client.get(where)
    said = text_of(page)
    assert f"いま{before}" in said.replace(" ", "")
    assert "問題は見つかりませんでした" in said
    assert "しらべています" in said
    assert "公開する</button>" not in page.text
    early = await press(town.client, number_of(where), "publish")
    assert early.status_code == 409
    assert "まだ調べおわっていません" in text_of(early)
    await town.foresee()
    said = text_of(await town.client.get(where))
    assert "最近の相談 3 件のうち、案内が変わるもの: 1 件" in said
    assert "わるくなる: 分野" in said
    assert (await press(town.client, number_of(where), "publish")).status_code == 303
    assert await town.telephone() == NEW_NUMBER
    assert "公開しました" in text_of(await town.client.get(where))
    exported = await town.client.get(f"{ROOT}/export/windows.yaml")
    assert f"telephone: {NEW_NUMBER}" in exported.text
    assert "# 大樹町の窓口。" in exported.text
    back = await town.client.post(f"{ROOT}/rollback", data={"to": 0, "reason": "まちがいだった"})
    await town.foresee()
    assert (await press(town.client, number_of(back.headers["location"]), "publish")).status_code == 303
    assert await town.telephone() == before
    history = text_of(await town.client.get(f"{ROOT}/history"))
    assert history.index("版2: ファイルだけの状態にもどす") < history.index("版1: 窓口「保健福祉課")
    assert "理由: 番号が変わった" in history


async def test_a_process_started_later_serves_what_is_live(town: Town) -> None:
    where = await drafted(town.client, WINDOW, telephone=NEW_NUMBER)
    await town.foresee()
    await press(town.client, number_of(where), "publish")
    later = make_services(town.store, settings(), town.services.clock)
    assert (await later.knowledge()).towns["taiki"].window("koreisha").telephone == NEW_NUMBER
    assert (await later.knowledge()).towns["itoman"] == knowledge().towns["itoman"]


@pytest.mark.parametrize(
    ("path", "changes", "at"),
    [
        (WINDOW, {"hours.start": "25:00", "hours.end": "17:00", "hours.days": ["mon"]}, "field-hours"),
        (WINDOW, {"telephone": "01558-a"}, "field-telephone"),
        (WINDOW, {"name": ""}, "field-name"),
        (f"{ROOT}/things/town/town", {"closed": "13-45 01-03 年末年始"}, "field-closed"),
        (f"{ROOT}/things/reply/ja.route_one", {"text": "こちらです"}, "field-text"),
        (f"{ROOT}/things/faq/kaigo_soudan", {"answer": ""}, "field-answer"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_never_goes_live(
    town: Town, path: str, changes: Mapping[str, Any], at: str
) -> None:
    where = await drafted(town.client, path, **changes)
    assert where.endswith("/edit")
    form = await town.client.get(where)
    assert f'href="#{at}"' in form.text, text_of(form)
    assert 'class="error" id="error-' in form.text
    await town.foresee()
    refused = await press(town.client, number_of(where), "publish")
    assert refused.status_code == 409
    assert await town.services.knowledge() == knowledge()


async def test_a_crisis_text_needs_a_second_person_who_is_not_its_author(town: Town) -> None:
    path = f"{ROOT}/things/reply/ja.crisis_taken_back"
    text = filled(await town.client.get(path))["text"]
    where = await drafted(town.client, path, text=f"{text}\nいつでも書いてください。")
    number = number_of(where)
    await town.foresee()
    assert "公開する</button>" not in (await town.client.get(where)).text
    assert (await press(town.client, number, "publish")).status_code == 409
    own = await press(town.client, number, "approve")
    assert own.status_code == 409
    assert "自分では確認できません" in text_of(own)
    second = await another(town)
    assert (await press(second, number, "approve")).status_code == 303
    # Saved again, by the second person too: the yes is gone, and neither of both authors can give it.
    edit = f"{where}/edit"
    saved = await second.post(edit, data=filled(await second.get(edit), text=f"{text}\nまた書いてください。"))
    assert saved.status_code == 303
    await town.foresee()
    for client in (town.client, second):
        assert (await press(client, number, "approve", 2)).status_code == 409
        assert (await press(client, number, "publish", 2)).status_code == 409
    third = await another(town)
    await press(third, number, "approve", 2)
    assert (await press(town.client, number, "publish", 2)).status_code == 303
    assert (await town.services.knowledge()).towns["taiki"].replies["ja"]["crisis_taken_back"].endswith("また書いてください。")
    back = await town.client.post(f"{ROOT}/rollback", data={"to": 0, "reason": "もどす"})
    await town.foresee()
    assert (await press(town.client, number_of(back.headers["location"]), "publish")).status_code == 409


async def test_who_saves_second_sees_what_the_first_wrote_and_loses_nothing(town: Town) -> None:
    where = await drafted(town.client, WINDOW, telephone=NEW_NUMBER)
    second = await another(town)
    mine, theirs = filled(await town.client.get(f"{where}/edit")), filled(await second.get(f"{where}/edit"))
    await second.post(f"{where}/edit", data={**theirs, "telephone": "01558-6-8888"})
    answer = await town.client.post(f"{where}/edit", data={**mine, "about": "わたしの説明"})
    assert answer.status_code == 409
    said = text_of(answer)
    assert "ほかの人が先に保存しました" in said
    assert "01558-6-8888" in said
    assert "わたしの説明" in said
    assert (await town.client.post(f"{where}/edit", data=filled(answer, telephone="01558-6-8888"))).status_code == 303
    assert (await press(second, number_of(where), "withdraw", 2)).status_code == 409
    assert (await press(second, number_of(where), "withdraw", 3)).status_code == 303


async def test_a_draft_that_another_change_has_overtaken_says_so_and_does_not_go_live(town: Town) -> None:
    first = await drafted(town.client, WINDOW, telephone=NEW_NUMBER)
    second = await drafted(town.client, WINDOW, telephone="01558-6-8888")
    await town.foresee()
    await press(town.client, number_of(first), "publish")
    said = text_of(await town.client.get(second))
    assert "書いたあとに、もとの内容が変わりました" in said
    assert "電話: ほかの変更が先に公開されました" in said
    assert (await press(town.client, number_of(second), "publish")).status_code == 409
    await town.client.post(f"{second}/edit", data=filled(await town.client.get(f"{second}/edit")))
    await town.foresee()
    assert (await press(town.client, number_of(second), "publish", 2)).status_code == 303
    assert await town.telephone() == "01558-6-8888"


async def test_what_was_foreseen_of_an_older_version_is_not_enough_and_is_worked_out_anew(town: Town) -> None:
    first = await drafted(town.client, WINDOW, telephone=NEW_NUMBER)
    other = await drafted(town.client, f"{ROOT}/things/window/shogai", staffed_days="月・水")
    await town.foresee()
    await press(town.client, number_of(first), "publish")
    assert "しらべています" in text_of(await town.client.get(other))
    assert (await press(town.client, number_of(other), "publish")).status_code == 409
    assert (await press(town.client, number_of(other), "check")).status_code == 303
    await town.foresee()
    assert (await press(town.client, number_of(other), "publish")).status_code == 303


async def test_a_question_comes_and_goes(town: Town) -> None:
    form = filled(await town.client.get(f"{ROOT}/new/faq"), question="ごみの日は", answer="火曜です", source="町のページ")
    where = (await town.client.post(f"{ROOT}/new/faq", data=form)).headers["location"]
    await town.foresee()
    await press(town.client, number_of(where), "publish")
    (key,) = [one.id for one in (await town.services.knowledge()).towns["taiki"].faq if one.question == "ごみの日は"]
    path = f"{ROOT}/things/faq/{key}"
    gone = await drafted(town.client, path, action="remove")
    assert "なし（取りのぞく）" in text_of(await town.client.get(gone))
    await town.foresee()
    await press(town.client, number_of(gone), "publish")
    assert (await town.services.knowledge()).towns["taiki"] == knowledge().towns["taiki"]
    assert (await town.client.get(path)).status_code == 404


async def test_what_the_files_no_longer_bear_waits_and_the_town_goes_on(town: Town) -> None:
    """As after an update of the files: one edit fits, one doesn't, one field has been changed by both."""
    fits = Edit("window", "koreisha", {"telephone": NEW_NUMBER}, {"telephone": "01558-6-0000"})
    broken = Edit("window", "shogai", {"relation": "friends"}, {"relation": "same_body"})
    me = await staff.find(town.store, "taiki-admin")
    async with town.store.town("taiki") as session:
        session.add(KnowledgeVersion(
            data_key=await town_key(session), sequence=await next_value(session, "taiki", versions.COUNTER), edits={"edits": as_data([fits, broken])}, draft=1,
            kind="window", key="koreisha", authors=[str(me.id)], published_by=me.id, reason="x",
        ))
    assert await town.services.live.renew()
    assert await town.telephone() == NEW_NUMBER
    served = (await town.services.knowledge()).towns["taiki"]
    assert served.window("shogai") == knowledge().towns["taiki"].window("shogai")
    said = text_of(await town.client.get(ROOT))
    assert "いまの町のファイルに合わなくなったため、出していません" in said
    assert "町のファイルのほうも変わりました" in said


async def test_a_version_that_nobody_can_read_leaves_the_town_as_it_was(town: Town) -> None:
    where = await drafted(town.client, WINDOW, telephone=NEW_NUMBER)
    await town.foresee()
    await press(town.client, number_of(where), "publish")
    me = await staff.find(town.store, "taiki-admin")
    async with town.store.town("taiki") as session:
        session.add(KnowledgeVersion(
            data_key=await town_key(session), sequence=await next_value(session, "taiki", versions.COUNTER), edits={"edits": as_data([Edit("reply", "ja", {}, {})])},
            draft=2, kind="reply", key="ja", authors=[str(me.id)], published_by=me.id, reason="x",
        ))
    assert await town.services.live.renew()
    assert await town.telephone() in (NEW_NUMBER, knowledge().towns["taiki"].window("koreisha").telephone)
    assert (await town.services.knowledge()).towns.keys() == knowledge().towns.keys()


@pytest.mark.parametrize("role", ["staff", "coordinator", "auditor"])
async def test_other_roles_are_told_no(town: Town, role: Role) -> None:
    other = await another(town, role)
    for path in ("", "/things/window", "/history", "/export/windows.yaml"):
        assert (await other.get(ROOT + path)).status_code == 403
    assert (await other.post(WINDOW, data={"telephone": NEW_NUMBER, "reason": "x"})).status_code == 403


async def test_an_admin_of_another_town_finds_nothing_of_this_one(town: Town) -> None:
    where = await drafted(town.client, WINDOW, telephone=NEW_NUMBER)
    number = number_of(where)
    other = await another(town, of="itoman")
    assert (await other.get(where)).status_code == 404
    assert (await other.get(WINDOW)).status_code == 404
    for what in ("publish", "approve", "withdraw", "check"):
        assert (await press(other, number, what)).status_code == 404
    assert NEW_NUMBER not in (await other.get(ROOT)).text
    await town.foresee()
    await press(town.client, number, "publish")
    assert "版0: 市のファイルのまま いま" in text_of(await other.get(f"{ROOT}/history"))
    assert (await other.post(f"{ROOT}/rollback", data={"to": 1, "reason": "x"})).status_code == 404


async def test_without_a_reason_or_from_another_site_nothing_is_kept(town: Town) -> None:
    form = filled(await town.client.get(WINDOW), telephone=NEW_NUMBER)
    blank = await town.client.post(WINDOW, data={**form, "reason": " "})
    assert blank.status_code == 422
    assert "変える理由を書いてください" in text_of(blank)
    assert NEW_NUMBER in blank.text
    foreign = await town.client.post(WINDOW, data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    huge = await town.client.post(WINDOW, data={**form, "about": "あ" * 100_000})
    assert huge.status_code == 413
    async with town.store.reading("taiki") as session:
        assert (await session.scalars(select(KnowledgeDraft))).all() == []


async def test_hostile_words_are_shown_as_words(town: Town) -> None:
    hostile = "<img src=x onerror=alert(1)>{{7*7}}"
    where = await drafted(town.client, WINDOW, about=f"{hostile}\x00", reason=hostile)
    page = await town.client.get(where)
    assert "<img" not in page.text
    assert "&lt;img src=x onerror=alert(1)&gt;{{7*7}}" in page.text


async def test_everything_is_in_the_record(town: Town) -> None:
    where = await drafted(town.client, WINDOW, telephone=NEW_NUMBER)
    await town.foresee()
    await press(town.client, number_of(where), "publish")
    async with town.store.reading("taiki") as session:
        entries = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)))
        (version,) = (await session.scalars(select(KnowledgeVersion))).all()
    told = [(entry.action, entry.reason) for entry in entries if entry.action.startswith("knowledge")]
    assert told == [
        ("knowledge_drafted", "下書き1（window koreisha） 番号が変わった"),
        ("knowledge_published", "版1、下書き1（window koreisha） 番号が変わった"),
    ]
    assert version.edits["edits"][0]["values"]["telephone"] == NEW_NUMBER


