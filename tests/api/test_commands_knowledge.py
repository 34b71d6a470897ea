"""`tsunagu tenant new`, `export`, `import-windows`, `check` and `chat` of a sixth town, as an official meets them."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import application
from knowledge.loader import load
from tests.knowledge import light, small

WINDOWS = "municipalities/taiki/windows.yaml"


def run(*args: object, stdin: str = "") -> Result:
    return CliRunner().invoke(application(), [str(arg) for arg in args], input=stdin)


def said(result: Result) -> str:
    assert "Traceback" not in result.output
    return result.output


def fill(folder: Path) -> None:
    for path in folder.glob("*.yaml"):
        path.write_text(light.fill(path.read_text(encoding="utf-8")), encoding="utf-8")


def test_a_new_town_is_made_checked_filled_and_runs(tmp_path: Path) -> None:
    root, sora = light.write(tmp_path / "made", "taiki"), "municipalities/sora"
    assert run("tenant", "new", "sora", "--from", "taiki", "--root", root).exit_code == 0
    waiting = run("check", "sora", "--root", root)
    assert waiting.exit_code == 1
    assert waiting.stdout.count("  何が: ") == waiting.stdout.count("まだ書かれていません")
    unready = run("chat", "sora", "--root", root)
    assert unready.exit_code == 2
    assert "tsunagu check sora" in said(unready)

    fill(root / sora)
    made, root = root, light.worded(tmp_path)  # with all words and rules, which are read only where they say something
    shutil.copytree(made / sora, root / sora)
    assert run("check", "sora", "--root", root).exit_code == 0
    talk = run("chat", "sora", "--root", root, stdin="母の物忘れがひどくて困っています\n")
    assert talk.exit_code == 0
    assert "そら町のname" in said(talk)


def test_a_town_is_never_overwritten_and_a_bad_id_is_one_line(tmp_path: Path) -> None:
    root = light.write(tmp_path, "taiki")
    before = (root / WINDOWS).read_bytes()
    for bad in ("taiki", "Sora", "../sora", "そら"):
        result = run("tenant", "new", bad, "--root", root)
        assert result.exit_code == 2
        assert len(said(result).strip().splitlines()) == 1
    assert (root / WINDOWS).read_bytes() == before
    assert [path.name for path in (root / "municipalities").iterdir()] == ["taiki"]


def test_the_source_must_be_a_town(tmp_path: Path) -> None:
    root = light.write(tmp_path, "taiki")
    result = run("tenant", "new", "sora", "--from", "atlantis", "--root", root)
    assert result.exit_code == 2
    assert "taiki" in said(result)
    assert not (root / "municipalities" / "sora").exists()
    assert run("tenant", "new", "sora", "--root", tmp_path / "none").exit_code == 2


def test_two_towns_can_be_in_the_making(tmp_path: Path) -> None:
    root = light.write(tmp_path, "taiki")
    assert run("tenant", "new", "sora", "--root", root).exit_code == 0
    assert run("tenant", "new", "umi", "--root", root).exit_code == 0
    assert run("export", "taiki", "--format", "csv", tmp_path / "t.csv", "--root", root).exit_code == 0


def test_check_tells_of_a_rule_that_cannot_be_read_and_of_a_dead_end(tmp_path: Path) -> None:
    changes: dict[str, str | bytes | None] = {
        **small.changed("base/rules/money.yaml", "when: {marks: [debt]}", "when: {moons: [debt]}"),
        small.WINDOW: small.WINDOWS + "    valid: [2999-04-01, 2999-04-02]\n",
    }
    result = run("check", "--root", small.write(tmp_path, changes))
    assert result.exit_code == 1
    rule = small.line_of(small.RULES, "when:")
    assert f"knowledge/base/rules/money.yaml:{rule}" in said(result)
    assert "moons" in result.stdout
    assert "does not end at a person" in result.stdout


def test_export_of_hsds_and_csv(tmp_path: Path) -> None:
    root = light.write(tmp_path, "taiki")
    assert run("export", "taiki", "--format", "hsds", tmp_path / "t.json", "--root", root).exit_code == 0
    made = json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))
    assert set(made) == {"organizations", "services", "taxonomies", "taxonomy_terms"}
    assert run("export", "taiki", "--format", "csv", tmp_path / "t.csv", "--root", root).exit_code == 0
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("atlantis", "--format", "csv", "x.csv"), 2),
        (("taiki", "--format", "xml", "x.csv"), 2),
        (("taiki", "x.csv"), 2),
        (("taiki", "--format", "csv", "none/x.csv"), 2),
    ],
)
def test_export_answers_bad_input_with_a_line(tmp_path: Path, args: tuple[str, ...], code: int) -> None:
    root = light.write(tmp_path, "taiki")
    placed = [str(tmp_path / arg) if arg.endswith(".csv") else arg for arg in args]
    result = run("export", *placed, "--root", root)
    assert result.exit_code == code
    assert said(result)


def test_export_of_a_town_with_mistakes_tells_them(tmp_path: Path) -> None:
    root = light.write(tmp_path, "taiki", "itoman")
    path = root / WINDOWS
    path.write_text(path.read_text(encoding="utf-8").replace("same_body", "samebody", 1), encoding="utf-8")
    result = run("export", "taiki", "--format", "csv", tmp_path / "t.csv", "--root", root)
    assert result.exit_code == 1
    assert "windows.yaml:" in said(result)
    assert run("export", "itoman", "--format", "csv", tmp_path / "t.csv", "--root", root).exit_code == 0


def exported(tmp_path: Path) -> tuple[Path, Path, str]:
    root = light.write(tmp_path, "taiki")
    path = tmp_path / "窓口.csv"
    assert run("export", "taiki", "--format", "csv", path, "--root", root).exit_code == 0
    return root, path, path.read_bytes().decode("utf-8-sig")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_sheet_changed_in_excel_comes_back(tmp_path: Path, encoding: str) -> None:
    root, path, text = exported(tmp_path)
    before = (root / WINDOWS).read_bytes()
    path.write_bytes(text.replace("01558-6-4130", "01558-6-4131").replace("2026-11-22", "2026/11/22").encode(encoding))
    tried = run("import-windows", "taiki", path, "--dry-run", "--root", root)
    assert tried.exit_code == 0
    assert (root / WINDOWS).read_bytes() == before
    result = run("import-windows", "taiki", path, "--root", root)
    assert result.exit_code == 0
    assert "changed: shakyo\n" in said(result)
    assert ("Shift_JIS" if encoding == "cp932" else "UTF-8") in result.stdout
    town = load(root).towns["taiki"]
    assert town.window("shakyo").telephone == "01558-6-4131"
    assert town.resources == light.bundle().towns["taiki"].resources
    assert (root / "municipalities/taiki/windows.yaml.bak").read_bytes() == before
    assert run("check", "taiki", "--root", root).exit_code == 0


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("01558-6-2700", "01558-6-27OO", "列「電話」"),
        ("01558-6-5875", "6-5875", "列「電話」"),
        (",,,,,,,,,,,大樹町重層", ",月〜金,25:00,26:00,,,,,,,,大樹町重層", "列「受付のはじめ」"),
        (",,,,,,,,,,,大樹町重層", ",月〜金,17:00,9:00,,,,,,,,大樹町重層", "9:00"),
        (",,,,,,,,,,,大樹町重層", ",,,,,,,2024-04-01,2025-03-31,,,大樹町重層", "列「有効のおわり」"),
        ("2026-11-22", "令和8年", "列「確認日」"),
        ("窓口,shakyo", "窓口,Shakyo", "列「id」"),
        ("窓口,shushu", "窓口,shakyo", "shakyo"),
        ("大樹町社会福祉協議会,社会", ",社会", "列「名前」"),
    ],
    ids=["letter", "no area code", "hour 25:00", "backwards", "past", "date", "id", "twice", "no name"],
)
def test_a_bad_line_changes_nothing_and_is_told_with_its_place(tmp_path: Path, old: str, new: str, named: str) -> None:
    root, path, text = exported(tmp_path)
    before = (root / WINDOWS).read_bytes()
    assert old in text
    at = text[: text.index(old)].count("\n") + 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    result = run("import-windows", "taiki", path, "--root", root)
    assert result.exit_code == 1
    block = next(part for part in said(result).split("\n\n") if named in part)
    assert f"窓口.csv:{at}\n" in f"{block}\n"
    for part in ("何が: ", "なぜ: ", "直し方: ", "what: ", "why: ", "fix: "):
        assert part in block
    assert (root / WINDOWS).read_bytes() == before
    assert not (root / "municipalities/taiki/windows.yaml.bak").exists()


def test_a_window_taken_away_that_others_still_name(tmp_path: Path) -> None:
    root, path, text = exported(tmp_path)
    kept = [line for line in text.splitlines(keepends=True) if ",shushu," not in line]
    path.write_text("".join(kept), encoding="utf-8")
    result = run("import-windows", "taiki", path, "--root", root)
    assert result.exit_code == 1
    assert "municipality.yaml:" in said(result)
    assert "shushu" in result.stdout
    assert load(root).towns["taiki"].window("shushu")


def test_a_new_towns_windows_may_come_from_excel_first(tmp_path: Path) -> None:
    root, path, _ = exported(tmp_path)
    assert run("tenant", "new", "sora", "--root", root).exit_code == 0
    result = run("import-windows", "sora", path, "--root", root)
    assert result.exit_code == 0, said(result)
    waiting = run("check", "sora", "--root", root).stdout
    assert "windows.yaml" not in waiting
    assert "municipality.yaml" in waiting


def test_a_file_or_a_town_that_is_not_there(tmp_path: Path) -> None:
    root, path, _ = exported(tmp_path)
    assert run("import-windows", "taiki", tmp_path / "none.csv", "--root", root).exit_code == 2
    assert run("import-windows", "taiki", tmp_path, "--root", root).exit_code == 2
    gone = run("import-windows", "atlantis", path, "--root", root)
    assert gone.exit_code == 2
    assert "atlantis" in said(gone)
