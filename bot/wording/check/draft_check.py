"""The check of a draft gives every sentence a verdict with its reason, and keeps the sentences that may be shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.answering.compose.sections import MAX_WORDS
from bot.wording.check.certain_rules import Ground, broken_rule, nearest_note, noted_code, said_belief
from bot.wording.check.draft_sentences import Sentence, put_together, read_draft
from bot.wording.check.sentence_kinds import DraftPart, Kind, sort
from bot.wording.judge.judgement import Judge, Judgement, Ruling
from knowledge.reading.card import Slug

# The share of the questions that must have a sentence left.
LEAST_ANSWERED = 0.5
# The most cards that one sentence cites.
MOST_CITED = 3
# A sentence that begins like this says nothing without the one before it.
LEANS = re.compile(r"^\W*(?:it|its|this|that|they|their|these|those|such)\b", re.IGNORECASE)


@dataclass(frozen=True)
class SentenceVerdict:
    """The verdict on one sentence: whether it is shown, the reason, and the numbers, from 1, of the notes that decided."""

    part: DraftPart
    kept: bool
    why: str
    notes: tuple[int, ...] = ()
    ruling: Ruling | None = None

    @property
    def claims(self) -> bool:
        """Return whether the sentence says something that can be true or false."""
        return self.part.kind in {Kind.CLAIM, Kind.VERDICT}


@dataclass(frozen=True)
class Checked:
    """A checked draft: the text that may be shown (empty if the draft is rejected), its cards in order, and every verdict.

    `open_points` are the sentences on what the notes leave open, as the model wrote them, and the questions that nothing shown answers.
    """

    text: str
    cited: tuple[Slug, ...]
    verdicts: tuple[SentenceVerdict, ...]
    why: str
    open_points: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Return whether anything of the draft may be shown."""
        return bool(self.text)


def check_draft(draft: str, asked: Sequence[str], ground: Ground, judge: Judge) -> Checked:
    """Judge a draft that answers the questions `asked`, by certain rules first; the judge is asked once at most.

    Raises:
        AskwellError: no judgement came.
    """
    parts = [sort(sentence) for sentence in read_draft(draft)]
    verdicts = within_words(without_leaning(judged(parts, asked, ground, judge)))
    points = tuple(dict.fromkeys(each.open_point for each in parts if each.open_point))
    why = rejection(verdicts, asked, ground)
    if why:
        # A draft that says no more than that the notes don't settle it tells the mentors something too.
        return Checked("", (), tuple(verdicts), why, points if not any(each.claims for each in verdicts) else ())
    kept = [each for each in verdicts if each.kept]
    slugs = [tuple(dict.fromkeys(ground.notes[number - 1].slug for number in each.notes))[:MOST_CITED] for each in kept]
    cited = tuple(dict.fromkeys(slug for each in slugs for slug in each))
    answered = answered_by(kept, ground)
    points += tuple(f"nothing answers “{question}”" for number, question in enumerate(asked) if number not in answered)
    numbers = [tuple(cited.index(slug) + 1 for slug in each) for each in slugs]
    text = put_together([as_shown(each, ground) for each in kept], numbers)
    claims = [each for each in verdicts if each.claims]
    why = f"{sum(each.kept for each in claims)} of {len(claims)} sentences are kept, by {judge.name}"
    return Checked(text, cited, tuple(verdicts), why, points)


def judged(parts: Sequence[DraftPart], asked: Sequence[str], ground: Ground, judge: Judge) -> list[SentenceVerdict]:
    """Give each sentence its verdict. Shapes: one per sentence, in their order."""
    verdicts: dict[int, SentenceVerdict] = {}
    units: dict[int, str] = {}
    for place, part in enumerate(parts):
        if part.kind is Kind.FILLER:
            verdicts[place] = SentenceVerdict(part, False, "says nothing about the question")
        elif broken := broken_rule(part.sentence, ground):
            verdicts[place] = SentenceVerdict(part, False, broken)
        elif part.kind is Kind.OPEN:
            verdicts[place] = SentenceVerdict(part, True, "says what the notes leave open")
        elif belief := said_belief(part.sentence, ground):
            verdicts[place] = SentenceVerdict(part, False, belief, ruling=Ruling.CONTRADICTED)
        elif part.sentence.code:
            verdicts[place] = SentenceVerdict(part, True, "is code of the notes")
        else:
            units[place] = part.judged
    # A bare yes or no is judged together with what follows it on its line, or else with the question, if it's clear which.
    joined: dict[int, int] = {}
    for place in [place for place in units if parts[place].kind is Kind.VERDICT]:
        after = claim_after(place, parts)
        if after in units:
            joined[place] = after
        elif after is not None:
            verdicts[place] = SentenceVerdict(parts[place], False, "leans on a sentence that was cut")
        elif len(asked) == 1:
            units[place] = f"{asked[0]} {units[place]}"
        else:
            verdicts[place] = SentenceVerdict(parts[place], False, f"doesn't say which of {len(asked)} questions it answers")
    alone = [place for place in units if place not in joined and place not in verdicts]
    before = {after: place for place, after in joined.items()}
    texts = [f"{units[before[place]]} {units[place]}" if place in before else units[place] for place in alone]
    rulings = judge.judge(asked, [note.text for note in ground.notes], texts) if texts else []
    for place, judgement in zip(alone, rulings, strict=True):
        verdicts[place] = verdict_of(parts[place], judgement, ground, judge)
        if place in before:
            verdicts[before[place]] = replace(verdicts[place], part=parts[before[place]], notes=())
    return [verdicts[place] for place in range(len(parts))]


