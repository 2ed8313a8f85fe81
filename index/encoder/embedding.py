"""Texts turned into vectors; the one module that imports sentence-transformers."""

from __future__ import annotations

import copy
import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.encoder.model_files import EmbeddingModel
from knowledge.errors import IndexUnusable

log = logging.getLogger(__name__)

Vectors = npt.NDArray[np.float32]

# Texts are padded to a multiple of WIDTH tokens, and up to BATCH of one width are embedded together. Source: `make bench`.
WIDTH = 8
BATCH = 16
PADDING: Any = {"processing_kwargs": {"text": {"pad_to_multiple_of": WIDTH}}}


class Encoder:
    """A loaded sentence-transformers model."""

    def __init__(self, model: EmbeddingModel) -> None:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        if not model.sha256.startswith("hub:"):
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        # Both take seconds to import, and only embedding needs them.
        import torch  # noqa: PLC0415
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415

        self.model = model
        try:
            self.transformer = SentenceTransformer(model.location, device="cpu")
        except (OSError, ValueError) as error:
            raise IndexUnusable(f"the embedding model '{model.location}' can't be loaded: {str(error).splitlines()[0]}") from error
        if model.taught_layers is not None:
            self._replace_layers(model.taught_layers)
        if model.ranges is not None:
            self._round(model.ranges)
        self.dimension = int(self.transformer.get_embedding_dimension() or 0)
        # Two threads that share the work on one text wait for each other. With texts of their own they do nearly twice as much.
        self._workers = ThreadPoolExecutor(cores(), "askwell-encoder", torch.set_num_threads, (1,))
        # A tokenizer takes its settings at its first call, and they must not change while another thread uses it. So one measures, another
        # embeds, and both are called once now.
        self._measuring = None if model.ranges is None else copy.deepcopy(self.transformer.tokenizer)
        self.encode(["a", "b"])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts as unit vectors, so that an inner product is a cosine; a text's vector is the same whatever is embedded beside it.

        Shapes: returns (len(texts), dimension), float32, in the order of `texts`.
        """
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        groups = self._of_one_width(texts)
        done = self._workers.map(self._embed, ([texts[row] for row in rows] for rows in groups))
        for rows, part in zip(groups, done, strict=True):
            vectors[rows] = part
        return vectors

    def _of_one_width(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the places of texts that are embedded together: those that are padded to the same width, the longest first.

        Padding to another width changes the last digits of sums, and rounding makes more of them; without it, they may be of any width.
        """
        if len(texts) < 2 or self._measuring is None:
            order = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
            return [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
        widths: dict[int, list[int]] = {}
        measured = self._measuring(list(texts), truncation=True, max_length=self.transformer.max_seq_length)
        for row, tokens in enumerate(measured["input_ids"]):
            widths.setdefault(-(len(tokens) // -WIDTH), []).append(row)
        return [rows[start : start + BATCH] for _, rows in sorted(widths.items(), reverse=True) for start in range(0, len(rows), BATCH)]

    def _embed(self, texts: list[str]) -> Vectors:
        padding = {} if self._measuring is None else PADDING
        vectors: Vectors = self.transformer.encode(texts, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False, **padding)
        return vectors

    def _replace_layers(self, path: Path) -> None:
        """Let the model end in the layers that the labelled questions taught: docs/decisions/0017."""
        from index.encoder.taught_layers import replace_upper_layers  # noqa: PLC0415  it imports torch

        try:
            replace_upper_layers(self.transformer, path)
        except ValueError as error:
            raise IndexUnusable(f"{path} can't be read ({error}): run 'askwell index fit --only encoder'") from error

    def _round(self, ranges: Path) -> None:
        """Let the model's linear layers compute with 8-bit integers, where the processor can.

        Half the time for a question, and the same cards found: docs/decisions/0008.
        """
        from index.encoder import rounding  # noqa: PLC0415  it imports torch

        try:
            rounding.rounded(self.transformer, rounding.read_ranges(ranges))
        except (ValueError, KeyError) as error:
            raise IndexUnusable(f"{ranges} can't be read ({error}): run 'askwell index fit --only rounding'") from error
        except (RuntimeError, AttributeError) as error:
            log.warning("the embedding model is used unrounded and slower: %s", next(iter(str(error).splitlines()), "no 8-bit engine"))

    def words(self) -> frozenset[str]:
        """Return the whole words of the model's vocabulary: for a speller, words that need no mending."""
        vocabulary = self.transformer.tokenizer.get_vocab()
        return frozenset(word.lower() for word in vocabulary if word.isalpha() and len(word) > 1)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
