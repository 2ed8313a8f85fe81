"""Small talk and its replies: thanks, reactions, greetings, a bare link, confusion about nothing named, talk about the assistant itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from knowledge.reading.course import Course
from knowledge.words import any_of, words

# A longer message says something, whatever it begins with.
MOST_WORDS = 14
# What people tell each other (a plan, a thing that they share, a goodbye) may be longer, as long as nothing in it asks.
MOST_WORDS_TOLD = 40


class NoQuestion(StrEnum):
    """What a message is that asks nothing of the subject."""

    THANKS = "thanks"
    REACTION = "reaction"
    CLOSED = "closed"
    WAITING = "waiting"
    NEWCOMER = "newcomer"
    LINK = "link"
    TOLD = "told"
    ITSELF = "itself"
    MISTAKES = "mistakes"
    REPEATING = "repeating"
    PRIVACY = "privacy"


EXTRA = r"(?:[\s,.!…~-]|so|very|a lot|much|really|guys|all|everyone|folks|mate|man|bro|again|now|ok(?:ay)?|oh|ah|haha|lol|please|pls)*"
PATTERNS = {
    NoQuestion.LINK: any_of(r"https?://\S+"),
    NoQuestion.CLOSED: any_of(
        r"(?:(?:ok |oh )?(?:never ?mind|nvm|solved|fixed|resolved|done))(?: it)?"
        r"(?:[,.! ]+(?:i )?(?:found|solved|fixed|got|figured)(?: it)?(?: out| now| myself)?)?",
        r"(?:i )?(?:found|solved|fixed|figured) it(?: out)?(?: now| myself| already)?",
        r"(?:it )?works(?: now)?",
    ),
    NoQuestion.REACTION: any_of(
        r"\+ ?1|\^+|this|same(?: here| problem| question| issue)*(?: too| as well)?|me too|agreed?|wow|whoa|interesting|amazing|awesome"
        r"|nice(?: one)?|cool|great(?: explanation| answer| stuff)?|perfect|lo+l|lmao|ha(?:ha)+|hm+|ok(?:ay)?|k|yes|yep|yeah|no|nope|right"
    ),
    NoQuestion.WAITING: any_of(r"bump|up|anyone|anybody|any(?: updates?| news| ideas?| help)+|still waiting|hello\?+"),
    NoQuestion.NEWCOMER: any_of(
        r"(?:hi|hey|hello|hola|greetings)(?: there| everyone| all| folks| guys)*[\s,.!]*(?:i(?:'m| am| have)? )?(?:'ve )?"
        r"(?:just joined|new here|just started|new to (?:this|the) (?:course|server|forum))"
        r"(?: (?:the|this) (?:course|server|forum))?",
    ),
    NoQuestion.PRIVACY: any_of(
        r"(?:can (?:you|u|i) |please |how (?:do|can) i |i want (?:you )?to |could you )*(?:forget|delete|erase|remove|wipe)"
        r" (?:about )?(?:me|all|everything|my (?:\w+ )?(?:data|questions?|messages?|history|chats?|account|conversations?|posts?)"
        r"|what i (?:asked|wrote|said)|this conversation|our conversation)(?: (?:you (?:have|know|kept)|about me|from|here))*",
        r"(?:do|does|will|are|can) (?:you|u|it|this bot|the bot|mentors|askwell) (?:guys )?(?:keep|kept|store|storing|save"
        r"|saving|log|logging"
        r"|record|recording|collect|remember|track|tracking|share|sell|read|see) (?:\w+ )?(?:my|our|the|these|what|me|personal|any|all)?"
        r" ?(?:\w+ )?(?:messages?|questions?|data|chats?|history|conversations?|information|info|i (?:ask|write|say)|me)",
        r"(?:what|which)(?: data| information)? (?:do|does) (?:you|u|it|this bot|askwell) (?:keep|store|save|know|log|record|collect)"
        r"(?: (?:of|about|on) me)?|(?:is|are) (?:this|my (?:messages?|questions?|data)|it) (?:anonymous|private|recorded|logged"
        r"|stored|kept|saved)"
        r"|who (?:can|will|does) (?:see|read) (?:my|this|what).{0,20}|(?:privacy|gdpr)(?: policy)?|what about (?:my )?privacy",
    ),
    NoQuestion.MISTAKES: any_of(
        r"(?:can|could|do|will) (?:you|u) (?:ever )?(?:make mistakes?|be wrong|lie|hallucinate|make (?:things|stuff) up)",
        r"are (?:you|u) (?:always |ever )?(?:right|wrong|sure|reliable)",
        r"can i (?:trust|believe) (?:you|u)",
        r"how do (?:you|u) know(?: (?:that|this|it|all this|stuff|so much))?",
        r"how (?:accurate|reliable|good|trustworthy) are (?:you|u|your answers|these answers)",
        r"(?:you|u)(?: are|'re|r) (?:a )?(?:wrong|lying|liar|hallucinating|making (?:things|stuff|this|it|that) up)",
    ),
    NoQuestion.REPEATING: any_of(
        r"(?:why (?:are|do) |stop |please stop )?(?:(?:you|u) )?(?:always |keep )?(?:repeat(?:ing)?|say(?:ing)?|giv(?:e|ing))"
        r"(?: me)?(?: (?:yourself|the same(?: thing| answer| text)?))+"
        r"(?: (?:again|every time))?",
        r"(?:you|u)(?: have|'ve)? (?:already|just) (?:said|told me) (?:that|this|it|so)",
    ),
    NoQuestion.ITSELF: any_of(
        r"who (?:made|built|created|wrote|trained|programmed|runs|are|owns) (?:you|u|this(?: bot| answer| text)?|that"
        r"|these(?: answers| cards)?"
        r"|the (?:cards|answers|explanations)|it)",
        r"how (?:do|does) (?:you|u|this bot|it|askwell) work|what can (?:you|u) do|(?:did|does|is) (?:a|any) (?:human|person"
        r"|mentor) (?:write|wrote)"
        r" (?:this|that|it)|do (?:you|u) (?:use|run on|have) (?:an? )?(?:ai|llm|gpt|chat ?gpt|model|language model)",
        r"what (?:are|r) (?:you|u)",
        r"are (?:you|u) (?:an? |the )?(?:real |actual )?"
        r"(?:chat ?gpt|gpt(?:-?\d)?|claude|gemini|llama|ai|llm|language model|bot|robot|human|person|people|real|alive)",
        r"(?:which|what) (?:model|llm|ai) (?:are|do) (?:you|u)(?: use| using)?",
        r"(?:am i (?:talking|speaking|chatting) (?:to|with)|is this) an? (?:bot|human|person|ai|real person)",
        r"where do (?:your|ur) answers come from",
        r"what(?:'s| is) (?:your|ur) (?:name|purpose)",
    ),
    NoQuestion.THANKS: any_of(
        r"(?:many |big )?(?:thanks?|thank (?:you|u|ya)|thx|ty|tysm|tnx|cheers|merci|gracias|danke)(?: (?:you|u))?"
        r"(?: (?:so|very) much| a (?:lot|million|ton|bunch)| again)*"
        r"(?: for (?:the|your|this|that|all)?[ \w]{0,30})?"
        r"(?:[,.! ]+(?:that|this|it|now|i|finally|got|get|understand|makes?|helps?|helped|clear(?:ed)?|sense|great|perfect|really|a|lot|so"
        r"|much|up|all|is|me|it's|its))*",
    ),
}  # fmt: skip
# What begins so, or has this in it, tells something and asks nothing.
TELLS = any_of(
    r"^(?:many |big )?(?:thanks?|thank (?:you|u)|thx|tysm|cheers)\b.*\b(?:got it|get it|understood|understand|makes sense|helped|helps"
    r"|clear(?:er)?|clicked|works|solved|fixed|saved|finally|video|explanation|effort|time|work)\b",
    r"^(?:good (?:morning|afternoon|evening|night|day)|hi|hey|hello|greetings)\b.*\b(?:just (?:joined|started|enrolled|signed up)|new here"
    r"|excited|happy to be here|nice to meet|looking forward)\b",
    r"^(?:ok(?:ay)?|alright|cool|great|nice|perfect|sure|yes|yep)?[\s,.!]*"
    r"(?:then )?(?:i )?(?:will|i'?ll|i am going to|i'?m going to|gonna|let me)"
    r" (?:just )?(?:try|test|read|report|give (?:it|this|that)|do (?:it|that|this)|check|look|watch|run|start|post|share|go with)\b",
    r"^(?:here(?:'s| is| are) my|sharing my|i (?:just )?(?:finished|submitted|posted|pushed|passed|completed)|just (?:finished|submitted"
    r"|posted|pushed|passed|completed|wanted to (?:say|share))|finally (?:got|finished|passed|understood|managed))\b",
    r"\b(?:happy to share|report back|keep you posted|going to bed|good ?night|see (?:you|ya)|talk (?:to you )?later"
    r"|have a (?:nice|great|good) \w+|good luck|congrat\w*|well done|welcome everyone|happy (?:new year|holidays|birthday|weekend))\b",
)
# What has this in it asks, doubts, believes or has something to complain of, whatever else it tells.
ASKS = any_of(
    r"\?",
    r"\b(?:what|whats|why|how|when|where|who|whom|whose|which|whether)\b",
    r"(?:^|[.,;:!-]\s*|\b(?:and|but|so|ok|then)\s+)(?:is|are|am|do|does|did|can|could|should|would|was|were|has"
    r"|have(?! a (?:nice|great|good))|isn|aren|don|doesn)\b",
    r"\b(?:explain|help|show|tell|need|want|wonder\w*|question|ask\w*|unsure|confus\w*|stuck|idea|difference|versus|vs|meaning"
    r"|(?:an|any|some|for) examples?)\b",
    r"\b(?:but|however|although|though|still|actually|so (?:it|that|this|the|they|we|you|in|both))\b|\bi (?:think|thought|believe|guess)\b",
    r"\b(?:not|no|never|only|nothing|cannot|without|\w+n't|(?:ca|do|does|did|is|are|was|has|have|wo|would|could)nt)\b",
    r"\b(?:translate|give|summari[sz]e|write|define|compare|list|correct|continue|repeat|describe|tldr|quiz)\b",
    r"\b(?:error\w*|nan|fail\w*|wrong|weird|strange|slow|low|high|bad|worse|oom|crash\w*|drop\w*|stays?|keeps?|goes|went|diverg\w*"
    r"|increas\w*|decreas\w*|problem\w*|issue\w*|bug\w*|broken?)\b",
    r"\b(?:next|now)\s*[:-]",
)
SAID = {
    NoQuestion.THANKS: "You're welcome. If something stays unclear, ask on.",
    NoQuestion.REACTION: "Good to hear from you. If a question comes up, ask me here.",
    NoQuestion.CLOSED: "Glad that it's settled. If it comes up again, ask on.",
    NoQuestion.WAITING: "I'm here. Tell me the question in a sentence, and I'll look for a mentor's explanation.",
    NoQuestion.NEWCOMER: "Welcome! Ask me anything about the course; my answers come from explanations that its mentors wrote.",
    NoQuestion.LINK: "I can't open links. Tell me in a sentence what you would like to know about it.",
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
THANKS = frozenset(
    """thanks thank thx ty cheers ok okay great cool nice perfect super alright yes yep ah oh lol haha got it that makes sense understood
    i see you so much a lot very appreciated helps now all clear good bye goodbye later merci gracias danke 谢谢 спасибо""".split()
)
GREETING = frozenset(
    """hi hello hey yo good morning evening afternoon day hola hallo bonjour привет 你好 there all everyone anyone anybody
    somebody someone help please bot askwell test testing ping you are here i have i've got a an quick question can explain me need some
    what who do""".split()
)

CONFUSED = frozenset(
    """i don't dont do not understand this that it makes make no sense i'm im am so lost huh what does doesn't work mean confused still
    get can could you explain again please follow didn't really at all anything about the lecture ask something why how sorry but me help
    any""".split()
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
    if kind is not None:
        return SAID[kind]
    said = set(words(text))
    if said and said <= THANKS:
        return WELCOME_BACK
    asks_about = said <= ABOUT and said & COURSE and said & {"about", "cover", "covers", "covered"}
    if asks_about or (first and said <= GREETING):
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
    plain = text.strip().translate({0x2019: "'"})
    if not re.search(r"\w", plain):
        # Emoji, exclamation marks: nothing in words.
        return NoQuestion.REACTION if plain and "?" not in plain else None
    spoken = re.sub(r"[^\w\s'+^?/.,!:;&=%#~-]", " ", plain).strip()
    if len(spoken.split()) > MOST_WORDS:
        return NoQuestion.TOLD if is_told(spoken) else None
    asks = "?" in spoken and not spoken.startswith("http")
    bare = spoken.rstrip(" ?!.,;:~")
    for kind, pattern in PATTERNS.items():
        if asks and kind in {NoQuestion.THANKS, NoQuestion.REACTION, NoQuestion.CLOSED}:
            continue
        if re.fullmatch(rf"{EXTRA}(?:{pattern.pattern}){EXTRA}", bare, re.IGNORECASE):
            return kind
    return NoQuestion.TOLD if is_told(spoken) else None


def is_told(text: str) -> bool:
    """Return whether a message tells something to the others and has nothing in it that asks, doubts or complains.

    >>> is_told("ok will try that tonight and report back"), is_told("thanks, that helped"), is_told("here is my loss, it stays at 2.3")
    (True, True, False)
    """
    return len(text.split()) <= MOST_WORDS_TOLD and bool(TELLS.search(text)) and not ASKS.search(text)


def either(names: Iterable[str]) -> str:
    """Join names to choose from.

    >>> either(["rye", "spelt", "wheat"])
    'rye, spelt or wheat'
    """
    all_names = list(names)
    return " or ".join([", ".join(all_names[:-1]), all_names[-1]] if len(all_names) > 1 else all_names)
