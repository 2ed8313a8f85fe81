"""The reader: for each passage that can be shown, the chance that it settles the question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.encoder.embedding import Vectors
from index.learned.reader_weights import ReaderWeights, unfitted_weights
from index.store.nearest import make_index
from index.store.passages import Passage, PassageKind, shown_passages
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Slug
from knowledge.words import content_stems

# How a message is worded says which kind of passage it wants.
FORMS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:what|whats|explain|define|meaning|mean)\b",
        r"^\s*(?:is|are|does|do|can|could|will|would|should|did|was|has|have|isn|aren|doesn|don|am)\b|\b(?:is it|right\?|or not|correct\?)",
        r"\bwhy\b|how come|reason",
        r"\bhow\b",
        r"\bvs\b|versus|differen|\bor\b",
        r"\bexamples?\b",
        r"still think|honestly|not convinced|i thought|but |isn't|surely|don't buy",
        r"`|=|\(\)|_|\bcode\b",
    )
)
SHOWN_KINDS = ("short", "paragraph", "correction", "example")
# BM25 of a card over how it's asked for, what it says and its terms: as scores, and as shares of the best card's.
LEXICAL_COUNT = 6
EVIDENCE_COUNT = 28 + LEXICAL_COUNT + len(SHOWN_KINDS) * (1 + len(FORMS))
# The spread of the softened maximum over a card's phrasings, and over the labelled questions of a passage.
SOFTNESS = 0.05
LONG_WORDS = 60
# From this cosine on a question says nearly the same as another, which counts more than how near two are below it.
SAME_QUESTION = 0.7
# The cosine of a labelled question that is left out: below that of any other.
LEFT_OUT = -1.0
# The gate weighs the best passage's lead over the next, the shares of the best, the two best and the best card, and the best passage's
# evidence up to so many standard deviations, and has a constant.
GATE_EXTRA = 5
GATE_CLIP = 4.0
PLAIN_GATE = -7.5
# A second passage that is less likely than this share of the first to settle the question is left out: a learner reads two for one that is
# needed. Source: cross-validation ("second passage left out, and needed").
SECOND_FROM = 0.1
# A card that fewer labels name came after they were made.
FEW_LABELS = 5


def plain_weights(dimension: int, model_identity: str = "") -> ReaderWeights:
    """Return weights for a model that nothing was fitted for: nearness of the passage, of its card's phrasings, and shared words."""
    weights = unfitted_weights(EVIDENCE_COUNT, dimension, model_identity)
    plain = weights.weights.copy()
    plain[[0, 5, 8, 11]] = (6.0, 8.0, 1.0, 2.0)
    # The best passage's score alone says how sure it is.
    return replace(weights, weights=plain, gate=np.array([0.0, 0.0, 0.0, 0.0, *plain, PLAIN_GATE], dtype=np.float32))


class ReadPassage(NamedTuple):
    """One passage that can be shown, named as a piece of an answer is, and the chance that it settles the question."""

    slug: Slug
    name: str
    chance: float


class Question(NamedTuple):
    """What the reader reads of a question: its words, its views' vectors, the cosine of every passage, and BM25 of every card.

    Shapes: vectors (views, dimension), cosines (passages,), lexical (3, cards).
    """

    text: str
    vectors: Vectors
    cosines: Vectors
    lexical: Vectors


