"""`askwell index fit`: the reader is learned again, compared with the one in use, and published unless a regression case is lost."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile

from bot.app import publish
from bot.command.arguments import Subparsers, add_command, to_stderr
from bot.review.promotion.impact import DECLINED, SHOWN_CHARS, outcome, regression_file
from bot.settings import Settings, read_settings
from index.encoder.batching import SharedEncoder
from index.encoder.embedding import Encoder
from index.encoder.model_files import PACKAGED_NAME, RANGES, TAUGHT_LAYERS, EmbeddingModel, find_model, packaged_model
from index.evaluate.labelled_questions import QUESTIONS, Labelled, labelled_to_learn, questions_to_fit, read_labelled
from index.fit.to_learn import questions_to_learn
from index.learned.reader_weights import FILE, PARAMETERS, ReaderWeights, folder_for
from index.search.library import Library
from index.search.reader import EVIDENCE_COUNT
from index.store.generations import load
from index.store.passages import all_passages
from knowledge.errors import IndexUnusable, UsageError
from knowledge.files import write_atomically
from knowledge.reading.base import read_knowledge
from knowledge.reading.card_file import Problem
from knowledge.short_line import short_line

# Fitting reads the same sentences of cards many times.
REMEMBERED = 1 << 17
# One text in so many is enough to measure the range of the numbers inside the embedding model.
EVERY = 5
CROSS_VALIDATION = "cross_validation.json"
CASES_KEPT = "regression cases kept"


@dataclass(frozen=True)
class Lesson:
    """All that the reader is learned from: labelled questions and regression cases; `unseen` questions only measure it."""

    labelled: Sequence[Labelled]
    unseen: Sequence[Labelled]
    cases: Sequence[Labelled]


def add_fit(group: Subparsers) -> None:
    """Add `index fit`."""
    words = "learn the reader again from the labelled questions and the mentors' regression cases (minutes)"
    fit = add_command(group, "fit", run_fit, words)
    fit.add_argument(
        "--only",
        choices=("reader", "encoder", "rounding"),
        help="only the reader; or only the packaged model's upper layers, or only how that model is rounded, for a release "
        "(every other number depends on these two, so they're made only on request)",
    )
    fit.add_argument(
        "--packaged",
        action="store_true",
        help="from the labelled questions alone, without this home's regression cases, into the program's own folder: for a release",
    )


def run_fit(options: argparse.Namespace) -> int:
    """Learn the numbers again and write them down."""
    if options.only == "encoder":
        return fit_encoder()
    if options.only == "rounding":
        return fit_rounding()
    settings = read_settings()
    model = find_model(settings.embedding_model)
    if options.packaged and model.name != PACKAGED_NAME:
        raise UsageError(f"--packaged is for the packaged embedding model, and ASKWELL_EMBEDDING_MODEL is {model.name}")
    folder = PARAMETERS if options.packaged else settings.home / "fitted"
    refuse_unwritable(folder)
    # Learners' words, and what is made of them, stay in the home.
    path = regression_file(settings.home)
    cases = read_labelled(path) if not options.packaged and path.exists() and path.stat().st_size else []
    unseen = [row for file in sorted((QUESTIONS / "held_out").glob("*.jsonl")) for row in read_labelled(file)]
    encoder = Encoder(model)
    refuse_broken(publish(settings, model, lambda: encoder).problems)
    learn(settings, model, encoder, Lesson(labelled_to_learn(), unseen, cases), folder)
    return 0


def learn(settings: Settings, model: EmbeddingModel, encoder: Encoder, lesson: Lesson, folder: Path) -> None:
    """Fit the reader to the published index, print what it does before and after, and write it into a folder.

    Raises:
        UsageError: there is too little to learn from.
        IndexUnusable: a regression case that is answered now would be lost, or the numbers can't be written.
    """
    from index.fit.before_after import compared  # noqa: PLC0415  scikit-learn is needed for learning only
    from index.fit.fit_encoder import teaches_encoder  # noqa: PLC0415  it imports torch
    from index.fit.fit_reader import fit_reader  # noqa: PLC0415

    generation = load(settings.index_dir)
    shared = SharedEncoder(encoder.encode, remembered=REMEMBERED)
    questions = questions_to_learn(lesson.labelled, lesson.cases, generation.base)
    used, earlier = in_use(model, settings.home, folder)
    before = Library(generation, shared, used, encoder.words())
    kept = answered_cases(lesson.cases, before)
    shown = frozenset(row.id for row in lesson.labelled if model.taught_layers is not None and teaches_encoder(row))
    weights, later = fit_reader(before, questions, to_stderr, shown_to_encoder=shown)
    now_kept = answered_cases(lesson.cases, Library(generation, shared, weights, encoder.words()))
    measured = json.dumps({name: round(value, 4) for name, value in later.items()}, indent=1) + "\n"
    unseen_before, unseen_after = compared(before, lesson.unseen, [before.reader.weights, weights])
    earlier, later = unseen_before | earlier, unseen_after | later
    if lesson.cases:
        earlier[CASES_KEPT], later[CASES_KEPT] = (len(each) / len(lesson.cases) for each in (kept, now_kept))
    print("\n".join([f"{'':<45} before  after", *(figure_line(name, earlier.get(name), value) for name, value in later.items())]))
    lost = [case for case in lesson.cases if case.id in kept and case.id not in now_kept]
    refuse_lost(lost, regression_file(settings.home))
    try:
        weights.write(folder)
        write_atomically(folder / CROSS_VALIDATION, measured.encode())
    except OSError as error:
        raise IndexUnusable(f"the fitted numbers can't be written to {folder}: {error.strerror}") from error
    print(
        f"learned from {len(weights.settles)} questions; answered from {weights.settled_from:.2f}, shown as the nearest from "
        f"{weights.near_from:.2f}; written to {folder}, used from the next start on"
    )


def in_use(model: EmbeddingModel, home: Path, folder: Path) -> tuple[ReaderWeights | None, dict[str, float]]:
    """Return the numbers that those written to a folder replace, and their cross-validated figures; none if they can't be used."""
    try:
        now = PARAMETERS if folder == PARAMETERS else folder_for(model, home)
        weights = ReaderWeights.read(now / FILE)
    except IndexUnusable:
        return None, {}
    is_usable = weights.model_identity == model.identity and weights.weights.shape == (EVIDENCE_COUNT,)
    return (weights, figures_in(now / CROSS_VALIDATION)) if is_usable else (None, {})


