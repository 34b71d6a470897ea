"""Which fields officials may change of a thing, in the order of its page, and what each is called there.

Knows no data: how fields are shown and read is `editing_forms`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from knowledge.overlay import Kind
from knowledge.schema import CRISIS_KINDS, FIELDS, Town
from knowledge.types import Knowledge

How = Literal["line", "number", "text", "lines", "choice", "choices", "hours", "closed", "desks", "reports", "weights", "flag", "table"]
DAYS = {"mon": "月", "tue": "火", "wed": "水", "thu": "木", "fri": "金", "sat": "土", "sun": "日"}
NIGHTS = {"none": "だれも読まない", "duty_desk": "宿直が読む", "on_call": "呼び出しの当番がいる"}
REPORTED = ("child_abuse", "elder_abuse", "disability_abuse")
DESK_PARTS = {"name": "係の名前", "telephone": "電話", "fax": "FAX"}
LANGUAGES = {
    "ja": "日本語", "ja-easy": "やさしい日本語", "en": "英語", "zh": "中国語", "vi": "ベトナム語", "pt": "ポルトガル語",
    "tl": "フィリピノ語", "ko": "韓国語", "es": "スペイン語", "ne": "ネパール語", "id": "インドネシア語",
}
WORD_KINDS = {"need": "困りごと", "setting": "背景（それだけでは案内しない）", "crisis": "危険を知らせる言葉", "idiom": "別の意味の言い方（数えない）"}
LEVELS = {"emergency": "いますぐ", "urgent": "急ぎ", "normal": "ふつう"}
WEIGHTS = {"": "関係ない", "1": "1 すこし", "2": "2", "3": "3 ふつう", "4": "4", "5": "5 これだけで案内"}
RELATIONS = {"": "えらんでください", "same_body": "役所の課・係", "consigned": "役所からの委託先", "other_body": "別の機関"}
TABLES = {"ways": "案内の先（分野と危険）", "topics": "案内の先（話題）"}
"""Parts of the town's own file with a page of their own."""
KIND_NAMES: dict[Kind, str] = {
    "town": "役所全体のこと", "window": "窓口", "reply": "返事の文", "faq": "よくある質問", "word": "言葉",
}


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form. options: id → label, for choices; rows: the same of a table's rows, each an ordered choice.

    flag: a tick that stands for False, for what is True unless somebody says otherwise.
    """

    name: str
    label: str
    how: How
    hint: str = ""
    options: Mapping[str, str] | None = None
    rows: Mapping[str, str] | None = None


def fields_of(about: tuple[Kind, str], town: Town, knowledge: Knowledge) -> tuple[FormField, ...]:
    """The fields of a thing, in the order of its page. Of its key only the town's parts need to know."""
    kind, key = about
    words, topics = knowledge.glossary.words, knowledge.glossary.topics
    areas: dict[str, str] = {field: words.get(f"field_{field}", field) for field in FIELDS}
    crises: dict[str, str] = {kind: words.get(f"crisis_{kind}", kind) for kind in CRISIS_KINDS}
    match kind:
        case "town" if key in TABLES:
            return _tables(key, town, areas, crises, topics)
        case "town":
            kinds = dict.fromkeys([*REPORTED, *town.municipality.report_telephones])
            reports = replace(_REPORTS, options={kind: crises.get(kind, kind) for kind in kinds})
            return (*_TOWN, reports, replace(_LANGUAGES, options=_spoken(knowledge)))
        case "window":
            return (
                *_WINDOW, FormField("fields", "受ける分野", "choices", options=areas),
                FormField("topics", "受ける話題", "choices", options=topics), _INTAKE, _SOURCE,
            )
        case "reply":
            return (FormField("text", "返事の文", "text", "{ } で囲まれたところには、名前や時刻が入ります。そのまま残してください。"),)
        case "faq":
            windows = {window.id: window.name for window in town.windows}
            return (
                *_FAQ, FormField("windows", "案内する窓口", "choices", options=windows),
                FormField("topics", "話題", "choices", options=topics), _SOURCE,
            )
        case "word":
            return (
                *_WORD, FormField("need", "困りごと", "choice", options={"": "えらばない", **knowledge.glossary.needs}),
                FormField("fields", "分野", "weights", "言葉がどの分野をどれくらい示すか。", options=areas),
                FormField("topic", "話題", "choice", options={"": "えらばない", **topics}),
                FormField("crisis", "危険の種類", "choice", "危険を知らせる言葉だけ。", {"": "えらばない", **crises}),
                FormField("level", "急ぎの度合い", "choice", "危険を知らせる言葉だけ。", {"": "えらばない", **LEVELS}),
                *_WORD_TESTS,
            )


