"""A conversation's small words: each does what it asks for, on the subject under discussion, and alone it's asked what it is about."""

from __future__ import annotations

import pytest

from bot.answering.answer import answer
from bot.answering.card_names import named_card
from bot.answering.compose.decline_or_ask_back import ENGLISH
from bot.answering.message.grant_wishes import HOLDS, NOT_TRANSLATED, SAID_AGAIN
from bot.door.clean_text import clean_text
from bot.service import Service
from bot.values import Answer, Question, Status
from index.store.passages import prose
from knowledge.reading.card import Slug
from knowledge.sentences import sentences
from tests.collected import failing

FIRST = ("Is pretraining supervised?", "what is catastrophic forgetting?", "what does a reward model learn from")
SHORT = ("tldr", "in one sentence?", "shorter", "sum it up pls", "one sentence please", "bottom line?", "yes or no?", "so, right?")
PLAIN = (
    "I dont get it",
    "explain it like im 5",
    "still confused",
    "in simple words",
    "huh?",
    "too technical",
    "easier please",
    "what do you mean",
)
MORE = ("more", "go on", "more details please", "deeper", "you already said that", "that's the same answer again")
SOURCE = ("source?", "where did you get that", "says who?", "any paper on that?", "link?", "cite your sources")
SURE = ("are you sure?", "really?", "r u sure", "is that true?", "you sure about that")
AGAINST = ("no", "no thats wrong", "I disagree", "nope", "that's not true", "👎", "I don't buy it")
ON_TOPIC = (*SHORT, *PLAIN, *MORE, *SOURCE, *SURE, *AGAINST, "translate", "example", "in spanish please", "why tho", "and why?")
KIND_WORD = ("👍", "thanks!", "🙏 got it", "ok cool", "perfect, thank you", "wow")


def ask(service: Service, *turns: str) -> Answer:
    return answer(Question(tuple(map(clean_text, turns))), service.library)


@pytest.mark.parametrize("first", FIRST)
def test_a_small_word_stays_on_the_subject_and_is_never_declined(service: Service, first: str) -> None:
    before = ask(service, first)
    assert before.status is Status.ANSWERED
    card = service.library.base.cards[before.cards[0].slug]
    near = {card.slug, *card.confused_with, *card.related, *before.cited}

    def check(word: str) -> None:
        result = ask(service, first, word)
        assert result.status is Status.ANSWERED, result.answer
        assert set(result.cited) & near, result.cited
        assert len(prose(result.answer).split()) <= 150

    assert failing(check, [(word,) for word in ON_TOPIC]) == {}


def test_each_small_word_does_what_it_asks_for(service: Service) -> None:
    first = FIRST[0]
    before = ask(service, first)
    card = service.library.base.cards[before.cards[0].slug]

    def check(word: str) -> None:
        said = ask(service, first, word).answer
        if word in SHORT:
            assert len(sentences(said)) == 1
        elif word in SOURCE or word in SURE:
            assert all(service.library.base.cards[slug].title in said for slug in before.cited)
            assert card.sources[0].title in said
            assert ("draft" in said) == (word in SURE)
        elif word in AGAINST:
            assert said.startswith(HOLDS)
        elif word in MORE:
            assert said.removeprefix(SAID_AGAIN).strip() not in before.answer

    assert failing(check, [(word,) for word in ON_TOPIC]) == {}
    assert "```" in ask(service, first, "example").answer
    assert ask(service, first, "translate").answer.startswith(NOT_TRANSLATED)
    assert len(sentences(ask(service, first, "simpler please, like 2 sentences").answer)) == 2


def test_a_disagreement_is_answered_to_its_point(service: Service) -> None:
    def check(first: str, against: str, wanted: str) -> None:
        said = ask(service, first, against).answer
        assert said.startswith(HOLDS)
        assert wanted in said

    cases = [
        ("what is a token?", "no thats wrong, a token is a word", "any piece in the tokenizer's vocabulary"),
        ("does in-context learning update the weights?", "no, I think it does update them", "no parameter"),
        ("what is next sentence prediction?", "I still think BERT writes the next sentence", "generates nothing"),
    ]
    assert failing(check, cases) == {}


def test_the_same_question_twice_gets_the_same_words(service: Service) -> None:
    for first in FIRST:
        again = ask(service, first, "thanks!", first.lower().rstrip("?"))
        assert again.answer == ask(service, first).answer


def test_what_was_said_before_is_said_again_where_it_settles_the_new_question(service: Service) -> None:
    first, second = "what is masked language modelling?", "and which share of the tokens does BERT select?"
    assert "15%" in ask(service, first).answer
    assert "15%" in ask(service, first, second).answer


def test_standing_alone_it_is_asked_what_about(service: Service) -> None:
    def check(word: str) -> None:
        result = ask(service, word)
        assert result.status is Status.ASKED_BACK, result.answer
        assert len(result.answer.split()) < 60
        assert not result.cited

    assert failing(check, [(word,) for word in (*ON_TOPIC, "and if i dont do it")]) == {}


