"""The reader is fitted on labelled questions, and judged with question families and with whole cards left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from index.encoder.embedding import Vectors
from index.evaluate.labelled_questions import Labelled
from index.learned.reader_weights import ReaderWeights, unfitted_weights
from index.search.library import Library
from index.search.query import clean
from index.search.reader import EVIDENCE_COUNT, Question, Reader, sigmoid
from knowledge.reading.card import Slug

# Of each question, the passages that its evidence names first are learned from, beside those that settle it.
CANDIDATES = 50
FOLDS = 5
PENALTY = 0.3
BATCH = 64
# One labelled question in so many is read with its cards left out.
LEFT_OUT_EVERY = 4
# Of the near misses, this share is not to be answered.
NEAR_MISSES_NOT_ANSWERED = 0.85
# A nearest passage is shown as near where it's about the same thing at least this often.
ABOUT_THE_SAME = 0.35
# Of five question families, so many are learned from as if half of the cards had no labelled questions: a card promoted a second ago
# has none, and must be read like any other.
FAMILIES_UNKNOWN = 1
Progress = Callable[[str], None]


@dataclass(frozen=True)
class ReadQuestion:
    """A labelled question as the reader reads it, and which shown passages settle it, alone or as one half.

    Shapes: evidence (candidates, EVIDENCE_COUNT), candidates (candidates,), settles (candidates,).
    """

    row: Labelled
    question: Question
    family: int
    candidates: npt.NDArray[np.int64]
    evidence: Vectors
    settles: npt.NDArray[np.bool_]
    related: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Judged:
    """What a reader fitted without a question says of it: whether one of its two best passages settles it, and their log odds."""

    row: Labelled
    right: bool
    first_right: bool
    related: bool
    known: bool
    best: float
    second: float


def fit_reader(library: Library, questions: Sequence[Labelled], progress: Progress) -> tuple[ReaderWeights, dict[str, float]]:
    """Fit the reader; return its numbers, and its figures with families and with whole cards left out."""
    asked = [row for row in questions if row.settles is not None]
    progress(f"Reading {len(asked)} labelled questions …")
    found = search_questions(library, asked)
    known = with_questions(library, asked, found)
    reader = Reader(library.passages, library.base, known)
    families = {family: number for number, family in enumerate(dict.fromkeys(row.group for row in asked))}
    numbers = np.array([families[row.group] for row in asked])
    read = [read_question(reader, row, each, families[row.group], numbers) for row, each in zip(asked, found, strict=True)]
    progress("Fitting with question families left out …")
    judged = judged_by_folds(reader, read, [each.family // FOLDS % FOLDS for each in read])
    gate = fit_gate(judged)
    chances = gated(gate, judged)
    settled_from, near_from = thresholds(judged, chances)
    figures = figures_of(judged, chances, settled_from, near_from)
    progress("Fitting with whole cards left out …")
    figures |= left_out_figures(library, known, asked, found, read)
    fitted = fit_weights(reader, read)
    return replace(fitted, gate=gate, settled_from=settled_from, near_from=near_from), figures


def search_questions(library: Library, rows: Sequence[Labelled]) -> list[Question]:
    """Search for every labelled question, a follow-up together with the turn before it."""
    texts = [clean(" ".join(row.conversation[-2:])) for row in rows]
    found = [each for start in range(0, len(texts), BATCH) for each in library.search_all(texts[start : start + BATCH])]
    return [Question(each.query, each.vectors, each.cosines) for each in found]


def with_questions(library: Library, rows: Sequence[Labelled], found: Sequence[Question]) -> ReaderWeights:
    """Return unfitted numbers that know the labelled questions."""
    empty = unfitted_weights(EVIDENCE_COUNT, library.vectors.shape[1], library.model_identity)
    settles = tuple(tuple(dict.fromkeys(name for item in row.settles or () for name in item.split("+"))) for row in rows)
    vectors = np.stack([each.vectors[0] for each in found]).astype(np.float16).astype(np.float32)
    return replace(empty, questions=vectors, settles=settles)


def read_question(reader: Reader, row: Labelled, question: Question, family: int, families: npt.NDArray[np.int64]) -> ReadQuestion:
    """Gather the evidence of the passages that a question is learned from, without the labelled questions of its family."""
    wanted = {reader.labels[name] for item in row.settles or () for name in item.split("+") if name in reader.labels}
    related = wanted | {reader.labels[name] for name in row.near if name in reader.labels}
    without = families == family
    if family % FOLDS < FAMILIES_UNKNOWN:
        # Drawn without a look at the answer: where only the right card had no labelled questions, that would give it away.
        hidden = np.random.default_rng(family).random(len(reader.slugs)) < 0.5
        without |= reader.labelled_for(set(np.flatnonzero(hidden).tolist()), len(families))
    evidence = reader.evidence(question, without=without)
    order = np.argsort(-(evidence[:, 0] + 0.7 * evidence[:, 5] + 0.5 * evidence[:, 2] + 0.2 * evidence[:, 11]))
    candidates = np.array(sorted({*order[:CANDIDATES].tolist(), *wanted}), dtype=np.int64)
    return ReadQuestion(
        row, question, family, candidates, evidence[candidates], np.isin(candidates, list(wanted)), np.isin(candidates, list(related))
    )


def fit_weights(reader: Reader, read: Sequence[ReadQuestion]) -> ReaderWeights:
    """Fit the weights of the evidence on some questions."""
    evidence = np.concatenate([each.evidence for each in read])
    settles = np.concatenate([each.settles for each in read])
    mean, scale = evidence.mean(axis=0), np.maximum(evidence.std(axis=0), np.float32(1e-6))
    model = LogisticRegression(C=PENALTY, max_iter=150).fit((evidence - mean) / scale, settles)
    return replace(reader.weights, mean=mean, scale=scale, weights=model.coef_[0].astype(np.float32), bias=float(model.intercept_[0]))


def judged_by_folds(reader: Reader, read: Sequence[ReadQuestion], folds: Sequence[int]) -> list[Judged]:
    """Judge every question by a reader that was fitted without its fold."""
    judged: dict[int, Judged] = {}
    for fold in range(FOLDS):
        weights = fit_weights(reader, [each for each, own in zip(read, folds, strict=True) if own != fold])
        for place, (each, own) in enumerate(zip(read, folds, strict=True)):
            if own == fold:
                judged[place] = judge(each, weights)
    return [judged[place] for place in range(len(read))]


def judge(read: ReadQuestion, weights: ReaderWeights) -> Judged:
    """Return what a reader says of one question."""
    odds = (read.evidence - weights.mean) / weights.scale @ weights.weights + weights.bias
    order = np.argsort(-odds)[:2]
    right = read.settles[order]
    return Judged(
        read.row,
        bool(right.any()),
        bool(right[0]),
        bool(read.related[order[0]]),
        read.family % FOLDS >= FAMILIES_UNKNOWN,
        float(odds[order[0]]),
        float(odds[order[1]]),
    )


def fit_gate(judged: Sequence[Judged]) -> Vectors:
    """Fit the chance that one of the two best passages settles the question."""
    signals = np.array([(each.best, each.second) for each in judged])
    model = LogisticRegression(C=1.0).fit(signals, [each.right for each in judged])
    return np.array([*model.coef_[0], model.intercept_[0]], dtype=np.float32)


def gated(gate: Vectors, judged: Sequence[Judged]) -> Vectors:
    """Return each question's chance to be settled. Shapes: (questions,)."""
    return sigmoid(np.array([gate[0] * each.best + gate[1] * each.second + gate[2] for each in judged], dtype=np.float32))


