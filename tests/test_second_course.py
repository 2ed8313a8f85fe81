"""Another course is another folder: a dozen cards on baking bread are checked, indexed and found.

What is missed is logged: `pytest --log-cli-level=INFO tests/test_second_course.py` shows it.
"""

from __future__ import annotations

import ast
import datetime as dt
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rapidfuzz import fuzz, process

from bot.answering.answer import answer
from bot.answering.statements.opposition import opposed
from bot.app import open_library
from bot.command.evaluation import outcome
from bot.door.care import Concern, Heard, heard
from bot.door.clean_text import clean_text
from bot.door.wants_person import is_wanted
from bot.service import Service
from bot.settings import PROJECT, Settings
from bot.values import Question, Status
from index.encoder.embedding import Encoder
from index.encoder.model_files import EmbeddingModel
from index.evaluate.figures import LabelledOutcome
from index.evaluate.labelled_questions import Labelled, read_labelled
from index.fit.to_learn import passages_of
from index.store.build import Built, build
from knowledge.card_list import in_order
from knowledge.checking.rules import NEAR_DUPLICATE, check
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.examples import read_examples
from knowledge.reading.template import new_card
from tests.conftest import Askwell
from tests.settled import missed as missed_lines
from tests.settled import settled_outcomes

log = logging.getLogger(__name__)

COURSE = Path(__file__).parent / "second_course"
QUESTIONS = read_labelled(COURSE / "questions.jsonl")
# Written without trying them, after the others had been tried.
MORE_QUESTIONS = read_labelled(COURSE / "questions_2.jsonl")
IN_SCOPE = [each for each in QUESTIONS if each.slugs]
OUT_OF_SCOPE = [each for each in QUESTIONS if not each.slugs]
# What names the first course's subject, whoever says it.
FIRST_COURSE = re.compile(r"supervis|pre-?train|fine-?tun|machine[ -]learning|in-context|language[ -]modell?ing|\b[mc]lm\b", re.IGNORECASE)
TALK = (
    "hello", "who are you?", "what can you do?", "help", "explain", "i'm lost", "quiz me", "why?", "🍞", "thanks", "simpler please", "asdf",
    "what is this course about?",
)  # fmt: skip


@pytest.fixture(scope="module")
def base() -> KnowledgeBase:
    base, problems = check(COURSE, today=dt.datetime.now(dt.UTC).date())
    assert not problems
    return base


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bakers")


@pytest.fixture(scope="module")
def built(home: Path, encoder: Encoder, model: EmbeddingModel) -> Built:
    return build(home / "index", COURSE, lambda: encoder, model)


@pytest.fixture(scope="module")
def baker(home: Path, built: Built, encoder: Encoder, model: EmbeddingModel) -> Service:
    """The service over the second course, without a ledger."""
    settings = Settings(_env_file=None, home=home, knowledge_dir=COURSE)
    return Service(open_library(settings, model, encoder), None)


@pytest.fixture(scope="module")
def outcomes(baker: Service) -> dict[str, LabelledOutcome]:
    return {each.id: outcome(baker, each) for each in QUESTIONS}


def shown(rows: list[Labelled], outcomes: dict[str, LabelledOutcome]) -> str:
    """Return the questions with what was found for them, a line each."""
    return "\n" + "\n".join(f"{each.id} {each.question} -> {', '.join(outcomes[each.id].cards[:2])}, not {each.slugs}" for each in rows)


