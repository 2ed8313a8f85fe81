"""Numbers learned from the labelled questions: the class model, the ranker, the confidence, the operating point."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from index.encoder.embedding import Vectors
from index.encoder.model_files import files_digest
from index.evaluate.labelled_questions import QUESTIONS, Labelled, questions_to_fit
from index.learned.card_classes import NONE, ClassModel, weighted
from index.learned.fitted import EVIDENCE, FEATURES, RIGHT_SIGNALS, SCOPE_SIGNALS, Fitted, Numbers, passages_digest
from index.search.confidence import FLOOR, logistic, right_signals, scope_signals
from index.search.library import Found, Hit, Library, rank
from index.search.query import clean
from index.store.passages import Passage, PassageKind
from knowledge.reading.card import Slug
from knowledge.words import stems

FOLDS = 5
BATCH = 512
# A second acceptable card counts this much beside the best one.
ALSO_ACCEPTABLE = 0.5
# Regularisation of the class model and weight of a question beside a passage; chosen by cross-validation over C in 1, 3, 10, 30.
CLASS_C = 3.0
QUESTION_WEIGHT = 1.5
RANKER_L2 = 0.001
# The costs of two mistakes: answering what no card settles, and handing over what a card settles.
COST_ANSWERED_WRONGLY = 2.0
COST_HANDED_OVER = 1.0

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class SearchedQuestion:
    """One labelled question with what an unfitted search found for it."""

    labelled: Labelled
    found: Found
    fold: int

    @property
    def mean(self) -> Vectors:
        """Return the mean vector of its views. Shapes: (dimension,)."""
        mean: Vectors = self.found.vectors.mean(axis=0)
        return mean


@dataclass(frozen=True)
class Report:
    """The figures of a cross-validation by question family."""

    figures: dict[str, float]


def fit(library: Library, say: Callable[[str], None], labels: Path = QUESTIONS) -> tuple[Fitted, Report]:
    """Learn everything from `fit/` in a folder of labels and the cards of a library (whose own fitted numbers are not used)."""
    questions = questions_to_fit(labels)
    say(f"Searching for {len(questions)} labelled questions …")
    rows = searched(library, questions)
    inside = [row for row in rows if row.labelled.slugs and row.labelled.kind == "in_scope"]
    outside = [row for row in rows if row.labelled.kind in {"near_miss", "off_topic"}]
    say("Learning the class model, fold by fold …")
    learned = [library.fitted.classes] * FOLDS
    for fold in range(FOLDS):
        learned[fold] = class_model(library, [row for row in (*inside, *outside) if row.fold != fold])
    rows_out = [with_learned(row, learned[row.fold]) for row in outside]
    rows_in = [with_learned(row, learned[row.fold]) for row in inside]
    say("Learning the ranker and the confidence …")
    fitted, figures = fit_numbers(rows_in, rows_out)
    classes = class_model(library, [*inside, *outside])
    made_from = {
        "questions": files_digest(sorted((labels / "fit").glob("*.jsonl"))),
        "model_identity": library.model_identity,
        "cards": passages_digest(library.passages),
    }
    return replace(fitted, classes=classes, made_from=made_from), Report(figures)


def searched(library: Library, questions: list[Labelled]) -> list[SearchedQuestion]:
    """Search for all questions, many at once."""
    found = [
        each
        for start in range(0, len(questions), BATCH)
        for each in library.search_all([clean(row.question or "") for row in questions[start : start + BATCH]])
    ]
    return [SearchedQuestion(row, each, fold_of(row.group)) for row, each in zip(questions, found, strict=True)]


def fit_numbers(inside: list[SearchedQuestion], outside: list[SearchedQuestion]) -> tuple[Fitted, dict[str, float]]:
    """Learn ranker, temperature, confidence and threshold; the figures are of rows ranked by numbers learned without their fold."""
    figures: dict[str, float] = {}
    ranked_in, ranked_out = list(inside), list(outside)
    for fold in range(FOLDS):
        part = numbers_of([row for row in inside if row.fold != fold])
        for ranked in (ranked_in, ranked_out):
            for number, row in enumerate(ranked):
                if row.fold == fold:
                    ranked[number] = replace(row, found=replace(row.found, hits=rank(row.found.hits, part)))
    right = [row.found.hits[0].slug in row.labelled.slugs for row in ranked_in]
    figures["right card first"] = float(np.mean(right))
    figures["right card among three"] = float(
        np.mean([any(hit.slug in row.labelled.slugs for hit in row.found.hits[:3]) for row in ranked_in])
    )
    base = numbers_of(inside)
    temperature = fit_temperature(ranked_in)
    scope_x = np.array([scope_signals(row.found) for row in (*ranked_in, *ranked_out)])
    scope_y = np.array([1] * len(ranked_in) + [0] * len(ranked_out))
    folds = np.array([row.fold for row in (*ranked_in, *ranked_out)])
    balance = np.where(scope_y == 1, 1.0, len(ranked_in) / max(len(ranked_out), 1) * 0.5)
    scope_oof = cross(scope_x, scope_y, folds, balance)
    right_x = np.array([right_signals(row.found, temperature) for row in ranked_in])
    right_y = np.array(right, dtype=int)
    right_oof = cross(right_x, right_y, folds[: len(ranked_in)], np.ones(len(right_y)))
    threshold = operating_point(scope_oof[scope_y == 1], scope_oof[scope_y == 0])
    figures["in scope answered"] = float(np.mean(scope_oof[scope_y == 1] >= threshold))
    figures["out of scope declined"] = float(np.mean(scope_oof[scope_y == 0] < threshold))
    for kind in ("near_miss", "off_topic"):
        mask = [row.labelled.kind == kind for row in ranked_out]
        figures[f"{kind} declined"] = float(np.mean(scope_oof[scope_y == 0][mask] < threshold))
    figures["scope AUC"] = float(roc_auc_score(scope_y, scope_oof))
    figures["right AUC"] = float(roc_auc_score(right_y, right_oof))
    scope = logistic_weights(scope_x, scope_y, balance)
    right_weights = logistic_weights(right_x, right_y, np.ones(len(right_y)))
    return replace(base, temperature=temperature, scope=scope, right=right_weights, threshold=threshold), figures


def numbers_of(inside: list[SearchedQuestion]) -> Fitted:
    """Learn how evidence is weighed, with the class model and without it."""
    full, targets, mask = stacked(inside, with_class=True)
    plain, _, _ = stacked(inside, with_class=False)
    return Fitted(
        softmax_weights(full, targets, mask), softmax_weights(plain, targets, mask), 1.0, np.zeros(len(SCOPE_SIGNALS), dtype=np.float32),
        np.zeros(len(RIGHT_SIGNALS), dtype=np.float32), 0.5, None, {},
    )  # fmt: skip


def stacked(rows: Sequence[SearchedQuestion], *, with_class: bool) -> tuple[Array, Array, Array]:
    """Stack evidence, targets and which places are filled. Shapes: (rows, hits, features), (rows, hits), (rows, hits)."""
    most = max(len(row.found.hits) for row in rows)
    width = len(FEATURES) if with_class else len(EVIDENCE)
    evidence = np.zeros((len(rows), most, width))
    targets = np.zeros((len(rows), most))
    mask = np.zeros((len(rows), most), dtype=bool)
    for number, row in enumerate(rows):
        for place, hit in enumerate(row.found.hits):
            evidence[number, place] = np.append(hit.evidence, FLOOR if hit.learned is None else hit.learned) if with_class else hit.evidence
            mask[number, place] = True
            if hit.slug in row.labelled.slugs:
                targets[number, place] = 1.0 if hit.slug == row.labelled.slugs[0] else ALSO_ACCEPTABLE
    total = targets.sum(axis=1, keepdims=True)
    return evidence, np.divide(targets, total, where=total > 0, out=np.zeros_like(targets)), mask


def softmax_weights(evidence: Array, targets: Array, mask: Array) -> Numbers:
    """Fit one weight per feature by conditional logistic regression over each question's candidates."""
    scale = evidence[mask].std(axis=0) + 1e-9
    scaled = evidence / scale

    def loss(weights: Array) -> tuple[float, Array]:
        logits = np.where(mask, scaled @ weights, -1e9)
        logits = logits - logits.max(axis=1, keepdims=True)
        shares = np.where(mask, np.exp(logits), 0.0)
        shares /= shares.sum(axis=1, keepdims=True)
        has = targets.sum(axis=1, keepdims=True) > 0
        value = -(targets * np.log(np.maximum(shares, 1e-12))).sum() / len(targets) + RANKER_L2 * float(weights @ weights)
        slope = np.einsum("nc,ncf->f", np.where(has, shares - targets, 0.0), scaled) / len(targets) + 2 * RANKER_L2 * weights
        return float(value), slope

    best = minimize(loss, np.zeros(evidence.shape[2]), jac=True, method="L-BFGS-B").x
    return np.asarray(best / scale, dtype=np.float32)


