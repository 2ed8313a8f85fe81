"""The check is fitted on labelled claims; what is written judges as what was fitted, and one command line does it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bot.service import Service
from bot.wording.check.check_figures import judged
from bot.wording.check.draft_check import Check
from bot.wording.check.fit_check import CLAIMS, cheapest, fit, idf_of, rows_of
from bot.wording.check.signals import SIGNALS
from index.evaluate.labelled_claims import Claim, read_claims
from index.learned.kernel import PLACES, KernelModel, place
from knowledge.errors import UsageError

# Of few cards, so that few sentences are embedded, and of kinds that few claims suffice to tell apart.
SLUGS = {"masked-language-modeling", "in-context-learning", "word2vec"}
KINDS = {"paraphrase", "short", "unsupported", "wrong_concept", "vague"}


@pytest.fixture(scope="module")
def claims() -> list[Claim]:
    """Some sixty claims about three cards, each given that card alone."""
    found = [
        claim
        for path in sorted((CLAIMS / "fit").glob("*.jsonl"))
        for claim in read_claims(path)
        if claim.cards[0] in SLUGS and claim.kind in KINDS
    ]
    step = max(1, len(found) // 60)
    return [claim.model_copy(update={"cards": claim.cards[:1]}) for claim in found[::step]][:60]


@pytest.fixture
def paths(tmp_path: Path, claims: list[Claim]) -> list[Path]:
    """The claims as two rounds of authors."""
    files = [tmp_path / "first.jsonl", tmp_path / "second.jsonl"]
    for number, path in enumerate(files):
        path.write_text("".join(claim.model_dump_json() + "\n" for claim in claims[number::2]), encoding="utf-8")
    return files


def test_what_was_fitted_is_written_read_and_judges_the_same(
    service: Service, paths: list[Path], claims: list[Claim], tmp_path: Path
) -> None:
    said: list[str] = []
    fitted, figures = fit(service.library, said.append, paths)
    assert said[0] == "Reading 60 labelled claims …"
    assert set(figures) == {"area under the curve", "false claims caught", "true claims cut"}
    assert all(0 <= value <= 1 for value in figures.values())
    assert 0.05 <= fitted.threshold <= 0.99
    assert fitted.slope > 0
    fitted.write(tmp_path / "home" / "fitted")
    again = KernelModel.for_model(service.library.model_identity, SIGNALS, tmp_path / "home")
    before, after = (judged(claims, Check.over(service.library, machine)) for machine in (fitted, again))
    assert np.allclose([each.probability for each in before], [each.probability for each in after], atol=0.02)
    far = [abs(each.probability - fitted.threshold) > 0.03 for each in before]
    assert [each.supported for each, sure in zip(before, far, strict=True) if sure] == [
        each.supported for each, sure in zip(after, far, strict=True) if sure
    ]
    right = sum(each.supported == claim.supported for each, claim in zip(after, claims, strict=True))
    assert right > 0.8 * len(claims), "what it was fitted on it has to know"


def test_claims_are_read_as_the_check_reads_them(service: Service, claims: list[Claim]) -> None:
    rows = rows_of([claims[:3], claims[3:5]], service.library)
    assert rows.signals.shape == (5, len(SIGNALS))
    assert rows.folds.tolist() == [0, 0, 0, 1, 1]
    assert rows.supported.tolist() == [claim.supported for claim in claims[:5]]
    some = rows.of(np.array([False, True, False, False, True]))
    assert some.texts == [rows.texts[1], rows.texts[4]]
    assert some.folds.tolist() == [0, 1]


def test_a_claim_about_no_card_or_a_broken_file_is_one_clear_line(service: Service, tmp_path: Path, claims: list[Claim]) -> None:
    path = tmp_path / "gone.jsonl"
    path.write_text(json.dumps(claims[0].model_dump(mode="json") | {"id": "c7", "cards": ["gone"]}) + "\n", encoding="utf-8")
    with pytest.raises(UsageError, match="the claim c7 is about gone"):
        fit(service.library, lambda _: None, [path])
    with pytest.raises(UsageError, match="can't read"):
        fit(service.library, lambda _: None, [tmp_path / "none.jsonl"])


def test_the_threshold_is_where_mistakes_cost_least() -> None:
    chances = np.array([0.1, 0.2, 0.3, 0.7, 0.8, 0.9])
    supported = np.array([False, False, False, True, True, True])
    assert 0.3 < cheapest(chances, supported) <= 0.7
    # One false claim among the surest costs more than one true claim of three that is cut.
    assert cheapest(np.array([0.1, 0.2, 0.85, 0.8, 0.9, 0.95]), supported) > 0.85


def test_a_word_that_one_text_alone_has_tells_nothing() -> None:
    idf = idf_of(["masks hide", "masks show", "masks"])
    assert idf.shape == (PLACES,)
    assert idf[place("hide")] == 0 < idf[place("mask")]
