"""The mentors' loop at the desk: the queue, a question's page, and every decision."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

from bot.adapters.desk.desk_parts import Desk
from bot.ledger.database import Ledger
from bot.ledger.feedback import note_feedback
from bot.ledger.questions import learner_of
from bot.ledger.tables import AnswerRow, ReviewRow
from bot.review.decisions.decide import answer, confirm
from bot.review.queue.claims import claim
from bot.values import Composer, Status
from tests.adapters.desk.browsing import Browser, field_of
from tests.adapters.desk.conftest import Clock
from tests.review.asked import ADA, BOB, DRAFT, NOW, asked, kinds, states, status_of


def decided(ledger: Ledger, number: int) -> list[tuple[str, str, str]]:
    """Return the decisions on a question that were not undone."""
    with ledger.transaction() as session:
        rows = session.query(ReviewRow).filter(ReviewRow.question_id == number, ReviewRow.undone_at.is_(None)).order_by(ReviewRow.id)
        return [(row.decision, row.source, row.reason) for row in rows]


def waits(ledger: Ledger, text: str = "why is this so?", **given: object) -> int:
    """Enter a question that was handed over."""
    return asked(ledger, text=text, status=Status.HANDED_OVER, answer="I don't know.", **given)


def test_an_empty_queue_says_so_and_what_could_be_done(ada: Browser) -> None:
    assert "The queue is empty" in ada.read("/")
    assert "Nothing fits this filter" in ada.read("/?kind=down")


def test_the_queue_has_what_waits_by_worth_with_its_reasons(ada: Browser, ledger: Ledger) -> None:
    plain, person = waits(ledger, "a plain question"), waits(ledger, "may I ask a person?")
    with ledger.transaction() as session:
        ann = learner_of(session, "discord", "ann")
        note_feedback(session, person, learner_id=ann.id, kind="person", reason="", now=NOW)
    page = ada.read("/")
    assert page.index(f"/questions/{person}") < page.index(f"/questions/{plain}")
    assert "the learner asks for a person" in page
    assert "2 questions" in page


def test_each_filter_keeps_its_questions_and_no_others(ada: Browser, ledger: Ledger) -> None:
    handed = waits(ledger, "about eggs")
    near = asked(ledger, text="about masks of paper", status=Status.NEAR, platform="discourse")
    with ledger.transaction() as session:
        claim(session, near, "Ada", now=NOW)

    def shown(query: str) -> set[int]:
        page = ada.read(f"/{query}")
        return {number for number in (handed, near) if f'"/questions/{number}?' in page or f'"/questions/{number}"' in page}

    wanted = {
        "?kind=handed": {handed}, "?kind=near": {near}, "?kind=down": set(), "?kind=waiting": {handed, near}, "?platform=discourse": {near},
        "?mine=1": {near}, "?text=EGGS": {handed}, "?text=about+masks": {near}, "?card=labels": {handed, near}, "?card=x": set(),
        "?kind=nothing": set(), "?most=x": {handed, near}, "?text=" + "x" * 9_000: set(),
    }  # fmt: skip
    assert {query: shown(query) for query in wanted} == wanted


def test_a_confirmed_answer_leaves_the_queue_its_learner_hears_of_it_and_the_next_question_follows(ada: Browser, ledger: Ledger) -> None:
    number, other = asked(ledger), waits(ledger, "the next one")
    page = ada.read(f"/questions/{number}")
    assert "Labels are given by people." in page
    answered = ada.post(f"/questions/{number}/decide", decision="confirm", seen=field_of(page, "seen"))
    assert answered.headers["location"] == f"/questions/{other}"
    followed = ada.follow(answered)
    assert f"Question {number} confirmed. 1 learner hears of it." in followed
    with ledger.transaction() as session:
        assert states(session, number) == ["confirmed"]
        assert kinds(session, number) == ["edit"]
    assert decided(ledger, number) == [("confirm", "desk by link", "")]


def test_what_is_told_is_told_once(ada: Browser, ledger: Ledger) -> None:
    number = asked(ledger)
    assert "confirmed." in ada.follow(ada.post(f"/questions/{number}/decide", decision="confirm"))
    assert "confirmed." not in ada.read("/")


def test_a_correction_takes_the_answers_place_with_its_reason(ada: Browser, ledger: Ledger) -> None:
    number = asked(ledger)
    ada.post(f"/questions/{number}/decide", decision="correct", text="Labels come from people.\r\n\r\nOr not.", reason="too long")
    with ledger.transaction() as session:
        rows = session.query(AnswerRow).filter(AnswerRow.question_id == number).order_by(AnswerRow.id).all()
        assert [(row.state, row.composer) for row in rows] == [("withdrawn", "curated"), ("corrected", "mentor")]
        assert rows[-1].text == "Labels come from people.\n\nOr not."
        assert rows[-1].composer == Composer.MENTOR
    assert decided(ledger, number) == [("correct", "desk by link", "too long")]


def test_a_question_is_answered_declined_or_left_open_for_a_second_opinion(ada: Browser, ledger: Ledger) -> None:
    first, second, third = waits(ledger), waits(ledger), waits(ledger)
    ada.post(f"/questions/{first}/decide", decision="answer", text="Because.")
    ada.post(f"/questions/{second}/decide", decision="decline", reason="Off topic.")
    ada.post(f"/questions/{third}/decide", decision="second_opinion", reason="Am I right?")
    assert [decided(ledger, each) for each in (first, second, third)] == [
        [("answer", "desk by link", "")], [("decline", "desk by link", "Off topic.")], [("second_opinion", "desk by link", "Am I right?")]
    ]  # fmt: skip
    with ledger.transaction() as session:
        assert status_of(session, first) == "answered"
        assert kinds(session, second) == ["tell"]
    assert "asks for a second opinion: Am I right?" in ada.read("/")


def test_an_answer_is_withdrawn_and_one_is_given_out_of_another_card(ada: Browser, ledger: Ledger) -> None:
    gone, other = asked(ledger), asked(ledger, text="what are masks?")
    ada.post(f"/questions/{gone}/decide", decision="withdraw", reason="wrong")
    ada.post(f"/questions/{other}/decide", decision="card", card="masks")
    with ledger.transaction() as session:
        assert states(session, gone) == ["withdrawn"]
        assert states(session, other) == ["withdrawn", "corrected"]
        row = session.query(AnswerRow).filter(AnswerRow.question_id == other, AnswerRow.state == "corrected").one()
        assert row.cited[0] == "masks"


def test_the_ticked_like_questions_are_decided_with_it_and_one_press_undoes_all(ada: Browser, ledger: Ledger) -> None:
    numbers = [waits(ledger) for _ in range(3)]
    answered = ada.post(f"/questions/{numbers[0]}/decide", decision="answer", text="Because.", also=numbers[1:])
    page = ada.follow(answered)
    assert "3 questions answered. 3 learners hear of it." in page
    (review,) = {int(part.split("/")[0]) for part in page.split('action="/decisions/')[1:]}
    undone = ada.post(f"/decisions/{review}/undo")
    assert f"The decision on question {numbers[0]} is undone" in ada.follow(undone)
    with ledger.transaction() as session:
        assert [status_of(session, each) for each in numbers] == ["handed_over"] * 3


def test_several_ticked_questions_of_the_queue_are_decided_at_once_all_or_none(ada: Browser, ledger: Ledger) -> None:
    numbers = [asked(ledger) for _ in range(3)]
    with ledger.transaction() as session:
        claim(session, numbers[2], "Bob", now=NOW)
    refused = ada.post("/decide", decision="confirm", ticked=numbers)
    assert refused.status_code == 409
    assert "claimed by Bob" in refused.text
    assert [decided(ledger, each) for each in numbers] == [[], [], []]
    done = ada.post("/decide", decision="confirm", ticked=numbers[:2], filter_kind="unsure")
    assert done.headers["location"] == "/?kind=unsure"
    assert [len(decided(ledger, each)) for each in numbers] == [1, 1, 0]


def test_ticks_are_not_carried_out_over_what_another_mentor_decided_since(ada: Browser, ledger: Ledger) -> None:
    first, second = waits(ledger, "why is the sky blue?"), waits(ledger, "what is a llama?")
    as_of = field_of(ada.read("/"), "as_of")
    own = field_of(ada.read(f"/questions/{first}"), "as_of")
    with ledger.transaction() as session:
        answer(session, second, **BOB, text="Bob's answer.")
    ticked = ada.post("/decide", decision="answer", text="My own.", ticked=[first, second], as_of=as_of)
    like = ada.post(f"/questions/{first}/decide", decision="answer", text="My own.", also=[second], as_of=own)
    for refused in (ticked, like):
        assert refused.status_code == 409
        assert f"question {second} was decided since you opened this page" in refused.text
        assert "My own." in refused.text
    assert (decided(ledger, first), len(decided(ledger, second))) == ([], 1)
    again = ada.post("/decide", decision="answer", text="My own.", ticked=[first], as_of=field_of(ada.read("/"), "as_of"))
    assert again.status_code == 303


def test_a_filter_finds_a_question_behind_another_of_its_group_and_a_group_opens_with_a_click(ada: Browser, ledger: Ledger) -> None:
    first = waits(ledger, "can someone do my homework please")
    other = waits(ledger, "solution for assignment 3", platform="discourse")
    page = ada.read("/")
    assert f'"/questions/{first}"' in page
    assert f'"/questions/{other}"' not in page
    assert '"/?group=homework">1 more in “homework”' in page
    assert f'"/questions/{other}?platform=discourse"' in ada.read("/?platform=discourse")
    group = ada.read("/?group=homework")
    assert all(f'"/questions/{each}?group=homework"' in group for each in (first, other))
    done = ada.post("/decide", decision="decline", reason="Not here.", ticked=[first, other], filter_group="homework")
    assert done.headers["location"] == "/?group=homework"
    assert [len(decided(ledger, each)) for each in (first, other)] == [1, 1]


def test_a_press_without_a_tick_or_without_a_decision_says_what_to_do(ada: Browser, ledger: Ledger) -> None:
    number = asked(ledger)
    assert "tick the questions first" in ada.post("/decide", decision="confirm").text
    for decision in ("promote", "", "CONFIRM"):
        assert ada.post(f"/questions/{number}/decide", decision=decision).status_code == 400
    assert decided(ledger, number) == []


def test_a_form_sent_twice_decides_once(ada: Browser, ledger: Ledger) -> None:
    number = asked(ledger)
    form_id = field_of(ada.read(f"/questions/{number}"), "form_id")
    first, second = (ada.post(f"/questions/{number}/decide", decision="confirm", form_id=form_id) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 409)
    assert "You sent this form already" in second.text
    assert len(decided(ledger, number)) == 1


def test_a_form_that_was_refused_can_be_mended_and_sent_again(ada: Browser, ledger: Ledger) -> None:
    number = waits(ledger)
    form_id = field_of(ada.read(f"/questions/{number}"), "form_id")
    assert ada.post(f"/questions/{number}/decide", decision="answer", text="  ", form_id=form_id).status_code == 400
    assert ada.post(f"/questions/{number}/decide", decision="answer", text="Because.", form_id=form_id).status_code == 303


def test_a_question_that_another_mentor_decided_meanwhile_is_shown_again_with_the_text_that_was_typed(
    ada: Browser, desk: Desk, ledger: Ledger
) -> None:
    number = asked(ledger)
    seen = field_of(ada.read(f"/questions/{number}"), "seen")
    with ledger.transaction() as session:
        confirm(session, number, **BOB)
    late = ada.post(f"/questions/{number}/decide", decision="correct", text="My own & words.", seen=seen)
    assert late.status_code == 409
    assert "This question changed while you had it open" in late.text
    assert "My own &amp; words." in late.text
    assert decided(ledger, number) == [("confirm", "desk", "")]
    again = ada.post(f"/questions/{number}/decide", decision="correct", text="My own & words.", seen=field_of(late.text, "seen"))
    assert again.status_code == 303
    page = ada.read(f"/questions/{number}")
    assert "Mentors disagree" in page


def test_a_refused_decision_shows_what_was_typed_so_that_nothing_is_lost(ada: Browser, ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        claim(session, number, "Bob", now=NOW)
    refused = ada.post(f"/questions/{number}/decide", decision="correct", text="A long text.", reason="a reason")
    assert refused.status_code == 409
    assert "claimed by Bob" in refused.text and "A long text." in refused.text and "a reason" in refused.text


def test_a_claim_keeps_others_off_shows_itself_and_is_released(ada: Browser, desk: Desk, ledger: Ledger) -> None:
    number, bob = asked(ledger), Browser(desk, "Bob")
    assert "yours for half an hour" in ada.follow(ada.post(f"/questions/{number}/claim"))
    assert "Ada is at it" in bob.read("/")
    assert "Ada has claimed this question" in bob.read(f"/questions/{number}")
    assert bob.post(f"/questions/{number}/claim").status_code == 409
    assert bob.post(f"/questions/{number}/claim", release=1).status_code == 409
    assert "is free for others" in ada.follow(ada.post(f"/questions/{number}/claim", release=1))
    assert bob.post(f"/questions/{number}/claim").status_code == 303


def test_next_passes_over_what_another_mentor_has_claimed_and_ends_in_the_queue(ada: Browser, ledger: Ledger) -> None:
    first, second, third = (waits(ledger, at=NOW - dt.timedelta(hours=hours)) for hours in (9, 6, 3))
    with ledger.transaction() as session:
        for number, name in ((first, "Zed"), (second, "Bob")):
            claim(session, number, name, now=NOW)
    assert ada.get("/next").headers["location"] == f"/questions/{third}"
    assert ada.get(f"/next?kind=handed&besides={first}").headers["location"] == f"/questions/{third}?kind=handed"
    assert ada.get(f"/next?besides={third}").headers["location"] == "/"
    assert ada.get("/next?besides=x").headers["location"] == f"/questions/{third}"


def test_only_the_mentor_who_decided_undoes_it(ada: Browser, desk: Desk, ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        review = confirm(session, number, **ADA).id
    bob = Browser(desk, "Bob")
    assert "only Ada can undo it" in bob.post(f"/decisions/{review}/undo").text
    assert ada.post(f"/decisions/{review}/undo").status_code == 303
    assert ada.post(f"/decisions/{review}/undo").status_code == 409
    with ledger.transaction() as session:
        assert states(session, number) == ["draft"]


def test_numbers_that_no_question_has_get_a_clear_page(ada: Browser, ledger: Ledger) -> None:
    asked(ledger)
    for number in (0, 999, 2**31, 2**63, 10**30):
        assert "There is no question" in ada.read(f"/questions/{number}", 404)
        assert ada.post(f"/questions/{number}/decide", decision="confirm").status_code == 400
        assert ada.post(f"/questions/{number}/claim").status_code == 400
        assert ada.post(f"/decisions/{number}/undo").status_code == 400
        assert ada.get(f"/questions/{number}/promote").status_code == 400
    for path in ("/questions/-1", "/questions/x", "/questions/1.5", "/questions/1/nothing", "/drafts/x"):
        assert ada.get(path).status_code in {404, 410}
    for ticked in ("x", "-1", "9" * 99, "1 2", "٣"):
        assert ada.post("/decide", decision="confirm", ticked=ticked).status_code == 400


def test_every_field_of_a_question_is_shown_as_text_whatever_is_in_it(ada: Browser, desk: Desk, ledger: Ledger) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)> [a](javascript:alert(1)) {{ 7 * 7777 }} </textarea><svg onload=alert(1)>"
    number = asked(ledger, text=evil, answer=evil, platform="<b>p</b>", author="<i>")
    asked(ledger, text="an earlier turn " + evil, place="here", author="x")
    later = asked(ledger, text="later", place="here", author="x")
    like = asked(ledger, text=evil, answer=DRAFT)
    bob = Browser(desk, "<u>Bob</u>")
    with ledger.transaction() as session:
        ann = learner_of(session, "discord", "ann")
        note_feedback(session, number, learner_id=ann.id, kind="down", reason=evil, now=NOW)
    bob.post(f"/questions/{number}/decide", decision="correct", text=evil, reason=evil)
    bob.post(f"/questions/{like}/decide", decision="second_opinion", reason=evil)
    pages = {
        path: bob.get(path).text for path in ("/", f"/questions/{number}", f"/questions/{later}", f"/questions/{like}", "/log", "/insight")
    }
    pages["proposals"] = bob.get(f"/questions/{number}/promote").text
    pages["try"] = bob.post("/try", text=evil, way="cards").text
    pages["late"] = bob.post(f"/questions/{number}/decide", decision="correct", text=evil, seen="x").text
    pages["refused"] = bob.post(f"/questions/{number}/decide", decision="decline", text=evil, reason=evil).text
    for path, page in pages.items():
        for part in ("<script>", "<img src=x", "<svg onload", "<u>Bob", "<b>p</b>", "<i>", 'href="javascript', "54439"):
            assert part not in page, (path, part)
    assert "&lt;script&gt;" in pages[f"/questions/{number}"]


def test_the_conversation_before_a_question_is_on_its_page(ada: Browser, ledger: Ledger) -> None:
    asked(ledger, text="what is a target?", place="here")
    number = asked(ledger, text="and a label?", place="here")
    assert "what is a target?" in ada.read(f"/questions/{number}")


def test_each_sentence_of_an_answer_stands_beside_its_cards_sentence(ada: Browser, ledger: Ledger) -> None:
    number = asked(ledger, answer="Labels are made by a program. Cats bark at noon.")
    page = ada.read(f"/questions/{number}")
    assert "word for word" in page
    assert "no sentence of a cited card is near" in page


def test_a_ledger_that_is_away_is_a_clear_page_and_the_desk_recovers(ada: Browser, desk: Desk, ledger: Ledger) -> None:
    csrf = ada.csrf()
    broken = Ledger("sqlite:////nowhere/at/all.sqlite3")
    desk.ledger, working = broken, desk.ledger
    for path in ("/", "/questions/1", "/insight", "/log", "/promotions/1", "/gather?questions=1", "/knowledge/labels"):
        page = ada.read(path, 503)
        assert "The ledger is away" in page and "Wait a minute and open the page again" in page
    gathered = ada.client.post("/gather/card", data={"csrf": csrf, "ticked": "1", "text": "kept words", "slug": "x"})
    assert gathered.status_code == 503 and "kept words" in gathered.text
    assert "About labels" in ada.read("/knowledge"), "what needs no ledger is there all the same"
    typed = ada.client.post("/questions/1/decide", data={"csrf": csrf, "decision": "answer", "text": "kept words"})
    assert typed.status_code == 503 and "kept words" in typed.text
    desk.ledger = working
    broken.close()
    assert ada.get("/").status_code == 200


def test_a_ledger_that_another_process_has_locked_carries_nothing_out_and_the_same_form_works_later(
    ada: Browser, desk: Desk, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'locked.sqlite3'}"
    desk.ledger = Ledger(url, busy_timeout_ms=20)
    desk.ledger.upgrade()
    number = asked(desk.ledger, status=Status.HANDED_OVER)
    sent = {"csrf": ada.csrf(), "form_id": "f", "decision": "answer", "text": "words that are kept"}
    other = sqlite3.connect(tmp_path / "locked.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    locked = ada.client.post(f"/questions/{number}/decide", data=sent)
    assert locked.status_code == 503 and "locked" in locked.text and "words that are kept" in locked.text
    assert f"Question {number}" in ada.read(f"/questions/{number}"), "pages that only read are shown"
    other.execute("ROLLBACK")
    other.close()
    assert ada.client.post(f"/questions/{number}/decide", data=sent).status_code == 303
    assert "words that are kept" in ada.read(f"/questions/{number}")
    desk.ledger.close()


def test_times_are_told_in_words_with_the_exact_one_beside_them(ada: Browser, ledger: Ledger, clock: Clock) -> None:
    number = asked(ledger, at=NOW - dt.timedelta(hours=3))
    page = ada.read(f"/questions/{number}")
    assert '<time datetime="2026-02-03T09:00:00+00:00" title="2026-02-03 09:00 UTC">3 hours ago</time>' in page


def test_a_nearest_passage_is_the_answer_or_not_by_one_button(ada: Browser, desk: Desk, ledger: Ledger) -> None:
    shown = "This is the nearest that the mentors have written.\n\nLabels are given."
    yes, no = (asked(ledger, text=text, status=Status.NEAR, answer=shown) for text in ("are labels given?", "who counts the masks?"))
    for number, decision in ((yes, "confirm"), (no, "not_it")):
        page = ada.read(f"/questions/{number}")
        assert "Yes, that settles it" in page
        ada.post(f"/questions/{number}/decide", decision=decision)
    assert "No, it doesn't" not in ada.read(f"/questions/{no}")
    assert "A mentor said that the nearest passage doesn't settle it." in ada.read(f"/questions/{no}")
    assert [decided(ledger, number)[0][0] for number in (yes, no)] == ["confirm", "not_it"]
    with ledger.transaction() as session:
        assert (kinds(session, no), status_of(session, no), status_of(session, yes)) == ([], "near", "answered")
    cases = (desk.home / "regression.jsonl").read_text(encoding="utf-8").splitlines()
    assert [f'"id": "near-{number}"' in line for number, line in zip((yes, no), cases, strict=True)] == [True, True]
