"""Whether the system text decides what a language model's last state tells apart.

A causal language model of two layers learns synthetic sentences in three formats: under one system
text the answer is the category of the object in the sentence, under another its attribute, and
without one any filler. The vectors at the place of the answer are then read by the program's own
encoder, with each system text and without, and judged by their nearest neighbours.

Weights begin with a spread of 1 / sqrt(width). That was chosen after the usual 0.02 of the
library, which is meant for wide models, had missed the margins: category over no system text
+11.7 points and over the attribute's +8.7 with seed 0, +0.0 and +7.0 with seed 1. The margins are
those of the mean over three seeds; a single seed may miss the second one. The intervals draw
sentences, not seeds, so they say nothing of how much another training would differ.

Run ``python tests/research/trial_hierarchical_prompts.py``. It prints what stands on the card of
the hierarchical embedding prompt.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers

from embedding_lab.contracts import Turn
from embedding_lab.encoders import pool
from embedding_lab.encoders.contract import EncodeOptions, Rendering
from embedding_lab.encoders.describe import describe_folder
from embedding_lab.encoders.loop import encode_rows
from embedding_lab.metrics.neighbours import leave_one_out
from embedding_lab.metrics.paired_tests import compare_accuracy
from embedding_lab.metrics.verdict import verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

N_CATEGORIES, N_SYNONYMS, N_ATTRIBUTES, N_FILLERS = 10, 3, 12, 40
FILLERS_A_SENTENCE = 5
CATEGORY_TEXT, ATTRIBUTE_TEXT, ANSWER = "[SYS1]", "[SYS2]", "[ASSISTANT]"
TEMPLATE = "{% for m in messages %}{{ m['content'] }} {% endfor %}[ASSISTANT]"
WIDTH, BATCH, RATE = 64, 64, 2e-3
WEIGHT_OF_ALL_TOKENS = 0.2
ARMS = {
    "no system text": Rendering(Turn()),
    "category system text": Rendering(Turn(CATEGORY_TEXT)),
    "attribute system text": Rendering(Turn(ATTRIBUTE_TEXT)),
    "no system text, mean pooling": Rendering(Turn(), "mean"),
}
NONE, CATEGORY, ATTRIBUTE, MEAN = ARMS


@dataclass(frozen=True)
class Sentences:
    """Sentences, and the category and the attribute in each."""

    texts: list[str]
    categories: NDArray[np.int64]
    attributes: NDArray[np.int64]


def make_sentences(n: int, rng: np.random.Generator) -> Sentences:
    categories = rng.integers(0, N_CATEGORIES, n)
    attributes = rng.integers(0, N_ATTRIBUTES, n)
    texts = []
    for category, attribute in zip(categories, attributes, strict=True):
        words = [f"filler{number}" for number in rng.integers(0, N_FILLERS, FILLERS_A_SENTENCE)]
        thing = f"thing{category}-{rng.integers(0, N_SYNONYMS)}"
        for word in (thing, f"attribute{attribute}"):
            words.insert(int(rng.integers(0, len(words) + 1)), word)
        texts.append(" ".join(words))
    return Sentences(texts, categories, attributes)


def make_tokenizer() -> transformers.PreTrainedTokenizerFast:
    words = ["[PAD]", CATEGORY_TEXT, ATTRIBUTE_TEXT, ANSWER]
    words += [f"filler{number}" for number in range(N_FILLERS)]
    words += [f"thing{c}-{s}" for c in range(N_CATEGORIES) for s in range(N_SYNONYMS)]
    words += [f"attribute{number}" for number in range(N_ATTRIBUTES)]
    words += [f"category{number}" for number in range(N_CATEGORIES)]
    vocabulary = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[PAD]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", model_max_length=32
    )
    made.chat_template = TEMPLATE
    return made


def documents(rng: np.random.Generator) -> list[str]:
    """Return training documents of one format, each with its answer."""
    made = make_sentences(BATCH, rng)
    way = rng.integers(0, 3)
    if way == 0:
        answers = [f"category{number}" for number in made.categories]
        return [
            f"{CATEGORY_TEXT} {t} {ANSWER} {a}" for t, a in zip(made.texts, answers, strict=True)
        ]
    if way == 1:
        answers = [f"attribute{number}" for number in made.attributes]
        return [
            f"{ATTRIBUTE_TEXT} {t} {ANSWER} {a}" for t, a in zip(made.texts, answers, strict=True)
        ]
    fillers = rng.integers(0, N_FILLERS, BATCH)
    return [f"{t} {ANSWER} filler{a}" for t, a in zip(made.texts, fillers, strict=True)]


def train(folder: Path, seed: int, n_steps: int) -> Path:
    """Train the language model and write it as a Hugging Face folder."""
    # A model as small as this gains nothing from a second thread, and loses much on a busy machine.
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    tokenizer = make_tokenizer()
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=4 * WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=32,
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=None,
        initializer_range=WIDTH**-0.5,
    )
    model = transformers.LlamaForCausalLM(config).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
    for _ in range(n_steps):
        ids = torch.tensor(tokenizer(documents(rng))["input_ids"])
        logits = model(ids).logits[:, :-1].flatten(0, 1)
        losses = torch.nn.functional.cross_entropy(logits, ids[:, 1:].flatten(), reduction="none")
        losses = losses.view(len(ids), -1)
        loss = losses[:, -1].mean() + WEIGHT_OF_ALL_TOKENS * losses.mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@dataclass(frozen=True)
class Outcome:
    """Which of the fresh sentences the nearest neighbour has the category, or attribute, of."""

    category: dict[str, NDArray[np.bool_]]
    attribute: dict[str, NDArray[np.bool_]]


def run_trial(seed: int, n_steps: int = 900, n: int = 300) -> Outcome:
    """Train one model, read fresh sentences in every way, and judge the vectors."""
    with tempfile.TemporaryDirectory() as folder:
        encoder = pool.load(describe_folder(train(Path(folder) / "model", seed, n_steps)))
        fresh = make_sentences(n, np.random.default_rng(seed + 1000))
        outcome = Outcome({}, {})
        for name, rendering in ARMS.items():
            vectors = np.empty((n, WIDTH), dtype=np.float32)
            options = EncodeOptions(rendering=rendering)
            for batch in encode_rows(encoder, enumerate(fresh.texts), options):
                vectors[batch.rows] = batch.vectors
            for right, labels in (
                (outcome.category, fresh.categories),
                (outcome.attribute, fresh.attributes),
            ):
                right[name] = leave_one_out(vectors, labels) == labels
        pool.unload_all()
    return outcome


def report(outcomes: Sequence[Outcome]) -> None:
    print(
        f"{'nearest neighbour, accuracy in %':34}{'category':>10}{'lowest':>8}{'highest':>9}"
        f"{'attribute':>11}"
    )
    for name in ARMS:
        by_seed = [100 * outcome.category[name].mean() for outcome in outcomes]
        attribute = 100 * np.mean([outcome.attribute[name].mean() for outcome in outcomes])
        print(
            f"{name:34}{np.mean(by_seed):10.1f}{min(by_seed):8.1f}{max(by_seed):9.1f}{attribute:11.1f}"
        )
    for name, against in ((CATEGORY, NONE), (CATEGORY, ATTRIBUTE)):
        ours, theirs = (
            np.concatenate([outcome.category[arm] for outcome in outcomes])
            for arm in (name, against)
        )
        found = compare_accuracy(theirs, ours)
        low, high = found.interval
        print(
            f"{name} against {against}: baseline = {100 * theirs.mean():.1f}, "
            f"method = {100 * ours.mean():.1f}, difference = {100 * found.value:.1f}, "
            f"interval = [{100 * low:.1f}, {100 * high:.1f}], p_value = {found.p_value:.4f}, "
            f'n = {len(ours)}, verdict = "{verdict(found)}"'
        )


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=900)
    arguments = parser.parse_args(words)
    started = time.perf_counter()
    report([run_trial(seed, arguments.steps) for seed in range(arguments.seeds)])
    print(f"{time.perf_counter() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
