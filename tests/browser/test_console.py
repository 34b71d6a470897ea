"""The console in Chromium: WCAG 2.2 AA as far as axe sees it, keyboard, small windows, drafts and sessions that end."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from handoff.forms.papers import PAPER_IDS
from tests.browser.desk import OWN_PASSWORD, STORIES, Account, fill_in, first_day, hire, sign_in
from tests.browser.pressing import press, take_back
from tests.browser.test_attaching import payload
from tests.handoff.intake import files
from tests.journeys.house import House, until

pytestmark = pytest.mark.browser
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # what is right is not told place by place: that took longer than the looking
}
SMALL = """() => [...document.querySelectorAll("button, .queues a, select, input:not([type=hidden]), textarea, .jump")]
    .filter((one) => {
        const ticked = ["radio", "checkbox"].includes(one.type) ? one.closest("label") : null;  // its words are tapped too
        const box = (ticked ?? one).getBoundingClientRect();
        return box.width && (box.height < 44 || box.width < 44);
    })
    .map((one) => one.outerHTML)"""
FITS = "() => document.documentElement.scrollWidth <= innerWidth"
NOWHERE = "/staff/tickets/taiki-2026-9999"
FIGURES = "/staff/figures"
DESK_PAGES = ("/staff/reception", "/staff/others", "/staff/morning")

Contexts = Callable[..., BrowserContext]
Shoot = Callable[[Page, str], None]


@dataclass(frozen=True)
class Desk:
    """A running house with a ticket for each story, somebody who sees them all, and a newcomer who sees none."""

    house: House
    busy: Account
    newcomer: Account
    numbers: dict[str, str]
    residents: dict[str, dict[str, str]]

    def path(self, story: str) -> str:
        return f"/staff/tickets/{self.numbers[story]}"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    var = tmp_path_factory.mktemp("desk")
    house = House(var, f"sqlite:///{var}/tsunagu.db")
    house.run("migrate")
    house.start()
    try:
        yield _furnished(house)
    finally:
        house.stop()


def _furnished(house: House) -> Desk:
    conversations, residents = {}, {}
    for name, story in STORIES.items():
        resident = house.resident("taiki")
        resident.say(story)
        conversations[resident.conversation] = name
        residents[name] = {"conversation": resident.conversation, "token": resident.token}
    busy, newcomer = Account("busy"), Account("newcomer", hire(house, "newcomer", role="staff"))
    with first_day(house, busy, hire(house, busy.login, role="coordinator")) as client:
        def numbers() -> dict[str, str]:
            listed = client.get("/api/staff/tickets").json()["tickets"]
            found = {conversations[one["conversation"]]: one["number"] for one in listed}
            return found if len(found) == len(STORIES) else {}

        return Desk(house, busy, newcomer, until(numbers, what="all tickets"), residents)


def violations(page: Page) -> list[str]:
    found: list[dict[str, Any]] = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found]


def test_axe_finds_nothing_on_a_first_day(context: Contexts, desk: Desk) -> None:
    page = context(bypass_csp=True).new_page()  # axe is put into the page, which our own policy rightly refuses
    page.goto(f"{desk.house.url}/staff/login")
    assert violations(page) == []
    fill_in(page, "nobody", "wrong-wrong-wrong")
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []
    fill_in(page, desk.newcomer.login, desk.newcomer.password)
    expect(page.get_by_role("heading", name="パスワードをかえる")).to_be_visible()
    choose(page, "wrong-wrong-wrong")
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []
    choose(page, desk.newcomer.password)
    expect(page.get_by_text("いま、案件はありません。")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate(SMALL) == []


def choose(page: Page, old: str) -> None:
    page.get_by_label("いまのパスワード").fill(old)
    page.get_by_label("あたらしいパスワード").fill(OWN_PASSWORD)
    page.get_by_role("button", name="かえる").click()


def test_axe_finds_nothing_on_any_page(context: Contexts, desk: Desk, shoot: Shoot) -> None:
    page = sign_in(context(bypass_csp=True), desk.house, desk.busy)
    assert page.locator(".ticket").count() == len(STORIES)
    assert violations(page) == []
    shoot(page, "console-list")
    for story in STORIES:
        page.goto(desk.house.url + desk.path(story))
        for one in page.locator("details").all():
            one.locator("summary").click()
        assert violations(page) == []
        assert page.evaluate(SMALL) == []
    papers = [f"{desk.path('tangled')}/papers/{paper}" for paper in PAPER_IDS]
    for path in (NOWHERE, "/staff/password", "/staff/tickets?queue=resolved", FIGURES, f"{FIGURES}?public=true", "/staff/search", *DESK_PAGES,
                 f"{desk.path('tangled')}/ties", *papers):
        page.goto(desk.house.url + path)
        assert violations(page) == []


def tab_to(page: Page, name: str, *, most: int = 40) -> None:
    """Press Tab until something of this accessible name has the focus, and shows it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        label, visible = page.evaluate("""() => {
            const now = document.activeElement, look = getComputedStyle(now);
            const label = now.labels?.[0]?.firstChild.textContent ?? now.textContent;
            return [label.trim(), look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2];
        }""")
        if label.startswith(name):
            assert visible, f"the focus on {name} is not seen"
            return
    pytest.fail(f"the keyboard does not get to {name}")


