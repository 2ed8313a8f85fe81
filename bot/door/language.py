"""Messages in another language than English, told by their script or by their commonest words."""

from __future__ import annotations

from index.search.query import is_foreign
from knowledge.words import words

# Common words of languages in Latin letters.
COMMON = tuple(
    frozenset(row.split())
    for row in (
        "qué que cuál cuáles cómo por porqué para los las una unos el la es son está están del al con sin pero más también muy "
        "cuando donde puedo puede hay entre sobre si yo ejemplo significa diferencia",  # Spanish
        "que quoi quel quelle quels quelles est sont les des une le la du au aux avec sans mais pourquoi comment c'est qu'est- "
        "ce est-ce dans sur pour je peut entre différence",  # French
        "was ist sind der das ein eine einen und oder nicht wie warum wieso mit ohne aber auf für bei beim den dem zwischen ich "
        "kann wird werden bedeutet unterschied gibt",  # German
        "o que qual quais como por para os as uma um é são está não com sem mas também você eu pode entre sobre porquê "
        "diferença",  # Portuguese
        "che cosa cos'è qual quali come perché il lo gli una è sono della del di con senza ma anche io può tra differenza",  # Italian
        "wat is zijn het een en of niet hoe waarom met zonder maar op voor tussen ik kan wordt betekent verschil",  # Dutch
        "co to jest są nie jak dlaczego czy z bez ale dla między ja może oznacza różnica",  # Polish
        "ne nedir nasıl neden bir ve mi mı için ile değil arasındaki fark var midir olarak",  # Turkish
        "apa itu adalah bagaimana mengapa kenapa dan atau tidak dengan untuk yang antara bisa saya perbedaan",  # Indonesian
        "là gì như thế nào tại sao và không với cho của giữa có tôi khác nhau",  # Vietnamese
        "vad är och eller inte hur varför med utan men för mellan jag kan betyder skillnaden det en ett",  # Swedish
    )
)  # fmt: skip
ENGLISH = frozenset(
    """the a an is are was of to in and or not what how why which does do it that this these with for from on as by be can i you we they
    there when where who if but so no my your than then its it's don't isn't just like about at has have did should would me""".split()
)
# So many common words of a language, and more than English ones, make a message one of that language.
FEWEST = 2
# In a message of so few words, none of them a common English one, one long word of a language is enough.
SHORT_MESSAGE, LONG_WORD = 3, 5


def is_another_language(text: str) -> bool:
    """Return whether a message is in another language than English.

    >>> is_another_language("¿Qué es una etiqueta y para qué sirve?"), is_another_language("MLM vs CLM")
    (True, False)
    """
    if is_foreign(text):
        return True
    said = words(text)
    english = sum(word in ENGLISH for word in said)
    one_will_do = not english and len(said) <= SHORT_MESSAGE
    if one_will_do and any(word in common and len(word) >= LONG_WORD for word in said for common in COMMON):
        return True
    return any(sum(word in common for word in said) >= max(FEWEST, english + 1) for common in COMMON)
