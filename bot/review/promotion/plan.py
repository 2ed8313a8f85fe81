"""How a mentor's answer becomes knowledge: which promotion fits, and what exactly it would write; nothing here changes a file."""

from __future__ import annotations

import datetime as dt
import difflib
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from bot.ledger.mentors import checked_name
from bot.review.promotion import edit_card, phrase
from bot.review.promotion.impact import Impact, Past, impact
from bot.review.promotion.new_card import Draft, new_card
from bot.review.promotion.plans import Asked, Narrowing, Plan, PromotionKind, hashed
from index.search.confidence import confidence
from index.search.library import Library
from index.search.what_if import library_with, with_card_order
from index.store.passages import PassageKind, card_passages
from knowledge.checking.rules import ASKED_AS_MAX, check
from knowledge.errors import KnowledgeError, Refused, UsageError
from knowledge.reading.card import SLUG_PATTERN, Beyond, Card, Slug
from knowledge.reading.card_file import Problem, card_paths, parse_card
from knowledge.reading.template import open_groups
from knowledge.words import content_stems

BEYOND = "beyond.yaml"
# The folder of what is linked to, when a change is checked beside all the other files.
CHECKED_TOO = ("examples/*.md", "contrasts/*.yaml", "terms/*.yaml", BEYOND, "glossary.yaml")
RELATED_MOST = 3
RELATED_NEAR = 0.45
# An answer of which a card says this share of the content words brings nothing new to it.
SAID = 0.8
# A topic beyond the course is a new card's if one of its phrasings is this near (a cosine), and loses those that are.
COVERED = 0.62
SLUG_WORDS = 4
SLUG_MAX_CHARS = 80


@dataclass(frozen=True)
class Ground:
    """What a promotion stands on: the library that answers now, the folder of its cards, the mentor, the day."""

    library: Library
    knowledge: Path
    mentor: str
    today: dt.date


@dataclass(frozen=True)
class Proposal:
    """One way to promote an answer, as `promote --as` takes it, and why."""

    wanted: str
    why: str


def propose(question: str, answer: str, library: Library) -> list[Proposal]:
    """Say what an answer could become, best first."""
    found = library.search(question)
    new = Proposal(f"new:{free_slug(question, library)}", "no card is about this")
    if not found.hits:
        return [new]
    owner = same_phrasing(question, library)
    card = library.base.cards[owner or found.hits[0].slug]
    wanted, said = content_stems(answer), content_stems(card.body() + " " + " ".join(card.key_facts))
    brings = bool(wanted) and len(wanted & said) / len(wanted) < SAID
    amend = Proposal(f"amend:{card.slug}", f"'{card.title}' is the nearest card, and the answer says more than it does")
    rewrite = Proposal(f"replace:{card.slug}", f"if the short answer of '{card.title}' is not good enough")
    if owner is not None:
        why = f"'{card.title}' has this question among its phrasings already, or one nearly the same"
        return [replace(amend, why=f"{why}, and the answer says more"), rewrite] if brings else [replace(rewrite, why=why), amend]
    phrasing = Proposal(f"phrasing:{card.slug}", f"'{card.title}' answers this, asked in other words")
    phrasings = [phrasing] if len(card.asked_as) < ASKED_AS_MAX else []
    if confidence(found, library.fitted).in_scope < library.fitted.threshold:
        return [new, *phrasings, amend]
    return [amend, *phrasings, rewrite, new] if brings else [*phrasings, amend, rewrite, new]


def same_phrasing(question: str, library: Library) -> Slug | None:
    """Return the card that has a question among its phrasings, or one nearly the same."""
    owners = [(slug, phrasing) for slug, card in library.base.cards.items() for phrasing in card.asked_as]
    place = phrase.nearly_the_same(phrase.asking(question), [phrasing for _, phrasing in owners])
    return None if place is None else owners[place][0]


def free_slug(question: str, library: Library) -> str:
    """Return a slug of a question's telling words that no card has."""
    words = [word for word in phrase.keywords(phrase.asking(question)).lower().split() if SLUG_PATTERN.fullmatch(word)]
    slug = "-".join(words[:SLUG_WORDS]) or "new-card"
    return slug if slug not in library.base.cards else f"{slug}-2"