def test_the_whole_way_without_a_mouse(context: Contexts, desk: Desk) -> None:
    page = context().new_page()
    page.goto(f"{desk.house.url}/staff")
    expect(page.get_by_label("ログイン名")).to_be_focused()
    page.keyboard.type(desk.busy.login)
    tab_to(page, "パスワード")
    page.keyboard.type(desk.busy.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="案件の一覧")).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    first = page.locator(f'.ticket a[href="{desk.path("mild")}"]').inner_text()
    tab_to(page, first)
    assert page.evaluate("document.activeElement.getAttribute('href')") == desk.path("mild")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("次にすること")
    tab_to(page, "返事を書く")
    page.keyboard.press("Enter")
    if page.evaluate("document.activeElement.id") != "reply-text":
        tab_to(page, "住民への返事", most=1)
    page.keyboard.type("明日10時にお待ちします")
    tab_to(page, "返事を送る", most=3)
    page.keyboard.press("Enter")
    expect(page.locator(".message.staff")).to_contain_text("明日10時にお待ちします")
    expect(page.locator("#reply-text")).to_have_value("")


@pytest.mark.parametrize("size", [(320, 640), (320, 256)], ids=["320px", "400%"])
def test_small_windows_scroll_in_one_direction_only(
    context: Contexts, desk: Desk, size: tuple[int, int], shoot: Shoot
) -> None:
    page = context(viewport={"width": size[0], "height": size[1]}).new_page()
    paths = ("/staff/login", "/staff/tickets", "/staff/password", NOWHERE, FIGURES, "/staff/search", f"{desk.path('tangled')}/papers/case",
             f"{desk.path('tangled')}/referral", *DESK_PAGES, f"{desk.path('tangled')}/ties")
    for path in (*paths, *(desk.path(name) for name in STORIES)):
        if path == "/staff/tickets":
            fill_in(page, desk.busy.login, desk.busy.password)
            expect(page.get_by_role("heading", name="案件の一覧")).to_be_visible()
        else:
            page.goto(desk.house.url + path)
        assert page.evaluate(FITS), path
        if path in ("/staff/tickets", desk.path("danger")):
            shoot(page, f"console-{'list' if path.endswith('tickets') else 'ticket'}-{size[0]}x{size[1]}")
    page.goto(desk.house.url + desk.path("danger"))
    for name in ("返事を送る", "自分が担当する", "同じ話をもう一度してもらった", "終わりにする", "ログアウト"):
        page.get_by_role("button", name=name).scroll_into_view_if_needed()
        expect(page.get_by_role("button", name=name)).to_be_in_viewport(ratio=0.9)


def test_what_residents_write_is_text_and_nothing_else(context: Contexts, desk: Desk) -> None:
    page = sign_in(context(), desk.house, desk.busy)
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    page.goto(desk.house.url + desk.path("hostile"))
    expect(page.locator(".message.resident .body")).to_have_text(STORIES["hostile"])
    assert page.locator("main img").count() == 0


def test_a_draft_waits_for_the_network(context: Contexts, desk: Desk) -> None:
    page = sign_in(context(), desk.house, desk.busy)
    page.goto(desk.house.url + desk.path("danger"))
    page.context.set_offline(True)
    page.locator("#reply-text").fill("いま書いています")
    expect(page.locator("#draft-state")).to_contain_text("いま下書きを保存できません")
    page.get_by_role("button", name="返事を送る").click()
    expect(page.locator("#reply-text")).to_have_value("いま書いています")
    page.context.set_offline(False)
    expect(page.locator("#draft-state")).to_contain_text("下書きを保存しました")
    page.reload()
    expect(page.locator("#reply-text")).to_have_value("いま書いています")
    expect(page.locator("#draft-state")).to_have_text("書きかけの下書きです。まだ送っていません。")