_SOURCE = FormField("source", "どこで確かめたか", "line", "例: 町のホームページ「相談窓口」、担当課への電話。確かめた日は自動で入ります。")
_TOWN = (
    FormField("main_telephone", "代表電話", "number", "市外局番から。例: 01558-6-2111"),
    FormField("address", "住所", "line"),
    FormField("hours", "開庁時間", "hours", "例: 08:30 から 17:15 まで"),
    FormField("closed", "土日祝のほかに休む日", "closed", "1行に1つ。例: 12-29 01-03 年末年始"),
    FormField("night", "時間外にだれが読むか", "choice", options={"": "まだ決めていない", **NIGHTS}),
)
_REPORTS = FormField("report_telephones", "通告・通報を受ける電話", "reports", "市外局番から。分からないところは空けておきます。")
_LANGUAGES = FormField(
    "languages", "住民に返す言葉", "choices",
    "日本語は必ず入れます。「下書き」の言葉は、母語の人がまだ読んでいません。選ぶ前に「返事の文」を母語の人や通訳に見てもらってください。",
)
_WINDOW = (
    FormField("name", "窓口の名前", "line"),
    FormField("short", "短い名前", "line"),
    FormField("relation", "町との関係", "choice", "住民の話をほかの機関にわたすときの扱いが変わります。", RELATIONS),
    FormField("run_by", "動かしているところ", "line", "役所でないとき。例: ○○町社会福祉協議会"),
    FormField("about", "どんな窓口か（住民に見えます）", "text"),
    FormField("address", "場所", "line"),
    FormField("telephone", "電話", "number", "市外局番から。例: 01558-6-2200"),
    FormField("fax", "FAX", "number"),
    FormField("desks", "係", "desks"),
    FormField("hours", "この窓口だけの受付時間", "hours", "役所と同じときは空けておきます。例: 08:30 から 17:15 まで"),
    FormField("staffed_days", "人のいる日", "line", "例: 月・水・金"),
)
_INTAKE = FormField(
    "intake", "住民を案内しない", "flag",
    "職員だけが使う窓口や、受付をやめる窓口。案件の記録が残っている窓口は、取りのぞかずに、これで止めます。",
)
_FAQ = (
    FormField("question", "質問", "line"),
    FormField("also", "ほかの聞き方", "lines", "1行に1つ。"),
    FormField("answer", "答え", "text"),
    FormField("url", "くわしいページ", "line", "https:// から。"),
)
_WORD = (
    FormField("because", "何の言葉か", "line", "職員の画面に理由として出ます。例: お金を借りる話"),
    FormField("kind", "種類", "choice", options=WORD_KINDS),
    FormField("words", "見出し語と言いかえ", "lines", "1行に1つ、辞書の形で。例: 借金、お金を借りる。離れた言葉は ~ でつなぎます。例: お金~ない"),
    FormField("raw", "このままの形で見つける言葉", "lines", "かなの言い方や、きまった言い方。4文字以上。"),
)
_WORD_TESTS = (
    FormField("examples", "見つかるはずの文", "lines", "1行に1つ。公開の前に、ほんとうに見つかるか試します。住民の文は写さないでください。"),
    FormField("counterexamples", "見つかってはいけない文", "lines", "1行に1つ。"),
)


def _tables(
    key: str, town: Town, areas: Mapping[str, str], crises: Mapping[str, str], topics: Mapping[str, str]
) -> tuple[FormField, ...]:
    """To whom fields, dangers and topics lead."""
    windows = {"": "―", **{window.id: window.name for window in town.windows}}
    if key == "topics":
        hint = "空けておくと、その話題を「受ける話題」にしている窓口へ案内します。"
        return (FormField("topic_windows", "話題ごとの案内の先", "table", hint, windows, topics),)
    return (
        FormField("field_windows", "分野ごとの案内の先", "table", "1番目から順に住民に見えます。", windows, areas),
        FormField("crisis_windows", "危険のときの担当", "table", "分野が分からなくても、ここの窓口が受けます。", windows, crises),
    )


def _spoken(knowledge: Knowledge) -> dict[str, str]:
    """All languages of the replies, those that nobody has read marked so."""
    return {
        one: f"{name}（下書き）" if one in knowledge.drafts else name
        for one, name in LANGUAGES.items() if one in knowledge.replies
    }
