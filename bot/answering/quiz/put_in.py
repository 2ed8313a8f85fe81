"""A quiz's question with an option put into it: a statement that is so or not so."""

from __future__ import annotations

import re

from knowledge.sentences import sentences
from knowledge.words import any_of

# A quiz that asks for the option that is not so; without these words its question is that of the others.
TURNED = any_of(
    r"\bNOT\b",
    r"\b(?:do|does|is|are|did|can|need|was|were)(?:n['’]t| not)\b(?= |\?)",
    r"\bexcept(?: for)?\b|\bincorrect\b|\b(?:false|wrong|untrue)\b|\bleast\b",
)
BLANK = re.compile(r"_{2,}|\.{3,}|…")
OF_THESE = r"(?:\s+of\s+(?:these|those|them|the\s+(?:following|options|above|statements)|the\s+following\s+\w+))?"
CLAIM = r"(?:\s+(?:statements?|options?|sentences?|claims?|answers?))?"
BEFORE = r"(?P<before>^|.*[,:]\s*)"
# "Which statement about X is true?": the option is the whole statement, and X is what its "it" means.
WHOLE = re.compile(
    rf"^(?:which|what)(?:\s+one)?{CLAIM}{OF_THESE}{CLAIM}(?:\s+(?:about|on|of)\s+(?P<topic>.+?))?\s+(?:is|are|holds?)"
    r"\s*(?:the\s+)?(?:most\s+)?(?:true|correct|right|accurate|so)?(?:\s+(?:for|of|about)\s+(?P<of>.+?))?\W*$",
    re.IGNORECASE,
)
PRONOUN = re.compile(r"^(?:it|they|this|these)\b", re.IGNORECASE)
# "Which of these needs labels?", "In active learning, who gives the labels?": the option is the subject. "Which task suits BERT?": of two
# words the second is the verb.
SUBJECT = re.compile(
    rf"{BEFORE}(?:(?:which|what)(?:\s+one)?(?:\s+[\w-]+(?=\s+(?:(?:is|are|was|were|can|will|has|have|should|must)|[\w-]+s)\b))?{OF_THESE}"
    r"|who(?:\s+or\s+what)?|(?:every\s+one|all|each)\s+of\s+(?:these|the\s+following))"
    r"\s+(?P<rest>(?!(?:do|does|did)\s+(?!not\b))[a-z].*)$",
    re.IGNORECASE,
)
# "What does LoRA train?", "Where do the labels come from?": the option is what is asked for, and stands last.
OBJECT = re.compile(
    rf"{BEFORE}(?:(?:for|on|from|to|with)\s+)?(?:which|what|whom|where|when|why|how)(?:\s+[\w-]+){{0,2}}?\s+(?:does|do|did)\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
# "What is the target of an autoencoder?": the option says what it is.
NAMES = re.compile(rf"{BEFORE}(?:what|who|where)\s+(?P<verb>is|are|was|were)\s+(?P<rest>.+)$", re.IGNORECASE)
# "Which objective was T5 pretrained with?", "What is this called?"
PASSIVE = re.compile(
    rf"{BEFORE}(?:which|what|whom?)(?:\s+[\w-]+){{0,2}}?\s+(?P<verb>is|are|was|were)\s+(?P<subject>.+?)"
    r"\s+(?P<rest>called|named|\w+(?:ed|en|t|wn|de)\s+(?:on|with|by|from|for|to|in|as))$",
    re.IGNORECASE,
)
HAPPENS = re.compile(rf"{BEFORE}what\s+(?:happens|happened)\s+(?:to|with)\s+(?P<rest>.+)$", re.IGNORECASE)


def straight(question: str) -> str:
    """Return the question of a quiz that asks for the option that is not so, as if it asked for those that are.

    >>> straight("Which of these does NOT need salt?")
    'Which of these does need salt?'
    """
    plain = re.sub(r"n['’]t\b|\s+not\b", "", question, flags=re.IGNORECASE)
    plain = re.sub(r"\b(?:except(?: for)?|least)\b", "", plain, flags=re.IGNORECASE)
    return joined(re.sub(r"\b(?:incorrect|false|wrong|untrue)\b", "true", plain, flags=re.IGNORECASE))


def put_in(question: str, option: str) -> str:
    """Return the statement that a question makes with an option.

    >>> put_in("Which of these needs salt?", "Bread")
    'Bread needs salt'
    >>> put_in("What does yeast eat?", "Sugar")
    'yeast eat Sugar'
    >>> put_in("Which statement about yeast is true?", "It is alive")
    'yeast is alive'
    """
    option = option.strip().rstrip(".")
    said = sentences(question) or [question]
    before, asked = " ".join(said[:-1]), said[-1]
    if BLANK.search(asked):
        return joined(before, BLANK.sub(f" {option} ", asked, count=1))
    return joined(before, in_one(asked.strip().rstrip(" ?:"), option))


def in_one(asked: str, option: str) -> str:
    """Return one question with an option in it."""
    whole = WHOLE.match(asked)
    if whole is not None:
        return with_subject(option, whole["topic"] or whole["of"] or "")
    happens = HAPPENS.match(asked)
    if happens is not None:
        place = re.match(r"(.+?)(\s+(?:in|during|while|when|after|at)\s.+)?$", happens["rest"])
        subject, when = (place[1], place[2] or "") if place else (happens["rest"], "")
        return joined(happens["before"], with_subject(option, subject), when)
    passive = PASSIVE.match(asked)
    if passive is not None:
        return joined(passive["before"], passive["subject"], passive["verb"], passive["rest"], option)
    names = NAMES.match(asked)
    if names is not None and not re.match(r"(?:true|correct|right|needed|called)\b", names["rest"]):
        return joined(names["before"], names["rest"], names["verb"], option)
    found = OBJECT.match(asked)
    if found is not None:
        rest = found["rest"]
        doing = re.match(r"(?P<subject>.+?)\s+do\b(?P<more>.*)$", rest)
        if doing is not None:
            return joined(found["before"], with_subject(option, doing["subject"]), doing["more"])
        last = option.split(maxsplit=1)[0].lower()
        rest = rest[: -len(last)].rstrip() if rest.lower().endswith(" " + last) else rest
        return joined(found["before"], rest, option)
    subject = SUBJECT.match(asked)
    if subject is not None:
        return joined(subject["before"], option, subject["rest"])
    return joined(asked, option)


def with_subject(option: str, topic: str) -> str:
    """Return an option that is a whole statement, with the topic in the place of "it"."""
    if not topic:
        return option
    return PRONOUN.sub(topic, option) if PRONOUN.search(option) else joined(topic, option) if option[:1].islower() else option


def joined(*parts: str) -> str:
    """Join the parts of a sentence with single blanks."""
    return re.sub(r"\s+", " ", " ".join(parts)).strip()
