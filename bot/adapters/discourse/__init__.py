"""Discourse as a platform: a thin client around the service."""

from bot.adapters.discourse.check_setup import check_setup
from bot.adapters.discourse.forum_bot import ForumOptions, ForumTiming, check_forum, check_options, names_in, run_forum

__all__ = ["ForumOptions", "ForumTiming", "check_forum", "check_options", "check_setup", "names_in", "run_forum"]
