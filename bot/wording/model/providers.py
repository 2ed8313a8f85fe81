"""Which of LangChain's classes speaks to the configured model, and with which options."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager
from importlib.util import find_spec
from typing import Any, cast

from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel, BaseLLM
from langchain_core.messages import AIMessageChunk
from pydantic import ValidationError

from bot.wording.model.opening import ModelSettings, Stream
from bot.wording.prompt.assemble import Prompt
from knowledge.errors import UsageError

COMPLETION = "completion"
# Those whose package comes with the extra `models`.
OURS = {"ollama": "langchain_ollama", "openai": "langchain_openai", COMPLETION: "langchain_openai"}
# The client insists on a key; a server that needs none takes any.
NO_KEY = "none"

Make = Callable[..., BaseChatModel | BaseLLM]


def open_stream(settings: ModelSettings, most_tokens: int) -> Stream:
    """Return the function that sends a prompt to the configured model and yields its answer piece by piece.

    Raises:
        UsageError: ASKWELL_MODEL can't be used, or a package that it needs is not installed.
    """
    provider, _, name = (settings.model or "").partition(":")
    if not provider or not name:
        raise UsageError(f"ASKWELL_MODEL must be PROVIDER:NAME, such as ollama:llama3.2 (it is '{settings.model}')")
    if provider in OURS and find_spec(OURS[provider]) is None:
        raise UsageError(f"ASKWELL_MODEL={settings.model} needs one more package: pip install 'askwell[models]'")
    if provider in {"openai", COMPLETION} and not (settings.model_api_key or settings.model_base_url or os.environ.get("OPENAI_API_KEY")):
        raise UsageError(f"ASKWELL_MODEL={settings.model} needs ASKWELL_MODEL_API_KEY, or ASKWELL_MODEL_BASE_URL for a server of your own")
    given = options(provider, settings, most_tokens)

    def make(**more: Any) -> BaseChatModel | BaseLLM:
        if provider == COMPLETION:
            from langchain_openai import OpenAI  # noqa: PLC0415  it comes with an extra

            return OpenAI(model=name, **given, **more)
        return cast(BaseChatModel, init_chat_model(name, model_provider=provider, **given, **more))

    with ThreadPoolExecutor(1) as pool:
        # Each provider's package has errors of its own, and all mean that the settings don't suffice.
        error = pool.submit(make).exception()
    if error is not None:
        raise UsageError(f"ASKWELL_MODEL={settings.model}: {reason(error)}") from error
    return streaming(provider, make)


def streaming(provider: str, make: Make) -> Stream:
    """Return a function that makes the model, sends a prompt and yields its answer; when it's left, the connection is closed."""

    async def stream(prompt: Prompt) -> AsyncGenerator[str, None]:
        async with connection(provider) as own:
            model = make(**own)
            if isinstance(model, BaseLLM):
                async with aclosing(cast(AsyncGenerator[str, None], model.astream(prompt.text, stop=list(prompt.stop)))) as pieces:
                    async for piece in pieces:
                        yield piece
            else:
                async with aclosing(cast(AsyncGenerator[AIMessageChunk, None], model.astream(list(prompt.messages)))) as chunks:
                    async for chunk in chunks:
                        yield str(chunk.text)

    return stream


@asynccontextmanager
async def connection(provider: str) -> AsyncIterator[dict[str, Any]]:
    """Hold a connection for one call, as an option of the provider's class; none where the class closes its own."""
    if provider not in {"openai", COMPLETION}:
        yield {}
        return
    import openai  # noqa: PLC0415  it comes with an extra

    # LangChain shares one client among all event loops, and a base model's leaves an answer open that is not read to its end.
    async with openai.DefaultAsyncHttpxClient() as client:
        yield {"http_async_client": client}


def options(provider: str, settings: ModelSettings, most_tokens: int) -> dict[str, Any]:
    """Return the options of a provider's class: no chance, a limit on the answer, and no retries beside our own."""
    key = settings.model_api_key
    given: dict[str, Any] = {"temperature": 0}
    if settings.model_base_url:
        given["base_url"] = settings.model_base_url
    if provider == "ollama":
        # A connection is used once: an idle one would outlive the event loop that it belongs to.
        headers = {"Connection": "close"} | ({"Authorization": f"Bearer {key.get_secret_value()}"} if key else {})
        # Ollama's own context is short, and it cuts the beginning of longer prompts away without a word.
        given |= {"num_predict": most_tokens, "num_ctx": settings.model_context}
        return given | {"client_kwargs": {"timeout": settings.model_timeout_s, "headers": headers}}
    if key:
        given["api_key"] = key
    elif provider in {"openai", COMPLETION} and settings.model_base_url:
        # A key of the environment is OpenAI's, and not for another server.
        given["api_key"] = NO_KEY
    return given | {"max_tokens": most_tokens, "timeout": settings.model_timeout_s, "max_retries": 0}


def reason(error: BaseException) -> str:
    """Return the line of an error that says what is missing; what was given for a key is not in it."""
    text = str(error.errors()[0]["msg"]) if isinstance(error, ValidationError) else str(error)
    return next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)
