"""How concurrent questions share the encoder: those that wait while it works go together, a lone one waits for nothing."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from index.embedding import Vectors

REMEMBERED = 4_096


@dataclass
class Waiting:
    """One caller's texts on their way through the encoder."""

    texts: list[str]
    done: threading.Event = field(default_factory=threading.Event)
    vectors: Vectors | None = None
    error: BaseException | None = None


class SharedEncoder:
    """Gathers what several threads want embedded into batches, and remembers texts embedded lately.

    There is no timer: whoever finds the encoder free works off all that waits, itself included; the others' texts gather meanwhile and
    are the next batch. So a lone question is never held up, and under load batches grow by themselves.
    """

    def __init__(self, encode: Callable[[Sequence[str]], Vectors], *, remembered: int = REMEMBERED) -> None:
        self._encode = encode
        self._remembered = remembered
        self._cache: OrderedDict[str, Vectors] = OrderedDict()
        self._queue: list[Waiting] = []
        self._lock = threading.Lock()
        self._working = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Embed texts. Shapes: returns (len(texts), dimension)."""
        with self._lock:
            known = [self._recall(text) for text in texts]
        missing = list(dict.fromkeys(text for text, vector in zip(texts, known, strict=True) if vector is None))
        fresh: dict[str, Vectors] = {}
        if missing:
            fresh = dict(zip(missing, self._join(missing), strict=True))
        return np.stack([fresh[text] if vector is None else vector for text, vector in zip(texts, known, strict=True)])

    def _join(self, texts: list[str]) -> Vectors:
        """Wait in the queue, or work it off when the encoder is free."""
        mine = Waiting(texts)
        with self._lock:
            self._queue.append(mine)
        with self._working:
            if not mine.done.is_set():
                with self._lock:
                    batch, self._queue = self._queue, []
                self._work(batch)
        if mine.error is not None:
            raise mine.error
        assert mine.vectors is not None
        return mine.vectors

    def _work(self, batch: list[Waiting]) -> None:
        """Embed a batch and hand every caller its part; a failure is everybody's."""
        texts = list(dict.fromkeys(text for waiting in batch for text in waiting.texts))
        try:
            vectors = dict(zip(texts, self._encode(texts), strict=True))
        except BaseException as error:  # noqa: BLE001  every caller that waits has to hear of it, whatever it is
            for waiting in batch:
                waiting.error = error
                waiting.done.set()
            return
        with self._lock:
            for text, vector in vectors.items():
                self._cache[text] = vector
            while len(self._cache) > self._remembered:
                self._cache.popitem(last=False)
        for waiting in batch:
            waiting.vectors = np.stack([vectors[text] for text in waiting.texts])
            waiting.done.set()

    def _recall(self, text: str) -> Vectors | None:
        vector = self._cache.get(text)
        if vector is not None:
            self._cache.move_to_end(text)
        return vector
