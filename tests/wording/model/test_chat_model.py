from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from urllib.request import Request as Call
from urllib.request import urlopen

import pytest
from langchain_core.language_models import FakeListChatModel, FakeMessagesListChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from bot.breaker import Breaker
from bot.settings import Settings
from bot.wording.model.chat_model import MOST_CHARS, Writer, open_writer, output_tokens, prompt_budget, tidy
from bot.wording.model.providers import open_stream, streaming
from bot.wording.prompt.assemble import STOP, Prompt
from bot.wording.prompt.budget import tokens
from knowledge.errors import PlatformError, UsageError
from knowledge.reading.base import read_knowledge
from knowledge.reading.examples import read_examples
from tests.collected import failing
from tests.conftest import KNOWLEDGE
from tests.model_servers.anthropic_stand_in import anthropic_server
from tests.model_servers.ollama_stand_in import line, ollama_server
from tests.model_servers.openai_stand_in import event, openai_server
from tests.model_servers.small_model import small_model
from tests.model_servers.stand_in import Reply, Request, StandIn, serving

Open = Callable[..., Writer]
GOOD = "No annotator is needed [1]. The text is its own target [1]."
PROMPT = Prompt(
    version="test-1",
    messages=(
        SystemMessage("Answer from the notes."),
        HumanMessage("Who labels this?"),
        AIMessage("Nobody."),
        HumanMessage("Really {nobody}?"),
    ),
    text="Question: Is the sky blue?\nAnswer: Yes, the sky is blue.\n\nQuestion: Is grass green?\nAnswer:",
    examples=(),
    notes=(),
    stop=STOP,
    tokens=40,
)


@pytest.fixture
def opened() -> Iterator[Open]:
    """Open writers from settings, and close them at the end."""
    with ExitStack() as stack:

        def open_it(model: str, base_url: str = "", *, breaker: Breaker | None = None, **more: Any) -> Writer:
            given = {"model": model, "model_base_url": base_url or None, **{f"model_{name}": value for name, value in more.items()}}
            writer = open_writer(Settings(_env_file=None, **given), breaker)
            assert writer is not None
            stack.callback(writer.close)
            return writer

        yield open_it


@pytest.fixture(scope="session")
def small() -> Iterator[str]:
    with small_model() as url:
        yield url


def failure(writer: Writer) -> str:
    with pytest.raises(PlatformError) as caught:
        writer.write(PROMPT)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_a_configured_model_there_is_no_writer() -> None:
    assert open_writer(Settings(_env_file=None)) is None


def test_an_openai_compatible_server_is_sent_the_messages_and_its_answer_comes_back(opened: Open) -> None:
    with openai_server([GOOD]) as server:
        assert opened("openai:any-name", server.url, api_key="sk-secret").write(PROMPT) == GOOD
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer sk-secret"
    assert [(each["role"], each["content"]) for each in request.body["messages"]] == [
        ("system", "Answer from the notes."),
        ("user", "Who labels this?"),
        ("assistant", "Nobody."),
        ("user", "Really {nobody}?"),
    ]
    assert request.body["temperature"] == 0
    assert request.body["model"] == "any-name"
    assert request.body["max_completion_tokens"] == output_tokens(4096)


def test_a_hosted_provider_s_own_package_is_sent_the_messages_and_its_answer_comes_back(opened: Open) -> None:
    with anthropic_server([GOOD]) as server:
        assert opened("anthropic:any-name", server.url, api_key="sk-secret").write(PROMPT) == GOOD
    (request,) = server.requests
    assert request.path == "/v1/messages"
    assert request.headers["authorization"] == "Bearer sk-secret"
    assert request.body["system"] == "Answer from the notes."
    assert [(each["role"], each["content"]) for each in request.body["messages"]] == [
        ("user", "Who labels this?"),
        ("assistant", "Nobody."),
        ("user", "Really {nobody}?"),
    ]
    assert request.body["temperature"] == 0
    assert request.body["max_tokens"] == output_tokens(4096)


