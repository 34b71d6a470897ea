"""Buttons on Telegram from the question to the answer, and long after: what they carry says nothing, and none is left turning."""

from collections.abc import Mapping
from typing import Any

from handoff.privacy.keys import KeyRing
from tests.days.house import at, days
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_residents import TelegramResident, Update

SON = "むすこのことです。ずっと家におります"


def later(who: TelegramResident, shown: Mapping[str, Any], data: str) -> Update:
    """A tap on a button of an older message."""
    tap = who.taps({"callback_data": data})
    tap["callback_query"]["message"] = dict(shown)
    return tap


async def test_a_button_means_what_it_says_today_and_tomorrow(sqlite_url: str, keys: KeyRing) -> None:
    with FakeTelegram() as telegram:
        async with days(sqlite_url, keys, begin=at(24, 10), telegram_api_url=telegram.url) as house:
            await house.telegram_of("taiki", telegram)
            mother = telegram.resident(5)
            asked = await house.writes("taiki", telegram, mother, mother.says(SON))
            assert "何歳ぐらい" in asked[-1]
            question, offered = mother.received[-1], mother.buttons
            assert all(button["callback_data"].isascii() for button in offered)
            fifty = next(button for button in offered if button["text"].startswith("50"))
            told = await house.writes("taiki", telegram, mother, mother.taps(fifty))
            assert "".join(told).count("何歳ぐらい") == 0, "it is an answer to the question"
            assert len(telegram.acknowledged) == 1
            await house.answers("taiki", "明日、電話します")
            await house.goes_to(at(25, 10))
            other = next(button for button in offered if button["text"].startswith("20"))
            await house.writes("taiki", telegram, mother, later(mother, question, other["callback_data"]))
            assert len(telegram.acknowledged) == 2, "staff have it and the bot says nothing; the button stops turning all the same"
            (ticket,) = (await house.desk("taiki", "GET")).json()["tickets"]
            seen = (await house.desk("taiki", "GET", f"/{ticket['number']}")).json()["messages"]
            said = [one["text"] for one in seen if one["from"] == "resident"]
            assert len(said) == 3
            assert "20" in said[2], "and staff read what was tapped"


async def test_a_button_that_nobody_knows_any_more_is_answered_kindly(sqlite_url: str, keys: KeyRing) -> None:
    with FakeTelegram() as telegram:
        async with days(sqlite_url, keys, begin=at(24, 10), telegram_api_url=telegram.url) as house:
            await house.telegram_of("taiki", telegram)
            somebody = telegram.resident(6)
            await house.writes("taiki", telegram, somebody, somebody.says("こんにちは"))
            gone = {"message_id": 1, "date": 0, "chat": {"id": 6, "type": "private"}}
            (told,) = await house.writes("taiki", telegram, somebody, later(somebody, gone, "~0123456789abcdef"))
            assert "文字で" in told
            old = await house.writes("taiki", telegram, somebody, later(somebody, gone, "=母の介護で困っています"))
            assert "01558" in "".join(old), "a button of before, which carried its words, goes on working"
