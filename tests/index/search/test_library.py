"""The real cards are found for what learners type: misspelt, in keywords, rambling, as quizzes, in other languages, about two at once."""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from bot.app import open_library
from bot.service import Service
from bot.settings import PROJECT, Settings
from index.encoder.embedding import Encoder, Vectors
from index.encoder.model_files import EmbeddingModel
from index.evaluate.labelled_questions import QUESTIONS, read_labelled
from index.search.library import AHEAD, CANDIDATES, Library
from index.store.build import build
from index.store.generations import Generation, Manifest, load
from index.store.nearest import make_index
from index.store.passages import Passage, PassageKind
from knowledge.reading.base import KnowledgeBase
from knowledge.reading.card import Slug
from tests.conftest import KNOWLEDGE, card_text
from tests.index.fakes import MODEL, CountingEncoder

SHARED = PROJECT.parent / "shared" / "eval"

# What is typed, and cards of which one comes first.
FIRST = {
    "wat is supervized lerning": "supervised-learning",
    "whats masekd langauge modelling": "masked-language-modeling",
    "explain casual langauge modeling pls": "causal-language-modeling",
    "catastrofic forgeting what is it": "catastrophic-forgetting",
    "do addapters and lora train all the wieghts": "parameter-efficient-fine-tuning",
    "knowlege distilation explaned": "knowledge-distillation",
    "mlm vs clm": "clm-vs-mlm",
    "CLM MLM difference": "clm-vs-mlm",
    "prompt loss mask sft": "loss-masking",
    "nsp bert": "next-sentence-prediction",
    "linear probe frozen features": "linear-probing",
    "dpo preference pairs": "preference-optimization",
    "skip-gram word2vec labels": "word2vec",
    "t5 sentinel span": "span-corruption",
    "labels shifted by one": "teacher-forcing-and-label-shift",
    "zero shot one shot few shot": "zero-one-few-shot",
    "Pretraining a language model is best described as:\nA) supervised\nB) reinforcement learning\nC) self-supervised\nD) none of these": (
        "is-pretraining-supervised"
    ),
    "A prompt with exactly one worked example is called:\n1) zero-shot\n2) one-shot\n3) few-shot": "zero-one-few-shot",
    "T/F: LoRA updates every weight of the base model": "parameter-efficient-fine-tuning",
    "Fill in: in ______ language modelling the model reads from left to right and guesses the next token": "causal-language-modeling",
    "When a model loses old skills while being tuned on new data we call it ________": "catastrophic-forgetting",
    "什么是监督学习？": "supervised-learning",
    "自监督学习是什么意思？": "self-supervised-learning",
    "掩码语言模型是怎么训练的": "masked-language-modeling",
    "¿Qué es el aprendizaje supervisado?": "supervised-learning",
    "¿Para qué sirve el ajuste fino?": "fine-tuning",
    "Что такое обучение с учителем?": "supervised-learning",
    "Что такое дообучение модели?": "fine-tuning",
    "Was ist überwachtes Lernen?": "supervised-learning",
    "Was bedeutet selbstüberwachtes Lernen?": "self-supervised-learning",
    "what's the gap between semi-supervised and self-supervised training?": "semi-supervised-learning self-supervised-learning",
    "when would I want a causal objective and when a masked one?": "clm-vs-mlm",
    "should I put my examples into the prompt or fine-tune on them?": "in-context-learning-vs-fine-tuning when-to-use-which",
    "RAG or fine-tuning for our handbook?": "fine-tuning-vs-retrieval",
    "what does DPO do differently from RLHF?": "preference-optimization rlhf",
    "how does pretraining differ from fine-tuning": "pretraining-vs-fine-tuning",
    "self-supervised against unsupervised, are those two words for one thing?": "self-supervised-vs-unsupervised",
    "base checkpoint or the -chat one, what is the difference": "base-vs-chat-model",
    "is distillation the same as pseudo-labelling?": "knowledge-distillation pseudo-labels",
    "attention mask and the mask token, are they the same mask": "kinds-of-masks",
}
# What is typed, and a card among the first three.
AMONG_THREE = {
    "how does tokeniztion work": "tokenization",
    "Which objective hides some tokens and asks the model to restore them from both sides?\nA) causal LM\nB) masked LM\nC) clustering": (
        "masked-language-modeling"
    ),
    "True or false: in-context learning changes the weights of the model": "in-context-learning",
    "BERT is pretrained by hiding about ____ percent of the tokens": "masked-language-modeling",
    "In ______ learning every input comes with a label that a person wrote down": "supervised-learning what-is-a-label",
    "rlhf reward model": "rlhf",
    "¿el preentrenamiento es supervisado o autosupervisado?": "is-pretraining-supervised",
    "was ist unüberwachtes Lernen": "unsupervised-learning",
    "что значит самообучение, self-supervised learning?": "self-supervised-learning",
    "how can CLIP classify pictures of classes it never saw labels for": "zero-shot-in-vision",
    "my test questions were in the web crawl, does the score still mean anything": "data-contamination",
}
# Long posts that tell a story first and ask at their end, and a card among the first three.
RAMBLING = {
    """I have spent the whole weekend reading about representation learning, first a blog post from 2019 and then two long papers that I
    only half understood, and my flatmate keeps telling me that I should just run everything on the cluster and look at the accuracy. I
    tried that but the numbers moved around with every seed, and the cluster went down on Sunday, so I gave up and made soup. My supervisor
    meanwhile wants slides by Thursday and I have no figures yet. There is one thing in both papers that nobody explains: they freeze the
    encoder and put a single linear layer on top. What does training only that layer tell me about the features?""": "linear-probing",
    """Hello all, long time reader, first post. I am a nurse by training and I started this course in the evenings because our ward is
    getting a chatbot and I want to know what it is. The videos are great, the labs are hard, the coffee is finished. Last night I went
    through the notebook line by line, printed everything, drew arrows on paper, and made a table of all the variables with colours for
    what I understood and what I did not. Most of it is green by now, but one row is red and stays red however often I run that cell: the
    labels are a copy of the input ids. If they are the very same list, how can the model learn to predict the next word and not
    just copy it?""": ("teacher-forcing-and-label-shift causal-language-modeling"),
    """So this is a bit of a story. We run a small shop that sells used bicycles, and my cousin set up a model for us that writes the ads.
    It was a general chat model at first and could do everything, even answer the odd question about French spelling. Then we tuned it on
    four thousand of our own ads because the style was too polite, and the ads are wonderful now, my cousin is a hero, we even got a call
    from the local paper. The thing is that yesterday a customer asked it for something simple and out came another bicycle ad. It was not
    always like this. Why can it no longer do what it could do before we tuned it?""": "catastrophic-forgetting",
}
README = (
    "Is pretraining supervised? There is no output data, is there?",
    "Can you give me examples of the data?",
    "But MLM and CLM both predict tokens, so the method is the same as for instruction fine-tuning?",
    "I still think that both are supervised",
)


