"""The kind of a draft's sentence: a claim, a bare verdict, a point that the notes leave open, or words that claim nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.wording.check.draft_sentences import Sentence, plain
from knowledge.words import any_of, words


class Kind(StrEnum):
    """The kind of a sentence; only claims and verdicts can be false."""

    CLAIM = "claim"
    VERDICT = "verdict"
    OPEN = "open"
    FILLER = "filler"


@dataclass(frozen=True)
class DraftPart:
    """A sentence with its kind, what of it is judged, and the point that it says is open; `shown` is what a learner may read."""

    sentence: Sentence
    kind: Kind
    judged: str = ""
    open_point: str = ""
    shown: str = ""


# A sentence of these words alone says yes or no to the question.
BARE = frozenset(
    "yes no yep nope yeah not quite exactly right correct incorrect wrong true false indeed absolutely definitely certainly sure of course"
    " the answer is it it's that's that this you you're are they do does did doesn't don't isn't aren't so both neither"
    " sí si ja nein oui non sim não 是 不是 да нет हाँ नहीं".split()
)
FILLER = any_of(
    r"^(?:hi|hello|hey|hola|hallo|bonjour|olá)\b[\w\s,!]{0,24}$",
    r"^(?:(?:that's|this is) )?(?:an? )?(?:really |very )?(?:great|good|excellent|nice|interesting|fair) (?:question|point)s?\b.{0,16}$",
    r"^(?:thanks|thank you)\b(?! to).{0,40}$",
    r"^(?:let me|let's|i'll|i will|we'll) (?:explain|clarify|clear|break|look|go|start|take|walk|see|unpack|answer)\b.{0,60}$",
    r"^here(?:'s| is| are) (?:why|how|what|the|a|an|your)\b(?:\W+\w+){0,4}\W*$",
    r"^(?:i )?hope (?:this|that|it) (?:helps|clears|makes|answers)\b.{0,40}$",
    r"^(?:let me know|feel free|happy to help|good luck|keep going|don't hesitate)\b.{0,70}$",
    r"^(?:these are|you ask(?:ed)?|there are) (?:\w+ ){0,3}questions?\b.{0,20}$",
    r"^(?:in short|in summary|to sum up|to summari[sz]e|as for your (?:first|second|third|other) question)\W*$",
)
ACCORDING = re.compile(r"^(?:according to|based on|as) (?:the )?notes(?: (?:say|explain|put it))?,?\s*", re.IGNORECASE)
# For each language the notes, as a learner should read of them, and the words that say what they don't say.
NOTES = (
    (r"the notes|these notes|the mentors' explanations", "the mentors' explanations",
     r"(?:also )?(?:do not|don't|does not|doesn't|say nothing|never|leave|are silent|give no|mention no)\b"),
    (r"las notas", "las explicaciones de los mentores", r"(?:tampoco|no)\b"),
    (r"as notas", "as explicações dos mentores", r"(?:também )?(?:não|nada)\b"),
    (r"die notizen", "die Erklärungen der Mentoren", r"[^.]{0,80}\b(?:nicht|kein\w*|nichts)\b"),
    (r"les notes", "les explications des mentors", r"(?:ne|n'|n’)"),
    (r"le note", "le spiegazioni dei mentori", r"non\b"),
    (r"notes (?:me|mein|mei)", "mentors ki explanations mein", r"[^.]{0,80}\b(?:nahi|nahin|nai)\b"),
    (r"(?:这些)?笔记", "导师的讲解", r"[里中]?(?:并?没|未|不)"),
)  # fmt: skip
ABOUT_NOTES = re.compile(r"\b(?:the|these|my) notes\b", re.IGNORECASE)
# A point that is open after so few words is all that the sentence says.
ALL_OPEN = 4
TAIL = re.compile(r"[\s,;:–—-]+(?:but|and|although|though|while|aber|pero|mas|mais|ma)?\s*$", re.IGNORECASE)


def sort(sentence: Sentence) -> DraftPart:
    """Return a sentence with its kind."""
    text = plain(sentence.text)
    if sentence.code:
        return DraftPart(sentence, Kind.CLAIM, shown=sentence.text)
    for notes, name, denied in NOTES:
        found = re.search(rf"(?<!\w)(?:{notes})\s*{denied}", text, re.IGNORECASE)
        if found is not None:
            before = TAIL.sub("", text[: found.start()])
            shown = renamed(sentence.text, notes, name)
            if len(before.split()) < ALL_OPEN:
                return DraftPart(sentence, Kind.OPEN, open_point=text, shown=shown)
            return DraftPart(sentence, Kind.CLAIM, before, text[found.start() :], shown)
    bare = capital(ACCORDING.sub("", text))
    if bare.endswith("?") or FILLER.search(bare) or (not sentence.cites and ABOUT_NOTES.search(bare)):
        return DraftPart(sentence, Kind.FILLER)
    shown = sentence.text if bare == text else bare
    said = set(words(bare))
    return DraftPart(sentence, Kind.VERDICT if said and said <= BARE else Kind.CLAIM, bare, shown=shown)


def renamed(text: str, notes: str, name: str) -> str:
    """Return a sentence that calls the notes what a learner knows them as.

    >>> renamed("The notes don't say when.", "the notes", "the mentors' explanations")
    "The mentors' explanations don't say when."
    """
    return re.sub(rf"(?<!\w)(?:{notes})", lambda found: capital(name) if found.group()[0].isupper() else name, text, flags=re.IGNORECASE)


def capital(text: str) -> str:
    """Return a text with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]
