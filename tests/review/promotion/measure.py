"""The figures of promoted cards before and after the reader is learned again from their regression cases.

`python -m tests.review.promotion.measure` promotes the answers of each file by the mentors' own functions, into a copy of the course and a
home of its own, asks all their questions, runs `askwell index fit` there, and asks them again. It takes some minutes for each file. With
`--also 2` the mentor adds the first two rewordings to the card, and only the others are asked. `--no-fit` measures before the fit alone.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bot.answering.answer import answer as answer_of
from bot.app import open_library, publish
from bot.door.clean_text import clean_text
from bot.ledger.database import Ledger
from bot.review.decisions.decide import answer
from bot.review.promotion.apply import carry_out
from bot.review.promotion.make_plan import make_plan
from bot.review.promotion.plan import promoted_question
from bot.settings import PROJECT, Settings
from bot.values import Question, Status
from index.encoder.embedding import Encoder
from index.encoder.model_files import EmbeddingModel, find_model
from index.search.library import Library
from tests.review.asked import ADA, NOW, ask
from tests.review.promotion.promoted_figures import FILES, NEIGHBOURS, OWN, REWORDINGS, AskedAgain, asked_again, promoted_rows, right_share

KINDS = {OWN: 1.0, REWORDINGS: 0.85, NEIGHBOURS: 0.8}
FIT = [sys.executable, "-c", "from bot.entry import main; raise SystemExit(main())", "index", "fit"]


class Course:
    """A copy of the course's cards, a home for it, and the library that answers there now."""

    def __init__(self, folder: Path) -> None:
        self.knowledge = Path(
            shutil.copytree(PROJECT / "knowledge", folder / "knowledge", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        )
        self.settings = Settings(_env_file=None, home=folder / "home", knowledge_dir=self.knowledge)
        self.model: EmbeddingModel = find_model(None)
        self.encoder = Encoder(self.model)

    def library(self) -> Library:
        """Publish the cards as they are now, and return the library with the reader that the home has now."""
        publish(self.settings, self.model, lambda: self.encoder)
        return open_library(self.settings, self.model, self.encoder)

    def promote(self, path: Path, also: int) -> None:
        """Have a learner ask the question of each line, a mentor answer it, and the answer become a card with so many of its rewordings."""
        home = self.settings.home
        ledger = Ledger(self.settings.ledger_url)
        ledger.upgrade()
        for row in promoted_rows(path):
            with ledger.transaction() as session:
                number = ask(session, row.question, status=Status.HANDED_OVER)
                answer(session, number, **ADA, text=row.answer)
                asked = promoted_question(session, number)
            wanted, today = f"new:{row.slug}", NOW.date()
            made = make_plan(
                wanted,
                asked,
                library=self.library(),
                knowledge=self.knowledge,
                mentor="Ada",
                today=today,
                group="inference",
                also=row.rewordings[:also],
            )
            carry_out(ledger, made, knowledge=self.knowledge, home=home, now=NOW)
        ledger.close()

    def fit(self) -> subprocess.CompletedProcess[str]:
        """Run `askwell index fit` in the home."""
        settings = {"ASKWELL_HOME": str(self.settings.home), "ASKWELL_KNOWLEDGE_DIR": str(self.knowledge)}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ASKWELL_")}
        return subprocess.run(FIT, env=inherited | settings, cwd=self.settings.home, capture_output=True, text=True, check=False)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.review.promotion.measure")
    parser.add_argument("files", nargs="*", type=Path, default=FILES, help="promoted answers; both files by default")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the courses and homes there")
    parser.add_argument("--also", type=int, default=0, metavar="N", help="so many rewordings of each answer go into its card")
    parser.add_argument("--no-fit", action="store_true", help="don't learn again")
    options = parser.parse_args(arguments)
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    with tempfile.TemporaryDirectory(prefix="askwell-promoted-") as folder:
        for path in options.files:
            sys.stdout.write(
                measured(path, Course((options.keep or Path(folder)) / path.stem), options.also, fits=not options.no_fit) + "\n"
            )
            sys.stdout.flush()
    return 0


def measured(path: Path, course: Course, also: int = 0, *, fits: bool = True) -> str:
    """Return the figures of one file as a table, and below it the questions that were missed."""
    course.promote(path, also)
    rows = [row._replace(rewordings=row.rewordings[also:]) for row in promoted_rows(path)]
    libraries = {"before": course.library()}
    done = course.fit() if fits else None
    if done is not None:
        libraries["after"] = course.library()
    asked = {when: asked_again(rows, library) for when, library in libraries.items()}
    lines = [f"{path.name + ', ' + str(len(rows)) + ' cards':<45}   aim  {'  '.join(asked)}"]
    for kind, aim in KINDS.items():
        count = sum(each.kind == kind for each in asked["before"])
        shares = " ".join(f"{right_share(each, kind):6.3f}" for each in asked.values())
        lines.append(f"{kind + f' ({count})':<45} {aim:5.2f}  {shares}")
    for when, library in libraries.items():
        lines += [f"missed {when}: {missed(each, library)}" for each in asked[when] if not each.right]
    if done is None:
        return "\n".join(lines)
    failed = [f"nothing was learned: {done.stderr.strip()}"] if done.returncode else []
    return "\n".join([*lines, *failed, "", "askwell index fit:", done.stdout])


def missed(each: AskedAgain, library: Library) -> str:
    """Return in a line how a question was answered that should have been answered otherwise, with its best card and how sure that is."""
    found = answer_of(Question((clean_text(each.text),), hands_over=False), library)
    best = found.cards[0].slug if found.cards else "no card"
    return f"{each.kind} of {each.slug}: {each.text!r}: {found.status.value}, {best} at {found.confidence:.2f}"


if __name__ == "__main__":
    sys.exit(main())