def test_a_kind_word_after_an_answer_gets_a_kind_word(service: Service) -> None:
    def check(word: str) -> None:
        result = ask(service, FIRST[0], word)
        assert result.status is Status.ASKED_BACK
        assert len(result.answer.split()) < 60

    assert failing(check, [(word,) for word in KIND_WORD]) == {}


def test_of_several_questions_those_are_answered_that_cards_settle_and_the_other_is_named(service: Service) -> None:
    result = ask(service, "What is knowledge distillation? How do I install CUDA on my laptop?")
    assert result.status is Status.NEAR
    assert result.cited == ("knowledge-distillation",)
    assert "“How do I install CUDA on my laptop?”" in result.answer
    assert result.answer.endswith("so I've asked a mentor.")
    result = ask(service, "What is DPO? What is LoRA? What is masked language modelling?")
    assert result.status is Status.ANSWERED
    assert {"preference-optimization", "parameter-efficient-fine-tuning", "masked-language-modeling"} <= set(result.cited)
    assert len(prose(result.answer).split()) <= 150


def test_a_card_s_title_and_names_find_it_in_every_plain_wording(service: Service) -> None:
    missed = []
    for card in service.library.base.cards.values():
        for wording in ("{}", "explain {}", "What is {}?", "tell me about {} please"):
            result = ask(service, wording.format(card.title))
            if result.status is not Status.ANSWERED or result.cards[0].slug != card.slug:
                missed.append(wording.format(card.title))
    assert len(missed) <= 0.01 * 4 * len(service.library.base.cards), missed
    for name, slug in (
        ("explain preference optimization", "preference-optimization"),
        ("Loss Masking", "loss-masking"),
        ("electra meaning", "electra"),
        ("what does RLHF mean", "rlhf"),
        ("in context learning pls", "in-context-learning"),
    ):
        assert ask(service, name).cards[0].slug == Slug(slug), name
        assert ask(service, name).status is Status.ANSWERED, name


def test_a_small_word_typed_without_its_mark_makes_no_other_subject(service: Service) -> None:
    def check(message: str, slug: str) -> None:
        result = ask(service, message)
        assert result.status is Status.ANSWERED
        assert result.cards[0].slug == Slug(slug)

    cases = [
        ("precision and recall isnt that the same", "precision-recall-and-f1"), ("overfitting for beginners pls", "overfitting"),
        ("perplexity in plain english thx", "evaluating-pretraining"), ("attention for dummies plz", "attention"),
    ]  # fmt: skip
    assert failing(check, cases) == {}


def test_a_guess_behind_the_question_what_something_is_changes_no_answer(service: Service) -> None:
    def check(message: str, slug: str) -> None:
        result = ask(service, message)
        assert result.status is Status.ANSWERED
        assert result.pieces[0].key == (Slug(slug), "short_answer")

    cases = [
        ("whats a label, like a sticker?", "what-is-a-label"), ("whats a label again lol", "what-is-a-label"),
        ("what is attention - like a spotlight?", "attention"), ("what even is attention, im lost", "attention"),
        ("what is fine-tuning, is it like a crash course?", "fine-tuning"), ("What's a reward model (not the prize)?", "reward-model"),
        ("what is tokenization?\n\nI keep seeing it in the logs of the notebook.", "tokenization"),
    ]  # fmt: skip
    assert failing(check, cases) == {}
    asks_more = (
        "what is overfitting, and is a bigger model like a bigger memory?",
        "what is overfitting? I saw it in my run: should I stop there?",
        "what is overfitting, like in my run? Should I stop there?",
    )
    assert [named_card(message, service.library) for message in asks_more] == [None] * 3


def test_a_name_beside_a_word_of_another_trade_is_declined(service: Service) -> None:
    def check(message: str) -> None:
        result = ask(service, message)
        assert result.status in {Status.HANDED_OVER, Status.ASKED_BACK}, result.answer
        assert not result.cited

    cases = [
        "mlm skincare", "food labels", "nsp bank", "label printer", "rag cloth", "mae west", "whisky distillation", "masking tape",
        "transformer movie", "token ring network", "clip hair", "attention deficit", "mlm company", "dpo officer gdpr",
    ]  # fmt: skip
    assert failing(check, [(case,) for case in cases]) == {}


def test_another_language_is_told_that_english_is_spoken(service: Service) -> None:
    def check(message: str) -> None:
        assert ask(service, message).answer.startswith(ENGLISH)

    cases = [
        "Qual è la differenza tra MLM e CLM?", "¿qué es el preentrenamiento?", "was ist ein label", "c'est quoi le pretraining",
        "什么是标签", "что такое перплексия?", "mlm nedir ve nasıl çalışır", "apa itu label", "o que é fine-tuning?", "wat is een token",
    ]  # fmt: skip
    assert failing(check, [(case,) for case in cases]) == {}
    for message in ("What is MLM?", "mlm vs clm", "label meaning"):
        assert ENGLISH not in ask(service, message).answer
