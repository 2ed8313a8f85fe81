"""`/desk` gives a mentor, and nobody else, a link that lets in them alone; and an account decides under its own name here too."""

from __future__ import annotations

import copy
import datetime as dt
import re
from pathlib import Path
from typing import Any

from bot.adapters.desk.entering.by_account.accounts import account_in
from bot.adapters.desk.entering.one_time_links import LINK_LASTS, OneTimeLinks, make_key
from bot.adapters.discord.clicking.desk_links import NO_DESK
from bot.adapters.discord.review_channel.clicking_mentor import ONLY_MENTORS
from bot.ledger.database import Ledger
from bot.review.by_button import CLAIMED
from tests.adapters.discord.test_mentors_loop import asked
from tests.adapters.discord.test_review_channel import CHOSEN, EVE, GRACE, handed_over, on_board, told
from tests.discord_stand_in import StandIn
from tests.discord_stand_in.client import in_discord
from tests.discord_stand_in.payloads import GENERAL

URL = "https://desk.example.org"
WHAT: dict[str, Any] = {"id": "1200000000000000003", "name": "desk", "type": 1, "options": []}


async def told_by_desk(discord: StandIn, **who: Any) -> str:
    return await told(discord, await discord.people.happen(2, WHAT, GENERAL, **who))


async def test_a_mentor_gets_a_link_that_names_them_and_others_get_none(ledger: Ledger, tmp_path: Path) -> None:
    links = OneTimeLinks(make_key(tmp_path))
    async with in_discord(handed_over(ledger), **CHOSEN, home=tmp_path, desk_url=URL) as discord:
        assert await told_by_desk(discord, **EVE) == ONLY_MENTORS
        said = await told_by_desk(discord, **GRACE)
        other = await told_by_desk(discord, **GRACE)
    found = re.search(rf"<{URL}/enter\?link=([\w-]+)>", said)
    assert found is not None
    now = dt.datetime.now(dt.UTC)
    link = links.use(found[1], now)
    assert link is not None and link.until <= now + LINK_LASTS
    account = account_in(link.words)
    assert account is not None
    assert (account.platform, account.platform_id, account.name, account.handle) == ("discord", "5", "Grace", "grace")
    assert links.use(found[1], now) is None
    assert found[1] not in other


async def test_where_no_desk_was_started_a_mentor_is_told_so(ledger: Ledger, tmp_path: Path) -> None:
    async with in_discord(handed_over(ledger), **CHOSEN, home=tmp_path, desk_url=URL) as discord:
        assert await told_by_desk(discord, **GRACE) == NO_DESK


async def test_a_mentor_with_anothers_display_name_decides_under_a_name_of_their_own(ledger: Ledger) -> None:
    async with in_discord(handed_over(ledger), **CHOSEN) as discord:
        await asked(discord, ledger)
        # As it was shown first: the stand-in changes its message in place.
        waiting = copy.deepcopy(await on_board(discord))
        for _ in range(2):
            assert await told(discord, await discord.click(waiting, "Claim", **GRACE)) == CLAIMED
        refused = await told(discord, await discord.click(waiting, "Claim", **GRACE | {"by": "7"}))
    assert "claimed by Grace until" in refused
