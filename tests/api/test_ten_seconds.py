"""The summary of a ticket, as triage makes it of whole letters: what it says, in which order, and how long that takes to read.

People read about eleven signs of Japanese a second: what has to be done, by when and why stands in the first 110. The rest
is looked over, and what would make it long is one press away.
"""

import re
from datetime import date, datetime
from html import unescape
from types import SimpleNamespace
from typing import Any, cast

import pytest

from api.pages import PAGES, shell
from api.routes.console_ticket import household_of, pieces
from api.wiring import Services
from handoff.desk.hours import TOKYO
from handoff.desk.routing import windows_for
from handoff.desk.summary import Summary, summarise
from tests.browser.drawn import OFFICER, ticket
from tests.whole import engine, knowledge
from triage.types import LocalWords

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=TOKYO)
HEAD, WHOLE = 110, 620
LETTERS = {
    "household": "母は84歳で、さいきん財布を何度もなくします。家には54歳の弟がいて、もう15年はたらいていません。母の年金だけでくらしています",
    "danger": "夫にけられました。いま寝ています。子どもは3歳です。お金は夫がぜんぶ持っています",
    "counted": "電気をとめると言われました。家賃も3か月はらっていません",
    "alone": "家賃がはらえません",
    "long": "わたしは56歳で、日中はパートに出ています。いなかの父は84で、このごろよくころびます。兄は57で、もう18年も部屋から出てきません。"
            "父は兄のことが心配で、ヘルパーさんはいらないと言います。わたしの夫も入院していて、お金がたりません。父の家は物でいっぱいで、"
            "足のふみ場もありません。税金の手紙もたまっています。父がたおれたら兄はどうなるのか、夜もねむれません。どこに話せばよいですか。",
}
ORDER = (
    "困りごと", "だれから", "だれのこと", "世帯と困りごと", "重なり", "次に聞くこと", "自動案内が伝えたこと",
)


def summary_of(text: str) -> Summary:
    town = knowledge().towns["taiki"]
    found = engine().decide([text], today=date(2026, 11, 24), local=LocalWords.of(town))
    made = summarise(found, town, windows=windows_for(found, town), why="triage", channel="web", named=False, now=NOW)
    return Summary.from_json(made.as_json())


def drawn(text: str) -> str:
    line = ticket(1, summary=(made := summary_of(text)), urgency=made.urgency, due_at=NOW.replace(hour=17))
    services = cast(Services, SimpleNamespace(clock=lambda: NOW))
    context: dict[str, Any] = {
        **shell(OFFICER, knowledge()), **pieces(services, line, ()), "people": {}, "contact": "", "speaker": None,
        "family": household_of(OFFICER, line, knowledge(), named=False),
    }
    return PAGES.get_template("console/summary.html").render(**context)


def read(html: str) -> str:
    """What is read without pressing anything; of the picture nothing, which is looked at."""
    shown = re.sub(r"<details>.*?</details>|<svg.*?</svg>|<a class=.jump.*?</a>", "", html, flags=re.S)
    return re.sub(r"\s+", "", unescape(re.sub(r"<[^>]+>", " ", shown)))


@pytest.mark.parametrize("letter", LETTERS)
def test_it_is_read_in_ten_seconds_and_begins_with_what_to_do(letter: str) -> None:
    text = read(html := drawn(LETTERS[letter]))
    assert re.match("次にすること.+期限", text)
    assert len(text.partition("困りごと（書かれたまま）")[0]) <= HEAD
    assert len(text) <= WHOLE
    heads = re.findall(r"<dt>([^<（]+)", html)
    assert heads == [head for head in ORDER if head in heads]
    assert set(ORDER) - set(heads) <= {"重なり"}


def test_needs_stand_by_person_patterns_with_their_evidence_and_a_picture_beside() -> None:
    html = drawn(LETTERS["household"])
    text = read(html)
    assert re.search(r"親84歳:[^親]*もの忘れ・認知症", text)
    assert re.search(r"きょうだい54歳:[^親]*(ひきこもり|働いていない)", text)
    assert '<svg class="family" role="img"' in html
    patterns = html.partition("重なり（複合の類型）")[2].partition("</dd>")[0]
    assert re.search(r"8050[^<]*<q>", patterns), "a pattern stands with the words it was seen in"
    for said in re.findall(r"<q>([^<]+)</q>", patterns):
        assert unescape(said) in LETTERS["household"], "verbatim"


def test_a_need_that_is_nobodys_is_not_lost_and_urgency_stands_with_its_words() -> None:
    assert "家賃の滞納" in read(drawn(LETTERS["alone"]))
    made = summary_of(LETTERS["counted"])
    assert made.urgency == "urgent"
    assert made.urgency_words
    assert all(word in LETTERS["counted"] for word in made.urgency_words)


def test_what_is_too_long_for_ten_seconds_is_one_press_away() -> None:
    html = drawn(LETTERS["long"])
    folded = re.findall(r"<details><summary>([^<（]+)（(\d+)）</summary>(.*?)</details>", html, re.S)
    by_name = {name: (int(count), inner) for name, count, inner in folded}
    count, inner = by_name["ほかに書かれたこと"]
    assert inner.count("<q>") == count
    count, inner = by_name["ほかに聞くこと"]
    assert inner.count("<li>") == count
