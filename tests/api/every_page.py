"""A matter with everything that can hang on a ticket, and the address of every page, print and export that may show it.

`pages(world)` fills the path of every GET route of the application; a route that stands neither there nor in `ELSEWHERE` is a
new one, and the tests that walk say so.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from handoff.forms.papers import PAPER_IDS
from handoff.intake import callback
from handoff.intake.callback import Wish
from handoff.store.db import Store
from handoff.store.models import CasePerson, Contact, Conversation, Ticket, TicketMove
from knowledge.schema import Town
from tests.api.test_coordination import Desk, consent
from tests.api.test_matrix import FOUND
from tests.handoff.coordination.conftest import NOW, flagged
from triage.types import Person

TOWN = "yokkaichi"
OFFICE, SECOND, BODY = "kaigo_hoken", "korei_fukushi", "minsei"
ELSEWHERE: dict[str, str] = {
    "GET /api/chat/conversations/{conversation_id}/": "their own talk, by their own token",
    "GET /mail/stop/{code}": "their own mail", "GET /demo/": "public, of the town", "GET /open/": "public, of the town",
    "GET /chat/": "public, of the town", "GET /widget.js": "public", "GET /docs": "public", "GET /healthz": "numbers",
    "GET /readyz": "numbers", "GET /metrics": "numbers", "GET /duty/{token}": "of one call in the night, without content",
    "GET /calendar/{token}.ics": "the meetings of `/staff/meetings/{meeting}/calendar.ics`, by a secret address",
    "GET /slips/": "its door asks for a number; what is written on it, the coordinator writes",
    "GET /staff/tickets/{number}/files/": "a file itself: test_attachments",
    "GET /staff/tickets/{number}/enclosures": "files of one's own draft, by name: test_enclosures",
    "GET /staff/knowledge": "the town's own texts", "GET /calendar": "public, of the town",
}
"""Beginnings of routes that show nothing of a ticket to staff, and why."""


@dataclass
class World:
    """Numbers and ids of one matter."""

    number: str
    case: str
    person: str
    ids: dict[str, str] = field(default_factory=dict)


async def matter(
    desk: Desk, store: Store, town: Town, *, words: str, name: str, number: str, about: Sequence[str], crisis: Sequence[str] = (),
    whose: str,
) -> World:
    """A ticket of a window with its writer's name and number, and all that follows. `somu` coordinates, `first` has it."""
    ticket = await flagged(
        store, town, f"{TOWN}.{OFFICE}", f"{TOWN}.{SECOND}", words=words, about=tuple(about), crisis=tuple(crisis), urgency="urgent",
        household=(Person(about[0], (70, 79)), Person(about[0], None)),  # type: ignore[arg-type]
    )
    await _named(store, ticket, name, number)
    path = f"/staff/tickets/{ticket}"
    await desk.post("first", f"{path}/assign", to=await _id(desk, "first", path), expected="")
    await desk.post("first", f"{path}/note", text="話し合うこと")
    introduced = await (await desk.of("first")).post(f"{path}/introduce", data={
        "window": f"{TOWN}.{BODY}", "reason": "見守りをお願いしたい", "basis": "law", "ground": "法令",
        "items": ["name", "words", "household", "thread"],
    })
    assert introduced.status_code == 303, introduced.text
    await desk.post("first", f"{path}/wrong", right=f"window:{TOWN}.hogo")
    case = (await desk.post("somu", "/staff/cases", ticket=ticket)).headers["location"]
    world = World(ticket, case, "")
    await _case(desk, store, world)
    await _asked_for(desk, world, whose)
    await _ids(desk, store, world)
    return world


async def _named(store: Store, ticket: str, name: str, number: str) -> None:
    async with store.town(TOWN) as session:
        row = (await session.scalars(select(Ticket).where(Ticket.number == ticket))).one()
        conversation = await session.get_one(Conversation, row.conversation_id)
        (await session.get_one(Contact, conversation.contact_id)).name = name
        await callback.keep(session, conversation, Wish(number=number, time="夕方"), now=NOW)


async def _id(desk: Desk, login: str, path: str) -> str:
    page = (await (await desk.of(login)).get(path)).text
    found = re.search(r'name="to" value="([0-9a-f-]{36})"', page)
    assert found is not None, page
    return found[1]


async def _case(desk: Desk, store: Store, world: World) -> None:
    """People, plan, both kinds of meeting, a slip."""
    async with store.town(TOWN) as session:
        world.person, other = [str(one) for one in await session.scalars(select(CasePerson.id).order_by(CasePerson.id))]
    own = f"{world.case}/people/{world.person}"
    await desk.post("somu", f"{own}/consent", **consent(world.person))
    await desk.post("somu", f"{own}/application", how="visit", wishes="家にいたい")
    await desk.post("somu", f"{own}/assessment", text="足が弱っている")
    await desk.post("somu", f"{own}/plans", goal="家で安心して暮らす", at="2027-01-20", agency="社協", what="週に1回たずねる",
                    programme="other")
    called = await desk.post("somu", f"{own}/meetings", meeting="juso", occasion="プラン策定時", at="2026-12-10", clock="10:00")
    support = await desk.post(
        "somu", f"{world.case}/people/{other}/meetings", meeting="shien", purpose="食事がとれているかを確かめ、見守りを分けるため",
        occasion="本人から個人情報の共有の同意を得られていないが、緊急性があるとき",
    )
    world.ids |= {"meeting": called.headers["location"], "support": support.headers["location"]}
    await desk.post("somu", f"{own}/slips", 200, **{
        "to": "民生委員 山川", "watch": "雨戸", "tell": "市役所", "ground": "consent", "why": "", "way": "paper", "at": "2026-12-10",
    })


