"""Ages and school years in all the ways people write them.

Must not know: whose age it is (`triage/people.py` decides by what stands beside it).
"""

import re
from dataclasses import dataclass

Range = tuple[int, int]
_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_WIDE = re.compile("[０-９]")
_KANJI = {char: value for value, char in enumerate("〇一二三四五六七八九")}
_N = r"(?:\d{1,3}|[一二三四五六七八九]?[十百][一二三四五六七八九十]*|[〇一二三四五六七八九]{1,3})"
_AT_N = r"(?=[\d〇一二三四五六七八九十百])"   # a look at one character spares the rest of a pattern
_NOT_AGE = (r"(?!\s*(?:\d|[,，.．:：/-]\d|[万円月日人時分個件回%％度℃階号匹頭枚冊本杯週級泊割倍台名通社束度合畳坪歩床軒ヶヵカケ箇]"
            r"|年(?!金)|か[月所国]|ｶ|ｹ|千|百|kg|キロ|日|つ|ヵ|世帯|センチ|cm|mg|ミリ|リットル|グラム|パーセント|連|番|組|歳|才|さい))")

_KIN = (r"(?:父|母|親|祖父|祖母|夫|妻|主人|旦那|女房|家内|兄|弟|姉|妹|息子|娘|長男|長女|次男|次女|子|孫|嫁|婿|叔父|伯父|叔母|伯母|甥|姪|"
        r"ばあ|じい|婆|爺|おかん|おとん|オカン|親父|おやじ|お袋|おふくろ|ママ|パパ|むすこ|むすめ|つま|おっと|はは|ちち|わたし|私|僕|俺|おれ|自分|"
        r"わし|うら|おいら|あたし|おばあ|おじい|せがれ|倅|兄貴|姉貴|いとこ|同居人|あに|あね|おとうと|いもうと|男|女|ワン|わん|本人|旦那|彼|両親|夫婦|老|年寄)")

_TITLE = r"(?:さん|ちゃん|くん|君|様|親|の方|ども)?"

