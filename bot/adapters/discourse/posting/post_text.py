"""The text of an answer as a post: its state first, the asker's words quoted, and below it the cards, the sources and how it was found."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.values import Answer, Composer, State, Status
from knowledge.short_line import short_line

# An answer with more words than this begins with its first paragraphs; the rest unfolds.
SHOWN_WORDS = 220
MAX_QUOTED = 300
# Source: Discourse's site setting max_post_length, 32,000 by default.
MAX_CHARS = 30_000

DRAFT_WORDS = {
    Composer.CURATED: "**Draft**: put together from the mentors' cards, not yet seen by a mentor",
    Composer.MODEL: "**Draft**: worded by a language model from the mentors' cards, not yet seen by a mentor",
    Composer.MENTOR: "**Written by a mentor**",
}
STATE_WORDS = {
    State.CONFIRMED: "**Confirmed**: a mentor has read this answer and stands behind it",
    State.CORRECTED: "**Corrected**: a mentor has changed this answer",
    State.WITHDRAWN: "**Withdrawn**: a mentor has withdrawn this answer, please do not rely on it",
}
WAITS = "**Not settled yet**: a mentor has been asked"
ASKS_BACK = "**One question first**"
HINT = "Helped? Like this post. Not quite? Say so in a reply, or ask for a mentor there."
# More sources than this unfold.
SHOWN_SOURCES = 3
EDIT_REASONS = {
    State.DRAFT: "worded for this question",
    State.CONFIRMED: "confirmed by a mentor",
    State.CORRECTED: "corrected by a mentor",
    State.WITHDRAWN: "withdrawn by a mentor",
}
CODE = re.compile(r"^[ \t]*```[^\n]*\n.*?^[ \t]*```|^[ \t]*```.*\Z|`[^`\n]+`", re.DOTALL | re.MULTILINE)
SPOILER = re.compile(r"\|\|(?P<text>(?!\|).+?)\|\|", re.DOTALL)
# Everything that Discourse may take for a person or a group.
PING = re.compile(r"(?<![\w.])@(?=\w)")
# LaTeX's own brackets; Discourse's math takes dollars alone.
INLINE_MATH, DISPLAY_MATH = re.compile(r"\\\((.+?)\\\)"), re.compile(r"\\\[(.+?)\\\]", re.DOTALL)
TAG = re.compile(r"\[(?=/?(?:quote|details|spoiler|poll|event|wrap|date)\b)", re.I)
MARK = re.compile(r"\n*<!-- askwell (?P<key>\w+) (?P<digest>[0-9a-f]{12}) -->\s*\Z")


@dataclass(frozen=True)
class Asked:
    """Whose words an answer answers, and where they are."""

    username: str
    post_number: int
    topic_id: int
    text: str


def post_text(
    answer: Answer, sources: Sequence[str], *, key: str, asked: Asked | None = None, how: str = "", note: str = "", lead: str = ""
) -> str:
    """Render an answer as a post; `note` is what a mentor changed, `lead` a sentence to the asker."""
    shown, rest = folded(body(answer.answer))
    answered_below = bool(note) and answer.status is not Status.ANSWERED
    parts = [
        f"**Answered**: {body(note)}" if answered_below else state_line(answer),
        lead,
        quoted(asked) if asked is not None else "",
        "" if answered_below else noted(note),
        shown,
        details("The rest of the explanation", rest),
        footnotes(answer, sources),
        details("How was this answered?", f"```text\n{how.replace('```', chr(39) * 3)}\n```") if how else "",
    ]
    return marked("\n\n".join(part for part in parts if part), key)


def notice_text(note: str, link: str, key: str) -> str:
    """Render a sentence to the asker, who is told of it because it's a reply to their post."""
    return marked("\n\n".join(part for part in (body(note), f"[The answer]({link})" if link else "") if part), key)


def state_line(answer: Answer) -> str:
    """Return the words for an answer's state.

    No post of ours begins with a quote: Discourse takes one of the whole post before out again (its setting remove_full_quote).
    """
    if answer.state is State.DRAFT and answer.status is not Status.ANSWERED:
        return ASKS_BACK if answer.status is Status.ASKED_BACK else WAITS
    return STATE_WORDS.get(answer.state, DRAFT_WORDS[answer.composer])


def edit_reason(answer: Answer) -> str:
    """Return the reason that the post's history shows."""
    return EDIT_REASONS[answer.state] if answer.status is Status.ANSWERED else "a mentor has answered below"


def quoted(asked: Asked) -> str:
    """Return the asker's words as Discourse quotes them, with a link to their post."""
    words = harmless(short_line(CODE.sub(lambda found: " ".join(found.group().replace("```", "`").split()), asked.text), MAX_QUOTED))
    return f'[quote="{asked.username}, post:{asked.post_number}, topic:{asked.topic_id}"]\n{words}\n[/quote]' if words else ""


def noted(note: str) -> str:
    """Return what a mentor changed, a line each."""
    return "\n".join(f"> {outside_code(line, harmless)}" for line in note.splitlines() if line.strip())


