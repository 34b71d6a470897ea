"""探す over cases: a coordinator with 500 of them, each with its agencies, people, meetings and plans, looks for what stands
everywhere, once, nowhere.

Milliseconds of the whole search, 95th of a hundred in turn; SQLite, as the web process reads it. The database is made once
under var/ and kept. Run: `.venv/bin/python -m tests.bench cases`.
"""

import asyncio
import gc
import statistics
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination.finding import find
from handoff.desk.search import words_of
from handoff.desk.staff import SignedIn
from handoff.desk.staff import find as member_of
from handoff.store.db import Store
from handoff.store.ids import new_id
from handoff.store.models import Case, CaseAgency, CasePerson, ConsentRecord, MeetingRecord, SupportPlan
from handoff.store.scope import scope_of
from tests.bench._filled import LOGIN, begun
from tests.whole import knowledge

HOME = Path(__file__).resolve().parents[2] / "var" / "bench-cases"
START = datetime(2026, 4, 1, tzinfo=UTC)
CASES, AT_ONCE, TIMES = 500, 50, 102
WINDOWS = ("fukkokai", "shakyo_sanka", "fukushi_hoken")
QUERIES = ("花子", "case-2026-1250", "母 81", "安心して暮らす", "いちばんいい", "どこにもない")
LIMITS = {"p95 milliseconds": 50.0}


def results() -> dict[str, float]:
    """For `make bench`."""
    return asyncio.run(_measure())


async def _measure() -> dict[str, float]:
    store = await _store()
    whole, worked = [], []
    try:
        coordinator = await member_of(store, LOGIN)
        gc.collect()
        gc.freeze()  # as the web process does once it is up
        for number in range(TIMES):
            start, before = time.perf_counter(), time.process_time()
            async with store.reading("nagaizumi") as session:
                await find(session, coordinator, words_of(QUERIES[number % len(QUERIES)]), town=knowledge().towns["nagaizumi"])
            whole.append((time.perf_counter() - start) * 1_000)
            worked.append((time.process_time() - before) * 1_000)
    finally:
        gc.unfreeze()
        await store.close()
    whole, worked = whole[len(QUERIES):], worked[len(QUERIES):]
    return {
        "p95 milliseconds": statistics.quantiles(whole, n=20)[18], "median milliseconds": statistics.median(whole),
        "median milliseconds of processor": statistics.median(worked),
    }


async def _store() -> Store:
    """The database, filled the first time."""
    store, made = await begun(HOME, "nagaizumi", "長泉町", counted=Case, role="coordinator", window="fukkokai", now=START)
    coordinator = await member_of(store, LOGIN)
    for first in range(made, CASES, AT_ONCE):
        async with store.town("nagaizumi") as session:
            for number in range(first, first + AT_ONCE):
                await _one(session, coordinator, number)
    return store


async def _one(session: AsyncSession, coordinator: SignedIn, number: int) -> None:
    """A case as it stands after some months: three agencies, three people, two meetings, two versions of a plan."""
    now = START + timedelta(hours=number)
    key = scope_of(session).keys.new_data_key("nagaizumi", now=now)
    session.add(key)

    def new(**more: Any) -> dict[str, Any]:
        return {"id": new_id(now), "municipality_id": "nagaizumi", "created_at": now, "data_key_id": key.id, "data_key": key, **more}

    household = {"household": f"母 {60 + number % 40}歳、弟 {20 + number % 40}歳", "why": ["長くひきこもっている"] * 2, "next": "同意を本人に確かめる"}
    case = Case(**new(number=f"nagaizumi-case-2026-{1_000 + number}", stage="intake", restricted=False, body=household))
    session.add(case)
    await session.flush()
    people = [CasePerson(**new(case_id=case.id, body=_called(number, one))) for one in range(3)]
    session.add_all(people)
    session.add_all(
        CaseAgency(**new(case_id=case.id, window_id=f"nagaizumi.{window}", body={"name": window, "role": "見守り"})) for window in WINDOWS
    )
    await session.flush()
    own = {"case_id": case.id, "person_id": people[0].id, "staff_id": coordinator.id}
    session.add(ConsentRecord(**new(**own, item="share", status="given", at=now, body={"what": "", "to_whom": "復康会"})))
    for version in (1, 2):
        session.add(MeetingRecord(**new(
            **own, pack_meeting="ichiban_ii", kind="plan", occasion="プラン策定後の評価時", state="held", held_at=now,
            body={"purpose": "", "ground": "", "agenda": ["目標"] * 4, "minutes": "話したこと。" * 60, "decisions": "決めたこと。" * 20},
        )))
        does = [{"agency": "社会福祉協議会", "what": "週に1回たずねる", "programme": "other"}] * 3
        session.add(SupportPlan(**new(
            **own, version=version, state="draft", holds="no_programmes", monitor_at=now,
            body={"goal": "家で安心して暮らす", "actions": does, "reason": "暮らしの様子が変わったため"},
        )))


def _called(number: int, one: int) -> dict[str, str]:
    return {"name": f"山田花子{number}" if one == 0 else f"山田{one}", "relation": ("母", "弟", "姉")[one], "age": f"{30 + one * 25}歳", "read": ""}
