"""A published index is whole or it isn't there: while others read, when the writer dies, when a file is damaged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import faiss
import numpy as np
import pytest

from index.store import generations
from index.store.build import build
from index.store.generations import CURRENT, INDEX_FILE, STAGING_LEFT_AFTER_S, Generation, current_name, load, publish, read_manifest
from index.store.nearest import FLAT, PassageIndex, make_index, write_index
from index.store.passages import Passage
from knowledge.errors import IndexUnusable
from knowledge.reading.course import read_course
from tests.full_disk import no_room
from tests.index.fakes import MODEL, CountingEncoder

FILES = ("passages.faiss", "passages.jsonl", "cards.jsonl", "contrasts.jsonl", "beyond.jsonl", "words.json", "course.json", "manifest.json")


@pytest.fixture
def index(tmp_path: Path, small: Path) -> Path:
    build(tmp_path / "index", small, CountingEncoder, MODEL)
    return tmp_path / "index"


def numbered(first: Generation, number: int) -> tuple[list[Passage], PassageIndex]:
    """Return the passages and vectors of another generation, each of which bears its number."""
    passages = [passage._replace(text=f"{number} {passage.text}") for passage in first.passages]
    return passages, make_index(np.full_like(first.vectors, number))


def test_what_is_published_is_read_back(index: Path, small: Path) -> None:
    generation = load(index)
    assert list(generation.base.cards) == ["labels", "targets", "masks"]
    assert generation.base.terms == {"masks": ("masking", "to mask")}
    assert generation.base.glossary == {"máscara": "mask"}
    assert generation.base.course == read_course(small)[0]
    assert generation.base.course.name == "labels and masks"
    assert [topic.topic for topic in generation.base.beyond] == ["cooking"]
    assert list(generation.base.contrasts.values()) == ["Labels are written down, and targets are aimed at."]
    assert generation.manifest.passages == len(generation.passages) == len(generation.vectors)
    assert set(generation.manifest.files) == set(FILES) - {"manifest.json"}


def test_a_reader_sees_the_old_index_or_the_new_one_and_never_half(index: Path) -> None:
    first = load(index)
    seen: set[str] = set()
    wrong: list[str] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                generation = load(index)
            except IndexUnusable as error:
                wrong.append(str(error))
                return
            numbers = {passage.text.split()[0] for passage in generation.passages}
            values = {str(int(value)) for value in np.unique(generation.vectors)}
            if generation.name != first.name:
                seen.add(generation.name)
                if len(numbers) != 1 or numbers != values:
                    wrong.append(f"{generation.name}: texts of {numbers}, vectors of {values}")

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    published = [publish(index, first.manifest, first.base, *numbered(first, number)) for number in range(50)]
    done.set()
    for reader in readers:
        reader.join()
    assert not wrong
    assert len(set(published)) == 50
    assert seen <= set(published)
    assert len(seen) > 1, "nothing was read while the index was published"
    assert current_name(index) == published[-1]


def test_a_reader_keeps_the_generation_that_it_has_while_others_follow(index: Path) -> None:
    first = load(index)
    before = np.array(first.vectors)
    for number in range(4):
        publish(index, first.manifest, first.base, *numbered(first, number))
    assert np.array_equal(first.vectors, before)
    assert len(list(index.glob("generation-*"))) == 2


# The files of a generation are written one by one, each followed by fsync; after the last comes the pointer.
@pytest.mark.parametrize("killed_at", [1, 4, 7, 8])
def test_a_writer_that_is_killed_leaves_the_old_index_or_the_new_one(index: Path, killed_at: int) -> None:
    before = load(index)
    program = f"""
import os, signal, sys
from pathlib import Path
import numpy as np
from index.store import generations
from index.store.nearest import make_index
fsync, calls = os.fsync, 0
def killed(number):
    global calls
    calls += 1
    if calls == {killed_at}:
        os.kill(os.getpid(), signal.SIGKILL)
    fsync(number)
