"""The direction of the imports, and each framework in its place."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from bot.settings import PROJECT

FOLDER_MAX = 12
OURS = ("knowledge", "index", "bot")
# Each layer may import itself and those before it.
LAYERS = (
    ("knowledge.errors", "knowledge.words", "knowledge.files", "knowledge.short_line"),
    ("knowledge",),
    ("index.encoder",),
    ("index.store",),
    ("index.learned",),
    ("index.search",),
    ("index",),
    ("bot.values", "bot.settings", "bot.breaker"),
    ("bot.door",),
    ("bot.answering",),
    ("bot.ledger",),
    ("bot.review",),
    ("bot.wording",),
    ("bot.record", "bot.forgetting", "bot.backup"),
    ("bot.service",),
    ("bot.changed_questions", "bot.own_data", "bot.held_questions"),
    ("bot.app",),
    ("bot.background",),
    ("bot.adapters",),
    ("bot.command",),
    ("bot.entry",),
)
FENCES = {
    "discord": ("bot.adapters.discord",),
    "aiohttp": ("bot.adapters.discord", "bot.adapters.discourse"),
    "authlib": ("bot.adapters.desk.entering",),
    "httpx2": ("bot.adapters.desk.entering",),
    "jinja2": ("bot.adapters.desk",),
    "markdown_it": ("bot.adapters.desk",),
    "nh3": ("bot.adapters.desk",),
    "starlette": ("bot.adapters.desk",),
    "uvicorn": ("bot.adapters.desk",),
    "langchain": ("bot.wording.prompt", "bot.wording.model"),
    "langchain_openai": ("bot.wording.model",),
    "langchain_ollama": ("bot.wording.model",),
    "tenacity": ("bot.wording.model",),
    "langchain_community": ("index.evaluate",),
    "langchain_core": ("bot.wording.chain", "bot.wording.prompt", "bot.wording.model"),
    "sqlalchemy": ("bot.ledger", "bot.review"),
    "alembic": ("bot.ledger",),
    "faiss": ("index.",),
    "sentence_transformers": ("index.",),
    "torch": ("index.",),
    "argparse": ("bot.command", "index.evaluate"),
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


def test_a_module_imports_only_its_own_layer_and_those_below() -> None:
    wrong = []
    for name in modules():
        own = layer(name)
        if own is None:
            assert name in {"bot", "index", "bot.adapters"}, f"{name} is in no layer: give it one in LAYERS"
            continue
        wrong += [f"{name} imports {other}" for other in imported(name) if other in modules() and (layer(other) or 0) > own]
    assert wrong == []


def test_a_framework_stays_in_its_place() -> None:
    def strays(name: str) -> list[str]:
        used = {framework for framework in FENCES if any(within(other, framework) for other in imported(name))}
        return [f"{name} imports {each}, which belongs in {FENCES[each]}" for each in used if not name.startswith(FENCES[each])]

    assert [line for name in modules() for line in strays(name)] == []


def test_no_module_or_folder_has_the_name_of_another() -> None:
    named: dict[str, list[str]] = {}
    for name in modules():
        if not within(name, "bot.ledger.migrations"):
            named.setdefault(name.rsplit(".", 1)[-1], []).append(name)
    assert {leaf: names for leaf, names in named.items() if len(names) > 1} == {}


def test_a_folder_holds_a_dozen_modules_at_most() -> None:
    held = Counter(name.rpartition(".")[0] for name, path in modules().items() if path.name != "__init__.py")
    assert {folder: count for folder, count in held.items() if count > FOLDER_MAX} == {}


def test_the_answering_core_knows_no_clock_network_or_database() -> None:
    core = [name for name in modules() if within(name, "bot.answering") or within(name, "bot.door") or name == "bot.values"]
    found = {name: {other.split(".")[0] for other in imported(name)} & NOT_IN_THE_CORE for name in core}
    assert {name: other for name, other in found.items() if other} == {}


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
loaded = {"sentence_transformers", "transformers", "torch", "discord", "aiohttp"} & set(sys.modules)
sys.exit(f"loaded: {sorted(loaded)}" if loaded else 0)
"""
    environment = os.environ | {"ASKWELL_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
