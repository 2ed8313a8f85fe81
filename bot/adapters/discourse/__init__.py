"""Discourse as a platform: a thin client around the service."""

from bot.adapters.discourse.backfill import SeenTopics, backfill
from bot.adapters.discourse.check_setup import check_setup
from bot.adapters.discourse.forum_bot import ForumTiming, run_forum
from bot.adapters.discourse.forum_options import ForumOptions, check_forum, check_options, names_in

__all__ = ["ForumOptions", "ForumTiming", "SeenTopics", "backfill", "check_forum", "check_options", "check_setup", "names_in", "run_forum"]
