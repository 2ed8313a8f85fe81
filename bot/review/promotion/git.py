"""Commits of changed cards: these files alone, in the name of the mentor who changed them; if a commit fails, the changed files stay."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.review.promotion.git_locks import TIMED_OUT, Mark, at_work
from knowledge.errors import Refused

ASK_TIMEOUT_S = 10.0
# Only a mentor's name is known, and addresses under .invalid lead nowhere (RFC 2606).
HOST = "mentors.invalid"
# A commit must start nothing that outlives it, since that would keep the mark.
QUIETLY = ("-c", "commit.gpgsign=false", "-c", "maintenance.auto=false", "-c", "gc.auto=0", "-c", "core.fsmonitor=false")
COMMANDS = {"symbolic-ref", "rev-parse", "status", "hash-object", "log", "add", "commit", "cat-file", "rm", "config", "remote", "push"}
# A password or token in a remote's address, which git may repeat in an error.
SECRET_IN_ADDRESS = re.compile(r"(?<=://)[^/@\s]+@")
# Git sets these for its hooks; inherited, they would point our git commands to the wrong repository.
OURS_TO_SET = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR")


@dataclass(frozen=True)
class Patience:
    """The limits of a git command that writes.

    A hook that runs longer than `timeout_s` is ended, and the commit with it. Another git command may hold the index for a moment, so a
    command is tried `tries` times, `wait_s` apart.
    """

    timeout_s: float = 30.0
    tries: int = 5
    wait_s: float = 0.4


PATIENCE = Patience()


@dataclass(frozen=True)
class Committed:
    """The commit that holds a change, None with a note of one line where there is none."""

    commit: str | None
    note: str = ""


@dataclass(frozen=True)
class Ran:
    """The result of a git command."""

    status: int
    out: str
    error: str

    @property
    def why(self) -> str:
        """The reason why it failed, in one line."""
        held = re.search(r"Unable to create '(.+\.lock)': File exists", self.error)
        if held:
            return f"another git command holds {held[1]}; if none is running, remove that file and commit by hand"
        said = [line for line in f"{self.error}\n{self.out}".splitlines() if line.strip() and not line.startswith("hint:")]
        return " ".join(said[:2])[:300] or f"git ended with status {self.status}"


def commit(folder: Path, paths: Sequence[Path], *, mentor: str, message: str, patience: Patience = PATIENCE) -> Committed:
    """Commit some files of a folder if it's in a git work tree, without touching other changed or staged files.

    If the commit fails, because of a hook or a lock for example, the reason is the note and the files stay as they are.
    """
    inside = git(folder, "rev-parse", "--is-inside-work-tree", "--absolute-git-dir", "--git-common-dir")
    answers = inside.out.splitlines()
    if len(answers) != 3 or answers[0] != "true":
        # A folder outside of any repository needs no note; a repository that git refuses to open does.
        return Committed(None, "" if "not a git repository" in inside.error or inside.status == 127 else f"not committed: {inside.why}")
    names = [os.path.relpath(path.resolve(), folder.resolve()) for path in paths]
    git_folder = Path(answers[1])
    with at_work({git_folder, (folder / answers[2]).resolve()}, git_folder, at_most_s=patience.timeout_s) as mark:
        done = commit_names(folder, names, mentor=mentor, message=message, mark=mark, patience=patience)
    return pushed(folder, done, timeout_s=patience.timeout_s)


def pushed(folder: Path, done: Committed, *, timeout_s: float) -> Committed:
    """Push a commit if the folder is a repository of its own that has a remote; the commit stays if that fails, and the next push takes it.

    A folder within a larger repository isn't pushed: its branch holds others' work. A commit that is on no branch or only here is noted.
    """
    top = git(folder, "rev-parse", "--show-toplevel").out.strip()
    if done.commit is None or not top:
        return done
    if git(folder, "symbolic-ref", "--quiet", "HEAD").status != 0:
        return Committed(done.commit, "committed, but on no branch, since HEAD is detached: 'git switch -c NAME' keeps it")
    remotes = git(folder, "remote").out.split()
    if not remotes:
        return done
    if Path(top).resolve() != folder.resolve():
        return Committed(done.commit, "committed, but not pushed, since the cards lie in a larger repository: push it yourself")
    ran = git(folder, "push", "--quiet", "origin" if "origin" in remotes else remotes[0], "HEAD", timeout_s=timeout_s)
    return done if ran.status == 0 else Committed(done.commit, f"committed, but not pushed: {SECRET_IN_ADDRESS.sub('', ran.why)}")


def refuse_uncommitted(folder: Path, paths: Sequence[Path], mentor: str) -> None:
    """Raise Refused if a file differs from the last commit, since another's edit would go in under this mentor's name."""
    names = [os.path.relpath(path.resolve(), folder.resolve()) for path in paths if path.exists()]
    changed = [line[3:] for line in git(folder, "status", "--porcelain", "--", *names).out.splitlines()] if names else []
    if changed:
        raise Refused(f"{changed[0]} has changes that are not committed: commit or revert them first, or they go in under {mentor}'s name")


def commit_names(folder: Path, names: Sequence[str], *, mentor: str, message: str, mark: Mark, patience: Patience) -> Committed:
    """Commit some files, named from the folder; every git command that writes inherits `mark`."""
    clean = not git(folder, "status", "--porcelain", "--", *names).out.strip()
    if all(is_committed(folder, name) for name in names):
        # A process, or its git, was killed after the commit was made, perhaps before the index was updated.
        if not clean:
            mark.note(git_with_retries(folder, (*QUIETLY, "add", "--", *names), mark=mark, patience=patience).status)
        return Committed(git(folder, "log", "-1", "--format=%H", "--", *names).out.strip())
    if clean:
        return Committed(None, f"not committed: git ignores {names[0]}")
    done = git_with_retries(folder, (*QUIETLY, "add", "--intent-to-add", "--", *names), mark=mark, patience=patience)
    if done.status == 0:
        identity = identity_of(folder, mentor)
        words = (*QUIETLY, "commit", "--quiet", "--only", "--message", message, "--", *names)
        done = git_with_retries(folder, words, identity, mark=mark, patience=patience)
    mark.note(done.status)
    if done.status != 0:
        unstage(folder, names)
        return Committed(None, f"not committed: {done.why}")
    return Committed(git(folder, "rev-parse", "HEAD").out.strip())


def is_committed(folder: Path, name: str) -> bool:
    """Return whether the last commit has a file's present content, or neither has the file."""
    there = git(folder, "rev-parse", "--verify", "--quiet", f"HEAD:./{name}").out.strip()
    if not (folder / name).exists():
        return not there
    return bool(there) and there == git(folder, "hash-object", "--", name).out.strip()


