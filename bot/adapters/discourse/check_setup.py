"""A check of a forum's settings against the forum, without a trace there."""

from __future__ import annotations

from bot.adapters.discourse.api.forum import Forum, Missing, open_forum
from bot.adapters.discourse.api.topics import ForumUser
from bot.adapters.discourse.forum_options import ForumOptions, own_user, rules_for
from knowledge.errors import Refused, TurnedAway

LEAST_TRUST = 2


async def check_setup(options: ForumOptions) -> str:
    """Return in words what is set up on the forum.

    Raises:
        TurnedAway: what is wrong, and what to do about each.
        PlatformError: the forum can't be reached.
    """
    async with open_forum(options.url, options.key, options.username) as forum:
        user = await own_user(forum)
        wrong = [
            *wrong_trust(user),
            *await wrong_scopes(forum),
            *await wrong_places(forum, options),
            *await wrong_groups(forum, options),
        ]
        if wrong:
            raise TurnedAway("; ".join(wrong))
        return summary(user, options)


def wrong_trust(user: ForumUser) -> list[str]:
    """Return what a user of too little trust can't do.

    Source: Discourse's site settings: post_edit_time_limit is a day, from trust level 2 on tl2_post_edit_time_limit is 30 days.
    """
    if user.admin or user.moderator or user.trust_level >= LEAST_TRUST:
        return []
    return [f"@{user.username} has trust level {user.trust_level}, so it can't change its post after a day: raise it to {LEAST_TRUST}"]


async def wrong_scopes(forum: Forum) -> list[str]:
    """Return which scopes the key lacks: calls that can't succeed are refused in another way where it has them."""
    await forum.posts_before(None)
    wrong = []
    for method, path, body, scope in (
        ("POST", "/posts.json", {"topic_id": 0, "raw": ""}, "topics: write"),
        ("PUT", "/posts/0.json", {"post": {"raw": "", "edit_reason": ""}}, "posts: edit"),
    ):
        try:
            await forum.call(method, path, body=body)
        except TurnedAway:
            wrong.append(f"the API key lacks the scope '{scope}': make one that has it (docs/operators/discourse.md lists all)")
        except Refused:
            continue
    return wrong


async def wrong_places(forum: Forum, options: ForumOptions) -> list[str]:
    """Return which categories are unknown."""
    try:
        await rules_for(forum, options)
    except TurnedAway as error:
        return [str(error)]
    return []


async def wrong_groups(forum: Forum, options: ForumOptions) -> list[str]:
    """Return which groups of mentors the forum doesn't have, or doesn't show to this user."""
    wrong = []
    for name in options.mentor_groups:
        try:
            await forum.call("GET", f"/groups/{name}.json")
        except (Missing, Refused):
            wrong.append(f"the forum has no group {name!r} that its user can see: check ASKWELL_DISCOURSE_MENTOR_GROUPS")
    if options.review_category and not options.mentor_groups:
        wrong.append("ASKWELL_DISCOURSE_REVIEW_CATEGORY is set, but nobody may decide there: set ASKWELL_DISCOURSE_MENTOR_GROUPS")
    return wrong


def summary(user: ForumUser, options: ForumOptions) -> str:
    """Return what a right setup does."""
    places = [*options.categories, *(f"#{tag}" for tag in options.tags)]
    where = f"answers new topics in {', '.join(places)}" if places else "answers whoever mentions it, and no new topics"
    heard = "by webhooks" if options.webhook_address else f"every {options.poll_every_s:g} s, without whispers and likes"
    return f"the key is right: @{user.username} {where}; posts are heard {heard}"
