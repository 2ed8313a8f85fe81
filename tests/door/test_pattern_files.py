"""The files of what people write when they need help: each is read, and a mistake in one is named."""

from __future__ import annotations

from importlib.resources import files

import pytest

from bot.door.care_speech import SENTENCES
from bot.door.pattern_files import compile_patterns, read_patterns
from knowledge.errors import UsageError


def test_every_file_can_be_read_and_its_languages_are_known() -> None:
    names = [path.name for path in files("bot.door").joinpath("care_patterns").iterdir()]
    assert len(names) >= 5
    for name in names:
        patterns = read_patterns(name.removesuffix(".yaml"))
        assert set(patterns) <= {*SENTENCES, "other"}, name
        assert not [language for language, pattern in patterns.items() if pattern.search("")], name


def test_a_pattern_is_folded_like_the_texts_and_may_name_a_list_of_words() -> None:
    patterns = compile_patterns("x.yaml", "words: {who: [tú, 'step\\w+'], all: ['{who}', we]}\nes: ['días {all}', straße]")
    assert patterns["es"].search("dias stepson")
    assert patterns["es"].search("dias tu")
    assert patterns["es"].search("strasse")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("en: [", "x.yaml is not YAML"),
        ("- en", "must map each language"),
        ("en: hello", "must map each language"),
        ("en: ['fine', 'two (']", r"x\.yaml, en: 'two \(' is no regular expression"),
        ("en: ['hi {who}']", "names the word list 'who'"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_pattern(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        compile_patterns("x.yaml", text)
    assert "\n" not in str(caught.value)
