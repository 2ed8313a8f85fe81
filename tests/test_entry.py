"""The entry: Ctrl-C leaves no traceback, however early it comes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

PROGRAM = "import sys; from bot.entry import main; print('in', flush=True); sys.argv[1:] = ['doctor']; sys.exit(main())"


@pytest.mark.slow
@pytest.mark.parametrize("after_s", [0.05, 0.3, 0.8])
def test_ctrl_c_within_the_first_second_ends_it_in_silence(after_s: float, tmp_path: object) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"ASKWELL_HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "in\n"
    time.sleep(after_s)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert said == ""
    assert process.returncode == 130
