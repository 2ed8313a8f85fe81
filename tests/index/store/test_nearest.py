"""A small index is exact; a large one is searched by a graph that was checked against the exact search, and gives the same cards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest

from index.encoder.embedding import Vectors
from index.search.library import Library
from index.store.build import build
from index.store.generations import INDEX_FILE, Generation, Manifest, current_name, load
from index.store.nearest import FLAT, GRAPH, NEAREST, RECALL_WANTED, PassageIndex, make_index, read_index, recall, write_index
from index.store.passages import Passage, PassageKind
from knowledge.errors import IndexUnusable
from knowledge.reading.base import KnowledgeBase, read_knowledge
from knowledge.reading.card import Slug
from tests.index.fakes import MODEL, CountingEncoder

COUNT, OF_EACH, DIMENSION = 25_000, 20, 24
# More passages than this have a graph in the tests of a small index.
FEW = 10


def unit(vectors: Vectors) -> Vectors:
    return np.ascontiguousarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    """Unit vectors in loose clusters, as the passages of cards are."""
    generator = np.random.default_rng(5)
    middles = np.repeat(generator.normal(size=(COUNT // OF_EACH, DIMENSION)), OF_EACH, axis=0)
    return unit((middles + 0.7 * generator.normal(size=(COUNT, DIMENSION))).astype(np.float32))


@pytest.fixture(scope="module")
def built(vectors: Vectors, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PassageIndex]:
    """The graph over them, as it's read back."""
    path = tmp_path_factory.mktemp("graph") / INDEX_FILE
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(2)
    write_index(make_index(vectors, GRAPH), path)
    yield read_index(path)
    faiss.omp_set_num_threads(threads)


def generation(index: PassageIndex, cards: int, small: Path) -> Generation:
    """Return a generation of copies of one card, each with as many passages, in whose words nothing can be found."""
    base, _ = read_knowledge(small)
    pattern = base.cards[Slug("masks")]
    slugs = [Slug(f"card-{number}") for number in range(cards)]
    copies = {slug: pattern.model_copy(update={"slug": slug}) for slug in slugs}
    each = len(index.vectors) // cards
    passages = [Passage(slug, PassageKind.PHRASING, str(number), f"{slug} {number}") for slug in slugs for number in range(each)]
    manifest = Manifest("toy", "0" * 64, index.vectors.shape[1], len(passages), cards, {})
    return Generation("toy", manifest, KnowledgeBase(copies), passages, index)


@pytest.fixture(scope="module")
def queries(vectors: Vectors) -> Vectors:
    generator = np.random.default_rng(6)
    return unit(vectors[generator.choice(COUNT, 60)] + 0.1 * generator.normal(size=(60, DIMENSION)).astype(np.float32))


def test_the_flat_index_names_the_very_neighbours_that_comparing_with_every_vector_does(vectors: Vectors, queries: Vectors) -> None:
    flat = make_index(vectors[:3_000])
    assert flat.kind == FLAT
    cosines = vectors[:3_000] @ queries.T
    for query, compared in zip(queries, cosines.T, strict=True):
        assert flat.nearest(query[None]) == np.argsort(-compared, kind="stable")[:NEAREST].tolist()
    assert np.allclose(flat.cosines(queries[:3]), cosines[:, :3].max(axis=1), atol=1e-6)


def test_a_graph_compares_every_passage_exactly_where_all_are_asked_for(built: PassageIndex, vectors: Vectors, queries: Vectors) -> None:
    assert np.allclose(built.cosines(queries[:2]), (vectors @ queries[:2].T).max(axis=1), atol=1e-6)


def test_the_vectors_are_read_where_faiss_has_them_outlive_it_and_can_not_be_changed(vectors: Vectors) -> None:
    held = make_index(vectors[:50]).vectors
    assert np.array_equal(held, vectors[:50])
    assert not held.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        held[0, 0] = 1.0


def test_the_graph_over_25_000_passages_finds_what_the_exact_search_finds(built: PassageIndex) -> None:
    assert built.kind == GRAPH
    assert built.faiss.ntotal == COUNT
    found = recall(built)
    assert found >= RECALL_WANTED
    # Without effort it would find less: the measure does not simply say yes.
    graph: Any = faiss.downcast_index(built.faiss.index)
    effort = graph.hnsw
    wanted, effort.efSearch = effort.efSearch, 1
    assert recall(built) < found
    effort.efSearch = wanted


