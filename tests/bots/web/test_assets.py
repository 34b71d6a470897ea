"""The chat's files: every language says everything, the scripts ask for nothing that is not there."""

import re
import string

import pytest

from bots.web import assets

SCRIPTS = {name: found.body.decode() for name, found in assets.files().items() if name.endswith(".js")}
PLACES = {"town", "office"}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", [name for name in assets.texts() if name != "ja"])
@pytest.mark.parametrize("part", ["loader", "page", "script"])
def test_every_language_has_the_same_texts_with_the_same_placeholders(language: str, part: str) -> None:
    japanese, other = getattr(assets.texts()["ja"], part), getattr(assets.texts()[language], part)
    assert set(other) == set(japanese)
    for key in japanese:
        assert placeholders(other[key]) - PLACES == placeholders(japanese[key]) - PLACES, key


def test_the_names_that_the_contract_promises() -> None:
    texts = assets.texts()["ja"]
    assert texts.loader["open"] == "相談する"
    assert (texts.page["message"], texts.page["send"], texts.page["exit"]) == ("メッセージ", "送信", "すぐ閉じる")


def test_scripts_and_texts_fit_together() -> None:
    asked = set(re.findall(r"texts\.(\w+)", "".join(SCRIPTS.values())))
    given = set(assets.texts()["ja"].script) | {"unknown_hours", "unknown_number"}
    families = tuple(re.findall(r"texts\[`(\w+_)\$\{", "".join(SCRIPTS.values())))
    by_state = {"sending", "delivered", "undelivered"}
    assert asked <= given
    unshown = {text for text in given - asked if not text.startswith(families)} - by_state
    assert not unshown, "a text that nobody shows"


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_stay_within_a_strict_policy_and_the_repository(name: str) -> None:
    source = SCRIPTS[name]
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|document\.cookie", source)
    assert not re.search(r"[ぁ-んァ-ヶ一-龠]", re.sub(r"/\^?\(?\[?[^\n]*/[a-z]*;", "", source)), "words belong in texts.yaml"
    for address in re.findall(r"https?://[\w.-]+", source):
        raise AssertionError(f"{name} names {address}")
    for module in re.findall(r'from "\./([\w.]+)"', source):
        assert module in SCRIPTS


def test_the_loader_is_served_small_and_with_its_words() -> None:
    served = assets.loader().decode()
    assert len(assets.loader()) <= 3_000
    assert "相談する" in served
    assert '"TEXTS"' not in served
    assert "//" not in served.replace("://", "")


def test_the_version_follows_the_files() -> None:
    assert re.fullmatch(r"[0-9a-f]{12}", assets.version())


@pytest.mark.parametrize(("wanted", "found"), [
    (("en",), "en"), (("en-GB",), "en"), (("xx",), "ja"), ((None,), "ja"), (("", "en"), "en"), (("../../etc",), "ja"), ((), "ja"),
])
def test_the_best_language(wanted: tuple[str | None, ...], found: str) -> None:
    assert assets.best_language(*wanted) == found


def test_town_and_office_are_filled_and_the_scripts_own_placeholders_stay() -> None:
    texts = assets.texts()["ja"].filled(town="大樹町", office="役場")
    assert texts.page["heading"] == "大樹町 つなぐ窓口"
    assert "役場" in texts.script["cannot_open"]
    assert "{count}" in texts.script["left"]
