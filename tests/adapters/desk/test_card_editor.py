"""From an answer to a card at the desk, and the editing of cards: check, impact, diff, conflict, commit."""

from __future__ import annotations

import re
import subprocess
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import delete

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.showing.card_drafts import CardDraft
from bot.ledger.database import Ledger
from bot.ledger.tables import PromotionRow, QuestionRow
from bot.review.decisions import decide
from bot.values import Status
from tests.adapters.desk.browsing import Browser, field_of
from tests.adapters.desk.conftest import Clock
from tests.review.asked import NOW, asked
from tests.review.cards import ANSWER, QUESTION, snapshot


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def opened(desk: Desk, browser: Browser, path: str, **fields: object) -> CardDraft:
    """Open a text in the editor and return its draft."""
    answered = browser.post(path, **fields)
    assert answered.status_code == 303, answered.text
    found = desk.drafts.find(answered.headers["location"].rpartition("/")[2], "Ada")
    assert found is not None
    return found


def measured(desk: Desk, draft: CardDraft) -> None:
    """Wait until the impact of a draft is known."""
    desk.drafts.wait()
    assert draft.is_measured, draft.failed


def answered_gap(ada: Browser, ledger: Ledger) -> int:
    """Answer a question that no card settles."""
    number = asked(ledger, text=QUESTION, status=Status.HANDED_OVER, answer="I don't know.")
    assert ada.post(f"/questions/{number}/decide", decision="answer", text=ANSWER).status_code == 303
    return number


def test_a_new_card_is_asked_for_in_the_words_that_a_mentor_adds(ada: Browser, desk: Desk, ledger: Ledger) -> None:
    number = answered_gap(ada, ledger)
    assert "The question in other words" in ada.read(f"/questions/{number}/promote")
    other = "why does BPE split my word?\r\n\r\n do rare words become several tokens? "
    draft = opened(desk, ada, f"/questions/{number}/promote", wanted="new:cutting-words", form_id="f", also=other)
    said = [line for line in draft.plan.diff.splitlines() if line.startswith('+  - "')]
    assert said == [f'+  - "{each}"' for each in (QUESTION, "why does BPE split my word?", "do rare words become several tokens?")]


def test_an_answer_becomes_a_new_card_that_is_committed_in_the_mentors_name_and_served(
    ada: Browser, desk: Desk, ledger: Ledger, small: Path
) -> None:
    number = answered_gap(ada, ledger)
    assert "Make knowledge of this answer" in ada.read(f"/questions/{number}")
    proposals = ada.read(f"/questions/{number}/promote")
    assert "A new card" in proposals
    before = snapshot(small / "one")
    draft = opened(desk, ada, f"/questions/{number}/promote", wanted="new:cutting-words", form_id="f")
    page = ada.read(f"/drafts/{draft.draft_id}")
    assert "+slug: cutting-words" in page
    measured(desk, draft)
    progress = ada.read(f"/drafts/{draft.draft_id}/progress")
    assert "and 2 labelled ones" in progress
    assert snapshot(small / "one") == before, "nothing is written before the button"
    applied = ada.post(f"/drafts/{draft.draft_id}", action="apply", text=draft.plan.text)
    assert applied.headers["location"] == "/knowledge/cutting-words"
    told = ada.follow(applied)
    assert "cutting-words.md is written, commit" in told
    assert git(small, "log", "-1", "--format=%an %s").strip() == f"Ada New card cutting-words, from question {number}"
    assert "cutting-words" in desk.library.base.cards
    with ledger.transaction() as session:
        assert [(row.kind, row.slug, row.state, row.question_id) for row in session.query(PromotionRow)] == [
            ("new", "cutting-words", "done", number)
        ]
    assert "new" in ada.read("/log")


