"""Who is who: every mention becomes a person with role and age; the topic carries over clauses and messages.

Reads the conversation utterance by utterance and gives each match to the person it speaks of. Must not know: fields,
patterns, urgency.
"""

from collections.abc import Sequence

from knowledge.schema import About
from triage import attach
from triage.context import Found
from triage.picture import Mention, Picture, Someone, Spoken
from triage.reading import Placed, Reading
from triage.writer import lives_there, next_door, part, writer

_NEUTRAL = frozenset(("person_woman", "person_man", "person_somebody"))
_GENERIC = {"person_child": "child", "person_parents": "parent", "person_siblings": "sibling", "person_grandparents": "grandparent"}
_COMPOSED: dict[tuple[About, About], About] = {
    ("spouse", "parent"): "parent", ("spouse", "sibling"): "other_family", ("parent", "sibling"): "other_family",
    ("parent", "parent"): "grandparent", ("child", "child"): "other_family", ("child", "spouse"): "other_family",
    ("sibling", "child"): "other_family", ("sibling", "spouse"): "other_family", ("spouse", "child"): "child",
    ("grandparent", "sibling"): "other_family", ("other_family", "child"): "other_family",
}
OLD = (65, 100)
PUPIL = (10, 17)
_STUDENT = "student_sign"
LITTLE = 9   # nobody of this age writes such messages
_ADULT_SIGNS = frozenset(("person_husband", "person_wife", "person_grandchild", "person_child", "person_son", "person_daughter"))


