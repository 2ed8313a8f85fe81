"""The check of a draft gives every sentence a verdict with its reason, and keeps the sentences that may be shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bot.answering.statements.opposition import negations, opposed
from bot.answering.statements.verdict import judge
from bot.wording.check.card_statements import Premise, Premises, card_premises, premises_of
from bot.wording.check.draft_sentences import Sentence, plain, put_together, read_draft
from bot.wording.check.properties import against, speaks_of
from bot.wording.check.signals import Encoded, clauses_of, new_names, new_numbers, rarity_of, signals
from index.encoder.embedding import Vectors
from index.learned.kernel import KernelModel
from index.search.library import Library
from knowledge.reading.card import Slug
from knowledge.words import words

# The fewest words that are worth showing.
LEAST_WORDS = 4
# The share of a draft's sentences that must pass, or the rest can't be trusted either.
LEAST_KEPT = 0.5
# A sentence this near to a belief says it, unless it negates it.
SAYS_BELIEF = 0.8
# Premises this much less near than the nearest are not cited for a sentence.
CITED_TOO = 0.04
# A sentence of the card that the answer is about is this near to one that speaks of the same.
ON_TOPIC = 0.6
# A sentence that leans on the one before it is cut with that one.
LEANS = re.compile(r"^\W*(?:it|its|this|that|they|these|those|such|however|but|so|therefore|thus|hence|also|instead|because of)\b", re.I)

# A sentence of these words alone says yes or no to the question, which no card can confirm.
BARE = frozenset(
    "yes no yep nope yeah not quite exactly right correct incorrect wrong true false indeed absolutely definitely certainly sure of course"
    " the answer is it it's that's that this you you're are they do does did doesn't don't isn't aren't so".split()
)
# A sentence that begins like this is true only if its rest is false.
DENIAL = re.compile(
    r"^\W*(?:no,? )?(?:it|that)(?:'s| is|(?= isn't)) (?:simply |just )?(?:(?:not|isn't) (?:true|so|the case|correct)"
    r"|false|wrong|untrue|incorrect|a (?:common )?(?:myth|mistake|misconception|misunderstanding)(?: to (?:say|think|believe))?) that ",
    re.IGNORECASE,
)
# A sentence of these pieces of a card means the same everywhere.
CLEAR_ALONE = frozenset({"key fact", "short answer", "contrast"})

Reader = Callable[[str, Sequence[str]], tuple[bool, str]]


@dataclass(frozen=True)
class SentenceVerdict:
    """The verdict on one sentence: whether it is supported, the reason, the probability, and the cards that support it.

    `on_topic` is true if the card that the answer is about speaks of the same, even if a neighbour is nearer.
    """

    sentence: Sentence
    supported: bool
    why: str
    probability: float
    cards: tuple[Slug, ...] = ()
    on_topic: bool = False

    def row(self) -> dict[str, Any]:
        """Return the verdict in the form of the answer object's `checks`."""
        return {
            "sentence": self.sentence.text,
            "verdict": "supported" if self.supported else "cut",
            "why": self.why,
            "probability": round(self.probability, 3),
            "cards": list(self.cards),
        }


@dataclass(frozen=True)
class Checked:
    """A checked draft: the text that may be shown (empty if the draft is rejected), its cards in order, and every verdict."""

    text: str
    cited: tuple[Slug, ...]
    verdicts: tuple[SentenceVerdict, ...]
    why: str

    @property
    def passed(self) -> bool:
        """Return whether anything of the draft may be shown."""
        return bool(self.text)

    def rows(self) -> tuple[dict[str, Any], ...]:
        """Return the verdicts, and the outcome of the whole draft, in the form of the answer object's `checks`."""
        return (*(verdict.row() for verdict in self.verdicts), {"draft": "shown" if self.passed else "thrown away", "why": self.why})


@dataclass(frozen=True)
class Setting:
    """The setting of a draft: its question, the cards that it was written from ([1] is the first), and their sentences."""

    question: str
    notes: tuple[Slug, ...]
    premises: Premises


