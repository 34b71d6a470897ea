"""The coordinator's pages over HTTP: what they show to whom, what each form does, and who is refused."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest_asyncio
from fastapi import FastAPI
from sqlalchemy import select

from handoff.store.db import Store
from handoff.store.models import Ticket
from knowledge.schema import Town
from tests.api.conftest import FROM_HERE, sign_in
from tests.api.test_staff_api import OWN
from tests.browser.serving import make_services, settings, whole_app
from tests.databases import at_noon
from tests.handoff.coordination import conftest as room
from tests.handoff.coordination.conftest import Hire, Household, flagged

database_url, towns, store, hire = room.database_url, room.towns, room.store, room.hire
fukkokai, official, shakyo, household = room.fukkokai, room.official, room.shakyo, room.household


@pytest_asyncio.fixture
async def app(store: Store) -> FastAPI:
    chosen = settings(public_url=OWN)
    return whole_app(make_services(store, chosen, at_noon))


@dataclass
class Desk:
    """A browser of each person, signed in."""

    app: FastAPI
    opened: dict[str, httpx.AsyncClient]

    async def of(self, login: str) -> httpx.AsyncClient:
        if login not in self.opened:
            transport = httpx.ASGITransport(app=self.app)
            self.opened[login] = httpx.AsyncClient(transport=transport, base_url=OWN, headers=FROM_HERE)
            assert (await sign_in(self.opened[login], login)).status_code == 303
        return self.opened[login]

    async def get(self, login: str, path: str) -> str:
        answer = await (await self.of(login)).get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def post(self, who: str, path: str, expected: int = 303, /, **data: str) -> httpx.Response:
        answer = await (await self.of(who)).post(path, data=data)
        assert answer.status_code == expected, answer.text
        return answer


@pytest_asyncio.fixture
async def desk(app: FastAPI) -> AsyncIterator[Desk]:
    made = Desk(app, {})
    yield made
    for client in made.opened.values():
        await client.aclose()


def consent(person: UUID | str, status: str = "given", **more: str) -> dict[str, str]:
    return {
        "item": "share", "status": status, "answered_by": str(person), "how": "telephone", "wording": "2026-11",
        "to_whom": "支援にかかわる機関", **more,
    }


def plain(page: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", page))


async def test_a_flag_becomes_a_case_and_stands_on_the_board(
    desk: Desk, store: Store, towns: Mapping[str, Town], hire: Hire
) -> None:
    await hire("fukko", "nagaizumi.fukkokai", role="coordinator")
    await hire("shakyo", "nagaizumi.shakyo_sanka")
    number = await flagged(store, towns["nagaizumi"], "nagaizumi.shakyo_sanka")
    assert "旗を下ろす" in await desk.get("shakyo", "/staff/cases")
    assert "ケースとして受ける" not in await desk.get("shakyo", "/staff/cases")
    await desk.post("shakyo", "/staff/cases", 409, ticket=number)
    made = await desk.post("fukko", "/staff/cases", ticket=number)
    assert made.headers["location"] == "/staff/cases/nagaizumi-case-2026-0001"
    board = plain(await desk.get("fukko", "/staff/cases"))
    for piece in ("受付（1）", "親82歳、きょうだい55歳", "長泉町社会福祉協議会（アウトリーチ・参加支援）（相談を受けた窓口）", "次の日付"):
        assert piece in board


async def test_a_dated_task_leads_to_its_case_and_person(desk: Desk, household: Household, shakyo: object) -> None:
    here = f"/staff/cases/{household.number}"
    await desk.post("fukko", f"{here}/people/{household.brother}/outreach", means="visit", result="no_contact", at="2026-12-20")
    board = await desk.get("fukko", "/staff/cases")
    assert f'href="{here}#p{household.brother}">親 82歳、きょうだい 55歳</a>' in board
    assert "12月20日（日）</time></strong> もう一度つながる" in board, "a day, and no hour that nobody set"
    saved = await desk.post("fukko", f"{here}/people/{household.brother}/outreach", means="visit", result="met", at="2026-12-21")
    assert saved.headers["location"] == f"{here}#saved-{household.brother}"
    assert f'id="saved-{household.brother}"' in await desk.get("fukko", here), "who saved is told so, at that place"


async def test_who_is_there_by_mistake_is_taken_out_until_something_is_kept(
    desk: Desk, household: Household, shakyo: object
) -> None:
    here = f"/staff/cases/{household.number}"
    await desk.post("fukko", f"{here}/people/{household.mother}", relation="母", age="82歳")
    assert "母82歳、きょうだい55歳" in plain(await desk.get("fukko", "/staff/cases")), "the board says what they are called now"
    await desk.post("shakyo", f"{here}/people/{household.mother}/consent", **consent(household.mother))
    kept = await desk.post("fukko", f"{here}/people/{household.mother}/drop", 409)
    assert "記録があるので、外せません" in kept.text
    await desk.post("shakyo", f"{here}/people/{household.brother}/drop", 409)
    await desk.post("fukko", f"{here}/people/{household.brother}/drop")
    assert "きょうだい" not in plain(await desk.get("fukko", here))


async def test_a_restricted_matter_says_nothing_of_itself_on_the_board(
    desk: Desk, store: Store, towns: Mapping[str, Town], hire: Hire
) -> None:
    await hire("fukko", "nagaizumi.fukkokai", role="coordinator")
    number = await flagged(store, towns["nagaizumi"], "nagaizumi.shakyo_sanka", crisis=("dv",))
    for words in ("閲覧制限の案件です", "閲覧制限のケースです"):
        board = plain(await desk.get("fukko", "/staff/cases"))
        assert words in board
        assert "82歳" not in board, "others may look over a shoulder"
        if number in board:
            await desk.post("fukko", "/staff/cases", ticket=number)


async def test_the_window_takes_its_flag_back(desk: Desk, store: Store, towns: Mapping[str, Town], hire: Hire) -> None:
    await hire("shakyo", "nagaizumi.shakyo_sanka")
    await hire("hokatsu", "nagaizumi.hokatsu")
    number = await flagged(store, towns["nagaizumi"], "nagaizumi.shakyo_sanka")
    await desk.post("hokatsu", "/staff/cases/flags", 404, ticket=number, reason="足りる")
    await desk.post("shakyo", "/staff/cases/flags", 422, ticket=number, reason=" ")
    await desk.post("shakyo", "/staff/cases/flags", ticket=number, reason="家計の相談だけで足りる")
    assert number not in await desk.get("shakyo", "/staff/cases")


async def test_consent_is_asked_person_by_person(desk: Desk, household: Household, shakyo: object) -> None:
    here = f"/staff/cases/{household.number}"
    await desk.post("shakyo", f"{here}/people/{household.mother}/consent", **consent(household.mother))
    refused = await desk.post(
        "shakyo", f"{here}/people/{household.brother}/consent", 409, **consent(household.mother)
    )
    assert "同意は本人ごとです" in refused.text
    assert f'href="{here}"' in refused.text, "back to the case"
    page = plain(await desk.get("shakyo", here))
    assert "機関のあいだで話を共有すること（会議をふくむ）:あり" in page
    assert "この人の同意がないため" in page


async def test_who_may_receive_is_ticked_and_another_body_waits_for_it(desk: Desk, household: Household) -> None:
    here = f"/staff/cases/{household.number}"
    page = await desk.get("fukko", here)
    for one in ("支援にかかわる機関すべて", "公益財団法人復康会（多機関協働）", "長泉町社会福祉協議会", "学校"):
        assert f'name="to" value="{one}"' in page, one
    body = {"window": "nagaizumi.shakyo", "role": "家計"}
    assert "渡せる根拠" in (await desk.post("fukko", f"{here}/agencies", 409, **body)).text
    answer = consent(household.mother, to_whom="学校以外", to="支援にかかわる機関すべて")
    await desk.post("fukko", f"{here}/people/{household.mother}/consent", **answer)
    assert "渡す先:支援にかかわる機関すべて、学校以外" in plain(await desk.get("fukko", here))
    refused = await desk.post("fukko", f"{here}/agencies", 422, window="nagaizumi.gakko")
    assert "「学校」は入っていません" in refused.text
    await desk.post("fukko", f"{here}/agencies", **body)


async def test_a_referral_begins_with_the_recorded_consent_and_goes_only_where_it_says(
    desk: Desk, household: Household, store: Store
) -> None:
    async with store.reading("nagaizumi") as session:
        number = (await session.scalars(select(Ticket))).one().number
    path = f"/staff/tickets/{number}/referral"
    answer = consent(household.mother, item="other_body", to_whom="長泉町社会福祉協議会")
    await desk.post("fukko", f"/staff/cases/{household.number}/people/{household.mother}/consent", **answer)
    page = await desk.get("fukko", path)
    assert "本人の同意の記録（" in page
    assert re.search(r'value="consent" required checked', page)
    assert re.findall(r'name="items" value="(\w+)" checked', page) == ["name", "concerns", "words"], "others' lives are not"
    form = {"reason": "家計", "basis": "consent", "ground": "本人の同意の記録", "items": "words"}
    refused = await desk.post("fukko", path, 409, **form, window="nagaizumi.gakko")
    assert "「学校」は入っていません" in refused.text
    made = await desk.post("fukko", path, **form, window="nagaizumi.shakyo")
    paper = made.headers["location"]
    assert "家計" in await desk.get("fukko", paper)
    withdrawn = {**answer, "status": "withdrawn", "to_whom": ""}
    await desk.post("fukko", f"/staff/cases/{household.number}/people/{household.mother}/consent", **withdrawn)
    again = await (await desk.of("fukko")).get(paper)
    assert again.status_code == 409
    assert "「撤回」です" in again.text, "what was taken back makes no further copy"


async def test_greyed_meetings_say_why(desk: Desk, household: Household, fukkokai: object) -> None:
    page = plain(await desk.get("fukko", f"/staff/cases/{household.number}"))
    for piece in (
        "いちばんいい会議いまは開けません", "本人の同意（いまは「未確認」）、利用申込、アセスメント、プラン案", "町に依頼（福祉保険課）",
        "招集できるのは福祉保険課だけです", "会議を開かず、担当どうしで進める",
    ):
        assert piece in page


async def test_what_is_not_theirs_is_not_there(desk: Desk, household: Household, hire: Hire) -> None:
    await hire("hokatsu", "nagaizumi.hokatsu")
    await hire("kansa", role="auditor")
    await hire("ito", "itoman.takikan", role="coordinator")
    here = f"/staff/cases/{household.number}"
    acts = {
        f"{here}/next": {"what": "x"}, f"{here}/people/{household.mother}/consent": consent(household.mother),
        f"{here}/people/{household.mother}/assessment": {"text": "x"},
    }
    for login, status in (("hokatsu", 404), ("ito", 404), ("kansa", 403)):
        client = await desk.of(login)
        assert (await client.get(here)).status_code == status
        for path, data in acts.items():
            assert (await client.post(path, data=data)).status_code == status
    for odd in ("nagaizumi-case-2026-9999", "x", "nagaizumi-2026-0001"):
        assert (await (await desk.of("hokatsu")).get(f"/staff/cases/{odd}")).status_code == 404
        assert (await (await desk.of("hokatsu")).get(f"/staff/meetings/{odd}")).status_code == 404
    assert (await (await desk.of("kansa")).get("/staff/cases")).status_code == 403


async def test_only_the_coordinator_steers(desk: Desk, household: Household, shakyo: object, fukkokai: object) -> None:
    here = f"/staff/cases/{household.number}"
    acts: dict[str, dict[str, str]] = {
        "next": {"what": "母に電話する", "at": "2026-11-30"}, "stage": {"to": "assessment", "reason": "様子を見た"},
        "people": {"relation": "孫"}, "agencies": {"name": "駿東病院", "role": "通院先"},
        f"people/{household.mother}": {"relation": "母", "age": "82歳", "name": "鈴木ウメ"},
        f"people/{household.mother}/requests": {"meeting": "shien", "purpose": "暮らしを守る分担を決めるため"},
        f"people/{household.mother}/no-meeting": {"reason": "担当で訪ねる"},
    }
    for act, data in acts.items():
        await desk.post("shakyo", f"{here}/{act}", 409, **data)
        await desk.post("fukko", f"{here}/{act}", **data)
    page = plain(await desk.get("fukko", here))
    for piece in ("母に電話する", "11月30日", "孫", "駿東病院（通院先）", "鈴木ウメ（母82歳）", "招集を依頼中", "担当で訪ねる"):
        assert piece in page
    assert "鈴木ウメ" not in await desk.get("shakyo", here)
    await desk.post("fukko", f"{here}/next", 422, what="x", at="きょう")


async def test_regular_meetings_stand_in_the_calendar_without_a_case(desk: Desk, fukkokai: object) -> None:
    board = plain(await desk.get("fukko", "/staff/cases"))
    assert board.count("定期の会議を開く（いちばんいい会議）") == 2
    assert plain(await desk.get("fukko", "/staff/cases")).count("定期の会議を開く") == 2, "looking makes no more"
    made = await desk.post("fukko", "/staff/meetings", meeting="ichiban_ii", agenda="事業の実施状況", at="2026-12-01")
    assert "事業の実施状況" in await desk.get("fukko", made.headers["location"])
    await desk.post("fukko", "/staff/meetings", 422, meeting="shien", agenda="x")


async def test_a_case_s_words_are_text_and_never_markup(desk: Desk, household: Household, fukkokai: object) -> None:
    here, hostile = f"/staff/cases/{household.number}", "<script>alert(1)</script>{{7*7}}"
    await desk.post("fukko", f"{here}/people/{household.mother}", relation=hostile, name=hostile, age=hostile)
    await desk.post("fukko", f"{here}/next", what=hostile)
    page = await desk.get("fukko", here)
    assert "<script>alert" not in page
    assert "{{7*7}}" in page


async def test_a_paper_shows_the_notice_first_and_then_who_looked(
    desk: Desk, household: Household, fukkokai: object, official: object, shakyo: object
) -> None:
    own = f"/staff/cases/{household.number}/people/{household.brother}"
    await desk.post("fukko", f"{own}/requests", meeting="shien", purpose="暮らしを守る分担を決めるため")
    eased = await desk.post(
        "fukuho", f"{own}/meetings", 422, meeting="shien", purpose="事務を円滑にするため",
        occasion="緊急性がある事案への対応が必要なとき",
    )
    assert "事務を円滑にするためだけに" in eased.text
    called = await desk.post(
        "fukuho", f"{own}/meetings", meeting="shien", purpose="食事がとれているかを確かめ、見守りを分けるため",
        occasion="緊急性がある事案への対応が必要なとき",
    )
    paper = called.headers["location"]
    await desk.post("fukuho", f"{paper}/items", source="resident", text="固定資産税も3年払っていない")
    refused = await desk.post("fukuho", f"{paper}/items", 409, source="tax", text="滞納額の一覧")
    assert "地方税法第22条" in refused.text
    assert "滞納額の一覧" not in refused.text
    await desk.post("fukuho", f"{paper}/members", login="shakyo", agency="社会福祉協議会")
    notice = await desk.get("shakyo", paper)
    assert "守秘義務" in notice
    assert "固定資産税" not in notice
    await desk.post("shakyo", f"{paper}/items", 409, source="agency", text="x")
    await desk.post("shakyo", f"{paper}/secrecy")
    assert "固定資産税も3年払っていない" in await desk.get("shakyo", paper)
    assert plain(await desk.get("fukuho", paper)).split("開いた人の記録")[1].count("shakyo") == 1
    assert "構成員を足す" not in await desk.get("shakyo", paper)
    alone = await desk.post("shakyo", f"{paper}/members", 409, name="友人", agency="友人")
    assert "招集した窓口" in alone.text
    said = {"minutes": "税務課によると滞納がある", "decisions": "見守る", "tax": "none"}
    refused = await desk.post("fukuho", f"{paper}/held", 409, **said)
    assert "地方税法第22条" in refused.text
    await desk.post("fukuho", f"{paper}/members", name="税の担当", agency="税務課")
    unsaid = await desk.post("fukuho", f"{paper}/held", 422, minutes="訪ねる", decisions="見守る")
    assert "入っているかどうか" in unsaid.text
    assert (await (await desk.of("fukko")).get(paper)).status_code == 404, "no member"
    assert "固定資産税も3年" not in await desk.get("fukko", f"/staff/cases/{household.number}")


async def test_an_attempt_is_four_fields_filled_in_already(desk: Desk, household: Household, fukkokai: object) -> None:
    """30 seconds: as the page offers it, it may be sent; without a next day it is not taken."""
    path = f"/staff/cases/{household.number}/people/{household.mother}/outreach"
    form = re.search(rf'<form method="post" action="{path}".*?</form>', await desk.get("fukko", path.split("/people", maxsplit=1)[0]), re.S)
    assert form is not None
    assert re.findall(r'name="(\w+)"', form[0]) == ["means", "result", "words", "at"]
    day = re.search(r'name="at" value="(\d{4}-\d\d-\d\d)" required', form[0])
    assert day is not None
    assert day[1] == "2026-11-28"
    await desk.post("fukko", path, 303, means="visit", result="no_contact", words="", at=day[1])
    await desk.post("fukko", path, 422, means="visit", result="met", words="", at="")
