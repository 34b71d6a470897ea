"""Scenarios 1, 2, 3 and 10 on their own days of the week: Saturday night, a Sunday of the long weekend, Tuesday, Wednesday.

What time does in them: a link that has run out, a quota that is used up, an evening that someone wants left alone, a
postscript at twenty to eleven. What happens at one hour, test_entrance and test_scenarios have.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from handoff.desk.thread import thread
from handoff.privacy.keys import KeyRing
from tests.days.house import Days, at, days
from tests.fakes.line_residents import LineResident
from tests.fakes.smtp import FakeSmtp
from tests.journeys.test_entrance import buttons, code, shown

Begin = Callable[..., AbstractAsyncContextManager[Days]]
NEUTRAL = {"お返事があります。"}
HIT = "夫になぐられました。いま寝てます。子ども4歳。お金は夫がぜんぶ"


@pytest.fixture
def begin(sqlite_url: str, keys: KeyRing) -> Begin:
    def at_that_hour(when: datetime, **chosen: Any) -> AbstractAsyncContextManager[Days]:
        return days(sqlite_url, keys, begin=when, **chosen)

    return at_that_hour


def only_neutral(who: LineResident) -> bool:
    return {one["altText"] for one in who.received if one["type"] == "flex"} <= NEUTRAL


async def test_scenario_1_the_link_of_saturday_night_on_sunday_evening(begin: Begin) -> None:
    async with begin(at(21, 2, 10)) as house:
        await house.line_of("taiki")
        mother = house.line.resident("mother")
        await house.tells("taiki", mother, mother.says("こんばんは　夜中にすみません"))
        await house.goes_to(at(21, 2, 19))
        story = "52の息子がずっと家におります。わたしは81 年金でふたり。20年になります"
        told = await house.tells("taiki", mother, mother.says(story))
        assert "11月24日（火）8:30" in shown(told), "Monday is a holiday"
        assert "01558-6-2200" in shown(told)
        wanted = code(buttons(told)["電話がほしい"])
        opened = (await house.asks("POST", "/api/entrance/taiki/open", {"code": wanted})).json()
        assert opened["purpose"] == "phone", "she looks, and closes it half-filled"
        link = code(buttons(told)["ひらく"])
        await house.goes_to(at(22, 19))
        assert (await house.asks("POST", "/api/entrance/taiki/open", {"code": link})).status_code == 410
        before = len(mother.received)
        assert (await house.asks("POST", "/api/entrance/taiki/renew", {"code": link})).status_code == 202
        await house.works()
        fresh = mother.received[before:]
        assert len(fresh) == 1
        again = (await house.asks("POST", "/api/entrance/taiki/open", {"code": code(buttons(fresh)["ひらく"])})).json()
        path = f"/api/chat/conversations/{again['conversation']}/messages"
        talk = (await house.asks("GET", path, token=again["token"])).json()["messages"]
        assert story in [one["text"] for one in talk], "nothing has to be told again"
        await house.goes_to(at(24, 8, 30))
        (ticket,) = (await house.desk("taiki", "GET")).json()["tickets"]
        assert {"8050", "hikikomori"} <= set(ticket["patterns"])
        assert "電話" in ticket["summary"].splitlines()[0], "that she wants to be telephoned stands first, though half-filled"
        assert only_neutral(mother)
        assert house.line.refused == []


async def test_scenario_2_in_yokkaichi_with_an_empty_quota(begin: Begin) -> None:
    async with begin(at(21, 2, 31)) as house:
        await house.line_of("yokkaichi")
        house.line.quota = 0
        somebody = house.line.resident("somebody")
        written = somebody.says("もうむり。薬ぜんぶ出した")
        told = await house.tells("yokkaichi", somebody, written)
        assert "119" in shown(told[:1]), "help stands first"
        assert "11月24日（火）8:30" in shown(told), "honest about who reads it when"
        assert "薬" not in shown(told), "no means is named"
        await house.goes_to(at(21, 2, 34))
        back = await house.tells("yokkaichi", somebody, somebody.says("うそです　ごめんなさい　わすれて"))
        assert "書いてくれてよかったです" in shown(back)
        assert [call.how for call in house.line.accepted] == ["reply", "reply"], "both arrive, though nothing can be pushed"
        heard = len(somebody.received)
        for when in (at(21, 3, 5), at(21, 12), at(23, 9)):
            await house.goes_to(when)
        assert len(somebody.received) == heard, "silence is not broken again and again"
        await house.tells("yokkaichi", somebody, somebody.unsends(written["message"]["id"]))
        await house.goes_to(at(24, 8, 30))
        (ticket,) = (await house.desk("yokkaichi", "GET")).json()["tickets"]
        assert ticket["urgency"] == "emergency", "taking it back lowers nothing"
        await house.answers("yokkaichi", "おはようございます。書いてくださって、ありがとうございます")
        assert len(somebody.received) == heard, "the word of it could not be paid"
        async with house.store.reading("yokkaichi") as session:
            seen = await thread(session, UUID(ticket["conversation"]))
        assert seen[-1].delivery == "unpaid", "and staff see so"
        house.clock.now += timedelta(hours=1)
        later = await house.tells("yokkaichi", somebody, somebody.says("きのうはすみませんでした"))
        assert "お返事があります。" in shown(later), "it goes along, free, with the next reply"
        opened = (await house.asks("POST", "/api/entrance/yokkaichi/open", {"code": code(buttons(later)["ひらく"])})).json()
        path = f"/api/chat/conversations/{opened['conversation']}/messages"
        assert "おはようございます" in (await house.asks("GET", path, token=opened["token"])).text
        assert only_neutral(somebody)


@pytest.fixture
def post() -> Iterator[FakeSmtp]:
    with FakeSmtp() as server:
        yield server


async def test_scenario_3_nothing_is_sent_at_night_by_any_way(begin: Begin, post: FakeSmtp) -> None:
    smtp = f"smtp://127.0.0.1:{post.port}?from=madoguchi@example.jp&tls=none"
    async with begin(at(25, 13, 10), smtp_url=smtp) as house:
        await house.line_of("katsuyama")
        wife = house.line.resident("wife")
        told = await house.tells("katsuyama", wife, wife.says(HIT))
        assert "近くにいますか" in shown(told)
        opened = (await house.asks("POST", "/api/entrance/katsuyama/open", {"code": code(buttons(told)["ひらく"])})).json()
        talk, token = f"/api/chat/conversations/{opened['conversation']}", opened["token"]
        assert (await house.asks("PUT", f"{talk}/mail", {"address": "watashi@example.jp"}, token=token)).status_code == 200
        await house.goes_to(at(25, 16, 20))
        wish = {"text": "夜は送らないで。夫に知られたくない", "client_message_id": "00000000-0000-4000-8000-000000000001"}
        assert (await house.asks("POST", f"{talk}/messages", wish, token=token)).status_code == 202
        await house.goes_to(at(25, 16, 21))
        kept = (await house.asks("GET", f"{talk}/contact", token=token)).json()
        assert ("night" in kept["quiet"], kept["hide_from"]) == (True, ["夫"])
        heard = len(wife.received)
        await house.goes_to(at(25, 17, 5))
        await house.answers("katsuyama", "明日の午前中、窓口でお待ちしています")
        for when in (at(25, 17, 10), at(25, 22), at(26, 2), at(26, 7, 59)):
            await house.goes_to(when)
        assert (len(wife.received), post.mails) == (heard, []), "neither LINE nor mail rings at night"
        await house.goes_to(at(26, 8))
        (word,) = wife.received[heard:]
        assert word["altText"] in NEUTRAL
        assert "窓口" not in shown([word])
        (mail,) = post.mails
        assert "窓口でお待ち" not in mail.get_content()
        again = (await house.asks("POST", "/api/entrance/katsuyama/open", {"code": code(buttons([word])["ひらく"])})).json()
        read = (await house.asks("GET", f"{talk}/messages", token=again["token"])).json()["messages"]
        assert "明日の午前中、窓口でお待ちしています" in [one["text"] for one in read]


async def test_scenario_10_the_postscript_of_twenty_to_eleven(begin: Begin) -> None:
    async with begin(at(24, 16, 50)) as house:
        await house.line_of("taiki")
        man = house.line.resident("man")
        words = "水道とめるって紙がきました。税金も滞納してます。生活保護うけたいけど無理ですよね"
        told = await house.tells("taiki", man, man.sends("image"), man.says(words))
        assert "無理かどうかを、ここで決めません" in shown(told)
        assert "01558-6-4833" in shown(told), "it is open for a while yet"
        assert "滞納" not in shown(told), "his words are not said back to him"
        await house.goes_to(at(24, 17, 10))
        heard = len(man.received)
        number = await house.answers("taiki", "明日10時、福祉係でお待ちしています")
        assert "福祉係" not in shown(man.received[heard:]), "LINE only says that there is an answer"
        await house.goes_to(at(24, 22, 40))
        night = await house.tells("taiki", man, man.says("やっぱり恥ずかしいのでいいです"))
        assert "11月25日（水）8:30" in shown(night)
        assert "止まりそうなときは" in shown(night)
        assert await house.tells("taiki", man, man.says("すみません")) == [], "once in a closed period"
        danger = await house.tells("taiki", man, man.says("もう死にたい"))
        assert "119" in shown(danger), "the eye for danger stays open though staff hold it"
        await house.goes_to(at(25, 8, 30))
        seen = (await house.desk("taiki", "GET", f"/{number}")).json()
        assert seen["status"] != "resolved", "nobody closes a matter by being ashamed"
        own = [one["text"] for one in seen["messages"] if one["from"] == "resident" and one["text"]]
        assert own == [words, "やっぱり恥ずかしいのでいいです", "すみません", "もう死にたい"], "in their order"
        assert only_neutral(man)
        assert house.line.refused == []
