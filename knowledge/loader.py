"""All knowledge files into one frozen `Knowledge`, once; afterwards from a cache keyed by their content.

Refuses a set that is wrong anywhere: `KnowledgeError` names every finding with its line. The only module of this
package, with `source.py`'s reading of bytes handed to it, that touches the disk.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path

from pydantic import BaseModel, TypeAdapter, ValidationError

from knowledge.errors import KnowledgeError, Problem
from knowledge.parse import Bundle, Parsed, parse
from knowledge.phrases import check_phrases
from knowledge.references import check_references
from knowledge.types import Glossary, Knowledge

__all__ = [
    "ROOT",
    "File",
    "Glossary",
    "Knowledge",
    "KnowledgeError",
    "Problem",
    "Serving",
    "files",
    "load",
    "load_serving",
    "parsed",
    "version_of",
]

ROOT = Path(__file__).resolve().parent
_LAST_GOOD = "last-good.json"


@dataclass(frozen=True, slots=True)
class File:
    """One YAML file. path is relative to the knowledge folder, with slashes."""

    path: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Serving:
    """What a running town works with, what is wrong with the files as they lie there now, and the files served."""

    knowledge: Knowledge
    problems: tuple[Problem, ...] = ()
    files: tuple[File, ...] = ()

    def of_town(self, town: str) -> tuple[File, ...]:
        """The files of one town."""
        return tuple(file for file in self.files if _town_of(file.path) == town)


def load(root: Path = ROOT, *, cache: Path | None = None) -> Knowledge:
    """Read everything under `root`. KnowledgeError when anything is wrong.

    cache: a folder; a file there named by content spares the parsing. Damaged or foreign cache files are ignored.
    """
    return _load(files(root), root.name, cache)


def load_serving(root: Path = ROOT, *, cache: Path | None = None) -> Serving:
    """Read what can be served: a wrong edit never takes a town off the air, and never another town.

    A town whose files are wrong keeps its last good version, kept in `cache`; one that never had any (a new town half
    filled in) is left out. When what all share is wrong, all of it keeps its last good version. KnowledgeError when
    nothing can be served so.
    """
    found = files(root)
    try:
        knowledge = _load(found, root.name, cache)
    except KnowledgeError as error:
        kept = _last_good(cache)
        for candidate in (_mended(found, kept, error.problems, root.name), kept):
            try:
                mended = _load(candidate, root.name, cache)
            except KnowledgeError:
                continue
            if mended.towns:
                _keep_good(candidate, cache)
                return Serving(mended, error.problems, tuple(candidate))
        raise
    _keep_good(found, cache)
    return Serving(knowledge, files=found)


def _load(found: Sequence[File], folder: str, cache: Path | None) -> Knowledge:
    version = version_of(found)
    kept = cache / f"knowledge-{version}-{_code_version()}.json" if cache else None
    bundle = _from_cache(kept) if kept else None
    if bundle is None:
        bundle = _from_files(found, folder)
        if kept:
            _to_cache(kept, bundle)
    return knowledge_of(bundle, version)


def files(root: Path) -> tuple[File, ...]:
    """Every YAML file under `root`, in order of path. Hidden files and folders are not knowledge."""
    paths = sorted(path for suffix in ("yaml", "yml") for path in root.rglob(f"*.{suffix}") if path.is_file())
    relative = ((path, path.relative_to(root).as_posix()) for path in paths)
    return tuple(File(name, path.read_bytes()) for path, name in relative if not _hidden(name))


def parsed(found: Sequence[File], *, folder: str, known: Mapping[str, BaseModel] | None = None) -> Parsed:
    """Shapes and references, with every finding in `Parsed.problems`; folder is the name shown before paths.

    known: files typed already, for looking at one town alone.
    """
    result = parse({file.path: file.raw for file in found}, folder=folder, known=known)
    return result.with_problems([*check_references(result), *check_phrases(result)])


def version_of(found: Sequence[File]) -> str:
    """Content hash over names and bytes: 16 hex digits."""
    digest = hashlib.sha256()
    for file in found:
        digest.update(f"{file.path}\0{len(file.raw)}\0".encode())
        digest.update(file.raw)
    return digest.hexdigest()[:16]


def _town_of(path: str) -> str:
    """The folder of a town's file, "" for what all share."""
    return path.split("/")[1] if path.startswith("municipalities/") else ""


