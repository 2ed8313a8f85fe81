"""The errors of the project: few, named by situation, each with the sentence that a person reads."""

from __future__ import annotations


class AskwellError(Exception):
    """An error whose message says in one line what is wrong, where, and what to do; `exit_status` is the command's."""

    exit_status = 1


class UsageError(AskwellError):
    """A command or file that a person gave can't be used."""

    exit_status = 2


class KnowledgeError(AskwellError):
    """A file of the knowledge folder can't be read or written."""


class IndexUnusable(AskwellError):
    """The published index is missing, damaged, or made with another model."""


class LedgerUnavailable(AskwellError):
    """The ledger can't be read or written right now."""


class LedgerAway(LedgerUnavailable):
    """The ledger can't be reached, or is locked: another try may succeed."""


class PlatformError(AskwellError):
    """Discord, Discourse or a model server refused, or can't be reached."""


class TurnedAway(PlatformError):
    """A platform refuses the bot itself, its token for one: another try helps only after a person has mended that."""


class Refused(AskwellError):
    """A decision can't be carried out now: the question is claimed by another, delivered already, or changed meanwhile."""