def fit_temperature(rows: list[SearchedQuestion]) -> float:
    """Choose the temperature at which the shares of the right cards are most likely."""
    candidates = np.linspace(0.5, 3.0, 26)
    losses = []
    for temperature in candidates:
        total = 0.0
        for row in rows:
            scores = np.array([hit.score for hit in row.found.hits]) / temperature
            logs = scores - scores.max() - np.log(np.exp(scores - scores.max()).sum())
            right = [log for log, hit in zip(logs, row.found.hits, strict=True) if hit.slug in row.labelled.slugs]
            total -= float(np.log(max(np.exp(right).sum(), 1e-12))) if right else 12.0
        losses.append(total)
    return float(candidates[int(np.argmin(losses))])


def cross(signals: Array, labels: Array, folds: Array, weights: Array) -> Array:
    """Return each row's probability from a fit without its fold. Shapes: (rows,)."""
    out = np.zeros(len(labels))
    for fold in range(FOLDS):
        train, test = folds != fold, folds == fold
        numbers = logistic_weights(signals[train], labels[train], weights[train])
        out[test] = [logistic(float(row @ numbers)) for row in signals[test]]
    return out


def logistic_weights(signals: Array, labels: Array, weights: Array) -> Numbers:
    """Fit a logistic regression on standardised signals, and return its weights for the raw ones (the first is the bias)."""
    mean, scale = signals.mean(axis=0), signals.std(axis=0) + 1e-9
    mean[0], scale[0] = 0.0, 1.0
    model = LogisticRegression(C=1.0, fit_intercept=False, max_iter=1000).fit((signals - mean) / scale, labels, sample_weight=weights)
    raw = model.coef_[0] / scale
    raw[0] -= float((raw[1:] * mean[1:]).sum())
    return np.asarray(raw, dtype=np.float32)


