"""Fits the regressions and the thresholds of assistant/verify/verifier.py and sentence_vectors.py.

    assistant index --store STORE                                                               (the seeds, once)
    python -m benchmarks.tune.verifier STORE WORK [--attribution DATA/attribution-dev/dev.jsonl]

Samples: the development half of eval/statements.jsonl, and claims of AttributionBench with the texts they cite. The
regressions are fitted to those without a wrong fact: by the label of a statement, or for claims, which have no label,
by the checks of numbers, dates, names and negation.

The figure of the thresholds is the share of statements judged right, as the mean of supported and unsupported ones.
"uncited" are the statements again, as if they cited nothing: a supported one should get a source, an unsupported one
none.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
from sklearn.linear_model import LogisticRegression

from assistant.build import build_index
from assistant.index.store import Generation, open_generation
from assistant.records import Chunk
from assistant.settings import load_settings
from assistant.text.facts.extraction import Facts
from assistant.verify import quotes, verifier
from assistant.verify.quotes import Claim, Quote
from assistant.verify.verifier import Check, Verifier
from benchmarks.tune.bench import Shared
from benchmarks.tune.sweep import Constant, Scores, sweep
from testkit.statements import STATEMENTS, read_statements

TUNABLES = (
    Constant(verifier, "_SUPPORTED", (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)),
    Constant(verifier, "_CLEARLY", (0.6, 0.7, 0.8, 0.9, 0.95)),
    Constant(verifier, "_SEARCHED", (1, 2, 3, 5)),
    Constant(verifier, "_TRANSLATED", (0.8, 0.85, 0.875, 0.9, 0.925)),
    Constant(quotes, "_NEAR", (0.0, 0.01, 0.015, 0.02, 0.03)),
)
_WRONG_FACTS = ("wrong_number", "wrong_date", "wrong_name", "negated")
_MARKERS = re.compile(r"\s*\[\d+\]")
_REFERENCE = re.compile(r"^\[\d+\]:?\s*(?:https?://\S+\s*)?")


@dataclass(frozen=True)
class Statement:
    """A sentence, the passages at hand, which of them it cites, and whether they support it."""

    set_name: str
    text: str
    passages: Sequence[Chunk]
    cited: tuple[int, ...]
    supported: bool
    verifier: Verifier
    label: str | None = None

    @property
    def has_wrong_fact(self) -> bool:
        """Whether a number, date, name or negation is wrong, by the label or, without one, by the verifier."""
        if self.label is not None:
            return self.label in _WRONG_FACTS
        return self.check().problem not in (None, "meaning")

    def check(self) -> Check:
        """The verdict with the present constants."""
        (check,) = self.verifier.check([(self.text, self.cited)], self.passages)
        return check

    @property
    def right(self) -> bool:
        """Whether the verdict agrees with the label."""
        return (self.check().verdict == "supported") == self.supported


def seeds_statements(generation: Generation, shared: Shared) -> list[Statement]:
    """The development half of eval/statements.jsonl, each with its citation and again without."""
    verifier = Verifier(generation, shared.encoder.embed_queries)
    found = []
    for case, passages in read_statements(generation, shared.encoder, STATEMENTS):
        if case["split"] == "dev":
            own = (case["supported"], verifier, case["label"])
            found.append(Statement("statements", case["sentence"], passages, (0,), *own))
            found.append(Statement("uncited", case["sentence"], passages, (), *own))
    return found


def attribution_rows(file: Path, most: int) -> list[tuple[str, list[str], bool]]:
    """Claim, references and label of `most` rows, without the markers and links of the set's own layout."""
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    rows = random.Random(1).sample(rows, min(most, len(rows)))
    return [
        (_MARKERS.sub("", row["claim"]), [_REFERENCE.sub("", text) for text in row["references"]], row["supported"])
        for row in rows
    ]


