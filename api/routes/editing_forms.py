"""Forms for what officials may change: which fields a thing has, how each looks, and how what was typed becomes data.

What can't be understood is kept as it was typed: the check says at the field what is wrong with it. Knows no drafts.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from knowledge.overlay import Kind, Values
from knowledge.schema import CRISIS_KINDS, FIELDS, Town
from knowledge.source import Data
from knowledge.types import Knowledge

How = Literal["line", "number", "text", "lines", "choice", "choices", "hours", "closed", "desks", "reports", "weights"]
Typed = Mapping[str, Sequence[str]]
"""What a form sends: every name with all its values."""

DAYS = {"mon": "月", "tue": "火", "wed": "水", "thu": "木", "fri": "金", "sat": "土", "sun": "日"}
NIGHTS = {"none": "だれも読まない", "duty_desk": "宿直が読む", "on_call": "呼び出しの当番がいる"}
REPORTED = ("child_abuse", "elder_abuse", "disability_abuse")
DESK_PARTS = {"name": "係の名前", "telephone": "電話", "fax": "FAX"}
LANGUAGES = {
    "ja": "日本語", "ja-easy": "やさしい日本語", "en": "英語", "zh": "中国語", "vi": "ベトナム語", "pt": "ポルトガル語",
    "tl": "フィリピノ語", "ko": "韓国語", "es": "スペイン語", "ne": "ネパール語", "id": "インドネシア語",
}
WORD_KINDS = {"need": "困りごと", "setting": "背景（それだけでは案内しない）", "crisis": "危険を知らせる言葉"}
LEVELS = {"emergency": "いますぐ", "urgent": "急ぎ", "normal": "ふつう"}
WEIGHTS = {"": "関係ない", "1": "1 すこし", "2": "2", "3": "3 ふつう", "4": "4", "5": "5 これだけで案内"}
KIND_NAMES: dict[Kind, str] = {
    "town": "役所全体のこと", "window": "窓口", "reply": "返事の文", "faq": "よくある質問", "word": "言葉",
}


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form. options: id → label, for choices."""

    name: str
    label: str
    how: How
    hint: str = ""
    options: Mapping[str, str] | None = None


