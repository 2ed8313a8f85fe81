"""A card's file becomes a card, or problems at their lines; no content of a file is an exception."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from knowledge.reading.base import fingerprint, read_knowledge
from knowledge.reading.card_file import card_paths, parse_card, read_card
from knowledge.words import content_stems, words
from tests.conftest import card_text

WHOLE = card_text("masks", "masks")


def problems_of(text: str) -> list[str]:
    card, problems = parse_card(text, path="two/masks.md")
    assert (card is None) == bool(problems)
    return [str(problem) for problem in problems]


def test_a_whole_card_has_its_sections_and_its_group() -> None:
    card, problems = parse_card(WHOLE, path="two/masks.md")
    assert not problems
    assert card is not None
    assert card.group == "two"
    assert card.short_answer == "Masks are made by a program. Masks can be read by people."
    assert len(card.paragraphs()) == 2
    assert card.example.startswith("```text\nmasks 1\n```")
    assert card.check_yourself.endswith("||A program.||")


SLIPS = (
    ("title: About masks\n", "", "slug:", "'title' is missing"),
    ("title: About masks\n", "title: About masks\nmood: good\n", "mood:", "'mood' is not a key that belongs here"),
    (
        "title: About masks\n",
        "title: About: masks\n",
        "title:",
        "the front matter is not YAML: mapping values are not allowed",
    ),
    ("slug: masks", "slug: Masks!", "slug:", "'slug': string should match pattern"),
    ("review_by: 2127-06-01", "review_by: next year", "review_by:", "'review_by': input should be a valid date"),
    ("review_by: 2127-06-01", "review_by: 2127-02-30", "review_by:", "a value of the front matter can't be read: day is out of range"),
    ("year: 2020", "year: 20", "year:", "'sources.0.year': input should be greater than or equal to 1900"),
    ("https://example.org/masks", "not a link", "not a link", "'sources.0.url': input should be a valid URL"),
    ("    correction: A program can make masks too, and mostly does.\n", "", "- belief:", "'misconceptions.0.correction' is missing"),
    ("confused_with: []", "confused_with: [No Slug]", "No Slug", "'confused_with.0': string should match pattern"),
    (
        "## Example\n",
        "## Sample\n",
        "## Sample",
        "unknown section '## Sample': a card has Short answer, Explanation, Example and Check",
    ),
    ("## Example\n", "## Short answer\n", "## Short answer\n\n```", "the section '## Short answer' is there twice"),
    ("## Short answer\n", "## Explanation\n", "## Explanation", "the section '## Short answer' is missing"),
    ("## Short answer\n", "Hello.\n\n## Short answer\n", "Hello.", "text before the first section"),
    ("Who makes masks?\n\n||A program.||\n", "", "## Check yourself", "the section '## Check yourself' is empty"),
    ("masks 1\n```\n", "masks 1\n", "```text", "a code block that starts with ``` is never closed"),
)


def test_each_slip_is_named_at_its_line() -> None:
    missing = []
    for old, new, at, problem in SLIPS:
        assert old in WHOLE
        text = WHOLE.replace(old, new, 1)
        wanted = f"two/masks.md:{text[: text.index(at)].count(chr(10)) + 1}: {problem}"
        if not any(each.startswith(wanted) for each in problems_of(text)):
            missing.append((wanted, problems_of(text)))
    assert missing == []


def test_a_file_without_a_front_matter_is_one_problem_at_its_top() -> None:
    texts = ("", "no front matter at all", "---\n---\n", "---\n- a list\n---\n", "## Short answer\n\nHi.")
    said = ["two/masks.md:1: no front matter: the file must start with a block between two --- lines"]
    assert {text: problems_of(text) for text in texts} == dict.fromkeys(texts, said)


def test_every_problem_of_a_card_is_named_at_once() -> None:
    text = WHOLE.replace("title: About masks\n", "").replace("year: 2020", "year: 3020").replace("## Example", "## Sample")
    found = "\n".join(problems_of(text))
    assert [found.count(word) for word in ("title", "sources.0.year", "'## Sample'")] == [1, 1, 1]
    assert found.count("\n") == 2


def test_a_title_a_phrasing_a_short_answer_and_a_source_are_a_card() -> None:
    source = "{title: A paper, authors: A. Body, year: 2020, url: 'https://example.org/a'}"
    front = f"slug: masks\ntitle: Masks\nasked_as: [what is a mask?]\nsources: [{source}]\nreview_by: 2127-06-01"
    card, problems = parse_card(f"---\n{front}\n---\n## Short answer\n\nA mask hides. A model fills it.\n", path="p")
    assert problems == []
    assert card is not None
    assert card.body() == "A mask hides. A model fills it."
    assert card.paragraphs() == ()


def test_a_heading_in_a_code_block_is_no_section() -> None:
    card, problems = parse_card(WHOLE.replace("masks 1\n", "## not a section\n\nmasks 1\n"), path="p")
    assert not problems
    assert card is not None
    assert "## not a section\n\nmasks 1" in card.example


@given(st.text(max_size=400))
def test_no_text_is_an_exception(text: str) -> None:
    problems_of(text)
    problems_of(f"---\n{text}\n---\n{text}")


def test_bytes_that_are_no_text_and_a_folder_named_like_a_card_are_problems(small: Path) -> None:
    (small / "two" / "bytes.md").write_bytes(b"---\nslug: \xff\n---\n")
    (small / "two" / "folder.md").mkdir()
    (small / "two" / "gone.md").symlink_to(small / "nowhere.md")
    base, problems = read_knowledge(small)
    assert list(base.cards) == ["labels", "targets", "masks"]
    assert [(problem.path, problem.line) for problem in problems] == [("two/bytes.md", 1), ("two/folder.md", 1), ("two/gone.md", 1)]
    assert all(problem.message.startswith("can't be read: ") for problem in problems)


def test_windows_line_ends_change_nothing(small: Path) -> None:
    path = small / "two" / "masks.md"
    before, _ = read_card(path, small)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_card(path, small) == (before, [])


def test_drafts_examples_readmes_and_hidden_files_are_no_cards(small: Path) -> None:
    for name in ("drafts/draft.md", "examples/example.md", "two/README.md", "two/.hidden.md", "two/_note.md", "top.md"):
        (small / name).parent.mkdir(exist_ok=True)
        (small / name).write_text("not a card", encoding="utf-8")
    assert [path.name for path in card_paths(small)] == ["labels.md", "targets.md", "masks.md"]


def test_the_fingerprint_follows_every_file_that_an_index_is_made_from(small: Path) -> None:
    names = ("one/labels.md", "contrasts/all.yaml", "terms/all.yaml", "beyond.yaml", "glossary.yaml")
    for name in names:
        before = fingerprint(small)
        (small / name).write_bytes((small / name).read_bytes() + b"\n")
        after = fingerprint(small)
        assert {key for key in after if after[key] != before.get(key)} == {name}
    (small / "README.md").write_text("read me", encoding="utf-8")
    assert fingerprint(small) == after


SPELLINGS = (
    ("pre-training", "pretraining"),
    ("Pre training", "pretraining"),
    ("fine tuned", "fine-tuned"),
    ("labeled", "labelled"),
    ("self-supervised", "self supervised"),
    ("un-labelled", "unlabeled"),
)


def test_spellings_of_one_word_are_one_word() -> None:
    assert [pair for pair in SPELLINGS if words(pair[0]) != words(pair[1]) or content_stems(pair[0]) != content_stems(pair[1])] == []
