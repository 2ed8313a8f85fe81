"""The command `askwell desk` as a process: its link, its log, its end, and an address that it can't have."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr

from bot.adapters.desk.entering.by_account.login_ways import LoginTry
from bot.adapters.desk.serve_desk import is_loopback, listen
from bot.command.serving.desk_logins import logins_of
from bot.settings import Settings
from knowledge.errors import UsageError
from tests.conftest import ASKWELL, Askwell


@pytest.mark.slow
def test_the_desk_prints_a_link_keeps_it_out_of_its_log_makes_another_and_ends_in_order(
    home: Path, small: Path, tmp_path: Path, askwell: Askwell
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    settings = {"ASKWELL_HOME": str(home), "ASKWELL_KNOWLEDGE_DIR": str(small), "ASKWELL_DESK_ADDRESS": address, "OMP_NUM_THREADS": "1"}
    log = tmp_path / "log"
    with log.open("w", encoding="utf-8") as written:
        desk = subprocess.Popen(
            [ASKWELL, "desk"], cwd=tmp_path, env=os.environ | settings, stdout=subprocess.PIPE, stderr=written, text=True
        )
    assert desk.stdout is not None
    try:
        link = desk.stdout.readline().split()[-1]
        assert link.startswith(f"http://{address}/enter?link=")
        assert "good once" in desk.stdout.readline()
        other = askwell("desk", "--link", home=home, desk_address=address).stdout.strip()
        for opened in (link, other):
            token = opened.partition("=")[2]
            with httpx2.Client(base_url=f"http://{address}", trust_env=False) as browser:
                assert browser.get("/healthz").text == "ok\n"
                assert browser.post("/enter", data={"link": token, "name": "Ada"}).status_code == 303
                assert "The queue is empty" in browser.get("/").text
                assert browser.get(f"/enter?link={token}").status_code == 403
                assert "server" not in browser.get("/").headers
            assert token not in log.read_text(encoding="utf-8")
        taken = askwell("desk", home=home, desk_address=address)
        assert taken.returncode == 2
        assert taken.stderr.count("\n") == 1 and "choose another ASKWELL_DESK_ADDRESS" in taken.stderr
    finally:
        desk.send_signal(signal.SIGTERM)
        assert desk.wait(30) == 0
        desk.stdout.close()
    assert not list(home.glob("ledger.sqlite3-*"))
    said = log.read_text(encoding="utf-8")
    assert "Traceback" not in said and "Ada entered the desk" in said


def test_a_link_is_asked_of_a_desk_that_was_never_started_in_vain(askwell: Askwell) -> None:
    said = askwell("desk", "--link")
    assert (said.returncode, said.stdout) == (2, "")
    assert "run 'askwell desk' first" in said.stderr


@pytest.mark.parametrize("address", ["8765", "nowhere", "127.0.0.1:99999", "127.0.0.1:x", ":1"])
def test_an_address_that_is_none_is_one_line(askwell: Askwell, address: str) -> None:
    said = askwell("desk", desk_address=address)
    assert said.returncode == 2
    assert said.stderr.count("\n") == 1 and "ASKWELL_DESK_ADDRESS is HOST:PORT" in said.stderr


@pytest.mark.parametrize("url", ["desk.example.org", "ftp://desk", "https://a:b@desk", "https://desk/path", "javascript:x"])
def test_a_url_of_the_desk_that_is_none_is_one_line(askwell: Askwell, url: str) -> None:
    said = askwell("desk", "--link", desk_url=url)
    assert said.returncode == 2
    assert said.stderr.count("\n") == 1 and "ASKWELL_DESK_URL" in said.stderr


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"desk_discord_client_id": "1"}, "CLIENT_SECRET and ASKWELL_DISCORD_GUILD and ASKWELL_DISCORD_MENTOR_ROLE too"),
        ({"desk_discord_client_secret": "s", "discord_guild": "1", "discord_mentor_role": "2"}, "set ASKWELL_DESK_DISCORD_CLIENT_ID too"),
        ({"desk_discourse_secret": "s"}, "set ASKWELL_DISCOURSE_URL and ASKWELL_DISCOURSE_MENTOR_GROUPS too"),
        ({"desk_discord_client_id": "x"}, "ASKWELL_DESK_DISCORD_CLIENT_ID"),
        ({"desk_proxies": "10.0.0.0/8, x"}, "ASKWELL_DESK_PROXIES"),
    ],
)
def test_a_way_in_that_is_set_up_in_part_or_wrong_is_one_line_before_anything_is_loaded(
    askwell: Askwell, given: dict[str, str], missing: str
) -> None:
    said = askwell("desk", **given)
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.count("\n") == 1 and missing in said.stderr


def test_the_ways_in_are_those_of_the_settings() -> None:
    assert (logins_of(Settings(_env_file=None)).ways, logins_of(Settings(_env_file=None)).checks) == ({}, {})
    by_link = logins_of(Settings(_env_file=None, discord_guild=1, discord_mentor_role=2, discord_token=SecretStr("t")))
    assert (list(by_link.ways), list(by_link.checks)) == ([], ["discord"])
    both = logins_of(
        Settings(
            _env_file=None,
            discord_guild=1,
            discord_mentor_role=2,
            desk_discord_client_id=3,
            desk_discord_client_secret=SecretStr("s"),
            desk_discourse_secret=SecretStr("s"),
            discourse_url="https://forum.example.org/",
            discourse_mentor_groups="mentors, staff",
        )
    )
    assert list(both.ways) == list(both.checks) == ["discord", "discourse"]
    tried = LoginTry("state", "verifier", "/")
    assert both.ways["discord"].address(tried, "https://d/back").startswith("https://discord.com/oauth2/authorize?")
    assert both.ways["discourse"].address(tried, "https://d/back").startswith("https://forum.example.org/session/sso_provider?sso=")


def test_only_loopback_counts_as_this_machine_alone() -> None:
    assert [is_loopback(each) for each in ("127.0.0.1", "127.8.8.8", "::1", "localhost")] == [True] * 4
    assert [is_loopback(each) for each in ("0.0.0.0", "::", "192.168.1.2", "desk.example.org")] == [False] * 4
    with pytest.raises(UsageError, match="choose another ASKWELL_DESK_ADDRESS"):
        listen("203.0.113.1", 80)
