"""A git command of ours that is killed, at whatever point, keeps no later one from its commit; other people's locks are theirs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.review.promotion.git import Patience, commit
from bot.review.promotion.git_locks import MARK
from bot.settings import PROJECT
from tests.review.promotion.test_git import MESSAGE, hook, no_identity, run, untouched, work

__all__ = ["no_identity", "work"]


def git_folder(work: Path) -> Path:
    return work.parent / ".git"


def locks(work: Path) -> list[str]:
    return sorted(path.name for path in git_folder(work).rglob("*.lock"))


@pytest.mark.parametrize("name", ["one/labels.md", "one/tokens.md"])
@pytest.mark.parametrize(
    ("point", "script"),
    [
        ("pre-commit", "kill -9 $PPID"),
        ("commit-msg", "kill -9 $PPID"),
        ("reference-transaction", '[ "$1" = prepared ] && kill -9 $PPID'),
        ("reference-transaction", '[ "$1" = committed ] && kill -9 $PPID'),
        ("post-commit", "kill -9 $PPID"),
    ],
)
def test_what_a_killed_git_left_is_removed_and_the_file_committed_once(work: Path, name: str, point: str, script: str) -> None:
    killing = hook(work, script, point)
    (work / name).write_text("after\n", encoding="utf-8")
    commit(work, [work / name], mentor="Ada", message=MESSAGE)
    killing.unlink()
    done = commit(work, [work / name], mentor="Ada", message=MESSAGE)
    assert (done.commit, done.note) == (run(work, "rev-parse", "HEAD"), "")
    assert run(work, "log", "--format=%s") == f"{MESSAGE}\nfirst"
    assert run(work, "status", "--porcelain", "--", name) == ""
    assert locks(work) == []
    assert untouched(work)
    assert (git_folder(work) / MARK).read_bytes() == b""
    run(work, "fsck", "--no-progress")


def test_the_lock_of_somebody_else_stays_and_is_one_line(work: Path) -> None:
    patience = Patience(wait_s=0.01)
    lock = git_folder(work) / "index.lock"
    (work / "one/labels.md").write_text("after\n", encoding="utf-8")
    lock.touch()
    done = commit(work, [work / "one/labels.md"], mentor="Ada", message=MESSAGE, patience=patience)
    assert done.commit is None
    assert (
        done.note == f"not committed: another git command holds {lock.resolve()}; if none is running, remove that file and commit by hand"
    )
    assert lock.exists()
    # Also where a command of ours was killed, long before.
    (git_folder(work) / MARK).write_bytes(b"at work\n")
    os.utime(git_folder(work) / MARK, (time.time() - 3600,) * 2)
    assert commit(work, [work / "one/labels.md"], mentor="Ada", message=MESSAGE, patience=patience).commit is None
    assert lock.exists()
    lock.unlink()
    assert commit(work, [work / "one/labels.md"], mentor="Ada", message=MESSAGE).commit


def test_a_git_that_outlived_its_process_is_waited_for(work: Path) -> None:
    """The process that started it was killed; git goes on, and has the mark."""
    hook(work, "touch .git/begun; sleep 1")
    (work / "one/labels.md").write_text("after\n", encoding="utf-8")
    started = (
        "import sys; from pathlib import Path; from bot.review.promotion.git import commit; "
        "commit(Path(sys.argv[1]), [Path(sys.argv[1]) / 'one/labels.md'], mentor='Ada', message=sys.argv[2])"
    )
    process = subprocess.Popen([sys.executable, "-c", started, str(work), MESSAGE], cwd=PROJECT)
    while not (git_folder(work) / "begun").exists():
        time.sleep(0.01)
    process.kill()
    process.wait()
    done = commit(work, [work / "one/labels.md"], mentor="Bob", message="Another")
    assert (done.commit, done.note) == (run(work, "rev-parse", "HEAD"), "")
    assert run(work, "log", "--format=%an %s") == f"Ada {MESSAGE}\nA first"
