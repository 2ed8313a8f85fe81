"""One check over the real cards for all tests: what the cards say is embedded once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.service import Service
from bot.wording.check.draft_check import Check
from bot.wording.check.signals import SIGNALS
from index.learned.kernel import KernelModel


@pytest.fixture(scope="session")
def check(service: Service, built_home: Path) -> Check:
    return Check.over(service.library, KernelModel.for_model(service.library.model_identity, SIGNALS, built_home))
