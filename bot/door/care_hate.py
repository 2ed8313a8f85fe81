"""How people write hatred of groups, threats and abuse of others, language by language; the words are ugly because those are."""

from __future__ import annotations

from bot.door.folding import Patterns, any_of

ENGLISH_GROUP = (
    r"(?:muslims|jews|jewish people|blacks|black (?:people|women|men)|white people|asians|asian people|mexicans|indians|chinese people"
    r"|arabs|africans|gypsies|immigrants|migrants|refugees|foreigners|gays|gay people|lesbians|homosexuals|queers|transgenders"
    r"|trans(?:gender)? (?:people|women|men)|trannies|lgbt\w*(?: people)?|women|girls|females|hindus|christians|disabled people|autistic "
    r"people|pakistanis|turks|russians|ukrainians|fags)"
)

HATE: Patterns = {
    "en": any_of(
        rf"\bi (?:\w+ )?(?:hate|despise|loathe|detest) (?:(?:all|these|those|the|fucking|every) )*{ENGLISH_GROUP}\b(?! (?:names?|cloth\w*"
        r"|data\w*|labels?|class))",
        rf"\b(?:kill|gas|exterminate|shoot|hang|burn|deport|lynch|rape|nuke) (?:(?:all|the|every|those|these) )*{ENGLISH_GROUP}\b",
        r"\bgas them\b",
        rf"\b{ENGLISH_GROUP} (?:\w+ ){{0,4}}(?:should|must|deserve to|ought to) (?:all )?(?:be )?(?:\w+ and )?(?:die|shot|gassed|killed"
        r"|deported|hanged|burned|exterminated|dead|rot)\b",
        r"\bjews (?:control|rule|run)\b|\byou (?:people |all )?(?:should|deserve to) be (?:gassed|shot|killed|hanged|raped)\b",
        r"\bgo back to (?:your|ur) (?:own )?country\b|\b(?:go )?kill (?:your|ur) ?self\b(?! (?:over|trying|with|for))|\bkys\b",
        r"\bhang yourself\b|\bgo die\b|\bdie you\b|\bgo fuck yourself\b|\bhope (?:you|u) (?:all )?die\b",
        r"\b(?:i will|ill|i am going to|im going to|im gonna|gonna) (?:\w+ ){0,3}(?:kill|murder|rape|stab|shoot|hurt) (?:you|u|him|her|all "
        r"of you|every one of you|your (?:family|sister|mother|mom|wife|kids|children))\b",
        r"\b(?:beat|kick) the (?:shit|hell) out of you\b",
        r"\b(?:shoot up|bomb|blow up) (?:the|my|a|this) (?:school|campus|class\w*|office|university)\b|\bheil hitler\b|\bsieg heil\b",
        r"\bhitler (?:was right|did nothing wrong)\b|\bwomen (?:\w+ ){0,2}(?:belong|stay|be) in the kitchen\b|\bwhite power\b|\bgas the\b",
        r"\bsend (?:me )?(?:your |some )?nudes\b|\bshow (?:me )?your (?:tits|boobs)\b|\bsuck my dick\b|\bnigg(?:er|a)s?\b|\bfaggots?\b",
        r"\bkikes\b|\btrann(?:y|ies)\b|\bwetbacks?\b|\bragheads?\b|\btowelheads?\b|\bpakis\b|\bgooks?\b|\bspics\b",
        r"\b(?:fucking|stupid|dumb|such a|you|youre a|you are a|absolute) retards?\b|\byou(?:re| are) (?:\w+ )?retarded\b",
        r"\bfuck (?:you|u)\b|\bfuck your (?:mother|mom|family)\b",
        r"\b(?:you|youre|you are|u r)(?: (?:are|a|an|such|fucking|stupid|dumb|worthless|little|absolute|total|useless|damn|all|filthy"
        r"|dirty))* (?:piece of shit|bitch(?:es)?|cunts?|whores?|sluts?|bastards?|assholes?|motherfuckers?|subhumans?)\b",
        r"\byou (?:are )?(?:a )?fucking (?:idiot|moron|pig|animal)s?\b",
        r"\b(?:mentors?|instructors?|teachers?|professors?|lecturers?|students?) (?:is|are) (?:an? )?(?:\w+ )?(?:retards?|bitch(?:es)?"
        r"|cunts?|whores?|pieces? of shit|assholes?|sluts?)\b",
        r"\bnobody wants you (?:here|alive)\b",
    ),
    "es": any_of(
        r"\bodio a (?:tod[oa]s )?(?:l[oa]s )?(?:\w+ )?(?:negr[oa]s|judí[oa]s|musulman\w+|moros|gays?|inmigrantes|mujeres|gitan\w+"
        r"|latin[oa]s|chinos|indios|árabes|trans|homosexuales)\b",
        r"\b(?:put[oa]s?|malditos?|sucios?) (?:negr[oa]s?|judí[oa]s?|moros?|maric[oó]n\w*|inmigrantes|gitan\w+|sudacas?)\b|\bmueran los\b",
        r"\bte voy a (?:matar|violar|encontrar)\b",
        r"\b(?:inmigrantes|negros|judíos|moros|gays|mujeres|gitanos|árabes) (?:todos )?son (?:\w+ ){0,2}(?:basura|animales|inferiores"
        r"|escoria|ratas|idiotas|tontas|una plaga)\b",
        r"\bmátate\b(?! (?:a )?estudi)|\bmuérete\b(?! de risa)|\bvete a la mierda\b|\bhij[oa] de puta\b",
        r"\beres (?:un[oa]? )?(?:\w+ )?(?:mierda|basura|put[oa])\b",
    ),
    "fr": any_of(
        r"\b(?:déteste|hais) (?:tous )?(?:les|ces) (?:juifs|arabes|noirs|musulmans|gays|homos|femmes|immigrés|migrants|étrangers|roms"
        r"|nègres|trans|pédés)\b",
        r"\bmort aux (?:juifs|arabes)\b",
        r"\bsales? (?:juifs?|juives?|arabes?|noire?s?|nègres?|pédés?|putes?|bougnoules?|gouines?|immigrés?|roms?)\b|\bfils de pute\b",
        r"\bnique ta\b|\bva te faire (?:foutre|enculer)\b",
        r"\b(?:juifs|arabes|noirs|musulmans|femmes|immigrés|étrangers|roms|gays) sont (?:\w+ ){0,2}(?:inférieure?s|des (?:animaux|rats"
        r"|parasites|voleurs|singes)|stupides|débiles)\b",
        r"\bsuicide[ -]toi\b|\bva crever\b|\bcrève,? (?:sale|connard|salope|charogne)\b|\bvais te (?:tuer|frapper|buter|violer)\b",
        r"\bferme ta gueule\b|\b(?:sale|espèce de|grosse|petite) (?:connasse|salope|connard)\b",
    ),
    "de": any_of(
        r"\bich hasse (?:(?:alle|diese|die) )*(?:juden|ausländer|moslems|muslime|schwarze\w*|türken|frauen|schwule\w*|araber|flüchtlinge"
        r"|zigeuner|polen|russen|transen|migranten)\b",
        r"\bausländer raus\b|\bjudensau\b",
        r"\b(?:scheiss|dreckige?r?|verdammte) ?(?:juden?|ausländer|türken?|araber|schwule\w*|moslems|neger)\b|\bkanaken?\b|\bnegers?\b",
        r"\b(?:juden|ausländer|muslime|moslems|schwarze|frauen|schwule|flüchtlinge|türken|araber) (?:sind|gehören) (?:\w+ ){0,2}(?:dreck"
        r"|abschaum|tiere|minderwertig|ungeziefer|vergast|parasiten|dumm|ratten|müll)\b",
        r"\bfick dich\b|\bhurensohn\b|\bhalt (?:die|deine) fresse\b|\bmissgeburt\b|\bbring dich (?:doch )?um\b|\bverreck\b",
        r"\bich (?:bringe?|steche?|schlage?) dich (?:um|ab|tot)\b|\bdu (?:\w+ )?(?:fotze|wichser|schlampe|arschloch|nutte)\b",
    ),
    "ru": any_of(
        r"\bненавижу (?:\w+ )?(?:евреев|жид\w+|чурок|хач\w+|хохл\w+|негров|мусульман|гомик\w+|геев|пидор\w+|баб|женщин|кавказцев|мигрантов"
        r"|таджиков|цыган|москал\w+)\b",
        r"\b(?:чурки|хачи|жиды|евреи|негры|бабы|геи|мигранты|хохлы|москали|цыгане|мусульмане) (?:\w+ )?(?:тупые|твари|не люди|мрази"
        r"|недочеловеки|мусор|животные|сдохнуть)\b",
        r"\bсмерть (?:жидам|евреям|хохлам|русским|чуркам)\b|\bсдохни\b|\bчтоб (?:ты|вы) сдох\w*|\bубей себя\b",
        r"\b(?:пош[её]л|пошла|иди)(?: ты)? на ?ху[йи]\b|\bя тебя (?:убью|найду)\b|\bубью тебя\b",
        r"\bты (?:\w+ )?(?:сука|урод|тварь|мразь|гнида|пидор\w*)\b|\bзавали (?:ебало|хлебало)\b",
    ),
    "pt": any_of(
        r"\bodeio (?:tod[oa]s )?(?:os |as )?(?:negr[oa]s|judeus|gays|viados|mulheres|muçulmanos|imigrantes|nordestinos|pretos|índios|trans"
        r"|travestis|árabes|ciganos|estrangeiros)\b",
        r"\b(?:negros|judeus|gays|mulheres|imigrantes|nordestinos|pretos) (?:são|devem|deviam) (?:\w+ ){0,2}(?:inferiores|lixo|animais"
        r"|burr[oa]s|morrer|escória|ratos|macacos)\b",
        r"\bmacacos? imund\w+|\bvai tomar no cu\b|\bvai se foder\b|\bfilh[oa] da puta\b|\bse mata logo\b|^\W*se mata\W*$",
        r"\bmorre,? (?:viado|desgraçad|praga|negr)|\bvolta (?:pra|para) (?:sua|tua) terra\b|\bvou te (?:matar|bater|estuprar)\b",
        r"\bseu (?:merda|lixo|viado|preto)\b|\bsua (?:puta|preta|vadia)\b|\bvocê é (?:uma? )?(?:\w+ )?(?:merda|lixo|puta)\b",
        r"\bvoltem pra África\b",
    ),
    "zh": any_of(
        r"(?:恨|讨厌|憎恨)(?:所有|全部|这些|那些|死)?的?(?:黑人|犹太人|穆斯林|回民|同性恋|女人|外国人|日本人|印度人|移民|难民)(?!的)",
        r"(?:黑人|犹太人|穆斯林|同性恋|女人|印度人|日本人|移民|难民)(?:都|全|就)+(?:是|该|应该|去|得)*.{0,4}(?:劣等|低等|垃圾|死|滚|畜生"
        r"|蟑螂|变态|人渣)",
        r"^\W*去死吧?\W*$|去死吧?你|你(?:怎么不|给我|快|他妈|全家|们)*(?:去死|死吧)|操你(?:妈|娘)|草泥马|滚回(?:你|你们)|你.{0,3}傻逼",
        r"你妈死了|我要杀了你",
    ),
}

# What is hateful as a plain statement, and a fair question where it's said of a model, a dataset or a label.
DEMEANING: Patterns = {
    "en": any_of(
        rf"\b{ENGLISH_GROUP} are (?:\w+ ){{0,2}}(?:inferior|vermin|animals|disgusting|subhuman|stupid|dumb|filthy|dirty|lazy|trash|garbage"
        r"|scum|parasites|rats|apes|monkeys|diseases?|cancer|mentally ill|freaks|criminals|terrorists|evil)\b",
    ),
}
