"""A promoted file is committed alone and in the mentor's name; what git can't do is a note and costs nothing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from bot.review.promotion.git import Committed, Patience, commit, refuse_uncommitted
from knowledge.errors import Refused

MESSAGE = "New card tokens, from question 7"


@pytest.fixture(autouse=True)
def no_identity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in [name for name in os.environ if name.startswith(("GIT_AUTHOR", "GIT_COMMITTER", "GIT_CONFIG_GLOBAL", "XDG_CONFIG"))]:
        monkeypatch.delenv(name)


def run(folder: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A repository whose knowledge folder has one card, and beside it a file with a change staged and one that is only changed."""
    root = tmp_path / "course"
    (root / "knowledge/one").mkdir(parents=True)
    run(root, "init", "--quiet")
    for name in ("knowledge/one/labels.md", "staged.txt", "changed.txt"):
        (root / name).write_text("before\n", encoding="utf-8")
    run(root, "add", ".")
    run(root, "-c", "user.name=A", "-c", "user.email=a@b.invalid", "commit", "--quiet", "-m", "first")
    (root / "staged.txt").write_text("staged\n", encoding="utf-8")
    run(root, "add", "staged.txt")
    (root / "changed.txt").write_text("changed\n", encoding="utf-8")
    return root / "knowledge"


def untouched(work: Path) -> bool:
    status = run(work, "status", "--porcelain").splitlines()
    return "M  ../staged.txt" in status or "M  staged.txt" in status


@pytest.mark.parametrize("name", ["one/labels.md", "one/tokens.md"])
def test_the_file_alone_is_committed_in_the_mentors_name(work: Path, name: str) -> None:
    (work / name).write_text("after\n", encoding="utf-8")
    done = commit(work, [work / name], mentor="Žofie <Nováková>", message=MESSAGE)
    assert done.note == ""
    assert done.commit == run(work, "rev-parse", "HEAD")
    assert run(work, "show", "--name-only", "--format=%an|%ae|%cn|%s") == (
        f"Žofie Nováková|zofie-novakova@mentors.invalid|Askwell|{MESSAGE}\n\nknowledge/{name}"
    )
    assert untouched(work)


def test_a_known_committer_stays_the_committer(work: Path) -> None:
    run(work, "config", "user.name", "The bot")
    run(work, "config", "user.email", "bot@course.invalid")
    (work / "one/labels.md").write_text("after\n", encoding="utf-8")
    assert commit(work, [work / "one/labels.md"], mentor="Ada", message=MESSAGE).commit
    assert run(work, "show", "--format=%cn|%ce", "--no-patch") == "The bot|bot@course.invalid"


@pytest.mark.parametrize("name", ["one/labels.md", "one/tokens.md"])
def test_a_hook_that_refuses_leaves_the_file_and_the_index_as_they_were(work: Path, name: str) -> None:
    hook(work, "echo 'the hook says no' >&2; exit 1")
    before = run(work, "rev-parse", "HEAD")
    (work / name).write_text("after\n", encoding="utf-8")
    done = commit(work, [work / name], mentor="Ada", message=MESSAGE)
    assert done.commit is None
    assert done.note == "not committed: the hook says no"
    assert (work / name).read_text(encoding="utf-8") == "after\n"
    assert run(work, "rev-parse", "HEAD") == before
    assert run(work, "diff", "--cached", "--name-only") == "staged.txt"


def test_a_hook_that_hangs_is_ended(work: Path) -> None:
    hook(work, "sleep 60")
    (work / "one/labels.md").write_text("after\n", encoding="utf-8")
    done = commit(work, [work / "one/labels.md"], mentor="Ada", message=MESSAGE, patience=Patience(timeout_s=1.0))
    assert done.commit is None
    assert "longer than 1 s" in done.note
    assert not (work.parent / ".git/index.lock").exists()
    assert untouched(work)


def hook(work: Path, script: str, name: str = "pre-commit") -> Path:
    path = work.parent / ".git/hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_outside_a_repository_there_is_nothing_to_say(tmp_path: Path) -> None:
    (tmp_path / "card.md").write_text("x", encoding="utf-8")
    assert commit(tmp_path, [tmp_path / "card.md"], mentor="Ada", message=MESSAGE) == Committed(None)


