"""Small talk and its replies: thanks, reactions, greetings, a bare link, confusion about nothing named, talk about the assistant itself."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.door.talk.about_itself import ASKED
from bot.door.talk.talk_phrases import ASKS, GLUE, PHRASES, TELLS, NoQuestion
from knowledge.reading.course import Course
from knowledge.words import any_of, words

# What people tell each other (a reason for thanks, a plan, a goodbye) may be this long, as long as nothing in it asks.
MOST_WORDS = 40
# Mentions and emoji in a platform's own spelling, and smileys of letters.
MARKS = re.compile(
    r"<a?:\w+:\d+>|<[@#][!&]?\d+>|(?<![\w.])@[\w.-]+|(?<!\S):[a-z_+0-9]+:|<3|(?<!\w)[:;=8]'?-?[)(dpo/|]+(?!\w)", re.IGNORECASE
)
# Which words slips of the finger are mended to.
MEANT = """thanks thank understand understood makes sense great awesome explanation appreciate perfect clear helped working solved
    goodnight morning amazing interesting sorry finally exactly agree hello brilliant bumping nevermind cool nice""".split()
# Phrases of these kinds may end with a question mark.
MAY_ASK = frozenset({NoQuestion.HELLO, NoQuestion.WAITING, NoQuestion.BYE})
AROUND = any_of(
    r"(?:[\W_]|\b(?:so|and|but|very|really|guys|all|everyone|folks|mate|man|bro|dude|again|now|then|please|pls|btw|wait"
    r"|serious(?:ly)? question|quick question|question|tbh|tho|though|lol|just curious|curious"
    r"|haha|hi|hey|hello|yo|bot|askwell|thanks|thx|ok(?:ay)?|oh|ah|hm+|wow|cool|nice|great|lmao|out of curiosity|even|exactly|actually"
    r"|anyway|good (?:bot|morning|evening)|sorry)\b)*"
)
SAID = {
    NoQuestion.THANKS: "You're welcome. If something stays unclear, ask on.",
    NoQuestion.REACTION: "Good to hear from you. If a question comes up, ask me here.",
    NoQuestion.CLOSED: "Glad that it's settled. If it comes up again, ask on.",
    NoQuestion.WAITING: "I'm here. Tell me the question in a sentence, and I'll look for a mentor's explanation.",
    NoQuestion.NEWCOMER: "Welcome! Ask me anything about the course; my answers come from explanations that its mentors wrote.",
    NoQuestion.LINK: "I can't open links. Tell me in a sentence what you would like to know about it.",
    NoQuestion.SORRY: "No problem at all. If a question about the course comes up, ask me here.",
    NoQuestion.COMPLAINT: "Sorry that I wasn't of more help. Tell me in a sentence what is still open, or ask for a mentor.",
    NoQuestion.PRAISE: "Thank you, that's kind. The explanations are the mentors' own. If something stays unclear, ask on.",
    NoQuestion.BYE: "See you! If a question about the course comes up, ask me here.",
    NoQuestion.HELLO: "Hello! If you have a question about the course, ask me here.",
    NoQuestion.TOLD: "Thanks for telling. If a question about the course comes up, ask me here.",
    NoQuestion.ITSELF: (
        "I'm Askwell, the course's assistant, a program. My answers come from explanations that the course's mentors wrote, and each names "
        "the cards that it's from. What no card settles goes to a mentor."
    ),
    NoQuestion.MISTAKES: (
        "I can be wrong: I may pick the wrong explanation, or miss what you meant. The explanations themselves were written by the "
        "course's mentors, and each answer names its cards and sources. If one looks wrong, ask for a mentor."
    ),
    NoQuestion.PRIVACY: (
        "I keep what you write to me, my answers and your account's number, not your name: for a year, unless the course set another time. "
        "Mentors see your questions. To be forgotten, tell a mentor or whoever runs the server: they remove your questions and the answers "
        "to them."
    ),
    NoQuestion.REPEATING: (
        "Sorry. I choose among explanations that mentors wrote, and the same one came out nearest again. Tell me which part is unclear, "
        "or ask for a mentor."
    ),
}
WELCOME_BACK = SAID[NoQuestion.THANKS]
WHAT_I_DO = "I answer questions about this course out of what its mentors wrote{about}. What would you like to know?"
GREETING = frozenset(
    """hi hello hey yo good morning evening afternoon day hola hallo bonjour привет 你好 there all everyone anyone anybody
    somebody someone help please bot askwell test testing ping you are here i have i've got a an quick question can explain me need some
    what who do""".split()
)

CONFUSED = frozenset(
    """i don't dont do not understand this that it makes make no sense i'm im am so lost huh what does doesn't work mean confused still
    get can could you explain again please follow didn't really at all anything about the lecture ask something why how sorry but me help
    any today now right just totally completely utterly feel feeling overwhelmed stuck bit little""".split()
)
COURSE = frozenset("course class module topic topics subject subjects".split())
ABOUT = COURSE | frozenset(
    """what what's whats which is are this the our your about does do it cover covers
    covered in of tell me can you please hi hello hey so exactly all""".split()
)
WHICH_ONE = "Which idea is it about{ideas}? Or say in a few words what is unclear."


def small_talk(text: str, course: Course, *, first: bool) -> str | None:
    """Return the reply to a message that asks nothing of the subject, else None; `first` is true for a conversation's first message.

    >>> small_talk("thanks, got it!", Course(), first=False) == WELCOME_BACK
    True
    >>> small_talk("what is this course about?", Course(about="bread"), first=False)
    'I answer questions about this course out of what its mentors wrote: bread. What would you like to know?'
    """
    kind = no_question(text)
    if kind is not None and not (first and kind is NoQuestion.HELLO):
        return SAID[kind]
    said = set(words(text))
    asks_about = said <= ABOUT and said & COURSE and said & {"about", "cover", "covers", "covered"}
    if asks_about or kind is NoQuestion.HELLO or (first and said <= GREETING):
        return WHAT_I_DO.format(about=f": {course.about}" if course.about else "")
    if first and said <= CONFUSED:
        return WHICH_ONE.format(ideas=f": {either(f'**{idea.name}**' for idea in course.ideas)}" if course.ideas else "")
    return None


def no_question(text: str) -> NoQuestion | None:
    """Return what a message is that asks nothing of the subject, or None if it may ask something.

    >>> no_question("thank u so much, finally got it"), no_question("👍"), no_question("same problem here")
    (<NoQuestion.THANKS: 'thanks'>, <NoQuestion.REACTION: 'reaction'>, <NoQuestion.REACTION: 'reaction'>)
    >>> no_question("thanks, but why is it not supervised?") is None
    True
    """
    plain = MARKS.sub(" ", mended(text.strip().translate({0x2019: "'"}).lower()))
    if not re.search(r"\w", plain):
        # Emoji, mentions, exclamation marks: nothing in words.
        bare = NoQuestion.WAITING if "@" in text else NoQuestion.REACTION
        return bare if text.strip() and "?" not in text else None
    spoken = re.sub(r"[^\w\s'+^?/.,!:;&=%#~-]", " , ", plain).strip(" ,")
    if len(spoken.split()) > MOST_WORDS:
        return None
    for kind, pattern in ASKED.items():
        if re.fullmatch(rf"(?:{AROUND.pattern})(?:{pattern.pattern})(?:{AROUND.pattern})", spoken):
            return kind
    kinds, rest = without_phrases(spoken)
    if ASKS.search(rest if "?" not in rest or not kinds or not kinds <= MAY_ASK else rest.replace("?", "")):
        return None
    if kinds and set(re.findall(r"[^\W\d_]+(?:'\w+)?", rest)) <= GLUE:
        return next(kind for kind in NoQuestion if kind in kinds)
    return NoQuestion.TOLD if TELLS.search(spoken) else None


def mended(text: str) -> str:
    """Return a lower-cased message with slips of the finger in the commonest words of small talk mended.

    >>> mended("thnaks, it maks sense nooow")
    'thanks, it maks sense now'
    """
    meant = {(word[0], frozenset(word)): word for word in MEANT}
    single = re.sub(r"(?!\bwww)([a-z])\1{2,}", r"\1", text)
    return re.sub(r"[a-z]{3,}", lambda found: meant.get((found[0][0], frozenset(found[0])), found[0]), single)


def without_phrases(text: str) -> tuple[set[NoQuestion], str]:
    """Return the kinds of the phrases of small talk in a message, and the message without them.

    >>> without_phrases("ok, makes sense now, which rank")[1].strip(" ,")
    'now, which rank'
    """
    kinds = set()
    for kind, pattern in PHRASES.items():
        text, count = pattern.subn(",", text)
        if count:
            kinds.add(kind)
    return kinds, text


def either(names: Iterable[str]) -> str:
    """Join names to choose from.

    >>> either(["rye", "spelt", "wheat"])
    'rye, spelt or wheat'
    """
    all_names = list(names)
    return " or ".join([", ".join(all_names[:-1]), all_names[-1]] if len(all_names) > 1 else all_names)
