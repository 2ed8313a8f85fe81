"""The stand-in itself: topics and posts, the calls of the API, the refusals that a test orders, and the webhooks."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import hmac
import itertools
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import aiohttp
from aiohttp import web

from tests.discourse_stand_in.forum_description import Exchanged, Payload, completed, forum_description

KEY = "714552c6148e1617aeab526d0606184b94a80ec048fc09894ff1a72b740c5f19"
ME = "askwell"
SECRET = "a secret of the webhook"
COURSE, OFF_TOPIC, REVIEW = 5, 6, 7
CATEGORIES = {COURSE: "llm-course", OFF_TOPIC: "off-topic", REVIEW: "review"}
PATIENCE_S = 10.0
PAGE, CHUNK = 50, 20
# Source: Discourse's config/locales/server.en.yml: `invalid_api_credentials`, `invalid_access`, `not_found`.
INVALID_KEY = "You are not permitted to view the requested resource. The API username or key is invalid."
NOT_PERMITTED = "You are not permitted to view the requested resource."
NOT_FOUND = "The requested URL or resource could not be found."


class Turned(Exception):
    """A call that Discourse would not take."""

    def __init__(self, status: int, words: str, kind: str = "invalid_access") -> None:
        super().__init__(words)
        self.status, self.body = status, {"errors": [words], "error_type": kind}


@dataclass
class Order:
    """What a test wants done to matching calls, so many times."""

    method: str
    pattern: str
    times: int
    status: int = 0
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def fits(self, method: str, path: str) -> bool:
        return self.times > 0 and self.method == method and re.fullmatch(self.pattern, path) is not None


class ForumStandIn:
    """A Discourse forum, as far as the bot can tell."""

    def __init__(self) -> None:
        self.users: dict[str, Payload] = {}
        self.topics: dict[int, Payload] = {}
        self.posts: dict[int, Payload] = {}
        self.exchanged: list[Exchanged] = []
        self.orders: list[Order] = []
        self.scopes: set[str] = {"GET", "POST", "PUT"}
        self.hidden: set[int] = set()
        self.whispers_for_all = True
        self.ids = itertools.count(101)
        self.webhooks_to = ""
        self.url = ""
        self.memo: dict[str, Payload] = {}
        self.join(ME, trust_level=2)
        self.join("ada")
        self.join("bob")
        self.join("mia", moderator=True, groups=["mentors"])
        self.users["system"] = {"id": -1, "username": "system", "groups": [], "moderator": True}

    async def __aenter__(self) -> ForumStandIn:
        app = web.Application(middlewares=[self.middleware])
        for method, path, handler in (
            ("GET", "/posts.json", self.get_posts),
            ("POST", "/posts.json", self.create_post),
            ("GET", "/posts/{id}.json", self.get_post),
            ("PUT", "/posts/{id}.json", self.update_post),
            ("GET", "/t/{id}.json", self.get_topic),
            ("GET", "/t/{id}/posts.json", self.get_topic_posts),
            ("GET", "/u/{name}.json", self.get_user),
            ("GET", "/groups/{name}.json", self.get_group),
            ("GET", "/site.json", self.get_site),
            ("GET", "/c/{slug}/{id}.json", self.get_category),
        ):
            app.router.add_route(method, path, handler)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        host, port = self.runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.runner.cleanup()

    # What people do.

    def join(self, name: str, **more: Any) -> Payload:
        self.users[name] = {"id": len(self.users) + 1, "username": name, "groups": [], "trust_level": 1} | more
        return self.users[name]

    async def open_topic(self, author: str, title: str, raw: str, **more: Any) -> Payload:
        """Let somebody open a topic; return its first post."""
        number = next(self.ids)
        changed = {"category_id": COURSE, "tags": [], "closed": False, "archived": False, "archetype": "regular", "deleted_at": None}
        event = {name: more.pop(name) for name in ("created_at", "tells") if name in more}
        self.topics[number] = {"id": number, "title": title, "slug": "topic"} | changed | more
        return await self.write(number, author, raw, **event)

    async def write(
        self,
        topic: int,
        author: str,
        raw: str,
        *,
        to: int | None = None,
        post_type: int = 1,
        created_at: dt.datetime | None = None,
        tells: bool = True,
    ) -> Payload:
        """Let somebody write into a topic, and tell by webhook."""
        post = self.add_post(topic, author, raw, to=to, post_type=post_type, created_at=created_at)
        if tells:
            await self.tell("post_created", post)
        return post

    def add_post(
        self, topic: int, author: str, raw: str, *, to: int | None = None, post_type: int = 1, created_at: dt.datetime | None = None
    ) -> Payload:
        user = self.users[author]
        post: Payload = {
            "id": next(self.ids),
            "topic_id": topic,
            "post_number": 1 + max((each["post_number"] for each in self.posts_of(topic)), default=0),
            "username": author,
            "name": author.capitalize(),
            "user_id": user["id"],
            "created_at": (created_at or dt.datetime.now(dt.UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "updated_at": "2026-02-03T12:00:00.000Z",
            "raw": raw,
            "cooked": f"<p>{raw}</p>",
            "post_type": post_type,
            "reply_to_post_number": to,
            "topic_title": self.topics[topic]["title"],
            "topic_slug": "topic",
            "category_id": self.topics[topic]["category_id"],
            "staff": bool(user.get("moderator")),
            "moderator": bool(user.get("moderator")),
            "admin": False,
            "trust_level": user.get("trust_level", 0),
            "hidden": False,
            "user_deleted": False,
            "deleted_at": None,
            "version": 1,
            "accepted_answer": False,
            "edit_reason": None,
        }
        self.posts[post["id"]] = post
        return post

    async def change(self, post: Payload, raw: str) -> None:
        """Let somebody edit a post."""
        post["raw"], post["version"] = raw, post["version"] + 1
        await self.tell("post_edited", post)

    async def remove(self, post: Payload) -> None:
        """Let somebody delete a post."""
        post["deleted_at"] = "2026-02-03T12:00:00.000Z"
        await self.tell("post_destroyed", post)

    async def recover(self, post: Payload) -> None:
        post["deleted_at"] = None
        await self.tell("post_recovered", post)

    async def accept(self, post: Payload) -> None:
        """Let the topic's owner accept a post as the solution. Source: Discourse's solved plugin, web_hook_extension.rb."""
        post["accepted_answer"] = True
        await self.tell("accepted_solution", post, kind="solved")

    async def like(self, post: Payload, by: str) -> None:
        await self.tell("post_liked", {"post": post, "user": {"id": self.users[by]["id"], "username": by}}, kind="like")

    async def tell(self, event: str, payload: Payload, *, kind: str = "post", secret: str = SECRET) -> int:
        """Send a webhook if there is one; return the status of its answer. Source: Discourse's EmitWebHookEvent."""
        if not self.webhooks_to:
            return 0
        body = json.dumps({kind: payload}).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Discourse-Event-Id": "7",
            "X-Discourse-Event-Type": kind,
            "X-Discourse-Event": event,
            "X-Discourse-Event-Signature": f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}",
        }
        async with aiohttp.ClientSession() as session, session.post(self.webhooks_to, data=body, headers=headers) as answer:
            return answer.status

    # What a test asks.

    def posts_of(self, topic: int) -> list[Payload]:
        return sorted((each for each in self.posts.values() if each["topic_id"] == topic), key=lambda each: each["post_number"])

    def ours(self, topic: int | None = None) -> list[Payload]:
        """Return the bot's posts, of one topic or of all."""
        return [each for each in self.posts.values() if each["username"] == ME and topic in {None, each["topic_id"]}]

    def refuse(self, method: str, pattern: str, status: int, words: str = "no", *, times: int = 1000, **headers: str) -> None:
        """Answer matching calls with an error."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.orders.append(Order(method, pattern, times, status, {"errors": [words]}, named))

    def cut(self, method: str, pattern: str, *, times: int = 1) -> None:
        """Do what matching calls want, but close the connection instead of saying so."""
        self.orders.append(Order(method, pattern, times))

    def calls(self, method: str, pattern: str, *, status: int | None = None) -> list[Exchanged]:
        return [
            one
            for one in self.exchanged
            if one.method == method and re.fullmatch(pattern, one.path) and (status is None or one.status == status)
        ]

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds; fail with what was recorded if that takes too long."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not holds():
                    await asyncio.sleep(0.005)
        except TimeoutError:
            said = [(one.method, one.path, one.status) for one in self.exchanged[-30:]]
            raise AssertionError(f"it did not happen; recorded: {said}; posts: {[each['raw'] for each in self.ours()]}") from None

    # How calls are taken.

    @web.middleware
    async def middleware(self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        raw = await request.read()
        order = next((each for each in self.orders if each.fits(request.method, request.path)), None)
        if order is not None:
            order.times -= 1
        headers: dict[str, str] = {}
        status, answer = 200, None
        try:
            named = (request.headers.get("Api-Key"), (request.headers.get("Api-Username") or "").lower())
            # A key without the scope for a call is refused like an unknown one: see Discourse's ApiKey.request_allowed?.
            if named[0] != KEY or named[1] not in self.users or request.method not in self.scopes:
                raise Turned(403, INVALID_KEY)
            if order is not None and order.status:
                status, answer, headers = order.status, order.body, order.headers
            else:
                answer = json.loads((await handler(request)).body or b"null")  # type: ignore[attr-defined]
                known = forum_description()
                answer = answer if known is None else completed(known.answer_schema(request.method, request.path), answer)
        except Turned as error:
            status, answer = error.status, error.body
        query = {name: request.query[name] for name in request.query}
        self.exchanged.append(Exchanged(request.method, request.path, query, json.loads(raw) if raw else None, status, answer))
        if order is not None and not order.status and request.transport is not None:
            request.transport.close()
        return web.json_response(answer, status=status, headers=headers)

    def visible(self, topic: int) -> Payload:
        found = self.topics.get(topic)
        if found is None or found["deleted_at"]:
            raise Turned(404, NOT_FOUND, "not_found")
        if found["category_id"] in self.hidden:
            raise Turned(403, NOT_PERMITTED)
        return found

    async def get_posts(self, request: web.Request) -> web.Response:
        before = int(request.query.get("before", 0)) or 10**9
        public = [
            each
            for each in self.posts.values()
            if each["id"] < before
            and each["post_type"] == 1
            and not each["deleted_at"]
            and not self.topics[each["topic_id"]]["deleted_at"]
            and self.topics[each["topic_id"]]["category_id"] not in self.hidden
        ]
        return web.json_response({"latest_posts": sorted(public, key=lambda each: -each["id"])[:PAGE]})

    async def get_post(self, request: web.Request) -> web.Response:
        post = self.posts.get(int(request.match_info["id"]))
        if post is None or post["deleted_at"]:
            raise Turned(404, NOT_FOUND, "not_found")
        self.visible(post["topic_id"])
        return web.json_response(post)

    async def create_post(self, request: web.Request) -> web.Response:
        body = await request.json()
        topic = self.visible(int(body["topic_id"]))
        if topic["closed"] or topic["archived"]:
            raise Turned(422, "You are not permitted to view the requested resource.", "invalid_access")
        # Source: Discourse's PostsController#create: the same call within two minutes gives the same post.
        signature = json.dumps(body, sort_keys=True)
        if signature not in self.memo:
            kind = 4 if body.get("whisper") else 1
            self.memo[signature] = self.add_post(topic["id"], ME, body["raw"], to=body.get("reply_to_post_number"), post_type=kind)
            await self.tell("post_created", self.memo[signature])
        return web.json_response(self.memo[signature])

    async def update_post(self, request: web.Request) -> web.Response:
        body = (await request.json())["post"]
        post = self.posts.get(int(request.match_info["id"]))
        if post is None or post["deleted_at"]:
            raise Turned(404, NOT_FOUND, "not_found")
        self.visible(post["topic_id"])
        if body.get("original_text") not in {None, post["raw"]}:
            raise Turned(409, "That post was edited by another user and your changes can no longer be saved.", "edit_conflict")
        post["raw"], post["edit_reason"], post["version"] = body["raw"], body["edit_reason"], post["version"] + 1
        await self.tell("post_edited", post)
        return web.json_response({"post": post})

    async def get_topic(self, request: web.Request) -> web.Response:
        topic = self.visible(int(request.match_info["id"]))
        shown = [each for each in self.posts_of(topic["id"]) if not each["deleted_at"]]
        stream = {"posts": [self.with_raw(request, each) for each in shown[:CHUNK]], "stream": [each["id"] for each in shown]}
        return web.json_response(topic | {"post_stream": stream, "posts_count": len(shown)})

    async def get_topic_posts(self, request: web.Request) -> web.Response:
        topic = self.visible(int(request.match_info["id"]))
        wanted = {int(each) for each in request.query.getall("post_ids[]")}
        shown = [self.with_raw(request, each) for each in self.posts_of(topic["id"]) if each["id"] in wanted and not each["deleted_at"]]
        return web.json_response({"post_stream": {"posts": shown}, "id": topic["id"]})

    def with_raw(self, request: web.Request, post: Payload) -> Payload:
        return post if request.query.get("include_raw") else {name: value for name, value in post.items() if name != "raw"}

    async def get_user(self, request: web.Request) -> web.Response:
        user = self.users.get(request.match_info["name"].lower())
        if user is None:
            raise Turned(404, NOT_FOUND, "not_found")
        groups = [{"id": number, "name": name} for number, name in enumerate(user["groups"], start=41)]
        return web.json_response({"user": user | {"groups": groups}})

    async def get_group(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if not any(name in user["groups"] for user in self.users.values()):
            raise Turned(404, NOT_FOUND, "not_found")
        return web.json_response({"group": {"id": 41, "name": name}})

    async def get_site(self, request: web.Request) -> web.Response:
        shown = [{"id": number, "slug": slug, "name": slug} for number, slug in CATEGORIES.items() if number not in self.hidden]
        return web.json_response({"categories": shown})

    async def get_category(self, request: web.Request) -> web.Response:
        page = int(request.query.get("page", 0))
        found = [each for each in self.topics.values() if each["category_id"] == int(request.match_info["id"]) and not each["deleted_at"]]
        solved = {each["topic_id"] for each in self.posts.values() if each["accepted_answer"]}
        listed = [each | {"has_accepted_answer": each["id"] in solved} for each in sorted(found, key=lambda each: -each["id"])]
        return web.json_response({"topic_list": {"topics": listed[page * 30 : page * 30 + 30], "per_page": 30}})
