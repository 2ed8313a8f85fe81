"""The desk on a real socket, and a browser without a window: it keeps cookies and follows what it's told, one step at a time."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from html import unescape
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from httpx2 import Client, Response

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.serve_desk import listen, serve_desk
from tests.adapters.desk.browsing import field_of

STEP = re.compile(r'http-equiv="refresh" content="0; url=([^"]*)"')


@contextmanager
def on_a_socket(desk: Desk, *, proxies: Sequence[str] = ()) -> Iterator[Desk]:
    """Serve a desk as the command does until the end of the block; its address is that of the socket."""
    listening = listen("127.0.0.1", 0)
    desk.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    began: Future[Callable[[], object]] = Future()

    async def serve() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        with suppress(asyncio.CancelledError):
            await serve_desk(desk, listening, lambda: began.set_result(lambda: loop.call_soon_threadsafe(task.cancel)), proxies=proxies)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    stop = began.result(20)
    yield desk
    stop()
    thread.join(20)
    listening.close()


class Surfer:
    """A browser that goes between the desk and a platform."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.client = Client(base_url=desk.url, follow_redirects=False, trust_env=False, timeout=20)

    def __enter__(self) -> Surfer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.client.close()

    def get(self, path: str, **more: Any) -> Response:
        """Open a page, and go no further."""
        return self.client.get(path, **more)

    def post(self, path: str, **fields: str) -> Response:
        """Send a form of this session."""
        return self.client.post(path, data={"csrf": self.csrf()} | fields)

    def csrf(self) -> str:
        """Return the token of this session's forms."""
        return field_of(self.get("/account").text, "csrf")

    def go(self, address: str) -> Response:
        """Open a page and go on, as a browser does, to where it leads."""
        answered = self.get(address)
        for _ in range(10):
            step = STEP.search(answered.text)
            if answered.status_code in {302, 303}:
                address = answered.headers["location"]
            elif step is not None:
                address = unescape(step[1])
            else:
                return answered
            answered = self.get(address)
        raise AssertionError(f"round in a circle at {address}")

    def is_in(self) -> bool:
        """Return whether the desk shows this browser its pages."""
        return self.get("/account").status_code == 200

    def mentor(self) -> str:
        """Return the name under which this browser decides."""
        found = re.search(r"<h1>(.*?)</h1>", self.get("/account").text)
        assert found is not None
        return unescape(found[1])


def place(answered: Response) -> str:
    """Return the path and query of the page that is shown."""
    parts = urlsplit(str(answered.url))
    return parts.path + (f"?{parts.query}" if parts.query else "")
