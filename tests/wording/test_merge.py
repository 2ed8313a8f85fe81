"""A draft that passed and the mentors' words make one answer, in which nothing of the card that matters is lost."""

from __future__ import annotations

import re

from bot.answering.compose.sections import NOT_SO
from bot.service import Service
from bot.values import Answer, Composer, Piece, State, Status
from bot.wording.check.draft_check import Checked, Verdict
from bot.wording.check.draft_sentences import Sentence
from bot.wording.merge import HOLD_ON_TO, MENTORS_WORDS, merged
from knowledge.reading.card import Slug

MLM, CLM = Slug("masked-language-modeling"), Slug("causal-language-modeling")
SHORT = Piece(MLM, "short_answer", "Masked language modelling hides some tokens of a text and predicts them from both sides.", 0.7)
WHY = Piece(MLM, "explanation:2", "Copying a visible token would teach the model little about language.", 0.6)
FACT = Piece(MLM, "fact:1", "BERT selects 15% of the tokens of every sequence for prediction.", 0.5)
CONTRAST = Piece(
    CLM, "contrast:masked-language-modeling", "Causal language modelling predicts every next token from the left context.", 1.0
)
PREMISE = Piece(CLM, "misconception:0", f"{NOT_SO}Nobody labels the text, since the next token is the label already.", 1.0)


def curated(*pieces: Piece) -> Answer:
    return Answer(
        question="why?", question_id=7, status=Status.ANSWERED, answer="\n\n".join(piece.text for piece in pieces), confidence=0.8,
        cited=tuple(dict.fromkeys(piece.slug for piece in pieces)), pieces=pieces, turns=("why?",),
    )  # fmt: skip


def passed(text: str, *cited: Slug) -> Checked:
    return Checked(text, cited, (Verdict(Sentence(text, (), 0), True, "said", 0.9, cited),), "1 of 1 sentences stand on cards")


def test_the_draft_goes_first_and_what_it_leaves_unsaid_follows_in_the_mentors_words() -> None:
    result = merged(curated(SHORT, WHY, CONTRAST, FACT), passed("A draft of other words [1].", MLM), "openai:x")
    assert result.answer == (
        f"A draft of other words [1].\n\n{MENTORS_WORDS}\n\n{SHORT.text}\n\n{WHY.text}\n\n{CONTRAST.text}\n\n{HOLD_ON_TO}\n- {FACT.text}"
    )
    assert (result.composer, result.model, result.state) == (Composer.MODEL, "openai:x", State.DRAFT)
    assert result.cited == (MLM, CLM)
    assert result.question_id == 7
    assert result.checks[-1]["draft"] == "shown"


def test_what_the_draft_says_itself_is_not_said_again() -> None:
    text = f"{SHORT.text} {FACT.text}"
    assert merged(curated(SHORT, FACT), passed(text, MLM), "m").answer == text


def test_an_explanation_that_the_draft_gives_in_other_words_is_not_given_twice_and_another_stays() -> None:
    reworded = "The model would learn little about language if a token that stays visible had only to be copied [1]."
    assert merged(curated(SHORT, WHY), passed(f"{SHORT.text} {reworded}", MLM), "m").answer == f"{SHORT.text} {reworded}"
    assert WHY.text in merged(curated(SHORT, WHY), passed(SHORT.text, MLM), "m").answer


def test_the_numbers_in_the_draft_go_on_naming_the_cards_that_it_cites() -> None:
    result = merged(curated(SHORT), passed("Told by the left context [1], and hidden tokens [2].", CLM, MLM), "m")
    assert result.cited == (CLM, MLM)


def test_a_false_premise_is_set_right_before_all_else() -> None:
    result = merged(curated(PREMISE, SHORT), passed("Nobody labels the text, since the next token is the label already [1].", CLM), "m")
    assert result.answer.startswith(PREMISE.text + "\n\n")
    assert result.answer.count(NOT_SO) == 1


def test_every_curated_piece_is_still_said(service: Service) -> None:
    asked = (
        "Is MLM supervised?",
        "What is the difference between CLM and MLM?",
        "How does LoRA work?",
        "Show me an example of span corruption.",
    )
    for question in asked:
        before = service.answer((question,), hands_over=False)
        assert before.pieces
        result = merged(before, passed("Nothing in particular [1].", before.cited[0]), "m")
        for piece in before.pieces:
            assert piece.text in result.answer, piece
        assert set(result.cited) <= {card.slug for card in before.cards}
        assert not re.search(r"\[[2-9]\]", result.answer)
