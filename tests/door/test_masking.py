"""Personal data in a message is masked, and the numbers that questions of this course are full of are left as they were typed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.door.clean_text import clean_text
from bot.door.masking import mask, without_personal
from bot.settings import PROJECT
from tests.collected import failing

PRIVATE = {
    "[e-mail address]": [
        "ann@example.org",
        "Ann.Lee+ml@cs.uni-bonn.de",
        "x_y@mail.co.uk",
        "john [at] gmail [dot] com",
        "ann（at）example.org",
        "ann＠example.org",
        "an\u200bn@exam\u200bple.org",
    ],
    "[phone number]": [
        "+49 170 1234567",
        "+1 (555) 123-4567",
        "+44 (0)20 7946 0958",
        "0049 170 1234567",
        "(212) 555-0187",
        "212-555-0187",
        "1-800-555-0199",
        "0170 1234567",
        "030/12345678",
        "020 7946 0958",
        "06 12 34 56 78",
        "+91-98765-43210",
        "+4917012345678",
    ],
    "[token]": [
        "sk-proj-abcDEF1234567890abcdef",
        "hf_abcdEFGHijklMNOPqrstUVWXyzabCDEFgh",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz",
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs",
        "123456789:AAE2b3c4d5e6f7g8h9i0jklmnopqrstuvwx",
    ],
    "[account number]": ["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819", "FR14 2004 1010 0505 0001 3M02 606"],
    "[identity number]": ["123-45-6789", "21f3001234"],
    "[card number]": ["4111 1111 1111 1111", "5500-0055-5555-5559", "378282246310005"],
}

KEPT = """\
step 030 1234 5678 of the log, epoch: 0171 2345678
shape 123 45 6789, hash 12ab345678, loss 21e1000000, commit 3f2a9c1
DE88 3704 0044 0532 0130 00 has wrong check digits
1,000,000 tokens, 110000000 parameters, 175000000000 of them
version 2.10.1.post3 of torch, CUDA 11.8.0.89
arXiv 1706.03762 and arXiv:2005.14165v4, doi 10.48550/arXiv.1810.04805
0.0001 and 1e-5, loss 0.6931471805599453, pi 3.14159265358979
labels of -100, ignore_index=-100
2024-01-02 10:30:00 or 01.02.2024 10:30 or 05/06/2023
1024 2048 4096 8192 and 512-256-1024 and 784-300-100-10
input_ids [101, 2023, 2003, 1037, 102] or 101 7592 1010 2088 999 102
at commit 239fb56aa93b1c1d0f8a3f3e0b0f8a3f3e0b0f8a
mask 0011110000 and 1 1 1 1 1 0 0 0 0
x@w.shape and W@x.T and A@B.mT and h@W.weight(x) under @torch.no_grad
git clone git@github.com:someone/something.git
token = tokenizer.decode(x), pad_token='[PAD]', eos_token="<|endoftext|>", max_tokens=1000000, token: 50256
tokenizer = AutoTokenizer.from_pretrained("meta-llama/Llama-3.1-8B-Instruct"), token="Llama-3.1-8B-Instruct"
sk-learn-compatible-estimators
api_key=os.environ["OPENAI_API_KEY"] and OPENAI_API_KEY=YOUR_KEY
the key is that the labels come from the text; key: value pairs; the password is masked
1234567890 and 0123456789 and 01 02 03 04 05
https://discord.com/channels/123456789012345678/223456789012345678/323456789012345679
127.0.0.1:8080, GPU 0000:00:1e.0, ISBN 978-0-262-03561-3""".splitlines()


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(each)


AROUND = ["{}", "hello {}, thanks", "({})", '"{}"', "is it {}?", "it is {}. Why?", "mine:\n{}\nyours?"]


def test_what_is_private_is_replaced_by_what_it_is() -> None:
    def check(words: str, typed: str, around: str) -> None:
        assert clean_text(around.format(typed)) == around.format(words)

    assert failing(check, [(words, typed, around) for words, each in PRIVATE.items() for typed in each for around in AROUND]) == {}


def test_only_the_secret_part_goes() -> None:
    def check(typed: str, masked: str) -> None:
        assert mask(typed) == masked

    cases: list[tuple[Any, ...]] = [
        ("call me at 5551234", "call me at [phone number]"),
        ("my phone number is 98 76 54 32 10!", "my phone number is [phone number]!"),
        ("Authorization: Bearer abc123DEF456ghi789", "Authorization: Bearer [token]"),
        ("WANDB_API_KEY=0123456789abcdef0123456789abcdef01234567", "WANDB_API_KEY=[token]"),
        ('api_key="q8Zx71LmPw02Hd9s", timeout=3', 'api_key="[token]", timeout=3'),
        ("login(token='q8Zx71LmPw02Hd9sAA')", "login(token='[token]')"),
        ("my password is hunter2.", "my password is [password]."),
        ('password="correcthorse"', 'password="[password]"'),
        ("postgresql://ann:s3cret@db.example.org/x", "postgresql://[password]@db.example.org/x"),
        ("https://user:p@ss@host/path", "https://[password]@host/path"),
        ("https://discord.com/api/webhooks/123456789012345678/abcdefgh1234567890IJKL", "https://discord.com/api/webhooks/[token]"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nwhy?", "[private key]\nwhy?"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE cut off", "[private key]"),
    ]
    assert failing(check, cases) == {}


def test_numbers_names_and_code_of_the_course_stay_as_typed() -> None:
    def check(typed: str) -> None:
        assert mask(typed) == typed

    assert failing(check, [(case,) for case in KEPT]) == {}


def test_no_question_of_ours_and_no_line_of_the_cards_holds_anything_that_is_masked() -> None:
    found = []
    for path in sorted((PROJECT / "index" / "labels").rglob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            found += [text for text in texts(json.loads(line)) if mask(text) != text]
    for path in sorted((PROJECT / "knowledge").rglob("*.md")) + sorted((PROJECT / "knowledge").rglob("*.yaml")):
        found += [line for line in path.read_text(encoding="utf-8").splitlines() if mask(line) != line]
    assert found == []


ALNUM = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@given(st.from_regex(r"[a-z][a-z0-9._]{0,20}[a-z0-9]@[a-z][a-z0-9]{1,10}\.(?:com|org|de|edu|io)", fullmatch=True), st.sampled_from(KEPT))
def test_every_plain_address_is_found_wherever_it_stands(address: str, around: str) -> None:
    if not address.startswith("git@"):
        assert address not in mask(f"{around} {address} {around}")


@given(st.text(ALNUM, min_size=30, max_size=50), st.sampled_from(["sk-", "hf_", "ghp_", "npm_"]), st.sampled_from(KEPT))
def test_every_key_of_a_known_kind_is_found_wherever_it_stands(drawn: str, prefix: str, around: str) -> None:
    if re.search(r"[0-9]", drawn) and re.search(r"[a-z]", drawn):
        assert drawn not in mask(f"{around} {prefix}{drawn} {around}")


@given(st.text("abcdef ghijklmno.,;!?'\n", max_size=300))
def test_plain_words_are_never_touched(text: str) -> None:
    assert mask(text) == text


PIECES = [
    *(each for typed in PRIVATE.values() for each in typed),
    *KEPT,
    "password: ",
    "token is ",
    "call me ",
    " ",
    ", ",
    "[",
    "]",
    "=",
    "@",
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=6))
def test_what_was_masked_once_is_not_masked_again(pieces: list[str]) -> None:
    once = clean_text("".join(pieces))
    assert mask(once) == once


HOSTILE = (
    "a @ a@ a@a. eyJ sk- key= token: -----BEGIN\tPRIVATE\tKEY----- 0 01\t +1 1\t 4\t 4- (0 :// ://a: bearer\t call\tme\t [at] - _ 1.".split(
        " "
    )
)


def test_a_hostile_message_of_one_long_run_is_masked_too() -> None:
    for piece in [*HOSTILE, *(first + second for first in HOSTILE[::3] for second in HOSTILE[::2])]:
        assert mask((piece.replace("\t", " ") * 8_000)[:8_000])


def test_what_a_message_calls_a_number_of_a_person_is_masked() -> None:
    for text in ("my SSN: 123 45 6789", "social security 123 45 6789", "roll no 2201234", "Student ID: s1234567", "Matrikelnummer 3456789"):
        assert mask(text).endswith("[identity number]"), text


def test_personal_data_and_the_words_around_it_are_no_part_of_a_question() -> None:
    for text in ("my mail is ann@example.org, what is pretraining?", "Write to ann@example.org. what is pretraining?"):
        assert without_personal(mask(text)) == "what is pretraining?"
    assert without_personal("[e-mail address]") == "[e-mail address]"
    assert without_personal("HF_TOKEN=[token] fails, and what is a [MASK] token?") == "HF_TOKEN=[token] fails, and what is a [MASK] token?"
