"""The stand-in does what Discord's documentation says: docs/internals/discord-parity.md has a row for each test, with page and sentence."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest

from bot.settings import PROJECT
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.components import COMPONENTS_V2, walk
from tests.discord_stand_in.description import description, unwritten_problems
from tests.discord_stand_in.gateway import DIRECT_MESSAGES, GUILD_MESSAGES, MESSAGE_CONTENT
from tests.discord_stand_in.payloads import (
    DIRECT,
    FORUM,
    GENERAL,
    GUILD,
    HISTORY,
    LEARNER,
    MANAGE_THREADS,
    ME,
    MENTOR_ROLE,
    PUBLIC_THREADS,
    ROOM,
    SEND,
    SEND_IN_THREADS,
    USUAL_RIGHTS,
)
from tests.discord_stand_in.rest import TOKEN, Recorded

NO_PINGS: dict[str, Any] = {"parse": []}
GUILDS = 1
Answer = tuple[int, Any]


@dataclass
class Api:
    """A client of the stand-in that knows nothing but HTTP."""

    discord: StandIn
    session: aiohttp.ClientSession

    async def call(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """Call a route; return the status and what came back."""
        headers = {"Authorization": f"Bot {TOKEN}"} | options.pop("headers", {})
        async with self.session.request(method, self.discord.api_url + path, json=body, headers=headers, **options) as response:
            self.headers = response.headers
            return response.status, await response.json() if response.content_type == "application/json" else None

    async def write(self, channel: str, text: str, **more: Any) -> Answer:
        """Write a message as the bot."""
        return await self.call("POST", f"/channels/{channel}/messages", {"content": text, "allowed_mentions": NO_PINGS} | more)

    async def open_thread(self, message: dict[str, Any]) -> Answer:
        """Open a thread below a message."""
        return await self.call("POST", f"/channels/{message['channel_id']}/messages/{message['id']}/threads", {"name": "Question"})


@contextlib.asynccontextmanager
async def api(**options: Any) -> AsyncIterator[Api]:
    async with StandIn(**options) as discord, aiohttp.ClientSession() as session:
        yield Api(discord, session)


@contextlib.asynccontextmanager
async def listening(
    to: Api, intents: int = GUILDS | GUILD_MESSAGES, *, token: str = TOKEN, refused: bool = False
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Identify at the gateway, without compression, and wait for the server unless that is to be refused."""
    async with to.session.ws_connect(to.discord.gateway.url) as socket:
        assert (await socket.receive_json())["op"] == 10
        await socket.send_json({"op": 2, "d": {"token": token, "intents": intents, "properties": {}}})
        if not refused:
            await events(socket, "GUILD_CREATE")
        yield socket


async def events(socket: aiohttp.ClientWebSocketResponse, last: str) -> list[dict[str, Any]]:
    """Return the events up to the first of a kind."""
    found: list[dict[str, Any]] = []
    while not found or found[-1]["t"] != last:
        found.append(await socket.receive_json(timeout=5))
    return found


def refused(answer: Answer) -> tuple[int, int]:
    """Return the status and Discord's code of a refusal."""
    return answer[0], answer[1]["code"]


# REST.


async def test_a_request_without_the_bots_token_is_refused() -> None:
    async with api() as bot:
        assert (await bot.call("GET", "/users/@me", headers={"Authorization": "Bot other"}))[0] == 401


async def test_a_text_has_2000_characters_at_most_and_is_not_empty() -> None:
    async with api() as bot:
        assert (await bot.write(GENERAL, "a" * 2000))[0] == 200
        assert refused(await bot.write(GENERAL, "a" * 2001)) == (400, 50035)
        assert refused(await bot.write(GENERAL, " ")) == (400, 50006)


