"""What the packs name is printed in the plans. Runs only where ../shared/seeds stands beside the clone."""

import re
from pathlib import Path

import pytest

from knowledge.loader import ROOT
from tests import whole

PLANS = {
    "taiki": "000_d6e94167b98ef347.txt",
    "itoman": "001_0b7c4c48e152b2dc.txt",
    "nagaizumi": "002_5ce74c7d401252db.txt",
    "katsuyama": "003_cbba09faae6ca7ba.txt",
    "yokkaichi": "004_7416d1e0c9257d38.txt",
}
SEEDS = ROOT.parent.parent / "shared" / "seeds"
WHITE = re.compile(r"\s+")
TELEPHONE = re.compile(r"01558-\d-\d{4}")


def pack_text(town: str) -> str:
    folder = ROOT / "municipalities" / town
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml")))


def plan_text(town: str) -> str:
    """The plan without white space; its lines break inside words."""
    plan: Path = SEEDS / PLANS[town]
    if not plan.is_file():
        pytest.skip("needs ../shared/seeds, which is not beside this clone")
    return WHITE.sub("", plan.read_text(encoding="utf-8"))


def test_taiki_telephones_are_printed_in_the_plan() -> None:
    plan = plan_text("taiki")
    assert "01558-6-4833" in plan
    for telephone in set(TELEPHONE.findall(pack_text("taiki"))):
        assert telephone.removeprefix("01558-") in plan, telephone


@pytest.mark.parametrize(("town_id", "names"), [
    ("taiki", ("高齢者支援係", "介護保険係", "療育推進係", "児童保育係", "健康係", "とがち生活あんしんセンター", "大樹町栄通29番地6",
               "大樹町西本通73番地1", "大樹町新通1丁目19番地", "生活保護実施機関")),
    ("itoman", ("くらしのサポートセンター", "障害者基幹相談支援センター", "委託相談支援事業所", "利用者支援事業(特定型)", "願寿館事業",
                "地域福祉コーディネーター配置事業")),
    ("nagaizumi", ("いちばんいい会議", "ゆううん", "まえむき、なかせ、つむぎ、リベルテ、ふがく", "パルながいずみ", "ちえりーぶらっさむ",
                   "公益財団法人復康会", "企業局", "公共職業安定所", "事務職1人で週2日勤務、2人で週4日勤務")),
    ("katsuyama", ("困りごと支援センター", "障害者生活支援センター", "よこ系会議", "基幹相談支援センター")),
    ("yokkaichi", ("在宅介護支援センター", "青少年育成室", "男女共同参画センター", "国際交流センター", "ブラウ", "訪問給食事業")),
])
def test_names_are_printed_in_plan_and_pack(town_id: str, names: tuple[str, ...]) -> None:
    pack, plan = pack_text(town_id), plan_text(town_id).replace("（", "(").replace("）", ")")
    for name in names:
        assert name in plan, name
        written = name.replace("(", "（").replace(")", "）").replace("生活保護実施機関", "生活保護の実施機関")
        assert written in pack, name


def test_yokkaichi_window_names_are_printed_in_the_plan() -> None:
    plan = plan_text("yokkaichi")
    for window in whole.knowledge().towns["yokkaichi"].windows:
        assert window.name in plan, window.name
