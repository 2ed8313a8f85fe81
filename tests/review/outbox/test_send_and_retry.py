"""Each queued delivery is sent once, in order, by whichever process comes first, and again after an error, a kill or a restart."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier

import pytest
from sqlalchemy import select, update

from bot.ledger.database import Ledger
from bot.ledger.questions import note_sent
from bot.ledger.tables import DeliveryRow, QuestionRow
from bot.review.decisions.decide import answer, confirm, correct, withdraw
from bot.review.decisions.mentor_text import mentor_answer
from bot.review.outbox.delivery_rows import LIVE, DeliveryKind
from bot.review.outbox.send_and_retry import CLAIMED_FOR, LONGEST_WAIT, Delivery, deliver, mark_failed, mark_sent, take, wait_after
from bot.review.outbox.unsent_answers import queue_unsent_answers
from bot.values import Status
from knowledge.errors import LedgerUnavailable, PlatformError, Refused
from tests.review.asked import ADA, BOB, NOW, Platform, answers, ask, asked, kinds, queued

AFTER = NOW + CLAIMED_FOR


def unreachable(_: Delivery) -> None:
    raise PlatformError("Discord can't be\nreached")


def still() -> float:
    """Stand still: a stopped clock, so that a busy machine changes no figure."""
    return 0.0


def test_four_workers_send_each_of_200_deliveries_exactly_once(ledger: Ledger) -> None:
    # SQLite lets writers in by chance, not in turn: on a busy machine one of four may wait for longer than a learner should.
    ledger.busy_timeout_ms = 60_000
    ledger.close()
    with ledger.transaction() as session:
        for _ in range(50):
            correct(session, ask(session), **ADA, replacement=mentor_answer("Other."))
            confirm(session, ask(session), **ADA)
            confirm(session, ask(session), **ADA)
    counted: Counter[int] = Counter()
    order: list[Delivery] = []
    together = Barrier(4)

    def send(delivery: Delivery) -> str | None:
        counted[delivery.id] += 1
        order.append(delivery)
        return None

    def work(_: int) -> int:
        together.wait()
        arrived, idle = 0, 0
        while idle < 3:
            done = deliver(ledger, "discord", send, now=AFTER)
            arrived += done
            idle = 0 if done else idle + 1
            time.sleep(0 if done else 0.02)
        return arrived

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 200
    assert set(counted.values()) == {1}
    assert len(counted) == 200
    for earlier, later in pairwise(sorted(order, key=lambda each: (each.question_id, order.index(each)))):
        assert earlier.question_id != later.question_id or earlier.id < later.id
    with ledger.transaction() as session:
        assert set(session.scalars(select(DeliveryRow.state))) == {"sent"}


def test_batches_that_are_taken_at_once_have_nothing_in_common(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        for _ in range(60):
            confirm(session, ask(session), **ADA)
    together = Barrier(6)

    def work(_: int) -> list[int]:
        together.wait()
        with ledger.transaction() as session:
            return [each.id for each in take(session, "discord", now=NOW, most=10)]

    with ThreadPoolExecutor(6) as pool:
        batches = list(pool.map(work, range(6)))
    taken = [number for batch in batches for number in batch]
    assert len(taken) == len(set(taken)) == 60


def test_what_failed_is_tried_again_later_and_later_across_restarts(url: str) -> None:
    ledger = Ledger(url)
    ledger.upgrade()
    number = asked(ledger)
    with ledger.transaction() as session:
        confirm(session, number, **ADA)
    moment, waits = NOW, []
    for _ in range(14):
        ledger.close()
        ledger = Ledger(url)
        assert deliver(ledger, "discord", Platform(unreachable).send, now=moment, seconds=still) == 0
        with ledger.transaction() as session:
            [row] = queued(session, number)
            assert row.error == "Discord can't be reached"
            waits.append(row.due_at - moment)
            moment = row.due_at
        assert deliver(ledger, "discord", Platform().send, now=moment - dt.timedelta(seconds=1), seconds=still) == 0
    seconds = [round(wait.total_seconds()) for wait in waits]
    assert seconds == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600, 3600]
    assert wait_after(10_000) == LONGEST_WAIT
    assert deliver(ledger, "discord", Platform().send, now=moment, seconds=still) == 1
    ledger.close()


def test_what_the_platform_will_never_take_is_not_tried_again_and_stops_nothing_else(ledger: Ledger) -> None:
    number = asked(ledger)

    def gone(delivery: Delivery) -> None:
        if delivery.kind is DeliveryKind.EDIT:
            raise Refused("the message was deleted")

    platform = Platform(gone)
    with ledger.transaction() as session:
        withdraw(session, number, **ADA)
    assert deliver(ledger, "discord", platform.send, now=NOW) == 1
    assert [each.kind for each in platform.received] == ["tell"]
    with ledger.transaction() as session:
        [row] = queued(session, number, "failed")
        assert (row.kind, row.error) == ("edit", "the message was deleted")
    assert deliver(ledger, "discord", platform.send, now=NOW + LONGEST_WAIT) == 0


def test_a_process_killed_while_it_sends_loses_the_delivery_after_a_while(ledger: Ledger) -> None:
    number = asked(ledger, status=Status.HANDED_OVER)
    platform = Platform()
    with ledger.transaction() as session:
        answer(session, number, **ADA, text="Because.")
    with ledger.transaction() as session:
        [lost] = take(session, "discord", now=NOW)
    platform.send(lost)
    assert deliver(ledger, "discord", platform.send, now=AFTER - dt.timedelta(seconds=10), seconds=still) == 0
    assert deliver(ledger, "discord", platform.send, now=AFTER) == 2
    assert [(each.kind, each.attempt) for each in platform.received] == [("post", 1), ("post", 2), ("edit", 1)]
    # The repeat came under the same key, so the platform has one message of it.
    assert len(platform.by_key) == 1


def test_one_that_kills_its_process_each_time_does_not_keep_the_others_from_their_turn(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        first, second = ask(session), ask(session)
        confirm(session, first, **ADA)
        confirm(session, second, **ADA)
    for turn in range(2):
        with ledger.transaction() as session:
            [taken] = take(session, "discord", now=NOW + turn * CLAIMED_FOR, most=1)
            assert taken.question_id == (first, second)[turn]


def test_a_process_that_lost_its_claim_takes_nothing_from_the_one_that_has_it(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        confirm(session, number, **ADA)
        [slow] = take(session, "discord", now=NOW)
        [quick] = take(session, "discord", now=AFTER)
        mark_failed(session, slow.id, "no reply", AFTER, attempt=slow.attempt)
        assert kinds(session, number, "sending") == ["edit"]
        mark_sent(session, quick.id, None, AFTER)
        mark_failed(session, slow.id, "no reply", AFTER, for_good=True)
        mark_sent(session, slow.id, "another", AFTER)
        [row] = queued(session, number, "sent")
        assert (row.sent_as, row.error) == (row.target, "")


def test_what_a_learner_gets_comes_in_its_order_also_after_errors(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        withdraw(session, number, **ADA)
        [edit] = take(session, "discord", now=NOW)
        mark_failed(session, edit.id, "no reply", NOW)
        assert not take(session, "discord", now=NOW)
        [again] = take(session, "discord", now=AFTER)
        assert again.id == edit.id
        mark_sent(session, again.id, None, AFTER)
        assert [each.kind for each in take(session, "discord", now=AFTER)] == ["tell"]


@pytest.mark.parametrize("lost", [False, True])
def test_a_change_that_failed_is_not_repeated_once_a_newer_decision_has_another(ledger: Ledger, lost: bool) -> None:
    number = asked(ledger)
    platform = Platform()
    with ledger.transaction() as session:
        correct(session, number, **ADA, replacement=mentor_answer("First."))
        [edit] = take(session, "discord", now=NOW)
        correct(session, number, **BOB, replacement=mentor_answer("Second."))
        assert kinds(session, number) == ["edit", "tell"]
        if not lost:
            mark_failed(session, edit.id, "no reply", NOW)
    assert deliver(ledger, "discord", platform.send, now=AFTER) == 2
    assert {each.answer.answer for each in platform.received if each.answer} == {"Second."}


@pytest.mark.parametrize("status", [Status.HANDED_OVER, Status.NEAR])
def test_a_new_message_that_may_be_there_is_found_by_its_key_before_it_is_changed(ledger: Ledger, status: Status) -> None:
    number = asked(ledger, status=status, sent=False)
    platform = Platform()
    with ledger.transaction() as session:
        answer(session, number, **ADA, text="First.")
        [post] = take(session, "discord", now=NOW)
        platform.send(post)
        correct(session, number, **BOB, replacement=mentor_answer("Second."))
        mark_failed(session, post.id, "no reply", NOW)
    assert deliver(ledger, "discord", platform.send, now=AFTER) == 3
    assert [each.kind for each in platform.received] == ["post", "post", "edit", "tell"]
    name = platform.received[2].target
    assert name is not None
    shown = platform.shows[name].answer
    assert shown is not None
    assert shown.answer == "Second."
    with ledger.transaction() as session:
        assert {row.sent_as for row in answers(session, number)[1:]} == {name}


@pytest.mark.parametrize("arrives", [True, False])
def test_an_answer_withdrawn_while_it_is_being_posted_is_marked_once_it_is_there(ledger: Ledger, arrives: bool) -> None:
    number = asked(ledger, status=Status.HANDED_OVER, sent=False)
    platform = Platform()
    with ledger.transaction() as session:
        answer(session, number, **ADA, text="First.")
        [post] = take(session, "discord", now=NOW)
        withdraw(session, number, **BOB)
        assert [(row.kind, row.target) for row in queued(session, number)] == [("edit", None), ("tell", None)]
        if arrives:
            mark_sent(session, post.id, "thread/new", NOW)
        else:
            mark_failed(session, post.id, "the thread is gone", NOW, for_good=True)
    deliver(ledger, "discord", platform.send, now=AFTER)
    edits = [(each.target, each.answer.state) for each in platform.received if each.kind is DeliveryKind.EDIT and each.answer]
    assert edits == ([("thread/new", "withdrawn")] if arrives else [])


def test_a_platform_gets_its_own_deliveries_only(ledger: Ledger) -> None:
    with ledger.transaction() as session:
        confirm(session, ask(session, platform="discord"), **ADA)
        confirm(session, ask(session, platform="discourse"), **ADA)
        assert [each.platform for each in take(session, "discourse", now=NOW)] == ["discourse"]


def test_a_learner_who_was_forgotten_meanwhile_gets_no_message(ledger: Ledger) -> None:
    number = asked(ledger)
    with ledger.transaction() as session:
        withdraw(session, number, **ADA)
        session.execute(update(QuestionRow).values(learner_id=None))
    platform = Platform()
    assert deliver(ledger, "discord", platform.send, now=NOW) == 1
    assert [(each.kind, each.asker) for each in platform.received] == [("edit", None)]
    with ledger.transaction() as session:
        assert kinds(session, number, "cancelled") == ["tell"]


def test_an_outcome_that_can_not_be_noted_is_raised_and_the_delivery_repeated_under_its_key(ledger: Ledger) -> None:
    number = asked(ledger, status=Status.HANDED_OVER)
    platform = Platform()
    with ledger.transaction() as session:
        answer(session, number, **ADA, text="Because.")

    def send(delivery: Delivery) -> str | None:
        name = platform.send(delivery)
        with ledger.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE delivery RENAME TO away")
        return name

    with pytest.raises(LedgerUnavailable):
        deliver(ledger, "discord", send, now=NOW, seconds=still)
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO delivery")
    assert deliver(ledger, "discord", platform.send, now=AFTER, seconds=still) == 2
    assert len(platform.by_key) == 1
    assert [each.kind for each in platform.received] == ["post", "post", "edit"]


@pytest.mark.parametrize("status", [Status.HANDED_OVER, Status.NEAR])
@pytest.mark.parametrize("arrives", [True, False])
def test_a_mentors_answer_is_posted_though_the_handover_before_it_is_only_being_posted(
    ledger: Ledger, status: Status, arrives: bool
) -> None:
    number = asked(ledger, status=status, sent=False, answer="I asked a mentor.")
    platform = Platform()
    with ledger.transaction() as session:
        queue_unsent_answers(session, now=NOW)
        [post] = take(session, "discord", now=NOW)
        answer(session, number, **ADA, text="Because of the targets.")
        if arrives:
            mark_sent(session, post.id, platform.send(post), NOW)
        else:
            mark_failed(session, post.id, "the thread is gone", NOW, for_good=True)
    deliver(ledger, "discord", platform.send, now=AFTER)
    shown = [each.answer.answer for each in platform.shows.values() if each.answer]
    assert shown == (["I asked a mentor."] if arrives else []) + ["Because of the targets."]
    with ledger.transaction() as session:
        assert answers(session, number)[-1].sent_as == list(platform.shows)[-1]
        assert not queued(session, number)


@pytest.mark.parametrize("status", [Status.HANDED_OVER, Status.NEAR])
@pytest.mark.parametrize("delivered", [False, True])
def test_a_handover_that_is_noted_late_takes_nothing_from_the_mentors_own_message(ledger: Ledger, status: Status, delivered: bool) -> None:
    number = asked(ledger, status=status, sent=False)
    platform = Platform()
    with ledger.transaction() as session:
        answer(session, number, **ADA, text="First.")
    if delivered:
        assert deliver(ledger, "discord", platform.send, now=NOW) == 1
    with ledger.transaction() as session:
        note_sent(session, number, "thread/handover")
    deliver(ledger, "discord", platform.send, now=NOW)
    with ledger.transaction() as session:
        correct(session, number, **BOB, replacement=mentor_answer("Second."))
    deliver(ledger, "discord", platform.send, now=AFTER)
    (name,) = {platform.by_key[each.key] for each in platform.received if each.kind is DeliveryKind.POST}
    shown = platform.shows[name].answer
    assert shown is not None
    assert shown.answer == "Second."
    assert "thread/handover" not in platform.shows
    with ledger.transaction() as session:
        assert [row.sent_as for row in answers(session, number)] == ["thread/handover", name, name]


def test_an_answer_corrected_before_its_message_is_noted_is_changed_in_that_message(ledger: Ledger) -> None:
    number = asked(ledger, sent=False, at=NOW)
    platform = Platform()
    with ledger.transaction() as session:
        correct(session, number, **ADA, replacement=mentor_answer("Second."))
        note_sent(session, number, "thread/first")
    deliver(ledger, "discord", platform.send, now=NOW + LIVE)
    assert not platform.by_key
    shown = platform.shows["thread/first"].answer
    assert shown is not None
    assert shown.answer == "Second."
    with ledger.transaction() as session:
        assert {row.sent_as for row in answers(session, number)} == {"thread/first"}
