"""The entrance: a one-time link opens a session, for the mentor whom it names or under a name of choice; and how sessions end."""

from __future__ import annotations

import asyncio
import logging

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.entering.by_account.accounts import Account, account_in
from bot.adapters.desk.entering.entrance_page import entrance, step_in
from bot.adapters.desk.entering.mentor_sessions import SESSION_LASTS
from bot.adapters.desk.entering.one_time_links import LINK_LASTS
from bot.adapters.desk.entering.return_paths import entrance_before, safe_path
from bot.adapters.desk.posted_form import read_form
from bot.adapters.desk.visiting import Visit, comes_from_here
from bot.ledger.mentors import checked_name, is_an_accounts, mentor_of_account
from knowledge.errors import LedgerUnavailable, UsageError

log = logging.getLogger(__name__)

CLOSED = "This link doesn't open the desk: it was used, is older than 15 minutes, or is not whole."
TOO_OFTEN = "Too many attempts failed from here: wait five minutes, then use a new link."
TAKEN = "'{}' is the name of a mentor who signs in with an account: sign in with that account, or choose another name."
NO_LEDGER = "The ledger is away, which says who you are: try again in a moment. The link is still good."


async def show_entrance(request: Request) -> Response:
    """Show the ways in, or the form of a link that is open; opening a link does not use it up, so that no preview does."""
    desk: Desk = request.app.state.desk
    now, token, to = desk.now(), request.query_params.get("link", ""), safe_path(request.query_params.get("to", ""))
    if not token:
        if desk.sessions.find(request.cookies.get(desk.cookie, ""), now) is not None:
            return RedirectResponse(to, 303)
        if request.headers.get("sec-fetch-site") == "cross-site" and "step" not in request.query_params:
            before = entrance_before(to)
            return step_in(f"{before}{'&' if '?' in before else '?'}step=1")
        return entrance(desk, 401, to=to)
    if not desk.attempts.may_try(address_of(request), now):
        return entrance(desk, 429, words=TOO_OFTEN)
    link = desk.links.read(token, now)
    if link is None:
        desk.attempts.note(address_of(request), now)
        return entrance(desk, 403, words=CLOSED, to=to)
    return entrance(desk, 200, link=token, account=account_in(link.words), to=to)


async def enter(request: Request) -> Response:
    """Use a link up and begin a session."""
    desk: Desk = request.app.state.desk
    now, address = desk.now(), address_of(request)
    try:
        form = await read_form(request)
    except UsageError as error:
        return entrance(desk, 400, words=str(error))
    token, to = form.line("link"), safe_path(form.line("to"))
    if not comes_from_here(request, desk):
        return entrance(desk, 403, words=CLOSED)
    if not desk.attempts.may_try(address, now):
        return entrance(desk, 429, words=TOO_OFTEN)
    link = desk.links.read(token, now)
    if link is None:
        desk.attempts.note(address, now)
        log.warning("somebody tried to enter the desk with a link that opens nothing")
        return entrance(desk, 403, words=CLOSED, to=to)
    account = account_in(link.words)
    try:
        name = await asyncio.to_thread(name_by, desk, account, form.text("name"))
    except UsageError as error:
        return entrance(desk, 400, words=str(error), link=token, name=form.text("name"), to=to)
    except LedgerUnavailable:
        return entrance(desk, 503, words=NO_LEDGER, link=token, account=account, name=form.text("name"), to=to)
    if desk.links.use(token, now) is None:
        # Another browser was faster.
        return entrance(desk, 403, words=CLOSED, to=to)
    return let_in(request, RedirectResponse(to, 303), name, account)


def name_by(desk: Desk, account: Account | None, typed: str) -> str:
    """Return the mentor's name: that of their account, or the one that was typed if it's nobody's.

    Raises:
        UsageError: it's no name, or the name of somebody with an account.
    """
    with desk.ledger.transaction() as session:
        if account is not None:
            return mentor_of_account(session, account.platform, account.platform_id, account.name, account.handle)
        name = checked_name(typed)
        if is_an_accounts(session, name):
            raise UsageError(TAKEN.format(name))
        return name


def let_in(request: Request, response: Response, name: str, account: Account | None) -> Response:
    """Begin a session, in the place of the one that this browser had, and give its cookie along."""
    desk: Desk = request.app.state.desk
    desk.sessions.end(request.cookies.get(desk.cookie, ""))
    response.set_cookie(
        desk.cookie,
        desk.sessions.begin(name, desk.now(), account),
        max_age=int(SESSION_LASTS.total_seconds()),
        path="/",
        secure=desk.is_secure,
        httponly=True,
        samesite="strict",
    )
    log.info("%s entered the desk (%s)", name, "by a link" if account is None else f"{account.platform} {account.platform_id}")
    return response


def leave(visit: Visit) -> Response:
    """End this session, or all of this mentor's sessions."""
    desk = visit.desk
    if visit.form.line("everywhere"):
        desk.sessions.end_all_of(visit.mentor)
    desk.sessions.end(visit.request.cookies.get(desk.cookie, ""))
    response = RedirectResponse("/enter", 303)
    response.delete_cookie(desk.cookie, path="/", secure=desk.is_secure, httponly=True, samesite="strict")
    return response


def show_account(visit: Visit) -> Response:
    """Show who is signed in, and how another device or mentor gets in."""
    return account_page(visit, "")


def make_link(visit: Visit) -> Response:
    """Show a new one-time link, on this page alone; who has an account makes it for that account, so that nobody lends their name."""
    log.info("%s made a link into the desk", visit.mentor)
    return account_page(visit, visit.desk.link(visit.session.account))


def account_page(visit: Visit, link: str) -> Response:
    """Return the page of the mentor who is signed in."""
    session = visit.session
    return visit.page("account.html", link=link, until=session.until, minutes=LINK_LASTS.seconds // 60, account=session.account)


def address_of(request: Request) -> str:
    """Return the address that a request comes from."""
    return request.client.host if request.client else ""
