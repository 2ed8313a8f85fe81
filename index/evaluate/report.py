"""Reports of an evaluation: a table in the terminal, JSON to compare with, a page with plots for people."""

from __future__ import annotations

import html
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from index.evaluate.figures import Evaluation, LabelledOutcome

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:68rem;margin:2rem auto;padding:0 1rem;color:#1b1b1f;background:#fff}"
    "table{border-collapse:collapse;margin:1rem 0}"
    "td,th{padding:.25rem .75rem;border-bottom:1px solid #ddd;text-align:left;vertical-align:top}"
    "figure{margin:1rem 0;display:inline-block}svg{max-width:100%;height:auto}code{background:#f2f2f5;padding:0 .2rem}"
)
# As many as a plot can show; a point per question would be most of the file.
CURVE_POINTS = 100


def table(evaluation: Evaluation) -> str:
    """Render the figures for a terminal."""
    lines = []
    for group, figures in evaluation.groups.items():
        count = max((figure.count for figure in figures.values()), default=0)
        lines.append(f"{group} ({count})")
        lines += [f"  {name:<24} {figure}" for name, figure in figures.items()]
    latency = ", ".join(f"{name} {value:.0f}" for name, value in evaluation.latency_ms.items())
    lines += [f"calibration error          {evaluation.calibration_error:.3f}", f"latency, ms                {latency}"]
    return "\n".join(lines)


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return the figures, the curves and the misses as JSON's values."""
    return {
        "figures": {
            group: {
                name: {"value": round(f.value, 4), "low": round(f.low, 4), "high": round(f.high, 4), "count": f.count}
                for name, f in rows.items()
            }
            for group, rows in evaluation.groups.items()
        },
        "calibration_error": round(evaluation.calibration_error, 4),
        "latency_ms": {name: round(value, 1) for name, value in evaluation.latency_ms.items()},
        "risk_coverage": [
            {"confidence": round(sure, 4), "coverage": round(answered, 4), "risk": round(wrong, 4)}
            for sure, answered, wrong in thinned(evaluation.coverage)
        ],
        "reliability": [
            {"confidence": round(sure, 4), "right": round(right, 4), "count": count} for sure, right, count in evaluation.reliability
        ],
        "confusions": [{"wanted": wanted, "found": found, "count": count} for wanted, found, count in evaluation.confusions],
        "misses": [miss(outcome) for outcome in evaluation.outcomes if is_miss(outcome)],
    }


def thinned(curve: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Return evenly spread points of a curve, its last among them. Shapes: at most CURVE_POINTS."""
    step = -(-len(curve) // CURVE_POINTS) or 1
    return curve[::-1][::step][::-1]


def is_miss(outcome: LabelledOutcome) -> bool:
    """Return whether an outcome belongs into the list of misses."""
    return not outcome.right if outcome.labelled.slugs else outcome.answered


def miss(outcome: LabelledOutcome) -> dict[str, Any]:
    """Return what went wrong with one question."""
    return {
        "id": outcome.labelled.id,
        "question": outcome.labelled.conversation[-1],
        "wanted": list(outcome.labelled.slugs),
        "found": list(outcome.cards[:3]),
        "answered": outcome.answered,
        "confidence": round(outcome.confidence, 3),
        "missing": outcome.missing if outcome.answered else [],
        "false_claims": outcome.false_claims,
    }


def write(evaluation: Evaluation, folder: Path, *, title: str) -> None:
    """Write `report.html` and `report.json` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    # What learners typed may hold half a letter, which can't be encoded.
    figures = json.dumps(as_json(evaluation), indent=1, ensure_ascii=False) + "\n"
    (folder / "report.json").write_text(figures, encoding="utf-8", errors="replace")
    (folder / "report.html").write_text(page(evaluation, title), encoding="utf-8", errors="replace")


def page(evaluation: Evaluation, title: str) -> str:
    """Render the page, its plots inline."""
    rows = "".join(
        f"<tr><td>{html.escape(group)}</td><td>{html.escape(name)}</td><td>{figure.value:.3f}</td>"
        f"<td>{figure.low:.3f} to {figure.high:.3f}</td><td>{figure.count}</td></tr>"
        for group, figures in evaluation.groups.items()
        for name, figure in figures.items()
    )
    confused = "".join(
        f"<tr><td><code>{html.escape(wanted)}</code></td><td><code>{html.escape(found)}</code></td><td>{count}</td></tr>"
        for wanted, found, count in evaluation.confusions[:30]
    )
    missed = "".join(miss_row(miss(outcome)) for outcome in evaluation.outcomes if is_miss(outcome))
    latency = ", ".join(f"{name} {value:.0f} ms" for name, value in evaluation.latency_ms.items())
    plots = "".join(f"<figure>{plot}</figure>" for plot in (risk_plot(evaluation), reliability_plot(evaluation), latency_plot(evaluation)))
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{html.escape(title)}</title><style>{STYLE}</style>"
        f"<h1>{html.escape(title)}</h1><p>Shares with 95 % bootstrap intervals. Latency: {latency}. "
        f"Expected calibration error: {evaluation.calibration_error:.3f}.</p>"
        f"<table><tr><th>questions</th><th>figure</th><th>share</th><th>interval</th><th>count</th></tr>{rows}</table>{plots}"
        f"<h2>Cards found in place of others</h2><table><tr><th>wanted</th><th>found</th><th>times</th></tr>{confused}</table>"
        f"<h2>Misses</h2><table><tr><th>question</th><th>wanted</th><th>found</th><th>what</th></tr>{missed}</table></html>\n"
    )


def miss_row(row: dict[str, Any]) -> str:
    """Render one miss."""
    what = "answered" if row["answered"] else "not answered"
    if row["missing"]:
        what += f"; does not say {str(row['missing'][0])[:80]}"
    cells = (
        f"{row['id']}: {row['question']}",
        ", ".join(row["wanted"]) or "none",
        ", ".join(row["found"]),
        f"{what} ({row['confidence']})",
    )
    return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"


def risk_plot(evaluation: Evaluation) -> str:
    """Draw the risk-coverage curve."""

    def draw(axes: Any) -> None:
        axes.plot([point[1] for point in evaluation.coverage], [point[2] for point in evaluation.coverage])
        axes.set(
            xlabel="share of questions answered, most confident first",
            ylabel="share of those with a wrong card first",
            title="Risk and coverage",
        )

    return plotted(draw)


def reliability_plot(evaluation: Evaluation) -> str:
    """Draw the reliability diagram."""

    def draw(axes: Any) -> None:
        axes.plot([0, 1], [0, 1], linestyle="--", color="grey")
        axes.plot([bin_[0] for bin_ in evaluation.reliability], [bin_[1] for bin_ in evaluation.reliability], marker="o")
        axes.set(xlabel="confidence", ylabel="share with the right card first", title="Reliability", xlim=(0, 1), ylim=(0, 1))

    return plotted(draw)


def latency_plot(evaluation: Evaluation) -> str:
    """Draw how long answers took."""

    def draw(axes: Any) -> None:
        axes.hist([outcome.latency_ms for outcome in evaluation.outcomes], bins=40)
        axes.set(xlabel="milliseconds to the curated answer", ylabel="questions", title="Latency")

    return plotted(draw)


def plotted(draw: Callable[[Any], None]) -> str:
    """Return one plot as inline SVG."""
    from matplotlib.figure import Figure  # noqa: PLC0415  only a report needs it

    figure = Figure(figsize=(6, 4), layout="constrained")
    draw(figure.subplots())
    out = io.StringIO()
    figure.savefig(out, format="svg")
    text = out.getvalue()
    return text[text.index("<svg") :]