def test_a_card_is_edited_by_hand_and_its_history_says_by_whom(ada: Browser, desk: Desk, small: Path) -> None:
    draft = opened(desk, ada, "/knowledge/labels/edit")
    text = draft.plan.text.replace("was written once.", "was written once, long ago.")
    assert text != draft.plan.text
    assert ada.post(f"/drafts/{draft.draft_id}", action="check", text=text.replace("\n", "\r\n")).status_code == 303
    measured(desk, draft)
    page = ada.read(f"/drafts/{draft.draft_id}")
    assert "long ago." in page and "disabled" not in page
    assert ada.post(f"/drafts/{draft.draft_id}", action="apply", text=text).headers["location"] == "/knowledge/labels"
    assert (small / "one" / "labels.md").read_text(encoding="utf-8") == text
    card = ada.read("/knowledge/labels")
    assert "labels edited" in card and "Ada" in card and "long ago" in card


def test_an_edit_leaves_the_line_ends_of_a_file_as_they_are(ada: Browser, desk: Desk, small: Path) -> None:
    path = small / "one" / "labels.md"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    before = path.read_bytes()
    draft = opened(desk, ada, "/knowledge/labels/edit")
    mine = draft.plan.text.replace("\r\n", "\n").replace("was written once.", "was written by Ada.")
    ada.post(f"/drafts/{draft.draft_id}", action="check", text=mine)
    measured(desk, draft)
    assert ada.post(f"/drafts/{draft.draft_id}", action="apply", text=mine).headers["location"] == "/knowledge/labels"
    assert path.read_bytes() == before.replace(b"was written once.", b"was written by Ada.")


def test_a_problem_is_named_with_its_line_and_keeps_the_card_from_being_saved(ada: Browser, desk: Desk, small: Path) -> None:
    draft = opened(desk, ada, "/knowledge/labels/edit")
    before = snapshot(small)
    for broken, words in (
        (draft.plan.text.replace("title: About labels", ""), "'title' is missing"),
        (draft.plan.text.replace("slug: labels", "slug: other"), "the slug 'other'"),
        (draft.plan.text.replace("confused_with: [targets]", "confused_with: [nowhere]"), "there is no such card"),
        ("", "no front matter"),
        ("---\nslug: [\n---\n", "the front matter is not YAML"),
    ):
        ada.post(f"/drafts/{draft.draft_id}", action="apply", text=broken)
        page = ada.read(f"/drafts/{draft.draft_id}")
        assert words in page, words
        assert 'data-line="' in page and "disabled" in page
    assert snapshot(small) == before


def test_nothing_is_written_before_the_effect_was_measured(ada: Browser, desk: Desk, small: Path) -> None:
    draft = opened(desk, ada, "/knowledge/labels/edit")
    before = snapshot(small / "one")
    ada.post(f"/drafts/{draft.draft_id}", action="apply", text=draft.plan.text.replace("was written once.", "was written twice."))
    assert snapshot(small / "one") == before
    assert ada.post(f"/drafts/{draft.draft_id}", action="apply", text=draft.plan.text + "\nMore.").status_code == 303
    assert snapshot(small / "one") == before


def test_a_card_that_was_changed_elsewhere_shows_both_texts_and_overwrites_nothing_before_it_is_said(
    ada: Browser, desk: Desk, small: Path
) -> None:
    path = small / "one" / "labels.md"
    draft = opened(desk, ada, "/knowledge/labels/edit")
    mine = draft.plan.text.replace("was written once.", "was written by Ada.")
    theirs = draft.plan.text.replace("is reported.", "is reported by Bob.")
    ada.post(f"/drafts/{draft.draft_id}", action="check", text=mine)
    measured(desk, draft)
    path.write_text(theirs, encoding="utf-8")
    late = ada.post(f"/drafts/{draft.draft_id}", action="apply", text=mine)
    assert late.status_code == 409
    page = unescape(late.text)
    assert "was changed by somebody else" in page and "by Ada." in page and "by Bob." in page
    assert path.read_text(encoding="utf-8") == theirs
    both = mine.replace("is reported.", "is reported by Bob.")
    assert ada.post(f"/drafts/{draft.draft_id}", action="overwrite", over="x", text=both).status_code == 409
    gone_on = ada.post(f"/drafts/{draft.draft_id}", action="overwrite", over=field_of(late.text, "over"), text=both)
    assert gone_on.status_code == 303
    measured(desk, draft)
    assert ada.post(f"/drafts/{draft.draft_id}", action="apply", text=both).status_code == 303
    assert path.read_text(encoding="utf-8") == both