def operating_point(inside: Array, outside: Array) -> float:
    """Choose the threshold that costs least, with the three kinds of question equally frequent as in the labelled set."""
    best, cost = 0.5, np.inf
    for threshold in np.linspace(0.02, 0.98, 97):
        handed = COST_HANDED_OVER * float(np.mean(inside < threshold))
        wrongly = COST_ANSWERED_WRONGLY * float(np.mean(outside >= threshold))
        if handed + wrongly < cost:
            best, cost = float(threshold), handed + wrongly
    return best


def with_learned(row: SearchedQuestion, model: ClassModel | None) -> SearchedQuestion:
    """Give a row's hits what a class model that never saw its fold says."""
    if model is None:
        return row
    logs = model.log_shares(row.found.query, row.found.vectors)
    hits = [Hit(hit.slug, hit.score, hit.evidence, logs.get(hit.slug)) for hit in row.found.hits]
    return replace(row, found=replace(row.found, hits=hits, none=logs[NONE]))


def class_model(library: Library, rows: list[SearchedQuestion]) -> ClassModel:
    """Train the class model on the cards' passages, the beyond topics and labelled questions."""
    texts: list[str] = []
    vectors: list[Vectors] = []
    labels: list[str] = []
    weights: list[float] = []
    for passage, vector in zip(library.passages, library.vectors, strict=True):
        texts.append(passage.text)
        vectors.append(vector)
        labels.append(label_of(passage))
        weights.append(1.0)
    for row in rows:
        for number, slug in enumerate(row.labelled.slugs or (NONE,)):
            texts.append(row.found.query)
            vectors.append(row.mean)
            labels.append(slug)
            weights.append(QUESTION_WEIGHT * (1.0 if number == 0 else ALSO_ACCEPTABLE))
    vocabulary, idf = vocabulary_of(texts)
    words = word_matrix(texts, vocabulary, idf)
    features = hstack([csr_matrix(np.stack(vectors)), words]).tocsr()
    model = LogisticRegression(C=CLASS_C, max_iter=200).fit(features, labels, sample_weight=weights)
    slugs = tuple(Slug(slug) for slug in model.classes_)
    return ClassModel(slugs, vocabulary, idf, model.coef_.astype(np.float32), model.intercept_.astype(np.float32))


def label_of(passage: Passage) -> str:
    """Return the class that a passage teaches."""
    return NONE if passage.kind is PassageKind.BEYOND else passage.slug


def vocabulary_of(texts: list[str]) -> tuple[dict[str, int], Numbers]:
    """Return the words of all texts that two of them share, and their smoothed inverse document frequencies."""
    seen: dict[str, int] = {}
    for text in texts:
        for token in set(stems(text)):
            seen[token] = seen.get(token, 0) + 1
    kept = sorted(token for token, count in seen.items() if count >= 2)
    idf = np.array([np.log((1 + len(texts)) / (1 + seen[token])) + 1 for token in kept], dtype=np.float32)
    return {token: column for column, token in enumerate(kept)}, idf


def word_matrix(texts: list[str], vocabulary: dict[str, int], idf: Numbers) -> csr_matrix:
    """Return the texts' words as the class model reads them. Shapes: (texts, words)."""
    blocks = []
    for text in texts:
        counts: dict[int, int] = {}
        for token in stems(text):
            if token in vocabulary:
                counts[vocabulary[token]] = counts.get(vocabulary[token], 0) + 1
        columns, values = weighted(counts, idf)
        blocks.append(csr_matrix((values, (np.zeros(len(columns), dtype=np.int64), columns)), shape=(1, len(vocabulary))))
    return vstack(blocks).tocsr()


def fold_of(group: str) -> int:
    """Return the fold of a question family: the same in every run."""
    return int(hashlib.sha256(group.encode()).hexdigest(), 16) % FOLDS


def written(report: Report) -> str:
    """Render the figures as JSON, for the file beside the numbers."""
    return json.dumps({name: round(value, 4) for name, value in report.figures.items()}, indent=1) + "\n"
