"""`askwell discourse`: the forum's user that answers, until it's stopped."""

from __future__ import annotations

import argparse
import asyncio
import logging
from typing import TYPE_CHECKING

from bot.adapters.health_files import health_file, remove_file, silent_for
from bot.app import open_service
from bot.background.measures import Measures
from bot.command.arguments import Subparsers, add_command, to_stderr
from bot.command.serving.platforms import Platform, serve
from bot.service import Service
from bot.settings import Settings, read_settings
from knowledge.errors import UsageError

if TYPE_CHECKING:
    from bot.adapters.discourse import ForumOptions

log = logging.getLogger(__name__)

NO_FORUM = "no forum: put ASKWELL_DISCOURSE_URL=... and ASKWELL_DISCOURSE_API_KEY=... into .env (docs/operators/discourse.md says how)"
NO_SECRET = "ASKWELL_DISCOURSE_WEBHOOK_ADDRESS needs ASKWELL_DISCOURSE_WEBHOOK_SECRET: without it anybody could send webhooks"


def add_commands(commands: Subparsers) -> None:
    """Add `discourse` and `discourse import`."""
    parser = add_command(commands, "discourse", run_discourse, "answer on a Discourse forum")
    parser.set_defaults(serves=True)
    further = parser.add_subparsers(dest="subcommand", metavar="SUBCOMMAND")
    imported = add_command(further, "import", run_import_topics, "turn the forum's solved topics into draft cards for mentors")
    imported.set_defaults(serves=False)
    imported.add_argument("--category", action="append", help="a category's slug or id; by default ASKWELL_DISCOURSE_CATEGORIES")


def run_discourse(options: argparse.Namespace) -> int:
    """Answer on the forum until stopped; a refused key or a forum that is away is tried again, with longer and longer waits."""
    del options
    settings = read_settings()
    if why := DISCOURSE.missing(settings):
        raise UsageError(why)
    forum_options(settings)
    return serve([DISCOURSE], settings)


def run_import_topics(options: argparse.Namespace) -> int:
    """Turn solved topics into drafts; interrupted, it goes on where it was."""
    settings = read_settings()
    if why := DISCOURSE.missing(settings):
        raise UsageError(why)
    wanted = forum_options(settings)
    chosen = tuple(options.category or wanted.categories)
    if not chosen:
        raise UsageError("no category: name one with --category, or set ASKWELL_DISCOURSE_CATEGORIES")
    from bot.adapters.discourse import SeenTopics, backfill  # noqa: PLC0415

    library = open_service(settings, with_ledger=False, progress=to_stderr).library
    done = SeenTopics(settings.home / "discourse-imported.json", wanted.url)
    print(asyncio.run(backfill(wanted, chosen, library, settings.knowledge_dir / "drafts", done, progress=to_stderr)))
    return 0


def missing(settings: Settings) -> str:
    """Return what to set for the forum."""
    return NO_FORUM if settings.discourse_url is None or settings.discourse_api_key is None else ""


def forum_options(settings: Settings) -> ForumOptions:
    """Return what the settings say of the forum.

    Raises:
        UsageError: they can't be used.
    """
    from bot.adapters.discourse import ForumOptions, check_options, names_in  # noqa: PLC0415  only who serves the forum needs aiohttp

    secret = settings.discourse_webhook_secret
    if settings.discourse_webhook_address and secret is None:
        raise UsageError(NO_SECRET)
    return check_options(
        ForumOptions(
            url=settings.discourse_url or "",
            key="" if settings.discourse_api_key is None else settings.discourse_api_key.get_secret_value(),
            username=settings.discourse_user,
            categories=names_in(settings.discourse_categories),
            tags=names_in(settings.discourse_tags),
            wait_min=settings.discourse_wait_min,
            poll_every_s=settings.discourse_poll_s,
            webhook_address=settings.discourse_webhook_address,
            webhook_secret=None if secret is None else secret.get_secret_value(),
            mentor_groups=names_in(settings.discourse_mentor_groups),
            review_category=settings.discourse_review_category,
        )
    )


def prepare(settings: Settings) -> None:
    """Remove the health file that an earlier run left."""
    remove_file(health_file(settings.home, "discourse"))


async def log_in(settings: Settings) -> str:
    """Reach the forum once, and return the name of the user that answers."""
    from bot.adapters.discourse import check_forum  # noqa: PLC0415

    return (await check_forum(forum_options(settings))).username


async def run(settings: Settings, service: Service, _: Measures) -> None:
    """Answer on the forum until cancelled."""
    from bot.adapters.discourse import run_forum  # noqa: PLC0415

    await run_forum(
        service,
        forum_options(settings),
        home=settings.home,
        health_file=health_file(settings.home, "discourse"),
        drafts=settings.knowledge_dir / "drafts",
        ready=lambda: log.info("Askwell is on the forum: mention it as @%s.", settings.discourse_user),
    )


def reason_in(settings: Settings) -> str:
    """Return why learners on the forum can't be answered now; empty if they can."""
    return silent_for(health_file(settings.home, "discourse"), "the forum")


DISCOURSE = Platform("discourse", missing, prepare, log_in, run, reason_in)