class Reader:
    """The passages of a library as arrays, and the weights by which they are read; it never changes."""

    def __init__(self, passages: Sequence[Passage], base: KnowledgeBase, weights: ReaderWeights) -> None:
        self.weights = weights
        self.slugs = list(base.cards)
        card_of = {slug: number for number, slug in enumerate(self.slugs)}
        row_of = {(passage.slug, passage.kind, passage.place): row for row, passage in enumerate(passages)}
        labels: dict[str, int] = {}
        self.names: list[str] = []
        rows: list[int] = []
        cards: list[int] = []
        kinds: list[int] = []
        beliefs: list[int] = []
        for slug, card in base.cards.items():
            for label, (kind, place) in shown_passages(card).items():
                row = row_of.get((slug, kind, place))
                if row is None:
                    continue
                labels[f"{slug}#{label}"] = len(rows)
                rows.append(row)
                cards.append(card_of[slug])
                correction = kind is PassageKind.CORRECTION
                beliefs.append(row_of.get((slug, PassageKind.MISCONCEPTION, place), -1) if correction else -1)
                kinds.append(2 if correction else 0 if place == "short_answer" else 3 if place == "example" else 1)
                self.names.append(piece_name(kind, place))
        self.rows = np.array(rows, dtype=np.int64)
        self.cards = np.array(cards, dtype=np.int64)
        self.beliefs = np.array(beliefs, dtype=np.int64)
        self.kinds = np.eye(len(SHOWN_KINDS), dtype=np.float32)[kinds] if kinds else np.zeros((0, len(SHOWN_KINDS)), dtype=np.float32)
        self._by_kind = {
            kind: pairs_of((row, card_of[Slug(each.slug)]) for row, each in enumerate(passages) if each.kind is kind)
            for kind in (PassageKind.PHRASING, PassageKind.FACT)
        }
        self._beyond = np.array([row for row, each in enumerate(passages) if each.kind is PassageKind.BEYOND], dtype=np.int64)
        # Pairs of a labelled question and a passage that settles it; a passage that is no longer there is passed over.
        self.labelled = pairs_of((number, labels[name]) for number, names in enumerate(weights.settles) for name in names if name in labels)
        self.few_labels = np.bincount(self.cards[self.labelled[:, 1]], minlength=len(self.slugs)) < FEW_LABELS
        self.no_facts = np.bincount(self._by_kind[PassageKind.FACT][:, 1], minlength=len(self.slugs)) == 0
        # In a course that nobody labelled, no card is newer than the labels.
        self.new_cards = self.few_labels & self.no_facts & bool(len(self.labelled))
        self.unsettled = np.array([number for number, names in enumerate(weights.settles) if not names], dtype=np.int64)
        self.labels = labels
        self._questions = make_index(weights.questions)
        self._words, self._card_words, self._rarity = self._index_words(passages, base)
        names = [
            (card_of[slug], name)
            for slug, card in base.cards.items()
            for name in {frozenset(content_stems(text)) for text in (card.title, *base.terms.get(slug, ()))}
            if name
        ]
        self._named_cards = np.array([card for card, _ in names], dtype=np.int64)
        self._name_lengths = np.array([len(name) for _, name in names], dtype=np.float32)
        self._names_with: dict[str, list[int]] = {}
        for number, (_, name) in enumerate(names):
            for stem in name:
                self._names_with.setdefault(stem, []).append(number)

    def with_weights(self, weights: ReaderWeights) -> Reader:
        """Return the same reader with other weights of the same labelled questions."""
        other = copy(self)
        other.weights = weights
        return other

    def _index_words(
        self, passages: Sequence[Passage], base: KnowledgeBase
    ) -> tuple[dict[str, npt.NDArray[np.int64]], dict[str, npt.NDArray[np.int64]], dict[str, float]]:
        """Return which shown passages and which cards have each word, and how rare the word is."""
        said: dict[str, set[int]] = {}
        by_card: dict[str, set[int]] = {}
        for number, row in enumerate(self.rows):
            for stem in content_stems(f"{passages[row].text} {passages[row].slug.replace('-', ' ')}"):
                said.setdefault(stem, set()).add(number)
        known = {slug: number for number, slug in enumerate(base.cards)}
        for passage in passages:
            if passage.slug in known and passage.kind is not PassageKind.BEYOND:
                for stem in content_stems(passage.text):
                    by_card.setdefault(stem, set()).add(known[Slug(passage.slug)])
        rarity = {stem: float(np.log(1 + len(self.rows) / (len(where) + 0.5))) for stem, where in said.items()}
        return (
            {stem: np.fromiter(where, dtype=np.int64) for stem, where in said.items()},
            {stem: np.fromiter(where, dtype=np.int64) for stem, where in by_card.items()},
            rarity,
        )

    def read(self, question: Question) -> tuple[list[ReadPassage], float]:
        """Return every shown passage of the library with its chance, best first, and the chance that the two best settle the question."""
        read, _, settled = self.read_best(question, len(self.rows))
        return read, settled

    def read_best(self, question: Question, most: int) -> tuple[list[ReadPassage], Vectors, float]:
        """Return the best passages as `read` does, the chance of each card's best one (0 for a card without any), and that of settling.

        Shapes: the chances (cards,), in the order of `slugs`.
        """
        if not len(self.rows):
            return [], np.zeros(len(self.slugs), dtype=np.float32), 0.0
        order, scores, settled = self.read_evidence(self.standardised(question))
        chances = settled * np.exp(scores - scores[order[0]])
        by_card = np.maximum(highest(chances, self.cards, len(self.slugs)), 0.0)
        best = order[:most]
        best_first = zip(best.tolist(), self.cards[best].tolist(), chances[best].tolist(), strict=True)
        return [ReadPassage(self.slugs[card], self.names[number], chance) for number, card, chance in best_first], by_card, settled

    def read_evidence(self, evidence: Vectors) -> tuple[npt.NDArray[np.int64], Vectors, float]:
        """Return the order of the shown passages, best first, their scores, and the chance that the two best settle the question."""
        scores = evidence @ self.weights.weights
        order, settled = self._settled(scores, evidence)
        raised = scores + np.float32(self.weights.new_card[0]) * self.new_cards[self.cards]
        if self.new_cards[self.cards[int(raised.argmax())]]:
            # Of the two readings the surer one counts, so that a new card takes no answer from a card that is surer of it.
            order_raised, settled_raised = self._settled(raised, evidence)
            if settled_raised >= settled:
                return order_raised, raised, settled_raised
        return order, scores, settled

    def _settled(self, scores: Vectors, evidence: Vectors) -> tuple[npt.NDArray[np.int64], float]:
        """Return the order of the shown passages by their scores, best first, and the chance that the two best settle the question."""
        order = np.argsort(-scores, kind="stable")
        log_odds = gate_signals(scores, order, evidence, self.cards) @ self.weights.gate
        return order, float(sigmoid(log_odds + self.weights.new_card[1] * self.new_cards[self.cards[order[0]]]))

    def standardised(self, question: Question, *, without: npt.NDArray[np.bool_] | None = None) -> Vectors:
        """Return the evidence as the weights weigh it. Shapes: (shown passages, EVIDENCE_COUNT)."""
        return np.asarray((self.evidence(question, without=without) - self.weights.mean) / self.weights.scale, dtype=np.float32)

    def evidence(self, question: Question, *, without: npt.NDArray[np.bool_] | None = None) -> Vectors:
        """Return the evidence for each shown passage; `without` marks labelled questions that are left out.

        Shapes: without (labelled questions,); returns (shown passages, EVIDENCE_COUNT).
        """
        count, cards = len(self.rows), self.cards
        near = question.cosines[self.rows]
        nearest_in_card = highest(near, cards, len(self.slugs))
        phrasing_rows, phrasing_cards = self._by_kind[PassageKind.PHRASING].T
        phrasings = question.cosines[phrasing_rows]
        phrasing = highest(phrasings, phrasing_cards, len(self.slugs))
        soft = softened(phrasings, phrasing_cards, phrasing)
        fact_rows, fact_cards = self._by_kind[PassageKind.FACT].T
        # The nearest passage of a card without key facts stands in for them: to lack them says nothing of a question.
        fact = np.where(self.no_facts, nearest_in_card, highest(question.cosines[fact_rows], fact_cards, len(self.slugs)))
        belief = np.where(self.beliefs >= 0, question.cosines[self.beliefs], 0.0)
        asked, asked_soft, asked_card, unsettled = self._labelled_evidence(question.vectors, without)
        # A card's own phrasings are questions that its short answer settles, so a card that no labelled question names is read alike.
        asked_card = np.maximum(asked_card, phrasing)
        asked = np.maximum(asked, np.where(self.kinds[:, 0] > 0, phrasing[cards], 0.0))
        asked_soft = np.maximum(asked_soft, asked)
        words = content_stems(question.text)
        said, said_card = self._coverage(words)
        named = self._named(words)[cards]
        beyond = float(question.cosines[self._beyond].max()) if len(self._beyond) else 0.0
        whole = soft + 0.5 * nearest_in_card + 0.3 * said_card
        lexical = question.lexical
        shares = lexical / np.maximum(lexical.max(axis=1, keepdims=True, initial=0.0), 1e-6)
        columns = [
            near, near - near.max(), asked, asked - asked.max(), phrasing[cards], soft[cards], soft[cards] - soft.max(),
            fact[cards], belief,
            nearest_in_card[cards], near - nearest_in_card[cards], said, said_card[cards], said - said.max(),
            said_card[cards] - said_card.max(), asked_card[cards], asked_card[cards] - asked_card.max(), whole[cards] - whole.max(),
            np.full(count, beyond - soft.max()), np.full(count, beyond), np.full(count, unsettled - asked.max()),
            np.full(count, min(len(question.text.split()), LONG_WORDS) / LONG_WORDS),
            np.maximum(asked - SAME_QUESTION, 0.0), np.maximum(asked_card - SAME_QUESTION, 0.0)[cards],
            named, named * self.kinds[:, 0], asked_soft, asked_soft - asked_soft.max(initial=0.0),
            *lexical[:, cards], *shares[:, cards],
        ]  # fmt: skip
        forms = np.array([bool(form.search(question.text)) for form in FORMS], dtype=np.float32)
        crossed = (self.kinds[:, :, None] * forms[None, None, :]).reshape(count, -1)
        return np.concatenate([np.stack(columns, axis=1), self.kinds, crossed], axis=1).astype(np.float32)

    def labelled_for(self, cards: set[int], count: int) -> npt.NDArray[np.bool_]:
        """Mark the labelled questions that name a passage of some cards. Shapes: returns (count,), the number of labelled questions."""
        marked = np.zeros(count, dtype=np.bool_)
        questions, passages = self.labelled.T
        marked[questions[np.isin(self.cards[passages], list(cards))]] = True
        return marked

    def _labelled_evidence(self, vectors: Vectors, without: npt.NDArray[np.bool_] | None) -> tuple[Vectors, Vectors, Vectors, float]:
        """Return how near the labelled questions of each passage are, all of each passage's together, those of each card, and of none."""
        asked = np.zeros(len(self.rows), dtype=np.float32)
        asked_card = np.zeros(len(self.slugs), dtype=np.float32)
        if not len(self.weights.questions):
            return asked, asked, asked_card, 0.0
        cosines = self._questions.cosines(vectors)
        if without is not None:
            cosines = np.where(without, np.float32(LEFT_OUT), cosines)
        soft = asked
        if len(self.labelled):
            questions, passages = self.labelled.T
            np.maximum.at(asked, passages, cosines[questions])
            np.maximum.at(asked_card, self.cards[passages], cosines[questions])
            soft = softened(cosines[questions], passages, asked)
        return asked, soft, asked_card, float(cosines[self.unsettled].max()) if len(self.unsettled) else 0.0

    def _named(self, words: frozenset[str] | set[str]) -> Vectors:
        """Return how nearly the question's words are just a name of each card, its title or a term: shared words over all words of both."""
        shared = np.zeros(len(self._named_cards), dtype=np.float32)
        for word in words:
            shared[self._names_with.get(word, [])] += 1
        named = np.zeros(len(self.slugs), dtype=np.float32)
        np.maximum.at(named, self._named_cards, shared / (len(words) + self._name_lengths - shared))
        return named

    def _coverage(self, words: frozenset[str] | set[str]) -> tuple[Vectors, Vectors]:
        """Return which share of the question's words, weighed by rarity, each shown passage and each card has."""
        said = np.zeros(len(self.rows), dtype=np.float32)
        said_card = np.zeros(len(self.slugs), dtype=np.float32)
        rarest = float(np.log(1 + len(self.rows) / 0.5))
        total = sum(self._rarity.get(word, rarest) for word in words) or 1.0
        for word in words:
            weight = self._rarity.get(word, rarest) / total
            if word in self._words:
                said[self._words[word]] += weight
            if word in self._card_words:
                said_card[self._card_words[word]] += weight
        return said, said_card


