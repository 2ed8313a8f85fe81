"""The index on disk: whole generations, published by one rename, checked when loaded, and nothing that can run code."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from index.encoder.embedding import Vectors
from index.store.nearest import PassageIndex, read_index, write_index
from index.store.passages import KINDS, Passage
from knowledge.errors import IndexUnusable
from knowledge.files import write_atomically, write_durably
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Beyond, Card, Contrast, Slug
from knowledge.reading.course import Course

# 3: the vectors are one FAISS index.
FORMAT = 3
CURRENT = "CURRENT"
COURSE = "course.json"
INDEX_FILE = "passages.faiss"
KEPT_GENERATIONS = 2
# Even a graph over 200,000 passages is written in minutes: a staging folder this old belongs to a writer that was killed.
STAGING_LEFT_AFTER_S = 3600.0


@dataclass(frozen=True)
class Manifest:
    """The sources of a generation: enough to know whether it is whole, current and of this model."""

    model: str
    model_identity: str
    dimension: int
    passages: int
    cards: int
    fingerprint: dict[str, str]
    broken: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT


@dataclass(frozen=True)
class Generation:
    """One published index, read back."""

    name: str
    manifest: Manifest
    base: KnowledgeBase
    passages: list[Passage]
    index: PassageIndex

    @property
    def vectors(self) -> Vectors:
        """Return the passages' vectors. Shapes: (passages, dimension)."""
        return self.index.vectors


def publish(directory: Path, manifest: Manifest, base: KnowledgeBase, passages: list[Passage], index: PassageIndex) -> str:
    """Write a generation beside the others and make it the current one; return its name.

    A reader sees the old one or the new one: the pointer is replaced by one rename, after everything it points at is on disk.
    """
    directory.mkdir(parents=True, exist_ok=True)
    contents = {
        # The id by which the vector index knows a passage is its row.
        "passages.jsonl": lines({"id": row, "hash": each.content_hash(), **each._asdict()} for row, each in enumerate(passages)),
        "cards.jsonl": lines(card.model_dump(mode="json") for card in base.cards.values()),
        "contrasts.jsonl": lines({"between": sorted(pair), "difference": text} for pair, text in base.contrasts.items()),
        "beyond.jsonl": lines(topic.model_dump(mode="json") for topic in base.beyond),
        "words.json": json.dumps({"terms": base.terms, "glossary": base.glossary}, ensure_ascii=False).encode(),
        COURSE: base.course.model_dump_json(exclude_defaults=True).encode(),
    }
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    # Named by its vectors and not by the file they are in: a graph over the same vectors comes out differently each time.
    hashes[INDEX_FILE] = hashlib.sha256(index.vectors.data).hexdigest()
    name = "generation-" + hashlib.sha256(head_of(manifest, hashes)).hexdigest()[:16]
    target = directory / name
    if not is_whole(target):
        shutil.rmtree(target, ignore_errors=True)
        staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=directory))
        try:
            for file, content in contents.items():
                write_durably(staging / file, content)
            write_index(index, staging / INDEX_FILE)
            hashes[INDEX_FILE] = checksum(staging / INDEX_FILE)
            write_durably(staging / "manifest.json", head_of(manifest, hashes))
            staging.rename(target)
        except OSError:
            # Another process may have published the very same meanwhile.
            if not is_whole(target):
                raise
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    write_atomically(directory / CURRENT, name.encode())
    remove_old(directory, keep=name)
    return name


def head_of(manifest: Manifest, hashes: dict[str, str]) -> bytes:
    """Render a manifest with the checksums of its files."""
    return json.dumps(asdict(manifest) | {"files": hashes}, indent=1, sort_keys=True).encode()


def load(directory: Path) -> Generation:
    """Read the current generation, its vectors by memory map.

    Raises:
        IndexUnusable: there is none, or a file of it is missing or damaged.
    """
    while True:
        name = current_name(directory)
        try:
            return load_generation(directory / name)
        except IndexUnusable:
            # A generation that is no longer the current one may have been removed while it was read.
            if current_name(directory) == name:
                raise


