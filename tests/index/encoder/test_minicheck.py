"""A MiniCheck classifier reads document and claim as one text, in chunks, and its second label is "supported"."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizer, T5Config, T5ForConditionalGeneration

from index.encoder.minicheck import SupportClassifier
from knowledge.errors import IndexUnusable

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "labels", "come", "from", "the", "text", "annotators"]


def small(folder: Path, favourite: int, labels: int = 2) -> Path:
    """Write a real classifier so small that it's made in a moment, which always finds one label likeliest."""
    (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    BertTokenizer(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        id2label={number: str(number) for number in range(labels)},
    )
    model = BertForSequenceClassification(config)
    with torch.no_grad():
        model.classifier.bias.copy_(torch.tensor([4.0 * (number == favourite) for number in range(labels)]))
    model.save_pretrained(folder)
    return folder


@pytest.mark.parametrize(("favourite", "supported"), [(1, True), (0, False)])
def test_the_second_label_is_the_chance_of_support_however_long_the_notes_are(tmp_path: Path, favourite: int, supported: bool) -> None:
    chance = SupportClassifier(str(small(tmp_path, favourite)))
    for notes in (["labels come from the text"], ["labels come from the text"] * 300, ["annotators [SEP] [MASK]"], ["text " * 900]):
        assert (chance("labels come from annotators [SEP] labels", notes) > 0.5) is supported


def test_what_is_no_classifier_with_two_labels_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable, match="is no MiniCheck classifier: a sequence classifier with two labels is needed"):
        SupportClassifier(str(small(tmp_path, 0, labels=3)))
    writes = tmp_path / "t5"
    T5ForConditionalGeneration(T5Config(vocab_size=16, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)).save_pretrained(writes)
    with pytest.raises(IndexUnusable, match="is no MiniCheck classifier"):
        SupportClassifier(str(writes))


def test_a_model_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable, match=r"the MiniCheck model '.*nothing' can't be loaded") as caught:
        SupportClassifier(str(tmp_path / "nothing"))
    assert "\n" not in str(caught.value)