def plan(
    wanted: str,
    asked: Asked,
    *,
    library: Library,
    knowledge: Path,
    mentor: str,
    today: dt.date,
    questions: Sequence[Past] = (),
    answer: str | None = None,
    title: str = "",
    group: str = "",
    facts: Sequence[str] = (),
) -> Plan:
    """Work a promotion out: the file's new text, what `knowledge check` would say of it, the diff, and what answers would change.

    `answer` stands for the mentor's answer in force; `facts` are key facts that an amendment adds; `questions` are asked again.

    Raises:
        UsageError: `wanted` or the answer can't be taken.
        Refused: it doesn't hold as things stand: a slug taken, a card full, a phrasing that is there already.
    """
    kind, slug = read_wanted(wanted)
    said = replace(asked, answer=asked.answer if answer is None else answer)
    if kind is not PromotionKind.PHRASING and not said.answer.strip():
        raise Refused(f"question {asked.number} has no mentor's answer in force: answer or correct it first")
    ground = Ground(library, knowledge, checked_name(mentor), today)
    if kind is PromotionKind.NEW:
        path, old, new = drafted(ground, slug, said, title=title, group=group)
    else:
        path, old, new = edited(ground, kind, slug, said, facts)
    if old == new.encode():
        raise Refused(f"{path}: the card says this already")
    made = Plan(kind, slug, path, new, hashed(old) if old else "", "", said, ground.mentor)
    return judged(ground, made, old, questions)


def read_wanted(wanted: str) -> tuple[PromotionKind, str]:
    """Read `kind:slug`.

    Raises:
        UsageError: it's not of this form.
    """
    kind, _, slug = wanted.strip().partition(":")
    if kind not in set(PromotionKind) or not SLUG_PATTERN.fullmatch(slug) or len(slug) > SLUG_MAX_CHARS:
        raise UsageError(f"{wanted[:100]!r} is not a promotion: new:SLUG, phrasing:SLUG, amend:SLUG or replace:SLUG")
    return PromotionKind(kind), slug


def drafted(ground: Ground, slug: str, asked: Asked, *, title: str, group: str) -> tuple[str, bytes, str]:
    """Return a new card's path, the nothing that is there, and its text."""
    library, knowledge = ground.library, ground.knowledge
    groups = {path.name: path for path in open_groups(knowledge)}
    found = library.search(phrase.asking(asked.text))
    near = [library.base.cards[hit.slug] for hit in found.hits[:RELATED_MOST] if hit.nearest >= RELATED_NEAR]
    folder = group or (library.base.cards[found.hits[0].slug].group if found.hits else next(iter(groups), ""))
    if folder not in groups:
        raise UsageError(
            f"no group {folder!r}: choose one of {', '.join(groups) or 'the folders of the knowledge folder, once there is one'}"
        )
    if slug in library.base.cards or any(path.stem.lower() == slug for path in card_paths(knowledge)):
        raise Refused(f"there is a card '{slug}' already: choose another slug, or promote it as amend:{slug}")
    taken = [phrasing for card in library.base.cards.values() for phrasing in card.asked_as]
    related = [card.slug for card in near if (knowledge / card.path).exists()]
    draft = Draft(slug, folder, asked.text, asked.answer, ground.mentor, asked.number, ground.today, asked.like, related, title)
    return (groups[folder] / f"{slug}.md").relative_to(knowledge).as_posix(), b"", new_card(draft, taken)


def edited(ground: Ground, kind: PromotionKind, slug: str, asked: Asked, facts: Sequence[str]) -> tuple[str, bytes, str]:
    """Return an existing card's path, its bytes, and its text as it would be."""
    library, knowledge = ground.library, ground.knowledge
    place = next((path for path in card_paths(knowledge) if path.stem == slug), None)
    if place is None:
        raise UsageError(f"there is no card '{slug}': 'askwell knowledge list' shows the slugs")
    path = place.relative_to(knowledge).as_posix()
    try:
        old = place.read_bytes()
        text = old.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(f"{path}: can't be read: {error}") from error
    card, problems = parse_card(edit_card.plain(text), path=path)
    if card is None:
        raise Refused(f"the card is broken as it is: {problems[0]}")
    if kind is PromotionKind.AMEND:
        return path, old, edit_card.amended(text, card, asked.answer, [phrase.one_line(fact) for fact in facts], path=path)
    if kind is PromotionKind.REPLACE:
        return path, old, edit_card.replaced(text, card, asked.answer, path=path)
    question = phrase.asking(asked.text)
    owner = same_phrasing(question, library)
    if owner is not None or phrase.nearly_the_same(question, card.asked_as) is not None:
        raise Refused(f"nearly this phrasing stands in '{owner or slug}' already: promote the answer as amend:{owner or slug} instead")
    if len(card.asked_as) >= ASKED_AS_MAX:
        raise Refused(
            f"{path}: has {ASKED_AS_MAX} phrasings already, which is all that a card takes: put this one in another's place by hand"
        )
    return path, old, edit_card.phrased(text, card, question, path=path)


