"""A course's file becomes a course, or problems at their lines; a folder without one is a course that names nothing."""

from __future__ import annotations

from pathlib import Path

from bot.settings import PROJECT
from knowledge.reading.base import fingerprint, read_knowledge
from knowledge.reading.course import Course, read_course
from knowledge.words import words

SLIPS = (
    ("mood: good", "mood:", "'mood' is not a key that belongs here"),
    ("name: ''", "name:", "'name': string should have at least 1 character"),
    ("ideas:\n  - {name: rye, card: rye}", "ideas:", "'ideas': tuple should have at least 2 items"),
    ("ideas:\n  - {name: rye, card: rye}\n  - {name: salt}", "  - {name: salt}", "'ideas.1.card' is missing"),
    ("ideas:\n  - {name: rye, card: rye}\n  - {name: salt, card: No Slug}", "  - {name: salt", "'ideas.1.card': string should match"),
    ("opposites:\n  - [open]", "  - [open]", "'opposites.0': tuple should have at least 2 items"),
    ("called: ['']", "called:", "'called.0': string should match pattern"),
    ("called: [two words]", "called:", "'called.0': string should match pattern"),
    ("compounds:\n  overproof: overproof", "  overproof", "string should match pattern"),
    ("people_terms: [human]", "people_terms:", "'people_terms.0': string should match pattern"),
    ("units: [1]", "units:", "'units.0': input should be a valid string"),
    ("- a list", "- a list", "must map keys to values"),
    ("name: [", "name:", "not YAML"),
)


def write(folder: Path, text: str) -> None:
    (folder / "course.yaml").write_text(text, encoding="utf-8")


def test_a_folder_without_the_file_is_a_course_that_names_nothing(small: Path) -> None:
    (small / "course.yaml").unlink()
    assert read_course(small) == (Course(), [])
    write(small, "# nothing yet\n")
    assert read_course(small) == (Course(), [])


def test_each_slip_is_named_with_its_line(tmp_path: Path) -> None:
    missing = []
    for text, at, message in SLIPS:
        write(tmp_path, f"# A comment.\n\n{text}\n")
        course, problems = read_course(tmp_path)
        assert course == Course()
        line = 3 + text[: text.index(at)].count("\n") if "must map" not in message else 1
        if not any(problem.line in {line, line + 1} and message in problem.message for problem in problems):
            missing.append((text, message, problems))
    assert missing == []


def test_an_edit_of_the_file_changes_the_fingerprint(small: Path) -> None:
    before = fingerprint(small)
    write(small, "name: something else\n")
    assert [path for path, value in fingerprint(small).items() if before[path] != value] == ["course.yaml"]


def test_words_count_as_the_course_says_once_it_is_read(small: Path) -> None:
    assert words("zig-zagging zig zagged zigzag zagzig") == ["zig-zagging", "zig", "zagged", "zigzag", "zagzig"]
    write(small, "compounds: {zig-zag: zigzag}\nspellings: {zagzig: zigzag}\n")
    for _ in range(2):
        read_knowledge(small)
        assert words("Zig-zagging zig zagged zigzag, zagzig; un-zig-zag") == ["zigzagging", "zigzagged", "zigzag", "zigzag", "un-zig-zag"]


def test_the_first_course_counts_its_words_as_before() -> None:
    read_knowledge(PROJECT / "knowledge")
    assert words("Pre-training, fine tuning, self supervision, un-labeled, in context, zero shot, ground truth") == [
        "pretraining", "finetuning", "selfsupervised", "unlabelled", "in-context", "zero-shot", "groundtruth",
    ]  # fmt: skip
    assert words("in training, few labels") == ["in", "training", "few", "labels"]
