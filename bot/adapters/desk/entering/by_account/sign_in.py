"""Signing in with an account: the browser is sent to the platform, comes back, and is let in if the account is a mentor's."""

from __future__ import annotations

import asyncio
import logging

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.entering.by_account.login_ways import TRY_LASTS, NoMentor
from bot.adapters.desk.entering.entrance import TOO_OFTEN, address_of, let_in, name_by
from bot.adapters.desk.entering.entrance_page import entrance, step_in
from bot.adapters.desk.entering.return_paths import entrance_before, safe_path
from knowledge.errors import AskwellError, LedgerUnavailable, PlatformError

log = logging.getLogger(__name__)

NO_TRY = "This sign-in was begun in another browser, was finished already, or took longer than ten minutes: begin again from here."
NO_LEDGER = "The ledger is away, which says under which name you decide: try again in a moment."
NOT_FOUND = "There is no such way to sign in here."


async def begin_sign_in(request: Request) -> Response:
    """Send the browser to the platform; only from the desk's own pages, so that no other site begins it."""
    desk: Desk = request.app.state.desk
    platform, to = str(request.path_params["platform"]), safe_path(request.query_params.get("to", ""))
    way = desk.logins.ways.get(platform)
    if way is None:
        return entrance(desk, 404, words=NOT_FOUND)
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return RedirectResponse(entrance_before(to), 303)
    if not desk.attempts.may_try(address_of(request), desk.now()):
        return entrance(desk, 429, words=TOO_OFTEN)
    tried, cookie = desk.logins.begin(platform, to, desk.now())
    response = RedirectResponse(way.address(tried, back_to(desk, platform)), 303)
    # Lax: the browser comes back from another site.
    response.set_cookie(
        desk.login_cookie,
        cookie,
        max_age=int(TRY_LASTS.total_seconds()),
        path="/",
        secure=desk.is_secure,
        httponly=True,
        samesite="lax",
    )
    return response


async def finish_sign_in(request: Request) -> Response:
    """Let the browser in that comes back from the platform, if its answer is one to this browser's own try and the account a mentor's."""
    response = await finished(request)
    desk: Desk = request.app.state.desk
    response.delete_cookie(desk.login_cookie, path="/", secure=desk.is_secure, httponly=True, samesite="lax")
    return response


async def finished(request: Request) -> Response:
    """Return the answer to a browser that comes back."""
    desk: Desk = request.app.state.desk
    now, address = desk.now(), address_of(request)
    platform = str(request.path_params["platform"])
    way = desk.logins.ways.get(platform)
    if way is None:
        return entrance(desk, 404, words=NOT_FOUND)
    if not desk.attempts.may_try(address, now):
        return entrance(desk, 429, words=TOO_OFTEN)
    cookie = request.cookies.get(desk.login_cookie, "")
    tried = desk.logins.take(platform, cookie, now)
    if tried is None:
        # A browser without the cookie guesses nothing: another site's page may have sent it here.
        if cookie:
            desk.attempts.note(address, now)
        return entrance(desk, 403, words=NO_TRY)
    try:
        account = await asyncio.to_thread(way.account, request.query_params, tried, back_to(desk, platform))
        name = await asyncio.to_thread(name_by, desk, account, "")
    except LedgerUnavailable:
        return entrance(desk, 503, words=NO_LEDGER, to=tried.to)
    except PlatformError as error:
        log.warning("a sign-in at the desk failed: %s", error)
        return entrance(desk, 503, words=str(error), to=tried.to)
    except AskwellError as error:
        desk.attempts.note(address, now)
        log.warning("a sign-in with %s at the desk was refused%s", platform, ": no mentor" if isinstance(error, NoMentor) else "")
        return entrance(desk, 403, words=str(error), to=tried.to)
    # Not a redirect: the browser would count it to the other site's, and keep the cookie back.
    return let_in(request, step_in(tried.to), name, account)


def back_to(desk: Desk, platform: str) -> str:
    """Return the address to which a platform sends the browser back."""
    return f"{desk.url}/enter/{platform}/back"
