"""A delivery's key is the same for the same message, review and kind, and differs for any other."""

from __future__ import annotations

from bot.review.outbox.delivery_rows import DeliveryKind, delivery_key


def test_keys_are_the_same_for_the_same_and_fit_a_nonce() -> None:
    keys = {
        delivery_key("discord", str(message), review, kind) for message in range(20) for review in (None, 1, 2) for kind in DeliveryKind
    }
    assert len(keys) == 20 * 3 * 3
    assert set(map(len, keys)) == {25}
    assert delivery_key("discord", "1", None, "post") == delivery_key("discord", "1", None, DeliveryKind.POST)
