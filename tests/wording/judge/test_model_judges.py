"""Each kind of judge gives the same form of judgement, with the notes that bear a sentence out."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bot.settings import Settings
from bot.wording.judge.candidate import Candidate, for_judge, one_at_a_time, open_candidate
from bot.wording.judge.judgement import Judgement, Ruling
from bot.wording.judge.model_judges import ClaimJudge, InferenceJudge, OffForm
from knowledge.errors import AskwellError, PlatformError, UsageError
from tests.index.encoder.test_entailment import small as entailment_model
from tests.index.encoder.test_minicheck import small as support_model
from tests.model_servers.ollama_stand_in import ollama_server
from tests.model_servers.openai_stand_in import openai_server
from tests.model_servers.stand_in import Reply, Request

ASKED = ("who writes the label?",)
NOTES = ("The mask hides a token.", "The label is the hidden token.")
SENTENCES = ("A token is hidden by the mask.", "No, an annotator writes the label.")
ROWS = [
    {"sentence": 1, "notes": [1], "differs": "", "ruling": "supported"},
    {"sentence": 2, "notes": [2], "differs": "the label is the token", "ruling": "contradicted"},
]
GOOD = json.dumps({"sentences": ROWS})
JUDGED = [Judgement(Ruling.SUPPORTED, (1,)), Judgement(Ruling.CONTRADICTED, (2,), "the label is the token")]


def opened(**given: Any) -> Candidate:
    candidate = open_candidate(Settings(_env_file=None, model_retries=0, **given))
    assert candidate is not None
    return candidate


def judged(**given: Any) -> list[Judgement]:
    candidate = opened(**given)
    try:
        return candidate.judge.judge(ASKED, NOTES, SENTENCES)
    finally:
        candidate.close()


def test_a_chat_model_judges_a_draft_in_one_call_and_is_given_the_form() -> None:
    with openai_server([GOOD]) as server:
        assert judged(model="openai:judge", model_base_url=server.url) == JUDGED
    (request,) = server.requests
    assert request.body["response_format"]["json_schema"]["schema"]["required"] == ["sentences"]
    with ollama_server([GOOD]) as server:
        assert judged(judge="ollama:judge", judge_base_url=server.url) == JUDGED
    (request,) = server.requests
    assert request.body["format"]["properties"]["sentences"]["minItems"] == 2


def test_a_server_that_takes_no_form_is_asked_without_one() -> None:
    def replies(request: Request) -> str | Reply:
        return Reply("unknown field", status=400) if "response_format" in request.body else f"```json\n{GOOD}\n```"

    with openai_server(replies) as server:
        assert judged(model="openai:judge", model_base_url=server.url) == JUDGED
    assert len(server.requests) == 2


def test_a_base_model_may_be_asked_too() -> None:
    with openai_server([GOOD]) as server:
        assert judged(model="completion:base", model_base_url=server.url) == JUDGED
    (request,) = server.requests
    assert request.body["prompt"].endswith("</answer>\n")


def test_a_reply_that_is_no_judgement_and_a_server_that_is_away_are_told_apart() -> None:
    with openai_server(["All fine."]) as server, pytest.raises(OffForm, match="openai:judge: the model's reply has not the form"):
        judged(model="openai:judge", model_base_url=server.url)
    with openai_server([Reply("no", status=503)]) as server, pytest.raises(PlatformError, match="503") as caught:
        judged(model="openai:judge", model_base_url=server.url)
    assert not isinstance(caught.value, OffForm)


def test_a_draft_that_has_no_room_is_refused_before_the_call() -> None:
    with openai_server([GOOD]) as server, pytest.raises(UsageError, match="set ASKWELL_MODEL_CONTEXT higher"):
        judged(model="openai:judge", model_base_url=server.url, model_context=1024)
    assert server.requests == []


def test_a_minicheck_model_gets_a_verdict_together_with_its_question() -> None:
    with ollama_server(["Yes", "No"]) as server:
        found = judged(judge="minicheck:ollama:bespoke-minicheck", judge_base_url=server.url)
    assert [judgement.ruling for judgement in found] == [Ruling.SUPPORTED, Ruling.UNSUPPORTED]
    assert found[0].notes == (1, 2)
    asked = [request.body["messages"][0]["content"] for request in server.requests]
    document = " ".join(NOTES)
    assert asked == [
        f"Document: {document}\nClaim: {SENTENCES[0]}",
        f"Document: {document}\nClaim: Asked “{ASKED[0]}”, the answer is: {SENTENCES[1]}",
    ]
    with ollama_server(["perhaps"]) as server, pytest.raises(OffForm, match="neither yes nor no"):
        judged(judge="minicheck:ollama:bespoke-minicheck", judge_base_url=server.url)


def test_a_classifier_supports_what_it_finds_likelier_than_not() -> None:
    judge = ClaimJudge("m", lambda claim, notes: "token" in claim and len(notes) == 2)
    assert [judgement.ruling for judgement in judge.judge((), NOTES, SENTENCES)] == [Ruling.SUPPORTED, Ruling.UNSUPPORTED]


def test_an_entailment_model_names_the_note_that_decided() -> None:
    labels: dict[str, tuple[str, int | None]] = {"a": ("entailment", 1), "b": ("contradiction", 0), "c": ("neutral", None)}

    def infers(claim: str, notes: Sequence[str]) -> tuple[str, int | None]:
        return labels.get(claim, ("entailment", None))

    found = InferenceJudge("m", infers).judge((), NOTES, ["a", "b", "c", "the hidden mask"])
    assert [(each.ruling, each.notes) for each in found] == [
        (Ruling.SUPPORTED, (2,)),
        (Ruling.CONTRADICTED, (1,)),
        (Ruling.UNSUPPORTED, ()),
        (Ruling.SUPPORTED, (1, 2)),
    ]
    assert NOTES[0] in found[1].why


def test_a_model_in_this_process_reads_for_one_thread_at_a_time() -> None:
    busy = threading.Lock()

    def model(claim: str, notes: Sequence[str]) -> bool:
        alone = busy.acquire(blocking=False)
        time.sleep(0.01)
        if alone:
            busy.release()
        return alone

    read = one_at_a_time(model)
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda _: read("a", NOTES), range(8)))


def test_local_judges_are_opened_from_folders_and_known_by_their_weights(tmp_path: Path) -> None:
    for name in ("nli", "mini"):
        (tmp_path / name).mkdir()
    nli = entailment_model(tmp_path / "nli", ["contradiction", "entailment", "neutral"], 1)
    mini = support_model(tmp_path / "mini", favourite=1)
    says = set()
    for setting in (f"entailment:{nli}", f"minicheck:{mini}"):
        candidate = opened(judge=setting)
        rulings = {each.ruling for each in candidate.judge.judge(ASKED, NOTES, SENTENCES)}
        assert (candidate.name, candidate.base_url, rulings) == (setting, "", {Ruling.SUPPORTED})
        says.add(candidate.says())
    assert {len(each) for each in says} == {64}
    assert len(says) == 2


@pytest.mark.parametrize(
    ("judge", "why"),
    [
        ("gpt", "ASKWELL_JUDGE must be PROVIDER:NAME, such as ollama:llama3.2 \\(it is 'gpt'\\)"),
        ("entailment:", "ASKWELL_JUDGE"),
        ("minicheck:", "ASKWELL_JUDGE"),
        ("openai:x", "needs ASKWELL_JUDGE_API_KEY, or ASKWELL_JUDGE_BASE_URL for a server of your own"),
        ("minicheck:ollama:", "ASKWELL_JUDGE must be PROVIDER:NAME"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_line_that_names_it(judge: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(AskwellError, match=why) as caught:
        opened(judge=judge)
    assert "ASKWELL_MODEL" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_judge_has_the_models_server_and_key_only_where_both_are_of_one_provider() -> None:
    given = Settings(_env_file=None, model="openai:writer", model_base_url="http://w/v1", model_api_key="secret")
    same = for_judge(given, "openai:judge")
    assert (same.model, same.model_base_url, same.model_api_key) == ("openai:judge", "http://w/v1", given.model_api_key)
    other = for_judge(given, "ollama:judge")
    assert (other.model_base_url, other.model_api_key) == (None, None)
    elsewhere = for_judge(given.model_copy(update={"judge_base_url": "http://j/v1"}), "openai:judge")
    assert (elsewhere.model_base_url, elsewhere.model_api_key) == ("http://j/v1", None)