def claim_after(place: int, parts: Sequence[DraftPart]) -> int | None:
    """Return the place of the claim that follows a sentence on its line, if one does."""
    for after in parts[place + 1 : place + 2]:
        if after.kind is Kind.CLAIM and not after.sentence.code and after.sentence.block == parts[place].sentence.block:
            return place + 1
    return None


def verdict_of(part: DraftPart, judgement: Judgement, ground: Ground, judge: Judge) -> SentenceVerdict:
    """Return the verdict that a judgement means; a sentence that is kept cites the notes that support it."""
    kept = judgement.ruling is Ruling.SUPPORTED
    notes = tuple(number for number in dict.fromkeys(judgement.notes) if 1 <= number <= len(ground.notes))
    if kept and not notes:
        notes = part.sentence.cites or (nearest_note(part.judged, ground),)
    named = "".join(f" [{number}]" for number in notes)
    why = f"{judge.name}: {judgement.ruling.value}{' by' if named else ''}{named}{f' ({judgement.why})' if judgement.why else ''}"
    return SentenceVerdict(part, kept, why, notes, judgement.ruling)


def without_leaning(verdicts: Sequence[SentenceVerdict]) -> list[SentenceVerdict]:
    """Cut each sentence that leans on one that was cut."""
    found: list[SentenceVerdict] = []
    for each in verdicts:
        before = found[-1] if found else None
        after_cut = each.kept and each.claims and before is not None and before.claims and not before.kept
        leans = after_cut and LEANS.match(each.part.sentence.text)
        found.append(replace(each, kept=False, why="leans on a sentence that was cut", notes=()) if leans else each)
    return found


def within_words(verdicts: Sequence[SentenceVerdict]) -> list[SentenceVerdict]:
    """Cut the sentences beyond the most words that an answer has; code doesn't count."""
    found = []
    length = 0
    for each in verdicts:
        length += len(each.part.shown.split()) if each.kept and not each.part.sentence.code else 0
        too_long = each.kept and length > MAX_WORDS
        found.append(replace(each, kept=False, why=f"the answer has {MAX_WORDS} words without it", notes=()) if too_long else each)
    return found


def rejection(verdicts: Sequence[SentenceVerdict], asked: Sequence[str], ground: Ground) -> str:
    """Return the reason why nothing of a draft may be shown; empty if what is left of it answers."""
    claims = [each for each in verdicts if each.claims and not each.part.sentence.code]
    kept = [each for each in claims if each.kept]
    if not claims:
        return "no sentence of it answers anything"
    if claims[0].ruling is Ruling.CONTRADICTED:
        return "the notes contradict what it says first"
    if not kept:
        return "no sentence of it is left"
    answered = answered_by(kept, ground)
    answered_or_open = len(answered) + sum(each.kept and each.part.kind is Kind.OPEN for each in verdicts)
    if answered_or_open < LEAST_ANSWERED * len(asked):
        return f"what is left of it answers {len(answered)} of {len(asked)} questions"
    return ""


def answered_by(kept: Sequence[SentenceVerdict], ground: Ground) -> set[int]:
    """Return the numbers, from 0, of the questions for which the notes behind some sentences were found."""
    return {number for each in kept for note in each.notes for number in ground.notes[note - 1].asked}


def as_shown(verdict: SentenceVerdict, ground: Ground) -> Sentence:
    """Return a kept sentence as a learner reads it: the notes by their name, and code as the card has it."""
    sentence = verdict.part.sentence
    if not sentence.code:
        return replace(sentence, text=verdict.part.shown)
    lines = sentence.text.splitlines()
    return replace(sentence, text="\n".join([lines[0], *(noted_code(sentence.text, ground.notes) or lines[1:-1]), lines[-1]]))


def rows(checked: Checked, ground: Ground, model: str) -> tuple[dict[str, Any], ...]:
    """Return verdicts, open points and the outcome of the whole draft in the form of the answer object's `checks`."""
    verdicts = [
        {
            "sentence": each.part.sentence.text,
            "verdict": "kept" if each.kept else "cut",
            "why": each.why,
            "cards": list(dict.fromkeys(ground.notes[number - 1].slug for number in each.notes)),
        }
        for each in checked.verdicts
    ]
    points = [{"open": point} for point in checked.open_points]
    return (*verdicts, *points, {"draft": "shown" if checked.passed else "thrown away", "why": checked.why, "model": model})
