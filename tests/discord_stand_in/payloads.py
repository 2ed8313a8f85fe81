"""Discord's objects on the wire: snowflakes as strings, and every field that a client may read."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

Payload = dict[str, Any]

GUILD = "41771983423143937"
GENERAL = "155101607195836416"
ROOM = "155101607195836417"
LEARNER = "80351110224678912"
ME = "1180351110224678913"
OWN_ROLE = "1180351110224678914"
DIRECT = "155101607195836418"
REVIEW = "155101607195836419"
FORUM = "155101607195836420"
MENTOR_ROLE = "1180351110224678915"

VIEW, SEND, HISTORY = 1 << 10, 1 << 11, 1 << 16
PUBLIC_THREADS, SEND_IN_THREADS = 1 << 35, 1 << 38
MANAGE_THREADS = 1 << 34
USUAL_RIGHTS = VIEW | SEND | HISTORY | PUBLIC_THREADS | SEND_IN_THREADS

EPHEMERAL = 1 << 6

EPOCH_MS = 1420070400000
_numbers = itertools.count(1)


def snowflake() -> str:
    """Make a new id: Discord's time, then a number that grows."""
    now_ms = int(dt.datetime.now(dt.UTC).timestamp() * 1000) - EPOCH_MS
    return str((now_ms << 22) | (next(_numbers) & 0x3FFFFF))


def now() -> str:
    return dt.datetime.now(dt.UTC).isoformat()


def user(user_id: str, name: str, *, bot: bool = False) -> Payload:
    return {
        "id": user_id,
        "username": name,
        "discriminator": "0",
        "global_name": None if bot else name.title(),
        "avatar": None,
        "bot": bot,
        "public_flags": 0,
        "flags": 0,
    }


def me() -> Payload:
    return user(ME, "askwell", bot=True) | {"verified": True, "mfa_enabled": True, "email": None}


def member(person: Payload) -> Payload:
    return {
        "user": person,
        "nick": None,
        "avatar": None,
        "roles": [],
        "joined_at": "2026-01-05T09:00:00.000000+00:00",
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
        "communication_disabled_until": None,
    }


def channel(channel_id: str, name: str, kind: int) -> Payload:
    return {
        "id": channel_id,
        "type": kind,
        "guild_id": GUILD,
        "name": name,
        "position": 0,
        "permission_overwrites": [],
        "topic": None,
        "nsfw": False,
        "last_message_id": None,
        "rate_limit_per_user": 0,
        "bitrate": 64000,
        "user_limit": 0,
        "parent_id": None,
        "flags": 0,
    }


def forum() -> Payload:
    names = ("Answered", "Draft", "Waiting", "Confirmed", "Week 1")
    plain = {"moderated": False, "emoji_id": None, "emoji_name": None}
    tags = [{"id": str(number), "name": name, **plain} for number, name in enumerate(names, 71)]
    return channel(FORUM, "help", 15) | {"available_tags": tags, "default_reaction_emoji": None, "default_forum_layout": 0}


def direct_channel() -> Payload:
    return {"id": DIRECT, "type": 1, "last_message_id": None, "flags": 0, "recipients": [user(LEARNER, "ada")]}


def thread(thread_id: str, name: str, parent: str, owner: str) -> Payload:
    return {
        "id": thread_id,
        "type": 11,
        "guild_id": GUILD,
        "parent_id": parent,
        "owner_id": owner,
        "name": name,
        "last_message_id": None,
        "message_count": 0,
        "member_count": 1,
        "total_message_sent": 0,
        "rate_limit_per_user": 0,
        "flags": 0,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 1440,
            "archive_timestamp": now(),
            "locked": False,
            "create_timestamp": now(),
        },
    }


def guild(rights: int, channels: list[Payload], threads: list[Payload]) -> Payload:
    everyone = {
        "id": GUILD,
        "name": "@everyone",
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": 0,
        "permissions": str(rights),
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
    own_role = everyone | {"id": OWN_ROLE, "name": "Askwell", "managed": True, "position": 1, "tags": {"bot_id": ME}}
    mentors = everyone | {"id": MENTOR_ROLE, "name": "Mentors", "position": 2}
    return {
        "id": GUILD,
        "name": "A machine-learning course",
        "icon": None,
        "owner_id": "53908232506183680",
        "verification_level": 1,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "roles": [everyone, own_role, mentors],
        "emojis": [],
        "stickers": [],
        "features": [],
        "mfa_level": 0,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "premium_tier": 0,
        "preferred_locale": "en-US",
        "nsfw_level": 0,
        "joined_at": "2026-01-05T09:00:00.000000+00:00",
        "large": False,
        "unavailable": False,
        "member_count": 2,
        "voice_states": [],
        "members": [member(me()) | {"roles": [OWN_ROLE]}],
        "channels": channels,
        "threads": threads,
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def message(channel_id: str, author: Payload, text: str, **changed: Any) -> Payload:
    return {
        "id": snowflake(),
        "type": 0,
        "channel_id": channel_id,
        "guild_id": GUILD,
        "author": author,
        "member": {key: value for key, value in member(author).items() if key != "user"},
        "content": text,
        "timestamp": now(),
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
        "pinned": False,
        "flags": 0,
    } | changed


def interaction(kind: int, what: Payload, where: Payload, who: Payload, **more: Any) -> Payload:
    return {
        "id": snowflake(),
        "application_id": ME,
        "type": kind,
        "token": f"aW50ZXJhY3Rpb24{snowflake()}",
        "version": 1,
        "data": what,
        "guild_id": GUILD,
        "guild": {"id": GUILD, "locale": "en-US", "features": []},
        "channel_id": where["id"],
        "channel": where | {"permissions": str(USUAL_RIGHTS)},
        "member": member(who) | {"permissions": str(USUAL_RIGHTS)},
        "locale": "en-US",
        "guild_locale": "en-US",
        "app_permissions": str(USUAL_RIGHTS),
        "entitlements": [],
        "authorizing_integration_owners": {"0": GUILD},
        "context": 0,
        "attachment_size_limit": 10485760,
    } | more


def application() -> Payload:
    return {
        "id": ME,
        "name": "Askwell",
        "icon": None,
        "description": "",
        "bot_public": False,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 1 << 23,
        "owner": user("53908232506183680", "mentor"),
        "team": None,
        "interactions_endpoint_url": None,
        "redirect_uris": [],
    }
