"""An entailment model, where one is installed: whether sentences of cards entail a claim, or contradict it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from knowledge.errors import IndexUnusable

# A contradiction this likely cuts a claim, and so does an entailment less likely than that.
CONTRADICTED = 0.7
ENTAILED = 0.2


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
        self._entailment, self._contradiction = labels["entailment"], labels["contradiction"]

    def __call__(self, claim: str, premises: Sequence[str]) -> tuple[bool, str]:
        """Return whether the premises, each by itself or all together, bear a claim out, and why not."""
        pairs = [(premise, claim) for premise in [*premises, " ".join(premises)]]
        logits = np.asarray(self._model.predict(pairs, convert_to_numpy=True, show_progress_bar=False), dtype=np.float64)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        entailed, contradicted = shares[:, self._entailment].max(), shares[:-1, self._contradiction]
        worst = int(contradicted.argmax())
        if contradicted[worst] >= CONTRADICTED and contradicted[worst] > entailed:
            return False, f"the entailment model finds it contradicted by “{premises[worst]}”"
        if entailed < ENTAILED:
            return False, "the entailment model finds it in no sentence of the cards"
        return True, ""
