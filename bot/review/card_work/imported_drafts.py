"""The drafts that imports of threads wrote: read back, and adopted as a new card, merged into one, or discarded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.review.card_work.edited_card import plan_of_edit, with_text
from bot.review.card_work.gathered import with_phrasings
from bot.review.promotion import edit_card
from bot.review.promotion.answer_text import tidy
from bot.review.promotion.make_plan import Basis, with_problems
from bot.review.promotion.new_card import ANSWER_MAX_CHARS, Parts, body, cut_answer, scalar, source
from bot.review.promotion.plan import SLUG_MAX_CHARS, Plan, PromotedQuestion, PromotionKind
from knowledge.errors import KnowledgeError, Refused, UsageError
from knowledge.reading.card import SLUG_PATTERN
from knowledge.reading.card_file import card_paths, parse_card, read_front_matter
from knowledge.reading.template import a_year_after, open_groups

FOLDER = "drafts"
# A draft is read no further than this.
MAX_CHARS = 200_000
COMMENT = re.compile(r"^# ?(.*)$", re.MULTILINE)
ORIGIN = re.compile(r"^<(.+?): check it, then delete this line>$", re.MULTILINE)
PLACE = re.compile(r"<[^<>]*>")
ASKED = re.compile(r"^# Asked[^\n]*, in full:\n((?:#[^\n]*\n)*)", re.MULTILINE)


@dataclass(frozen=True)
class ImportedAnswer:
    """One answer of a thread, and who gave it; `is_taken` is True where it's a mentor's, or was accepted, or there is no such answer."""

    origin: str
    text: str
    is_taken: bool


@dataclass(frozen=True)
class ImportedDraft:
    """One exchange of an imported thread as its draft has it; `card` is the card that it was proposed for, empty if a new one.

    `why` says why its file can't be read, empty if it can.
    """

    name: str
    slug: str = ""
    title: str = ""
    origin: str = ""
    question: str = ""
    wordings: tuple[str, ...] = ()
    beliefs: tuple[str, ...] = ()
    answers: tuple[ImportedAnswer, ...] = ()
    card: str = ""
    nearest: tuple[str, ...] = ()
    beyond: str = ""
    sources: tuple[dict[str, object], ...] = ()
    why: str = ""


def imported_drafts(knowledge: Path) -> list[ImportedDraft]:
    """Return all drafts, those first that somebody answered in their thread."""
    found = [read_draft(path) for path in sorted((knowledge / FOLDER).glob("*.md"))]
    return sorted(found, key=lambda each: (not each.answers, each.origin))


def draft_count(knowledge: Path) -> int:
    """Return the number of drafts."""
    return sum(1 for _ in (knowledge / FOLDER).glob("*.md"))


def draft_named(knowledge: Path, name: str) -> ImportedDraft:
    """Return a draft.

    Raises:
        UsageError: there is none of this name.
    """
    return read_draft(path_of(knowledge, name))


def path_of(knowledge: Path, name: str) -> Path:
    """Return a draft's path, which is never outside the folder of drafts."""
    found = next((path for path in (knowledge / FOLDER).glob("*.md") if path.stem == name), None)
    if found is None:
        raise UsageError("there is no such draft: it was adopted, merged or discarded")
    return found


def read_draft(path: Path) -> ImportedDraft:
    """Read a draft as far as it can be read."""
    try:
        text = path.read_bytes()[: MAX_CHARS * 4].decode("utf-8").replace("\r\n", "\n")[:MAX_CHARS]
    except (OSError, UnicodeDecodeError) as error:
        return ImportedDraft(path.stem, why=str(getattr(error, "strerror", None) or error))
    front, content, problems = read_front_matter(text, path.name)
    if problems:
        return ImportedDraft(path.stem, why=problems[0].message)
    notes = "\n".join(COMMENT.findall(text.partition("\nslug:")[0]))
    asked = ASKED.search(text)
    proposed = re.search(r"^Proposed card: (\S+), which exists", notes, re.MULTILINE)
    nearest = re.search(r"^Next nearest: (.*)\.$", notes, re.MULTILINE)
    origin = re.search(r"^A draft, never answered from: (.*)\.$", notes, re.MULTILINE)
    beyond = re.search(r"^It sounds like '(.*)', which", notes, re.MULTILINE)
    return ImportedDraft(
        path.stem,
        slug=str(front.get("slug") or ""),
        title=str(front.get("title") or ""),
        origin=origin[1] if origin else "",
        question="\n".join(COMMENT.findall(asked[1])).replace("\n  ", "\n").strip() if asked else "",
        wordings=filled(front.get("asked_as")),
        beliefs=filled([each.get("belief") for each in listed(front.get("misconceptions")) if isinstance(each, dict)]),
        answers=answers_in(content),
        card=proposed[1] if proposed else "",
        nearest=tuple(re.findall(r"([a-z0-9-]+) \(", nearest[1])) if nearest else (),
        beyond=beyond[1] if beyond else "",
        sources=tuple(each for each in listed(front.get("sources")) if isinstance(each, dict)),
    )


def listed(value: object) -> list[object]:
    """Return a value of a front matter as a list."""
    return value if isinstance(value, list) else []


def filled(value: object) -> tuple[str, ...]:
    """Return the texts of a list that are more than a place to fill in."""
    return tuple(each.strip() for each in listed(value) if isinstance(each, str) and each.strip() and not PLACE.fullmatch(each.strip()))


