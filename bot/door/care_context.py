"""The surroundings of a grave word that change its meaning: laughter, talk of the work, and quoted texts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.door.folding import any_folded, folded
from index.search.query import is_unspaced
from knowledge.words import any_word

LAUGHTER = any_folded(
    r"\b(?:lol|lmao|lmfao|rofl|(?:ha){2,}h?|(?:he){2,}|jk|xd+|kidding|joking|(?:ja){2,}|mdr|ptdr|k{3,}|rsrs|(?:ха){2,}|(?:ах){2,}\w*)\b",
    r"哈哈|笑死|\U0001f602|\U0001f923|\U0001f480|\U0001f605|(?<!\w)/s\b",
)
# Words of the work in any course; those of the field are the course's `work_words`.
WORK = (
    r"bugs?|code|homework|assignments?|exam|quiz|thesis|paper|course|deadline|lecture|learning|notebook|cours|kurs|curso|examen|trabajo"
    r"|tarea|codigo|devoirs?|hausaufgaben?|код|курс|trabalho|prova"
)
WORK_UNSPACED = "作业|代码"


@dataclass(frozen=True)
class Field:
    """The patterns of one course's field, for folded texts: talk of the work, the work as the cause, and talk of texts as examples."""

    working: re.Pattern[str]
    caused_by_work: re.Pattern[str]
    subject: re.Pattern[str]


@lru_cache(maxsize=8)
def field_of(work_words: tuple[str, ...], text_words: tuple[str, ...]) -> Field:
    """Return the patterns of a field, made from its own words."""
    spaced, unspaced = in_pattern(work_words)
    work = rf"(?:{WORK}|{spaced})"
    unspaced = rf"(?:{WORK_UNSPACED}|{unspaced})"
    bare = any_word(folded(each).removesuffix("*") for each in work_words)
    subject, subject_unspaced = in_pattern(text_words)
    return Field(
        any_folded(rf"\b{work}\b", unspaced),
        any_folded(
            rf"\b{work}\b(?! of (?:my|her|his|our|a|the))(?:\W+\w+){{0,4}}?\W+(?:mak(?:es?|ing) me|made me|hace que|me donne|me da|me dan"
            r"|me faz|me dá|fait que|让我)",
            rf"(?:bug|{WORK_UNSPACED}|{bare})让我|\bmyself (?:trying to|over (?:\w+ ){{0,2}}{work})\b",
        ),
        any_folded(rf"\b{subject}\b", subject_unspaced),
    )


def in_pattern(words: tuple[str, ...]) -> tuple[str, str]:
    """Return the patterns of a field's words: of those with spaces between, and of those in scripts without."""
    return any_word(folded(each) for each in words if not is_unspaced(each)), any_word(folded(each) for each in words if is_unspaced(each))


# Words that introduce a text which is an example.
LED_UP_TO = any_folded(
    r"\b(?:tweets?|posts?|texts?|sentences?|messages?|comments?|rows?|examples?|lines?|inputs?|phrases?|slurs?|words?|terms?|insults?"
    r"|outputs?|prompts?|things?) (?:like|such as|saying|reading|that says?|containing|with)\b[^.?!\n]*",
)
QUOTED = re.compile(
    r"```.{0,4000}?```|`[^`\n]{1,1000}`|\"[^\"\n]{0,1000}\"|“[^”\n]{0,1000}”|«[^»\n]{0,1000}»"
    r"|„[^“”\n]{0,1000}[“”]|「[^」\n]{0,1000}」|(?<!\w)'[^'\n]{1,1000}'(?!\w)",
    re.DOTALL,
)
# A quotation after these words says what its writer feels.
FELT = any_folded(
    r"\b(?:think|thinking|thought|feel|feeling|felt|tell(?:ing)? myself|say(?:ing)? to myself|head says|voice says?)\W*$",
)