def thresholds(judged: Sequence[Judged], chances: Vectors) -> tuple[float, float]:
    """Return from which chance a question is answered, and from which the nearest passage is shown."""
    near_misses = [chance for each, chance in zip(judged, chances, strict=True) if each.row.kind == "near_miss" and not each.row.settles]
    settled = float(np.quantile(near_misses, NEAR_MISSES_NOT_ANSWERED)) if near_misses else 0.5
    below = sorted((float(chance), each.related) for each, chance in zip(judged, chances, strict=True) if chance < settled)
    shares = [
        (start, float(np.mean([related for _, related in below[start:]]))) for start in range(0, len(below), max(len(below) // 200, 1))
    ]
    return settled, next((below[start][0] for start, share in shares if share >= ABOUT_THE_SAME), settled)


def figures_of(judged: Sequence[Judged], chances: Vectors, settled_from: float, near_from: float) -> dict[str, float]:
    """Return the figures of a reader that has not seen the questions."""
    can = [place for place, each in enumerate(judged) if each.row.settles and each.known]
    near_misses = [place for place, each in enumerate(judged) if each.row.kind == "near_miss" and not each.row.settles]
    off_topic = [place for place, each in enumerate(judged) if each.row.kind == "off_topic" and not each.row.settles]
    answered = chances >= settled_from
    return {
        "best passage settles": float(np.mean([judged[place].first_right for place in can])),
        "one of two settles": float(np.mean([judged[place].right for place in can])),
        "answered": float(np.mean(answered[can])),
        "of the answered, settled": float(np.mean([judged[place].right for place in can if answered[place]])),
        "near misses not answered": float(np.mean(~answered[near_misses])) if near_misses else 1.0,
        "off topic declined": float(np.mean(chances[off_topic] < near_from)) if off_topic else 1.0,
    }


def left_out_figures(
    library: Library, known: ReaderWeights, rows: Sequence[Labelled], found: Sequence[Question], read: Sequence[ReadQuestion]
) -> dict[str, float]:
    """Return how often a passage settles where neither the weights nor the labelled questions know its card."""
    slugs = list(library.base.cards)
    fold_of = {slug: number % FOLDS for number, slug in enumerate(slugs)}
    first, either = [], []
    for fold in range(FOLDS):
        hidden = [bool(names) and any(fold_of.get(Slug(name.split("#")[0])) == fold for name in names) for names in known.settles]
        reader = Reader(library.passages, library.base, known)
        weights = fit_weights(reader, [each for each, own in zip(read, hidden, strict=True) if not own])
        without = np.array(hidden)
        for number, (row, question, own) in enumerate(zip(rows, found, hidden, strict=True)):
            if own and number % LEFT_OUT_EVERY == 0:
                wanted = {reader.labels[name] for item in row.settles or () for name in item.split("+") if name in reader.labels}
                odds = (reader.evidence(question, without=without) - weights.mean) / weights.scale @ weights.weights
                best = np.argsort(-odds)[:2]
                first.append(int(best[0]) in wanted)
                either.append(bool(wanted & set(best.tolist())))
    return {"cards left out: best passage settles": float(np.mean(first)), "cards left out: one of two": float(np.mean(either))}
