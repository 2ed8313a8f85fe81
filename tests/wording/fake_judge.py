"""A judge that rules as a test says: supported, but for sentences with certain words in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.wording.judge.judgement import Judgement, Ruling
from knowledge.errors import PlatformError


@dataclass
class FakeJudge:
    """Rules by words that a sentence contains; `seen` is what it was asked, `away` makes it give no judgement."""

    rulings: Mapping[str, Judgement | Ruling] = field(default_factory=dict)
    away: bool = False
    name: str = "fake"
    seen: list[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)

    def judge(self, asked: Sequence[str], notes: Sequence[str], sentences: Sequence[str]) -> list[Judgement]:
        """Rule on each sentence."""
        self.seen.append((tuple(asked), tuple(notes), tuple(sentences)))
        if self.away:
            raise PlatformError("the judge is away")
        return [self._ruling(sentence) for sentence in sentences]

    def _ruling(self, sentence: str) -> Judgement:
        ruled = next((ruling for words, ruling in self.rulings.items() if words in sentence), Ruling.SUPPORTED)
        return ruled if isinstance(ruled, Judgement) else Judgement(ruled)
