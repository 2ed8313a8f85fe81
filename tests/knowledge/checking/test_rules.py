"""Each kind of problem is found, in the right file at the right line, and all of them at once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from knowledge.checking.rules import check
from knowledge.errors import KnowledgeError

TODAY = dt.date(2026, 2, 3)


def problems_in(folder: Path) -> list[str]:
    return [str(problem) for problem in check(folder, today=TODAY)[1]]


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{old!r} is not in {path}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_folder_without_a_slip_has_no_problems(small: Path) -> None:
    base, problems = check(small, today=TODAY)
    assert not problems
    assert list(base.cards) == ["labels", "targets", "masks"]
    assert base.contrast(base.cards["targets"].slug, base.cards["labels"].slug) == "Labels are written down, and targets are aimed at."  # type: ignore[index]


SLIPS = (
    ("confused_with: []", "confused_with: [masks]", "confused_with:", "confused_with names the card itself"),
    ("confused_with: []", "confused_with: [nobody]", "confused_with:", "confused_with names 'nobody', and there is no such card"),
    ("confused_with: []", "related: [nobody]", "related:", "related names 'nobody', and there is no such card"),
    ("review_by: 2127-06-01", "review_by: 2025-06-01", "review_by:", "review_by 2025-06-01 has gone by: read the card again"),
    ("||A program.||", "A program.", "## Check yourself", "must be between || and ||"),
    ("||A program.||", "||A program.", "## Check yourself", "a spoiler that starts with || is never closed"),
    ('kind can be read by people."', 'kind cheer up sad bakers."', "cheer up", "the card's text does not say this key fact"),
    ("One of the masks", "| a | table |\n\nOne of the masks", "| a |", "Discord shows no tables"),
    ("One of the masks", "<b>One</b> of the masks", "<b>", "HTML shows as text in Discord"),
    ("One of the masks", "#### One of the masks", "####", "Discord has no headings below the third level"),
    ("One of the masks", "![One](https://example.org/a.png) of the masks", "![One]", "Discord shows no inline images"),
    ("One of the masks", "$$x$$ of the masks", "$$x$$", "Discord shows TeX as it is typed"),
    ("One of the masks", "One of the masks[^1]", "[^1]", "Discord has no footnotes"),
    ("One of the masks", "@everyone: one of the masks", "@everyone", "a card must not ping anybody"),
    ("One of the masks", "<...> One of the masks", "<...>", "a place that was left to fill in"),
    (
        '  - "masks meaning"\n',
        '  - "masks meaning"\n  - Masks, meaning\n',
        "Masks, meaning",
        "nearly the same phrasing is in this card",
    ),
)


def test_each_slip_in_a_card_is_named_with_its_line(small: Path) -> None:
    path = small / "two" / "masks.md"
    whole = path.read_text(encoding="utf-8")
    missing = []
    for old, new, at, message in SLIPS:
        assert old in whole
        text = whole.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")
        place = f"two/masks.md:{text[: text.index(at)].count(chr(10)) + 1}: "
        found = problems_in(small)
        if not any(each.startswith(place) and message in each for each in found):
            missing.append((place + message, found))
    assert missing == []


def test_code_may_hold_what_text_may_not(small: Path) -> None:
    change(small / "two" / "masks.md", "masks 1\n", "| <b> | @everyone\n")
    change(small / "two" / "masks.md", "One of the masks", "`<b>` is one of the masks")
    assert not problems_in(small)


def test_a_phrasing_that_stands_in_two_cards_is_named_in_the_later_one(small: Path) -> None:
    change(small / "two" / "masks.md", "what are masks of every kind?", "What are labels")
    (only,) = problems_in(small)
    assert only.startswith("two/masks.md:5: nearly the same phrasing is in 'labels'")


def test_too_long_and_too_short_an_answer_are_named(small: Path) -> None:
    change(small / "two" / "masks.md", "can be read by people.\n\n## Expl", f"can be read by people, {'and more ' * 50}too.\n\n## Expl")
    change(
        small / "one" / "labels.md",
        "program. Labels can be read by people.\n\n## Expl",
        "program, and labels can be read by people.\n\n## Expl",
    )
    found = "\n".join(problems_in(small))
    assert "two/masks.md:22: the short answer has 119 words: say it in 100" in found
    assert "one/labels.md:22: the short answer has 1 sentences: 2 to 4 are wanted" in found


VERDICTS = (
    ("Yes, they are:", "Yes"),
    ("Yes and no:", "Yes"),
    ("**No.**", "**No."),
    ("no:", "no:"),
    ("No \u2013", "No \u2013"),
    ("Not really:", "Not"),
    ("Often not:", "Often not"),
    ("Usually yes:", "Usually yes"),
    ("Mostly not,", "Mostly not"),
    ("True, but", "True,"),
    ("False:", "False:"),
    ("True if", "True if"),
)


def opened_with(path: Path, whole: str, opening: str) -> None:
    """Let the short answer and the correction of a card begin with some words."""
    text = whole.replace("## Short answer\n\n", f"## Short answer\n\n{opening} ", 1)
    path.write_text(text.replace("correction: A program", f"correction: >-\n      {opening} a program", 1), encoding="utf-8")


def test_a_verdict_that_holds_for_one_way_of_asking_opens_nothing(small: Path) -> None:
    path = small / "two" / "masks.md"
    whole = path.read_text(encoding="utf-8")
    wrong = []
    for opening, verdict in VERDICTS:
        opened_with(path, whole, opening)
        complaint = f"opens with {verdict!r}: say the verdict as a statement that is true however it is asked"
        wanted = [f"two/masks.md:13: the correction {complaint}", f"two/masks.md:23: the short answer {complaint}"]
        if (found := [each for each in problems_in(small) if "opens with" in each]) != wanted:
            wrong.append((opening, found))
    assert wrong == []


def test_a_statement_that_begins_with_such_a_word_is_no_verdict(small: Path) -> None:
    path = small / "two" / "masks.md"
    whole = path.read_text(encoding="utf-8")
    found = {}
    for opening in (
        "No person draws them, and",
        "Not every program draws them, yet",
        "Not knowing who draws them is fine, since",
        "True labels aside,",
        "False negatives aside,",
        "Usually",
        "Notably,",
        "Nobody draws them:",
    ):
        opened_with(path, whole, opening)
        found[opening] = problems_in(small)
    assert not any(found.values()), found


@pytest.mark.parametrize(
    "text", ['{"slug": "masks"}\n\n## Notes\nx\n## Answer\ny\n', "+++\nslug = 'masks'\n+++\nx\n", "A rule:\n---\nslug: masks\n---\n"]
)
@pytest.mark.parametrize("file", ["two/masks.md", "examples/one.md"])
def test_a_front_matter_that_is_not_yaml_at_the_top_is_none(small: Path, file: str, text: str) -> None:
    (small / file).parent.mkdir(exist_ok=True)
    (small / file).write_text(text, encoding="utf-8")
    assert f"{file}:1: no front matter: the file must start with a block between two --- lines" in problems_in(small)


@pytest.mark.parametrize("file", ["two/masks.md", "examples/one.md"])
@pytest.mark.parametrize(
    ("value", "line", "message"),
    [
        ("2027-02-30", 3, "a value of the front matter can't be read: day is out of range for month"),
        ("9" * 5_000, 3, "a value of the front matter can't be read: Exceeds the limit"),
        ("a: b", 3, "the front matter is not YAML: mapping values are not allowed in this context"),
    ],
)
@pytest.mark.parametrize("rule", ["---", "-----"])
def test_a_value_that_yaml_cannot_read_is_one_line(small: Path, file: str, value: str, line: int, message: str, rule: str) -> None:
    (small / file).parent.mkdir(exist_ok=True)
    (small / file).write_text(f"{rule}\nname: one\nwhy: {value}\n{rule}\n## Notes\nx\n## Answer\ny\n", encoding="utf-8")
    found = problems_in(small)
    assert any(each.startswith(f"{file}:{line}: {message}") and "\n" not in each for each in found), found


def test_contrasts_and_confusions_have_to_match(small: Path) -> None:
    change(small / "one" / "targets.md", "confused_with: [labels]", "confused_with: []")
    found = problems_in(small)
    assert "one/labels.md:17: confused_with names 'targets', which does not name this card back" in found
    assert "one/targets.md:17: contrasts/ has an entry with 'labels', and confused_with does not name it" in found
    change(small / "one" / "targets.md", "confused_with: []", "confused_with: [labels]")
    (small / "contrasts" / "all.yaml").write_text("", encoding="utf-8")
    assert "one/labels.md:17: confused_with names 'targets', and contrasts/ does not say how the two differ" in problems_in(small)


SLIPS_BESIDE = (
    (
        "contrasts/more.yaml",
        "- between: [gone, labels]\n  difference: x\n",
        "contrasts/more.yaml:1: a contrast names 'gone', and there is no such card",
    ),
    (
        "contrasts/more.yaml",
        "\n- between: [targets, labels]\n  difference: x\n",
        "contrasts/more.yaml:2: the contrast between targets and labels is given twice",
    ),
    (
        "contrasts/more.yaml",
        "- between: [masks, masks]\n  difference: x\n",
        "contrasts/more.yaml:1: the contrast is between 'masks' and itself",
    ),
    (
        "contrasts/more.yaml",
        "- between: [masks]\n  difference: x\n",
        "contrasts/more.yaml:1: between: Tuple should have at least 2 items",
    ),
    ("contrasts/more.yaml", "key: value\n", "contrasts/more.yaml:1: must be a YAML list"),
    (
        "beyond.yaml",
        "- topic: a\n  asked_as: [b, c, d]\n- topic: b\n  asked_as: [c]\n",
        "beyond.yaml:4: asked_as: Tuple should have at least 3 items",
    ),
    ("beyond.yaml", "- topic: a\n  bad: 2027-02-30\n", "beyond.yaml:2: a value can't be read: day is out of range for month"),
    ("beyond.yaml", "- topic: a\n- : [\n", "beyond.yaml:2: not YAML"),
    ("terms/more.yaml", "masks: [a]\n\ngone: [b]\n", "terms/more.yaml:3: 'gone' must be a card's slug with a list of terms below it"),
    ("terms/more.yaml", "- a\n", "terms/more.yaml:1: must map words to values"),
    ("terms/more.yaml", "masks: " + "[" * 2_000 + "]" * 2_000, "terms/more.yaml:1: YAML nested too deeply"),
    ("glossary.yaml", "a: b: c\n", "glossary.yaml:1: not YAML: mapping values are not allowed here"),
    ("examples/one.md", "no front matter", "examples/one.md:1: no front matter"),
)


def test_each_slip_beside_the_cards_is_named_with_its_file_and_line(small: Path) -> None:
    missing = []
    for file, text, problem in SLIPS_BESIDE:
        path = small / file
        before = path.read_bytes() if path.exists() else None
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        found = problems_in(small)
        if not any(each.startswith(problem) for each in found):
            missing.append((problem, found))
        path.unlink() if before is None else path.write_bytes(before)
    assert missing == []


def test_all_problems_of_all_files_are_named_at_once_in_file_order(small: Path) -> None:
    change(small / "one" / "labels.md", "review_by: 2127-06-01", "review_by: 2025-06-01")
    change(small / "one" / "targets.md", "title: About targets and goals\n", "")
    (small / "two" / "broken.md").write_bytes(b"\xff\xfe")
    (small / "beyond.yaml").write_text("- 7\n", encoding="utf-8")
    found = problems_in(small)
    assert {each.split(":")[0] for each in found} >= {"one/labels.md", "one/targets.md", "two/broken.md", "beyond.yaml"}
    assert found == sorted(found)


def test_two_cards_cannot_have_one_slug_and_a_file_is_named_like_its_card(small: Path) -> None:
    (small / "two" / "labels.md").write_text((small / "one" / "labels.md").read_text(encoding="utf-8"), encoding="utf-8")
    (small / "two" / "masks.md").rename(small / "two" / "veils.md")
    found = problems_in(small)
    assert "two/labels.md:2: the slug 'labels' is already that of one/labels.md" in found
    assert "two/veils.md:2: the slug 'masks' must be the file's name ('veils')" in found


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="set ASKWELL_KNOWLEDGE_DIR") as caught:
        check(tmp_path / "nowhere", today=TODAY)
    assert "\n" not in str(caught.value)
