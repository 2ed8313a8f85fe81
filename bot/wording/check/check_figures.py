"""The check measured on labelled claims: the false ones that it catches and the true ones that it cuts, by kind."""

from __future__ import annotations

from collections.abc import Sequence

from bot.wording.check.draft_check import Check, SentenceVerdict
from bot.wording.check.draft_sentences import Sentence, read_draft
from index.evaluate.figures import Figure, share
from index.evaluate.labelled_claims import Claim

SHOWN_MISSES = 12


def judged(claims: Sequence[Claim], check: Check) -> list[SentenceVerdict]:
    """Judge each claim as one sentence of a draft. Shapes: one per claim, in their order.

    Raises:
        UsageError: none of a claim's cards is there.
    """
    verdicts = []
    for claim in claims:
        notes = claim.among(check.library.base.cards)
        sentences = read_draft(claim.claim) or [Sentence(claim.claim, (), 0)]
        each = check.verdicts(sentences, claim.question, notes)
        verdicts.append(next((verdict for verdict in each if not verdict.supported), each[0]))
    return verdicts


def caught_and_cut(claims: Sequence[Claim], verdicts: Sequence[SentenceVerdict]) -> tuple[Figure, Figure]:
    """Return the share of unsupported claims that were caught and of supported ones that were cut, with intervals."""
    return share(cuts(claims, verdicts, supported=False)), share(cuts(claims, verdicts, supported=True))


def cuts(claims: Sequence[Claim], verdicts: Sequence[SentenceVerdict], *, supported: bool) -> list[bool]:
    """Return whether each claim was cut, for the supported or the unsupported claims."""
    return [not verdict.supported for claim, verdict in zip(claims, verdicts, strict=True) if claim.supported == supported]


def claims_table(claims: Sequence[Claim], verdicts: Sequence[SentenceVerdict]) -> str:
    """Render both figures, the figures of each kind, and some misses."""
    lines = [f"claims ({len(claims)})"]
    for supported, title in ((False, "false claims caught"), (True, "true claims cut")):
        of_sort = cuts(claims, verdicts, supported=supported)
        lines += [f"  {title:<24} {share(of_sort)}"] if of_sort else []
    for supported, title in ((False, "caught, by kind of false claim"), (True, "cut, by kind of true claim")):
        kinds = sorted({claim.kind for claim in claims if claim.supported == supported})
        lines += [f"  {title}:"] if kinds else []
        for kind in kinds:
            of_kind = [not v.supported for c, v in zip(claims, verdicts, strict=True) if c.kind == kind and c.supported == supported]
            lines.append(f"    {kind:<16} {sum(of_kind) / len(of_kind):.2f} of {len(of_kind)}")
    missed = [claim.claim for claim, verdict in zip(claims, verdicts, strict=True) if verdict.supported and not claim.supported]
    lines += ["  false, and let through, for example:", *(f"    - {text}" for text in missed[:SHOWN_MISSES])] if missed else []
    return "\n".join(lines)