def load_generation(folder: Path) -> Generation:
    """Read one generation.

    Raises:
        IndexUnusable: a file of it is missing or damaged.
    """
    manifest = manifest_in(folder)
    try:
        verify_files(folder, manifest)
        index = read_index(folder / INDEX_FILE)
        passages = [Passage(row["slug"], KINDS[row["kind"]], row["place"], row["text"]) for row in read_lines(folder / "passages.jsonl")]
        cards = [Card.model_validate(row) for row in read_lines(folder / "cards.jsonl")]
        contrasts = [Contrast.model_validate(row) for row in read_lines(folder / "contrasts.jsonl")]
        beyond = tuple(Beyond.model_validate(row) for row in read_lines(folder / "beyond.jsonl"))
        names = json.loads((folder / "words.json").read_bytes())
        terms = {Slug(slug): tuple(words) for slug, words in names["terms"].items()}
        # Older generations have none; a folder with a course is indexed again, since its fingerprint has changed.
        course = Course.model_validate_json((folder / COURSE).read_bytes()) if COURSE in manifest.files else Course()
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise IndexUnusable(f"the index in {folder} is damaged ({type(error).__name__}): run 'askwell index build'") from error
    if not index.is_of(len(passages)) or index.vectors.shape[1] != manifest.dimension:
        raise IndexUnusable(f"the index in {folder} is damaged (vectors and passages differ in number): run 'askwell index build'")
    course.learn_words()
    differences = {each.pair: each.difference for each in contrasts}
    base = KnowledgeBase({card.slug: card for card in cards}, differences, beyond, terms, names["glossary"], course)
    return Generation(folder.name, manifest, base, passages, index)


def read_manifest(directory: Path) -> Manifest:
    """Read what the current generation was made of, without the rest of it.

    Raises:
        IndexUnusable: there is none, or its manifest is missing, damaged or of another format.
    """
    while True:
        name = current_name(directory)
        try:
            return manifest_in(directory / name)
        except IndexUnusable:
            if current_name(directory) == name:
                raise


def manifest_in(folder: Path) -> Manifest:
    """Read one generation's manifest.

    Raises:
        IndexUnusable: it's missing, damaged or of another format.
    """
    try:
        row = json.loads((folder / "manifest.json").read_bytes())
        if row["format"] != FORMAT:
            raise IndexUnusable(f"the index in {folder} has format {row['format']}, not {FORMAT}: run 'askwell index build'")
        return Manifest(**row)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise IndexUnusable(f"the index in {folder} is damaged ({type(error).__name__}): run 'askwell index build'") from error


def current_name(directory: Path) -> str:
    """Return the name of the published generation.

    Raises:
        IndexUnusable: nothing was published here yet.
    """
    try:
        name = (directory / CURRENT).read_text(encoding="utf-8").strip()
    except OSError:
        raise IndexUnusable(f"no index in {directory}: run 'askwell index build'") from None
    except UnicodeDecodeError:
        name = ""
    if not name.startswith("generation-") or "/" in name:
        raise IndexUnusable(f"{directory / CURRENT} names no index: run 'askwell index build'")
    return name


def is_whole(folder: Path) -> bool:
    """Return whether a generation is there with every file as it was written."""
    try:
        verify_files(folder, manifest_in(folder))
    except (OSError, IndexUnusable):
        return False
    return True


def verify_files(folder: Path, manifest: Manifest) -> None:
    """Compare every file of a generation with the checksum in its manifest."""
    for file, expected in manifest.files.items():
        if checksum(folder / file) != expected:
            raise IndexUnusable(f"the index file {folder / file} is damaged (wrong checksum): run 'askwell index build'")


def remove_old(directory: Path, *, keep: str) -> None:
    """Remove all but the newest generations, and what killed writers left; a generation that a reader still maps stays readable to it."""
    others = [path for path in directory.glob("generation-*") if path.name != keep]
    others.sort(key=changed_at, reverse=True)
    left = [path for path in directory.glob(".staging-*") if changed_at(path) < time.time() - STAGING_LEFT_AFTER_S]
    for path in [*others[KEPT_GENERATIONS - 1 :], *left]:
        shutil.rmtree(path, ignore_errors=True)


def changed_at(folder: Path) -> float:
    """Return when a folder was last changed; long ago if another process has just removed it."""
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def lines(rows: Any) -> bytes:
    """Render rows as JSON lines."""
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read JSON lines back."""
    return [orjson.loads(line) for line in path.read_bytes().splitlines() if line]
