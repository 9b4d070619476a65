"""The project's own set, and what the real assistant makes of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from assistant.ask import Assistant
from assistant.evaluate.cases import Case, check_documents, read_cases
from assistant.evaluate.gate import check, read_baseline
from assistant.evaluate.report.run_report import check_verification, write_report
from assistant.evaluate.run import Run

EVAL = Path(__file__).parents[2] / "eval"


@pytest.fixture(scope="module")
def cases() -> tuple[Case, ...]:
    """All of eval/cases."""
    return read_cases([EVAL / "cases"])


def test_the_set_is_large_and_varied(cases: tuple[Case, ...]) -> None:
    assert len(cases) >= 90
    assert sum(not case.answerable for case in cases) >= 25
    assert sum(bool(case.history) for case in cases) >= 10
    languages = Counter((case.lang, case.answerable) for case in cases)
    assert all(languages[lang, answerable] >= 5 for lang in ("en", "pl", "vi") for answerable in (True, False))


def test_gold_words_stand_in_gold_documents(cases: tuple[Case, ...], assistant: Assistant) -> None:
    check_documents(cases, frozenset(document.doc_id for document in assistant.documents()))
    for case in cases:
        texts = [assistant.document(doc_id).text for doc_id in case.doc_ids]
        assert all(any(answer in text for text in texts) for answer in case.answers), case.id
        assert all(any(answer in text for answer in case.answers) for text in texts), case.id


def test_the_assistant_stays_at_or_above_its_floors(own_run: Run, tmp_path: Path) -> None:
    evaluation = write_report(own_run, tmp_path)
    assert evaluation["failed"] == []
    check_verification(evaluation, list(zip(own_run.cases, own_run.outcomes, strict=True)))
    assert check(evaluation, read_baseline(EVAL / "baseline.json")) == []