async def test_a_message_of_components_has_no_text_beside_them_and_stays_one() -> None:
    frame = {"type": 17, "components": [{"type": 10, "content": "Yes."}]}
    later = {"flags": COMPONENTS_V2, "content": None, "components": [frame]}
    async with api() as bot:
        assert refused(await bot.write(GENERAL, "Yes.", **later | {"content": "Yes."})) == (400, 50035)
        assert refused(await bot.write(GENERAL, "", **later | {"components": [{"type": 10, "content": "x" * 4001}]})) == (400, 50035)
        assert refused(await bot.write(GENERAL, "", **later | {"components": [frame] * 21})) == (400, 50035)
        _, earlier = await bot.write(GENERAL, "Yes.")
        one = f"/channels/{GENERAL}/messages/{earlier['id']}"
        assert refused(await bot.call("PATCH", one, {"flags": COMPONENTS_V2, "components": [frame]})) == (400, 50035)
        status, changed = await bot.call("PATCH", one, later)
        assert (status, changed["content"], changed["flags"] & COMPONENTS_V2) == (200, "", COMPONENTS_V2)
        assert [each["id"] for each in walk(changed["components"])] == [1, 2]
        assert refused(await bot.call("PATCH", one, {"content": "Yes.", "components": [], "flags": 0})) == (400, 50035)


async def test_a_repeat_with_an_enforced_nonce_is_the_first_message_again() -> None:
    async with api() as bot:
        first, again, other = [(await bot.write(GENERAL, "Hi", nonce=key, enforce_nonce=True))[1]["id"] for key in ("a", "a", "b")]
        plain = [(await bot.write(GENERAL, "Hi", nonce="c"))[1]["id"] for _ in range(2)]
    assert (first, len({first, other}), len(set(plain))) == (again, 2, 2)


async def test_allowed_mentions_decide_who_is_notified() -> None:
    async with api() as bot:
        asked = await bot.discord.say("Hi")
        text, reply = f"<@{LEARNER}> @everyone", {"message_id": asked["id"]}
        choices: list[dict[str, Any]] = [
            NO_PINGS,
            NO_PINGS | {"users": [LEARNER]},
            NO_PINGS | {"replied_user": True},
            {"parse": ["everyone"]},
        ]
        for allowed in choices:
            await bot.write(GENERAL, text if "replied_user" not in allowed else "Hi", allowed_mentions=allowed, message_reference=reply)
    assert [person for _, person in bot.discord.channels.notified] == [LEARNER, LEARNER, "@everyone"]


async def test_a_reply_to_a_message_that_is_gone_is_an_error_unless_that_is_allowed() -> None:
    async with api() as bot:
        gone = {"message_id": "1"}
        assert refused(await bot.write(GENERAL, "Hi", message_reference=gone)) == (400, 50035)
        status, written = await bot.write(GENERAL, "Hi", message_reference=gone | {"fail_if_not_exists": False})
    assert (status, written["type"]) == (200, 0)


async def test_a_reply_is_of_type_19_and_needs_the_right_to_read_the_history() -> None:
    async with api() as bot:
        asked = await bot.discord.say("Hi")
        _, written = await bot.write(GENERAL, "Hi", message_reference={"message_id": asked["id"]})
    async with api(rights=USUAL_RIGHTS & ~HISTORY) as bot:
        asked = await bot.discord.say("Hi")
        assert refused(await bot.write(GENERAL, "Hi", message_reference={"message_id": asked["id"]})) == (400, 160002)
    assert (written["type"], written["message_reference"]["channel_id"]) == (19, GENERAL)


async def test_a_bot_changes_its_own_messages_alone() -> None:
    async with api() as bot:
        asked = await bot.discord.say("Hi")
        assert refused(await bot.call("PATCH", f"/channels/{GENERAL}/messages/{asked['id']}", {"content": "Ho"})) == (403, 50005)
        _, own = await bot.write(GENERAL, "Hi")
        status, changed = await bot.call("PATCH", f"/channels/{GENERAL}/messages/{own['id']}", {"content": "Ho"})
    assert (status, changed["content"], changed["edited_timestamp"] is not None) == (200, "Ho", True)


async def test_what_is_not_there_has_its_own_code() -> None:
    async with api() as bot:
        assert refused(await bot.write("1", "Hi")) == (404, 10003)
        assert refused(await bot.call("GET", f"/channels/{GENERAL}/messages/1")) == (404, 10008)
        asked = await bot.discord.say("Hi")
        assert refused(await bot.call("GET", f"/channels/{ROOM}/messages/{asked['id']}")) == (404, 10008)
        assert refused(await bot.call("GET", f"/guilds/{GUILD}/members/1")) == (404, 10007)


