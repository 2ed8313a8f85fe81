"""Questions that come at once share the encoder, and each gets what it would have got alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from index.encoder.batching import SharedEncoder
from index.encoder.embedding import Encoder, Vectors


class Recorder:
    """Embeds a text as its length, remembers every batch, and can be held up or made to fail."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.entered = threading.Event()
        self.free = threading.Event()
        self.free.set()
        self.error: BaseException | None = None

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        self.entered.set()
        assert self.free.wait(10)
        if self.error is not None:
            raise self.error
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def ask_while_busy(shared: SharedEncoder, recorder: Recorder, callers: Sequence[Callable[[], object]]) -> list[object]:
    """Hold the encoder up with a first text, let the callers come meanwhile, and return what each of them got."""
    recorder.free.clear()
    with ThreadPoolExecutor(len(callers) + 1) as pool:
        first = pool.submit(shared, ["first"])
        assert recorder.entered.wait(10)
        futures = [pool.submit(caller) for caller in callers]
        time.sleep(0.2)
        recorder.free.set()
        answers: list[object] = [future.exception(10) or future.result() for future in futures]
        first.exception(10)
    return answers


def test_sixty_four_threads_get_the_vectors_that_each_would_get_alone_in_fewer_calls(encoder: Encoder) -> None:
    texts = [f"question {number}: is pretraining supervised{'?' * (number % 5)} {'and why' * (number % 7)}" for number in range(64)]
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    calls: list[int] = []

    def counted(batch: Sequence[str]) -> Vectors:
        calls.append(len(batch))
        return encoder.encode(batch)

    shared = SharedEncoder(counted)
    barrier = threading.Barrier(len(texts))

    def ask(text: str) -> Vectors:
        barrier.wait()
        vector: Vectors = shared([text])[0]
        return vector

    with ThreadPoolExecutor(len(texts)) as pool:
        together = list(pool.map(ask, texts))
    assert np.allclose(together, alone, atol=1e-5)
    assert sum(calls) == len(texts)
    assert len(calls) < len(texts) / 2


def test_whoever_comes_while_the_encoder_works_is_in_the_next_batch(recorder: Recorder) -> None:
    shared = SharedEncoder(recorder)
    texts = [["a", "bb"], ["bb", "ccc"], ["dddd"], ["a"]]
    answers = ask_while_busy(shared, recorder, [lambda mine=mine: shared(mine)[:, 0].tolist() for mine in texts])  # type: ignore[misc]
    assert answers == [[1, 2], [2, 3], [4], [1]]
    assert recorder.batches[0] == ["first"]
    assert [sorted(batch) for batch in recorder.batches[1:]] == [["a", "bb", "ccc", "dddd"]]


def test_a_failure_reaches_everybody_who_waits_and_the_next_question_is_embedded(recorder: Recorder) -> None:
    shared = SharedEncoder(recorder)
    recorder.error = RuntimeError("out of memory")
    answers = ask_while_busy(shared, recorder, [lambda text=text: shared([text]) for text in "abc"])  # type: ignore[misc]
    assert [str(answer) for answer in answers] == ["out of memory"] * 3
    recorder.error = None
    assert shared(["a"]).tolist() == [[1, 1]]


def test_a_lone_question_waits_for_nothing(recorder: Recorder) -> None:
    shared = SharedEncoder(recorder)
    started = time.perf_counter()
    shared(["alone"])
    assert time.perf_counter() - started < 0.05


def test_a_text_is_embedded_once_and_the_oldest_is_forgotten_first(recorder: Recorder) -> None:
    shared = SharedEncoder(recorder, remembered=2)
    assert shared(["a", "a", "bb"]).tolist() == [[1, 1], [1, 1], [2, 1]]
    shared(["a"])
    assert recorder.batches == [["a", "bb"]]
    # "a" was asked for after "bb", so "bb" is the oldest now.
    shared(["ccc"])
    shared(["a"])
    assert recorder.batches == [["a", "bb"], ["ccc"]]
    assert shared(["a", "bb"]).tolist() == [[1, 1], [2, 1]]
    assert recorder.batches == [["a", "bb"], ["ccc"], ["bb"]]


def test_more_texts_at_once_than_are_remembered_are_all_embedded(recorder: Recorder) -> None:
    shared = SharedEncoder(recorder, remembered=2)
    assert shared(["a", "bb", "ccc", "dddd"])[:, 0].tolist() == [1, 2, 3, 4]
