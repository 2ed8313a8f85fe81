"""A draft is checked against the notes that it was written from: certain rules first, then a judge, and the whole at last."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.answering.compose.sections import MAX_WORDS
from bot.service import Service
from bot.wording.check.certain_rules import Ground, ground_of
from bot.wording.check.draft_check import Checked, check_draft, rows
from bot.wording.judge.judgement import Judgement, Ruling
from bot.wording.prompt.notes import Note
from knowledge.errors import PlatformError
from knowledge.reading.card import Slug
from tests.collected import failing
from tests.wording.fake_judge import FakeJudge

MLM, PRETRAINING = Slug("masked-language-modeling"), Slug("is-pretraining-supervised")
QUESTION = "Is MLM supervised?"
CODE = "```python\nlabels = text.clone()\nloss = model(text, labels=labels)\n```"
NOTES = (
    Note(MLM, "Masked language modelling", "Masked language modelling is self-supervised: a rule cuts the targets out.", frozenset({0})),
    Note(MLM, "Masked language modelling", "BERT selects 15% of the tokens, and nobody annotates them.", frozenset({0})),
    Note(PRETRAINING, "Pretraining", "In pretraining the next token is the target, see https://arxiv.org/abs/1810.04805.", frozenset({1})),
    Note(PRETRAINING, "Pretraining", CODE, frozenset({1})),
)  # fmt: skip
FIRST = "Masked language modelling is self-supervised"
SECOND = "BERT selects 15% of the tokens"
THIRD = "In pretraining the next token is the target"


@pytest.fixture(scope="session")
def ground(service: Service) -> Ground:
    return ground_of(NOTES, (QUESTION,), service.library, english=True)


def checked_by(ground: Ground, draft: str, judge: FakeJudge | None = None, asked: tuple[str, ...] = (QUESTION,)) -> Checked:
    checked = check_draft(draft, asked, ground, judge or FakeJudge())
    assert all(verdict.why for verdict in checked.verdicts)
    assert {int(number) for number in re.findall(r"\[(\d+)\]", checked.text)} <= set(range(1, len(checked.cited) + 1))
    assert rows(checked, ground, "m")[-1] == {"draft": "shown" if checked.passed else "thrown away", "why": checked.why, "model": "m"}
    return checked


def kept(checked: Checked) -> list[bool]:
    return [verdict.kept for verdict in checked.verdicts]


def test_what_breaks_a_rule_is_cut_by_that_rule_and_never_reaches_the_judge(ground: Ground) -> None:
    def check(sentence: str, why: str) -> None:
        judge = FakeJudge()
        checked = checked_by(ground, f"{FIRST} [1]. {sentence}", judge)
        assert kept(checked) == [True, False]
        assert why in checked.verdicts[1].why
        assert judge.seen[0][2] == (f"{FIRST}.",)
        assert checked.text == f"{FIRST} [1]."

    cases: list[tuple[Any, ...]] = [
        (f"{SECOND} [9].", "cites [9], which is none of the notes"),
        (f"{SECOND} [0].", "cites [0], which is none of the notes"),
        ("BERT selects 37.5% of the tokens.", "the number 37.5 is in no note"),
        ("The method was proposed in 1953.", "the number 1953 is in no note"),
        ("The method of Geoffrey Hinton hides some tokens.", "the name Geoffrey is in no note"),
        ("The XLNet model does so too.", "the name XLNet is in no note"),
        ("It's explained at https://mlm.example today.", "the link or address https://mlm.example is in no note"),
        ("Write to bert@mlm.example about it.", "the link or address bert@mlm.example is in no note"),
        ("MLM is ~~not~~ self-supervised.", "struck through"),
        ("Labels of -100 mean that the model should predict token number -100.", "in no note"),
        ("In masked language modelling the loss counts every token, and the whole sentence is output.", "names as a misconception"),
    ]
    assert failing(check, cases) == {}


def test_what_the_notes_or_the_learner_say_breaks_no_rule(service: Service) -> None:
    ground = ground_of(NOTES, ("Does Feynman hide 777 tokens? see http://my.example/x",), service.library, english=True)
    draft = "So Feynman hides 777 tokens, as on http://my.example/x. BERTs select 15% of them. See https://arxiv.org/abs/1810.04805 too."
    assert kept(checked_by(ground, draft)) == [True] * 3


def test_a_name_that_is_only_a_part_of_a_notes_word_is_still_new(ground: Ground) -> None:
    assert checked_by(ground, "The method of Annot hides tokens.").verdicts[0].why == "the name Annot is in no note"


def test_in_another_language_a_capital_alone_makes_no_name(service: Service) -> None:
    draft = "Nein, denn eine Regel schneidet die Zielwörter aus dem Text heraus [1]."
    german = ground_of(NOTES, ("Ist MLM überwacht?",), service.library, english=False)
    assert checked_by(german, draft).text == draft
    assert "XLNet" in checked_by(german, "Das Modell XLNet tut es auch [1].").verdicts[0].why


def test_a_draft_is_judged_in_one_call_with_its_questions_and_all_notes(ground: Ground) -> None:
    judge = FakeJudge()
    checked_by(ground, f"{FIRST} [1]. {SECOND} [2].\n\n- {THIRD} [3].", judge)
    assert judge.seen == [((QUESTION,), tuple(note.text for note in NOTES), (f"{FIRST}.", f"{SECOND}.", f"{THIRD}."))]


def test_of_a_draft_that_is_half_right_the_supported_half_is_kept_with_its_citation(ground: Ground) -> None:
    checked = checked_by(ground, f"{FIRST} [1]. The labels are made by hand [2]. {THIRD} [3].", FakeJudge({"by hand": Ruling.UNSUPPORTED}))
    assert checked.text == f"{FIRST} [1]. {THIRD} [2]."
    assert checked.cited == (MLM, PRETRAINING)
    assert kept(checked) == [True, False, True]
    assert checked.why == "2 of 3 sentences are kept, by fake"


def test_a_citation_is_of_the_notes_that_the_judge_names_and_else_of_the_sentences_own_or_the_nearest(ground: Ground) -> None:
    def check(ruling: Judgement | Ruling, sentence: str, cited: tuple[Slug, ...]) -> None:
        assert checked_by(ground, sentence, FakeJudge({"": ruling})).cited == cited

    cases: list[tuple[Any, ...]] = [
        (Judgement(Ruling.SUPPORTED, (3,)), f"{FIRST} [1].", (PRETRAINING,)),
        (Judgement(Ruling.SUPPORTED, (99, 0)), f"{THIRD} [3].", (PRETRAINING,)),
        (Ruling.SUPPORTED, f"{FIRST} [1][3].", (MLM, PRETRAINING)),
        (Ruling.SUPPORTED, f"{THIRD}.", (PRETRAINING,)),
    ]
    assert failing(check, cases) == {}


def test_a_bare_verdict_is_judged_with_what_follows_it_or_with_the_question(ground: Ground) -> None:
    judge = FakeJudge()
    assert checked_by(ground, f"No. {FIRST} [1].", judge).text == f"No. {FIRST} [1]."
    assert judge.seen[-1][2] == (f"No. {FIRST}.",)
    assert checked_by(ground, "No.", judge).text == "No [1]."
    assert judge.seen[-1][2] == (f"{QUESTION} No.",)
    wrong = checked_by(ground, f"Yes. {FIRST} [1]. {SECOND} [2].", FakeJudge({"Yes.": Ruling.CONTRADICTED}))
    assert (kept(wrong), wrong.text) == ([False, False, True], "")
    assert wrong.why == "the notes contradict what it says first"


def test_a_bare_verdict_goes_with_the_claim_on_its_line_and_without_one_answers_only_a_single_question(ground: Ground) -> None:
    judge = FakeJudge()
    cut = checked_by(ground, f"Yes. XLNet does so too [1]. {FIRST} [1].", judge)
    assert (cut.text, cut.verdicts[0].why) == (f"{FIRST} [1].", "leans on a sentence that was cut")
    assert list(judge.seen[-1][2]) == [f"{FIRST}."]
    assert checked_by(ground, f"No.\n\n{FIRST} [1].", judge).text == f"No [1].\n\n{FIRST} [1]."
    assert list(judge.seen[-1][2]) == [f"{QUESTION} No.", f"{FIRST}."]
    two = checked_by(ground, f"No.\n\n{FIRST} [1].", judge, asked=(QUESTION, "What is pretraining?"))
    assert (two.text, two.verdicts[0].why) == (f"{FIRST} [1].", "doesn't say which of 2 questions it answers")


def test_greetings_transitions_and_talk_about_the_notes_are_dropped_and_not_judged(ground: Ground) -> None:
    def check(words: str) -> None:
        judge = FakeJudge()
        assert checked_by(ground, f"{words} {FIRST} [1].", judge).text == f"{FIRST} [1]."
        assert judge.seen[0][2] == (f"{FIRST}.",)

    cases = [
        "Hi there!",
        "Great question!",
        "That's a really good question.",
        "Let me explain.",
        "Let's look at each of them in turn.",
        "Here's the short answer.",
        "I hope this helps!",
        "Feel free to ask more.",
        "You asked two questions.",
        "The notes explain both of them well.",
        "**Is MLM supervised?**",
    ]
    assert failing(check, [(case,) for case in cases]) == {}


def test_a_claim_that_begins_like_a_transition_is_a_claim(ground: Ground) -> None:
    def check(sentence: str) -> None:
        judge = FakeJudge()
        checked_by(ground, sentence, judge)
        assert judge.seen[0][2] == (sentence,)

    cases = [
        "Here the target is cut out of the text by a rule.",
        "Hidden tokens are the targets.",
        "Good labels are expensive, so a rule makes them.",
        "Thanks to the rule nobody annotates them.",
    ]
    assert failing(check, [(case,) for case in cases]) == {}


def test_according_to_the_notes_goes_and_its_claim_stays(ground: Ground) -> None:
    draft = "According to the notes, masked language modelling is self-supervised [1]."
    assert checked_by(ground, draft).text == "Masked language modelling is self-supervised [1]."


def test_what_the_notes_leave_open_is_kept_as_a_point_and_reads_without_the_notes(service: Service) -> None:
    ground = ground_of(NOTES, (QUESTION,), service.library, english=False)

    def check(sentence: str, shown: str) -> None:
        judge = FakeJudge()
        checked = checked_by(ground, f"{FIRST} [1]. {sentence}", judge)
        assert checked.text == f"{FIRST} [1]. {shown}"
        assert checked.open_points == (sentence,)
        assert {"open": sentence} in rows(checked, ground, "m")
        assert judge.seen[0][2] == (f"{FIRST}.",)

    cases: list[tuple[Any, ...]] = [
        ("The notes don't say which setting turns it off.", "The mentors' explanations don't say which setting turns it off."),
        ("However, the notes do not say why 15% is better.", "However, the mentors' explanations do not say why 15% is better."),
        ("Las notas no dicen cuánto cuesta.", "Las explicaciones de los mentores no dicen cuánto cuesta."),
        ("Die Notizen sagen nicht, wie viel Xaver braucht.", "Die Erklärungen der Mentoren sagen nicht, wie viel Xaver braucht."),
        ("As notas não dizem qual.", "As explicações dos mentores não dizem qual."),
        ("笔记没有说明原因。", "导师的讲解没有说明原因。"),
        ("The notes don't say how and why.", "The mentors' explanations don't say how and why."),
        ("Notes mein iske baare mein kuch nahi likha.", "Mentors ki explanations mein iske baare mein kuch nahi likha."),
    ]
    assert failing(check, cases) == {}


def test_what_claims_something_beside_an_open_point_is_judged_whole(service: Service) -> None:
    ground = ground_of(NOTES, (QUESTION,), service.library, english=False)

    def check(sentence: str) -> None:
        bare = sentence.replace(" [1]", "")
        judge = FakeJudge({bare: Ruling.UNSUPPORTED})
        assert checked_by(ground, f"{FIRST} [1]. {sentence}", judge).text == f"{FIRST} [1]."
        assert judge.seen[0][2] == (f"{FIRST}.", bare)

    cases = [
        "Although the notes don't say so, its labels come from annotators.",
        "No, it doesn't, but the notes don't say why.",
        "Las notas no dicen eso, pero BERT usa etiquetas humanas.",
        "Die Notizen sagen, dass BERT nicht von Menschen gelabelt wird [1].",
        "Die Notizen sagen es nicht, aber Menschen labeln alles.",
        "Notes me likha hai ki BERT labels use nahi karta [1].",
        "The notes don't say how long it takes [1].",
        "The notes don't say so; annotators label it.",
        "The notes don't say who labels it and annotators do.",
        "The notes don't say so, annotators label it.",
        "A rule cuts the targets out, but the notes don't say so; in truth annotators label it.",
        "笔记没有说明,标签由人工标注。",
    ]
    assert failing(check, [(case,) for case in cases]) == {}


def test_an_open_point_may_have_nothing_of_its_own_either(ground: Ground) -> None:
    def check(sentence: str, why: str) -> None:
        checked = checked_by(ground, f"{FIRST} [1]. {sentence}")
        assert (checked.text, checked.open_points) == (f"{FIRST} [1].", (sentence,))
        assert checked.verdicts[1].why == why

    cases: list[tuple[Any, ...]] = [
        ("The notes don't say why 40 is better.", "the number 40 is in no note"),
        ("The notes don't say what XLNet does.", "the name XLNet is in no note"),
    ]
    assert failing(check, cases) == {}


def test_a_point_that_is_open_behind_a_claim_leaves_the_claim_to_the_judge(ground: Ground) -> None:
    judge = FakeJudge()
    checked = checked_by(ground, f"{FIRST}, but the notes don't say since when [1].", judge)
    assert judge.seen[0][2] == (FIRST,)
    assert checked.open_points == ("the notes don't say since when.",)
    assert checked.text == f"{FIRST}, but the mentors' explanations don't say since when [1]."


def test_a_draft_that_only_says_that_the_notes_do_not_settle_it_is_not_shown_and_its_point_is_kept(ground: Ground) -> None:
    checked = checked_by(ground, "The notes don't say how much it costs.")
    assert (checked.text, checked.why) == ("", "no sentence of it answers anything")
    assert checked.open_points == ("The notes don't say how much it costs.",)


def test_code_is_kept_where_the_notes_have_it_and_cut_where_not(ground: Ground) -> None:
    shown = checked_by(ground, f"{FIRST} [1].\n\n```python\nloss =  model(text, labels=labels)\n```\n\n{THIRD} [3].")
    assert shown.text == f"{FIRST} [1].\n\n```python\nloss = model(text, labels=labels)\n```\n\n{THIRD} [2]."
    cut = checked_by(ground, f"{FIRST} [1].\n```\nos.remove('labels')\n```")
    assert cut.text == f"{FIRST} [1]."
    assert cut.verdicts[1].why == "the code \"os.remove('labels')\" is in no note"


def test_code_whose_lines_the_notes_have_in_another_order_or_in_two_places_is_cut(service: Service) -> None:
    more = Note(PRETRAINING, "Pretraining", "```python\nfor text in texts:\n    loss.backward()\n```", frozenset({0}))
    ground = ground_of((*NOTES, more), (QUESTION,), service.library, english=True)

    def check(code: str, shown: str) -> None:
        checked = checked_by(ground, f"{FIRST} [1].\n\n```python\n{code}\n```")
        assert checked.text == f"{FIRST} [1]." + (f"\n\n```python\n{shown}\n```" if shown else "")

    cases: list[tuple[Any, ...]] = [
        ("labels = text.clone()\nloss = model(text, labels=labels)", "labels = text.clone()\nloss = model(text, labels=labels)"),
        ("for text in texts:\n\n  loss.backward()", "for text in texts:\n    loss.backward()"),
        ("loss = model(text, labels=labels)\nlabels = text.clone()", ""),
        ("labels = text.clone()\nloss.backward()", ""),
        ("loss = model(text, labels=labels)\nfor text in texts:", ""),
        ("BERT selects 15% of the tokens, and nobody annotates them.", ""),
    ]
    assert failing(check, cases) == {}


def test_a_sentence_that_leans_on_a_cut_one_goes_with_it_and_one_that_leans_on_a_kept_one_stays(ground: Ground) -> None:
    wrong = FakeJudge({"hand": Ruling.UNSUPPORTED})
    checked = checked_by(ground, f"{FIRST} [1]. People mark them by hand [2]. They select tokens [2]. {SECOND} [2].", wrong)
    assert kept(checked) == [True, False, False, True]
    assert checked.verdicts[2].why == "leans on a sentence that was cut"
    assert kept(checked_by(ground, f"{FIRST} [1]. It hides tokens [1]. So nobody annotates [2].", wrong)) == [True, True, True]


def test_a_draft_whose_first_sentence_is_false_is_thrown_away_and_one_with_a_false_later_sentence_is_not(ground: Ground) -> None:
    judge = FakeJudge({"annotators": Ruling.CONTRADICTED})
    first = checked_by(ground, f"It needs annotators [1]. {FIRST} [1]. {SECOND} [2].", judge)
    assert (first.text, first.why) == ("", "the notes contradict what it says first")
    later = checked_by(ground, f"{FIRST} [1]. It needs annotators [1]. {SECOND} [2].", judge)
    assert later.text == f"{FIRST} [1]. {SECOND} [1]."


def test_a_draft_that_begins_with_a_misconception_is_thrown_away(ground: Ground) -> None:
    belief = "In masked language modelling the model is trained to output the whole sentence, so the loss counts every token."
    assert checked_by(ground, f"{belief} {FIRST} [1].").why == "the notes contradict what it says first"


def test_a_draft_that_answers_fewer_than_half_of_the_questions_is_thrown_away(ground: Ground) -> None:
    three = (QUESTION, "What is pretraining?", "What does it cost?")
    assert checked_by(ground, f"{FIRST} [1].", asked=three).why == "what is left of it answers 1 of 3 questions"
    assert checked_by(ground, f"{FIRST} [1]. {THIRD} [3].", asked=three).passed
    assert checked_by(ground, f"{FIRST} [1]. The notes don't say what it costs.", asked=three).passed
    assert checked_by(ground, f"{FIRST} [1].", asked=three[:2]).passed


def test_a_question_that_nothing_shown_answers_is_an_open_point(ground: Ground) -> None:
    two = (QUESTION, "What is pretraining?")
    assert checked_by(ground, f"{FIRST} [1].", asked=two).open_points == ("nothing answers “What is pretraining?”",)
    assert checked_by(ground, f"{FIRST} [1]. {THIRD} [3].", asked=two).open_points == ()


def test_of_nothing_nothing_is_shown_and_no_judge_is_asked(ground: Ground) -> None:
    def check(draft: str) -> None:
        judge = FakeJudge()
        assert checked_by(ground, draft, judge).text == ""
        assert judge.seen == []

    cases = [
        "",
        " \n ",
        "[1] [2]",
        "```\nmlm = 1\n```",
        "# Masked language modelling",
        "Answer:",
        "\x00\u202e\ud800",
        "…!?",
        "Great question!",
    ]
    assert failing(check, [(case,) for case in cases]) == {}


def test_an_answer_has_no_more_words_than_a_learner_reads(ground: Ground) -> None:
    long = "Nobody annotates the tokens number {} that a rule cuts out of the text, so it is cheap [1]."
    ordinals = "one two three four five six seven eight nine ten eleven twelve thirteen".split()
    checked = checked_by(ground, " ".join(long.format(each) for each in ordinals))
    assert len(re.sub(r" \[\d\]", "", checked.text).split()) <= MAX_WORDS
    assert checked.verdicts[-1].why == f"the answer has {MAX_WORDS} words without it"


def test_a_judge_that_gives_no_judgement_is_an_error_of_its_own(ground: Ground) -> None:
    with pytest.raises(PlatformError, match="the judge is away"):
        checked_by(ground, f"{FIRST} [1].", FakeJudge(away=True))


def test_ten_thousand_characters_are_checked_like_any_other(ground: Ground) -> None:
    def check(text: str) -> None:
        checked = checked_by(ground, (text * 10_000)[:10_000], FakeJudge({"hand": Ruling.UNSUPPORTED}))
        assert "hand" not in checked.text
        assert len(checked.text) < 3_000

    cases = [f"{FIRST}. Marked by hand. {SECOND}. ", "supervised ", "[1] ", "- \n", "\ud83d", "the notes don't say "]
    assert failing(check, [(case,) for case in cases]) == {}


@pytest.mark.parametrize(
    "hidden", ["**Annotators** _write_ the labels [1].", "Anno\u200btators write the labels.", "`Annotators` write it."]
)
def test_markdown_and_invisible_letters_hide_nothing_from_the_judge(ground: Ground, hidden: str) -> None:
    assert checked_by(ground, f"{FIRST} [1]. {hidden}", FakeJudge({"Annotators write": Ruling.CONTRADICTED})).text == f"{FIRST} [1]."
