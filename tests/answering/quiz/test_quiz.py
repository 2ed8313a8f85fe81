"""Quiz items: what the cards settle is named under a spoiler, what they don't is not guessed at."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.answering.answer import answer
from bot.answering.card_names import spelt
from bot.answering.quiz.blanks import begins_with
from bot.answering.quiz.quiz_item import NO_OPTION, NO_VERDICT, settled_item, statement_of
from bot.answering.quiz.words_for_blank import Gap, filling
from bot.answering.statements.evidence import Near, Told, sequence
from bot.door.clean_text import clean_text
from bot.service import Service
from bot.values import Answer, Question, Status
from knowledge.reading.card import Slug
from tests.collected import failing

ITEMS: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "quiz_items.jsonl").read_text(encoding="utf-8").splitlines()
]
# Items in own words: the one file was looked at while the verdicts were written, the other was not.
OWN_WORDS, HELD_OUT = (
    [json.loads(line) for line in (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()]
    for name in ("own_words_items.jsonl", "held_out_items.jsonl")
)
NAMED = re.compile(r"\*\*(?:The option that the cards support|Verdict):\*\* \|\|\*\*(?P<named>.+?)\*\*")
FILLED = re.compile(r"\*\*Blank (\d):\*\* \|\|(.+?)\|\|")


def ask(service: Service, *turns: str) -> Answer:
    return answer(Question(tuple(map(clean_text, turns))), service.library)


def settled(item: dict[str, Any], text: str) -> str:
    """Say whether an answer names what is right for an item, something wrong, or leaves it open."""
    named = NAMED.search(text)
    if item["kind"] == "blank":
        filled = dict(FILLED.findall(text)) or ({"1": named.group("named")} if named else {})
        wanted = {str(number): pattern for number, pattern in enumerate(item["right"], start=1)}
        if any(not re.search(wanted[number], words, re.IGNORECASE) for number, words in filled.items()):
            return "wrong"
        return "right" if len(filled) == len(wanted) else "open"
    if named is None:
        return "open"
    plain = re.sub(r"^\(?[A-Ha-h1-8][.):]\s*", "", named.group("named")).strip(" .").lower()
    return "right" if plain in {right.lower().strip(" .") for right in item["right"]} else "wrong"


@pytest.fixture(scope="module")
def outcomes(service: Service) -> dict[str, list[tuple[dict[str, Any], str]]]:
    found: dict[str, list[tuple[dict[str, Any], str]]] = {"choice": [], "true_false": [], "blank": []}
    for item in ITEMS:
        found[item["kind"]].append((item, settled(item, ask(service, item["text"]).answer)))
    return found


@pytest.mark.parametrize(("kind", "fewest"), [("choice", 70), ("true_false", 45), ("blank", 40)])
@pytest.mark.slow
def test_most_items_are_settled_rightly_and_hardly_any_wrongly(
    outcomes: dict[str, list[tuple[dict[str, Any], str]]], kind: str, fewest: int
) -> None:
    """Of the items with one answer in the cards; the others (no right answer given, or several) have to stay open."""
    assert len(outcomes[kind]) >= fewest
    single = [(item, got) for item, got in outcomes[kind] if item["right"] != [""] and (kind == "blank" or len(item["right"]) == 1)]
    counted = Counter(got for _, got in single)
    wrong = [item["id"] for item, got in outcomes[kind] if got == "wrong"]
    assert counted["right"] >= 0.67 * len(single), counted
    assert len(wrong) <= 0.05 * len(outcomes[kind]), wrong


def count(service: Service, items: list[dict[str, Any]]) -> Counter[str]:
    return Counter(settled(item, ask(service, item["text"]).answer) for item in items)


def test_items_in_own_words_are_hardly_ever_settled_wrongly(service: Service) -> None:
    counted = count(service, OWN_WORDS)
    assert len(OWN_WORDS) >= 90
    assert counted["wrong"] <= 0.02 * len(OWN_WORDS), counted
    assert counted["right"] >= 0.4 * len(OWN_WORDS), counted


def test_items_that_were_not_looked_at_are_never_settled_wrongly_and_mostly_rightly(service: Service) -> None:
    counted = count(service, HELD_OUT)
    assert len(HELD_OUT) >= 60
    assert not counted["wrong"], counted
    assert counted["right"] >= 0.7 * len(HELD_OUT), counted


@pytest.mark.slow
def test_items_outside_the_cards_and_with_several_answers_name_nothing(
    outcomes: dict[str, list[tuple[dict[str, Any], str]]],
) -> None:
    for item, got in [*outcomes["choice"], *outcomes["true_false"]]:
        if item["right"] in ([], [""]) or len(item["right"]) > 1:
            assert got == "open", item


def test_a_named_option_keeps_its_letter_and_says_why_under_the_spoiler(service: Service) -> None:
    result = ask(service, "In few-shot prompting the weights of the model\na) are updated a little\nb) stay fixed\nc) are reset")
    named = re.search(r"support:\*\* \|\|\*\*b\) stay fixed\*\* – (.+)\|\|", result.answer)
    assert named is not None, result.answer
    assert re.search(r"fixed|no weights|not update", named.group(1))
    assert result.status is Status.ANSWERED
    assert set(result.cited) <= {card.slug for card in result.cards}


def test_a_wrong_option_is_told_apart_where_a_card_has_its_name(service: Service) -> None:
    result = ask(
        service,
        "A student network is trained to match the output probabilities of a bigger teacher. This is called\n"
        "A) Contrastive learning\nB) Knowledge distillation\nC) Catastrophic forgetting",
    )
    assert "||**B) Knowledge distillation**" in result.answer
    assert re.search(r"\*\*A\) Contrastive learning:\*\* \|\|Contrastive learning .+\|\|", result.answer)


@pytest.mark.parametrize(
    "text",
    [
        "Which one is NOT self-supervised?\nA) masked language modelling\nB) next-token prediction\nC) a filter trained on marked mails",
        "Which of these update the weights? Select all that apply.\n- Fine-tuning\n- Few-shot prompting\n- Continued pretraining",
    ],
)
def test_what_is_not_so_or_more_than_one_is_explained_without_a_name(service: Service, text: str) -> None:
    result = ask(service, text)
    assert NO_OPTION in result.answer
    assert not NAMED.search(result.answer)


def test_no_option_is_named_whose_own_evidence_says_the_opposite(service: Service) -> None:
    def check(text: str) -> None:
        named = NAMED.search(ask(service, text).answer)
        assert named is None or "updates the weights" not in named.group("named"), named

    cases = [
        "Which is TRUE about in-context learning?\nA) It updates the weights of the model\nB) It needs thousands of labelled rows\n"
        "C) It uses examples given in the prompt\nD) It needs gradient steps",
        "Which is TRUE about in-context learning? A) It updates the weights B) It uses examples in the prompt C) It needs backpropagation",
        "Which is TRUE about in-context learning?\nA) It updates the weights permanently\nB) It is a kind of RLHF\n"
        "C) The model adapts from examples in the prompt",
        "Which is TRUE about in-context learning?\nA) It updates the weights\nB) It is slow",
    ]
    assert failing(check, [(case,) for case in cases]) == {}


def test_a_statement_whose_evidence_says_the_opposite_is_not_called_true(service: Service) -> None:
    def check(statement: str) -> None:
        for asked in (f"True or false: {statement}.", f"T/F: {statement}"):
            assert "**True.**" not in ask(service, asked).answer

    cases = [
        "self-supervised learning has no targets",
        "self-supervised learning has no loss",
        "in-context learning updates the weights",
        "in-context learning changes the weights of the model",
        "linear probing updates the encoder",
        "LoRA rewrites the pretrained weight matrix",
    ]
    assert failing(check, [(case,) for case in cases]) == {}


def test_a_blank_is_filled_with_what_the_rest_of_its_sentence_is_said_of(service: Service) -> None:
    for text in (
        "In RLHF the ____ is trained on human comparisons",
        "In RLHF the ____ is trained on human comparisons.",
        "In RLHF, a ______ is trained on human comparisons.",
    ):
        assert [words for _, words in FILLED.findall(ask(service, text).answer)] in ([], ["reward model"])


def test_a_blank_is_left_open_where_the_nearest_fact_shares_one_word_with_it(service: Service) -> None:
    first = "____ updates a model's weights with many labeled prompt-completion pairs."
    said = ask(service, f"{first} ____ puts such pairs into the prompt at inference instead.").answer
    assert dict(FILLED.findall(said)).get("1") == "Instruction fine-tuning"
    assert "2" not in dict(FILLED.findall(said)) or dict(FILLED.findall(said))["2"] == "In-context learning"


def test_words_of_a_sentence_that_is_about_something_else_fill_no_blank() -> None:
    def check(before: str, after: str, sentence: str, answer: str | None) -> None:
        clause = tuple(sequence(f"{before} {after}"))
        assert filling(Gap(before, after, clause), Near(Told(Slug("card"), sentence), 0.9), []) == answer

    both = "GPT is pretrained with causal language modelling, as BERT is with masked."
    cases: list[tuple[Any, ...]] = [
        ("BERT is pretrained with", "language modelling", both, None),
        ("GPT is pretrained with", "language modelling", both, "causal"),
    ]
    assert failing(check, cases) == {}


def test_a_fact_is_about_what_it_begins_with() -> None:
    names = {spelt("Active learning"), spelt("AL")}
    assert begins_with("Active learning asks a person for labels.", names)
    assert begins_with("In active learning the model chooses.", names)
    assert not begins_with("A person labels what active learning asks for.", names)


def test_a_list_in_a_longer_post_is_no_quiz(service: Service) -> None:
    post = "I read two pages about pretraining today.\n- the first was about raw text\n- the second was about labels\nIs it supervised?"
    assert settled_item(post, None, service.library) is None


def test_the_statement_of_an_item_is_found() -> None:
    def check(text: str, statement: str) -> None:
        assert statement_of(text) == statement

    cases: list[tuple[Any, ...]] = [
        ("T/F: k-means needs labels", "k-means needs labels"),
        ("Is it true or false that k-means needs labels?", "k-means needs labels"),
        ('True or false: "k-means needs labels for this." I say true', "k-means needs labels for this."),
        ("k-means needs labels\nTrue\nFalse", "k-means needs labels"),
        ("True or false? One. Two. Three.", ""),
    ]
    assert failing(check, cases) == {}


def test_a_verdict_stands_under_a_spoiler_with_what_settles_it(service: Service) -> None:
    false = ask(service, "True or false: fine-tuning starts from random weights.")
    assert false.answer.startswith("**Verdict:** ||**False.** Fine-tuning starts from pretrained weights")
    true = ask(service, "T/F: RoBERTa dropped next sentence prediction")
    assert true.answer.startswith("**Verdict:** ||**True.** ")


def test_a_statement_that_no_card_settles_gets_no_verdict(service: Service) -> None:
    result = ask(service, "True or false: masked language modelling was liked by most teachers last year")
    assert "Verdict" not in result.answer
    assert result.status is not Status.ANSWERED or NO_VERDICT in result.answer


@pytest.mark.slow
def test_every_belief_of_every_card_is_never_called_true(service: Service) -> None:
    called_true = []
    for card in service.library.base.cards.values():
        for each in card.misconceptions:
            lead = settled_item(f"True or false: {each.belief}", None, service.library)
            if lead is not None and "**True.**" in lead.text:
                called_true.append(each.belief)
    assert not called_true


@pytest.mark.slow
def test_every_key_fact_of_every_card_is_hardly_ever_called_false(service: Service) -> None:
    facts = [fact for card in service.library.base.cards.values() for fact in card.key_facts]
    verdicts: Counter[str] = Counter()
    called_false = []
    for fact in facts:
        lead = settled_item(f"True or false: {fact}", None, service.library)
        verdict = "open" if lead is None or "Verdict" not in lead.text else "false" if "**False.**" in lead.text else "true"
        verdicts[verdict] += 1
        called_false += [fact] if verdict == "false" else []
    assert len(called_false) <= 0.01 * len(facts), called_false
    assert verdicts["true"] >= 0.8 * len(facts), verdicts


def test_options_in_brackets_and_missing_figures_are_filled_in(service: Service) -> None:
    pick = ask(service, "Lower perplexity is (better / worse).")
    assert FILLED.findall(pick.answer) == [("1", "better")]
    figure = ask(service, "MAE hides ____% of the patches of an image.")
    assert FILLED.findall(figure.answer) == [("1", "75")]


def test_brackets_in_a_question_are_no_blanks(service: Service) -> None:
    result = ask(service, "What is the difference between MLM and CLM (BERT / GPT)?")
    assert "Blank" not in result.answer
