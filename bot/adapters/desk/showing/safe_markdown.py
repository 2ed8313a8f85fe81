"""Markdown of learners, mentors and models as HTML that can do nothing."""

from __future__ import annotations

from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

TAGS = {
    "p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "span", "h2", "h3", "h4", "h5", "h6",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
SPOILER = "||"
# A heading of a text is below those of the page that shows it.
HEADING_DOWN = 2
DEEPEST_HEADING = 6

# HTML in a text is shown as text.
MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])


def html_of(text: str, down: int = HEADING_DOWN) -> Markup:
    """Return a text as HTML, its headings so many levels down: links leave no trace, pictures and scripts are left out, spoilers marked."""
    tokens = MARKDOWN.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + down, DEEPEST_HEADING)}"
        if token.type == "inline" and token.children:
            token.children = with_spoilers(token.children)
    html = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href"}, "span": {"class"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        # Code that is wider than its place can be scrolled by keys.
        set_tag_attribute_values={"pre": {"tabindex": "0"}},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(clean)


def with_spoilers(children: Sequence[Token]) -> list[Token]:
    """Mark what is between two pairs of bars, if all of them are closed within the paragraph."""
    bars = sum(child.content.count(SPOILER) for child in children if child.type == "text")
    if bars == 0 or bars % 2:
        return list(children)
    found: list[Token] = []
    is_open = False
    for child in children:
        if child.type != "text" or SPOILER not in child.content:
            found.append(child)
            continue
        for number, piece in enumerate(child.content.split(SPOILER)):
            if number:
                is_open = not is_open
                found.append(Token("html_inline", "", 0, content='<span class="spoiler">' if is_open else "</span>"))
            if piece:
                found.append(Token("text", "", 0, content=piece))
    return found