def gate_signals(scores: Vectors, order: npt.NDArray[np.int64], evidence: Vectors, cards: npt.NDArray[np.int64]) -> Vectors:
    """Return what the gate weighs of a reading. Shapes: (EVIDENCE_COUNT + GATE_EXTRA,)."""
    best, second = scores[order[0]], scores[order[min(1, len(order) - 1)]]
    shares = np.exp(scores - best)
    shares /= shares.sum()
    of_card = shares[cards == cards[order[0]]].sum()
    own = np.clip(evidence[order[0]], -GATE_CLIP, GATE_CLIP)
    return np.array([best - second, shares[order[0]], shares[order[:2]].sum(), of_card, *own, 1.0], dtype=np.float32)


def pairs_of(pairs: Iterable[tuple[int, int]]) -> npt.NDArray[np.int64]:
    """Return pairs as an array, also when there are none. Shapes: (pairs, 2)."""
    return np.array(list(pairs), dtype=np.int64).reshape(-1, 2)


def piece_name(kind: PassageKind, place: str) -> str:
    """Return the name under which a passage is a piece of an answer."""
    if kind is PassageKind.CORRECTION:
        return f"misconception:{place}"
    return f"explanation:{place}" if place.isdigit() else place


def highest(values: Vectors, groups: npt.NDArray[np.int64], count: int) -> Vectors:
    """Return the highest value of each group, -1 for a group without any. Shapes: (count,)."""
    out = np.full(count, -1.0, dtype=np.float32)
    np.maximum.at(out, groups, values)
    return out


def softened(values: Vectors, groups: npt.NDArray[np.int64], tops: Vectors) -> Vectors:
    """Return the log-sum-exp of each group's values: near its highest value, and more where several are near it. Shapes: (groups,)."""
    sums = np.zeros(len(tops), dtype=np.float32)
    np.add.at(sums, groups, np.exp((values - tops[groups]) / SOFTNESS))
    return np.asarray(tops + SOFTNESS * np.log(np.maximum(sums, 1e-9)), dtype=np.float32)


def sigmoid(values: Vectors) -> Vectors:
    """Return 1 / (1 + exp(-values))."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(values, -30, 30))), dtype=np.float32)