@dataclass(frozen=True)
class Check:
    """The check over a library, with the fitted model and further readers (an entailment model, a strong model)."""

    library: Library
    support: KernelModel
    rarity: dict[str, float]
    readers: tuple[Reader, ...] = ()

    @classmethod
    def over(cls, library: Library, support: KernelModel, readers: tuple[Reader, ...] = ()) -> Check:
        """Make the check for a library."""
        return cls(library, support, rarity_over(library), readers)

    def draft(self, draft: str, question: str, notes: Sequence[Slug]) -> Checked:
        """Judge a draft that was written from these notes; [1] is the first of them, the card that the answer is about."""
        sentences = read_draft(draft)
        verdicts: list[SentenceVerdict] = []
        for verdict in self.verdicts(sentences, question, notes):
            verdicts.append(after_cut(verdicts[-1] if verdicts else None, verdict))
        why = rejection(verdicts, notes[0])
        if why:
            return Checked("", (), tuple(verdicts), why)
        kept = [verdict for verdict in verdicts if verdict.supported]
        cited = tuple(dict.fromkeys(slug for verdict in kept for slug in verdict.cards))
        numbers = [tuple(cited.index(slug) + 1 for slug in verdict.cards) for verdict in kept]
        text = put_together([verdict.sentence for verdict in kept], numbers)
        return Checked(text, cited, tuple(verdicts), f"cards support {len(kept)} of {len(verdicts)} sentences")

    def verdicts(self, sentences: Sequence[Sentence], question: str, notes: Sequence[Slug]) -> list[SentenceVerdict]:
        """Judge sentences one by one. Shapes: one per sentence, in their order."""
        if not sentences:
            return []
        setting = Setting(question, tuple(notes), premises_of(notes, self.library))
        texts = [plain(sentence.text) for sentence in sentences]
        # The statement that a sentence denies is judged too.
        denied = {number: text[found.end() :] for number, text in enumerate(texts) if (found := DENIAL.match(text))}
        sure = self.chances([*texts, *denied.values()], setting)
        sure_of_denied = dict(zip(denied, sure[len(texts) :], strict=True))
        verdicts = []
        for number, sentence in enumerate(sentences):
            verdict = self.verdict(sentence, sure[number], setting, before=texts[number - 1] if number else "")
            if verdict.supported and number in denied:
                verdict = self.of_denial(verdict, denied[number], sure_of_denied[number])
            verdicts.append(verdict)
        return verdicts

    def chances(self, texts: Sequence[str], setting: Setting) -> list[float]:
        """Return for each sentence the chance that the cards support it. Shapes: one per sentence, in their order."""
        clauses = [clauses_of(text) for text in texts]
        encoded = self.library.encode([*texts, *(clause for each in clauses for clause in each)])
        vectors, rest = encoded[: len(texts)], encoded[len(texts) :]
        starts = np.cumsum([0, *map(len, clauses)])
        rows = np.stack(
            [
                signals(
                    text,
                    setting.question,
                    Encoded(vectors[number], rest[starts[number] : starts[number + 1]]),
                    setting.premises,
                    self.rarity,
                )
                for number, text in enumerate(texts)
            ]
        )
        chances = self.support.probabilities(texts, [setting.notes[0]] * len(texts), vectors, rows)
        return [float(chance) for chance in chances]

    def on_topic(self, text: str, cosines: Vectors, setting: Setting) -> bool:
        """Return whether the card that the answer is about speaks of the same as a sentence, or is named in it."""
        topic = setting.notes[0]
        of_topic = (cosine for cosine, premise in zip(cosines, setting.premises.said, strict=True) if premise.slug == topic)
        return float(max(of_topic, default=0.0)) >= ON_TOPIC or speaks_of(text, topic, self.library)

    def of_denial(self, verdict: SentenceVerdict, denied: str, sure: float) -> SentenceVerdict:
        """Cut a sentence that denies what the cards support; `sure` is the chance of the denied statement."""
        told = judge(denied, self.library)
        if not (sure >= self.support.threshold if told is None else told.so):
            return verdict
        why = f"denies what is said in {told.by.slug}: “{told.by.text}”" if told else "denies what the cards support"
        return replace(verdict, supported=False, why=why, cards=())

    def verdict(self, sentence: Sentence, sure: float, setting: Setting, *, before: str = "") -> SentenceVerdict:
        """Judge one sentence, by cheap and certain rules first; `before` is the sentence that an "it" may refer to."""
        premises, text = setting.premises, plain(sentence.text)
        vector = self.library.encode([text])[0]
        why = broken_rule(sentence, vector, setting)
        if why:
            return SentenceVerdict(sentence, False, why, 0.0)
        cosines = premises.vectors @ vector
        same = word_for_word(text, premises)
        if same is not None:
            return SentenceVerdict(
                sentence, True, f"is word for word in {quoted(same)}", 1.0, (same.slug,), self.on_topic(text, cosines, setting)
            )
        why = against(text, setting.notes[0], self.library, before=before)
        if why:
            return SentenceVerdict(sentence, False, why, 0.0)
        told = judge(text, self.library)
        if told is not None and not told.so:
            return SentenceVerdict(sentence, False, f"is against {told.by.slug}: “{told.why}”", sure)
        nearest = premises.said[int(cosines.argmax())]
        if sure < self.support.threshold:
            return SentenceVerdict(sentence, False, f"no card supports it; the nearest sentence is {quoted(nearest)}", sure)
        near = [premises.said[row].text for row in np.argsort(-cosines)[:4]]
        for reader in self.readers:
            agrees, reason = reader(text, near)
            if not agrees:
                return SentenceVerdict(sentence, False, reason, sure)
        return SentenceVerdict(
            sentence, True, f"said by {quoted(nearest)}", sure, supporting_cards(cosines, premises), self.on_topic(text, cosines, setting)
        )