async def test_a_thread_has_the_id_of_its_message_and_there_is_one_for_each() -> None:
    async with api() as bot:
        asked = await bot.discord.say("Hi")
        status, thread = await bot.open_thread(asked)
        assert refused(await bot.open_thread(asked)) == (400, 160004)
        shown = (await bot.call("GET", f"/channels/{GENERAL}/messages/{asked['id']}"))[1]
        within = await bot.discord.say("Hi", channel=thread["id"])
        assert refused(await bot.open_thread(within)) == (400, 50024)
    assert (status, thread["id"], thread["parent_id"], thread["owner_id"], thread["type"]) == (201, asked["id"], GENERAL, ME, 11)
    assert shown["flags"] & 1 << 5


async def test_threads_need_their_own_rights() -> None:
    async with api(rights=USUAL_RIGHTS & ~PUBLIC_THREADS) as bot:
        assert refused(await bot.open_thread(await bot.discord.say("Hi"))) == (403, 50013)
    for taken, in_thread in ((SEND, 200), (SEND_IN_THREADS, 403)):
        async with api(rights=USUAL_RIGHTS & ~taken) as bot:
            _, thread = await bot.open_thread(await bot.discord.say("Hi"))
            assert (await bot.write(thread["id"], "Hi"))[0] == in_thread
            assert (await bot.write(GENERAL, "Hi"))[0] == (200 if in_thread == 403 else 403)


async def test_in_a_sleeping_thread_nothing_is_changed_and_a_message_wakes_it() -> None:
    async with api() as bot:
        _, thread = await bot.open_thread(await bot.discord.say("Hi"))
        _, own = await bot.write(thread["id"], "Hi")
        await bot.call("PATCH", f"/channels/{thread['id']}", {"archived": True})
        change = ("PATCH", f"/channels/{thread['id']}/messages/{own['id']}", {"content": "Ho"})
        assert refused(await bot.call(*change)) == (400, 50083)
        await bot.write(thread["id"], "Hi")
        assert (await bot.call(*change))[0] == 200


async def test_in_a_locked_thread_nothing_is_said_without_the_right_to_manage_threads() -> None:
    for rights, status in ((USUAL_RIGHTS, 403), (USUAL_RIGHTS | MANAGE_THREADS, 200)):
        async with api(rights=rights) as bot:
            _, thread = await bot.open_thread(await bot.discord.say("Hi"))
            bot.discord.threads[thread["id"]]["thread_metadata"]["locked"] = True
            assert (await bot.write(thread["id"], "Hi"))[0] == status


async def test_sleeping_threads_are_listed_with_the_newest_first() -> None:
    async with api() as bot:
        threads = [(await bot.open_thread(await bot.discord.say("Hi")))[1]["id"] for _ in range(3)]
        for thread in threads[:2]:
            await bot.call("PATCH", f"/channels/{thread}", {"archived": True})
        _, listed = await bot.call("GET", f"/channels/{GENERAL}/threads/archived/public")
    assert [each["id"] for each in listed["threads"]] == [threads[1], threads[0]]
    assert listed["has_more"] is False


async def test_the_post_of_a_forum_begins_with_a_message_of_its_own_id_and_only_who_manages_threads_tags_it() -> None:
    for rights, status in ((USUAL_RIGHTS, 403), (USUAL_RIGHTS | MANAGE_THREADS, 200)):
        async with api(rights=rights) as bot:
            first = await bot.discord.post_in_forum("Who makes the labels?", "In pretraining.")
            _, post = await bot.call("GET", f"/channels/{first['id']}")
            assert (post["parent_id"], first["channel_id"], post["name"]) == (FORUM, first["id"], "Who makes the labels?")
            assert (await bot.call("PATCH", f"/channels/{post['id']}", {"applied_tags": ["71"]}))[0] == status


async def test_a_history_comes_newest_first_in_pages_of_50_and_is_empty_without_its_right() -> None:
    async with api() as bot:
        said = [(await bot.discord.say(str(number), names_us=False))["id"] for number in range(60)]

        async def history(**query: Any) -> list[str]:
            _, found = await bot.call("GET", f"/channels/{GENERAL}/messages", params=query)
            return [each["id"] for each in found]

        assert await history() == said[:-51:-1]
        assert await history(limit=100) == said[::-1]
        assert await history(after=said[9], limit=5) == said[14:9:-1]
        assert await history(before=said[9], limit=5) == said[8:3:-1]
        bot.discord.channels.rights &= ~HISTORY
        assert await history() == []


