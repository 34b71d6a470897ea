"""The coordinator's pages in Chromium: axe, a narrow window, the keyboard, and the whole work without JavaScript."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.desk import STORIES, Account, first_day, hire, sign_in
from tests.browser.test_console import FITS, SMALL, violations
from tests.journeys.house import House, until

pytestmark = pytest.mark.browser
Contexts = Callable[..., BrowserContext]
OPEN_ALL = "() => document.querySelectorAll('details').forEach((one) => { one.open = true; })"


@dataclass(frozen=True)
class Room:
    """A running house with a case in 大樹町, two flags that wait, and a meeting whose papers the coordinator holds."""

    house: House
    coordinator: Account
    case: str
    meeting: str
    sheet: str


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    var = tmp_path_factory.mktemp("room")
    house = House(var, f"sqlite:///{var}/tsunagu.db")
    house.run("migrate")
    house.start()
    try:
        for _ in range(2):
            house.resident("taiki").say(STORIES["tangled"])
        account = Account("suishin")
        with first_day(house, account, hire(house, "suishin", role="coordinator", window="suishin")) as client:
            yield Room(house, account, *_furnished(client))
    finally:
        house.stop()


def _furnished(client: httpx.Client) -> tuple[str, str, str]:
    def flags() -> list[str]:
        found = re.findall(r'name="ticket" value="(taiki-\d+-\d+)"', client.get("/staff/cases").text)
        return sorted(set(found)) if len(set(found)) == 2 else []

    case: str = client.post("/staff/cases", data={"ticket": until(flags, what="two flags")[0]}).headers["location"]
    person = re.findall(r'id="p([0-9a-f-]{36})"', client.get(case).text)[0]
    own = f"{case}/people/{person}"
    answer = {"item": "share", "status": "given", "answered_by": person, "how": "telephone", "wording": "2026-11", "to_whom": "町"}
    plan = {"goal": "家で暮らす", "at": "2030-01-20", "agency": "社協", "what": "訪ねる", "programme": "other"}
    for path, data in (
        ("consent", answer), ("application", {"how": "visit", "wishes": "家にいたい"}), ("assessment", {"text": "足が弱い"}),
        ("plans", plan), ("outreach", {"means": "visit", "result": "met", "at": "2030-01-10"}),
    ):
        assert client.post(f"{own}/{path}", data=data).status_code == 303, path
    long = {"relation": "とても長い続柄" + "w" * 70, "age": "9" * 40, "name": "x" * 90}
    assert client.post(f"{case}/people", data=long).status_code == 303
    called = client.post(f"{own}/meetings", data={"meeting": "juso", "occasion": "プランの策定時"})
    meeting: str = called.headers["location"]
    assert client.post(f"{meeting}/items", data={"source": "resident", "text": "税金のことも心配"}).status_code == 303
    days = {"at": ["2030-01-21", "2030-01-22"], "clock": ["13:30", ""]}
    assert client.post(f"{meeting}/possible", data=days).status_code == 303
    return case, meeting, f"{own}/sheet"


def at(page: Page, room: Room, path: str) -> Page:
    page.goto(room.house.url + path)
    page.evaluate(OPEN_ALL)
    return page


@pytest.mark.parametrize("which", ["board", "case", "meeting", "sheet"])
def test_axe_finds_nothing_and_all_fits_a_narrow_window(context: Contexts, room: Room, which: str) -> None:
    path = {"board": "/staff/cases", "case": room.case, "meeting": room.meeting, "sheet": room.sheet}[which]
    page = at(sign_in(context(bypass_csp=True), room.house, room.coordinator), room, path)
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(FITS)
    assert [one for one in page.evaluate(SMALL) if "checkbox" not in one] == []
    assert violations(page) == []


def test_the_work_is_done_without_javascript(context: Contexts, room: Room) -> None:
    page = context(java_script_enabled=False).new_page()
    page.goto(f"{room.house.url}/staff/cases")
    page.get_by_label("ログイン名").fill(room.coordinator.login)
    page.get_by_label("パスワード").fill(room.coordinator.password)
    page.get_by_role("button", name="ログイン").click()
    expect(page.get_by_role("heading", name="複合ケース（多機関協働）")).to_be_visible()
    page.goto(room.house.url + room.case)
    page.get_by_role("textbox", name="次にすること").fill("母に電話する")
    page.get_by_role("button", name="次にすることをかえる").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("母に電話する")
    second = page.locator("section.box[id^=p]").nth(1)
    second.get_by_text("同意の答えを記録する").click()
    form = second.locator("form[action$='/consent']")
    form.get_by_label("だれが答えたか").select_option(index=1)  # the first person, not this one
    form.locator("select[name=status]").select_option("given")
    form.get_by_role("button", name="答えを記録する").click()
    expect(page.get_by_role("alert")).to_contain_text("同意は本人ごとです")
    page.get_by_role("link", name="もとの画面にもどる").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("母に電話する")


def test_the_keyboard_is_enough(context: Contexts, room: Room) -> None:
    page = sign_in(context(), room.house, room.coordinator)
    page.get_by_role("link", name="複合ケース").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="複合ケース（多機関協働）")).to_be_visible()
    page.get_by_role("link", name=re.compile("歳")).last.focus()
    page.keyboard.press("Enter")
    page.get_by_text("同意の答えを記録する").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("だれが答えたか").first).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.name") == "item"


def test_an_open_case_learns_what_a_colleague_does_and_keeps_what_is_being_written(context: Contexts, room: Room) -> None:
    mine, theirs = sign_in(context(), room.house, room.coordinator), sign_in(context(), room.house, room.coordinator)
    at(mine, room, room.case)
    mine.locator("form[action$='/assessment'] textarea").first.fill("書きかけの見立て")
    board = mine.context.new_page()
    board.goto(f"{room.house.url}/staff/cases")
    at(theirs, room, room.case).get_by_role("textbox", name="次にすること").fill("役場で会う")
    theirs.get_by_role("button", name="次にすることをかえる").click()
    expect(mine.get_by_role("heading", level=1)).to_contain_text("役場で会う")
    assert mine.locator("form[action$='/assessment'] textarea").first.input_value() == "書きかけの見立て"
    board.bring_to_front()
    expect(board.locator("#board-stages")).to_contain_text("役場で会う")
