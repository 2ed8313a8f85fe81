"""A form as a browser posts it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from bot.adapters.desk.entering.fence import MAX_BODY_BYTES
from knowledge.errors import UsageError

MOST_FIELDS = 1_000
MOST_UPLOAD_FIELDS = 20
UPLOAD_MB = 20
MAX_UPLOAD_BYTES = UPLOAD_MB * 1_000_000
LARGEST_NUMBER_CHARS = 10


class FormTooLarge(UsageError):
    """A form is larger than the desk reads."""


@dataclass(frozen=True)
class PostedFile:
    """A file as a browser sent it; its name is the browser's word for it."""

    name: str
    content: bytes


@dataclass(frozen=True)
class PostedForm:
    """The fields of a form, each with all its values, and its files."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, PostedFile] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a field's last value with one kind of line end, empty if it isn't there."""
        return self.fields.get(name, [""])[-1].replace("\r\n", "\n").replace("\r", "\n")

    def line(self, name: str) -> str:
        """Return a field's last value without spaces around it."""
        return self.text(name).strip()

    def numbers(self, name: str) -> list[int]:
        """Return a field's values as numbers, each once.

        Raises:
            UsageError: one is none.
        """
        return list(dict.fromkeys(number_in(each) for each in self.fields.get(name, [])))


def number_in(typed: str) -> int:
    """Read the number of a question or of a decision.

    Raises:
        UsageError: it's none.
    """
    if not typed.isascii() or not typed.isdigit() or len(typed) > LARGEST_NUMBER_CHARS:
        raise UsageError(f"{typed[:40]!r} is no number of a question or decision")
    return int(typed)


async def read_upload(request: Request) -> PostedForm:
    """Read a request's form with its files, no further than an upload may be long.

    Raises:
        FormTooLarge: it is longer; the rest of it was read and thrown away, since a browser shows an answer only after it has sent all.
        UsageError: it's no form.
    """
    body, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MAX_UPLOAD_BYTES:
            body += chunk
    if size > MAX_UPLOAD_BYTES:
        raise FormTooLarge(
            f"this file is larger than the desk takes ({UPLOAD_MB} MB): export a shorter span of dates, "
            "or use 'askwell knowledge import FILE' where the cards are, which takes 64 MB"
        )

    async def whole() -> AsyncGenerator[bytes, None]:
        yield bytes(body)

    fields: dict[str, list[str]] = {}
    files: dict[str, PostedFile] = {}
    try:
        read = await MultiPartParser(
            request.headers, whole(), max_files=1, max_fields=MOST_UPLOAD_FIELDS, max_part_size=MAX_BODY_BYTES
        ).parse()
    except (MultiPartException, KeyError, ValueError):
        raise UsageError("this form can't be read: go back, choose the file again and send it again") from None
    for name, value in read.multi_items():
        if isinstance(value, UploadFile):
            files[name] = PostedFile(value.filename or "", await value.read())
        else:
            fields.setdefault(name, []).append(value)
    await read.close()
    return PostedForm(fields, files)


async def read_form(request: Request) -> PostedForm:
    """Read a request's form, no further than a form may be long.

    Raises:
        FormTooLarge: it is longer.
        UsageError: it's no form.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise FormTooLarge("this form is larger than the desk reads (1 MB): shorten it")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise UsageError("the desk reads only its own forms")
    try:
        pairs = parse_qsl(bytes(body).decode("ascii"), keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise UsageError("this form can't be read: go back and send it again") from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return PostedForm(fields)