def test_a_page_whose_session_ended_elsewhere_shows_nothing_more(context: Contexts, desk: Desk) -> None:
    shared = context()
    page = sign_in(shared, desk.house, desk.busy)
    page.goto(desk.house.url + desk.path("tangled"))
    other = shared.new_page()
    other.goto(f"{desk.house.url}/staff/tickets")
    other.get_by_role("button", name="ログアウト").click()
    expect(page.get_by_role("heading", name="職員のログイン")).to_be_visible()
    fill_in(page, desk.busy.login, desk.busy.password)
    expect(page.locator("#thread-title")).to_be_visible()
    assert page.url == desk.house.url + desk.path("tangled"), "back where the work was"


def test_words_that_were_not_saved_outlive_the_session(context: Contexts, desk: Desk) -> None:
    shared = context()
    page = sign_in(shared, desk.house, desk.busy)
    page.goto(desk.house.url + desk.path("tangled"))
    shared.clear_cookies()
    page.locator("#reply-text").fill("電話のあとに書きました")
    link = page.get_by_role("link", name="別の画面でログイン")
    expect(link).to_be_visible()
    expect(page.locator("#messages")).to_be_hidden()
    with shared.expect_page() as opened:
        link.click()
    fill_in(opened.value, desk.busy.login, desk.busy.password)
    expect(page.locator("#messages")).to_be_visible(timeout=12_000)
    expect(page.locator("#reply-text")).to_have_value("電話のあとに書きました")


def test_what_colleagues_do_comes_in_and_what_is_being_written_stays(context: Contexts, desk: Desk) -> None:
    page, other = sign_in(context(bypass_csp=True), desk.house, desk.busy), sign_in(context(), desk.house, desk.busy)
    for one in (page, other):
        one.goto(desk.house.url + desk.path("mild"))
    queue = other.context.new_page()
    queue.goto(f"{desk.house.url}/staff/corrections")
    note = page.get_by_label("メモを足す")
    page.get_by_label("住民への返事").fill("あした")
    note.press_sequentially("書きかけ")
    top = "(one) => one.getBoundingClientRect().top"
    stands = note.evaluate(top)
    other.get_by_label("メモを足す").fill("となりの席から\n" * 9)
    other.get_by_role("button", name="メモを残す").click()
    expect(page.locator("#notes-told")).to_contain_text("となりの席から")
    expect(note).to_have_value("書きかけ")
    expect(note).to_be_focused()
    assert abs(note.evaluate(top) - stands) < 1, "nothing moves under the hands"
    undo = press(page, other, queue)
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(FITS)
    assert page.evaluate(SMALL) == []
    take_back(page, other, queue, undo)
    other.get_by_label("メモを足す").fill("もう一つ")
    other.get_by_role("button", name="メモを残す").click()
    expect(page.locator("#notes-told")).to_contain_text("もう一つ")
    expect(note).to_have_value("書きかけ")  # nobody stands in it any more, and it is kept
    other.get_by_label("どうなったか").select_option("informed")
    other.get_by_role("button", name="終わりにする").click()
    expect(page.locator("#turned")).to_contain_text("ほかの職員が、この案件を終わりにしました。")
    expect(page.get_by_label("住民への返事")).to_have_value("あした")
    other.get_by_role("button", name="もう一度ひらく").click()


def test_arrow_keys_go_through_the_list(context: Contexts, desk: Desk) -> None:
    page = sign_in(context(), desk.house, desk.busy)
    page.wait_for_load_state()  # the script listens from then on
    links = page.locator("#rows h2 a")
    links.first.focus()
    page.keyboard.press("ArrowDown")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(links.last).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(links.last).to_be_focused()
    page.locator(".queues a").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".queues a").nth(1)).to_be_focused()


def test_what_is_taken_down_outlives_the_session_and_becomes_a_ticket(context: Contexts, desk: Desk) -> None:
    shared = context()
    page = sign_in(shared, desk.house, desk.busy)
    page.get_by_role("link", name="電話・来庁を受ける").click()
    page.get_by_label("聞いたこと").fill("隣の70代のお父さんの物忘れがひどくて、ゴミも出ていません")
    page.get_by_label("受ける窓口").select_option(index=1)
    shared.clear_cookies()
    page.get_by_role("button", name="保存して、自分が担当する").click()
    link = page.get_by_role("link", name="別の画面でログイン")
    expect(link).to_be_visible()
    with shared.expect_page() as opened:
        link.click()
    fill_in(opened.value, desk.busy.login, desk.busy.password)
    expect(opened.value.get_by_role("heading", name="案件の一覧")).to_be_visible()
    opened.value.close()
    page.bring_to_front()
    page.get_by_role("button", name="保存して、自分が担当する").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("次にすること")
    expect(page.locator("#summary")).to_contain_text("近所の人")  # the worker's reading, no reload
    expect(page.get_by_role("heading", name="電話・訪問をした記録")).to_be_visible()
    assert violations_of(page, shared) == []


