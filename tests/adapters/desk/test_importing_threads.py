"""Threads that are uploaded at the desk, and their drafts: adopted, merged or discarded."""

from __future__ import annotations

import subprocess
from html import unescape
from pathlib import Path

import pytest
from httpx2 import Response

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.posted_form import MAX_UPLOAD_BYTES
from knowledge.reading.card import Slug
from tests.adapters.desk.browsing import Browser
from tests.review.cards import snapshot

SAMPLES = Path(__file__).parent.parent.parent / "knowledge" / "importing" / "samples"
THREAD = """Learner: how does a tokenizer cut rare words into pieces?

Mentor: A tokenizer cuts a text into pieces that the model knows. Rare words become several pieces, and common words stay whole.

Learner: I still think that every word is one token.

Learner: and who tells the program which pieces to keep, by hand?
"""


def uploads(ada: Browser, name: str, content: bytes, **fields: str) -> Response:
    """Send a file as a browser does."""
    return ada.client.post("/import", data={"csrf": ada.csrf()} | fields, files={"thread": (name, content, "application/octet-stream")})


def drafts(small: Path) -> list[str]:
    return sorted(path.stem for path in (small / "drafts").glob("*.md"))


@pytest.fixture
def imported(ada: Browser, small: Path) -> list[str]:
    """The names of the drafts of a small thread."""
    page = ada.follow(uploads(ada, "thread.txt", THREAD.encode()))
    assert "thread.txt: plain text, 4 posts" in page
    return drafts(small)


@pytest.mark.parametrize(
    ("name", "format_"),
    [("discourse-topic.json", "Discourse topic"), ("discord-export.json", "Discord export"), ("thread.txt", "plain text")],
)
def test_an_uploaded_thread_of_each_kind_becomes_drafts_and_answers_nothing_yet(
    ada: Browser, desk: Desk, small: Path, name: str, format_: str
) -> None:
    page = ada.follow(uploads(ada, name, (SAMPLES / name).read_bytes()))
    assert f"{name}: {format_}, " in page and "3 drafts; left out:" in page
    assert all(f"/import/{draft}" in page for draft in drafts(small))
    assert len(desk.library.base.cards) == 3
    assert "3 drafts; left out:" not in ada.read("/import"), "what became of it is told once"
    assert "3 drafts from threads" in ada.read("/knowledge")
    again = ada.follow(uploads(ada, name, (SAMPLES / name).read_bytes()))
    assert "0 drafts, 3 there already" in again


def test_a_thread_is_pasted_instead_of_uploaded(ada: Browser, small: Path) -> None:
    page = ada.follow(ada.client.post("/import", data={"csrf": ada.csrf(), "pasted": THREAD}, files={"thread": ("", b"")}))
    assert "pasted-text.txt: plain text, 4 posts" in page
    assert drafts(small)


def test_a_draft_becomes_a_new_card_with_the_ticked_wordings_and_the_mentors_answer_and_is_gone_then(
    ada: Browser, desk: Desk, small: Path, imported: list[str]
) -> None:
    name = next(each for each in imported if "tokenizer" in each)
    page = ada.read(f"/import/{name}")
    assert "how does a tokenizer cut rare words into pieces?" in page and "mentor, post 2" in page
    follow_up = ada.read(f"/import/{next(each for each in imported if each != name)}")
    assert "What was believed" in follow_up and "Nobody answered in the thread" in follow_up
    opened = ada.post(f"/import/{name}", action="adopt", slug="cutting-words", group="two", title="Cutting words", wording=[1], answer=[1])
    editor = ada.follow(opened)
    assert "A new card: cutting-words" in editor and "problem" not in editor
    desk.drafts.wait()
    draft = desk.drafts.find(opened.headers["location"].rpartition("/")[2], "Ada")
    assert draft is not None and "check it, then delete" not in draft.plan.text
    applied = ada.follow(ada.post(f"/drafts/{draft.draft_id}", action="apply", text=draft.plan.text))
    assert "two/cutting-words.md is written, commit" in applied
    card = desk.library.base.cards[Slug("cutting-words")]
    assert card.title == "Cutting words" and card.short_answer.startswith("A tokenizer cuts a text into pieces")
    assert name not in drafts(small)
    assert (
        subprocess.run(["git", "log", "-1", "--format=%an: %s"], cwd=small, check=True, capture_output=True, text=True).stdout.strip()
        == "Ada: New card cutting-words"
    )


def test_a_draft_is_merged_into_a_card(ada: Browser, desk: Desk, small: Path, imported: list[str]) -> None:
    name = next(each for each in imported if "tokenizer" in each)
    opened = ada.post(f"/import/{name}", action="merge", card="labels", wording=[1], answer=[1])
    draft = desk.drafts.find(opened.headers["location"].rpartition("/")[2], "Ada")
    assert draft is not None
    desk.drafts.wait()
    ada.post(f"/drafts/{draft.draft_id}", action="apply", text=draft.plan.text)
    card = desk.library.base.cards[Slug("labels")]
    assert card.asked_as[-1] == "how does a tokenizer cut rare words into pieces?"
    assert "Rare words become several pieces" in card.explanation
    assert name not in drafts(small)


