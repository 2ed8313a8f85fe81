"""The encoder's upper layers are taught by labelled questions that a passage which settles one is nearer to it than the others.

The layers below them stay as they are, so their output is computed once for each text, and teaching takes half an hour on two cores.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from index.encoder.taught_layers import upper_layers
from index.evaluate.labelled_questions import Labelled

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Of so many question families, so many teach the encoder. The others teach the reader, which has to see how near a passage is to a
# question that the encoder was never shown.
OUT_OF = 5
TAUGHT = 3
# Questions of this kind were written with the passage in view: all of them teach the encoder.
BY_PASSAGE = "by_passage"
LAYERS = 3
EPOCHS = 2
AT_ONCE = 24
RATE = 1e-4
WARM_UP = 20
# Cosines are divided by this before they become chances, as the model's authors did.
TEMPERATURE = 0.05
# Each question is told apart from the passages that settle the others, and from one of so many that are nearest and don't settle it.
HARD = 16
# Word pieces of a question and of a passage that are read while it's taught.
QUESTION_PIECES, PASSAGE_PIECES = 128, 96
READ_AT_ONCE = 32
# Texts of about the same length that are taught together, which saves padding.
OF_ONE_LENGTH = 16
Progress = Callable[[str], None]


def teaches_encoder(row: Labelled) -> bool:
    """Return whether a labelled question teaches the encoder; the same for a whole family, whatever else is labelled."""
    return row.kind == BY_PASSAGE or zlib.crc32(row.group.encode()) % OUT_OF < TAUGHT


def teach(
    transformer: SentenceTransformer,
    questions: Sequence[str],
    passages: Sequence[str],
    settles: Sequence[frozenset[int]],
    progress: Progress,
) -> nn.ModuleList:
    """Teach a model's upper layers and return them; `settles` names the places of the passages that settle each question."""
    torch.manual_seed(0)
    drawn = np.random.default_rng(0)
    layers = upper_layers(transformer, LAYERS)
    progress(f"Reading {len(questions)} questions and {len(passages)} passages …")
    asked, said = below(transformer, questions), below(transformer, passages)
    hard = hardest(layers, asked, said, settles)
    for parameter in layers.parameters():
        parameter.requires_grad_(True)
    at_once = min(AT_ONCE, len(questions))
    steps = EPOCHS * (len(questions) // at_once)
    optimizer = torch.optim.AdamW(layers.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / WARM_UP) * max(0.05, 1 - step / steps))
    layers.train()
    done = 0
    for _ in range(EPOCHS):
        order = drawn.permutation(len(questions))
        for start in range(0, len(order) - at_once + 1, at_once):
            batch = order[start : start + at_once].tolist()
            shown = [int(drawn.choice(sorted(settles[number]))) for number in batch] + [int(drawn.choice(hard[number])) for number in batch]
            shown = list(dict.fromkeys(shown))
            loss = told_apart(
                embedded(layers, asked, batch, QUESTION_PIECES), embedded(layers, said, shown, PASSAGE_PIECES),
                torch.tensor([[place in settles[number] for place in shown] for number in batch]),
            )  # fmt: skip
            optimizer.zero_grad()
            torch.autograd.backward([loss])
            nn.utils.clip_grad_norm_(layers.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            done += 1
            if done % WARM_UP == 0:
                progress(f"{done} of {steps} steps, loss {float(loss):.2f}")
    return layers.eval()


def told_apart(questions: torch.Tensor, passages: torch.Tensor, settles: torch.Tensor) -> torch.Tensor:
    """Return the loss: how little of each question's chance falls on passages that settle it.

    Source: InfoNCE, van den Oord et al. (2018), Representation Learning with Contrastive Predictive Coding.
    """
    scores = questions @ passages.T / TEMPERATURE
    right = torch.logsumexp(scores.masked_fill(~settles, -torch.inf), dim=1)
    return (torch.logsumexp(scores, dim=1) - right).mean()


def below(transformer: SentenceTransformer, texts: Sequence[str]) -> list[torch.Tensor]:
    """Return what goes into the upper layers for each text. Shapes: (pieces, dimension) each."""
    kept: list[torch.Tensor] = []
    handle = upper_layers(transformer, LAYERS)[0].register_forward_pre_hook(lambda _, inputs: kept.append(inputs[0].detach()))
    states: list[torch.Tensor] = [torch.empty(0)] * len(texts)
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    try:
        with torch.no_grad():
            for start in range(0, len(order), READ_AT_ONCE):
                places = order[start : start + READ_AT_ONCE]
                features: Any = transformer.preprocess([texts[place] for place in places])
                transformer(dict(features))
                lengths = features["attention_mask"].sum(dim=1).tolist()
                for place, length, values in zip(places, lengths, kept.pop(), strict=True):
                    states[place] = values[:length].to(torch.float16)
    finally:
        handle.remove()
    return states


def embedded(layers: nn.ModuleList, states: Sequence[torch.Tensor], places: Sequence[int], most: int) -> torch.Tensor:
    """Return the vectors of some texts, of which so many word pieces are read. Shapes: (places, dimension)."""
    order = sorted(range(len(places)), key=lambda number: min(most, len(states[places[number]])))
    runs = [order[start : start + OF_ONE_LENGTH] for start in range(0, len(order), OF_ONE_LENGTH)]
    vectors = torch.cat([pooled(layers, [states[places[number]][:most].float() for number in run]) for run in runs])
    return vectors[torch.tensor(order).argsort()]


def pooled(layers: nn.ModuleList, states: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return the vectors of some texts that are read together. Shapes: states (pieces, dimension) each; returns (texts, dimension)."""
    values = nn.utils.rnn.pad_sequence(list(states), batch_first=True)
    lengths = torch.tensor([len(state) for state in states])
    is_piece = torch.arange(values.shape[1])[None, :] < lengths[:, None]
    hidden = torch.zeros(len(states), 1, 1, values.shape[1]).masked_fill(~is_piece[:, None, None, :], torch.finfo(torch.float32).min)
    for layer in layers:
        out = layer(values, attention_mask=hidden)
        values = out[0] if isinstance(out, tuple) else out
    means = (values * is_piece[:, :, None]).sum(dim=1) / lengths[:, None]
    return nn.functional.normalize(means, dim=1)


def hardest(
    layers: nn.ModuleList, asked: Sequence[torch.Tensor], said: Sequence[torch.Tensor], settles: Sequence[frozenset[int]]
) -> list[list[int]]:
    """Return for each question the nearest passages that don't settle it, by the layers as they are."""
    cosines = all_embedded(layers, asked, QUESTION_PIECES) @ all_embedded(layers, said, PASSAGE_PIECES).T
    nearest = cosines.argsort(dim=1, descending=True).tolist()
    return [[place for place in row if place not in own][:HARD] for row, own in zip(nearest, settles, strict=True)]


@torch.no_grad()
def all_embedded(layers: nn.ModuleList, states: Sequence[torch.Tensor], most: int) -> torch.Tensor:
    """Return the vectors of all texts. Shapes: (texts, dimension)."""
    starts = range(0, len(states), READ_AT_ONCE)
    return torch.cat([embedded(layers, states, range(len(states))[start : start + READ_AT_ONCE], most) for start in starts])
