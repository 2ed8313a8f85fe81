"""Two readers are compared on the same questions, and only on those of this course."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from index.evaluate.labelled_questions import Labelled
from index.fit.before_after import compared
from index.search.library import Library
from index.search.reader import plain_weights
from index.store.build import build
from index.store.generations import load
from tests.index.fakes import DIMENSION, MODEL, CountingEncoder

ROWS = [
    Labelled(id="right", question="what are labels?", turns=(), settles=("labels#short",)),
    Labelled(id="other-passage", question="what are labels?", turns=(), settles=("labels#what-becomes-of-them",)),
    Labelled(id="other-card", question="what are labels?", turns=(), settles=("masks#short",)),
    Labelled(id="miss", question="which bus goes to the harbour?", turns=(), settles=()),
]


def test_both_readers_are_measured_on_the_same_questions(tmp_path: Path, small: Path) -> None:
    build(tmp_path / "index", small, CountingEncoder, MODEL)
    library = Library(load(tmp_path / "index"), CountingEncoder().encode)
    plain = plain_weights(DIMENSION, MODEL.identity)
    never, always = replace(plain, settled_from=1.1), replace(plain, settled_from=0.0)
    elsewhere = Labelled(id="elsewhere", question="is bread old?", turns=(), settles=("bread#short",))
    nobody_looked = Labelled(id="nobody-looked", question="what are labels?", turns=())
    first, second = compared(library, [*ROWS, elsewhere, nobody_looked], [never, always])
    assert first["held out: right card first"] == second["held out: right card first"] == 2 / 3
    assert (first["held out: answered and settled"], second["held out: answered and settled"]) == (0.0, 1 / 3)
    assert (first["held out, out of scope: not answered"], second["held out, out of scope: not answered"]) == (1.0, 0.0)
    assert compared(library, [elsewhere, ROWS[-1]], [never]) == [{}]
