"""The HTML that Discourse stores for a post, turned into Markdown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"br", "img", "hr", "input", "meta", "source", "wbr", "col", "embed", "link", "area", "track"})
BLOCKS = frozenset(
    {"p", "div", "section", "article", "details", "summary", "figure", "figcaption", "header", "footer", "tr", "dl", "dt", "dd"}
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
EMPHASIS = {"strong": "**", "b": "**", "em": "*", "i": "*"}
# Elements whose text is the platform's, not the author's.
UNSPOKEN = frozenset({"script", "style", "svg", "template", "button", "form"})
UNSPOKEN_CLASSES = frozenset({"meta", "lightbox-info", "quote-controls", "site-icon", "badge-wrapper", "onebox-metadata", "aspect-image"})


@dataclass
class Cooked(HTMLParser):
    """Turns one post's HTML into Markdown: quotes of others go to `quotes`, mentioned names to `mentions`."""

    parts: list[str] = field(default_factory=list)
    quotes: list[str] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, str]] = []
        self.kinds: Counter[str] = Counter()
        self.lists: list[int] = []
        self.links: list[tuple[str, int]] = []

    @property
    def inside(self) -> Set[str]:
        """Return what kinds of elements are open: 'pre', 'quote', 'unspoken', 'mention' and tag names."""
        return self.kinds.keys()

    def pop(self) -> tuple[str, str]:
        """Take the innermost element off the open ones."""
        tag, kind = self.open.pop()
        self.kinds[kind] -= 1
        if not self.kinds[kind]:
            del self.kinds[kind]
        return tag, kind

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        given = {name: value or "" for name, value in attrs}
        classes = frozenset(given.get("class", "").split())
        if tag == "br":
            self.say("\n")
        elif tag == "img":
            self.picture(given, classes)
        if tag in VOID:
            return
        if tag == "li" or tag in {"ul", "ol"}:
            self.enter_list(tag)
        kind = self.kind(tag, classes)
        if tag == "pre":
            self.say("\n\n```")
        elif tag == "code" and "pre" in self.inside:
            language = next((each.removeprefix("lang-") for each in sorted(classes) if each.startswith("lang-")), "text")
            self.say(("text" if language in {"auto", "nohighlight"} else language) + "\n")
        elif tag == "code":
            self.say("`")
        elif tag in EMPHASIS:
            self.say(EMPHASIS[tag])
        elif tag in HEADINGS:
            self.say("\n\n**")
        elif tag == "a" and kind == "a":
            self.links.append((given.get("href", ""), len(self.parts)))
        elif tag == "blockquote" or tag in BLOCKS:
            self.say("\n\n")
        self.open.append((tag, kind))
        self.kinds[kind] += 1

    def kind(self, tag: str, classes: frozenset[str]) -> str:
        """Return what an element is to a reader: its tag, unless its class makes it something else."""
        if "title" in classes and "quote" in self.inside:
            return "unspoken"
        if tag == "aside" and "quote" in classes:
            return "quote"
        if "mention" in classes or "mention-group" in classes:
            return "mention"
        if tag in UNSPOKEN or classes & UNSPOKEN_CLASSES:
            return "unspoken"
        return tag

    def handle_endtag(self, tag: str) -> None:
        """Close an element, and whatever its author forgot to close inside it."""
        if all(name != tag for name, _ in self.open):
            return
        while self.open:
            name, kind = self.pop()
            self.leave(name, kind)
            if name == tag:
                return

    def leave(self, tag: str, kind: str) -> None:
        """Write what ends an element."""
        if tag == "pre":
            self.say("\n```\n\n")
        elif tag == "code" and "pre" not in self.inside:
            self.say("`")
        elif tag in EMPHASIS:
            self.say(EMPHASIS[tag])
        elif tag in HEADINGS:
            self.say("**\n\n")
        elif tag == "a" and kind == "a" and self.links:
            self.leave_link(*self.links.pop())
        elif tag in {"ul", "ol"} and self.lists:
            self.lists.pop()
            self.say("\n" if self.lists else "\n\n")
        elif tag in {"td", "th"}:
            self.say("; ")
        elif tag == "blockquote" or tag in BLOCKS:
            self.say("\n\n")

    def enter_list(self, tag: str) -> None:
        """Begin a list (its counter is 0 for bullets) or one entry of it."""
        if tag == "li" and self.lists:
            depth = "  " * (len(self.lists) - 1)
            self.say(f"\n{depth}{f'{self.lists[-1]}.' if self.lists[-1] else '-'} ")
            self.lists[-1] += self.lists[-1] > 0
        elif tag != "li":
            self.say("" if self.lists else "\n\n")
            self.lists.append(1 if tag == "ol" else 0)

    def leave_link(self, address: str, start: int) -> None:
        """Write a link as Markdown, or bare where its text is its address."""
        shown = "".join(self.parts[start:]).strip()
        if not address.startswith(("http://", "https://")):
            return
        self.parts[start:] = [shown if address.rstrip("/") == shown.rstrip("/") else f"[{shown or address}]({address})"]

    def picture(self, given: dict[str, str], classes: frozenset[str]) -> None:
        """Leave a place for a picture's content, since a card can't show it; emoji and avatars say nothing."""
        if not classes & {"emoji", "avatar", "site-icon", "thumbnail"} and "quote" not in self.inside:
            self.say(f"<picture: say in words what {given.get('alt') or 'it'} shows>")

    def handle_data(self, data: str) -> None:
        """Take the text of an element."""
        inside = self.inside
        if "mention" in inside:
            self.mentions.append(data.strip().lstrip("@"))
        elif "quote" in inside:
            if data.strip() and "unspoken" not in inside:
                self.quotes.append(" ".join(data.split()))
        elif "unspoken" not in inside:
            self.say(data.replace("```", "'''") if inside & {"pre", "code"} else re.sub(r"\s+", " ", data))

    def say(self, text: str) -> None:
        """Add to the post's own text, unless a quote or the platform is speaking."""
        if not self.inside & {"quote", "unspoken"}:
            self.parts.append(text)


def markdown(html: str) -> tuple[str, list[str], list[str]]:
    """Return a post's own words as Markdown, the quotes dropped from it, and the names it mentions.

    >>> markdown('<aside class="quote"><p>Old.</p></aside><p>New <code>-100</code>.</p>')
    ('New `-100`.', ['Old.'], [])
    """
    parser = Cooked()
    parser.feed(html)
    parser.close()
    while parser.open:
        parser.leave(*parser.pop())
    return tidied("".join(parser.parts)), parser.quotes, parser.mentions


def tidied(text: str) -> str:
    """Remove the blanks and empty lines that HTML leaves behind, outside code."""
    lines: list[str] = []
    fenced = False
    for line in text.splitlines():
        if line.startswith("```"):
            while fenced and lines and not lines[-1]:
                lines.pop()
            fenced = not fenced
        bare = line.rstrip() if fenced or re.match(r"\s*(-|\d+\.) ", line) else line.strip()
        if bare or fenced or (lines and lines[-1]):
            lines.append(bare)
    return "\n".join(lines).strip()
