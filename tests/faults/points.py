"""The points where a process can be killed: every commit, statement, write, flush, rename, removal, git command and message."""

from __future__ import annotations

import json
import mmap
import os
import signal
import sys
from collections import Counter
from types import FrameType
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

KINDS = ("statement", "commit", "committed", "write", "fsync", "fsynced", "rename", "remove", "git", "message", "acknowledge")
OURS = ("bot.", "index.", "knowledge.", "tests.faults.file_platform", "tests.faults.story")
AUDITED = {"os.rename": "rename", "os.remove": "remove", "subprocess.Popen": "git"}
STAGE_BYTES = 1024


class Points:
    """Counts the points that a process passes, says in shared memory what it does, and kills it at the chosen point."""

    def __init__(self, stage: mmap.mmap, kind: str = "", number: int = 0) -> None:
        self.stage = stage
        self.kind = kind
        self.number = number
        self.counts: Counter[str] = Counter()
        self.doing = "starting"
        self.now("starting")

    def now(self, doing: str) -> None:
        """Record the act from now on."""
        self.doing = doing
        self.tell({"doing": doing})

    def tell(self, row: dict[str, Any]) -> None:
        """Leave word of the state of things to whoever finds this process dead."""
        content = json.dumps(row).encode()[: STAGE_BYTES - 1]
        self.stage[:] = content + b"\n" + bytes(STAGE_BYTES - 1 - len(content))

    def passed(self, kind: str) -> bool:
        """Count a point; say whether it's the one to die at."""
        self.counts[kind] += 1
        return kind == self.kind and self.counts[kind] == self.number

    def at(self, kind: str) -> None:
        """Count a point, and die if it's the one."""
        if self.passed(kind):
            self.die()

    def die(self) -> None:
        """Die as if the power had gone."""
        self.tell({"doing": self.doing, "where": where(sys._getframe(1))})
        os.kill(os.getpid(), signal.SIGKILL)

    def install(self) -> None:
        """Hook into this process, for good."""
        fsync, write = os.fsync, os.write

        def counted_fsync(descriptor: Any) -> None:
            self.at("fsync")
            fsync(descriptor)
            self.at("fsynced")

        def counted_write(descriptor: int, content: Any) -> int:
            if self.passed("write"):
                # Half of it is in the file, as on a disk that filled up or a machine that went down.
                write(descriptor, bytes(content)[: len(content) // 2])
                self.die()
            return write(descriptor, content)

        os.fsync, os.write = counted_fsync, counted_write  # type: ignore[assignment]
        sys.addaudithook(lambda name, _: self.at(AUDITED[name]) if name in AUDITED else None)
        event.listen(Engine, "commit", lambda _: self.at("commit"))
        event.listen(Engine, "before_cursor_execute", lambda *_: self.at("statement"))
        event.listen(Session, "after_commit", lambda _: self.at("committed"))


def where(frame: FrameType | None) -> str:
    """Return the innermost function of ours that runs."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name.startswith(OURS):
            return f"{name}.{frame.f_code.co_name}"
        frame = frame.f_back
    return "elsewhere"


def read_stage(stage: mmap.mmap) -> dict[str, Any]:
    """Read what a process said last."""
    line = stage[:].split(b"\n")[0]
    try:
        row = json.loads(line)
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}
