"""Several questions in one message are each read in their context and answered in the order asked, in the words of one answer."""

from __future__ import annotations

from bot.answering.answer import answer
from bot.answering.compose.decline_or_ask_back import with_open_question
from bot.answering.compose.sections import MAX_WORDS, one_each, prose_words, shares
from bot.door.clean_text import clean_text
from bot.service import Service
from bot.values import Answer, Piece, Question, Status
from knowledge.reading.card import Slug


def ask(service: Service, message: str) -> Answer:
    return answer(Question((clean_text(message),)), service.library)


def piece(name: str, text: str, fit: float = 0.5) -> Piece:
    return Piece(Slug("a-card"), name, text, fit)


def test_questions_are_answered_in_their_order(service: Service) -> None:
    result = ask(service, "what is RLHF? what is masked language modelling?")
    assert result.status is Status.ANSWERED
    assert list(result.cited) == ["rlhf", "masked-language-modeling"]
    turned = ask(service, "what is masked language modelling? what is RLHF?")
    assert list(turned.cited) == ["masked-language-modeling", "rlhf"]


def test_a_list_of_questions_is_not_taken_for_a_quiz_item(service: Service) -> None:
    result = ask(service, "Two things after the lecture:\n1) what is RLHF?\n2) what is masked language modelling?")
    assert list(result.cited) == ["rlhf", "masked-language-modeling"]


def test_the_question_that_no_card_settles_is_named_and_waits_for_a_mentor(service: Service) -> None:
    result = ask(service, "What is knowledge distillation? What does it cost to rent a lorry in Lisbon?")
    assert result.status is Status.NEAR
    assert list(result.cited) == ["knowledge-distillation"]
    assert "“What does it cost to rent a lorry in Lisbon?”" in result.answer
    assert "What is knowledge distillation?" not in result.answer


def test_a_question_about_something_else_is_left_open_also_where_the_whole_message_is_settled(service: Service) -> None:
    result = ask(service, "What is knowledge distillation? And what does it cost to rent a lorry in Lisbon?")
    assert result.status is Status.NEAR
    assert "rent a lorry in Lisbon" in result.answer


def test_an_answer_to_the_whole_message_names_the_question_that_it_may_leave_open() -> None:
    assert with_open_question("It is.", "Why is it so?") == "It is.\n\n*If this leaves “Why is it so?” open, ask it alone.*"
    full = "word " * MAX_WORDS
    assert with_open_question(full, "Why is it so?") == full


def test_the_answer_to_many_questions_is_no_longer_than_to_one(service: Service) -> None:
    result = ask(service, "What is RLHF? What is masked language modelling? What is knowledge distillation? What is tokenization?")
    assert result.status is Status.ANSWERED
    assert len(result.cited) == 4
    assert prose_words(result.pieces) <= MAX_WORDS


def test_a_short_piece_leaves_its_words_to_the_long_ones() -> None:
    assert shares([20, 90, 90], 150) == [20, 65, 65]
    assert shares([90, 20, 30], 150) == [90, 20, 30]
    long = "One two three four five six. " * 20
    composed = one_each([piece("explanation:0", long.strip()), piece("explanation:1", "Short and kept whole.")], 60)
    assert composed.pieces[1].text == "Short and kept whole."
    assert prose_words(composed.pieces[:1]) == 54
    assert composed.pieces[0].text.endswith("six.")
