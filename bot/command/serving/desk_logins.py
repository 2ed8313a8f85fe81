"""The ways to sign in at the desk, as the settings name them."""

from __future__ import annotations

from collections.abc import Mapping

from bot.adapters.desk.entering.by_account.discord_login import DiscordLogin, DiscordRoles
from bot.adapters.desk.entering.by_account.forum_login import ForumGroups, ForumLogin
from bot.adapters.desk.entering.by_account.login_ways import Logins, LoginWay, RoleCheck
from bot.settings import Settings, listed
from knowledge.errors import UsageError


def logins_of(settings: Settings) -> Logins:
    """Return the ways to sign in that are set up.

    Raises:
        UsageError: one is set up in part.
    """
    ways: dict[str, LoginWay] = {}
    checks: dict[str, RoleCheck] = {}
    roles = discord_roles(settings)
    if roles is not None:
        checks["discord"] = roles
    if settings.desk_discord_client_id is not None or settings.desk_discord_client_secret is not None:
        ways["discord"] = discord_login(settings, roles)
    if settings.desk_discourse_secret is not None:
        ways["discourse"], checks["discourse"] = forum_login(settings)
    return Logins(ways, checks)


def discord_roles(settings: Settings) -> DiscordRoles | None:
    """Return who says which accounts in Discord are mentors', None if no server or role is named."""
    if settings.discord_guild is None or settings.discord_mentor_role is None:
        return None
    token = None if settings.discord_token is None else settings.discord_token.get_secret_value().strip()
    return DiscordRoles(settings.discord_guild, settings.discord_mentor_role, bot_token=token or None, api_url=settings.discord_api_url)


def discord_login(settings: Settings, roles: DiscordRoles | None) -> DiscordLogin:
    """Return the sign-in with Discord.

    Raises:
        UsageError: a setting for it is missing.
    """
    needed = {
        "ASKWELL_DESK_DISCORD_CLIENT_ID": settings.desk_discord_client_id,
        "ASKWELL_DESK_DISCORD_CLIENT_SECRET": settings.desk_discord_client_secret,
        "ASKWELL_DISCORD_GUILD": settings.discord_guild,
        "ASKWELL_DISCORD_MENTOR_ROLE": settings.discord_mentor_role,
    }
    refuse_missing("Discord", needed)
    assert roles is not None and settings.desk_discord_client_id is not None and settings.desk_discord_client_secret is not None
    return DiscordLogin(roles, settings.desk_discord_client_id, settings.desk_discord_client_secret.get_secret_value())


def forum_login(settings: Settings) -> tuple[ForumLogin, ForumGroups]:
    """Return the sign-in with the forum, and who says which accounts there are mentors'.

    Raises:
        UsageError: a setting for it is missing.
    """
    mentor_groups = listed(settings.discourse_mentor_groups)
    refuse_missing(
        "the forum",
        {"ASKWELL_DISCOURSE_URL": settings.discourse_url, "ASKWELL_DISCOURSE_MENTOR_GROUPS": ",".join(mentor_groups)},
    )
    assert settings.discourse_url is not None and settings.desk_discourse_secret is not None
    api_key = None if settings.discourse_api_key is None else settings.discourse_api_key.get_secret_value().strip()
    groups = ForumGroups(settings.discourse_url, mentor_groups, api_key=api_key or None, api_user=settings.discourse_user)
    return ForumLogin(groups, settings.desk_discourse_secret.get_secret_value()), groups


def refuse_missing(title: str, needed: Mapping[str, object]) -> None:
    """Raise UsageError if some of the settings that go together are not there."""
    missing = [name for name, value in needed.items() if value is None or value == ""]
    if missing:
        raise UsageError(f"for signing in at the desk with {title}, set {' and '.join(missing)} too (docs/operators/desk.md)")
