"""Wishes about the explanation before a message: the small words of a conversation, and what each of them asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache

from bot.answering.follow_up import own_words
from bot.answering.message.form import Form, read_form
from bot.door.talk.small_talk import either
from knowledge.reading.course import Course
from knowledge.words import any_of, any_word, content_stems, stem, words


class Wish(StrEnum):
    """A wish about the explanation before a message, or about a card that the message names."""

    CHECK = "check"
    SOURCE = "source"
    SURE = "sure"
    AGAIN = "again"
    TRANSLATE = "translate"
    DISAGREE = "disagree"
    VERDICT = "verdict"
    SHORTER = "shorter"
    SIMPLER = "simpler"
    EXAMPLE = "example"
    DEEPER = "deeper"


OF_WHAT_TO_ASK = "Gladly. Which topic shall I ask you about{example}?"
OF_WHAT = "Gladly, but there is nothing before this that I could {do}. What is it about?"
DO = {
    Wish.SOURCE: "name the sources of",
    Wish.SURE: "be sure of",
    Wish.AGAIN: "say in another way",
    Wish.TRANSLATE: "say in other words (I read and answer in English)",
    Wish.DISAGREE: "set right",
    Wish.VERDICT: "say yes or no to",
    Wish.SHORTER: "put more shortly",
    Wish.SIMPLER: "put more simply",
    Wish.EXAMPLE: "give an example of",
    Wish.DEEPER: "go deeper into",
}
ONLY = r"^\W*(?:(?:but|and|so|ok(?:ay)?|well|hm+|wait|sorry|please|pls|plz|yeah|um+|uh)\b\W*)*"
END = (
    r"(?:\W*(?:please|pls|plz|tho|though|thanks|thx|man|bro|lol|then|now|it|that|this|for me|actually|really|about (?:it|that|this)))*\W*$"
)
CHECK = any_of(
    r"(?<!will )(?<!going to )(?<!gonna )(?<!might )(?<!could )\b(?:quiz|test|examine) me\b|\bcheck[ -](?:yourself|myself)\b",
    r"^\W*(?:can you |please |let me |i want to )*check (?:my|our) (?:understanding|knowledge)(?: (?:of|on) [\w -]{2,40})?\W*$",
    r"\bask me (?:a|an|one|some|another)\b[\w ]{0,20}\b(?:questions?|exercises?)\b|\blet me (?:test|check) myself\b",
    r"\bgive me (?:a|an|one|some|another)? ?(?:quiz|test|practice|check|control|exercise|exercises)\b",
)
# In the order in which they are looked for. Each is looked for only in a message that names no topic of its own.
SAYS = {
    Wish.SOURCE: any_of(
        r"\b(?:sources?|citations?|references?|proof)\b(?! (?:text|code|task|model))|\bcite\b|\b(?:which|what|any) (?:paper"
        r"|card)s?\b|\blinks?\b"
        r"|\bwhere (?:is|does|did|do) (?:it|this|that|you)(?: \w+)? (?:from|come from|get (?:this|that|it))\b|\bsays who\b|\bwho says\b"
        r"|\b(?:further|more) reading\b|\bwhere (?:can|could) i read\b",
    ),
    Wish.SURE: any_of(
        rf"{ONLY}(?:are|r|u|you) ?(?:you|u)?(?: really| absolutely| completely| 100 ?%| so)* (?:sure|certain|positive|confident){END}",
        rf"{ONLY}(?:really|seriously|for real|fr|srsly|sure|no way|is (?:that|this|it) (?:really )?(?:so|true|right|correct)"
        rf"|is (?:that|this) confirmed|how sure are you|can i (?:trust|believe) (?:that|this|it)|did a mentor (?:write|check"
        rf"|confirm) (?:that|this|it)){END}",
    ),
    Wish.AGAIN: any_of(
        r"\byou(?:'ve| have)? (?:already|just) (?:said|told|wrote)\b|\b(?:same|that) (?:answer|thing) (?:again|as before)\b"
        r"|\byou(?:'re| are) repeating\b",
        r"\bnot what i (?:asked|meant)\b|\bdoes(?:n'?t| not) (?:help|answer)\b|\bsay (?:it|that) (?:differently|in another way"
        r"|another way|again)\b"
        r"|\b(?:put|explain|say) (?:it|that|this) (?:differently|another way|again)\b|\brephrase\b|\bcome again\b|\bagain\W*$",
    ),
    Wish.TRANSLATE: any_of(
        r"\btranslat\w*|\b(?:in|into|auf|en) (?:spanish|german|french|portuguese|italian|russian|chinese|hindi|arabic|turkish"
        r"|polish|dutch|japanese"
        r"|korean|ukrainian|español|deutsch|français|my language)\b"
    ),
    Wish.VERDICT: any_of(
        rf"{ONLY}(?:just )?(?:yes or no|true or false|y/n|yes/no|is (?:it|that) a? ?(?:yes|no)(?: or (?:a )?no)?"
        rf"|(?:is it )?or not|right|correct|yes|yep|yea|yes it is)"
        rf"{END}"
    ),
    Wish.SHORTER: any_of(
        r"\b(?:shorter|short version|tl;?dr|in short|briefly|too long|summari[sz]e|summary|sum (?:it|that|this) up"
        r"|in a nutshell|one[- ]liner|bottom line)\b",
        r"\b(?:in|like|only|just|max(?:imum)?)? ?(?:an?|one|two|three|[1-3]|a few) (?:short |simple )?sentences?\b|\bin (?:a"
        r"|one|few|fewer) words?\b",
    ),
    Wish.SIMPLER: any_of(
        r"\bsimpl(?:er|y|ify|ified)\b|\bin simple\b|\bplain(?:er)? (?:english|words|language|terms)\b|\bplainly\b",
        r"\beli ?5\b|\blike i(?:'?m| am)(?: an?)? (?:five|5|child|kid|beginner|dummy|idiot)\b|\bfor (?:dummies|beginners|noobs)\b"
        r"|\bdumb (?:it|that|this) down\b|\blike (?:to )?a (?:child|kid|beginner)\b",
        r"\beasier\b|\btoo (?:complicated|technical|hard|complex|dense|much)\b|\bin other words\b",
        rf"{ONLY}(?:i |im |i'm |still |really |just |so )*(?:(?:do(?:n'?t| not)|did(?:n'?t| not)|can'?t) (?:really "
        rf"|quite )?(?:get|understand|follow|see)"
        rf"|confused|lost|what|huh|wut|what do you mean|what does (?:that|this|it) mean|makes no sense|not clear|unclear|no idea){END}",
    ),
    Wish.EXAMPLE: any_of(r"\bexamples?\b|\bfor instance\b|\be\.?g\.?\W*$|\bshow me (?:one|some|how)\b|\blooks? like\b"),
    Wish.DEEPER: any_of(
        r"\bdeeper\b|\bin (?:more |greater )?(?:depth|detail)\b|\bmore (?:details?|detailed|depth|technical|in-depth)\b|\belaborate\b",
        r"\bthe (?:math|maths|mathematics|formula|formulas|equation|equations|theory)\b|\bmathematically\b|\btell me more\b|\bgo on\b",
        r"\bmore (?:about|on) (?:it|this|that)\b|\bexpand on\b|\bunder the hood\b|\bcontinue\b",
        rf"{ONLY}(?:some |a bit |one |what )?(?:more|else|next|longer){END}",
    ),
}  # fmt: skip
# A disagreement may name its point.
DISAGREES = any_of(
    r"^\W*(?:no+|nope|nah)\b\W+(?:i (?:think|thought|believe)|it|they|these|those|that|this|you)\b",
    r"^\W*(?:no+|nope|nah|nein|wrong|false|incorrect|disagree|bs|bullshit|nonsense|👎)\b\W*$|^\W*👎\W*$",
    r"^\W*(?:(?:no+|nope|nah|but|well|hm+|sorry|ok(?:ay)?|honestly)\b\W*)*(?:i (?:think )?)?(?:th?at(?:'?s| is)|this is"
    r"|it(?:'?s| is)|you(?:'?re| are)|ur|that answer is)"
    r" (?:just |simply |completely |totally |so |all )*(?:wrong|false|incorrect|mistaken|nonsense|bs|not (?:true|right|correct|so|what))\b",
    r"^\W*(?:(?:no+|nope|nah|but|well|hm+|sorry|ok(?:ay)?|honestly|after your answer)\b\W*)*i (?:still |really |honestly |just |strongly )*"
    r"(?:disagree|(?:do(?:n'?t| not)) (?:agree|believe|buy|think)|(?:still )(?:think|believe|say|feel)|(?:am"
    r"|'m) not (?:convinced|sure about that))\b",
    r"\bi(?:'m| am|m) not convinced\b|\bmy (?:teacher|prof\w*|book|friend|course) (?:says|said|told me) (?:otherwise"
    r"|the opposite|something else)\b",
)
SHOW = re.compile(
    r"^\W*(?:ok(?:ay)?|please|just|yes|now|can you|could you|i give up|no idea|idk)?\W*(?:please |just )?"
    r"(?:(?:show|tell|give)(?: (?:me|us))?(?: (?:it|that|the (?:answers?|explanations?|solutions?)))?(?: now)?"
    r"|i give up|reveal(?: it)?|the answers?)(?:,? please)?\W*$",
    re.IGNORECASE,
)
GRADED = any_of(
    r"\b(?:home ?work|assignments?|problem set|pset|worksheet|course ?work|take-home|graded|mid-?term|final exam)\b",
    r"\b(?:my|the|our|an?|this|on|for) (?:exam|test paper|exam paper|quiz)\b(?! me)",
    r"\bdue (?:tonight|today|tomorrow|by|on|at|in)\b|\bquestion \d+ (?:of|on|from|in)\b|\b(?:worth|for) \d+ (?:marks|points)\b",
    r"\bhausaufgabe|\bdevoirs?\b|\bdeberes\b|\bдомашн|作业",
)
# Words of wishes that name no topic.
WISH_WORDS = frozenset(
    stem(word)
    for word in words(
        """simpler simply simplify simple plain plainer plainly english words language terms eli5 five child kid beginner dummy dummies
        dumb down easier shorter short too complicated technical hard complex dense fewer other put say explain even deeper depth
        detail details detailed greater elaborate math maths mathematics formula formulas equation equations theory mathematically go
        expand hood quiz test examine check myself yourself understanding knowledge learning practice question questions exercise
        exercises give ask topic bit little way want like need show know tell try please make easy version summary summarize
        summarise again one now ready i'm 5 im dont don't get pls plz sentence sentences two three 1 2 3 few tldr tl dr brief briefly
        nutshell line liner sum bottom word long longer confused lost huh wut idea unclear follow see sure certain positive confident
        really seriously real fr srsly trust believe confirmed 100 completely absolutely source sources citation citations reference
        references proof cite paper card link links come says who reading read further already said told wrote repeating differently
        rephrase asked meant help answer answers translate translation spanish german french portuguese italian russian chinese hindi
        arabic turkish polish dutch japanese korean ukrainian deutsch yes no yep yea nope true false right correct or not tho though
        instance else next continue mentor confirm did idiot noob noobs beginners sorry wait hm um uh lol man bro thanks thx ok okay
        well disagree disagreed wrong incorrect mistaken nonsense bs thats that's honestly why how
        still believe believed think thought feel buy convinced agree opposite otherwise r u en auf into español français language"""
    )
)
ATTEMPT_STARTS = re.compile(
    r"^\W*(?:what|how|why|who|whose|when|where|explain|tell|show me (?:an?|some)|give me|can you|could you|compare|define)\b", re.IGNORECASE
)
GUESS_WORDS = 12
APOSTROPHE = {0x2019: "'"}


def wish_of(turn: str) -> Wish | None:
    """Return the wish of a message; None if it asks for something else.

    >>> wish_of("can you put it more simply?").value
    'simpler'
    >>> wish_of("Is rye simpler than wheat?") is None
    True
    """
    if CHECK.search(turn):
        return Wish.CHECK
    if DISAGREES.search(turn) and not turn.rstrip().endswith("?"):
        return Wish.DISAGREE
    if topic_words(turn):
        return None
    return next((wish for wish, pattern in SAYS.items() if pattern.search(turn.translate(APOSTROPHE))), None)


def topic_words(turn: str) -> set[str]:
    """Return the stems of a message that are not part of a wish."""
    return own_words(turn) - WISH_WORDS


def topic_of(turn: str) -> str:
    """Return the topic of a wish to be quizzed: the message without the words of the wish."""
    return re.sub(r"\s+", " ", CHECK.sub(" ", turn)).strip(" ?.!,:")


def of_what(wish: Wish, course: Course) -> str:
    """Ask which explanation a wish is about."""
    if wish is not Wish.CHECK:
        return OF_WHAT.format(do=DO[wish])
    return OF_WHAT_TO_ASK.format(example=f": for example {either(idea.name for idea in course.ideas)}" if course.ideas else "")


@lru_cache(maxsize=8)
def not_graded(not_homework: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern of what the field calls an assignment and no teacher gives: "the label assignment"."""
    return re.compile(rf"\b{any_word(not_homework)}\b", re.IGNORECASE)


