"""長泉町, a household whose consent is divided (scenario 8, steps 1–6), and 四日市市's report that presses (6, step 6):
played by the people themselves on the console's pages.
"""

import re
from collections.abc import Mapping
from datetime import date

from sqlalchemy import select

from handoff.desk import tickets
from handoff.desk.routing import windows_for
from handoff.store.db import Store
from handoff.store.models import CasePerson, Conversation
from knowledge.schema import Town
from tests.api.test_coordination import (  # noqa: F401 - fixtures
    Desk,
    app,
    consent,
    database_url,
    desk,
    hire,
    plain,
    store,
    towns,
)
from tests.databases import at_noon
from tests.handoff.coordination.conftest import Hire, flagged
from tests.handoff.desk.conftest import conversation_of
from tests.whole import engine
from triage.types import Person

DAUGHTER = "実家の母82が足が弱って、弟55は20年家にいて、こころの病気だと思う。固定資産税も3年払ってない"
NEIGHBOUR = (
    "隣の70代のお父さんと、作業所に通う息子さん。去年お母さんが亡くなって、最近お父さんの物忘れがひどくて",
    "二人とも痩せて、ゴミも出てない",
)


async def written(store: Store, town: Town, *said: str) -> str:  # noqa: F811
    """A resident's words judged by the real engine; the ticket's number."""
    conversation = await conversation_of(store, said[0], town=town.id, now=at_noon())
    decision = engine().decide(list(said), today=date(2026, 11, 21))
    async with store.town(town.id) as session:
        row = await session.get_one(Conversation, conversation)
        ticket = await tickets.open_or_update(
            session, row, decision, town=town, windows=windows_for(decision, town), why="triage", now=at_noon()
        )
        return ticket.number


async def people_of(store: Store, town: str) -> list[str]:  # noqa: F811
    async with store.town(town) as session:
        return [str(one) for one in await session.scalars(select(CasePerson.id).order_by(CasePerson.id))]


def one(pattern: str, page: str) -> str:
    found = re.findall(pattern, page)
    assert found, pattern
    return str(found[0])


async def test_the_mother_agrees_the_brother_does_not(
    desk: Desk, store: Store, towns: Mapping[str, Town], hire: Hire  # noqa: F811
) -> None:
    await hire("fukko", "nagaizumi.fukkokai", role="coordinator")
    await hire("fukuho", "nagaizumi.fukushi_hoken")
    await hire("shakyo", "nagaizumi.shakyo_sanka")
    await hire("zeimu", "nagaizumi.choju_kaigo")
    number = await written(store, towns["nagaizumi"], DAUGHTER)
    case = (await desk.post("fukko", "/staff/cases", ticket=number)).headers["location"]
    for window in ("shakyo_sanka", "fukushi_hoken"):  # 409: the ticket has seated it already
        seated = await (await desk.of("fukko")).post(f"{case}/agencies", data={"window": f"nagaizumi.{window}"})
        assert seated.status_code in (303, 409)
    mother, brother = (await people_of(store, "nagaizumi"))[:2]
    await desk.post("fukko", f"{case}/people/{mother}", relation="母", age="82歳")
    await desk.post("fukko", f"{case}/people/{brother}", relation="弟", age="55歳")
    await consents(desk, case, mother, brother)
    plan = await plan_of_mother(desk, case, mother)
    await support_meeting(desk, case, brother)
    await plan_meeting(desk, case, mother, plan)
    await brother_agrees(desk, case, brother)


async def consents(desk: Desk, case: str, mother: str, brother: str) -> None:  # noqa: F811
    """Step 2: 社協 asks each by telephone; the mother's yes is not the brother's."""
    await desk.post("shakyo", f"{case}/people/{mother}/consent", **consent(mother))
    assert plain(await desk.get("shakyo", case)).count("（会議をふくむ）:未確認") == 1
    no = consent(brother, "refused")
    await desk.post("shakyo", f"{case}/people/{brother}/consent", 409, **{**no, "answered_by": mother})
    await desk.post("shakyo", f"{case}/people/{brother}/consent", **no)
    page = plain(await desk.get("shakyo", case))
    assert (page.count("（会議をふくむ）:あり"), page.count("（会議をふくむ）:拒否")) == (1, 1)


async def plan_of_mother(desk: Desk, case: str, mother: str) -> str:  # noqa: F811
    """Step 3, the mother's part: application, assessment and a draft with アウトリーチ and more."""
    own = f"{case}/people/{mother}"
    assert "いちばんいい会議いまは開けません" in plain(await desk.get("fukko", case))
    await desk.post("fukko", f"{own}/application", how="telephone", wishes="家で暮らしたい")
    await desk.post("fukko", f"{own}/assessment", text="足が弱り、買い物に出られない")
    client = await desk.of("fukko")
    drafted = await client.post(f"{own}/plans", data={
        "goal": "家で安心して暮らす", "at": "2027-01-20", "agency": ["長泉町社会福祉協議会", "地域包括支援センター", ""],
        "what": ["週に1回訪ねる", "介護の申請を手伝う", ""], "programme": ["outreach", "other", "other"],
    })
    assert drafted.status_code == 303
    page = await desk.get("fukko", case)
    assert "一部決定・一部確認" in page
    assert "プラン策定後の評価時" in page, "the meeting is a dated task"
    return one(rf"{case}/plans/([0-9a-f-]{{36}})/approve", page)


