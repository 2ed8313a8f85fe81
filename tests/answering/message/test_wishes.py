"""Simpler, deeper, a question to check oneself by, a hint first: each is about the card that was talked about last."""

from __future__ import annotations

import pytest

from bot.answering.answer import answer
from bot.answering.message.grant_wishes import COMPARE
from bot.answering.message.wishes import Wish, is_graded, tries, wants_shown, wish_of
from bot.door.clean_text import clean_text
from bot.service import Service
from bot.values import Answer, Question, Status
from knowledge.reading.card import Card, Slug
from tests.collected import failing
from tests.conftest import THE_COURSE

MLM = "What is masked language modelling?"
WISHES = {
    Wish.SIMPLER: [
        "simpler", "can you put it more simply?", "ELI5", "explain it like I'm five please", "in plain English?", "too complicated",
        "could you explain that in simple words?", "dumb it down please", "sorry, too technical for me",
    ],
    Wish.DEEPER: ["deeper", "more detail please", "the maths?", "can you go deeper into it", "tell me more", "and the formula?", "more"],
    Wish.CHECK: [
        "quiz me", "test me on this", "check yourself", "ask me a question about it", "can you quiz me on LoRA?", "let me test myself",
        "check my understanding",
    ],
    Wish.SHORTER: [
        "tldr", "shorter please", "can you summarize", "in one sentence?", "simpler please, like 2 sentences", "short version?", "in short",
        "too long, sum it up", "give me the bottom line",
    ],
    Wish.SOURCE: ["source?", "sources pls", "where did you get that from?", "says who?", "can you cite a paper", "where can I read more"],
    Wish.SURE: ["are you sure?", "r u sure", "really?", "is that true?", "you sure about that?", "is that really correct"],
    Wish.AGAIN: ["you already said that", "that's the same answer again", "that doesn't help", "say it differently", "not what I asked"],
    Wish.TRANSLATE: ["translate", "in spanish please", "can you translate it into German?", "en español"],
    Wish.DISAGREE: [
        "no", "nope", "no thats wrong", "that's not true", "I disagree", "I still think both are supervised", "👎", "I don't buy it",
        "no, it's wrong", "honestly, I'm not convinced", "my professor says the opposite",
    ],
    Wish.VERDICT: ["yes or no?", "so yes or no", "true or false?", "right?", "right", "yes", "ok so is it yes or no", "correct?"],
    Wish.EXAMPLE: ["example", "example?", "show me an example", "can you give an example of it?", "for instance?"],
    None: [
        "is MLM simpler than CLM?", "explain MLM like I'm five", "what does simple mean in simple contrastive learning?", "why?",
        "my teacher will test me on MLM tomorrow, what is it?", "check my understanding: pretraining is supervised, right?",
        "how do deeper layers differ?", "more labels or more raw text?", "what is a test set?",
    ],
}  # fmt: skip
GRADED = (
    "this is question 3 of my assignment: is MLM supervised?",
    "homework due tonight, answer A-D?",
    "I need this for my problem set. what is a label",
    "for my exam: what does LoRA freeze",
    "es para mis deberes: qué es el preentrenamiento",
)
NOT_GRADED = (
    "is MLM supervised?",
    "how are cluster assignments turned into pseudo-labels?",
    "what is the credit assignment problem?",
    "what does the test set measure?",
)


def ask(service: Service, *turns: str, hints_first: bool = False) -> Answer:
    return answer(Question(tuple(map(clean_text, turns)), hints_first=hints_first), service.library)


def card(service: Service, slug: str) -> Card:
    return service.library.base.cards[Slug(slug)]


def test_a_wish_about_the_explanation_is_told_from_a_question() -> None:
    def check(wish: Wish | None, turn: str) -> None:
        assert wish_of(turn) is wish

    assert failing(check, [(wish, turn) for wish, turns in WISHES.items() for turn in turns]) == {}


def test_with_nothing_before_it_is_asked_what_about(service: Service) -> None:
    def check(turn: str) -> None:
        result = ask(service, turn)
        assert result.status is Status.ASKED_BACK
        assert "What is it about?" in result.answer or "Which topic" in result.answer

    cases = ["simpler please", "ELI5", "deeper", "the maths?", "quiz me"]
    assert failing(check, [(case,) for case in cases]) == {}


def test_simpler_is_shorter_and_the_cards_own_words_and_even_simpler_shorter_still(service: Service) -> None:
    def check(question: str) -> None:
        first, second, third = (
            ask(service, question),
            ask(service, question, "simpler please"),
            ask(service, question, "simpler please", "even simpler"),
        )
        assert second.status is third.status is Status.ANSWERED
        assert second.cards[0].slug == first.cards[0].slug
        assert len(first.answer.split()) > len(second.answer.split()) >= len(third.answer.split())
        assert second.answer.split(". ")[0] in card(service, first.cards[0].slug).short_answer.replace("`", "").replace("*", "")
        assert second.answer.count("```") in {0, 2}
        assert not second.pieces

    cases = [MLM, "what is LoRA", "What is catastrophic forgetting?", "explain RLHF", "what is a token?"]
    assert failing(check, [(case,) for case in cases]) == {}


