"""The settings, read from the environment and `.env`, each with the prefix ASKWELL_."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, SettingsConfigDict

from knowledge.errors import UsageError

PROJECT = Path(__file__).resolve().parent.parent


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
    hints_first: bool = Field(False, description="Whether a question that looks like graded work gets a hint before its answer.")
    discord_token: SecretStr | None = Field(None, description="The Discord bot's token.")
    discord_guild: int | None = Field(None, description="A server's id: there /ask is registered at once; otherwise globally.")
    discord_read_threads: bool = Field(False, description="Whether a follow-up in a thread that Askwell opened needs no mention.")
    discord_api_url: str | None = Field(None, description="A REST proxy or a compatible server; Discord's own API by default.")
    discord_gateway_url: str | None = Field(None, description="A compatible gateway; Discord's own by default.")

    @property
    def index_dir(self) -> Path:
        """Return where the published index lives."""
        return self.home / "index"

    @property
    def ledger_url(self) -> str:
        """Return the ledger's SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{(self.home / 'ledger.sqlite3').resolve().as_posix()}"


def read_settings() -> Settings:
    """Read the settings.

    Raises:
        UsageError: a setting has a value that can't be used.
    """
    try:
        return Settings()
    except ValidationError as error:
        detail = error.errors()[0]
        name = "ASKWELL_" + "_".join(str(part) for part in detail["loc"]).upper()
        shown = "" if "token" in name.lower() or "key" in name.lower() else f" (it is {str(detail['input'])[:60]!r})"
        raise UsageError(f"{name} in the environment or .env: {detail['msg'].lower()}{shown}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the file .env can't be read: {error}") from None


def unknown_settings() -> list[str]:
    """Return a line for each name in the environment or `.env` that has the prefix and is no setting, with the nearest setting."""
    known = {f"askwell_{name}" for name in Settings.model_fields}
    try:
        given = {*EnvSettingsSource(Settings).env_vars, *DotEnvSettingsSource(Settings).env_vars}
    except (OSError, UnicodeDecodeError):
        # `read_settings` reports this.
        return []
    return [
        f"{name.upper()} is no setting{nearest(name, known)}" for name in sorted(given) if name.startswith("askwell_") and name not in known
    ]


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a question that names the setting most like a name, or nothing if none is."""
    return next((f": did you mean {each.upper()}?" for each in get_close_matches(name, known, n=1, cutoff=0.75)), "")
