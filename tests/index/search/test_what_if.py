"""A library with other cards, made in memory, searches as the index built of them does, and embeds only what changed."""

from __future__ import annotations

from pathlib import Path

from index.search.library import Library
from index.search.what_if import library_with, with_card_order
from index.store.build import build
from index.store.generations import load
from index.store.passages import card_passages
from knowledge.reading.base import read_knowledge
from knowledge.reading.card import Slug
from tests.conftest import card_text
from tests.index.fakes import MODEL, CountingEncoder


def test_it_searches_as_the_index_would_and_embeds_only_what_is_new(small: Path, tmp_path: Path) -> None:
    encoder = CountingEncoder()
    build(tmp_path / "before", small, lambda: encoder, MODEL)
    library = Library(load(tmp_path / "before"), encoder.encode)
    (small / "one" / "tokens.md").write_text(card_text("tokens", "tokens and pieces"), encoding="utf-8")
    base, _ = read_knowledge(small)
    encoder.embedded.clear()
    found = library_with(library, with_card_order(base))
    texts = {passage.text for passage in card_passages(base.cards[Slug("tokens")])}
    assert set(encoder.embedded) == texts - {passage.text for passage in library.passages}
    build(tmp_path / "after", small, lambda: encoder, MODEL)
    built = Library(load(tmp_path / "after"), encoder.encode)
    assert found.passages == built.passages
    for question in ("what are tokens and pieces?", "masks", "labels or targets", "cooking eggs"):
        one, other = found.search(question), built.search(question)
        assert [(hit.slug, round(hit.score, 4)) for hit in one.hits] == [(hit.slug, round(hit.score, 4)) for hit in other.hits]


def test_the_library_that_answers_is_left_as_it_was(small: Path, tmp_path: Path) -> None:
    encoder = CountingEncoder()
    build(tmp_path, small, lambda: encoder, MODEL)
    library = Library(load(tmp_path), encoder.encode)
    before = [hit.slug for hit in library.search("labels").hits]
    files = sorted(tmp_path.rglob("*"))
    base, _ = read_knowledge(small)
    del base.cards[next(iter(base.cards))]
    assert len(library_with(library, base).base.cards) == 2
    assert [hit.slug for hit in library.search("labels").hits] == before
    assert sorted(tmp_path.rglob("*")) == files
