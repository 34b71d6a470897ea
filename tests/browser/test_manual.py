"""The manual's pictures and every other page, in the training town, by a clock that stands: axe, and a narrow window.

With TSUNAGU_PICTURES=1 (`make manual`) the pictures in docs/ja/pictures are taken anew. Without it the same way is gone,
the words that the manual names are looked for, and each page is held against its picture's outline (`outlines.py`): neither goes stale.
"""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.desk import fill_in
from tests.browser.outlines import keep, kept, noticeable, outline_of
from tests.browser.test_console import FITS, SMALL, tab_to, violations
from tests.browser.test_coordination import OPEN_ALL
from tests.browser.touring import PICTURES, TOUR, VISITS, Stop, Visit
from tests.journeys.house import ROOT, House, until

pytestmark = pytest.mark.browser
TAKING = os.environ.get("TSUNAGU_PICTURES") == "1"
WIDE: dict[str, Any] = {"viewport": {"width": 1000, "height": 720}}
COLOURS = 32
TOO_WIDE = """() => [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > innerWidth)
    .slice(0, 5).map((one) => one.outerHTML.slice(0, 200))"""
FURNISH = (
    "from api.commands.serve import _training; from api.settings import Settings; "
    "import json; print(json.dumps(_training(Settings())))"
)


@dataclass
class Town:
    """The training town with its house, its logins and what the tour fills in."""

    house: House
    passwords: Mapping[str, str]
    known: dict[str, str] = field(default_factory=dict)
    looked_at: set[str] = field(default_factory=set)

    @contextmanager
    def client(self, role: str) -> Iterator[httpx.Client]:
        headers = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
        with httpx.Client(base_url=self.house.url, headers=headers, timeout=30) as client:
            login = {"login": f"demo-{role}", "password": self.passwords[role]}
            assert client.post("/staff/login", data=login).status_code == 303
            yield client


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    var = tmp_path_factory.mktemp("manual")
    house = House(var, f"sqlite:///{var}/tsunagu.db", extra={"TSUNAGU_DEMO": "1"})
    house.run("migrate")
    made = subprocess.run(
        [sys.executable, "-c", FURNISH], cwd=ROOT, env=house.env, capture_output=True, text=True, timeout=120, check=True
    )
    accounts = json.loads(made.stdout.splitlines()[-1])
    found = Town(house.start(), {one["role"]: one["password"] for one in accounts})
    try:
        furnish(found)
        yield found
    finally:
        house.stop()


def furnish(town: Town) -> None:
    """A case with a meeting, a correction under review, a rewritten case and a draft: what the pages show."""
    with town.client("coordinator") as client:
        flags = re.findall(r'name="ticket" value="(demo-\d+-\d+)"', client.get("/staff/cases").text)
        number = next(one for one in dict.fromkeys(flags) if "閲覧制限をかける" in client.get(f"/staff/tickets/{one}").text)
        case = client.post("/staff/cases", data={"ticket": number}).headers["location"]
        person = re.findall(r'id="p([0-9a-f-]{36})"', client.get(case).text)[0]
        own = f"{case}/people/{person}"
        answer = {"item": "share", "status": "given", "answered_by": person, "how": "telephone", "wording": "2026-11", "to_whom": "町、社協"}
        plan = {"goal": "家で安心して暮らす", "at": "2030-01-20", "agency": "社協", "what": "週に1回たずねる", "programme": "other"}
        for path, data in (
            ("consent", answer), ("application", {"how": "visit", "wishes": "家にいたい"}),
            ("assessment", {"text": "足が弱り、買い物に出られない"}), ("plans", plan),
            ("outreach", {"means": "visit", "result": "met", "at": "2030-01-10"}),
        ):
            assert client.post(f"{own}/{path}", data=data).status_code == 303, path
        meeting = client.post(f"{own}/meetings", data={"meeting": "juso", "occasion": "プランの策定時"}).headers["location"]
        client.post(f"{meeting}/items", data={"source": "resident", "text": "買い物がたいへん"})
        wrong = {"right": "window:demo.fukushi", "word": "受診していない"}
        assert client.post(f"/staff/tickets/{number}/wrong", data=wrong).status_code == 303
        rewritten = {"text": "家のお金が足りず、親の世話もあって困っている", "action": "route", "urgency": "normal", "fields": ["poverty"]}
        review = until(lambda: re.findall(r"/staff/corrections/[0-9a-f-]{36}", client.get("/staff/corrections").text), what="it")[0]
        assert client.post(f"{review}/case", data=rewritten).status_code == 303
    with town.client("admin") as client:
        page = client.get("/staff/knowledge/things/faq").text
        thing = re.findall(r'href="(/staff/knowledge/things/faq/[^"]+)"', page)
        path = thing[0] if thing else "/staff/knowledge/new/faq"
        data = {"question": "れんしゅうの質問はどこに書きますか", "answer": "この町は、れんしゅう用の架空の町です。", "source": "架空", "reason": "れんしゅう"}
        draft = client.post(path, data=data).headers["location"]
    town.known |= {
        "case": case, "meeting": meeting, "correction": review, "draft": draft.removesuffix("/edit"), "person": f"#p{person}",
        "offers": f"#p{person} h3:has-text('会議を選ぶ')",
    }
    with town.client("staff") as client:
        numbers = re.findall(r'href="/staff/tickets/(demo-\d+-\d+)"', client.get("/staff/tickets").text)
        pages = ((one, client.get(f"/staff/tickets/{one}").text) for one in numbers)
        written = (one for one, page in pages if "返事を書く" in page and "閲覧制限をかける" in page)
        town.known["ticket"] = next(written)
    furnish_rest(town)