def test_deeper_gives_what_was_not_shown_and_says_when_there_is_no_more(service: Service) -> None:
    turns = [MLM]
    seen = ask(service, *turns).answer
    for _ in range(12):
        turns.append("deeper")
        result = ask(service, *turns)
        if "That was all" in result.answer:
            break
        assert result.cards[0].slug == "masked-language-modeling"
        assert result.answer.split("\n\n")[0] not in seen
        seen += result.answer
    else:
        pytest.fail("it never ends")
    missing = [text for text in card(service, "masked-language-modeling").paragraphs() if text not in seen]
    assert not missing


def test_the_maths_come_first_where_they_are_asked_for(service: Service) -> None:
    result = ask(service, "what is the next-token loss?", "the formula please")
    assert any(sign in result.answer.split("\n\n")[0] for sign in ("=", "ln", "log", "exp"))


def test_a_card_s_question_is_asked_with_its_answer_under_a_spoiler(service: Service) -> None:
    for turns in ((MLM, "test me on this"), ("quiz me on masked language modelling",)):
        result = ask(service, *turns)
        assert card(service, "masked-language-modeling").check_yourself in result.answer
        assert result.cited == ("masked-language-modeling",)
    again = ask(service, MLM, "quiz me", "quiz me again")
    assert card(service, "masked-language-modeling").check_yourself not in again.answer
    assert "Check yourself" in again.answer


def test_an_attempt_is_met_with_the_card_s_answer(service: Service) -> None:
    def check(attempt: str) -> None:
        result = ask(service, MLM, "quiz me", attempt)
        assert result.answer.startswith(f"{COMPARE} About 800, 100 and 100")
        assert result.cited == ("masked-language-modeling",)

    cases = ["about 800, 100 and 100?", "no", "yes", "I think all of them count", "no idea, show me", "BERT masks all"]
    assert failing(check, [(case,) for case in cases]) == {}


def test_a_new_question_after_ours_is_no_attempt(service: Service) -> None:
    assert ask(service, MLM, "quiz me", "What is knowledge distillation?").cards[0].slug == "knowledge-distillation"
    assert ask(service, MLM, "quiz me", "simpler please").status is Status.ANSWERED
    assert not tries("What is DPO?", THE_COURSE)
    assert ask(service, MLM, "quiz me", "thanks").status is Status.ASKED_BACK


def test_an_item_of_its_own_after_ours_is_no_attempt(service: Service) -> None:
    item = "True or false: fine-tuning starts from random weights."
    assert ask(service, MLM, "quiz me", item).answer.startswith("**Verdict:**")


def test_what_leans_after_a_wish_leans_on_the_question_before_it(service: Service) -> None:
    for wish in ("simpler", "deeper", "quiz me"):
        turns = (MLM, wish, *(("all of them",) if wish == "quiz me" else ()), "can you give an example of it?")
        assert ask(service, *turns).cards[0].slug == "masked-language-modeling"


def test_graded_work_is_recognised() -> None:
    def check(text: str) -> None:
        assert is_graded(text, THE_COURSE)

    assert failing(check, [(case,) for case in GRADED]) == {}


def test_the_fields_own_assignments_are_no_graded_work() -> None:
    def check(text: str) -> None:
        assert not is_graded(text, THE_COURSE)

    assert failing(check, [(case,) for case in NOT_GRADED]) == {}


def test_graded_work_gets_a_hint_first_where_the_course_sets_that_and_then_the_explanation(service: Service) -> None:
    graded = "this is question 3 of my assignment: is masked language modelling supervised?"
    plain = ask(service, graded)
    hint = ask(service, graded, hints_first=True)
    assert "show me" in hint.answer
    assert hint.answer != plain.answer
    assert "self-supervised" not in hint.answer
    assert "||" not in hint.answer
    for turn in ("show me", "ok, show me the answer please", "I give up"):
        assert wants_shown(turn)
        shown = ask(service, graded, turn, hints_first=True)
        assert shown.answer == plain.answer


def test_an_ungraded_question_gets_no_hint(service: Service) -> None:
    assert ask(service, MLM, hints_first=True).answer == ask(service, MLM).answer


def test_a_graded_quiz_item_keeps_its_verdict_back(service: Service) -> None:
    item = "homework due tonight. True or false: fine-tuning starts from random weights."
    assert "Verdict" not in ask(service, item, hints_first=True).answer
    assert "Verdict" in ask(service, item, "show me", hints_first=True).answer
