"""Discourse's own OpenAPI description: recorded requests and answers are checked against it, and answers are completed from it."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

PATH = Path(__file__).resolve().parents[3] / "shared" / "specs" / "discourse-openapi.json"
Payload = dict[str, Any]
DEFAULTS: Payload = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": [], "object": {}, "null": None}
# What the description lacks or has otherwise, by what decides instead.
# Discourse's PostsController#create takes `whisper`, #update takes `original_text` (409 where the post has changed).
LACKING_IN_BODIES: dict[tuple[str, str], Payload] = {
    ("POST", "/posts.json"): {"whisper": {"type": "boolean"}},
    ("PUT", "/posts/{id}.json"): {"post": {"original_text": {"type": "string"}}},
}
# Discourse's TopicsController#show and #posts take `include_raw`; the description has `post_ids[]` as a body of a GET.
LACKING_IN_QUERIES = {
    ("GET", "/t/{id}.json"): {"include_raw"},
    ("GET", "/t/{id}/posts.json"): {"include_raw", "post_ids[]"},
    ("GET", "/c/{slug}/{id}.json"): {"page"},
}
# `raw` comes with `include_raw`; the solved plugin adds `accepted_answer` to posts and `has_accepted_answer` to topics.
LACKING_IN_ANSWERS: Payload = {
    "raw": {"type": "string"},
    "accepted_answer": {"type": "boolean"},
    "has_accepted_answer": {"type": "boolean"},
}


@dataclass(frozen=True)
class Exchanged:
    """One request as it came in, and its answer."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int
    answer: Any


class ForumDescription:
    """The description, with what it lacks, and a post's number in a topic as the number that it is."""

    def __init__(self, path: Path) -> None:
        self.document = json.loads(path.read_text(encoding="utf-8"))
        self.templates = {
            template: re.compile(
                "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^}]+\})", template))
            )
            for template in self.document["paths"]
        }
        self._answers: dict[tuple[str, str], Payload | None] = {}

    def operation(self, method: str, path: str) -> tuple[str, Payload] | None:
        fitting = [
            template
            for template, fits in self.templates.items()
            if fits.fullmatch(path) and method.lower() in self.document["paths"][template]
        ]
        template = min(fitting, key=lambda each: each.count("{"), default=None)
        return None if template is None else (template, self.document["paths"][template][method.lower()])

    def answer_schema(self, method: str, path: str) -> Payload | None:
        found = self.operation(method, path)
        if found is None:
            return None
        template, operation = found
        if (method, template) not in self._answers:
            given = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema")
            self._answers[method, template] = None if given is None else adapted(deepcopy(given))
        return self._answers[method, template]

    def problems(self, one: Exchanged) -> list[str]:
        """Return all differences of a request and its answer from the description."""
        found = self.operation(one.method, one.path)
        if found is None:
            return [f"{one.method} {one.path}: there is no such call"]
        template, operation = found
        where = f"{one.method} {template}"
        known = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
        known |= LACKING_IN_QUERIES.get((one.method, template), set())
        wrong = [f"{where}: unknown query parameter {name}" for name in one.query if name not in known]
        wrong += self._problems_of_body(one, template, operation)
        schema = self.answer_schema(one.method, one.path)
        if one.status == 200 and schema is not None:
            errors = Draft202012Validator(schema).iter_errors(one.answer)
            wrong += [f"{where} answers: {error.json_path}: {error.message[:200]}" for error in errors]
        return wrong

    def _problems_of_body(self, one: Exchanged, template: str, operation: Payload) -> list[str]:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None or one.method == "GET":
            return [] if one.body is None else [f"{one.method} {template}: takes no body"]
        schema = deepcopy(content["schema"])
        for name, given in LACKING_IN_BODIES.get((one.method, template), {}).items():
            if "type" in given:
                schema["properties"][name] = given
            else:
                schema["properties"][name]["properties"] |= given
                schema["properties"][name]["additionalProperties"] = False
        errors = Draft202012Validator(schema).iter_errors(one.body)
        return [f"{one.method} {template}: {error.json_path}: {error.message}" for error in errors]


def adapted(schema: Payload) -> Payload:
    """Let a schema have what it lacks, wherever it describes a post or a topic."""
    properties = schema.get("properties", {})
    if "post_number" in properties or "has_summary" in properties:
        properties |= {name: each for name, each in LACKING_IN_ANSWERS.items() if name not in properties}
    if "reply_to_post_number" in properties:
        properties["reply_to_post_number"] = {"type": ["integer", "null"]}
    if "tags" in properties and "title" in properties:
        properties["tags"] = {"type": "array"}
    for each in properties.values():
        adapted(each)
    if isinstance(schema.get("items"), dict):
        adapted(schema["items"])
    return schema


def completed(schema: Payload | None, given: Any) -> Any:
    """Return an answer with all that a schema requires of it, and without what it doesn't know."""
    if schema is None:
        return given
    if isinstance(given, list):
        return [completed(schema.get("items"), each) for each in given]
    if not isinstance(given, dict) or "properties" not in schema:
        return given
    properties: Payload = schema["properties"]
    kept = {name: completed(properties[name], value) for name, value in given.items() if name in properties}
    return {name: default_of(properties[name]) for name in schema.get("required", []) if name not in kept} | kept


def default_of(schema: Payload) -> Any:
    kind = schema.get("type", "null")
    if isinstance(kind, list):
        return None if "null" in kind else DEFAULTS[kind[0]]
    return completed(schema, {}) if kind == "object" else deepcopy(DEFAULTS[kind])


@cache
def forum_description() -> ForumDescription | None:
    """Return the description if it lies beside the project."""
    return ForumDescription(PATH) if PATH.is_file() else None
