"""Every few-shot example of the course quotes its cards, cites its notes and keeps to one form; each slip is named with its line."""

from __future__ import annotations

import doctest
import re
from collections import Counter
from pathlib import Path

import pytest

import knowledge.reading.examples as reading
from bot.settings import PROJECT
from knowledge.checking.advice import card_sentences, warnings
from knowledge.reading.base import KnowledgeBase, read_knowledge
from knowledge.reading.card import EXAMPLE_KINDS, Example
from knowledge.reading.examples import example_problems, read_example, read_examples, read_notes
from knowledge.sentences import sentences

KNOWLEDGE = PROJECT / "knowledge"
EXAMPLES = read_examples(KNOWLEDGE)[0]
CODE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def base() -> KnowledgeBase:
    return read_knowledge(KNOWLEDGE)[0]


def answered(example: Example) -> list[str]:
    """Return an answer's sentences outside code."""
    return sentences(CODE.sub("", example.answer))


def test_every_note_is_in_its_card_word_for_word_and_has_its_number(base: KnowledgeBase) -> None:
    wrong = []
    for example in EXAMPLES:
        titles = {base.cards[slug].title: card_sentences(base.cards[slug]) for slug in example.cards}
        notes = read_notes(example.notes)
        wrong += [(example.name, note) for note in notes if note.text not in titles.get(note.title, ())]
        if [note.number for note in notes] != list(range(1, len(notes) + 1)) or {note.title for note in notes} != set(titles):
            wrong.append((example.name, notes[0]))
    assert wrong == []


def test_every_example_has_notes_of_one_to_four_cards_and_more_than_its_answer_needs() -> None:
    wrong = []
    for example in EXAMPLES:
        notes = read_notes(example.notes)
        cited = {number for sentence in answered(example) for number in re.findall(r"\[(\d+)\]", sentence)}
        if not (8 <= len(notes) <= 20 and 1 <= len(example.cards) <= 4 and len(cited) < len(notes)):
            wrong.append((example.name, len(notes), len(example.cards), len(cited)))
    assert wrong == []


def test_every_sentence_of_an_answer_ends_with_citations_of_its_notes_or_says_what_they_leave_open() -> None:
    wrong = []
    for example in EXAMPLES:
        numbers = {note.number for note in read_notes(example.notes)}
        *said, last = answered(example)
        if not last.startswith("The notes don't say "):
            said.append(last)
        for sentence in said:
            ending = re.search(r"((?:\[\d+\])+)[.:?]?$|((?:\[\d+\])+)。$", sentence)
            if ending is None or not {int(number) for number in re.findall(r"\d+", ending[0])} <= numbers:
                wrong.append((example.name, sentence))
    assert wrong == []


