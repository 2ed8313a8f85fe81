"""A question's worth is a plain sum of parts, and each part says in words why."""

from __future__ import annotations

import datetime as dt

from bot.review.queue.worth import AWAITED, OFTEN, POINTS, SURE, Facts, parts_of, span
from tests.review.lined_up import NOW

HOUR = dt.timedelta(hours=1)


def words(**given: object) -> list[str]:
    return [part.words for part in parts_of(Facts(since=NOW, **given), NOW)]  # type: ignore[arg-type]


def points(*, since: dt.datetime = NOW, **given: object) -> dict[str, float]:
    return {part.name: part.points for part in parts_of(Facts(since=since, **given), NOW)}  # type: ignore[arg-type]


def test_each_part_says_in_words_why() -> None:
    assert words(person=True) == ["the learner asks for a person"]
    assert words(second_opinion_of="Ann", second_opinion_why="is\nit?") == ["Ann asks for a second opinion: is it?"]
    assert words(second_opinion_of="Ann") == ["Ann asks for a second opinion"]
    assert words(opposed=("Ann", "Bob")) == ["Ann and Bob disagree; Bob's word is in force"]
    assert words(down=True, down_why="{wrong}") == ["thumbs down: {wrong}"]
    assert words(down=True) == ["thumbs down, no reason given"]
    assert words(handed_over=True) == ["handed over: no card settles it"]
    assert words(never_answered=True) == ["never answered: the program was stopped before it could"]
    assert words(open_point="The notes don't say when.") == ["partly answered: The notes don't say when."]
    assert words(confidence=0.413) == ["answered, but only 0.41 sure"]
    assert words(askings=4) == ["asked 4 times in words like these"]
    assert words(sampled=True) == ["one of 20 confident answers, to find quiet mistakes"]


def test_a_long_reason_is_cut_in_the_list() -> None:
    assert len(words(down=True, down_why="no " * 900)[0]) < 180


def test_nothing_speaks_for_a_confident_answer_however_old() -> None:
    assert not points(since=NOW - 900 * HOUR, confidence=SURE)
    assert not points(since=NOW - 900 * HOUR, confidence=0.99, askings=OFTEN - 1)


def test_parts_stand_in_the_order_of_their_points() -> None:
    found = parts_of(Facts(since=NOW - 5 * HOUR, person=True, handed_over=True, down=True, askings=3), NOW)
    assert [part.name for part in found] == ["person", "handed_over", "down", "asked_often", "waiting"]
    assert [part.points for part in found] == [40, 20, 15, 8, 2.5]


def test_waiting_grows_by_the_hour_up_to_a_cap_and_only_where_somebody_waits() -> None:
    grown = [points(since=NOW - hours * HOUR, handed_over=True).get("waiting", 0.0) for hours in (0, 1, 10, 48, 5_000)]
    assert grown == [0.0, 0.5, 5.0, 24.0, 24.0]
    for idle in ({"confidence": 0.4}, {"sampled": True}, {"askings": 9}):
        assert "waiting" not in points(since=NOW - 48 * HOUR, **idle)


def test_askings_count_from_the_third_on_and_up_to_a_cap() -> None:
    assert [points(askings=number).get("asked_often") for number in (1, 2, 3, 7, 300)] == [None, None, 8.0, 24.0, 24.0]


def test_an_unsure_answer_is_worth_more_the_less_sure_it_is() -> None:
    assert points(confidence=0.1)["unsure"] > points(confidence=0.5)["unsure"] > points(confidence=0.79)["unsure"] > 0


def test_what_a_person_said_weighs_more_than_what_the_assistant_thinks() -> None:
    assert POINTS["person"] > POINTS["second_opinion"] == POINTS["disagreement"] > POINTS["down_with_reason"] > POINTS["handed_over"]
    assert POINTS["unsure"] <= POINTS["handed_over"]
    assert POINTS["sample"] == min(value for name, value in POINTS.items() if name not in {"waiting"})
    assert set(POINTS) >= AWAITED


def test_nothing_is_worth_nothing() -> None:
    assert parts_of(Facts(since=NOW), NOW) == ()


def test_a_length_of_time_is_said_as_exactly_as_needed() -> None:
    lengths = {
        dt.timedelta(seconds=3): "less than a minute",
        dt.timedelta(minutes=1): "1 minute",
        dt.timedelta(minutes=59): "59 minutes",
        dt.timedelta(hours=1): "1 hour",
        dt.timedelta(hours=47, minutes=59): "47 hours",
        dt.timedelta(hours=48): "2 days",
        dt.timedelta(days=400): "400 days",
    }
    assert {length: span(length) for length in lengths} == lengths
