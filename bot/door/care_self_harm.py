"""How people write of wanting to die or to hurt themselves, language by language.

What counts is what a person says of themselves, never a topic: "suicidal posts dataset" names a subject, "I feel suicidal" its writer.
"""

from __future__ import annotations

from bot.door.folding import Patterns, any_of

# Said in so many words: neither a joke nor the work makes it less.
SELF_HARM: Patterns = {
    "en": any_of(
        r"\b(?:started|been|keep|back to) cutting (?:again|my (?:arms?|legs?|wrists?|skin))\b|\bi (?:\w+ ){0,5}sleep forever\b",
        r"\bburden to (?:everyone|everybody|my family|you all|all of you)\b|\b(?:i|and) should be dead\b",
        r"\bjump(?:ing)? off (?:a|the) (?:bridge|roof)\b",
        r"\b(?:least painful|painless|easiest|best|quickest) ways? to (?:die|kill myself|end my life)\b",
        r"\b(?:end|ending|take|taking) my (?:own )?life\b(?! (?:to|back|savings|serious\w*)\b)|\bending it all\b",
        r"\b(?:want|wanna|going|gonna|ready|time|rather) (?:to )?(?:just )?end it all\b",
        r"\b(?:done|finished|through|had enough|fed up) (?:with|of) (?:my |this )?(?:life|living)\b",
        r"\b(?:end|ending) (?:things|it|everything|all this|all of it|this) (?:all )?(?:tonight|tomorrow|for good|forever)\b",
        r"\b(?:want|wish|like|wanna|going) (?:\w+ ){0,4}(?:be gone(?: forever| for good)?|stop existing|not exist|disappear forever)\b",
        r"\bthe pain to (?:stop|end|go away)\b|\b(?:dont|do not) deserve to (?:live|be alive|exist)\b",
        r"\bi should ?(?:nt|not) (?:be alive|exist|have been born)\b|\bmy own (?:death|funeral|suicide)\b",
        r"\bi wont be (?:alive|around|here) (?:next|tomorrow|much longer|any ?more)\b|\brather not (?:exist|be alive|live|wake up)\b",
        r"\b(?:no|any) reason to (?:go on|keep going)\b",
        r"\bi(?:ve)? (?:just )?(?:took|taken|swallowed) (?:\d+|all|too many|a bottle of|a lot of|the whole|so many) (?:\w+ ){0,3}(?:pills"
        r"|tablets|paracetamol|xanax|antidepressants|meds)\b",
        r"\b(?:kill|killing|hang) myself (?:tonight|today|tomorrow|now|soon|this)\b|\btried to (?:kill|hang|hurt) myself\b|\bhang myself\b",
        r"\b(?:kms|die) tonight\b|\bunaliv\w+ myself\b|\bself[- ]?harming\b|\b(?:i|ive|to|been) self[- ]?harm(?:ed)?\b",
        r"\b(?:cut|cutting|burn|burning) myself (?:again|every|on purpose|because|when|at night|and|to)\b",
        r"\b(?:been|keep|started) cutting myself\b|\b(?:hurting|harming) myself\b",
        r"\b(?:hurt|harm) myself (?:again|tonight|on purpose|badly)\b|\b(?:want|going|like|urge) to (?:hurt|harm|cut) myself\b",
        r"\b(?:cut|slit|slitting|cutting) my wrists?\b|\bstarv(?:e|ing) myself\b",
        r"\bi (?:just )?(?:took|swallowed) (?:all )?(?:the|my) pills\b",
        r"\bi(?:ve)? (?:just |tried to |took an )?overdosed?\b(?! (?:on|the) (?:learning|data|train|regular))|\bhave the (?:pills|rope)\b",
        r"\bi have a gun\b",
        r"\b(?:im|i am|id|ill|to|gonna) (?:\w+ ){0,2}jump(?:ing)? (?:off|from|in front of) (?:a|the|my) (?:bridge|roof|building|train"
        r"|balcony|cliff)",
        r"\b(?:how many|enough) (?:\w+ ){1,8}(?:to (?:not|never) wake up|to die|to overdose|to kill me)\b",
        r"\b(?:i am|im|i feel|i felt|ive been|feeling|been)(?: (?:really|so|very|still|feeling|a bit|kind of|kinda|pretty|actively))* "
        r"suicidal\b(?! (?:post|tweet|text|message|label|class|data|user|patient|or|vs|versus|ideation))",
        r"\b(?:my|having|have|had|these|get) (?:\w+ )?suicidal (?:thoughts|feelings|urges|ideation)\b(?! (?:label|data|post|class|in))",
        r"\b(?:thinking|thoughts|think|thought) (?:about|of) (?:\w+ )?suicide\b(?! (?:pre|det|risk|rate|data|class|note|post|label))",
        r"\b(?:contemplating|considering|attempted|commit(?:ting)?) suicide\b(?! (?:pre|det|risk|rate|data|class|note|post|label|after|on"
        r"|when))",
        r"\b(?:dont|do not|didnt|no longer|never) (?:\w+ )?(?:want|wish|wanna|like) (?:to )?(?:live|exist|be alive|be here any ?more|wake "
        r"up)\b(?! (?:with|without|near|for|off|on|in (?!this world|this body|pain|fear)))",
        r"\b(?:hope|wish|want|could|pray)\b(?: \w+){0,6} (?:dont|not|didnt|would ?nt|never) wake up\b",
        r"\b(?:never|not) wak(?:e|ing) up again\b",
        r"\b(?:better off|happier) (?:dead|without me|if i (?:was|were|am|wasnt|werent) (?:dead|gone|here|alive|around))\b",
        r"\brather be dead\b|\bwish i (?:was|were) (?:dead|never born)\b|\bnever been born\b",
        r"\b(?:no|any|see a|a) (?:reason|point|will|purpose)(?: left)? (?:to|in|of) (?:live|living|be alive|being alive|go on living)\b",
        r"\bwhats? (?:is )?the point (?:of|in) (?:living|being alive|life)\b|\b(?:nothing|anything) (?:left )?to live for\b",
        r"\blife (?:isnt|is not|not) worth (?:living|it)\b|\b(?:tired|sick) of (?:living|being alive|life)\b",
        r"\bcant (?:go on|keep) living\b",
        r"\b(?:(?:nobody|no ?one) (?:would|will)|(?:would|will) (?:anyone|anybody)) (?:even )?(?:miss|notice|care)(?: me)?,? if i (?:die"
        r"|died|was gone|were gone|am gone|disappeared|was dead|killed)",
        r"\bi should (?:just )?(?:die|be dead|not exist)\b|\bi deserve to die\b|\bthis is my (?:last message|goodbye)\b",
        r"\bmy suicide note\b",
    ),
    "es": any_of(
        r"\bsuicidarme\b",
        r"\b(?:quiero|voy a|pienso|pens\w+|ganas de|intent\w+|tratado de|quisiera)(?: en| a| de)* (?:suicidarme|matarme|quitarme la vida"
        r"|ahorcarme|acabar con mi vida|hacerme daño|cortarme(?! el pelo)|desaparecer para siempre)\b",
        r"\bme (?:quiero|voy a|quisiera) (?:suicidar|matar|ahorcar)\b|\bquitarme la vida\b|\bacabar con mi vida\b",
        r"\bno quiero (?:seguir )?(?:viv(?:ir|iendo)|existir)\b(?! (?:sin|con))|\bsentido a (?:seguir viviendo|vivir|mi vida)",
        r"\bojalá (?:estuviera|estuviese) muert[oa]\b|\bme corto (?:los|las|otra|a mí)\b|\bme autolesion",
        r"\btengo (?:\w+ )?(?:pensamientos|ideas) suicidas\b",
        r"\b(?:no|nunca|jamás) (?:volver a )?despertar(?:me)?\b(?: (?:nunca )?más| nunca| mañana)|\bdespertar nunca más\b",
        r"\bdesaparecer para siempre\b|\b(?:hart[oa]|cansad[oa]) de vivir\b|\bmejor sin mí\b|\bno vale la pena vivir\b",
        r"\b(?:sin|no tengo(?: más)?) ganas de vivir\b|\bpiens?o (?:mucho )?en el suicidio\b",
    ),
    "fr": any_of(
        r"\bpeux plus de (?:vivre|la vie|ma vie)\b",
        r"\bme suicider\b|\b(?:vais|veux|envie de|pense à|essayé de) me (?:tuer|pendre|foutre en lair)\b|\bme (?:fais|faire) du mal\b",
        r"\bfin à mes jours\b|\ben finir avec (?:la|ma) vie\b|\b(?:plus|pas) envie (?:de vivre|dêtre en vie|dexister)\b",
        r"\b(?:marre|fatiguée?|lasse?) de (?:vivre|la vie)\b|\bdisparaître pour toujours\b|\bsi je (?:mourais|disparaissais)\b",
        r"\bveux (?:plus|pas) (?:vivre|exister|être en vie)\b(?! (?:avec|sans))|\b(?:pense|penser|songe) (?:\w+ )?au suicide\b",
        r"\b(?:jai|mes) (?:\w+ )?(?:idées|pensées|envies) suicidaires\b|\b(?:voudrais|aimerais|préférerais) être morte?\b",
        r"\bje me (?:scarifie|mutile|coupe)\b(?! (?:les cheveux|un|du))|\b(?:plus|pas|aucune) (?:de )?raison de vivre\b|\bmieux sans moi\b",
        r"\bvie ne vaut (?:plus|pas)",
    ),
    "de": any_of(
        r"\bbringe? mich (?:\w+ )?um\b|\bmich (?:\w+ ){0,2}umzubringen\b",
        r"\bich (?:\w+ ){0,4}mich (?:\w+ ){0,2}(?:umbringen|umzubringen|töten|aufhängen|erhängen|erschießen)\b",
        r"\b(?:will|möchte|kann|wollte|mag) (?:\w+ ){0,3}nicht mehr (?:leben|da sein|existieren|weiterleben)\b",
        r"\bmir (?:\w+ )?das leben (?:zu )?nehmen\b|\bmeinem leben ein ende\b",
        r"\bich (?:\w+ ){0,4}(?:an|über) (?:selbstmord|suizid)\b(?! (?:in|als|bei))",
        r"\b(?:hab|habe|meine|mit) (?:\w+ ){0,2}(?:selbstmord|suizid)gedanken\b|\b(?:bin|fühle mich) (?:\w+ )?suizidal\b|\britze mich\b",
        r"\bmich (?:\w+ )?(?:ritzen|geritzt|selbst (?:zu )?verletz\w*)\b|\b(?:wäre|wär) (?:\w+ )?(?:lieber|besser|doch) tot\b",
        r"\bkeinen? (?:\w+ )?(?:lebenswillen|lebenslust|lebensmut|grund (?:mehr )?zu(?:m)? leben)\b|\bmein leben (?:zu )?beenden\b",
        r"\bdes lebens müde\b|\bnicht mehr aufwachen\b|\bich wäre tot\b|\bohne mich (?:\w+ ){0,3}besser\b",
        r"\bkeinen sinn (?:mehr )?(?:im|in meinem) leben\b|\blebensmüde\b",
    ),
    "ru": any_of(
        r"(?<!хочет )(?<!собирается )(?<!решил )(?<!решила )(?<!грозится )\bпокончить с (?:собой|жизнью)\b|\bпокончу с (?:собой|жизнью)\b",
        r"\bне хо(?:чу|чется) (?:больше |уже )?(?:жить|существовать)\b(?! (?:в|с|без|по)\b)|\bжить (?:\w+ ){0,2}не (?:хочу|хочется)\b",
        r"\b(?:надоело|нет (?:больше )?сил) жить\b|\b(?:повешусь|вскроюсь|вскрыть вены|вскрою вены|выпилюсь)\b|\bне проснуться\b",
        r"\bубью себя\b",
        r"\b(?:хочу|собираюсь|решила?|пытал\w+|думаю) (?:\w+ )?(?:убить себя|себя убить|повеситься|отравиться|порезать себя|самоубиться"
        r"|спрыгнуть с)",
        r"\bналожить на себя руки\b|\bреж(?:у|усь) (?:себя|руки|вены)\b",
        r"\b(?:у меня|мои) (?:\w+ )?(?:суицидальные мысли|мысли о (?:суициде|самоубийстве|смерти))",
        r"\b(?:думаю|думал\w*) (?:\w+ )?о (?:самоубийстве|суициде)\b|\bсмысла (?:больше )?(?:жить|в жизни)\b|\bнезачем жить\b",
        r"\bлучше бы я (?:умер|сдох|не родил)|\bустала? жить\b|\bбез меня (?:всем|им|вам)?\s?(?:\w+ )?лучше\b",
    ),
    "pt": any_of(
        r"\b(?:quero|vou|queria|pens\w+ em|vontade de|tentei|tentando) (?:\w+ )?(?:me (?:matar|suicidar|enforcar|machucar|cortar)"
        r"|suicidar)\b(?! (?:de|o cabelo|com))",
        r"\b(?:pens\w+ em|vontade de) me (?:matar|cortar)\b(?! (?:o cabelo|de estudar|de rir))|\btirar (?:a )?minha (?:própria )?vida\b",
        r"\bacabar com (?:a )?minha vida\b|\bnão (?:quero|aguento|consigo) mais viver\b",
        r"\bnão quero (?:mais )?(?:viver|existir)\b(?! (?:sem|com))|\bpens\w+ em suicídio\b",
        r"\b(?:tenho|meus) (?:\w+ )?pensamentos suicidas\b|\b(?:cansei|farto|farta) de viver\b|\b(?:sem|tenho mais) vontade de viver\b",
        r"\bfim (?:à|a|na) minha vida\b|\b(?:não|nunca mais) acordar (?:mais|nunca)\b|\bsumir d[eo]st?se? mundo\b",
        r"\bqueria (?:estar|ter) mort[oa]\b|\bnunca ter nascido\b|\beu me corto\b|\bmelhor sem mim\b",
        r"\b(?:sentido|razão) (?:em|para|pra) viver\b|\bcansad[oa] de viver\b",
    ),
    "zh": any_of(
        r"我(?!的?(?:朋友|室友|同学|姐|妹|哥|弟|女友|男友)).{0,12}(?:想|要|打算|准备|考虑)(?:去)?(?:自杀|自尽|轻生|寻死|自残|割腕"
        r"|跳楼)(?!预测|倾向|数据|检测|风险|干预|预防)",
        r"^\W*(?:好|真的|很|真)?想(?:自杀|轻生|自残)(?!预测|倾向|数据|检测|风险)|不想(?:再)?活(?:了|下去|着)|真的不想活|活不下去",
        r"活着.{0,4}(?:意义|好累|太累|没意思)|结束(?:我|自己|我自己)?的?生命|想结束(?:这)?一切|活够了|活腻了|(?:我|真的|好)想去死|不如死了",
        r"死了算了|没有我.{0,6}(?:更好|会好)|(?:在|又|一直|开始|经常)自残|我.{0,4}割腕|我.{0,6}自杀的?(?:念头|想法|冲动|计划)",
    ),
    # Fewer phrasings of more languages; they are answered in English.
    "other": any_of(
        r"\bvoglio (?:morire|uccidermi|suicidarmi|farla finita)\b|\bnon voglio più vivere\b",
        r"\bik wil (?:dood|niet meer leven|zelfmoord plegen)\b|\bchcę (?:umrzeć|się zabić|popełnić samobójstwo)\b",
        r"\bnie chcę (?:już )?żyć\b|\bхочу померти\b|\bне хочу (?:більше )?жити\b|\bвкоротити собі віку\b",
        r"\b(?:ölmek|intihar etmek) istiyorum\b|\byaşamak istemiyorum\b|\baku (?:ingin|mau|pengen) (?:mati|bunuh diri)\b",
        r"\bsaya (?:ingin|mau) (?:mati|bunuh diri)\b|死にたい|自殺したい|消えてしまいたい|生きていたくない|죽고 ?싶|자살하고 ?싶|살기 ?싫",
        r"أريد أن أموت|اريد ان اموت|أريد الانتحار|اريد الانتحار|मरना चाहता|मरना चाहती|जीना नहीं चाहत|आत्महत्या करना चाहत",
        r"\btôi muốn (?:chết|tự tử)\b|\bvill (?:inte leva|dö)\b",
    ),
}