def rarity_over(library: Library) -> dict[str, float]:
    """Return how telling each word is over all cards of a library."""
    return rarity_of({slug: frozenset().union(*(each.stems for each in card_premises(card))) for slug, card in library.base.cards.items()})


def broken_rule(sentence: Sentence, vector: Vectors, setting: Setting) -> str:
    """Return the rule that a sentence breaks: a citation, number or name of its own, or a belief that a card calls false."""
    text, premises, question = plain(sentence.text), setting.premises, setting.question
    invented = [number for number in sentence.cites if not 1 <= number <= len(setting.notes)]
    if invented:
        return f"cites [{invented[0]}], which is none of the notes"
    numbers = new_numbers(text, question, premises)
    if numbers:
        return f"the number {sorted(numbers)[0]} is in no card"
    names = new_names(text, question, premises)
    if names:
        return f"the name {names[0]} is in no card"
    if "~~" in sentence.text:
        return "has words that are struck through"
    if "http" in text.lower() or "@" in text:
        return "has a link or an address"
    said = set(words(text))
    if said and said <= BARE:
        return "says only yes or no, which is in no card"
    if len(premises.beliefs):
        cosines = premises.belief_vectors @ vector
        belief = premises.beliefs[int(cosines.argmax())]
        same = belief.turned == (negations(text) % 2 == 1) and not opposed(text, belief.text, premises.course)
        if float(cosines.max()) >= max(SAYS_BELIEF, float((premises.vectors @ vector).max())) and same:
            return f"says what {belief.slug} names as a misconception: “{belief.text}”"
    return ""


def word_for_word(text: str, premises: Premises) -> Premise | None:
    """Return the premise that is clear by itself and says just these words, if there is one."""
    wanted = text.lower().rstrip(".!…")
    same = (each for each in premises.said if each.kind in CLEAR_ALONE and each.text.lower().rstrip(".!…") == wanted)
    return next((each for each in same if not LEANS.match(each.text)), None)


def after_cut(before: SentenceVerdict | None, verdict: SentenceVerdict) -> SentenceVerdict:
    """Cut a sentence that leans on one that was cut."""
    if before is None or before.supported or not verdict.supported or not LEANS.match(verdict.sentence.text):
        return verdict
    return replace(verdict, supported=False, why="leans on a sentence that was cut", cards=())


def rejection(verdicts: Sequence[SentenceVerdict], topic: Slug) -> str:
    """Return the reason why nothing of a draft may be shown; empty if the kept sentences still answer."""
    kept = [verdict for verdict in verdicts if verdict.supported]
    if not verdicts:
        return "no sentence in it"
    if not kept:
        return "no card supports any sentence of it"
    if len(kept) < LEAST_KEPT * len(verdicts):
        return f"cards support only {len(kept)} of {len(verdicts)} sentences"
    if not any(verdict.on_topic for verdict in kept):
        return f"what is left of it is not about {topic}"
    if sum(len(verdict.sentence.text.split()) for verdict in kept) < LEAST_WORDS:
        return "what is left of it says too little"
    return ""


def supporting_cards(cosines: Vectors, premises: Premises) -> tuple[Slug, ...]:
    """Return the cards whose sentences are nearest, at most two."""
    order = np.argsort(-cosines)[:6]
    near = [premises.said[row].slug for row in order if cosines[row] >= cosines[order[0]] - CITED_TOO]
    return tuple(dict.fromkeys(near))[:2]


def quoted(premise: Premise) -> str:
    """Return a premise with its card and kind, for a reader."""
    return f"{premise.slug} ({premise.kind}): “{premise.text}”"
