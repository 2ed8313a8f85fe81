"""Labels of drafts' sentences, true or false by the notes that the draft was written from, and the sheets on which people label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.wording.check.draft_sentences import read_draft
from knowledge.errors import UsageError
from knowledge.json_lines import read_json_lines
from tests.measure_wording.recording import Asked, write_json_lines
from tests.measure_wording.replay import Outcome

LABELLING = "label"
RULES = """\
For each draft, say which of its numbered sentences are false by the notes: a note says otherwise, or no note says all of it, even if it \
is true of the world. A sentence on what the notes don't say is false if they do say it. Read as a strict teacher of the subject would."""

# Whether a sentence is true, by the draft's prompt and the sentence.
Labels = dict[tuple[str, str], bool]


def read_labels(path: Path) -> Labels:
    """Read a file of labels, a line for each sentence; none if there is no such file yet.

    Raises:
        UsageError: it can't be read, or has lines that are no labels.
    """

    def parse(row: Any) -> tuple[tuple[str, str], bool]:
        if not isinstance(row, dict) or not isinstance(row.get("true"), bool):
            raise ValueError("needs an object with 'draft', 'sentence' and 'true'")
        return (str(row.get("draft")), str(row.get("sentence"))), row["true"]

    return dict(read_json_lines(path, parse)) if path.exists() else {}


def write_labels(path: Path, labels: Labels) -> None:
    """Write a file of labels."""
    write_json_lines(path, ({"draft": draft, "sentence": sentence, "true": true} for (draft, sentence), true in labels.items()))


def sentences_of(draft: str) -> list[str]:
    """Return the sentences of a draft as the check cuts it."""
    return [each.text for each in read_draft(draft)]


def unlabelled(outcomes: Sequence[Outcome], labels: Labels) -> dict[str, Asked]:
    """Return the sheets' entries for drafts with a sentence that has no label."""
    found = {}
    for each in outcomes:
        said = sentences_of(each.draft)
        if each.prompt is not None and any((each.prompt.id, sentence) not in labels for sentence in said):
            entry = entry_of(each.prompt, said)
            found[entry.id] = entry
    return found


def entry_of(prompt: Asked, said: Sequence[str]) -> Asked:
    """Return the entry of one draft."""
    numbered = "\n".join(f"({number}) {sentence}" for number, sentence in enumerate(said, start=1))
    return Asked(LABELLING, (("rules", RULES), ("draft", f"{prompt.request}\n<draft>\n{numbered}\n</draft>")))


def take_labels(replies: Mapping[str, Any], outcomes: Sequence[Outcome], labels: Labels) -> set[str]:
    """Put the replies into the labels, and return the ids of the entries that were taken.

    Raises:
        UsageError: a reply has not the form, or names a sentence that there is not.
    """
    taken = set()
    for each in outcomes:
        if each.prompt is None or not each.draft:
            continue
        said = sentences_of(each.draft)
        name = entry_of(each.prompt, said).id
        if name in replies:
            reply = replies[name]
            false = reply.get("false") if isinstance(reply, dict) else None
            if not isinstance(false, list) or not all(isinstance(number, int) and 1 <= number <= len(said) for number in false):
                raise UsageError(f'the labels of {name} must be {{"false": [...]}}, with numbers from 1 to {len(said)}')
            labels.update({(each.prompt.id, sentence): number not in false for number, sentence in enumerate(said, start=1)})
            taken.add(name)
    return taken


def planted(path: Path, replies: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Read which words of recorded drafts are exchanged for false ones; return each such draft by its prompt, with its false sentence.

    Raises:
        UsageError: the file can't be read, or an exchange makes no false sentence, or several, of a recorded draft.
    """

    def parse(row: Any) -> tuple[str, tuple[str, str]]:
        if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in ("draft", "true", "false")):
            raise ValueError("needs an object with 'draft', 'true' and 'false'")
        before = replies.get(row["draft"])
        if before is None or before.count(row["true"]) != 1:
            raise ValueError(f"{row['draft']} is no recorded draft that has the words of 'true' once")
        after = before.replace(row["true"], row["false"])
        new = [sentence for sentence in sentences_of(after) if sentence not in sentences_of(before)]
        if len(new) != 1:
            raise ValueError(f"the exchange in {row['draft']} makes {len(new)} new sentences, and not one")
        return row["draft"], (after, new[0])

    return dict(read_json_lines(path, parse))
