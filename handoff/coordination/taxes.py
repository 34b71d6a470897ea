"""税務課がもつ納税の情報: what comes from the tax office goes into no meeting without the taxpayer's consent (地方税法22条).

Known by who says it (an officer of the tax office) or by how it is told (「税務課によると」). What people say of their own
taxes is theirs to say: it is a `resident` item, or stands in 「 」.
"""

import re

from handoff.desk.staff import SignedIn
from knowledge.schema import Town

TAX_OFFICE = re.compile(r"税務|税課|納税|収税|収納課|債権回収|滞納整理")
"""Names of offices whose officials fall under 地方税法第22条."""
TOLD_BY_IT = re.compile(
    r"(税務|市民税|町民税|住民税|資産税|固定資産税|納税|収税|収納|徴収|債権回収|滞納整理|税)(課|係|室|班|担当|課の担当|センター|機構|署)"
    r"[^。\n]{0,6}?"
    r"(に(よると|よれば|確認|照会|問い?合わせ|聞[いく])|の(記録|台帳|調べ|資料|情報|データ|話|報告|把握|説明)|"
    r"(から|より)の?(情報|報告|聞|教|提供|回答|説明|話)|が(把握|確認|報告|説明|話|言|持)|[:：])"
)
QUOTED = re.compile(r"「[^」]*」")
REFUSED = (
    "税務課がもつ納税の情報は、本人の同意がないと会議の資料・議事録・決めたことに出せません（地方税法第22条）。"
    "出すには、ケースの画面で「税務課がもつ納税の情報」の同意を本人から取ってください。"
    "本人や家族が自分で話したことは、資料なら「本人・家族が話したこと」として、文のなかなら「 」に入れて書けます。"
)
UNSAID = (
    "税務課の人が構成員にいます。話したこと・決めたことに、税務課がもつ納税の情報が入っているかどうかを選んでください。"
)
CLOSED = "税務課がもつ納税の情報が入っています。本人の同意がいまはないため、出していません。"


class TaxSecret(ValueError):
    """A taxpayer's data without the taxpayer's consent."""


class TaxUnsaid(ValueError):
    """Somebody of the tax office was there, and nobody has said whether what they know stands in the words."""


def is_tax_office(name: str) -> bool:
    return TAX_OFFICE.search(name) is not None


def speaks_for_it(staff: SignedIn, agency: str, town: Town) -> bool:
    """Whether what this member says is the tax office's: by the agency they sit for, or because they sit nowhere else.

    In a small town one person has several desks, and does not speak for all of them at once.
    """
    own = [window.name for window in town.windows if f"{town.id}.{window.id}" in staff.windows]
    return is_tax_office(agency) or (bool(own) and all(is_tax_office(name) for name in own))


def told_by_it(text: str) -> bool:
    """Whether the words say themselves that the tax office is where they come from. What stands in 「 」 is people's own."""
    return TOLD_BY_IT.search(QUOTED.sub("", text)) is not None
