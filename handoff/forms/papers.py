"""The papers: 相談受付・申込票 in both versions, インテーク・アセスメント, つなぐシート, and a whole case. Read first.

Fields as in the standard forms (research: 相談受付・申込票 A票/B票, 岡山市 つなぐシート). What is unknown stays empty:
nothing is guessed into a box that somebody will sign. A つなぐシート holds what was chosen for the one it goes to (`desk.introduction`).
Pure: a case file in, blocks out.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Literal, get_args

from handoff.desk import introduction
from handoff.desk.hours import clock_text
from handoff.desk.quotes import shown
from handoff.forms.blocks import Block, Checks, Grid, Paper, Rows, Stamps, Words, japanese_date
from handoff.forms.casefile import CaseFile
from handoff.forms.concerns import Read, boxes, marks

PaperId = Literal["consented", "unconsented", "intake", "referral", "case"]
PlainId = Literal["consented", "unconsented", "intake", "case"]
"""Those that stay in the house."""
PAPER_IDS: tuple[PaperId, ...] = get_args(PaperId)
TITLES: dict[PaperId, str] = {
    "consented": "相談受付・申込票【本人同意あり】", "unconsented": "相談受付・申込票【本人同意なし】",
    "intake": "インテーク・アセスメントシート", "referral": "つなぐシート", "case": "案件の引き継ぎ（全部）",
}
RESTRICTED = "閲覧を限っている相談です。担当の職員のほかに見せず、家族などから聞かれても、相談があったかどうかを答えないでください。"
REPORTED = (
    "知らせてくれた人の名前・電話・言葉は、この紙に出していません。分かっていることを職員の言葉で書き、だれが知らせたかが分かることは書かないでください。"
)
"""For the screen: on the paper itself it would say that somebody told."""
PROPOSED = "◎（いちばん困っていること）と○は、自動案内が読み取ったものです。ご本人に確かめて、直してください。"
AGREED = "「個人情報に関する管理・取扱規程」の説明を受け、関係機関（者）と情報共有することに同意し、相談を申し込みます。"
PERSON = ("ふりがな", "氏名", "性別（男性・女性・他）", "生年月日（　　歳）", "住所（〒）", "電話（自宅）", "電話（携帯）", "E-mail")
CIRCUMSTANCES = (
    ("仕事", "正社員・公務員／臨時・パート・アルバイト・派遣／自営・家族従業・内職／年金生活／失業・休職中／その他"),
    ("住居", "持家／借家／公営住宅／会社寮・借上げ／野宿／その他"), ("健康保険", "社保／国保／その他"), ("年金", "受給中／その他"),
)
URGENT_CHECKS = (
    ("命", ("suicide", "self_harm")), ("暴力・虐待", ("dv", "child_abuse", "elder_abuse", "disability_abuse", "sexual_violence")),
    ("食べるもの", ("no_food",)), ("住まい", ("no_shelter",)), ("電気・ガス・水道", ("lifeline_cut",)), ("医療", ("medical",)),
)
SENDERS = {"resident": "住民", "bot": "自動案内", "staff": "職員"}


def paper_of(paper: PaperId, file: CaseFile) -> Paper:
    """One paper of a case."""
    make: dict[PaperId, Callable[[CaseFile], tuple[Block, ...]]] = {
        "consented": _consented, "unconsented": _unconsented, "intake": _intake, "referral": _referral, "case": _case,
    }
    ticket = file.view.ticket
    return Paper(
        paper, TITLES[paper], ticket.number, file.veil.through(make[paper](file)), warning=RESTRICTED if ticket.restricted else "",
        aside=REPORTED if file.reported else "",
    )


def _consented(file: CaseFile) -> tuple[Block, ...]:
    return (*_application(file), Rows("申込み", (
        ("申込みと同意", AGREED), ("日付", "令和　　年　　月　　日"), ("本人署名", ""),
    )), *_circumstances())


def _unconsented(file: CaseFile) -> tuple[Block, ...]:
    """Without consent nothing is applied for: the paper says why there is none, and on what ground it goes on."""
    states = ("まだ聞いていない", "断られた", "判断がむずかしい", "連絡がとれない")
    return (*_application(file), Checks("本人の同意がない事情（あてはまるものに○）", tuple(("", state) for state in states)), Rows(
        "同意なしで進めるとき", (
            ("同意をもらうためにしたこと", ""), ("情報を共有する目的と根拠（支援会議など）", ""), ("共有する相手と項目", ""),
            ("記入者", ""), ("日付", "令和　　年　　月　　日"),
        ),
    ), *_circumstances())


def _application(file: CaseFile) -> tuple[Block, ...]:
    ticket = file.view.ticket
    return (
        Rows("受付", (("ID", ticket.number), ("受付日", japanese_date(ticket.created_at)), ("受付者", file.made_by),
                      ("経路", _channel(file)))),
        Rows("基本情報（本人）", tuple((label, file.writer if label == "氏名" and file.about_writer else "") for label in PERSON)),
        Rows("来談者（本人以外のとき）", (
            ("氏名", file.writer if file.by_family else ""), ("電話", ""),
            ("関係（家族（続柄）・その他）", "家族" if file.by_family else ""),
        )),
        Checks("相談内容", marks(boxes().application.items, file.read), PROPOSED),
        Words("具体的な内容・希望（書かれたままの言葉）", _quotes(file), lines=4),
    )


def _circumstances() -> tuple[Block, ...]:
    return (Rows("B票（職員が聞き取る。あてはまるものを丸で囲む）", CIRCUMSTANCES),)


def _intake(file: CaseFile) -> tuple[Block, ...]:
    summary, ticket = file.view.ticket.summary, file.view.ticket
    return (
        Rows("受付", (
            ("受付番号", ticket.number), ("受付日時", f"{japanese_date(ticket.created_at)} {clock_text(ticket.created_at)}"),
            ("経路", _channel(file)), ("名前", "あり" if summary.named else "匿名"), ("だれのこと", _about(file)),
            ("安全な連絡の時間と方法", file.how_to_reach), ("連絡してはいけない時間・相手", ""),
        )),
        Words("本人の言葉（書かれたまま）", _quotes(file), lines=2),
        Checks("緊急の確認（自動案内が読み取ったものに○）", tuple(
            ("○" if set(kinds) & set(ticket.crisis) else "", label) for label, kinds in URGENT_CHECKS
        ), f"急ぎの度合い：{file.name('urgency', ticket.urgency)}。{'' if file.reported else summary.urgency_because}"),
        _household(file, ("続柄（書いた人から見て）", "年齢", "状況", "備考")),
        Grid("重なり（複合の類型）", ("類型", "そう考えた理由"), tuple(
            (file.name("pattern", one.what), one.because) for one in summary.patterns
        ), spare=0 if summary.patterns else 1),
        Words("まだ分からないこと（次に聞くこと）", _unknown(file), lines=1),
        Words("これまでに相談した所・経過", "", lines=2),
        Words("本人の希望・配慮を希望されること（手話、筆談、通訳、やさしい日本語など）", "", lines=2),
        Words("自動案内が伝えたこと", _list(summary.told), lines=0),
        *_assessment(file),
        Words("支援の方向と、次にすること", "", lines=3),
    )


def _assessment(file: CaseFile) -> tuple[Block, ...]:
    """Room to write in; what was written on the case already stands there, and is not typed again."""
    if not file.assessed:
        return (Words("アセスメント（職員が書く）", "", lines=5),)
    return tuple(
        Words(f"アセスメント（{called}。出どころ: 複合ケースのアセスメント）", text, lines=2) for called, text in file.assessed
    )


def _referral(file: CaseFile) -> tuple[Block, ...]:
    """Only what was chosen for this window: the rest of the form stays empty, as if nobody knew it."""
    handed = file.handed
    assert handed is not None
    given = set(handed.items)
    read = file.read if "concerns" in given else Read()
    writer = file.writer if "name" in given and file.about_writer else ""
    return (
        Stamps("決裁・供覧", ("所属長", "係長", "担当", "供覧", "供覧")),
        Rows("本人", (
            ("受付番号", handed.number), ("作成日", japanese_date(file.made_at)),
            *((label, writer if label == "氏名" else "") for label in PERSON[:7]),
        )),
        Checks("お困りごとの内容", marks(boxes().referral.items, read), PROPOSED if "concerns" in given else ""),
        _household(file, ("氏名", "年齢", "続柄（書いた人から見て）", "備考"), named=True, shown="household" in given),
        Words("相談されたいことや、配慮を希望されること", _quotes(file) if "words" in given else "", lines=3),
        Rows("紹介元", (("機関名", _window(file, handed.from_window)), ("担当者", file.made_by),
                        ("電話", _telephone(file, handed.from_window)))),
        Grid("紹介先", ("機関名", "相談内容（紹介する理由）"), ((handed.to_name, handed.reason),)),
        Rows("渡してよい根拠と、渡すもの", (
            ("根拠", _ground(handed)), ("渡すもの", introduction.named(handed.items)), ("記録した日", japanese_date(handed.at)),
        )),
    )


def _ground(handed: introduction.Sheet) -> str:
    basis = next(label for one, label in introduction.BASIS_NAMES.items() if one == handed.basis)
    return "：".join(part for part in (basis, handed.ground) if part)


def _case(file: CaseFile) -> tuple[Block, ...]:
    """Everything that the next officer needs, in one file."""
    found = file.view
    windows = {f"{file.town.id}.{one.id}": one.name for one in file.town.windows}
    return (
        Rows("いま", (
            ("次にすること", found.ticket.summary.next_step), ("期限", found.ticket.summary.deadline),
            ("持っている窓口", "、".join(_window(file, one) for one in found.ticket.windows)),
            ("担当", found.ticket.assignee or ""), ("窓口を移った回数", str(found.ticket.moves)),
        )),
        *_intake(file)[:6],
        Grid("やりとり", ("日時", "だれ", "内容"), tuple(
            (_when(one.at), one.by or SENDERS.get(one.sender, one.sender), one.text or f"（{one.media or '取り消し'}）")
            for one in found.messages
        )),
        Grid("内部メモ", ("日時", "だれ", "内容"), tuple((_when(one.at), one.by, one.text) for one in found.notes)),
        Grid("窓口の移り", ("日時", "だれ", "どこから", "どこへ", "理由"), tuple(
            (_when(one.at), one.by, windows.get(one.from_window, one.from_window),
             one.to_name or windows.get(one.to_window, one.to_window), one.reason) for one in found.moves
        )),
        Words("引き継ぐ人への一言", "", lines=4),
    )


def _household(file: CaseFile, heads: tuple[str, ...], *, named: bool = False, shown: bool = True) -> Grid:
    rows = []
    for member in file.view.ticket.summary.household if shown else ():
        role, age = "" if file.reported else file.name("about", member.role), _age(member.age)
        state = "、".join(file.name("need", need) for need in member.needs)
        passed = "亡くなった" if member.deceased else ""
        rows.append(("", age, role, f"{passed} {state}".strip()) if named else (role, age, state, passed))
    return Grid("世帯構成（世帯人数　　　人）" if named else "世帯", heads, tuple(rows), spare=2)


def _age(pair: tuple[int, int] | None) -> str:
    if pair is None:
        return ""
    return f"{pair[0]}" if pair[0] == pair[1] else f"{pair[0]}〜{pair[1]}"


def _quotes(file: CaseFile) -> str:
    if file.reported:
        return ""  # nobody outside the household writes its papers
    return "\n".join(f"「{quote.text.strip()}」" for quote in shown(file.view.ticket.summary.quotes))


def _about(file: CaseFile) -> str:
    if file.reported:
        return ""  # 「近所の人」 would say who told
    return "、".join(file.name("about", one) for one in file.view.ticket.summary.about)


def _unknown(file: CaseFile) -> str:
    return "" if file.reported else _list(file.name("unknown", one) for one in file.view.ticket.summary.unknown)


def _channel(file: CaseFile) -> str:
    return file.name("channel", file.view.ticket.summary.channel)


def _window(file: CaseFile, window: str) -> str:
    try:
        return file.town.window(window).name
    except KeyError:
        return window


def _telephone(file: CaseFile, full: str) -> str:
    try:
        window = file.town.window(full)
    except KeyError:
        return ""
    return window.telephone or next((desk.telephone for desk in window.desks if desk.telephone), None) or ""


def _when(at: datetime) -> str:
    return f"{japanese_date(at)} {clock_text(at)}"


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"・{line}" for line in lines)
