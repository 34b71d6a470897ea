"""Loading: the version follows the content, the cache gives the same knowledge, and a bad cache is no harm."""

from pathlib import Path

import pytest

from knowledge.errors import KnowledgeError
from knowledge.loader import ROOT, load
from tests.knowledge.small import FILES, WINDOW, changed, write
from tests.whole import knowledge as whole


def test_the_version_follows_content_and_names(tmp_path: Path) -> None:
    first = load(write(tmp_path / "a")).version
    assert first == load(write(tmp_path / "b")).version
    assert len(first) == 16
    assert int(first, 16) >= 0
    assert first != load(write(tmp_path / "c", changed(WINDOW, "福祉係", "福祉課"))).version
    renamed = write(
        tmp_path / "d", {"base/lexicon/money.yaml": None, "base/lexicon/loans.yaml": FILES["base/lexicon/money.yaml"]}
    )
    assert first != load(renamed).version


def test_what_is_not_knowledge_does_not_count(tmp_path: Path) -> None:
    root = write(tmp_path)
    first = load(root).version
    (root / "README.md").write_text("x")
    (root / ".hidden").mkdir()
    (root / ".hidden" / "x.yaml").write_text("a: 1")
    assert load(root).version == first


def test_the_cache_gives_the_same_knowledge(tmp_path: Path) -> None:
    cold, cached = load(ROOT, cache=tmp_path), load(ROOT, cache=tmp_path)
    assert cold == cached == whole()
    assert len(list(tmp_path.glob("knowledge-*.json"))) == 1


def test_the_cache_is_really_read(tmp_path: Path) -> None:
    root, cache = write(tmp_path), tmp_path / "var"
    load(root, cache=cache)
    [file] = cache.glob("*.json")
    file.write_text(file.read_text(encoding="utf-8").replace("福祉係", "写し"), encoding="utf-8")
    assert load(root, cache=cache).towns["mura"].window("fukushi").name == "写し"


def test_a_damaged_or_foreign_cache_is_ignored(tmp_path: Path) -> None:
    root, cache = write(tmp_path), tmp_path / "var"
    wanted = load(root, cache=cache)
    [file] = cache.glob("*.json")
    for damage in (b"", b"{", b"[]", b'{"towns": {}}', b"\xff\xfe", file.read_bytes()[:-20]):
        file.write_bytes(damage)
        assert load(root, cache=cache) == wanted
    assert load(root, cache=cache) == wanted


def test_an_old_cache_goes_when_a_new_one_comes(tmp_path: Path) -> None:
    cache = tmp_path / "var"
    load(write(tmp_path), cache=cache)
    load(write(tmp_path, changed(WINDOW, "福祉係", "福祉課")), cache=cache)
    assert len(list(cache.iterdir())) == 1


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert load(write(tmp_path), cache=tmp_path / "file" / "var").version


def test_wrong_files_are_never_hidden_by_a_cache(tmp_path: Path) -> None:
    cache = tmp_path / "var"
    load(write(tmp_path), cache=cache)
    with pytest.raises(KnowledgeError):
        load(write(tmp_path, changed(WINDOW, "same_body", "other")), cache=cache)


def test_a_town_speaks_before_its_language_and_japanese_last(tmp_path: Path) -> None:
    english = (
        FILES["base/replies/ja.yaml"]
        .replace("language: ja", "language: en")
        .replace("こんにちは、{town}です。", "Hello from {town}.")
    )
    own = "replies: {ja: {hello: '{town}へようこそ、{name}'}, en: {when: 'on {day}'}}\n".replace("、{name}", "")
    knowledge = load(write(tmp_path, {"base/replies/en.yaml": english, "municipalities/mura/replies.yaml": own}))
    town = knowledge.towns["mura"]
    assert knowledge.reply("hello", town=town) == "村へようこそ"
    assert knowledge.reply("hello", language="en", town=town) == "Hello from 村."
    assert knowledge.reply("when", language="en", town=town, day="3") == "on 3"
    assert knowledge.reply("hello", language="fr", town=town) == "村へようこそ"
    assert knowledge.reply("when", day="{town}") == "{town}日です。"


def test_an_unknown_reply_or_a_missing_value_is_a_key_error(tmp_path: Path) -> None:
    knowledge = load(write(tmp_path))
    with pytest.raises(KeyError):
        knowledge.reply("nothing")
    with pytest.raises(KeyError):
        knowledge.reply("when")


def test_troubles_are_words_of_need_or_danger_and_the_rules_that_join_them() -> None:
    known = whole()
    entries = {entry.id: entry.kind for file in known.lexicon for entry in file.entries}
    rules = {rule.id for rule in known.rules}
    assert rules <= known.troubles
    assert {entries[one] for one in known.troubles - rules} == {"need", "crisis"}
    assert {one for one, kind in entries.items() if kind in ("need", "crisis")} <= known.troubles
