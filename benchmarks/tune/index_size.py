"""Fits how much more the same evidence says in an index of few chunks (assistant/answer/confidence.py).

    python -m benchmarks.tune.index_size DATA [--documents 40]

Each document of the tuning sets, never of the held-out fold, is an index of its own. It is asked its questions, among
them those that only look answerable, and as many about another document. Tables are made here, of names and numbers in
three languages; each is asked for a row that it has and for one that it has not. The regressions of confidence.py stay
as they are; the weight is that of the logarithm of _MANY chunks over those of the index.
"""

from __future__ import annotations

import argparse
import math
import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from assistant.answer.confidence import MANY, logit
from assistant.answer.retrieved import Retrieved
from assistant.ask import Assistant
from assistant.build import build_index
from assistant.factory import ModelFactory, make_encoder, open_assistant
from assistant.settings import load_settings
from assistant.text.fold import words
from benchmarks.reader_cases import HELD_OUT, load_sets

SETS = ("mlqa-ctx-en", "mlqa-ctx-vi", "poquad-pl", "tydiqa-en")
TABLES = 24
ROWS = 8
# Column names of made tables, and the question for one of them.
COLUMNS = {
    "en": (("Ward", "Head", "Beds", "Phone"), {1: "Who is head of {}?", 2: "How many beds has {}?", 3: "Phone of {}?"}),
    "pl": (
        ("Oddział", "Kierownik", "Łóżka", "Telefon"),
        {1: "Kto kieruje oddziałem {}?", 2: "Ile łóżek ma {}?", 3: "Jaki telefon ma {}?"},
    ),
    "vi": (
        ("Khoa", "Trưởng khoa", "Số giường", "Điện thoại"),
        {1: "Ai là trưởng khoa {}?", 2: "{} có bao nhiêu giường?", 3: "Số điện thoại của {} là gì?"},
    ),
}
SYLLABLES = "ba do fe gi ho ka li mo na pe ra so ta vi zu".split()
Sample = tuple[float, float, bool]


def main() -> None:
    """Print the constants, and what they change."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--documents", type=int, default=40, help="of each set")
    arguments = parser.parse_args()
    samples = {**of_sets(arguments.data, arguments.documents), "tables": of_tables()}
    for name, own in samples.items():
        others = [sample for other, found in samples.items() if other != name for sample in found]
        show(name, own, fit(others))
    print(f"all: weight {fit([sample for own in samples.values() for sample in own]):.3f}")


def of_sets(data: Path, documents: int) -> dict[str, list[Sample]]:
    """Samples from indexes of one document each."""
    found: dict[str, list[Sample]] = {}
    for name in SETS:
        questions, texts = load_sets(data, [name])
        rest = random.Random(7)
        known = [question for question in questions if question.fold != HELD_OUT]
        by_document: dict[str, list[int]] = {}
        for number, question in enumerate(known):
            by_document.setdefault(question.doc_id, []).append(number)
        chosen = rest.sample(sorted(by_document), min(documents, len(by_document)))
        found[name] = []
        for doc_id in chosen:
            own = [known[number] for number in by_document[doc_id][:3]]
            other = rest.choice([q for q in known if q.doc_id != doc_id and q.span])
            asked = [(q.text, q.answers if q.span else ()) for q in own] + [(other.text, ())]
            found[name] += asked_of({"doc.txt": f"{texts[doc_id].title}\n\n{texts[doc_id].text}"}, asked)
    return found


def of_tables() -> list[Sample]:
    """Samples from made tables."""
    rest = random.Random(11)
    found: list[Sample] = []

    def name() -> str:
        return "".join(rest.choice(SYLLABLES) for _ in range(3)).capitalize()

    for number in range(TABLES):
        names, forms = COLUMNS[list(COLUMNS)[number % len(COLUMNS)]]
        rows = [
            (name(), f"{name()} {name()}", str(rest.randint(3, 90)), str(rest.randint(1000, 9999))) for _ in range(ROWS)
        ]
        table = "\n".join("| " + " | ".join(row) + " |" for row in [names, ("---",) * len(names), *rows])
        row, column = rest.choice(rows), rest.choice(list(forms))
        asked = [(forms[column].format(row[0]), (row[column],)), (forms[column].format(name()), ())]
        found += asked_of({"table.md": f"# {name()} {name()}\n\n{table}\n"}, asked)
    return found


_MODELS: list[ModelFactory] = []


def asked_of(files: dict[str, str], asked: Sequence[tuple[str, Sequence[str]]]) -> Iterator[Sample]:
    """Yield the sample of each question, with its answers, to an index of these files."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, "in", name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        settings = load_settings(store=Path(folder, "s"), sources=(str(Path(folder, "in")),))
        if not _MODELS:
            encoder = make_encoder(settings)
            _MODELS.append(ModelFactory(lambda _: encoder))
        build_index(settings, models=_MODELS[0])
        with closing(open_assistant(settings, models=_MODELS[0])) as assistant:
            for question, answers in asked:
                sample = sample_of(assistant, question, answers)
                if sample:
                    yield sample


def sample_of(assistant: Assistant, question: str, answers: Sequence[str]) -> Sample | None:
    """The logit without coverage, the share covered, and whether the best quote holds an answer."""
    retrieved: Retrieved = assistant.assess(question)
    if not retrieved.candidates:
        return None
    best = retrieved.candidates[0]
    s = best.sentence
    quote = " ".join(words(assistant.document(s.doc_id).text[s.start : s.end]))
    right = any(" ".join(words(answer)) in quote for answer in answers)
    return logit(best.evidence), math.log(max(1.0, MANY / assistant.manifest.chunks)), right


def fit(samples: Sequence[Sample]) -> float:
    """Return the weight of the second number of each sample in the logit, by Newton's method."""
    base, few, right = (np.array(column, float) for column in zip(*samples, strict=True))
    weight = 0.0
    for _ in range(50):
        probability = 1 / (1 + np.exp(-(base + weight * few)))
        weight += float(few @ (right - probability) / (few**2 @ (probability * (1 - probability))))
    return weight


def show(name: str, samples: Sequence[Sample], weight: float) -> None:
    """Print the figures of a set without and with half of the weight, which is fitted to the other sets."""
    base, few, right = (np.array(column) for column in zip(*samples, strict=True))
    for label, logits in (("without", base), (f"with {weight / 2:.2f}", base + weight / 2 * few)):
        print(
            f"{name:12} n {len(right):4} {label:9} AUROC {roc_auc_score(right, logits):.3f}  answered "
            f"{(logits[right] >= 0).mean():.3f} of the answerable, {(logits[~right] >= 0).mean():.3f} of the others"
        )


if __name__ == "__main__":
    main()
