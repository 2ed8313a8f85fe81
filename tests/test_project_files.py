"""The files around the code: they name only what exists, and all of it."""

from __future__ import annotations

import datetime as dt
import os
import re
import shlex
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from sqlalchemy.engine import make_url

from bot.adapters.discord.timing import Timing
from bot.adapters.health_files import health_file
from bot.backup import DAILY
from bot.command import parser
from bot.entry import REFUSES_ROOT
from bot.settings import BY_FILE, CHECKED_FILE, PROJECT, Settings, unknown_settings

SETTINGS = {f"ASKWELL_{name.upper()}" for name in Settings.model_fields}
ASSIGNMENT = re.compile(r"^(?P<default># )?(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)$", re.MULTILINE)
DOCS = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", PROJECT / "CHANGELOG.md", *sorted((PROJECT / "docs").rglob("*.md"))]
# Put together here, so that this file does not hold what it forbids.
FORBIDDEN = [
    *("/work" + "/main", "/work" + "/shared", "/work" + "/.library", "/opt" + "/wheels", "/opt" + "/pypi"),
    *("pypi" + ".org", "pythonhosted" + ".org", "debian" + ".org", "npmjs" + ".org", "npmjs" + ".com"),
]
MOST_WORDS_OF_A_PAGE = 1200
MOST_WORDS_OF_A_PARAGRAPH = 80
HOME_OF_A_PERSON = re.compile(r"(?<![\w.])/(?:home|Users)/\w+/")


def text(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(text("docker-compose.yml"))
    return loaded


def default_of(interpolated: str) -> str:
    """Return what Compose makes of a value when no variable is set."""
    return re.sub(r"\$\{\w+(?::-([^}]*))?[^}]*\}", lambda found: found[1] or "", interpolated)


def dockerfile() -> list[list[str]]:
    """Return the Dockerfile's instructions as words, continued lines joined."""
    kept = "\n".join(line for line in text("Dockerfile").splitlines() if not line.startswith("#"))
    return [line.split() for line in kept.replace("\\\n", " ").splitlines() if line.strip()]


def pinned(name: str) -> dict[str, tuple[str, str]]:
    """Return each package of a lock with its version and the rest of its entry."""
    entries = re.split(r"\n(?=\w)", "\n" + text(f"requirements/{name}"))
    found = (re.match(r"([\w.-]+)==([^\s\\]+)(.*)", entry, re.DOTALL) for entry in entries)
    return {canonicalize_name(each[1]): (each[2], each[3]) for each in found if each}


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=PROJECT, capture_output=True, check=True, text=True
    )
    return [path for name in listed.stdout.split("\0") if name and (path := PROJECT / name).is_file()]


def test_env_example_has_every_setting_once_and_no_other() -> None:
    names = [found["name"] for found in ASSIGNMENT.finditer(text(".env.example")) if found["name"].startswith("ASKWELL_")]
    assert sorted(names) == sorted(SETTINGS)


def test_env_example_says_in_words_what_each_entry_is() -> None:
    paragraphs = [paragraph for paragraph in text(".env.example").split("\n\n") if ASSIGNMENT.search(paragraph)]
    assert [each for each in paragraphs if ASSIGNMENT.match(each) or not re.match(r"# \w[^=]* \w", each)] == []


def test_env_example_copied_without_edits_changes_no_setting() -> None:
    assert Settings(_env_file=PROJECT / ".env.example") == Settings(_env_file=None)


def test_the_defaults_that_env_example_shows_are_the_real_ones(tmp_path: Path) -> None:
    (tmp_path / "env").write_text(re.sub(r"^# (?=ASKWELL_)", "", text(".env.example"), flags=re.MULTILINE), encoding="utf-8")
    shown = Settings(_env_file=tmp_path / "env").model_dump()
    real = Settings(_env_file=None).model_dump()
    assert {name: PROJECT / each if isinstance(each, Path) else each for name, each in shown.items()} == {
        name: PROJECT / each if isinstance(each, Path) else each for name, each in real.items()
    }


