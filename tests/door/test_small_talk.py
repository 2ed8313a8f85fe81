"""Small talk gets a kind word, or a plain one about the assistant, and is told from a question."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from bot.answering.answer import answer
from bot.door import course_matter
from bot.door.clean_text import clean_text
from bot.door.language import is_another_language
from bot.door.talk.small_talk import SAID, no_question, small_talk
from bot.door.talk.talk_phrases import NoQuestion
from bot.service import Service
from bot.values import Question, Status
from knowledge.reading.course import Course
from tests.collected import failing

LINES = [json.loads(line) for line in (Path(__file__).parent / "small_talk_lines.jsonl").read_text(encoding="utf-8").splitlines()]
LABELS = Path(__file__).parents[2] / "index" / "labels"
SAYS = {
    NoQuestion.REACTION: ["👍", "🙏", "+1", "same", "same here", "wow", "interesting", "lol", "nice one", "agreed", "❤️", "^^"],
    NoQuestion.CLOSED: ["solved", "never mind, found it", "nvm", "fixed it", "works now", "i figured it out myself"],
    NoQuestion.WAITING: ["bump", "anyone?", "any update?", "still waiting"],
    NoQuestion.THANKS: ["thanks!", "thank you so much", "thx, that helped a lot", "cheers"],
    NoQuestion.SORRY: ["oops, wrong channel", "sorry for the double post", "my bad!"],
    NoQuestion.PRAISE: ["good bot", "you're amazing, thx", "this bot is so helpful"],
    NoQuestion.COMPLAINT: ["bad bot", "your answers are too long", "you never answer my question"],
    NoQuestion.BYE: ["bye!", "ok gotta go, see you tomorrow", "good night everyone 🌙"],
    NoQuestion.LINK: ["https://example.org/a-page"],
    NoQuestion.ITSELF: ["are you chatgpt?", "who wrote this?", "are you a bot", "what can you do?", "which llm do you use", "who made you"],
    NoQuestion.MISTAKES: ["can you make mistakes?", "how do you know?", "can I trust you?", "do you hallucinate", "how reliable are you"],
    NoQuestion.REPEATING: ["why are you repeating yourself", "why do you keep saying the same thing", "stop repeating yourself"],
    NoQuestion.PRIVACY: [
        "forget my questions", "delete my data", "do you store my messages?", "please delete everything about me", "is this anonymous?",
        "what data do you keep about me?", "who can see my questions", "can you erase my history", "are my messages stored?",
    ],
    None: [
        "thanks, but why is it self-supervised?", "does the model store its training data?", "can a model forget a task?",
        "is it wrong to mask the prompt?", "do models remember my prompt in the weights?", "what data does pretraining use?",
        "can MLM make mistakes?", "how do you know the label?", "delete the labels before training?",
        "lol my loss explodes after lora", "the trainer has stopped working after i set labels to -100",
        "now i understand why bert needs human labels",
    ],
}  # fmt: skip
RUNNING = (
    "is this on the exam?", "when is the deadline for lab 2?", "how is the assignment graded?", "will this be on the final?",
    "can I get an extension?", "do I need to know this for the midterm", "where can I find the slides?", "do we get a certificate?",
    "what's the passing grade?", "when are office hours",
)  # fmt: skip
SUBJECT = (
    "is the prompt part of the loss?", "when is a label wrong?", "is MLM on the encoder or the decoder?", "what does the test set measure?",
    "how is a summary graded by ROUGE?", "is next sentence prediction in the BERT paper?", "when is the loss computed?",
    "this is question 3 of my assignment: is MLM supervised?", "how is fine-tuning different from in-context learning?",
)  # fmt: skip


def test_what_a_message_is_that_asks_nothing_is_heard() -> None:
    def check(kind: NoQuestion | None, message: str) -> None:
        assert no_question(message) is kind

    assert failing(check, [(kind, message) for kind, messages in SAYS.items() for message in messages]) == {}


def test_it_gets_a_short_word_and_no_card(service: Service) -> None:
    def check(kind: NoQuestion, message: str) -> None:
        result = answer(Question((clean_text(message),)), service.library)
        assert result.status is Status.ASKED_BACK
        assert result.answer == SAID[kind]
        assert len(result.answer.split()) < 60
        assert not result.cards

    assert failing(check, [(kind, message) for kind, messages in SAYS.items() if kind for message in messages]) == {}


def test_how_the_course_is_run_is_asked_of_a_mentor(service: Service) -> None:
    def check(message: str) -> None:
        result = answer(Question((clean_text(message),)), service.library)
        assert result.status is Status.HANDED_OVER
        assert "mentor" in result.answer
        assert not result.cited

    assert failing(check, [(message,) for message in RUNNING]) == {}


def test_the_subject_is_no_matter_of_the_course_s_running() -> None:
    assert [message for message in SUBJECT if course_matter.is_asked(message)] == []


def test_no_card_s_phrasing_is_heard_as_anything_but_a_question(service: Service) -> None:
    asked = [phrasing for card in service.library.base.cards.values() for phrasing in card.asked_as]
    assert [each for each in asked if no_question(each) is not None or course_matter.is_asked(each)] == []
    assert [each for each in asked if is_another_language(each) and each.isascii()] == []


@pytest.mark.parametrize(
    "text",
    ["ohh ok, now that makes sense, thx 😅", "thx 😅 now that makes sense, ohh ok", "makes sense now!! ok thanks, ohh", "thnaks, ok, ohh"],
)
def test_the_order_of_what_is_said_does_not_matter(text: str) -> None:
    assert no_question(text) is NoQuestion.THANKS


@pytest.mark.parametrize("one", ["a bot", "ChatGPT", "an actual person", "a mentor", "an ai"])
@pytest.mark.parametrize("other", ["a real human", "just a program", "gpt-4", "a teacher"])
@pytest.mark.parametrize("ask", ["are you {} or {}", "am I talking to {} or {}?", "hey, so are u {} or {} lol"])
def test_what_it_is_may_be_asked_of_any_two(ask: str, one: str, other: str) -> None:
    assert no_question(ask.format(one, other)) is NoQuestion.ITSELF


def test_what_people_type_who_ask_nothing_gets_a_word_and_who_asks_is_heard() -> None:
    def check(text: str, asks: bool) -> None:
        said = small_talk(clean_text(text), Course(), first=True)
        assert (said is None) is asks
        assert said is None or len(said.split()) < 60

    assert failing(check, [(line["text"], line["asks"]) for line in LINES]) == {}
    assert min(Counter(line["asks"] for line in LINES).values()) > 70


def test_no_labelled_question_is_taken_for_small_talk() -> None:
    labelled = [json.loads(line) for file in LABELS.glob("*/*.jsonl") for line in file.read_text(encoding="utf-8").splitlines()]
    asked = [(each.get("turns") or [each["question"]])[-1] for each in labelled if each["kind"] in {"in_scope", "near_miss", "follow_up"}]
    assert len(asked) > 4_000
    alone = {"yes", "no", "are you sure?"}
    assert [each for each in asked if each.lower() not in alone and no_question(each) is not None] == []


@pytest.mark.parametrize(
    "text",
    [
        "thank you all, the second example made it click, the exercise works",
        "Good evening everyone, I just enrolled, greetings from Lisbon, looking forward to the pretraining week",
        "alright, I'll try a smaller learning rate tonight and report back",
        "Here are my slides on tokenizers for the study group, happy to share the source too",
        "finally finished the fine-tuning homework, have a nice weekend",
    ],
)
def test_who_only_tells_something_gets_a_kind_word(text: str) -> None:
    assert no_question(text) is NoQuestion.TOLD


@pytest.mark.parametrize(
    "text",
    [
        "thanks, that helped, but both are still supervised",
        "thank you for the explanation, explain masks too",
        "Here is my loss curve, it stays at 2.3",
        "I'll try lora then, which rank",
        "ok I will read it, is it the same for BERT",
        "good morning everyone, I just joined and don't see the difference to clustering",
        'thanks, works! translate "good night" to French',
        "finally finished, my accuracy dropped after fine-tuning",
        "hi all, training BERT from scratch on medical notes",
    ],
)
def test_who_asks_doubts_or_complains_beside_it_is_answered(text: str) -> None:
    assert no_question(text) is None
