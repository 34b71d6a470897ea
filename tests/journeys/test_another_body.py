"""長泉町: 自立相談支援 is the 社協's for the prefecture, so the town names it to the resident and asks before it hands over."""

from tests.journeys.house import House
from tests.journeys.test_one_message import ticket_of

STORY = "仕事をやめてから収入がなくて、来月の家賃が払えそうにありません"
OWN, BODY = "nagaizumi.fukushi_hoken", "nagaizumi.shakyo"


def token_at(house: House, login: str, window: str) -> str:
    house.run("staff", "add", "nagaizumi", login, "--role", "staff", "--window", window)
    return house.run("staff", "token", login).strip()


def test_the_town_has_the_story_and_the_other_body_has_nothing(house: House) -> None:
    own, body = token_at(house, "hoken-ab", OWN), token_at(house, "shakyo-ab", BODY)
    resident = house.resident("nagaizumi")
    told = resident.talk(STORY)
    assert "長泉町社会福祉協議会は長泉町とは別の機関です。職員があなたの話を伝える前に、あなたに確かめます。" in told
    ticket = ticket_of(house, own, resident.conversation)
    windows = ticket["windows"]
    assert isinstance(windows, list)
    assert (windows[0], BODY in windows) == (OWN, True), "named, behind the town's own"
    assert house.get("/api/staff/tickets", body).body["tickets"] == []
    path = f"/api/staff/tickets/{ticket['number']}"
    assert [house.get(path, token).status for token in (own, body)] == [200, 404]
    assert house.post(f"{path}/replies", {"text": "こんにちは"}, body).status == 404