def test_without_git_there_is_nothing_to_say(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert commit(work, [work / "one/labels.md"], mentor="Ada", message=MESSAGE).commit is None


def test_an_ignored_file_is_a_note(work: Path) -> None:
    (work.parent / ".gitignore").write_text("tokens.md\n", encoding="utf-8")
    (work / "one/tokens.md").write_text("x", encoding="utf-8")
    done = commit(work, [work / "one/tokens.md"], mentor="Ada", message=MESSAGE)
    assert done.commit is None
    assert "ignores" in done.note


def test_a_commit_that_was_made_already_is_found_again(work: Path) -> None:
    (work / "one/labels.md").write_text("after\n", encoding="utf-8")
    first = commit(work, [work / "one/labels.md"], mentor="Ada", message=MESSAGE)
    assert commit(work, [work / "one/labels.md"], mentor="Ada", message=MESSAGE) == first


@pytest.fixture
def remote(work: Path, tmp_path: Path) -> Path:
    """A remote of the repository, nothing in it yet."""
    run(tmp_path, "init", "--quiet", "--bare", str(tmp_path / "remote.git"))
    run(work, "remote", "add", "origin", str(tmp_path / "remote.git"))
    return tmp_path / "remote.git"


def test_a_commit_is_pushed_from_a_repository_of_cards_and_kept_when_that_fails(work: Path, remote: Path) -> None:
    cards = work.parent
    (cards / "changed.txt").write_text("a card\n", encoding="utf-8")
    done = commit(cards, [cards / "changed.txt"], mentor="Ada", message=MESSAGE)
    assert done.note == ""
    assert run(remote, "log", "-1", "--all", "--format=%H") == done.commit
    run(cards, "remote", "set-url", "origin", "http://somebody:secret@127.0.0.1:9/cards.git")
    (cards / "changed.txt").write_text("a better card\n", encoding="utf-8")
    done = commit(cards, [cards / "changed.txt"], mentor="Ada", message=MESSAGE)
    assert done.commit == run(cards, "rev-parse", "HEAD")
    assert done.note.startswith("committed, but not pushed: ")
    assert "secret" not in done.note
    assert "\n" not in done.note


def test_cards_within_a_larger_repository_are_committed_and_not_pushed(work: Path, remote: Path) -> None:
    (work / "one/labels.md").write_text("changed\n", encoding="utf-8")
    done = commit(work, [work / "one/labels.md"], mentor="Ada", message=MESSAGE)
    assert done.commit is not None
    assert "not pushed" in done.note
    assert run(remote, "log", "--all", "--format=%H") == ""


def test_a_commit_on_no_branch_is_noted(work: Path) -> None:
    run(work, "checkout", "--quiet", "--detach")
    (work / "one/labels.md").write_text("changed\n", encoding="utf-8")
    done = commit(work, [work / "one/labels.md"], mentor="Ada", message=MESSAGE)
    assert done.commit == run(work, "rev-parse", "HEAD")
    assert "on no branch" in done.note


def test_a_removed_file_is_committed_as_removed_and_a_repeat_is_no_trouble(work: Path) -> None:
    (work / "one/labels.md").unlink()
    first = commit(work, [work / "one/labels.md"], mentor="Ada", message=MESSAGE)
    assert first == Committed(run(work, "rev-parse", "HEAD"))
    assert run(work, "show", "--name-status", "--format=") == "D\tknowledge/one/labels.md"
    assert commit(work, [work / "one/labels.md"], mentor="Ada", message=MESSAGE) == first
    assert untouched(work)


def test_another_edit_in_the_file_is_not_committed_in_this_mentors_name(work: Path) -> None:
    refuse_uncommitted(work, [work / "one/labels.md", work / "one/tokens.md"], "Ada")
    (work / "one/labels.md").write_text("somebody's\n", encoding="utf-8")
    with pytest.raises(Refused, match=r"labels\.md has changes that are not committed"):
        refuse_uncommitted(work, [work / "one/labels.md"], "Ada")
    refuse_uncommitted(work, [work / "one/tokens.md"], "Ada")
