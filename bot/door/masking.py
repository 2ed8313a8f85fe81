"""Addresses, telephone, account and identity numbers and keys that learners paste without meaning to are replaced by words in brackets."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

E_MAIL = "[e-mail address]"
PHONE = "[phone number]"
CARD = "[card number]"
ACCOUNT = "[account number]"
IDENTITY = "[identity number]"
PRIVATE_KEY = "[private key]"
TOKEN = "[token]"
PASSWORD = "[password]"

# Each pattern begins only where no character before it could belong to the same run, and takes a run whole (possessive quantifiers), so
# that a hostile message of one long run is read a constant number of times.

PEM = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:.*?-----END [A-Z ]{0,30}PRIVATE KEY-----|.*)", re.DOTALL)
LOGIN = re.compile(r"(?<=://)[^\s/@:\[]{1,200}+:(?:[^\s/@]{1,200}+@){1,3}")

# Source: the prefixes that the services document for secret scanning.
PREFIXED = re.compile(
    r"""(?<![A-Za-z0-9_-])(?:
      sk-[A-Za-z0-9_-]{16,}+ | (?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}+ | hf_[A-Za-z0-9]{16,}+
    | gh[pousr]_[A-Za-z0-9]{16,}+ | github_pat_[A-Za-z0-9_]{20,}+ | glpat-[A-Za-z0-9_-]{16,}+
    | (?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9]) | AIza[A-Za-z0-9_-]{30,}+ | ya29\.[A-Za-z0-9_-]{20,}+
    | xox[abeoprs]-[A-Za-z0-9-]{10,}+ | gsk_[A-Za-z0-9]{16,}+ | r8_[A-Za-z0-9]{16,}+ | nvapi-[A-Za-z0-9_-]{16,}+
    | pypi-[A-Za-z0-9_-]{30,}+ | npm_[A-Za-z0-9]{20,}+ | dckr_pat_[A-Za-z0-9_-]{16,}+ | pplx-[A-Za-z0-9]{16,}+ | xai-[A-Za-z0-9]{20,}+
    | eyJ[A-Za-z0-9_-]{8,}+(?:\.[A-Za-z0-9_-]{2,}+){1,4}
    | [A-Za-z0-9_-]{23,30}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,}+
    | [0-9]{8,10}:[A-Za-z0-9_-]{33,}+
    )""",
    re.VERBOSE,
)
BEARER = re.compile(r"(?i)(?<=\bbearer )\s{0,5}+([A-Za-z0-9_.~+/=-]{12,}+)")
# A Discord or Slack webhook's address is a key in itself.
WEBHOOK = re.compile(r"(?<=/webhooks/)[0-9]{5,25}+/[A-Za-z0-9_-]{20,}+|(?<=hooks\.slack\.com/services/)[A-Za-z0-9/]{20,}+")

ASSIGNED = re.compile(
    r"""(?ix)(?!(?<=\[)(?:token|password|private\ key)\])
    (?P<name>api[_ -]?key|access[_ -]?key|secret|private[_ -]?key|auth|\bkey|token|passw(?:or)?d|passphrase|\bpwd)
    [a-z0-9_-]{0,30}+ ["'\])]{0,2}+ \s{0,5}+ (?:(?P<sign>:=|=|:)|\bis\b) \s{0,5}+ (?P<quote>["']?) (?P<value>[^\s"'`,;()<>\[\]{}]{4,}+)"""
)

E_MAIL_ADDRESS = re.compile(r"(?<![\w.%+-])([\w.%+-]++)@(?:[\w-]++\.){1,8}([^\W\d_]{2,24}+)(?![\w(\[-])")
SPELT_OUT = re.compile(
    r"(?i)(?<![\w.%+-])[\w.%+-]++\s{0,2}[\[({]\s?at\s?[\])}]\s{0,2}[\w-]++(?:(?:\.|\s{0,2}[\[({]\s?dot\s?[\])}]\s{0,2})[\w-]{2,}+){1,4}"
)
# `x@w.shape` is a matrix product, and git@ is the same for everybody.
TENSOR_WORDS = frozenset(
    "shape weight weights bias data grad numpy detach float half double cuda cpu view mean sum size reshape transpose permute dtype device "
    "item values value inverse inv conj dot matmul squeeze unsqueeze contiguous clone logits state tolist".split()
)

CARD_NUMBER = re.compile(r"(?<![\w.,/=-])[3-6](?:[ -]?[0-9]){12,18}+(?![\w-]|[.,][0-9])")
# Groups of digits as people type them; the functions below decide whether they are a telephone number.
BOUND = r"(?<![\w.,/:=#^*_-])"
END = r"(?![\w%]|[.,:/_-]\w)"
GAP = r"(?:[ .\u00a0]|\s?[-/\u2010-\u2013]\s?)"
INTERNATIONAL = re.compile(rf"(?<![\w+.,/=^*])(?:\+\s?|00(?=[1-9]))[1-9](?:(?:{GAP})?(?:\([0-9]{{1,5}}\)|[0-9])){{7,14}}+{END}")
AMERICAN = re.compile(
    rf"{BOUND}(?:1[-. ])?(?:\([2-9][0-9]{{2}}\)[-. ]?[2-9][0-9]{{2}}[-. ]|[2-9][0-9]{{2}}([-.])[2-9][0-9]{{2}}\1)[0-9]{{4}}{END}"
)
NATIONAL = re.compile(rf"{BOUND}(?:\(0[1-9][0-9]{{0,4}}\)|0[1-9][0-9]{{0,4}})(?:{GAP}?[0-9]{{2,8}}){{1,5}}+{END}")
CALL_ME = re.compile(
    r"(?i)(?<!\[)\b(?:tel|telephone|phone|mobile|cell phone|whats ?app|telegram|(?:call|text|ring|reach|sms) me|my number is"
    r"|(?:phone|mobile) number)\b"
    r"[^\d\n+(]{0,20}+(?P<number>\+?\(?[0-9](?:[ .()/-]{0,2}[0-9]){6,14}+)" + END
)
# Groups of four behind a country's letters and two check digits, as a bank prints them or in one run.
IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]{4}){2,7}+(?:[ -]?[A-Za-z0-9]{1,3})?(?![A-Za-z0-9])")
# 000, 666 and 900 and more are never given out. Source: https://www.ssa.gov/employer/randomization.html
SOCIAL_SECURITY = re.compile(r"(?<![\w.-])(?!000|666|9[0-9]{2})[0-9]{3}(?P<gap>[- ])(?!00)[0-9]{2}(?P=gap)(?!0000)[0-9]{4}(?![\w-]|\.\w)")
# Without these words beside it, such a number with blanks is as likely one of three sizes.
SECURITY_WORDS = re.compile(r"(?i)\b(?:ssn|social security|national (?:insurance|id)|tax (?:id|number)|identity number)\b")
# As universities number their students: two digits, a letter and seven digits, or whatever a message calls such a number.
STUDENT_NUMBER = re.compile(
    r"(?<![\w.#/=-])(?:[0-9]{2}[A-DF-Za-df-z][0-9]{7}|(?i:(?:student|roll|matriculation|enrolment|enrollment|matrikel)\W{0,3}"
    r"(?:id|number|no\.?|nr\.?|nummer)?\W{0,3}(?:is\W{1,3})?)(?P<number>[A-Za-z]{0,2}[0-9]{6,10}))(?![\w-])"
)
# What counts or measures: digits in groups behind one of these are no telephone number.
COUNTED = re.compile(
    r"(?i)(?:step|steps|epoch|iter(?:ation)?|batch|seed|version|token|tokens|id|ids|line|page|row|sample|checkpoint)s?[\s:=#]{1,3}$"
)
COUNTING = "01234567890123456789"
DATE = re.compile(r"[0-9]{1,2}([./-])[0-9]{1,2}\1[0-9]{2,4}")


PERSONAL = "e-mail address|phone number|card number|account number|identity number"
# What a learner says around what was masked: "my mail is [e-mail address]", "call me at [phone number]".
AROUND = re.compile(
    r"(?i)(?:\b(?:my|mein\w*|mi|mon|ma|mera|meri|the|here(?:'s| is)|it'?s"
    r"|write|mail|e-?mail|call|text|ring|reach|contact|dm|answer|reply)\b"
    rf"(?:[ \t]+[\w'-]+){{0,3}}?[ \t]*[:=(]?[ \t]*)?\[(?:{PERSONAL})\][ \t]*[),.;:!]*[ \t]*(?:(?:and|but|so|or)\b[ \t]*)?"
)


# A mask may uncover something to mask right behind it.
PASSES = 4


def mask(text: str) -> str:
    """Return a message with addresses, telephone numbers and keys replaced by their kind, in brackets.

    >>> mask("write to ann@example.org, HF_TOKEN=hf_abcdEFGHijklMNOPqrst, 1,000,000 tokens")
    'write to [e-mail address], HF_TOKEN=[token], 1,000,000 tokens'
    """
    for _ in range(PASSES):
        before = text
        for pattern, replacement in MASKS:
            text = pattern.sub(replacement, text)
        if text == before:
            break
    return text


def without_personal(text: str) -> str:
    """Return a masked message without masked personal data and the words that announce it; the message itself where nothing else is left.

    >>> without_personal("my mail is [e-mail address] what is pretraining?")
    'what is pretraining?'
    """
    rest = AROUND.sub("", text)
    return rest.strip() if re.search(r"\w", rest) else text


def keys(found: re.Match[str]) -> str:
    """Mask text that begins like a key, unless it's a word: `sk-learn-compatible-estimators` has neither digits nor capitals."""
    value = found.group()
    drawn = any(letter.isdigit() for letter in value) or (value != value.lower() and value != value.upper())
    return TOKEN if drawn and any(letter.isalpha() for letter in value) else value


def assigned(found: re.Match[str]) -> str:
    """Mask a value that is assigned to a name such as API_KEY or password, if it looks like one."""
    name, value = found["name"].lower(), found["value"].rstrip(".!?:")
    head = found.group()[: found.start("value") - found.start()]
    rest = found["value"][len(value) :]
    if name.startswith(("pass", "pwd")):
        sure = bool(found["quote"]) or found["sign"] == "=" or any(not letter.isalpha() for letter in value)
        return head + PASSWORD + rest if sure and len(value) >= 4 and not is_reference(value) else found.group()
    return head + TOKEN + rest if looks_secret(value, least=16 if name == "token" else 12) else found.group()


def looks_secret(value: str, *, least: int) -> bool:
    """Return whether a value is random rather than written: long, mixed, and no path through a program's names."""
    if len(value) < least or is_reference(value) or "://" in value:
        return False
    digits = sum(letter.isdigit() for letter in value)
    words = re.fullmatch(r"[A-Za-z]+[0-9]{0,3}(?:[._/-][0-9]{0,3}[A-Za-z]*[0-9]{0,3})*", value) is not None
    return digits >= 2 and any(letter.isalpha() for letter in value) and not words and entropy(value) >= 3.0


def is_reference(value: str) -> bool:
    """Return whether a value only refers to the real one: `os.environ`, `$KEY`, `YOUR_KEY`, `xxxx`."""
    lowered = value.lower()
    written = lowered.startswith(("os.", "$", "%", "env", "your", "getenv", "settings.", "self.", "args.", "config."))
    return written or len(set(lowered)) <= 2 or lowered in {"true", "false", "none", "null", "string"}


def entropy(value: str) -> float:
    """Return Shannon's entropy of a text's letters. Units: bits a letter."""
    counts = Counter(value)
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts.values())


def address(found: re.Match[str]) -> str:
    """Mask an e-mail address, but no matrix product and no `git@`."""
    local, last = found.groups()
    program = last.lower() in TENSOR_WORDS or not (last.islower() or last.isupper() or last.istitle()) or local.lower() == "git"
    return found.group() if program else E_MAIL


def card(found: re.Match[str]) -> str:
    """Mask a payment card's number: 13 to 19 digits in groups, the last of which checks the others (Luhn)."""
    digits = [int(letter) for letter in found.group() if letter.isdigit()]
    doubled = [digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(reversed(digits))]
    # Discord's ids have 17 digits or more without a gap.
    grouped = " " in found.group() or "-" in found.group()
    plausible = len(digits) in range(13, 20 if grouped else 17) and len(set(digits)) > 1
    return CARD if plausible and sum(doubled) % 10 == 0 else found.group()


def iban(found: re.Match[str]) -> str:
    """Mask a bank account whose two check digits are right (ISO 13616: the number modulo 97 is 1)."""
    letters = "".join(letter for letter in found.group().upper() if letter.isalnum())
    turned = "".join(str(int(letter, 36)) for letter in letters[4:] + letters[:4])
    return ACCOUNT if 15 <= len(letters) <= 34 and int(turned) % 97 == 1 else found.group()


def social_security(found: re.Match[str]) -> str:
    """Mask a number in the form of a social security number: with dashes, or with blanks where the message calls it one."""
    named = SECURITY_WORDS.search(found.string[max(0, found.start() - 40) : found.start()])
    return IDENTITY if found["gap"] == "-" or named else found.group()


def student(found: re.Match[str]) -> str:
    """Mask a student's number, and keep the words that announce it."""
    number = found["number"]
    return found.group()[: found.start("number") - found.start()] + IDENTITY if number else IDENTITY


def phone(found: re.Match[str]) -> str:
    """Mask digits in a telephone number's form that are no date, no row of bits and no list of sizes."""
    typed = found.group()
    if COUNTED.search(found.string[max(0, found.start() - 16) : found.start()]):
        return typed
    digits = [letter for letter in typed if letter.isdigit()]
    groups = re.findall(r"[0-9]+", typed)
    if len(set(digits)) <= 2 or not 8 <= len(digits) <= 15 or DATE.match(typed):
        return typed
    if all(len(group) == 1 for group in groups) or (typed[0] == "0" and len(groups) > 2 and all(group[0] == "0" for group in groups)):
        return typed
    if "".join(digits) in COUNTING or groups[-1] in {"1024", "2048", "4096", "8192"} or len(re.split(r"\s[-/]\s", typed)) > 3:
        return typed
    return PHONE


def national(found: re.Match[str]) -> str:
    """Mask a number with its area code, 9 to 12 digits."""
    typed = found.group()
    count = sum(letter.isdigit() for letter in typed)
    return phone(found) if 9 <= count <= 12 else typed


def called(found: re.Match[str]) -> str:
    """Mask a number that its own sentence calls a telephone number."""
    return found.group()[: found.start("number") - found.start()] + PHONE


MASKS: Sequence[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = (
    (PEM, PRIVATE_KEY),
    (LOGIN, PASSWORD + "@"),
    (WEBHOOK, TOKEN),
    (PREFIXED, keys),
    (BEARER, lambda found: TOKEN if looks_secret(found.group(1), least=12) else found.group()),
    (E_MAIL_ADDRESS, address),
    (SPELT_OUT, E_MAIL),
    (ASSIGNED, assigned),
    (IBAN, iban),
    (CARD_NUMBER, card),
    (SOCIAL_SECURITY, social_security),
    (STUDENT_NUMBER, student),
    (INTERNATIONAL, phone),
    (AMERICAN, phone),
    (NATIONAL, national),
    (CALL_ME, called),
)
