"""How the check is fitted: labelled claims in, a kernel machine with its threshold out, cross-validated by card."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from bot.answering.grounding.check import rarity_over
from bot.answering.grounding.drafts import plain
from bot.answering.grounding.premises import Premises, premises_of
from bot.answering.grounding.signals import SIGNALS, Encoded, clauses_of, signals
from index.claims import Claim, read_claims
from index.embedding import Vectors
from index.kernel import PLACES, KernelModel, beside, gaussian, places_of, weighed
from index.labelled import QUESTIONS
from index.search import Library
from knowledge.model import Slug

CLAIMS = QUESTIONS / "claims"
FOLDS = 5
# Chosen by the cross-validation that `fit` prints.
SCALE = 0.1
GAMMA = 1.2
PENALTY = 4.0
PAIRS_WEIGHT = 0.7
# The share of supported sentences that may be cut in cross-validation; the threshold follows from it.
CUT_AT_MOST = 0.10

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """Claims as the machine reads them. Shapes: one row per claim, in their order.

    A claim and its pair, one word apart, share a fold; `card_folds` keep all claims about one card together.
    """

    texts: list[str]
    vectors: Vectors
    signals: Vectors
    supported: Flags
    folds: npt.NDArray[np.int64]
    card_folds: npt.NDArray[np.int64]

    def of(self, chosen: Flags) -> Rows:
        """Return some of the rows."""
        texts = [text for text, taken in zip(self.texts, chosen, strict=True) if taken]
        return Rows(texts, self.vectors[chosen], self.signals[chosen], self.supported[chosen], self.folds[chosen], self.card_folds[chosen])


def fit(library: Library, progress: Callable[[str], None], paths: Sequence[Path] | None = None) -> tuple[KernelModel, dict[str, float]]:
    """Fit the check on labelled claims, those of the project unless other files are named; return it with its cross-validated figures.

    Raises:
        UsageError: a file of claims can't be read.
    """
    claims = [claim for path in paths or sorted((CLAIMS / "fit").glob("*.jsonl")) for claim in read_claims(path)]
    progress(f"Reading {len(claims)} labelled claims …")
    rows = rows_of(claims, library)
    progress("Fitting the check, fold by fold …")
    scores = unseen_scores(rows, rows.folds)
    # A score's chance is fitted on scores of claims that the machine did not see.
    logistic = LogisticRegression(C=1e6).fit(scores[:, None], rows.supported)
    slope, offset = float(logistic.coef_[0, 0]), float(logistic.intercept_[0])
    chances = 1 / (1 + np.exp(-(slope * scores + offset)))
    threshold = float(np.quantile(chances[rows.supported], CUT_AT_MOST))
    caught = chances < threshold
    by_card = 1 / (1 + np.exp(-(slope * unseen_scores(rows, rows.card_folds) + offset))) < threshold
    figures = {
        "false claims caught": float(caught[~rows.supported].mean()),
        "true claims cut": float(caught[rows.supported].mean()),
        "false claims caught, of a card without claims": float(by_card[~rows.supported].mean()),
        "true claims cut, of a card without claims": float(by_card[rows.supported].mean()),
    }
    whole = machine(rows, library.model_identity)
    return replace(whole, slope=slope, offset=offset, threshold=threshold), figures


def unseen_scores(rows: Rows, folds: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return each claim's score by a machine that saw no claim of its fold. Shapes: folds and result (rows,)."""
    scores = np.zeros(len(rows.texts))
    for fold in range(FOLDS):
        outside = folds == fold
        scores[outside] = raw(machine(rows.of(~outside), ""), rows.of(outside))
    return scores


def rows_of(claims: Sequence[Claim], library: Library) -> Rows:
    """Read claims as the check would: their vectors and signals against the cards that they were given."""
    texts = [plain(claim.claim) for claim in claims]
    clauses = [clauses_of(text) for text in texts]
    every = list(dict.fromkeys([*texts, *(clause for each in clauses for clause in each)]))
    vectors = dict(zip(every, library.encode(every), strict=True))
    rarity = rarity_over(library)
    known: dict[tuple[Slug, ...], Premises] = {}
    found = []
    for claim, text, parts in zip(claims, texts, clauses, strict=True):
        slugs = tuple(slug for slug in claim.cards if slug in library.base.cards)
        if slugs not in known:
            known[slugs] = premises_of(slugs, library)
        found.append(
            signals(text, claim.question, Encoded(vectors[text], np.stack([vectors[part] for part in parts])), known[slugs], rarity)
        )
    return Rows(
        texts,
        np.stack([vectors[text] for text in texts]),
        np.stack(found),
        np.array([claim.supported for claim in claims]),
        np.array([fold_of(claim.pair or claim.id) for claim in claims]),
        np.array([fold_of(claim.cards[0]) for claim in claims]),
    )


def machine(rows: Rows, identity: str) -> KernelModel:
    """Fit the machine on rows; its scores are not chances yet."""
    mean, spread = rows.signals.mean(axis=0), rows.signals.std(axis=0) + 1e-6
    points = beside(rows.vectors, rows.signals, mean, spread, SCALE)
    idf = idf_of(rows.texts)
    weighted = [weighed(text, idf) for text in rows.texts]
    starts = np.cumsum([0, *(len(places) for places, _ in weighted)])
    pairs = csr_matrix(
        (np.concatenate([values for _, values in weighted]), np.concatenate([places for places, _ in weighted]), starts),
        shape=(len(rows.texts), PLACES),
    )
    kernel = gaussian(points, points, GAMMA) + PAIRS_WEIGHT * (pairs @ pairs.T).toarray()
    fitted = SVC(C=PENALTY, kernel="precomputed").fit(kernel, rows.supported)
    duals = fitted.dual_coef_[0].astype(np.float32)
    kept = fitted.support_
    return KernelModel(
        identity, SIGNALS, mean, spread, SCALE, points[kept], duals, idf, PAIRS_WEIGHT * (pairs[kept].T @ duals),
        float(fitted.intercept_[0]), GAMMA, 1.0, 0.0, 0.0,
    )  # fmt: skip


def raw(model: KernelModel, rows: Rows) -> npt.NDArray[np.float64]:
    """Return the scores of rows before they are made chances."""
    chances = model.probabilities(rows.texts, rows.vectors, rows.signals)
    return np.asarray(np.log(chances / (1 - chances)))


def idf_of(texts: Iterable[str]) -> Vectors:
    """Return how telling each place is over texts; one that fewer than two of them have tells nothing."""
    counts = np.zeros(PLACES, dtype=np.float32)
    total = 0
    for text in texts:
        counts[list(places_of(text))] += 1
        total += 1
    return np.where(counts >= 2, np.log((total + 1) / (counts + 1)) + 1, 0.0).astype(np.float32)


def fold_of(group: str) -> int:
    """Return the fold of a group of claims."""
    return int(hashlib.sha256(group.encode()).hexdigest(), 16) % FOLDS