def attribution_statements(
    rows: Sequence[tuple[str, list[str], bool]], work: Path, shared: Shared
) -> tuple[list[Statement], Generation]:
    """The claims of `rows`, citing every passage of their references, in an index of their own in `work`."""
    work.mkdir(parents=True, exist_ok=True)
    corpus, store = work / f"attribution-{len(rows)}.jsonl", work / f"attribution-{len(rows)}"
    texts = {f"{n}-{m}": text for n, (_, references, _) in enumerate(rows) for m, text in enumerate(references)}
    lines = [json.dumps({"id": doc_id, "text": text, "lang": "en"}) + "\n" for doc_id, text in texts.items()]
    corpus.write_text("".join(lines), "utf-8")
    build_index(load_settings(sources=(str(corpus),), store=store))
    generation = open_generation(store)
    verifier = Verifier(generation, shared.encoder.embed_queries)
    chunks = [generation.tables.chunk(row) for row in range(generation.manifest.chunks)]
    by_document: dict[str, list[Chunk]] = {}
    for chunk in chunks:
        by_document.setdefault(chunk.doc_id, []).append(chunk)
    found = []
    for n, (claim, references, supported) in enumerate(rows):
        own = [chunk for m in range(len(references)) for chunk in by_document.get(f"{n}-{m}", [])]
        found.append(Statement("attribution", claim, own, tuple(range(len(own))), supported, verifier))
    return found, generation


def measure(statements: Sequence[Statement]) -> Scores:
    """Whether each statement is judged right, supported and unsupported ones apart."""
    found: dict[str, list[float]] = {}
    for statement in statements:
        name = f"{statement.set_name}, {'right' if statement.supported else 'wrong'}"
        found.setdefault(name, []).append(float(statement.right))
    return {name: np.array(values) for name, values in found.items()}


def features_of(statement: Statement) -> tuple[bool, tuple[float, ...]] | None:
    """Whether claim and quote are in one language, and the features of the quote that is compared first in the nearest
    cited passage; None if nothing is compared."""
    seen: list[tuple[float, bool, tuple[float, ...]]] = []
    original = verifier.features

    def recorded(claim: Claim, quote: Quote, around: Facts, idf: Callable[[str], float]) -> tuple[float, ...]:
        values = original(claim, quote, around, idf)
        seen.append((quote.cosine, claim.language == quote.language, values))
        return values

    firsts = []
    with patch.object(verifier, "features", recorded):
        for passage in statement.cited:
            seen.clear()
            replace(statement, cited=(passage,)).check()
            firsts += seen[:1]
    return max(firsts)[1:] if firsts else None


def fit(statements: Sequence[Statement]) -> None:
    """Print the regressions in one language and across two."""
    fitting = [statement for statement in statements if statement.cited and not statement.has_wrong_fact]
    found = [(features, s.supported) for s in fitting if (features := features_of(s)) is not None]
    for same, name in ((True, "verify._SAME"), (False, "verify._ACROSS")):
        samples = [(values, supported) for (own, values), supported in found if own == same]
        truth = [supported for _, supported in samples]
        if len(set(truth)) < 2:
            print(f"{name}: no samples of both kinds among {len(samples)}")
            continue
        model = LogisticRegression(C=1e4, max_iter=10_000)
        model.fit(np.array([values for values, _ in samples]), truth)
        print(
            f"{name}: n {len(samples)}, {sum(truth)} supported; "
            f"intercept {model.intercept_[0]:.2f}, weights {np.round(model.coef_[0], 2).tolist()}"
        )


def main() -> None:
    """Print the regressions, then a table for each threshold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path, help="index of the seeds")
    parser.add_argument("work", type=Path, help="folder for the index of the claims")
    parser.add_argument("--attribution", type=Path, help="dev.jsonl of AttributionBench")
    parser.add_argument("--questions", type=int, default=400, help="most claims of it")
    arguments = parser.parse_args()
    shared = Shared()
    with closing(open_generation(arguments.store)) as seeds:
        statements = seeds_statements(seeds, shared)
        print("fitted to the statements", flush=True)
        fit(statements)
        if arguments.attribution:
            rows = attribution_rows(arguments.attribution, arguments.questions)
            claims, generation = attribution_statements(rows, arguments.work, shared)
            with closing(generation):
                print("fitted to the claims", flush=True)
                fit(claims)
                statements += claims
                sweep(TUNABLES, lambda: measure(statements))
        else:
            sweep(TUNABLES, lambda: measure(statements))


if __name__ == "__main__":
    main()
