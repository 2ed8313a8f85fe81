"""The client of Discourse's API: its limits are respected, and its refusals told apart."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NoReturn
from urllib.parse import quote

import aiohttp
import yarl
from pydantic import ValidationError

from bot.adapters.discourse.api.topics import ForumCategory, ForumPost, ForumTopic, ForumUser
from knowledge.errors import PlatformError, Refused, TurnedAway

log = logging.getLogger(__name__)

TIMEOUT_S = 30.0
# A limit that is over sooner than this is waited for; a longer one makes the call fail, so that its delivery is tried again later.
PATIENCE_S = 20.0
# What a 429 without a time means, as from a proxy.
WAIT_S = 10.0
# How many posts of a long topic are asked for in one call: their ids are in the address, which servers keep under 8 kB.
POSTS_AT_ONCE = 100
# Source: Discourse's config/locales/server.en.yml, `invalid_api_credentials`: a key that is unknown, revoked, of another user, or without
# the scope for this call.
KEY_REFUSED = "api username or key"
# Discourse redirects a subcategory's page to its whole path, once.
MOST_REDIRECTS = 3


class Missing(Refused):
    """What was asked for is not there: it was deleted, or never was."""


class NotAllowed(Refused):
    """The forum lets this user not see or do that."""


class Forum:
    """One forum, as one of its users sees it."""

    def __init__(self, session: aiohttp.ClientSession, url: str, username: str, *, patience_s: float = PATIENCE_S) -> None:
        self._session = session
        self.url = url
        self._patience_s = patience_s
        self._held_until = 0.0
        self.username = username
        # When the forum last did what was asked, for the health check.
        self.heard_at = 0.0

    async def posts_before(self, post_id: int | None) -> list[ForumPost]:
        """Return the newest public posts with a smaller id, newest first; of all posts without one."""
        found = await self.call("GET", "/posts.json", query={} if post_id is None else {"before": str(post_id)})
        with in_discourses_form():
            return [ForumPost.model_validate(each) for each in found["latest_posts"]]

    async def topic(self, topic_id: int) -> ForumTopic:
        """Return a topic with all its posts.

        Raises:
            Missing: it was deleted.
            NotAllowed: its category is private now.
        """
        found = await self.topic_json(topic_id)
        with in_discourses_form():
            return ForumTopic.model_validate({**found, "posts": found["post_stream"]["posts"]})

    async def topic_json(self, topic_id: int) -> dict[str, Any]:
        """Return a topic as Discourse exports it, with all its posts in their order.

        Raises:
            Missing, NotAllowed: as for `topic`.
        """
        raw = {"include_raw": "true"}
        found: dict[str, Any] = await self.call("GET", f"/t/{topic_id}.json", query=raw)
        with in_discourses_form():
            posts = found["post_stream"]["posts"]
            there = {post["id"] for post in posts}
            wanted = [each for each in found["post_stream"].get("stream", []) if each not in there]
            for start in range(0, len(wanted), POSTS_AT_ONCE):
                ids = [("post_ids[]", str(each)) for each in wanted[start : start + POSTS_AT_ONCE]]
                more = await self.call("GET", f"/t/{topic_id}/posts.json", query=[*ids, *raw.items()])
                posts = [*posts, *more["post_stream"]["posts"]]
            found["post_stream"]["posts"] = sorted(posts, key=lambda post: post["post_number"])
        return found

    async def solved_topics(self, category: ForumCategory, page: int) -> tuple[list[int], bool]:
        """Return the topics of one page of a category that have an accepted answer, and whether the page had topics at all.

        Source: Discourse's solved plugin: it adds `has_accepted_answer` to the topics of a list.
        """
        found = await self.call("GET", f"/c/{quote(category.slug, safe='')}/{category.id}.json", query={"page": str(page)})
        with in_discourses_form():
            topics = found["topic_list"]["topics"]
            return [int(each["id"]) for each in topics if each.get("has_accepted_answer")], bool(topics)

    async def post(self, post_id: int) -> ForumPost:
        """Return a post.

        Raises:
            Missing: it was deleted.
        """
        with in_discourses_form():
            post = ForumPost.model_validate(await self.call("GET", f"/posts/{post_id}.json"))
        if post.deleted_at is not None:
            raise Missing(f"post {post_id} was deleted")
        return post

    async def create(self, topic_id: int, raw: str, *, reply_to: int | None = None, whisper: bool = False) -> ForumPost:
        """Post into a topic.

        Source: Discourse's PostsController#create: `whisper` makes a post that staff alone sees; `auto_track` false keeps the topic out of
        our own notifications. A repeat of the same call within two minutes returns the same post.
        """
        body: dict[str, Any] = {"topic_id": topic_id, "raw": raw, "auto_track": False}
        if reply_to is not None:
            body["reply_to_post_number"] = reply_to
        if whisper:
            body["whisper"] = True
        made = await self.call("POST", "/posts.json", body=body)
        if isinstance(made, dict) and made.get("action") == "enqueued":
            raise Refused("the forum holds the post back for its moderators: let this user post without approval")
        with in_discourses_form():
            return ForumPost.model_validate(made)

    async def edit(self, post: ForumPost, raw: str, reason: str) -> ForumPost:
        """Change a post as it was read, and say why.

        Source: Discourse's PostsController#update: with `original_text` a post that somebody has changed meanwhile is left alone (409).
        """
        change = {"raw": raw, "edit_reason": reason} | ({} if post.raw is None else {"original_text": post.raw})
        made = await self.call("PUT", f"/posts/{post.id}.json", body={"post": change})
        with in_discourses_form():
            return ForumPost.model_validate(made["post"])

    async def user(self, username: str) -> ForumUser:
        """Return a user and their groups."""
        found = await self.call("GET", f"/u/{quote(username, safe='')}.json")
        with in_discourses_form():
            return ForumUser.model_validate(found["user"])

    async def categories(self) -> list[ForumCategory]:
        """Return all categories that this user sees."""
        found = await self.call("GET", "/site.json")
        with in_discourses_form():
            return [ForumCategory.model_validate(each) for each in found["categories"]]

    async def call(
        self, method: str, path: str, *, query: dict[str, str] | list[tuple[str, str]] | None = None, body: dict[str, Any] | None = None
    ) -> Any:
        """Make one call, after the forum's limits if it names any, and return its answer.

        Raises:
            Missing, NotAllowed, Refused: a repeat would fail too.
            TurnedAway: the key is refused.
            PlatformError: it may succeed at another time.
        """
        until = time.monotonic() + self._patience_s
        address: str | yarl.URL = self.url + path
        redirects = 0
        while True:
            await self._wait(max(0.0, self._held_until - time.monotonic()), until, path)
            try:
                # Not followed blindly: the key goes with each call, and a redirected POST becomes a GET.
                async with self._session.request(method, address, params=query, json=body, allow_redirects=False) as response:
                    text = await response.text(errors="replace")
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                raise PlatformError(f"the forum can't be reached at {self.url}: {in_one_line(error)}") from None
            if response.status == 429:
                wait_s = self._note_limit(response, text)
                await self._wait(wait_s, until, path)
            elif 300 <= response.status < 400:
                address, query = redirected(response, method), None
                redirects += 1
                if redirects > MOST_REDIRECTS:
                    raise PlatformError(f"the forum sends {path} round in a circle")
            elif response.status >= 300:
                refuse(response.status, text, f"{method} {path}")
            else:
                self.heard_at = time.monotonic()
                return read_json(text, f"{method} {path}")

    def _note_limit(self, response: aiohttp.ClientResponse, text: str) -> float:
        """Return for how long a refused call has to wait; a limit on all calls holds the others back too.

        Source: Discourse's RequestsRateLimiter: limits by address or key name themselves in `Discourse-Rate-Limit-Error-Code`, those of one
        action don't, and both give `Retry-After` in seconds.
        """
        given = response.headers.get("Retry-After", "")
        said = answer_of(text).get("extras") or {}
        wait_s = float(given) if given.isdigit() else float(said.get("wait_seconds") or WAIT_S)
        code = response.headers.get("Discourse-Rate-Limit-Error-Code", "")
        log.info("the forum limits calls (%s); the next is in %.0f s", code or "this action", wait_s)
        if code:
            self._held_until = time.monotonic() + wait_s
        return wait_s

    async def _wait(self, seconds: float, until: float, path: str) -> None:
        """Wait for a limit to end, if that is soon enough."""
        if time.monotonic() + seconds > until:
            raise PlatformError(f"the forum limits calls, {path} may be called again in {seconds:.0f} s")
        await asyncio.sleep(seconds)


@asynccontextmanager
async def open_forum(url: str, key: str, username: str, *, patience_s: float = PATIENCE_S) -> AsyncIterator[Forum]:
    """Open a client of a forum."""
    headers = {"Api-Key": key, "Api-Username": username, "Accept": "application/json"}
    async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(TIMEOUT_S)) as session:
        yield Forum(session, url.rstrip("/"), username, patience_s=patience_s)


def redirected(response: aiohttp.ClientResponse, method: str) -> yarl.URL:
    """Return the address to which the forum redirects a call.

    Raises:
        TurnedAway: it's another server's, which must not get the key, or the call would change something.
    """
    there = response.url.join(yarl.URL(response.headers.get("Location", "")))
    if method != "GET" or there.origin() != response.url.origin():
        where = f"{there.scheme}://{there.authority}"
        raise TurnedAway(f"the forum redirects {method} {response.url.path} to {where}: put its present address into ASKWELL_DISCOURSE_URL")
    return there


def refuse(status: int, text: str, call: str) -> NoReturn:
    """Raise the error for a refused call."""
    said = answer_of(text)
    why = " ".join(map(str, said.get("errors") or [])) or f"status {status}"
    where = f"{' '.join(why.split())[:200]} ({call})"
    if status == 403 and KEY_REFUSED in why.lower():
        raise TurnedAway(f"the forum refuses the API key: {where}. Check ASKWELL_DISCOURSE_API_KEY, its user and its scopes")
    if status in {401, 403, 404, 410} and not said:
        # Discourse gives its reason as JSON: a proxy that turns us away, or a forum that is being built, says nothing of the post.
        raise PlatformError(f"what answers is not Discourse's API: {where}")
    if status in {404, 410}:
        raise Missing(f"the forum doesn't have it: {where}")
    if status in {401, 403}:
        raise NotAllowed(f"the forum doesn't allow it: {where}")
    # 409: somebody has changed the post meanwhile. 503: the forum is read-only, or away.
    if status == 409 or status >= 500 or status in {408, 425}:
        raise PlatformError(f"the forum did not take it: {where}")
    raise Refused(f"the forum refuses it: {where}")


def answer_of(text: str) -> dict[str, Any]:
    """Return an answer's fields; none if it has none, as a proxy's page."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def read_json(text: str, call: str) -> Any:
    """Return what an answer says."""
    try:
        return json.loads(text)
    except ValueError:
        raise PlatformError(f"what answers is not Discourse's API: no JSON from {call}") from None


def in_one_line(error: BaseException) -> str:
    """Return an error's words without line ends."""
    return " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")


@contextmanager
def in_discourses_form() -> Iterator[None]:
    """Turn the errors of reading an answer of another form into one line.

    Raises:
        PlatformError: what answers is not Discourse, or a version that this program doesn't know.
    """
    try:
        yield
    except (ValidationError, KeyError, TypeError) as error:
        raise PlatformError(f"what answers is not Discourse's API: {in_one_line(error)[:200]}") from None
