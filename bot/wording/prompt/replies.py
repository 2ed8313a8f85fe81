"""Replies that should be JSON of a certain form, read tolerantly: in a fence, with words around it, or with Python's quotes."""

from __future__ import annotations

import ast
import json
import re
from typing import Any, TypeVar

from pydantic import BaseModel

from knowledge.errors import PlatformError

Form = TypeVar("Form", bound=BaseModel)

_OBJECT = re.compile(r"\{.*\}", re.DOTALL)


def read_reply(text: str, form: type[Form]) -> Form:
    """Read the one JSON object of a reply; half an object is none.

    No error has words of the reply, since a learner's may be among them, and errors are logged.

    Raises:
        PlatformError: there is no such object, or it has another form.
    """
    found = _OBJECT.search(text)
    if found is None:
        raise PlatformError(f"the model's reply has not the form that was asked for: it has no JSON object in {len(text)} characters")
    for read in (json.loads, ast.literal_eval):
        try:
            return form.model_validate(read(found.group()))
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            continue
    wanted = " and ".join(repr(name) for name in form.model_fields)
    raise PlatformError(f"the model's reply has not the form that was asked for: its JSON can't be read, or has other values than {wanted}")


def schema_of(form: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema of a form; no other key is allowed, as servers with strict schemas want it."""
    return {**form.model_json_schema(), "additionalProperties": False}
