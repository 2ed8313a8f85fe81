"""The knowledge: all cards with search, and a card's page with its links, its past and the questions that it answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby

from starlette.responses import Response

from bot.adapters.desk.entering.mentor_sessions import Told
from bot.adapters.desk.pages.promotion_page import basis_of
from bot.adapters.desk.visiting import Visit
from bot.review.card_work.card_past import QUESTIONS_SHOWN, AnsweredQuestion, commits_of, questions_answered_from
from bot.review.card_work.edited_card import plan_of_confirmation, plan_of_edit
from bot.review.card_work.imported_drafts import draft_count
from bot.review.promotion.apply import carry_out
from bot.review.taking_back.promoted_change import changes_of_card
from bot.values import State
from knowledge.card_list import in_order
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Card, Slug

# A search that finds a card by its meaning shows so many.
FOUND_BY_MEANING = 8
MAX_SEARCH_CHARS = 300


def show_cards(visit: Visit) -> Response:
    """Show all cards by group, or those that a search finds: by their words, and by what they mean."""
    library, text = visit.desk.library, visit.asked("text")[:MAX_SEARCH_CHARS]
    cards = in_order(library.base)
    words = text.lower().split()
    stale = [card for card in cards if card.review_by < visit.now.date()]
    only_stale = bool(visit.asked("stale"))
    kept = [card for card in (stale if only_stale else cards) if all(word in searched(card) for word in words)]
    by_meaning: list[Card] = []
    if words:
        seen = {card.slug for card in kept}
        hits = library.search(text).hits[:FOUND_BY_MEANING]
        by_meaning = [library.base.cards[hit.slug] for hit in hits if hit.slug not in seen and hit.slug in library.base.cards]
    groups = [(group, list(members)) for group, members in groupby(kept, key=lambda card: card.group)]
    return visit.page(
        "cards.html",
        groups=groups,
        found=len(kept),
        total=len(cards),
        by_meaning=by_meaning,
        text=text,
        today=visit.now.date(),
        stale=len(stale),
        only_stale=only_stale,
        imported=draft_count(visit.desk.knowledge),
    )


def searched(card: Card) -> str:
    """Return all words of a card that a search looks through."""
    beliefs = (f"{each.belief} {each.correction}" for each in card.misconceptions)
    return " ".join((card.slug, card.title, *card.asked_as, *card.key_facts, *beliefs, card.body())).lower()


def show_card(visit: Visit) -> Response:
    """Show a card."""
    slug = Slug(str(visit.request.path_params["slug"]))
    base = visit.desk.library.base
    card = base.cards.get(slug)
    if card is None:
        words = f"There is no card '{slug[:100]}' among those that are served: it may have a problem that 'askwell knowledge check' names."
        return visit.page("wrong.html", status=404, heading="There is no such card", words=words, typed=[])
    with visit.desk.ledger.transaction(only_reads=True) as session:
        answered, changes = questions_answered_from(session, slug), changes_of_card(session, slug)
    return visit.page(
        "card.html",
        card=card,
        titles={each.slug: each.title for each in base.cards.values()},
        linked_from=linked_from(base)[slug],
        contrasts=[(other, base.contrast(slug, other)) for other in card.confused_with],
        commits=commits_of(visit.desk.knowledge, card.path),
        answered=answered,
        received=received(answered),
        changes=changes,
        today=visit.now.date(),
    )


def received(answered: Sequence[AnsweredQuestion]) -> str:
    """Return how the answers of a card were received, in words; empty if it gave none."""
    if not answered:
        return ""
    right = sum(each.state == State.CONFIRMED for each in answered)
    ups, downs = sum(each.up for each in answered), sum(each.down for each in answered)
    newest = f"the newest {QUESTIONS_SHOWN}" if len(answered) == QUESTIONS_SHOWN else f"{len(answered)}"
    return f"Of {newest}: {right} confirmed by mentors, {ups} thumbs up, {downs} down."


def linked_from(base: KnowledgeBase) -> dict[Slug, list[Card]]:
    """Return for each card those that name it as related."""
    found: dict[Slug, list[Card]] = defaultdict(list)
    for card in base.cards.values():
        for slug in card.related:
            found[slug].append(card)
    return found


def begin_edit(visit: Visit) -> Response:
    """Open a card in the editor, as its file is now."""
    plan = plan_of_edit(basis_of(visit), str(visit.request.path_params["slug"]))
    draft = visit.desk.drafts.begin(plan, visit.mentor, visit.now)
    return visit.to(f"/drafts/{draft.draft_id}")


def confirm_wording(visit: Visit) -> Response:
    """Take the marks of a model's draft off a card."""
    desk, slug = visit.desk, str(visit.request.path_params["slug"])
    plan = plan_of_confirmation(basis_of(visit), slug)
    done = carry_out(desk.ledger, plan, knowledge=desk.knowledge, home=desk.home, now=visit.now, refresh=desk.service.refresh)
    committed = f"commit {done.commit[:10]}" if done.commit else "not committed to git"
    visit.session.tell(Told(f"The wording is confirmed, {committed}." + (f" Note: {done.note}." if done.note else "")))
    return visit.to(f"/knowledge/{slug}")
