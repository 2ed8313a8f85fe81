"""`askwell prompt`: the prompts that a model would get for a question; nothing is sent."""

from __future__ import annotations

import argparse
import logging

from bot.app import open_service
from bot.command.arguments import Subparsers, add_command
from bot.command.ask import checked_question
from bot.settings import read_settings
from bot.values import Status
from bot.wording.word import examples_for, may_be_reworded
from knowledge.errors import UsageError

log = logging.getLogger(__name__)


def add_commands(commands: Subparsers) -> None:
    """Add `prompt`."""
    prompt = add_command(commands, "prompt", run_prompt, "the prompt that a model would get for a question; nothing is sent")
    prompt.add_argument("question", nargs="+", help="the question, in quotes; or a conversation, each message in quotes")
    prompt.add_argument(
        "--step",
        choices=("understand", "write", "choose"),
        default="write",
        help="what the model is asked to do (write by default; without a judge that passed the exam, it chooses instead)",
    )
    prompt.add_argument(
        "--asked",
        action="append",
        metavar="QUESTION",
        help="a question as the model understood it (repeatable); by default as it's read without a model",
    )
    prompt.add_argument("--base", action="store_true", help="the one text for a base model (ASKWELL_MODEL=completion:NAME)")


def run_prompt(options: argparse.Namespace) -> int:
    """Print roles and texts, or the one text for a base model."""
    turns = tuple(checked_question(turn) for turn in options.question)
    settings = read_settings()
    service = open_service(settings, with_ledger=False)
    # LangChain takes seconds to import, and only a prompt needs it.
    from bot.wording.model.chat_model import prompt_budget  # noqa: PLC0415
    from bot.wording.prompt.choosing import choosing_prompt  # noqa: PLC0415
    from bot.wording.prompt.drafting import build  # noqa: PLC0415
    from bot.wording.prompt.few_shot import choose_examples  # noqa: PLC0415
    from bot.wording.prompt.notes import offered  # noqa: PLC0415
    from bot.wording.prompt.understanding import understanding_prompt  # noqa: PLC0415

    answer = service.answer(turns, hands_over=False)
    if not may_be_reworded(answer, judged=True):
        what = "needs no rewording" if answer.status is Status.ANSWERED else f"is '{answer.status.value}'"
        raise UsageError(f"no model is asked about this: the answer {what} (see 'askwell ask')")
    library, budget = service.library, prompt_budget(settings.model_context)
    passages = offered(library.search_all(options.asked or [answer.question]), answer.pieces, library.base)
    if options.step == "understand":
        prompt = understanding_prompt(answer.turns, budget_tokens=budget)
    elif options.step == "choose":
        prompt = choosing_prompt(answer.turns, passages, budget_tokens=budget).prompt
    else:
        examples, problems = examples_for(library, settings.knowledge_dir, settings.home)
        for problem in problems:
            log.warning("%s", problem)
        prompt = build(answer.turns, passages, choose_examples(answer.turns, library, examples), budget_tokens=budget)
    if options.base:
        print(prompt.text, end="")
        return 0
    for message in prompt.messages:
        print(f"--- {message.type} ---\n{message.text}\n")
    return 0