async def _asked_for(desk: Desk, world: World, whose: str) -> None:
    """A request to see the record, in which staff by mistake give everything."""
    path = f"/staff/tickets/{world.number}/disclosure"
    await desk.post("first", path, requester="own", whose=whose, proof="運転免許証を見た")
    client = await desk.of("somu")
    keys = re.findall(r'name="key" value="([^"]+)"', (await client.get(path)).text)
    given = {"key": keys, "choice": ["give"] * len(keys), "ground": [""] * len(keys), "words": [""] * len(keys)}
    assert (await client.post(f"{path}/decide", data=given)).status_code == 303
    confirmed = await (await desk.of("first")).post(f"{path}/confirm")
    assert confirmed.status_code == 303, confirmed.text


async def _ids(desk: Desk, store: Store, world: World) -> None:
    page = await desk.get("somu", world.case)
    for what in ("plans", "slips"):
        found = re.search(rf"{world.case}/{what}/([0-9a-f-]{{36}})", page)
        assert found is not None, what
        world.ids[what] = found[1]
    reviewed = re.search(r"/staff/corrections/([0-9a-f-]{36})", await desk.get("somu", "/staff/corrections"))
    assert reviewed is not None
    world.ids["correction"] = reviewed[1]
    async with store.town(TOWN) as session:
        world.ids["move"] = str((await session.scalars(select(TicketMove.id))).one())


def pages(world: World) -> dict[str, list[str]]:
    """Every address of every route that may show the matter."""
    ticket, case = f"/staff/tickets/{world.number}", world.case
    own = {
        "GET /staff/tickets": ["/staff/tickets", "/staff/tickets?queue=crisis", f"/staff/tickets?window={TOWN}.{OFFICE}"],
        "GET /staff/rows": ["/staff/rows?queue=all"], "GET /staff/pulse": ["/staff/pulse?after=0"],
        "GET /staff/figures/file": [f"/staff/figures/file?kind={kind}" for kind in ("csv", "json", "xlsx")],
        "GET /staff/tickets/{number}": [ticket], "GET /staff/tickets/{number}/messages": [f"{ticket}/messages"],
        "GET /staff/tickets/{number}/ties": [f"{ticket}/ties"],
        "GET /staff/tickets/{number}/disclosure": [f"{ticket}/disclosure"],
        "GET /staff/tickets/{number}/disclosure/extract": [f"{ticket}/disclosure/extract"],
        "GET /staff/tickets/{number}/moves/{move_id}/sheet": [f"{ticket}/moves/{world.ids['move']}/sheet"],
        "GET /staff/tickets/{number}/papers/{paper}": [f"{ticket}/papers/{paper}" for paper in PAPER_IDS],
        "GET /staff/tickets/{number}/papers/{paper}/file": [f"{ticket}/papers/{paper}/file" for paper in PAPER_IDS],
        "GET /staff/tickets/{number}/referral": [f"{ticket}/referral"],
        "GET /staff/tickets/{number}/referral/{move_id}": [f"{ticket}/referral/{world.ids['move']}"],
        "GET /staff/tickets/{number}/referral/{move_id}/file": [f"{ticket}/referral/{world.ids['move']}/file"],
        "GET /staff/others/{number}": [f"/staff/others/{world.number}"],
        "GET /api/staff/tickets/{number}": [f"/api/staff/tickets/{world.number}"],
        "GET /staff/cases/{number}": [case], "GET /staff/cases/{number}/paper": [f"{case}/paper"],
        "GET /staff/cases/{number}/paper/file": [f"{case}/paper/file"],
        "GET /staff/cases/{number}/plans/{plan}/paper": [f"{case}/plans/{world.ids['plans']}/paper"],
        "GET /staff/cases/{number}/plans/{plan}/paper/file": [f"{case}/plans/{world.ids['plans']}/paper/file"],
        "GET /staff/cases/{number}/slips/{slip}": [f"{case}/slips/{world.ids['slips']}"],
        "GET /staff/cases/{number}/rows": [f"{case}/rows"],
    }
    for end in ("", "/foresight", "/proposals"):
        own[f"GET /staff/corrections/{{correction}}{end}"] = [f"/staff/corrections/{world.ids['correction']}{end}"]
    for end in ("", "/paper", "/paper/file"):
        own[f"GET /staff/cases/{{number}}/people/{{person}}/sheet{end}"] = [f"{case}/people/{world.person}/sheet{end}"]
    for end in ("", "/rows", "/paper", "/paper/file", "/calendar.ics"):
        own[f"GET /staff/meetings/{{meeting}}{end}"] = [f"{world.ids[one]}{end}" for one in ("meeting", "support")]
    bare = {name: [name.removeprefix("GET ")] for name in FOUND if name.startswith("GET ") and "{" not in name}
    return {
        name: found for name, found in {**bare, **own}.items() if not any(name.startswith(one) for one in ELSEWHERE)
    }


def unknown(world: World) -> set[str]:
    """Routes that nobody has put anywhere."""
    known = pages(world)
    return {
        name for name in FOUND
        if name.startswith("GET ") and name not in known and not any(name.startswith(one) for one in ELSEWHERE)
    }


def text_in(body: bytes) -> str:
    """What is readable in an answer: a workbook's cells too."""
    if not body.startswith(b"PK"):
        return body.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        return "\n".join(book.read(one).decode("utf-8", "replace") for one in book.namelist() if one.endswith(".xml"))
