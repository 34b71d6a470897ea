"""The chat's files and texts, read once: static files with their media types and one version, texts by language.

Knows files; nothing of requests.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
FALLBACK = "ja"
_AT_OPERATORS = re.compile(r" (==?|=>|&&|\|\||[+?:]) |(?<=[,{:]) | (?=[{}])")
"""Spaces that say nothing; no text of the loader has them there, its words are put in afterwards."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file, as it is and as it goes over slow lines."""

    body: bytes
    media_type: str

    @property
    def packed(self) -> bytes:
        """Gzipped; the same bytes each time."""
        return _packed(self.body)

    @property
    def tag(self) -> str:
        """Another one for other bytes."""
        return _tag(self.body)


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language: loader, page (put into the HTML), script (given to the modules)."""

    language: str
    name: str
    loader: Mapping[str, str]
    page: Mapping[str, str]
    script: Mapping[str, str]

    @property
    def tongue(self) -> str:
        """What the page says it is in: screen readers know no easy Japanese."""
        return FALLBACK if self.language.startswith(f"{FALLBACK}-") else self.language

    def filled(self, **values: str) -> Texts:
        """With {town} and {office} filled in; placeholders that the scripts fill stay."""
        def fill(texts: Mapping[str, str]) -> dict[str, str]:
            return {key: _fill(text, values) for key, text in texts.items()}

        return Texts(self.language, self.name, fill(self.loader), fill(self.page), fill(self.script))


@cache
def _packed(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)


@cache
def _tag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:12]


def _fill(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


@cache
def texts() -> Mapping[str, Texts]:
    """All languages of `texts.yaml`. KeyError at first use where one lacks a part."""
    data = yaml.safe_load((HERE / "texts.yaml").read_text("utf-8"))
    return {
        language: Texts(language, part["name"], part["loader"], part["page"], part["script"])
        for language, part in data.items()
    }


@cache
def languages() -> Mapping[str, str]:
    """What languages call themselves, those without texts of their own too: the bot may speak more than the frame does."""
    return dict(yaml.safe_load((HERE / "languages.yaml").read_text("utf-8")))


def best_language(*wanted: str | None) -> str:
    """The first wanted language that there are texts for (`en-GB` finds `en`), else Japanese."""
    for tag in wanted:
        for candidate in (tag or "", (tag or "").split("-")[0]):
            if candidate in texts():
                return candidate
    return FALLBACK


@cache
def files() -> Mapping[str, Asset]:
    """Static files by name, as served under `/chat/assets/<version>/`."""
    return {
        path.name: Asset(path.read_bytes(), MEDIA_TYPES[path.suffix])
        for path in sorted((HERE / "assets").iterdir()) if path.suffix in MEDIA_TYPES
    }


@cache
def version() -> str:
    """Content hash over all files: part of their path, so that they can be cached for ever."""
    whole = hashlib.sha256()
    for name, asset in files().items():
        whole.update(name.encode() + b"\0" + asset.body + b"\0")
    return whole.hexdigest()[:12]


@cache
def loader() -> bytes:
    """`widget.js` as it is served: its few words put in, comment lines, indentation and spaces at operators taken out."""
    words = {language: text.loader for language, text in texts().items() if not language.startswith(f"{FALLBACK}-")}
    lines = (line.strip() for line in (HERE / "widget.js").read_text("utf-8").splitlines())
    source = _AT_OPERATORS.sub(lambda found: found[1] or "", "\n".join(line for line in lines if line and not line.startswith("//")))
    return source.replace('"TEXTS"', json.dumps(words, ensure_ascii=False, separators=(",", ":"))).encode()
