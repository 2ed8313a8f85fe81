"""The entrance: a one-time link and a name open a session, which can be ended here and on every device."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.entering.mentor_sessions import SESSION_LASTS
from bot.adapters.desk.entering.one_time_links import LINK_LASTS
from bot.adapters.desk.posted_form import read_form
from bot.adapters.desk.showing.html_pages import rendered
from bot.adapters.desk.visiting import Visit, comes_from_here
from bot.ledger.mentors import checked_name
from knowledge.errors import UsageError

log = logging.getLogger(__name__)

CLOSED = "This link doesn't open the desk: it was used, is older than 15 minutes, or is not whole."
TOO_OFTEN = "Too many attempts failed from here: wait five minutes, then use a new link."


async def show_entrance(request: Request) -> Response:
    """Ask for the mentor's name, if the link is open; opening it does not use it up, so that no preview does."""
    desk: Desk = request.app.state.desk
    now, token = desk.now(), request.query_params.get("link", "")
    if desk.sessions.find(request.cookies.get(desk.cookie, ""), now) is not None and not token:
        return RedirectResponse("/", 303)
    if not token:
        return entrance("", "", 401)
    if not desk.attempts.may_try(address_of(request), now):
        return entrance("", TOO_OFTEN, 429)
    if not desk.links.is_open(token, now):
        desk.attempts.note(address_of(request), now)
        return entrance("", CLOSED, 403)
    return entrance(token, "", 200)


async def enter(request: Request) -> Response:
    """Use a link up and begin a session under the name that was typed."""
    desk: Desk = request.app.state.desk
    now, address = desk.now(), address_of(request)
    try:
        form = await read_form(request)
    except UsageError as error:
        return entrance("", str(error), 400)
    token = form.line("link")
    if not comes_from_here(request, desk):
        return entrance("", CLOSED, 403)
    if not desk.attempts.may_try(address, now):
        return entrance("", TOO_OFTEN, 429)
    try:
        name = checked_name(form.text("name"))
    except UsageError as error:
        return entrance(token, str(error), 400, name=form.text("name"))
    if not desk.links.use(token, now):
        desk.attempts.note(address, now)
        log.warning("somebody tried to enter the desk with a link that opens nothing")
        return entrance("", CLOSED, 403)
    desk.sessions.end(request.cookies.get(desk.cookie, ""))
    response = RedirectResponse("/", 303)
    response.set_cookie(
        desk.cookie,
        desk.sessions.begin(name, now),
        max_age=int(SESSION_LASTS.total_seconds()),
        path="/",
        secure=desk.is_secure,
        httponly=True,
        samesite="strict",
    )
    log.info("%s entered the desk", name)
    return response


def entrance(token: str, words: str, status: int, *, name: str = "") -> Response:
    """Return the entrance's page."""
    return HTMLResponse(rendered("entrance.html", link=token, words=words, name=name, minutes=LINK_LASTS.seconds // 60, typed=[]), status)


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
    return visit.page("account.html", link="", until=visit.session.until, minutes=LINK_LASTS.seconds // 60)


def make_link(visit: Visit) -> Response:
    """Show a new one-time link, on this page alone."""
    log.info("%s made a link into the desk", visit.mentor)
    return visit.page("account.html", link=visit.desk.link(), until=visit.session.until, minutes=LINK_LASTS.seconds // 60)


def address_of(request: Request) -> str:
    """Return the address that a request comes from."""
    return request.client.host if request.client else ""
