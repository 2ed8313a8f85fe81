"""An entailment model is read by its labels, and can only cut."""

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
    ("favourite", "agrees", "why"),
    [("entailment", True, ""), ("contradiction", False, "contradicted by"), ("neutral", False, "in no sentence")],
)
def test_a_claim_stands_or_falls_with_the_label_that_its_premises_get(tmp_path: Path, favourite: str, agrees: bool, why: str) -> None:
    labels = ["contradiction", "entailment", "neutral"]
    reader = Entailment(str(small(tmp_path, labels, labels.index(favourite))))
    found, reason = reader("labels come from the text", ["the text", "labels come from annotators"])
    assert found is agrees
    assert why in reason


def test_a_model_with_other_labels_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable, match=r"is no entailment model: its labels are good, bad, and 'entailment'"):
        Entailment(str(small(tmp_path, ["good", "bad"], 0)))


def test_a_model_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable, match=r"the entailment model '.*nothing' can't be loaded") as caught:
        Entailment(str(tmp_path / "nothing"))
    assert "\n" not in str(caught.value)
