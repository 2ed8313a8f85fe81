"""The posts of a thread, split into questions and their answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile

from knowledge.importing.posts import Post, pieces
from knowledge.sentences import sentences

# How learners speak of what they don't know, whether or not they type a question mark.
LEARNER_VOICE = re.compile(
    r"\bi (?:really |just )?(?:don'?t|do not|can'?t|cannot|didn'?t) (?:quite |really )?(?:get|understand|see|follow|know)\b"
    r"|\bi(?:'m| am) (?:\w+ )?(?:confused|lost|stuck|unsure|not sure|not convinced)\b"
    r"|\bas (?:far as )?i (?:understand|understood|remember|know)\b|\bif i (?:understand|understood|got|get|remember)\b|\bi still\b"
    r"|\bi(?:'m| am| was)? wonder(?:ing)?\b|\bi mean\b|\bi thought\b"
    r"|\bmy question\b|\bexplain (?:me|to me|please)\b|\b(?:can|could|would) (?:you|someone|anyone|anybody|somebody)\b|\bhelp me\b"
    r"|\bnot convinced\b|\bi disagree\b|\bfill in the blank",
    re.I,
)
# Where a pasted quiz wants a word.
GAP = re.compile(r"_{4,}|\[blank\]", re.I)
# How learners say what they believe; what they say so may be a misconception.
BELIEF = re.compile(
    r"\bi (?:still |really |also )?(?:think|believe|thought)\b|\bas (?:far as )?i (?:understand|understood|remember|know)\b"
    r"|\bif i (?:understand|understood|got|get)\b|^so,? (?:both|they|it|that)\b|\bi mean\b|^the only difference is\b",
    re.I,
)
# A question this short, with more text after it, is a writer's device ("Why? Because ...").
DEVICE_WORDS = 2
# A learner who posts again within so many posts goes on with what they asked.
POSTS_TO_COME_BACK = 20


@dataclass
class Exchange:
    """One question, in one post or several of its asker, and what was said to it."""

    number: int
    asked: list[Post] = field(default_factory=list)
    answers: list[Post] = field(default_factory=list)
    follows: int | None = None

    @property
    def question(self) -> str:
        """Return what was asked, in full."""
        return "\n\n".join(post.text for post in self.asked)

    @property
    def answer(self) -> str:
        """Return what was answered, in full."""
        return "\n\n".join(post.text for post in self.answers)


def exchanges_of(posts: Sequence[Post]) -> list[Exchange]:
    """Split a thread; each post ends up in one exchange."""
    found: list[Exchange] = []
    place: dict[int, Exchange] = {}
    for post in posts:
        own = newest_of(post, found)
        target = place.get(post.reply_to or 0) or addressed(post, found) or meant(post, own, found)
        if target is None:
            target = begin(found, post, None)
        elif post.author is None:
            target = without_author(post, target, found)
        elif post.author == target.asked[0].author and not target.answers:
            target.asked.append(post)
        elif not post.mentor and asks(post.text):
            before = target if post.reply_to in place else own
            target = begin(found, post, before.number if before else None)
        else:
            target.answers.append(post)
        place[post.number] = target
    return found


def begin(found: list[Exchange], post: Post, follows: int | None) -> Exchange:
    """Open an exchange with a post that asks."""
    found.append(Exchange(len(found) + 1, [post], follows=follows))
    return found[-1]


def meant(post: Post, own: Exchange | None, found: Sequence[Exchange]) -> Exchange | None:
    """Return the exchange that a post without a reply or mention is about: a learner's own, and what was asked last for a mentor."""
    newest = found[-1] if found else None
    return newest if post.mentor else own or newest


def newest_of(post: Post, found: Sequence[Exchange]) -> Exchange | None:
    """Return the newest exchange that a post's author began, unless it's long ago by now."""
    if post.author is None:
        return None
    near = takewhile(lambda each: post.number - each.asked[0].number <= POSTS_TO_COME_BACK, reversed(found))
    return next((each for each in near if each.asked[0].author == post.author), None)


def addressed(post: Post, found: Sequence[Exchange]) -> Exchange | None:
    """Return the newest exchange whose asker a post mentions."""
    return next((each for each in islice(reversed(found), POSTS_TO_COME_BACK) if each.asked[0].author in post.addressed), None)


def without_author(post: Post, target: Exchange, found: list[Exchange]) -> Exchange:
    """Place a post without an author, by whether it speaks as a learner."""
    goes_on = not target.answers and bool(re.match(r"(?:and|or|but|so|also|because)\b", post.text))
    if goes_on or (asks(post.text, strict=True) and not target.answers):
        target.asked.append(post)
        return target
    if asks(post.text, strict=True):
        return begin(found, post, target.number)
    target.answers.append(post)
    return target


def asks(text: str, *, strict: bool = False) -> bool:
    """Return whether a post asks or doubts; `strict` wants more than one question among statements, since who speaks is unknown."""
    all_sentences = spoken(text)
    questions = [each for each in all_sentences if is_question(each)]
    if LEARNER_VOICE.search(" ".join(all_sentences)) or GAP.search(text):
        return True
    if not strict:
        return bool(questions)
    weighty = [each for each in questions if len(each.split()) > DEVICE_WORDS or each == all_sentences[-1]]
    return bool(weighty) and (weighty[-1] == all_sentences[-1] or len(weighty) * 2 >= len(all_sentences))


def spoken(text: str) -> list[str]:
    """Return the sentences of a text without its code blocks and list marks.

    >>> spoken("Why? It shifts.\\n```text\\na?\\n```\\n- One more")
    ['Why?', 'It shifts.', 'One more']
    """
    lines = [re.sub(r"^\s*(?:[-*]|\d+\.)\s+", "", piece) for code, piece in pieces(text) if not code]
    return [sentence for line in lines for sentence in sentences(line)]


def is_question(sentence: str) -> bool:
    """Return whether a sentence ends as a question does."""
    return sentence.rstrip(" \"')*_").endswith("?")
