"""The entrance's page: the ways in, for whoever isn't signed in."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import HTMLResponse, Response

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.entering.by_account.accounts import TITLES, Account
from bot.adapters.desk.entering.one_time_links import LINK_LASTS
from bot.adapters.desk.showing.html_pages import rendered


def entrance(
    desk: Desk,
    status: int,
    *,
    words: str = "",
    link: str = "",
    account: Account | None = None,
    name: str = "",
    to: str = "/",
    typed: Sequence[str] = (),
) -> Response:
    """Return the entrance: with an open link its form, for the mentor of an account or a name of choice; otherwise the ways in."""
    page = rendered(
        "entrance.html",
        link=link,
        account=account,
        words=words,
        name=name,
        to=to,
        minutes=LINK_LASTS.seconds // 60,
        typed=typed,
        ways={platform: TITLES.get(platform, platform) for platform in desk.logins.ways},
        in_discord="discord" in desk.logins.checks,
    )
    return HTMLResponse(page, status)


def step_in(to: str) -> HTMLResponse:
    """Return a page that leads on to another by itself.

    The step makes the next request come from the desk's own page, so that browsers send the session's cookie along, which they keep back
    (SameSite=Strict) from an address that another site's page named.
    """
    return HTMLResponse(rendered("step.html", to=to))
