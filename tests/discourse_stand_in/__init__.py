"""A small stand-in of a Discourse forum for tests: its API over real HTTP on loopback, its people, and its webhooks."""

from tests.discourse_stand_in.forum_server import ForumStandIn

__all__ = ["ForumStandIn"]
