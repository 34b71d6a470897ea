"""次にすること: the one line that staff read first. Fixed, reviewed sentences; nothing here diagnoses or promises.

Pure: a decision, the town and why a person is needed, in; one Japanese sentence out.
"""

from collections.abc import Sequence

from handoff.intake.callback import Wish
from handoff.intake.clauses import wishes_erased
from knowledge.schema import CrisisKind, Town
from triage.types import Decision

IN_DANGER: tuple[tuple[CrisisKind, str], ...] = (
    ("medical", "119に連絡がついたかを、この会話で確かめる"),
    ("suicide", "いまの安全をこの会話で確かめ、返事がないときの動きを決める"),
    ("self_harm", "いまの安全をこの会話で確かめ、返事がないときの動きを決める"),
    ("dv", "この会話の中だけで返信する。こちらから電話・郵便・家族への連絡はしない"),
    ("sexual_violence", "この会話の中だけで返信する。こちらから電話・郵便・家族への連絡はしない"),
    ("child_abuse", "子どものいまの安全を確かめ、虐待対応の手順に入るかを決める"),
    ("elder_abuse", "本人のいまの安全を確かめ、虐待対応の手順に入るかを決める"),
    ("disability_abuse", "本人のいまの安全を確かめ、虐待対応の手順に入るかを決める"),
    ("no_shelter", "今夜の寝る所があるかを確かめて返信する"),
    ("no_food", "今日の食べものがあるかを確かめて返信する"),
    ("lifeline_cut", "電気・ガス・水道がいつ止まるかを確かめて返信する"),
)
"""Gravest first; the first kind that the decision has gives the step."""

WHEN_SPOKEN: dict[CrisisKind, str] = {
    "medical": "119に連絡がついたかを確かめる",
    "suicide": "いまの安全を確かめ、連絡がつかないときの動きを決める",
    "self_harm": "いまの安全を確かめ、連絡がつかないときの動きを決める",
    "dv": "本人が言った方法と時間だけで連絡する。郵便・家族への連絡はしない",
    "sexual_violence": "本人が言った方法と時間だけで連絡する。郵便・家族への連絡はしない",
    "no_shelter": "今夜の寝る所があるかを確かめて連絡する",
    "no_food": "今日の食べものがあるかを確かめて連絡する",
    "lifeline_cut": "電気・ガス・水道がいつ止まるかを確かめて連絡する",
}
"""The same where they spoke to staff: there is no conversation to answer in."""

WITHOUT_WORDS = {
    "media": "文字でない発言（声・写真など）を開いて確かめ、返信する",
    "asked_enough": "困りごとがまだはっきりしない。この会話で一つだけたずねる",
    "parked": "自動では読めなかった発言がある。原文を読んで返信する",
}

ERASE = "「消したい」との希望がある。この会話で確かめ、終わりにしてから、消すことを管理者に頼む"


def next_step(decision: Decision, town: Town, *, windows: Sequence[str], why: str, spoken: bool = False) -> str:
    """The sentence. `windows` are the ticket's, the main one first; spoken: heard by staff, so nothing can be sent."""
    for kind, step in IN_DANGER:
        if kind in decision.crisis:
            return WHEN_SPOKEN.get(kind, step) if spoken else step
    if why in WITHOUT_WORDS:
        return WITHOUT_WORDS[why]
    if wishes_erased(decision):
        return ERASE
    main = _short_name(town, windows[0]) if windows else town.municipality.coordinator.title
    if "outreach" in decision.patterns:
        return f"{main}が見守りや訪問の担当を決める。知らせてくれた人に本人のことは伝えない"
    if spoken:
        also = f"し、{town.municipality.coordinator.title}に声をかける" if decision.complex else "する"
        return f"{main}から本人に連絡{also}"
    if decision.complex:
        return f"{main}が返信し、{town.municipality.coordinator.title}に声をかける"
    return f"{main}からこの会話に返信する"


def call_step(wish: Wish) -> str:
    """The first step where the resident asks to be telephoned: when, and whom it must be kept from."""
    if not wish.number:
        return "電話の希望があります。番号はまだ書かれていないので、この会話でたずねる"
    secret = f"{wish.secret}に知られないように" if wish.secret else ""
    how = "、".join(part for part in (wish.time, secret) if part)
    return f"電話（{how}）" if how else "電話をかける"


def _short_name(town: Town, window_id: str) -> str:
    window = town.window(window_id)
    return window.short or window.name
