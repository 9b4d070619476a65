"""Trains the reader and makes assistant/models/data/reader.npz of it (docs/reader.md).

    python -m benchmarks.train_reader DATA WORK --minutes 45 --cloze
    python -m benchmarks.train_reader DATA WORK --minutes 45 --from WORK/step01200.pt
    python -m benchmarks.train_reader DATA WORK --pack WORK/step00461.pt WORK/step00628.pt

DATA holds question sets as `assistant eval` reads them; checkpoints, and a line of figures for each on the questions
that are never trained on, go to WORK. The learning rate falls to zero over the minutes given, so that the end of
every run can be shipped. `--pack` averages checkpoints and writes the difference to the bundled encoder, each matrix
as a product of two of low rank. Wants torch with bfloat16 in hardware; without, a step takes three times as long.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from transformers import AutoModel, AutoTokenizer

from assistant.models import bundled
from benchmarks.cloze import Clozes
from benchmarks.reader_cases import HELD_OUT, Negatives, Question, Text, load_sets

SETS = ("mlqa-ctx-en", "mlqa-ctx-vi", "poquad-pl", "tydiqa-en", "covidqa-en")
HALVED = frozenset({"covidqa-en"})  # sets of which each pass takes every other question
OUTPUT = Path(__file__).parents[1] / "assistant" / "models" / "data" / "reader.npz"
FROZEN_LAYERS = 5  # and the embeddings
WINDOW, CLOZE_WINDOW, BATCH = 256, 160, 16  # tokens, tokens, examples
LEARNING_RATE, HEAD_LEARNING_RATE, WARM_UP = 5e-5, 1e-3, 60
DROPOUT = 0.1
NEGATIVES, TITLES = 0.5, 0.75  # how many questions get a negative beside them, and how many texts their title
LONGEST_ANSWER = 30  # tokens
IMPOSSIBLE = 2  # times a pass for a question that only seems answerable: there are few
CLOZES, CLOZES_BESIDE = 5000, 1500  # a pass, alone and beside real questions
MEASURED = 480  # questions, every so many seconds:
MEASURE_EVERY_S = 600
Example = tuple[list[int], int, int]
"""Token ids, and the answer's first and last token; 0 and 0 for no answer."""


class Dropout(torch.nn.Module):
    """As torch's, from random bytes: torch's own takes longer on a CPU than the layers around it."""

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Any shape."""
        if not self.training:
            return hidden
        kept = torch.randint(0, 256, hidden.shape, dtype=torch.uint8) >= int(256 * DROPOUT)
        return hidden * (kept.to(hidden.dtype) / (1 - DROPOUT))


class Model(torch.nn.Module):
    """The encoder with a head for the first and the last token of the answer."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(folder, add_pooling_layer=False)
        self.head = torch.nn.Linear(self.encoder.config.hidden_size, 2)
        layers = self.encoder.encoder.layer
        for frozen in (self.encoder.embeddings, *layers[:FROZEN_LAYERS]):
            frozen.requires_grad_(False)
        for module in self.encoder.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
            if hasattr(module, "dropout_prob"):
                module.dropout_prob = 0.0
        for layer in layers[FROZEN_LAYERS:]:
            layer.attention.output.dropout = Dropout()
            layer.output.dropout = Dropout()

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits of the first and of the last token, each of the shape of `ids`."""
        with torch.autocast("cpu", torch.bfloat16):
            hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        logits = self.head(hidden.float()).masked_fill((mask == 0)[..., None], -1e4)
        return logits[..., 0], logits[..., 1]


class Examples:
    """Questions and texts as token ids."""

    def __init__(self, folder: Path, questions: Sequence[Question], texts: dict[str, Text]) -> None:
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._questions = questions
        self._texts = texts
        self._negatives = Negatives(questions, texts)
        self._clozes = Clozes({doc_id: text for doc_id, text in texts.items() if text.fold != HELD_OUT})

    def one_pass(self) -> list[Example]:
        """Every question, half of them with a negative, and some made ones, in random order."""
        made = []
        for question in self._questions:
            if question.set_name in HALVED and random.random() < 0.5:
                continue
            text = self._texts[question.doc_id]
            titled = random.random() < TITLES
            for _ in range(1 if question.span else IMPOSSIBLE):
                made.append(self.make(_typed(question.text), text.title * titled, text.text, question.span))
            if question.span and random.random() < NEGATIVES and (negative := self._negatives.make(question)):
                asked, title, body = negative
                made.append(self.make(_typed(asked), title * titled, body, None))
        mixed = [*(example for example in made if example is not None), *self.made_pass(CLOZES_BESIDE)]
        random.shuffle(mixed)
        return mixed

    def made_pass(self, count: int = CLOZES) -> list[Example]:
        """Questions made from the texts."""
        made = []
        for cloze in self._clozes.draw(count):
            text = self._texts[cloze.doc_id]
            title = text.title * (random.random() < TITLES)
            made.append(self.make(cloze.question, title, text.text, cloze.span, CLOZE_WINDOW))
        return [example for example in made if example is not None]

    def make(
        self, question: str, title: str, text: str, span: tuple[int, int] | None, length: int = WINDOW
    ) -> Example | None:
        """One example, with a window around the answer, or a random one; None when the answer does not fit."""
        lead = f"passage: {title}\n" if title else "passage: "
        pair = self._tokenizer(f"query: {question}", lead + text, return_offsets_mapping=True, verbose=False)
        ids = pair["input_ids"]
        places = [(a - len(lead), b - len(lead)) for a, b in pair["offset_mapping"]]
        inside = [i for i, part in enumerate(pair.sequence_ids()) if part == 1 and places[i][1] > 0]
        if not inside or (room := length - inside[0] - 1) < 40:
            return None
        body, after = inside[0], inside[-1] + 1
        first = last = body
        if span:
            answer = [i for i in inside if places[i][0] < span[1] and places[i][1] > span[0]]
            if not answer or answer[-1] - answer[0] >= room:
                return None
            first, last = answer[0], answer[-1]
        lowest = max(body, last - room + 1) if span else body
        start = random.randint(lowest, max(lowest, min(first if span else after, after - room)))
        window = ids[:body] + ids[start : start + room][: after - start] + ids[-1:]
        return (window, first - start + body, last - start + body) if span else (window, 0, 0)


def _typed(question: str) -> str:
    """Now and then as people type: without the question mark, without capitals."""
    kind = random.random()
    if kind < 0.14:
        question = question.rstrip("?. ")
    return question.lower() if 0.08 < kind < 0.2 else question


def batches(examples: Sequence[Example]) -> Iterator[list[Example]]:
    """Of alike lengths, in random order."""
    pool = 20 * BATCH
    for at in range(0, len(examples), pool):
        alike = sorted(examples[at : at + pool], key=lambda e: len(e[0]))
        cut = [alike[i : i + BATCH] for i in range(0, len(alike), BATCH)]
        random.shuffle(cut)
        yield from cut


def padded(batch: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and attention mask, both (examples, longest)."""
    ids = torch.full((len(batch), max(len(e[0]) for e in batch)), 1)
    mask = torch.zeros_like(ids)
    for row, example in enumerate(batch):
        ids[row, : len(example[0])] = torch.tensor(example[0])
        mask[row, : len(example[0])] = 1
    return ids, mask