def test_a_hosted_provider_s_own_package_fills_a_form_as_a_tool_s_input(opened: Open) -> None:
    with anthropic_server(['{"passages": [2]}']) as server:
        reply = opened("anthropic:any-name", server.url, api_key="sk-secret").write(FILLED)
    assert json.loads(reply) == {"passages": [2]}
    (request,) = server.requests
    assert [tool["input_schema"]["properties"] for tool in request.body["tools"]] == [FORM["properties"]]


def test_a_hosted_provider_that_refuses_the_key_is_one_line(opened: Open) -> None:
    with anthropic_server([Reply("invalid x-api-key", status=401)]) as server:
        said = failure(opened("anthropic:any-name", server.url, api_key="sk-secret"))
    assert "401" in said
    assert "sk-secret" not in said


def test_a_base_model_is_sent_one_text_and_where_to_stop(opened: Open) -> None:
    with openai_server([Reply(GOOD + "\n</answer>\n\n<example> more")]) as server:
        assert opened("completion:base", server.url).write(PROMPT) == GOOD
    (request,) = server.requests
    assert request.path == "/v1/completions"
    assert request.body["prompt"] == PROMPT.text
    assert request.body["stop"] == list(STOP)
    assert request.body["temperature"] == 0


def test_an_ollama_server_is_sent_the_messages_and_room_for_all_of_them(opened: Open) -> None:
    with ollama_server([GOOD]) as server:
        assert opened("ollama:gemma3:270m", server.url, context=6000, api_key="a-key").write(PROMPT) == GOOD
    (request,) = server.requests
    assert request.path == "/api/chat"
    assert request.body["model"] == "gemma3:270m"
    assert [each["role"] for each in request.body["messages"]] == ["system", "user", "assistant", "user"]
    assert request.body["options"] == {"temperature": 0, "num_ctx": 6000, "num_predict": output_tokens(6000)}
    assert request.headers["authorization"] == "Bearer a-key"


