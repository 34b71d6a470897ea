"""On other people's pages: who may show the chat, and pages that are not as tidy as the demo."""

import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.serving import Served
from tests.browser.talking import arrived, awaited, frame_of, press, write

pytestmark = pytest.mark.browser


class HostPage:
    """A town's own website: one page, with the policy it wants."""

    def __init__(self) -> None:
        self.body, self.policy, self.reported = "", "", ""
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                raw = site.body.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(raw)))
                if site.policy:
                    self.send_header("Content-Security-Policy", site.policy)
                if site.reported:
                    self.send_header("Content-Security-Policy-Report-Only", site.reported)
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, format: str, *args: object) -> None:
                """Tests are quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


@pytest.fixture
def site() -> Iterator[HostPage]:
    made = HostPage()
    yield made
    made.close()


def script(served: Served, **more: str) -> str:
    fields = {"src": f"{served.url}/widget.js", "data-municipality": "taiki", **more}
    return "<script " + " ".join(f'{name}="{value}"' for name, value in fields.items()) + "></script>"


STRICT = "default-src 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; script-src {script}; {frame}"
"""What `bots/web/README.md` says a town must allow is all that this lets through."""
ALLOWED = "frame-src {url}"
VIOLATIONS = """() => { window.refused = []; addEventListener('securitypolicyviolation', (one) => window.refused.push(one.violatedDirective)); }"""


def strict(site: HostPage, served: Served, *, frame: str = ALLOWED, by: str = "{url}", **more: str) -> None:
    """A page with such a policy. frame: the frame's part of it; by: how the loader's script is allowed."""
    script_source = by.format(url=served.url)
    site.policy = STRICT.format(script=script_source, frame=frame.format(url=served.url))
    site.body = (f"<!doctype html><html lang=ja><head><title>町</title></head><body><h1>町</h1><a href='{served.url}/chat/taiki'>相談の画面をひらく</a>"
                 f"{script(served, **more)}</body></html>")


@pytest.mark.parametrize(("by", "more"), [("{url}", {}), ("'nonce-r4nd0m' 'strict-dynamic'", {"nonce": "r4nd0m"})], ids=["address", "nonce"])
def test_a_page_with_a_strict_policy_that_allows_what_the_docs_say(
    page: Page, site: HostPage, served: Served, by: str, more: dict[str, str]
) -> None:
    strict(site, served, by=by, **more)
    page.add_init_script(f"({VIOLATIONS})()")
    page.goto(site.url)
    frame = press(page)
    write(frame, "よその町のページから")
    arrived(frame, 1)
    assert page.evaluate("() => [Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]") == [[], [], ""]
    assert page.evaluate("() => window.refused") == []
    assert frame.locator("body").evaluate("() => window.refused") == [], "nor does the frame break its own policy"
    frame.get_by_role("button", name="すぐ閉じる").click()
    page.wait_for_url(f"{served.url}/calendar")


@pytest.fixture
def refusing(browser: Browser) -> Iterator[Page]:
    """A page whose console may complain: refusing is what these tests are about."""
    found = browser.new_context(locale="ja-JP")
    yield found.new_page()
    found.close()


@pytest.mark.parametrize("how", ["enforced", "only reported"])
def test_a_page_that_forbids_the_frame_opens_the_chat_in_its_place(
    refusing: Page, site: HostPage, served: Served, how: str
) -> None:
    strict(site, served, frame="frame-src 'none'" if how == "enforced" else ALLOWED)
    if how == "only reported":
        site.reported = "frame-src 'none'"
    refusing.goto(site.url)
    refusing.get_by_role("button", name="相談する").click()
    if how == "enforced":
        refusing.wait_for_url(re.compile(r"/chat/taiki\?lang=ja$"))
        expect(refusing.get_by_role("log")).to_contain_text("AIではなく")
    else:
        expect(frame_of(refusing).get_by_role("log")).to_contain_text("AIではなく")
        assert refusing.url.startswith(site.url)


def test_a_page_that_forbids_the_loader_stays_as_it_is(refusing: Page, site: HostPage, served: Served) -> None:
    strict(site, served, by="'none'")
    refusing.goto(site.url)
    expect(refusing.get_by_role("heading", name="町")).to_be_visible()
    expect(refusing.get_by_role("button")).to_have_count(0)
    refusing.get_by_role("link", name="相談の画面をひらく").click()
    expect(refusing.get_by_role("log")).to_contain_text("AIではなく")


def test_a_page_cannot_read_what_is_written(page: Page, site: HostPage, served: Served) -> None:
    site.body = f"<!doctype html><html lang=ja><body><h1>町</h1>{script(served)}</body></html>"
    page.goto(site.url)
    frame = press(page)
    write(frame, "ないしょ")
    arrived(frame, 1)
    reached = page.evaluate("""() => {
        for (const host of document.querySelectorAll("div")) {
            const frame = host.shadowRoot?.querySelector("iframe");
            if (!frame) continue;
            try { return frame.contentWindow.document.body.innerText } catch (why) { return why.name }
        }
        return "no frame";
    }""")
    assert reached in {"SecurityError", "TypeError"}


@pytest.mark.parametrize("where", ["head", "head without defer", "twice", "among others", "late", "hostile styles"])
def test_untidy_pages(page: Page, site: HostPage, served: Served, where: str) -> None:
    tag = script(served)
    bodies = {
        "head": ("<script>window.tsunagu = 1</script>" + script(served, defer="defer"), "<h1>町</h1>"),
        "head without defer": (tag, "<h1>町</h1>"),
        "twice": (tag, f"<h1>町</h1>{tag}{script(served, defer='defer')}"),
        "among others": ("", f"<h1>町</h1><script src='data:text/javascript,1'></script>{tag}<script>window.x = 1</script>"),
        "late": ("", f"""<h1>町</h1><script>setTimeout(() => {{
            const late = document.createElement("script");
            late.src = "{served.url}/widget.js"; late.dataset.municipality = "taiki"; document.body.append(late);
        }}, 50)</script>"""),
        "hostile styles": (
            "<base href='https://other.invalid/'><style>*{display:none!important}html,head,body,h1{display:block!important}"
            "button{color:red!important;font-size:1px!important}iframe{width:1px!important}</style>" + tag, "<h1>町</h1>"
        ),
    }
    head, body = bodies[where]
    site.body = f"<!doctype html><html lang=ja><head><title>町</title>{head}</head><body>{body}</body></html>"
    page.goto(site.url)
    expect(page.get_by_role("button", name="相談する")).to_have_count(1)
    frame = press(page)
    box = frame.locator("body").bounding_box()
    assert box is not None
    assert box["width"] > 300


def test_a_script_without_a_town_does_nothing(page: Page, site: HostPage, served: Served) -> None:
    site.body = f"<!doctype html><html lang=ja><body><h1>町</h1><script src='{served.url}/widget.js'></script></body></html>"
    page.goto(site.url)
    expect(page.get_by_role("button")).to_have_count(0)


def test_an_english_page_gets_an_english_button(page: Page, site: HostPage, served: Served) -> None:
    site.body = f"<!doctype html><html lang=en-GB><body><h1>Town</h1>{script(served)}</body></html>"
    page.goto(site.url)
    page.get_by_role("button", name="Ask for help").click()
    expect(frame_of(page).get_by_role("textbox", name="Message")).to_be_visible()
    expect(frame_of(page).get_by_role("button", name="Leave now")).to_be_visible()


def test_a_site_that_the_town_does_not_name_cannot_show_the_chat(
    context: Callable[..., BrowserContext], site: HostPage, served: Served
) -> None:
    served.stop()
    served.changes["public_url"] = "https://soudan.example.jp"
    served.start()
    page = context().new_page()
    refused: list[str] = []
    page.on("console", lambda line: refused.append(line.text))
    site.body = f"<!doctype html><html lang=ja><body><h1>?</h1><iframe src='{served.url}/chat/taiki'></iframe></body></html>"
    page.goto(site.url)
    awaited(page, lambda: any("frame-ancestors" in line for line in refused))
    assert page.frame_locator("iframe").get_by_role("log").count() == 0


def test_the_frame_takes_orders_only_from_the_page_that_shows_it(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/chat/taiki")
    expect(page.get_by_role("log")).to_contain_text("AIではなく")
    page.evaluate("""() => {
        const channel = new MessageChannel();
        window.dispatchEvent(new MessageEvent("message", {data: "tsunagu", origin: "https://evil.invalid", source: window.parent,
            ports: [channel.port2]}));
    }""")
    expect(page.get_by_role("button", name="画面をしまう")).to_be_hidden()
