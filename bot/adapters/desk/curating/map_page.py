"""The concepts as a map, and a card's history: one commit of it, and the note that somebody has read it again."""

from __future__ import annotations

import re

from starlette.responses import Response

from bot.adapters.desk.entering.mentor_sessions import Told
from bot.adapters.desk.pages.promotion_page import APPLYING, basis_of
from bot.adapters.desk.showing.concept_map import concept_map
from bot.adapters.desk.visiting import Visit
from bot.review.card_work.card_past import commit_of_card
from bot.review.card_work.edited_card import read_again
from bot.review.promotion.apply import carry_out, finish_cut_short
from knowledge.errors import Refused
from knowledge.reading.card import Slug

COMMIT = re.compile(r"[0-9a-f]{7,64}")


def show_map(visit: Visit) -> Response:
    """Show all cards with their links, or those around one."""
    base, chosen = visit.desk.library.base, visit.asked("card")[:128]
    card = base.cards.get(Slug(chosen))
    drawn = concept_map(base, "" if card is None else card.slug)
    alone = [each.card for each in drawn.listed if each.is_alone]
    return visit.page("map.html", drawn=drawn, chosen=card, alone=alone, total=len(base.cards))


def show_commit(visit: Visit) -> Response:
    """Show what one commit changed in a card."""
    slug, name = Slug(str(visit.request.path_params["slug"])), str(visit.request.path_params["commit"])
    card = visit.desk.library.base.cards.get(slug)
    found = commit_of_card(visit.desk.knowledge, card.path, name) if card is not None and COMMIT.fullmatch(name) else None
    if card is None or found is None:
        words = "The card's page has all commits that changed it."
        return visit.page("wrong.html", status=404, heading="There is no such commit of this card", words=words, typed=[])
    return visit.page("commit.html", card=card, commit=found[0], diff=found[1].splitlines())


def note_read_again(visit: Visit) -> Response:
    """Note that a card was read and is right as it is: its date moves a year on, committed in the mentor's name."""
    desk, slug = visit.desk, str(visit.request.path_params["slug"])
    card = desk.library.base.cards.get(Slug(slug))
    if card is None or visit.form.line("due") != f"{card.review_by}":
        raise Refused("this card was changed since you opened its page: read it again")
    with APPLYING:
        finish_cut_short(desk.ledger, knowledge=desk.knowledge, home=desk.home)
        plan = read_again(basis_of(visit), slug)
        carry_out(desk.ledger, plan, knowledge=desk.knowledge, home=desk.home, now=visit.now, refresh=desk.service.refresh)
    visit.session.tell(Told("Noted: the card is right as it is, and is to be read again in a year."))
    return visit.to(f"/knowledge/{slug}")
