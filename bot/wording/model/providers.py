"""The LangChain class that speaks to the configured model, and its options."""

from __future__ import annotations

import asyncio
import json
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

from bot.settings import Settings
from bot.wording.model.failures import OF_THE_REQUEST, status
from bot.wording.prompt.assemble import Prompt
from knowledge.errors import UsageError

COMPLETION = "completion"
# The packages of these come with the extra `models`.
OURS = {"ollama": "langchain_ollama", "openai": "langchain_openai", COMPLETION: "langchain_openai"}
# The client insists on a key; a server that needs none takes any.
NO_KEY = "none"

# Sends a prompt and yields the answer piece by piece.
Stream = Callable[[Prompt], AsyncGenerator[str, None]]
Make = Callable[..., BaseChatModel | BaseLLM]


def open_stream(settings: Settings, most_tokens: int, find: Callable[[str], object] = find_spec) -> Stream:
    """Return the function that sends a prompt to the configured model and yields its answer piece by piece.

    Raises:
        UsageError: ASKWELL_MODEL can't be used, or a package that it needs is not installed.
    """
    provider, _, name = (settings.model or "").partition(":")
    if not provider or not name:
        raise UsageError(f"ASKWELL_MODEL must be PROVIDER:NAME, such as ollama:llama3.2 (it is '{settings.model}')")
    if provider in OURS and find(OURS[provider]) is None:
        raise UsageError(f"ASKWELL_MODEL={settings.model} needs one more package: pip install 'askwell[models]'")
    if provider in {"openai", COMPLETION} and not (settings.model_api_key or settings.model_base_url or os.environ.get("OPENAI_API_KEY")):
        raise UsageError(f"ASKWELL_MODEL={settings.model} needs ASKWELL_MODEL_API_KEY, or ASKWELL_MODEL_BASE_URL for a server of your own")
    given = options(provider, settings, most_tokens)

    def make(**more: Any) -> BaseChatModel | BaseLLM:
        if provider == COMPLETION:
            from langchain_openai import OpenAI  # noqa: PLC0415  it comes with an extra

            return OpenAI(model=name, **given, **more)
        model = cast(BaseChatModel, init_chat_model(name, model_provider=provider, **given, **more))
        if "stream_chunk_timeout" in type(model).model_fields:
            # OpenAI's class gives up a stream that sends nothing for 120 s, but a local model on a CPU reads a prompt for longer. The one
            # limit is ours, around the whole call.
            cast(Any, model).stream_chunk_timeout = None
        return model

    with ThreadPoolExecutor(1) as pool:
        # Each provider's package has its own errors, and all mean that the settings are not enough.
        error = pool.submit(make).exception()
    if error is not None:
        raise UsageError(f"ASKWELL_MODEL={settings.model}: {reason(error)}") from error
    return streaming(provider, make)


def streaming(provider: str, make: Make) -> Stream:
    """Return a function that makes the model, sends a prompt and yields its answer; the connection is closed when the caller stops."""
    takes_forms = True

    async def stream(prompt: Prompt) -> AsyncGenerator[str, None]:
        nonlocal takes_forms
        async with connection(provider) as own:
            model = make(**own)
            if isinstance(model, BaseLLM):
                async with aclosing(cast(AsyncGenerator[str, None], model.astream(prompt.text, stop=list(prompt.stop)))) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            filled_in = await filled(model, prompt, provider) if prompt.form is not None and takes_forms else None
            if filled_in is not None:
                yield filled_in
                return
            async with aclosing(cast(AsyncGenerator[AIMessageChunk, None], model.astream(list(prompt.messages)))) as chunks:
                async for chunk in chunks:
                    yield str(chunk.text)
            # It refused the form and took the prompt without it.
            takes_forms = takes_forms and prompt.form is None

    return stream


async def filled(model: BaseChatModel, prompt: Prompt, provider: str) -> str | None:
    """Return a reply in the prompt's form; None if the model or its server takes no forms: the prompt describes the form in words too."""
    method: Any = {"method": "json_schema"} if provider in OURS else {}
    try:
        structured = model.with_structured_output(cast(dict[str, Any], prompt.form), include_raw=True, **method)
    except (NotImplementedError, ValueError):
        return None
    reply: Any = (await asyncio.gather(structured.ainvoke(list(prompt.messages)), return_exceptions=True))[0]
    if isinstance(reply, BaseException):
        if status(reply) in OF_THE_REQUEST:
            return None
        raise reply
    # What the model wrote comes first, since LangChain completes half a JSON; a form that was filled as a tool call has no text.
    return str(reply["raw"].text) or json.dumps(reply["parsed"])


@asynccontextmanager
async def connection(provider: str) -> AsyncIterator[dict[str, Any]]:
    """Hold a connection for one call, as an option of the provider's class; none if the class closes its own."""
    if provider not in {"openai", COMPLETION}:
        yield {}
        return
    import openai  # noqa: PLC0415  it comes with an extra

    # LangChain shares one client among all event loops, and a base model's client leaves an answer open that is not read to its end.
    async with openai.DefaultAsyncHttpxClient() as client:
        yield {"http_async_client": client}


def options(provider: str, settings: Settings, most_tokens: int) -> dict[str, Any]:
    """Return the options of a provider's class: no randomness, a limit on the answer, and no retries beside our own."""
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
        # The key in the environment is OpenAI's, and not for another server.
        given["api_key"] = NO_KEY
    return given | {"max_tokens": most_tokens, "timeout": settings.model_timeout_s, "max_retries": 0}


def reason(error: BaseException) -> str:
    """Return the line of an error that says what is missing, without a key that was given."""
    text = str(error.errors()[0]["msg"]) if isinstance(error, ValidationError) else str(error)
    return next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)
