"""Replies hang together: same ids and placeholders in every language, and a town overrides only what exists."""

import re
from collections.abc import Iterator

from knowledge.errors import Problem, closest
from knowledge.parse import Parsed
from knowledge.schema import ReplyFile
from knowledge.schema.extras import TownReplyFile
from knowledge.source import Step
from knowledge.types import placeholders

_BRACES = re.compile(r"\{(?![a-z_]+\})|(?<![a-z_])\}")
FILLED_BY_TOWN = frozenset({"town", "operator", "general_desk", "hall"})


def check_templates(parsed: Parsed) -> Iterator[Problem]:
    """Findings over `base/replies/*.yaml` and the towns' `replies.yaml`."""
    files = parsed.of(ReplyFile, "base/")
    japanese = files.get("base/replies/ja.yaml")
    if japanese is None:
        return
    for path, file in parsed.fresh(ReplyFile, "base/").items():
        name = path.rsplit("/", 1)[1].removesuffix(".yaml")
        if file.language != name:
            yield parsed.problem(
                path,
                ("language",),
                (f"language が「{file.language}」です", f"language is `{file.language}`"),
                (f"ファイル名は {name}.yaml です", f"the file is named {name}.yaml"),
                ("同じにしてください", "make them the same"),
            )
        yield from _texts(parsed, path, ("replies",), file.replies, japanese.replies)
        yield from _missing(parsed, path, file, japanese)
    for path, town in parsed.of(TownReplyFile, "municipalities/").items():
        for language, texts in town.replies.items():
            yield from _texts(parsed, path, ("replies", language), texts, japanese.replies)


def _missing(parsed: Parsed, path: str, file: ReplyFile, japanese: ReplyFile) -> Iterator[Problem]:
    for reply_id in sorted(japanese.replies.keys() - file.replies.keys()):
        yield parsed.problem(
            path,
            ("replies",),
            (f"「{reply_id}」がありません", f"`{reply_id}` is missing"),
            ("この言葉の人に、日本語のまま返ってしまいます", "residents would get it in Japanese"),
            ("訳を書き足してください", "add the translation"),
        )


def _texts(
    parsed: Parsed, path: str, where: tuple[Step, ...], texts: dict[str, str], japanese: dict[str, str]
) -> Iterator[Problem]:
    for reply_id, text in texts.items():
        at = (*where, reply_id)
        if reply_id not in japanese:
            near = closest(reply_id, japanese)
            yield parsed.problem(
                path,
                at,
                (f"知らない返信です: {reply_id}", f"unknown reply: {reply_id}"),
                ("ja.yaml にない id は使われません", "an id that ja.yaml lacks is never used"),
                (f"「{near}」ではありませんか", f"did you mean `{near}`?")
                if near
                else ("id を直すか消してください", "correct or remove it"),
            )
            continue
        yield from _places(parsed, path, at, text, japanese[reply_id])


def _places(parsed: Parsed, path: str, at: tuple[Step, ...], text: str, japanese: str) -> Iterator[Problem]:
    if _BRACES.search(text):
        yield parsed.problem(
            path,
            at,
            ("{ } の使い方がちがいます", "braces are not a placeholder"),
            ("{名前} は小文字の英字だけです", "placeholders are {lower_case} names"),
            ("{when} のように書いてください", "write for example {when}"),
        )
    extra = placeholders(text) - placeholders(japanese) - FILLED_BY_TOWN
    if extra:
        names = ", ".join(sorted(extra))
        yield parsed.problem(
            path,
            at,
            (f"入らない穴うめです: {names}", f"placeholder without a value: {names}"),
            ("この返信には、その値が渡されません", "this reply is never given that value"),
            (f"使えるのは {_names(japanese)}", f"allowed: {_names(japanese)}"),
        )
    lost = placeholders(japanese) - placeholders(text) - FILLED_BY_TOWN
    if lost:
        names = ", ".join(sorted(lost))
        yield parsed.problem(
            path,
            at,
            (f"穴うめが足りません: {names}", f"placeholder missing: {names}"),
            ("大事なこと（時刻や電話など）が抜けます", "the resident would miss it"),
            ("{…} を書き足してください", "put it into the text"),
        )


def _names(japanese: str) -> str:
    return ", ".join(sorted(f"{{{name}}}" for name in placeholders(japanese) | FILLED_BY_TOWN))
