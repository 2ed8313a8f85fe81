"""Formulas and tables in Discord: read in plain signs and columns, never as they were typed, whatever was typed."""

from __future__ import annotations

import doctest
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.discord.messages import plain_formulas, plain_tables
from bot.adapters.discord.messages.plain_formulas import plain_formula, without_tex
from bot.adapters.discord.messages.plain_tables import without_tables
from bot.adapters.discord.messages.render import readable
from knowledge.reading.base import read_knowledge
from tests.collected import failing
from tests.conftest import KNOWLEDGE
from tests.discord_stand_in.client import FakeService, in_discord
from tests.discord_stand_in.components import as_read
from tests.discord_stand_in.payloads import ME

FORMULAS = [
    (r"\mathcal{L} = -\frac{1}{N}\sum_{i=1}^{N} \log p_\theta(x_i \mid x_{<i})", "L = -1/N ∑ᵢ₌₁ᴺ log p_θ(xᵢ | x_(<i))"),
    (r"\text{softmax}\left(\frac{QK^\top}{\sqrt{d_k}}\right)V", "softmax(QKᵀ/(√dₖ))V"),
    (r"\mathbb{E}_{x\sim p}[\log q(x)]", "𝔼_(x ∼ p)[log q(x)]"),
    (r"P(A\mid B)=\frac{P(B\mid A)P(A)}{P(B)}", "P(A | B)=(P(B | A)P(A))/(P(B))"),
    (r"\theta_{t+1} = \theta_t - \eta \nabla_\theta L(\theta_t)", "θₜ₊₁ = θₜ - η ∇_θ L(θₜ)"),
    (r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}", "1  2\n3  4"),
    (r"D_{\mathrm{KL}}(p\|q) \le 10^{-4}", "D_(KL)(p‖q) ≤ 10⁻⁴"),
    (r"\hat{y} = \operatorname{argmax}_y p(y|x)", "ŷ = argmax_y p(y|x)"),
    (r"W \in \mathbb{R}^{d \times k}", "W ∈ ℝ^(d × k)"),
    (r"\{1, \dots, n\}", "{1, …, n}"),
    (r"e^{-x^2/2\sigma^2}", "e^(-x²/2σ²)"),
    (r"\log\theta x^{(i)}", "log θ x⁽ⁱ⁾"),
]


def test_a_formula_reads_as_a_person_would_type_it() -> None:
    def reads(tex: str, wanted: str) -> None:
        assert plain_formula(tex) == wanted

    assert failing(reads, FORMULAS) == {}


TEXTS = [
    ("The loss \\(-\\log p\\) is $\\ge 0$.", "The loss `-log p` is `≥ 0`."),
    ("So:\n\n$$a = \\frac{b}{c}$$\n\nand on.", "So:\n```\na = b/c\n```\n\nand on."),
    ("\\[ x \\\\ y \\]", "\n```\nx\ny\n```\n"),
    ("It costs $5, or $10 a month; US$3 and $HOME too.", None),
    ("Here \\frac{1}{2} of them, and \\theta.", "Here `1/2` of them, and `θ.`"),
    ("C:\\data\\theta and a\\theta", None),
    ("||$x^2$|| and `$y^2$`", "||`x²`|| and `$y^2$`"),
    ("```\n$z$ | \\frac{1}{2}\n| a | b |\n|---|---|\n```", None),
    ("An \\(unclosed formula", None),
]


def test_formulas_in_a_text_are_written_so_and_prices_paths_and_code_stay() -> None:
    def reads(text: str, wanted: str | None) -> None:
        assert readable(text) == (text if wanted is None else wanted)

    assert failing(reads, TEXTS) == {}


SIGNS = st.sampled_from(
    [
        *["\\", "{", "}", "_", "^", "$", "$$", "\\(", "\\)", "\\[", "\\]", "&", "\\\\", " ", "\n", "x", "12", "|", "`", "é", "~", "\t"],
        *["\\frac", "\\sqrt", "\\sum", "\\begin{aligned}", "\\end{aligned}", "\\left", "\\hat", "\\unknown"],
    ]
)


@settings(deadline=None, max_examples=300)
@given(st.lists(SIGNS, max_size=60).map("".join))
def test_no_formula_however_broken_stops_an_answer_or_breaks_out_of_its_code(tex: str) -> None:
    written = plain_formula(tex)
    assert "`" not in written
    assert re.search(r"\\[a-zA-Z]", written) is None
    assert without_tex(tex).count("```") % 2 == 0


def test_a_very_deep_formula_is_written_too() -> None:
    assert "x" in plain_formula("\\sqrt{" * 500 + "x" + "}" * 500)
    assert plain_formula("\\frac" * 5_000) != ""


def test_a_narrow_table_is_shown_in_columns() -> None:
    table = (
        "Two kinds:\n\n| kind | who **labels** |\n|:-----|---:|\n| supervised | `people` |\n| self-supervised | $p(x)$ |\n\nThat is all."
    )
    assert without_tables(table).splitlines() == [
        "Two kinds:",
        "",
        "```",
        "kind             who labels",
        "---------------  ----------",
        "supervised       people",
        "self-supervised  p(x)",
        "```",
        "",
        "That is all.",
    ]


def test_a_wide_table_is_a_list_with_the_names_of_its_columns_and_drops_no_cell() -> None:
    rows = ["| kind | data | who labels it |", "|---|---|---|", "| **supervised** | pairs of inputs and outputs | people do |"]
    table = "\n".join([*rows, "| | raw text |", "| none |"])
    assert without_tables(table).splitlines() == [
        "- **supervised** (data: pairs of inputs and outputs; who labels it: people do)",
        "- data: raw text",
        "- **none**",
    ]


def test_what_only_looks_like_a_table_stays() -> None:
    for text in ("| a | b |", "||a spoiler||\n||another||", "a | b\n--- | ---"):
        assert without_tables(text) == text


def test_no_text_of_the_cards_is_taken_for_a_formula_or_a_table() -> None:
    base, _ = read_knowledge(KNOWLEDGE)

    def stays(text: str) -> None:
        assert readable(text) == text

    texts = [text for card in base.cards.values() for text in (card.short_answer, card.explanation, card.example, card.check_yourself)]
    assert failing(stays, [(text,) for text in texts]) == {}


async def test_a_learner_sees_neither_tex_nor_a_table_of_bars() -> None:
    service = FakeService("By Bayes:\n\n$$P(A\\mid B)=\\frac{P(B)}{2}$$\n\n| a | b |\n|---|---|\n| 1 | $x_1$ |")
    async with in_discord(service) as discord:
        await discord.say(f"<@{ME}> Is pretraining supervised?")
        (sent,) = await discord.wait_for("POST", "/channels/[0-9]+/messages")
    assert as_read(sent.body).startswith("By Bayes:\n```\nP(A | B)=(P(B))/2\n```\n\n```\na  b\n-  --\n1  x₁\n```")


def test_the_examples_in_the_docstrings_hold() -> None:
    for module in (plain_formulas, plain_tables):
        failed, attempted = doctest.testmod(module)
        assert (failed, attempted > 0) == (0, True), module.__name__
