"""The evaluation JSON and its pages."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from assistant.errors import AssistantError, EvaluationError
from assistant.evaluate.cases import Case
from assistant.evaluate.outcome import Outcome, failed
from assistant.evaluate.report.html_report import html_page, risk_coverage
from assistant.evaluate.report.markdown_report import markdown_page
from assistant.evaluate.report.report_escape import markdown_cell
from assistant.evaluate.report.run_report import (
    case_json,
    check_verification,
    evaluation_json,
    read_report,
    verdict,
    write_report,
)
from assistant.evaluate.run import Run
from tests.evaluate.samples import case, no_case, outcome, quote
from tests.evaluate.test_figures import PAIRS

HOSTILE = "<script>alert(1)</script> \"]]>' | `x` ${y} [z](javascript:alert(1)) \ud83d \x1b[31m </td></svg>&amp;"
ABOUT = {
    "cases_sha256": "a" * 64,
    "corpus_sha256": "c" * 64,
    "generation": 3,
    "code_sha256": "b" * 64,
    "settings": {"answerer": "extractive", "answer": {"min_confidence": 0.5}, HOSTILE: HOSTILE},
}


def a_run(pairs: list[tuple[Case, Outcome]]) -> Run:
    return Run(tuple(c for c, _ in pairs), tuple(o for _, o in pairs), ABOUT)


def test_the_evaluation_json_has_the_keys_of_the_contract() -> None:
    found = evaluation_json(a_run(PAIRS))
    assert {name: set(found[name]) for name in ("retrieval", "answer", "abstention", "verification", "latency_ms")} == {
        "retrieval": {"n", "recall@1", "recall@5", "mrr@10", "ndcg@10"},
        "answer": {"n", "hit@1", "hit@1_forced", "hit", "f1", "exact_match", "citation_precision", "citation_recall"},
        "abstention": {
            *("n", "auroc", "coverage", "selective_accuracy", "false_answer_rate", "false_abstention_rate"),
        },
        "verification": {
            *("quotes", "quotes_exact", "links", "links_known"),
            *("by_model", "supported", "unsupported", "uncited", "dropped_markers"),
        },
        "latency_ms": {"n", "p50", "p95"},
    }
    assert found["n"] == 7
    assert set(found["by_language"]) == {"en", "vi"}
    assert found["by_language"]["vi"]["answer"]["n"] == 2
    assert found["failed"] == [{"id": "crash", "question": "?", "error": "RuntimeError: x"}]
    assert found["settings"]["answerer"] == "extractive"
    assert found["corpus_sha256"] == "c" * 64
    plain = [v for group in ("retrieval", "answer", "abstention") for v in found[group].values()]
    assert all(isinstance(value, int | float) for value in plain)
    assert found["intervals"]["answer"]["hit"].keys() == {"n", "low", "high"}
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(
    ("asked", "reply", "said"),
    [
        (case("a"), outcome("a", "answer", quote("In 1998.")), "right"),
        (case("a"), outcome("a", "answer", quote("It is long.")), "wrong"),
        (case("a"), outcome("a", "abstention", quote("In 1998.")), "not answered"),
        (no_case("a"), outcome("a", "abstention"), "right"),
        (no_case("a"), outcome("a", "answer", quote("In 1998.")), "false answer"),
        (no_case("a"), failed(no_case("a"), ValueError("x")), "failed"),
    ],
)
def test_the_verdict_of_a_case(asked: Case, reply: Outcome, said: str) -> None:
    assert verdict(asked, reply) == said


class Page(HTMLParser):
    """Tags and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.values: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.values += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def hostile_pages() -> tuple[str, str]:
    asked = case(HOSTILE, HOSTILE, answers=(HOSTILE,), lang=HOSTILE)
    crashed = case("crash", HOSTILE, lang=HOSTILE)
    pairs = [
        (asked, outcome(HOSTILE, "answer", quote(HOSTILE))),
        (case("b", HOSTILE, answers=("no",), lang=HOSTILE), outcome("b", "answer", quote(HOSTILE))),
        (crashed, failed(crashed, RuntimeError(HOSTILE))),
    ]
    evaluation = evaluation_json(a_run(pairs))
    cases = [case_json(c, o) for c, o in pairs]
    return html_page(evaluation, cases), markdown_page(evaluation, cases)