def firsts(library: Library, question: str, count: int = 1) -> list[str]:
    return [hit.slug for hit in library.search(question).hits[:count]]


def normal(text: str) -> str:
    return re.sub(r"\W+", " ", unicodedata.normalize("NFKC", text)).strip().lower() or text


def missed(library: Library, wanted: dict[str, str], count: int) -> dict[str, list[str]]:
    """Return the questions whose card is not among the first, with the cards that are."""
    found = {question: firsts(library, question, count) for question in wanted}
    return {question: first for question, first in found.items() if not set(first) & set(wanted[question].split())}


def test_the_right_card_comes_first_or_among_the_first_three(service: Service) -> None:
    assert missed(service.library, FIRST, 1) == {}
    assert missed(service.library, AMONG_THREE | RAMBLING, 3) == {}


def test_a_question_is_searched_the_same_whether_alone_or_repeated(service: Service) -> None:
    first, again = (service.library.search("what does a linear probe measure") for _ in range(2))
    assert [(hit.slug, hit.score) for hit in first.hits] == [(hit.slug, hit.score) for hit in again.hits]
    assert [hit.score for hit in first.hits] == sorted((hit.score for hit in first.hits), reverse=True)


@pytest.fixture(scope="module")
def grown(built_home: Path, tmp_path_factory: pytest.TempPathFactory, encoder: Encoder, model: EmbeddingModel) -> Library:
    """A library over the real cards and one more, which no labelled question names."""
    folder = tmp_path_factory.mktemp("grown")
    home, knowledge = folder / "home", folder / "knowledge"
    shutil.copytree(built_home, home)
    shutil.copytree(KNOWLEDGE, knowledge)
    text = card_text("curriculum-ordering", "easy-to-hard schedules")
    for number, phrasing in enumerate(
        ("what is curriculum learning?", "does the order of the training examples matter", "should easy examples come before hard ones",
         "sort the batches by difficulty", "start with short sentences and make them longer later, good idea?")
    ):  # fmt: skip
        text = re.sub(rf"(asked_as:\n(?:  - .*\n){{{number}}})  - .*\n", rf"\g<1>  - {json.dumps(phrasing)}\n", text)
    text = text.replace("About easy-to-hard schedules", "Curriculum learning, the order of examples")
    (knowledge / "cards" / "fine-tuning" / "curriculum-ordering.md").write_text(text, encoding="utf-8")
    built = build(home / "index", knowledge, lambda: encoder, model)
    assert (built.cards, built.problems) == (len(load(built_home / "index").base.cards) + 1, [])
    assert 0 < built.embedded < 40
    return open_library(Settings(_env_file=None, home=home, knowledge_dir=knowledge), model, encoder)


