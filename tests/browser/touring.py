"""What the manual shows: each picture with who sees it, where it is taken, and the words that have to stand there.

The words are those that the manual names: when a page calls a thing otherwise, the manual has to as well.
"""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "ja" / "pictures"
MANUALS = ("manual-staff.md", "manual-coordinator.md", "manual-admin.md")


@dataclass(frozen=True)
class Stop:
    """A picture. path: {ticket}, {case}, … are filled in by the tour; at: what the picture begins at; open: details that
    are opened by their summary's words; shows: words of the page that the manual names.
    """

    name: str
    role: str
    path: str
    shows: tuple[str, ...]
    at: str = "main"
    open: tuple[str, ...] = ()


TOUR = (
    Stop("staff-list", "staff", "/staff/tickets", ("案件の一覧", "朝の一覧", "電話・来庁を受ける", "しぼる")),
    Stop("staff-morning", "staff", "/staff/morning", ("朝の一覧", "A4 一枚に印刷する", "連絡する日が来たもの")),
    Stop("staff-ticket", "staff", "/staff/tickets/{ticket}", ("次にすること", "期限", "まだ分からないこと", "返事を書く")),
    Stop("staff-reply", "staff", "/staff/tickets/{ticket}", ("やりとり", "返事を送る"), at="#reply"),
    Stop("staff-reception", "staff", "/staff/reception", ("電話・来庁・訪問を受ける", "保存して、自分が担当する")),
    Stop("staff-moves", "staff", "/staff/tickets/{ticket}", ("窓口のうつりかわり", "ほかの窓口に引き継ぎを相談する"), at="#moves",
         open=("ほかの窓口に引き継ぎを相談する",)),
    Stop("staff-ending", "staff", "/staff/tickets/{ticket}", ("終わりにする", "次に連絡する日", "連絡してみたことを残す"), at="#attempts"),
    Stop("staff-restriction", "staff", "/staff/tickets/{ticket}", ("だれが見られるか", "わたしはこの人の知り合いです", "照会として記録する"),
         at="#restriction", open=("わたしはこの人の知り合いです", "家族などの居場所や")),
    Stop("staff-wrong", "staff", "/staff/tickets/{ticket}", ("自動案内の読み取りが「ちがう」とき", "正しい窓口", "窓口のほかにちがうこと"), at="#wrong"),
    Stop("staff-paper", "staff", "/staff/tickets/{ticket}/referral", ("つなぐシート", "渡してよい根拠", "渡すもの")),
    Stop("coordinator-board", "coordinator", "/staff/cases", ("ケースとして受ける", "旗を下ろす", "日付のある仕事")),
    Stop("coordinator-case", "coordinator", "{case}", ("次にすること", "かかわる機関と役割", "ケースの引き継ぎ（全部）")),
    Stop("coordinator-consent", "coordinator", "{case}", ("同意の答えを記録する", "読み上げた説明"), at="{person}",
         open=("同意の答えを記録する",)),
    Stop("coordinator-meetings", "coordinator", "{case}", ("会議を開かず、担当どうしで進める",), at="{offers}"),
    Stop("coordinator-meeting", "coordinator", "{meeting}", ("議題", "資料（構成員だけ）", "会議資料を印刷する")),
    Stop("coordinator-slip", "coordinator", "{case}", ("民生委員などへの連絡票", "見守ってほしいこと", "気づいたときの連絡先"), at="#slips",
         open=("連絡票を渡す",)),
    Stop("coordinator-gaps", "coordinator", "/staff/gaps", ("受け皿がなかったもの", "議題のある会議の予定を作る")),
    Stop("coordinator-figures", "coordinator", "/staff/figures", ("計画の数字とくらべる", "公表する", "Excelで保存")),
    Stop("admin-overview", "admin", "/staff/knowledge", ("なにをなおしますか", "窓口", "よくある質問", "これまでの版と、もどすとき")),
    Stop("admin-form", "admin", "/staff/knowledge/new/faq", ("変える理由", "影響をしらべる")),
    Stop("admin-draft", "admin", "{draft}", ("変わるところ", "点検", "住民に見える形", "影響")),
    Stop("admin-corrections", "coordinator", "{correction}", ("言葉を足す", "下書きにする", "言葉が別の意味だった", "事例として残す")),
    Stop("admin-own-cases", "admin", "/staff/own-cases", ("事例", "使ってよい", "YAML で保存")),
)