async def test_a_members_roles_come_with_the_event_of_a_message_and_not_with_its_history() -> None:
    async with api() as bot, listening(bot, GUILDS | GUILD_MESSAGES) as socket:
        await bot.discord.say("Hi", roles=[MENTOR_ROLE])
        heard = (await events(socket, "MESSAGE_CREATE"))[-1]["d"]
        _, (read,) = await bot.call("GET", f"/channels/{GENERAL}/messages")
        _, member = await bot.call("GET", f"/guilds/{GUILD}/members/{LEARNER}")
    assert heard["member"]["roles"] == member["roles"] == [MENTOR_ROLE]
    assert "member" not in read


async def test_the_bots_servers_are_listed_with_its_rights_as_text() -> None:
    async with api() as bot:
        assert await bot.call("GET", "/users/@me/guilds") == (
            200,
            [
                {
                    "id": GUILD,
                    "name": "A machine-learning course",
                    "icon": None,
                    "banner": None,
                    "owner": False,
                    "permissions": str(USUAL_RIGHTS),
                    "features": [],
                }
            ],
        )


async def test_a_direct_channel_is_the_same_each_time() -> None:
    async with api() as bot:
        opened = [await bot.call("POST", "/users/@me/channels", {"recipient_id": LEARNER}) for _ in range(2)]
    assert [(status, channel["id"], channel["type"]) for status, channel in opened] == [(200, DIRECT, 1)] * 2


async def test_a_limit_is_said_in_the_body_and_in_the_headers_and_counts_for_one_channel() -> None:
    async with api() as bot:
        bot.discord.buckets.most = 1
        first = await bot.open_thread(await bot.discord.say("Hi"))
        remaining = bot.headers["X-RateLimit-Remaining"]
        status, body = await bot.open_thread(await bot.discord.say("Hi"))
        names = {"Retry-After", "X-RateLimit-Limit", "X-RateLimit-Reset-After", "X-RateLimit-Bucket", "X-RateLimit-Scope"}
        assert names <= set(bot.headers)
        elsewhere = await bot.open_thread(await bot.discord.say("Hi", channel=ROOM))
    assert (first[0], remaining, status, elsewhere[0]) == (201, "0", 429, 201)
    assert body["retry_after"] > 0
    assert body["global"] is False


async def test_a_list_of_commands_replaces_the_one_before_and_rights_come_back_as_text() -> None:
    path = f"/applications/{ME}/commands"
    async with api() as bot:
        for name in ("one", "two"):
            body: list[dict[str, Any]] = [{"name": name, "description": "?", "default_member_permissions": 8, "options": []}]
            await bot.call("PUT", path, body)
        _, (command,) = await bot.call("GET", path)
    assert (command["name"], command["default_member_permissions"]) == ("two", "8")
    assert {"id", "application_id", "version"} <= set(command)


# Interactions.


def callback(used: dict[str, Any]) -> str:
    return f"/interactions/{used['id']}/{used['token']}/callback"


async def test_an_interaction_is_answered_once_and_only_with_its_token() -> None:
    async with api() as bot:
        used = await bot.discord.use_ask("Hi")
        assert refused(await bot.call("POST", callback(used | {"token": "x"}), {"type": 5})) == (404, 10062)
        assert (await bot.call("POST", callback(used), {"type": 5}))[0] == 200
        assert refused(await bot.call("POST", callback(used), {"type": 5})) == (400, 40060)


async def test_a_deferred_answer_is_edited_in_and_stays_as_private_as_it_was_deferred() -> None:
    async with api() as bot:
        for flags in (0, 64):
            used = await bot.discord.use_ask("Hi")
            await bot.call("POST", callback(used), {"type": 5, "data": {"flags": flags}})
            waiting = bot.discord.messages[bot.discord.acknowledged[used["token"]]]
            assert waiting["flags"] == flags | 1 << 7
            _, shown = await bot.call("PATCH", f"/webhooks/{ME}/{used['token']}/messages/@original", {"content": "Ho"})
            assert (shown["flags"], shown["content"]) == (flags, "Ho")