def test_a_library_over_a_graph_returns_the_first_cards_of_the_exact_search(
    built: PassageIndex, vectors: Vectors, queries: Vectors, small: Path
) -> None:
    def nothing(texts: object) -> Vectors:
        raise AssertionError("the vectors are given")

    exact, graph = (Library(generation(index, COUNT // OF_EACH, small), nothing) for index in (make_index(vectors), built))
    same = 0
    for query in queries:
        first, second = (library.search_vectors("zzz", ["zzz"], query[None]).hits[0] for library in (exact, graph))
        same += first.slug == second.slug
    assert same >= 57


def test_several_views_take_turns_and_no_passage_comes_twice(built: PassageIndex, vectors: Vectors) -> None:
    rows = built.nearest(vectors[[3, 20_000]])
    assert set(rows[:2]) == {3, 20_000}
    assert len(rows) == len(set(rows)) <= 2 * NEAREST


def test_the_padding_of_a_short_result_names_no_passage(vectors: Vectors) -> None:
    for kind in (FLAT, GRAPH):
        few = make_index(vectors[:12], kind)
        assert -1 in few.faiss.search(vectors[:1], 40)[1], "the index holds fewer passages than are asked for"
        assert sorted(few.nearest(vectors[:1])) == list(range(12))


def test_the_size_decides_which_kind_is_built(index: Path, small: Path) -> None:
    generation = load(index)
    assert generation.index.kind == GRAPH
    (small / "beyond.yaml").unlink()
    build(index, small, CountingEncoder, MODEL, exact_up_to=generation.manifest.passages)
    assert load(index).index.kind == FLAT


@pytest.fixture
def index(tmp_path: Path, small: Path) -> Path:
    """An index of three cards that has a graph all the same."""
    build(tmp_path / "index", small, CountingEncoder, MODEL, exact_up_to=FEW)
    return tmp_path / "index"


@pytest.mark.parametrize("cut", [True, False])
def test_a_damaged_graph_is_found_at_load_and_made_again_by_a_build(index: Path, small: Path, cut: bool) -> None:
    path = index / current_name(index) / INDEX_FILE
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] if cut else content[:-9] + bytes([content[-9] ^ 255]) + content[-8:])
    with pytest.raises(IndexUnusable, match=r"damaged.*run 'askwell index build'"):
        load(index)
    build(index, small, CountingEncoder, MODEL, exact_up_to=FEW)
    assert load(index).index.nearest(CountingEncoder().encode(["what are labels?"]))


def test_a_graph_that_finds_too_little_is_not_published_and_leaves_no_rubbish(index: Path, small: Path) -> None:
    before = load(index).name
    (small / "two" / "masks.md").unlink()
    with pytest.raises(IndexUnusable, match=r"the HNSW graph finds only .* of the true neighbours"):
        build(index, small, CountingEncoder, MODEL, exact_up_to=FEW, recall_wanted=1.1)
    assert load(index).name == before
    assert not list(index.glob(".staging-*"))


def test_an_edit_adds_to_the_graph_what_is_new_and_forgets_what_is_gone(index: Path, small: Path) -> None:
    before = load(index)
    path = next(small.glob("*/labels.md"))
    text = path.read_text(encoding="utf-8")
    old = next(each.text for each in before.passages if each.slug == "labels" and each.place == "0" and each.kind is PassageKind.PHRASING)
    path.write_text(text.replace(old, "who on earth writes down the answers?"), encoding="utf-8")
    build(index, small, CountingEncoder, MODEL, exact_up_to=FEW)
    after = load(index)
    assert after.index.kind == GRAPH
    assert after.index.faiss.ntotal == len(before.passages) + 1, "one vector was added, none was built anew"
    assert np.allclose(after.vectors, CountingEncoder().encode([each.text for each in after.passages]))
    found = [after.passages[row].text for row in after.index.nearest(CountingEncoder().encode(["who on earth writes down the answers?"]))]
    assert found[0] == "who on earth writes down the answers?"
    assert old not in found
    assert sorted(found) == sorted(each.text for each in after.passages)


def test_a_topic_that_is_given_twice_keeps_a_vector_for_each_mention(index: Path, small: Path) -> None:
    topics = (small / "beyond.yaml").read_text(encoding="utf-8")
    (small / "beyond.yaml").write_text(topics + topics, encoding="utf-8")
    for review_by in ("2127-07-01", "2127-08-01"):
        path = small / "one" / "labels.md"
        path.write_text(re.sub(r"review_by: \S+", f"review_by: {review_by}", path.read_text(encoding="utf-8")), encoding="utf-8")
        build(index, small, CountingEncoder, MODEL, exact_up_to=FEW)
        after = load(index)
        assert len(after.vectors) == len(after.passages)
