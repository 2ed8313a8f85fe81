"""The surroundings of a grave word that change its meaning: laughter, talk of the work, and quoted texts."""

from __future__ import annotations

import re

from bot.door.folding import any_folded

LAUGHTER = any_folded(
    r"\b(?:lol|lmao|lmfao|rofl|(?:ha){2,}h?|(?:he){2,}|jk|xd+|kidding|joking|(?:ja){2,}|mdr|ptdr|k{3,}|rsrs|(?:ха){2,}|(?:ах){2,}\w*)\b",
    r"哈哈|笑死|\U0001f602|\U0001f923|\U0001f480|\U0001f605|(?<!\w)/s\b",
)
WORK = (
    r"(?:loss|bugs?|code|gpus?|cuda|train\w*|models?|labels?|mask\w*|tokens?|homework|assignments?|exam|quiz|thesis|paper|course|deadline"
    r"|lecture|mlm|clm|icl|bert|gpt|lora|learning|fine-?tun\w*|pre-?train\w*|supervised|corruption|kernel|notebook|datasets?|keras|pytorch"
    r"|tensorflow|regex|cours|kurs|curso|examen|trabajo|tarea|codigo|modele?o?|modell|devoirs?|hausaufgaben?|лосс|модель|код|курс|trabalho"
    r"|prova)"
)
WORKING = any_folded(
    rf"\b{WORK}\b|标签|模型|数据|训练|作业|代码",
)
CAUSED_BY_WORK = any_folded(
    rf"\b{WORK}\b(?! of (?:my|her|his|our|a|the))(?:\W+\w+){{0,4}}?\W+(?:mak(?:es?|ing) me|made me|hace que|me donne|me da|me dan|me faz"
    r"|me dá|fait que|让我)",
    rf"(?:loss|bug|代码|模型|作业)让我|\bmyself (?:trying to|over (?:\w+ ){{0,2}}{WORK})\b",
)

# Topics of messages about texts, and the words that introduce such a text.
SUBJECT = any_folded(
    r"\b(?:data ?sets?|labell?\w*|classif\w*|annotat\w*|corpus|corpora|models?|train\w*|supervised|tokens?|sentiment|detect\w*|toxic\w*"
    r"|moderat\w*|pre-?train\w*|rlhf|bias\w*|word2vec|embeddings?|outputs?|prompts?|etiquet\w*|jeu de données|daten\w*|klassifi\w*|rotul\w*"
    r"|dados|датасет\w*|метк\w*|размет\w*|классиф\w*)\b",
    r"标签|数据集|标注|分类|监督",
)
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
