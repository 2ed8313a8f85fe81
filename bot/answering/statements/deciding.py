"""The verdict on one statement: by the bank's nearest statements and by the sentences of the nearest cards, if they don't differ."""

from __future__ import annotations

from bot.answering.statements.bank import weigh_all
from bot.answering.statements.evidence import best_slugs, compare, told_near
from bot.answering.statements.verdict import FEWEST, StatementVerdict, Weighed, settled
from index.search.library import Library
from knowledge.words import content_stems

# Cards whose sentences are read.
READ = 4
# The least strength of the bank's statement that settles one, and its lead over what says the opposite. Chosen on
# tests/answering/quiz/teachers_items.jsonl, own_words_items.jsonl and held_out_items.jsonl, without teachers_held_out_items.jsonl.
TIGHT, AHEAD = 0.6, 0.08
# A verdict of the cards' sentences needs so much of a lead for it in the bank, and one against it is none.
WITH_CARDS = 0.03


def judge(statement: str, library: Library) -> StatementVerdict | None:
    """Return the verdict of the cards on a statement; None if none of them clearly settles it."""
    weighed = weigh_all([statement], library)[0]
    by_bank = tight(weighed) if len(content_stems(statement)) >= FEWEST else None
    found = library.search(statement)
    sayings = told_near(best_slugs([found], READ), library.base, statement)
    by_cards = settled(statement, compare([statement], sayings, library)[0], library.base.course)
    if by_bank is None:
        return by_cards if by_cards is not None and leans(weighed, so=by_cards.so) else None
    return by_bank if by_cards is None or by_cards.so == by_bank.so else None


def tight(weighed: Weighed) -> StatementVerdict | None:
    """Return the verdict that the bank gives, if one side of it is near and clearly nearer than the other."""
    if weighed.says is not None and weighed.so >= TIGHT and weighed.so - weighed.not_so >= AHEAD:
        return StatementVerdict(True, weighed.says)
    if weighed.denies is not None and weighed.not_so >= TIGHT and weighed.not_so - weighed.so >= AHEAD:
        return StatementVerdict(False, weighed.denies)
    return None


def leans(weighed: Weighed, *, so: bool) -> bool:
    """Return whether what the bank has near a statement bears out that it's so, or that it's not so."""
    lead = weighed.so - weighed.not_so
    return (lead if so else -lead) >= WITH_CARDS
