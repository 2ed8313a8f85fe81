"""A small exam, and a stand-in's replies as a judge that knows its answers would give them, or one that errs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from knowledge.reading.exam import read_exam
from tests.model_servers.stand_in import Request

EXAM = """\
- card: labels
  question: who makes labels?
  holds: A program makes labels.
  fails: A person makes labels.
  decided_by: [Labels are made by a program.]
- card: labels
  question: are labels any good for people?
  holds: Yes, people can read labels.
  fails: No, people can't read labels.
  decided_by: [Labels can be read by people.]
- card: targets
  question: when are targets counted
  holds: Targets and goals are counted after training.
  fails: Targets and goals are counted before training.
  decided_by: [Targets and goals are counted after training.]
- card: masks
  question: who makes masks?
  holds: A program makes masks of every kind.
  fails: A person makes masks of every kind.
  decided_by: [Masks of every kind are made by a program.]
"""
SENTENCE = re.compile(r"^\(\d+\) (.+)$", re.MULTILINE)


def asked_about(request: Request) -> list[str]:
    """Return the sentences that a judge is asked about, after those of the worked judgements."""
    return SENTENCE.findall(str(request.body["messages"][-1]["content"]))


def reply_by(keeps: Callable[[str], bool]) -> Callable[[Request], str]:
    """Return replies that keep the sentences that `keeps` says, and find the others in no note."""

    def reply(request: Request) -> str:
        rows = [
            {"sentence": number, "notes": [1], "differs": "", "ruling": "supported" if keeps(sentence) else "unsupported"}
            for number, sentence in enumerate(asked_about(request), start=1)
        ]
        return json.dumps({"sentences": rows})

    return reply


def knows(knowledge: Path) -> Callable[[str], bool]:
    """Return what keeps just the true claims of an exam."""
    true = {pair.holds for pair in read_exam(knowledge)[0]}
    return lambda sentence: sentence in true


def with_exam(knowledge: Path) -> Path:
    """Give the knowledge folder of three small cards an exam of four pairs."""
    (knowledge / "exam").mkdir()
    (knowledge / "exam" / "all.yaml").write_text(EXAM, encoding="utf-8")
    return knowledge
