"""The making of a plan: the new text of the file, its problems and its impact; nothing here changes a file."""

from __future__ import annotations

import datetime as dt
import difflib
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from bot.ledger.mentors import checked_name
from bot.review.promotion import edit_card
from bot.review.promotion.answer_text import one_line
from bot.review.promotion.impact import Impact, Progress, ReplayedQuestion, impact, no_progress, siblings_answered
from bot.review.promotion.new_card import Draft, Drafted, new_card
from bot.review.promotion.phrasings import asking, nearly_the_same, siblings
from bot.review.promotion.plan import BEYOND, Narrowing, Plan, PromotedQuestion, PromotionKind, read_wanted, sha256
from bot.review.promotion.propose import same_phrasing
from index.search.library import Library
from index.search.what_if import library_with, with_card_order
from index.store.passages import PassageKind, card_passages
from knowledge.checking.rules import check
from knowledge.errors import KnowledgeError, Refused, UsageError
from knowledge.reading.card import KEY_FACTS_MAX, PHRASINGS_MAX, Beyond, Card
from knowledge.reading.card_file import Problem, card_paths, parse_card
from knowledge.reading.template import open_groups

# The files besides the cards that a changed card is checked with.
CHECKED_TOO = ("examples/*.md", "contrasts/*.yaml", "terms/*.yaml", BEYOND, "glossary.yaml")
RELATED_MOST = 3
RELATED_NEAR = 0.45
# A topic beyond the course loses the phrasings that are this near (a cosine) to a new card.
COVERED = 0.62


# Returns what a model drafted of a question's answer, or why there is no draft.
DraftCard = Callable[[PromotedQuestion], Drafted | str]


@dataclass(frozen=True)
class Basis:
    """The library that answers now, its knowledge folder, the mentor, and the date of the plan."""

    library: Library
    knowledge: Path
    mentor: str
    today: dt.date


def make_plan(
    wanted: str,
    question: PromotedQuestion,
    *,
    library: Library,
    knowledge: Path,
    mentor: str,
    today: dt.date,
    questions: Sequence[ReplayedQuestion] = (),
    answer: str | None = None,
    title: str = "",
    group: str = "",
    facts: Sequence[str] = (),
    also: Sequence[str] = (),
    must_not: Sequence[int] = (),
    measured: bool = True,
    draft: DraftCard | None = None,
) -> Plan:
    """Plan a promotion: the file's new text, the diff, the problems that `knowledge check` would find, and the impact on `questions`.

    `answer` replaces the mentor's answer in force; `facts` are key facts that an amendment adds, `also` a new card's question in other
    words; `must_not` are the numbers of questions beside a new card's that it must not answer. Without `measured` the impact, which takes
    seconds, is left out. `draft` has a model put the answer into a new card's form; the card has the mentor's own words without it, and
    where it fails.

    Raises:
        UsageError: `wanted`, the answer or the other words can't be used.
        Refused: the cards don't allow it: the slug is taken, the card is full, or it has the phrasing already.
    """
    kind, slug = read_wanted(wanted)
    if answer is not None and answer != question.answer:
        question = replace(question, answer=answer, author="")
    if kind is not PromotionKind.PHRASING and not question.answer.strip():
        raise Refused(f"question {question.number} has no mentor's answer in force: answer or correct it first")
    if any(also) and kind is not PromotionKind.NEW:
        raise UsageError(f"{wanted!r} makes no new card, and only a new card takes its question in other words")
    basis = Basis(library, knowledge, checked_name(mentor), today)
    not_drafted = ""
    if kind is PromotionKind.NEW:
        path, old, new, not_drafted = text_of_new_card(basis, slug, question, title=title, group=group, also=also, draft=draft)
    else:
        path, old, new = text_of_edited_card(basis, kind, slug, question, facts)
    if old == new.encode():
        raise Refused(f"{path}: the card says this already")
    made = Plan(kind, slug, path, new, sha256(old) if old else "", "", question, basis.mentor, not_drafted=not_drafted)
    checked = with_problems(basis, made, old)
    return with_marks(with_impact(basis, checked, questions), must_not) if measured else checked


def text_of_new_card(
    basis: Basis, slug: str, question: PromotedQuestion, *, title: str, group: str, also: Sequence[str], draft: DraftCard | None
) -> tuple[str, bytes, str, str]:
    """Return a new card's path, its old content, which is empty, its text, and why no draft of it could be used."""
    library, knowledge = basis.library, basis.knowledge
    groups = {path.name: path for path in open_groups(knowledge)}
    found = library.search(asking(question.text))
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
    # A new card names who wrote its words, whoever promotes them.
    author = question.author or basis.mentor
    path = (groups[folder] / f"{slug}.md").relative_to(knowledge).as_posix()
    own = Draft(
        slug, folder, question.text, question.answer, author, question.number, basis.today, question.like, related, title, also=also
    )
    drafted = "" if draft is None else draft(question)
    if isinstance(drafted, str):
        return path, b"", new_card(own, taken), drafted
    text = new_card(replace(own, drafted=drafted), taken)
    if problems := new_problems(knowledge, {path: text.encode()}, basis.today):
        return path, b"", new_card(own, taken), str(problems[0])
    return path, b"", text, ""


