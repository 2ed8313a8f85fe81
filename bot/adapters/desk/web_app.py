"""The desk as a web application: its addresses, and what a browser gets where something is wrong."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.adapters.desk.api_description import description
from bot.adapters.desk.curating import gather_page, import_page, map_page, undo_change_page
from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.entering.by_account.sign_in import begin_sign_in, finish_sign_in
from bot.adapters.desk.entering.entrance import enter, leave, make_link, show_account, show_entrance
from bot.adapters.desk.entering.fence import STATUS_PATHS, Fence
from bot.adapters.desk.pages import card_pages, decision_forms, insight_page, log_page, promotion_page, question_page, queue_page, try_page
from bot.adapters.desk.showing.html_pages import rendered
from bot.adapters.desk.visiting import Handler, visited
from bot.background.status_page import page as status_page

STATIC = Path(__file__).parent / "static"
# Names under which a browser on this machine reaches a desk on loopback.
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})

SHOWN: dict[str, Handler] = {
    "/": queue_page.show_queue,
    "/next": queue_page.go_to_next,
    "/questions/{number:int}": question_page.show_question,
    "/questions/{number:int}/promote": promotion_page.show_proposals,
    "/drafts/{draft}": promotion_page.show_draft,
    "/drafts/{draft}/progress": promotion_page.show_progress,
    "/gather": gather_page.show_gathered,
    "/promotions/{number:int}": undo_change_page.show_change,
    "/import": import_page.show_import,
    "/import/progress": import_page.show_import_progress,
    "/import/{name}": import_page.show_imported,
    "/knowledge": card_pages.show_cards,
    "/knowledge/map": map_page.show_map,
    "/knowledge/{slug}/commits/{commit}": map_page.show_commit,
    "/knowledge/{slug}": card_pages.show_card,
    "/try": try_page.show_trial,
    "/insight": insight_page.show_insight,
    "/insight/{chart}.csv": insight_page.show_figures,
    "/log": log_page.show_log,
    "/account": show_account,
}
POSTED: dict[str, Handler] = {
    "/decide": decision_forms.decide_on_ticked,
    "/questions/{number:int}/decide": decision_forms.decide_on_question,
    "/questions/{number:int}/claim": decision_forms.claim_question,
    "/questions/{number:int}/promote": promotion_page.begin_promotion,
    "/decisions/{number:int}/undo": decision_forms.undo_decision,
    "/drafts/{draft}": promotion_page.work_on_draft,
    "/gather": gather_page.gather_ticked,
    "/gather/card": gather_page.make_one_card,
    "/promotions/{number:int}/undo": undo_change_page.undo_change,
    "/import/{name}": import_page.work_on_imported,
    "/preview": promotion_page.show_preview,
    "/knowledge/{slug}/read": map_page.note_read_again,
    "/knowledge/{slug}/edit": card_pages.begin_edit,
    "/knowledge/{slug}/confirm": card_pages.confirm_wording,
    "/try": try_page.try_question,
    "/account/link": make_link,
    "/leave": leave,
}
# Forms with a file.
UPLOADED: dict[str, Handler] = {"/import": import_page.begin_import}


def web_app(desk: Desk, *, host: str = "127.0.0.1") -> Fence:
    """Return the application over a desk that listens on `host`."""
    routes = [
        *(Route(path, visited(handler), methods=["GET"]) for path, handler in SHOWN.items()),
        *(Route(path, visited(handler), methods=["POST"]) for path, handler in POSTED.items()),
        *(Route(path, visited(handler, takes_file=True), methods=["POST"]) for path, handler in UPLOADED.items()),
        Route("/enter", show_entrance, methods=["GET"]),
        Route("/enter", enter, methods=["POST"]),
        Route("/enter/{platform}", begin_sign_in, methods=["GET"]),
        Route("/enter/{platform}/back", finish_sign_in, methods=["GET"]),
        *(Route(path, show_status, methods=["GET"]) for path in sorted(STATUS_PATHS)),
        Route("/openapi.json", show_description, methods=["GET"]),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    hosts = LOCAL | {host.lower(), (urlsplit(desk.url).hostname or "").lower()} - {""}
    app = Starlette(routes=routes, exception_handlers={HTTPException: show_http_error, Exception: show_fault})
    app.state.desk = desk
    # Outermost, so that the page of a fault has its headers too.
    return Fence(app, hosts, over_tls=desk.is_secure)


async def show_status(request: Request) -> Response:
    """Return the process's health, readiness or figures."""
    desk: Desk = request.app.state.desk
    reply = await asyncio.to_thread(status_page, desk.measures, request.url.path)
    return Response(reply.body, reply.status, media_type=reply.kind)


async def show_description(request: Request) -> Response:
    """Return the description of the desk's addresses."""
    desk: Desk = request.app.state.desk
    return JSONResponse(description(SHOWN, POSTED, UPLOADED, desk.url, desk.cookie))


async def show_http_error(_: Request, error: Exception) -> Response:
    """Return the page for an address or a method that there is not."""
    assert isinstance(error, HTTPException)
    status, headers = error.status_code, error.headers
    words = "There is no such page at the desk." if status == 404 else "The desk can't do this with that page."
    return HTMLResponse(rendered("plain.html", heading="Not here", words=words), status, headers)


async def show_fault(_: Request, __: Exception) -> Response:
    """Return the page for a fault of ours; the log has what happened."""
    words = (
        "Something went wrong in the desk itself; the log says what. "
        "If you decided something, open its question to see whether it was written down."
    )
    return HTMLResponse(rendered("plain.html", heading="A fault of ours", words=words), 500)
