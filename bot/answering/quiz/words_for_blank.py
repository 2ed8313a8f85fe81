"""The words of a card's sentence that fill a blank: between the same words, with the item's other words around."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answering.statements.evidence import Near, same_stems
from bot.answering.statements.opposition import CLAUSE_ENDS
from bot.answering.statements.verdict import parts_of
from knowledge.words import WORD, content_stems

# The share of the clause's content words that the sentence has, and how alike it is (a cosine), before its word fills the blank.
COVERED = 0.6
ALIKE = 0.55
# The longest filling, and how far around it the item's other words are looked for.
MOST_WORDS = 3
AROUND_CHARS = 60
# After a gap with fewer content words than this, the words before it are looked at too.
FEWEST_AFTER = 2
NUMBER = r"-?\d[\d,]*(?:\.\d+)?"
# One of these before a gap may be another of them in a card.
ARTICLES = ("a", "an", "the", "its", "their", "this")


@dataclass(frozen=True)
class Gap:
    """A blank: the text before and after it in its sentence, and the content words of its clause in order."""

    before: str
    after: str
    clause: tuple[str, ...]


def filling(gap: Gap, near: Near, taken: Sequence[str]) -> str | None:
    """Return the words of one sentence that fill a gap, if exactly one candidate is best; `taken` fills earlier blanks."""
    if near.cosine < ALIKE:
        return None
    clause = frozenset(gap.clause)
    scored: dict[str, int] = {}
    for part in parts_of(near.told.text):
        there = same_stems(part)
        # What the clause is about has to be what this part is about.
        if len(clause & there) < COVERED * len(clause) or (gap.before and gap.clause[:1] and gap.clause[0] not in there):
            continue
        for match in places(gap, part):
            answer = match.group("filling").strip()
            # Words of the item itself fill nothing, such as another word of the same list.
            if answer in taken or same_stems(answer) & clause or not (content_stems(answer) or re.search(NUMBER, answer)):
                continue
            before, after = part[: match.start("filling")], part[match.end("filling") :]
            if CLAUSE_ENDS.search(answer) or not begins_alike(gap, before) or not leads_on(gap, before, after):
                continue
            around = part[max(0, match.start("filling") - AROUND_CHARS) : match.end("filling") + AROUND_CHARS]
            scored[answer] = max(scored.get(answer, 0), len(same_stems(around) & clause))
    if not scored:
        return None
    best = max(scored.values())
    winners = [answer for answer, score in scored.items() if score == best]
    return winners[0] if len(winners) == 1 else None


def begins_alike(gap: Gap, before: str) -> bool:
    """Return whether what comes before the gap in its clause begins with what also comes before the filling: what the clause is about."""
    first = gap.clause[:1]
    return not first or first[0] not in same_stems(gap.before) or first[0] in same_stems(before)


def leads_on(gap: Gap, before: str, after: str) -> bool:
    """Return whether a sentence goes on after its words as the item's clause does after the gap, or leads up to them where that ends."""
    wanted, there = same_stems(CLAUSE_ENDS.split(gap.after)[0]), same_stems(after)
    if len(wanted) < FEWEST_AFTER:
        wanted, there = wanted | same_stems(gap.before), there | same_stems(before)
    return len(wanted & there) * 2 >= len(wanted)


def places(gap: Gap, sentence: str) -> list[re.Match[str]]:
    """Return the places of a sentence between the word before the gap and the word after it, or of a number beside one of them."""
    first = [match.group(0) for match in WORD.finditer(gap.before)][-1:]
    sign = re.match(r"\s*(%)", gap.after)
    last = [sign.group(1)] if sign else [match.group(0) for match in WORD.finditer(gap.after)][:1]
    opening = "" if not first else rf"(?:{'|'.join(ARTICLES)})" if first[0].lower() in ARTICLES else re.escape(first[0])
    before = rf"\b{opening}\b\W*?\s" if first else ""
    after = (rf"\s*{re.escape(last[0])}" + (r"\b" if last[0] != "%" else "")) if last else ""
    words = rf"(?P<filling>[^\s,;:()]+(?:\s[^\s,;:()]+){{0,{MOST_WORDS - 1}}}?)"
    patterns = []
    if before and after:
        patterns.append(rf"{before}{words}\s+(?=\S){after.removeprefix(chr(92) + 's*')}")
    if after:
        patterns.append(rf"(?P<filling>{NUMBER}){after}")
    if before:
        patterns.append(rf"{before}(?:of |is |at least |about )?(?P<filling>{NUMBER})(?![\d%])")
    return [match for pattern in patterns for match in re.finditer(pattern, sentence, re.IGNORECASE)]
