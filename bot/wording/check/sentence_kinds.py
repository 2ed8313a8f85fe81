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
SAY_GERMAN = "beantworten|enthalten|erklären|erwähnen|geben|klären|nennen|sagen|verraten"
# For each language the notes, as a learner should read of them, and the words that say what they don't say.
NOTES = (
    (r"the notes|these notes|the mentors' explanations", "the mentors' explanations",
     r"(?:also )?(?:do not|don't|does not|doesn't|say nothing|never|leave|are silent|give no|mention no)\b"),
    (r"las notas", "las explicaciones de los mentores", r"(?:tampoco|no)\b"),
    (r"as notas", "as explicações dos mentores", r"(?:também )?(?:não|nada)\b"),
    (r"die notizen", "die Erklärungen der Mentoren",
     rf"(?:(?:{SAY_GERMAN})\s+)?(?:(?:auch|das|darüber|davon|dazu|es)\s+){{0,2}}(?:nicht|kein\w*|nichts)\b"),
    (r"les notes", "les explications des mentors", r"(?:ne|n'|n’)"),
    (r"le note", "le spiegazioni dei mentori", r"non\b"),
    (r"notes (?:mein|mei|me)", "mentors ki explanations mein",
     r"(?:(?:baare|bare|bhi|is|iska|iske|iski|jawab|kahin|koi|kuch|me|mein|ye|yeh|zikr)\s+){0,4}(?:nahi|nahin|nai)\b"),
    (r"(?:这些)?笔记", "导师的讲解", r"[里中]?(?:并?没|未|不)"),
)  # fmt: skip
ABOUT_NOTES = re.compile(r"\b(?:the|these|my) notes\b", re.IGNORECASE)
# A sentence that says only what is open has nothing more than a word like these before the notes.
OPENING = re.compile(
    r"\W*(?:(?:however|but|and|also|still|yet|unfortunately|sadly|pero|sin embargo|mas|porém|no entanto|mais|cependant|ma|però|tuttavia"
    rf"|lekin|magar|(?:aber|allerdings|jedoch|leider)(?:\s+(?:{SAY_GERMAN}))?)\b|但是?|不过|可是|然而)?\W*",
    re.IGNORECASE,
)
# With one of these a second clause begins, which may claim anything; after a comma or an "and" only more of what is open may stand.
ASKING = (
    r"(?:how|if|nor|or|what|when|where|whether|who|whom|whose|why|dass|ob|oder|wann|warum|was|welche\w*|wer|weshalb|wie|wieso|wo|woher|wozu"
    r"|cómo|como|cuándo|cuánt\w+|cuál\w*|dónde|o|ou|por|qual|qu\w+|si|se|comment|combien|où|pourquoi|che|come|perché|kaise|kab|kya|kyun?|ya)\b"
)
SECOND_CLAUSE = re.compile(
    r"[;:(…—–]|\s-+\s|[.!?。！？](?=\W*\w)|[，；：]|但|不过|可是|然而|而且"
    r"|\b(?:but|however|although|though|while|whereas|yet|instead|because|actually|really|in (?:truth|fact|reality)"
    r"|aber|sondern|obwohl|jedoch|weil|denn|während|pero|sino|aunque|mas|porém|embora|mais|cependant|tandis|ma|però|sebbene|lekin|magar|kyunki)\b"
    rf"|,(?!\s*{ASKING})|\b(?:and|und|y|e|et|aur)\s+(?!{ASKING})",
    re.IGNORECASE,
)
# So few words before the notes are no claim by themselves.
LEAST_BEFORE = 4
TAIL = re.compile(r"[\s,;:–—-]+(?:but|and|although|though|while|aber|pero|mas|mais|ma)?\s*$", re.IGNORECASE)


def sort(sentence: Sentence) -> DraftPart:
    """Return a sentence with its kind."""
    text = plain(sentence.text)
    if sentence.code:
        return DraftPart(sentence, Kind.CLAIM, shown=sentence.text)
    for notes, name, denied in NOTES:
        found = re.search(rf"(?<!\w)(?:{notes})\s*{denied}", text, re.IGNORECASE)
        if found is not None:
            before, tail = TAIL.sub("", text[: found.start()]), text[found.start() :]
            shown = renamed(sentence.text, notes, name)
            clear = SECOND_CLAUSE.search(text[found.end() :]) is None
            if OPENING.fullmatch(text[: found.start()]) and not sentence.cites:
                # Mentors are told in either case; a learner reads unjudged only that something is open.
                return DraftPart(sentence, Kind.OPEN if clear else Kind.CLAIM, "" if clear else text, text, shown)
            if clear and len(before.split()) >= LEAST_BEFORE:
                return DraftPart(sentence, Kind.CLAIM, before, tail, shown)
            return DraftPart(sentence, Kind.CLAIM, text, shown=shown)
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
