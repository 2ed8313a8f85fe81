"""An entailment model says of a claim whether single sentences, or all together, entail or contradict it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from knowledge.errors import IndexUnusable

# A contradiction this likely refutes a claim that nothing entails more; an entailment this likely bears it out.
CONTRADICTED = 0.7
ENTAILED = 0.5

LABELS = ("entailment", "contradiction")


class Entailment:
    """A cross-encoder with the three labels of natural-language inference, from a folder or a hub."""

    def __init__(self, location: str) -> None:
        # It takes seconds to import, and few installations have such a model.
        from sentence_transformers import CrossEncoder  # noqa: PLC0415

        try:
            self._model = CrossEncoder(location, device="cpu")
        except (OSError, ValueError) as error:
            raise IndexUnusable(f"the entailment model '{location}' can't be loaded: {str(error).splitlines()[0]}") from error
        labels = {str(name).lower(): int(number) for number, name in self._model.config.id2label.items()}
        if "entailment" not in labels or "contradiction" not in labels:
            raise IndexUnusable(
                f"'{location}' is no entailment model: its labels are {', '.join(labels)}, and 'entailment' and 'contradiction' are needed"
            )
        self._columns = [labels[name] for name in LABELS]

    def __call__(self, claim: str, premises: Sequence[str]) -> tuple[str, int | None]:
        """Return the label of a claim, and which premise gave it; None if only all together do.

        The label is 'entailment', 'contradiction', or 'neutral' where neither is likely enough.
        """
        pairs = [(premise, claim) for premise in [*premises, " ".join(premises)]]
        logits = np.asarray(self._model.predict(pairs, convert_to_numpy=True, show_progress_bar=False), dtype=np.float64)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        entailed, contradicted = shares[:, self._columns[0]], shares[:-1, self._columns[1]]
        best, worst = int(entailed.argmax()), int(contradicted.argmax())
        if contradicted[worst] >= CONTRADICTED and contradicted[worst] > entailed[best]:
            return "contradiction", worst
        if entailed[best] >= ENTAILED:
            return "entailment", best if best < len(premises) else None
        return "neutral", None
