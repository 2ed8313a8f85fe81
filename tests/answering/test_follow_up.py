"""A turn is read in its conversation: what leans on it stays with its topic, what turns away drops it, other talk is passed over."""

from __future__ import annotations

from typing import Any

from bot.answering.answer import answer
from bot.answering.follow_up import after_switch, leaning
from bot.door.clean_text import clean_text
from bot.service import Service
from bot.values import Answer, Question, Status
from tests.collected import failing

# Earlier turns, the last turn, and cards of which one is the best for the last turn.
FOLLOW_UPS = (
    ("How does masked language modelling work?", "can you give an example?", "masked-language-modeling pretraining-data-examples"),
    ("What is supervised learning?", "could you show one?", "supervised-learning"),
    ("what is RLHF", "show me an example", "rlhf"),
    ("What is masked language modelling?", "and for BERT?", "masked-language-modeling clm-vs-mlm next-sentence-prediction"),
    ("What does causal language modelling predict?", "and for BERT?", "masked-language-modeling clm-vs-mlm"),
    ("What is masked language modelling?", "and for GPT?", "causal-language-modeling clm-vs-mlm"),
    ("what is few-shot prompting", "ok and one-shot?", "zero-one-few-shot"),
    ("Is pretraining a form of supervised training?", "why?", "is-pretraining-supervised"),
    ("What is catastrophic forgetting?", "why?", "catastrophic-forgetting"),
    ("does in-context learning update the model?", "why not?", "in-context-learning in-context-learning-vs-fine-tuning"),
    (
        "pretraining and instruction tuning use one loss",
        "but then both are supervised",
        "same-loss-different-data self-supervised-vs-supervised is-pretraining-supervised",
    ),
    ("what is self-supervised learning", "but then both are supervised", "self-supervised-vs-supervised is-pretraining-supervised"),
    ("what is LoRA", "and which weights stay frozen?", "parameter-efficient-fine-tuning"),
    ("what is knowledge distillation", "how is that different from pseudo-labels?", "knowledge-distillation pseudo-labels"),
    ("why do people mask the prompt in the loss", "so which tokens are counted?", "loss-masking"),
    ("how do positives and negatives work in contrastive learning", "where do the labels come from then?", "contrastive-learning"),
)
NEW_TOPICS = (
    (
        "What is masked language modelling?",
        "different question: what does a teacher pass to a student model in distillation?",
        "knowledge-distillation",
    ),
    ("what is LoRA", "never mind, what does a linear probe measure?", "linear-probing"),
    ("explain tokenization", "by the way, what does the reward model in RLHF do", "rlhf"),
    ("what is word2vec", "moving on: how does T5's span corruption work?", "span-corruption"),
)
INTERRUPTED = (
    ("What is masked language modelling?", "what's the weather in Oslo?", "can you give an example of it?", "masked-language-modeling"),
    ("how does word2vec get its labels", "how do I cook rice", "can you explain that again?", "word2vec"),
    ("what is catastrophic forgetting?", "can you order pizza", "and why does it happen?", "catastrophic-forgetting"),
    ("what is RLHF", "thanks!", "show me an example", "rlhf"),
    ("what is RLHF", "\x00", "show me an example", "rlhf"),
)


def ask(service: Service, *turns: str) -> Answer:
    return answer(Question(tuple(map(clean_text, turns))), service.library)


def test_a_follow_up_stays_with_its_topic_or_goes_to_its_contrast(service: Service) -> None:
    def check(before: str, turn: str, slugs: str) -> None:
        result = ask(service, before, turn)
        assert result.cards[0].slug in slugs.split()
        assert result.status is Status.ANSWERED

    assert failing(check, FOLLOW_UPS) == {}


def test_a_wish_for_an_example_after_an_answer_shows_one_and_does_not_repeat_the_answer(service: Service) -> None:
    before = "How does masked language modelling work?"
    first, second = ask(service, before), ask(service, before, "can you give an example?")
    assert "```" in second.answer
    assert first.answer.split("\n\n")[0] not in second.answer


def test_a_new_topic_drops_the_old_one(service: Service) -> None:
    def check(before: str, turn: str, slug: str) -> None:
        result = ask(service, before, turn)
        assert result.status is Status.ANSWERED
        assert result.cards[0].slug == slug
        old = ask(service, before).cards[0].slug
        assert old not in result.cited

    assert failing(check, NEW_TOPICS) == {}


def test_after_a_new_topic_what_leans_leans_on_it(service: Service) -> None:
    result = ask(service, "What is masked language modelling?", "different question: what is knowledge distillation?", "example?")
    assert result.cards[0].slug == "knowledge-distillation"


def test_talk_of_something_else_in_between_is_survived(service: Service) -> None:
    def check(turns: tuple[str, str, str, str]) -> None:
        *asked, slug = turns
        result = ask(service, *asked)
        assert result.cards[0].slug == slug
        assert result.status is Status.ANSWERED

    assert failing(check, [(case,) for case in INTERRUPTED]) == {}


def test_without_anything_answered_before_nothing_is_leant_on(service: Service) -> None:
    alone, after = ask(service, "why?"), ask(service, "which bus goes to the harbour?", "why?")
    assert after.status is alone.status is Status.ASKED_BACK


def test_an_off_topic_turn_is_not_answered_from_the_topic_before(service: Service) -> None:
    assert ask(service, "What is masked language modelling?", "what's the weather in Oslo tomorrow?").status is Status.HANDED_OVER


def test_how_much_a_turn_leans_on_what_was_said() -> None:
    def check(turn: str, least: float, most: float) -> None:
        assert least <= leaning(turn) <= most

    cases: list[tuple[Any, ...]] = [
        ("why?", 1.0, 1.0),
        ("and for BERT?", 1.0, 1.0),
        ("hm", 0.7, 1.0),
        ("can you give an example?", 0.7, 1.0),
        ("show me one please", 1.0, 1.0),
        ("but then both are supervised", 0.9, 1.0),
        ("I still do not see why these two are not the same thing", 0.5, 1.0),
        ("knowledge distillation", 0.0, 0.3),
        ("explain knowledge distillation to a beginner", 0.0, 0.3),
        ("How does instruction tuning change a base model trained on web text?", 0.0, 0.1),
        ("Compare validation loss curves of pretraining runs with different tokenizers and corpora", 0.0, 0.1),
        ("", 0.7, 0.7),
    ]
    assert failing(check, cases) == {}


def test_only_what_begins_something_new_turns_away() -> None:
    def check(turn: str, rest: str | None) -> None:
        assert after_switch(turn) == rest

    cases: list[tuple[Any, ...]] = [
        ("ok forget that, what is RLHF", "what is RLHF"),
        ("by the way, what is NSP?", "what is NSP?"),
        ("btw what is NSP", "what is NSP"),
        ("moving on: what is DPO", "what is DPO"),
        ("new topic - what is a token?", "what is a token?"),
        ("another question: why 15%?", "why 15%?"),
        ("One more thing, what is a label?", "what is a label?"),
        ("Unrelated question. Who makes labels?", "Who makes labels?"),
        ("thanks! switching topics, what is a probe", "what is a probe"),
        ("change of subject. explain T5", "explain T5"),
        ("never mind", None),
        ("I never mind waiting for an answer", None),
        ("can you ask me another question", None),
        ("what is another thing that BERT does?", None),
        ("Is there one more way to do it?", None),
        ("that is a different thing, isn't it", None),
        ("Is next token prediction the next thing to learn?", None),
        ("they look like another topic to me", None),
        ("", None),
        ("what is the next token", None),
    ]
    assert failing(check, cases) == {}
