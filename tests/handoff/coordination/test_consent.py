"""Consent belongs to one person and one item; nobody answers for another; what was answered stays written."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from handoff.coordination import consent
from handoff.coordination.access import held_by
from handoff.coordination.consent import Answer, BadConsent, NotTheirs, Status, holds
from handoff.desk.access import NotYours
from handoff.desk.staff import SignedIn
from handoff.store.ids import new_id
from handoff.store.models import AuditEntry, ConsentRecord
from tests.handoff.coordination.conftest import GIVEN, NOW, Household


async def status_of(household: Household, staff: SignedIn) -> tuple[str, str]:
    async with household.store.town(household.town.id) as session:
        case = (await held_by(session, staff, household.number)).case
        found = await consent.known(session, case)
        return holds(found, household.mother, "share").status, holds(found, household.brother, "share").status


async def test_each_person_has_an_answer_of_their_own(household: Household, shakyo: SignedIn) -> None:
    assert await status_of(household, shakyo) == ("not_asked", "not_asked")
    await household.answer(shakyo, household.mother)
    assert await status_of(household, shakyo) == ("given", "not_asked")
    await household.answer(shakyo, household.brother, Answer("share", "refused", how="telephone"))
    assert await status_of(household, shakyo) == ("given", "refused")


@pytest.mark.parametrize("status", ["given", "refused", "withdrawn"])
async def test_nobody_answers_for_another(household: Household, shakyo: SignedIn, status: Status) -> None:
    for speaker in (str(household.mother), "", "daughter"):
        given = replace(GIVEN, status=status, answered_by=speaker)
        if speaker == "":  # the form's "nobody was asked"
            async with household.store.town(household.town.id) as session:
                case = (await held_by(session, shakyo, household.number)).case
                with pytest.raises(NotTheirs):
                    await consent.record(session, shakyo, case, household.brother, answer=given, now=NOW)
            continue
        with pytest.raises(NotTheirs):
            await household.answer(shakyo, household.brother, given)
    assert await status_of(household, shakyo) == ("not_asked", "not_asked")


async def test_a_representative_needs_a_ground(household: Household, shakyo: SignedIn) -> None:
    given = replace(GIVEN, answered_by="representative")
    with pytest.raises(BadConsent, match="根拠"):
        await household.answer(shakyo, household.brother, given)
    await household.answer(shakyo, household.brother, replace(given, basis="成年後見人（登記事項証明書で確認）"))
    assert (await status_of(household, shakyo))[1] == "given"


async def test_an_answer_says_what_to_whom_how_when_and_who_wrote_it(household: Household, shakyo: SignedIn) -> None:
    await household.answer(shakyo, household.mother)
    async with household.store.town(household.town.id) as session:
        case = (await held_by(session, shakyo, household.number)).case
        kept = holds(await consent.known(session, case), household.mother, "share")
        noted = list(await session.scalars(select(AuditEntry.staff_id).where(AuditEntry.action == "consent_recorded")))
    assert (kept.to_whom, kept.how, kept.wording) == ("復康会、社会福祉協議会、福祉保険課", "telephone", "2026-11")
    assert (kept.at, kept.staff_id, noted) == (NOW, shakyo.id, [shakyo.id])


@pytest.mark.parametrize(
    "given",
    [
        replace(GIVEN, how=""), replace(GIVEN, how="fax"), replace(GIVEN, wording="1999"), replace(GIVEN, to_whom=" "),
        replace(GIVEN, item="everything"), replace(GIVEN, status="yes"),
    ],
)
async def test_a_yes_without_its_particulars_is_none(household: Household, shakyo: SignedIn, given: Answer) -> None:
    with pytest.raises(BadConsent):
        await household.answer(shakyo, household.mother, given)
    assert (await status_of(household, shakyo))[0] == "not_asked"


async def test_what_was_answered_stays_and_the_newest_holds(household: Household, shakyo: SignedIn) -> None:
    story: tuple[Status, ...] = ("unreachable", "cannot_decide", "refused", "given", "withdrawn")
    for day, status in enumerate(story):
        await household.answer(shakyo, household.brother, replace(GIVEN, status=status), now=NOW + timedelta(days=day))
        assert (await status_of(household, shakyo))[1] == status
    async with household.store.town(household.town.id) as session:
        rows = list(await session.scalars(select(ConsentRecord.status).order_by(ConsentRecord.at)))
    assert rows == list(story)


async def test_only_what_was_given_can_be_withdrawn(household: Household, shakyo: SignedIn) -> None:
    with pytest.raises(BadConsent, match="撤回"):
        await household.answer(shakyo, household.brother, replace(GIVEN, status="withdrawn"))


async def test_one_item_says_nothing_of_another(household: Household, shakyo: SignedIn) -> None:
    await household.answer(shakyo, household.mother, replace(GIVEN, item="tax"))
    assert (await status_of(household, shakyo))[0] == "not_asked"


async def test_a_person_of_another_case_is_nobody(household: Household, shakyo: SignedIn) -> None:
    with pytest.raises(NotYours):
        await household.answer(shakyo, new_id(NOW))
