"""The figures over replayed questions: drafts shown, true sentences cut, false ones let through, words."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.wording.judge.grade import Counted
from tests.measure_wording.replay import Outcome
from tests.measure_wording.sentence_labels import Labels, sentences_of

CODE = re.compile(r"^[ \t]*```.*?^[ \t]*```[ \t]*$", re.DOTALL | re.MULTILINE)
CITED = re.compile(r"\s*\[\d+\]")


@dataclass(frozen=True)
class Labelled:
    """A labelled sentence of a draft: whether it's true, whether the check kept it, and whether its draft was shown."""

    true: bool
    kept: bool
    shown: bool


def figures(outcomes: Sequence[Outcome], labels: Labels) -> list[str]:
    """Return the figures as lines."""
    asked = [each for each in outcomes if each.asked]
    done = [each for each in asked if not each.lacks]
    lacking = Counter(each.lacks for each in asked if each.lacks)
    lines = [f"questions: {len(outcomes)}, of which a model is asked about {len(asked)}"]
    lines += [f"without a reply to '{step}': {count} questions" for step, count in lacking.items()]
    lines.append(f"drafts shown: {Counted(sum(each.shown for each in done), len(done))} of {len(done)}")
    words = [words_of(each.answer.answer) for each in done if each.shown]
    if words:
        lines.append(f"words of a shown draft, median: {statistics.median(words):g}")
    for why, count in Counter(reason(each) for each in done if not each.shown).most_common():
        lines.append(f"  not shown, {count}: {why}")
    known = list(labelled(done, labels))
    if known:
        true = [each for each in known if each.true]
        false = [each for each in known if not each.true]
        cut = Counted(sum(not each.kept for each in true), len(true))
        lost = Counted(sum(not (each.kept and each.shown) for each in true), len(true))
        through = Counted(sum(each.kept and each.shown for each in false), len(false))
        lines.append(f"true sentences cut: {cut} of {len(true)}; not shown, with those of drafts that were thrown away: {lost}")
        lines.append(f"false sentences let through: {through} of {len(false)}")
    return lines


def labelled(outcomes: Sequence[Outcome], labels: Labels) -> Iterator[Labelled]:
    """Yield the labelled sentences of all drafts; a sentence without a verdict was cut."""
    for each in outcomes:
        kept = {row["sentence"] for row in each.answer.checks if row.get("verdict") == "kept"}
        for sentence in sentences_of(each.draft):
            true = labels.get((each.prompt.id if each.prompt else "", sentence))
            if true is not None:
                yield Labelled(true, sentence in kept, each.shown)


def reason(outcome: Outcome) -> str:
    """Return why a draft is not shown, without the sentences that it's about."""
    whole = next((row for row in outcome.answer.checks if "draft" in row), {})
    return str(whole.get("why", "no draft"))


def words_of(answer: str) -> int:
    """Return how many words an answer has beside code and citations."""
    return sum(bool(re.search(r"\w", word)) for word in CITED.sub("", CODE.sub("\n", answer)).split())
