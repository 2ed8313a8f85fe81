"""Every command and subcommand explains itself; those of `review` and `ledger` fail in one line."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.command import parser
from bot.ledger.database import Ledger
from tests.collected import failing
from tests.command.said import Run, done, refused


def leaves(of: argparse.ArgumentParser, *names: str) -> dict[tuple[str, ...], argparse.ArgumentParser]:
    """Return every command or subcommand without subcommands."""
    if not subcommands(of):
        return {names: of}
    return {each: its for name, child in subcommands(of).items() for each, its in leaves(child, *names, name).items()}


def subcommands(of: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    return {name: its for each in of._actions if isinstance(each, argparse._SubParsersAction) for name, its in each.choices.items()}


LEAVES = leaves(parser())
OF_THE_LEDGER = [names for names in LEAVES if names[0] in {"review", "ledger"}]


def arguments_for(of: argparse.ArgumentParser, text_file: Path) -> list[str]:
    """Return arguments that are right, but for the number: there is no such question, decision or person."""
    typed: list[str] = []
    given = {"--as": "Ada", "--reason": "because", "--text-file": str(text_file)}
    needed = {action for group in of._mutually_exclusive_groups if group.required for action in group._group_actions[:1]}
    for action in of._actions:
        if not action.option_strings:
            typed.append("123456")
        elif action.required or action in needed:
            typed += [action.option_strings[0], given[action.option_strings[0]]]
    return typed


def test_the_contract_has_a_command_each() -> None:
    assert {leaf for _, leaf in OF_THE_LEDGER} == {
        "list", "show", "claim", "release", "answer", "confirm", "correct", "decline", "withdraw", "second-opinion", "undo", "promote",
        "unpromote", "near", "next", "stats", "upgrade", "export", "forget", "purge",
    }  # fmt: skip


def test_every_command_explains_itself_and_each_of_its_options(run: Run) -> None:
    def explains_itself(*names: str) -> None:
        out = done(run(*names, "--help"))
        assert out.startswith(f"usage: askwell {' '.join(names)}"), out
        its = LEAVES[names]
        assert its.description
        assert " ".join(its.description.split()) in " ".join(out.split())
        assert all(action.help for action in its._actions)

    assert done(run("--help")).startswith("usage: askwell")
    assert failing(explains_itself, LEAVES) == {}


def test_every_subcommand_fails_in_one_line_for_what_is_not_there(run: Run, ledger: Ledger, text_file: Path) -> None:
    def fails_in_one_line(*names: str) -> None:
        arguments = arguments_for(LEAVES[names], text_file)
        if names == ("review", "next"):
            # It walks through whatever waits, which may be nothing.
            assert run(*names, *arguments).out.strip() == "0 decisions made."
        elif arguments and names != ("ledger", "forget"):
            assert "123456" in refused(run(*names, *arguments), 2)
        elif arguments:
            assert "nothing of '123456' is kept" in refused(run(*names, *arguments), 1)
        else:
            assert "unrecognized arguments: 123456" in refused(run(*names, "123456"), 2)

    assert failing(fails_in_one_line, OF_THE_LEDGER) == {}


def test_a_ledger_that_cannot_be_used_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "ledger.sqlite3").write_text("no database", encoding="utf-8")
    for arguments in (("review", "list"), ("review", "confirm", 1, "--as", "Ada"), ("ledger", "purge"), ("ledger", "export")):
        assert "ledger" in refused(run(*arguments), 1)