def best_spans(model: Model, examples: Sequence[Example]) -> list[tuple[int, int, float]]:
    """First and last token of the best span of each example, and its log-odds against "no answer"."""
    found: list[Any] = [None] * len(examples)
    order = sorted(range(len(examples)), key=lambda i: len(examples[i][0]))
    for at in range(0, len(order), BATCH):
        rows = order[at : at + BATCH]
        with torch.inference_mode():
            firsts, lasts = model(*padded([examples[i] for i in rows]))
        for row, i in enumerate(rows):
            n = len(examples[i][0])
            odds = firsts[row, :n].numpy()[:, None] + lasts[row, :n].numpy()[None]
            none = odds[0, 0]
            a, b = np.indices(odds.shape)
            odds[(b < a) | (b - a >= LONGEST_ANSWER) | (a == 0)] = -np.inf
            first, last = np.unravel_index(int(odds.argmax()), odds.shape)
            found[i] = (int(first), int(last), float(odds[first, last] - none))
    return found


class Measure:
    """Figures on questions that are never trained on."""

    def __init__(self, examples: Examples, questions: Sequence[Question], texts: dict[str, Text]) -> None:
        generator = random.Random(5)
        answerable = [q for q in questions if q.span and q.set_name not in HALVED]
        self._answerable = generator.sample(answerable, min(MEASURED, len(answerable)))

        def example(q: Question, doc_id: str, span: tuple[int, int] | None) -> Example | None:
            return examples.make(q.text, texts[doc_id].title, texts[doc_id].text, span)

        self._gold = [(q, e) for q in self._answerable if (e := example(q, q.doc_id, q.span))]
        self._near = [e for q in self._answerable if q.near and (e := example(q, q.near[0], None))]
        self._alike = [e for q in questions if not q.span and (e := example(q, q.doc_id, None))]
        self._alike_sets = {q.set_name for q in questions if not q.span}

    def __call__(self, model: Model) -> dict[str, Any]:
        """Share of best spans that overlap the answer, by set and language; AUROC of the log-odds of answerable
        questions against the nearest other text, and against questions that only seem answerable."""
        model.eval()
        found = best_spans(model, [e for _, e in self._gold])
        hits: dict[str, list[bool]] = {}
        for (question, example), (first, last, _) in zip(self._gold, found, strict=True):
            hit = first <= example[2] and last >= example[1]
            for key in ("all", f"{question.set_name} {question.language}"):
                hits.setdefault(key, []).append(hit)
        odds = [f[2] for f in found]
        alike = [o for (q, _), o in zip(self._gold, odds, strict=True) if q.set_name in self._alike_sets]
        figures = {
            "overlap": {key: round(float(np.mean(values)), 3) for key, values in sorted(hits.items())},
            "auroc_near": _auroc(odds, [f[2] for f in best_spans(model, self._near)]),
            "auroc_alike": _auroc(alike, [f[2] for f in best_spans(model, self._alike)]),
        }
        model.train()
        return figures