def fields_of(kind: Kind, town: Town, knowledge: Knowledge) -> tuple[FormField, ...]:
    """The fields of a thing of this kind, in the order of the page."""
    words, topics = knowledge.glossary.words, knowledge.glossary.topics
    areas: dict[str, str] = {field: words.get(f"field_{field}", field) for field in FIELDS}
    crises: dict[str, str] = {kind: words.get(f"crisis_{kind}", kind) for kind in CRISIS_KINDS}
    match kind:
        case "town":
            kinds = dict.fromkeys([*REPORTED, *town.municipality.report_telephones])
            reports = replace(_REPORTS, options={kind: crises.get(kind, kind) for kind in kinds})
            return (*_TOWN, reports, replace(_LANGUAGES, options=_spoken(knowledge)))
        case "window":
            return (
                *_WINDOW, FormField("fields", "受ける分野", "choices", options=areas),
                FormField("topics", "受ける話題", "choices", options=topics), _SOURCE,
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
    FormField("about", "どんな窓口か（住民に見えます）", "text"),
    FormField("address", "場所", "line"),
    FormField("telephone", "電話", "number", "市外局番から。例: 01558-6-2200"),
    FormField("fax", "FAX", "number"),
    FormField("desks", "係", "desks"),
    FormField("hours", "この窓口だけの受付時間", "hours", "役所と同じときは空けておきます。例: 08:30 から 17:15 まで"),
    FormField("staffed_days", "人のいる日", "line", "例: 月・水・金"),
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


def _spoken(knowledge: Knowledge) -> dict[str, str]:
    """All languages of the replies, those that nobody has read marked so."""
    return {
        one: f"{name}（下書き）" if one in knowledge.drafts else name
        for one, name in LANGUAGES.items() if one in knowledge.replies
    }


def shown(field: FormField, value: Data) -> dict[str, list[str]]:
    """Data as the inputs of a form show it."""
    name, plain = field.name, _mapping(value)
    match field.how:
        case "line" | "number" | "text" | "choice":
            return {name: [] if value is None else [str(value)]}
        case "lines":
            return {name: ["\n".join(_texts(value))]}
        case "choices":
            return {name: _texts(value)}
        case "closed":
            listed = value if isinstance(value, list) else []
            return {name: ["\n".join(" ".join(map(str, _mapping(one).values())) for one in listed)]}
        case "hours":
            found = {f"{name}.{part}": [str(plain[part])] for part in ("start", "end") if part in plain}
            if value is not None:
                found[f"{name}.days"] = _texts(plain.get("days")) or list(DAYS)[:5]
                found[f"{name}.lunch"] = [" ".join(_texts(plain.get("lunch")))]
                found[f"{name}.confirmed"] = ["yes"] if plain.get("confirmed") else []
            return found
        case "desks":
            desks = [_mapping(one) for one in value] if isinstance(value, list) else []
            return {f"{name}.{desk['id']}.{part}": [str(desk.get(part) or "")] for desk in desks for part in DESK_PARTS}
        case "reports" | "weights":
            return {f"{name}.{key}": [str(one).removesuffix(".0")] for key, one in plain.items()}


def taken(field: FormField, typed: Typed, now: Data) -> Data:
    """What was typed as data; None where nothing was. now: what is live, for what the form does not show of it."""
    name, one = field.name, _one(typed, field.name)
    match field.how:
        case "line" | "choice" | "text":
            return one or None
        case "number":
            return _plain(one) or None
        case "lines":
            return [line.strip() for line in one.split("\n") if line.strip()] or None
        case "choices":
            return _in_order(typed.get(name, ()), _texts(now)) or None
        case "closed":
            return [_closed(line) for line in one.split("\n") if line.strip()] or None
        case "hours":
            return _hours(name, typed)
        case "desks":
            desks = [_mapping(desk) for desk in now] if isinstance(now, list) else []
            return [_desk(name, desk, typed) for desk in desks] or None
        case "reports":
            kinds = [key.removeprefix(f"{name}.") for key in typed if key.startswith(f"{name}.")]
            return {kind: text for kind in kinds if (text := _plain(_one(typed, f"{name}.{kind}")))} or None
        case "weights":
            given = {area: _one(typed, f"{name}.{area}") for area in FIELDS}
            return {area: int(text) if text.isdecimal() else text for area, text in given.items() if text} or None


def _in_order(given: Sequence[str], held: Sequence[str]) -> list[Data]:
    """What was there keeps its order, which says what comes first; boxes have none."""
    return [*(one for one in held if one in given), *(one for one in given if one not in held)]


def read(fields: Sequence[FormField], typed: Typed, now: Values | None) -> dict[str, Data]:
    """All fields; one that shows the same as before is as it was, however the file writes it."""
    live = now or {}
    found: dict[str, Data] = {}
    for field in fields:
        held = live.get(field.name)
        new = taken(field, typed, held)
        same = new == taken(field, shown(field, held), held)
        found[field.name] = held if same else new
    return found


def as_typed(fields: Sequence[FormField], values: Values) -> dict[str, list[str]]:
    """All inputs of a form for these values."""
    return {name: given for field in fields for name, given in shown(field, values.get(field.name)).items()}


def _one(typed: Typed, name: str) -> str:
    given = typed.get(name, ())
    return given[0].replace("\r\n", "\n").strip() if given else ""


def _plain(text: str) -> str:
    """Digits as a telephone and a clock take them, however the keyboard was set."""
    return unicodedata.normalize("NFKC", text).replace("−", "-").replace("‐", "-").replace("–", "-").strip()


def _hours(name: str, typed: Typed) -> Data:
    start, end = (_clock(_one(typed, f"{name}.{part}")) for part in ("start", "end"))
    if not start and not end:
        return None
    found: dict[str, Data] = {"days": list(typed.get(f"{name}.days", ())), "start": start, "end": end}
    lunch = [_clock(part) for part in _plain(_one(typed, f"{name}.lunch")).replace("-", " ").replace("~", " ").split()]
    if lunch:
        found["lunch"] = [*lunch]
    found["confirmed"] = _one(typed, f"{name}.confirmed") == "yes"
    return found


def _clock(text: str) -> str:
    """8:30 as 08:30."""
    plain = _plain(text)
    return f"0{plain}" if len(plain) == 4 and plain[1:2] == ":" else plain


def _closed(line: str) -> Data:
    first, *rest = line.replace("\u3000", " ").split(maxsplit=2)
    start, end = _plain(first), _plain(rest[0]) if rest else _plain(first)
    return {"start": start, "end": end, "name": rest[1] if len(rest) > 1 else "休み"}


def _desk(name: str, desk: dict[str, Any], typed: Typed) -> Data:
    made = dict(desk)
    for part in DESK_PARTS:
        text = _one(typed, f"{name}.{desk.get('id')}.{part}")
        text = text if part == "name" else _plain(text)
        if text:
            made[part] = text
        else:
            made.pop(part, None)
    return made


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Data) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
