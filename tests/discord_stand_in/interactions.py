"""Interactions: commands used, buttons clicked and forms filled in by the learner, and what the bot makes of their tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from tests.discord_stand_in import payloads
from tests.discord_stand_in.channels import UNKNOWN_MESSAGE, Channels
from tests.discord_stand_in.components import (
    COMPONENTS_V2,
    RADIO_GROUP,
    TEXT_INPUT,
    as_read,
    buttons_of,
    check_components,
    check_message,
    invalid,
    numbered,
)
from tests.discord_stand_in.gateway import Gateway
from tests.discord_stand_in.payloads import EPHEMERAL, GENERAL, LEARNER, ME, Payload
from tests.discord_stand_in.rest import Answered, Refused, reply

MESSAGE, THINKING, CHOICES, MODAL = 4, 5, 8, 9
SUBMITTED = 5
LOADING = 1 << 7


class Interactions:
    """Every interaction so far, by id, and the message that was shown for each token."""

    def __init__(self, channels: Channels, gateway: Gateway) -> None:
        self.channels = channels
        self.gateway = gateway
        self.interactions: dict[str, Payload] = {}
        self.acknowledged: dict[str, str] = {}
        self.forms: dict[str, Payload] = {}
        self.offered: dict[str, list[Payload]] = {}
        self.expired: set[str] = set()

    def routes(self) -> list[tuple[str, str, Answered]]:
        webhook = "/webhooks/{application}/{token}"
        return [
            ("POST", "/interactions/{interaction}/{token}/callback", self.post_callback),
            ("POST", webhook, self.post_follow_up),
            ("PATCH", f"{webhook}/messages/{{message}}", self.patch_message),
            ("DELETE", f"{webhook}/messages/{{message}}", self.delete_message),
        ]

    # What the learner does.

    async def use_ask(self, question: str, *, channel: str = GENERAL) -> Payload:
        """Use `/ask`; return the interaction."""
        option = {"type": 3, "name": "question", "value": question}
        return await self.happen(2, {"id": "1200000000000000001", "name": "ask", "type": 1, "options": [option]}, channel)

    async def use(self, command: str, *, channel: str = GENERAL, typing: bool = False, **options: Any) -> Payload:
        """Use a command, or begin to type its option; return the interaction."""
        kinds = {str: 3, bool: 5}
        given = [
            {"type": kinds[type(value)], "name": name, "value": value} | ({"focused": True} if typing else {})
            for name, value in options.items()
        ]
        what = {"id": "1200000000000000001", "name": command, "type": 1, "options": given}
        return await self.happen(4 if typing else 2, what, channel)

    async def use_on(self, command: str, message: Payload, **who: Any) -> Payload:
        """Use a command of a message's menu; return the interaction."""
        resolved = {"messages": {message["id"]: message}}
        what = {"id": "1200000000000000002", "name": command, "type": 3, "target_id": message["id"], "resolved": resolved}
        return await self.happen(2, what, message["channel_id"], **who)

    async def click(self, message: Payload, label: str, **who: Any) -> Payload:
        """Click the button with a label under a message; return the interaction."""
        (button,) = [one for one in buttons_of(message) if one.get("label") == label]
        clicked = {"custom_id": button["custom_id"], "component_type": 2}
        return await self.happen(3, clicked, message["channel_id"], message=message, **who)

    async def choose(self, message: Payload, custom_id: str, values: Sequence[str], **who: Any) -> Payload:
        """Pick values in the select below a message; return the interaction."""
        picked = {"custom_id": custom_id, "component_type": 3, "values": list(values)}
        return await self.happen(3, picked, message["channel_id"], message=message, **who)

    async def fill_in(self, opened: Payload, *texts: str, picked: Sequence[str] | None = None, **who: Any) -> Payload:
        """Send the form that an interaction opened, with texts in its fields in their order.

        A choice in it keeps what is chosen beforehand, or gets what is `picked`.
        """
        form, left = self.forms[opened["id"]], list(texts)
        sent = []
        for number, label in enumerate(form["components"]):
            field = label["component"]
            typed: Payload = {"type": field["type"], "custom_id": field["custom_id"], "id": 100 + number}
            if field["type"] == TEXT_INPUT:
                typed["value"] = left.pop(0) if left else field.get("value", "")
            else:
                offered = [each["value"] for each in field["options"]]
                chosen = [each["value"] for each in field["options"] if each.get("default")] if picked is None else list(picked)
                assert set(chosen) <= set(offered), f"the form offers {offered}"
                # Source: Discord's API, "radio group": its value is one, or null; that of a select is a list.
                typed |= {"value": next(iter(chosen), None)} if field["type"] == RADIO_GROUP else {"values": chosen}
            sent.append({"type": 18, "id": number + 1, "component": typed})
        assert not left, f"the form has no field for {left}"
        what = {"custom_id": form["custom_id"], "components": sent}
        return await self.happen(5, what, opened["channel_id"], message=opened["message"], **who)

    async def happen(
        self,
        kind: int,
        what: Payload,
        channel: str,
        *,
        by: str = LEARNER,
        roles: Sequence[str] = (),
        name: str = "ada",
        nick: str | None = None,
        **more: Any,
    ) -> Payload:
        """Let an interaction reach the bot."""
        used = payloads.interaction(kind, what, self.channels.place(channel), payloads.user(by, name), **more)
        used["member"] |= {"roles": list(roles), "nick": nick}
        self.interactions[used["id"]] = used
        await self.gateway.dispatch("INTERACTION_CREATE", used)
        return used

    def whispered(self, interaction: Payload) -> list[str]:
        """Return what only who clicked sees of the answer to an interaction, in its order; nothing as long as it is thinking."""
        return [
            as_read(one)
            for one in self.channels.messages.values()
            if one.get("token") == interaction["token"] and one["flags"] & EPHEMERAL and not one["flags"] & LOADING
        ]

    # How the bot's requests are taken.

    async def post_callback(self, request: web.Request, body: Any) -> web.Response:
        interaction = self.interactions.get(request.match_info["interaction"])
        if interaction is None or interaction["token"] != request.match_info["token"]:
            raise Refused(404, 10062, "Unknown interaction")
        token = interaction["token"]
        if token in self.acknowledged:
            raise Refused(400, 40060, "Interaction has already been acknowledged.")
        given = body.get("data") or {}
        shown = {"id": interaction["id"], "type": interaction["type"]}
        if body["type"] == CHOICES:
            self.offered[interaction["id"]] = given["choices"]
            self.acknowledged[token] = ""
            return reply(200, {"interaction": shown})
        if body["type"] == MODAL:
            # Source: Discord's documentation, "receiving and responding", callback types: no form answers a form.
            if interaction["type"] == SUBMITTED:
                raise Refused(400, 50035, "Invalid Form Body: type: Value must be one of {4, 5, 6, 7, 10, 12}.")
            check_components(given["components"])
            self.forms[interaction["id"]] = given
            self.acknowledged[token] = ""
            return reply(200, {"interaction": shown})
        if body["type"] == MESSAGE:
            check_message(given)
        flags = (given.get("flags") or 0) | (LOADING if body["type"] == THINKING else 0)
        text = given.get("content") or ""
        message = payloads.message(interaction["channel_id"], payloads.me(), text, type=20, flags=flags, webhook_id=ME, token=token)
        message["components"] = numbered(given.get("components"))
        self.channels.messages[message["id"]] = message
        self.acknowledged[token] = message["id"]
        shown |= {"response_message_id": message["id"], "response_message_loading": body["type"] == THINKING}
        return reply(200, {"interaction": shown, "resource": {"type": body["type"], "message": message}})

    async def post_follow_up(self, request: web.Request, body: Any) -> web.Response:
        channel = self.original(request)["channel_id"]
        # Source: Discord's API, "execute webhook", `with_components`: components are ignored without it.
        if (body.get("flags") or 0) & COMPONENTS_V2 and request.query.get("with_components") != "1":
            raise invalid("components: with_components is needed")
        return reply(200, await self.channels.write(channel, body, webhook_id=ME, token=request.match_info["token"]))

    async def patch_message(self, request: web.Request, body: Any) -> web.Response:
        message = self.channels.change(self.reached(request), body)
        message["flags"] &= ~LOADING
        return reply(200, message)

    async def delete_message(self, request: web.Request, body: Any) -> web.Response:
        del self.channels.messages[self.reached(request)["id"]]
        return reply(204)

    def reached(self, request: web.Request) -> Payload:
        """Return the message of a token that a request names."""
        original = self.original(request)
        if request.match_info["message"] == "@original":
            return original
        message = self.channels.messages.get(request.match_info["message"])
        if message is None or message.get("token") != request.match_info["token"]:
            raise UNKNOWN_MESSAGE
        return message

    def original(self, request: web.Request) -> Payload:
        """Return the message that was shown for an interaction's token."""
        token = request.match_info["token"]
        if token in self.expired:
            raise Refused(401, 50027, "Invalid Webhook Token")
        if token not in self.acknowledged:
            raise Refused(404, 10015, "Unknown Webhook")
        return self.channels.messages[self.acknowledged[token]]
