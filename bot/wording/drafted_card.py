"""A model puts a mentor's answer into the form of a card; only what the mentor's words support stays of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.door.language import is_another_language
from bot.review.promotion.answer_text import one_line, tidy
from bot.review.promotion.new_card import TITLE_MAX_CHARS, Drafted, code_of, without_code
from bot.review.promotion.phrasings import PHRASING_MAX_CHARS, asking
from bot.review.promotion.plan import PromotedQuestion
from bot.wording.check.certain_rules import Ground, broken_rule, ground_of
from bot.wording.check.draft_check import SentenceVerdict, judged, without_leaning
from bot.wording.check.draft_sentences import Sentence, read_draft
from bot.wording.check.sentence_kinds import Kind, sort
from bot.wording.judge.judgement import Judge, Judgement, Ruling
from bot.wording.model.chat_model import Writer
from bot.wording.prompt.card_writing import BeliefReply, HeadReply, body_prompt, head_prompt, read_body, read_head
from bot.wording.prompt.notes import Note
from index.search.library import Library
from knowledge.checking.rules import BARE_VERDICT, FACT_COVERAGE, SHORT_ANSWER_MAX_WORDS, SHORT_ANSWER_SENTENCES
from knowledge.errors import PlatformError, Refused
from knowledge.reading.card import KEY_FACTS_MAX, Slug, split_paragraphs
from knowledge.sentences import sentences
from knowledge.words import content_stems

# A judge's reply has to be as short as any, so it's asked about so many sentences at a time.
JUDGED_AT_ONCE = 8
PARAGRAPHS_MOST = 4
PHRASINGS_MOST = 8
BELIEFS_MOST = 2
NAME_MAX_WORDS = 6
# A phrasing (a cosine) further than this from what was asked and what is answered is about something else.
ABOUT_IT = 0.45
# The notes belong to no card yet.
NO_CARD = Slug("answer")


@dataclass(frozen=True)
class InBatches:
    """A judge that is asked about a few sentences at a time."""

    inner: Judge

    @property
    def name(self) -> str:
        """Return the inner judge's name."""
        return self.inner.name

    def judge(self, asked: Sequence[str], notes: Sequence[str], sentences: Sequence[str]) -> list[Judgement]:
        """Judge every sentence; see `Judge`."""
        starts = range(0, len(sentences), JUDGED_AT_ONCE)
        return [each for start in starts for each in self.inner.judge(asked, notes, sentences[start : start + JUDGED_AT_ONCE])]


@dataclass(frozen=True)
class Bench:
    """The ground that a draft may stand on, what was asked, and the judge."""

    asked: tuple[str, ...]
    ground: Ground
    judge: Judge

    def supported(self, texts: Sequence[str]) -> list[list[SentenceVerdict]]:
        """Return the verdicts on the sentences of each text."""
        cut = [replace(each, block=number) for number, text in enumerate(texts) for each in read_draft(one_line(text))]
        verdicts = without_leaning(judged([sort(each) for each in cut], self.asked, self.ground, InBatches(self.judge)))
        return [[each for each in verdicts if each.part.sentence.block == number] for number in range(len(texts))]

    def contradicts(self, belief: str) -> bool:
        """Return whether the mentor's words contradict a belief."""
        if not belief or broken_rule(Sentence(belief, (), 0), self.ground):
            return False
        return self.judge.judge(self.asked, [note.text for note in self.ground.notes], [belief])[0].ruling is Ruling.CONTRADICTED

    def adds_nothing(self, text: str) -> bool:
        """Return whether a text that claims nothing has no number, name or link of its own."""
        return bool(text) and not broken_rule(Sentence(text, (), 0), self.ground)


def draft_card(question: PromotedQuestion, writer: Writer, judge: Judge, library: Library) -> Drafted:
    """Have a model put a mentor's answer into a card, and keep what the mentor's words support.

    Raises:
        Refused: too little of the short answer is supported.
        AskwellError: the model or the judge gave nothing that can be used.
    """
    notes = mentors_notes(question)
    turns = question.turns or (question.text,)
    english = not is_another_language(question.answer)
    bench = Bench((asking(question.text),), ground_of(notes, [*turns, *question.like], library, english=english), judge)
    body = read_body(writer.write(body_prompt(turns, notes, budget_tokens=writer.budget_tokens)))
    paragraphs = [each for each in body.explanation if each.text.strip()][:PARAGRAPHS_MOST]
    short, *rest = bench.supported([body.short_answer, *(each.text for each in paragraphs)])
    said = short_answer_of(short)
    explanation = tuple(
        (name if len((name := one_line(each.name)).split()) <= NAME_MAX_WORDS and bench.adds_nothing(name) else "", text)
        for each, verdicts in zip(paragraphs, rest, strict=True)
        if (text := joined(kept(verdicts)))
    )
    title = one_line(body.title)
    whole = Drafted(
        writer.name,
        judge.name,
        said,
        title if len(title) <= TITLE_MAX_CHARS and bench.adds_nothing(title) else "",
        explanation,
    )
    try:
        head = read_head(writer.write(head_prompt(turns, notes, budget_tokens=writer.budget_tokens)))
        return with_head(whole, head, question, bench, library)
    except PlatformError:
        # A card is one without phrasings and key facts of a model too.
        return whole