async def support_meeting(desk: Desk, case: str, brother: str) -> None:  # noqa: F811
    """Steps 3 and 4: 復康会 may only ask; the town calls, with a purpose; the tax office's data stay out."""
    own = f"{case}/people/{brother}"
    why = {"meeting": "shien", "occasion": "本人の同意が得られず、情報共有や役割分担が進まないとき"}
    purpose = "弟さんと会える道を探し、二人の暮らしを守るため"
    assert "町に依頼" in plain(await desk.get("fukko", case))
    await desk.post("fukko", f"{own}/meetings", 422, **why, purpose=purpose)
    await desk.post("fukko", f"{own}/requests", meeting="shien", purpose=purpose)
    await desk.post("fukuho", f"{own}/meetings", 422, **why, purpose="")
    await desk.post("fukuho", f"{own}/meetings", 422, **why, purpose="事務を円滑にするため")
    paper = (await desk.post("fukuho", f"{own}/meetings", **why, purpose=purpose)).headers["location"]
    await desk.post("fukuho", f"{paper}/members", login="zeimu", agency="税務課")
    await desk.post("zeimu", f"{paper}/secrecy")
    for source in ("tax", "agency"):
        stopped = await desk.post("zeimu", f"{paper}/items", 409, source=source, text="固定資産税の滞納は令和5年度から")
        assert "地方税法第22条" in stopped.text
        assert "同意を本人から取って" in stopped.text
    await desk.post("fukuho", f"{paper}/items", source="resident", text="娘さん: 固定資産税も3年払ってない")
    await desk.post("fukuho", f"{paper}/items", source="agency", text="訪問のとき、戸の向こうで返事があった")
    assert "固定資産税も3年払ってない" in await desk.get("zeimu", paper)


async def plan_meeting(desk: Desk, case: str, mother: str, plan: str) -> None:  # noqa: F811
    """Step 5: the three topics, approval, and nothing final before the town's decision."""
    called = await desk.post(
        "fukko", f"{case}/people/{mother}/meetings", meeting="ichiban_ii", occasion="プラン策定後の評価時", at="2026-11-21"
    )
    paper = await desk.get("fukko", called.headers["location"])
    for topic in ("本人の目標、支援方針、プラン内容", "役割分担の確認", "モニタリングの時期"):
        assert topic in paper
    await desk.post("fukko", f"{case}/plans/{plan}/approve", 422)
    await desk.post("fukko", f"{called.headers['location']}/held", minutes="話した", decisions="社協が週1回訪ねる")
    await desk.post("fukko", f"{case}/plans/{plan}/approve")
    page = plain(await desk.get("fukko", case))
    assert "まだ確定していません" in page
    assert "確定した日" not in page
    await desk.post("fukko", f"{case}/plans/{plan}/decide", 422, confirmed_rest="yes")
    await desk.post("fukuho", f"{case}/plans/{plan}/decide", 422)
    await desk.post("fukuho", f"{case}/plans/{plan}/decide", confirmed_rest="yes")
    assert "確定した日" in plain(await desk.get("fukko", case))


async def brother_agrees(desk: Desk, case: str, brother: str) -> None:  # noqa: F811
    """Step 6: met on a visit he agrees; chosen items move; he withdraws and it stops."""
    own = f"{case}/people/{brother}"
    await desk.post("shakyo", f"{own}/outreach", means="visit", result="met", words="会ってもいいと言った", at="2026-12-20")
    await desk.post("shakyo", f"{own}/consent", **{**consent(brother), "how": "visit"})
    await desk.post("fukko", f"{own}/application", how="visit", wishes="静かに暮らしたい")
    await desk.post("fukko", f"{own}/assessment", text="昼と夜が逆になっている")
    await desk.post(
        "fukko", f"{own}/plans", goal="人と話せる日をふやす", at="2027-01-20", agency="長泉町社会福祉協議会", what="訪ねる",
        programme="outreach",
    )
    called = await desk.post("fukko", f"{own}/meetings", meeting="ichiban_ii", occasion="プラン策定後の評価時")
    second = called.headers["location"]
    await desk.post("fukko", f"{second}/members", login="fukuho", agency="福祉保険課")
    assert "戸の向こう" not in await desk.get("fukko", second), "nothing flows by itself"
    offered = await desk.get("fukuho", second)
    first = one(r'name="of" value="([0-9a-f-]{36})"', offered)
    chosen = one(r'name="item" value="([0-9a-f-]{36})"> 訪問のとき', offered)
    await desk.post("fukuho", f"{second}/copies", of=first, item=chosen)
    copied = await desk.get("fukko", second)
    assert "戸の向こう" in copied
    assert "固定資産税" not in copied
    await desk.post("shakyo", f"{own}/consent", **{**consent(brother, "withdrawn"), "how": "visit"})
    stopped = await desk.get("fukko", second)
    assert "同意がいまはありません" in stopped
    assert "戸の向こう" not in stopped
    await desk.post("fukko", f"{second}/items", 409, source="agency", text="x")
    assert "昼と夜が逆" not in await desk.get("shakyo", case)


async def test_a_pressing_report_without_consent_is_offered_the_support_meeting(
    desk: Desk, store: Store, towns: Mapping[str, Town], hire: Hire  # noqa: F811
) -> None:
    await hire("somu", "yokkaichi.fukushi_somu", role="coordinator")
    people = (Person("neighbour", (70, 79)), Person("neighbour", None))
    number = await flagged(
        store, towns["yokkaichi"], words="\n".join(NEIGHBOUR), about=("neighbour",), household=people, urgency="urgent"
    )  # how pressing such words are is triage's own matter
    case = (await desk.post("somu", "/staff/cases", ticket=number)).headers["location"]
    page = plain(await desk.get("somu", case))
    assert "支援会議いまの状況に合います急ぎの事情があります。本人の同意は「未確認」です。" in page, "not asked is not refused"
    assert page.count("（会議をふくむ）:未確認") >= 2, "the father's and the son's are two"
    assert "知らせてくれた人の案件です" in page
