"""The desk's addresses in OpenAPI: every page and form, the pieces that its script asks for, and the pages for machines."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.adapters.desk.pages.queue_filters import KINDS

Json = dict[str, Any]
Pages = Mapping[str, Callable[..., Any]]

HTML, PLAIN, JSON, CSV = "text/html", "text/plain", "application/json", "text/csv"
URL_ENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
TEXT: Json = {"type": "string"}
NUMBER: Json = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
NUMBERS: Json = {"type": "array", "items": NUMBER}
FILTER: dict[str, Json] = {
    "kind": {"type": "string", "enum": ["", *KINDS]},
    "platform": TEXT,
    "card": TEXT,
    "mine": {"type": "string", "enum": ["", "1"]},
    "text": TEXT,
    "group": TEXT,
}
# What an address's parameters and a form's fields are; a page that isn't named has none.
ASKED: dict[str, dict[str, Json]] = {
    "/": FILTER | {"most": NUMBER},
    "/next": FILTER | {"besides": NUMBER},
    "/questions/{number}": FILTER,
    "/knowledge": {"text": TEXT},
    "/knowledge/map": {"card": TEXT},
    "/gather": {"questions": TEXT},
    "/log": {"before": NUMBER, "mentor": TEXT},
    "/enter": {"link": TEXT, "to": TEXT},
    "/enter/{platform}": {"to": TEXT},
    "/enter/{platform}/back": {"state": TEXT, "code": TEXT, "error": TEXT, "sso": TEXT, "sig": TEXT},
}
CARRIED = {f"filter_{name}": schema for name, schema in FILTER.items()}
DECISIONS = ["confirm", "correct", "card", "answer", "decline", "withdraw", "second_opinion"]
DECISION: dict[str, Json] = {
    "decision": {"type": "string", "enum": DECISIONS},
    "text": TEXT,
    "reason": TEXT,
    "card": TEXT,
    "as_of": NUMBER,
}
CARD: dict[str, Json] = {"slug": TEXT, "title": TEXT, "group": TEXT, "card": TEXT}
FIELDS: dict[str, dict[str, Json]] = {
    "/decide": DECISION | {"ticked": NUMBERS} | CARRIED,
    "/questions/{number}/decide": DECISION | {"seen": TEXT, "also": NUMBERS} | CARRIED,
    "/questions/{number}/claim": {"release": {"type": "string", "enum": ["", "1"]}} | CARRIED,
    "/questions/{number}/promote": {"wanted": TEXT, "kind": TEXT, "slug": TEXT, "text": TEXT, "title": TEXT, "group": TEXT, "facts": TEXT},
    "/drafts/{draft}": {"action": {"type": "string", "enum": ["check", "apply", "discard", "overwrite"]}, "text": TEXT, "over": TEXT},
    "/gather": {"ticked": NUMBERS},
    "/gather/card": {"ticked": NUMBERS, "as_of": NUMBER, "text": TEXT, "kind": {"type": "string", "enum": ["new", "amend"]}} | CARD,
    "/import": {"thread": {"type": "string", "format": "binary"}, "pasted": TEXT},
    "/import/{name}": {"action": {"type": "string", "enum": ["adopt", "merge", "discard"]}, "wording": NUMBERS, "answer": NUMBERS} | CARD,
    "/knowledge/{slug}/read": {"due": TEXT},
    "/preview": {"text": TEXT},
    "/try": {"text": TEXT, "way": {"type": "string", "enum": ["cards", "model"]}},
    "/leave": {"everywhere": {"type": "string", "enum": ["", "1"]}},
    "/enter": {"link": TEXT, "name": TEXT, "to": TEXT},
}
KINDS_OF_PARAMETERS: dict[str, Json] = {"number": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}}
READY: Json = {
    "type": "object",
    "required": ["ready", "parts"],
    "properties": {
        "ready": {"type": "boolean"},
        "why": {"type": "string", "description": "why not, if it isn't"},
        "parts": {"type": "object", "additionalProperties": {"type": "boolean"}},
    },
}
MEANINGS = {
    200: "The page.",
    204: "What was asked about is gone.",
    303: "Another page follows: the entrance for who isn't signed in, after a form the page that shows what was done.",
    400: "What was asked for can't be read or done; the page says why.",
    401: "Nobody is signed in: the entrance, with what was typed.",
    403: "The form isn't of this session, or whoever asks may not enter.",
    404: "There is no such page, question, card or draft.",
    409: "Not as things are now: somebody was faster, or the form was sent before.",
    410: "The draft is gone; what was typed is on the page.",
    413: "More than the desk reads.",
    421: "The desk isn't served under this name.",
    429: "Too many attempts failed from this address.",
    503: "The ledger or the platform is away.",
}


def description(shown: Pages, posted: Pages, uploaded: Pages, url: str, cookie: str) -> Json:
    """Return the description of a desk at an address, with the pages and the forms that it has."""
    paths: dict[str, Json] = {}
    for path, handler in shown.items():
        codes = [200, 303, 400, 404, 409, 410, 503]
        kind = CSV if path.endswith(".csv") else HTML
        paths.setdefault(plain(path), {})["get"] = operation(path, said_by(handler), codes, kind, asked=ASKED.get(plain(path), {}))
        if path.endswith("/progress"):
            paths[plain(path)]["get"]["responses"]["204"] = {"description": MEANINGS[204]}
    for form, forms in ((URL_ENCODED, posted), (MULTIPART, uploaded)):
        for path, handler in forms.items():
            codes = [200, 303, 400, 401, 403, 404, 409, 410, 503]
            fields = {"csrf": TEXT, "form_id": TEXT} | FIELDS.get(plain(path), {})
            made = operation(path, said_by(handler), codes, HTML, fields=fields, needed=["csrf"], form=form)
            paths.setdefault(plain(path), {})["post"] = made
    for path, each in entrance().items():
        paths.setdefault(path, {}).update(each)
    paths |= for_machines()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Askwell's desk",
            "version": "1",
            "description": "Pages and forms need a session, whose cookie the entrance gives; each form needs its token, `csrf`.",
        },
        "servers": [{"url": url}],
        "paths": paths,
        "components": {"securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": cookie}}},
    }


def entrance() -> dict[str, Json]:
    """Return the addresses of the entrance, which need no session."""

    def page(path: str, summary: str, codes: Sequence[int]) -> Json:
        return operation(path, summary, codes, HTML, asked=ASKED[path], open_to_all=True)

    way, back, fields = "/enter/{platform}", "/enter/{platform}/back", FIELDS["/enter"]
    sent = operation("/enter", "Use a link up", [303, 400, 403, 429, 503], HTML, fields=fields, needed=["link"], open_to_all=True)
    return {
        "/enter": {"get": page("/enter", "Show the ways in", [200, 303, 401, 403, 429]), "post": sent},
        way: {"get": page(way, "Sign in with an account", [303, 404, 429])},
        back: {"get": page(back, "Come back from the platform", [200, 403, 404, 429, 503])},
    }


def for_machines() -> dict[str, Json]:
    """Return the pages for machines: they need no session, and hold counts, never a text."""

    def page(summary: str, kind: str, schema: Json, codes: Sequence[int] = (200,)) -> Json:
        responses = {str(code): {"description": summary, "content": {kind: {"schema": schema}}} for code in codes}
        return {"get": {"summary": summary, "responses": responses | of_the_fence(host=False), "security": []}}

    return {
        "/healthz": page("Whether the process answers", PLAIN, TEXT),
        "/readyz": page("Whether mentors can be served now", JSON, READY, [200, 503]),
        "/metrics": page("Figures in Prometheus's text format", PLAIN, TEXT),
        "/openapi.json": {
            "get": {
                "summary": "This description",
                "responses": {"200": {"description": "OpenAPI 3.1", "content": {JSON: {"schema": {"type": "object"}}}}} | of_the_fence(),
                "security": [],
            }
        },
    }


def operation(
    path: str,
    summary: str,
    codes: Sequence[int],
    kind: str,
    *,
    asked: Mapping[str, Json] | None = None,
    fields: Mapping[str, Json] | None = None,
    needed: Sequence[str] = (),
    form: str = URL_ENCODED,
    open_to_all: bool = False,
) -> Json:
    """Return one operation; every page of an error is HTML."""
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": KINDS_OF_PARAMETERS.get(name, TEXT)}
        for name in re.findall(r"{(\w+)", path)
    ]
    parameters += [{"name": name, "in": "query", "schema": schema} for name, schema in (asked or {}).items()]
    made: Json = {
        "summary": summary,
        "parameters": parameters,
        "responses": {
            str(code): {"description": MEANINGS[code]}
            | ({} if code == 303 else {"content": {kind if code == 200 else HTML: {"schema": TEXT}}})
            for code in codes
        }
        | of_the_fence(),
        "security": [] if open_to_all else [{"session": []}],
    }
    if fields:
        schema = {"type": "object", "properties": dict(fields), "required": list(needed)}
        made["requestBody"] = {"required": True, "content": {form: {"schema": schema}}}
        # A form that doesn't say how long it is gets a page; one that says it's too long gets a line.
        made["responses"]["413"]["content"][HTML] = {"schema": TEXT}
    return made


def of_the_fence(*, host: bool = True) -> dict[str, Json]:
    """Return what is answered before any page is asked."""
    codes = [413, 421] if host else [413]
    return {str(code): {"description": MEANINGS[code], "content": {PLAIN: {"schema": TEXT}}} for code in codes}


def said_by(handler: Callable[..., Any]) -> str:
    """Return a page's own first words, as its function's docstring has them."""
    return (inspect.getdoc(handler) or "").partition("\n")[0].rstrip(".")


def plain(path: str) -> str:
    """Return a route's path as OpenAPI writes it.

    >>> plain("/questions/{number:int}/decide")
    '/questions/{number}/decide'
    """
    return re.sub(r"{(\w+):\w+}", r"{\1}", path)