_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("born", re.compile(rf"(明治|大正|昭和|平成|令和|[MTSHR])\s*({_N}|元)\s*年?\s*(?:生まれ|うまれ|生れ|生)")),
    ("western", re.compile(r"((?:19|20)\d\d)\s*年?\s*(?:生まれ|うまれ|生れ|生)")),
    ("months", re.compile(rf"(?:生後|産後)\s*({_N})\s*(?:か|ヶ|ヵ|カ|ケ|ｶ|ｹ|箇)?\s*(月|日|週)|({_N})\s*(?:か|ヶ|ヵ|カ|ケ|ｶ|ｹ|箇)月(?=児|の(?:子|娘|息子|赤|男|女|双))")),
    ("years", re.compile(rf"{_AT_N}({_N})\s*[,、・~〜～-]\s*({_N})\s*(?:歳|才|さい)")),
    ("decade", re.compile(rf"{_AT_N}({_N})\s*(?:代|だい)(?![理表金々わ休替行役筆])(\s*(?:前半|なか?ば|半ば|後半))?")),
    ("age", re.compile(rf"{_AT_N}({_N})\s*(?:歳|才|さい|サイ|ｻｲ|ちゃい|つになる|っさい)")),
    ("past", re.compile(rf"{_AT_N}({_N})\s*(?:歳|才)?\s*を?(過ぎ|すぎ|手前|近く|ちかく|近い|ちかい|がらみ|前後(?=の(?:男|女|方|人|お|じ|ば)|で|、|くらい)|路)(?!行)([てるた]?)")),
    ("boomers", re.compile("団塊(?!ジュニア)")),
    ("small", re.compile(r"([3-6]|[三四五六])つの(?=子|娘|息子|孫|女|男)|(みっつ|よっつ|いつつ|むっつ)(?=の(?:子|娘|息子|孫|女|男)|にな)")),
    ("spelt", re.compile(r"(に|さん|よん|ご|ろく|なな|しち|はち|きゅう)?じゅう(いち|に|さん|よん|し|ご|ろく|なな|しち|はち|きゅう|く)?(?=さい|だい|です|に[なも]|の|すぎ|ちか|だ|や|、|。|\s|$)")),
    ("school", re.compile(r"(小学校?|中学校?|高校|高等学校|大学)\s*([1-6１-６一二三四五六])\s*年|(小|中|高|大|しょう|ちゅう)\s*([1-6１-６一二三四五六])(?![0-9０-９十年月つ人回時])|(?<![0-9０-９])([1-6１-６一二三四五六])年生")),
    ("stage", re.compile(r"(?=[新乳赤あ園未年小し中ち高こJjDdK大専十1テ還古喜傘米卒白百後前老三四五六七八アミ2成定若は二浪予短女男])(?:新生児|乳児|赤ちゃん|赤ん坊|あかちゃん|乳幼児|未就学児?|園児|年少|年中(?!無休|行事|さん?む)|年長|小学生|しょうがくせい|中学生|ちゅうがくせい|高校生|こうこうせい|"
                         r"(?:JK|JC|DK|jk)(?![a-zA-Z])|中高生|女子高生|男子高生|大学生|専門学生|未成年|十代|10代|ティーン|"
                         r"還暦|古希|古稀|喜寿|傘寿|米寿|卒寿|白寿|百寿|後期高齢|前期高齢|高齢者?(?!出産)|年寄り|老いた|老人|老夫婦|老親|老母|老父|老後|"
                         r"三十路|四十路|五十路|六十路|七十路|八十路|アラサー|アラフォー|アラフィフ|アラ還|アラカン|ミドサー|中年|20代|成人した|成人の|定年(?=後|退職|を迎|にな|し[てた])|若者|"
                         r"はたち|二十歳|浪人生|予備校生|短大生|大学院生|女子大生|新卒)")),
    ("kin", re.compile(rf"{_KIN}{_TITLE}\s*[はがも、,（(：:・]?\s*({_N}){_NOT_AGE}")),
    ("bare", re.compile(rf"{_AT_N}(?<![\d.,一二三四五六七八九十百第月年#\-/:約])({_N}){_NOT_AGE}(?=の{_KIN}|と[0-9一二三四五六七八九]|の(?:私|わたし)|なる|なり|なっ|なん|に(?:なり|なる|なっ)|です|だけ?ど|やけど|やで|や。|だよ|"
                        rf"でした|だ(?![いっらけ])|じゃ|っす|[)）]|で(?![すしきも])|や[ねでしけな]|なのに|やのに|にも?な|を[超越]|[。、！!，,\s\n]|$|男|女|歳|独身|"
                        rf"の?(?:ひとり|一人|独り|独居|身|学生|無職|主婦|主夫|フリーター|会社員|シングル)|の(?:春|冬|夏|秋|誕生|坂)|{_KIN})")),
)
_STAGES: dict[str, Range] = {
    "新生児": (0, 0), "乳児": (0, 1), "赤ちゃん": (0, 1), "赤ん坊": (0, 1), "あかちゃん": (0, 1), "乳幼児": (0, 5), "未就学": (0, 6),
    "未就学児": (0, 6), "園児": (1, 6), "年少": (3, 4), "年中": (4, 5), "年長": (5, 6), "小学生": (6, 12), "しょうがくせい": (6, 12),
    "中学生": (12, 15), "ちゅうがくせい": (12, 15), "高校生": (15, 18), "こうこうせい": (15, 18), "jk": (15, 18), "dk": (15, 18),
    "jc": (12, 15), "中高生": (12, 18), "女子高生": (15, 18), "男子高生": (15, 18), "大学生": (18, 24), "専門学生": (18, 24),
    "未成年": (10, 17), "十代": (10, 19), "10代": (10, 19), "ティーン": (13, 19), "還暦": (60, 61), "古希": (70, 70), "古稀": (70, 70),
    "喜寿": (77, 77), "傘寿": (80, 80), "米寿": (88, 88), "卒寿": (90, 90), "白寿": (99, 99), "百寿": (100, 100), "後期高齢": (75, 100),
    "前期高齢": (65, 74), "高齢": (65, 100), "高齢者": (65, 100), "年寄り": (65, 100), "老いた": (65, 100), "老人": (65, 100),
    "老夫婦": (65, 100), "老親": (65, 100), "老母": (65, 100), "老父": (65, 100), "三十路": (30, 39), "四十路": (40, 49),
    "五十路": (50, 59), "六十路": (60, 69), "七十路": (70, 79), "八十路": (80, 89), "アラサー": (27, 33), "アラフォー": (37, 43),
    "アラフィフ": (47, 53), "アラ還": (57, 63), "アラカン": (57, 63), "中年": (40, 60), "ミドサー": (34, 37), "はたち": (20, 20), "二十歳": (20, 20),
    "浪人生": (18, 20), "予備校生": (18, 20), "短大生": (18, 21), "大学院生": (22, 30), "女子大生": (18, 23), "新卒": (18, 24),
    "成人した": (20, 64), "成人の": (20, 64), "定年": (60, 75),
}
_ALONE = re.compile(r"\s*\d\d\s*(?:です|だよ|だ|なんですけど|なんだけど|ですけど|だけど)\s*[。.!！]?\s*")   # 13です and nothing else is an age
_ERAS = {"明治": 1867, "M": 1867, "大正": 1911, "T": 1911, "昭和": 1925, "S": 1925, "平成": 1988, "H": 1988, "令和": 2018, "R": 2018}
_SCHOOL = {"し": 5, "ち": 11, "小": 5, "中": 11, "高": 14, "大": 17}
_LIKELY = re.compile(r"[\d０-９一二三四五六七八九十歳才代]|さい|ｻｲ|生|年|児|園|路|アラ|ミド|寿|還暦|古希|高齢|老|赤|あか|JK|JC|jk|ティーン|成|卒|団塊|はたち|っつ|つつ|じゅう")
_COUNTED = ("iq", "ＩＱ", "手取り", "築", "残り", "のこり", "あわせて", "合わせて", "合計", "全部で", "ぜんぶで", "体重", "身長", "時給", "日給", "月給", "家賃", "血圧",
            "血糖", "週", "月に", "年に", "日に", "給料", "貯金", "貯蓄", "所持金", "偏差値", "点数", "番号", "№", "no.")   # no age follows these
