"""Phrases of messages that ask nothing of the subject, of what is asked of the assistant itself, and of what asks in any case."""

from __future__ import annotations

from enum import StrEnum

from knowledge.words import any_of


class NoQuestion(StrEnum):
    """What a message is that asks nothing of the subject; of several that are in a message, the first here counts."""

    PRIVACY = "privacy"
    MISTAKES = "mistakes"
    REPEATING = "repeating"
    ITSELF = "itself"
    LINK = "link"
    WAITING = "waiting"
    CLOSED = "closed"
    SORRY = "sorry"
    COMPLAINT = "complaint"
    PRAISE = "praise"
    NEWCOMER = "newcomer"
    THANKS = "thanks"
    BYE = "bye"
    HELLO = "hello"
    TOLD = "told"
    REACTION = "reaction"


# Things said in any order and number. Each is taken out of a message, and what is left decides whether the message asks.
PHRASES = {
    NoQuestion.LINK: any_of(r"(?:\b(?:check(?: out)?|see|read|this(?: one)?|here|interesting|link|good|nice)\b[\s:]*)*(?:https?://"
    r"|www\.)\S+"),
    NoQuestion.CLOSED: any_of(
        r"\b(?:never ?mind|nvm|nm|forget (?:it|about it)|scratch that|(?:(?:please )?ignore|disregard) (?:me|this|that|it"
        r"|my (?:last )?\w+))\b",
        r"\b(?:i )?(?:just |already )?(?:found|solved|fixed|sorted|figured|resolved)(?: (?:it|that|this))?(?: out)?(?: (?:by )?myself"
        r"| on my own)?\b"
        r"|\b(?:it(?:'s| is)? |this |everything |now )*works?(?: now| fine| again)|\b(?:i )?(?:got|have) (?:it|this"
        r"|everything) (?:working|to work|running)"
        r"|\b(?:it's |we're |now )?all (?:good|set|sorted)\b|\bno worries\b|\b(?:it's |that's )(?:fine|ok(?:ay)?)\b|^\W*(?:solved|works"
        r"|done)\b",
        r"\b(?:the answer |it )?(?:was|is) (?:just )?(?:a typo|(?:already )?in the (?:slides|faq|docs|notes|book|lecture|readme)"
        r"|on my side)\b"
        r"|\bthe answer in the (?:slides|faq|docs|notes|book)\b",
    ),
    NoQuestion.SORRY: any_of(
        r"\b(?:my bad|(?:my )?apolog(?:y|ies|ise|ize)|oops|whoops|ups|sorry|i am (?:so )?stupid|i'?m (?:so )?(?:stupid|dumb)|silly me"
        r"|duh)\b",
        r"\b(?:posted (?:this |it )?(?:in|to) (?:the )?)?(?:the )?wrong (?:channel|thread|chat|window|tab|person|place|link|file|one)\b"
        r"|\b(?:for|about) (?:the|my|all the) (?:\w+ )?(?:posts?|questions?|spam|noise|pings?|delay|confusion|typos?|trouble|late reply)\b"
        r"|\b(?:i )?(?:didn't|did not) mean to (?:send|post|ping|interrupt|bother)\b|\bto (?:bother|disturb|interrupt)\b"
        r"|\bi misread\b|(?<=sorry )(?:a )?typo\b|\bdeleted\b",
    ),
    NoQuestion.COMPLAINT: any_of(
        r"\b(?:bad|stupid|dumb|useless|terrible|horrible|worst|annoying|trash|garbage|lame) (?:bot|answers?|reply|ai|thing|assistant"
        r"|explanation)(?: ever)?\b"
        r"|\b(?:u|you) (?:suck|(?:never|don't|didn't|do not|did not|can't) (?:answer|help|understand|read)(?: (?:me|my|the|anything"
        r"|properly|questions?|right))*)\b",
        r"\b(?:(?:you|u|ur)(?:'re| are| r)?|(?:this|the|your|that) (?:bot|answers?|thing|reply)(?: (?:is|are|was|were))?|that (?:was|is)"
        r"|it's)"
        r" (?:\w+ly |so |just |too |very |kinda |completely |not |a |no )*(?:useless|dumb|stupid|slow|annoying|bad|terrible|horrible"
        r"|unhelpful|long|short"
        r"|trash|garbage|(?<=not )helpful|(?<=no )help)(?: (?:today|bot|answer))*\b|\b(?:not|un) ?(?:very |really |that )?helpful\b",
    ),
    NoQuestion.PRAISE: any_of(
        r"\b(?:good|best|nice|great|clever|smart|cute|lovely|impressive for an?) (?:bot|robot|assistant|ai)(?: ever)?\b|\bi (?:love"
        r"|like) (?:you|u|this bot)(?: bot)?\b",
        r"\b(?:(?:you|u)(?:'re| are| r)|(?:this|the) bot is|it's) (?:\w+ly |so |just |the |a |very |an )*(?:awesome|amazing|great"
        r"|helpful|brilliant|good|smart"
        r"|clever|best|fast|quick|cool|nice|life ?savers?|legends?|genius|star|hero|lovely|kind|funny)(?: (?:today|bot))*\b",
    ),
    NoQuestion.NEWCOMER: any_of(
        r"\b(?:i(?:'m| am| have|'ve)? )?(?:just |recently )?(?:(?:joined|started|enrolled|signed up)(?: (?:in|for|up))?"
        r"|(?:new|fresh) (?:here|to (?:this|the) (?:course|server|forum|channel|group)))(?: (?:the|this) (?:course|server|forum|class))?"
        r"(?: (?:from \w+|today|yesterday|this week))*(?=\W*(?:$|[,.!]))|\b(?:nice|happy|glad|good|excited) to (?:meet|be|start|join|learn)"
        r"(?: (?:you|u|y'all|here|this|the|with|course|part of))*\b",
    ),
    NoQuestion.THANKS: any_of(
        r"\b(?:(?:many|big|much|huge) )?(?:th?a?h?n+[kx]+s*|thank ?(?:you|u|ya|god)|than[kx]s ?(?:you|u)?|thx+|ty+|tysm+|tyvm|tnx|cheers"
        r"|merci|gracias|danke"
        r"(?: schön)?|obrigad[oa]|grazie|(?:i )?(?:really )?appreciated?(?: (?:it|the help|your help|that|this))?|grateful)\b(?: (?:you"
        r"|u)\b)?"
        r"(?: in advance| anyway| a (?:lot|million|ton|bunch)| (?:so|very) much| again)*"
        r"(?: (?:for|to) (?:the|your|this|that|all|taking|both|explaining|clearing|sharing|helping|being|everyone|everybody)\b"
        r"(?: (?!and\b|but\b|so\b|is\b|are\b|what\b|how\b|why\b|which\b|i\b|it's\b|now\b|explain\b)\w+){0,6})?",
        r"谢谢|спасибо",
    ),
    NoQuestion.BYE: any_of(
        r"\b(?:good ?)?bye+\b|\b(?:good ?night|gn|cya|ttyl|brb|later all|take care|see (?:you|ya|u)(?: \w+){0,2}|catch (?:you|ya) later)\b"
        r"|\btalk (?:to you )?(?:later|soon)\b|\b(?:gotta|have to|got to|need to|must) (?:go|run|sleep)\b|\b(?:off|going|time)(?: to"
        r"| for)(?: the)? (?:bed|sleep|lunch|dinner|work)\b"
        r"|\b(?:that's|that is) (?:it|all)(?: (?:for (?:today|now|tonight|me)|from me))\b|\bback in an? \w+\b|\bhave a (?:nice|great"
        r"|good|lovely) \w+\b",
    ),
    NoQuestion.HELLO: any_of(
        r"\b(?:hi+|hey+|hello+|helo|hiya|hola|hallo|bonjour|greetings|gm|yo|howdy|welcome)\b|\b(?:good )?(?:morning|afternoon|evening)\b"
        r"|\bgood day\b|привет|你好"
        r"|\bhow (?:are|r) (?:you|u)(?: (?:doing|today|all|guys))*\b|\bhow's (?:it going|everyone|life)\b|\bwhat's up\b|\b(?:wass?up"
        r"|sup)\b|\bhappy (?:mon|tues|wednes|thurs|fri|satur|sun|holi|new )\w*\b",
        r"\bfellow \w+\b|(?<=hello |eople )from (?:\w+ ?){1,2}$|^\W*hola a todos",
    ),
    NoQuestion.WAITING: any_of(
        r"\b(?:friendly )?bump(?:ing|ed)?\b|^\W*up\b|\b(?:is )?(?:anyone|anybody|somebody|someone)(?: (?:here|around|there|alive|awake"
        r"|online"
        r"|in (?:this|the) channel))?(?=\W*(?:$|there))"
        r"|\bany (?:updates?|news|ideas?|help|takers|answers?|luck|reply|replies)\b(?: (?:on|about) (?:this|that|it))?",
        r"\b(?:still )?waiting(?: (?:for|on) (?:an? |this |it |the |my )?(?:answer|reply|response|one|help)?)?"
        r"|\b(?:still )?no (?:answers?|reply|replies|response)(?: yet)?\b"
        r"|\b(?:cc|ping(?:ing)?|paging|tagging)\b|\bhello(?=\?)",
    ),
    NoQuestion.TOLD: any_of(
        r"\b(?:i(?:'ll| will|'m going to|m gonna| am going to) |i'm |gonna |will |let me |going to |lemme )(?:just |definitely )?(?:try"
        r"|test|check|look|read|watch|think|do)(?:ing)?"
        r"(?: (?:(?:it|that|this|them)(?: out)?|about (?:it|this|that)|again|now|later|tonight|tomorrow|for a (?:bit|while|moment)|out"
        r"|the video|into (?:it|this|that)))*(?=\W*(?:$|[,.!]|and (?:come|report|see)))"
        r"|\b(?:now |finally )*i (?:now |finally |also )*(?:understand|understood|get|see|know) (?:why|how|what)\b"
        r"|\b(?:on it|will do|trying it|reading it|following|subscribed|noted|(?:bookmark|sav|add|writ)ing (?:this|it"
        r"|that)(?: down)?(?: (?:to|in|for) (?:my notes|later|the exam))?)\b",
    ),
    NoQuestion.REACTION: any_of(
        r"\b(?:great|good|nice|clear|amazing|excellent|better|helpful|best|awesome|brilliant|w) (?:explanation|answer|question|point"
        r"|example|reply|work|job|analogy)s?\b",
        r"(?<!the )\bsame(?: (?:here|problem|question|issue|thing|doubt|boat)s*)*(?: too| as well)?\b(?! (?:for|in|with|as|when|if"
        r"|on)\b(?! me\b))"
        r"|\b(?:i )?(?:have|had|was (?:about to ask|wondering)|came here to ask|meant?|wanted to ask|would like to know"
        r"|i'd like to know)(?: (?:the|this|that|exactly|exact|just|same|question|thing|issue|problem)s*)+\b"
        r"|\b(?:i'd like to know (?:that )?too|glad i'm not the only one|not (?:just|only) me|what i meant|couldn't agree more"
        r"|can't agree more)\b",
        r"\b(?:i )?(?:think |finally |now |totally |completely |fully |just |do )*(?:i )?(?:(?:now |finally )*(?:get|got|see|understand"
        r"|understood|undrestand)"
        r"(?: (?:it|that|this|you|the (?:idea|point|difference)|what you mean))*|gotcha|gotchu)\b",
        r"\b(?:that |this |it |all |everything |now )*(?:makes?|made|making) (?:(?:total|perfect|more|much|complete|a lot of|so much"
        r"|way more) )*sens(?:e)?\b"
        r"|\b(?:(?:that|this|it)(?:'s| is)? |all |now |much |crystal |very |really |more )*(?:clear(?:er|ed|s)?)(?: (?:it|that|this"
        r"|things|everything) up| to me)?\b"
        r"|\b(?:that|this|it)? ?(?:really )?(?:helps|helped|clicks|clicked)(?: (?:a lot|me))?\b|\b(?:lightbulb|aha) moment\b"
        r"|\bwas overthinking (?:it|this)\b|\bthat was all(?: i (?:wanted|needed)(?: to know)?)?"
        r"|\b(?:so )?that(?:'s| is) why(?=\W*(?:$|[,.!]))|\b(?:exactly|just) what i (?:was looking for|needed|wanted)\b|\b(?:way "
        r"|much )?(?:simpler|easier|better) than (?:i (?:expected|thought)|the (?:lecture|book|slides|video))\b"
        r"|\bi (?:had|got) (?:it|this|that|them) (?:all )?(?:the )?(?:wrong|mixed up|backwards)(?: way (?:round"
        r"|around))?(?: in my head)?\b|\bit took me a while(?: but)?\b|\bthan the (?:lecture|book|slides|video)\b|\b(?:answers"
        r"|answered) my questions?\b",
        r"\+ ?1\b|\^+|\b(?:me too|me (?:two|three)|makes two of us|agreed?|wow+|whoa|omg|damn|yikes|rip|aha+|ah+|oh+|ooh+|eh|hm+|mhm|uh+"
        r"|ok(?:ay|ie|k+)?|k|kk|alright|yes+|yep|yeah|yup|yay+|no"
        r"|nope|(?<!you )(?<!u )sure|of course|right|exactly|precisely|indeed|(?:so )?true(?: that)?|fair(?: enough)?|well said"
        r"|interesting|amazing"
        r"|awesome|nice+(?: one)?|cool+"
        r"|sweet|brilliant|great|perfect|super|excellent|wonderful|impressive|lovely|finally|beep|boop|w|l|gg|sad|fun|fan?tastic"
        r"|good (?:stuff|one|to know|idea)"
        r"|lo+l|lmao+|rofl|(?:ha|he)(?:ha|he)*h?|xd+|10/10|big brain|mind ?blown|this is (?:gold|so cool|it|fire)|(?:love|loved) (?:this"
        r"|it|that)|100 ?%?)\b",
    ),
}  # fmt: skip
# Words that say nothing by themselves and may stand between such phrases.
GLUE = frozenset(
    """a an and the this that that's thats it it's its is was so very really totally completely absolutely honestly much too also
    just now then again already all i i'm am me my you u ur your everyone everybody guys folks friends team y'all mate man bro
    bruh dude sir maam madam dear people there here to for of in on at with from day days please pls today tonight yet well lot
    super such good bot askwell mentor mentors hope week time back by let edit update amigo amigos claro muy only bit still""".split()
)
# What begins so, or has this in it, tells something and asks nothing.
TELLS = any_of(
    r"\b(?:thanks?|thank ?(?:you|u)|thx|ty|tysm|cheers|appreciated?)\b.*\b(?:got it|get it|understood|understand|makes sense|helped|helps?"
    r"|clear(?:er|ed)?|click(?:ed)?|works|solved|fixed|saved?|finally|video|explanation|analogy|effort|time|work|wanted|missing|better"
    r"|lecture|textbook|stuck|driving)\b",
    # Without the thanks it may be a wrong belief ("now i get why BERT needs human labels").
    r"^(?:now i |i |finally i |i finally )?(?:now |finally )*(?:understand|get|see|understood) (?:why|how|what|the difference)\b"
    r".*\b(?:thanks?|thx|ty|tysm|cheers)\b",
    r"^(?:me:|plot twist)|\bsent from my\b",
    r"^(?:good (?:morning|afternoon|evening|night|day)|hi|hey|hello|greetings)\b.*\b(?:just (?:joined|started|enrolled|signed up)|new here"
    r"|excited|happy to be here|nice to meet|looking forward)\b",
    r"^(?:ok(?:ay)?|alright|cool|great|nice|perfect|sure|yes|yep)?[\s,.!]*"
    r"(?:then )?(?:i )?(?:will|i'?ll|i am going to|i'?m going to|gonna|let me)"
    r" (?:just )?(?:try|test|re-?read|re-?watch|report|give (?:it|this|that)|do (?:it|that|this)|check|look|watch|run|start|post|share"
    r"|go with)\b",
    r"^(?:here(?:'s| is| are) my|sharing my|(?:i )?(?:just )?(?:finished|submitted|passed|completed|starting|about to start)"
    r"|i (?:just )?(?:posted|pushed)|just (?:finished|submitted"
    r"|posted|pushed|passed|completed|wanted to (?:say|share))|finally (?:got|finished|passed|understood|managed))\b",
    r"\b(?:happy to share|report back|keep you posted|going to bed|good ?night|see (?:you|ya)|talk (?:to you )?later"
    r"|have a (?:nice|great|good) \w+|good luck|congrat\w*|well done|welcome everyone|happy (?:new year|holidays|birthday|weekend))\b",
)
# What has this in it asks, doubts, believes or has something to complain of, whatever else it tells.
ASKS = any_of(
    r"\?",
    # What is said of the subject may be a wrong belief.
    r"(?<!here )\b(?:both|means?|is|are)\b(?! (?:very |so |much |really |all |now |way |more )*(?:clear|good|great|helpful|better|useful"
    r"|nice"
    r"|simple|done|over))|=",
    r"[,.!;:]\s*and \w|\b(?:and|but|so)\s*$|\band then\b",
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