def test_env_example_and_compose_name_the_same_variables() -> None:
    bot = compose()["services"]["bot"]
    read = set(re.findall(r"(?<!\$)\$\{(\w+)", text("docker-compose.yml")))
    read |= {name for given in (bot["build"]["args"], bot["environment"]) for name, value in given.items() if value is None}
    shown = {found["name"] for found in ASSIGNMENT.finditer(text(".env.example"))}
    assert shown - SETTINGS == read - SETTINGS - {f"ASKWELL_{name.upper()}_FILE" for name in BY_FILE}


def test_compose_hands_over_every_setting_by_name_and_each_secret_also_by_file_and_nothing_else_of_the_env_file() -> None:
    for name in ("bot", "backup"):
        service = compose()["services"][name]
        given = {each for each in service["environment"] if each.startswith("ASKWELL_")}
        # The ledger's URL has a default in Compose, which one from a file would contradict.
        assert given == SETTINGS | {f"ASKWELL_{each.upper()}_FILE" for each in BY_FILE if each != "database_url"}
        assert "env_file" not in service
        assert "POSTGRES_PASSWORD" not in service["environment"]


def test_the_env_file_is_in_the_container_for_its_names_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bot = compose()["services"]["bot"]
    (mount,) = [each for each in bot["volumes"] if isinstance(each, dict) and each["source"] == "./.env"]
    assert mount["target"] == bot["environment"][CHECKED_FILE]
    assert mount["read_only"]
    (tmp_path / "env").write_text("ASKWELL_KEP_DAYS=1\nASKWELL_KEEP_DAYS=7\nPIP_INDEX_URL=x\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(CHECKED_FILE, str(tmp_path / "env"))
    assert unknown_settings() == ["ASKWELL_KEP_DAYS is no setting: did you mean ASKWELL_KEEP_DAYS?"]
    assert Settings().keep_days == 365
    monkeypatch.setenv(CHECKED_FILE, str(tmp_path / "nowhere"))
    assert unknown_settings() == []


def test_no_service_of_compose_can_write_its_own_files_gain_rights_run_as_root_by_choice_or_take_all_memory() -> None:
    for name, service in compose()["services"].items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"], name
        assert all("size=" in each for each in service["tmpfs"]), name
        assert {each.split(":")[0] for each in service["tmpfs"]} >= {"/tmp"}, name
        assert service["logging"]["options"]["max-size"], name
        # Ollama's image keeps its models in root's home; it has none of root's rights.
        assert name.startswith("ollama") or default_of(service["user"]).split(":")[0] not in {"", "0", "root"}, name


def test_the_daily_backup_of_compose_writes_where_its_health_check_looks(tmp_path: Path) -> None:
    backup = compose()["services"]["backup"]
    arguments = parser().parse_args(backup["command"])
    (mount,) = [each for each in backup["volumes"] if isinstance(each, dict) and each["target"] == str(arguments.daily)]
    assert not mount["bind"]["create_host_path"]
    assert default_of(mount["source"]).startswith("../"), "outside of the checkout"
    kind, _, option, program = backup["healthcheck"]["test"]
    assert (kind, option) == ("CMD", "-c")
    here = program.replace("/backups", str(tmp_path))

    def is_healthy() -> bool:
        return subprocess.run([sys.executable, "-c", here], capture_output=True, check=False).returncode == 0

    assert not is_healthy()
    path = tmp_path / DAILY.format(dt.datetime.now(dt.UTC))
    for age_s, healthy in ((0, True), (30 * 3600, False)):
        path.touch()
        os.utime(path, (time.time() - age_s,) * 2)
        assert is_healthy() is healthy, age_s


@pytest.mark.parametrize(
    ("model", "judge", "pulled"),
    [("ollama:qwen3:4b", "minicheck:ollama:bespoke-minicheck", ["qwen3:4b", "bespoke-minicheck"]), ("openai:gpt", "", []), ("", "", [])],
)
def test_the_models_that_are_pulled_are_those_that_the_settings_name(model: str, judge: str, pulled: list[str], tmp_path: Path) -> None:
    service = compose()["services"]["ollama-pull"]
    (script,) = service["command"]
    (tmp_path / "ollama").write_text('#!/bin/sh\necho "$2" >> "$0.pulled"\n', encoding="utf-8")
    (tmp_path / "ollama").chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "ASKWELL_MODEL": model, "ASKWELL_JUDGE": judge}
    ran = subprocess.run([*service["entrypoint"], script.replace("$$", "$")], env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    written = tmp_path / "ollama.pulled"
    assert (written.read_text(encoding="utf-8").split() if written.exists() else []) == pulled


def test_compose_passes_just_the_arguments_that_the_dockerfile_takes_with_its_defaults() -> None:
    taken = dict(words[1].partition("=")[::2] for words in dockerfile() if words[0] == "ARG")
    given = {name: default_of(str(value or "")) for name, value in compose()["services"]["bot"]["build"]["args"].items()}
    assert given == taken
    shown = {found["name"]: found["value"] for found in ASSIGNMENT.finditer(text(".env.example")) if found["default"]}
    assert {name: shown.get(name, "") for name in taken} == taken


def test_compose_mounts_what_exists_and_declares_the_volumes_it_uses() -> None:
    services = compose()["services"]
    volumes = [volume for service in services.values() for volume in service.get("volumes", [])]
    bound = {default_of(volume["source"]) for volume in volumes if isinstance(volume, dict)}
    assert {source for source in bound if not (PROJECT / source).is_dir()} <= {"./.env", "../askwell-backups"}
    assert {volume.split(":")[0] for volume in volumes if isinstance(volume, str)} == set(compose()["volumes"])
    assert all(set(service.get("depends_on", {})) <= set(services) for service in services.values())


def test_compose_runs_a_command_that_askwell_has_with_its_home_on_a_volume() -> None:
    bot = compose()["services"]["bot"]
    assert parser().parse_args(bot["command"]).command == "serve"
    mounted = dict(volume.split(":")[:2] for volume in bot["volumes"] if isinstance(volume, str))
    mounted |= {default_of(volume["source"]): volume["target"] for volume in bot["volumes"] if isinstance(volume, dict)}
    assert mounted["home"] == bot["environment"]["ASKWELL_HOME"]
    assert mounted["./knowledge"] == bot["environment"]["ASKWELL_KNOWLEDGE_DIR"]
    assert f"ASKWELL_HOME={mounted['home']}" in text("Dockerfile")


def test_compose_points_the_ledger_at_its_own_postgres_with_a_driver_that_is_in_the_image() -> None:
    services = compose()["services"]
    url = make_url(default_of(services["bot"]["environment"]["ASKWELL_DATABASE_URL"]))
    database = services[str(url.host)]["environment"]
    assert (url.username, url.database) == (database["POSTGRES_USER"], database["POSTGRES_DB"])
    assert services["bot"]["environment"]["PGPASSWORD"] == database["POSTGRES_PASSWORD"]
    assert url.get_driver_name() in pinned("run.txt")


def test_the_health_check_goes_by_the_age_of_the_file_that_the_bot_touches(tmp_path: Path) -> None:
    kind, _, *arguments = compose()["services"]["bot"]["healthcheck"]["test"]
    assert kind == "CMD"
    environment = os.environ | {"ASKWELL_HOME": str(tmp_path)}

    def is_healthy() -> bool:
        return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, check=False).returncode == 0

    assert not is_healthy(), "there is no file"
    health_file(tmp_path, "discourse").touch()
    alive = health_file(tmp_path, "discord")
    for age_s, healthy in ((0, True), (2 * Timing().touch_every_s, True), (600, False)):
        alive.touch()
        os.utime(alive, (time.time() - age_s,) * 2)
        assert is_healthy() is healthy, age_s
    health_file(tmp_path, "discourse").unlink()
    alive.rename(tmp_path / "discord-another-container.alive")
    assert not is_healthy(), "another bot's file says nothing of this one"