def test_a_draft_is_kept_while_its_card_is_in_the_editor_and_thrown_away_by_a_button(
    ada: Browser, desk: Desk, small: Path, imported: list[str]
) -> None:
    name = imported[0]
    opened = ada.post(f"/import/{name}", action="merge", card="labels", wording=[1])
    assert ada.post(opened.headers["location"], action="discard").headers["location"] == f"/import/{name}"
    assert name in drafts(small)
    assert "The draft is discarded" in ada.follow(ada.post(f"/import/{name}", action="discard"))
    assert name not in drafts(small)
    assert ada.get(f"/import/{name}").status_code == 404
    assert ada.post(f"/import/{name}", action="discard").status_code == 400


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"action": "adopt", "slug": "labels", "group": "one"}, "there is a card 'labels' already"),
        ({"action": "adopt", "slug": "../x", "group": "one"}, "can't be a card's name"),
        ({"action": "adopt", "slug": "new-one", "group": "../.."}, "no group"),
        ({"action": "merge", "card": "nothing", "wording": [1]}, "there is no card 'nothing'"),
        ({"action": "merge", "card": "labels"}, "nothing is ticked"),
        ({"action": "merge", "card": "labels", "wording": [9]}, "no such wording"),
        ({"action": "merge", "card": "labels", "answer": [0]}, "no such answer"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_with_a_draft_is_said_and_leaves_it(
    ada: Browser, small: Path, imported: list[str], fields: dict[str, object], why: str
) -> None:
    before = snapshot(small)
    refused = ada.post(f"/import/{imported[0]}", **fields)
    assert refused.status_code in {400, 409}
    assert why in unescape(refused.text)
    assert snapshot(small) == before


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("picture.png", b"\x89PNG\r\n\x1a\n\x00\x00", "not UTF-8 text"),
        ("page.html", b"<!doctype html><p>x", "is a web page"),
        ("list.json", b'{"a": 1}', "JSON of another kind"),
        ("broken.json", b'{"post_stream": {', "broken JSON"),
        ("empty.txt", b"", "is empty"),
        ("thanks.txt", b"Thanks!\n\nThank you all!", "no question or answer in it"),
        ("../../evil.json", b"[1, 2", "broken JSON"),
    ],
)
def test_a_file_that_is_no_thread_is_named_with_what_is_wanted_and_no_path_of_the_server(
    ada: Browser, small: Path, name: str, content: bytes, why: str
) -> None:
    refused = uploads(ada, name, content)
    assert refused.status_code == 400
    page = unescape(refused.text)
    assert why in page and name.rpartition("/")[2] in page
    assert "/tmp" not in page and "askwell-import" not in page
    assert drafts(small) == []


def test_neither_a_file_nor_a_text_says_what_to_do(ada: Browser) -> None:
    assert "choose a file, or paste a thread" in ada.client.post("/import", data={"csrf": ada.csrf()}, files={"thread": ("", b"")}).text
    assert ada.client.post("/import", data={"csrf": ada.csrf()}).status_code == 400
    broken = ada.client.post("/import", content=b"--x\r\nrubbish", headers={"content-type": "multipart/form-data; boundary=x"})
    assert broken.status_code in {400, 403}


def test_a_file_of_more_than_the_desk_takes_gets_a_clear_page_after_all_of_it_was_read(ada: Browser, small: Path) -> None:
    refused = uploads(ada, "channel.json", b" " * (MAX_UPLOAD_BYTES + 1))
    assert refused.status_code == 413
    assert "larger than the desk takes (20 MB)" in refused.text and "askwell knowledge import" in refused.text
    assert drafts(small) == []


def test_an_upload_needs_the_sessions_own_token_and_a_session(ada: Browser, desk: Desk, small: Path) -> None:
    sent = {"thread": ("thread.txt", THREAD.encode(), "text/plain")}
    assert ada.client.post("/import", data={"csrf": "x"}, files=sent).status_code == 403
    assert Browser(desk, None).client.post("/import", files=sent).headers["location"] == "/enter"
    assert drafts(small) == []


def test_a_draft_that_cannot_be_read_is_named_and_can_be_thrown_away(ada: Browser, small: Path) -> None:
    (small / "drafts").mkdir()
    (small / "drafts" / "odd.md").write_bytes(b"\xff\xfe")
    (small / "drafts" / "bare.md").write_text("---\nslug: [\n---\n", encoding="utf-8")
    page = ada.read("/import")
    assert "odd" in page and page.count("It can't be read") == 2
    assert "It can't be read" in ada.read("/import/odd")
    assert ada.post("/import/odd", action="discard").status_code == 303
    assert drafts(small) == ["bare"]


def test_script_in_a_thread_is_shown_as_text(ada: Browser, small: Path) -> None:
    uploads(
        ada,
        "<b>thread</b>.txt",
        f"Learner: what is <script>alert(1)</script> for tokens?\n\nMentor: {'<img src=x onerror=y>'} is no tag here.".encode(),
    )
    page = ada.get("/import").text + "".join(ada.get(f"/import/{name}").text for name in drafts(small))
    assert "<script>alert" not in page and "<img src=x" not in page and "<b>thread" not in page