def figures_in(path: Path) -> dict[str, float]:
    """Return the figures in a file, none if it can't be read."""
    try:
        return {str(name): float(value) for name, value in json.loads(path.read_bytes()).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def refuse_unwritable(folder: Path) -> None:
    """Raise IndexUnusable if no file can be written into a folder, which is made if it isn't there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise IndexUnusable(f"the fitted numbers can't be written to {folder}: {error.strerror}") from error


def refuse_broken(problems: Sequence[Problem]) -> None:
    """Raise IndexUnusable if there are problems in the cards."""
    if problems:
        raise IndexUnusable(f"{len(problems)} problems in the cards, the first: {problems[0]}; fix them before fitting")


def fit_encoder() -> int:
    """Teach the packaged model's upper layers by the labelled questions, from the published model on."""
    from index.encoder.taught_layers import write_layers  # noqa: PLC0415  it imports torch
    from index.fit.fit_encoder import teach, teaches_encoder  # noqa: PLC0415
    from index.fit.fit_reader import as_searched, passages_named  # noqa: PLC0415

    refuse_unwritable(TAUGHT_LAYERS.parent)
    settings = read_settings()
    refuse_broken(publish(settings, packaged_model(), lambda: Encoder(packaged_model())).problems)
    encoder = Encoder(replace(packaged_model(), ranges=None, taught_layers=None))
    library = Library(load(settings.index_dir), encoder.encode, None, encoder.words())
    reader = library.reader
    rows = [row for row in questions_to_learn(labelled_to_learn(), [], library.base) if row.settles and teaches_encoder(row)]
    questions = [library.read(as_searched(row))[1][0] for row in rows]
    passages = [library.passages[row].text for row in reader.rows]
    layers = teach(encoder.transformer, questions, passages, [passages_named(reader, row.settles or ()) for row in rows], to_stderr)
    try:
        write_layers(layers, TAUGHT_LAYERS)
    except OSError as error:
        raise IndexUnusable(f"the taught layers can't be written to {TAUGHT_LAYERS}: {error.strerror}") from error
    print(f"learned from {len(rows)} questions; written to {TAUGHT_LAYERS}: now run 'askwell index fit --only rounding'")
    return 0


def fit_rounding() -> int:
    """Measure the range of the inputs of the packaged model's layers over the cards and the labelled questions."""
    from index.encoder import rounding  # noqa: PLC0415  it imports torch

    refuse_unwritable(RANGES.parent)
    base, problems = read_knowledge(read_settings().knowledge_dir)
    refuse_broken(problems)
    texts = [*(passage.text for passage in all_passages(base)), *(str(row.question) for row in questions_to_fit())][::EVERY]
    to_stderr(f"Measuring over {len(texts)} texts …")
    ranges = rounding.measured(Encoder(replace(packaged_model(), ranges=None)).transformer, texts)
    try:
        rounding.write_ranges(ranges, RANGES)
    except OSError as error:
        raise IndexUnusable(f"the ranges can't be written to {RANGES}: {error.strerror}") from error
    print(f"written to {RANGES}: every index and every fitted number must now be made again, 'askwell index fit --packaged' first")
    return 0


def answered_cases(cases: Sequence[Labelled], library: Library) -> set[str]:
    """Return the names of the regression cases that a library answers from their card, or declines where it must."""
    return {case.id for case in cases if outcome(case.conversation, library) in (case.slugs or (DECLINED,))}


def refuse_lost(lost: Sequence[Labelled], path: Path) -> None:
    """Raise IndexUnusable if regression cases would be lost; the line names them."""
    if lost:
        named = "; ".join(f"{case.id} {short_line(case.conversation[-1], SHOWN_CHARS)!r} [{', '.join(case.slugs)}]" for case in lost)
        raise IndexUnusable(
            f"nothing was written: {len(lost)} regression {'case is' if len(lost) == 1 else 'cases are'} answered now and would be lost: "
            f"{named}; add such a question to the card's 'asked_as' and try again, or remove the line from {path} if it no longer holds"
        )


def figure_line(name: str, before: float | None, after: float) -> str:
    """Render one figure before and after."""
    return f"{name:<45} {'     -' if before is None else f'{before:6.3f}'} {after:6.3f}"
