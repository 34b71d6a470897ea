"""Window cards as lines, telephone links and web links. Pure; the same words on every channel.

What is unknown is said to be unknown and where to ask; nothing is invented. A card that is reached by its link needs neither.
"""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from bots.types import Card

UNKNOWN_HOURS = "窓口の時間は役場にお確かめください"
UNKNOWN_TELEPHONE = "電話番号は役場にお確かめください"
CALL = "電話をかける"
OPEN = "ページを開く"
_TELEPHONE = re.compile(r"(?>[+#*]?(?:[0-9]+|\([0-9]+\))(?:-?(?:[0-9]+|\([0-9]+\)))*)(?! ?[0-9])")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ーｰ", "-"))
_LONGEST_URI = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a card: label None for free text and for what is unknown."""

    label: str | None
    text: str


def rows(card: Card) -> tuple[Row, ...]:
    """The lines under the title: what it does, place, hours, telephone, link."""
    linked = card.url is not None and card.telephone is None
    free = [Row(None, line) for line in card.lines if line.strip()]
    place = _row("場所", card.place)
    hours = _row("時間", card.hours, unknown=None if linked else UNKNOWN_HOURS)
    telephone = _row("電話", card.telephone, unknown=None if linked else UNKNOWN_TELEPHONE)
    return (*free, *place, *hours, *telephone, *_row(None, card.url))


def card_text(card: Card) -> str:
    """The whole card as plain text, for channels without cards."""
    lines = [f"{row.label}：{row.text}" if row.label else row.text for row in rows(card)]
    return "\n".join([f"■ {card.title}", *lines])


def tel_uri(telephone: str | None) -> str | None:
    """tel: and the number (01558-6-2111, 189, #7119); None when no whole number stands at the beginning.

    Digits set apart by spaces may be one number or two, so they make no link: a wrong number is worse than none.
    """
    if not telephone:
        return None
    found = _TELEPHONE.match(unicodedata.normalize("NFKC", telephone).translate(_DASHES).strip())
    digits = re.sub(r"[()-]", "", found.group()) if found else ""
    return "tel:" + quote(digits, safe="+*") if len(digits) >= 3 else None


def web_uri(url: str | None) -> str | None:
    """An http(s) address fit for a button, percent-encoded, at most 1,000 characters; None for anything else."""
    if not url:
        return None
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
    except ValueError:
        return None
    encoded = quote(url.strip(), safe="%/:?#[]@!$&'()*+,;=-._~")
    usable = parts.scheme in ("http", "https") and host and host.isascii()
    return encoded if usable and len(encoded) <= _LONGEST_URI else None


def _row(label: str | None, value: str | None, *, unknown: str | None = None) -> list[Row]:
    if value and value.strip():
        return [Row(label, value)]
    return [Row(None, unknown)] if unknown else []