@dataclass(frozen=True)
class Visit:
    """A page that no picture shows, looked over like the others. role "": nobody has signed in."""

    path: str
    role: str = ""


VISITS = (
    Visit("/staff/login"), Visit("{door}"), Visit("/chat/demo"), Visit("/calendar"), Visit("/open/demo"), Visit("/docs"),
    Visit("/demo/demo"), Visit("/mail/stop/demo.x"), Visit("/duty/demo.x"),
    Visit("/staff/disclosure", "staff"), Visit("/staff/tickets/{ticket}/disclosure", "staff"), Visit("{extract}", "coordinator"),
    Visit("/staff/search", "staff"), Visit("/staff/others", "admin"), Visit("{other}", "admin"),
    Visit("/staff/tickets/{ticket}/ties", "staff"), Visit("/staff/password", "staff"), Visit("/staff/own", "staff"),
    Visit("{sheet}", "staff"), Visit("{referral}", "staff"), Visit("/staff/tickets/{ticket}/papers/intake", "staff"),
    Visit("/staff/unsent", "staff"), Visit("/staff/night", "admin"), Visit("/staff/links", "admin"), Visit("/staff/organisations", "admin"), Visit("/staff/organisations", "coordinator"), Visit("/staff/log", "admin"),
    Visit("{case}/paper", "coordinator"), Visit("{plan}/paper", "coordinator"), Visit("{meeting}/paper", "coordinator"),
    Visit("{slip}", "coordinator"), Visit("/staff/corrections", "coordinator"),
    Visit("{assessment}", "coordinator"), Visit("{assessment}/paper", "coordinator"),
    Visit("/staff/knowledge/things/window", "admin"), Visit("{window}", "admin"), Visit("{draft}/edit", "admin"),
    Visit("/staff/knowledge/history", "admin"),
)
KNOWN = {
    "ticket": "demo-2026-0001", "case": "/staff/cases/demo-c-2026-0001", "meeting": "/staff/meetings/x", "person": "#p",
    "draft": "/staff/knowledge/drafts/1", "correction": "/staff/corrections/x", "offers": "#offers",
    "door": "/slips/demo/x", "other": "/staff/others/demo-2026-0002", "sheet": "/staff/tickets/demo-2026-0001/moves/x/sheet",
    "referral": f"/staff/tickets/demo-2026-0001/referral/{UUID(int=0)}",
    "plan": "/staff/cases/demo-c-2026-0001/plans/x", "slip": "/staff/cases/demo-c-2026-0001/slips/x",
    "extract": "/staff/tickets/demo-2026-0001/disclosure/extract", "assessment": "/staff/cases/demo-c-2026-0001/people/x/sheet",
    "window": "/staff/knowledge/things/window/fukushi",
}
"""The shape of what the tour fills in."""
PIECES = frozenset({
    "GET /staff/rows", "GET /staff/tickets/{number}/messages", "GET /staff/tickets/{number}/enclosures", "GET /staff/morning/rows",
    "GET /staff/cases/rows", "GET /staff/cases/{number}/rows", "GET /staff/meetings/{meeting}/rows", "GET /staff/gaps/rows",
    "GET /staff/corrections/rows", "GET /staff/corrections/{correction}/foresight",
    "GET /staff/corrections/{correction}/proposals", "GET /staff/own-cases/rows", "GET /staff/own/state",
})
"""HTML that stands in other pages, which are looked over with it."""
FILES = frozenset({
    "GET /api/chat/conversations/{conversation_id}/files/{file_id}",
    "GET /staff/tickets/{number}/files/{attachment_id}", "GET /staff/tickets/{number}/files/{attachment_id}/preview",
    "GET /staff/figures/file", "GET /staff/log/file", "GET /staff/meetings/{meeting}/calendar.ics",
    "GET /calendar/{token}.ics", "GET /staff/tickets/{number}/papers/{paper}/file",
    "GET /staff/tickets/{number}/referral/{move_id}/file", "GET /staff/cases/{number}/paper/file",
    "GET /staff/cases/{number}/plans/{plan}/paper/file", "GET /staff/cases/{number}/people/{person}/sheet/paper/file", "GET /staff/meetings/{meeting}/paper/file",
    "GET /staff/own-cases/file", "GET /widget.js", "GET /chat/assets/{version}/{name}",
})
"""Answers that are saved or run, not read."""