os.fsync = killed
index = Path(sys.argv[1])
old = generations.load(index)
generations.publish(index, old.manifest, old.base, old.passages, make_index(np.zeros_like(old.vectors)))
"""
    done = subprocess.run([sys.executable, "-c", program, str(index)], capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    after = load(index)
    assert after.name == before.name
    assert np.array_equal(after.vectors, before.vectors)
    publish(index, before.manifest, before.base, *numbered(before, 3))
    assert np.unique(load(index).vectors) == [3]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(
    "damage", [lambda content: content[:-1] + b"!", lambda content: content[: len(content) // 2], lambda content: b"", None]
)
def test_a_damaged_file_is_found_and_named_in_one_line_and_mended_by_a_build(
    index: Path, small: Path, file: str, damage: Callable[[bytes], bytes] | None
) -> None:
    path = index / current_name(index) / file
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(IndexUnusable, match="damaged") as caught:
        load(index)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith("run 'askwell index build'")
    build(index, small, CountingEncoder, MODEL)
    assert load(index).manifest.cards == 3


@pytest.mark.parametrize("content", [b"", b"../../etc", b"\xff\xfe", b"generation-0000", b"generation-/../x"])
def test_a_damaged_pointer_is_one_line(index: Path, content: bytes) -> None:
    (index / CURRENT).write_bytes(content)
    with pytest.raises(IndexUnusable, match="run 'askwell index build'"):
        load(index)


def test_an_index_that_is_missing_or_of_another_format_is_one_line(index: Path, tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable, match=r"no index in .*: run 'askwell index build'"):
        load(tmp_path / "nowhere")
    path = index / current_name(index) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"format": 99}), encoding="utf-8")
    with pytest.raises(IndexUnusable, match="has format 99, not 3"):
        read_manifest(index)


def test_nothing_in_an_index_can_run_code(index: Path) -> None:
    files = [path for path in index.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".faiss", ".jsonl", ".json", ""}
    assert not [path for path in files if path.read_bytes().startswith(b"\x80")], "a pickle starts with 0x80"


def test_whoever_opens_the_vectors_with_faiss_finds_each_passage_by_its_id(index: Path) -> None:
    folder = index / current_name(index)
    opened = faiss.read_index(str(folder / INDEX_FILE))
    rows = {row["id"]: row["text"] for row in map(json.loads, (folder / "passages.jsonl").read_text(encoding="utf-8").splitlines())}
    assert opened.ntotal == len(rows)
    wanted = CountingEncoder().encode(list(rows.values()))
    assert np.allclose([opened.reconstruct(number) for number in rows], wanted, atol=1e-6)
    scores, _ = opened.search(wanted, 1)
    assert np.allclose(scores, 1.0, atol=1e-5), "they are compared by the cosine"


def test_publishing_the_same_again_changes_nothing(index: Path) -> None:
    first = load(index)
    before = {path: path.stat().st_mtime_ns for path in index.glob("generation-*/*")}
    name = publish(index, replace(first.manifest, files={}), first.base, first.passages, first.index)
    assert name == first.name
    assert {path: path.stat().st_mtime_ns for path in index.glob("generation-*/*")} == before


def test_a_folder_that_cannot_be_written_leaves_no_rubbish(index: Path) -> None:
    first = load(index)
    passages, vectors = numbered(first, 1)
    with no_room(10), pytest.raises(OSError, match="File too large"):
        publish(index, first.manifest, first.base, passages, vectors)
    assert not list(index.glob(".*"))
    assert load(index).name == first.name


def test_an_index_that_a_full_disk_cuts_short_is_a_failure_to_write(index: Path, tmp_path: Path) -> None:
    (tmp_path / "full").symlink_to("/dev/full")
    few = load(index).index
    assert few.kind == FLAT
    with pytest.raises(OSError, match="No space left on device"):
        write_index(few, tmp_path / "full")
    # So short that all of it waits in a buffer until the file is closed.
    with pytest.raises(OSError, match="No space left on device"):
        write_index(make_index(few.vectors[:1]), tmp_path / "full")


@pytest.mark.parametrize("error", [IndexUnusable("the graph finds too little"), RuntimeError("a fault"), KeyboardInterrupt()])
def test_whatever_ends_a_writer_leaves_no_rubbish(index: Path, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load(index)

    def fail(_: PassageIndex, path: Path) -> None:
        path.write_bytes(b"half")
        raise error

    monkeypatch.setattr(generations, "write_index", fail)
    with pytest.raises(type(error)):
        publish(index, first.manifest, first.base, *numbered(first, 1))
    assert not list(index.glob(".staging-*"))
    assert load(index).name == first.name


def test_what_a_killed_writer_left_is_swept_away_once_it_is_old(index: Path) -> None:
    first = load(index)
    for name in (".staging-old", ".staging-new"):
        (index / name).mkdir()
        (index / name / "passages.faiss").write_bytes(b"half")
    long_ago = time.time() - STAGING_LEFT_AFTER_S - 60
    os.utime(index / ".staging-old", (long_ago, long_ago))
    publish(index, first.manifest, first.base, *numbered(first, 1))
    assert [path.name for path in index.glob(".staging-*")] == [".staging-new"]
