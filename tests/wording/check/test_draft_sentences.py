"""A draft is cut into sentences that can be judged one by one, and what passes is put together as it stood."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.wording.check.draft_sentences import MOST_SENTENCES, plain, put_together, read_draft, with_citation
from tests.collected import failing

# What models put between words and what trips a reader of Markdown.
MARKS = st.sampled_from(
    ["[1]", "[2, 3]", "[", "]", ". ", "! ", "\n", "- ", "1. ", "# ", "```\n", "*", "`", "<b>", "|", ": ", "word ", "é ", "-100 "]
)


def texts(draft: str) -> list[str]:
    return [sentence.text for sentence in read_draft(draft)]


def test_a_citation_belongs_to_its_sentence_and_is_no_part_of_its_words() -> None:
    def check(draft: str, cites: tuple[int, ...]) -> None:
        (sentence,) = read_draft(draft)
        assert (sentence.text, sentence.cites) == ("Masks hide words.", cites)

    cases: list[tuple[Any, ...]] = [
        ("Masks hide words [1].", (1,)),
        ("Masks hide words.[2]", (2,)),
        ("Masks hide words. [1][2]", (1, 2)),
        ("Masks hide words [1, 2; 3].", (1, 2, 3)),
        ("Masks [0] hide words [999].", (0, 999)),
        ("Masks hide words.", ()),
    ]
    assert failing(check, cases) == {}


def test_a_mask_token_or_a_year_in_brackets_is_no_citation() -> None:
    (sentence,) = read_draft("80% become [MASK], as in [Devlin 2018] and [-100].")
    assert sentence.text == "80% become [MASK], as in [Devlin 2018] and [-100]."
    assert sentence.cites == ()


def test_a_citation_behind_a_full_stop_is_not_given_to_the_next_sentence() -> None:
    first, second = read_draft("Nobody labels it. [1] A rule does. [2]")
    assert (first.cites, second.cites) == ((1,), (2,))


def test_what_says_nothing_has_no_sentence() -> None:
    def check(draft: str) -> None:
        assert read_draft(draft) == []

    cases = [
        "",
        " \n\t\n",
        "[1] [2]",
        "# Only a heading",
        "**In short:**",
        "Answer:",
        "```\nnever closed. At all.",
    ]
    assert failing(check, [(case,) for case in cases]) == {}


def test_a_block_of_code_is_one_sentence_and_what_follows_it_is_read() -> None:
    code = "```python\nlabels = 'human'\n```"
    found = read_draft(f"Before it.\n{code}\nAfter it.")
    assert [(sentence.text, sentence.code) for sentence in found] == [("Before it.", False), (code, True), ("After it.", False)]


def test_a_sentence_that_comes_again_is_read_once_however_it_is_marked() -> None:
    assert texts("Nobody labels it. **Nobody** labels it [2]. nobody labels it.") == ["Nobody labels it."]


def test_a_draft_that_lost_its_way_is_not_read_to_its_end() -> None:
    assert len(read_draft(" ".join(f"Sentence number {number}." for number in range(200)))) == MOST_SENTENCES


def test_lists_and_paragraphs_are_put_together_as_they_stood() -> None:
    draft = "Two things differ.\n\n- The labels [1]. They are written.\n- The data.\n\nThat is all."
    kept = read_draft(draft)
    assert put_together(kept, [(1,), (2,), (), (1, 2), ()]) == (
        "Two things differ [1].\n\n- The labels [2]. They are written.\n- The data [1] [2].\n\nThat is all."
    )


def test_a_line_of_a_list_whose_first_sentence_is_cut_is_still_a_line_of_the_list() -> None:
    kept = [sentence for sentence in read_draft("- One thing is false. Another is true.\n- And a third.") if "false" not in sentence.text]
    assert put_together(kept, [(1,), (1,)]) == "- Another is true [1].\n- And a third [1]."


def test_a_citation_stands_before_the_end_of_its_sentence() -> None:
    def check(text: str, shown: str) -> None:
        assert with_citation(text, (1, 2)) == shown
        assert with_citation(text, ()) == text

    cases: list[tuple[Any, ...]] = [
        ("Nobody labels it.", "Nobody labels it [1] [2]."),
        ("Who labels it?", "Who labels it [1] [2]?"),
        ("**Nobody labels it.**", "**Nobody labels it [1] [2].**"),
        ("Nobody labels it", "Nobody labels it [1] [2]"),
        ("He said “nobody”…", "He said “nobody” [1] [2]…"),
    ]
    assert failing(check, cases) == {}


def test_markdown_is_no_part_of_what_is_judged() -> None:
    assert plain("**MLM** is _not_ `supervised` <br> ~~at all~~.") == "MLM is not supervised at all."


@given(st.lists(MARKS, max_size=60).map("".join))
def test_any_text_can_be_cut_and_what_is_kept_whole_has_every_sentence_once(draft: str) -> None:
    found = read_draft(draft)
    assert len(found) <= MOST_SENTENCES
    assert all(sentence.text.strip() for sentence in found)
    keys = [plain(sentence.text).lower() for sentence in found]
    assert len(set(keys)) == len(keys)
    text = put_together(found, [() for _ in found])
    assert all(sentence.text in text for sentence in found)


def test_ten_thousand_characters_of_anything_are_cut() -> None:
    for piece in ("word ", "a. ", "[1]", "\n", "*", "```\n", "- ", "1, ", "[1,", ". [1]", "<", "`", "a:", "# "):
        for sentence in read_draft((piece * 10_000)[:10_000]):
            assert sentence.text
