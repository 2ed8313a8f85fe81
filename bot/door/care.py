"""Messages of self-harm or danger need a person more than an answer; messages of strain need a kind word before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from bot.door.care_context import FELT, LAUGHTER, LED_UP_TO, QUOTED, Field, field_of
from bot.door.care_speech import SENTENCES, Sentences
from bot.door.folding import folded
from bot.door.pattern_files import Patterns, read_patterns
from bot.values import Answer, CleanText, Kept, Status
from knowledge.reading.course import Course

# A model's reading of an open message that means no harm.
NOTHING_MEANT = "nothing"
# A message is read up to this many characters from each end.
READ_CHARS = 20_000
SHOWN_CHARS = 200
# Characters that take the place of letters to get past a reader: "k1ll mys3lf".
STAND_INS = str.maketrans("013457@$", "oieastas")
SPACED_OUT = re.compile(r"\b\w(?:[ .*_-]\w){2,}\b")
WRITTEN_TOGETHER = re.compile(r"\b(i)?(kill|hurt|hang|cut|want|end)(my|your|to)(self|die|life)\b")
DISGUISED = re.compile(r"[\w@$]+")
# A part of a message ends here, and a question beside it may begin.
PART_END = re.compile(r"(?<=[.,;:!?…\n。，！？])")


class Concern(StrEnum):
    """A concern beside any question; self-harm and danger go to a person instead of being answered.

    What is open may be more than strain or nothing at all: a model is asked if there is one, and a kind word is said if there isn't.
    """

    SELF_HARM = "self_harm"
    DANGER = "danger"
    STRAIN = "strain"
    OPEN = "open"


class Heard(NamedTuple):
    """A concern, and its language (`other` where we have no sentences of our own)."""

    concern: Concern
    language: str

    @property
    def needs_a_person(self) -> bool:
        """Return whether a person should see the message, rather than the learner get an answer."""
        return self.concern in {Concern.SELF_HARM, Concern.DANGER}


def heard(text: str, course: Course) -> Heard | None:
    """Return the gravest concern of a message, if it has one.

    >>> heard("I want to kill myself", Course()).concern.value
    'self_harm'
    >>> heard("how do I kill the process?", Course())
    """
    field = field_of(course.work_words, course.text_words)
    whole = folded(own_words(text if len(text) <= 2 * READ_CHARS else f"{text[:READ_CHARS]} {text[-READ_CHARS:]}", field))
    meant = whole
    for denied in read_patterns("denied_wish").values():
        meant = denied.sub(" ", meant)
    readings = list(dict.fromkeys([meant, undisguised(meant)]))
    for concern in (Concern.SELF_HARM, Concern.DANGER):
        language = first(read_patterns(concern.value), readings)
        if language is not None:
            return Heard(concern, language)
    wish = first(read_patterns("wish_to_die"), readings)
    if wish is not None and not is_lightly_said(whole, field):
        return Heard(Concern.SELF_HARM, wish)
    of_work = bool(field.working.search(whole) or field.subject.search(whole))
    of_study = first(read_patterns("study"), readings) is not None
    oblique = None if of_work else first(read_patterns("oblique"), readings)
    if oblique is not None:
        # Beside what learners do all day the same words may be about that, and a person may mean both.
        return Heard(Concern.OPEN if of_study else Concern.SELF_HARM, oblique)
    weary = None if of_work else first(read_patterns("weary"), readings)
    strain = wish or first(read_patterns("strain"), readings) or weary or ("en" if meant != whole else None)
    if strain is not None:
        return Heard(Concern.STRAIN, strain)
    maybe = None if of_work or of_study else first(read_patterns("maybe"), readings)
    return None if maybe is None else Heard(Concern.OPEN, maybe)


def settled(concern: Heard | None, meant: str) -> Heard | None:
    """Return a concern as a model that read the message understood it, if the message was open and one was asked."""
    if concern is None or concern.concern is not Concern.OPEN or not meant:
        return concern
    return None if meant == NOTHING_MEANT else Heard(Concern(meant), concern.language)


def was_for_a_person(text: str, course: Course) -> bool:
    """Return whether an earlier message went to a person, so that no later one is read as its follow-up."""
    concern = heard(text, course)
    return concern is not None and concern.needs_a_person


def first(patterns: Patterns, readings: list[str]) -> str | None:
    """Return the first language in which one of the readings of a message matches."""
    return next((language for language, pattern in patterns.items() for reading in readings if pattern.search(reading)), None)


def is_lightly_said(text: str, field: Field) -> bool:
    """Return whether a wish to die is about the work, or comes with a laugh in talk of the work; a laugh alone may hide the truth."""
    return bool(field.caused_by_work.search(text) or (LAUGHTER.search(text) and field.working.search(text)))


def own_words(text: str, field: Field) -> str:
    """Drop the quotations of a message about texts: a row of a dataset is nobody's own word.

    >>> own_words('Our label for "I want to die" is 1.', field_of((), ("label*",)))
    'our label for   is 1.'
    """
    outside = QUOTED.sub(" ", text)
    if not field.subject.search(folded(outside)):
        return text

    def unless_felt(quoted: re.Match[str]) -> str:
        return quoted.group() if FELT.search(folded(text[max(0, quoted.start() - 60) : quoted.start()])) else " "

    return LED_UP_TO.sub(" ", QUOTED.sub(unless_felt, text).lower())


def undisguised(text: str) -> str:
    """Read digits and signs within words as the letters that they stand for, and spelt-out words as words.

    >>> undisguised("k1ll mys3lf"), undisguised("k i l l m y s e l f")
    ('kill myself', 'kill myself')
    """
    together = SPACED_OUT.sub(lambda found: re.sub(r"[ .*_-]", "", found.group()), text)
    apart = WRITTEN_TOGETHER.sub(in_words, together)
    return DISGUISED.sub(lambda found: found.group().translate(STAND_INS) if has_letters(found.group()) else found.group(), apart)


def in_words(found: re.Match[str]) -> str:
    """Put blanks between words that were written together: "iwanttodie", "killmyself"."""
    who, verb, link, rest = found.groups()
    return " ".join(part for part in (who, verb, f"{link}self" if rest == "self" else f"{link} {rest}") if part)


def has_letters(word: str) -> bool:
    """Return whether a word has letters among its digits and signs."""
    return any(letter.isalpha() for letter in word)


def to_a_person(text: CleanText, concern: Heard, *, hands_over: bool | Kept, help_lines: Sequence[str] = ()) -> Answer:
    """Answer a message that a person should see: a kind sentence, who will see the message, and where help is; no card."""
    return Answer(
        question=text if len(text) <= SHOWN_CHARS * 40 else text[:SHOWN_CHARS] + "…",
        status=Status.HANDED_OVER,
        answer=sentence(concern, hands_over=hands_over, help_lines=help_lines),
        confidence=0.0,
        checks=({"check": "care", "concern": concern.concern.value, "language": concern.language},),
    )


def sentence(concern: Heard, *, hands_over: bool | Kept, help_lines: Sequence[str] = ()) -> str:
    """Return the answer to a concern, in the learner's language where we have it, with the course's own lines of help if it names any."""
    words = SENTENCES.get(concern.language, SENTENCES["en"])
    opening, help_line = (words.self_harm, words.help) if concern.concern is Concern.SELF_HARM else (words.danger, words.help_in_danger)
    own = ["\n".join(f"- {line}" for line in help_lines)] if help_lines else []
    return "\n\n".join([opening, what_happens(words, hands_over), help_line, *own])


def what_happens(words: Sentences, hands_over: bool | Kept) -> str:
    """Return who will see the message, and promise nothing that is not so."""
    if isinstance(hands_over, Kept):
        number = "" if hands_over.number is None else words.number.format(number=hands_over.number)
        return words.kept.format(number=number)
    return words.told if hands_over else words.not_told


def question_beside(text: CleanText, course: Course) -> CleanText:
    """Return a message without the parts that have a concern; the whole message if nothing is left.

    >>> question_beside("I want to die lol, what is a levain?", Course())
    'what is a levain?'
    """
    rest = " ".join(part.strip() for part in PART_END.split(text) if heard(part, course) is None).strip()
    return CleanText(rest) if any(letter.isalpha() for letter in rest) else text


def kindly(answer: Answer, concern: Heard, question: CleanText, *, hands_over: bool | Kept) -> Answer:
    """Put a kind word before the answer to somebody under strain; beside a kind word nothing is declined."""
    words = SENTENCES.get(concern.language, SENTENCES["en"])
    rest = what_happens(words, hands_over) if answer.status is Status.HANDED_OVER else answer.answer
    return answer.model_copy(update={"question": question, "answer": f"{words.strain}\n\n{rest}"})
