"""Information, other business, small talk: what a message wants when it is no need of help.

Entries of kind `intent` speak for one of them. Ids `town_*` are mere things of the town: they speak for `other` only where
nobody's life is told of. Must not know: fields' meaning, rules.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from triage.picture import Picture, Someone
from triage.reading import Reading
from triage.types import Action

# Needs that are trouble by their name alone; the others may only be what a question is about (介護予防, 徘徊の声かけ訓練).
HEAVY = frozenset((
    "debt", "no_money", "no_income", "job_loss", "rent_arrears", "housing_loss", "no_home", "lifeline_cut", "violence", "sexual_violence",
    "self_harm", "runaway", "unseen", "wasting", "hoarding", "at_edge", "worn_out", "consumer_harm", "family_conflict", "neighbour_trouble",
    "money_control", "harassment", "fall", "injury", "care_leaver", "release", "no_family_support", "quit_job_for_care", "pet_hoarding", "self_neglect", "work_trouble",
))
_TOWN = "town_"
_OWN = frozenset(("context_own", "help_wish"))
_OVER = frozenset(("context_over", "context_resolved"))
_TROUBLES = frozenset(("need", "crisis"))
_THANKS = frozenset(("chat_thanks", "chat_more_thanks", "chat_report", "chat_only_thanks", "chat_good_news"))
_SENT_BY_MISTAKE = frozenset(("chat_mistake", "chat_test", "chat_more_test"))
_PAPERS = frozenset(("other_papers", "other_registry", "other_move_papers", "other_tax", "other_supply_move"))
_OFFERS = frozenset(("info_volunteer", "info_materials", "info_prevention", "info_gatekeeper", "info_foster_training"))
# Words that hint at somebody's life without being a need: beside them a thing of the town is only where it happens.
_LIFE = frozenset(("money_job_words", "money_utilities_words", "svc_hospital_names", "illness_generic", "disability_mental_name", "peer_place"))
_LONG = 70


class Intent(NamedTuple):
    """What speaks for each intent and against all: own: words of one's own trouble; kin: persons with needs or ages."""

    info: int
    other: int
    chat: int
    town: int               # things of the town
    ids: frozenset[str]     # entries that stand, weakened ones left out
    asks: bool
    own: int
    trouble: int            # needs told as something that happens
    topics: int             # needs that are trouble even where they are only named
    needs: int
    kin: int
    known: bool             # of somebody a very age or a trouble is told
    stranger: bool          # it is about somebody outside the family
    named: bool             # anybody of the family is named
    welfare: bool           # welfare is named, be it as news
    over: bool
    heard: bool             # troubles stand there, but as news
    exaggerates: bool       # 死ぬほど and its like
    told: int               # content words
    things: int             # concrete nouns
    length: int
    sentences: int

    @property
    def personal(self) -> bool:
        """True where somebody's life is meant, not a service as such."""
        return bool(self.own or self.kin or self.trouble or self.topics)

    @property
    def short(self) -> bool:
        """Of a length that a mere question has."""
        return self.length <= _LONG

    @property
    def wanted(self) -> bool:
        """Something is asked for."""
        return self.asks or self.info > 0 or "request_to_town" in self.ids

    @property
    def opening(self) -> bool:
        """One says that one has something to say, and not yet what."""
        return "vague_opening" in self.ids and not self.trouble and self.needs <= 1 and self.short

    def action(self, fields: Sequence[str]) -> Action | None:
        """info, other or chat, where one of them is meant; None where help is wanted or nothing is clear."""
        if self._other(fields):
            return "other"
        if self._thanks() or self._mistaken():
            return "chat"
        if not fields and self._town():
            return "other"
        if self._info(fields):
            return "info"
        if fields:
            return None
        if self._chat():
            return "chat"
        return "other" if self._no_matter_of_ours() else None

    def _other(self, fields: Sequence[str]) -> bool:
        """A paper, fee or errand is named, and no trouble."""
        if not self.other or self.trouble or self.topics:
            return False
        if not _PAPERS & self.ids:
            if self.welfare and (self.info or fields):
                return False   # 地域包括支援センターに駐車場はありますか
            if self.named and not self.wanted:
                return False
        if not fields or not self.needs:
            return self.own <= 1 or not self.needs
        return (self.kin == 0 and self.own <= 1 and self.needs <= 2)

    def _town(self) -> bool:
        """Things of the town are spoken of, and nobody's life."""
        if not self.town or self.trouble or self.needs > 1 or self.kin or self._turned() or (self.told > 8 and _LIFE & self.ids):
            return False
        if self.welfare:
            return False
        return self.wanted or (not self.named and not self.own and not self.chat and self.told >= 2)

    def _thanks(self) -> bool:
        """Thanks and a report that all is well: nothing more is wanted."""
        if "chat_only_thanks" in self.ids and self.own == 0 and not self.asks and not self._turned():
            return True
        done = bool(_THANKS & self.ids) or (self.over and not self.needs and not self.kin and not self.own)
        more = self.asks or self.trouble or self.own > 1 or {"context_turn", "farewell"} & self.ids
        return done and not more and (self.over or self.needs <= 1)

    def _mistaken(self) -> bool:
        if not _SENT_BY_MISTAKE & self.ids or self.needs or self.known or self.other:
            return False
        return self.own == 0 or "chat_mistake" in self.ids

    def _info(self, fields: Sequence[str]) -> bool:
        """Something is asked, and nobody's trouble told."""
        if self.own or self.trouble or self._turned() or "vague_opening" in self.ids:
            return False
        offered = bool(_OFFERS & self.ids)
        if not offered and (self.stranger or self.known or (self.kin and not (self.asks and self.info and not self.topics))):
            return False
        if self.sentences >= 3 and self.needs >= 2 and self.info < 3 and not offered:
            return False   # a question at the end of a story
        if "context_wish" in self.ids and not self.info:
            return False
        if not fields:
            named = self.info > 0 or (self.welfare and self.asks and self.short and self.sentences == 1 and self.told > 1)
            return named and self.topics == 0 and self.told > 0 and (self.asks or self.short)
        asked = (self.info and (self.short or self.asks)) or (self.asks and self.short and self.sentences == 1)
        return bool(asked) and (self.topics == 0 or (self.info > 0 and self.short and self.topics <= 2))

    def _turned(self) -> bool:
        """A question first, then what it is really about."""
        return "context_turn" in self.ids and bool(self.needs or self.own)

    def _chat(self) -> bool:
        if "farewell" in self.ids or "vague_opening" in self.ids:
            return False
        if self.own or self.needs or self.kin:
            return bool(self.chat) and self.own == 0 and not self.kin and not self.trouble and self.told <= 4
        if self.exaggerates or (self.heard and not self.asks):
            return True
        return bool(self.chat) and self.told <= (10 if not self.asks else 4)

    def _no_matter_of_ours(self) -> bool:
        """Nothing of anybody's life, no welfare, not even vague: some concrete thing is asked for or reported."""
        if self.personal or self.needs or self.named or self.welfare or "vague_opening" in self.ids or _LIFE & self.ids:
            return False
        asked = (self.asks and self.sentences == 1) or "request_to_town" in self.ids
        return asked and self.told >= 2 and self.things >= 1


