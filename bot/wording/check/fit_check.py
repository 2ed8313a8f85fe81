"""The check is fitted on labelled claims: a kernel machine with its threshold, cross-validated by author."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.svm import SVC

from bot.wording.check.card_statements import Premises, premises_of
from bot.wording.check.draft_check import rarity_over
from bot.wording.check.draft_sentences import plain
from bot.wording.check.signals import SIGNALS, Encoded, clauses_of, signals
from index.encoder.embedding import Vectors
from index.evaluate.labelled_claims import Claim, read_claims
from index.evaluate.labelled_questions import QUESTIONS
from index.learned.kernel import PLACES, KernelModel, beside, gaussian, place, tokens_of, weighed
from index.search.library import Library
from knowledge.reading.card import Slug

CLAIMS = QUESTIONS / "claims"
# Chosen by the cross-validation that `fit` prints.
SCALE = 0.1
GAMMA = 1.2
PENALTY = 2.0
PAIRS_WEIGHT = 0.7
CARD_PAIRS_WEIGHT = 2.0
# The cost of letting a share of the false sentences through, as a multiple of the cost of cutting the same share of the true ones. The
# mentors' own words replace a true one that is cut, so little is lost; a much higher cost would let hardly any draft pass.
FALSE_COSTS = 1.5

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """Claims as the machine reads them; a fold is the work of one round of authors. Shapes: one row per claim, in their order."""

    texts: list[str]
    slugs: list[Slug]
    vectors: Vectors
    signals: Vectors
    supported: Flags
    folds: npt.NDArray[np.int64]

    def of(self, chosen: Flags) -> Rows:
        """Return some of the rows."""
        rows = np.flatnonzero(chosen)
        return Rows(
            [self.texts[row] for row in rows],
            [self.slugs[row] for row in rows],
            self.vectors[rows],
            self.signals[rows],
            self.supported[rows],
            self.folds[rows],
        )


def fit(library: Library, progress: Callable[[str], None], paths: Sequence[Path] | None = None) -> tuple[KernelModel, dict[str, float]]:
    """Fit the check on labelled claims, those of the project unless other files are named; return it with its cross-validated figures.

    Raises:
        UsageError: a file of claims can't be read.
    """
    files = [read_claims(path) for path in paths or sorted((CLAIMS / "fit").glob("*.jsonl"))]
    progress(f"Reading {sum(map(len, files))} labelled claims …")
    rows = rows_of(files, library)
    progress("Fitting the check, leaving out one round of authors after the other …")
    scores = unseen_scores(rows)
    # A score's chance is fitted on scores of claims whose authors the machine did not read.
    logistic = LogisticRegression(C=1e6).fit(scores[:, None], rows.supported)
    slope, offset = float(logistic.coef_[0, 0]), float(logistic.intercept_[0])
    chances = 1 / (1 + np.exp(-(slope * scores + offset)))
    threshold = cheapest(chances, rows.supported)
    cut = chances < threshold
    figures = {
        "area under the curve": float(roc_auc_score(rows.supported, scores)),
        "false claims caught": float(cut[~rows.supported].mean()),
        "true claims cut": float(cut[rows.supported].mean()),
    }
    return replace(machine(rows, library.model_identity), slope=slope, offset=offset, threshold=threshold), figures


def cheapest(chances: npt.NDArray[np.float64], supported: Flags) -> float:
    """Return the threshold at which the false claims let through and the true ones cut cost least together."""
    tried = np.linspace(0.05, 0.99, 189)
    costs = [FALSE_COSTS * (chances[~supported] >= each).mean() + (chances[supported] < each).mean() for each in tried]
    return float(tried[int(np.argmin(costs))])


def unseen_scores(rows: Rows) -> npt.NDArray[np.float64]:
    """Return each claim's score by a machine that saw no claim of its fold. Shapes: (rows,)."""
    scores = np.zeros(len(rows.texts))
    for fold in np.unique(rows.folds):
        outside = rows.folds == fold
        scores[outside] = raw(machine(rows.of(~outside), ""), rows.of(outside))
    return scores


def rows_of(files: Sequence[Sequence[Claim]], library: Library) -> Rows:
    """Read claims as the check would: their vectors and signals against the cards that they were given."""
    claims = [claim for file in files for claim in file]
    texts = [plain(claim.claim) for claim in claims]
    clauses = [clauses_of(text) for text in texts]
    every = list(dict.fromkeys([*texts, *(clause for each in clauses for clause in each)]))
    vectors = dict(zip(every, library.encode(every), strict=True))
    rarity = rarity_over(library)
    known: dict[tuple[Slug, ...], Premises] = {}
    found = []
    for claim, text, parts in zip(claims, texts, clauses, strict=True):
        slugs = claim.among(library.base.cards)
        if slugs not in known:
            known[slugs] = premises_of(slugs, library)
        found.append(
            signals(text, claim.question, Encoded(vectors[text], np.stack([vectors[part] for part in parts])), known[slugs], rarity)
        )
    return Rows(
        texts,
        [claim.cards[0] for claim in claims],
        np.stack([vectors[text] for text in texts]),
        np.stack(found),
        np.array([claim.supported for claim in claims]),
        np.repeat(np.arange(len(files)), [len(file) for file in files]),
    )


def machine(rows: Rows, identity: str) -> KernelModel:
    """Fit the machine on rows; its scores are not chances yet."""
    mean, spread = rows.signals.mean(axis=0), rows.signals.std(axis=0) + 1e-6
    points = beside(rows.vectors, rows.signals, mean, spread, SCALE)
    idf = idf_of(rows.texts)
    weighted = [weighed(text, slug, idf) for text, slug in zip(rows.texts, rows.slugs, strict=True)]
    starts = np.cumsum([0, *(len(values) for _, _, values in weighted)])
    values = np.concatenate([each[2] for each in weighted])
    shape = (len(rows.texts), PLACES)
    pairs = csr_matrix((values, np.concatenate([each[0] for each in weighted]), starts), shape=shape)
    card_pairs = csr_matrix((values, np.concatenate([each[1] for each in weighted]), starts), shape=shape)
    linear = PAIRS_WEIGHT * (pairs @ pairs.T) + CARD_PAIRS_WEIGHT * (card_pairs @ card_pairs.T)
    kernel = gaussian(points, points, GAMMA) + linear.toarray()
    fitted = SVC(C=PENALTY, kernel="precomputed").fit(kernel, rows.supported)
    duals = fitted.dual_coef_[0].astype(np.float32)
    kept = fitted.support_
    return KernelModel(
        identity, SIGNALS, mean, spread, SCALE, points[kept], duals, idf,
        PAIRS_WEIGHT * (pairs[kept].T @ duals), CARD_PAIRS_WEIGHT * (card_pairs[kept].T @ duals),
        float(fitted.intercept_[0]), GAMMA, 1.0, 0.0, 0.0,
    )  # fmt: skip


def raw(model: KernelModel, rows: Rows) -> npt.NDArray[np.float64]:
    """Return the scores of rows before they are made chances."""
    chances = model.probabilities(rows.texts, rows.slugs, rows.vectors, rows.signals)
    return np.asarray(np.log(chances / (1 - chances)))


def idf_of(texts: Iterable[str]) -> Vectors:
    """Return how telling each place is over texts; one that fewer than two of them have tells nothing."""
    counts = np.zeros(PLACES, dtype=np.float32)
    total = 0
    for text in texts:
        counts[list({place(token) for token in tokens_of(text)})] += 1
        total += 1
    return np.where(counts >= 2, np.log((total + 1) / (counts + 1)) + 1, 0.0).astype(np.float32)
