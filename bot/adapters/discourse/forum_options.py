"""What an operator sets for a forum, checked as far as that goes without it, and then found on it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.adapters.discourse.api.forum import Forum, Missing, open_forum
from bot.adapters.discourse.api.topics import ForumCategory, ForumUser
from bot.adapters.discourse.listening.webhooks import split_host
from bot.adapters.discourse.listening.when_to_answer import Rules
from bot.adapters.discourse.mentoring.forum_decisions import MentorRules
from knowledge.errors import Refused, TurnedAway, UsageError


@dataclass(frozen=True)
class ForumOptions:
    """What an operator sets for one forum; categories and groups by slug, id or name."""

    url: str
    key: str
    username: str
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    wait_min: float = 15
    poll_every_s: float = 60
    webhook_address: str | None = None
    webhook_secret: str | None = None
    mentor_groups: tuple[str, ...] = ()
    review_category: str | None = None


def names_in(setting: str) -> tuple[str, ...]:
    """Return the names in a setting.

    >>> names_in("llm-course, 12,")
    ('llm-course', '12')
    """
    return tuple(name.strip() for name in setting.split(",") if name.strip())


def check_options(options: ForumOptions) -> ForumOptions:
    """Return options that can be used.

    Raises:
        UsageError: the address of the forum or of the webhooks is none, or the key or the name can't be right.
    """
    if not options.url.startswith(("http://", "https://")):
        raise UsageError(f"ASKWELL_DISCOURSE_URL is an address such as https://forum.example.org, and it is {options.url[:60]!r}")
    if not re.fullmatch(r"[!-~]+", options.key) or not re.fullmatch(r"[\w.-]+", options.username):
        raise UsageError("ASKWELL_DISCOURSE_API_KEY or ASKWELL_DISCOURSE_USER has a character in it that neither has: copy it again")
    if options.webhook_address:
        split_host(options.webhook_address)
    return options


async def check_forum(options: ForumOptions) -> ForumUser:
    """Reach the forum with the key, and return the user that answers.

    Raises:
        TurnedAway: the key is refused, or there is no such user or category.
        PlatformError: the forum can't be reached.
    """
    async with open_forum(options.url, options.key, options.username) as forum:
        user = await own_user(forum)
        await rules_for(forum, options)
        return user


async def own_user(forum: Forum) -> ForumUser:
    """Return the user that answers.

    Raises:
        TurnedAway: there is no such user.
    """
    try:
        return await forum.user(forum.username)
    except Missing:
        raise TurnedAway(f"the forum has no user {forum.username}: check ASKWELL_DISCOURSE_USER") from None
    except Refused as error:
        raise TurnedAway(str(error)) from None


async def rules_for(forum: Forum, options: ForumOptions) -> tuple[Rules, MentorRules]:
    """Find the categories that an operator named, and return the rules by which posts are dealt with.

    Raises:
        TurnedAway: the forum has no such category, or this user can't see it.
    """
    wanted = [*options.categories, *filter(None, [options.review_category])]
    known = await forum.categories() if wanted else []
    rules = Rules(
        username=forum.username,
        categories=frozenset(category_named(name, known).id for name in options.categories),
        tags=frozenset(options.tags),
        wait=dt.timedelta(minutes=options.wait_min),
    )
    review = None if options.review_category is None else category_named(options.review_category, known).id
    return rules, MentorRules(frozenset(name.lower() for name in options.mentor_groups), review)


def category_named(name: str, known: Iterable[ForumCategory]) -> ForumCategory:
    """Return a category by its slug, name or id.

    Raises:
        TurnedAway: the forum has none of that name, or this user can't see it.
    """
    for each in known:
        if name.lower() in {each.slug.lower(), each.name.lower(), str(each.id)}:
            return each
    raise TurnedAway(f"the forum has no category {name!r} that its user can see: check the spelling and the category's permissions")
