"""A new town from the structure of another: facts stay behind, what is missing is listed, the filled town runs."""

from pathlib import Path

import pytest

from handoff.desk.proof import proof
from handoff.desk.routing import windows_for
from knowledge.check import check
from knowledge.loader import load
from knowledge.schema import CRISIS_KINDS, FIELDS
from knowledge.tenant import Source, refusal, skeleton
from knowledge.types import Glossary
from tests.knowledge import light
from triage.types import Decision

EVERYWHERE = {"生活保護の実施機関", "教育委員会", "民生委員・児童委員"}
TOWNS = ("itoman", "katsuyama", "nagaizumi", "taiki", "yokkaichi")


def made(source: str = "taiki") -> dict[str, str]:
    town = light.bundle().towns[source]
    return skeleton("sora", source=Source(town.municipality, town.windows, town.meetings), glossary=light.glossary())


def put(root: Path, texts: dict[str, str]) -> None:
    folder = root / "municipalities" / "sora"
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("source", TOWNS)
def test_no_fact_of_the_source_comes_along(source: str) -> None:
    text = "\n".join(made(source).values())
    town = light.bundle().towns[source]
    window_ids = {window.id for window in town.windows} - {"kodomo", "window"}
    facts = {town.name, town.municipality.source, town.municipality.operator, town.municipality.general_desk}
    facts |= {town.municipality.coordinator.title, town.municipality.coordinator.organisation, source}
    for window in town.windows:
        facts |= {window.name, window.short or town.name, window.telephone or town.name, window.address or town.name}
        facts |= {desk.name for desk in window.desks} | {office.name for office in window.offices}
        facts |= {window.about or town.name, window.source, window.staffed_days or town.name}
    told = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    bare = "\n".join(line.split("  # ")[0] for line in told)
    assert not [fact for fact in facts if fact in bare]
    # Comments say what an official looks for, in words of the law that a plan shares.
    assert not [fact for fact in facts - EVERYWHERE if len(fact) > 4 and fact in text]
    assert not [one for one in window_ids if f"id: {one}\n" in text]


@pytest.mark.parametrize("source", TOWNS)
def test_structure_is_kept(tmp_path: Path, source: str) -> None:
    root = light.write(tmp_path)
    put(root, {name: light.fill(text) for name, text in made(source).items()})
    old, new = light.bundle().towns[source], load(root).towns["sora"]
    assert sum(window.intake for window in new.windows) == sum(window.intake for window in old.windows)
    for field in FIELDS:
        assert len(new.municipality.field_windows[field]) == len(old.municipality.field_windows[field])
    assert new.municipality.topic_windows.keys() == old.municipality.topic_windows.keys()
    assert [meeting.kind for meeting in new.meetings] == [meeting.kind for meeting in old.meetings]
    taken = [window.topics for window in old.windows if window.intake]
    assert [window.topics for window in new.windows if window.intake] == taken


@pytest.mark.parametrize("source", TOWNS)
def test_check_lists_exactly_what_waits_and_how(tmp_path: Path, source: str) -> None:
    root = light.write(tmp_path)
    texts = made(source)
    put(root, texts)
    wanted = {
        (f"knowledge/municipalities/sora/{name}", number)
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if light.WAITING.match(line)
    }
    problems = check(root, municipalities=["sora"])
    assert len(wanted) > 20
    assert {(problem.file, problem.line) for problem in problems} == wanted
    assert len(problems) == len(wanted)
    for problem in problems:
        assert "まだ書かれていません / " in problem.what
        hint = (root.parent / problem.file).read_text(encoding="utf-8").splitlines()[(problem.line or 1) - 1]
        assert problem.fix.split(" / ")[0] == hint.split("←書く: ")[1]


def test_each_answer_takes_one_finding_away(tmp_path: Path) -> None:
    root = light.write(tmp_path)
    texts = made()
    put(root, texts)
    before = len(check(root))
    path = root / "municipalities/sora/windows.yaml"
    answered = light.WAITING.sub(lambda found: f"{found[1]} 2026-04-01", texts["windows.yaml"], count=1)
    path.write_text(answered, encoding="utf-8")
    assert len(check(root)) == before - 1


@pytest.mark.parametrize("source", TOWNS)
def test_the_filled_town_runs_and_every_road_ends_at_a_person(tmp_path: Path, source: str) -> None:
    root = light.write(tmp_path)
    put(root, {name: light.fill(text) for name, text in made(source).items()})
    assert check(root, looks=[proof()]) == []
    town = load(root).towns["sora"]
    for kind in CRISIS_KINDS:
        assert windows_for(Decision("route", "", crisis=(kind,)), town)
    assert windows_for(Decision("route", "", fields=("elderly",)), town)[0].startswith("sora.")


def test_production_then_asks_for_what_no_plan_tells(tmp_path: Path) -> None:
    root = light.write(tmp_path)
    put(root, {name: light.fill(text) for name, text in made().items()})
    asked = {problem.what.split(" ")[0] for problem in check(root, municipalities=["sora"], production=True)}
    assert {"night", "hours", "main_telephone", "report_telephones.child_abuse"} <= asked
    text = made()["municipality.yaml"]
    for key in ("night", "hours", "main_telephone", "report_telephones"):
        assert f"\n# {key}:" in text


def test_commented_lines_work_once_their_mark_is_gone(tmp_path: Path) -> None:
    """An official takes the `# ` away and writes a value: indentation and keys must be right."""
    texts = {name: light.fill(text) for name, text in made().items()}
    windows = texts["windows.yaml"]
    partners = windows[windows.index("  # - id: partner_1") :]
    opened = "\n".join(line.replace("  # ", "  ", 1) if line.strip() != "#" else "" for line in partners.splitlines())
    windows = windows.replace(partners, light.fill(opened))
    texts["windows.yaml"] = windows.replace("# telephone:", "telephone: 01558-6-2200")
    texts["municipality.yaml"] = texts["municipality.yaml"].replace("# direct: true", "direct: true").replace(
        "# night: none", "night: none")
    root = light.write(tmp_path)
    put(root, texts)
    assert check(root) == []
    town = load(root).towns["sora"]
    assert not town.window("partner_1").intake
    assert town.window("elderly").telephone == "01558-6-2200"
    assert town.municipality.coordinator.direct


@pytest.mark.parametrize(
    "town_id", ["", "a", "Sora", "そら", "sora-cho", "1sora", "_sora", "../sora", "sora/x", "s" * 32, "sora\n", "so ra"]
)
def test_what_is_no_id_is_refused(town_id: str) -> None:
    refused = refusal(town_id, known=())
    assert refused is not None
    assert " / " in refused


def test_a_town_that_exists_is_not_overwritten() -> None:
    refused = refusal("taiki", known=["taiki"])
    assert refused is not None
    assert "上書きはしません" in refused
    assert refusal("sora", known=["taiki"]) is None


def test_unnamed_terms_do_not_break_it() -> None:
    town = light.bundle().towns["taiki"]
    texts = skeleton("sora", source=Source(town.municipality, town.windows, ()), glossary=Glossary({}, {}, {}))
    assert texts["meetings.yaml"].endswith("meetings: []\n")
