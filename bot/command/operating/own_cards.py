"""Cards in a repository of their own, so that a promotion and an upgrade of the program don't get in each other's way."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.review.promotion.git import HOST, git
from bot.settings import PROJECT
from knowledge.errors import UsageError
from knowledge.reading.course import COURSE_FILE

KINDS = (".md", ".yaml")
FIRST = "The cards that came with Askwell"
AS_ASKWELL = {
    "GIT_AUTHOR_NAME": "Askwell",
    "GIT_AUTHOR_EMAIL": f"askwell@{HOST}",
    "GIT_COMMITTER_NAME": "Askwell",
    "GIT_COMMITTER_EMAIL": f"askwell@{HOST}",
}


def make_own_cards(folder: Path, course: Path = PROJECT / "knowledge") -> str:
    """Copy a course's cards into a folder that is new or empty, and commit them there; return what was done in words.

    A repository of cards is taken as it is: an earlier `askwell init` was cut short, or a course moves to another `.env`.

    Raises:
        UsageError: the folder has something else in it, or can't be written.
    """
    try:
        if (folder / ".git").exists() and (folder / COURSE_FILE).is_file():
            return f"{folder} is a repository of cards already, and taken as it is"
        if folder.exists() and any(folder.iterdir()):
            raise UsageError(f"{folder} has something in it: give a folder that is new or empty")
        copied = 0
        for path in sorted(course.rglob("*")):
            if path.suffix in KINDS and path.is_file():
                target = folder / path.relative_to(course)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
                copied += 1
    except OSError as error:
        raise UsageError(f"the cards can't be copied to {folder}: {error.strerror or error}") from None
    for words in (("init", "--quiet", "--initial-branch=main"), ("add", "."), ("commit", "--quiet", "--no-gpg-sign", "--message", FIRST)):
        ran = git(folder, *words, identity=AS_ASKWELL)
        if ran.status != 0:
            return f"{copied} files copied to {folder}, but not into git ({ran.why}): run 'git init' there, and commit them"
    return f"{copied} files copied to {folder}, a git repository of its own"
