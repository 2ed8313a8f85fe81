"""The watching of the cards when it starts late, and when a refresh fails, even unexpectedly."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from knowledge.errors import KnowledgeError
from knowledge.watching import Following, signature, watch


def test_an_edit_made_while_the_service_was_opened_is_served(small: Path) -> None:
    before = signature(small)
    (small / "two" / "masks.md").write_text("edited while the model was loaded", encoding="utf-8")
    refreshed = threading.Event()
    stop = watch(small, refreshed.set, served=before, every_s=0.01)
    assert refreshed.wait(5)
    stop.set()


@pytest.mark.parametrize("error", [KnowledgeError("no card"), OSError("disk\nfull"), RuntimeError("FAISS"), ValueError("bad")])
def test_a_refresh_that_failed_is_tried_again_and_logged_once_for_each_state_of_the_folder(
    small: Path, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[int] = []
    failing = True

    def refresh() -> None:
        calls.append(1)
        if failing:
            raise error

    following = Following(refresh, frozenset(), retry_s=0.0)
    following.look(signature(small))
    assert calls == [], "the folder may still be changing"
    for _ in range(3):
        following.look(signature(small))
    assert len(calls) == 3
    assert len(caplog.records) == 1
    (small / "two" / "masks.md").write_text("another state", encoding="utf-8")
    for _ in range(3):
        following.look(signature(small))
    assert len(caplog.records) == 2
    assert all("\n" not in record.getMessage() for record in caplog.records)
    failing = False
    before = len(calls)
    for _ in range(3):
        following.look(signature(small))
    assert len(calls) == before + 1, "what is served is not refreshed again"


def test_a_refresh_that_failed_waits_before_it_is_tried_again(small: Path) -> None:
    calls: list[int] = []

    def refresh() -> None:
        calls.append(1)
        raise OSError("full")

    following = Following(refresh, frozenset(), retry_s=3600.0)
    for _ in range(5):
        following.look(signature(small))
    assert len(calls) == 1
    (small / "two" / "masks.md").write_text("a change is tried at once", encoding="utf-8")
    following.look(signature(small))
    following.look(signature(small))
    assert len(calls) == 2
