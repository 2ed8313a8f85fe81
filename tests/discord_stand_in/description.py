"""Discord's own OpenAPI description, as a check of recorded requests; and the rules that it doesn't state."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.discord_stand_in.components import MOST_CONTENT, as_read
from tests.discord_stand_in.rest import Recorded

PATH = Path(__file__).resolve().parents[3] / "shared" / "specs" / "discord-openapi.json"
# Keys that the description lacks: `nsfw` is in Discord's documentation; `tts` discord.py puts into every edit, and Discord passes over it.
LACKING = {
    "ApplicationCommandUpdateRequest": {"nsfw": {"type": "boolean"}},
    "IncomingWebhookUpdateRequestPartial": {"tts": {"const": False}},
    "MessageEditRequestPartial": {"tts": {"const": False}},
}


class Description:
    """The description, made stricter about unknown keys, and taking snowflakes as numbers too, as Discord does."""

    def __init__(self, path: Path) -> None:
        self.document = json.loads(path.read_text(encoding="utf-8"))
        schemas = self.document["components"]["schemas"]
        schemas["SnowflakeType"] = {"oneOf": [schemas["SnowflakeType"], {"type": "integer", "minimum": 0}]}
        for name, schema in schemas.items():
            if "properties" in schema and "additionalProperties" not in schema:
                schema["properties"] |= LACKING.get(name, {})
                schema["additionalProperties"] = False
        self.registry: Registry[Any] = Registry().with_resource("urn:discord", DRAFT202012.create_resource(self.document))
        self.templates = {template: pattern(template) for template in self.document["paths"]}

    def problems(self, request: Recorded) -> list[str]:
        """Return all differences of a request from the description."""
        template = self.template(request)
        if template is None:
            return [f"{request.method} {request.path}: there is no such route"]
        operation = self.document["paths"][template][request.method.lower()]
        parameters = [*operation.get("parameters", []), *self.document["paths"][template].get("parameters", [])]
        known = {one["name"] for one in parameters if one.get("in") == "query"}
        found = [f"{template}: unknown query parameter {name}" for name in request.query if name not in known]
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            return found + ([f"{template}: takes no body"] if request.body is not None else [])
        pointer = f"paths/{quote(template.replace('/', '~1'), safe='~')}/{request.method.lower()}"
        schema = {"$ref": f"urn:discord#/{pointer}/requestBody/content/application~1json/schema"}
        errors = Draft202012Validator(schema, registry=self.registry).iter_errors(request.body)
        return found + [f"{request.method} {template}: {error.json_path}: {error.message}" for error in errors]

    def template(self, request: Recorded) -> str | None:
        """Return the path as the description writes it; the one with the fewest placeholders, where several match."""
        fitting = [
            template
            for template, fits in self.templates.items()
            if fits.fullmatch(request.path) and request.method.lower() in self.document["paths"][template]
        ]
        return min(fitting, key=lambda template: template.count("{"), default=None)


def pattern(template: str) -> re.Pattern[str]:
    """Return what matches the paths of a template."""
    return re.compile("".join("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^}]+\})", template)))


@cache
def description() -> Description | None:
    """Return the description if it lies beside the project."""
    return Description(PATH) if PATH.is_file() else None


def unwritten_problems(request: Recorded) -> list[str]:
    """Check what the description doesn't: nobody is pinged but one person by name, and no text is longer than Discord takes."""
    body = request.body.get("data", request.body) if isinstance(request.body, dict) else {}
    if not isinstance(body, dict) or not is_message(body):
        return []
    where, length = f"{request.method} {request.path}", len(body.get("content") or "")
    found = [f"{where}: {length} characters"] if length > MOST_CONTENT else []
    return found + (
        [f"{where}: may ping somebody: {body.get('allowed_mentions')}"] if pings(body.get("allowed_mentions"), as_read(body)) else []
    )


def is_message(body: dict[str, Any]) -> bool:
    """Return whether a body says something: it has a text, or components but no title, which forms have."""
    return "content" in body or ("components" in body and "title" not in body)


def pings(allowed: dict[str, Any] | None, text: str) -> bool:
    """Return whether a message may notify anybody but the person that it begins with."""
    if allowed is None or allowed.get("parse") != [] or allowed.get("roles") or allowed.get("replied_user"):
        return True
    users = allowed.get("users", [])
    return bool(users) and not (len(users) == 1 and text.startswith(f"<@{users[0]}> "))