async def test_the_token_of_an_interaction_ends() -> None:
    async with api() as bot:
        used = await bot.discord.use_ask("Hi")
        original = f"/webhooks/{ME}/{used['token']}/messages/@original"
        assert refused(await bot.call("PATCH", original, {"content": "Ho"})) == (404, 10015)
        await bot.call("POST", callback(used), {"type": 5})
        bot.discord.people.expired.add(used["token"])
        assert refused(await bot.call("PATCH", original, {"content": "Ho"})) == (401, 50027)


async def test_no_form_answers_a_form() -> None:
    form = {"type": 9, "data": {"title": "Why?", "custom_id": "why", "components": []}}
    async with api() as bot:
        used = await bot.discord.use_ask("Hi")
        assert (await bot.call("POST", callback(used), form))[0] == 200
        sent = await bot.discord.people.happen(5, {"custom_id": "why", "components": []}, GENERAL)
        assert refused(await bot.call("POST", callback(sent), form)) == (400, 50035)


async def test_a_message_on_which_a_command_is_used_comes_with_its_text() -> None:
    async with api() as bot, listening(bot, GUILDS | GUILD_MESSAGES) as socket:
        message = await bot.discord.say("Is pretraining supervised?", names_us=False)
        await bot.discord.people.use_on("Ask about this message", message)
        heard = await events(socket, "INTERACTION_CREATE")
    resolved = heard[-1]["d"]["data"]["resolved"]["messages"][message["id"]]
    assert resolved["content"] == "Is pretraining supervised?"


# Gateway.


async def test_the_gateway_says_hello_acknowledges_heartbeats_and_shows_the_server_after_ready() -> None:
    async with api() as bot:
        asked = await bot.discord.say("Hi")
        await bot.open_thread(asked)
        async with bot.session.ws_connect(bot.discord.gateway.url) as socket:
            hello = await socket.receive_json()
            await socket.send_json({"op": 1, "d": None})
            acknowledged = await socket.receive_json()
            await socket.send_json({"op": 2, "d": {"token": TOKEN, "intents": GUILDS, "properties": {}}})
            ready, guild = await events(socket, "GUILD_CREATE")
    assert (hello["op"], hello["d"]["heartbeat_interval"] > 0, acknowledged["op"]) == (10, True, 11)
    assert ready["d"]["guilds"] == [{"id": GUILD, "unavailable": True}]
    assert [(ready["s"], ready["t"]), guild["s"]] == [(1, "READY"), 2]
    assert [each["id"] for each in guild["d"]["threads"]] == [asked["id"]]


@pytest.mark.parametrize(("token", "refused_intents", "code"), [("wrong", 0, 4004), (TOKEN, MESSAGE_CONTENT, 4014)])
async def test_the_gateway_closes_on_a_wrong_token_and_on_an_intent_that_is_not_turned_on(
    token: str, refused_intents: int, code: int
) -> None:
    async with api(refused_intents=refused_intents) as bot, listening(bot, GUILDS | MESSAGE_CONTENT, token=token, refused=True) as socket:
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
    assert socket.close_code == code


async def test_messages_of_servers_and_direct_ones_come_by_an_intent_each() -> None:
    for intent, text in ((GUILD_MESSAGES, "Here"), (DIRECT_MESSAGES, "Direct")):
        async with api() as bot, listening(bot, GUILDS | intent) as socket:
            await bot.discord.say("Here")
            await bot.discord.say("Direct", channel=DIRECT)
            heard = (await events(socket, "MESSAGE_CREATE"))[-1]["d"]
        assert heard["content"] == text


async def test_without_the_content_intent_texts_are_empty_but_own_direct_and_mentioning_ones() -> None:
    heard: dict[int, list[str]] = {}
    for intents in (0, MESSAGE_CONTENT):
        async with api() as bot, listening(bot, GUILDS | GUILD_MESSAGES | DIRECT_MESSAGES | intents) as socket:
            await bot.discord.say("plain", names_us=False)
            await bot.discord.say(f"<@{ME}> named")
            await bot.discord.say("direct", channel=DIRECT, names_us=False)
            await bot.write(GENERAL, "own")
            _, history = await bot.call("GET", f"/channels/{GENERAL}/messages")
            heard[intents] = [(await events(socket, "MESSAGE_CREATE"))[-1]["d"]["content"] for _ in range(4)]
            assert [each["content"] for each in reversed(history)] == ["plain" if intents else "", f"<@{ME}> named", "own"]
    assert heard == {0: ["", f"<@{ME}> named", "direct", "own"], MESSAGE_CONTENT: ["plain", f"<@{ME}> named", "direct", "own"]}