def spoken_of_themselves() -> Iterator[tuple[str, str]]:
    """Yield what commands and their options are described with, and where: the `description=` and `help=` of the code."""
    for path in sorted((PROJECT / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg in {"description", "help"}:
                for part in ast.walk(node.value):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield f"{path.relative_to(PROJECT).as_posix()}:{part.lineno}", part.value


def test_the_check_has_nothing_to_say_about_the_second_course(base: KnowledgeBase) -> None:
    assert len(base.cards) == 12
    assert len({card.group for card in base.cards.values()}) == 3
    assert len(base.contrasts) >= 3
    assert base.beyond
    assert base.glossary
    assert set(base.terms) == set(base.cards)
    assert len(read_examples(COURSE)[0]) == 2


def test_the_command_checks_the_folder_that_the_setting_names(askwell: Askwell) -> None:
    done = askwell("knowledge", "check", knowledge_dir=COURSE)
    assert (done.returncode, done.stderr) == (0, "")
    assert "12 cards" in done.stdout


def test_its_questions_are_none_of_its_phrasings(base: KnowledgeBase) -> None:
    phrasings = [phrasing.lower() for card in base.cards.values() for phrasing in card.asked_as]
    alike = [
        (each.question, found[0])
        for each in [*IN_SCOPE, *MORE_QUESTIONS]
        if (
            found := process.extractOne((each.question or "").lower(), phrasings, scorer=fuzz.token_sort_ratio, score_cutoff=NEAR_DUPLICATE)
        )
    ]
    assert not alike
    assert {slug for each in IN_SCOPE for slug in each.slugs} == set(base.cards)


def test_each_of_its_questions_names_the_passages_that_settle_it(base: KnowledgeBase) -> None:
    named = {each.id: each.settles for each in [*QUESTIONS, *MORE_QUESTIONS]}
    assert [each.id for each in [*IN_SCOPE, *MORE_QUESTIONS] if not each.settles] == []
    assert {part for settles in named.values() for item in settles or () for part in item.split("+")} <= passages_of(base)


def test_its_index_builds_and_holds_every_card(built: Built, baker: Service, base: KnowledgeBase) -> None:
    assert not built.problems
    assert built.cards == len(base.cards)
    assert set(baker.library.base.cards) == set(base.cards)


def test_most_of_its_phrasings_find_their_own_card_first(baker: Service, base: KnowledgeBase) -> None:
    asked = [(card.slug, phrasing) for card in base.cards.values() for phrasing in card.asked_as]
    missed = [
        f"{slug}: {phrasing}"
        for slug, phrasing in asked
        if [card.slug for card in answer(Question((clean_text(phrasing),), hands_over=False), baker.library).cards][:1] != [slug]
    ]
    assert len(missed) <= 0.1 * len(asked), missed


def test_most_of_its_questions_find_a_card_that_settles_them_first(outcomes: dict[str, LabelledOutcome]) -> None:
    missed = [each for each in IN_SCOPE if not set(outcomes[each.id].cards[:1]) & set(each.slugs)]
    log.info("%s", f"{len(missed)} of {len(IN_SCOPE)} found another card first:{shown(missed, outcomes)}")
    assert len(missed) <= 0.3 * len(IN_SCOPE), shown(missed, outcomes)


def test_most_of_its_questions_are_answered_with_what_a_right_answer_says(outcomes: dict[str, LabelledOutcome]) -> None:
    missed = [
        each
        for each in IN_SCOPE
        if not outcomes[each.id].answered or not all(re.search(part, outcomes[each.id].text.lower()) for part in each.must)
    ]
    log.info("%s", f"{len(missed)} of {len(IN_SCOPE)} are not answered, or without what had to be said:{shown(missed, outcomes)}")
    assert len(missed) <= 0.35 * len(IN_SCOPE), shown(missed, outcomes)


def test_most_of_its_questions_are_settled_with_no_fit_of_its_own(baker: Service) -> None:
    found = settled_outcomes([*QUESTIONS, *MORE_QUESTIONS], baker.library)
    settled = [each for each in found if each.settled]
    log.info("%s", f"{len(settled)} of {len(found)} are settled")
    assert len(found) >= 40
    assert len(settled) >= 0.7 * len(found), "\n" + "".join(missed_lines(each) for each in found if not each.settled)


def test_most_of_what_it_does_not_cover_is_declined(outcomes: dict[str, LabelledOutcome]) -> None:
    guessed = [each for each in OUT_OF_SCOPE if outcomes[each.id].answered]
    log.info("%s", f"{len(guessed)} of {len(OUT_OF_SCOPE)} are answered although no card settles them:{shown(guessed, outcomes)}")
    assert len(guessed) <= 0.34 * len(OUT_OF_SCOPE), shown(guessed, outcomes)


@pytest.mark.parametrize("question", [each.question for each in OUT_OF_SCOPE if each.family == "machine-learning"])
def test_the_first_course_is_off_topic_in_the_second(baker: Service, question: str) -> None:
    result = answer(Question((clean_text(question),), hands_over=False), baker.library)
    assert result.status is not Status.ANSWERED
    assert not FIRST_COURSE.search(result.answer)


def test_its_answers_name_nothing_of_the_first_course(outcomes: dict[str, LabelledOutcome]) -> None:
    assert [each for each in outcomes if FIRST_COURSE.search(outcomes[each].text)] == []


@pytest.mark.parametrize("message", TALK)
def test_small_talk_names_nothing_of_the_first_course(baker: Service, message: str) -> None:
    assert not FIRST_COURSE.search(answer(Question((clean_text(message),), hands_over=False), baker.library).answer)


def test_the_second_course_speaks_of_itself_by_its_own_file(baker: Service, base: KnowledgeBase) -> None:
    def said(message: str) -> str:
        return answer(Question((clean_text(message),), hands_over=False), baker.library).answer

    assert base.course.about
    for message in ("hello", "what is this course about?", "What topics does this course cover?"):
        assert base.course.about in said(message), message
    for message in ("i'm lost", "quiz me"):
        assert all(idea.name in said(message) for idea in base.course.ideas), message


def test_words_of_the_second_course_count_as_it_says(base: KnowledgeBase) -> None:
    assert opposed("The loaf is over-proofed.", "The loaf is underproofed.", base.course) == {"overproof"}
    assert is_wanted("I need a person to look at this", base.course)
    assert not is_wanted("do we need a person to knead the dough?", base.course)
    assert heard("this dough makes me want to die lol", base.course) == Heard(Concern.STRAIN, "en")
    assert [card.group for card in in_order(base)][::4] == ["ingredients", "dough", "baking"]


def test_a_conversation_in_the_terminal_names_nothing_of_the_first_course(askwell: Askwell, home: Path, built: Built) -> None:
    done = askwell("chat", "--no-log", typed="hello\nwhy is my bread so flat?\n\n", home=home, knowledge_dir=COURSE)
    assert done.returncode == 0
    assert done.stdout.startswith("Ask about baking sourdough bread.")
    assert not FIRST_COURSE.search(done.stdout + done.stderr)


@pytest.mark.parametrize("arguments", [("--help",), ("ask", "--help"), ("ask",)])
def test_the_command_explains_itself_without_the_first_course(askwell: Askwell, home: Path, arguments: tuple[str, ...]) -> None:
    done = askwell(*arguments, home=home, knowledge_dir=COURSE)
    assert not FIRST_COURSE.search(done.stdout + done.stderr)


def test_no_command_is_described_by_the_first_course() -> None:
    assert [place for place, said in spoken_of_themselves() if FIRST_COURSE.search(said)] == []


def test_the_template_of_a_card_names_nothing_of_the_first_course(tmp_path: Path) -> None:
    (tmp_path / "cards" / "baking").mkdir(parents=True)
    started = new_card("oven-spring", tmp_path, group="baking", today=dt.date(2026, 12, 1))
    assert FIRST_COURSE.findall(started.read_text(encoding="utf-8")) == []


def test_what_a_model_is_told_names_nothing_of_the_first_course() -> None:
    prompts = (PROJECT / "bot" / "wording" / "prompt" / "files").glob("*.md")
    assert [path.name for path in prompts if FIRST_COURSE.search(path.read_text(encoding="utf-8"))] == []