def test_a_draft_is_its_mentors_alone_and_one_that_is_gone_gives_the_text_back(ada: Browser, desk: Desk) -> None:
    draft = opened(desk, ada, "/knowledge/labels/edit")
    bob = Browser(desk, "Bob")
    assert bob.get(f"/drafts/{draft.draft_id}").status_code == 410
    lost = bob.post(f"/drafts/{draft.draft_id}", action="apply", text="my long text")
    assert lost.status_code == 410 and "my long text" in lost.text
    assert ada.post(f"/drafts/{draft.draft_id}", action="discard").headers["location"] == "/knowledge/labels"
    assert ada.get(f"/drafts/{draft.draft_id}").status_code == 410


def test_a_draft_that_was_applied_is_not_applied_again(ada: Browser, desk: Desk, small: Path) -> None:
    draft = opened(desk, ada, "/knowledge/labels/edit")
    text = draft.plan.text.replace("was written once.", "was written twice.")
    ada.post(f"/drafts/{draft.draft_id}", action="check", text=text)
    measured(desk, draft)
    assert ada.post(f"/drafts/{draft.draft_id}", action="apply", text=text).status_code == 303
    assert ada.post(f"/drafts/{draft.draft_id}", action="apply", text=text).status_code == 410
    assert git(small, "rev-list", "--count", "HEAD").strip() == "2"


def test_a_new_card_names_who_wrote_the_answer_and_git_who_promoted_it(ada: Browser, desk: Desk, ledger: Ledger, small: Path) -> None:
    number = answered_gap(ada, ledger)
    bob = Browser(desk, "Bob")
    answered = bob.post(f"/questions/{number}/promote", wanted="new:cutting-words", form_id="f")
    draft = desk.drafts.find(answered.headers["location"].rpartition("/")[2], "Bob")
    assert draft is not None
    assert 'authors: "Ada"' in draft.plan.text
    measured(desk, draft)
    bob.post(f"/drafts/{draft.draft_id}", action="apply", text=draft.plan.text)
    assert git(small, "log", "-1", "--format=%an").strip() == "Bob"


def test_the_words_of_a_like_question_that_was_removed_while_the_draft_was_open_go_into_no_card(
    ada: Browser, desk: Desk, ledger: Ledger, small: Path
) -> None:
    number = asked(ledger, text=QUESTION, status=Status.HANDED_OVER, answer="I don't know.")
    like = asked(ledger, text="and like this?", status=Status.HANDED_OVER, answer="I don't know.")
    with ledger.transaction() as session:
        decide.answer(session, number, also=[like], mentor="Ada", source="desk", now=NOW, text=ANSWER)
    before = snapshot(small / "one")
    draft = opened(desk, ada, f"/questions/{number}/promote", wanted="new:cutting-words", form_id="f")
    assert "and like this?" in draft.plan.text
    measured(desk, draft)
    with ledger.transaction() as session:
        session.execute(delete(QuestionRow).where(QuestionRow.id == like))
    refused = ada.post(f"/drafts/{draft.draft_id}", action="apply", text=draft.plan.text)
    assert refused.status_code == 409
    assert "was removed meanwhile" in refused.text
    assert snapshot(small / "one") == before


@pytest.mark.parametrize("becomes", ["removed", "withdrawn"])
def test_no_card_is_made_of_a_question_that_was_removed_or_an_answer_that_was_withdrawn_while_the_draft_was_open(
    ada: Browser, desk: Desk, ledger: Ledger, small: Path, becomes: str
) -> None:
    number, before = answered_gap(ada, ledger), snapshot(small / "one")
    draft = opened(desk, ada, f"/questions/{number}/promote", wanted="new:cutting-words", form_id="f")
    measured(desk, draft)
    if becomes == "removed":
        with ledger.transaction() as session:
            session.execute(delete(QuestionRow).where(QuestionRow.id == number))
    else:
        Browser(desk, "Bob").post(f"/questions/{number}/decide", decision="withdraw", reason="it's wrong")
    refused = ada.post(f"/drafts/{draft.draft_id}", action="apply", text=draft.plan.text)
    assert refused.status_code == 409
    assert f"question {number} was {becomes}" in refused.text
    assert snapshot(small / "one") == before


