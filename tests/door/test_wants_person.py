"""A learner who asks for a person is heard, and is told what really happens; talk about annotators is no such wish."""

from __future__ import annotations

import json

import pytest

from bot.door.wants_person import is_wanted
from bot.service import Service
from bot.settings import PROJECT
from bot.values import Kept, Status
from tests.collected import failing
from tests.conftest import THE_COURSE


def test_a_wish_for_a_person_is_heard() -> None:
    def check(text: str) -> None:
        assert is_wanted(text, THE_COURSE)

    cases = [
        "Can I talk to a mentor please?",
        "can i speak with a human",
        "How do I reach a real person?",
        "I want to talk to a person",
        "i'd like to ask an instructor",
        "I need a tutor to look at this",
        "Please ask a mentor.",
        "pass this on to a mentor please",
        "Could a mentor check this?",
        "quiero hablar con una persona",
        "Je voudrais parler à un humain",
        "Ich möchte mit einem Menschen sprechen",
        "转人工客服",
        "Позовите человека",
        "get me a human",
        "Can I get instructor feedback on this?",
        "Could I have a tutor evaluate my answer?",
        "Can I ask a mentor preferably today",
    ]
    assert failing(check, [(case,) for case in cases]) == {}


def test_talk_of_persons_is_no_wish_for_one() -> None:
    def check(text: str) -> None:
        assert not is_wanted(text, THE_COURSE)

    cases = [
        "Does a person write the labels?",
        "Do we need a human to label the data?",
        "Can a human label be wrong?",
        "Who asks the teacher for labels in distillation?",
        "Is the teacher model frozen?",
        "What does a mentor do in this course?",
        "I want human labelled data, where do I get it?",
        "Can we get human labelled data from pretraining?",
        "how does the student learn from the teacher?",
        "",
        "?",
        "I want a mentor " + "and a thousand other things " * 20,
        "can i get a human label for free?",
        "Can I get a teacher model from the hub?",
        "can we get human feedback cheaply",
    ]
    assert failing(check, [(case,) for case in cases]) == {}


def test_none_of_the_labelled_questions_of_the_course_is_a_wish_for_a_person() -> None:
    files = sorted((PROJECT / "index" / "labels").rglob("in_scope.jsonl"))
    lines = [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]
    assert len(lines) > 2000
    assert not [line["question"] for line in lines if is_wanted(line["question"], THE_COURSE)]


@pytest.mark.parametrize(
    ("hands_over", "says"),
    [
        (True, "you will hear from them here"),
        (False, "I can't call a mentor"),
        (Kept(31), "(number 31)"),
        (Kept(), "kept for the mentors: they see it"),
    ],
)
def test_a_learner_is_told_what_really_happens(service: Service, hands_over: bool | Kept, says: str) -> None:
    result = service.answer(("What is a label?", "can I talk to a mentor please?"), hands_over=hands_over)
    assert result.status is Status.HANDED_OVER
    assert says in result.answer
    assert result.checks == ({"check": "person"},)
    assert (result.cards, result.cited, result.pieces) == ((), (), ())