def furnish_rest(town: Town) -> None:
    """A slip with its door, a plan's paper, a sheet for another body, a look into another window's ticket, a thing to edit."""
    case, ticket = town.known["case"], town.known["ticket"]
    with town.client("coordinator") as client:
        own = f"{case}/people/{town.known['person'].removeprefix('#p')}"
        given = {"to": "民生委員 山川", "watch": "雨戸が朝あいているか", "tell": "役場 平日の昼", "ground": "law",
                 "why": "独りになる時間が長く、見守る人がいないため", "way": "link", "at": "2026-12-20"}
        answer = client.post(f"{own}/slips", data=given)
        assert answer.status_code == 200, answer.text
        page = answer.text
        door = re.findall(r"/slips/demo/[0-9a-f-]{36}", page)[0]
        town.known |= {
            "assessment": f"{own}/sheet", "door": door, "code": re.findall(r"<strong>(\d{6})</strong>", page)[0],
            "slip": f"{case}/slips/{door.rsplit('/', 1)[-1]}",
            "plan": f"{case}/plans/{re.findall(r'/plans/([0-9a-f-]{36})', client.get(case).text)[0]}",
        }
    with town.client("staff") as client:
        asked = {"window": "demo.seikatsuhogo", "reason": "申請に付き添ってほしい", "basis": "consent", "ground": "本人、窓口で",
                 "items": ["words"]}
        assert client.post(f"/staff/tickets/{ticket}/introduce", data=asked).status_code == 303
        sheet = re.findall(r"/staff/tickets/[^\"]+/moves/[0-9a-f-]{36}/sheet", client.get(f"/staff/tickets/{ticket}").text)[0]
        town.known["sheet"] = sheet
        town.known["referral"] = sheet.replace("/moves/", "/referral/").removesuffix("/sheet")
    furnish_disclosure(town)
    with town.client("admin") as client:
        other = re.findall(r'value="(demo-\d+-\d+)"', client.get("/staff/others").text)[0]
        look = client.post("/staff/others", data={"number": other, "reason": "世帯の話を聞いたため"})
        town.known["other"] = look.headers["location"]
        things = client.get("/staff/knowledge/things/window").text
        town.known["window"] = re.findall(r'href="(/staff/knowledge/things/window/[^"]+)"', things)[0]


def furnish_disclosure(town: Town) -> None:
    """A request on the ticket, undecided; and one on the ticket behind the case, decided and ready to print."""
    asked = {"requester": "own", "whose": "writer", "proof": "運転免許証を窓口で見た"}
    with town.client("staff") as client:
        assert client.post(f"/staff/tickets/{town.known['ticket']}/disclosure", data=asked).status_code == 303
    with town.client("coordinator") as client:
        page = client.get(town.known["case"]).text
        here = f"{re.findall(r'/staff/tickets/demo-[0-9-]+', page)[0]}/disclosure"
        town.known["extract"] = f"{here}/extract"
        if client.get(town.known["extract"]).status_code == 200:
            return
        assert client.post(here, data=asked).status_code == 303
        keys = re.findall(r'name="key" value="([^"]+)"', client.get(here).text)
        rows = {"key": keys, "choice": ["give"] * len(keys), "ground": [""] * len(keys), "words": [""] * len(keys)}
        assert client.post(f"{here}/decide", data=rows).status_code == 303
        assert client.post(f"{here}/confirm").status_code == 303