_WEEKS = ("先週", "今週", "来週")   # 先週18になった, but 週18時間
_SPELT = {"いち": 1, "に": 2, "さん": 3, "よん": 4, "し": 4, "ご": 5, "ろく": 6, "なな": 7, "しち": 7, "はち": 8, "きゅう": 9, "く": 9}
_SMALL = {"みっつ": 3, "よっつ": 4, "いつつ": 5, "むっつ": 6}


_NUMBERS = re.compile(r"[0-9一二三四五六七八九十百]|じゅう|っつ|つつ|団塊|元年")
# Without one of these a form cannot stand in a text.
_NEEDED = {
    "born": ("生", "うまれ"), "western": ("生", "うまれ"), "months": ("生後", "産後", "月児", "月の"), "years": ("歳", "才", "さい"), "decade": ("代", "だい"),
    "age": ("歳", "才", "さい", "サイ", "ｻｲ", "ちゃい", "つになる"), "past": ("過ぎ", "すぎ", "前後", "手前", "近", "ちか", "がらみ", "路"), "boomers": ("団塊",),
    "small": ("つの", "っつ", "つつ"), "spelt": ("じゅう",), "school": ("小", "中", "高", "大", "しょう", "ちゅう", "年生"),
}
_STAGE_ONLY = tuple(one for one in _FORMS if one[0] == "stage")


@dataclass(frozen=True, slots=True)
class Age:
    """An age read at begin..end of the text. bare: a number without a unit; group: two ages in one (2, 3歳)."""

    low: int
    high: int
    begin: int
    end: int
    bare: bool = False
    stage: bool = False