def unstage(folder: Path, names: Sequence[str]) -> None:
    """Remove from the index the new files that the last commit doesn't have."""
    for name in names:
        known = git(folder, "cat-file", "-e", f"HEAD:./{name}")
        if known.status != 0:
            git(folder, "rm", "--cached", "--quiet", "--force", "--", name)


def identity_of(folder: Path, mentor: str) -> dict[str, str]:
    """Return the mentor as author, and a committer if git knows none, as environment variables."""
    name = re.sub(r"[<>\n\r\0]", "", mentor).strip() or "A mentor"
    identity = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": f"{address(name)}@{HOST}"}
    known = all(
        git(folder, "config", "--get", f"user.{key}").out.strip() or f"GIT_COMMITTER_{key.upper()}" in os.environ
        for key in ("name", "email")
    )
    return identity if known else identity | {"GIT_COMMITTER_NAME": "Askwell", "GIT_COMMITTER_EMAIL": f"askwell@{HOST}"}


def address(name: str) -> str:
    """Return a name as the local part of an email address.

    >>> address("Žofie Nováková")
    'zofie-novakova'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "mentor"


def git_with_retries(
    folder: Path, words: Sequence[str], identity: Mapping[str, str] | None = None, *, mark: Mark, patience: Patience
) -> Ran:
    """Run a git command that writes, and retry while another one holds the index."""
    for _ in range(patience.tries):
        done = git(folder, *words, identity=identity, timeout_s=patience.timeout_s, mark=mark)
        if done.status == 0 or ".lock" not in done.error:
            break
        time.sleep(patience.wait_s)
    return done


def git(
    folder: Path, *words: str, identity: Mapping[str, str] | None = None, timeout_s: float = ASK_TIMEOUT_S, mark: Mark | None = None
) -> Ran:
    """Run git in a folder; on a timeout it's ended together with all that it started, such as hooks."""
    environment = {name: value for name, value in os.environ.items() if name not in OURS_TO_SET}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true", "LC_ALL": "C", "GIT_LITERAL_PATHSPECS": "1", **(identity or {})}
    # Nobody is there to answer a question.
    environment.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")
    try:
        process = subprocess.Popen(
            ["git", *words], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, encoding="utf-8", errors="replace", start_new_session=True, pass_fds=mark.descriptors if mark else (),
        )  # fmt: skip
    except OSError as error:
        return Ran(127, "", f"git can't be run: {error.strerror}")
    try:
        out, said = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        # Git is asked to end first, so that it removes its lock files; a hook that ignores this is killed.
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.communicate(timeout=2)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        return Ran(
            TIMED_OUT, "", f"git {next(word for word in words if word in COMMANDS)} took longer than {timeout_s:.0f} s and was ended"
        )
    return Ran(process.returncode, out, said)
