"""A running town keeps its last good version, and nobody else's mistake takes it off the air."""

from pathlib import Path

import pytest

from knowledge.errors import KnowledgeError
from knowledge.loader import load, load_serving
from tests.knowledge.small import FILES, MUNICIPALITY, TOWN, WINDOW, WINDOWS, changed, write

OTHER: dict[str, str | bytes | None] = {
    "municipalities/sato/municipality.yaml": MUNICIPALITY.replace("id: mura", "id: sato"),
    "municipalities/sato/windows.yaml": WINDOWS,
}
SATO = "municipalities/sato/windows.yaml"


def test_good_files_are_served_as_they_are(tmp_path: Path) -> None:
    serving = load_serving(write(tmp_path), cache=tmp_path / "var")
    assert serving.problems == ()
    assert serving.knowledge == load(write(tmp_path))


@pytest.mark.parametrize(
    "broken",
    [
        WINDOWS.replace("    name", "\tname", 1),
        WINDOWS.replace("telephone", "telphone"),
        WINDOWS.replace("id: fukushi", "id: fukusi"),
        WINDOWS.replace("same_body", "samebody"),
        "",
    ],
    ids=["tab", "wrong key", "dangling id", "value", "empty"],
)
def test_a_wrong_edit_leaves_the_last_good_version(tmp_path: Path, broken: str) -> None:
    cache = tmp_path / "var"
    good = load_serving(write(tmp_path, OTHER), cache=cache).knowledge
    serving = load_serving(write(tmp_path, {**OTHER, WINDOW: broken}), cache=cache)
    assert serving.knowledge == good
    assert {problem.file.split("/")[2] for problem in serving.problems} == {"mura"}


def test_the_other_towns_edits_still_go_live(tmp_path: Path) -> None:
    cache = tmp_path / "var"
    first = load_serving(write(tmp_path, OTHER), cache=cache).knowledge
    edited = {**OTHER, SATO: WINDOWS.replace("福祉係", "生活係"), WINDOW: WINDOWS.replace("same_body", "x")}
    second = load_serving(write(tmp_path, edited), cache=cache).knowledge
    assert second.towns["sato"].window("fukushi").name == "生活係"
    assert second.towns["mura"] == first.towns["mura"]
    assert second.version != first.version
    # Now the edited town goes wrong, too: it keeps its edit, not the version before.
    both = {**edited, SATO: "windows: 5\n"}
    assert load_serving(write(tmp_path, both), cache=cache).knowledge == second


def test_a_mistake_in_what_all_share_leaves_all_of_it(tmp_path: Path) -> None:
    cache = tmp_path / "var"
    good = load_serving(write(tmp_path), cache=cache).knowledge
    changes = changed("base/lexicon/money.yaml", "need: debt", "need: dept")
    serving = load_serving(write(tmp_path, changes), cache=cache)
    assert serving.knowledge == good
    assert serving.problems


def test_a_shared_change_that_breaks_a_town_waits_for_it(tmp_path: Path) -> None:
    """The glossary loses a topic that the town uses: the town's last files don't fit the new glossary either."""
    cache = tmp_path / "var"
    good = load_serving(write(tmp_path), cache=cache).knowledge
    lost = FILES["glossary.yaml"].replace("{debt: 借金, dementia: 認知症}", "{dementia: 認知症}")
    faq: dict[str, str | bytes | None] = {"base/faq/general.yaml": None, "glossary.yaml": lost}
    assert load_serving(write(tmp_path, faq), cache=cache).knowledge == good


def test_a_new_town_half_filled_is_left_out_and_the_others_run(tmp_path: Path) -> None:
    half: dict[str, str | bytes | None] = {**OTHER, TOWN: MUNICIPALITY.replace("name: 村", "name:")}
    serving = load_serving(write(tmp_path, half), cache=tmp_path / "var")
    assert set(serving.knowledge.towns) == {"sato"}
    assert {problem.file for problem in serving.problems} == {f"knowledge/{TOWN}"}
    assert set(load_serving(write(tmp_path, OTHER), cache=tmp_path / "var").knowledge.towns) == {"mura", "sato"}


def test_nothing_good_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError):
        load_serving(write(tmp_path, changed(WINDOW, "same_body", "x")), cache=tmp_path / "var")
    with pytest.raises(KnowledgeError):
        load_serving(write(tmp_path, changed("base/replies/ja.yaml", "language: ja", "language: en")))


def test_a_town_taken_away_is_gone(tmp_path: Path) -> None:
    cache = tmp_path / "var"
    load_serving(write(tmp_path, OTHER), cache=cache)
    gone: dict[str, str | bytes | None] = dict.fromkeys(OTHER, None)
    assert set(load_serving(write(tmp_path, gone), cache=cache).knowledge.towns) == {"mura"}


def test_a_record_that_was_cut_short_is_written_again(tmp_path: Path) -> None:
    cache = tmp_path / "var"
    good = load_serving(write(tmp_path), cache=cache).knowledge
    record = cache / "last-good.json"
    record.write_bytes(record.read_bytes()[:-9])
    load_serving(write(tmp_path), cache=cache)
    assert load_serving(write(tmp_path, changed(WINDOW, "same_body", "x")), cache=cache).knowledge == good


def test_a_record_is_written_once_and_one_as_they_were_before_is_read(tmp_path: Path) -> None:
    cache = tmp_path / "var"
    good = load_serving(write(tmp_path), cache=cache).knowledge
    record = cache / "last-good.json"
    written = record.stat().st_mtime_ns
    load_serving(write(tmp_path), cache=cache)
    assert record.stat().st_mtime_ns == written
    record.write_bytes(record.read_bytes().partition(b"\n")[2])
    assert load_serving(write(tmp_path, changed(WINDOW, "same_body", "x")), cache=cache).knowledge == good


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff", b'{"a": 1}', b'{"glossary.yaml": "x"}'])
def test_a_damaged_record_is_no_harm(tmp_path: Path, damage: bytes) -> None:
    cache = tmp_path / "var"
    good = load_serving(write(tmp_path), cache=cache).knowledge
    (cache / "last-good.json").write_bytes(damage)
    assert load_serving(write(tmp_path), cache=cache).knowledge == good
    (cache / "last-good.json").write_bytes(damage)
    with pytest.raises(KnowledgeError):
        load_serving(write(tmp_path, changed(WINDOW, "same_body", "x")), cache=cache)
