"""A mentor's answer becomes a valid card or an edit that keeps every other byte; planning it changes nothing."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.review.promotion.answer_text import tidy
from bot.review.promotion.edit_card import amended
from bot.review.promotion.impact import ReplayedQuestion
from bot.review.promotion.plan import Narrowing, text
from bot.review.promotion.propose import propose
from knowledge.checking.rules import check
from knowledge.errors import AskwellError, Refused, UsageError
from knowledge.reading.card_file import parse_card
from tests.review.cards import ANSWER, QUESTION, TODAY, library_of, planned, snapshot

HOSTILE = {
    "braces": "A prompt has {braces} and {{more}}. They stay as they are: {0}, %s and ${HOME}. Nothing is filled in.",
    "a rule and headings": "The first line says it.\n---\n## Short answer\nA second one follows.\n\n# Deep\n### Deeper ###\nThird one.",
    "YAML": "key: value is text here. - so is a dash # and this: it's \"quoted\" 'twice'. [a, b] and *anchor and &alias are words: yes.",
    "CRLF": "One line ends here.\r\nAnother line ends there.\r\n\r\nA third paragraph closes it.\r\n",
    "emoji": "Tokens 🙂 are pieces of text 👩‍💻 for a model. Each piece has a number 1️⃣ in the vocabulary. That is all there is.",
    "long": "Each piece of a long answer says something about the tokens. " * 160,
    "code": "A tokenizer cuts the text.\nIt looks like this:\n\n```python\n## no heading\nx = {'a': 1}  ---\n```\n\nThe rest stays whole.",
    "open code": "A tokenizer cuts the text. It looks so.\n\n```\nnever closed",
    "two sentences": "Dropout is off at test time. It is on in training.",
    "verdict": "No, dropout is off at test time. It is on in training. Both differ on purpose.",
    "Windows-1252 dashes": "A dash – or two — is fine. So are “quotes” and ‘these’. An ellipsis… too.",
    "separators": "One\u2028two is a line here. Three\x85four\x07 is another one. Five is the last of them.",
}


def test_any_answer_comes_out_right_or_is_refused_in_one_line(small: Path, tmp_path: Path) -> None:
    before = check(small, today=TODAY)[1]
    for name, answer in HOSTILE.items():
        for kind in ("new:tokens", "amend:labels", "replace:labels"):
            try:
                made = planned(kind, small, tmp_path, answer=answer)
            except AskwellError as error:
                assert "\n" not in str(error)
                assert kind.startswith("replace") or "no two" in str(error), name
                continue
            path = small / made.path
            old = path.read_bytes() if path.exists() else None
            path.write_bytes(made.text.encode())
            after = [problem for problem in check(small, today=TODAY)[1] if problem not in before]
            assert [str(problem) for problem in after if problem.path == made.path] == [str(problem) for problem in made.problems], name
            card, problems = parse_card(path.read_text(encoding="utf-8"), path=made.path)
            assert (card is not None) == (not problems), name
            if old is None:
                path.unlink()
            else:
                path.write_bytes(old)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(["A word is here. ", "## x\n", "---\n", "```\n", "{", "}", ": ", "- ", "|| ", "'", '"', "\r\n", "\\", "#", "é🙂"])
    ).map("".join)
)
def test_a_text_of_pieces_of_syntax_is_amended_as_it_is_or_refused(small: Path, piece: str) -> None:

    old = (small / "one/labels.md").read_text(encoding="utf-8")
    card, _ = parse_card(old, path="one/labels.md")
    assert card is not None
    try:
        new = amended(old, card, f"Labels {piece} end.", [], path="one/labels.md")
    except AskwellError as error:
        assert "\n" not in str(error)
        return
    read, problems = parse_card(new, path="one/labels.md")
    assert problems == []
    assert read is not None
    assert read.explanation == f"{card.explanation}\n\n{tidy(f'Labels {piece} end.')}"


def test_a_new_card_has_nothing_wrong_with_it_and_no_word_that_neither_mentor_nor_learner_wrote(small: Path, tmp_path: Path) -> None:
    made = planned("new:tokenizer-pieces", small, tmp_path, like=["why is my word split into pieces by BPE"])
    assert made.problems == ()
    card, _ = parse_card(made.text, path=made.path)
    assert card is not None
    assert card.short_answer == ANSWER
    assert card.asked_as == (QUESTION, "why is my word split into pieces by BPE")
    assert (card.explanation, card.example, card.check_yourself, card.key_facts) == ("", "", "", ())
    assert card.title == "Tokenizer pieces"
    assert str(card.review_by) == "2027-02-03"
    assert card.sources[0].authors == "Ada Lovelace"
    assert card.sources[0].markdown() == "A mentor's answer in this course (Ada Lovelace, 2026)"


def test_what_a_mentor_links_to_is_a_source(small: Path, tmp_path: Path) -> None:
    made = planned("new:tokens", small, tmp_path, answer=f"{ANSWER} See https://example.org/a_(b)?q=1.")
    card, _ = parse_card(made.text, path=made.path)
    assert card is not None
    assert str(card.sources[0].url).startswith("https://example.org/a_")


def test_an_edit_keeps_every_other_byte(small: Path, tmp_path: Path) -> None:
    path = small / "one/labels.md"
    original = path.read_text(encoding="utf-8").replace("key_facts:", "# a comment  \nkey_facts:   # why\n")
    edits = {"phrasing:labels": ([f'  - "{QUESTION}"'], 0), "amend:labels": (["", ANSWER], 0), "replace:labels": ([ANSWER], 1)}
    for ending in ("\n", "\r\n"):
        marked = original.replace("\n", ending)
        path.write_bytes(marked.encode())
        for wanted, (only_added, removed) in edits.items():
            made = planned(wanted, small, tmp_path)
            # The replacement of a short answer doesn't say the key facts that only the old one said.
            assert bool(made.problems) == wanted.startswith("replace")
            lines = difflib.ndiff(marked.splitlines(keepends=True), made.text.splitlines(keepends=True))
            changes = [each for each in lines if each[0] in "+-"]
            assert sorted(each[2:].rstrip("\r\n") for each in changes if each[0] == "+") == sorted(only_added)
            assert sum(each[0] == "-" for each in changes) == removed
            assert all(each.endswith(ending) for each in changes)


def test_a_new_card_has_its_question_in_the_mentors_other_words_each_once(small: Path, tmp_path: Path) -> None:
    other = "why does BPE split my\n  word?"
    made = planned("new:tokenizer-pieces", small, tmp_path, also=[other, QUESTION.upper(), other])
    card, _ = parse_card(made.text, path=made.path)
    assert card is not None
    assert card.asked_as == (QUESTION, "why does BPE split my word?")


@pytest.mark.parametrize("wanted", ["phrasing:labels", "amend:labels", "replace:labels"])
def test_only_a_new_card_takes_its_question_in_other_words(small: Path, tmp_path: Path, wanted: str) -> None:
    with pytest.raises(UsageError, match="only a new card"):
        planned(wanted, small, tmp_path, also=["why does BPE split my word?"])


def test_a_key_fact_goes_with_an_amendment(small: Path, tmp_path: Path) -> None:
    made = planned("amend:labels", small, tmp_path, facts=["Rare words become several pieces: always."])
    card, _ = parse_card(made.text, path=made.path)
    assert card is not None
    assert card.key_facts[-1] == "Rare words become several pieces: always."


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_card_of_a_short_answer_alone_takes_an_amendment_with_a_key_fact(small: Path, tmp_path: Path, newline: str) -> None:
    made = planned("new:tokens", small, tmp_path, answer="A tokenizer cuts a text into pieces. Each piece has a number.")
    (small / made.path).write_bytes(made.text.replace("\n", newline).encode())
    more = planned("amend:tokens", small, tmp_path, answer="Rare words become several pieces.", facts=["Each piece has a number: one."])
    card, problems = parse_card(more.text.replace("\r\n", "\n"), path=made.path)
    assert card is not None, problems
    assert (card.explanation, card.key_facts) == ("Rare words become several pieces.", ("Each piece has a number: one.",))
    assert more.text.count("\r") == (more.text.count("\n") if newline == "\r\n" else 0)
    added = ["+key_facts:", '+  - "Each piece has a number: one."', "+", "+## Explanation", "+", "+Rare words become several pieces."]
    assert [line for line in more.diff.splitlines()[3:] if line[0] in "+-"] == added


def test_a_replacement_that_no_longer_says_a_key_fact_shows_it_with_file_and_line(small: Path, tmp_path: Path) -> None:
    made = planned("replace:labels", small, tmp_path)
    (problem,) = made.problems
    assert (problem.path, "key fact" in problem.message) == ("one/labels.md", True)
    assert "can be read by people" in made.text.splitlines()[problem.line - 1]


def test_a_phrasing_that_is_there_already_is_refused_and_an_amendment_offered(small: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="amend:labels"):
        planned("phrasing:labels", small, tmp_path, question="What are labels?")
    with pytest.raises(Refused, match="amend:targets"):
        planned("phrasing:labels", small, tmp_path, question="explain targets and goals like I'm five!")


def test_what_cannot_be_promoted_is_refused(small: Path, tmp_path: Path) -> None:
    cases: list[tuple[str, type[AskwellError], str]] = [
        ("new:labels", Refused, "already"),
        ("amend:nothing", UsageError, "no card"),
        ("polish:labels", UsageError, "not a promotion"),
        ("new:Bad Slug", UsageError, "not a promotion"),
        (f"new:{'a' * 81}", UsageError, "not a promotion"),
    ]
    for wanted, error, words in cases:
        with pytest.raises(error, match=words):
            planned(wanted, small, tmp_path)


def test_an_answer_too_short_for_a_card_is_refused(small: Path, tmp_path: Path) -> None:
    for answer in ("One sentence only.", "No.", "   "):
        with pytest.raises(AskwellError):
            planned("new:tokens", small, tmp_path, answer=answer)


def test_a_long_answer_goes_on_in_the_explanation(small: Path, tmp_path: Path) -> None:
    made = planned("new:tokens", small, tmp_path, answer=f"{ANSWER}\n\nIt goes on here.\n\n```python\ncut(text)\n```")
    card, _ = parse_card(made.text, path=made.path)
    assert card is not None
    assert card.short_answer == ANSWER
    assert card.explanation == "It goes on here.\n\n```python\ncut(text)\n```"
    assert made.problems == ()


def with_phrasings(path: Path, count: int) -> None:
    """Give a card so many phrasings more."""
    more = "".join(f"  - {number} owls ask {number * number} foxes\n" for number in range(count))
    path.write_text(path.read_text(encoding="utf-8").replace("misconceptions:", f"{more}misconceptions:"), encoding="utf-8")


def test_a_card_takes_a_thirteenth_phrasing_and_a_thirtieth(small: Path, tmp_path: Path) -> None:
    with_phrasings(small / "one/labels.md", 25)
    made = planned("phrasing:labels", small, tmp_path)
    assert QUESTION in made.text
    assert made.problems == ()


def test_a_card_takes_sixty_phrasings_at_most(small: Path, tmp_path: Path) -> None:
    with_phrasings(small / "one/labels.md", 55)
    with pytest.raises(Refused, match="60 phrasings"):
        planned("phrasing:labels", small, tmp_path)


def test_a_key_fact_too_many_is_refused_in_one_plain_line(small: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused) as error:
        planned("amend:labels", small, tmp_path, facts=[f"Fact {number} is this." for number in range(6)])
    assert "and a card takes 6" in str(error.value)
    assert "\n" not in str(error.value)


def test_planning_changes_no_file(small: Path, tmp_path: Path) -> None:
    library = library_of(small, tmp_path)
    before = snapshot(tmp_path)
    for wanted in ("new:tokens", "phrasing:labels", "amend:labels", "replace:labels"):
        planned(wanted, small, tmp_path / "other", questions=[ReplayedQuestion("what are labels?", 3)])
    assert {name: content for name, content in snapshot(tmp_path).items() if not name.startswith("other/")} == before
    assert propose(QUESTION, ANSWER, library)


def test_a_card_on_a_topic_beyond_the_course_narrows_that_topic(small: Path, tmp_path: Path) -> None:
    (small / "beyond.yaml").write_text(
        "# kept\n- topic: cooking\n  asked_as:\n  - how long do eggs boil\n  - what is a roux\n  - why add salt # why\n  - which oven\n"
        "- topic: sport\n  asked_as: [a, b, c]\n",
        encoding="utf-8",
    )
    made = planned(
        "new:boiling-eggs",
        small,
        tmp_path,
        question="how long do eggs boil?",
        answer="Eggs boil seven minutes. Soft eggs take four minutes.",
    )
    assert made.narrowing == Narrowing("cooking", ("how long do eggs boil",))
    assert "-  - how long do eggs boil\n" in made.diff
    assert "no longer declines" in text(made)
    assert made.problems == ()


def test_a_plan_is_shown_with_its_diff_and_its_impact(small: Path, tmp_path: Path) -> None:
    shown = text(planned("phrasing:labels", small, tmp_path))
    assert f'+  - "{QUESTION}"' in shown
    assert "Asked again: 0 past questions" in shown
