"""The reader is fitted on labelled questions, and judged with question families and with whole cards left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from index.encoder.embedding import Vectors
from index.evaluate.labelled_questions import Labelled
from index.fit.fit_new_cards import fit_new_cards
from index.learned.reader_weights import ReaderWeights, in_eight_bits, unfitted_weights, unit_vectors
from index.search.library import Library
from index.search.query import clean
from index.search.reader import EVIDENCE_COUNT, SECOND_FROM, Question, Reader, gate_signals, sigmoid
from knowledge.reading.card import Slug

# The weights of a question's settling passages are learned against so many that its evidence names first, and so many of the others.
LIKELY = 96
FAR = 32
FOLDS = 5
# The strength of the ridge penalty on the weights and on the gate, the same however many questions there are.
PENALTY = 3.0
GATE_PENALTY = 20.0
BATCH = 64
# One labelled question in so many is read with its cards left out.
LEFT_OUT_EVERY = 2
# Passages are an answer from this chance on that they settle the question. Source: cross-validation ("answered with something else"): of
# the labelled questions that a card settles, which are harder than most, one in ten then gets passages about something else.
SETTLED_FROM = 0.4
# A nearest passage is shown as near where it's about the same thing at least this often.
ABOUT_THE_SAME = 0.35
# Of five question families, so many are learned from as if half of the cards had no labelled questions: a card promoted a second ago
# has none, and must be read like any other.
FAMILIES_UNKNOWN = 3
Progress = Callable[[str], None]


@dataclass(frozen=True)
class ReadQuestion:
    """A labelled question as the reader reads it: the evidence of the passages that it's learned from, and which of them settle it.

    `without` marks the labelled questions that it's read without, `wanted` are the passages that settle it, alone or as one half, and
    `related` those and the near ones.

    Shapes: evidence (candidates, EVIDENCE_COUNT), settles (candidates,), without (labelled questions,).
    """

    row: Labelled
    question: Question
    family: int
    without: npt.NDArray[np.bool_]
    wanted: frozenset[int]
    related: frozenset[int]
    evidence: Vectors
    settles: npt.NDArray[np.bool_]

    @property
    def known(self) -> bool:
        """Return whether it's read as if all other labelled questions were known."""
        return self.family % FOLDS >= FAMILIES_UNKNOWN


@dataclass(frozen=True)
class Judged:
    """What a reader fitted without a question says of it, and whether that is right.

    `nearest_right`: one of the two nearest passages settles it, by the cosine alone. `left_out_right`: only the second settles it, and is
    left out as too unlikely. `is_stale`: it is labelled as settled by none, and the best passage is of a card that came later, so nobody
    has said whether that does.

    Shapes: signals (EVIDENCE_COUNT + GATE_EXTRA,), what the gate weighs.
    """

    row: Labelled
    fold: int
    known: bool
    right: bool
    first_right: bool
    right_card: bool
    related: bool
    signals: Vectors
    is_stale: bool = False
    nearest_right: bool = False
    left_out_right: bool = False


def fit_reader(
    library: Library, questions: Sequence[Labelled], progress: Progress, *, shown_to_encoder: frozenset[str] = frozenset()
) -> tuple[ReaderWeights, dict[str, float]]:
    """Fit the reader; return its numbers, and its figures with families and with whole cards left out.

    Questions that were `shown_to_encoder`, named by their ids, are nearer to their passages than a learner's will be. Passages are found
    by them, but nothing is learned from how they are read.
    """
    asked = [row for row in questions if row.settles is not None]
    progress(f"Reading {len(asked)} labelled questions …")
    known = with_questions(library, asked)
    reader = Reader(library.passages, library.base, known)
    families = {family: number for number, family in enumerate(dict.fromkeys(row.group for row in asked))}
    numbers = np.array([families[row.group] for row in asked])
    unseen = [place for place, row in enumerate(asked) if row.id not in shown_to_encoder]
    searched = zip(unseen, search_questions(library, [asked[place] for place in unseen]), strict=True)
    read = [read_question(reader, asked[place], found, families[asked[place].group], numbers) for place, found in searched]
    progress("Fitting with question families left out …")
    judged = judged_by_folds(reader, read)
    chances = cross_fitted(judged)
    near_from = nearest_shown_from(judged, chances)
    figures = figures_of(judged, chances, near_from)
    progress("Fitting with whole cards left out …")
    figures |= left_out_figures(library, known, dict(zip(unseen, read, strict=True)))
    fitted = replace(fit_weights(reader, read), gate=fit_gate(judged), settled_from=SETTLED_FROM, near_from=near_from)
    favoured, shares = fit_new_cards(library, fitted, [each.row for each in read], progress)
    return favoured, figures | shares


def search_questions(library: Library, rows: Sequence[Labelled]) -> list[Question]:
    """Search for every labelled question, a follow-up together with the turn before it."""
    texts = [as_searched(row) for row in rows]
    return [found.question for start in range(0, len(texts), BATCH) for found in library.search_all(texts[start : start + BATCH])]


