"""操作記録 to read: who opened, changed, took or exported what, when. For auditors: no reason, no word of a case.

What the acts are called stands here; the chain itself is `handoff.privacy.audit`.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.hours import TOKYO
from handoff.figures.files import Value, harmless
from handoff.store.models import AuditEntry, StaffMember, Ticket

Group = Literal["read", "refused", "changed", "night", "cases", "out", "accounts", "knowledge"]
GROUPS: tuple[Group, ...] = get_args(Group)
GROUP_NAMES: dict[Group, str] = {
    "read": "読んだ・探した", "refused": "断られた", "changed": "案件を動かした", "night": "時間外の知らせ",
    "cases": "複合ケース・会議", "out": "持ち出した", "accounts": "アカウント・鍵", "knowledge": "町の情報・保存期間",
}
ACTIONS: dict[Group, dict[str, str]] = {
    "read": {
        "ticket_opened": "案件をひらいた", "looked_in": "ほかの窓口の案件を、理由を書いて見た", "case_opened": "ケースをひらいた",
        "attachment_opened": "案件のファイルをひらいた", "attachment_previewed": "案件の写真を小さく見た",
        "correction_opened": "「ちがう」の発言を読んだ", "searched": "探した",
    },
    "refused": {"ticket_refused": "案件をひらこうとして断られた", "case_refused": "ケースをひらこうとして断られた"},
    "changed": {
        "replied": "返事を送った", "file_enclosed": "返事にファイルをそえた", "enclosure_removed": "そえたファイルをはずした",
        "enclosure_let_go": "作った人の名前などが残る書類を、そのまま送ると決めた",
        "file_sent": "ファイルを送った", "file_taken_back": "送ったファイルを取り消した", "note_added": "メモを書いた", "assigned": "担当を変えた", "resolved": "終わりにした",
        "reopened": "もう一度ひらいた", "attempted": "連絡を試した", "follow_up_set": "次の日を決めた",
        "handover_offered": "引き継ぎを相談した", "handover_accepted": "引き継ぎを受けた", "handover_shared": "いっしょに持った",
        "handover_advised": "助言した", "handover_declined": "引き継ぎを断った", "handover_returned": "引き継ぎが時間切れで戻った",
        "handover_withdrawn": "引き継ぎの相談を取り消した", "introduced": "別の機関に紹介した",
        "passing_asked": "渡してよいかを、本人にボタンで聞いた", "passing_given": "住民が「渡していい」を押した",
        "passing_refused": "住民が「やめておく」を押した", "passing_unsure": "住民が「わからない」を押した",
        "passing_withdrawn": "住民が、渡すのをやめると答えた", "partner_named": "一覧にない機関の名前を加えた",
        "partner_renamed": "機関の名前をなおした", "partner_unlisted": "機関を一覧からはずした", "partner_listed": "機関を一覧にもどした",
        "opened_in_danger": "命・からだの危険で、別の機関にも開いた", "body_set_aside": "別の機関にはつながないことにした",
        "introduction_accepted": "別の機関が受けた", "introduction_declined": "別の機関が断った",
        "retold": "話し直しを数えた", "tied_household": "同じ世帯の案件とつないだ", "tied_same": "ひとつの案件にまとめた",
        "parted": "つながりを外した", "restricted": "閲覧制限をかけた", "restriction_lifted": "閲覧制限を外した", "hold_ended": "読みとりが終わり、窓口の職員にも見えるようになった",
        "staff_named": "見られる職員に加えた", "declared_known": "知り合いと申し出た", "inquiry_marked": "照会の印をつけた",
        "taken_down": "電話・来庁・訪問を入力した", "triage_corrected": "判定をなおした", "flag_taken_back": "調整役の旗を外した",
        "unsent_erased": "本人が取り消した発言を消した", "unsent_sealed": "本人が取り消した発言を封をして残した",
        "safety_checked": "安全を確かめた", "unsent_again": "届かなかった文をもう一度送った",
        "disclosure_taken": "開示請求を受けた", "disclosure_decided": "開示する所を決めた",
        "disclosure_confirmed": "開示する所を確かめた", "disclosure_closed": "開示請求を終えた",
        "unsent_telephone": "届かなかった文を電話で伝えることにした", "unsent_let_be": "届かなかった文をそのままにした",
    },
    "night": {
        "duty_called": "当番に知らせた", "alarm_acknowledged": "時間外の知らせを受け取った",
        "alarm_opened": "受け取りのないまま開庁した", "alarm_unanswered": "当番全員が受け取らなかった", "rota_changed": "当番表を変えた",
    },
    "cases": {
        "case_made": "ケースを作った", "case_joined": "ケースに加えた", "consent_recorded": "同意を記録した",
        "meeting_asked": "会議を依頼した", "meeting_called": "会議を招集した", "meeting_held": "会議を開いた", "member_added": "会議の構成員を加えた",
        "items_copied": "資料を写した", "secrecy_noted": "守秘義務の説明を読んだ", "plan_drafted": "プラン案を作った",
        "plan_approved": "プランが了承された", "plan_decided": "プランを決定した", "plan_reported": "プランを報告した",
        "plan_ended": "プランを終結した", "plan_suspended": "プランを中断した",
        "meeting_moved": "会議の日か場所を決めた・変えた", "meeting_called_off": "会議をとりやめた",
        "days_proposed": "会議の候補の日を出した", "days_answered": "会議の候補の日に答えた",
    },
    "out": {
        "sheet_printed": "渡す紙をひらいた", "disclosure_printed": "開示の抜き書きをひらいた",
        "figures_exported": "数字を書き出した", "log_exported": "操作記録を書き出した",
        "paper_consented": "申込票（同意あり）をひらいた", "paper_unconsented": "申込票（同意なし）をひらいた",
        "paper_intake": "インテーク・アセスメントシートをひらいた", "paper_referral": "つなぐシートをひらいた",
        "paper_case": "案件の引き継ぎの紙をひらいた", "paper_whole": "ケースの引き継ぎの紙をひらいた",
        "paper_plan": "プランの紙をひらいた", "paper_assessment": "アセスメントシートの紙をひらいた", "paper_meeting": "会議資料の紙をひらいた", "slip_given": "連絡票をわたした",
        "slip_printed": "連絡票の紙をひらいた", "slip_ended": "連絡票を終わりにした",
    },
    "accounts": {
        "login": "ログインした", "password_changed": "パスワードをかえた", "password_reset": "パスワードを出しなおした",
        "staff_added": "アカウントを作った", "staff_disabled": "アカウントを閉じた",
        "staff_enabled": "アカウントをもう一度開いた", "staff_moved": "職員の窓口か役割をかえた", "staff_placed": "職員の所属を書いた", "token_made": "APIの鍵を作った",
        "token_revoked": "APIの鍵を止めた", "calendar_opened": "カレンダーのアドレスを作った",
        "calendar_closed": "カレンダーのアドレスを止めた", "key_rotated": "封の鍵を交換した", "mail_changed": "メールの知らせを変えた",
        "webhook_added": "Webhookを加えた", "webhook_removed": "Webhookを外した", "webhook_redelivered": "Webhookを送りなおした",
    },
    "knowledge": {
        "knowledge_drafted": "町の情報の下書きを作った", "knowledge_draft_saved": "町の情報の下書きを直した",
        "knowledge_approved": "町の情報の下書きを確認した", "knowledge_withdrawn": "町の情報の下書きをやめた",
        "knowledge_published": "町の情報を公開した", "correction_drafted": "「ちがう」から言葉の下書きを作った",
        "correction_aside": "「ちがう」を片づけた", "correction_taken_back": "「ちがう」を取り消した", "own_case_written": "町の事例を書いた", "own_case_approved": "町の事例を認めた",
        "own_case_refused": "町の事例を断った", "purged": "保存期間がすぎたものを消した", "erased_on_wish": "本人の希望で会話を消した", "erased_again": "戻した記録をもう一度消した",
    },
}
NAMES = {action: name for group in ACTIONS.values() for action, name in group.items()}
PAGE, MOST_EXPORTED = 200, 50_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What to show. since, until: [since, until); before: entries older than this sequence."""

    group: Group | None = None
    login: str = ""
    number: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One entry. by: login, "" where the system did it by itself or the account is gone; body: theirs, where not the town."""

    sequence: int
    at: datetime
    by: str
    name: str
    number: str
    body: str = ""


async def acts(session: AsyncSession, asked: Asked, *, most: int = PAGE) -> tuple[Act, ...]:
    """The newest first."""
    rows = await session.execute(
        select(AuditEntry.sequence, AuditEntry.at, AuditEntry.action, StaffMember.login, Ticket.number, StaffMember.organisation)
        .outerjoin(StaffMember, StaffMember.id == AuditEntry.staff_id)
        .outerjoin(Ticket, Ticket.id == AuditEntry.ticket_id)
        .where(*_conditions(asked)).order_by(AuditEntry.sequence.desc()).limit(most)
    )
    return tuple(
        Act(sequence, at, login or "", NAMES.get(action, action), number or "", body or "")
        for sequence, at, action, login, number, body in rows
    )


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.group is not None:
        found.append(AuditEntry.action.in_(ACTIONS[asked.group]))
    if asked.login:
        found.append(StaffMember.login == asked.login)
    if asked.number:
        found.append(Ticket.number == asked.number)
    if asked.since is not None:
        found.append(AuditEntry.at >= asked.since)
    if asked.until is not None:
        found.append(AuditEntry.at < asked.until)
    if asked.before is not None:
        found.append(AuditEntry.sequence < asked.before)
    return found


def as_csv(found: Iterable[Act]) -> bytes:
    """With the mark that Excel needs; a cell that Excel would take for a formula is made a text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("番号", "日時", "だれが", "したこと", "案件", "所属（町でないとき）"))
    for one in found:
        cells = (getattr(one, column.name) for column in fields(one))
        writer.writerow([_cell(value) for value in cells])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cell(value: object) -> Value:
    return harmless(value.astimezone(TOKYO).strftime("%Y-%m-%d %H:%M:%S") if isinstance(value, datetime) else str(value))
