"""Scenario 10 as far as it goes: a photo of a letter, shame, and a postscript in the evening, on LINE."""

import pytest

from tests.fakes.line import FakeLine
from tests.journeys.house import House, until
from tests.journeys.test_one_message import add_channel

WORDS = "水道とめるって紙がきました。税金も滞納してます。生活保護うけたいけど無理ですよね"


@pytest.fixture(scope="module")
def coordinator(house: House) -> str:
    return house.staff_token("taiki", login="shame-coordinator")


def test_the_letter_and_the_question(
    house: House, coordinator: str, fake_line: FakeLine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    hook = add_channel(house, "line", fake_line.secret, fake_line.token, tmp_path_factory.mktemp("line10"))
    resident = fake_line.resident(f"shame-{house.port}")
    body, headers = fake_line.signed(resident.sends("image"), resident.says(WORDS))
    assert house.post_raw(hook, body, headers) == 200
    heard = "\n".join(until(lambda: resident.texts, what="an answer"))
    shown = str(resident.received)
    assert "写真は職員が見ます" in heard
    assert "申請はだれでもできます" in heard
    assert "無理かどうかを、ここで決めません" in heard
    assert "01558-6-4833" in shown, "the window that takes it, with its number"
    assert "水道とめる" not in heard, "what was written is not repeated into LINE"
    assert not any(words in heard for words in ("まず社協", "家族に援助", "対象外"))
    told = [ticket for ticket in house.get("/api/staff/tickets", coordinator).body["tickets"]
            if "生活保護" in ticket["summary"] or "水道" in ticket["summary"]]
    ticket = max(told, key=lambda one: str(one["number"]))  # the newest: others of this house have told the same story
    assert ticket["urgency"] == "urgent"
    assert "poverty" in ticket["fields"]
    answer = house.post(f"/api/staff/tickets/{ticket['number']}/replies", {"text": "明日10時、お待ちしています"}, coordinator)
    assert answer.status == 202
    until(lambda: "明日10時、お待ちしています" in resident.texts, what="the answer of staff")
    assert fake_line.refused == []
