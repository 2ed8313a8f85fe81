"""The reader puts first the passage that settles a question: by labelled questions that name it, by its card's phrasings, by its words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.encoder.embedding import Vectors
from index.encoder.model_files import packaged_model
from index.evaluate.labelled_questions import Labelled, labelled_to_learn
from index.learned.reader_weights import FILE, PARAMETERS, ReaderWeights, folder_for, in_eight_bits, unit_vectors
from index.search.library import Library
from index.search.reader import EVIDENCE_COUNT, GATE_EXTRA, Question, Reader, highest, plain_weights, softened
from index.search.what_if import library_with
from index.store.build import build
from index.store.generations import load
from index.store.passages import shown_passages
from knowledge.errors import IndexUnusable
from knowledge.reading.base import KnowledgeBase, read_knowledge
from knowledge.reading.card import Slug
from tests.conftest import KNOWLEDGE
from tests.index.fakes import DIMENSION, MODEL, CountingEncoder

# Two questions that no word of the cards helps with.
COUNTED = "quokka zeppelin marmalade"
BY_HAND = "wombat trombone pudding"
# Three columns of the evidence.
FACT, NEAREST_IN_CARD, SOFT = 7, 9, 26


def knowing(asked: Mapping[str, tuple[str, ...]]) -> ReaderWeights:
    """Return plain numbers that know some labelled questions, and read by them."""
    plain = plain_weights(DIMENSION, MODEL.identity)
    weights = plain.weights.copy()
    weights[2] = 12.0
    gate = plain.gate.copy()
    gate[-1 - EVIDENCE_COUNT : -1] = weights
    return replace(plain, weights=weights, gate=gate, questions=CountingEncoder().encode(list(asked)), settles=tuple(asked.values()))


@pytest.fixture
def home(tmp_path: Path, small: Path) -> Path:
    build(tmp_path / "index", small, CountingEncoder, MODEL)
    return tmp_path / "index"


def library_of(home: Path, weights: ReaderWeights | None = None) -> Library:
    return Library(load(home), CountingEncoder().encode, weights)


def best(library: Library, text: str) -> tuple[str, str]:
    read = library.search(text).read[0]
    return read.slug, read.name


def question(library: Library, text: str) -> Question:
    return library.search(text).question


def test_a_passage_whose_own_labelled_question_is_asked_comes_first(home: Path) -> None:
    asked = {COUNTED: ("targets#what-becomes-of-them",), BY_HAND: ("masks#not-everybody-draws-masks-of-every-kind",)}
    assert {*asked.values()} <= {(f"{slug}#{label}",) for slug, label in names(library_of(home).base)}
    library = library_of(home, knowing(asked))
    assert best(library, COUNTED) == ("targets", "explanation:1")
    assert best(library, BY_HAND) == ("masks", "misconception:0")
    assert library.search(COUNTED).settled > library_of(home).search(COUNTED).settled


def test_a_card_that_no_labelled_question_names_is_read_by_its_phrasings(home: Path) -> None:
    library = library_of(home, knowing({COUNTED: ("targets#what-becomes-of-them",)}))
    found = library.search("masks meaning")
    assert (found.read[0].slug, found.read[0].name) == ("masks", "short_answer")
    row = library.reader.evidence(question(library, "masks meaning"))[library.reader.labels["masks#short"]]
    assert row[2] == pytest.approx(1.0, abs=1e-3), "its phrasing counts like a labelled question that its short answer settles"


def test_labelled_questions_that_are_left_out_count_for_nothing(home: Path) -> None:
    library = library_of(home, knowing({COUNTED: ("targets#what-becomes-of-them",), BY_HAND: ("masks#short",)}))
    reader, asked = library.reader, question(library, COUNTED)
    passage = reader.labels["targets#what-becomes-of-them"]
    named = reader.labelled_for({int(reader.cards[passage])}, 2)
    assert named.tolist() == [True, False]
    assert reader.evidence(asked)[passage, 2] == pytest.approx(1.0, abs=1e-3)
    # No other labelled question names the passage, so it's read as if none had been asked.
    assert reader.evidence(asked, without=named)[passage, 2] == 0.0
    every = np.ones(2, dtype=np.bool_)
    unknowing = Reader(library.passages, library.base, plain_weights(DIMENSION)).evidence(asked)
    left_out = reader.evidence(asked, without=every)
    assert left_out[:, [2, 15]] == pytest.approx(unknowing[:, [2, 15]], abs=1e-3)


def test_a_passage_with_more_near_questions_counts_for_more_than_one_with_as_near_a_single_one(home: Path) -> None:
    many = {f"{COUNTED} {word}": ("targets#short",) for word in ("apple", "pear", "plum")}
    library = library_of(home, knowing({**many, f"{COUNTED} fig": ("masks#example",)}))
    rows = library.reader.evidence(question(library, COUNTED))
    several, single = (rows[library.reader.labels[name]] for name in ("targets#short", "masks#example"))
    assert several[2] == pytest.approx(single[2], abs=1e-2)
    assert several[SOFT] == pytest.approx(several[2] + 0.05 * np.log(3), abs=1e-2)
    assert single[SOFT] == pytest.approx(single[2], abs=1e-2)


def test_vectors_in_eight_bits_keep_their_direction() -> None:
    vectors = np.random.default_rng(0).normal(size=(50, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    again = unit_vectors(in_eight_bits(vectors))
    assert ((again * vectors).sum(axis=1) > 0.999).all()
    assert unit_vectors(in_eight_bits(np.zeros((1, 384), dtype=np.float32))).tolist() == [[0.0] * 384]
    assert unit_vectors(in_eight_bits(vectors[:0])).shape == (0, 384)


def with_new_card(library: Library) -> Library:
    """Return a library with a card that has one phrasing, a short answer and nothing else."""
    bare = {"misconceptions": (), "key_facts": (), "explanation": "", "example": ""}
    words = {"asked_as": ("how are tokens cut?",), "short_answer": "Tokens are pieces of words. A tokenizer cuts them.", **bare}
    card = library.base.cards[Slug("labels")].model_copy(update={"slug": Slug("tokens"), "title": "Tokens", "path": "z/tokens.md", **words})
    return library_with(library, replace(library.base, cards={**library.base.cards, card.slug: card}))


def test_a_promoted_card_is_surer_than_its_low_evidence_and_only_it(home: Path) -> None:
    weights = replace(knowing(dict.fromkeys((COUNTED, *"abcde"), ("targets#short",))), new_card=(4.0, 1.5))
    library = with_new_card(library_of(home, weights))
    reader = library.reader
    assert [slug for slug, new in zip(reader.slugs, reader.new_cards, strict=True) if new] == ["tokens"]
    like_others = copy(reader)
    like_others.new_cards = np.zeros_like(reader.new_cards)
    reworded, known = question(library, "what cuts tokens into pieces?"), question(library, COUNTED)
    assert reader.read(reworded)[0][0].slug == "tokens"
    assert reader.read(reworded)[1] > like_others.read(reworded)[1]
    assert reader.read(known) == like_others.read(known), "a card that is surer of its question keeps it"


def test_in_a_course_that_nobody_labelled_no_card_is_new(home: Path) -> None:
    assert not with_new_card(library_of(home)).reader.new_cards.any()


def test_to_lack_key_facts_says_nothing_of_a_question(home: Path) -> None:
    library = with_new_card(library_of(home))
    asked = question(library, "how are tokens cut?")
    row = library.reader.evidence(asked)[library.reader.labels["tokens#short"]]
    assert row[FACT] == row[NEAREST_IN_CARD] > 0
    other = library.reader.evidence(asked)[library.reader.labels["labels#short"]]
    assert other[FACT] != other[NEAREST_IN_CARD]


def test_an_empty_base_has_nothing_to_read() -> None:
    reader = Reader([], KnowledgeBase({}), plain_weights(DIMENSION))
    nothing = np.zeros(0, dtype=np.float32)
    assert reader.read(Question(COUNTED, CountingEncoder().encode([COUNTED]), nothing, np.zeros((3, 0), dtype=np.float32))) == ([], 0.0)


def test_a_label_that_names_a_passage_no_longer_there_is_passed_over(home: Path) -> None:
    gone = ("gone#short", "targets#a-paragraph-of-old")
    library = library_of(home, knowing({COUNTED: (*gone, "targets#example"), BY_HAND: gone}))
    assert library.reader.labelled.tolist() == [[0, library.reader.labels["targets#example"]]]
    assert best(library, COUNTED) == ("targets", "example")
    assert not len(library.reader.unsettled), "what settled it was there once, so it's not a question that the cards don't settle"


def test_every_passage_that_can_be_shown_is_read_once_with_its_chance(home: Path) -> None:
    library = library_of(home)
    found = library.search("who makes labels?")
    assert len({(each.slug, each.name) for each in found.read}) == len(found.read) == len(names(library.base))
    chances = [each.chance for each in found.read]
    assert chances == sorted(chances, reverse=True)
    assert all(0 <= chance <= 1 for chance in (*chances, found.settled))
    best_chances = {hit.slug: max(each.chance for each in found.read if each.slug == hit.slug) for hit in found.hits}
    assert [hit.score for hit in found.hits] == sorted(best_chances.values(), reverse=True)
    assert library.reader.evidence(question(library, "who makes labels?")).shape == (len(found.read), EVIDENCE_COUNT)


def test_the_highest_of_each_group_and_its_softened_form() -> None:
    values: Vectors = np.array([0.2, 0.8, 0.8, 0.5], dtype=np.float32)
    groups = np.array([0, 2, 2, 0])
    tops = highest(values, groups, 3)
    assert tops == pytest.approx([0.5, -1.0, 0.8])
    soft = softened(values, groups, tops)
    assert soft[0] == pytest.approx(0.5, abs=1e-3)
    assert soft[2] == pytest.approx(0.8 + 0.05 * np.log(2)), "two that are equally near count for more than one"


def test_the_numbers_are_written_and_read_back(home: Path, tmp_path: Path) -> None:
    weights = replace(knowing({COUNTED: ("targets#example", "masks#short"), BY_HAND: ()}), settled_from=0.4, near_from=0.3)
    weights.write(tmp_path / "fitted")
    again = ReaderWeights.for_model(MODEL, tmp_path)
    for name in ("mean", "scale", "weights", "gate"):
        assert np.array_equal(getattr(again, name), getattr(weights, name)), name
    assert again.questions == pytest.approx(weights.questions, abs=1e-3)
    rest = ("settled_from", "near_from", "settles", "model_identity")
    assert [getattr(again, name) for name in rest] == [getattr(weights, name) for name in rest]
    assert best(library_of(home, again), COUNTED) == best(library_of(home, weights), COUNTED)


@pytest.mark.parametrize("damage", ["cut", "empty", "other", "gone"])
def test_a_damaged_file_is_one_clear_line(tmp_path: Path, damage: str) -> None:
    knowing({COUNTED: ()}).write(tmp_path / "fitted")
    path = tmp_path / "fitted" / FILE
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
        path.mkdir()
    else:
        path.write_bytes({"cut": content[: len(content) // 2], "empty": b"", "other": b"\xff" * 200}[damage])
    with pytest.raises(IndexUnusable, match=r"reader\.safetensors can't be read .*run 'askwell index fit'") as caught:
        ReaderWeights.for_model(MODEL, tmp_path)
    assert "\n" not in str(caught.value)


def test_numbers_of_another_model_are_not_used(tmp_path: Path) -> None:
    replace(knowing({COUNTED: ()}), model_identity="another").write(tmp_path / "fitted")
    with pytest.raises(IndexUnusable, match="was not fitted for the model words yet: run 'askwell index fit'"):
        ReaderWeights.for_model(MODEL, tmp_path)


def test_numbers_that_an_older_version_learned_of_other_evidence_are_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    model = packaged_model()
    replace(knowing({COUNTED: ()}), model_identity=model.identity, weights=np.zeros(3, dtype=np.float32)).write(tmp_path / "fitted")
    assert folder_for(model, tmp_path) == PARAMETERS
    assert "was learned by another version of the program" in caplog.text


def test_the_projects_own_numbers_are_of_this_evidence_and_its_own_labels() -> None:
    weights = ReaderWeights.read(PARAMETERS / FILE)
    assert {weights.mean.shape, weights.scale.shape, weights.weights.shape} == {(EVIDENCE_COUNT,)}
    assert weights.gate.shape == (EVIDENCE_COUNT + GATE_EXTRA,)
    assert len(weights.questions) == len(weights.settles) > 3_000
    assert 0 < weights.near_from <= weights.settled_from < 1


def names(base: KnowledgeBase) -> list[tuple[Slug, str]]:
    """Return the cards and names of all passages that can be shown."""
    return [(slug, label) for slug, card in base.cards.items() for label in shown_passages(card)]


@pytest.fixture(scope="module")
def labelled() -> Sequence[Labelled]:
    return labelled_to_learn()


def test_every_label_names_a_passage_that_is_there(labelled: Sequence[Labelled]) -> None:
    base, _ = read_knowledge(KNOWLEDGE)
    there = {f"{slug}#{label}" for slug, label in names(base)}
    wrong = {
        row.id: missing
        for row in labelled
        if (missing := {name for item in (*(row.settles or ()), *row.near) for name in item.split("+")} - there)
    }
    assert wrong == {}


def test_the_cards_of_what_settles_a_question_are_among_its_cards(labelled: Sequence[Labelled]) -> None:
    wrong = {
        row.id: sorted(extra)
        for row in labelled
        if (extra := {name.split("#")[0] for item in row.settles or () for name in item.split("+")} - set(row.slugs))
    }
    assert wrong == {}, json.dumps(wrong)[:2_000]
