"""The pictures of the desk in the docs: `python -m tests.adapters.desk.screenshots` takes them from the real cards."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any

import uvicorn
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from bot.adapters.desk.desk_parts import Desk
from bot.adapters.desk.entering.one_time_links import OneTimeLinks, make_key
from bot.adapters.desk.serve_desk import Server, listen
from bot.adapters.desk.web_app import web_app
from bot.app import open_service
from bot.background.measures import Measures
from bot.command.serving.platform_texts import platform_texts
from bot.record import Incoming
from bot.service import Service
from bot.settings import PROJECT, Settings

PICTURES = PROJECT / "docs" / "mentors" / "desk"
COLOURS = 96
ANSWER = (
    "Quantization-aware training rounds weights and activations in the forward pass while the model is still being trained. "
    "The weights learn to sit where rounding does little harm. You need it when quantizing after training costs too much accuracy, "
    "most often for small models and for 4 bits or fewer. Post-training quantization needs no training at all, so it is tried first."
)
GAP = "what is quantization aware training, do I need it before I put my model on a phone?"
ASKED = (
    "is pretraining supervised? there are targets, so I still think both are supervised",
    GAP,
    "who makes the labels in next token prediction",
    "do I need QAT for int4 on a phone",
    "does in-context learning change the weights?",
    "which gpu should i buy for finetuning, 3090 or 4070 ti?",
    "what is masked language modelling good for",
)


def main() -> None:
    """Take the pictures."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="askwell-pictures-") as folder:
        desk = demonstration(Path(folder))
        listening = listen("127.0.0.1", 0)
        desk.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = Server(uvicorn.Config(web_app(desk), access_log=False, log_level="warning", lifespan="off"))
        serving = threading.Thread(target=server.run, args=([listening],), daemon=True)
        serving.start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            take_all(browser, desk)
            browser.close()
        server.should_exit = True
        serving.join()


def demonstration(folder: Path) -> Desk:
    """Return a desk over a copy of the real cards, with some questions in its ledger."""
    cards = Path(shutil.copytree(PROJECT / "knowledge", folder / "cards", ignore=shutil.ignore_patterns("*.py", "__pycache__")))
    for words in (("init", "-q"), ("add", "."), ("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "The cards")):
        subprocess.run(["git", *words], cwd=cards, check=True)
    home = folder / "home"
    service: Service = open_service(Settings(_env_file=None, home=home, knowledge_dir=cards), progress=print)
    assert service.ledger is not None
    for number, text in enumerate(ASKED):
        given = service.ask(Incoming("discord", f"m{number}", f"thread-{number}", f"learner-{number}", text))
        if given is not None and number == 0 and given.question_id is not None:
            service.feedback(given.question_id, platform="discord", author="learner-0", kind="down", reason="I asked about the targets")
    return Desk(
        service, service.ledger, cards, home, "", OneTimeLinks(make_key(home)), Measures("desk", lambda: ""), platform_texts=platform_texts
    )


def take_all(browser: Any, desk: Desk) -> None:
    """Take every picture."""
    page: Page = browser.new_page(viewport={"width": 1080, "height": 760})
    page.goto(desk.link())
    page.fill("#name", "Ada Lovelace")
    page.click("button:text('Enter')")
    page.wait_for_url(f"{desk.url}/")
    take(page, "queue")
    page.goto(f"{desk.url}/questions/1")
    take(page, "question")
    page.goto(f"{desk.url}/questions/2")
    page.fill("#text", ANSWER)
    page.click("button.main:text('Answer')")
    page.wait_for_selector("text=answered.")
    page.goto(f"{desk.url}/questions/2/promote")
    page.fill("#new-slug", "quantization-aware-training")
    page.click("button:text('Open in the editor') >> nth=0")
    page.wait_for_selector("[data-measured]", timeout=300_000)
    take(page, "editor")
    page.click("button:text('Make it knowledge'):enabled")
    page.wait_for_url("**/knowledge/*")
    page.goto(f"{desk.url}/promotions/1")
    take(page, "change")
    page.goto(f"{desk.url}/gather?questions=2,4")
    take(page, "gather")
    page.goto(f"{desk.url}/import")
    page.set_input_files("#thread", PROJECT / "tests" / "knowledge" / "importing" / "samples" / "discourse-topic.json")
    page.click("button:text('Make drafts of it')")
    page.wait_for_selector("[data-ended]", timeout=300_000)
    take(page, "import")
    page.click(".choices a.text >> nth=0")
    page.wait_for_selector("text=A draft from a thread")
    take(page, "draft")
    for name in ("knowledge", "knowledge/map", "knowledge/loss-masking", "insight", "log"):
        page.goto(f"{desk.url}/{name}")
        take(page, name.rpartition("/")[2].replace("loss-masking", "card"))
    page.goto(f"{desk.url}/try")
    page.fill("#text", ASKED[2])
    page.click("button:text('Ask')")
    page.wait_for_selector("text=How was this answered?")
    take(page, "try")
    page.set_viewport_size({"width": 390, "height": 760})
    page.goto(f"{desk.url}/")
    take(page, "phone")


def take(page: Page, name: str) -> None:
    """Take one picture of what is in the window, in few colours, so that it's small."""
    path = PICTURES / f"{name}.png"
    page.screenshot(path=path)
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()