def test_a_hostile_question_stays_text() -> None:
    page = Page(hostile_pages()[0])
    assert "<script>alert(1)</script>" in page.text
    assert not {"script", "img", "iframe", "a", "link"} & set(page.tags)
    assert not {name for name in page.attributes if name.startswith("on")} & page.attributes
    assert "\x1b" not in page.text


def test_the_page_asks_nothing_of_the_internet() -> None:
    page = hostile_pages()[0]
    assert not {"src", "href", "action"} & Page(page).attributes
    assert "url(" not in page
    assert "@import" not in page
    assert "prefers-color-scheme: dark" in page


def test_each_picture_has_a_title_and_a_description() -> None:
    page, _ = hostile_pages()
    pictures = [part.partition("</svg>")[0] for part in page.split("<svg")[1:]]
    assert len(pictures) == 3
    for picture in pictures:
        root = ElementTree.fromstring(f"<svg{picture}</svg>")
        assert [child.tag for child in root[:2]] == ["title", "desc"]
        assert root.get("aria-labelledby") == f"{root[0].get('id')} {root[1].get('id')}"
        assert all(child.text for child in root[:2])


def test_a_hostile_question_breaks_no_table_of_the_markdown_page() -> None:
    rows = [line for line in hostile_pages()[1].splitlines() if line.startswith("|")]
    assert not any("<script>" in line.replace("\\<", "") for line in rows)
    wrong = [line for line in rows if line.startswith("| b |")]
    assert len(wrong) == 1
    assert wrong[0].replace("\\|", "").count("|") == 7


def test_escaped_markdown_is_one_line() -> None:
    assert markdown_cell("a\nb | *c* <d>") == "a b \\| \\*c\\* \\<d\\>"


def test_risk_and_coverage() -> None:
    cases = [case_json(c, o) for c, o in PAIRS]
    points = risk_coverage(cases)
    assert points[0] == (1 / 7, 0.0)  # the surest is right
    assert points[1] == (2 / 7, 1 / 2)
    assert points[-1] == pytest.approx((1.0, 5 / 7))
    assert risk_coverage([]) == []


def test_equal_confidences_are_answered_together() -> None:
    cases: list[dict[str, Any]] = [
        {"confidence": 0.5, "scores": {"hit@1_forced": (1.0, 1)}},
        {"confidence": 0.5, "scores": {}},
    ]
    assert risk_coverage(cases) == [(1.0, 0.5)]


def test_pages_are_written_also_where_there_is_nothing_to_measure(tmp_path: Path) -> None:
    for pairs in ([(case("a"), failed(case("a"), RuntimeError("x")))], [PAIRS[5]], PAIRS):
        written = write_report(a_run(pairs), tmp_path)
        assert "cases" not in written
        report = read_report(tmp_path)
        assert report == read_report(tmp_path / "report.json")
        assert [c["id"] for c in report["cases"]] == [c.id for c, _ in pairs]
        assert {path.name for path in tmp_path.iterdir()} == {"report.json", "report.md", "report.html"}
        assert "nan" not in (tmp_path / "report.html").read_text("utf-8").lower()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"cases": [1]}', '{"cases": [{}]}'])
def test_a_file_that_is_no_report_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "report.json").write_text(text)
    with pytest.raises(EvaluationError):
        read_report(tmp_path)
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_report(tmp_path / "none")


@pytest.mark.parametrize(("exact", "known"), [(False, True), (True, False)])
def test_an_untrue_quote_or_link_fails_the_run(exact: bool, known: bool) -> None:
    good = (case("a"), outcome("a", "answer", quote("In 1998.")))
    bad = (case("b"), outcome("b", "answer", quote("In 1998.", exact=exact, known=known)))
    check_verification(evaluation_json(a_run([good])), [good])
    with pytest.raises(AssistantError, match="the case 'b'") as raised:
        check_verification(evaluation_json(a_run([good, bad])), [good, bad])
    assert raised.value.exit_code == 1
