"""A small course with an exam."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.wording.judge.examinee import with_exam


@pytest.fixture
def course(small: Path) -> Path:
    """Return the knowledge folder of three cards, with an exam of four pairs on them."""
    return with_exam(small)
