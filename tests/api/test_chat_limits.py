"""Whatever a web chat's token lets somebody change is counted: nobody fills the town's records from one open page."""

from uuid import uuid4

import httpx
import pytest

from api.routes.chat_limits import WRITING_CONVERSATION
from handoff.store.db import Store
from tests import databases
from tests.api.test_chat import OWN, opened
from tests.api.test_matrix import FOUND
from tests.browser.serving import make_app, make_services, settings
from tests.databases import at_noon

database_url = databases.sqlite_url
A_MINUTE = int(WRITING_CONVERSATION.partition("/")[0])
BODIES = {"callback": {"time": "朝"}, "contact": {}, "name": {"name": "花子"}, "mail": {"address": "a@example.jp"}}
OWN_TALK = "/api/chat/conversations/{conversation_id}/"
CHANGES = [
    (method, path.removeprefix(OWN_TALK)) for method, path in (name.split() for name in sorted(FOUND))
    if path.startswith(OWN_TALK) and method != "GET"
]


@pytest.mark.parametrize(("method", "what"), CHANGES)
async def test_each_change_is_counted(store: Store, method: str, what: str) -> None:
    chosen = settings(public_url=OWN, rate_limits="on", smtp_url="smtp://127.0.0.1:1")
    app = make_app(make_services(store, chosen, at_noon))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=OWN) as client:
        base, headers = await opened(client)
        for _ in range(2 * A_MINUTE + 1):  # on a crowded machine a minute may end meanwhile
            body = {"text": "はい", "client_message_id": str(uuid4())} if what == "messages" else BODIES.get(what)
            asked = f"{base}/{what}" + (f"?client_message_id={uuid4()}" if what == "files" else "")
            answer = await client.request(method, asked, json=None if method == "DELETE" else body, headers=headers)
            if answer.status_code == 429:
                break
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