def body(text: str) -> str:
    """Return an answer's text in Discourse's Markdown: spoilers and mathematics in its notation, and nobody pinged."""
    return outside_code(text.strip(), lambda plain: spoilers(mathematics(harmless(plain))))


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """Change a text outside of its code."""
    code: list[str] = []

    def mark(found: re.Match[str]) -> str:
        code.append(found.group())
        return f"\x00{len(code) - 1}\x00"

    return re.sub(r"\x00(\d+)\x00", lambda found: code[int(found[1])], change(CODE.sub(mark, text.replace("\x00", ""))))


def harmless(text: str) -> str:
    r"""Break what would ping somebody, and tags that would fold or quote.

    >>> harmless("@ada and [quote]me@example.org[/quote]")
    '@\u200bada and [\u200bquote]me@example.org[\u200b/quote]'
    """
    return TAG.sub("[\u200b", PING.sub("@\u200b", text))


def spoilers(text: str) -> str:
    """Hide what a card hides.

    >>> spoilers("||no||")
    '[spoiler]no[/spoiler]'
    """

    def hidden(found: re.Match[str]) -> str:
        inside = found["text"].strip()
        # Only on lines of its own may it hold paragraphs or code.
        alone = "\n" in inside or "\x00" in inside
        return f"[spoiler]\n{inside}\n[/spoiler]" if alone else f"[spoiler]{inside}[/spoiler]"

    return SPOILER.sub(hidden, text)


def mathematics(text: str) -> str:
    r"""Put LaTeX between dollars, as Discourse's math reads it.

    >>> mathematics(r"\(p_i\) sums to 1")
    '$p_i$ sums to 1'
    """
    return DISPLAY_MATH.sub(lambda found: f"\n$$\n{found[1].strip()}\n$$\n", INLINE_MATH.sub(lambda found: f"${found[1].strip()}$", text))


def folded(text: str) -> tuple[str, str]:
    """Return an answer's first paragraphs, and the rest if it's long; code and spoilers are never cut."""
    blocks = paragraphs(text)
    count, kept = 0, 0
    for block in blocks:
        words = len(block.split())
        if kept and count + words > SHOWN_WORDS:
            break
        count, kept = count + words, kept + 1
    return "\n\n".join(blocks[:kept]), "\n\n".join(blocks[kept:])


def paragraphs(text: str) -> list[str]:
    """Return a text's paragraphs; a code block and a spoiler are each in one."""
    found: list[str] = []
    inside = False
    for part in re.split(r"\n[ \t]*\n", text):
        if inside:
            found[-1] += f"\n\n{part}"
        else:
            found.append(part)
        fences = len(re.findall(r"^[ \t]*```", found[-1], re.MULTILINE))
        inside = fences % 2 == 1 or found[-1].count("[spoiler]") > found[-1].count("[/spoiler]")
    return [part.strip("\n") for part in found if part.strip()]


def details(title: str, text: str) -> str:
    """Return a text that unfolds under a title."""
    return f'[details="{title}"]\n{text}\n[/details]' if text.strip() else ""


def footnotes(answer: Answer, sources: Sequence[str]) -> str:
    """Return the cited cards, the sources and what a learner can say in small print; the numbers are those that a model's text cites."""
    if answer.status is not Status.ANSWERED:
        return ""
    titles = {card.slug: card.title for card in answer.cards}
    cards = [f"<sup>{number}</sup> {titles.get(slug, slug)}" for number, slug in enumerate(answer.cited, start=1)]
    links = [source.replace("(<", "(").replace(">)", ")") for source in sources]
    lines = [f"Cards: {' · '.join(cards)}"] if cards else []
    lines += [f"Source: {link}" for link in links] if len(links) <= SHOWN_SOURCES else []
    lines += [HINT] if answer.state is not State.WITHDRAWN else []
    small = "\n".join(f"<small>{' '.join(harmless(line).split())}</small>" for line in lines)
    many = details("Sources", "\n".join(f"- {' '.join(harmless(link).split())}" for link in links)) if len(links) > SHOWN_SOURCES else ""
    return "\n\n".join(part for part in (f"---\n{small}" if small else "", many) if part)


def marked(text: str, key: str) -> str:
    """Return a post with the mark by which we find it again; readers don't see it."""
    kept = text if len(text) <= MAX_CHARS else f"{text[:MAX_CHARS].rsplit(' ', 1)[0]} …"
    return f"{kept}\n\n<!-- askwell {key} {digest(kept)} -->"


def digest(text: str) -> str:
    """Return a short hash of a post's text, that doesn't change with the blanks that Discourse removes."""
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def key_of(raw: str) -> str | None:
    """Return the key of a post of ours, None if it has none."""
    found = MARK.search(raw)
    return None if found is None else found["key"]


def was_edited(raw: str) -> bool:
    """Return whether a person has changed a post since we wrote it."""
    found = MARK.search(raw)
    return found is None or found["digest"] != digest(raw[: found.start()])


def with_state(raw: str, line: str) -> str:
    """Return a post that a person has changed with another first line; the rest is theirs."""
    first, _, rest = raw.partition("\n")
    known = {*STATE_WORDS.values(), *DRAFT_WORDS.values(), WAITS, ASKS_BACK}
    return f"{line}\n{rest}" if first.strip() in known else f"{line}\n\n{raw}"
