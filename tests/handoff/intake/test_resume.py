"""合言葉: enough chance, read as people type it, kept as a slow hash, ended by the next, and silent about itself."""

import math
import re
import unicodedata

import pytest
from sqlalchemy import select

from handoff.intake import resume
from handoff.intake.tokens import hash_token
from handoff.intake.webchat import may_use, open_conversation
from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from handoff.store.models import Conversation, OutboxItem, ResumePhrase
from knowledge.loader import Knowledge
from tests.databases import at_noon
from tests.handoff.intake.talk import ScriptedTriage, Talk
from tests.handoff.intake.test_dialogue import CHAT, CRISIS


def test_four_words_are_forty_bits(knowledge: Knowledge) -> None:
    words = knowledge.resume_words
    assert resume.WORDS * math.log2(len(set(words))) >= 40
    assert all(re.fullmatch("[ぁ-ん]{2,8}", word) for word in words)


def test_no_two_words_differ_only_by_a_mark_or_a_small_letter(knowledge: Knowledge) -> None:
    def bare(word: str) -> str:
        letters = (letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))
        return "".join(letters).translate(str.maketrans("ぁぃぅぇぉっゃゅょ", "あいうえおつやゆよ"))

    assert len({bare(word) for word in knowledge.resume_words}) == len(knowledge.resume_words)


@pytest.mark.parametrize("word", ["しね", "ころす", "ばか", "はか", "くび", "なわ", "ひも", "どく", "ちち", "はは", "むすこ", "おっと"])
def test_nothing_unfitting(knowledge: Knowledge, word: str) -> None:
    assert word not in knowledge.resume_words


@pytest.mark.parametrize("typed", [
    "さくら・つくえ・みかん・でんしゃ", "さくらつくえみかんでんしゃ", "サクラ　ツクエ　ミカン　デンシャ", " さくら、つくえ、みかん、でんしゃ。",
    "ｻｸﾗ ﾂｸｴ ﾐｶﾝ ﾃﾞﾝｼｬ", "「さくら-つくえ-みかん-でんしゃ」", "さくら\nつくえ\nみかん\nでんしゃ",
])
def test_as_people_type_it(typed: str, keys: KeyRing) -> None:
    assert resume.plain(typed) == "さくらつくえみかんでんしゃ"


@pytest.mark.parametrize("typed", ["", "桜 机 蜜柑 電車", "a b c d", "さくら", "さ" * 100, "\0" * 9, "さくら<script>"])
def test_what_can_be_no_phrase(typed: str) -> None:
    assert resume.plain(typed) == ""


@pytest.mark.parametrize(("text", "asked"), [
    ("合言葉", True), ("合言葉をください", True), ("あいことばを教えてください。", True), ("合い言葉がほしいです", True),
    ("合言葉って何ですか、母が言っていて", False), ("家族の合言葉を決めました", False), ("こんにちは", False),
])
def test_asking_for_one(text: str, asked: bool) -> None:
    assert resume.asked_for(text) is asked


def test_the_hash_rests_on_key_and_town(tmp_path: object) -> None:
    one, other = KeyRing.in_memory(), KeyRing.in_memory()
    phrase = "さくら・つくえ・みかん・でんしゃ"
    assert resume.lookup_of(phrase, "taiki", one) == resume.lookup_of("サクラツクエミカンデンシャ", "taiki", one)
    assert resume.lookup_of(phrase, "taiki", one) != resume.lookup_of(phrase, "taiki", other)
    assert resume.lookup_of(phrase, "taiki", one) != resume.lookup_of(phrase, "itoman", one)


async def test_it_opens_once_made_and_ends_with_the_next(store: Store) -> None:
    now, first, second = at_noon(), b"1" * 32, b"2" * 32
    async with store.town("taiki") as session:
        made = await open_conversation(session, "taiki", language="ja", notice=(), keys=store.keys, now=now)
        await resume.keep(session, made.conversation, first, now=now)
    async with store.town("taiki") as session:
        found = await resume.opened(session, "taiki", first, now=now)
        assert found is not None
        assert found.conversation_id == made.conversation.id
        assert await may_use(session, found.conversation_id, found.token)
        assert not await may_use(session, found.conversation_id, made.token), "where it was open before, it is closed"
        conversation = await session.get_one(Conversation, found.conversation_id)
        await resume.keep(session, conversation, second, now=now)
        assert await resume.opened(session, "taiki", first, now=now) is None
        assert await resume.revoke(session, found.conversation_id)
        assert await resume.opened(session, "taiki", second, now=now) is None
        assert not await resume.revoke(session, found.conversation_id)


async def test_another_town_has_no_such_phrase(store: Store) -> None:
    now, code = at_noon(), b"1" * 32
    async with store.town("taiki") as session:
        made = await open_conversation(session, "taiki", language="ja", notice=(), keys=store.keys, now=now)
        await resume.keep(session, made.conversation, code, now=now)
    async with store.town("itoman") as session:
        assert await resume.opened(session, "itoman", code, now=now) is None


async def test_on_line_it_is_said_once_and_stays_nowhere(store: Store, knowledge: Knowledge) -> None:
    talk = await Talk.begin(store, knowledge, ScriptedTriage([CHAT]))
    (said,) = await talk.says("合言葉をください")
    assert "ここには残しません" in said
    (row,) = await talk.outbox()
    sent = row.payload["bubbles"][0]["text"]
    phrase = sent.split("「")[1].split("」")[0]
    assert len(phrase.split("・")) == 4
    assert set(phrase.split("・")) <= set(knowledge.resume_words)
    lookup = resume.lookup_of(phrase, "taiki", store.keys)
    async with store.town("taiki") as session:
        found = await resume.opened(session, "taiki", lookup, now=talk.now)
        assert found is not None
        kept = await session.get_one(Conversation, found.conversation_id)
        assert kept.channel == "line"
        assert kept.token_hash == hash_token(found.token)
        assert len(list(await session.scalars(select(ResumePhrase.id)))) == 1
        assert len(list(await session.scalars(select(OutboxItem.id)))) == 1
    assert phrase not in "".join(str(message.payload) for message in await talk.messages())
    await talk.close()


async def test_in_danger_help_comes_first(light: Store, knowledge: Knowledge) -> None:
    talk = await Talk.begin(light, knowledge, ScriptedTriage([CRISIS]))
    said = await talk.says("合言葉をください")
    assert said[0].startswith("いま命があぶないときは")
    async with light.reading("taiki") as session:
        assert list(await session.scalars(select(ResumePhrase.id))) == []
    await talk.close()
