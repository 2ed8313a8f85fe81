"""Questions about the assistant itself: who or what it is, whether it errs, why it repeats itself, what it keeps."""

from __future__ import annotations

from bot.door.talk.talk_phrases import NoQuestion
from knowledge.words import any_of

ME = r"(?:you|u|ya|this bot|the bot|this thing|this assistant|askwell)"
MINE = r"(?:your|ur|the|these|this bot's|askwell's)"
BE = r"(?:are|r|is|were|was|am)"
# What a learner may take the assistant for; several may be named: "a bot or a real person".
ONE = (
    r"(?:(?:an?|the|some|any|just|only|even|really|actually|kind of|real|actual|living|live|ai|language|chat|search|course|powered"
    r"|other) )*"
    r"(?:chat ?(?:gpt|bot)|gpt(?:-?\d)?|claude|gemini|copilot|llama|deepseek|ai|llm|model|engine|bot|robot|machine|program|software"
    r"|human(?: being)?|person|people|real|alive"
    r"|mentor|teacher|ta|student|professor|someone|guy|girl|man|woman)"
)
SOMEONE = rf"{ONE}(?:(?:,? or|,? and|,| not| rather than| instead of) (?:{ONE}|what|not|something(?: else)?))*"
WRITES = r"(?:answer|reply|respond|writ|typ|read|talk|speak|listen|check|review|work)"
TAIL = (
    rf"(?: (?:{WRITES}\w*|behind|here|this|that|these|it|me|my|us|to|with|on|yourself|itself|a different name|{MINE}|answers?|messages?"
    rf"|questions?|too|as well|right|of"
    r"|all|every))*"
)
# Each has to be the whole of a message, but for phrases of small talk around it.
ASKED = {
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
        rf"(?:(?:can|could|do|will|does|are) {ME} |how often (?:do|are) {ME} )(?:ever |sometimes |also )*(?:make (?:any )?(?:mistakes?"
        rf"|errors?)|err|be (?:ever )?(?:wrong|mistaken)"
        r"|wrong|lie|hallucinate|make (?:things|stuff|answers) up|fail)(?: (?:sometimes|too|as well))*",
        rf"{BE} (?:{ME}|{MINE} answers?) (?:always |ever |never |sometimes |even )*(?:right|wrong|sure|reliable|correct|accurate"
        rf"|trustworthy|verified|(?:double )?checked)"
        r"(?: by (?:anyone|anybody|someone|a human|humans?|mentors?|a mentor|people|a person))?",
        rf"(?:can|should|could|may|do) (?:i|we|people) (?:really |even |always )*(?:trust|believe|rely on|depend on) (?:an? bot|{ME}"
        rf"|{MINE} answers?|what you say)(?: with (?:this|that))?",
        rf"how (?:do|does|can|did|would) {ME} (?:even )?know(?: (?:that|this|it|things?|all|stuff|so much|the answers?|everything"
        rf"|about))*(?: (?:is|are) (?:right|correct|true))?",
        rf"how (?:accurate|reliable|good|trustworthy|often right|sure|confident) {BE} (?:{ME}|{MINE} answers?)",
        rf"{ME}(?: are|'re|r) (?:a )?(?:wrong|lying|liar|hallucinating|making (?:things|stuff|this|it|that) up)",
        rf"(?:do|does|did|will|has|have) (?:an? |the |any )*(?:mentors?|humans?|people|person|anyone|anybody|someone"
        rf"|teachers?) (?:ever )?(?:check|review|verify|read|correct|confirm)\w*"
        rf" (?:what {ME} (?:say|said|write|answer)|{MINE} answers?)(?: first)?",
    ),
    NoQuestion.REPEATING: any_of(
        r"(?:why (?:are|do) |stop |please stop )?(?:(?:you|u) )?(?:always |keep )?(?:repeat(?:ing)?|say(?:ing)?|giv(?:e|ing))"
        r"(?: me)?(?: (?:yourself|the same(?: thing| answer| text)?))+"
        r"(?: (?:again|every time))?",
        r"(?:you|u)(?: have|'ve)? (?:already|just) (?:said|told me) (?:that|this|it|so)",
    ),
    NoQuestion.ITSELF: any_of(
        rf"(?:{BE} {ME}|{ME}(?:'re| are| r)|{BE} (?:this|there)|{BE} i (?:talking|speaking|chatting|writing)(?: (?:to"
        rf"|with))?) (?:really |just |actually |only |basically |still |now )*{SOMEONE}{TAIL}",
        rf"(?:is|was) (?:it|that) {SOMEONE} (?:{WRITES}\w*|behind|here){TAIL}(?: or {SOMEONE}{TAIL})?",
        rf"{BE} {ME} (?:\w+ly |just |even )?(?:sentient|conscious|self[- ]aware|smart(?:er)?(?: than {ONE})?|better than {ONE}"
        rf"|open[- ]?source|free(?: to use)?|online|awake|there|listening"
        rf"|(?:based|running|built|run|powered|made|trained|written|created|programmed|using|connected)(?: (?:by|on|with|from|to"
        rf"|off))? (?:{SOMEONE}|(?:our|this|the) (?:course|internet|web|slides|chats?|messages|cards)))",
        rf"who(?:'s| is| are| was)? (?:made|built|created|wrote|writes|trained|programmed|runs|owns|designed|pays for|maintains|answers"
        rf"|answering|replying|writing|behind|responding)?"
        rf" ?(?:{ME}|this|that|it|here|these(?: answers| cards)?|this (?:answer|text)|the (?:cards|answers|explanations)|your (?:answers"
        rf"|cards))(?: and (?:why|how|when))?",
        rf"how (?:do|does) (?:{ME}|it) work|how (?:do|can|should) (?:i|we|one) (?:use|ask|talk to|work with) {ME}"
        rf"|what (?:all )?can {ME} (?:do|help(?: me| us)?(?: with)?|answer)"
        rf"|what (?:kind|sort|type)s? of (?:questions?|things?|stuff) (?:can|do|may|should) (?:i|we|{ME}) (?:ask|answer|know)(?: {ME})?"
        rf"|what (?:can|should|may) i ask(?: {ME})?(?: about)?",
        r"(?:did|does|is) (?:a|any) (?:human|person|mentor) (?:write|wrote|read|answer|check|reading|writing|answering) (?:this|that|it"
        r"|here|these)",
        rf"(?:do|does|did) {ME} (?:even |also |actually )?(?:use|run on|have|learn|know|like|remember|sleep|eat|dream|get|love|think"
        rf"|feel|exist)(?: (?:{SOMEONE}|this|it|from|on|our|my|the|me|us|internet|chats?"
        r"|messages?|questions?|feelings|emotions|a soul|tired|anything|what i asked|yesterday|before|humans|everything|by yourself"
        r"|or something else|conversations?|corrections?|mistakes?))*",
        rf"(?:can|could|do|does) {ME} (?:speak|understand|talk|write|answer|reply)(?: in)?(?: (?:other|languages?|any|spanish|german"
        rf"|french|portuguese|italian|russian|chinese|hindi|arabic|turkish|polish|dutch|japanese"
        r"|korean|ukrainian|english|also|and|or|too))+",
        rf"(?:what|who)(?: exactly)?(?:'s| is| are| r|re) (?:{ME})(?: (?:exactly|really|for|made of|based on|anyway|actually))*"
        rf"|what's askwell",
        rf"(?:which|what)(?: (?:kind|sort|type|version) of)? (?:model|llm|ai|gpt|language model|technology|tech) (?:{BE}|do|does|powers"
        rf"|runs|drives)(?: (?:{ME}|behind|this|use|using|on|based|run|running|under the hood))+",
        rf"where (?:do|does|did) (?:{MINE} (?:answers?|knowledge|information|explanations?) come from|{ME} (?:get|take|have|know"
        rf"|learn)(?: (?:your|ur|the|these|this|all|of))* (?:answers?|info|information|knowledge)(?: from)?)",
        r"what(?:'s| is) (?:your|ur) (?:name|purpose|job|source|age)|how old (?:are|r) (?:you|u)|(?:tell me"
        r"|say something) about (?:yourself|you)|introduce yourself|say something(?: nice)?",
    ),
}  # fmt: skip
