"""Papers of a tangled case: プラン, 会議資料, and the whole case for who takes it over. Pure: what one may read in, blocks out.

What a meeting's paper holds its members have laid before it; who opened it stands on it. Empty stays empty.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from handoff.coordination import consent, course, meetings, outreach, participation, plans, schedule, slips, tasks
from handoff.coordination.papers import SECRECY, STOPPED, Opened, source_name
from handoff.coordination.view import CaseView, PersonView
from handoff.desk.hours import TOKYO, clock_text
from handoff.forms.assessment import NOT_ALL_AGREED, Sheet, corrected_lines
from handoff.forms.blocks import Block, Checks, Grid, Paper, Rows, Stamps, Words, japanese_date
from handoff.forms.concerns import boxes
from handoff.store.models import CaseEntry, CaseTask, MeetingRecord, SupportPlan
from knowledge.schema import Meeting, Town

Key = TypeVar("Key", bound=str)
STAMPS = Stamps("決裁・供覧", ("課長", "係長", "係員", "担当"))
NOT_FINAL = "プラン案です。まだ確定していません。"
WAS_FINAL = "前の版です。一度確定しましたが、いまは新しい版に置きかわっています。"


def plan_paper(case: CaseView, person: PersonView, plan: SupportPlan) -> Paper:
    """支援プラン of one person, one version."""
    return Paper("plan", "支援プラン", case.line.number, (
        Rows("プラン", (
            ("対象", person.label), ("版", f"第{plan.version}版"), ("状態", plans.STATE_NAMES[_state(plan)]),
            ("作成日", japanese_date(plan.created_at)), ("会議の了承", japanese_date(plan.approved_at)),
            ("町の支援決定", japanese_date(plan.decided_at)), ("確定", japanese_date(plan.final_at)),
            ("モニタリング", japanese_date(plan.monitor_at)),
        )),
        Words("本人の希望（利用申込）", person.applied.body["wishes"] if person.applied else "", lines=2),
        Words("目標", plan.body["goal"], lines=2),
        Grid("だれが、何をするか", ("機関", "すること", "事業"), tuple(
            (one["agency"], one["what"], plans.PROGRAMMES[one["programme"]]) for one in plan.body["actions"]
        ), spare=1),
        *((Words("再プランの理由", plan.body["reason"]),) if plan.body["reason"] else ()),
        Rows("本人の確認", (("説明した日", ""), ("本人署名", ""))), STAMPS,
    ), warning=_standing(plan))


def _standing(plan: SupportPlan) -> str:
    """What stands over a plan that is not the one in force; a draft that a newer one replaced never was."""
    if plan.state in ("final", "ended", "suspended"):
        return ""
    return WAS_FINAL if plan.state == "replaced" and plan.final_at else NOT_FINAL


def meeting_paper(opened: Opened, pack: Meeting | None, *, number: str, reader: str, at: datetime) -> Paper:
    """会議資料. reader: whose copy it is; on a meeting without consent it carries the secrecy and the name."""
    meeting = opened.meeting
    warning = f"{SECRECY} この写しを開いた人: {reader}（{japanese_date(at)}）" if meeting.kind == "support" else ""
    items = tuple((source_name(one.source), one.body["agency"], one.body["text"]) for one in opened.items)
    return Paper("meeting", pack.name if pack else "会議", number, (
        Rows("会議", (
            ("場面", meeting.occasion or ""), ("開いた日" if meeting.state == "held" else "日", _when(meeting.held_at)),
            ("場所", schedule.place_of(meeting)),
            ("状態", meetings.STATE_NAMES[meeting.state]), ("目的", meeting.body.get("purpose") or ""),
            ("根拠", meeting.body.get("ground") or ""),
        )),
        Grid("議題", ("議題", "話したこと・決めたこと"), tuple((one, "") for one in meeting.body["agenda"])),
        Grid("構成員", ("名前", "機関", "出席"), tuple(
            (one.body["name"], one.body["agency"], "○" if one.attended else "") for one in opened.members
        ), spare=1),
        Words("資料", STOPPED, lines=1) if opened.stopped else Grid("資料", ("だれの話か", "機関", "内容"), items),
        *(Words(head, text, lines=1 if opened.stopped else 3) for head, text in opened.said), STAMPS,
    ), warning=warning)


def assessment_paper(sheet: Sheet, *, number: str, made_by: str, at: datetime) -> Paper:
    """アセスメントシート of one person: what the case knows, where from, and what staff wrote."""
    ticked = next(one.text for one in sheet.fields if one.id == "concerns").split("、")
    return Paper("assessment", "インテーク・アセスメントシート", number, (
        Rows("この紙", (("対象", sheet.person.label), ("作成", f"{made_by} {japanese_date(at)}"))),
        Grid("聞き取りと記録", ("項目", "出どころ", "内容"), tuple(
            (one.label, one.source if one.text or one.source == NOT_ALL_AGREED else "", one.text)
            for one in sheet.fields if one.id != "concerns"
        )),
        Checks("困りごと（いちばん困っていることに◎をつける）", tuple(
            ("○" if item.name in ticked else "", item.name) for item in boxes().application.items
        )),
        Grid("本人の同意", ("何について", "答え", "日・方法・渡す先"), sheet.consents),
        Words("アセスメント（見立て）", sheet.text, lines=3), STAMPS,
    ), warning=sheet.warning)


def case_paper(
    case: CaseView, *, made_by: str, at: datetime, town: Town, minutes: Mapping[UUID, Opened] | None = None
) -> Paper:
    """ケースの引き継ぎ: all of it that the reader may see. minutes: of the meetings on consent that they belong to."""
    blocks: list[Block] = [
        Rows("ケース", (
            ("番号", case.line.number), ("世帯", case.line.household), ("段階", course.STAGE_NAMES[_stage(case.line.stage)]),
            ("次にすること", case.next_words), ("次の日付", japanese_date(case.line.next_at)),
            ("調整役の旗の理由", "\n".join(case.why)), ("作成", f"{made_by} {japanese_date(at)}"),
        )),
        Grid("かかわる機関と役割", ("機関", "役割"), tuple((one["name"], one["role"]) for one in case.agencies)),
    ]
    for person in case.people:
        blocks += _person(person)
    labels: dict[UUID | None, str] = {person.id: person.label for person in case.people}
    packs = {one.id: one.name for one in town.meetings}
    blocks += _meetings(case, labels, packs, minutes or {})
    blocks.append(Grid("日付のある仕事（まだのもの）", ("日", "だれのこと", "すること"), tuple(
        (japanese_date(one.due_at), labels.get(one.person_id, ""), _task(one, packs)) for one in case.tasks
    )))
    own = [one.line for one in case.behind if not one.reporter]
    if own:
        blocks.append(Grid("もとになった相談（案件の引き継ぎの紙は、案件の画面から）", ("受付番号", "受付日"), tuple(
            (one.number, japanese_date(one.created_at)) for one in own
        )))
    blocks.append(Grid("支援経過", ("日", "だれのこと", "したこと"), tuple(
        (japanese_date(one.at), labels.get(one.person_id, ""), told(one)) for one in case.course
    )))
    warning = "閲覧を限っているケースです。名前をあげた職員のほかに見せないでください。" if case.line.restricted else ""
    return Paper("whole", "ケースの引き継ぎ（全部）", case.line.number, (*blocks, STAMPS), warning=warning)


def _person(person: PersonView) -> list[Block]:
    answers = tuple(
        (consent.item_name(one), consent.STATUS_NAMES[one.status], japanese_date(one.at), one.to_whom)
        for one in (*person.standings, *person.by_button)
    )
    found: list[Block] = [Grid(f"{person.label}: 同意", ("何について", "答え", "日", "渡す先"), answers)]
    if not person.open_to:
        return [*found, Words(f"{person.label}", "この人の同意がないため、くわしいことは出していません。", lines=1)]
    found.append(Rows(f"{person.label}: 申込とアセスメント", (
        ("利用申込", person.applied.body["wishes"] if person.applied else ""),
        ("アセスメント", "\n".join((person.assessed.body["text"], *corrected_lines(person.assessed))) if person.assessed else ""),
    )))
    drafted = tuple(
        (f"第{one.version}版 {plans.STATE_NAMES[_state(one)]}", one.body["goal"], japanese_date(one.monitor_at))
        for one in person.plans
    )
    return [*found, Grid(f"{person.label}: プラン", ("版と状態", "目標", "モニタリング"), drafted), *_actions(person)]


def _actions(person: PersonView) -> list[Block]:
    """Who does what: of the plan that is worked by and of a draft; of a replaced one its own paper tells."""
    return [
        Grid(f"{person.label}: だれが、何をするか（第{one.version}版）", ("機関", "事業", "すること"), tuple(
            (action["agency"], plans.PROGRAMMES[action["programme"]], action["what"]) for action in one.body["actions"]
        ))
        for one in person.plans if one.state != "replaced"
    ]


def _meetings(
    case: CaseView, labels: Mapping[UUID | None, str], packs: Mapping[str, str], minutes: Mapping[UUID, Opened]
) -> list[Block]:
    """That they are, for whoever sees the case; what was said, only where the reader belongs to it and there is consent."""
    found: list[Block] = [Grid("会議（資料は、構成員が会議の画面から）", ("日", "だれのこと", "会議"), tuple(
        (_when(one.held_at), labels.get(one.person_id, ""), _called(one, packs)) for one in case.meetings
    ))]
    for one in case.meetings:
        if one.id in minutes:
            called = f"{_called(one, packs)} {_when(one.held_at)}"
            found += [Words(f"{called}: {head}", text, lines=0) for head, text in minutes[one.id].said]
    return found


def _called(meeting: MeetingRecord, packs: Mapping[str, str]) -> str:
    occasion = f"（{meeting.occasion}）" if meeting.occasion and meeting.kind != "support" else ""
    return f"{packs.get(meeting.pack_meeting, '会議')}{occasion} {_named(meetings.STATE_NAMES, meeting.state)}"


def _task(task: CaseTask, packs: Mapping[str, str]) -> str:
    about = [packs.get(task.pack_meeting or "", ""), task.occasion or ""]
    return " ".join([_named(tasks.KIND_NAMES, task.kind), *filter(None, about)])


def told(entry: CaseEntry) -> str:
    """An entry of the course in one line; also for who asks to see their own record."""
    body = entry.body
    match entry.kind:
        case "stage":
            return f"段階: {_named(course.STAGE_NAMES, body['to'])} {body['reason'] or ''}".strip()
        case "outreach":
            return f"アウトリーチ: {_named(outreach.MEANS_NAMES, entry.means)}、{_named(outreach.RESULT_NAMES, entry.result)} {body['words']}".strip()
        case "participation":
            return f"参加支援: {body['name']}、{_named(participation.RESULT_NAMES, entry.result)} {body.get('words', '')}".strip()
        case "assessment":
            return f"アセスメント {'／'.join((body['text'], *corrected_lines(entry)))}"
        case "slip":
            return f"連絡票を渡した: {body['to']}"
        case "slip_ended":
            return f"連絡票の終わり: {_named(slips.END_NAMES, entry.result)}"
        case _:
            said = "／".join(body[name] for name in ("wishes", "text", "reason", "reached", "follow_up") if body.get(name))
            return f"{KIND_NAMES.get(entry.kind, '')} {said}".strip()


KIND_NAMES = {
    "application": "利用申込", "assessment": "アセスメント", "no_meeting": "会議を開かずに進める", "monitoring": "モニタリング",
    "ended": "終結", "suspended": "中断", "slip_opened": "連絡票が開かれた", "slip_tried": "連絡票の番号がまちがっていた",
    "slip_receipt": "連絡票の受領",
}


def _named(names: Mapping[Key, str], key: str | None) -> str:
    return next((label for one, label in names.items() if one == key), "")


def _state(plan: SupportPlan) -> plans.State:
    return next(state for state in plans.STATE_NAMES if state == plan.state)


def _stage(stage: str) -> course.Stage:
    return next(one for one in course.STAGES if one == stage)


def _when(at: datetime | None) -> str:
    """The day, with the hour where one is set (midnight is none)."""
    local = at.astimezone(TOKYO) if at else None
    hour = f" {clock_text(local)}" if local and (local.hour, local.minute) != (0, 0) else ""
    return f"{japanese_date(at)}{hour}"
