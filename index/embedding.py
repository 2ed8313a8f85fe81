"""How text becomes vectors: the one module that imports sentence-transformers."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from index.models import EmbeddingModel
from knowledge.errors import IndexUnusable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

log = logging.getLogger(__name__)

Vectors = npt.NDArray[np.float32]

# Up to this many texts are embedded on one thread.
FEW = 8
# Texts are sorted by length before they are cut into batches; small batches waste less on padding: `make bench`.
BATCH = 16


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
        self._set_threads = torch.set_num_threads
        self._threads = cores()
        try:
            self.transformer = SentenceTransformer(model.location, device="cpu")
        except (OSError, ValueError) as error:
            raise IndexUnusable(f"the embedding model '{model.location}' can't be loaded: {str(error).splitlines()[0]}") from error
        if model.int8:
            self.transformer = rounded(self.transformer)
        self.dimension = int(self.transformer.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str], *, progress: bool = False) -> Vectors:
        """Embed texts as unit vectors, so that an inner product is a cosine.

        Shapes: returns (len(texts), dimension), float32, in the order of `texts`.
        """
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        # Two threads that wait for each other make a lone question many times slower as soon as the machine has other work.
        self._set_threads(1 if len(texts) < FEW else self._threads)
        vectors = self.transformer.encode(
            list(texts), batch_size=BATCH, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=progress
        )
        return np.asarray(vectors, dtype=np.float32)

    def words(self) -> frozenset[str]:
        """Return the whole words of the model's vocabulary: for a speller, words that need no mending."""
        vocabulary = self.transformer.tokenizer.get_vocab()
        return frozenset(word.lower() for word in vocabulary if word.isalpha() and len(word) > 1)


def rounded(transformer: SentenceTransformer) -> SentenceTransformer:
    """Return a model whose linear layers compute with 8-bit integers, one scale per output; where that can't be had, the model as it is.

    Half the time for a question, and the same cards found: docs/decisions/0008.
    """
    import torch  # noqa: PLC0415  see Encoder

    with warnings.catch_warnings():
        # torch announces a successor in a package of its own; what two lines do here needs no second installation yet.
        warnings.simplefilter("ignore")
        try:
            from torch.ao.quantization import per_channel_dynamic_qconfig, quantize_dynamic  # noqa: PLC0415

            linear = {torch.nn.Linear: per_channel_dynamic_qconfig}
            done: SentenceTransformer = quantize_dynamic(transformer, linear, dtype=torch.qint8)  # type: ignore[no-untyped-call]
        except (ImportError, RuntimeError) as error:
            log.warning("the embedding model is used unrounded and slower: %s", next(iter(str(error).splitlines()), "no 8-bit engine"))
            return transformer
    return done


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
