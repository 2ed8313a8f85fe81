"""The questions of one message, each with what the message says before it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.answering.follow_up import leaning, points_back
from bot.answering.message.wishes import topic_words
from knowledge.sentences import sentences
from knowledge.words import content_stems

# A message with more questions is not answered one by one.
MOST_QUESTIONS = 4
# A question with fewer words is a tag of what is said before it ("right?", "or not?").
LEAST_WORDS = 3
# A question that leans more than this on what is said before it is about the question before it.
LEANS_BACK = 0.3
# Of what is said before a question, so many of the last words are its setting.
SETTING_WORDS = 60

FENCED = re.compile(r"^[ \t]*```.*?(?:^[ \t]*```[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
# "1)", "(b)", "Q2:", "- ", "second question:".
COUNTER = (
    r"(?:\(?(?:\d|[a-e]|i{1,3})[.):](?=\s)|Q\s?\d?\s?[.):]"
    r"|(?:first|second|third)(?:ly)?(?: (?:question|one|thing))?[,:]|(?:one|two|three)[.:])"
)
LIST_MARK = re.compile(rf"^\s*(?:[-*•>]+\s+)?(?:{COUNTER}\s*)?", re.IGNORECASE)
INLINE_MARK = re.compile(r"(?<=[\s:;,.?!])(?=(?:\(?[1-4a-d][.)]|Q[1-4][.):])\s+\w)")
INLINE_FIRST = re.compile(r"(?:^|[\s:;,.?!])\(?[1a][.)]\s+\w|(?:^|\s)Q1[.):]", re.IGNORECASE)
ASKING_WORD = (
    r"(?:(?:in|on|at|from|to|for|with|by|of) (?=what|which|whom|how))?"
    r"(?:what|why|how|who|whose|whom|which|when|where)(?:['’]?(?:s|re|d|ll))?"
)
AUXILIARY = (
    r"(?:is|are|was|were|do|does|did|can|could|should|shall|will|would|has|have|had|must|may|might|am"
    r"|isn['’]?t|aren['’]?t|doesn['’]?t|don['’]?t|didn['’]?t|can['’]?t|won['’]?t|wouldn['’]?t|shouldn['’]?t)"
)
SUBJECT = (
    r"(?:it|i|we|you|they|he|she|this|that|these|those|the|a|an|there|my|our|its|their|one|any\w*|some\w*|each|every|all|both|people"
    r"|training|learning|fine-?tuning|pre-?training|[A-Z][\w-]+)"
)
# How a question begins that goes on from one before it ("..., and why does the curve begin near 11").
ASKS_ON = rf"(?:{ASKING_WORD}\b(?!\s+to\b)|(?:if (?:so|not|yes|no)\b,?\s*)?{AUXILIARY}\s+{SUBJECT}\b)"
GOES_ON = re.compile(
    rf"(?:[,;:–—&+-]\s*|\s)(?:(?:and|also|but|plus|so|then)\b,?\s*|&\s*)+(?={ASKS_ON})|[;,–—]\s+(?!(?:which|where|when|who|whose)\b)(?={ASKS_ON})",
    re.IGNORECASE,
)
FILLERS = r"^\W*(?:(?:so|and|also|but|ok(?:ay)?|hi|hey|hello|well|please|pls|now|then|or|plus|because|anyway|oh|second(?:ly)?|first)\b\W*)*"
# How a question begins that has no question mark.
ASKS = re.compile(
    rf"{FILLERS}(?:{ASKING_WORD}\s+(?!to\b)(?:{AUXILIARY}\b|many\b|much\b|long\b|often\b|come\b|kind\b|sort\b|(?!(?:surprises|puzzles|bothers|confuses|strikes|bugs)\b)\w+s\b)|{ASKING_WORD}['’]s\b"
    rf"|{AUXILIARY}\s+{SUBJECT}\b|explain\b|define\b|compare\b|(?:please )?(?:tell|show) (?:me|us)\b|difference between\b"
    r"|i(?:['’]?m| am)? (?:wonder\w*|(?:do(?:n['’]?t| not)|can(?:not|['’]?t)|still don['’]?t) (?:get|see|understand|know)"
    r"|(?:want|would like|['’]?d like|like) to (?:know|understand)|not sure) (?:why|what|how|whether|if|which|when|where|who)\b)",
    re.IGNORECASE,
)
# A topic may stand before the question: "BERT on own text: which classes do I use".
ASKS_LATER = re.compile(rf"{ASKS.pattern}|[?:,]\s+(?:and\s+)?{ASKS_ON}|\?$", re.IGNORECASE)
# "Or is it random?" is the other half of the question before it.
ALTERNATIVE = re.compile(r"^\W*or\b", re.IGNORECASE)
# What is said about the question, and asks nothing of the course.
TAG = re.compile(
    rf"{FILLERS}(?:"
    r"(?:(?:am i|is (?:that|this|it)|isn['’]?t (?:it|that)|are they|aren['’]?t they|does (?:that|this|it)|do i)\s*)?"
    r"(?:right|correct|wrong|so|true|or not|no|really|make sense|a mistake|understand(?: (?:it|this|that))? (?:right|correctly|wrong)"
    r"|missing (?:something|anything)|mistaken|huh|eh|ok(?:ay)?)(?: here| now| about (?:this|that|it))?"
    r"|what(?: am i| do i| did i| are we)? (?:miss(?:ing)?|(?:get|got) wrong|overlook(?:ing)?)(?: here)?"
    r"|(?:any|some) (?:ideas?|hints?|help|thoughts?|pointers?)"
    r"|(?:can|could) (?:someone|somebody|anyone|anybody|you) (?:please )?(?:help|explain|clarify|confirm)(?: (?:me|this|that|it|please))*"
    r"|how come|why(?: is (?:that|this|it)(?: so)?)?|how so"
    r"|what(?: is|['’]?s) (?:going on|wrong|happening|the (?:matter|catch|problem))(?: here)?|what now|what gives"
    r"|what do you think|thoughts|says who"
    r"|(?:can|doesn|isn|aren|don|didn|won|wouldn)['’]?t? (?:it|they|that|this)(?: be)?"
    r")\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Asked:
    """One question of a message: its own words, and what the message says before it that it may be read with."""

    own: str
    setting: str = ""
    before: str = ""

    @property
    def whole(self) -> str:
        """Return the question so that it can be read without its message."""
        return " ".join(filter(None, (self.setting, self.before, self.own)))


def questions_in(message: str) -> list[Asked]:
    """Return the questions of a message in their order, each with its setting, and with the question before it if it leans on that.

    >>> [each.own for each in questions_in("What does MLM hide, and why is it 15%? right?")]
    ['What does MLM hide', 'why is it 15%?']
    >>> questions_in("I use plain poems. 1) Is that supervised? 2) would masking help?")[1].whole
    'I use plain poems. Is that supervised? would masking help?'
    """
    asked: list[Asked] = []
    setting: list[str] = []
    follows = False
    for part in parts_of(message):
        if not is_question(part):
            setting.append(part)
            follows = False
        elif follows and ALTERNATIVE.match(part):
            asked[-1] = replace(asked[-1], own=f"{asked[-1].own} {part}")
        elif not is_tag(part):
            follows = True
            last = asked[-1].own if asked and leans_back(part) else ""
            asked.append(Asked(part, " ".join(" ".join(setting).split()[-SETTING_WORDS:]), last))
    return asked


def leans_back(question: str) -> bool:
    """Return whether a question means little without the one before it; "what is tokenization?" is clear by itself."""
    return leaning(question) > LEANS_BACK and (points_back(question) or not topic_words(question))


def parts_of(message: str) -> list[str]:
    """Cut a message's prose into its statements and its questions, without the marks of a list."""
    prose = FENCED.sub("\n", message)
    if INLINE_FIRST.search(prose):
        prose = INLINE_MARK.sub("\n", prose)
    parts = [LIST_MARK.sub("", sentence).strip() for sentence in sentences(prose)]
    return [each for part in parts if part for each in (cut_on(part) if is_question(part) else [part])]


def cut_on(question: str) -> list[str]:
    """Cut a sentence that asks two things where the second begins, if each has words of its own.

    >>> cut_on("what is masked LM and what is causal LM")
    ['what is masked LM', 'what is causal LM']
    """
    parts, start = [], 0
    for cut in GOES_ON.finditer(question):
        before = question[start : cut.start()].strip(" ,;:&")
        # "If I correct it, does it learn?" asks one thing.
        if content_stems(before) and content_stems(question[cut.end() :]) and ASKS_LATER.search(before):
            parts.append(before)
            start = cut.end()
    return [*parts, question[start:].strip(" ,;:&")]


def is_question(part: str) -> bool:
    """Return whether a sentence asks something, with or without a question mark."""
    return part.rstrip("\"'”’)*_ ").endswith(("?", "？")) or bool(ASKS.match(part))


def is_tag(part: str) -> bool:
    """Return whether a question only asks about what is said before it whether that is so, or for help."""
    return not content_stems(part) or bool(TAG.match(part)) or (len(part.split()) < LEAST_WORDS and not topic_words(part))