def test_the_dockerfile_copies_what_exists_and_reaches_the_builder() -> None:
    sent = {line[1:] for line in text(".dockerignore").splitlines() if line.startswith("!")}
    sources = [source for words in dockerfile() if words[0] == "COPY" and not words[1].startswith("--") for source in words[1:-1]]
    assert [source for source in sources if not (PROJECT / source).exists() or source.split("/")[0] not in sent] == []
    packages = {name.rstrip("*") for name in tomllib.loads(text("pyproject.toml"))["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert packages <= {source.rstrip("/") for source in sources}


def test_the_image_ends_as_a_plain_user_whose_group_may_write_the_home_refuses_root_and_starts_askwell() -> None:
    words = {each[0]: each[1:] for each in dockerfile()}
    user, group = map(int, words["USER"][0].split(":"))
    assert user > 0
    assert f"-g {group} -m 2770 /var/lib/askwell" in text("Dockerfile")
    assert compose()["services"]["bot"]["group_add"] == [str(group)]
    assert f"{REFUSES_ROOT}=1" in text("Dockerfile")
    # Docker then stops it with SIGTERM, which ends it in order.
    assert "STOPSIGNAL" not in words
    assert words["ENTRYPOINT"] == ['["askwell"]']
    assert "askwell" in tomllib.loads(text("pyproject.toml"))["project"]["scripts"]


def test_the_image_gets_torch_from_where_a_checkout_gets_it() -> None:
    index = next(words[1].partition("=")[2] for words in dockerfile() if words[0] == "ARG" and "TORCH" in words[1])
    assert index in text("requirements/install.sh")


def test_every_pinned_package_has_a_hash_and_torch_is_pinned_apart() -> None:
    for lock in ("run.txt", "dev.txt"):
        packages = pinned(lock)
        assert len(packages) > 50
        assert [name for name, (_, rest) in packages.items() if "--hash=sha256:" not in rest] == []
        assert "torch" not in packages
    assert list(pinned("torch.txt")) == ["torch"]


def test_tests_run_with_the_versions_that_learners_get() -> None:
    run, dev = pinned("run.txt"), pinned("dev.txt")
    assert {
        name: (version, dev.get(name, ("missing", ""))[0]) for name, (version, _) in run.items() if dev.get(name, ("", ""))[0] != version
    } == {}


def test_the_locks_hold_what_pyproject_asks_for() -> None:
    project = tomllib.loads(text("pyproject.toml"))["project"]
    extras = project["optional-dependencies"]
    wanted = {"run.txt": [*project["dependencies"], *extras["setup"], *extras["models"], *extras["postgres"]], "dev.txt": extras["dev"]}
    for lock, requirements in wanted.items():
        versions = pinned(lock) | pinned("torch.txt")
        for requirement in map(Requirement, requirements):
            version = versions.get(canonicalize_name(requirement.name), ("missing", ""))[0]
            assert version != "missing" and requirement.specifier.contains(version), (
                f"{lock} has {requirement.name} {version}: run 'make lock'"
            )


def test_every_make_target_that_the_docs_and_ci_name_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    named = {
        (path.name, found)
        for path in DOCS
        for found in re.findall(r"(?:`|^(?:\$ )?)make ([^`#\n]+)", path.read_text("utf-8"), re.MULTILINE)
    }
    words = {(name, word) for name, line in named for word in shlex.split(line) if "=" not in word}
    assert {word for _, word in words} >= {"test", "chat"}
    assert {(name, word) for name, word in words if word not in targets} == set()
    run_by_ci = re.findall(r"^for target in (.+); do", text(".ci/run"), re.MULTILINE)[0].split()
    assert run_by_ci[0] == "test" and set(run_by_ci) <= targets


def test_links_between_the_docs_lead_somewhere() -> None:
    pages = [*DOCS, PROJECT / "knowledge/README.md", PROJECT / "index/labels/README.md"]
    links = [(path, *link) for path in pages for link in re.findall(r"\]\(([^)#\s:]*)(?:#([^)\s]*))?\)", path.read_text("utf-8"))]
    assert len(links) > 5
    broken = []
    for path, link, heading in links:
        target = path.parent / link if link else path
        if not target.exists() or (heading and heading not in headings(target)):
            broken.append(f"{path.relative_to(PROJECT)}: {link}#{heading}")
    assert broken == []


def headings(page: Path) -> set[str]:
    """Return the names under which GitHub links to a page's headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_page_that_a_file_names_and_every_path_that_a_page_names_exists() -> None:
    files = [path for path in tracked_files() if path.suffix in {".py", ".yml", ".example", ".md", ""} and path.name != "CHANGELOG.md"]
    named = [(path, name) for path in files for name in re.findall(r"\bdocs/[\w/.-]+\.md\b", path.read_bytes().decode("utf-8", "replace"))]
    named += [
        (path, name)
        for path in DOCS
        if path.name != "CHANGELOG.md"
        for name in re.findall(r"`((?:bot|docs|index|knowledge|requirements|tests)/[\w/.-]*)`", path.read_text("utf-8"))
    ]
    assert len(named) > 20
    assert [f"{path.relative_to(PROJECT)}: {name}" for path, name in named if not (PROJECT / name).exists()] == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, ahead = set(), [PROJECT / "README.md"]
    while ahead:
        page = ahead.pop()
        reached.add(page)
        links = [(page.parent / link).resolve() for link in re.findall(r"\]\(([^)#\s:]+)", page.read_text("utf-8"))]
        ahead += [
            each for link in links for each in [link / "README.md" if link.is_dir() else link] if each in DOCS and each not in reached
        ]
    assert [path.relative_to(PROJECT).as_posix() for path in DOCS if path not in reached and "docs" in path.parts] == []


def test_no_page_is_longer_than_1200_words_and_no_paragraph_than_80() -> None:
    pages = [path for path in DOCS if path.name != "CHANGELOG.md"]
    too_long = [path.relative_to(PROJECT).as_posix() for path in pages if len(path.read_text("utf-8").split()) > MOST_WORDS_OF_A_PAGE]
    # Its transcript is to be cut to two exchanges (issue 10); then nothing is expected here.
    assert too_long == []
    assert [
        f"{path.relative_to(PROJECT)}: {len(each.split())} words: {each[:60]}"
        for path in pages
        for each in paragraphs(path.read_text("utf-8"))
        if len(each.split()) > MOST_WORDS_OF_A_PARAGRAPH
    ] == []


def paragraphs(page: str) -> list[str]:
    """Return the paragraphs of a page: no headings, lists, tables or code."""
    prose = re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)
    lines = ["" if re.match(r"#|\|", line) else line for line in prose.splitlines()]
    # A line that starts a list, and those that continue its item, are no prose.
    blocks = re.split(r"\n(?=[-*] |\d+\. )|\n\s*\n", "\n".join(lines))
    return [block for block in blocks if not re.match(r"\s*(?:[-*] |\d+\. )", block)]


def test_every_decision_is_listed() -> None:
    records = {path.name for path in (PROJECT / "docs/decisions").glob("0*.md")}
    assert set(re.findall(r"\]\((0[^)]+)\)", text("docs/decisions/README.md"))) == records


def test_pre_commit_runs_tools_that_the_lock_brings() -> None:
    hooks = [hook for repo in yaml.safe_load(text(".pre-commit-config.yaml"))["repos"] for hook in repo["hooks"]]
    tools = {Path(hook["entry"].split()[0]) for hook in hooks}
    assert {tool.parent.as_posix() for tool in tools} == {".venv/bin"}
    assert [tool.name for tool in tools if not (Path(sys.executable).parent / tool.name).exists()] == []


def test_no_file_names_a_path_of_one_machine_or_a_package_index() -> None:
    found = []
    for path in tracked_files():
        content = path.read_bytes().decode("utf-8", errors="replace")
        found += [f"{path.relative_to(PROJECT)}: {word}" for word in FORBIDDEN if word in content]
        found += [f"{path.relative_to(PROJECT)}: {home}" for home in HOME_OF_A_PERSON.findall(content)]
    assert found == []