class Teller:
    """Builds a Picture from readings. One per decision."""

    def __init__(self, readings: Sequence[Reading], borne: frozenset[str]) -> None:
        """borne: marks that are asked for of persons, beside needs and dangers; whose the others are is not worked out."""
        self._readings = readings
        self._borne = borne
        self.picture = Picture(Someone("self", "person_self"))
        self._topic: Someone | None = None
        self._number = 0
        self._last_child: Someone | None = None

    def tell(self) -> Picture:
        """Read all utterances in order."""
        self._who_writes()
        base = 0
        for number, reading in enumerate(self._readings):
            self._utterance(reading, base, number)
            base += len(reading.text) + 1
        self._student()
        self._old_couples()
        self._settle_marks()
        return self.picture

    def _who_writes(self) -> None:
        everyone = [found for reading in self._readings for found in reading.persons]
        picture = self.picture
        picture.writer = writer(self._readings)
        if picture.writer != "self":
            picture.main = Someone(picture.writer, "main", named=True, topical=True)
            picture.people.append(picture.main)
            self._topic = picture.main
        picture.adult = picture.writer != "self" or any(found.id in _ADULT_SIGNS for found in everyone)

    def _student(self) -> None:
        """A pupil who tells no age is between ten and eighteen."""
        picture = self.picture
        if picture.writer != "self" or picture.adult or picture.me.age is not None:
            return
        if any(_STUDENT in reading.standing() for reading in self._readings):
            picture.me.age = PUPIL

    def _old_couples(self) -> None:
        """じいさん, おばあさん, お父さん of somebody old is the husband or wife."""
        me = self.picture.me
        if self.picture.writer != "self" or me.age is None or not me.old():
            return
        for someone in self.picture.people:
            near = someone.age is not None and abs(someone.age[0] - me.age[0]) < 15
            if someone.role == "grandparent" or (someone.role == "parent" and near):
                someone.role = "spouse"

    def _utterance(self, reading: Reading, base: int, number: int) -> None:
        self._number = number
        mentions = self._mentions(reading, base)
        self._ages(reading, mentions, base)
        self.picture.mentions.append(mentions)
        subjects: dict[int, Someone] = {}
        pending = list(mentions)
        for found in reading.noted(("somebody's", self._borne), self._somebodys):
            while pending and pending[0].first < found.hit.first:
                self._advance(pending.pop(0), subjects)
            holder = self._holder(found, reading, mentions)
            self.picture.spoken.append(Spoken(found, base + found.hit.begin, base + found.hit.end, number, holder))
        for mention in pending:
            self._advance(mention, subjects)

    def _somebodys(self, reading: Reading) -> tuple[Found, ...]:
        return tuple([found for found in reading.found if found.entry.of_somebody or not self._borne.isdisjoint(found.entry.names)])

    # -- mentions

    def _mentions(self, reading: Reading, base: int) -> list[Mention]:
        mentions: list[Mention] = []
        door = -9   # where 隣 or 裏 ended: whoever follows lives there
        for name in reading.noted("names", attach.names):
            found, hit, link = name.found, name.found.hit, name.link
            role = hit.term.role or "unknown"
            if door >= 0 and self.picture.writer == "neighbour" and lives_there(reading.line, door, hit.first):
                role = "neighbour"
            if part(found) == "place":
                door = hit.last
            elif role not in ("unknown", "neighbour"):
                door = -9
            if role == "client" or (mentions and hit.first < mentions[-1].last) or name.absent:
                continue
            if role == "neighbour" and part(found) == "place" and next_door(found, reading.persons, reading.line) is None:
                continue
            if name.itself and role not in ("self", "unknown", "neighbour"):
                self.picture.adult = self.picture.adult or role in ("parent", "grandparent", "spouse")
                role = "self"
            if mentions and attach.belongs(reading.line, mentions[-1], hit.first):
                role = _COMPOSED.get((mentions[-1].someone.role, role), role)
                if (mentions[-1].someone.role, hit.term.role) in _COMPOSED:
                    mentions[-1].link = "owner"
            someone = self._someone(role, found, reading)
            if someone is None:
                continue
            someone.named = True
            someone.evidence.append((base + hit.begin, base + hit.end))
            if name.dead:
                someone.deceased = True
            mentions.append(Mention(someone, hit.first, hit.last, link, found.clause, found.sentence, name.aside))
        return mentions

    def _someone(self, role: About, found: Found, reading: Reading) -> Someone | None:
        picture = self.picture
        if role == "self":
            return picture.me
        if role == "neighbour" and picture.main is not None and picture.writer == "neighbour":
            return picture.main
        if picture.main is not None and (found.id in _NEUTRAL or role in ("neighbour", "grandparent")):
            if role == "grandparent" and picture.main.age is None:
                picture.main.age = OLD
            return picture.main
        if found.id in _NEUTRAL or role in ("unknown", "neighbour"):
            return None
        return self._kin(role, found)

    def _kin(self, role: About, found: Found) -> Someone:
        same = self.picture.of_role(role)
        for someone in reversed(same):
            if someone.key == found.id:
                return someone
        generic = _GENERIC.get(found.id)
        if generic and same:
            return same[-1]
        for someone in same:
            if someone.key in _GENERIC:
                someone.key = found.id
                return someone
        someone = Someone(role, found.id)
        self.picture.people.append(someone)
        return someone

    def _advance(self, mention: Mention, subjects: dict[int, Someone]) -> None:
        if mention.someone.deceased or mention.link == "owner":
            return
        if mention.link in ("topic", "of", "bare") or (mention.clause not in subjects and mention.link not in ("other", "object", "dative")):
            subjects[mention.clause] = mention.someone
            self._topic = mention.someone
            mention.someone.topical = True

    # -- ages

    def _ages(self, reading: Reading, mentions: list[Mention], base: int) -> None:
        before: tuple[Placed, Someone] | None = None
        for placed in reading.ages:
            beside = attach.beside(placed, reading.line, mentions)
            someone = beside or self._whose_age(placed, reading, mentions, before)
            if someone is None:
                continue
            age = (placed.age.low, placed.age.high)
            if someone.age is not None and not someone.may_be(*age) and someone.role in ("child", "sibling", "other_family", "parent"):
                someone = self._another(someone)
            if someone.age is None or not placed.age.stage:
                someone.age = age
            someone.evidence.append((base + placed.age.begin, base + placed.age.end))
            before = (placed, someone)
            if beside is None:
                self._age_as_mention(placed, someone, reading, mentions)

    @staticmethod
    def _age_as_mention(placed: Placed, someone: Someone, reading: Reading, mentions: list[Mention]) -> None:
        """小2、ADHDの診断が出ました: an age stands for the person."""
        at = min(placed.first, len(reading.clauses.clause_of) - 1)
        if at < 0:
            return
        link = attach.link_after(reading.line, placed.last)
        clause, sentence = reading.clauses.clause_of[at], reading.clauses.sentence_of[at]
        mentions.append(Mention(someone, placed.first, placed.last, link, clause, sentence))
        mentions.sort(key=lambda mention: mention.first)

    def _another(self, someone: Someone) -> Someone:
        twin = Someone(someone.role, someone.key, named=True)
        self.picture.people.append(twin)
        return twin

    def _whose_age(
        self, placed: Placed, reading: Reading, mentions: list[Mention], before: tuple[Placed, Someone] | None
    ) -> Someone | None:
        if before is not None and placed.first - before[0].last <= 2 and before[1].role != "self":
            return before[1]
        age = placed.age
        if self.picture.main is not None:
            return self.picture.main if self.picture.main.age is None else self._plausible(placed, reading, mentions)
        if age.high <= LITTLE:
            return self._child()
        if age.high < 18 and age.low < 18 and self.picture.adult:
            return self._child()
        return self._plausible(placed, reading, mentions)

    def _plausible(self, placed: Placed, reading: Reading, mentions: list[Mention]) -> Someone | None:
        sentence = attach.sentence_at(reading, placed.first)
        alone = attach.lonely(reading, placed)
        answer = len(reading.text) <= 14 and placed.first == 0
        local = [m for m in mentions if m.sentence == sentence and m.first < placed.first and m.link in ("topic", "bare")]
        if local and not alone and local[-1].someone.age is None and attach.fits(local[-1].someone, placed.age):
            return local[-1].someone
        earlier = [m.someone for m in mentions if m.first < placed.first and m.link in ("topic", "of", "bare") and not m.someone.deceased]
        topic = earlier[-1] if earlier else self._asked_after(placed) or self._topic
        me = self.picture.me
        free = topic is not None and topic is not me and topic.age is None and attach.fits(topic, placed.age)
        if free and topic is not None and (answer or not self._rather_me(topic, placed, alone)):
            return topic
        if self.picture.writer != "self":
            return None
        return me if me.age is None else None

    def _asked_after(self, placed: Placed) -> Someone | None:
        """52です at the start of a later message answers for the one spoken of before, though the writer came between."""
        if self._number == 0 or placed.first:
            return None
        waiting = [one for one in self.picture.people if one.topical and one.age is None and not one.deceased]
        return waiting[-1] if waiting else None

    def _rather_me(self, topic: Someone, placed: Placed, alone: bool) -> bool:
        """An age without a name: the topic's, unless nobody of that role is so old."""
        age = placed.age
        if topic.role in ("parent", "grandparent"):
            return age.high < 60
        if topic.role == "sibling":
            return age.high < 18 and (alone or not self.picture.adult)
        return topic.role == "spouse" and alone and self.picture.me.age is None

    def _child(self) -> Someone:
        children = self.picture.of_role("child")
        if children:
            return children[-1]
        child = Someone("child", "person_child")
        self.picture.people.append(child)
        return child

    # -- who holds a match

    def _holder(self, found: Found, reading: Reading, mentions: list[Mention]) -> Someone | None:
        entry = found.entry
        described = attach.described(found.hit, reading.line, mentions) if mentions else None
        if described is not None:
            return described
        near = attach.nearest(found, mentions) if mentions else None
        if near is not None:
            if entry.need in attach.OF_THE_WRITER and near.link != "topic" and self.picture.writer == "self":
                return self.picture.me
            return near.someone
        if entry.need in attach.OF_THE_WRITER and self.picture.writer == "self":
            return self.picture.me
        if entry.need in attach.OF_A_CHILD and self.picture.adult:
            return self._minor_child()
        if entry.need in attach.OF_A_CHILD and self.picture.me.minor():
            return self.picture.me
        if entry.need in attach.OF_A_PUPIL and self._speaks_as_pupil(found, reading):
            return self.picture.me
        if entry.need in attach.OF_A_GROWN_UP and self.picture.writer == "self" and self._topic_is_little():
            return self.picture.me
        if self._topic is not None:
            return self._topic
        return self._by_role(entry.role) if entry.role is not None else self._by_default(entry.need)

    def _speaks_as_pupil(self, found: Found, reading: Reading) -> bool:
        """学校に行きたくない of somebody who names no child: the pupil writes."""
        me = self.picture.me
        if self.picture.writer != "self" or self.picture.adult or self.picture.of_role("child") or self.picture.of_role("other_family"):
            return False
        if me.age is not None or not attach.first_person(found, reading):
            return me.minor()
        me.age = PUPIL
        return True

    def _by_default(self, need: str | None) -> Someone:
        if self.picture.main is not None:
            return self.picture.main
        if need in attach.OF_A_CHILD and not self.picture.me.minor():
            return self._minor_child()
        return self.picture.me

    def _minor_child(self) -> Someone:
        if self._topic is not None and self._topic.role in ("child", "other_family"):
            return self._topic
        return self._child()

    def _topic_is_little(self) -> bool:
        topic = self._topic
        return topic is not None and topic.role in ("child", "other_family") and (topic.age is None or topic.age[1] < 16)

    def _by_role(self, role: About) -> Someone:
        if role == "self":
            return self.picture.main or self.picture.me
        same = self.picture.of_role(role)
        if same:
            return same[-1]
        someone = Someone(role, f"person_{role}")
        self.picture.people.append(someone)
        return someone

    def _settle_marks(self) -> None:
        for spoken in self.picture.spoken:
            found, holder = spoken.found, spoken.holder
            if holder is None or found.weakened is not None:
                continue
            span = (spoken.begin, spoken.end)
            term = found.entry
            for name in term.names:
                holder.marks.setdefault(name, []).append(span)
            if term.heavy and term.need is not None:
                holder.needs.setdefault(term.need, []).append(span)
