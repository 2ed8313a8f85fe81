"""A build embeds only what changed, keeps what was good, and knows whether it is needed at all."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from bot.app import bring_up_to_date, no_progress, open_library
from bot.settings import Settings
from index.encoder.model_files import find_model
from index.store.build import Built, build, is_current
from index.store.generations import load
from index.store.passages import PassageKind, all_passages, card_passages, prose
from knowledge.errors import IndexUnusable, KnowledgeError
from knowledge.reading.base import read_knowledge
from tests.index.fakes import MODEL, CountingEncoder


@pytest.fixture
def encoder() -> CountingEncoder:
    return CountingEncoder()


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


def rebuilt(index: Path, small: Path, encoder: CountingEncoder) -> Built:
    encoder.embedded.clear()
    built = build(index, small, lambda: encoder, MODEL)
    assert built.embedded == len(encoder.embedded) == len(set(encoder.embedded))
    return built


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_only_changed_passages_are_embedded_again(index: Path, small: Path, encoder: CountingEncoder) -> None:
    first = rebuilt(index, small, encoder)
    assert first.embedded == len({passage.text for passage in load(index).passages})
    assert rebuilt(index, small, encoder) == replace(first, embedded=0)
    change(small / "two" / "masks.md", "masks meaning", "the meaning of masks")
    assert rebuilt(index, small, encoder).embedded == 1
    assert encoder.embedded == ["the meaning of masks"]


def test_vectors_belong_to_their_passages_after_a_change_in_the_middle(index: Path, small: Path, encoder: CountingEncoder) -> None:
    rebuilt(index, small, encoder)
    change(small / "one" / "labels.md", "  - what are labels?\n", "  - a new one\n  - what are labels?\n")
    (small / "one" / "targets.md").unlink()
    rebuilt(index, small, encoder)
    generation = load(index)
    fresh = CountingEncoder().encode([passage.text for passage in generation.passages])
    assert np.allclose(generation.vectors, fresh)
    assert list(generation.base.cards) == ["labels", "masks"]


def test_the_model_is_not_even_loaded_when_no_text_changed(index: Path, small: Path, encoder: CountingEncoder) -> None:
    rebuilt(index, small, encoder)
    change(small / "one" / "labels.md", "review_by: 2127-06-01", "review_by: 2127-07-01")

    def never() -> CountingEncoder:
        raise AssertionError("the model was loaded")

    assert build(index, small, never, MODEL).embedded == 0
    assert load(index).base.cards["labels"].review_by.month == 7  # type: ignore[index]


def test_another_model_means_embedding_everything_again(index: Path, small: Path, encoder: CountingEncoder) -> None:
    first = rebuilt(index, small, encoder)
    encoder.embedded.clear()
    other = replace(MODEL, sha256="1" * 64)
    assert not is_current(index, small, other)
    assert build(index, small, lambda: encoder, other).embedded == first.embedded


def test_an_index_of_another_model_is_refused_with_one_line(tmp_path: Path, small: Path, encoder: CountingEncoder) -> None:
    settings = Settings(_env_file=None, home=tmp_path, knowledge_dir=small)
    rebuilt(settings.index_dir, small, encoder)
    with pytest.raises(IndexUnusable, match="was made with words, not other: run 'askwell index build'"):
        open_library(settings, replace(MODEL, name="other", sha256="1" * 64), encoder)


@pytest.mark.parametrize("name", ["one/labels.md", "beyond.yaml", "contrasts/all.yaml", "terms/all.yaml", "glossary.yaml", "course.yaml"])
def test_what_is_broken_after_indexing_keeps_its_last_good_form(index: Path, small: Path, encoder: CountingEncoder, name: str) -> None:
    rebuilt(index, small, encoder)
    before = load(index).base
    (small / name).write_bytes(b"---\n: [\xff")
    assert not is_current(index, small, MODEL)
    built = rebuilt(index, small, encoder)
    assert [problem.path for problem in built.problems][:1] == [name]
    assert built.embedded == 0
    after = load(index).base
    assert after.cards == before.cards
    assert replace(after, cards=before.cards) == before
    assert is_current(index, small, MODEL), "a broken file must not cause a build at every start"


def test_a_card_that_was_taken_away_is_gone(index: Path, small: Path, encoder: CountingEncoder) -> None:
    rebuilt(index, small, encoder)
    (small / "two" / "masks.md").unlink()
    assert not is_current(index, small, MODEL)
    assert rebuilt(index, small, encoder).cards == 2


def test_a_folder_without_a_readable_card_is_one_line(index: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(KnowledgeError, match=r"no readable card in .*: run 'askwell knowledge check'"):
        build(index, tmp_path / "empty", CountingEncoder, MODEL)
    assert not index.exists()


def test_an_index_is_built_when_needed_and_only_then(tmp_path: Path, small: Path, encoder: CountingEncoder) -> None:
    settings = Settings(_env_file=None, home=tmp_path, knowledge_dir=small)
    assert bring_up_to_date(settings, MODEL, lambda: encoder, no_progress) is not None
    assert bring_up_to_date(settings, MODEL, lambda: encoder, no_progress) is None
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    with pytest.raises(IndexUnusable, match="the index can't be written"):
        bring_up_to_date(Settings(_env_file=None, home=tmp_path / "file", knowledge_dir=small), MODEL, lambda: encoder, no_progress)


def test_a_card_is_cut_into_title_phrasings_beliefs_corrections_facts_and_sections(small: Path) -> None:
    base, _ = read_knowledge(small)
    kinds = [passage.kind for passage in card_passages(base.cards["masks"])]  # type: ignore[index]
    assert [kinds.count(kind) for kind in PassageKind] == [6, 1, 1, 3, 4, 0]
    passages = all_passages(base)
    assert {passage.slug for passage in passages if passage.kind is PassageKind.BEYOND} == {"cooking"}
    runs = [slug for slug, _ in groupby(passage.slug for passage in passages)]
    assert len(runs) == len(set(runs)), "a card's passages stand together"


def test_an_embedding_reads_words_and_not_markdown() -> None:
    assert prose("**Bold** _and_ [a link](https://example.org) and ||a secret||") == "Bold and a link and a secret"


def test_an_embedding_reads_code_as_learners_paste_it() -> None:
    assert prose("`##ing`, ``a | b``\n\n```python\nnum_labels = 2 * x  # <s>\n```\n2 * x_train") == (
        "##ing, a | b num_labels = 2 * x # <s> 2 * x_train"
    )


def test_a_model_folder_without_weights_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable, match="no model weights"):
        find_model(str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    first = find_model(str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    assert find_model(str(tmp_path)).sha256 != first.sha256
    assert find_model("owner/model").sha256 == "hub:owner/model"