def is_graded(turn: str, course: Course) -> bool:
    """Return whether a message looks like graded work.

    >>> is_graded("this is question 3 of my assignment: does salt kill yeast?", Course())
    True
    """
    return bool(GRADED.search(not_graded(course.not_homework).sub(" ", turn)))


def is_about_before(turns: Sequence[str]) -> bool:
    """Return whether the last turn says something about what was said before, though alone it would be small talk."""
    if len(turns) < 2:
        return False
    said = set(words(turns[-1]))
    tries = wish_of(turns[-2]) is Wish.CHECK and bool({"yes", "yep", "no", "right", "true", "exactly", "agree", "same"} & said)
    return tries or wish_of(turns[-1]) in {Wish.SURE, Wish.AGAIN, Wish.DISAGREE, Wish.VERDICT, Wish.SIMPLER}


def wants_shown(turn: str) -> bool:
    """Return whether a message wants the explanation that a hint replaced."""
    return bool(SHOW.match(turn))


def tries(turn: str, course: Course) -> bool:
    """Return whether a message after a question of ours tries an answer or gives up; a new question does neither."""
    if wants_shown(turn):
        return True
    if wish_of(turn) not in {None, Wish.DISAGREE, Wish.VERDICT} or ATTEMPT_STARTS.match(turn):
        return False
    # "True." tries; "True or false: the loss counts every token." is an item of its own.
    if read_form(turn, course) in {Form.BLANK, Form.QUIZ} and len(content_stems(turn)) > 1:
        return False
    return "?" not in turn or len(turn.split()) <= GUESS_WORDS