def _auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    truth = [1] * len(positive) + [0] * len(negative)
    return round(float(roc_auc_score(truth, [*positive, *negative])), 3)


def train(model: Model, one_pass: Callable[[], list[Example]], measure: Measure, work: Path, minutes: float) -> None:
    """Train for `minutes`; a checkpoint and figures every MEASURE_EVERY_S and at the end."""
    trained = [p for p in model.encoder.parameters() if p.requires_grad]
    groups = [(trained, LEARNING_RATE), (list(model.head.parameters()), HEAD_LEARNING_RATE)]
    optimiser = torch.optim.AdamW([{"params": p, "lr": rate} for p, rate in groups], weight_decay=0.01)
    model.train()
    started = measured = time.monotonic()
    step, loss_so_far = 0, 0.0
    while True:
        for batch in batches(one_pass()):
            done = (time.monotonic() - started) / (60 * minutes)
            if done >= 1:
                _checkpoint(model, measure, work, step, loss_so_far)
                return
            for group, (_, rate) in zip(optimiser.param_groups, groups, strict=True):
                group["lr"] = rate * min((step + 1) / WARM_UP, max(0.02, 1 - done))
            firsts, lasts = model(*padded(batch))
            truth = torch.tensor([e[1:] for e in batch])
            cross_entropy = torch.nn.functional.cross_entropy
            loss = (cross_entropy(firsts, truth[:, 0]) + cross_entropy(lasts, truth[:, 1])) / 2
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            step += 1
            loss_so_far = loss.item() if step == 1 else 0.98 * loss_so_far + 0.02 * loss.item()
            if time.monotonic() - measured > MEASURE_EVERY_S:
                measured = time.monotonic()
                _checkpoint(model, measure, work, step, loss_so_far)


def _checkpoint(model: Model, measure: Measure, work: Path, step: int, loss: float) -> None:
    torch.save(model.state_dict(), work / f"step{step:05}.pt")
    line = json.dumps({"step": step, "loss": round(loss, 3), **measure(model)})
    print(line, flush=True)
    with (work / "figures.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def mean(checkpoints: Sequence[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """The mean of each parameter (Wortsman et al., "Model soups", ICML 2022)."""
    return {
        name: torch.stack([c[name].float() for c in checkpoints]).mean(0).to(tensor.dtype)
        for name, tensor in checkpoints[0].items()
    }


def pack(base: Model, checkpoint: dict[str, torch.Tensor], rank: int, output: Path) -> None:
    """Write what `checkpoint` adds to `base`, in half precision, each matrix as two factors of `rank`."""
    before = base.state_dict()
    changes: dict[str, np.ndarray[Any, Any]] = {}
    for key, after in checkpoint.items():
        if key.startswith("head."):
            changes[key] = after.numpy()
            continue
        change = (after - before[key]).float()
        name = key.removeprefix("encoder.")
        if change.ndim == 2 and change.any():
            left, sizes, right = torch.linalg.svd(change, full_matrices=False)
            root = sizes[:rank].sqrt()
            changes[f"{name}|left"] = (left[:, :rank] * root).numpy().astype(np.float16)
            changes[f"{name}|right"] = (root[:, None] * right[:rank]).numpy().astype(np.float16)
        elif change.any():
            changes[name] = change.numpy().astype(np.float16)
    np.savez(output, allow_pickle=False, **changes)


def main() -> None:
    """Train, or pack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--minutes", type=float, default=45)
    parser.add_argument("--cloze", action="store_true", help="train on questions made from the texts")
    parser.add_argument("--from", dest="start", type=Path, help="checkpoint to go on from")
    parser.add_argument("--pack", type=Path, nargs="+", help="checkpoints to ship the mean of; nothing is trained")
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    random.seed(1)
    torch.manual_seed(1)
    arguments.work.mkdir(parents=True, exist_ok=True)
    folder = bundled.unpacked_model(arguments.work / "cache")
    model = Model(folder)
    if arguments.pack:
        pack(model, mean([torch.load(path) for path in arguments.pack]), arguments.rank, OUTPUT)
        return
    if arguments.start:
        model.load_state_dict(torch.load(arguments.start))
    questions, texts = load_sets(arguments.data, SETS)
    examples = Examples(folder, [q for q in questions if q.fold != HELD_OUT], texts)
    measure = Measure(examples, [q for q in questions if q.fold == HELD_OUT], texts)
    one_pass = examples.made_pass if arguments.cloze else examples.one_pass
    train(model, one_pass, measure, arguments.work, arguments.minutes)


if __name__ == "__main__":
    main()