def mentors_notes(question: PromotedQuestion) -> tuple[Note, ...]:
    """Return the sentences of a mentor's answer, then those of the thread's other answers, each once."""
    texts = dict.fromkeys(each for answer in (question.answer, *question.thread) for each in said_in(tidy(answer)))
    if not texts:
        raise Refused("the answer has no sentence")
    return tuple(Note(NO_CARD, "", text, frozenset({0})) for text in texts)


def said_in(answer: str) -> Iterator[str]:
    """Yield the sentences and the blocks of code of an answer."""
    for paragraph in split_paragraphs(answer):
        yield from sentences(" ".join(without_code(paragraph).split()))
        yield from code_of(paragraph)


def kept(verdicts: Sequence[SentenceVerdict]) -> list[SentenceVerdict]:
    """Return the claims that a judge let pass."""
    return [each for each in verdicts if each.kept and each.part.kind is Kind.CLAIM]


def joined(verdicts: Sequence[SentenceVerdict]) -> str:
    """Return sentences as one paragraph."""
    return " ".join(each.part.shown for each in verdicts)


def short_answer_of(verdicts: Sequence[SentenceVerdict]) -> str:
    """Return what is left of a short answer.

    Raises:
        Refused: that is too little or too much for one.
    """
    left = kept(verdicts)[: SHORT_ANSWER_SENTENCES.stop - 1]
    text = joined(left)
    if len(left) < SHORT_ANSWER_SENTENCES.start:
        cut = next((each.why for each in verdicts if not each.kept), "it has too few")
        raise Refused(f"of {len(verdicts)} sentences of its short answer {len(left)} can stay ({cut})")
    if len(text.split()) > SHORT_ANSWER_MAX_WORDS or BARE_VERDICT.match(text):
        raise Refused("its short answer is too long, or opens with a bare verdict")
    return text


def with_head(whole: Drafted, head: HeadReply, question: PromotedQuestion, bench: Bench, library: Library) -> Drafted:
    """Add the phrasings, key facts and misconceptions of a reply, as far as they hold."""
    beliefs = head.misconceptions[:BELIEFS_MOST]
    verdicts = bench.supported([*head.key_facts[:KEY_FACTS_MAX], *(each.correction for each in beliefs)])
    whole = replace(whole, misconceptions=tuple(held_beliefs(beliefs, verdicts[len(verdicts) - len(beliefs) :], bench)))
    body = " ".join((whole.short_answer, *(text for _, text in whole.explanation), *(right for _, right in whole.misconceptions)))
    said = content_stems(body)
    facts = [joined(kept(each)) for each in verdicts[: len(verdicts) - len(beliefs)]]
    return replace(
        whole,
        asked_as=tuple(phrasings_of(head, question, whole, bench, library)),
        # A fact that the card's text doesn't say is a problem for `knowledge check`.
        key_facts=tuple(fact for fact in dict.fromkeys(facts) if fact and covered(content_stems(fact), said)),
    )


def covered(stems: set[str], said: set[str]) -> bool:
    """Return whether a text says a fact in nearly its own words."""
    return bool(stems) and len(stems & said) / len(stems) >= FACT_COVERAGE


def held_beliefs(beliefs: Sequence[BeliefReply], verdicts: Sequence[list[SentenceVerdict]], bench: Bench) -> Iterator[tuple[str, str]]:
    """Yield the beliefs that the mentor's words contradict, with corrections of which nothing was cut."""
    for each, on_correction in zip(beliefs, verdicts, strict=True):
        correction, belief = joined(kept(on_correction)), one_line(each.belief)
        whole = correction and len(kept(on_correction)) == len(on_correction) and not BARE_VERDICT.match(correction)
        if whole and bench.contradicts(belief):
            yield belief, correction


def phrasings_of(head: HeadReply, question: PromotedQuestion, whole: Drafted, bench: Bench, library: Library) -> Iterator[str]:
    """Yield the phrasings that add nothing, are about what was asked or answered, and that no other card settles."""
    wanted = dict.fromkeys(text for each in head.asked_as if (text := one_line(each)) and len(text) <= PHRASING_MAX_CHARS)
    texts = [text for text in wanted if bench.adds_nothing(text)][:PHRASINGS_MOST]
    if not texts:
        return
    near = (library.encode(texts) @ library.encode([asking(question.text), whole.short_answer]).T).max(axis=1)
    for text, cosine in zip(texts, near.tolist(), strict=True):
        if cosine >= ABOUT_IT and library.search(text).settled < library.reader.weights.settled_from:
            yield text
