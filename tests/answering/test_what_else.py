"""What else the cards of an answer say: each part once, until all is said, whoever worded the answer."""

from __future__ import annotations

from bot.answering.what_else import Offer, Rest, WhatElse, has_rest, what_else
from bot.service import Service
from bot.values import Answer, Composer, Status
from knowledge.reading.card import Slug

QUESTION = "what is loss masking?"


def asked(service: Service) -> Answer:
    answer = service.answer((QUESTION,), hands_over=True)
    assert has_rest(answer)
    return answer


def shown(service: Service, answer: Answer, rest: Rest, times: int = 0) -> WhatElse:
    found = what_else(answer, Offer(rest, times), service.library)
    assert found is not None
    return found


def test_more_goes_through_the_rest_of_the_cards_and_repeats_nothing(service: Service) -> None:
    answer = asked(service)
    texts = [answer.answer]
    found = shown(service, answer, Rest.MORE)
    while Rest.MORE in [offer.rest for offer in found.offers]:
        texts.append(found.text)
        found = shown(service, answer, Rest.MORE, len(texts) - 1)
    texts.append(found.text)
    paragraphs = [paragraph for text in texts for paragraph in text.split("\n\n")]
    assert len(texts) >= 3
    assert len(set(paragraphs)) == len(paragraphs)
    card = service.library.base.cards[answer.cited[0]]
    assert all(paragraph in "\n\n".join(texts) for paragraph in card.paragraphs() if paragraph not in answer.answer)


def test_once_all_is_said_more_says_so(service: Service) -> None:
    found = shown(service, asked(service), Rest.MORE, 99)
    assert found.text.startswith("That was all that the card explains about it.")
    assert Rest.MORE not in [offer.rest for offer in found.offers]


def test_the_example_and_the_reason_are_the_cards_own_and_are_offered_only_while_they_are_new(service: Service) -> None:
    answer = asked(service)
    card = service.library.base.cards[answer.cited[0]]
    assert {Rest.EXAMPLE, Rest.WHY} <= {offer.rest for offer in shown(service, answer, Rest.MORE).offers}
    example = shown(service, answer, Rest.EXAMPLE)
    assert example.text == card.example
    assert example.titles == (card.title,)
    assert Offer(Rest.EXAMPLE) not in example.offers
    why = shown(service, answer, Rest.WHY)
    assert why.text in card.paragraphs()
    assert Rest.WHY not in [offer.rest for offer in why.offers]


def test_a_models_words_for_the_example_count_as_said(service: Service) -> None:
    answer = asked(service)
    card = service.library.base.cards[answer.cited[0]]
    worded = answer.model_copy(update={"answer": f"In short:\n\n{card.example}", "composer": Composer.MODEL, "cited": answer.cited[:1]})
    assert Rest.EXAMPLE not in [offer.rest for offer in shown(service, worded, Rest.MORE).offers]


def test_an_answer_whose_cards_are_gone_or_that_a_person_wrote_has_no_rest(service: Service) -> None:
    answer = asked(service)
    assert what_else(answer.model_copy(update={"cited": (Slug("gone"),)}), Offer(Rest.MORE), service.library) is None
    assert not has_rest(answer.model_copy(update={"composer": Composer.MENTOR}))
    assert not has_rest(answer.model_copy(update={"status": Status.HANDED_OVER}))
