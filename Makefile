# Every target makes .venv first where it is missing. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
export TOKENIZERS_PARALLELISM := false

.DEFAULT_GOAL := help
.PHONY: help setup chat discord desk test faults check lint types format knowledge index fit evaluate baseline bench bench-desk load running day lock clean

help:  ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP)  ## Make .venv with the command askwell in it

$(STAMP): requirements/run.txt requirements/torch.txt pyproject.toml requirements/install.sh
	@PYTHON="$(PYTHON)" sh requirements/install.sh "$(VENV)" run
	@touch $(STAMP)

$(VENV)/.ready-dev: $(STAMP) requirements/dev.txt
	@PYTHON="$(PYTHON)" sh requirements/install.sh "$(VENV)" dev
	@touch $(VENV)/.ready-dev

chat: setup  ## Talk with Askwell in the terminal
	@$(BIN)/askwell chat

discord: setup  ## Answer in Discord (needs ASKWELL_DISCORD_TOKEN in .env)
	@$(BIN)/askwell discord

desk: setup  ## The mentors' web page; prints a link to it
	@$(BIN)/askwell desk

test: $(VENV)/.ready-dev  ## Run all tests
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

faults: $(VENV)/.ready-dev  ## Kill processes at 200 points on SQLite and 60 on PostgreSQL and count what is lost (minutes)
	@$(BIN)/python -m tests.faults.harness --kills 200
	@$(BIN)/python -m tests.faults.harness --kills 60 --database postgresql

lint: $(VENV)/.ready-dev  ## Check style
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/.ready-dev  ## Check types
	@$(BIN)/mypy

check: lint types test knowledge  ## All that CI checks

format: $(VENV)/.ready-dev  ## Format the code
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format .

knowledge: setup  ## Check every card
	@$(BIN)/askwell knowledge check

index: setup  ## Embed what changed and publish the index
	@$(BIN)/askwell index build

fit: setup  ## Learn the packaged reader from the labelled questions again (minutes)
	@$(BIN)/askwell index fit --packaged

evaluate: setup  ## Measure on the held-out questions and compare with the committed figures
	@$(BIN)/askwell evaluate index/labels/held_out/*.jsonl --report build/evaluation --compare docs/evaluation/report.json

baseline: $(VENV)/.ready-dev  ## The plain baseline's figures on the held-out questions
	@$(BIN)/python -m index.evaluate.baseline index/labels/held_out/*.jsonl

bench: $(VENV)/.ready-dev  ## Measure speed, as ratios in one run (about ten minutes), into docs/internals/benchmarks.md
	@$(BIN)/python -m bot.command.benchmarks

bench-desk: $(VENV)/.ready-dev  ## Time every page of the desk over 50,000 questions and 1,000 cards (minutes)
	@$(BIN)/python -m tests.measure_desk

load: $(VENV)/.ready-dev  ## Ask the bot 200 questions a minute in a stand-in of Discord, for five minutes, into docs/internals/benchmarks.md
	@$(BIN)/python -m tests.discord_stand_in.load --minutes 5 --write

running: $(VENV)/.ready-dev  ## Measure a running bot: its start, load, a stopped database, two bots, one killed (ten minutes), into docs/internals/running.md
	@$(BIN)/python -m tests.operating.figures

day: $(VENV)/.ready-dev  ## Live through an operator's day, from a wrong token to a restore, and write docs/operators/a-day.md
	@$(BIN)/python -m tests.operating.a_day

lock: $(VENV)/.ready-dev  ## Pin all dependencies again (takes minutes)
	@sh requirements/lock.sh "$(BIN)"

clean:  ## Remove .venv and caches, not the state in .askwell
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache *.egg-info