def test_a_card_that_no_labelled_question_names_is_found_for_its_own_questions(grown: Library) -> None:
    questions = (
        "what's curriculum learning",
        "is it a good idea to show the easy examples first and the hard ones afterwards?",
        "does it matter in which order the examples are shown during training",
        "curriculum order easy hard",
    )
    assert {question: firsts(grown, question) for question in questions} == {question: ["curriculum-ordering"] for question in questions}


def test_a_new_card_takes_no_question_from_the_others(grown: Library, service: Service) -> None:
    held_out = [row.conversation[0] for row in read_labelled(QUESTIONS / "held_out" / "in_scope.jsonl")[:20]]
    for question in (*README, *held_out):
        assert firsts(grown, question) == firsts(service.library, question), question


def test_among_many_cards_the_one_that_is_named_is_not_crowded_out_by_those_that_are_near(service: Service) -> None:
    """More cards are near than are looked at; the one with the rare word in its title is looked at all the same."""
    pattern = service.library.base.cards[Slug("rlhf")]
    slugs = [Slug(f"card-{number}") for number in range(3 * CANDIDATES)]
    cards = {slug: pattern.model_copy(update={"slug": slug, "title": f"Card {number}"}) for number, slug in enumerate(slugs)}
    cards[slugs[-1]] = pattern.model_copy(update={"slug": slugs[-1], "title": "The quokka problem"})
    passages = [Passage(slug, PassageKind.PHRASING, "title", cards[slug].title) for slug in slugs]
    vectors = np.zeros((len(slugs), 8), dtype=np.float32)
    vectors[:, 0] = 1.0
    vectors[-1] = np.eye(8, dtype=np.float32)[1]
    manifest = Manifest("toy", "0" * 64, 8, len(passages), len(cards), {})
    query: Vectors = np.eye(8, dtype=np.float32)[:1]
    library = Library(Generation("toy", manifest, KnowledgeBase(cards), passages, make_index(vectors)), lambda texts: query)
    assert slugs[-1] in {hit.slug for hit in library.search("what is the quokka problem?").hits}
    assert slugs[-1] not in {hit.slug for hit in library.search("what is the wombat theorem?").hits}


def test_each_of_many_messages_that_come_together_finds_what_it_finds_alone(tmp_path: Path, small: Path) -> None:
    build(tmp_path / "index", small, CountingEncoder, MODEL)
    library = Library(load(tmp_path / "index"), CountingEncoder().encode)
    asked = ("what are labels", "who makes masks", "are targets counted", "how long do eggs boil")
    messages = [f"{text} {number}?" for number in range(AHEAD) for text in asked]
    together = library.search_all(messages)
    assert [found.query for found in together] == messages
    for message, found in zip(messages, together, strict=True):
        alone = library.search(message)
        assert (found.read, found.settled) == (alone.read, alone.settled), message
    assert library.search_all([]) == []


def test_held_out_questions_are_not_learned_from() -> None:
    fit, held_out = (
        [row for path in sorted((QUESTIONS / name).glob("*.jsonl")) for row in read_labelled(path)] for name in ("fit", "held_out")
    )
    assert len(fit) > 300
    assert len(held_out) > 200
    assert not {row.id for row in fit} & {row.id for row in held_out}
    assert not {row.group for row in fit} & {row.group for row in held_out}
    learned = {normal(" / ".join(row.conversation)) for row in fit}
    assert [row.id for row in held_out if normal(" / ".join(row.conversation)) in learned] == []


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared questions are not beside the project")
def test_no_question_of_ours_is_copied_from_the_shared_ones() -> None:
    shared: dict[str, str] = {}
    for path in sorted(SHARED.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            for turn in row.get("turns") or [row["question"]]:
                shared[normal(turn)] = row["id"]
    copied = [
        (row.id, shared[normal(turn)])
        for path in sorted(QUESTIONS.glob("*/*.jsonl"))
        for row in read_labelled(path)
        for turn in row.conversation
        # "why?" and "give me an example" are everybody's.
        if len(turn.split()) > 5 and normal(turn) in shared
    ]
    assert copied == []