async def test_a_resumed_session_gets_what_it_missed_in_order_and_then_resumed() -> None:
    async with api() as bot:
        async with listening(bot) as socket:
            await bot.discord.say("heard")
            seen = (await events(socket, "MESSAGE_CREATE"))[-1]["s"]
            await bot.discord.gateway.drop()
        said = [await bot.discord.say(f"<@{ME}> {number}") for number in range(3)]
        async with bot.session.ws_connect(bot.discord.gateway.url) as again:
            await again.receive_json()
            await again.send_json({"op": 6, "d": {"token": TOKEN, "session_id": "4c7f1b2a9d", "seq": seen}})
            missed = await events(again, "RESUMED")
    assert [each["d"]["id"] for each in missed[:-1]] == [each["id"] for each in said]


async def test_an_invalid_session_is_said_with_false_and_what_came_after_it_is_not_kept() -> None:
    async with api() as bot, listening(bot) as socket:
        await bot.discord.gateway.invalidate()
        assert await socket.receive_json() == {"op": 9, "d": False, "s": None, "t": None}
        await bot.discord.say("meanwhile")
        async with listening(bot) as again:
            after = await bot.discord.say("after it")
            assert [each["d"]["id"] for each in await events(again, "MESSAGE_CREATE")] == [after["id"]]


# The checks of what the bot sends.


def request(method: str, path: str, body: Any, **query: str) -> Recorded:
    return Recorded(method, path, query, body, 0.0, 200)


GOOD = request(
    "POST", f"/channels/{GENERAL}/messages", {"content": "Hi", "allowed_mentions": NO_PINGS, "nonce": "a", "enforce_nonce": True}
)


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"body": {"content": "Hi", "surprise": 1}}, "surprise"),
        ({"body": {"content": "Hi", "allowed_mentions": {"parse": [], "surprise": 1}}}, "not valid"),
        ({"body": {"content": 5}}, "5"),
        ({"body": {"content": "Hi", "nonce": "a" * 26}}, "not valid"),
        ({"path": "/channels/1/surprise"}, "no such route"),
        ({"query": {"surprise": "1"}}, "unknown query parameter"),
        ({"method": "GET", "body": {"content": "Hi"}}, "takes no body"),
    ],
)
def test_every_body_is_held_against_discords_description_with_no_unknown_field(changed: dict[str, Any], word: str) -> None:
    known = description()
    if known is None:
        pytest.skip("Discord's description is not beside the project")
    assert known.problems(GOOD) == []
    (problem, *_) = known.problems(replace(GOOD, **changed))
    assert word in problem


@pytest.mark.parametrize(
    "allowed",
    [None, {}, {"parse": ["users"]}, {"parse": [], "roles": ["7"]}, {"parse": [], "replied_user": True}, {"parse": [], "users": ["7"]}],
)
@pytest.mark.parametrize("route", [("POST", "/channels/1/messages"), ("PATCH", "/channels/1/messages/2"), ("POST", "/webhooks/1/token")])
def test_a_body_that_may_ping_anybody_but_the_one_person_it_begins_with_fails_the_test_that_sent_it(
    allowed: dict[str, Any] | None, route: tuple[str, str]
) -> None:
    body = {"content": "Hi <@7>"} | ({} if allowed is None else {"allowed_mentions": allowed})
    assert unwritten_problems(request(*route, body)) != []
    assert unwritten_problems(request(*route, body | {"allowed_mentions": NO_PINGS})) == []
    to_one = {"content": "<@7> Hi", "allowed_mentions": {"parse": [], "users": ["7"]}}
    assert unwritten_problems(request(*route, to_one)) == []
    assert unwritten_problems(request("POST", "/interactions/1/token/callback", {"type": 4, "data": body})) != []


def test_the_page_on_parity_has_a_row_for_each_of_these_tests_and_no_other() -> None:
    page = (PROJECT / "docs/internals/discord-parity.md").read_text(encoding="utf-8")
    named = re.findall(r"\| `(test_\w+)` \|$", page, re.MULTILINE)
    here = re.findall(r"^(?:async )?def (test_\w+)\(", (PROJECT / "tests/adapters/discord/test_parity.py").read_text("utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(here[:-1])
