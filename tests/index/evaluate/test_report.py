"""A report in JSON can be compared with another in all that the page shows."""

from __future__ import annotations

import json

from index.evaluate.figures import LabelledOutcome, evaluate
from index.evaluate.labelled_questions import Labelled
from index.evaluate.report import CURVE_POINTS, as_json, thinned
from knowledge.reading.card import Slug


def outcome(number: int, *, right: bool) -> LabelledOutcome:
    labelled = Labelled(id=str(number), question="why?", turns=(), slugs=(Slug("a"),))
    return LabelledOutcome(labelled, True, (Slug("a" if right else "b"),), "Because.", (number + 0.5) / 1000, 10.0 + number / 7)


def test_the_json_holds_the_latency_the_risk_coverage_curve_and_the_reliability_bins() -> None:
    evaluation = evaluate([outcome(number, right=number >= 500) for number in range(1000)])
    report = json.loads(json.dumps(as_json(evaluation)))
    assert report["latency_ms"] == {"median": 81.4, "p95": 145.6, "max": 152.7}
    curve = report["risk_coverage"]
    assert len(curve) == CURVE_POINTS
    assert curve[-1] == {"confidence": 0.0005, "coverage": 1.0, "risk": 0.5}
    assert [point["coverage"] for point in curve] == [round(0.01 * number, 4) for number in range(1, 101)]
    assert {point["risk"] for point in curve[:50]} == {0.0}
    assert len(report["reliability"]) == 10
    assert report["reliability"][0] == {"confidence": 0.05, "right": 0.0, "count": 100}
    assert report["reliability"][-1] == {"confidence": 0.95, "right": 1.0, "count": 100}


def test_a_short_curve_is_kept_whole() -> None:
    curve = [(0.9, 0.5, 0.0), (0.1, 1.0, 0.5)]
    assert thinned(curve) == curve
    assert thinned([]) == []
