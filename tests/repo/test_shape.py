"""The house rules that a machine can check."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("api", "bots", "handoff", "knowledge", "triage")
LONGEST_FILE, LONGEST_FUNCTION = 400, 40
VAGUE = {"utils", "helpers", "common", "manager", "misc"}
ALLOWED_VAGUE = {"knowledge/schema/common.py"}


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders or (*PACKAGES, "tests"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def ceilings_broken(path: Path) -> Iterator[str]:
    text, name = path.read_text(encoding="utf-8"), path.relative_to(ROOT)
    if (lines := len(text.splitlines())) > LONGEST_FILE:
        yield f"{name} has {lines} lines: split the room"
    for function in functions(ast.parse(text)):
        length = (function.end_lineno or 0) - function.lineno + 1
        if length > LONGEST_FUNCTION:
            yield f"{name}: {function.name} has {length} lines"


def test_files_and_functions_keep_their_ceilings() -> None:
    broken = [fault for path in sources() for fault in ceilings_broken(path)]
    assert not broken, "\n".join(broken)


def test_modules_say_what_they_are_for() -> None:
    named = {str(path.relative_to(ROOT)): path for path in sources(*PACKAGES)}
    silent = [name for name, path in named.items() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert not silent, f"a module docstring is missing: {silent}"
    vague = [name for name, path in named.items() if path.stem in VAGUE and name not in ALLOWED_VAGUE]
    assert not vague, f"names that say nothing: {vague}"


def test_each_package_has_a_readme() -> None:
    assert [name for name in PACKAGES if not (ROOT / name / "README.md").exists()] == []


def test_lock_files_name_no_host() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"https?:|--(extra-)?index-url|find-links", text), f"{name} names a host"
        assert "--hash=sha256:" in text


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).exists()]


def test_no_path_of_a_machine_and_no_secret_is_committed() -> None:
    mark = re.compile("/work" + "/main|/" + "root/|BEGIN [A-Z ]*PRIVATE" + " KEY")
    found = []
    for path in tracked():
        if path.suffix in {".py", ".md", ".toml", ".yaml", ".yml", ".json", ".lock", ".html", ".js", ".css", ""}:
            text = path.read_text(encoding="utf-8", errors="replace")
            if mark.search(text):
                found.append(str(path.relative_to(ROOT)))
    assert found == []


def test_raw_sql_stays_in_the_journal_and_the_migrations() -> None:
    allowed = ("handoff/store/journal", "handoff/store/migrations", "handoff/store/migrate")
    found = [
        str(path.relative_to(ROOT)) for path in sources(*PACKAGES)
        if not str(path.relative_to(ROOT)).startswith(allowed)
        and re.search(r"from sqlalchemy import [^\n]*\btext\b|sqlalchemy\.text\(", path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_no_to_do_is_left() -> None:
    mark = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    assert [str(path) for path in sources() if mark.search(path.read_text(encoding="utf-8"))] == []
