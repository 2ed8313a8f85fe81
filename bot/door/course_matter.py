"""Questions about how a course is run, which its mentors answer and no card: exams, deadlines, grades, certificates, recordings."""

from __future__ import annotations

from bot.values import Answer, CleanText, Kept, Status
from knowledge.words import any_of

THING = (
    r"(?:final |mid-?term |next |first |last |weekly )*(?:exam|test|mid-?term|finals?|quiz(?:zes)?|assignments?"
    r"|home ?works?|projects?|labs?|lectures?|class(?:es)?"
    r"|session|course|module|grades?|deadlines?|submissions?|certificates?|recordings?|slides?)"
)
ASKED = any_of(
    r"\b(?:is|are|will|does|do|would|could|might)(?: (?:this|that|it|these|any of (?:this|it)|all (?:of )?this"
    rf"|we))?\b[\w ]{{0,25}}\b(?:on|in|part of|come up in|for) (?:the|our|an?) {THING}\W*$",
    rf"\b(?:when|where|what time|which day|what date)(?:'s| is| are| will| do| does| can)\b[\w ]{{0,30}}\b{THING}(?: (?:due"
    r"|start|over|released|held|available|graded))?\W*$",
    r"\bdeadlines?\b|\bdue dates?\b|\b(?:get|ask for|have) an extension\b|\blate (?:submission|penalty|day)s?\b"
    r"|\bsubmit (?:my|the|our|this|it)\b",
    r"\b(?:how|who|when)\b[\w ]{0,25}\b(?:is|are|get|gets|will be|be) (?:we |i |it |this )?(?:graded|marked)\b"
    r"|\bgrading (?:policy|scheme|rubric|criteria)\b"
    r"|\bhow many (?:points|marks|credits)\b|\b(?:passing|pass) (?:grade|mark|score)\b|\bmy (?:grade|mark|score)\b|\bregrade\b",
    r"\b(?:need|have) to (?:know|learn|study|memori[sz]e) (?:this|that|it|all (?:of )?this) for the\b|\bwill (?:this|that"
    r"|it) be (?:tested|examined|graded|asked)\b",
    r"\b(?:get|is there|receive|issue) (?:an?|my|the) certificate\b|\bwhere (?:can|do) i (?:find|get|watch) the (?:slides"
    r"|recordings?|lecture|video|notes)\b"
    r"|\boffice hours?\b|\b(?:enrol|sign up|register)(?:l|ment|ling)? (?:for|in|to) (?:the|this) course\b",
)
# A longer message asks more than that.
MOST_WORDS = 25


def is_asked(text: str) -> bool:
    """Return whether a message asks how the course is run.

    >>> is_asked("is this on the exam?"), is_asked("when is the deadline for lab 2?"), is_asked("Is salt part of the dough?")
    (True, True, False)
    """
    return len(text.split()) <= MOST_WORDS and bool(ASKED.search(text))


def to_a_mentor(text: CleanText, *, hands_over: bool | Kept) -> Answer:
    """Pass a question about the course's running on, and say that it is."""
    said = "That's for the course's mentors to say: the cards that I answer from explain the subject, and not exams, grades or dates."
    if isinstance(hands_over, Kept):
        said = f"{said} Your question is kept for them{hands_over.in_brackets}."
    elif hands_over:
        said = f"{said} I've asked one, and you will hear from them here."
    else:
        said = f"{said} Nothing is recorded here, so please ask one in the course's channel."
    return Answer(question=text, status=Status.HANDED_OVER, answer=said, confidence=0.0, checks=({"check": "course matter"},))
