"""One worker shared by concurrent callers: those that wait while it works go together, and a lone one waits for nothing."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from index.encoder.embedding import Vectors

REMEMBERED = 4_096

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")


@dataclass
class Request(Generic[Asked, Answered]):
    """One caller's request on its way through the worker."""

    asked: Asked
    turn: threading.Event = field(default_factory=threading.Event)
    finished: bool = False
    answered: list[Answered] = field(default_factory=list)
    error: BaseException | None = None


class Together(Generic[Asked, Answered]):
    """Gathers what several threads ask into batches.

    There is no timer: whoever finds the worker free works off all that waits, its own request included; what others ask meanwhile gathers
    and is the next batch. So a lone question is never held up, and under load batches grow by themselves.
    """

    def __init__(self, work: Callable[[list[Asked]], Sequence[Answered]]) -> None:
        self._work = work
        self._queue: list[Request[Asked, Answered]] = []
        self._busy = False
        self._lock = threading.Lock()

    def __call__(self, asked: Asked) -> Answered:
        """Answer one request, together with those of other threads that wait."""
        mine: Request[Asked, Answered] = Request(asked)
        with self._lock:
            self._queue.append(mine)
            leads = not self._busy
            self._busy = True
        if not leads:
            # It's this request's turn when another thread has answered it, or when it is first in line and the worker is free.
            mine.turn.wait()
        if not mine.finished:
            self._work_off()
        if mine.error is not None:
            raise mine.error
        return mine.answered[0]

    def _work_off(self) -> None:
        """Answer all that waits, then let the first of those who came meanwhile go on; a failure is everybody's."""
        with self._lock:
            batch, self._queue = self._queue, []
        try:
            answers = self._work([waiting.asked for waiting in batch])
            for waiting, answer in zip(batch, answers, strict=True):
                waiting.answered.append(answer)
        except BaseException as error:  # noqa: BLE001  every caller that waits has to hear of it, whatever it is
            for waiting in batch:
                waiting.error = error
        with self._lock:
            next_one = self._queue[0] if self._queue else None
            self._busy = next_one is not None
        for waiting in batch:
            waiting.finished = True
            waiting.turn.set()
        if next_one is not None:
            next_one.turn.set()


class SharedEncoder:
    """An encoder that several threads share, and that remembers texts embedded lately."""

    def __init__(self, encode: Callable[[Sequence[str]], Vectors], *, remembered: int = REMEMBERED) -> None:
        self._encode = encode
        self._remembered = remembered
        self._cache: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()
        self._together: Together[list[str], Vectors] = Together(self._embed)

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Embed texts. Shapes: returns (len(texts), dimension)."""
        with self._lock:
            known = [self._recall(text) for text in texts]
        missing = list(dict.fromkeys(text for text, vector in zip(texts, known, strict=True) if vector is None))
        fresh = dict(zip(missing, self._together(missing), strict=True)) if missing else {}
        return np.stack([fresh[text] if vector is None else vector for text, vector in zip(texts, known, strict=True)])

    def _embed(self, requests: list[list[str]]) -> list[Vectors]:
        """Embed the texts of several callers in one batch, each text once."""
        texts = list(dict.fromkeys(text for request in requests for text in request))
        vectors = dict(zip(texts, self._encode(texts), strict=True))
        with self._lock:
            self._cache.update(vectors)
            while len(self._cache) > self._remembered:
                self._cache.popitem(last=False)
        return [np.stack([vectors[text] for text in request]) for request in requests]

    def _recall(self, text: str) -> Vectors | None:
        vector = self._cache.get(text)
        if vector is not None:
            self._cache.move_to_end(text)
        return vector
