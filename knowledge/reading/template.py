"""New cards that explain every field to the mentor who fills them in."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from knowledge.errors import KnowledgeError, UsageError
from knowledge.reading.card import SLUG_PATTERN
from knowledge.reading.card_file import CARDS, card_folders, card_paths, listing

# The empty fields keep the card from being read, so that `askwell knowledge check` names what is still missing.
TEMPLATE = """\
---
# The card's name everywhere: in links, in answers' citations and as the file's name.
slug: {slug}
# What the card is called where learners see it: short, names the concept in full.
title:
# The question as learners type it: 10 to 12 phrasings, 5 at the least, no two alike in wording, none shared with a neighbouring card.
# This is what a question is matched against. Mix: plain, keywords only, disbelieving, from code, with a named model, why, how do I, casual.
# asked_as:
#   - isn't the one the same as the other, only slower?
#   - the one vs the other
asked_as: []
# What learners wrongly believe, in their voice, and what sets it right. The correction is shown without the belief, in 2 to 4 sentences:
# say what holds and why, its subject named first, and never state the belief as a flat sentence. [] where the concept has none.
# misconceptions:
#   - belief: Both look the same from outside, so both are made in the same way.
#     correction: >-
#       The one is made by ..., the other by ...: ...
misconceptions: []
# What any right answer says: 3 to 6 sentences that can be checked, each naming the concept (no "it", no "this").
# The text below has to say each of them too, in nearly the same words.
key_facts: []
# Slugs of the cards that learners mix this one up with. Each must name this card back, and contrasts/ must say how the two differ.
confused_with: []
# Slugs of 2 to 5 other cards worth reading next.
related: []
# Where a reader can check the card: 1 to 4, one of them a paper, official documentation or textbook that really says it.
# sources:
#   - {{title: "The paper's or book's title", authors: "First author et al.", year: 2017, url: "https://example.org/the-very-page"}}
sources: []
# When somebody should read the card again: sooner where practice moves fast.
review_by: {review_by}
---
## Short answer

## Explanation

## Example

## Check yourself
"""

GUIDE = """\
# What goes under the four headings (delete this part of the front matter when the card is done):
#   Short answer    2 to 4 sentences, 20 to 50 words, shown by themselves: the verdict first, as a statement that is true
#                   however it is asked, its subject named. Never a bare "Yes" or "No", never "It" or "This".
#   Explanation     3 to 6 paragraphs of one point each, 80 words at most. Each opens with a **bold name** and names its subject.
#   Example         real data in a code block, no line over 40 characters: the input, then the target. Then a sentence on what to notice.
#   Check yourself  one question, and on a line of its own its answer between || and ||.
"""


def new_card(slug: str, knowledge: Path, *, group: str | None, today: dt.date) -> Path:
    """Start a card in its group's folder (that of the only group without one) and return its path; nothing is answered from it yet.

    Raises:
        UsageError: the slug or the group can't be one, or the slug is taken.
        KnowledgeError: the file can't be written.
    """
    if not knowledge.is_dir():
        raise KnowledgeError(f"no knowledge folder at {knowledge}: set ASKWELL_KNOWLEDGE_DIR to the folder of cards")
    if not SLUG_PATTERN.fullmatch(slug):
        raise UsageError(f"{slug!r} can't be a slug: lower-case letters, figures and single hyphens, such as 'my-new-card'")
    groups = {path.name: path for path in open_groups(knowledge)}
    if group is None and len(groups) == 1:
        (group,) = groups
    if group is None and groups:
        raise UsageError(f"which group does '{slug}' belong in? Add --group with one of {listing(groups)}")
    if group not in groups:
        beside = knowledge / CARDS if (knowledge / CARDS).is_dir() else knowledge
        raise UsageError(f"no group {group!r}: choose {listing(groups) or 'one'}, or make the folder {beside / 'NAME'} first")
    taken = [path for path in card_paths(knowledge) if path.stem.lower() == slug]
    if taken:
        raise UsageError(f"'{slug}' is taken: edit {taken[0]}, or choose another slug")
    path = groups[group] / f"{slug}.md"
    text = TEMPLATE.format(slug=slug, review_by=a_year_after(today)).replace("---\n## Short", f"{GUIDE}---\n## Short")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"'{slug}' is taken: edit {path}, or choose another slug") from error
    except OSError as error:
        raise KnowledgeError(f"{path}: can't be written: {error.strerror or error}") from error
    return path


def open_groups(knowledge: Path) -> list[Path]:
    """Return the folders that take new cards: those with cards in, and empty ones."""
    folders = (path for path in card_folders(knowledge) if SLUG_PATTERN.fullmatch(path.name))
    return [path for path in folders if any(path.glob("*.md")) or not any(path.iterdir())]


def a_year_after(day: dt.date) -> dt.date:
    """Return the same day of the next year, or the last of February."""
    return day.replace(year=day.year + 1) if (day.month, day.day) != (2, 29) else dt.date(day.year + 1, 2, 28)