def violations_of(page: Page, shared: BrowserContext) -> list[str]:
    """The same page looked at by axe, which our own policy keeps out of the one above."""
    browser = shared.browser
    assert browser is not None
    other = browser.new_context(bypass_csp=True, storage_state=shared.storage_state(), locale="ja-JP")
    try:
        looked = other.new_page()
        looked.goto(page.url)
        return violations(looked)
    finally:
        other.close()


def lay_and_send(page: Page, shoot: Shoot) -> None:
    """Refused, laid beside the answer, looked through, one taken away again, sent."""
    page.get_by_text("写真・PDFをそえる").click()
    chosen = page.get_by_label("ファイルをえらぶ")
    chosen.set_input_files(payload("てがみ.docx", "application/msword", files.DOCX))
    expect(page.locator("#enclosure-state")).to_contain_text("PDFにしてから")
    paper, map_, guide = (
        payload("申請書.pdf", "application/pdf", files.PDF), payload("地図.png", "image/png", files.photo()),
        payload("案内.pdf", "application/pdf", files.PDF),
    )
    chosen.set_input_files([paper, map_, guide])
    expect(page.locator("#enclosed li")).to_have_count(3)
    expect(page.locator("#enclosed")).to_contain_text("地図.jpg")  # the worker has drawn it anew, without reload
    assert violations(page) == []
    assert page.evaluate(SMALL) == []
    page.get_by_role("button", name="「地図.jpg」をはずす").click()
    expect(page.locator("#enclosed li")).to_have_count(2)
    page.get_by_label("住民への返事").fill("申請書をお送りします")
    shoot(page, "console-enclosed")
    page.get_by_role("button", name="返事を送る").click()
    expect(page.locator(".message.staff", has_text="申請書.pdf")).to_be_visible()
    assert violations(page) == []


def test_a_paper_reaches_the_residents_device_is_taken_back_and_leaves_lines_own_browser(context: Contexts, desk: Desk, shoot: Shoot) -> None:
    page = sign_in(context(bypass_csp=True), desk.house, desk.busy)
    page.goto(desk.house.url + desk.path("mild"))
    lay_and_send(page, shoot)
    resident = desk.residents["mild"]
    phone = context(bypass_csp=True, viewport={"width": 320, "height": 640}).new_page()
    phone.add_init_script(f"sessionStorage.setItem('tsunagu:taiki', {json.dumps(json.dumps(resident))})")
    phone.goto(f"{desk.house.url}/chat/taiki")
    get = phone.get_by_role("button", name="受けとる: 申請書.pdf")
    answered = phone.locator(".said.resident").last.locator("xpath=following-sibling::*[contains(@class, 'staff')][1]")
    expect(answered).to_be_in_viewport()  # who comes back stands at the first answer since, not at the notice of the first day
    expect(get).to_have_count(1)
    assert violations(phone) == []
    expect(phone.locator(".said.staff", has_text="申請書.pdf")).to_contain_text("書類（PDF）")
    assert phone.evaluate(FITS)
    shoot(phone, "chat-file")
    with phone.expect_download() as fetched:
        get.click()
    assert fetched.value.suggested_filename == "申請書.pdf"
    assert Path(fetched.value.path()).read_bytes() == files.PDF
    expect(phone.get_by_role("status")).to_contain_text("「申請書.pdf」を受けとりました")
    sent = page.locator(".message.staff", has_text="申請書.pdf")
    sent.get_by_text("まちがえて送ったとき").click()
    sent.get_by_role("button", name="このファイルを取り消す").click()
    expect(page.locator(".message.staff").nth(-2)).to_contain_text("職員が取り消しました")
    get.click()
    expect(phone.get_by_role("log")).to_contain_text("職員が取り消したファイルです")
    in_line = context(user_agent=f"{phone.evaluate('navigator.userAgent')} Line/15.1.0").new_page()
    in_line.add_init_script(f"sessionStorage['tsunagu:taiki'] ||= {json.dumps(json.dumps(resident))}")
    in_line.goto(f"{desk.house.url}/chat/taiki")
    with in_line.expect_request(lambda request: "/open/taiki?openExternalBrowser=1" in request.url):
        in_line.get_by_role("button", name="受けとる: 案内.pdf").click()  # LINE hands this address to the device's own browser
    expect(in_line.get_by_role("log")).to_contain_text("申請書をお送りします")


def test_an_open_list_looks_again_though_nothing_is_told(context: Contexts, desk: Desk) -> None:
    """What is late, and that nobody reads, comes with time alone: no event says so."""
    page = sign_in(context(), desk.house, desk.busy)
    page.route("**/staff/pulse*", lambda route: route.fulfill(json={"sequence": 0, "changed": False}))
    with page.expect_response("**/staff/rows*") as answer:
        page.reload()
    assert answer.value.ok
