"""How people write of being hurt, threatened or harassed, or of somebody near them who wants to die, language by language."""

from __future__ import annotations

from bot.door.folding import Patterns, any_of

# Those who hurt or are hurt; "my professor will kill me" is a way of speaking, so professors stand only among the second.
NEAR = (
    r"(?:boyfriend|girlfriend|husband|wife|partner|ex|father|dad|mother|mom|mum|step\w+|brother|sister|uncle|aunt|cousin|roommate|flatmate"
    r"|neighbou?r|classmate|parents|family|friend|son|daughter)"
)
SOMEBODY = (
    rf"(?:{NEAR}|he|she|they|someone|somebody|people|guy|man|men|woman|student|learner|member|mentor|moderator|admin|user|person|boss"
    r"|teacher|coach|colleague)"
)

DANGER: Patterns = {
    "en": any_of(
        rf"\b{SOMEBODY} (?:\w+ ){{0,6}}(?:hits?|hitting|beats|beating|punch\w*|touche[sd]|hurts) me\b(?! (?:up|with (?!a (?:belt|knife"
        r"|stick|bottle|bat)|his|her)|by|at|on|in(?! the)|to|over|for|every time i|out))",
        rf"\b{NEAR} (?:\w+ ){{0,2}}(?:hits|beats|chokes|rapes|abuses) my (?:mom|mum|mother|sister|brother|kids|son|daughter|children)\b",
        rf"\b{SOMEBODY} (?:\w+ ){{0,6}}(?:chok\w+|strangl\w+|rap(?:ed|es|ing)|molest\w*|abus\w+|assault\w*|stalk\w*|threaten\w*|harass\w*"
        r"|bull(?:ies|ied|ying)|grop\w+|following|follows) me\b(?! (?:with (?!a (?:knife|gun)|his|her)|for|into|on (?:github|twitter"
        r"|linkedin|kaggle)))",
        r"\b(?:sends?|sending|sent) me (?:\w+ )?(?:creepy|sexual|disgusting|explicit|threatening|dick|nude)\b",
        rf"\bwont let me leave the (?:house|flat|room)\b|\b(?:{NEAR}|he|she) (?:\w+ ){{0,6}}(?:wants|wanted) to (?:die|be dead)\b",
        rf"\b(?:{NEAR}|he|she) (?:\w+ ){{0,4}}(?:suicide|suicidal)\b",
        rf"\b{SOMEBODY} (?:\w+ ){{0,3}}threaten(?:s|ed|ing)? to (?:kill|hurt|beat|rape|hit|find|stab)\b",
        r"\b(?:im|i am|i was|i got|ive been|i have been|i keep)(?: being| getting)? (?:\w+ )?(?:abused|raped|assaulted|molested|harassed"
        r"|bullied|stalked|threatened|groped|beaten up)\b",
        r"\b(?:im|i am|i feel|im feeling) (?:\w+ )?(?:not safe|unsafe)\b(?! (?:using|to|with|about))",
        r"\bi (?:dont|do not) feel safe\b(?! (?:using|to|calling|about|deploying|relying|in c))",
        r"\b(?:im|i am|we are) (?:\w+ )?in danger\b(?! of)|\b(?:scared|afraid|terrified) to go home\b",
        rf"\b(?:scared|afraid|terrified) of (?:my (?:{NEAR})|him|her)\b",
        rf"\b(?:{NEAR}|he|she|someone|somebody) (?:\w+ ){{0,3}}(?:will|going to|gonna|wants to|tried to|tries to) (?:kill|hurt|rape|beat) "
        r"me\b(?! (?:if|when|for) i? ?(?:call|miss|break|forget|submit|say|use|get|fail|mix))",
        rf"\b(?:{NEAR}|he|she|someone i know|somebody i know) (?:\w+ ){{0,6}}(?:kill|killing|hurt|hurting|hang|harm|harming|cut|cutting) "
        r"(?:himself|herself|themsel\w+)\b",
        rf"\b(?:{NEAR}|he|she) (?:\w+ ){{0,6}}(?:end|take|ending|taking) (?:his|her|their)(?: own)? life\b",
        rf"\b(?:{NEAR}|he|she) (?:is|might be|seems) suicidal\b",
    ),
    "es": any_of(
        r"\b(?:mi|un|una|el|la) (?:novi[oa]|marido|espos[oa]|pareja|ex|padre|papá|madre|mamá|hermano|padrastro|compañer[oa]|vecino|jefe|tío"
        r"|profesor)(?: \w+){0,3} me (?:pega|golpea|maltrata|viola|acosa|amenaza|abusa|persigue|toca|está (?:acosando|amenazando|pegando"
        r"|persiguiendo))\b",
        r"\bme est(?:án|á) (?:acosando|amenazando|persiguiendo|maltratando)\b|\bme (?:violaron|han violado|violó)\b|\babus\w+ de mí\b",
        r"\bestoy en peligro\b(?! de)|\bno estoy (?:segur[oa]|a salvo) en (?:mi )?casa\b",
        r"\b(?:mi|un|una) (?:amig[oa]|herman[oa]|novi[oa]|compañer[oa])(?: \w+){0,3} (?:se quiere (?:suicidar|matar)|quiere (?:suicidarse"
        r"|matarse|morir))\b",
    ),
    "fr": any_of(
        r"\b(?:mon|ma|un|une) (?:mari|copain|copine|conjointe?|femme|père|mère|frère|beau-père|ex|prof|colocataire|voisin|étudiante?"
        r"|collègue|chef|oncle)(?: \w+){0,3} me (?:frappe|bat|menace|harcèle|viole|agresse|touche|suit)\b(?! (?:sur|à|au|de))",
        r"\bquelquun (?:\w+ ){0,2}me (?:menace|harcèle|suit|frappe|agresse)\b|\bon ma (?:violée?|agressée?|menacée?|frappée?)\b",
        r"\bjai été (?:violée?|agressée?|menacée?)\b|\bje suis (?:harcelée?|battue|menacée?|en danger)\b(?! de)|\bsuis pas en sécurité\b",
        r"\b(?:mon|ma|un|une) (?:amie?|frère|soeur|sœur|copain|copine|coloc\w*)(?: \w+){0,3} (?:se suicider|se tuer|mourir)\b",
    ),
    "de": any_of(
        r"\b(?:(?:mein|meine|ein|eine|der|die) (?:freund|freundin|mann|frau|ex\w*|vater|mutter|bruder|stiefvater|chef|lehrer|kommilitone"
        r"|nachbar|mitbewohner|partner|onkel)|er|sie|jemand) (?:\w+ ){0,3}(?:schlägt|bedroht|belästigt|missbraucht|verfolgt|verprügelt"
        r"|vergewaltigt|stalkt) mich\b(?! (?:im|bei|in|auf))",
        r"\bhat mich (?:\w+ ){0,3}(?:geschlagen|bedroht|belästigt|missbraucht|vergewaltigt|verprügelt|gewürgt)\b(?! (?:im|bei))",
        r"\bich (?:werde|wurde|bin)(?: \w+){0,5} (?:bedroht|belästigt|gemobbt|geschlagen|vergewaltigt|missbraucht|gestalkt|verfolgt"
        r"|misshandelt)\b",
        r"\bich bin (?:\w+ )?in gefahr\b|\bangst vor (?:meinem|meiner) (?:freund|mann|vater|mutter|ex|bruder|stiefvater|partner)\b",
        r"\bnicht sicher zu ?hause\b",
        r"\b(?:mein|meine|ein|eine) (?:freund|freundin|bruder|schwester|mitbewohner\w*|kumpel|kolleg\w+)(?: \w+){0,3} (?:sich (?:umbringen"
        r"|töten|das leben nehmen)|sterben)\b",
    ),
    "ru": any_of(
        r"\bменя (?:\w+ )?(?:бь[её]т|бьют|избива\w+|травят|преследу\w+|изнасилова\w+|избил\w*|домога\w+|шантажир\w+)\b(?! (?:током|ошибк))",
        r"\bмне (?:\w+ )?угрожа(?:ют|ет)\b|\bнадо мной издеваются\b|\bбоюсь (?:идти домой|мужа|отца|отчима|парня)\b|\bя в опасности\b",
        r"\b(?:друг|подруга|сестра|брат|сосед\w*|парень|девушка)(?: \w+){0,3} (?:хочет|собирается|решила?|грозится) (?:\w+ )?(?:покончить"
        r"|убить себя|умереть|повеситься)",
    ),
    "pt": any_of(
        r"\b(?:meu|minha|um|uma|o|a) (?:namorad[oa]|marido|esposa|mulher|pai|mãe|padrasto|ex|irmão|colega|chefe|vizinho|professor|tio)(?: "
        r"\w+){0,3} me (?:bate|agride|espanca|ameaça|persegue|assedia|abusa|estupr\w+|toca)\b",
        r"\bme (?:ameaçando|assediando|perseguindo|agredindo|estuprou|violentou)\b",
        r"\bsendo (?:ameaçad[oa]|abusad[oa]|assediad[oa]|perseguid[oa]|agredid[oa])\b",
        r"\bfui (?:estuprad[oa]|abusad[oa]|agredid[oa]|violentad[oa])\b|\b(?:estou|tô) em perigo\b(?! de)",
        r"\bsofro (?:bullying|abuso|violência)\b",
        r"\b(?:meu|minha|um|uma) (?:amig[oa]|irmã|irmão|namorad[oa]|colega)(?: \w+){0,3} (?:se matar|se suicidar|morrer)\b",
    ),
    "zh": any_of(
        r"(?:爸|妈|父亲|母亲|老公|丈夫|男友|男朋友|女友|老婆|他|她|有人|继父|哥哥|室友|同学|同事|老师).{0,6}(?:打我|家暴|威胁我|骚扰我"
        r"|跟踪我|欺负我|性侵|侵犯我|掐我|要杀我|霸凌我)(?!脸)",
        r"我被.{0,6}(?:家暴|威胁|强奸|性侵|骚扰|跟踪|霸凌|欺负|虐待|殴打)",
        r"(?:朋友|室友|同学|姐姐?|妹妹?|哥哥?|弟弟?|女友|男友|她|他)(?:说)?(?:他|她)?(?:想|要|打算)(?:自杀|轻生|自残|去死)",
    ),
}
