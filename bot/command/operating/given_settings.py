"""`askwell settings`: what is set, without the secrets, and what is set in vain."""

from __future__ import annotations

import argparse

from pydantic import SecretStr

from bot.command.arguments import Subparsers, add_command
from bot.settings import PREFIX, read_settings


def add_commands(commands: Subparsers) -> None:
    """Add `settings`."""
    add_command(commands, "settings", run_settings, "what is set, and names that are no setting; reads nothing but the settings")


def run_settings(options: argparse.Namespace) -> int:
    """Print each setting that is set; names that are no setting were printed by the command itself."""
    del options
    settings = read_settings()
    for name in sorted(settings.model_fields_set):
        value = getattr(settings, name)
        hidden = isinstance(value, SecretStr) or name == "database_url"
        print(f"{PREFIX.upper()}{name.upper()}={'(set)' if hidden else value}")
    return 0
