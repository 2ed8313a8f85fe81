"""The settings, read from the environment and `.env`, each with the prefix ASKWELL_; secrets also from files."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from knowledge.errors import UsageError

PROJECT = Path(__file__).resolve().parent.parent
PREFIX = "askwell_"
ENV_FILE = Path(".env")
# Secrets, each of which may be in a file that NAME_FILE names, as Docker and Kubernetes hand them over.
BY_FILE = (
    "discord_token",
    "discourse_api_key",
    "discourse_webhook_secret",
    "database_url",
    "model_api_key",
    "judge_api_key",
    "export_key",
    "desk_discord_client_secret",
    "desk_discourse_secret",
)
MOST_OF_A_SECRET = 10_000
# Ids of Discord, with commas between.
IDS = r"^[0-9]{1,20}(\s*,\s*[0-9]{1,20})*$"
# Names a file of settings that others hand over one by one, as Compose does: only its names are looked at.
CHECKED_FILE = "CHECKED_ENV_FILE"
# It warns of lines that it skips, and `refuse_broken_lines` refuses them, with the right number.
logging.getLogger("dotenv.main").setLevel(logging.ERROR)


class Settings(BaseSettings):
    """Every setting, its default and its meaning; `.env.example` shows them to people."""

    model_config = SettingsConfigDict(
        env_prefix="ASKWELL_", env_file=".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True
    )

    home: Path = Field(Path(".askwell"), description="Where state lives: the index, the SQLite ledger, health files.")
    knowledge_dir: Path = Field(PROJECT / "knowledge", description="The folder of cards.")
    database_url: str | None = Field(None, description="The ledger, as an SQLAlchemy URL; SQLite in the home by default.")
    embedding_model: str | None = Field(None, description="A folder or a hub name; the packaged all-MiniLM-L6-v2 by default.")
    model: str | None = Field(None, description="The model that composes answers, as PROVIDER:NAME; none by default.")
    model_base_url: str | None = Field(None, description="The model's server; the provider's own by default.")
    model_api_key: SecretStr | None = Field(None, description="The key for the model's server.")
    model_timeout_s: float = Field(
        30, gt=0, le=600, description="The time for each call to a model (an answer takes up to three), retries included."
    )
    model_retries: int = Field(2, ge=0, le=10, description="Further attempts where the server was busy or away for a moment.")
    model_at_once: int = Field(2, ge=1, description="Answers that are composed at the same time; beyond these, curated answers stay.")
    model_context: int = Field(4096, ge=1024, description="Tokens that the model reads and writes at most.")
    judge: str | None = Field(None, description="The model that judges drafts once it has passed the exam; the one in `model` by default.")
    judge_base_url: str | None = Field(None, description="The judge's server; the model's own if both are of one provider.")
    judge_api_key: SecretStr | None = Field(None, description="The key for the judge's server.")
    export_key: SecretStr | None = Field(None, description="The key of the hashes in an export; by default one made in the home.")
    keep_days: int = Field(365, ge=1, le=36_500, description="For how many days questions are kept.")
    help_countries: str = Field("", description="Countries whose lines of help are named to who may be in danger, by code: 'gb, ie'.")
    quiet_hours: str | None = Field(
        None, description="The hours in which learners are told nothing, as '22:00-07:00 Europe/Berlin'; answers come at any hour."
    )
    hints_first: bool = Field(False, description="Whether a question that looks like graded work gets a hint before its answer.")
    mentors_named: str | None = Field(None, description="The mentors whose names learners read below what they wrote, with commas between.")
    discord_token: SecretStr | None = Field(None, description="The Discord bot's token.")
    discord_guild: int | None = Field(None, description="A server's id: there /ask is registered at once; otherwise globally.")
    discord_read_threads: bool = Field(False, description="Whether a follow-up in a thread that Askwell opened needs no mention.")
    discord_forums: str | None = Field(None, pattern=IDS, description="Forum channels' ids, with commas: posts there need no mention.")
    discord_channels: str | None = Field(
        None, pattern=IDS, description="Ids of channels or categories, with commas: Askwell answers there alone; everywhere by default."
    )
    discord_asking_roles: str | None = Field(None, pattern=IDS, description="Ids of the roles that may ask, with commas; all by default.")
    discord_questions_per_hour: int = Field(
        0, ge=0, le=1_000, description="How many questions of one person are answered within an hour; 0 for all of them."
    )
    discord_review_channel: int | None = Field(None, description="The channel's id in which mentors decide.")
    discord_mentor_role: int | None = Field(None, description="The role's id that may decide in the review channel.")
    discord_digest_hour: Annotated[int, Field(ge=0, le=23)] | Literal["off"] = Field(
        8, description="The hour, in UTC, at which the review channel gets the day's figures; `off` for never."
    )
    discord_look_back_hours: float = Field(24, ge=0, le=336, description="How far back questions asked while away are looked for.")
    discord_api_url: str | None = Field(None, description="A REST proxy or a compatible server; Discord's own API by default.")
    discord_gateway_url: str | None = Field(None, description="A compatible gateway; Discord's own by default.")
    discourse_url: str | None = Field(None, description="The forum's address, such as https://forum.example.org.")
    discourse_api_key: SecretStr | None = Field(None, description="The forum's API key for the user that answers.")
    discourse_user: str = Field("askwell", description="The name of the user that answers on the forum.")
    discourse_categories: str = Field("", description="The categories whose new topics are answered: slugs or ids, with commas.")
    discourse_tags: str = Field("", description="The tags whose new topics are answered, with commas.")
    discourse_wait_min: float = Field(15, ge=0, le=10_080, description="How many minutes people have to answer a new topic first.")
    discourse_webhook_address: str | None = Field(None, description="Where webhooks are received, as HOST:PORT; without it, none are.")
    discourse_webhook_secret: SecretStr | None = Field(None, description="The secret with which the forum signs its webhooks.")
    discourse_poll_s: float = Field(60, ge=5, le=86_400, description="How often the forum is asked for its newest posts.")
    discourse_mentor_groups: str = Field("", description="The groups whose members decide on the forum, with commas.")
    discourse_review_category: str | None = Field(None, description="The category in which posts decide: a slug or an id.")
    log_format: Literal["text", "json"] = Field("text", description="The form of the log's lines of a process that serves learners.")
    status_address: str | None = Field(
        "127.0.0.1:9464", description="Where such a process serves /healthz, /readyz and /metrics, as HOST:PORT; `off` for nowhere."
    )
    desk_address: str = Field("127.0.0.1:8765", description="Where the mentors' web page listens, as HOST:PORT.")
    desk_url: str | None = Field(
        None,
        pattern=r"^https?://[^/\s?#@]+/?$",
        description="The desk's address as mentors reach it, behind a proxy; by default http://HOST:PORT.",
    )
    desk_discord_client_id: int | None = Field(None, description="The Discord application's id, by which mentors sign in at the desk.")
    desk_discord_client_secret: SecretStr | None = Field(None, description="That application's OAuth2 client secret.")
    desk_discourse_secret: SecretStr | None = Field(
        None, description="The forum's DiscourseConnect provider secret, by which mentors sign in at the desk."
    )
    desk_proxies: str = Field("", description="The proxies before the desk whose word on a browser's address counts, with commas.")
    backups_kept: int = Field(14, ge=1, le=3_650, description="How many daily backups `askwell backup --daily` keeps.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read secrets from the files that are named for them, too."""
        del file_secret_settings
        given = {**named_in(dotenv_settings), **named_in(env_settings)}
        return init_settings, env_settings, dotenv_settings, SecretFiles(settings_cls, given)

    @property
    def forums(self) -> list[int]:
        """Return the forum channels whose posts are answered."""
        return numbers_in(self.discord_forums)

    @property
    def index_dir(self) -> Path:
        """Return where the published index lives."""
        return self.home / "index"

    @property
    def ledger_url(self) -> str:
        """Return the ledger's SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{(self.home / 'ledger.sqlite3').absolute().as_posix()}"


def listed(value: str | None) -> list[str]:
    """Return the entries of a setting that has commas between them.

    >>> listed("Ada Lovelace, Grace Hopper,")
    ['Ada Lovelace', 'Grace Hopper']
    """
    return [entry.strip() for entry in (value or "").split(",") if entry.strip()]


def numbers_in(value: str | None) -> list[int]:
    """Return the ids in a setting that has commas between them."""
    return [int(each) for each in listed(value)]


class SecretFiles(PydanticBaseSettingsSource):
    """The secrets whose files are named by NAME_FILE in the environment or `.env`.

    Raises:
        UsageError: a file can't be read, or the secret is set in both ways.
    """

    def __init__(self, settings_cls: type[BaseSettings], given: Mapping[str, str]) -> None:
        super().__init__(settings_cls)
        self.given = given

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Read one secret."""
        del field
        name = f"{PREFIX}{field_name}"
        path = self.given.get(f"{name}_file")
        if field_name not in BY_FILE or not path:
            return None, field_name, False
        if self.given.get(name):
            raise UsageError(f"{name.upper()} and {name.upper()}_FILE are both set: remove one")
        return read_secret(f"{name.upper()}_FILE", Path(path)), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Read all of them."""
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


def read_secret(name: str, path: Path) -> str:
    """Return what a file holds, without the line end that editors leave.

    Raises:
        UsageError: it can't be read, is empty, or is no secret.
    """
    try:
        with path.open(encoding="utf-8") as file:
            secret = file.read(MOST_OF_A_SECRET).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{name} names {path}, which can't be read: {getattr(error, 'strerror', None) or 'no text in UTF-8'}") from None
    if not secret or "\n" in secret:
        raise UsageError(f"{name} names {path}, which {'has several lines' if secret else 'is empty'}: it has to hold the secret alone")
    return secret


def named_in(source: PydanticBaseSettingsSource) -> dict[str, str]:
    """Return the names and values that a source has, names in lower case."""
    variables = source.env_vars if isinstance(source, EnvSettingsSource) else {}
    return {name: value for name, value in variables.items() if value}


def read_settings() -> Settings:
    """Read the settings.

    Raises:
        UsageError: a setting has a value that can't be used, or a line of `.env` is broken.
    """
    try:
        refuse_broken_lines(ENV_FILE)
        return Settings()
    except ValidationError as error:
        raise UsageError("; ".join(map(refusal, error.errors()))) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the file .env can't be read: {error}") from None


def refusal(detail: ErrorDetails) -> str:
    """Return which setting can't be used, and why; a secret isn't shown."""
    name = "ASKWELL_" + "_".join(str(part) for part in detail["loc"]).upper()
    secret = any(word in name.lower() for word in ("token", "key", "secret", "database"))
    shown = "" if secret else f" (it is {str(detail['input'])[:60]!r})"
    return f"{name} in the environment or .env: {detail['msg'].lower()}{shown}"


def refuse_broken_lines(path: Path) -> None:
    """Raise UsageError if a file of settings, or a line of it, would be skipped in silence; the line may be a secret and isn't shown."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder, and no setting is read from it: remove it, and put the settings into a file of that name")
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as file:
        for binding in parse_stream(file):
            # What was read begins with the empty lines before it.
            number = binding.original.line + len(binding.original.string) - len(binding.original.string.lstrip("\n"))
            if binding.error:
                raise UsageError(f"{path} line {number} can't be read: a line is NAME=value, and a quote that opens has to close")
            if binding.key is not None and binding.value is None:
                raise UsageError(f"{path} line {number} has no '=': a line is NAME=value, and a comment begins with #")


def unknown_settings() -> list[str]:
    """Return a line for each name in the environment or `.env` that has the prefix and is no setting, with the nearest setting."""
    known = {f"{PREFIX}{name}" for name in Settings.model_fields} | {f"{PREFIX}{name}_file" for name in BY_FILE}
    try:
        given = {*EnvSettingsSource(Settings).env_vars, *DotEnvSettingsSource(Settings).env_vars}
    except (OSError, UnicodeDecodeError):
        # `read_settings` reports this.
        return []
    given |= names_in_checked_file()
    return [
        f"{name.upper()} is no setting{nearest(name, known)}" for name in sorted(given) if name.startswith(PREFIX) and name not in known
    ]


def names_in_checked_file() -> set[str]:
    """Return the names, in lower case, in the file of settings that is handed over one by one; none if it can't be read."""
    path = os.environ.get(CHECKED_FILE, "")
    try:
        return {name.lower() for name in dotenv_values(path, interpolate=False)} if path and Path(path).is_file() else set()
    except (OSError, UnicodeDecodeError):
        return set()


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a question that names the setting most like a name, or nothing if none is."""
    return next((f": did you mean {each.upper()}?" for each in get_close_matches(name, known, n=1, cutoff=0.75)), "")
