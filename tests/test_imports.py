"""The direction of the imports, and each framework in its place."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from bot.settings import PROJECT

OURS = ("knowledge", "index", "bot")
# Each layer may import itself and those before it.
LAYERS = (
    ("knowledge",),
    ("index",),
    ("bot.answering",),
    ("bot.ledger", "bot.settings", "bot.watching", "bot.spool"),
    ("bot.review",),
    ("bot.check_fitting", "bot.record", "bot.rights", "bot.second_reader", "bot.upkeep", "bot.wording"),
    ("bot.service",),
    ("bot.app",),
    ("bot.recovery",),
    ("bot.adapters",),
    ("bot.command",),
)
FENCES = {
    "discord": ("bot.adapters.discord",),
    "langchain": ("bot.answering.prompt", "bot.answering.model"),
    "langchain_openai": ("bot.answering.model",),
    "langchain_ollama": ("bot.answering.model",),
    "tenacity": ("bot.answering.model",),
    "langchain_community": ("index.bench", "index.baseline"),
    "langchain_core": ("bot.answering.prompt", "bot.answering.model", "index.retriever"),
    "sqlalchemy": ("bot.ledger", "bot.review"),
    "alembic": ("bot.ledger",),
    "faiss": ("index.",),
    "sentence_transformers": ("index.",),
    "torch": ("index.",),
    "argparse": ("bot.command", "index.bench", "index.baseline"),
}
# The core is a function of its arguments: no clock, no chance, no network, no database, no files.
NOT_IN_THE_CORE = {
    "time",
    "datetime",
    "random",
    "secrets",
    "uuid",
    "os",
    "pathlib",
    "socket",
    "http",
    "urllib",
    "asyncio",
    "threading",
    "sqlite3",
}


@cache
def modules() -> dict[str, Path]:
    found = {}
    for package in OURS:
        for path in sorted((PROJECT / package).rglob("*.py")):
            parts = path.relative_to(PROJECT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imported(name: str) -> frozenset[str]:
    """Return all that a module imports, at its top or within functions; of our own, the modules themselves."""
    return frozenset(imports_of(modules()[name]))


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in modules() else str(node.module)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def layer(name: str) -> int | None:
    return next((number for number, packages in enumerate(LAYERS) if any(within(name, package) for package in packages)), None)


@pytest.mark.parametrize("name", [name for name in modules() if name != "bot"])
def test_a_module_imports_only_its_own_layer_and_those_below(name: str) -> None:
    own = layer(name)
    assert own is not None, f"{name} stands in no layer: give it one in LAYERS"
    for other in imported(name):
        if other in modules():
            below = layer(other)
            assert below is not None
            assert below <= own, f"{name} imports {other}, which stands above it"


@pytest.mark.parametrize("framework", FENCES)
def test_a_framework_stays_in_its_place(framework: str) -> None:
    for name in modules():
        if any(within(other, framework) for other in imported(name)):
            assert name.startswith(FENCES[framework]), f"{name} imports {framework}, which belongs in {FENCES[framework]}"


@pytest.mark.parametrize("name", [name for name in modules() if within(name, "bot.answering")])
def test_the_answering_core_knows_no_clock_network_or_database(name: str) -> None:
    if not name.startswith(FENCES["langchain"]):
        assert not {other.split(".")[0] for other in imported(name)} & NOT_IN_THE_CORE


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {name: {other for other in imported(name) if other in modules() and other != name} for name in modules()}
    assert len(list(TopologicalSorter(graph).static_order())) == len(graph)


def test_only_the_tests_import_the_tests() -> None:
    assert not [name for name in modules() if any(within(other, "tests") for other in imported(name))]


def test_commands_that_embed_nothing_load_no_model_library(tmp_path: Path) -> None:
    program = """
import contextlib, sys
from bot.command import main
with contextlib.suppress(SystemExit):
    main(["--help"])
assert main(["knowledge", "check"]) == 0
assert main(["ledger", "upgrade"]) == 0
loaded = {"sentence_transformers", "transformers", "torch", "discord"} & set(sys.modules)
sys.exit(f"loaded: {sorted(loaded)}" if loaded else 0)
"""
    environment = os.environ | {"ASKWELL_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
