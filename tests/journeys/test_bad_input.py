"""Whatever comes in gets a clear answer, and the house stands."""

from tests.journeys.house import House

ODD = ["😭😭😭", "。。。", "あ" * 20_000, "\u202eabc", "<script>alert(1)</script>", "a\u0301" * 100]
MALFORMED = ["", "not json", "[]", "{}", '{"text": 1}', '{"text": "x"}']


def test_odd_texts_are_answered(house: House) -> None:
    """All at once: each answer costs the agreed pause."""
    said = [(resident := house.resident("taiki"), resident.say(text), text) for text in ODD]
    for resident, sequence, text in said:
        assert resident.hears(sequence), text[:20]


def test_what_cannot_be_taken_is_refused_clearly(house: House) -> None:
    resident = house.resident("taiki")
    path = f"/api/chat/conversations/{resident.conversation}/messages"
    message = {"client_message_id": "00000000-0000-4000-8000-000000000001"}
    for text, status in (("", 422), ("   \n", 422), ("a\x00b", 422), ("あ" * 20_001, 413)):
        assert house.post(path, {**message, "text": text}, resident.token).status == status
    assert house.post(path, {**message, "text": "x"}, "wrong").status == 401
    assert house.post("/api/chat/atlantis/conversations").status == 404
    for body in MALFORMED:
        status = house.post_raw(path, body.encode(), {
            "content-type": "application/json", "authorization": f"Bearer {resident.token}",
        })
        assert status == 422, body
    assert len(resident.messages()) == 2, "nothing of it was stored"


def test_the_house_is_still_ready(house: House) -> None:
    assert house.get("/readyz").status == 200
    assert "Traceback" not in house.log()
