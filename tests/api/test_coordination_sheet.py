"""The assessment sheet over HTTP: filled, put right, printed; for whoever may read of that person."""

from sqlalchemy import select

from handoff.desk.staff import SignedIn
from handoff.store.models import Case, CaseTicket, Ticket
from tests.api.test_coordination import Desk, app, desk, plain
from tests.api.test_coordination_papers import cells
from tests.handoff.coordination import conftest as room
from tests.handoff.coordination.conftest import Household

__all__ = ["app", "desk"]
database_url, towns, store, hire = room.database_url, room.towns, room.store, room.hire
fukkokai, official, shakyo, household = room.fukkokai, room.official, room.shakyo, room.household


async def test_the_sheet_is_filled_corrected_and_printed(
    desk: Desk, household: Household, fukkokai: SignedIn, shakyo: SignedIn, official: SignedIn
) -> None:
    case = f"/staff/cases/{household.number}"
    here = f"{case}/people/{household.mother}/sheet"
    assert f'href="{here}"' in await desk.get("fukko", case)
    await desk.post("shakyo", here, 409, text="見立て")
    assert "同意がないため" in (await (await desk.of("shakyo")).get(here)).text
    await household.answer(fukkokai, household.mother)
    page = await desk.get("shakyo", here)
    for piece in ("出どころ: ケースの「対象の人」", "きょうだい 55歳", "（相談を受けた窓口）", "まだ分かっていません"):
        assert piece in page
    await desk.post(
        "shakyo", here, text="ひとりで買い物に行けない", field="household", was="きょうだい 55歳", line="弟と二人",
        ticked="介護のこと", ticked_was="",
    )
    page = await desk.get("fukko", here)
    assert "出どころ: 職員が書いたもの。ケースの記録では「きょうだい 55歳」" in page
    assert 'value="介護のこと" checked' in page
    paper = plain(await desk.get("fukko", f"{here}/paper"))
    for piece in ("世帯職員が書いたもの弟と二人", "○介護のこと", "ひとりで買い物に行けない", "共有"):
        assert piece in paper, piece
    assert "弟と二人" in await cells(desk, "fukko", f"{here}/paper/file")
    assert "ひとりで買い物に行けない" in await desk.get("fukko", case), "it is the assessment"
    for path in (here, f"{here}/paper", f"{here}/paper/file"):
        assert (await (await desk.of("fukuho")).get(path)).status_code == 404
    assert (await (await desk.of("fukko")).get(f"{case}/people/x/sheet")).status_code == 404


async def test_the_intake_sheet_of_a_consultation_holds_what_was_written_on_its_case(
    desk: Desk, household: Household, fukkokai: SignedIn, shakyo: SignedIn
) -> None:
    async with household.store.reading("nagaizumi") as session:
        ticket = (await session.scalars(select(Ticket))).one().number
    path = f"/staff/tickets/{ticket}/papers/intake"
    await household.papers(fukkokai, household.mother)
    assert "足腰が弱り" not in await desk.get("shakyo", path), "nobody has agreed"
    await household.answer(fukkokai, household.mother)
    page = await desk.get("shakyo", path)
    for piece in ("足腰が弱り買い物に出られない", "親 82歳。出どころ: 複合ケースのアセスメント"):
        assert piece in page
    async with household.store.town("nagaizumi") as session:
        (await session.scalars(select(CaseTicket))).one().reporter = True
    assert "足腰が弱り" not in await desk.get("shakyo", path), "a report's paper is mute about the case"
    async with household.store.town("nagaizumi") as session:
        (await session.scalars(select(CaseTicket))).one().reporter = False
        (await session.scalars(select(Case))).one().restricted = True
    assert "足腰が弱り" not in await desk.get("shakyo", path)
