"""Case files → Cases.

A case file is JSONL, one case per line:

    {"id", "question", "lang"?, "answers": [...], "doc_ids": [...], "answerable": true|false,
     "history": [{"role", "content"}]?}

Other fields are copied to the report and otherwise ignored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from assistant.errors import EvaluationError
from assistant.records import ChatMessage
from assistant.text.language import UNKNOWN

DEFAULT_FOLDER = Path("eval/cases")

_KNOWN = frozenset({"id", "question", "lang", "answers", "doc_ids", "answerable", "history"})


@dataclass(frozen=True, slots=True)
class Case:
    """A question with its gold answers and the documents that contain them.

    A reply is right when a quote from one of `doc_ids` contains one of `answers`. `place` is "file:line", for error
    messages; `extra` holds the other fields of the line.
    """

    id: str
    question: str
    lang: str
    answers: tuple[str, ...]
    doc_ids: tuple[str, ...]
    answerable: bool
    history: tuple[ChatMessage, ...]
    extra: Mapping[str, Any]
    place: str


def read_cases(paths: Sequence[Path] = ()) -> tuple[Case, ...]:
    """Return the cases in `paths`, by default in eval/cases; a folder stands for the .jsonl files in it.

    Raises EvaluationError, with file and line, when a line is not a case, when an id is used twice and when there are
    no cases.
    """
    cases: list[Case] = []
    places: dict[str, str] = {}
    for path in _files(paths):
        for number, line in enumerate(_lines(path), start=1):
            if not line.strip():
                continue
            case = _parse(line, f"{path}:{number}")
            if case.id in places:
                raise EvaluationError(
                    f"{case.place}: the id {case.id!r} is already used at {places[case.id]}.",
                    "Give every case of a run its own id.",
                )
            places[case.id] = case.place
            cases.append(case)
    if not cases:
        names = ", ".join(str(path) for path in paths) or str(DEFAULT_FOLDER)
        raise EvaluationError(f"There are no cases in {names}.", "Write one JSON object per line; see eval/README.md.")
    return tuple(cases)


def check_documents(cases: Iterable[Case], indexed: frozenset[str]) -> None:
    """Check that the documents of all cases are in the index. Raises EvaluationError when one is not."""
    cases = [case for case in cases if case.doc_ids]
    wrong = [(case, doc_id) for case in cases for doc_id in case.doc_ids if doc_id not in indexed]
    if not wrong:
        return
    case, doc_id = wrong[0]
    count = len({case.id for case, _ in wrong})
    if count == len(cases):
        raise EvaluationError(
            f"{case.place}: {doc_id!r} is not in the index, nor is any other document of the cases.",
            "The cases belong to another index; name it with --store.",
        )
    others = f" {count - 1} more cases name documents that are not in the index." if count > 1 else ""
    raise EvaluationError(
        f"{case.place}: the case {case.id!r} names {doc_id!r}, which is not in the index.{others}",
        "Correct doc_ids (`assistant documents` lists them), or index the document.",
    )


def cases_sha256(cases: Iterable[Case]) -> str:
    """Return the SHA-256 of the questions and gold answers; order, files and extra fields do not change it."""
    rows = [
        [c.id, c.question, c.lang, c.answers, c.doc_ids, c.answerable, [[t.role, t.content] for t in c.history]]
        for c in sorted(cases, key=lambda case: case.id)
    ]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def _files(paths: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths or (DEFAULT_FOLDER,):
        if path.is_dir():
            files += sorted(path.glob("*.jsonl"))
        elif path.exists() or paths:
            files.append(path)
    return files


def _lines(path: Path) -> list[str]:
    try:
        # Only "\n" ends a line of JSONL: a string may contain U+2028.
        return path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"The case file {path} cannot be read: {error}.", "Give a UTF-8 .jsonl file.") from None


def _parse(line: str, place: str) -> Case:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"{place}: not JSON: {error}.", "Each line must be one JSON object.") from None
    if not isinstance(fields, dict):
        raise EvaluationError(f"{place}: not a JSON object.", 'Each line must be {"id", "question", "answers", …}.')
    answerable = fields.get("answerable")
    if not isinstance(answerable, bool):
        raise _wrong(fields, "answerable", place, "true or false")
    case = Case(
        id=_words(fields, "id", place),
        question=_words(fields, "question", place),
        lang=_words(fields, "lang", place) if fields.get("lang") is not None else UNKNOWN,
        answers=_list(fields, "answers", place),
        doc_ids=_list(fields, "doc_ids", place),
        answerable=answerable,
        history=_history(fields, place),
        extra={name: value for name, value in fields.items() if name not in _KNOWN},
        place=place,
    )
    if answerable and not (case.answers and case.doc_ids):
        name = "doc_ids" if case.answers else "answers"
        raise _wrong(fields, name, place, "not empty where answerable is true")
    if not answerable and (case.answers or case.doc_ids):
        name = "answers" if case.answers else "doc_ids"
        raise _wrong(fields, name, place, "empty ([]) where answerable is false")
    return case


def _words(fields: Mapping[str, Any], name: str, place: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _wrong(fields, name, place, "a string that is not empty")
    return value


def _list(fields: Mapping[str, Any], name: str, place: str) -> tuple[str, ...]:
    value = fields.get(name)
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise _wrong(fields, name, place, "a list of strings that are not empty")
    return tuple(value)


def _history(fields: Mapping[str, Any], place: str) -> tuple[ChatMessage, ...]:
    entries = fields.get("history")
    if entries is None:
        return ()
    right = 'a list of {"role": "user" or "assistant", "content": "…"}'
    if not isinstance(entries, list):
        raise _wrong(fields, "history", place, right)
    messages = []
    for entry in entries:
        role = entry.get("role") if isinstance(entry, dict) else None
        content = entry.get("content", entry.get("text")) if isinstance(entry, dict) else None  # MTRAG says "text"
        if not isinstance(content, str) or role not in ("user", "assistant"):
            raise _wrong(fields, "history", place, right)
        kind: Literal["user", "assistant"] = "user" if role == "user" else "assistant"
        messages.append(ChatMessage(kind, content))
    return tuple(messages)


def _wrong(fields: Mapping[str, Any], name: str, place: str, right: str) -> EvaluationError:
    what = f'"{name}" is {json.dumps(fields[name], ensure_ascii=False)[:80]}' if name in fields else f'no "{name}"'
    return EvaluationError(f"{place}: {what}.", f'"{name}" must be {right}.')
