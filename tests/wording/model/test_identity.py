"""A server's description of its model tells another model under the same name, and nothing more."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.settings import Settings
from bot.wording.model.identity import ollama_url, server_says
from knowledge.errors import PlatformError
from tests.model_servers.ollama_stand_in import ollama_server
from tests.model_servers.openai_stand_in import openai_server


def says(model: str, base_url: str) -> str:
    return server_says(Settings(_env_file=None, model=model, model_base_url=base_url, model_api_key="k"))


def test_ollama_says_a_models_digest() -> None:
    with ollama_server(["x"]) as server:
        server.pages["/api/tags"] = {"models": [{"name": "a:latest", "digest": "one"}, {"name": "a:7b", "digest": "two"}]}
        assert [says(f"ollama:{name}", server.url) for name in ("a", "a:7b", "b")] == ["one", "two", ""]


def test_an_openai_compatible_server_says_what_lasts() -> None:
    with openai_server(["x"]) as server:

        def now(**more: Any) -> str:
            server.pages["/v1/models"] = {"data": [{"id": "other"}, {"id": "a", "created": len(said), **more}]}
            said.append(says("openai:a", server.url))
            return said[-1]

        said: list[str] = []
        assert now(root="w") == now(root="w") != now(root="v")
        assert says("openai:gone", server.url) == ""


@pytest.mark.parametrize("page", [None, [], {"data": 3}, {"data": ["a", None]}, "text", {"models": {}}])
def test_a_server_that_says_nothing_of_its_models_says_nothing(page: Any) -> None:
    with openai_server(["x"]) as server:
        server.pages = {"/v1/models": page, "/v1/api/tags": page}
        assert [says("openai:a", server.url), says("ollama:a", server.url)] == ["", ""]


def test_a_server_that_is_away_is_one_line() -> None:
    with openai_server(["x"]) as server:
        url = server.url
    with pytest.raises(PlatformError, match=r"the server of the model openai:a can't be reached at 127\.0\.0\.1:\d+$"):
        says("openai:a", url)


@pytest.mark.parametrize(
    ("status", "body", "why"), [(500, b"{}", r"\(status 500\)"), (401, b"{}", r"\(status 401\)"), (200, b"<html>", "is no JSON")]
)
def test_a_server_that_cannot_say_it_now_is_one_line_too(status: int, body: bytes, why: str) -> None:
    class Failing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Failing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            for model in ("openai:a", "ollama:a"):
                with pytest.raises(PlatformError, match=why):
                    says(model, f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
            thread.join()


def test_a_hosted_provider_is_not_asked() -> None:
    assert server_says(Settings(_env_file=None, model="openai:gpt", model_api_key="k")) == ""
    assert server_says(Settings(_env_file=None, model="anthropic:claude", model_api_key="k")) == ""


def test_ollama_is_found_as_its_own_client_finds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ollama_url("http://box:1/") == "http://box:1"
    monkeypatch.setenv("OLLAMA_HOST", "ollama:5")
    assert ollama_url(None) == "http://ollama:5"
    monkeypatch.delenv("OLLAMA_HOST")
    assert ollama_url(None) == "http://127.0.0.1:11434"
