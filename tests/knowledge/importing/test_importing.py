"""Exported threads become drafts that a mentor can finish, and nothing of them is lost or told about people."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import frontmatter
import pytest

import knowledge
from knowledge.errors import KnowledgeError, UsageError
from knowledge.importing import Imported, import_thread
from knowledge.importing.courtesy import cleaned
from knowledge.importing.exchanges import exchanges_of
from knowledge.importing.html import markdown
from knowledge.importing.people import labels, veil
from knowledge.importing.placement import NearCard, Placement
from knowledge.importing.posts import Person, Post
from knowledge.reading.base import KnowledgeBase, read_knowledge
from knowledge.reading.card import Slug
from knowledge.reading.card_file import card_paths

SAMPLES = Path(__file__).parent / "samples"
KNOWLEDGE = Path(knowledge.__file__).parent
TODAY = dt.date(2026, 2, 3)
BEYOND = "gardens"


@pytest.fixture(scope="module")
def base() -> KnowledgeBase:
    return read_knowledge(KNOWLEDGE)[0]


def by_words(questions: Sequence[str]) -> list[Placement]:
    """Place questions as a reader would that knows two cards and one topic beyond the course by a word of theirs."""
    known = {
        "masked": "masked-language-modeling",
        "weights": "in-context-learning",
        "one-shot": "zero-one-few-shot",
        "loss": "loss-masking",
    }
    slugs = [next((Slug(slug) for word, slug in known.items() if word in question.lower()), None) for question in questions]
    return [Placement(NearCard(slug, 0.6)) if slug else Placement(None, (), BEYOND) for slug in slugs]


def imported(path: Path, base: KnowledgeBase, drafts: Path) -> Imported:
    return import_thread(path, base, drafts, by_words, today=TODAY)


def texts(result: Imported) -> list[str]:
    return [each.path.read_text(encoding="utf-8") for each in result.drafts]


def test_a_plain_thread_falls_into_its_questions_with_their_answers(base: KnowledgeBase, tmp_path: Path) -> None:
    result = imported(SAMPLES / "thread.txt", base, tmp_path)
    assert result.format == "plain text"
    assert [each.path.name for each in result.drafts] == [
        "masked-language-modeling-1.md",
        "masked-language-modeling-2.md",
        "salt-sourdough-starter-1.md",
    ]
    assert [each.place.card is not None for each in result.drafts] == [True, True, False]
    assert [each.answered for each in result.drafts] == [True, True, False]
    first, doubt, _ = texts(result)
    assert "Why? Because the text itself already holds them" in first
    assert "belief: I still think that masked language modelling is supervised then." in doubt
    assert "A fair point: the mechanics" in doubt


def test_a_draft_has_a_cards_shape_and_says_what_is_still_to_be_filled(base: KnowledgeBase, tmp_path: Path) -> None:
    for text in texts(imported(SAMPLES / "thread.txt", base, tmp_path)):
        head, body = frontmatter.parse(text)
        assert set(head) >= {"slug", "title", "asked_as", "misconceptions", "key_facts", "confused_with", "related", "sources", "review_by"}
        assert head["review_by"] == dt.date(2027, 2, 3)
        assert [line for line in body.splitlines() if line.startswith("## ")] == [
            "## Short answer",
            "## Explanation",
            "## Example",
            "## Check yourself",
        ]
        assert "<2 to 4 sentences" in body


def test_every_line_of_a_plain_thread_is_in_a_draft_or_listed_as_left_out(base: KnowledgeBase, tmp_path: Path) -> None:
    result = imported(SAMPLES / "thread.txt", base, tmp_path)
    kept = " ".join(texts(result))
    left_out = {each.text for each in result.dropped}
    for line in (SAMPLES / "thread.txt").read_text(encoding="utf-8").splitlines():
        for piece in line.replace("Hello everyone! ", "").replace("something stays unclear. ", "something stays unclear.\n").splitlines():
            assert piece in kept or piece in left_out, piece
    assert {"greeting", "sign-off", "signature", "mark of an edit"} == {each.reason for each in result.dropped}
    assert "1 x greeting" in str(result)


def test_a_discourse_topic_keeps_code_and_lists_and_puts_the_accepted_answer_first(base: KnowledgeBase, tmp_path: Path) -> None:
    result = imported(SAMPLES / "discourse-topic.json", base, tmp_path)
    first = texts(result)[0]
    assert result.drafts[0].slug == "loss-masking"
    assert "  - Is the prompt part of the loss?" in first
    assert "#   labels[:, :prompt_len] = -100" in first
    assert "**What -100 does**" in first
    assert "- prompt tokens: label `-100`" in first
    assert first.index("mentor 1, post 3, the accepted answer") < first.index("learner 2, post 2")
    assert result.notes == ("the file holds 9 of 10 posts: save /t/ID.json?print=true for all of them",)


def test_whispers_and_quotes_of_a_topic_reach_no_draft_but_are_counted(base: KnowledgeBase, tmp_path: Path) -> None:
    result = imported(SAMPLES / "discourse-topic.json", base, tmp_path)
    assert "private remark" not in "".join(texts(result))
    assert "private remark" not in str(result.dropped)
    assert [each.post for each in result.dropped if each.reason == "whisper among staff"] == [4]
    assert [each.text for each in result.dropped if each.reason == "quote"] == ["is the loss computed on the prompt tokens too?"]


def test_a_discord_export_is_stitched_and_its_replies_find_their_questions(base: KnowledgeBase, tmp_path: Path) -> None:
    result = imported(SAMPLES / "discord-export.json", base, tmp_path)
    weights, few_shot, doubt = texts(result)
    assert "like when I put 3 examples into the prompt" in weights
    assert "there is no gradient and no weight update" in weights
    assert "One example is one-shot" in few_shot
    assert result.drafts[1].slug == "zero-one-few-shot"
    assert "It follows on exchange 1" in doubt
    assert {each.reason for each in result.dropped} >= {"message of a bot", "note of the platform", "thanks", "quote"}


@pytest.mark.parametrize("sample", ["discourse-topic.json", "discord-export.json"])
def test_no_name_address_or_number_of_a_person_reaches_a_draft(sample: str, base: KnowledgeBase, tmp_path: Path) -> None:
    result = imported(SAMPLES / sample, base, tmp_path)
    said = "".join(texts(result)) + "".join(map(str, result.dropped))
    for secret in ("ines", "Quast", "tomasz", "Marlow", "bela77", "ana.k", "Ana", "Rivers", "mail.example", "555 0123", "@"):
        assert not re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", said, re.I), secret


def test_a_repeated_import_writes_nothing_twice_and_overwrites_nothing(base: KnowledgeBase, tmp_path: Path) -> None:
    first = imported(SAMPLES / "thread.txt", base, tmp_path)
    edited = first.drafts[0].path
    edited.write_text(edited.read_text(encoding="utf-8") + "A mentor's line.\n", encoding="utf-8")
    again = imported(SAMPLES / "thread.txt", base, tmp_path)
    assert not any(each.fresh for each in again.drafts)
    assert edited.read_text(encoding="utf-8").endswith("A mentor's line.\n")
    assert len(list(tmp_path.iterdir())) == 3


def test_a_taken_name_gets_the_next_number(base: KnowledgeBase, tmp_path: Path) -> None:
    (tmp_path / "masked-language-modeling-1.md").write_text("mine", encoding="utf-8")
    result = imported(SAMPLES / "thread.txt", base, tmp_path)
    assert result.drafts[0].path.name == "masked-language-modeling-2.md"
    assert (tmp_path / "masked-language-modeling-1.md").read_text(encoding="utf-8") == "mine"


def test_drafts_are_not_among_the_cards(base: KnowledgeBase, tmp_path: Path) -> None:
    imported(SAMPLES / "thread.txt", base, tmp_path / "drafts")
    assert (tmp_path / "drafts").is_dir()
    assert card_paths(tmp_path) == []


def test_a_topic_beyond_the_course_is_named_in_the_draft(base: KnowledgeBase, tmp_path: Path) -> None:
    thread = tmp_path / "thread.txt"
    thread.write_text("Q: When do I prune roses?\nA: In early spring.\n", encoding="utf-8")
    (text,) = texts(imported(thread, base, tmp_path / "drafts"))
    assert f"It sounds like '{BEYOND}', which beyond.yaml leaves out" in text
    assert "# Proposed card: prune-roses, a new one" in text


NO_THREADS = (
    ("broken.json", b'{"post_stream": {"posts": [', "broken JSON"),
    ("cut.txt", b'{"messages": [{"id"', "broken JSON"),
    ("other.json", b'{"a": 1}', "JSON of another kind"),
    ("list.json", b"[1, 2]", "JSON of another kind"),
    ("page.txt", b"<!DOCTYPE html><p>hi</p>", "is a web page"),
    ("topic.rss", b'<?xml version="1.0"?>\n<rss version="2.0"><channel></channel></rss>', "is a feed (RSS or Atom)"),
    ("latin.txt", "wa\u00df?".encode("latin-1"), "not UTF-8"),
    ("picture.txt", b"\x00\x01PNG", "a binary file"),
    ("empty.txt", b" \n", "empty"),
    ("bare.json", b'{"post_stream": {"posts": []}}', "no posts"),
    (
        "odd.json",
        b'{"post_stream": {"posts": [{"post_number": "x", "username": "u", "cooked": ""}]}}',
        "post_stream.posts.0.post_number",
    ),
    ("deep.json", b'{"a":' + b"[" * 200_000, "nested too deeply"),
    ("closed.json", b'{"channel": {}, "messages": ' + b"[" * 20_000 + b"]" * 20_000 + b"}", "nested too deeply"),
    ("digits.json", b'{"channel": {}, "messages": [{"id": ' + b"9" * 5_000 + b"}]}", "a number in it can't be read"),
    ("courtesy.txt", b"Hi!\nThanks a lot!\n", "all courtesy"),
)


def test_a_file_that_is_no_thread_is_refused_in_one_line(tmp_path: Path) -> None:
    wrong = []
    for name, content, complaint in NO_THREADS:
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(UsageError) as caught:
            imported(path, KnowledgeBase({}), tmp_path / "drafts")
        said = str(caught.value)
        if complaint not in said or name not in said or "\n" in said:
            wrong.append((name, said))
    assert wrong == []
    assert not (tmp_path / "drafts").exists()


def test_a_missing_file_and_a_folder_are_refused_too(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.json", tmp_path):
        with pytest.raises(UsageError, match="can't be read"):
            imported(path, KnowledgeBase({}), tmp_path / "drafts")


def test_a_drafts_folder_that_cannot_be_made_is_named(base: KnowledgeBase, tmp_path: Path) -> None:
    (tmp_path / "drafts").write_text("a file, not a folder", encoding="utf-8")
    with pytest.raises(KnowledgeError, match="can't be written"):
        imported(SAMPLES / "thread.txt", base, tmp_path / "drafts")


def test_hostile_characters_make_no_broken_draft(base: KnowledgeBase, tmp_path: Path) -> None:
    asked = 'is "masked": a # [label]?\n---\n*y* \x07 \u202e {x: 1} & what is masked language modelling: a class?'
    message = {"id": "1", "timestamp": "2025-01-01T00:00:00Z", "content": asked, "author": {"id": "9", "name": "a"}}
    path = tmp_path / "export.json"
    path.write_text(json.dumps({"channel": {}, "messages": [message]}).replace("class?", "class\\ud800?"), encoding="utf-8")
    (text,) = texts(imported(path, base, tmp_path / "drafts"))
    head, _ = frontmatter.parse(text)
    assert isinstance(head["asked_as"], list)
    assert head["asked_as"][0] == 'is "masked": a # [label]?'
    assert "\x07" not in text
    assert "\u202e" not in text


def test_courtesies_go_and_content_that_looks_like_them_stays() -> None:
    assert cleaned("Hi Ana, is T5 a decoder? Thanks in advance!")[0] == "is T5 a decoder?"
    assert cleaned("Thanks to teacher forcing every position is trained at once.")[0].startswith("Thanks to teacher forcing")
    assert cleaned("Hidden tokens are targets.\n\nBest regards,\nAna K.")[0] == "Hidden tokens are targets."
    assert cleaned("edit: the mask differs")[0] == "the mask differs"
    assert cleaned("```python\nprint('hi!')  # thanks!\n```") == ("```python\nprint('hi!')  # thanks!\n```", [])


def test_token_ids_degrees_and_decorators_are_no_telephone_numbers_or_mentions() -> None:
    for text in (
        "input_ids = [101 2023 2003 1037 102]",
        "rotated by 0 90 180 270",
        "`@torch.no_grad()` and x @ w",
        "arXiv 1810.04805",
        "2019-05-24",
    ):
        assert veil((), {}, frozenset()).over(text) == text
    assert veil((), {}, frozenset()).over("@kim_9 call me at 0171 234 5678, k.im+x@uni.example") == "call me at <number>, <e-mail>"


def test_a_learners_addition_joins_their_question_and_a_mentors_question_is_an_answer() -> None:
    posts = [
        Post(1, "Why mask 15%?", "learner 1"),
        Post(2, "I read the paper", "learner 1"),
        Post(3, "Which paper do you mean?", "mentor 1", mentor=True),
        Post(4, "What is a token?", "learner 2"),
        Post(5, "The BERT one.", "learner 1"),
        Post(6, "A piece of text.", "mentor 1", mentor=True, reply_to=4),
    ]
    found = exchanges_of(posts)
    assert [[post.number for post in each.asked] for each in found] == [[1, 2], [4]]
    assert [[post.number for post in each.answers] for each in found] == [[3, 5], [6]]


def test_a_mentor_answers_what_was_asked_last_and_not_their_own_question() -> None:
    posts = [
        Post(1, "Any questions about week 3?", "mentor 1", mentor=True),
        Post(2, "Why is the loss of the prompt left out?", "learner 1"),
        Post(3, "It is given, so it need not be learned.", "mentor 1", mentor=True),
    ]
    found = exchanges_of(posts)
    assert [[post.number for post in each.asked] for each in found] == [[1], [2]]
    assert [[post.number for post in each.answers] for each in found] == [[], [3]]


def test_names_in_any_case_student_numbers_and_users_in_addresses_are_hidden() -> None:
    people = [Person("1", ("Priya Nair", "priya_n"), False), Person("2", ("Adam",), False)]
    hidden = veil(people, labels(people), frozenset({"label"}))
    assert hidden.over("PRIYA asked, 21f3001234 here; s1234567 too") == "learner 1 asked, <number> here; <number> too"
    assert hidden.over("see https://forum.example/u/priya_n/activity") == "see https://forum.example/u/<user>/activity"
    assert hidden.over("https://github.com/priya_n/notes?tab=1") == "https://github.com/<user>/notes?tab=1"
    assert hidden.over("https://forum.example/u/somebody.else") == "https://forum.example/u/<user>"
    assert hidden.over("commit 3f2a9c1 of 2024, 12b1234 parameters") == "commit 3f2a9c1 of 2024, 12b1234 parameters"


def test_a_method_or_cited_author_with_the_name_of_a_person_stays() -> None:
    people = [Person("2", ("Adam",), False)]
    hidden = veil(people, labels(people), frozenset())
    for text in ("the Adam paper", "why the Adam optimizer?", "Adam et al. 2019", "the Adam update divides"):
        assert hidden.over(text) == text
    assert hidden.over("as Adam said, adam's answer helps") == "as learner 1 said, learner 1's answer helps"


def discord_message(key: str, content: str, **more: Any) -> dict[str, Any]:
    author = {"id": "9", "name": "kim"}
    return {"id": key, "timestamp": f"2025-01-01T0{key}:00:00Z", "content": content, "author": author} | more


def test_a_forwarded_message_is_read_and_one_exported_twice_counts_once(base: KnowledgeBase, tmp_path: Path) -> None:
    forwarded = {"timestamp": "2024-12-30T10:00:00Z", "content": "How are masked tokens chosen?", "attachments": []}
    passed_on = discord_message("1", "", forwardedMessage=forwarded)
    messages = [passed_on, passed_on, discord_message("3", "And what replaces the masked ones?")]
    path = tmp_path / "export.json"
    path.write_text(json.dumps({"channel": {}, "messages": messages}), encoding="utf-8")
    result = imported(path, base, tmp_path / "drafts")
    (text,) = texts(result)
    assert result.posts == 2
    assert text.count("How are masked tokens chosen?") == 2  # among the phrasings, and as it was asked
    assert "And what replaces the masked ones?" in text
    assert result.dropped == ()


AS_TEXT = f"""{"=" * 62}
Guild: A course
Channel: week 3 / questions
{"=" * 62}