class _Part(NamedTuple):
    """What one utterance adds."""

    ids: frozenset[str]
    intents: frozenset[tuple[str, str]]      # (intent, entry)
    told: frozenset[tuple[str, bool]]        # need or entry, and whether it is told as something that happens
    own: int
    over: bool
    heard: bool
    welfare: bool
    aged: bool
    sentences: int
    asks: bool
    exaggerates: bool
    words: int
    things: int
    length: int


def _part(reading: Reading) -> _Part:
    intents, told = set(), set()
    own = 0
    over = heard = welfare = False
    for found in reading.found:
        entry, weakened = found.entry, found.weakened
        welfare = welfare or entry.id == "welfare_subject"
        if entry.kind == "intent" and entry.intent:
            if weakened is None or entry.intent != "other":
                intents.add((entry.intent, entry.id))
        elif entry.id in _OWN:
            own += 1
        elif entry.id in _OVER or weakened == "past":
            over = True
        elif entry.kind in _TROUBLES:
            heard, welfare = heard or weakened == "news", True
            if weakened is None:
                told.add((entry.need or entry.id, entry.need is not None and found.happens))
    sentences = reading.clauses.sentence_of
    return _Part(
        reading.standing(), frozenset(intents), frozenset(told), own, over, heard, welfare,
        any(not placed.age.stage for placed in reading.ages),   # 乳児健診 tells of no child
        sentences[-1] + 1 if sentences else 0, reading.asks, reading.exaggerates, reading.told, reading.things, len(reading.text),
    )


def read(picture: Picture, readings: Sequence[Reading], *, given: AbstractSet[str] = frozenset()) -> Intent:
    """Weigh the intents of a conversation. given: needs that rules read out of what is told."""
    parts = [reading.noted("intent", _part) for reading in readings]
    part = parts[0] if len(parts) == 1 else _together(parts)
    needs, happens = {need for need, _ in part.told}, {need for need, so in part.told if so}
    meant = [intent for intent, _ in part.intents]
    town = sum([name.startswith(_TOWN) for _, name in part.intents])
    return Intent(
        info=meant.count("info"), other=meant.count("other") - town, chat=meant.count("chat"), town=town, ids=part.ids,
        asks=part.asks, own=min(part.own, 2), trouble=len(happens),
        topics=len(((needs | given) - happens) & HEAVY), needs=len(needs), kin=_kin(picture, trouble=len(happens), aged=part.aged),
        known=any((part.aged and one.age) or (one.named and not HEAVY.isdisjoint(one.needs)) for one in picture.living()),
        stranger=picture.writer == "neighbour", named=any(one.named and one is not picture.main for one in picture.people),
        over=part.over, heard=part.heard, welfare=part.welfare, exaggerates=part.exaggerates, told=part.words,
        things=part.things, length=part.length, sentences=part.sentences,
    )


def _together(parts: Sequence[_Part]) -> _Part:
    """Several utterances as one: ids of all, sums of counts, whatever one of them says."""
    return _Part(
        frozenset().union(*[part.ids for part in parts]), frozenset().union(*[part.intents for part in parts]),
        frozenset().union(*[part.told for part in parts]), sum([part.own for part in parts]),
        any(part.over for part in parts), any(part.heard for part in parts), any(part.welfare for part in parts), any(part.aged for part in parts),
        sum([part.sentences for part in parts]), any(part.asks for part in parts), any(part.exaggerates for part in parts),
        sum([part.words for part in parts]), sum([part.things for part in parts]), sum([part.length for part in parts]),
    )


def _kin(picture: Picture, *, trouble: int, aged: bool) -> int:
    """Persons of whom something is told, the writer and the one written about among them."""
    grown = aged and bool(picture.me.age) and not picture.me.minor()
    watched = picture.main is not None and bool(trouble or picture.main.age)
    told = sum(1 for one in picture.people if one.named and one is not picture.main and _has_a_story(one, aged=aged))
    return told + grown + watched


def _has_a_story(someone: Someone, *, aged: bool) -> bool:
    if someone.deceased:
        return False
    told = bool(someone.age and aged) or bool(set(someone.needs) - {"young_child"})
    return told or (someone.topical and someone.role not in ("child", "unknown"))