# The same in words that people also joke with; among laughter and talk of the work they are heard as strain.
WISH_TO_DIE: Patterns = {
    "en": any_of(
        r"\b(?:want|wanna|wanted|wanting|need|rather|ready|like|going) (?:to )?(?:just |really |literally )*(?:die|be dead|kill myself|kms"
        r"|d i e)\b(?! (?:of (?:happiness|laughter)|laughing|happy))",
        r"\bkill(?:ing)? myself\b(?! (?:laughing|with laughter))|\b(?:gonna|ill|imma|might|should|to|wanna) kms\b|^\W*kms\b",
        r"\bthrow myself (?:out|off|under|in front)\b|\b(?:id|i would|ill) rather die\b|\bshoot myself\b(?! in the foot)",
    ),
    "es": any_of(
        r"\bquier[oa] morir(?:me)?\b|\bme quier[oa] morir\b|\bganas de morir(?:me)?\b",
    ),
    "fr": any_of(
        r"\b(?:veux|voudrais|envie de) (?:mourir|crever|disparaître)\b",
    ),
    "de": any_of(
        r"\bich (?:\w+ ){0,4}(?:sterben|tot sein)\b(?! (?:lassen|vor))",
    ),
    "ru": any_of(
        r"\b(?:хочу|хочется) (?:\w+ )?(?:умереть|сдохнуть)\b(?! (?:от смеха|со смеху))",
    ),
    "pt": any_of(
        r"\b(?:quero|queria|vontade de) morrer\b(?! de rir)",
    ),
    "zh": any_of(
        r"想死(?!你|您|他|她|大家|机)|生无可恋",
    ),
}

# Heard as strain, never more: a way of speaking that may be meant.
STRAIN: Patterns = {
    "en": any_of(
        r"\b(?:just|please|somebody|someone) (?:kill|shoot) me\b(?! if)|\bcant take (?:this|it) any ?more\b",
        r"\b(?:want|wish) (?:to|i could) (?:just )?disappear\b",
        r"\b(?:i am|im|feel|feeling) (?:so |really |very )?(?:hopeless|depressed|worthless)\b",
    ),
    "zh": any_of(
        r"撑不下去",
    ),
}
# A wish that is denied is heard as strain too.
DENIED = any_of(
    r"\b(?:im|i am|not that im|isnt that im) not (?:\w+ )?suicidal\b",
    r"\b(?:dont|do not|didnt|never|wouldnt|not) (?:really |actually )?(?:want(?:ed)?|going|gonna|planning|trying|wanna|about)(?: to)? "
    r"(?:die|kill myself|hurt myself|harm myself|end my life)\b",
    r"\bno (?:me )?quiero (?:morir|suicidarme|matarme)\b|\bveux pas (?:mourir|me tuer)\b|\bwill nicht sterben\b|\bне хочу умирать\b",
    r"\bnão quero morrer\b|不想死",
)
