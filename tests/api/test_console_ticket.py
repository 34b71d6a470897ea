"""A ticket's page over HTTP: reading it, everything staff do with it, and what is refused."""

import re
from datetime import timedelta
from html import escape
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from sqlalchemy import select

from handoff.desk import tickets
from handoff.desk.staff import find
from handoff.desk.summary import UNKNOWNS
from handoff.intake import webchat
from handoff.store.db import Store
from handoff.store.models import AuditEntry, Contact, Conversation, Draft, Message, Note, OutboxItem, Ticket
from tests.api.conftest import opened, sign_in
from tests.api.test_console import text_of
from tests.api.test_staff_api import OWN, WORDS, hired
from tests.databases import at_noon
from tests.whole import knowledge
from triage import decide
from triage.types import Person

HOSTILE = "<script>alert(1)</script>'\"><img src=x onerror=alert(2)>{{ 7*7 }}家賃"
ACTS: dict[str, dict[str, str]] = {
    "assign": {"to": "", "expected": ""}, "reply": {"text": "明日10時に"}, "draft": {"text": "明日"},
    "note": {"text": "電話した"}, "move": {"window": "taiki.kodomo", "reason": "子どものこと"},
    "withdraw": {}, "answer": {"how": "decline", "text": "担当でない"}, "retold": {},
    "introduce": {"window": "taiki.seikatsuhogo", "reason": "申請", "basis": "telephone"},
    "attempt": {"means": "visit", "result": "reached"}, "follow": {"on": ""}, "resolve": {"outcome": "informed"},
    "reopen": {}, "inquiry": {}, "lift": {"reason": "本人がよいと言った"}, "restrict": {"reason": "本人の希望"},
    "known": {},
}


async def one(store: Store, kind: type[Ticket]) -> Ticket:
    async with store.reading("taiki") as session:
        return (await session.scalars(select(kind))).one()


async def actions(store: Store, kind: str) -> int:
    async with store.reading("taiki") as session:
        return len(list(await session.scalars(select(AuditEntry.id).where(AuditEntry.action == kind))))


async def test_opening_a_ticket_shows_it_and_is_written_down(officer: httpx.AsyncClient, store: Store) -> None:
    household = (Person("parent", (80, 89)), Person("child", (52, 52)))
    number = await opened(store, patterns=("8050",), household=household, unknown=("food", "talks"))
    answer = await officer.get(f"/staff/tickets/{number}")
    assert answer.status_code == 200
    said = text_of(answer)
    for piece in ("次にすること", "福祉係", "親 80〜89歳", "子 52歳", "8050", "食べられているか", "本人と話ができるか", "匿名"):
        assert piece in said
    assert f"<mark>{WORDS}</mark>" in answer.text
    assert await actions(store, "ticket_opened") == 1
    assert (await one(store, Ticket)).state["unread"] is False
    assert "未読" not in text_of(await officer.get("/staff/tickets"))


