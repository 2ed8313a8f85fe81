"""The mentors' loop in a real browser, by mouse and by keyboard, wide and on a phone, with and without JavaScript."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.posted_form import PostedFile
from bot.adapters.desk.serve_desk import listen
from bot.adapters.desk.showing.thread_imports import wait_a_little
from bot.adapters.desk.web_app import web_app
from bot.ledger.database import Ledger
from bot.ledger.tables import ReviewRow
from bot.review.card_work.edited_card import plan_of_edit, with_text
from bot.review.promotion.apply import carry_out
from bot.review.promotion.make_plan import Basis
from bot.values import Status
from tests.adapters.desk.conftest import Clock
from tests.adapters.desk.test_importing_threads import SAMPLES, THREAD
from tests.review.asked import NOW, asked
from tests.review.cards import ANSWER, QUESTION

CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
if CHROMIUM is None:
    pytest.skip("Chromium is not installed: every page is still tested over HTTP", allow_module_level=True)
sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: every page is still tested over HTTP")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed")

PATIENCE_MS = 20_000
PHONE = {"viewport": {"width": 375, "height": 740}, "color_scheme": "dark", "has_touch": True}
WIDE = {"viewport": {"width": 1200, "height": 900}}


@dataclass
class Shown:
    """One browser at the desk; `complaints` are the errors in its console."""

    page: Any
    url: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")

    def waits_for(self, path: str) -> None:
        self.page.wait_for_url(f"{self.url}{path}", timeout=PATIENCE_MS)

    def text(self) -> str:
        return str(self.page.inner_text("body"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def served(desk: Desk) -> Iterator[Desk]:
    """The desk on a real socket."""
    listening = listen("127.0.0.1", 0)
    desk.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(web_app(desk), access_log=False, log_config=None, log_level="warning"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])), daemon=True)
    thread.start()
    yield desk
    server.should_exit = True
    thread.join(20)
    listening.close()


@contextmanager
def a_mentor(chromium: Any, desk: Desk, name: str, **how: Any) -> Iterator[Shown]:
    """Enter the desk by a one-time link, as a mentor does; the browser must complain of nothing."""
    context = chromium.new_context(**how)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    shown = Shown(page, desk.url)
    page.on("console", lambda said: shown.complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: shown.complaints.append(str(error)))
    page.goto(desk.link())
    page.fill("#name", name)
    page.click("button:text('Enter')")
    shown.waits_for("/")
    yield shown
    assert shown.complaints == []
    context.close()


def decisions(ledger: Ledger) -> list[tuple[int, str]]:
    with ledger.transaction() as session:
        return [(row.question_id, row.decision) for row in session.query(ReviewRow).order_by(ReviewRow.id)]


@pytest.mark.slow
def test_the_whole_loop_by_keyboard_from_the_queue_to_a_card(chromium: Any, served: Desk, ledger: Ledger, small: Path) -> None:
    gap = asked(ledger, text=QUESTION, status=Status.HANDED_OVER, answer="I don't know.")
    draft = asked(ledger, text="what are labels?")
    with a_mentor(chromium, served, "Ada", **WIDE) as ada:
        keys = ada.page.keyboard
        keys.press("j")
        keys.press("j")
        keys.press("k")
        keys.press("Enter")
        ada.waits_for(f"/questions/{gap}")
        keys.press("a")
        keys.type(ANSWER)
        keys.press("Control+Enter")
        ada.waits_for(f"/questions/{draft}")
        assert f"Question {gap} answered. 1 learner hears of it." in ada.text()
        keys.press("c")
        ada.waits_for("/")
        assert "The queue is empty" in ada.text()
        ada.go(f"/questions/{gap}")
        keys.press("p")
        ada.waits_for(f"/questions/{gap}/promote")
        # A new card has no name yet, so the browser leads to the field for it.
        keys.press("p")
        keys.type("named-by-ada")
        keys.press("Enter")
        ada.page.wait_for_url("**/drafts/*")
        ada.page.wait_for_selector("[data-measured]")
        ada.page.focus("button:text('Make it knowledge'):enabled")
        keys.press("Enter")
        ada.page.wait_for_url("**/knowledge/*")
        assert "is written, commit" in ada.text()
    assert decisions(ledger) == [(gap, "answer"), (draft, "confirm")]
    assert len(list(small.rglob("*.md"))) == 4


@pytest.mark.slow
def test_a_key_that_is_held_down_decides_on_one_question_alone(chromium: Any, served: Desk, ledger: Ledger) -> None:
    first, second = asked(ledger, text="what are labels?"), asked(ledger, text="what are masks of paper?")
    with a_mentor(chromium, served, "Ada", **WIDE) as ada:
        ada.go(f"/questions/{first}")
        ada.page.keyboard.down("c")
        ada.waits_for(f"/questions/{second}")
        ada.page.keyboard.down("c")
        ada.page.keyboard.up("c")
        ada.page.keyboard.press("n")
        ada.waits_for("/")
    assert decisions(ledger) == [(first, "confirm")]


@pytest.mark.slow
@pytest.mark.parametrize("how", [WIDE, PHONE, WIDE | {"java_script_enabled": False}], ids=["wide", "phone", "no script"])
def test_the_loop_by_mouse_wide_on_a_phone_and_without_javascript(chromium: Any, served: Desk, ledger: Ledger, how: dict[str, Any]) -> None:
    gap = asked(ledger, text=QUESTION, status=Status.HANDED_OVER, answer="I don't know.")
    like = asked(ledger, text="another one", status=Status.HANDED_OVER, answer="I don't know.")
    with a_mentor(chromium, served, "Ada", **how) as ada:
        ada.page.click("a:text('Start')")
        ada.waits_for(f"/questions/{gap}")
        ada.page.click("button:text('Claim')")
        ada.page.click("button:text('Yours: release')")
        ada.page.fill("#text", ANSWER)
        ada.page.click("button.main:text('Answer')")
        ada.waits_for(f"/questions/{like}")
        ada.page.click("button:text('Undo')")
        ada.waits_for(f"/questions/{gap}")
        ada.page.fill("#text", ANSWER)
        ada.page.click("button.main:text('Answer')")
        ada.waits_for(f"/questions/{like}")
        ada.page.click("summary:text('Decline')")
        ada.page.fill("#reason", "Not in this course.")
        ada.page.click("button:text('Decline')")
        ada.waits_for("/")
        ada.go(f"/questions/{gap}")
        ada.page.click("a:text('Make knowledge of this answer')")
        ada.page.fill("#new-slug", "named-by-ada")
        ada.page.click("button:text('Open in the editor') >> nth=0")
        ada.page.wait_for_url("**/drafts/*")
        served.drafts.wait()
        if how.get("java_script_enabled") is False:
            ada.page.click("button:text('Check')")
        ada.page.click("button:text('Make it knowledge'):enabled")
        ada.page.wait_for_url("**/knowledge/*")
    assert [decision for _, decision in decisions(ledger)] == ["answer", "answer", "decline"]


@pytest.mark.slow
@pytest.mark.parametrize("how", [WIDE, PHONE], ids=["wide", "phone"])
def test_ticked_questions_become_one_card_by_keyboard_or_by_touch(
    chromium: Any, served: Desk, ledger: Ledger, small: Path, how: dict[str, Any]
) -> None:
    texts = [QUESTION, "why are rare words cut into several pieces?"]
    numbers = [asked(ledger, text=text, status=Status.HANDED_OVER, answer="I don't know.") for text in texts]
    with a_mentor(chromium, served, "Ada", **how) as ada:
        if how is WIDE:
            for key in ("j", "x", "j", "x", "g"):
                ada.page.keyboard.press(key)
        else:
            for number in numbers:
                ada.page.tap(f"input[name=ticked][value='{number}']")
            ada.page.tap("button:text('One card for all of them')")
        ada.page.wait_for_url("**/gather?questions=*")
        ada.page.fill("#text", ANSWER)
        ada.page.fill("#slug", "named-by-ada")
        if how is WIDE:
            ada.page.focus("#text")
            ada.page.keyboard.press("Control+Enter")
        else:
            ada.page.tap("button:text('Answer all and open the card')")
        ada.page.wait_for_url("**/drafts/*")
        assert "2 questions answered." in ada.text()
        served.drafts.wait()
        ada.page.click("button:text('Make it knowledge'):enabled")
        ada.page.wait_for_url("**/knowledge/*")
    assert sorted(decisions(ledger)) == [(number, "answer") for number in numbers]
    assert all(text in next(small.rglob("named-by-ada.md")).read_text(encoding="utf-8") for text in texts)


@pytest.mark.slow
def test_two_mentors_at_once_do_not_decide_over_each_other(chromium: Any, served: Desk, ledger: Ledger) -> None:
    number = asked(ledger, text="what are labels?")
    with a_mentor(chromium, served, "Ada", **WIDE) as ada, a_mentor(chromium, served, "Bob", **WIDE) as bob:
        for each in (ada, bob):
            each.go(f"/questions/{number}")
        ada.page.keyboard.press("c")
        ada.waits_for("/")
        bob.page.fill("#text", "Bob's own words.")
        bob.page.click("button:text('Correct')")
        bob.page.wait_for_selector("text=This question changed while you had it open")
        assert bob.page.input_value("#text") == "Bob's own words."
        # The browser itself names the answer 409 in its console.
        assert [line for line in bob.complaints if "409" not in line] == []
        bob.complaints.clear()
    assert decisions(ledger) == [(number, "confirm")]


@pytest.mark.slow
def test_the_preview_follows_what_is_typed_and_a_problem_leads_to_its_line(chromium: Any, served: Desk, small: Path) -> None:
    with a_mentor(chromium, served, "Ada", **WIDE) as ada:
        ada.go("/knowledge/labels")
        ada.page.keyboard.press("e")
        ada.page.wait_for_url("**/drafts/*")
        text = ada.page.input_value("#text")
        ada.page.fill("#text", text.replace("that was written once", "that was **never** written"))
        ada.page.wait_for_selector("#preview strong:text('never')")
        ada.page.fill("#text", text.replace("title:", "titel:"))
        ada.page.wait_for_selector("#preview >> text='title' is missing")
        ada.page.click("#preview a[data-line] >> nth=-1")
        chosen = ada.page.evaluate(
            "document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)"
        )
        assert chosen.startswith("titel:")
        assert ada.page.is_disabled("button:text('Save the card')")


PAGES = (
    "/", "/questions/1", "/questions/2", "/questions/2/promote", "/knowledge", "/knowledge/labels", "/try", "/insight", "/log", "/account",
    "/questions/99", "/knowledge?text=nothing+at+all", "/gather?questions=1,2", "/promotions/1", "/import",
    "/knowledge/map", "/knowledge/map?card=labels", "/knowledge?stale=1",
    "/import/tokenizer-cut-rare-words-pieces-1", "/import/every-word-token-tells-program-1",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("how", [PHONE, WIDE | {"java_script_enabled": False}], ids=["phone", "no script"])
def test_a_thread_is_uploaded_and_one_that_is_far_too_large_gets_a_page_that_says_what_to_do(
    chromium: Any, served: Desk, small: Path, tmp_path: Path, how: dict[str, Any]
) -> None:
    huge = tmp_path / "channel.json"
    with huge.open("wb") as file:
        file.truncate(200_000_000)
    with a_mentor(chromium, served, "Ada", **how) as ada:
        ada.go("/import")
        ada.page.set_input_files("#thread", SAMPLES / "discourse-topic.json")
        ada.page.click("button:text('Make drafts of it')")
        ada.page.wait_for_selector("text=discourse-topic.json: Discourse topic, 7 posts, 3 drafts")
        ada.page.set_input_files("#thread", huge)
        if how.get("java_script_enabled") is not False:
            # The browser itself says it before anything is sent.
            assert "more than 20 MB" in ada.page.evaluate("document.querySelector('#thread').validationMessage")
            ada.page.evaluate("document.querySelector('#thread').setCustomValidity('')")
        ada.page.click("button:text('Make drafts of it')")
        ada.page.wait_for_selector("text=larger than the desk takes (20 MB)")
        ada.complaints[:] = [line for line in ada.complaints if "413" not in line]
    assert len(list((small / "drafts").glob("*.md"))) == 3


def desk_edit(desk: Desk) -> int:
    """Edit a card as another mentor would, and return the number of the change."""
    basis = Basis(desk.library, desk.knowledge, "Bob", desk.now().date())
    plan = plan_of_edit(basis, "labels")
    changed = with_text(basis, plan, plan.text.replace("was written once.", "was written twice."))
    return carry_out(desk.ledger, changed, knowledge=desk.knowledge, home=desk.home, now=desk.now()).promotion_id


UNFOLD = "document.querySelectorAll('details').forEach((each) => { each.open = true })"
TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"
# The rules of axe-core for WCAG 2.2 at level AA, and for what it calls good practice.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def faults_of(page: Any) -> list[str]:
    """Return what axe-core finds on a page with all unfolded, and how much wider than its window it is."""
    page.evaluate(UNFOLD)
    found = axe.Axe().run(page, options=RULES).response["violations"]
    faults = [f"{each['id']}: {node['html'][:120]} ({node['failureSummary'][:200]})" for each in found for node in each["nodes"]]
    too_wide = page.evaluate(TOO_WIDE)
    return [*faults, *([f"wider than its window by {too_wide}"] if too_wide > 0 else [])]


@pytest.mark.slow
@pytest.mark.parametrize("how", [WIDE, WIDE | {"color_scheme": "dark"}, PHONE], ids=["light", "dark", "phone"])
def test_every_page_can_be_read_by_everybody_and_fits_its_window(
    chromium: Any, served: Desk, ledger: Ledger, small: Path, how: dict[str, Any]
) -> None:
    asked(ledger, text=QUESTION, status=Status.HANDED_OVER, answer="No. " + "x" * 300)
    number = asked(ledger, text="what are labels? " + "y" * 300, answer="```text\n" + "z" * 300 + "\n```")
    with a_mentor(chromium, served, "Ada", **how) as ada:
        ada.go(f"/questions/{number}")
        ada.page.fill("#text", ANSWER)
        ada.page.click("button:text('Correct')")
        ada.page.wait_for_selector("text=corrected.")
        assert desk_edit(served) == 1
        wait_a_little(
            served.imports.begin("Bob", PostedFile("t.txt", THREAD.encode()), library=served.library, knowledge=small, today=NOW.date()), 20
        )
        faults = {}
        for path in PAGES:
            ada.go(path)
            if found := faults_of(ada.page):
                faults[path] = found
        ada.complaints[:] = [line for line in ada.complaints if "404" not in line]
        ada.go("/knowledge/labels")
        ada.page.click("button:text('Edit')")
        ada.page.wait_for_url("**/drafts/*")
        ada.page.fill("#text", ada.page.input_value("#text").replace("title: About labels", ""))
        ada.page.click("button:text('Check')")
        ada.page.wait_for_selector("text='title' is missing")
        faults["editor"] = faults_of(ada.page)
        ada.page.click("button:text('Sign out')")
        ada.waits_for("/enter")
        faults["entrance"] = faults_of(ada.page)
        ada.complaints[:] = [line for line in ada.complaints if "401" not in line]
        assert [f"{path}: {fault}" for path, found in faults.items() for fault in found] == []


@pytest.mark.slow
def test_the_first_stop_of_the_tab_key_skips_to_the_page_and_focus_is_seen(chromium: Any, served: Desk, clock: Clock) -> None:
    with a_mentor(chromium, served, "Ada", **WIDE) as ada:
        ada.page.keyboard.press("Tab")
        assert ada.page.evaluate("document.activeElement.innerText") == "Skip to the page"
        assert ada.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
