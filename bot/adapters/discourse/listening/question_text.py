"""The question in a post: the title with the first post, the writer's own words, and what they refer to."""

from __future__ import annotations

from dataclasses import dataclass

from bot.adapters.discourse.api.topics import WHISPER, ForumPost, ForumTopic
from bot.adapters.discourse.listening.own_words import own_words, without_name

# A mention with fewer words than this points at something: the post it replies to, what it quotes, or the topic's beginning.
FEWEST_WORDS = 4


@dataclass(frozen=True)
class AskedText:
    """What is asked, and what the writer said or quoted before it, oldest first."""

    text: str
    earlier: tuple[str, ...] = ()


def question_of(topic: ForumTopic, post: ForumPost, username: str) -> AskedText:
    """Return the question in a post, read in its topic."""
    said = own_words(post.raw or "")
    text = without_name(said.text, username)
    if post.post_number == 1:
        # People often go on below their own question before anybody has answered.
        added = [each for each in topic.posts if each.post_number > 1 and each.author == post.author and is_readable(each)]
        below = [without_name(own_words(each.raw or "").text, username) for each in added if before_any_answer(topic, each)]
        return AskedText("\n\n".join(filter(None, [titled(topic.title, text), *below])))
    pointed = pointed_at(topic, post, username)
    if len(text.split()) < FEWEST_WORDS and pointed:
        return AskedText(f"{pointed}\n\n{text}".strip())
    own = [each for each in topic.posts if each.author == post.author and each.post_number < post.post_number and is_readable(each)]
    earlier = [whole(topic, each, username) for each in own]
    quoted = [quote.text for quote in said.quotes if quote.name.lower() != username.lower()]
    return AskedText(text, tuple(filter(None, [*earlier, *quoted])))


def before_any_answer(topic: ForumTopic, post: ForumPost) -> bool:
    """Return whether nobody but the same person has written before a post."""
    return all(each.author == post.author for each in topic.posts if each.post_number < post.post_number and each.is_by_a_person)


def pointed_at(topic: ForumTopic, post: ForumPost, username: str) -> str:
    """Return what a post without a question of its own points at."""
    quotes = own_words(post.raw or "").quotes
    if quotes:
        return quotes[-1].text
    there = topic.numbered(post.reply_to_post_number) or topic.numbered(1)
    return whole(topic, there, username) if there is not None and is_readable(there) and not there.is_of(username) else ""


def is_readable(post: ForumPost) -> bool:
    """Return whether all who read the topic read a post: a whisper of the staff must not come into a question that is quoted in public."""
    return post.post_type != WHISPER and not post.is_gone


def whole(topic: ForumTopic, post: ForumPost, username: str) -> str:
    """Return a post's own words; those of the first one under the topic's title."""
    text = without_name(own_words(post.raw or "").text, username)
    return titled(topic.title, text) if post.post_number == 1 else text


def titled(title: str, text: str) -> str:
    """Return a first post with its title, unless it begins with the same words.

    >>> titled("Is MLM supervised?", "Is MLM supervised? I wonder.")
    'Is MLM supervised? I wonder.'
    """
    if " ".join(text.lower().split()).startswith(" ".join(title.lower().split()).rstrip("?.! …")):
        return text
    return f"{title}\n\n{text}".strip()
