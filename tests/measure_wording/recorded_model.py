"""A chat model of LangChain that replies from a recording, as the writer and as the judge of the real chain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from bot.breaker import Breaker
from bot.settings import Settings
from bot.wording.judge.candidate import Candidate, asking
from bot.wording.judge.model_judges import ChatJudge
from bot.wording.model.chat_model import Writer
from bot.wording.model.providers import streaming
from bot.wording.prompt.judging import judging_version
from tests.measure_wording.recording import Recording

PROVIDER = "recorded"


class NotRecorded(Exception):
    """The recording has no reply to a prompt; to the chain this looks like a server that refuses it, so it's not asked again."""

    status_code = 422


class RecordedChatModel(BaseChatModel):
    """Replies from a recording."""

    recording: Any
    exam: bool = False

    @property
    def _llm_type(self) -> str:
        return PROVIDER

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: CallbackManagerForLLMRun | None = None, **_: Any
    ) -> ChatResult:
        reply = self.recording.reply_to(messages, exam=self.exam)
        if reply is None:
            raise NotRecorded("no reply is recorded")
        return ChatResult(generations=[ChatGeneration(message=AIMessage(reply))])


def recorded_writer(recording: Recording, name: str, *, exam: bool = False) -> Writer:
    """Return the writer of the chain over a recording; all around the chat model is the real one."""
    model = RecordedChatModel(recording=recording, exam=exam)
    settings = Settings(_env_file=None, model=f"{PROVIDER}:{name}")
    return Writer(settings, streaming(PROVIDER, lambda **_: model), Breaker())


def recorded_judge(recording: Recording, *, exam: bool = False) -> Candidate:
    """Return a chat model that judges, over a recording; it sits the exam as a candidate on a server does."""
    writer = recorded_writer(recording, "judge", exam=exam)
    settings = Settings(_env_file=None, judge=writer.name)
    judge = ChatJudge(writer.name, asking(writer, settings), writer.budget_tokens)
    return Candidate(judge, writer.name, "", judging_version(), lambda: Path(recording.folder).name, writer.close)
