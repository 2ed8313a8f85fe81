"""Discord's rules for the components of messages and forms, and a message as a person reads it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from tests.discord_stand_in.payloads import Payload
from tests.discord_stand_in.rest import Refused

ACTION_ROW, BUTTON, TEXT_INPUT, SECTION, TEXT_DISPLAY, SEPARATOR, CONTAINER, LABEL, RADIO_GROUP = 1, 2, 4, 9, 10, 14, 17, 18, 21
COMPONENTS_V2 = 1 << 15
MOST_CONTENT, MOST_TEXT, MOST_COMPONENTS, PER_ROW = 2_000, 4_000, 40, 5
LINK_STYLE = 5
# In a message of the earlier kind there are rows alone; in one of the later kind, a frame may hold all but a frame.
OUTSIDE = {ACTION_ROW, SECTION, TEXT_DISPLAY, 12, 13, SEPARATOR, CONTAINER}
EMPTY = Refused(400, 50006, "Cannot send an empty message")


def walk(components: Iterable[Payload]) -> Iterator[Payload]:
    """Yield components with all that is within them, in their order."""
    for one in components:
        yield one
        inner = [*one.get("components", []), *(one[key] for key in ("component", "accessory") if one.get(key))]
        yield from walk(inner)


def texts_of(components: Iterable[Payload]) -> list[str]:
    """Return the texts that components display."""
    return [str(one["content"]) for one in walk(components) if one["type"] == TEXT_DISPLAY]


def as_read(message: Payload) -> str:
    """Return what a person reads in a message, or in the body of a request: its text, or those of its components."""
    return "\n\n".join(filter(None, [message.get("content") or "", *texts_of(message.get("components") or [])]))


def buttons_of(message: Payload) -> list[Payload]:
    """Return the buttons of a message that do something, in their order."""
    return [one for one in walk(message["components"]) if one["type"] == BUTTON and one["style"] != LINK_STYLE]


def labels(message: Payload) -> list[str]:
    """Return the labels of these buttons."""
    return [one["label"] for one in buttons_of(message)]


def links(message: Payload) -> dict[str, str]:
    """Return the addresses of a message's links, by their labels."""
    return {one["label"]: one["url"] for one in walk(message["components"]) if one["type"] == BUTTON and one["style"] == LINK_STYLE}


def colour(message: Payload) -> int | None:
    """Return the colour of a message's frame."""
    (frame,) = [one for one in message["components"] if one["type"] == CONTAINER]
    found: int | None = frame["accent_color"]
    return found


def invalid(words: str) -> Refused:
    return Refused(400, 50035, f"Invalid Form Body: {words}")


def check_message(body: Payload, before: Payload | None = None) -> None:
    """Refuse what Discord refuses about a message's text and components, as it would be after a change of the one before.

    Source: Discord's documentation, "using message components": with IS_COMPONENTS_V2, "the content and embeds fields will no longer
    work", "you can send up to 40 total components", "the sum of all text display components" is 4000 characters; the flag "can't be
    removed from a message once it has been sent"; "you can edit a message that uses content or embeds to components by setting the flag"
    and emptying those fields.
    """
    was = before or {}
    after = {"content": "", "embeds": [], "components": []} | {key: was[key] for key in ("content", "embeds", "components") if key in was}
    after |= {key: body[key] for key in ("content", "embeds", "components") if key in body}
    later = bool(((body.get("flags") or 0) | was.get("flags", 0)) & COMPONENTS_V2)
    components = after["components"] or []
    if later and (after["content"] or after["embeds"]):
        raise invalid("content, embeds: MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2")
    if later:
        check_layout(components)
        return
    if not (after["content"] or "").strip():
        raise EMPTY
    if len(after["content"]) > MOST_CONTENT:
        raise invalid("content: Must be 2000 or fewer in length.")
    if len(components) > PER_ROW or any(one["type"] != ACTION_ROW for one in components):
        raise invalid("components: Value of field 'type' must be one of (1,), and there are 5 rows at most")
    check_components(components)


def check_layout(components: list[Payload]) -> None:
    """Refuse what Discord refuses about components of the later kind."""
    inner = [each for one in components if one["type"] == CONTAINER for each in one["components"]]
    if any(one["type"] not in OUTSIDE for one in components) or any(one["type"] not in OUTSIDE - {CONTAINER} for one in inner):
        raise invalid("components: Value of field 'type' is not one of those that may be here")
    if not components:
        raise EMPTY
    if len(list(walk(components))) > MOST_COMPONENTS:
        raise invalid("components: COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED")
    if sum(map(len, texts_of(components))) > MOST_TEXT:
        raise invalid("components: COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED")
    if not all(text.strip() for text in texts_of(components)):
        raise invalid("components: This field is required")
    check_components(components)


def check_components(components: list[Payload]) -> None:
    """Refuse what Discord refuses about buttons and fields: ids twice, rows too long, labels and addresses that are none."""
    every = list(walk(components))
    ids = [one["custom_id"] for one in every if one.get("custom_id")]
    if len(set(ids)) < len(ids) or any(len(one) > 100 for one in ids):
        raise invalid("components: Component custom id cannot be duplicated")
    if any(one["type"] == ACTION_ROW and not 1 <= len(one["components"]) <= PER_ROW for one in every):
        raise invalid("components: Must be between 1 and 5 in length.")
    for button in (one for one in every if one["type"] == BUTTON):
        is_link = button["style"] == LINK_STYLE
        if is_link != bool(button.get("url")) or is_link == bool(button.get("custom_id")):
            raise invalid("components: A custom id and url cannot both be specified, and one is needed")
        if is_link and (not button["url"].startswith(("http://", "https://", "discord://")) or len(button["url"]) > 512):
            raise invalid("components: Scheme must be one of ('http', 'https', 'discord'), and the address 512 characters long at most")
        if len(button.get("label") or "") > 80:
            raise invalid("components: label: Must be 80 or fewer in length.")


def numbered(components: Any) -> Any:
    """Return components as Discord gives them back, each with a number of its own.

    Source: Discord's API, "components reference", `id`: "generated by the API, sequentially, if it isn't given".
    """
    numbers = itertools.count(1)

    def one(component: Payload) -> Payload:
        given = {"id": component.get("id") or next(numbers)} | component
        if "components" in component:
            given["components"] = [one(each) for each in component["components"]]
        return given

    return [one(each) for each in components or []]