def ages(text: str, *, year: int) -> list[Age]:
    """All ages in `text`, left to right, none overlapping. year: today's, for years of birth."""
    if not _LIKELY.search(text):
        return []
    plain = text.translate(_DIGITS) if _WIDE.search(text) else text
    found: list[Age] = []
    taken = bytearray(len(plain))
    for form, pattern in _FORMS if _NUMBERS.search(plain) else _STAGE_ONLY:
        needed = _NEEDED.get(form)
        if needed is not None and not any(map(plain.__contains__, needed)):
            continue
        for match in pattern.finditer(plain):
            if form == "months" and match.start() and plain[match.start() - 1] in "歳才":
                continue   # 0歳8ヶ月 is one age
            before = plain[: match.start()].rstrip(" 　はがも:：").lower() if form in ("bare", "past") else ""
            if before.endswith(_COUNTED) and not before.endswith(_WEEKS):
                continue
            if any(taken[match.start() : match.end()]):
                continue
            span = (year - 1949, year - 1947) if form == "boomers" else _range(form, match, year)
            if span is not None:
                begin, end = match.span(1) if form == "kin" else match.span()
                found.append(Age(*span, begin, end, form in ("bare", "kin"), form == "stage"))
                taken[begin:end] = b"\1" * (end - begin)
    return sorted(found, key=lambda age: age.begin)


def _range(form: str, match: re.Match[str], year: int) -> Range | None:
    if form == "born":
        return _one(year - _ERAS[match[1]] - (1 if match[2] == "元" else number(match[2])))
    if form == "western":
        return _one(year - int(match[1]))
    if form == "months":
        count = number(match[1] or match[3])
        return (0, 0) if (match[2] or "月") != "月" else (count // 12, count // 12)
    if form == "years":
        low, high = number(match[1]), number(match[2])
        return (min(low, high), max(low, high)) if max(low, high) <= 115 else None
    if form == "decade":
        return _decade(number(match[1]), (match[2] or "").strip())
    if form == "age":
        return _one(number(match[1]))
    if form == "past":
        return _about(number(match[1]), match[2], verb=bool(match[3]))
    if form == "small":
        return _one(_SMALL[match[2]] if match[2] else number(match[1]))
    if form == "spelt":
        value = _SPELT.get(match[1] or "いち", 0) * 10 + _SPELT.get(match[2] or "", 0)
        return (value, value) if match[1] or match[2] else None
    if form == "school":
        return _school(match)
    if form == "stage":
        return _STAGES.get(match[0].lower())
    value = number(match[1])
    return (value, value) if (10 if _ALONE.fullmatch(match.string) else 14) <= value <= 105 else None


def _one(value: int) -> Range | None:
    return (value, value) if 0 <= value <= 115 else None


def _decade(value: int, part: str) -> Range | None:
    if value % 10 or not 10 <= value <= 110:
        return None
    if part == "前半":
        return value, value + 4
    return (value + 5, value + 9) if part == "後半" else (value, value + 9)


def _about(value: int, word: str, *, verb: bool) -> Range | None:
    """verb: 五十過ぎて, 七十を過ぎた: an age only where few other things are counted so high."""
    if not (38 if verb or word in ("近い", "ちかい", "前後") else 20) <= value <= 105:
        return None
    if word in ("手前", "近く", "ちかく", "近い", "ちかい"):
        return value - 2, value
    if word == "前後":
        return value - 3, value + 3
    return (value, value + 9) if word == "路" else (value, value + 5)


def _school(match: re.Match[str]) -> Range | None:
    grade = number(match[2] or match[4] or match[5])
    stage = (match[1] or match[3] or "小")[0]
    if stage in "中高ち" and grade > 3:
        return None
    age = _SCHOOL[stage] + grade
    return age, age + 1


def number(text: str) -> int:
    """An integer of Arabic or Chinese numerals up to 199."""
    if text.isdecimal():
        return int(text)
    if "十" not in text and "百" not in text:
        return int("".join(str(_KANJI[char]) for char in text))
    total = unit = 0
    for char in text:
        if char == "百":
            total, unit = total + max(unit, 1) * 100, 0
        elif char == "十":
            total, unit = total + max(unit, 1) * 10, 0
        else:
            unit = _KANJI.get(char, 0)
    return total + unit