def judged(ground: Ground, made: Plan, old: bytes, questions: Sequence[Past]) -> Plan:
    """Add to a plan its diff, the problems that it would bring, and what it would change."""
    library, knowledge = ground.library, ground.knowledge
    card, _ = parse_card(edit_card.plain(made.text), path=made.path)
    changes = {made.path: made.text.encode()}
    diff = unified(made.path, old.decode(), made.text)
    narrowing = None
    if made.kind is PromotionKind.NEW and card is not None:
        narrowing = covered(card, made.asked.text, library)
    if narrowing is not None and (knowledge / BEYOND).exists():
        before = (knowledge / BEYOND).read_bytes().decode("utf-8", "replace")
        after = edit_card.narrowed(before, narrowing.topic, narrowing.gone)
        changes[BEYOND] = after.encode()
        diff += unified(BEYOND, before, after)
        narrowing = narrowing if after != before else None
    problems = new_problems(knowledge, changes, ground.today)
    found = Impact()
    if card is not None and not problems:
        beyond = library.base.beyond if narrowing is None else tuple(map(Beyond.model_validate, yaml.safe_load(changes[BEYOND]) or []))
        base = replace(library.base, cards=library.base.cards | {card.slug: card}, beyond=beyond)
        found = impact(questions, library, library_with(library, with_card_order(base)))
    return replace(made, diff=diff, problems=tuple(problems), impact=found, narrowing=narrowing)


def covered(card: Card, question: str, library: Library) -> Narrowing | None:
    """Return which phrasings of the nearest topic beyond the course a new card answers, None where it's near to none."""
    rows = [row for row, passage in enumerate(library.passages) if passage.kind is PassageKind.BEYOND]
    if not rows:
        return None
    texts = [phrase.asking(question), *(passage.text for passage in card_passages(card) if passage.kind is PassageKind.PHRASING)]
    near = (library.vectors[rows] @ library.encode(texts).T).max(axis=1)
    topic = library.passages[rows[int(near.argmax())]].slug
    gone = [
        library.passages[row].text
        for row, cosine in zip(rows, near.tolist(), strict=True)
        if library.passages[row].slug == topic and cosine >= COVERED and library.passages[row].text != topic
    ]
    return Narrowing(topic, tuple(gone)) if gone else None


def new_problems(knowledge: Path, changes: dict[str, bytes], today: dt.date) -> list[Problem]:
    """Return what `knowledge check` would say of changed files that it doesn't say now, with the lines of the files as they would be."""
    before = Counter((problem.path, problem.message) for problem in check(knowledge, today=today)[1])
    with tempfile.TemporaryDirectory(prefix="askwell-check-") as folder:
        copy = Path(folder)
        for path in [*card_paths(knowledge), *(path for pattern in CHECKED_TOO for path in knowledge.glob(pattern))]:
            target = copy / path.relative_to(knowledge)
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.relative_to(knowledge).as_posix() not in changes:
                target.symlink_to(path.resolve())
        for name, content in changes.items():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes(content)
        found = check(copy, today=today)[1]
    left = []
    for problem in found:
        if before[(problem.path, problem.message)]:
            before[(problem.path, problem.message)] -= 1
        else:
            left.append(problem)
    return left


def unified(path: str, before: str, after: str) -> str:
    """Return the difference of two texts as git shows it."""
    names = (f"a/{path}" if before else "/dev/null", f"b/{path}")
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), *names, lineterm="")
    return "".join(f"{line}\n" for line in lines)
