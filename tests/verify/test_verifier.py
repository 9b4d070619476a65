"""Sentences held against passages: the labelled set, and what no set holds."""

from __future__ import annotations

import pytest

from assistant.index.store import Generation
from assistant.protocols import LayeredEncoder
from assistant.records import Chunk
from assistant.verify.verifier import Verifier
from testkit.statements import Result, check_statements, figures

QUOTE = "was ranked 2nd out of 20 provincial departments"


@pytest.fixture(scope="module")
def results(generation: Generation, encoder: LayeredEncoder) -> list[Result]:
    return check_statements(generation, encoder)


@pytest.fixture(scope="module")
def passage(generation: Generation) -> Chunk:
    chunks = [generation.tables.chunk(row) for row in range(generation.manifest.chunks)]
    return next(chunk for chunk in chunks if QUOTE in chunk.text)


@pytest.fixture(scope="module")
def verifier(generation: Generation, encoder: LayeredEncoder) -> Verifier:
    return Verifier(generation, encoder.embed_queries)


def test_the_labelled_set_is_told_apart(results: list[Result]) -> None:
    """Floors a little below what was measured (docs/experiments/verifier.md)."""
    found = figures(results)
    assert len(results) >= 150
    assert found["precision"] >= 0.90
    assert found["recall"] >= 0.88


@pytest.mark.parametrize("label", ["wrong_number", "wrong_date", "wrong_name", "negated"])
def test_a_wrong_fact_is_nearly_always_found(results: list[Result], label: str) -> None:
    own = [result for result in results if result.case["label"] == label]
    assert len(own) >= 20
    assert sum(result.flagged for result in own) / len(own) >= 0.85


def test_a_support_is_the_place_that_says_it(verifier: Verifier, generation: Generation, passage: Chunk) -> None:
    (check,) = verifier.check([("The department was ranked 2nd out of 20 departments in 2024.", (0,))], [passage])
    assert check.verdict == "supported"
    text = generation.document(passage.doc_id).text
    assert QUOTE in text[check.supports[0].start : check.supports[0].end]


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        ("The department was ranked 7th out of 20 departments in 2024.", "number"),
        ("The department was not ranked 2nd out of 20 departments in 2024.", "negation"),
        ("The department was ranked 2nd out of 20, see https://evil.example/win in 2024.", "name"),
    ],
)
def test_what_speaks_against_a_sentence_is_said(
    verifier: Verifier, passage: Chunk, sentence: str, problem: str
) -> None:
    (check,) = verifier.check([(sentence, (0,))], [passage])
    assert (check.verdict, check.problem) == ("unsupported", problem)


def test_a_sentence_without_marker_gets_the_passage_that_clearly_says_it(verifier: Verifier, passage: Chunk) -> None:
    said, unsaid = verifier.check(
        [
            ("In 2024, the AR ranking of the Department of Health was ranked 2nd out of 20 departments.", ()),
            ("The department bought a helicopter.", ()),
        ],
        [passage],
    )
    assert (said.verdict, [support.passage for support in said.supports]) == ("supported", [0])
    assert (unsaid.verdict, unsaid.supports, unsaid.problem) == ("uncited", (), "no_source")


def test_what_claims_nothing_needs_no_source(verifier: Verifier, passage: Chunk) -> None:
    for sentence in ("According to the documents:", "Here is the answer:"):
        (check,) = verifier.check([(sentence, ())], [passage])
        assert (check.verdict, check.problem) == ("uncited", None)


@pytest.mark.parametrize("sentence", ["", " ", "[" * 100_000, "x1" * 5_000, "\u202eabc\u202c\0 1", "😀" * 300])
def test_hostile_sentences_are_never_supported(verifier: Verifier, passage: Chunk, sentence: str) -> None:
    for cited in ((0,), (), (99,)):
        (check,) = verifier.check([(sentence, cited)], [passage])
        assert check.verdict != "supported"


def test_without_passages_nothing_is_supported(verifier: Verifier) -> None:
    (check,) = verifier.check([("The department was ranked 2nd.", ())], [])
    assert check.verdict == "uncited"
