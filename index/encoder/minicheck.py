"""A MiniCheck classifier says how likely a document supports a claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from knowledge.errors import IndexUnusable

# Source: https://github.com/Liyan06/MiniCheck, minicheck/inference.py: documents are cut into chunks of 400 tokens, a chunk and the claim
# are one text with the end token between them, label 1 is "supported", and the likeliest chunk decides.
CHUNK_TOKENS = 400
MOST_TOKENS = 512
SUPPORTED_LABEL = 1


class SupportClassifier:
    """A sequence classifier of the MiniCheck family, such as lytang/MiniCheck-RoBERTa-Large, from a folder or a hub."""

    def __init__(self, location: str) -> None:
        # They take seconds to import, and few installations have such a model.
        from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer  # noqa: PLC0415

        try:
            config = AutoConfig.from_pretrained(location)
            # Others of the family generate text, and would get a classifying layer of random numbers here.
            classifies = any(str(each).endswith("ForSequenceClassification") for each in config.architectures or ())
            if not classifies or config.num_labels != 2:
                raise IndexUnusable(f"'{location}' is no MiniCheck classifier: a sequence classifier with two labels is needed")
            self._tokenizer: Any = AutoTokenizer.from_pretrained(location)
            self._model: Any = AutoModelForSequenceClassification.from_pretrained(location).eval()
        except (OSError, ValueError) as error:
            raise IndexUnusable(f"the MiniCheck model '{location}' can't be loaded: {str(error).splitlines()[0]}") from error
        self._between: str = self._tokenizer.eos_token or self._tokenizer.sep_token

    def __call__(self, claim: str, notes: Sequence[str]) -> float:
        """Return the chance that the notes, in chunks, support a claim."""
        import torch  # noqa: PLC0415

        texts = [f"{chunk}{self._between}{self._plain(claim)}" for chunk in self._chunks([self._plain(note) for note in notes])]
        given = self._tokenizer(texts, max_length=MOST_TOKENS, truncation=True, padding=True, return_tensors="pt")
        with torch.inference_mode():
            chances = torch.softmax(self._model(**given).logits, dim=1)[:, SUPPORTED_LABEL]
        return float(chances.max())

    def _plain(self, text: str) -> str:
        """Return a text without the tokens that have a meaning of their own for the model."""
        for token in self._tokenizer.all_special_tokens:
            text = text.replace(token, " ")
        return text

    def _chunks(self, notes: Sequence[str]) -> Iterator[str]:
        chunk: list[str] = []
        size = 0
        for note in notes:
            cost = len(self._tokenizer(note, add_special_tokens=False)["input_ids"])
            if chunk and size + cost > CHUNK_TOKENS:
                yield " ".join(chunk)
                chunk, size = [], 0
            chunk.append(note)
            size += cost
        yield " ".join(chunk)