def text_of_edited_card(
    basis: Basis, kind: PromotionKind, slug: str, question: PromotedQuestion, facts: Sequence[str]
) -> tuple[str, bytes, str]:
    """Return an existing card's path, its old content, and its new text."""
    library, knowledge = basis.library, basis.knowledge
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
        raise Refused(f"the card has a problem already: {problems[0]}")
    if kind is PromotionKind.AMEND:
        if len(card.key_facts) + len(facts) > KEY_FACTS_MAX:
            raise Refused(
                f"{path}: has {len(card.key_facts)} key facts, and a card takes {KEY_FACTS_MAX}: leave out --fact, or put it in another's "
                "place by hand"
            )
        return path, old, edit_card.amended(text, card, question.answer, [one_line(fact) for fact in facts], path=path)
    if kind is PromotionKind.REPLACE:
        return path, old, edit_card.replaced(text, card, question.answer, path=path)
    phrasing = asking(question.text)
    owner = same_phrasing(phrasing, library)
    if owner is not None or nearly_the_same(phrasing, card.asked_as) is not None:
        raise Refused(f"'{owner or slug}' has nearly this phrasing already: promote the answer as amend:{owner or slug} instead")
    if len(card.asked_as) >= PHRASINGS_MAX:
        raise Refused(
            f"{path}: has {PHRASINGS_MAX} phrasings already, which is all that a card takes: put this one in another's place by hand"
        )
    return path, old, edit_card.phrased(text, card, phrasing, path=path)


def with_marks(made: Plan, numbers: Sequence[int]) -> Plan:
    """Mark questions beside a new card's as those that it must not answer.

    Raises:
        UsageError: a number is none of theirs.
    """
    beside = made.impact.siblings.examples
    unknown = [number for number in numbers if not 0 < number <= len(beside)]
    if unknown:
        raise UsageError(f"there is no question {unknown[0]} beside the new card: --dry-run lists {len(beside)}")
    return replace(made, must_not=tuple(beside[number - 1].text for number in numbers))


def with_problems(basis: Basis, made: Plan, old: bytes) -> Plan:
    """Add to a plan its diff, the topic that it narrows, and the problems that it would cause."""
    library, knowledge = basis.library, basis.knowledge
    card, _ = parse_card(edit_card.plain(made.text), path=made.path)
    changes = {made.path: made.text.encode()}
    diff = unified_diff(made.path, old.decode(), made.text)
    narrowing = None
    if made.kind is PromotionKind.NEW and card is not None:
        narrowing = narrowing_for(card, made.question.text, library)
    if narrowing is not None and (knowledge / BEYOND).exists():
        before = (knowledge / BEYOND).read_bytes().decode("utf-8", "replace")
        after = edit_card.narrowed(before, narrowing.topic, narrowing.gone)
        changes[BEYOND] = after.encode()
        diff += unified_diff(BEYOND, before, after)
        narrowing = narrowing if after != before else None
    return replace(made, diff=diff, problems=tuple(new_problems(knowledge, changes, basis.today)), narrowing=narrowing)


def with_impact(basis: Basis, made: Plan, questions: Sequence[ReplayedQuestion], progress: Progress = no_progress) -> Plan:
    """Add to a plan without problems its impact on `questions`."""
    library, knowledge = basis.library, basis.knowledge
    card, _ = parse_card(edit_card.plain(made.text), path=made.path)
    if card is None or made.problems:
        return replace(made, impact=Impact())
    beyond = library.base.beyond
    if made.narrowing is not None:
        before = (knowledge / BEYOND).read_bytes().decode("utf-8", "replace")
        after = edit_card.narrowed(before, made.narrowing.topic, made.narrowing.gone)
        beyond = tuple(map(Beyond.model_validate, yaml.safe_load(after) or []))
    base = replace(library.base, cards=library.base.cards | {card.slug: card}, beyond=beyond)
    then = library_with(library, with_card_order(base))
    found = impact(questions, library, then, progress)
    if made.kind is PromotionKind.NEW:
        near = [library.base.cards[hit.slug] for hit in library.search(asking(made.question.text)).hits]
        beside = siblings(card.asked_as, near, library.base)
        found = replace(found, siblings=siblings_answered(beside, card.slug, library, then))
    return replace(made, impact=found)


def narrowing_for(card: Card, question: str, library: Library) -> Narrowing | None:
    """Return the phrasings of the nearest topic beyond the course that a new card answers, None if it's near to none."""
    rows = [row for row, passage in enumerate(library.passages) if passage.kind is PassageKind.BEYOND]
    if not rows:
        return None
    texts = [asking(question), *(passage.text for passage in card_passages(card) if passage.kind is PassageKind.PHRASING)]
    near = (library.vectors[rows] @ library.encode(texts).T).max(axis=1)
    topic = library.passages[rows[int(near.argmax())]].slug
    gone = [
        library.passages[row].text
        for row, cosine in zip(rows, near.tolist(), strict=True)
        if library.passages[row].slug == topic and cosine >= COVERED and library.passages[row].text != topic
    ]
    return Narrowing(topic, tuple(gone)) if gone else None


def new_problems(knowledge: Path, changes: dict[str, bytes], today: dt.date) -> list[Problem]:
    """Return the problems that `knowledge check` would find only in the changed files, with their new line numbers."""
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


def unified_diff(path: str, before: str, after: str) -> str:
    """Return the difference of two texts in git's format."""
    names = (f"a/{path}" if before else "/dev/null", f"b/{path}")
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), *names, lineterm="")
    return "".join(f"{line}\n" for line in lines)
