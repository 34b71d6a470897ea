"""What every act on a ticket's page shares: what may go wrong, in plain Japanese, and the way back."""

from fastapi.responses import RedirectResponse

from api.acting import Acting
from handoff.coordination.partners import NoSuchBody
from handoff.coordination.recipients import NotARecipient
from handoff.desk.access import NotYours, OnlyAsked, record_refusal
from handoff.desk.answers import BadText, Resolved, SendsNothing
from handoff.desk.asking import NotAsked
from handoff.desk.closing import NoSuchAttempt, NotYet
from handoff.desk.custody import AlreadyTaken, NoSuchOutcome
from handoff.desk.enclosures import NotEnclosed
from handoff.desk.handover import NoOffer, NoSuchWindow, OfferOpen
from handoff.desk.introduction import NoGround, NothingToConfirm, OwnWindow
from handoff.desk.linking import NotTogether
from handoff.desk.reception import NoSuchWay, Written
from handoff.desk.restriction import NoSuchColleague, NotAllowed
from handoff.desk.unsent import NothingToDecide
from handoff.disclosure.requests import NotNow

TROUBLES: dict[type[Exception], str] = {
    AlreadyTaken: "ほかの職員が先に担当を変えました。いまの担当を確かめてください。",
    NoSuchColleague: "その職員はこの案件を見られません（閉じた人、知り合い、別の機関だけの人）。別の人を選んでください。",
    NotAllowed: "閲覧制限を外せるのは調整役だけです。調整役に伝えてください。",
    OwnWindow: "町の窓口と委託先には、根拠「町の窓口・委託先へ」を選びます。案件ごと引き継ぐときは「ほかの窓口に引き継ぎを相談する」を使ってください。",
    NoSuchWindow: "その窓口はありません。一覧から選んでください。",
    NoSuchAttempt: "連絡の方法と結果を一覧から選んでください。",
    NoSuchOutcome: "終わり方を一覧から選んでください。",
    NoSuchWay: "経路・だれから・急ぎの度合いを一覧から選んでください。",
    SendsNothing: "電話・来庁・訪問で受けた相談です。送る先がないので、電話などで伝えて、その記録を残してください。",
    Written: "書いて届いた相談です。返事はこの画面から送り、電話をしたときは「連絡してみたことを残す」に書いてください。",
    Resolved: "この案件は終わっています。",
    OnlyAsked: "この案件は、まだもとの窓口が担当しています。先に引き継ぎの返事をしてください。",
    OfferOpen: "ほかの窓口に引き継ぎを相談しているところです。返事を待つか、相談を取り消してからにしてください。",
    NoOffer: "この引き継ぎの相談は、もうありません。案件を開きなおして確かめてください。",
    NoGround: "別の機関に渡すには、同意か法令の根拠（だれが・いつ・どのように）と、渡す項目がいります。"
              "どちらもないときは、電話で紹介だけにして、項目は選ばないでください。",
    NothingToDecide: "その文は、もう送られたか、ほかの職員が決めました。「届いていないもの」を開きなおしてください。",
    NothingToConfirm: "その紹介は見あたらないか、もう返事を書いてあります。",
}


working = Acting(
    unseen=NotYours, title="No such ticket", record=record_refusal, spoken={
        BadText: 422, NotEnclosed: 409, NotYet: 409, NotTogether: 409, NotNow: 409, NotARecipient: 409, NoSuchBody: 409,
        NotAsked: 409,
    }, troubles=TROUBLES
)


def back(number: str, *, anchor: str = "#saved") -> RedirectResponse:
    """To the page, where it says that this is done: each `#saved…` is a line that shows itself only to who comes to it."""
    return RedirectResponse(f"/staff/tickets/{number}{anchor}", 303)
