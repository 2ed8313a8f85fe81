"""Rules that cards have to keep so that answers can be made of them."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from rapidfuzz import fuzz, process

from knowledge.checking.course_rules import course_problems
from knowledge.reading.base import KnowledgeBase, read_knowledge
from knowledge.reading.card import Card, Slug
from knowledge.reading.card_file import Problem, line_naming, line_of
from knowledge.reading.exam import read_exam
from knowledge.reading.examples import example_problems, read_examples
from knowledge.sentences import sentence_ends
from knowledge.words import content_stems

SHORT_ANSWER_MAX_WORDS = 100
SHORT_ANSWER_SENTENCES = range(2, 6)
# Two phrasings this alike (rapidfuzz's token_sort_ratio, 0 to 100) are one phrasing.
NEAR_DUPLICATE = 92.0
# Share of a key fact's content words that its card's text has to contain.
FACT_COVERAGE = 0.7

# "No.", "Often not: ...", "True, but ...", "Not really": right for one way of asking and wrong for the other, and shown for both. "No label
# is needed" and "Not every mask hides something" are statements.
BARE_VERDICT = re.compile(
    r"\W*(?:(?:very |quite |more )?(?:often|usually|mostly|sometimes|generally|normally|in general|rarely)\W+)?"
    r"(?:yes\b|not\b(?! (?:every|all|each|one|many|much|only|any|\w+ing)\b)"
    r"|(?:no|true|false)\b[*_\"')]*(?:$|[,.:;!?\u2026\u2013\u2014]| +[-\u2013\u2014(]"
    r"| +(?:but|if|when|as|since|unless|because|though)\b))",
    re.IGNORECASE,
)

BROKEN_ON_PLATFORMS = (
    (re.compile(r"^\s*\|.*\|\s*$"), "Discord shows no tables: use a list or a code block"),
    (re.compile(r"!\[[^\]]*\]\("), "Discord shows no inline images: describe it or use a code block"),
    (re.compile(r"</?[a-zA-Z][^>]*>"), "HTML shows as text in Discord: use Markdown"),
    (re.compile(r"^#{4,}\s"), "Discord has no headings below the third level"),
    (re.compile(r"\$\$|\\\(|\\\[|\\frac|\\sum"), "Discord shows TeX as it is typed: write the formula in words or code"),
    (re.compile(r"\[\^[^\]]+\]"), "Discord has no footnotes: put the source into 'sources'"),
    (re.compile(r"@(everyone|here)\b"), "a card must not ping anybody"),
    (re.compile(r"<\.\.\.>"), "a place that was left to fill in: <...>"),
)


def check(directory: Path, *, today: dt.date) -> tuple[KnowledgeBase, list[Problem]]:
    """Read a knowledge folder and return it with every problem of every card and of the other files, in file order."""
    base, problems = read_knowledge(directory)
    texts = {slug: (directory / card.path).read_text(encoding="utf-8") for slug, card in base.cards.items()}
    for card in base.cards.values():
        problems += card_problems(card, texts[card.slug], base, today)
    problems += phrasing_problems(base, texts)
    problems += contrast_problems(base, texts, sorted(directory.glob("contrasts/*.yaml")))
    examples, found = read_examples(directory)
    problems += [*found, *example_problems(examples, base.cards), *course_problems(base, directory), *read_exam(directory)[1]]
    return base, sorted(set(problems))


def card_problems(card: Card, text: str, base: KnowledgeBase, today: dt.date) -> Iterator[Problem]:
    """Yield the problems of one readable card."""
    path = card.path

    def problem(needle: str, message: str) -> Problem:
        return Problem(path, line_of(text, needle), message)

    words = len(card.short_answer.split())
    if words > SHORT_ANSWER_MAX_WORDS:
        yield problem("## Short answer", f"the short answer has {words} words: say it in {SHORT_ANSWER_MAX_WORDS}")
    sentences = len(sentence_ends(card.short_answer))
    if sentences not in SHORT_ANSWER_SENTENCES:
        yield problem("## Short answer", f"the short answer has {sentences} sentences: 2 to 4 are wanted")
    if card.review_by < today:
        yield problem("review_by:", f"review_by {card.review_by} has gone by: read the card again and set a new date")
    if card.check_yourself and "||" not in card.check_yourself:
        yield problem("## Check yourself", "the answer under '## Check yourself' must be between || and ||")
    if card.body().count("||") % 2:
        yield problem("## Check yourself", "a spoiler that starts with || is never closed")
    for key in ("confused_with", "related"):
        for slug in getattr(card, key):
            if slug == card.slug:
                yield problem(f"{key}:", f"{key} names the card itself")
            elif slug not in base.cards:
                yield problem(f"{key}:", f"{key} names '{slug}', and there is no such card")
    for slug in set(card.confused_with) & set(card.related):
        yield problem("related:", f"'{slug}' is in both confused_with and related")
    said = content_stems(card.body() + " " + " ".join(each.correction for each in card.misconceptions))
    for fact in card.key_facts:
        stems = content_stems(fact)
        if stems and len(stems & said) / len(stems) < FACT_COVERAGE:
            missing = ", ".join(sorted(stems - said)[:6])
            yield problem(fact[:30], f"the card's text does not say this key fact (nothing of: {missing})")
    yield from verdict_problems(card, path, text)
    yield from markdown_problems(path, text)


def verdict_problems(card: Card, path: str, text: str) -> Iterator[Problem]:
    """Yield the short answer and the corrections that open with a verdict that is true only for one way of asking."""
    openings = [("short answer", card.short_answer, "## Short answer")]
    openings += [("correction", each.correction, each.correction[:20]) for each in card.misconceptions]
    for name, said, needle in openings:
        verdict = BARE_VERDICT.match(said)
        if verdict:
            message = f"the {name} opens with {verdict.group().strip()!r}: say the verdict as a statement that is true however it is asked"
            yield Problem(path, line_of(text, needle), message)


def markdown_problems(path: str, text: str) -> Iterator[Problem]:
    """Yield the lines of the body that Discord or Discourse would show otherwise than meant."""
    fenced = False
    head = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() == "---" and head < 2:
            head += 1
            continue
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if head < 2 or fenced:
            continue
        bare = re.sub(r"`[^`]*`", "", line)
        for pattern, message in BROKEN_ON_PLATFORMS:
            if pattern.search(bare) and not (bare.count("||") and "|" in pattern.pattern):
                yield Problem(path, number, message)


def phrasing_problems(base: KnowledgeBase, texts: dict[Slug, str]) -> Iterator[Problem]:
    """Yield phrasings that are nearly the same as another, in the same card or in another."""
    owners = [(card.slug, phrasing) for card in base.cards.values() for phrasing in card.asked_as]
    normal = [" ".join(re.findall(r"[\w-]+", phrasing.lower())) for _, phrasing in owners]
    if not normal:
        return
    by_words: dict[str, list[int]] = defaultdict(list)
    for position, words in enumerate(normal):
        for word in set(words.split()):
            by_words[word].append(position)
    for position, words in enumerate(normal):
        rarest = sorted(set(words.split()), key=lambda word: len(by_words[word]))[:3]
        candidates = sorted({other for word in rarest for other in by_words[word] if other < position})
        matches = process.extract(
            words, [normal[other] for other in candidates], scorer=fuzz.token_sort_ratio, score_cutoff=NEAR_DUPLICATE, limit=3
        )
        for _, _, choice in matches:
            slug, phrasing = owners[position]
            other_slug, other = owners[candidates[choice]]
            card = base.cards[slug]
            where = "this card" if other_slug == slug else f"'{other_slug}'"
            yield Problem(card.path, line_of(texts[slug], phrasing[:40]), f"nearly the same phrasing is in {where}: {other!r}")


def contrast_problems(base: KnowledgeBase, texts: dict[Slug, str], paths: list[Path]) -> Iterator[Problem]:
    """Yield pairs of confusable cards that do not point at each other or have no contrast."""
    for card in base.cards.values():
        path = card.path
        line = line_of(texts[card.slug], "confused_with:")
        for slug in card.confused_with:
            other = base.cards.get(slug)
            if other is None:
                continue
            if card.slug not in other.confused_with:
                yield Problem(path, line, f"confused_with names '{slug}', which does not name this card back")
            if base.contrast(card.slug, slug) is None:
                yield Problem(path, line, f"confused_with names '{slug}', and contrasts/ does not say how the two differ")
    for pair in base.contrasts:
        first, second = sorted(pair)
        for slug, other_slug in ((first, second), (second, first)):
            if slug not in base.cards:
                line, place = max((line_naming(each, first, second), each) for each in paths)
                yield Problem(f"contrasts/{place.name}", line, f"a contrast names '{slug}', and there is no such card")
            elif other_slug in base.cards and other_slug not in base.cards[slug].confused_with:
                yield Problem(
                    base.cards[slug].path,
                    line_of(texts[slug], "confused_with:"),
                    f"contrasts/ has an entry with '{other_slug}', and confused_with does not name it",
                )
