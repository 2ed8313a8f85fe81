"""Discord channels, exported as text or CSV by DiscordChatExporter, which name who speaks and when, and nothing else of them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Set
from contextlib import suppress

from knowledge.importing.discord_export import Attachment, Author, Channel, Export, Message, Role, thread_of
from knowledge.importing.posts import ExportedThread

# Source: PlainTextMessageWriter and CsvMessageWriter of DiscordChatExporter.
RULE = "=" * 62
CSV_HEAD = ("AuthorID", "Author", "Date", "Content", "Attachments", "Reactions")
HEAD = re.compile(r"^\[(?P<date>[^\]\n]{6,40})\] (?P<author>[^\n]{1,64}?)(?: \(pinned\))?$", re.M)
CHANNEL = re.compile(r"^Channel: (?:.* / )?(?P<name>.+)$", re.M)
# Attachments and the like follow a message's text, under one of these.
BELOW = re.compile(r"^\{(?:Attachments|Embed|Stickers|Reactions|Forwarded Message)\}$", re.M)
ATTACHED = re.compile(r"^\{Attachments\}\n(?P<files>(?:\S+\n?)+)", re.M)
DATES = ("%d-%b-%y %I:%M %p", "%m/%d/%Y %I:%M %p", "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")


def looks_like(text: str) -> bool:
    """Return whether a text is such an export."""
    first = text.lstrip("\ufeff\n ").partition("\n")[0].strip()
    return (first == RULE and CHANNEL.search(text[:2000]) is not None) or tuple(first.replace('"', "").split(",")) == CSV_HEAD


def read(text: str, ordinary: Set[str]) -> ExportedThread:
    """Read an export; `ordinary` are the words that are no names."""
    if text.lstrip("\ufeff\n ").startswith(RULE):
        name = CHANNEL.search(text[:2000])
        channel = Channel(name=name["name"].strip() if name else None)
        return thread_of(Export(messages=list(of_text(text)), channel=channel), ordinary, "Discord export as text")
    return thread_of(Export(messages=list(of_csv(text))), ordinary, "Discord export as CSV")


def of_text(text: str) -> Iterator[Message]:
    """Yield the messages of a text export."""
    _, _, body = text.partition(RULE)[2].partition(RULE)
    body = re.sub(rf"\n{RULE}\nExported [\d,. ]+ message.*\Z", "", body.replace("\r\n", "\n"), flags=re.DOTALL)
    heads = list(HEAD.finditer(body))
    time = FIRST
    for number, head in enumerate(heads, start=1):
        said = body[head.end() : heads[number].start() if number < len(heads) else len(body)]
        own = BELOW.split(said, maxsplit=1)[0].strip()
        attached = ATTACHED.search(said)
        files = attached["files"].split() if attached else []
        time = max(time, moment(head["date"]) or time)
        yield message(number, (head["author"], head["author"]), time, own, files)


def of_csv(text: str) -> Iterator[Message]:
    """Yield the messages of a CSV export."""
    time = FIRST
    for number, row in enumerate(csv.DictReader(io.StringIO(text.lstrip("\ufeff\n "))), start=1):
        time = max(time, moment(row.get("Date") or "") or time)
        files = [each for each in (row.get("Attachments") or "").split(",") if each]
        author = row.get("Author") or "somebody"
        yield message(number, (row.get("AuthorID") or author, author), time, row.get("Content") or "", files)


FIRST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def moment(typed: str) -> dt.datetime | None:
    """Return a date in one of the forms that exports have; None for any other, whose message then keeps its place."""
    with suppress(ValueError):
        # .NET writes seven figures behind the second.
        return dt.datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", typed)).replace(tzinfo=dt.UTC)
    for form in DATES:
        with suppress(ValueError):
            return dt.datetime.strptime(typed, form).replace(tzinfo=dt.UTC)
    return None


def message(number: int, author: tuple[str, str], time: dt.datetime, content: str, files: list[str]) -> Message:
    """Return a message of an author, by key and name; whoever calls themselves a mentor is one, since these exports have no roles."""
    key, name = author[0], re.sub(r"#\d{4}$", "", author[1].strip())
    attachments = [Attachment(fileName=each.rsplit("/", 1)[-1].partition("?")[0]) for each in files]
    return Message(
        id=str(number), timestamp=time, content=content, author=Author(id=key, name=name, roles=[Role(name=name)]), attachments=attachments
    )