def _mended(
    found: Sequence[File], kept: Sequence[File], problems: Sequence[Problem], folder: str
) -> tuple[File, ...]:
    """`found` with every wrong town, and the shared files when they are wrong, as they last were good."""
    wrong = {_town_of(problem.file.removeprefix(f"{folder}/")) for problem in problems}
    return tuple(
        sorted(
            [
                *(file for file in found if _town_of(file.path) not in wrong),
                *(file for file in kept if _town_of(file.path) in wrong),
            ],
            key=lambda file: file.path,
        )
    )


def _last_good(cache: Path | None) -> tuple[File, ...]:
    """The files that were last served, none where nothing was kept or the record is damaged."""
    try:
        head, _, body = (cache / _LAST_GOOD).read_text(encoding="utf-8").partition("\n") if cache else ("{}", "", "")
        return tuple(File(path, text.encode()) for path, text in json.loads(body or head).items())  # head: as it was kept before
    except (OSError, ValueError, AttributeError):
        return ()


def _keep_good(found: Sequence[File], cache: Path | None) -> None:
    """Behind a line that says which files they are and how long the record is: each start asks that alone."""
    version = version_of(found)
    if cache is not None and not _kept_whole(cache / _LAST_GOOD, version):
        body = json.dumps({file.path: file.raw.decode() for file in found}, ensure_ascii=False).encode()
        _write(cache / _LAST_GOOD, f"{version} {len(body)}\n".encode() + body)


def _kept_whole(path: Path, version: str) -> bool:
    try:
        with path.open("rb") as record:
            line = record.readline(64)
            return line == f"{version} {path.stat().st_size - len(line)}\n".encode()
    except OSError:
        return False


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _from_files(found: Sequence[File], folder: str) -> Bundle:
    result = parsed(found, folder=folder)
    if result.problems or result.bundle is None:
        raise KnowledgeError(result.problems)
    return result.bundle


def knowledge_of(bundle: Bundle, version: str) -> Knowledge:
    replies: Mapping[str, Mapping[str, str]] = {file.language: file.replies for file in bundle.replies}
    return Knowledge(
        towns=bundle.towns,
        lexicon=bundle.lexicon,
        rules=bundle.rules,
        contacts=bundle.contacts,
        replies=replies,
        glossary=Glossary(bundle.glossary.needs.terms, bundle.glossary.topics.terms, bundle.glossary.words.terms),
        version=version,
        faq=bundle.faq,
        search=bundle.search,
        resume_words=bundle.resume_words,
        safe_contact=bundle.safe_contact,
        inquiry=bundle.inquiry,
        disclosure=bundle.disclosure,
        weights=bundle.weights,
        about=bundle.about,
        meetings=bundle.meetings,
        drafts=frozenset(file.language for file in bundle.replies if file.draft),
        answers=bundle.answers,
    )


@once
def _code_version() -> str:
    """Hash over the source of what reads and shapes: a cache written by other shapes is never read."""
    digest = hashlib.sha256()
    for path in sorted([*(ROOT / "schema").glob("*.py"), *(ROOT / f"{name}.py" for name in ("parse", "shape", "source"))]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


@once
def _adapter() -> TypeAdapter[Bundle]:
    return TypeAdapter(Bundle)


_held: dict[bytes, Bundle] = {}
"""What was read from a cache last, by its content: who asks again in this process gets the same, which nothing changes."""


def _from_cache(path: Path) -> Bundle | None:
    try:
        raw = path.read_bytes()
        content = hashlib.sha256(raw).digest()
        bundle = _held.get(content)
        if bundle is None:
            bundle = _adapter().validate_json(raw)
            _held.clear()
            _held[content] = bundle
        return bundle
    except (OSError, ValidationError):
        return None


def _to_cache(path: Path, bundle: Bundle) -> None:
    if _write(path, _adapter().dump_json(bundle, exclude_defaults=True)):
        for old in path.parent.glob("knowledge-*.json"):
            if old != path:
                old.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> bool:
    """Write beside and rename, so that a reader never sees half a file. A cache that cannot be written is no error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except OSError:
        return False
    return True