def test_the_preview_shows_the_short_answer_as_discord_and_the_forum_are_sent_it(ada: Browser, small: Path) -> None:
    text = (small / "one" / "labels.md").read_text(encoding="utf-8")
    changed = re.sub(r"## Short answer\n+", "## Short answer\n\nLabels are ||hidden|| from @everyone. ", text)
    page = unescape(ada.post("/preview", text=changed).text)
    assert "Its short answer in Discord" in page and "Its short answer in Discourse" in page
    assert page.count("Confirmed: a mentor has read this answer") == 1 and "<strong>Confirmed</strong>: a mentor has read" in page
    shown = page[page.index("Its short answer in Discord") :]
    assert shown.count('<span class="spoiler">hidden</span>') == 2
    assert shown.count("@\u200beveryone") == 2, "nobody is pinged, as in what is sent"
    assert "[spoiler]" not in page and "<!--" not in page and "<small>" not in page and "-# " not in page
    assert "Its short answer in" not in ada.post("/preview", text="---\nslug: x\n---\nno card").text


def test_the_preview_shows_markdown_and_marks_spoilers_and_runs_nothing(ada: Browser, small: Path) -> None:
    text = (small / "one" / "labels.md").read_text(encoding="utf-8")
    shown = ada.post("/preview", text=text).text
    assert '<span class="spoiler">A program.</span>' in shown
    assert "<strong>Where they come from.</strong>" in shown
    evil = ada.post("/preview", text=text.replace("A program.||", "<script>x</script>||\n\n[a](javascript:x) ![b](http://x/y.png)")).text
    assert "<script>" not in evil and "<img" not in evil and 'href="javascript' not in evil
    broken = ada.post("/preview", text="---\nslug: x\n---\nwords **in** bold").text
    assert "problem" in broken and "<strong>in</strong>" in broken


@pytest.mark.parametrize("wanted", ["edit:labels", "new:", "new:../x", "burn:labels", "", "new:" + "a" * 200])
def test_a_promotion_that_is_none_is_refused_in_one_line(ada: Browser, ledger: Ledger, wanted: str) -> None:
    number = answered_gap(ada, ledger)
    refused = ada.post(f"/questions/{number}/promote", wanted=wanted)
    assert refused.status_code == 400
    assert "is not a promotion" in refused.text


def test_a_question_without_a_mentors_answer_can_only_become_a_phrasing(ada: Browser, ledger: Ledger) -> None:
    number = asked(ledger, text="what are masks for then?")
    page = ada.read(f"/questions/{number}/promote")
    assert "No mentor's answer is in force" in page and "A new card" not in page
    assert ada.post(f"/questions/{number}/promote", wanted="new:masks-again").status_code == 409


def test_cards_are_found_by_their_words_and_a_card_that_is_not_there_is_said(ada: Browser) -> None:
    assert all(title in ada.read("/knowledge") for title in ("About labels", "About targets and goals", "About masks of every kind"))
    found = ada.read("/knowledge?text=masks+hand")
    assert "1 card with these words" in found
    for path in ("/knowledge/nothing", "/knowledge/..%2f..", "/knowledge/" + "x" * 500, "/knowledge/<b>"):
        assert ada.get(path).status_code == 404
    assert ada.post("/knowledge/nothing/edit").status_code == 400


def test_a_cards_page_has_its_links_and_the_questions_that_it_answered(ada: Browser, ledger: Ledger) -> None:
    number = asked(ledger, text="what are labels?")
    page = ada.read("/knowledge/labels")
    assert f"/questions/{number}" in page
    assert "Labels are written down, and targets are aimed at." in page
    assert "The cards" in page


def test_a_card_whose_date_has_gone_by_says_so(ada: Browser, clock: Clock) -> None:
    assert "to be read again since" not in ada.read("/knowledge/labels")
    clock.at = clock.at.replace(year=2200)
    browser = Browser(ada.desk)
    assert "to be read again since 2127-06-01" in browser.read("/knowledge/labels")
