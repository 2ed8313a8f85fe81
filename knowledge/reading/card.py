"""Cards, contrasts, topics and examples as values; no files, and no rules about the whole set."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import PurePosixPath
from typing import Annotated, NewType

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, StringConstraints

Slug = NewType("Slug", str)

SLUG_PATTERN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
SlugText = Annotated[Slug, StringConstraints(pattern=rf"^{SLUG_PATTERN.pattern}$")]

SECTION_TITLES = ("Short answer", "Explanation", "Example", "Check yourself")
# A card can do without the others.
NEEDED_SECTION = SECTION_TITLES[0]
# No card has more phrasings, however many its learners find.
PHRASINGS_MAX = 60
KEY_FACTS_MAX = 6


class Value(BaseModel):
    """A frozen value that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Misconception(Value):
    """A wrong belief of learners, and its correction."""

    belief: Text
    correction: Text


class Source(Value):
    """A source in which a reader can check the card."""

    title: Text
    authors: Text
    year: Annotated[int, Field(ge=1900, le=2100)]
    url: HttpUrl

    @property
    def leads_somewhere(self) -> bool:
        """Return whether the address can be opened: one under .invalid can't (RFC 2606), and says that the source is a person's word."""
        return not (self.url.host or "").endswith(".invalid")

    def markdown(self) -> str:
        """Render the source as a Markdown link with authors and year; the brackets around the address keep Discord from a preview."""
        if not self.leads_somewhere:
            return f"{self.title} ({self.authors}, {self.year})"
        return f"[{self.title}](<{self.url}>) ({self.authors}, {self.year})"


class FrontMatter(Value):
    """The YAML head of a card, as its file has it."""

    slug: SlugText
    title: Text
    asked_as: Annotated[tuple[Text, ...], Field(min_length=1, max_length=PHRASINGS_MAX)]
    misconceptions: tuple[Misconception, ...] = ()
    key_facts: Annotated[tuple[Text, ...], Field(max_length=KEY_FACTS_MAX)] = ()
    confused_with: tuple[SlugText, ...] = ()
    related: tuple[SlugText, ...] = ()
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    review_by: dt.date
    # The model that put a mentor's answer into this card's words, until a mentor confirms them; empty for a card in people's own words.
    drafted_by: str = ""


class Card(FrontMatter):
    """One curated explanation; its slug is its name everywhere, and `path` is its file in the knowledge folder.

    A section besides the short answer is empty where the file has none.
    """

    path: str
    short_answer: Text
    explanation: str = ""
    example: str = ""
    check_yourself: str = ""

    @property
    def group(self) -> str:
        """Return the name of the card's folder."""
        return PurePosixPath(self.path).parent.name

    def paragraphs(self) -> tuple[str, ...]:
        """Return the explanation's paragraphs, code blocks kept with the text before them."""
        return split_paragraphs(self.explanation)

    def body(self) -> str:
        """Return the sections as one text, as the learner would read them."""
        return "\n\n".join(filter(None, (self.short_answer, self.explanation, self.example, self.check_yourself)))


class Contrast(Value):
    """The one statement of how two confusable concepts differ; it serves both cards."""

    between: Annotated[tuple[SlugText, ...], Field(min_length=2, max_length=2)]
    difference: Text

    @property
    def pair(self) -> frozenset[Slug]:
        """Return the two slugs without their order."""
        return frozenset(self.between)


class Beyond(Value):
    """A near-by topic that the course does not cover, declined with a pointer."""

    topic: Text
    asked_as: Annotated[tuple[Text, ...], Field(min_length=3)]
    pointer: Text | None = None


EXAMPLE_KINDS = (
    "definition", "example", "contrast", "pushback", "false-premise", "fill-in-the-blank", "quiz", "follow-up", "vague", "open-point",
    "yes-no", "why", "practical", "simpler", "several", "language", "pasted",
)  # fmt: skip


class ExampleFront(Value):
    """The YAML head of a few-shot example, as its file has it."""

    name: SlugText
    kind: Annotated[str, StringConstraints(pattern=rf"^({'|'.join(EXAMPLE_KINDS)})$")]
    turns: Annotated[tuple[Text, ...], Field(min_length=1)]
    cards: tuple[SlugText, ...] = ()
    why: Text


class Example(ExampleFront):
    """One few-shot example for composing: what was asked, the notes that were given, the answer a good mentor wrote.

    The notes are single sentences of cards, numbered from 1 under the cards' titles. `text` is the whole file, by which a problem's line
    is found.
    """

    notes: Text
    answer: Text
    text: str = Field("", exclude=True, repr=False)


def split_paragraphs(markdown: str) -> tuple[str, ...]:
    """Split Markdown at blank lines, never inside a fenced code block.

    >>> split_paragraphs("One.\\n\\n```text\\na\\n\\nb\\n```\\n\\nTwo.")
    ('One.\\n\\n```text\\na\\n\\nb\\n```', 'Two.')
    """
    blocks: list[str] = []
    fenced = False
    current: list[str] = []
    for line in markdown.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if line.strip() or fenced:
            current.append(line)
        elif current:
            blocks.append("\n".join(current))
            current = []
    if current:
        blocks.append("\n".join(current))
    joined: list[str] = []
    for block in blocks:
        if block.lstrip().startswith("```") and joined:
            joined[-1] += "\n\n" + block
        else:
            joined.append(block)
    return tuple(joined)
