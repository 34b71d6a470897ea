"""One municipality: what its plan says, typed. Unknown stays unknown (None), nothing is invented.

`Town` is the whole pack, put together by the loader from the files of `municipalities/<id>/`.
"""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal

from pydantic import Field as Default
from pydantic import StringConstraints

from knowledge.schema.answer_times import OUR_LINE, AnswerTimes
from knowledge.schema.answers import AnswerText
from knowledge.schema.common import Confidence, CrisisKind, Fact, Field, Id, Language, Sourced, Text
from knowledge.schema.contacts import Clock, Weekday
from knowledge.schema.faq import FaqEntry
from knowledge.schema.words import LexiconFile

Form = Literal[
    "direct", "consigned", "direct_and_consigned", "subsidised", "direct_and_subsidised", "prefecture_consigned",
    "appointed", "unknown",
]
Relation = Literal["same_body", "consigned", "other_body"]
Topic = Id
Origin = Annotated[str, StringConstraints(pattern=r"^https://[a-z0-9.-]+(:[0-9]{1,5})?$")]


class Hours(Fact):
    """Opening hours of a window or of the town hall. confirmed False = only for time estimates, never shown as fact."""

    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    start: Clock = "08:30"
    end: Clock = "17:15"
    lunch: tuple[Clock, Clock] | None = None
    confirmed: bool = False


class Closed(Fact):
    """Days on which the town hall is shut beside 土日祝, such as 年末年始. Month-day, inclusive, may cross the new year."""

    start: str
    end: str
    name: Text


class Desk(Fact):
    """係: part of a window with its own telephone (01558-6-2200 form, with area code) and topics."""

    id: Id
    name: Text
    telephone: str | None = None
    fax: str | None = None
    topics: tuple[Topic, ...] = ()


class Office(Fact):
    """One of several places of a window (包括 北・南), chosen by the resident's area."""

    id: Id
    name: Text
    area: Text | None = None
    telephone: str | None = None
    address: Text | None = None


class Window(Sourced):
    """窓口. Full id is `<municipality>.<id>`.

    fields: those of the four it answers for, most its own first; topics: finer subjects it takes (closed list in
    the glossary); count: number of places in the plan; staffed_days: days a week with somebody there, where the
    plan says; intake False = staff work with it but residents are not sent there on their own (生活保護実施機関, 税務課 …).
    """

    id: Id
    name: Text
    short: Text | None = None
    fields: tuple[Field, ...] = ()
    topics: tuple[Topic, ...] = ()
    form: Form = "unknown"
    relation: Relation
    run_by: Text | None = None
    desks: tuple[Desk, ...] = ()
    offices: tuple[Office, ...] = ()
    count: int | None = None
    telephone: str | None = None
    fax: str | None = None
    address: Text | None = None
    area: Text | None = None
    hours: Hours | None = None
    staffed_days: Text | None = None
    intake: bool = True
    about: Text | None = None
    valid: tuple[date, date] | None = None

    def desk_for(self, topics: Iterable[Topic]) -> Desk | None:
        """The first desk that takes one of the topics, in their order; None when the window answers as a whole."""
        return next((desk for topic in topics for desk in self.desks if topic in desk.topics), None)


class Programme(Sourced):
    """One of the five 事業 (包括的相談, 地域づくり, 多機関協働, アウトリーチ等, 参加支援) and who runs it here."""

    kind: Literal["intake", "community", "coordination", "outreach", "participation"]
    name: Text
    status: Literal["running", "planned", "unknown"]
    run_by: Text | None = None
    windows: tuple[Id, ...] = ()
    about: Text | None = None


class Coordinator(Sourced):
    """多機関協働の調整役: the window that holds tangled cases; direct = residents may come to it themselves."""

    window: Id
    title: Text
    organisation: Text
    people: Text | None = None
    direct: bool = False


class Finality(Fact):
    """How a plan becomes final here, by what it holds of アウトリーチ等 and 参加支援.

    final_after: the town's own decision, or the meeting's approval; report_to_town: told to the town afterwards.
    """

    holds: Literal["only_programmes", "programmes_and_more", "no_programmes"]
    label: Text
    final_after: Literal["town_decision", "approval"]
    report_to_town: bool = False


class Meeting(Sourced):
    """A meeting of the plan under its local name. kind: plan 重層的支援会議, support 支援会議(106条の6), statutory, other.

    conveners: windows that alone may call it (none named: the coordinator's); rounds: regular meetings a year where
    the plan counts them; for_crisis: kinds of danger that a statutory meeting or procedure is there for.
    confidence: `recalled` where legal_basis was written from knowledge of the law and nobody has read the article for it.
    """

    id: Id
    name: Text
    kind: Literal["plan", "support", "statutory", "other"]
    status: Literal["running", "planned"] = "running"
    legal_basis: Text | None = None
    confidence: Confidence = "read"
    convened_by: tuple[Text, ...] = ()
    conveners: tuple[Id, ...] = ()
    rounds: int | None = None
    for_crisis: tuple[CrisisKind, ...] = ()
    finality: tuple[Finality, ...] = ()
    decides: Text | None = None
    triggers: tuple[Text, ...] = ()
    members: tuple[Text, ...] = ()
    secretariat: Text | None = None
    regular: Text | None = None
    needs_consent: bool | None = None
    agenda: tuple[Text, ...] = ()
    note: Text | None = None

    @property
    def basis(self) -> str | None:
        """The legal basis as staff read it: what nobody has looked up says so."""
        sure = self.legal_basis is None or self.confidence == "read"
        return self.legal_basis if sure else f"{self.legal_basis}（条文は要確認）"


