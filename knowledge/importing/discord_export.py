"""Discord channels, exported as JSON by DiscordChatExporter."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import Any

from pydantic import AwareDatetime, BaseModel

from knowledge.importing.people import is_mentor, labels, veil
from knowledge.importing.posts import Dropped, ExportedThread, Person, Post, pieces, readable

# Messages of one author no further apart than this are one post.
STITCH_MINUTES = 7
SPOKEN = frozenset({"Default", "Reply", "ThreadStarterMessage", "0", "19", "21"})
MENTIONED = re.compile(r"<@!?(\d+)>")
CODES = re.compile(r"<(?:@[!&]?|t:)[\d:A-Za-z]+>[ \t]*|<a?:\w+:\d+>")


class Role(BaseModel):
    """A role of the server, by its name."""

    name: str = ""


class Author(BaseModel):
    """Who wrote a message, or is mentioned in one."""

    id: str
    name: str = ""
    nickname: str | None = None
    isBot: bool = False  # noqa: N815 (the export's own key)
    roles: list[Role] = []

    @property
    def person(self) -> Person:
        """Return who speaks."""
        names = tuple(dict.fromkeys(name for name in (self.nickname, self.name) if name))
        return Person(self.id, names, is_mentor(*(role.name for role in self.roles)))


class Attachment(BaseModel):
    """A file that hangs on a message."""

    fileName: str = "a file"  # noqa: N815 (the export's own key)


class Forwarded(BaseModel):
    """The message that another one passes on.

    Source: JsonMessageWriter of DiscordChatExporter; Discord leaves its author out.
    """

    content: str = ""
    attachments: list[Attachment] = []


class Reference(BaseModel):
    """The message that a reply is to."""

    messageId: str | None = None  # noqa: N815 (the export's own key)


class Message(BaseModel):
    """The keys of a message that say who speaks, to whom, when, and what."""

    id: str
    timestamp: AwareDatetime
    content: str = ""
    author: Author
    type: str = "Default"
    attachments: list[Attachment] = []
    mentions: list[Author] = []
    reference: Reference | None = None
    forwardedMessage: Forwarded | None = None  # noqa: N815 (the export's own key)

    @property
    def said(self) -> str:
        """Return what the message says, of itself and by what it forwards."""
        return "\n".join(text for text in (self.content, self.forwardedMessage.content if self.forwardedMessage else "") if text)

    @property
    def files(self) -> list[Attachment]:
        """Return the files that hang on the message, or on what it forwards."""
        return [*self.attachments, *(self.forwardedMessage.attachments if self.forwardedMessage else ())]

    @property
    def unfit(self) -> str | None:
        """Return why no person wrote the message, None if one did."""
        if self.author.isBot:
            return "message of a bot"
        return None if self.type in SPOKEN else "note of the platform"

    @property
    def answers(self) -> str | None:
        """Return the id of the message that this one is a reply to."""
        return self.reference.messageId if self.reference else None

    @property
    def to(self) -> frozenset[str]:
        """Return the ids of the people whom the message mentions."""
        return frozenset((*(each.id for each in self.mentions), *MENTIONED.findall(self.content)))


class Channel(BaseModel):
    """A channel's or forum thread's name."""

    name: str | None = None
    type: str = ""


class Export(BaseModel):
    """The keys of an export that are read here."""

    messages: list[Message]
    channel: Channel = Channel()


@dataclass
class Stitched:
    """Messages of one author that were sent in one breath."""

    messages: list[Message] = field(default_factory=list)


def looks_like(payload: object) -> bool:
    """Return whether a JSON value is an export of DiscordChatExporter."""
    return isinstance(payload, dict) and isinstance(payload.get("messages"), list) and ("channel" in payload or "guild" in payload)


def read(payload: dict[str, Any], ordinary: Set[str]) -> ExportedThread:
    """Read an export; `ordinary` are the words that are no names."""
    return thread_of(Export.model_validate(payload), ordinary, "Discord export")


def thread_of(export: Export, ordinary: Set[str], kind: str) -> ExportedThread:
    """Return an export as a thread; a message that is in it twice counts once."""
    once = {each.id: each for each in export.messages}.values()
    messages = sorted(once, key=lambda each: (each.timestamp.timestamp(), len(each.id), each.id))
    unfit = [(number, each) for number, each in enumerate(messages, start=1) if each.unfit]
    dropped = [Dropped(number, each.unfit or "", "(not shown)") for number, each in unfit]
    spoken = [each for each in messages if not each.unfit]
    people = [each.author.person for each in spoken]
    named = labels(people)
    people += [mentioned.person for each in spoken for mentioned in each.mentions if mentioned.id in named]
    hidden = veil(people, named, ordinary)
    place = {each.id: number for number, each in enumerate(messages, start=1)}
    number_of: dict[str, int] = {}
    posts: list[Post] = []
    for stitched in breaths(spoken):
        first = stitched.messages[0]
        number = place[first.id]
        number_of |= {each.id: number for each in stitched.messages}
        lines, quotes = own_words(without_others(stitched))
        dropped += [Dropped(number, "quote", hidden.over(quote)) for quote in quotes]
        text = hidden.over(lines).strip()
        addressed = frozenset(named[key] for each in stitched.messages for key in each.to if key in named)
        posts.append(
            Post(number, text, named[first.author.id], first.author.person.mentor, number_of.get(first.answers or ""), addressed=addressed)
        )
    title = export.channel.name if "thread" in export.channel.type.lower() else None
    title = hidden.over(readable(title)) if title else None
    return ExportedThread(kind, title, tuple(posts), tuple(sorted(dropped, key=lambda each: each.post)))


def breaths(messages: list[Message]) -> Iterator[Stitched]:
    """Yield the messages in runs of one author with short gaps; a reply or mention of somebody else begins a new run."""
    run = Stitched()
    for each in messages:
        if run.messages:
            last = run.messages[-1]
            gap = each.timestamp - last.timestamp
            own = each.answers is None or each.answers in {message.id for message in run.messages}
            elsewhere = not own or (each.to and each.to != last.to)
            if each.author.id != last.author.id or gap > dt.timedelta(minutes=STITCH_MINUTES) or elsewhere:
                yield run
                run = Stitched()
        run.messages.append(each)
    if run.messages:
        yield run


def without_others(run: Stitched) -> str:
    """Return the text of a run without mentions and emoji, with a place for each attachment."""
    lines = []
    for each in run.messages:
        text = readable(each.said)
        for mentioned in each.mentions:
            for name in mentioned.person.names:
                text = re.sub(rf"@{re.escape(name)}(?!\w)[,:]?[ \t]*", "", text)
        lines.append(CODES.sub("", text))
        lines += [f"<attachment: say in words what {attached.fileName} shows>" for attached in each.files]
    return "\n".join(lines)


def own_words(text: str) -> tuple[str, list[str]]:
    """Part an author's own lines from those quoted with `> `."""
    own: list[str] = []
    quotes: list[str] = []
    for code, piece in pieces(text):
        if not code and piece.startswith((">>> ", "> ")):
            quotes.append(piece.lstrip("> "))
        else:
            own.append(piece)
    return "\n".join(own), quotes
