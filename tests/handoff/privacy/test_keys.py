"""The key file: private, made once, never replaced; data keys open with it and with nothing else."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from handoff.privacy.keys import KeyDestroyed, KeyMissing, KeyRing, KeyUnfit
from tests.databases import at_noon


def test_the_file_is_private_and_made_on_first_use(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "key"
    ring = KeyRing.open(path, create=True)
    assert not path.exists()
    ring.new_data_key("taiki", now=at_noon())
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["key"], "no draft is left"


def test_it_opens_again_and_finds_the_same(tmp_path: Path) -> None:
    ring = KeyRing.open(tmp_path / "key", create=True)
    key, code = ring.new_data_key("taiki", now=at_noon()), ring.lookup("contact", "line", "U1")
    again = KeyRing.open(tmp_path / "key", create=False)
    assert again.unwrap(key) == ring.unwrap(key)
    assert again.lookup("contact", "line", "U1") == code


def test_a_missing_file_is_not_made_without_leave(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing, match=r"鍵ファイル.*key file"):
        KeyRing.open(tmp_path / "key", create=False)
    assert not (tmp_path / "key").exists()


def test_two_rings_that_start_at_once_agree(tmp_path: Path) -> None:
    rings = [KeyRing.open(tmp_path / "key", create=True) for _ in range(8)]
    threads = [threading.Thread(target=ring.save) for ring in rings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({ring.lookup("x") for ring in rings}) == 1


@pytest.mark.parametrize("content", [
    "", "{}", "[]", "not json", '{"format": 1, "current": 2, "keys": {"1": "AAAA"}, "lookup": "AAAA"}',
    '{"format": 1, "current": 1, "keys": {"1": "AAAA"}, "lookup": "AAAA"}', "日本語",
])
def test_a_damaged_file_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content, "utf-8")
    path.chmod(0o600)
    with pytest.raises(KeyUnfit):
        KeyRing.open(path, create=True)
    assert path.read_text("utf-8") == content


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    KeyRing.open(path, create=True).save()
    path.chmod(mode)
    with pytest.raises(KeyUnfit, match="chmod 600"):
        KeyRing.open(path, create=False)


def test_a_data_key_opens_only_as_itself_and_with_its_ring(tmp_path: Path) -> None:
    ring, other = (KeyRing.open(tmp_path / name, create=True) for name in ("a", "b"))
    other.save()
    key = ring.new_data_key("taiki", now=at_noon())
    with pytest.raises(KeyUnfit):
        other.unwrap(key)
    second = ring.new_data_key("taiki", now=at_noon())
    second.wrapped = key.wrapped
    with pytest.raises(KeyUnfit):
        ring.unwrap(second)
    key.municipality_id = "itoman"
    with pytest.raises(KeyUnfit):
        KeyRing.open(tmp_path / "a", create=False).unwrap(key)


def test_a_destroyed_key_is_gone_even_from_memory(tmp_path: Path) -> None:
    ring = KeyRing.open(tmp_path / "key", create=True)
    key = ring.new_data_key("taiki", now=at_noon())
    ring.unwrap(key)
    ring.destroy(key, now=at_noon())
    assert (key.wrapped, key.destroyed_at) == (None, at_noon())
    with pytest.raises(KeyDestroyed):
        ring.unwrap(key)
    assert not ring._unwrapped


def test_rotation_keeps_old_keys_open_and_look_ups_the_same(tmp_path: Path) -> None:
    ring = KeyRing.open(tmp_path / "key", create=True)
    other_process = KeyRing.open(tmp_path / "key", create=True)
    old, code = ring.new_data_key("taiki", now=at_noon()), ring.lookup("x")
    other_process.save()
    plain = ring.unwrap(old)
    assert ring.rotate() == 2
    ring.rewrap(old)
    assert old.key_version == 2
    again = KeyRing.open(tmp_path / "key", create=False)
    assert (again.unwrap(old), again.lookup("x")) == (plain, code)
    assert other_process.unwrap(old) == plain, "a running process reads the new version"
    found = json.loads((tmp_path / "key").read_text())
    assert sorted(found["keys"]) == ["1", "2"]
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_look_ups_are_separate_by_purpose_and_by_part(tmp_path: Path) -> None:
    ring = KeyRing.open(tmp_path / "key", create=True)
    codes = [ring.lookup(*parts) for parts in (("a", "bc"), ("ab", "c"), ("abc",), ("a", "b", "c"), ("a", "bc", ""))]
    codes += [ring.mac("a", b"bc"), ring.lookup("\ud800")]
    assert len(set(codes)) == len(codes)
    assert {len(code) for code in codes} == {32}


def test_the_cache_is_bounded(tmp_path: Path) -> None:
    ring = KeyRing.in_memory()
    for _ in range(10_050):
        ring.unwrap(ring.new_data_key("taiki", now=at_noon()))
    assert len(ring._unwrapped) == 10_000