class Resource(Sourced):
    """地域づくり・参加支援 resource. public False: staff only (private persons' names and numbers that a plan prints)."""

    id: Id
    name: Text
    kind: Literal[
        "salon", "cafe", "child_place", "activity_centre", "volunteer", "peer", "work", "transport", "food", "other",
    ]
    suits: tuple[Text, ...] = ()
    fields: tuple[Field, ...] = ()
    run_by: Text | None = None
    place: Text | None = None
    telephone: str | None = None
    public: bool = True
    about: Text | None = None


class Indicator(Sourced):
    """A figure of the plan: target 目標, estimate 見込み, result 実績."""

    id: Id
    name: Text
    kind: Literal["target", "estimate", "result"]
    value: float
    unit: Text
    at_least: bool = False
    fiscal_year: int | None = None


class Parameter(Sourced):
    """A threshold of the rules that differs between towns or laws (`young_carer_age_limit`, …); None = no limit."""

    id: Id
    value: int | None


class GlossaryTerm(Sourced):
    """用語解説 of the plan, in our own words where it is long."""

    term: Text
    meaning: Text


class Plan(Sourced):
    """The plan itself; an ended period shows 要確認."""

    title: Text
    start: date | None = None
    end: date | None = None
    status: Text | None = None


class SafetyCheck(Sourced):
    """Within how many real hours, nights and holidays too, somebody must have seen that a person is safe.

    crisis: the kinds of report that it is for; name, basis: as staff read them. Towns set their own time by the same id.
    confidence: `recalled` where nobody has opened the source for it.
    """

    id: Id
    crisis: tuple[CrisisKind, ...]
    name: Text
    basis: Text
    confidence: Confidence = "read"
    hours: Annotated[int, Default(ge=1, le=240)]


class Municipality(Sourced):
    """`municipality.yaml`.

    night: who reads outside hours (none | duty_desk | on_call); None = not yet told by the town, refused by
    `check --production`. night_answer_minutes: how long a person on duty has before the next is called. languages: in which
    the bot answers here; what no native speaker has read (`ReplyFile.draft`) goes out only where it is named.
    websites: origins of the town's own sites that may show the web chat (https://www.example.jp).
    general_desk: where what is not welfare goes. field_windows: order in which windows of a field are named;
    crisis_windows: owner of each kind of crisis, also when no field shows. answer_times: by when the town answers. unsend_in_crisis: what a resident takes back
    while a crisis record is open is erased, or kept under seal where the console does not show it.
    retention_days: how long a consultation is kept after its end, as residents are told; case_retention_days: a case of
    多機関協働 with its plans and minutes. None = not set by the town: nothing of the kind is ever removed.
    """

    id: Id
    name: Text
    kana: Text
    prefecture: Text
    languages: tuple[Language, ...] = ("ja",)
    websites: tuple[Origin, ...] = ()
    plan: Plan
    main_telephone: str | None = None
    address: Text | None = None
    general_desk: Text
    general_desk_window: Id | None = None
    hours: Hours | None = None
    assumed_hours: Hours = Hours()
    closed: tuple[Closed, ...] = (Closed(start="12-29", end="01-03", name="年末年始"),)
    answer_times: AnswerTimes | None = None
    night: Literal["none", "duty_desk", "on_call"] | None = None
    night_answer_minutes: Annotated[int, Default(ge=2, le=120)] = 10
    unsend_in_crisis: Literal["erase", "seal"] = "erase"
    report_telephones: dict[CrisisKind, str] = Default(default_factory=dict)
    operator: Text
    retention_days: Annotated[int, Default(ge=1)] | None = None
    case_retention_days: Annotated[int, Default(ge=1)] | None = None
    coordinator: Coordinator
    programmes: tuple[Programme, ...]
    field_windows: dict[Field, tuple[Id, ...]]
    topic_windows: dict[Topic, tuple[Id, ...]] = Default(default_factory=dict)
    crisis_windows: dict[CrisisKind, tuple[Id, ...]]
    parameters: tuple[Parameter, ...] = ()
    safety_checks: tuple[SafetyCheck, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    glossary: tuple[GlossaryTerm, ...] = ()


class Town(Fact):
    """The whole pack of one municipality."""

    municipality: Municipality
    windows: tuple[Window, ...]
    meetings: tuple[Meeting, ...] = ()
    resources: tuple[Resource, ...] = ()
    replies: dict[str, dict[str, str]] = Default(default_factory=dict)
    lexicon: LexiconFile | None = None
    faq: tuple[FaqEntry, ...] = ()
    safety_checks: tuple[SafetyCheck, ...] = ()
    """The town's own, and those of the country that it has not set itself."""
    answers: tuple[AnswerText, ...] = ()
    without_answers: tuple[Id, ...] = ()

    @property
    def id(self) -> str:
        return self.municipality.id

    @property
    def name(self) -> str:
        return self.municipality.name

    def speaks(self, wanted: str) -> str:
        """The language in which this town answers somebody who would like `wanted`: one of those it has chosen."""
        chosen = self.municipality.languages
        if wanted in chosen or wanted == "ja":
            return wanted
        return "ja-easy" if "ja-easy" in chosen else "ja"

    @property
    def answer_times(self) -> AnswerTimes:
        """The town's choice, or the product's own line."""
        return self.municipality.answer_times or OUR_LINE

    def window(self, window_id: str) -> Window:
        """The window of a local (`fukushi`) or full (`taiki.fukushi`) id. KeyError when there is none."""
        local = window_id.removeprefix(self.id + ".")
        for window in self.windows:
            if window.id == local:
                return window
        raise KeyError(window_id)