def as_searched(row: Labelled) -> str:
    """Return what is searched for a labelled question: a follow-up together with the turn before it."""
    return clean(" ".join(row.conversation[-2:]))


def with_questions(library: Library, rows: Sequence[Labelled]) -> ReaderWeights:
    """Return unfitted numbers that know the labelled questions."""
    empty = unfitted_weights(EVIDENCE_COUNT, library.vectors.shape[1], library.model_identity)
    settles = tuple(tuple(dict.fromkeys(name for item in row.settles or () for name in item.split("+"))) for row in rows)
    texts = [library.read(as_searched(row))[1][0] for row in rows]
    vectors = np.concatenate([library.encode(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)])
    return replace(empty, questions=unit_vectors(in_eight_bits(vectors)), settles=settles)


def read_question(reader: Reader, row: Labelled, question: Question, family: int, families: npt.NDArray[np.int64]) -> ReadQuestion:
    """Gather the evidence of the passages that a question is learned from, without the labelled questions of its family."""
    wanted = passages_named(reader, row.settles or ())
    without = families == family
    if family % FOLDS < FAMILIES_UNKNOWN:
        # Drawn without a look at the answer: where only the right card had no labelled questions, that would give it away.
        hidden = np.random.default_rng(family).random(len(reader.slugs)) < 0.5
        without |= reader.labelled_for(set(np.flatnonzero(hidden).tolist()), len(families))
    evidence = reader.evidence(question, without=without)
    order = np.argsort(-(evidence[:, 0] + 0.7 * evidence[:, 5] + 0.5 * evidence[:, 2] + 0.2 * evidence[:, 11]))
    far = order[LIKELY:]
    drawn = np.random.default_rng(family).choice(far, size=min(FAR, len(far)), replace=False)
    candidates = np.array(sorted({*order[:LIKELY].tolist(), *drawn.tolist(), *wanted}), dtype=np.int64)
    related = wanted | passages_named(reader, row.near)
    return ReadQuestion(row, question, family, without, wanted, related, evidence[candidates], np.isin(candidates, list(wanted)))


def passages_named(reader: Reader, names: Sequence[str]) -> frozenset[int]:
    """Return the shown passages that labels name, both of two halves; one that is no longer there is passed over."""
    return frozenset(reader.labels[name] for item in names for name in item.split("+") if name in reader.labels)


def fit_weights(reader: Reader, read: Sequence[ReadQuestion]) -> ReaderWeights:
    """Fit the weights by which the passages that settle a question come before the others: a conditional logit.

    Source: McFadden (1974), Conditional logit analysis of qualitative choice behavior; with several right choices, their chances add up.
    """
    settled = [each for each in read if each.wanted]
    rows = np.concatenate([each.evidence for each in settled])
    mean, scale = rows.mean(axis=0), np.maximum(rows.std(axis=0), np.float32(1e-6))
    rows = (rows - mean) / scale
    right = np.concatenate([each.settles for each in settled])
    lengths = np.array([len(each.evidence) for each in settled])
    starts = np.cumsum(lengths) - lengths

    penalty = PENALTY / len(settled)

    def loss(weights: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        scores = rows @ weights.astype(np.float32)
        raised = np.exp(scores - np.repeat(np.maximum.reduceat(scores, starts), lengths))
        every = np.add.reduceat(raised, starts)
        wanted = np.maximum(np.add.reduceat(raised * right, starts), np.float32(1e-30))
        steps = raised / np.repeat(every, lengths) - raised * right / np.repeat(wanted, lengths)
        slope = (rows.T @ steps).astype(np.float64) / len(settled)
        return float(np.mean(np.log(every / wanted))) + penalty * float(weights @ weights), slope + 2 * penalty * weights

    fitted = minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 150})
    return replace(reader.weights, mean=mean, scale=scale, weights=fitted.x.astype(np.float32))


def judged_by_folds(reader: Reader, read: Sequence[ReadQuestion]) -> list[Judged]:
    """Judge every question by a reader that was fitted without its fold, over all passages."""
    judged: dict[int, Judged] = {}
    for fold in range(FOLDS):
        weights = fit_weights(reader, [each for each in read if fold_of(each.family) != fold])
        for place, each in enumerate(read):
            if fold_of(each.family) == fold:
                judged[place] = judge(each, reader.with_weights(weights))
    return [judged[place] for place in range(len(read))]


def fold_of(family: int) -> int:
    """Return the fold of a family; each fold has known and unknown ones."""
    return family // FOLDS % FOLDS


