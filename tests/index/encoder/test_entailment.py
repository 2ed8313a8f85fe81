"""An entailment model is read by its labels."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

from index.encoder.entailment import Entailment
from knowledge.errors import IndexUnusable


def small(folder: Path, labels: list[str], favourite: int) -> Path:
    """Write a real cross-encoder so small that it's made in a moment, which always finds one label likeliest."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "labels", "come", "from", "the", "text", "annotators"]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    BertTokenizer(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words), hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8,
        id2label=dict(enumerate(labels)), label2id={label: number for number, label in enumerate(labels)},
    )  # fmt: skip
    model = BertForSequenceClassification(config)
    with torch.no_grad():
        model.classifier.bias.copy_(torch.tensor([4.0 * (number == favourite) for number in range(len(labels))]))
    model.save_pretrained(folder)
    return folder


@pytest.mark.parametrize(
    ("favourite", "row"),
    [("entailment", {0, 1, None}), ("contradiction", {0, 1}), ("neutral", {None})],
)
def test_a_claim_has_the_label_that_its_premises_give_it(tmp_path: Path, favourite: str, row: set[int | None]) -> None:
    labels = ["contradiction", "entailment", "neutral"]
    reader = Entailment(str(small(tmp_path, labels, labels.index(favourite))))
    label, by = reader("labels come from the text", ["the text", "labels come from annotators"])
    assert label == favourite
    assert by in row


def test_a_model_with_other_labels_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable, match=r"is no entailment model: its labels are good, bad, and 'entailment'"):
        Entailment(str(small(tmp_path, ["good", "bad"], 0)))


def test_a_model_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable, match=r"the entailment model '.*nothing' can't be loaded") as caught:
        Entailment(str(tmp_path / "nothing"))
    assert "\n" not in str(caught.value)
