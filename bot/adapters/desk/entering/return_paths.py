"""The page to which a mentor returns after signing in: one of the desk's own, whatever the address says."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

MAX_PATH_CHARS = 1_000
QUEUE = "/"


def safe_path(asked: str) -> str:
    r"""Return the page of the desk that an address asks for, the queue if it's none or leads elsewhere.

    Browsers read `\\` as `/`, and leave out tabs and line breaks, so that only plain visible characters are taken.

    >>> safe_path("/questions/7?kind=near"), safe_path("//evil.example"), safe_path("/\\evil.example"), safe_path("https://evil.example")
    ('/questions/7?kind=near', '/', '/', '/')
    """
    if not asked.startswith("/") or asked.startswith("//") or len(asked) > MAX_PATH_CHARS:
        return QUEUE
    if any(not "!" <= letter <= "~" or letter == "\\" for letter in asked):
        return QUEUE
    try:
        parts = urlsplit(asked)
    except ValueError:
        return QUEUE
    # The entrance would send the browser to itself.
    return QUEUE if parts.scheme or parts.netloc or parts.path.rstrip("/") == "/enter" or parts.path.startswith("/enter/") else asked


def entrance_before(path: str) -> str:
    """Return the address of the entrance that leads to a page.

    >>> entrance_before("/"), entrance_before("/log?mentor=Ada")
    ('/enter', '/enter?to=/log%3Fmentor%3DAda')
    """
    safe = safe_path(path)
    return "/enter" if safe == QUEUE else f"/enter?to={quote(safe, safe='/')}"
