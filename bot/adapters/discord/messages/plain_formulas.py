"""TeX as one line of text: Discord shows TeX as it is typed, so a formula is written with the signs that Unicode has."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# Source: pandoc's manual, "tex_math_dollars": no blank within the dollars beside them, and no digit behind the second, for prices.
DISPLAYED = re.compile(
    r"(?<!\s)\s*(?:\$\$(?P<a>.{1,2000}?)\$\$|\\\[(?P<b>.{1,2000}?)\\\]|(?P<c>\\begin\{(?P<name>[a-z]+\*?)\}.{1,2000}?\\end\{(?P=name)\}))"
    r"[ \t]*\n?",
    re.DOTALL,
)
INLINE = re.compile(r"(?<![\\$\w`])\$(?=[^\s$])(?P<d>[^$\n]+?)(?<=[^\s\\])\$(?![\d$`])|(?<!`)\\\((?P<e>.{1,1000}?)\\\)(?!`)", re.DOTALL)
# A command that nobody put between dollars, with what belongs to it; not the end of a Windows path, and not within code.
BARE = re.compile(
    r"`[^`]*`|(?<![\w:\\`])(?P<f>\\(?:[dt]?frac|sqrt|sum|prod|log|theta|alpha|beta|lambda|sigma|mathbb|mathcal|cdot)(?![a-zA-Z])"
    r"[^\s`$*]*+(?!`))"
)
TOKEN = re.compile(r"\\(?P<command>[a-zA-Z]+\*?|.)|(?P<open>\{)|(?P<close>\})|(?P<script>[_^])|(?P<blank>\s+|~)|(?P<mark>.)", re.DOTALL)

SIGNS = dict(
    pair.split("=", 1)
    for pair in (
        "sum=∑ prod=∏ int=∫ partial=∂ nabla=∇ infty=∞ cdot=· times=× div=÷ pm=± mp=∓ ast=* star=⋆ circ=∘ odot=⊙ oplus=⊕ otimes=⊗ "
        "le=≤ leq=≤ ge=≥ geq=≥ ne=≠ neq=≠ approx=≈ sim=∼ simeq=≃ equiv=≡ propto=∝ ll=≪ gg=≫ to=→ rightarrow=→ leftarrow=← "
        "longrightarrow=⟶ mapsto=↦ Rightarrow=⇒ Leftarrow=⇐ leftrightarrow=↔ iff=⇔ implies=⇒ in=∈ notin=∉ ni=∋ subset=⊂ subseteq=⊆ "
        "supset=⊃ cup=∪ cap=∩ setminus=∖ emptyset=∅ varnothing=∅ forall=∀ exists=∃ land=∧ wedge=∧ lor=∨ vee=∨ neg=¬ lnot=¬ mid=| "
        "vert=| lvert=| rvert=| Vert=‖ lVert=‖ rVert=‖ parallel=∥ perp=⊥ top=⊤ bot=⊥ langle=⟨ rangle=⟩ lfloor=⌊ rfloor=⌋ lceil=⌈ "
        "rceil=⌉ ldots=… dots=… cdots=⋯ vdots=⋮ ell=ℓ hbar=ℏ prime=′ colon=: lbrace={ rbrace=} varepsilon=ε varphi=φ vartheta=ϑ "
        "backslash=\\ %=% #=# $=$ &=& _=_ {={ }=} |=‖"
    ).split(" ")
)
# Signs between two things, which get a blank on either side.
BETWEEN = frozenset(
    "le leq ge geq ne neq approx sim simeq equiv propto ll gg to rightarrow leftarrow longrightarrow mapsto Rightarrow Leftarrow "
    "leftrightarrow iff implies in notin ni subset subseteq supset cup cap land wedge lor vee mid".split()
)
BLANKS = {",": " ", ";": " ", ":": " ", " ": " ", "quad": "  ", "qquad": "  ", "!": "", "\\": "\n", "newline": "\n"}
# Commands that only say how what follows looks.
LOOKS = frozenset(
    "text mathrm mathbf mathit mathsf mathtt mathcal mathscr mathfrak boldsymbol bm operatorname operatorname* textbf textit textrm mbox "
    "displaystyle textstyle limits nolimits left right big Big bigg Bigg bigl bigr middle nonumber notag label tag underbrace "
    "overbrace underline".split()
)
ACCENTS = {"hat": "\u0302", "widehat": "\u0302", "bar": "\u0304", "overline": "\u0304", "tilde": "\u0303", "widetilde": "\u0303"}
ACCENTS |= {"vec": "\u20d7", "dot": "\u0307", "ddot": "\u0308"}
DOUBLE_STRUCK = dict(zip("CEHNPQRZ1", "ℂ𝔼ℍℕℙℚℝℤ𝟙", strict=True))
RAISED = dict(
    zip(
        "0123456789+-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW⊤′",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵀ′",
        strict=True,
    )
)
LOWERED = dict(zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
CELL = "\t"
BEFORE_SUM = re.compile(r"(?<=[^\s(\[{⟨|+-])(?=[∑∏∫])")
# Deeper than any formula that a person reads.
DEEPEST = 40


def without_tex(text: str) -> str:
    r"""Write the formulas of a text without code in code: those on lines of their own as blocks.

    >>> without_tex(r"The loss \(-\log p_\theta(x_t \mid x_{<t})\) costs $5, and $\sqrt{2}$ is a root.")
    'The loss `-log p_θ(xₜ | x_(<t))` costs $5, and `√2` is a root.'
    """
    text = DISPLAYED.sub(lambda found: f"\n```\n{in_code(inner(found))}\n```\n", text)
    pieces = re.split(r"(\n```\n.*?\n```\n)", text, flags=re.DOTALL)
    for number in range(0, len(pieces), 2):
        marked = INLINE.sub(lambda found: f"`{one_line(inner(found))}`", pieces[number])
        pieces[number] = BARE.sub(lambda found: found.group() if found["f"] is None else f"`{one_line(found['f'])}`", marked)
    return "".join(pieces)


def inner(found: re.Match[str]) -> str:
    """Return the TeX between its marks."""
    return next(group for name, group in found.groupdict().items() if group is not None and name != "name")


def in_code(tex: str) -> str:
    """Return a formula for a code block, line by line."""
    return plain_formula(tex) or "…"


def one_line(tex: str) -> str:
    """Return a formula for code within a line."""
    return plain_formula(tex).replace("\n", " ") or "…"


def plain_formula(tex: str) -> str:
    r"""Write a formula in the signs of Unicode; a command that it doesn't know becomes a word.

    >>> plain_formula(r"\frac{1}{N}\sum_{i=1}^{N} \hat{y}_i^2")
    '1/N ∑ᵢ₌₁ᴺ ŷᵢ²'
    """
    written = BEFORE_SUM.sub(" ", sequence(iter(TOKEN.finditer(tex)), 0).replace("`", "'"))
    lines = ["  ".join(" ".join(cell.split()) for cell in line.split(CELL)).strip() for line in written.splitlines()]
    return "\n".join(line for line in lines if line)


def sequence(tokens: Iterator[re.Match[str]], depth: int) -> str:
    """Write tokens until the group ends."""
    written: list[str] = []
    for token in tokens:
        if token["close"]:
            if depth:
                break
            continue
        written.append(one(token, tokens, depth, "".join(written[-1:])))
    return "".join(written)


def argument(tokens: Iterator[re.Match[str]], depth: int) -> str:
    """Write what belongs to a command or a script: a group, or one token."""
    for token in tokens:
        if token["close"]:
            return ""
        if not token["blank"]:
            return one(token, tokens, depth, "")
    return ""


def one(token: re.Match[str], tokens: Iterator[re.Match[str]], depth: int, before: str) -> str:
    """Write one token with all that belongs to it."""
    if depth > DEEPEST:
        return token.group().strip("\\{}")
    if token["open"]:
        return sequence(tokens, depth + 1)
    if token["script"]:
        return script(token["script"], argument(tokens, depth + 1))
    if token["command"]:
        return spaced(before, command(token["command"], tokens, depth + 1))
    if token["blank"]:
        return " "
    return CELL if token["mark"] == "&" else spaced(before, token["mark"])


def command(name: str, tokens: Iterator[re.Match[str]], depth: int) -> str:
    """Write a command with its arguments."""
    if name in {"frac", "dfrac", "tfrac"}:
        return f"{grouped(argument(tokens, depth))}/{grouped(argument(tokens, depth))}"
    if name == "sqrt":
        return f"√{grouped(argument(tokens, depth))}"
    if name == "mathbb":
        return "".join(DOUBLE_STRUCK.get(mark, mark) for mark in argument(tokens, depth))
    if name in ACCENTS:
        accented = argument(tokens, depth)
        return unicodedata.normalize("NFC", accented + ACCENTS[name]) if len(accented) == 1 else grouped(accented) + ACCENTS[name]
    if name in {"begin", "end"}:
        argument(tokens, depth)
        return ""
    if name in LOOKS:
        return ""
    if name in BETWEEN:
        return f" {SIGNS[name]} "
    return SIGNS.get(name, BLANKS.get(name, letter(name)))


def letter(name: str) -> str:
    """Return the Greek letter of a name, or the name.

    >>> letter("Omega") + letter("theta") + letter("softmax")
    'Ωθsoftmax'
    """
    size = "CAPITAL" if name[:1].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {size} LETTER {'LAMDA' if name.lower() == 'lambda' else name.upper()}")
    except KeyError:
        return name


def script(mark: str, written: str) -> str:
    """Write something above or below the line: in small signs if there are such for all of it."""
    small = RAISED if mark == "^" else LOWERED
    bare = written.replace(" ", "")
    if bare and all(each in small for each in bare):
        return "".join(small[each] for each in bare)
    return mark + (written if len(written.strip()) == 1 else f"({written.strip()})")


def grouped(written: str) -> str:
    """Put brackets around what would read otherwise without them."""
    return written.strip() if re.fullmatch(r"\s*(?:\w+|[^\W\d_][^\s\w+\-*/=]?)\s*", written) else f"({written.strip()})"


def spaced(before: str, written: str) -> str:
    """Keep a word, as `log`, apart from what is before it and from what comes after it."""
    after_word = is_word(before) and written[:1].isalnum()
    return f" {written}" if after_word or (is_word(written) and before[-1:] and (before[-1].isalnum() or before[-1] in ")]}")) else written


def is_word(written: str) -> bool:
    """Return whether a command was written as a word."""
    return len(written.strip()) > 1 and written.strip().isalpha() and written.isascii()
