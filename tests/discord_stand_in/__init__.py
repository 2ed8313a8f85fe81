"""A small stand-in of Discord's API v10 and gateway for tests: real HTTP and a real WebSocket on loopback."""

from tests.discord_stand_in.server import StandIn

__all__ = ["StandIn"]