def judge(read: ReadQuestion, reader: Reader) -> Judged:
    """Return what a reader says of one question."""
    evidence = reader.standardised(read.question, without=read.without)
    scores = evidence @ reader.weights.weights
    order = np.argsort(-scores, kind="stable")
    best, second = int(order[0]), int(order[min(1, len(order) - 1)])
    return Judged(
        read.row,
        fold_of(read.family),
        read.known,
        bool(read.wanted & set(order[:2].tolist())),
        best in read.wanted,
        bool(np.isin(reader.cards[best], reader.cards[list(read.wanted)])),
        best in read.related,
        gate_signals(scores, order, evidence, reader.cards),
        not read.row.settles and bool(reader.few_labels[reader.cards[best]]),
        bool(read.wanted & set(np.argsort(-evidence[:, 0], kind="stable")[:2].tolist())),
        best not in read.wanted and second in read.wanted and bool(scores[second] - scores[best] < np.log(SECOND_FROM)),
    )


def fit_gate(judged: Sequence[Judged]) -> Vectors:
    """Fit the chance that one of the two best passages settles the question."""
    # The constant is the last signal.
    model = LogisticRegression(C=1 / GATE_PENALTY, max_iter=500)
    said = [each for each in judged if not each.is_stale]
    model.fit(np.array([each.signals[:-1] for each in said]), [each.right for each in said])
    return np.array([*model.coef_[0], model.intercept_[0]], dtype=np.float32)


def cross_fitted(judged: Sequence[Judged]) -> Vectors:
    """Return each question's chance to be settled, by a gate that was fitted without its fold. Shapes: (questions,)."""
    chances = np.zeros(len(judged), dtype=np.float32)
    for fold in range(FOLDS):
        gate = fit_gate([each for each in judged if each.fold != fold])
        for place, each in enumerate(judged):
            if each.fold == fold:
                chances[place] = sigmoid(each.signals @ gate)
    return chances


def nearest_shown_from(judged: Sequence[Judged], chances: Vectors) -> float:
    """Return the chance from which on the nearest passage is about the same thing often enough to be shown, if not as an answer."""
    fitted = IsotonicRegression(out_of_bounds="clip").fit(chances, [each.related for each in judged])
    grid = np.linspace(0.0, SETTLED_FROM, 101)
    return float(next((chance for chance, share in zip(grid, fitted.predict(grid), strict=True) if share >= ABOUT_THE_SAME), SETTLED_FROM))


def figures_of(judged: Sequence[Judged], chances: Vectors, near_from: float) -> dict[str, float]:
    """Return the figures of a reader that has not seen the questions."""
    can = [place for place, each in enumerate(judged) if each.row.settles and each.known]
    answered = chances >= SETTLED_FROM
    near_misses, off_topic = (
        [place for place, each in enumerate(judged) if each.row.kind == kind and not each.row.settles]
        for kind in ("near_miss", "off_topic")
    )
    return {
        "by the cosine alone: one of two settles": share(judged[place].nearest_right for place in can),
        "best passage settles": share(judged[place].first_right for place in can),
        "one of two settles": share(judged[place].right for place in can),
        "second passage left out, and needed": share(judged[place].left_out_right for place in can),
        "best passage is of a right card": share(judged[place].right_card for place in can),
        "answered": share(answered[place] for place in can),
        "of the answered, settled": share(judged[place].right for place in can if answered[place]),
        "answered, and not settled": share(answered[place] and not judged[place].right for place in can),
        "answered with something else": share(answered[place] and not (judged[place].right or judged[place].related) for place in can),
        "near misses not answered": share(not answered[place] for place in near_misses),
        "off topic not answered": share(not answered[place] for place in off_topic),
        "off topic declined": share(chances[place] < near_from for place in off_topic),
    }


def share(values: Iterable[bool | np.bool_]) -> float:
    """Return the share of true values; 1 where there are none."""
    every = [bool(value) for value in values]
    return sum(every) / len(every) if every else 1.0


def left_out_figures(library: Library, known: ReaderWeights, read: Mapping[int, ReadQuestion]) -> dict[str, float]:
    """Return how often a passage settles where neither the weights nor the labelled questions know its card.

    `read` has questions by their places among all labelled ones.
    """
    fold_of_card = {slug: number % FOLDS for number, slug in enumerate(library.base.cards)}
    first, either = [], []
    for fold in range(FOLDS):
        hidden = np.array([any(fold_of_card.get(Slug(name.split("#")[0])) == fold for name in names) for names in known.settles])
        reader = Reader(library.passages, library.base, known)
        reader = reader.with_weights(fit_weights(reader, [each for place, each in read.items() if not hidden[place]]))
        for each in [each for place, each in read.items() if hidden[place]][::LEFT_OUT_EVERY]:
            best = np.argsort(-(reader.standardised(each.question, without=hidden) @ reader.weights.weights))[:2].tolist()
            first.append(best[0] in each.wanted)
            either.append(bool(each.wanted & set(best)))
    return {"cards left out: best passage settles": share(first), "cards left out: one of two": share(either)}
