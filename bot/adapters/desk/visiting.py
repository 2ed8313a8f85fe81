"""A mentor's visit to a page: signed in, with a form of this very session; what goes wrong becomes a clear page."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.entering.by_account.role_checks import still_may_enter
from bot.adapters.desk.entering.entrance_page import entrance
from bot.adapters.desk.entering.mentor_sessions import MentorSession
from bot.adapters.desk.entering.return_paths import entrance_before
from bot.adapters.desk.posted_form import FormTooLarge, PostedForm, read_form, read_upload
from bot.adapters.desk.showing.html_pages import rendered
from knowledge.errors import AskwellError, LedgerUnavailable, Refused, UsageError

log = logging.getLogger(__name__)

STATUSES: tuple[tuple[type[AskwellError], HTTPStatus], ...] = (
    (FormTooLarge, HTTPStatus.CONTENT_TOO_LARGE if hasattr(HTTPStatus, "CONTENT_TOO_LARGE") else HTTPStatus(413)),
    (UsageError, HTTPStatus.BAD_REQUEST),
    (Refused, HTTPStatus.CONFLICT),
    (LedgerUnavailable, HTTPStatus.SERVICE_UNAVAILABLE),
)
ENDED = "Your session has ended, and nothing was carried out. What you typed is below: copy it, then enter by a new link."
HEADINGS = {
    HTTPStatus.BAD_REQUEST: "That can't be done",
    HTTPStatus.NOT_FOUND: "There is no such page",
    HTTPStatus.CONFLICT: "Not as things are now",
    HTTPStatus.SERVICE_UNAVAILABLE: "The ledger is away",
}

ADVICE = {
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "Nothing that was decided before is lost, and nothing of this page was carried out. Questions that learners ask meanwhile are kept "
        "and come into the queue. Wait a minute and open the page again; if the ledger stays away, tell whoever runs Askwell here."
    )
}


@dataclass(frozen=True)
class Visit:
    """One request of a mentor who is signed in."""

    desk: Desk
    request: Request
    session: MentorSession
    now: dt.datetime
    form: PostedForm = field(default_factory=PostedForm)

    @property
    def mentor(self) -> str:
        """Return the mentor's name."""
        return self.session.mentor

    @property
    def source(self) -> str:
        """Return where decisions of this visit are made, as the ledger keeps it: a name of choice is told from an account's."""
        return "desk by link" if self.session.account is None else "desk"

    @property
    def number(self) -> int:
        """Return the number in the page's address."""
        return int(self.request.path_params["number"])

    def asked(self, name: str) -> str:
        """Return a parameter of the address, empty if it isn't there."""
        return str(self.request.query_params.get(name, "")).strip()

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """Return a page."""
        shared = {
            "mentor": self.mentor,
            "csrf": self.session.csrf,
            "form_id": secrets.token_urlsafe(12),
            "told": self.session.take_told(),
            "now": self.now,
            "path": self.request.url.path,
        }
        return HTMLResponse(rendered(template, **shared, **values), status)

    def fragment(self, template: str, **values: Any) -> Response:
        """Return a piece of a page, for a script that puts it in its place."""
        return HTMLResponse(rendered(template, now=self.now, csrf=self.session.csrf, **values))

    def to(self, path: str) -> Response:
        """Send the browser on to a page of the desk."""
        return RedirectResponse(path, 303)


Handler = Callable[[Visit], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


def visited(handler: Handler, *, takes_file: bool = False) -> Endpoint:
    """Return the endpoint of a page that only mentors see; the handler may block."""

    async def endpoint(request: Request) -> Response:
        desk: Desk = request.app.state.desk
        now = desk.now()
        session = desk.sessions.find(request.cookies.get(desk.cookie, ""), now)
        if session is None or not await asyncio.to_thread(still_may_enter, desk, session, now):
            return await led_out(request, desk)
        visit = Visit(desk, request, session, now)
        try:
            if request.method == "POST":
                form = await (read_upload if takes_file else read_form)(request)
                visit = Visit(desk, request, session, now, form)
                if not comes_from_here(request, desk) or not session.is_csrf(form.text("csrf")):
                    return wrong(
                        visit, HTTPStatus.FORBIDDEN, "This form is not from a page of your session: open the page again and repeat it."
                    )
            return await asyncio.to_thread(handle, handler, visit)
        except AskwellError as error:
            return wrong(visit, status_of(error), str(error))

    return endpoint


async def led_out(request: Request, desk: Desk) -> Response:
    """Send a browser without a session to the entrance, which leads on to the page that it asked for.

    What a mentor had typed before theirs ended is shown there once more.
    """
    form = PostedForm()
    if request.method == "POST" and comes_from_here(request, desk):
        with contextlib.suppress(UsageError):
            form = await read_form(request)
    typed = typed_in(form)
    if not typed:
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(entrance_before(asked) if request.method == "GET" else "/enter", 303)
    return entrance(desk, 401, words=ENDED, typed=typed)


def typed_in(form: PostedForm) -> list[str]:
    """Return what a mentor typed into a form."""
    return [form.text(name) for name in ("text", "reason", "pasted") if form.line(name)]


def handle(handler: Handler, visit: Visit) -> Response:
    """Carry a visit out; a form that was sent before does nothing more, and one that was refused may be sent again."""
    form_id = visit.form.line("form_id")
    if visit.request.method == "POST" and not visit.session.takes_form(form_id):
        return wrong(visit, HTTPStatus.CONFLICT, "You sent this form already, and it was carried out once: go back to the queue.")
    is_done = False
    try:
        answered = handler(visit)
        is_done = True
        return answered
    finally:
        if not is_done:
            visit.session.gives_back_form(form_id)


def comes_from_here(request: Request, desk: Desk) -> bool:
    """Return whether a browser says that a form comes from the desk's own pages; old browsers say nothing."""
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
    try:
        return urlsplit(origin).netloc in {request.headers.get("host", ""), urlsplit(desk.url).netloc}
    except ValueError:
        return False


def status_of(error: AskwellError) -> HTTPStatus:
    """Return the status of the page that shows an error."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)


def wrong(visit: Visit, status: HTTPStatus, words: str) -> Response:
    """Return the page that says what is wrong and what to do; what was typed is on it, so that nothing is lost."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("%s", words)
    heading = HEADINGS.get(status, "That can't be done")
    return visit.page("wrong.html", status=status, heading=heading, words=words, typed=typed_in(visit.form), advice=ADVICE.get(status, ""))