def answers_in(content: str) -> tuple[ImportedAnswer, ...]:
    """Return the answers in a draft's explanation, each with who gave it."""
    said = content.partition("## Explanation")[2].partition("\n## ")[0]
    pieces = ORIGIN.split(said)
    found = [(pieces[place], pieces[place + 1].strip()) for place in range(1, len(pieces) - 1, 2)]
    better = {origin for origin, _ in found if origin.startswith("mentor") or "the accepted answer" in origin}
    return tuple(ImportedAnswer(origin, text, not better or origin in better) for origin, text in found if text)


@dataclass(frozen=True)
class Taken:
    """What a mentor takes from a draft: some of its wordings, and some of its answers as one text."""

    wordings: Sequence[str]
    answer: str


def taken_from(draft: ImportedDraft, wordings: Sequence[int], answers: Sequence[int]) -> Taken:
    """Return what is taken from a draft, by the numbers of its wordings and answers, which count from 1.

    Raises:
        UsageError: it has none of such a number.
    """
    if any(number > len(draft.wordings) or not number for number in wordings):
        raise UsageError("the draft has no such wording: open it again")
    if any(number > len(draft.answers) or not number for number in answers):
        raise UsageError("the draft has no such answer: open it again")
    texts = [draft.answers[number - 1].text for number in answers]
    return Taken([draft.wordings[number - 1] for number in wordings], "\n\n".join(texts))


def plan_of_adoption(basis: Basis, draft: ImportedDraft, taken: Taken, *, slug: str, title: str, group: str) -> Plan:
    """Return the plan of a new card out of a draft; the answer is its short answer and its explanation, word for word.

    Raises:
        UsageError: the slug or the group can't be one.
        Refused: there is such a card already.
    """
    if not SLUG_PATTERN.fullmatch(slug) or len(slug) > SLUG_MAX_CHARS:
        raise UsageError(f"{slug[:100]!r} can't be a card's name: lower-case letters, figures and single hyphens, such as 'my-new-card'")
    groups = {path.name: path for path in open_groups(basis.knowledge)}
    if group not in groups:
        raise UsageError(f"no group {group[:100]!r}: choose one of {', '.join(groups) or 'the folders of cards, once there is one'}")
    if any(path.stem.lower() == slug for path in card_paths(basis.knowledge)):
        raise Refused(f"there is a card '{slug}' already: choose another name, or merge the draft into that card")
    year = basis.today.year
    own = source("A thread of this course", "its mentors", year, f"https://mentors.invalid/threads/{draft.name}")
    sources = [
        source(str(each.get("title")), str(each.get("authors")), int(str(each.get("year") or year)), str(each.get("url")))
        for each in draft.sources
        if str(each.get("year") or year).isdigit()
    ]
    related = [each for each in draft.nearest if each in basis.library.base.cards]
    front = [
        f"slug: {slug}",
        f"title: {scalar(' '.join((title or draft.title).split()))}",
        "asked_as:" if taken.wordings else "asked_as: []",
        *(f"  - {scalar(each)}" for each in taken.wordings),
        *([f"related: [{', '.join(related)}]"] if related else []),
        "sources:",
        *(f"  - {each}" for each in sources or [own]),
        f"review_by: {a_year_after(basis.today)}",
    ]
    text = "\n".join(["---", *front, "---", *body(parts_of(taken.answer))]) + "\n"
    path = (groups[group] / f"{slug}.md").relative_to(basis.knowledge).as_posix()
    made = Plan(PromotionKind.EDIT, slug, path, text, "", "", PromotedQuestion(0, ""), basis.mentor)
    return with_problems(basis, made, b"")


def parts_of(answer: str) -> Parts:
    """Return an answer cut for a card; one that can't be cut is the short answer as it is, and the check says what it lacks."""
    try:
        return cut_answer(answer)
    except UsageError:
        return Parts(tidy(answer)[:ANSWER_MAX_CHARS] or "<2 to 4 sentences that stand alone>", "", "")


def plan_of_merge(basis: Basis, taken: Taken, slug: str) -> Plan:
    """Return the plan of a card that says and is asked what a draft has.

    Raises:
        UsageError: there is no such card, or nothing is taken.
        Refused: the card says this already, or can't be changed by rule.
    """
    plan = plan_of_edit(basis, slug)
    if not taken.answer and not taken.wordings:
        raise UsageError("nothing is ticked: tick a wording or an answer that the card should have")
    if taken.answer:
        card, problems = parse_card(edit_card.plain(plan.text), path=plan.path)
        if card is None:
            raise Refused(f"the card has a problem already: {problems[0]}")
        plan = with_text(basis, plan, edit_card.amended(plan.text, card, taken.answer, [], path=plan.path))
    merged = with_phrasings(basis, plan, [PromotedQuestion(0, wording) for wording in taken.wordings])
    if not merged.diff:
        raise Refused(f"'{slug}', or another card, has all of it already: discard the draft")
    return replace(merged, mentor=basis.mentor)


def discard(knowledge: Path, name: str) -> None:
    """Remove a draft; one that is gone already is fine.

    Raises:
        KnowledgeError: it can't be removed.
    """
    try:
        path_of(knowledge, name).unlink(missing_ok=True)
    except UsageError:
        return
    except OSError as error:
        raise KnowledgeError(f"{FOLDER}/{name}.md can't be removed: {error.strerror or error}") from error
