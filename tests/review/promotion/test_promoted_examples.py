"""A promoted answer is kept in the form of the examples that a model learns from."""

from __future__ import annotations

import doctest
from pathlib import Path

from bot.review.promotion import promoted_examples
from bot.review.promotion.promoted_examples import candidate_file, read_candidates, write_candidate
from knowledge.reading.base import read_knowledge
from knowledge.reading.course import Course
from knowledge.reading.examples import read_notes

ANSWER = """\
No, masks of every kind are made by a program. It writes them in one pass over the data:

```python
masks = make_masks(data)
```

- It needs no annotator.
- It can be run again
"""


def test_a_promoted_answer_becomes_notes_of_single_sentences_that_it_cites(small: Path, tmp_path: Path) -> None:
    card = (small / "two" / "masks.md").read_text(encoding="utf-8")
    write_candidate(tmp_path, 7, question="who makes masks?", answer=ANSWER, slug="masks", card_text=card, course=Course())
    (example,), problems = read_candidates(tmp_path, read_knowledge(small)[0].cards)
    assert problems == []
    assert (example.name, example.turns, example.cards) == ("masks-7", ("who makes masks?",), ("masks",))
    notes = read_notes(example.notes)
    assert {note.title for note in notes} == {"About masks of every kind"}
    assert [note.text for note in notes] == [
        "No, masks of every kind are made by a program.",
        "It writes them in one pass over the data:",
        "```python\nmasks = make_masks(data)\n```",
        "It needs no annotator.",
        "It can be run again",
        "Masks of every kind are made by a program.",
        "Masks of every kind can be read by people.",
    ]
    assert example.answer == (
        "No, masks of every kind are made by a program [1]. It writes them in one pass over the data [2]:\n\n"
        "```python\nmasks = make_masks(data)\n```\n\n- It needs no annotator [4].\n- It can be run again [5]"
    )


def test_a_promoted_answer_that_is_too_long_waits_for_a_mentor_at_its_line(small: Path, tmp_path: Path) -> None:
    write_candidate(tmp_path, 8, question="who makes masks?", answer="A program. " * 80, slug="masks", card_text="", course=Course())
    examples, problems = read_candidates(tmp_path, read_knowledge(small)[0].cards)
    line = candidate_file(tmp_path, 8, "masks").read_text(encoding="utf-8").split("\n").index("## Answer") + 3
    assert (examples, [str(each) for each in problems]) == (
        [], [f"candidates/masks-8.md:{line}: the answer has 240 words: 20 to 120 are wanted"]
    )  # fmt: skip


def test_the_examples_in_the_docstrings_hold() -> None:
    failed, attempted = doctest.testmod(promoted_examples)
    assert (failed, attempted > 0) == (0, True)
