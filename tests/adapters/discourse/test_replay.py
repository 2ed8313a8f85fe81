"""A thread of a course's first week as a topic: it's answered where it should be, and the page in the docs shows that thread."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.ledger.database import Ledger
from bot.service import Service
from bot.settings import PROJECT
from tests.adapters.discourse.replay import replay, thread

PAGE = PROJECT / "docs" / "learners" / "a-forum-topic.md"


@pytest.mark.slow
async def test_a_thread_is_answered_where_it_asks_and_not_where_people_answer(service: Service, ledger: Ledger, tmp_path: Path) -> None:
    done = await replay(Service(service.library, ledger), ledger, tmp_path)
    wanted = thread()["posts"]
    assert [answer is not None for _, answer in done.answers] == ["answered" in post for post in wanted]
    for post, (_, answer) in zip(wanted, done.answers, strict=True):
        if answer is not None:
            shown = answer["raw"]
            titles = [service.library.base.cards[slug].title for slug in post["answered"]["cards"]]
            assert any(title in shown for title in titles), shown
            assert all(words in shown for words in post["answered"]["says"]), shown
            said = shown.partition("[/quote]")[2].partition("\n---\n")[0]
            assert len(said.split()) <= 150
    assert done.feedback == [("up", "")]


def test_the_page_of_the_docs_shows_every_post_of_that_thread() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [post["raw"] for post in thread()["posts"] if f"```markdown\n{post['raw']}\n```" not in page] == []
    assert page.count("**askwell**") == sum("answered" in post for post in thread()["posts"])