[05-Mar-24 09:12 AM] Priya Nair#1234
why are the masked tokens only 15%?

{{Attachments}}
https://cdn.example/1/loss.png?ex=1

[05-Mar-24 09:30 AM] Mentor Jo (pinned)
Fewer give too little to learn from, more leave too little to read.

{{Reactions}}
👍 (2)


{"=" * 62}
Exported 2 message(s)
{"=" * 62}
"""
AS_CSV = (
    "AuthorID,Author,Date,Content,Attachments,Reactions\r\n"
    '"11","Priya Nair","2024-03-05T09:12:00.1234567+00:00","why are the masked tokens\nonly 15%?","","👍 (1)"\r\n'
    '"12","Mentor Jo","2024-03-05T09:30:00.0000000+00:00","Fewer give too little to learn from.","",""\r\n'
)


@pytest.mark.parametrize(("name", "content"), [("channel.txt", AS_TEXT), ("channel.csv", AS_CSV)])
def test_an_export_as_text_or_csv_is_read_as_what_it_is(name: str, content: str, base: KnowledgeBase, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8", newline="")
    result = imported(path, base, tmp_path / "drafts")
    (text,) = texts(result)
    assert result.format.startswith("Discord export as")
    assert result.posts == 2
    assert "# Asked by learner 1, in full:" in text
    assert "<mentor 1, post 2: check it" in text
    assert "Fewer give too little to learn from" in text
    for secret in ("Priya", "Nair", "Jo", "09:12", "👍", "====", "cdn.example"):
        assert secret not in text, secret


def test_greetings_that_lost_their_names_and_formal_ones_go() -> None:
    assert cleaned("Hi  and  ,\nwhat is a token?")[0] == "what is a token?"
    assert cleaned("Respected Sir,\nwhat is a token?")[0] == "what is a token?"
    assert cleaned("A token is a piece.\n\nKindest regards,\nAna")[0] == "A token is a piece."


def test_unclosed_html_still_reads_as_markdown() -> None:
    text, quotes, mentions = markdown(
        "<p>One <b>bold<ul><li>a<li>b</ul><pre><code class='lang-auto'>x &lt; y\n</code></pre><a href='javascript:x'>z</a>"
    )
    assert "```text\nx < y\n```" in text
    assert "- a\n- b" in text
    assert "javascript" not in text
    assert (quotes, mentions) == ([], [])