def test_no_answer_is_longer_than_a_learner_reads_or_opens_with_a_courtesy() -> None:
    words = {example.name: len(CODE.sub("", example.answer).split()) for example in EXAMPLES}
    assert {name: count for name, count in words.items() if count > 120} == {}
    assert sorted(words.values())[len(words) // 2] <= 90
    assert [
        each.name for each in EXAMPLES if re.match(r"hi\b|hello|(?:a )?(?:good|great) question|thank|sure\b|of course", each.answer, re.I)
    ] == []


def test_code_in_an_answer_is_code_of_its_notes() -> None:
    wrong = []
    for example in EXAMPLES:
        noted = {line.strip() for note in read_notes(example.notes) for line in note.text.split("\n")}
        for block in CODE.findall(example.answer):
            wrong += [(example.name, line) for line in block.split("\n")[1:-1] if line.strip() not in noted]
    assert wrong == []


def test_every_kind_is_shown_more_than_once_except_the_one_no_model_sees() -> None:
    count = Counter(example.kind for example in EXAMPLES)
    assert {kind for kind in EXAMPLE_KINDS if count[kind] < 2} == {"vague"}
    assert len(EXAMPLES) >= 44


def test_an_open_point_is_left_in_every_example_of_that_kind_and_in_no_other() -> None:
    opened = {example.name for example in EXAMPLES if "The notes don't say " in example.answer}
    assert opened == {example.name for example in EXAMPLES if example.kind == "open-point"}


def test_the_languages_differ_and_a_conversation_has_its_turns() -> None:
    foreign = [example for example in EXAMPLES if example.kind == "language"]
    assert len(foreign) >= 4
    assert [each.name for each in foreign if re.search(r"\b(?:and|of|which)\b", each.answer)] == []
    assert [each.name for each in EXAMPLES if each.kind in {"pushback", "follow-up"} and len(each.turns) < 2] == []


def test_nothing_is_to_be_written_otherwise_in_an_example(base: KnowledgeBase) -> None:
    assert list(example_problems(EXAMPLES, base.cards)) == []
    assert [warning for warning in warnings(base, KNOWLEDGE) if warning.path.startswith("examples/")] == []


FIRST = "No, masks of every kind are made by a program, and a program writes them whenever they are needed [1]."
GOOD = f"""\
---
name: one
kind: yes-no
turns:
  - are masks made by hand?
cards: [masks]
why: It says no first.
---
## Notes

About masks of every kind
[1] Masks of every kind are made by a program.
[2] Masks of every kind can be read by people.
[3] ```text
masks 1
```

## Answer

{FIRST}
People can read them [2]. Look at `masks[9]` [3]:

```text
masks 1
```

The notes don't say who wrote the program.
"""
SLIPS = (
    ("name: one", "name: other", 2, "'name' is 'other', and the file's name is 'one'"),
    ("[masks]", "[masks, gone]", 6, "'cards' names 'gone', and there is no such card"),
    ("[3] ```", "[2] People make them.\n[3] ```", 14, "[2] comes where [3] should: number the notes in their order"),
    ("program.\n[2]", "program. It runs. It ends.\n[2]", 12, "[1] has 3 sentences: give each its own number"),
    ("About masks of every kind\n", "\n", 12, "[1] has no title above it: notes are grouped under the titles of their cards"),
    ("read them [2]", "read them", 21, "'People can read them.' does not end with a citation, such as [1] or [1][2]"),
    ("People can", "Read [2] this. People can", 21, "'Read [2] this.' does not end with a citation, such as [1] or [1][2]"),
    ("read them [2]", "read them [7]", 21, "the answer cites [7], and there is no such note"),
    ("People can", "The notes don't say why. People can", 21, "what the notes don't say comes last, in one sentence"),
    (f"{FIRST}\nPeople can read them", "People read them", 20, "the answer has 16 words: 20 to 120 are wanted"),
    ("No, masks", "No, " + "masks and " * 43 + "masks", 20, "the answer has 123 words: 20 to 120 are wanted"),
)


def said_of(small: Path, text: str) -> list[str]:
    path = small / "examples" / "one.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    example, problems = read_example(path, small)
    base = read_knowledge(small)[0]
    return [str(each) for each in (*problems, *(example_problems([example], base.cards) if example else ()))]


def test_each_slip_of_an_example_is_one_problem_at_its_line(small: Path) -> None:
    assert said_of(small, GOOD) == []
    wrong = []
    for old, new, line, message in SLIPS:
        assert GOOD.count(old) == 1, old
        if (found := said_of(small, GOOD.replace(old, new))) != [f"examples/one.md:{line}: {message}"]:
            wrong.append((line, message, found))
    assert wrong == []


def test_notes_without_numbers_are_no_notes(small: Path) -> None:
    found = said_of(small, re.sub(r"^\[1\].*?(?=\n\n)", "Masks are made by a program.", GOOD, flags=re.DOTALL | re.MULTILINE))
    assert found[0] == "examples/one.md:9: there are no notes: below a card's title each sentence has a line, [1] the first"


def test_a_chinese_answer_is_counted_without_blanks(small: Path) -> None:
    answer = (
        GOOD.partition("## Answer\n\n")[0]
        + "## Answer\n\n"
        + "掩码不是人手工做出来的，而是由程序自动生成的，人也能看懂它。需要的时候，程序随时都可以再做一遍，不需要任何人动手".replace(
            "。", "[1]。"
        )
        + "[2]。\n"
    )
    assert said_of(small, answer) == []


def test_a_note_that_its_card_no_longer_has_is_a_warning_so_that_no_promotion_is_held_up(small: Path) -> None:
    assert said_of(small, GOOD) == []
    card = small / "two" / "masks.md"

    def warned() -> list[str]:
        base = read_knowledge(small)[0]
        return [str(each) for each in warnings(base, small) if each.path.startswith("examples/")]

    assert warned() == []
    card.write_text(
        card.read_text(encoding="utf-8").replace("can be read by people.\n\n## Expl", "can be read.\n\n## Expl"), encoding="utf-8"
    )
    assert warned() == ["examples/one.md:13: [2] is not in the card word for word: copy the sentence again"]
    card.write_text(card.read_text(encoding="utf-8").replace("title: About masks of every kind", "title: Masks"), encoding="utf-8")
    assert warned() == ["examples/one.md:11: no card in 'cards' has the title 'About masks of every kind'"]


def test_the_examples_in_the_docstrings_hold() -> None:
    failed, attempted = doctest.testmod(reading)
    assert (failed, attempted > 0) == (0, True)
