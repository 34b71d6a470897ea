"""届いていないもの: what did not reach a resident, why, and what to do about it now; who has decided what.

What may be chosen, `handoff.desk.unsent` knows; here are the words for it.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.acting import Worker
from api.deps import KnowledgeDep, ServicesDep
from api.pages import page, shell
from api.routes.console import names_of_staff
from api.routes.console_acts import back, working
from handoff.desk import unsent
from handoff.desk.unsent import CHOICE_NAMES, Unsent
from handoff.intake import safety
from knowledge.loader import Knowledge

router = APIRouter(prefix="/staff", include_in_schema=False)
STATES = {
    "held": "本人の希望で待っています", "failed": "届きませんでした", "uncertain": "届いたか分かりません", "late": "まだ送れていません",
}
WHY = {
    "safe_contact": "本人が「この時間は送らないで」「こちらから書いたときだけ」などと希望しています。",
    "quota": "LINEの今月の通数が終わりました。本人が次にLINEに書けば、その返信でいっしょに届きます。",
    "blocked": "本人がこのアカウントをブロックしているか、友だちから外しています。",
    "unreachable": "送り先が見つかりません。アカウントがなくなったか、ブロックされています。",
    "not_found": "送り先が見つかりません。アカウントがなくなったか、ブロックされています。",
    "no_address": "送り先の記録がありません。", "no_channel": "この町のチャンネルの登録がなくなっています。管理者に伝えてください。",
    "unopened": "文を開けません（封の鍵がないか、記録が壊れています）。管理者に伝えてください。",
    "too_large": "文か添付が大きすぎて、断られました。分けて書きなおしてください。",
    "bad_request": "送信先のサービスが、この文を受けつけませんでした。書きなおしてみてください。",
    "unauthorised": "チャンネルの鍵（アクセストークン）が使えません。管理者に伝えてください。",
    "forbidden": "チャンネルの鍵（アクセストークン）が使えません。管理者に伝えてください。",
    "rate_limited": "送信先のサービスがこみ合っています。",
    "interrupted": "送っている途中で、こちらの機械が止まりました。", "partly_sent": "いくつかに分けた文の、はじめの部分だけが届いています。",
    "withdrawn": "取りやめました。",
}
WHY_UNKNOWN = {
    "held": "", "failed": "送信先のサービスか、途中の回線の不具合です。", "uncertain": "送ったあと、届いたという返事がありませんでした。",
    "late": "送信先のサービスか、途中の回線の不具合です。自動で送りなおしています。",
}
CHOSEN = {"again": "もう一度送りました", "telephone": "電話で伝えることにしました", "let_be": "そのままにしました"}


@router.get("/unsent")
async def listed(services: ServicesDep, staff: Worker, knowledge: KnowledgeDep) -> HTMLResponse:
    """The page."""
    async with services.store.reading(staff.municipality_id) as session:
        found = await unsent.overview(session, staff, now=services.clock())
        people = await names_of_staff(session)
    return page("console/unsent.html", {
        **shell(staff, knowledge), "found": found, "people": people, "states": STATES, "why": why_of, "names": CHOICE_NAMES,
        "chosen": CHOSEN, "wishes": {one.id: wish_of(one, knowledge) for one in found.open},
    })


def why_of(state: str, why: str) -> str:
    """The cause in plain words."""
    return WHY.get(why) or WHY_UNKNOWN.get(state, "")


def wish_of(one: Unsent, knowledge: Knowledge) -> str:
    """How the resident may be reached, in one line."""
    return safety.told(one.wish, knowledge.safe_contact) if one.wish and knowledge.safe_contact is not None else ""


@router.post("/tickets/{number}/unsent/{item}")
async def decide(
    number: str, item: UUID, services: ServicesDep, staff: Worker, choice: Annotated[str, Form(max_length=20)]
) -> Response:
    """Decide. Who telephones goes on to where the call is written down."""
    async with working(services, staff, number) as session:
        await unsent.decide(session, staff, number, item, choice=choice, now=services.clock())
    return back(number, anchor="#attempts") if choice == "telephone" else RedirectResponse("/staff/unsent#saved", 303)