def test_a_key_of_the_environment_is_not_sent_to_a_server_of_ones_own(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-openai")
    with openai_server([GOOD]) as server:
        opened("openai:x", server.url).write(PROMPT)
        opened("completion:x", server.url).write(PROMPT)
    assert [request.headers["authorization"] for request in server.requests] == ["Bearer none"] * 2


FORM = {"title": "Choice", "type": "object", "properties": {"passages": {"type": "array", "items": {"type": "integer"}}}}
FILLED = replace(PROMPT, form=FORM)


def test_a_reply_of_a_form_is_asked_for_by_its_json_schema(opened: Open) -> None:
    with openai_server(['{"passages": [2]}']) as server:
        assert opened("openai:x", server.url).write(FILLED) == '{"passages": [2]}'
    assert server.requests[0].body["response_format"]["json_schema"]["schema"]["properties"] == FORM["properties"]
    with ollama_server(['{"passages": [2]}']) as server:
        assert opened("ollama:x", server.url).write(FILLED) == '{"passages": [2]}'
    assert server.requests[0].body["format"]["properties"] == FORM["properties"]


def test_a_server_that_knows_no_forms_is_asked_without_one_from_then_on(opened: Open) -> None:
    def reply(request: Request) -> Reply:
        return Reply("response_format is unknown", status=400) if "response_format" in request.body else Reply('Here: {"passages": [2]}')

    with openai_server(reply) as server:
        writer = opened("openai:x", server.url)
        assert [writer.write(FILLED) for _ in range(2)] == ['Here: {"passages": [2]}'] * 2
    assert ["response_format" in request.body for request in server.requests] == [True, False, False]


def test_a_prompt_that_is_refused_with_and_without_its_form_says_nothing_about_forms(opened: Open) -> None:
    with openai_server([Reply(status=400), Reply("too long", status=400), '{"passages": [1]}']) as server:
        writer = opened("openai:x", server.url)
        with pytest.raises(PlatformError, match="too long"):
            writer.write(FILLED)
        assert writer.write(FILLED) == '{"passages": [1]}'
    assert "response_format" in server.requests[2].body


@pytest.mark.parametrize("model", ["openai:x", "ollama:x"])
def test_half_a_json_stays_half(opened: Open, model: str) -> None:
    with (ollama_server if model == "ollama:x" else openai_server)(['{"passages": [1, 2']) as server:
        assert opened(model, server.url).write(FILLED) == '{"passages": [1, 2'


def test_a_form_that_is_filled_as_a_tool_call_is_read_too() -> None:
    class Calling(FakeMessagesListChatModel):
        def bind_tools(self, tools: Any, **_: Any) -> Any:
            del tools
            return self

    call = AIMessage("", tool_calls=[{"name": "Choice", "args": {"passages": [3]}, "id": "1"}])
    stream = streaming("anthropic", lambda **_: Calling(responses=[call]))

    async def read() -> str:
        return "".join([piece async for piece in stream(FILLED)])

    assert asyncio.run(read()) == '{"passages": [3]}'


def test_a_model_that_takes_no_forms_is_asked_in_words() -> None:
    stream = streaming("another", lambda **_: FakeListChatModel(responses=['{"passages": [3]}']))

    async def read() -> str:
        return "".join([piece async for piece in stream(FILLED)])

    assert asyncio.run(read()) == '{"passages": [3]}'


def test_a_call_may_take_a_share_of_the_time(opened: Open) -> None:
    with openai_server([Reply(GOOD, delay_s=5)]) as server:
        writer = opened("openai:x", server.url, timeout_s=2)
        with pytest.raises(PlatformError, match=r"did not answer within 0\.5 s"):
            writer.write(replace(PROMPT, share_of_time=0.25))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_tried_again(opened: Open, status: int) -> None:
    with openai_server([Reply(status=status), Reply(status=status), GOOD]) as server:
        assert opened("openai:x", server.url, retries=2).write(PROMPT) == GOOD
    assert len(server.requests) == 3


@pytest.mark.parametrize(("status", "says"), [(401, "ASKWELL_MODEL_API_KEY"), (404, "ASKWELL_MODEL"), (400, "the prompt is too long")])
def test_what_will_not_pass_is_asked_once(opened: Open, status: int, says: str) -> None:
    with openai_server([Reply("the prompt is too long", status=status)]) as server:
        assert says in failure(opened("openai:x", server.url, retries=3))
    assert len(server.requests) == 1


def test_ollama_errors_are_told_apart_too(opened: Open) -> None:
    with ollama_server([Reply(status=500), GOOD]) as server:
        assert opened("ollama:x", server.url).write(PROMPT) == GOOD
    with ollama_server([Reply("model 'x' not found", status=404)]) as server:
        assert "ASKWELL_MODEL" in failure(opened("ollama:x", server.url))
    assert len(server.requests) == 1


def test_the_server_says_how_long_to_wait_before_the_next_attempt(opened: Open) -> None:
    with openai_server([Reply(status=429, headers={"retry-after": "0.6"}), GOOD]) as server:
        started = time.monotonic()
        assert opened("openai:x", server.url).write(PROMPT) == GOOD
    assert time.monotonic() - started >= 0.6


def test_nobody_waits_for_a_server_that_asks_for_more_time_than_there_is(opened: Open) -> None:
    with openai_server([Reply(status=429, headers={"retry-after": "3600"}), GOOD]) as server:
        assert "429" in failure(opened("openai:x", server.url))
    assert len(server.requests) == 1


def test_a_key_never_stands_in_an_error(opened: Open) -> None:
    with openai_server([Reply("wrong key sk-top-secret", status=400)]) as server:
        writer = opened("openai:x", server.url, api_key="sk-top-secret")
        assert "sk-top-secret" not in failure(writer)
    assert "sk-top-secret" not in repr(Settings(_env_file=None, model_api_key="sk-top-secret"))


SLOW = {
    "silent": Reply(GOOD, delay_s=60),
    "trickling comments": Reply(body=b"", trickle=b": still here\n\n"),
    "trickling bytes that never end a line": Reply(body=b"data: ", trickle=b"x"),
    "trickling empty pieces": Reply(body=b"", trickle=event("")),
}


def test_a_slow_server_is_given_up_when_the_time_is_over(opened: Open) -> None:
    def check(reply: Reply) -> None:
        with openai_server([reply]) as server:
            writer = opened("openai:x", server.url, timeout_s=0.7)
            assert "did not answer within 0.7 s" in failure(writer)
            if reply.trickle:
                wait_until(lambda: hung_up(server))

    assert failing(check, [(case,) for case in SLOW.values()]) == {}


@pytest.mark.parametrize(("timeout_s", "says"), [(30, GOOD), (0.7, "did not answer within 0.7 s")], ids=["in time", "too late"])
def test_a_stream_that_sends_nothing_for_a_while_is_given_up_by_our_limit_alone(
    opened: Open, monkeypatch: pytest.MonkeyPatch, timeout_s: float, says: str
) -> None:
    # A local model on a CPU may read the prompt for longer than LangChain's limit on the time between two pieces of an answer.
    monkeypatch.setenv("LANGCHAIN_OPENAI_STREAM_CHUNK_TIMEOUT_S", "0.2")
    with openai_server([Reply(body=b"", trickle=event(GOOD) + b"data: [DONE]\n\n", trickle_every_s=1.2)]) as server:
        writer = opened("openai:x", server.url, timeout_s=timeout_s, retries=0)
        assert says in (writer.write(PROMPT) if says == GOOD else failure(writer))
    assert len(server.requests) == 1


def test_a_slow_ollama_and_a_slow_base_model_are_given_up_too(opened: Open) -> None:
    with ollama_server([Reply(body=b"", trickle=line(""))]) as server:
        assert "within 0.5 s" in failure(opened("ollama:x", server.url, timeout_s=0.5))
    with openai_server([Reply(body=b"", trickle=b"x")]) as server:
        assert "within 0.5 s" in failure(opened("completion:x", server.url, timeout_s=0.5))


def hung_up(server: StandIn) -> bool:
    """Say whether no request is open any longer: whoever gives up has to hang up."""
    return server.open_now == 0


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_time_limit_holds_over_all_attempts_together(opened: Open) -> None:
    with openai_server([Reply(status=503, delay_s=0.3)]) as server:
        writer = opened("openai:x", server.url, timeout_s=1, retries=10)
        failure(writer)
    assert len(server.requests) < 6


AGAIN = "It says this again. "


@pytest.mark.parametrize(
    ("model", "piece"), [("openai:x", event(AGAIN)), ("completion:x", event(AGAIN, chat=False)), ("ollama:x", line(AGAIN))]
)
def test_an_answer_without_end_is_cut_where_it_gets_too_long(opened: Open, model: str, piece: bytes) -> None:
    with serving([Reply(body=b"", trickle=piece * 50, trickle_every_s=0.01)], lambda *_: ("text/event-stream", b"")) as server:
        written = opened(model, server.url).write(PROMPT)
        wait_until(lambda: hung_up(server))
    assert len(written) <= MOST_CHARS
    assert written.endswith("again.")


GARBAGE = {
    "no JSON": Reply(body=b"data: {oops\n\n"),
    "HTML": Reply(body=b"<html>hello</html>", headers={"content-type": "text/html"}),
    "nothing": Reply(body=b""),
    "another shape": Reply(body=b'data: {"choices": 7}\n\n'),
    "an error in the stream": Reply(body=b'data: {"error": {"message": "out of memory"}}\n\n'),
    "bytes that are no text": Reply(body=b"data: \xff\xfe\xff\n\n"),
    "an empty answer": Reply("   "),
}


@pytest.mark.parametrize("model", ["openai:x", "completion:x", "ollama:x"])
@pytest.mark.parametrize("reply", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_one_clear_line(opened: Open, reply: Reply, model: str) -> None:
    with (ollama_server if model == "ollama:x" else openai_server)([reply]) as server:
        assert model in failure(opened(model, server.url.removesuffix("/v1") if model == "ollama:x" else server.url, retries=0))


@pytest.mark.parametrize("model", ["openai:x", "completion:x", "ollama:x"])
def test_a_server_that_is_not_there_is_one_clear_line(opened: Open, model: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://user:password@127.0.0.1:{taken.getsockname()[1]}"
        said = failure(opened(model, url, retries=0))
    assert "can't be reached at 127.0.0.1" in said
    assert "password" not in said


def test_beyond_the_limit_of_calls_at_once_nobody_queues(opened: Open) -> None:
    with openai_server([Reply(GOOD, delay_s=1.5)]) as server:
        writer = opened("openai:x", server.url, at_once=2)
        with ThreadPoolExecutor(6) as pool:
            calls = [pool.submit(writer.write, PROMPT) for _ in range(6)]
        errors = [str(call.exception()) for call in calls if call.exception()]
        assert [call.result() for call in calls if not call.exception()] == [GOOD] * 2
    assert len(errors) == 4
    assert all("busy with 2 other answers" in error for error in errors)
    assert server.most_at_once == 2


def test_a_place_is_free_again_after_a_failure(opened: Open) -> None:
    with openai_server([Reply(status=400), GOOD]) as server:
        writer = opened("openai:x", server.url, at_once=1)
        failure(writer)
        assert writer.write(PROMPT) == GOOD


def test_a_server_that_fails_again_and_again_is_left_alone_and_then_tried_once(opened: Open) -> None:
    now = [100.0]
    breaker = Breaker(failures=3, pause_s=30, clock=lambda: now[0])
    with openai_server([Reply(status=500)] * 4 + [GOOD]) as server:
        writer = opened("openai:x", server.url, breaker=breaker, retries=0)
        for _ in range(3):
            assert "status 500" in failure(writer)
        assert "left alone" in failure(writer)
        assert len(server.requests) == 3
        now[0] += 31
        assert "status 500" in failure(writer)
        assert "left alone" in failure(writer)
        now[0] += 31
        assert writer.write(PROMPT) == GOOD
        assert writer.write(PROMPT) == GOOD


def test_only_one_call_tries_a_server_that_rested() -> None:
    now = [0.0]
    breaker = Breaker(failures=1, pause_s=10, clock=lambda: now[0])
    assert breaker.admits()
    breaker.failed()
    assert not breaker.admits()
    now[0] = 10
    assert [breaker.admits() for _ in range(3)] == [True, False, False]
    breaker.succeeded()
    assert breaker.admits()


def test_a_call_that_had_only_a_share_of_the_time_keeps_nobody_from_a_slow_server(opened: Open) -> None:
    now = [100.0]
    breaker = Breaker(failures=1, pause_s=30, clock=lambda: now[0])
    with openai_server([Reply(status=500), Reply(GOOD, delay_s=1), GOOD]) as server:
        writer = opened("openai:x", server.url, breaker=breaker, retries=0, timeout_s=5)
        failure(writer)
        now[0] += 31
        with pytest.raises(PlatformError, match="did not answer"):
            writer.write(replace(PROMPT, share_of_time=0.1))
        assert writer.write(PROMPT) == GOOD


def test_a_request_that_was_at_fault_says_nothing_against_the_server(opened: Open) -> None:
    with openai_server([Reply(status=400)] * 6 + [GOOD]) as server:
        writer = opened("openai:x", server.url, breaker=Breaker(failures=2))
        for _ in range(6):
            assert "status 400" in failure(writer)
        assert writer.write(PROMPT) == GOOD


def test_a_writer_that_is_closed_ends_the_calls_under_way(opened: Open) -> None:
    with openai_server([Reply(GOOD, delay_s=30)]) as server:
        writer = opened("openai:x", server.url)
        with ThreadPoolExecutor(1) as pool:
            call = pool.submit(writer.write, PROMPT)
            wait_until(lambda: bool(server.requests))
            writer.close()
            assert isinstance(call.exception(5), PlatformError)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("gemma", "must be PROVIDER:NAME"),
        (":x", "must be PROVIDER:NAME"),
        ("ollama:", "must be PROVIDER:NAME"),
        ("nobody:x", "nobody"),
        ("mistralai:small", "langchain-mistralai"),
        ("openai:gpt", "ASKWELL_MODEL_API_KEY"),
    ],
)
def test_a_model_that_can_not_be_used_is_one_clear_line(opened: Open, monkeypatch: pytest.MonkeyPatch, model: str, says: str) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(UsageError, match=says) as caught:
        opened(model)
    assert "\n" not in str(caught.value)


def test_the_extra_is_named_when_a_package_of_ours_is_missing() -> None:
    with pytest.raises(UsageError, match=r"askwell\[models\]"):
        open_stream(Settings(_env_file=None, model="ollama:x"), 100, find=lambda _: None)


def test_an_answer_is_kept_without_what_does_not_belong_to_it() -> None:
    def check(written: str, kept: str) -> None:
        assert tidy(written, STOP) == kept

    cases: list[tuple[Any, ...]] = [
        ("<think>hm, is it?</think>\n\nNo [1].", "No [1]."),
        ("<think>hm, and so on without end", ""),
        ("It is so [1].</answer> <notes>", "It is so [1]."),
        ("It is so [1]. And then the", "It is so [1]."),
        ("no full stop at all", "no full stop at all"),
        ("Qwen's marker is ‹|im_start|> [1].", "Qwen's marker is <|im_start|> [1]."),
        ("```text\nlabels\n```", "```text\nlabels\n```"),
        ('<think>x</think>{"passages": [1]}', '{"passages": [1]}'),
        ("它是自监督的。因为", "它是自监督的。"),
    ]
    assert failing(check, cases) == {}


def test_prompt_and_answer_together_fit_the_context() -> None:
    for context in (1024, 4096, 32_768):
        assert prompt_budget(context) + output_tokens(context) < context


@pytest.mark.slow
def test_a_base_model_really_completes_a_text(opened: Open, small: str) -> None:
    written = opened("completion:gemma3-270m", small, timeout_s=120).write(replace(PROMPT, stop=("\n",)))
    assert "green" in written.lower()


def test_a_real_server_is_asked_in_chat_form_too(opened: Open, small: str) -> None:
    # A base model may say anything and goes on for ever: its first word will do.
    assert opened("openai:gemma3-270m", small, timeout_s=120).write(replace(PROMPT, stop=(" ",)))


def test_two_threads_share_a_writer(opened: Open) -> None:
    with openai_server([GOOD]) as server:
        writer = opened("openai:x", server.url, at_once=4)
        barrier = threading.Barrier(4)

        def write() -> str:
            barrier.wait()
            return writer.write(PROMPT)

        with ThreadPoolExecutor(4) as pool:
            assert [call.result() for call in [pool.submit(write) for _ in range(4)]] == [GOOD] * 4


@pytest.mark.slow
def test_no_text_of_cards_and_examples_takes_more_tokens_than_counted(small: str) -> None:
    base, _ = read_knowledge(KNOWLEDGE)
    examples, _ = read_examples(KNOWLEDGE)
    texts = [card.body() for card in base.cards.values()] + [example.notes + example.answer for example in examples]
    texts += ["Was ist überwachtes Lernen? Где метки? 什么是自监督学习？ ما هو التعلم", "🤔" * 20, "1234567890" * 10, "a_b=c[{}]()" * 20]
    for text in texts:
        call = Call(small.removesuffix("/v1") + "/tokenize", json.dumps({"content": text}).encode(), {"content-type": "application/json"})
        with urlopen(call) as answer:
            assert len(json.load(answer)["tokens"]) <= tokens(text), text[:80]
