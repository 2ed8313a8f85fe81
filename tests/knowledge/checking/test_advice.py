"""Each habit that makes a card harder to read is a warning at its line, and no problem."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from knowledge.checking.advice import warnings
from knowledge.checking.rules import check

TODAY = dt.date(2026, 2, 3)
LONG = "Masks of every kind are made by a program. Masks of every kind can be read by people, and are kept beside the data for years."
# What is changed in the card of the masks, where it is found, and what is said.
SHORT = "Masks of every kind are made by a program. They can be read."
HABITS = (
    (LONG, SHORT, "## Short answer", "the short answer has 13 words: 20 to 50 are wanted"),
    (LONG, f"{LONG} {'Many more can be read by all of us. ' * 3}", "## Short answer", "the short answer has 53 words: 20 to 50 are wanted"),
    (LONG, LONG.replace("Masks", "They", 1), "## Short answer", "the short answer opens with 'They': name its subject first"),
    (LONG, LONG.replace("Masks", "**This", 1), "## Short answer", "the short answer opens with 'This': name its subject first"),
    ("**What becomes of them.** ", "", "Masks of every kind are counted after training, and", "the paragraph opens with no **bold name**"),
    ("count is reported.", f"count is {'very ' * 80}big.", "**What becomes", "the paragraph has 97 words: 80 at most are wanted"),
    ("masks 1", "x" * 41, "x" * 41, "the code line has 41 characters: 40 at most are wanted"),
    ("it is stored.", "it is stored. To hold on to: nothing.", "One of the masks", "'hold on to': say what is true"),
    ("correction: A", "correction: You are right that a", "correction:", "the correction opens with 'You are right': say what holds"),
)


def said(folder: Path) -> list[str]:
    base, problems = check(folder, today=TODAY)
    assert not problems
    return [str(warning) for warning in warnings(base, folder) if warning.path == "two/masks.md"]


def test_each_habit_is_one_warning_at_its_line_and_no_problem(small: Path) -> None:
    path = small / "two" / "masks.md"
    short = "Masks of every kind are made by a program. Masks of every kind can be read by people."
    whole = path.read_text(encoding="utf-8").replace(short, LONG)
    wrong = []
    for old, new, at, message in (("", "", "", ""), *HABITS):
        assert old in whole
        text = whole.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")
        line = text[: text.index(at)].count("\n") + 1
        expected = [f"two/masks.md:{line}: {message}"] if message else []
        if (found := said(small)) != expected:
            wrong.append((expected, found))
    assert wrong == []


def test_words_that_begin_alike_and_short_code_are_no_habits(small: Path) -> None:
    path = small / "two" / "masks.md"
    text = path.read_text(encoding="utf-8")
    text = text.replace("Masks of every kind are made by a program. Masks", f"Italian masks too: {LONG} Yesterday's masks")
    path.write_text(text.replace("masks 1", "x" * 40), encoding="utf-8")
    assert said(small) == []


def test_what_a_card_lacks_is_one_wish_and_no_problem(small: Path) -> None:
    path = small / "two" / "masks.md"
    text = path.read_text(encoding="utf-8")
    head, _, body = text.partition("## Example")
    assert body
    path.write_text(head, encoding="utf-8")
    line = text[: text.index("asked_as:")].count("\n") + 1
    wish = "the card answers already, and would be better with '## Example' and '## Check yourself'"
    assert f"two/masks.md:{line}: {wish}" in [each for each in said(small) if "better" in each]
