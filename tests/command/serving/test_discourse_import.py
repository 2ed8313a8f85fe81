"""`askwell discourse import` as an operator runs it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.command.said import Run, refused
from tests.command.test_doctor import in_thread
from tests.discourse_stand_in import ForumStandIn
from tests.discourse_stand_in.forum_server import KEY


@pytest.mark.slow
def test_solved_topics_become_drafts_beside_the_cards_with_progress_and_only_once(run: Run, small: Path) -> None:
    forum = ForumStandIn()
    asked = asyncio.run(forum.open_topic("ada", "Who makes labels in a data set?", "Is it people or is it a program?"))
    forum.add_post(asked["topic_id"], "mia", "Labels are made by a program here, and people read them.", to=1)["accepted_answer"] = True
    with in_thread(forum):
        given = {"discourse_url": forum.url, "discourse_api_key": KEY}
        done = run("discourse", "import", "--category", "llm-course", **given)
        assert done.status == 0, done
        assert done.out == "1 solved topics: 1 new drafts; 0 imported before, 0 without an answer to use\n"
        assert f"1 of 1: topic {asked['topic_id']}, 1 drafts" in done.err
        (draft,) = (small / "drafts").glob("*.md")
        assert f"{forum.url}/t/{asked['topic_id']}" in draft.read_text(encoding="utf-8")
        assert "1 imported before" in run("discourse", "import", discourse_categories="5", **given).out
        assert "no category 'nowhere'" in refused_last(run("discourse", "import", "--category", "nowhere", **given).err)
    assert "--category" in refused(run("discourse", "import", discourse_url="https://forum.example.org", discourse_api_key="k"), 2)
    assert "ASKWELL_DISCOURSE_URL" in refused(run("discourse", "import"), 2)


def refused_last(said: str) -> str:
    return said.splitlines()[-1]