@pytest.fixture(scope="module")
def doors(town: Town, browser: Browser) -> Iterator[Callable[[str], Page]]:
    """A signed-in page of each role, and one of nobody, kept for the whole tour."""
    opened: dict[str, Page] = {}

    def of(role: str) -> Page:
        if role not in opened:
            page = browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo", bypass_csp=True, reduced_motion="reduce", **WIDE).new_page()
            if role:
                page.goto(f"{town.house.url}/staff")
                fill_in(page, f"demo-{role}", town.passwords[role])
                expect(page.get_by_role("heading", name="案件の一覧")).to_be_visible()
            opened[role] = page
        opened[role].set_viewport_size(WIDE["viewport"])
        return opened[role]

    yield of
    for page in opened.values():
        page.context.close()


@pytest.mark.parametrize("stop", TOUR, ids=lambda stop: stop.name)
def test_the_page_is_as_the_manual_says(town: Town, doors: Callable[[str], Page], stop: Stop) -> None:
    page = doors(stop.role)
    answer = page.goto(town.house.url + stop.path.format_map(town.known))
    assert answer is not None
    assert answer.status == 200
    expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=60_000)
    begin = page.locator(stop.at.format_map(town.known)).first
    for words in stop.open:
        inside = begin.locator("details").filter(has=page.locator("summary", has_text=words)).first
        inside.evaluate("one => { one.open = true; }")
    shown = page.locator("body").inner_text()
    assert [words for words in stop.shows if words not in shown] == [], "the manual calls it otherwise"
    bring_up(begin, stop)
    seen = outline_of(page)
    if TAKING:
        take(page, stop)
        keep(stop.name, seen)
    assert noticeable(kept(stop.name)[1], seen) == [], f"the picture {stop.name} is not of this page any more: run make manual"
    if stop.path not in town.looked_at:
        town.looked_at.add(stop.path)
        look_over(page)


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit.path)
def test_pages_without_a_picture_are_looked_over_too(town: Town, doors: Callable[[str], Page], visit: Visit) -> None:
    page = doors(visit.role)
    answer = page.goto(town.house.url + visit.path.format_map(town.known))
    assert answer is not None
    assert answer.status in (200, 404) if visit.path.endswith("demo.x") else answer.status == 200
    look_over(page)


def test_what_is_found_and_what_is_not_are_looked_over(town: Town, doors: Callable[[str], Page]) -> None:
    page = doors("staff")
    for words, said in (("れんしゅう", "件"), ("見当たらない言葉", "見つかりません。"), ("あ", "2文字から")):
        page.goto(f"{town.house.url}/staff/search")
        page.get_by_role("textbox").fill(words)
        page.keyboard.press("Enter")
        expect(page.get_by_text(said).first).to_be_visible()
        look_over(page)
        page.set_viewport_size(WIDE["viewport"])


def test_the_door_of_a_slip_is_opened_with_the_keyboard(town: Town, doors: Callable[[str], Page]) -> None:
    page = doors("")
    page.goto(town.house.url + town.known["door"])
    page.keyboard.press("Tab")
    tab_to(page, "職員から聞いた番号")
    page.keyboard.type("000000" if town.known["code"] != "000000" else "000001")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    look_over(page)
    page.set_viewport_size(WIDE["viewport"])
    tab_to(page, "職員から聞いた番号")
    page.keyboard.type(town.known["code"])
    page.keyboard.press("Enter")
    expect(page.get_by_text("雨戸が朝あいているか")).to_be_visible()
    page.wait_for_load_state()  # the style sheet too
    assert page.evaluate(SMALL) == []
    tab_to(page, "受け取りました")
    page.keyboard.press("Enter")
    expect(page.get_by_text("伝えました")).to_be_visible()
    look_over(page)


def look_over(page: Page) -> None:
    """The whole page, once: nothing that axe finds, and all of it on a narrow screen."""
    page.wait_for_load_state()   # what is found comes piece by piece
    page.evaluate(OPEN_ALL)
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(FITS), page.evaluate(TOO_WIDE)


def bring_up(begin: Locator, stop: Stop) -> None:
    """What the picture begins at comes to the top of the window."""
    if stop.at != "main":
        begin.evaluate("one => scrollTo(0, one.getBoundingClientRect().top + scrollY - 12)")


def take(page: Page, stop: Stop) -> None:
    """What stands in the window, in few colours: a small file."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    PICTURES.mkdir(exist_ok=True)
    picture.save(PICTURES / f"{stop.name}.png", optimize=True)
