"""Which meetings a person's matter may go to, which not, and why. The tool lists; people choose.

Pure: the pack's meetings, where the matter stands, and where the asker sits, in; offers out. Statutory ones stand
first, 「会議を開かず担当で」 stands always.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from handoff.coordination.consent import STATUS_NAMES, Standing
from handoff.desk.staff import SignedIn
from knowledge.schema import Meeting, Town

State = Literal["call", "ask", "closed"]
"""The asker may call it; may ask those who call it; nobody may now."""

WITHOUT_MEETING = "会議を開かず、担当どうしで進める"
KIND_NAMES = {"plan": "重層的支援会議", "support": "支援会議", "statutory": "法律で決まった会議・手続き", "other": "そのほかの会議"}
NOT_REGISTERED = "{authority}の要綱が登録されていません。市町村の支援会議（社会福祉法第106条の6）の定めを確かめてください。"


@dataclass(frozen=True, slots=True)
class Situation:
    """Where one person's matter stands."""

    share: Standing
    applied: bool = False
    assessed: bool = False
    drafted: bool = False
    pressing: bool = False
    crisis: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Offer:
    """A meeting as it is offered. meeting None: the town has none of the kind. missing: what has to come first."""

    kind: str
    name: str
    state: State
    meeting: Meeting | None = None
    advised: bool = False
    because: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    callers: tuple[str, ...] = ()


def offers(town: Town, statutory: Sequence[Meeting], situation: Situation, *, staff: SignedIn) -> list[Offer]:
    """All meetings for one person, what the law asks for first."""
    return [
        *_statutory(statutory, situation),
        *(_plan(town, meeting, situation, staff=staff) for meeting in _running(town, "plan")),
        *(_support(town, meeting, situation, staff=staff) for meeting in _running(town, "support")),
        *_absent(town),
    ]


def callers_of(town: Town, meeting: Meeting) -> frozenset[str]:
    """Full ids of the windows that may call it."""
    return frozenset(f"{town.id}.{window}" for window in meeting.conveners or (town.municipality.coordinator.window,))


def may_call(staff: SignedIn, town: Town, meeting: Meeting) -> bool:
    return meeting.kind != "other" and not staff.windows.isdisjoint(callers_of(town, meeting))


def _running(town: Town, kind: str) -> Iterator[Meeting]:
    return (meeting for meeting in town.meetings if meeting.kind == kind and meeting.status == "running")


def _statutory(meetings: Sequence[Meeting], situation: Situation) -> Iterator[Offer]:
    """Advised before all others where their danger is seen; these are not called from here."""
    for meeting in meetings:
        if not situation.crisis.isdisjoint(meeting.for_crisis):
            because = (f"{meeting.basis}。ほかの会議より先に、この手続きに入るかを決めてください。",)
            yield Offer("statutory", meeting.name, "ask", meeting, advised=True, because=because)


def _plan(town: Town, meeting: Meeting, situation: Situation, *, staff: SignedIn) -> Offer:
    missing = tuple(_missing(meeting, situation))
    if missing:
        return _offer(town, meeting, "closed", missing=missing)
    because = ("同意・利用申込・アセスメント・プラン案がそろっています。",)
    state: State = "call" if may_call(staff, town, meeting) else "ask"
    return _offer(town, meeting, state, advised=True, because=because)


def _missing(meeting: Meeting, situation: Situation) -> Iterator[str]:
    if meeting.needs_consent is not False and not situation.share.given:
        yield f"本人の同意（いまは「{STATUS_NAMES[situation.share.status]}」）"
    for there, what in (
        (situation.applied, "利用申込"), (situation.assessed, "アセスメント"), (situation.drafted, "プラン案"),
    ):
        if not there:
            yield what


def _support(town: Town, meeting: Meeting, situation: Situation, *, staff: SignedIn) -> Offer:
    """No consent needed, and so a ground and a purpose, and only those whom the pack names may call it."""
    state: State = "call" if may_call(staff, town, meeting) else "ask"
    if situation.share.given:
        return _offer(town, meeting, state, because=("本人の同意があります。同意による会議を先に考えてください。",))
    consent = f"本人の同意は「{STATUS_NAMES[situation.share.status]}」です。{meeting.basis}にもとづき、構成員に守秘義務があります。"
    pressing = ("急ぎの事情があります。",) if situation.pressing else ()
    return _offer(town, meeting, state, advised=situation.pressing, because=(*pressing, consent))


def _offer(
    town: Town, meeting: Meeting, state: State, *, advised: bool = False, because: tuple[str, ...] = (),
    missing: tuple[str, ...] = (),
) -> Offer:
    callers = tuple(town.window(window).name for window in sorted(callers_of(town, meeting)))
    only = (f"招集できるのは {'、'.join(callers)} だけです。",) if state == "ask" else ()
    return Offer(meeting.kind, meeting.name, state, meeting, advised, (*because, *only), missing, callers)


def _absent(town: Town) -> Iterator[Offer]:
    """Kinds that this town has not, or not yet: shown, so that nobody looks for them."""
    authority = town.name[-1]
    for kind in ("plan", "support"):
        planned = [one for one in town.meetings if one.kind == kind and one.status == "planned"]
        for meeting in planned:
            why = "まだ動いていません（計画では準備中です）。"
            yield Offer(kind, meeting.name, "closed", meeting, missing=(why,))
        if not planned and not any(_running(town, kind)):
            yield Offer(kind, KIND_NAMES[kind], "closed", missing=(NOT_REGISTERED.format(authority=authority),))


OF_CONVENIENCE = re.compile(
    r"(関係機関|関係者|事務|業務|手続き?|作業|処理|連絡|調整|対応|仕事|職員|担当者?|支援者|支援する側|庁内|機関|役所|役場|情報|共有|会議|開催|開く|集まる)"
)
EASE = re.compile(
    r"(円滑|スムーズ|効率よく|効率|簡単|簡略|楽に|便利|都合|手間|省く|省力|時短|迅速|速やか|早く|すばやく|まとめて|一度に|一回で|負担|軽減|減らす)"
)
FILLER = re.compile(
    r"(ため|よう|こと|もの|とき|する|したい|します|しやすく|やすく|行う|行い|進める|進め|図る|図り|化|的|なる|なり|です|ます|たい|"
    r"必要|間|側|上|等|など|として|による|[のをにがはでとへもやかし、。・，．\s「」（）])"
)
ABOUT_A_PERSON = 4
"""Signs that must be left when talk of convenience is taken away: a purpose speaks of somebody's life."""


def only_convenience(purpose: str) -> bool:
    """Whether a purpose speaks of nothing but the ease of those who help. The law's meeting is not for that."""
    rest = FILLER.sub("", EASE.sub("", OF_CONVENIENCE.sub("", purpose)))
    return len(rest) < ABOUT_A_PERSON
