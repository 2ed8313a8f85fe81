"""A learner who asks for a person gets one."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.values import Answer, CleanText, Kept, Status
from knowledge.reading.course import Course
from knowledge.words import any_of, any_word

WHO = (
    r"(?:an? |the |some |real |actual |human |course )*"
    r"(?:mentor|human|(?<=a )person|(?<=real )person|instructor|teacher|ta|tutor|teaching assistant)s?"
)


@lru_cache(maxsize=8)
def wanted(people_do: tuple[str, ...], people_terms: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern of a wish for a person, given what the field's people do and its terms that only sound like people.

    "a human label" and "a teacher model" are no persons, and "do we need a human to label the data?" is about the work.
    """
    work = any_word(people_do)
    terms = "".join(rf"(?<!{person}(?= {any_word([thing])}))" for person, thing in map(str.split, people_terms))
    return any_of(
        r"\b(?:can|could|may|how (?:can|do)) (?:i|we) (?:please )?(?:talk|speak|write|chat|get|reach|contact|ask|have)"
        rf"(?: (?:to|with))? {WHO}\b(?!\s+{work}){terms}",
        r"\b(?:i|we)(?:'d| would)? (?:want|need|like|prefer)(?: to (?:talk|speak|chat|ask|hear)(?: (?:to|with|from))?)?"
        rf" {WHO}(?: (?:to|for) (?:help|answer|look|explain|check|this))?\b(?!.*\b{work})",
        r"\b(?:ask|get|call|fetch|ping|notify|tell|(?:get|find) (?:me|us)|connect me (?:to|with)"
        rf"|pass (?:this|it) (?:on )?to|hand (?:this|it) (?:over )?to) {WHO}"
        r"(?: (?:please|pls|for me|instead|about this))*\W*$",
        rf"\b(?:can|could|would|will) {WHO} (?:please )?(?:help|answer|look at|explain|check|review|confirm) (?:me|this|it|my)\b",
        r"\b(?:quiero|puedo) hablar con (?:un|una) (?:persona|mentor|tutor|humano)",
        r"\bparler (?:à|avec) (?:un|une) (?:humain|personne|mentor|tuteur)",
        r"\bmit (?:einem|einer) (?:menschen|mentor|mentorin|tutor) sprechen",
        r"(?:转|找)?(?:人工|真人)(?:客服|老师)|позовите (?:человека|ментора)",
    )


def is_wanted(text: str, course: Course) -> bool:
    """Return whether a message asks for a person and not for an explanation.

    >>> is_wanted("Can I talk to a mentor please?", Course())
    True
    >>> is_wanted("Does a person weigh the flour, or can someone explain what a scale is?", Course())
    False
    """
    return bool(wanted(course.people_do, course.people_terms).search(text)) and len(text.split()) <= 40


def to_a_person(text: CleanText, *, hands_over: bool | Kept) -> Answer:
    """Answer a learner who asks for a person with what really happens to the message."""
    if isinstance(hands_over, Kept):
        said = f"Your message is kept for the mentors{hands_over.in_brackets}: they see it together with what you asked before."
    elif hands_over:
        said = "A mentor has been asked: they see this conversation, and you will hear from them here."
    else:
        said = "Nothing is recorded here, so I can't call a mentor. Please ask one in the course's channel."
    return Answer(question=text, status=Status.HANDED_OVER, answer=said, confidence=0.0, checks=({"check": "person"},))
