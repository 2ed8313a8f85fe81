"""A large index is searched by a graph that was checked against the exact search, and gives the same cards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import faiss
import numpy as np
import pytest

from index.encoder.embedding import Vectors
from index.search.library import Library
from index.store.build import build
from index.store.generations import HNSW_FILE, Generation, Manifest, current_name, load
from index.store.nearest import NEAREST, RECALL_WANTED, NearestPassages, build_graph, recall
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
def built(vectors: Vectors, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, float]]:
    folder = tmp_path_factory.mktemp("graph")
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(2)
    yield folder, build_graph(vectors, folder)
    faiss.omp_set_num_threads(threads)


def generation(vectors: Vectors, cards: int, folder: Path | None, small: Path) -> Generation:
    """Return a generation of copies of one card, each with as many passages, in whose words nothing can be found."""
    base, _ = read_knowledge(small)
    pattern = base.cards[Slug("masks")]
    slugs = [Slug(f"card-{number}") for number in range(cards)]
    copies = {slug: pattern.model_copy(update={"slug": slug}) for slug in slugs}
    each = len(vectors) // cards
    passages = [Passage(slug, PassageKind.PHRASING, str(number), f"{slug} {number}") for slug in slugs for number in range(each)]
    manifest = Manifest("toy", "0" * 64, vectors.shape[1], len(passages), cards, {})
    return Generation("toy", manifest, KnowledgeBase(copies), passages, vectors, folder)


def test_the_graph_over_25_000_passages_finds_what_the_exact_search_finds(built: tuple[Path, float], vectors: Vectors) -> None:
    folder, found = built
    assert found >= RECALL_WANTED
    graph = faiss.read_index(str(folder / HNSW_FILE))
    assert graph.ntotal == COUNT
    # Without effort it would find less: the measure does not simply say yes.
    faiss.ParameterSpace().set_index_parameter(graph, "efSearch", 1)
    assert recall(graph, vectors) < found


def test_a_library_over_a_graph_returns_the_first_cards_of_the_exact_search(
    built: tuple[Path, float], vectors: Vectors, small: Path
) -> None:
    def nothing(texts: object) -> Vectors:
        raise AssertionError("the vectors are given")

    exact, graph = (Library(generation(vectors, COUNT // OF_EACH, folder, small), nothing) for folder in (None, built[0]))
    generator = np.random.default_rng(6)
    queries = unit(vectors[generator.choice(COUNT, 60)] + 0.1 * generator.normal(size=(60, DIMENSION)).astype(np.float32))
    same = 0
    for query in queries:
        first, second = (library.search_vectors("zzz", ["zzz"], query[None]).hits[0] for library in (exact, graph))
        same += first.slug == second.slug
    assert same >= 57
    assert graph._nearest._graph is not None
    assert exact._nearest._graph is None


def test_several_views_take_turns_and_no_passage_comes_twice(built: tuple[Path, float], vectors: Vectors, small: Path) -> None:
    nearest = NearestPassages(generation(vectors, COUNT // OF_EACH, built[0], small))
    views = vectors[[3, 20_000]]
    rows = nearest.rows(views)
    assert set(rows[:2]) == {3, 20_000}
    assert len(rows) == len(set(rows)) <= 2 * NEAREST


def test_the_padding_of_a_short_result_names_no_passage(tmp_path: Path, vectors: Vectors, small: Path) -> None:
    build_graph(vectors[:12], tmp_path)
    few = NearestPassages(generation(vectors[:400], 20, tmp_path, small))
    raw = faiss.read_index(str(tmp_path / HNSW_FILE)).search(vectors[:1], 40)[1]
    assert -1 in raw, "the graph holds fewer passages than are asked for"
    assert sorted(few.rows(vectors[:1])) == list(range(12))
    exact = NearestPassages(generation(vectors[:40], 20, None, small))
    assert sorted(exact.rows(vectors[:1])) == list(range(40))


def test_the_size_decides_whether_a_graph_is_built(index: Path, small: Path) -> None:
    manifest = load(index).manifest
    assert HNSW_FILE in manifest.files
    (small / "beyond.yaml").unlink()
    build(index, small, CountingEncoder, MODEL, exact_up_to=manifest.passages)
    assert HNSW_FILE not in load(index).manifest.files


@pytest.fixture
def index(tmp_path: Path, small: Path) -> Path:
    """An index of three cards that has a graph all the same."""
    build(tmp_path / "index", small, CountingEncoder, MODEL, exact_up_to=FEW)
    return tmp_path / "index"


@pytest.mark.parametrize("cut", [True, False])
def test_a_damaged_graph_is_found_at_load_and_made_again_by_a_build(index: Path, small: Path, cut: bool) -> None:
    path = index / current_name(index) / HNSW_FILE
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] if cut else content[:-9] + bytes([content[-9] ^ 255]) + content[-8:])
    with pytest.raises(IndexUnusable, match=r"damaged.*run 'askwell index build'"):
        load(index)
    build(index, small, CountingEncoder, MODEL, exact_up_to=FEW)
    assert NearestPassages(load(index)).rows(CountingEncoder().encode(["what are labels?"]))


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
    nearest = NearestPassages(after)
    assert nearest._graph is not None
    assert nearest._graph.ntotal == len(before.passages) + 1, "one vector was added, none was built anew"
    found = [after.passages[row].text for row in nearest.rows(CountingEncoder().encode(["who on earth writes down the answers?"]))]
    assert found[0] == "who on earth writes down the answers?"
    assert old not in found
    assert sorted(found) == sorted(each.text for each in after.passages)