async def test_refreshing_an_open_page_is_no_second_opening(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    await officer.get(f"/staff/tickets/{number}")
    piece = await officer.get(f"/staff/tickets/{number}/messages")
    assert WORDS in piece.text
    assert "<html" not in piece.text
    assert await actions(store, "ticket_opened") == 1


async def test_highlights_are_for_words_that_say_something(officer: httpx.AsyncClient, store: Store) -> None:
    for words, marked in (("わたしは", False), ("相談したい", False), ("母", False), ("物忘れ", True), ("52", True)):
        number = await opened(store, words)
        assert (f"<mark>{words}</mark>" in (await officer.get(f"/staff/tickets/{number}")).text) is marked, words


def test_what_triage_does_not_know_has_a_name_in_plain_words() -> None:
    words = knowledge().glossary.words
    names = {word.removeprefix("unknown_"): words[word] for word in words if word.startswith("unknown_")}
    code = (Path(decide.__file__)).read_text(encoding="utf-8").split("def _unknown", maxsplit=1)[1].split("\ndef ")[0]
    emitted = set(re.findall(r'found\.(?:append|extend)\(\(?([^)]*)\)', code))
    ids = {one.strip().strip('"') for group in emitted for one in group.split(",") if one.strip()}
    assert ids >= {"kind", "food", "whose"}
    assert ids <= names.keys()
    assert {id: names[id] for id in UNKNOWNS} == UNKNOWNS


async def test_what_is_not_theirs_is_a_plain_page_and_written_down(browser: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    await sign_in(browser, await hired(store, "staff", "taiki.kodomo"))
    pages = [await browser.get(f"/staff/tickets/{which}") for which in (number, "taiki-2026-9999")]
    for answer in pages:
        assert answer.status_code == 404
        assert "このページはないか、あなたの担当ではありません。" in text_of(answer)
    assert pages[0].text == pages[1].text
    for act, data in ACTS.items():
        assert (await browser.post(f"/staff/tickets/{number}/{act}", data=data)).status_code == 404, act
    assert (await browser.get(f"/staff/tickets/{number}/messages")).status_code == 404
    assert await actions(store, "ticket_refused") == 3 + len(ACTS)


async def test_an_answer_goes_to_the_resident_and_the_page_to_the_answer(
    officer: httpx.AsyncClient, store: Store
) -> None:
    number = await opened(store)
    await officer.post(f"/staff/tickets/{number}/draft", data={"text": "明日"})
    answer = await officer.post(f"/staff/tickets/{number}/reply", data={"text": "明日10時に\r\nお待ちします"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/staff/tickets/{number}#m2")
    async with store.reading("taiki") as session:
        said = (await session.scalars(select(Message).where(Message.sender == "staff"))).one()
        assert list(await session.scalars(select(Draft))) == []
    assert said.payload["text"] == "明日10時に\nお待ちします"
    shown = text_of(await officer.get(f"/staff/tickets/{number}"))
    assert "職員（taiki-staff）" in shown
    assert "住民の画面に出しました" in shown
    assert "返事がまだです" not in shown


@pytest.mark.parametrize(
    ("status", "shown"),
    [("queued", "送信待ち"), ("sent", "送信ずみ"), ("failed", "届きませんでした"), ("uncertain", "届いたか分かりません")],
)
async def test_staff_see_what_became_of_an_answer(
    officer: httpx.AsyncClient, store: Store, status: str, shown: str
) -> None:
    number = await opened(store)
    await officer.post(f"/staff/tickets/{number}/reply", data={"text": "明日10時に"})
    async with store.town("taiki") as session:
        message = (await session.scalars(select(Message).where(Message.sender == "staff"))).one()
        session.add(OutboxItem(
            id=message.id, municipality_id="taiki", created_at=message.at, data_key_id=message.data_key_id,
            data_key=message.data_key, conversation_id=message.conversation_id, channel="line", status=status,
            first_sequence=message.sequence, last_sequence=message.sequence, due_at=message.at, payload=None,
        ))
    assert shown in text_of(await officer.get(f"/staff/tickets/{number}/messages"))


async def test_staff_read_before_they_write_that_nothing_reaches_who_has_stopped(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    warning = "いまは町のホームページに届きません"
    assert warning not in text_of(await officer.get(f"/staff/tickets/{number}"))
    async with store.town("taiki") as session:
        (await session.scalars(select(Contact))).one().blocked = True
    assert warning in text_of(await officer.get(f"/staff/tickets/{number}"))


async def test_a_draft_is_found_again_after_a_new_sign_in_and_only_by_its_writer(
    officer: httpx.AsyncClient, store: Store
) -> None:
    number = await opened(store)
    kept = await officer.post(f"/staff/tickets/{number}/draft", data={"text": "あした <10時> に"})
    assert kept.json()["at"] == "12:00"
    await officer.post("/staff/logout")
    await sign_in(officer, "taiki-staff")
    again = await officer.get(f"/staff/tickets/{number}")
    assert ">あした &lt;10時&gt; に</textarea>" in again.text
    assert "書きかけの下書きです。まだ送っていません。" in again.text
    await sign_in(officer, await hired(store, "coordinator"))
    assert "10時" not in (await officer.get(f"/staff/tickets/{number}")).text


async def test_a_note_stays_inside(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    answer = await officer.post(f"/staff/tickets/{number}/note", data={"text": "民生委員に聞く"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/staff/tickets/{number}#saved-notes")
    async with store.reading("taiki") as session:
        assert [note.body for note in await session.scalars(select(Note))] == ["民生委員に聞く"]
        assert [message.sender for message in await session.scalars(select(Message))] == ["resident"]
    assert "民生委員に聞く" in text_of(await officer.get(f"/staff/tickets/{number}"))


async def test_taking_giving_and_being_too_late(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    own = str((await find(store, "taiki-staff")).id)
    other = str((await find(store, await hired(store, "coordinator"))).id)
    page = await officer.get(f"/staff/tickets/{number}")
    assert set(re.findall(r'<option value="([0-9a-f-]{36})"', page.text)) == {own, other}
    taken = await officer.post(f"/staff/tickets/{number}/assign", data={"to": own, "expected": ""})
    assert taken.status_code == 303
    assert str((await one(store, Ticket)).assignee_id) == own
    assert "自分が担当する" not in (await officer.get(f"/staff/tickets/{number}")).text
    late = await officer.post(f"/staff/tickets/{number}/assign", data={"to": other, "expected": ""})
    assert late.status_code == 409
    assert "ほかの職員が先に担当を変えました。" in text_of(late)
    assert f'href="/staff/tickets/{number}"' in late.text
    assert (await officer.post(f"/staff/tickets/{number}/assign", data={"to": "', x"})).status_code == 422


async def test_an_end_says_what_it_lacks_and_gaps_are_listed(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    for data, status, says in (
        ({"outcome": "unreachable"}, 409, "連絡の記録が3回"), ({"outcome": "not_wanted", "check": "本人に"}, 409, "次に連絡する日"),
        ({"outcome": "no_resource"}, 409, "何が足りなかったか"), ({"outcome": "other_body"}, 409, "先方が受けたこと"),
        ({"outcome": "informed", "on": "来週"}, 422, "日づけを"),
    ):
        answer = await officer.post(f"/staff/tickets/{number}/resolve", data=data)
        assert (answer.status_code, says in text_of(answer)) == (status, True), data
    tried = {"means": "telephone", "result": "no_answer", "on": "2026-11-27"}
    assert (await officer.post(f"/staff/tickets/{number}/attempt", data=tried)).status_code == 303
    shown = text_of(await officer.get(f"/staff/tickets/{number}"))
    assert "次に連絡する日: 11月27日（金）" in shown
    assert "電話: 返事がない" in shown
    ended = {"outcome": "no_resource", "note": "夜に泊まれる所がない"}
    assert (await officer.post(f"/staff/tickets/{number}/resolve", data=ended)).status_code == 303
    assert "夜に泊まれる所がない" in text_of(await officer.get("/staff/gaps"))
    assert (await officer.post(f"/staff/tickets/{number}/reopen")).status_code == 303
    assert "まだありません" in text_of(await officer.get("/staff/gaps"))
    assert "返事がまだです" in text_of(await officer.get("/staff/tickets"))


async def test_an_end_needs_an_outcome_and_takes_no_more_answers(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    assert (await officer.post(f"/staff/tickets/{number}/resolve", data={"outcome": "not_ours"})).status_code == 409
    done = await officer.post(f"/staff/tickets/{number}/resolve", data={"outcome": "connected"})
    assert done.status_code == 303
    page = await officer.get(f"/staff/tickets/{number}")
    assert "この案件は終わっています（支援につながった）。" in text_of(page)
    assert 'id="reply"' not in page.text
    late = await officer.post(f"/staff/tickets/{number}/reply", data={"text": "もう一度"})
    assert late.status_code == 409
    assert "この案件は終わっています。" in text_of(late)


@pytest.mark.parametrize(
    ("text", "says"), [("", "文が空です"), (" \n", "文が空です"), ("あ" * 5001, "文が長すぎます"), ("a\x00", "使えない文字")]
)
async def test_answers_that_cannot_be_sent_are_named_and_not_repeated(
    officer: httpx.AsyncClient, store: Store, text: str, says: str
) -> None:
    number = await opened(store)
    answer = await officer.post(f"/staff/tickets/{number}/reply", data={"text": text})
    assert answer.status_code == 422
    assert says in text_of(answer) or "入力に足りないところか" in text_of(answer)
    assert "あああ" not in answer.text


@pytest.mark.parametrize("site", ["cross-site", "same-site", ""])
@pytest.mark.parametrize("act", sorted(ACTS))
async def test_other_sites_make_nobody_do_anything(
    officer: httpx.AsyncClient, store: Store, act: str, site: str
) -> None:
    number = await opened(store)
    before = (await one(store, Ticket)).state
    answer = await officer.post(f"/staff/tickets/{number}/{act}", data=ACTS[act], headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 403
    assert "この画面から送られたものではない" in text_of(answer)
    assert ((await one(store, Ticket)).state, (await one(store, Ticket)).status) == (before, "open")


async def test_logging_out_and_in_from_other_sites_is_refused(officer: httpx.AsyncClient) -> None:
    for path, data in (("/staff/logout", {}), ("/staff/login", {"login": "taiki-staff", "password": "x"})):
        answer = await officer.post(path, data=data, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403
    assert (await officer.get("/staff/tickets")).status_code == 200


async def test_residents_words_are_shown_literally_everywhere(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, HOSTILE)
    await officer.post(f"/staff/tickets/{number}/note", data={"text": HOSTILE})
    await officer.post(f"/staff/tickets/{number}/move", data={"window": "taiki.kodomo", "reason": HOSTILE})
    await officer.post(f"/staff/tickets/{number}/draft", data={"text": f"</textarea>{HOSTILE}"})
    for path in ("/staff/tickets", "/staff/rows", f"/staff/tickets/{number}", f"/staff/tickets/{number}/messages"):
        page = await officer.get(path)
        assert "<script>alert" not in page.text
        assert "<img" not in page.text
        assert "</textarea>&lt;" not in page.text
        assert "49" not in re.sub(r"[0-9a-f-]{36}", "", page.text)
        assert str(escape(HOSTILE, quote=False)).split("'", maxsplit=1)[0] in page.text
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"


async def test_no_word_of_a_resident_stands_in_an_address(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    pages = [await officer.get(path) for path in ("/staff/tickets", f"/staff/tickets/{number}")]
    targets = [target for page in pages for target in re.findall(r'(?:href|action|src)="([^"]*)"', page.text)]
    answers = [
        await officer.post(f"/staff/tickets/{number}/{act}", data=data)
        for act, data in ACTS.items() if act not in ("draft", "answer", "lift")
    ]
    targets += [answer.headers["location"] for answer in answers]
    assert len(targets) > 20
    for target in targets:
        assert unquote(target).isascii(), target
        assert not target.startswith(("http", "//")), target
    assert OWN not in "".join(targets)
    assert all(page.headers["referrer-policy"] == "no-referrer" for page in pages)


async def test_the_list_shows_what_was_written_after_our_answer(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    await officer.post(f"/staff/tickets/{number}/reply", data={"text": "明日10時にお待ちします"})
    assert "の発言" not in text_of(await officer.get("/staff/rows"))
    await write(store, number, "やっぱり恥ずかしいのでいいです")
    assert "の発言 やっぱり恥ずかしいのでいいです" in text_of(await officer.get("/staff/rows"))
    async with store.town("taiki") as session:
        (await session.scalars(select(Ticket))).one().restricted = True
    assert "恥ずかしい" not in (await officer.get("/staff/rows")).text


async def write(store: Store, number: str, words: str) -> None:
    """The resident goes on, a minute later."""
    later = at_noon() + timedelta(minutes=1)
    async with store.town("taiki") as session:
        ticket = (await session.scalars(select(Ticket).where(Ticket.number == number))).one()
        conversation = await session.get_one(Conversation, ticket.conversation_id)
        webchat.keep(session, conversation, words, "m2", now=later)
        await tickets.attach(session, conversation, town=knowledge().towns["taiki"], now=later)


async def test_the_next_date_goes_with_the_reply_in_one_step(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    page = await officer.get(f"/staff/tickets/{number}")
    assert '<option value="2026-11-24">次の開庁日（11月24日（火））</option>' in page.text
    refused = await officer.post(f"/staff/tickets/{number}/reply", data={"text": "明日10時に", "on": "2026-11-20"})
    assert refused.status_code == 409
    assert (await one(store, Ticket)).first_answer_at is None, "a date that is over keeps the answer back, too"
    done = await officer.post(f"/staff/tickets/{number}/reply", data={"text": "明日10時に", "on": "2026-11-24"})
    assert done.status_code == 303
    after = await one(store, Ticket)
    assert after.follow_up_at is not None
    assert (after.first_answer_at is not None, after.follow_up_at.isoformat()) == (True, "2026-11-23T15:00:00+00:00")
    assert "いまのまま（11月24日（火））" in text_of(await officer.get(f"/staff/tickets/{number}"))
    await officer.post(f"/staff/tickets/{number}/reply", data={"text": "もう一度", "on": ""})
    assert (await one(store, Ticket)).follow_up_at == after.follow_up_at


async def test_after_an_answer_the_next_one_is_a_tap_away(officer: httpx.AsyncClient, store: Store) -> None:
    number, other = await opened(store), await opened(store)
    assert "次に返事を待っている案件" not in text_of(await officer.get(f"/staff/tickets/{number}"))
    await officer.post(f"/staff/tickets/{number}/reply", data={"text": "明日10時に"})
    assert f'<a href="/staff/tickets/{other}">次に返事を待っている案件' in (await officer.get(f"/staff/tickets/{number}")).text
    await officer.post(f"/staff/tickets/{other}/reply", data={"text": "明日10時に"})
    assert "ほかに、あなたの返事を待っている案件はありません" in text_of(await officer.get(f"/staff/tickets/{number}"))
