"""What the reader learns from: questions with the text that answers them, and with texts that do not.

A data folder holds sets (`corpus.jsonl` and `queries.jsonl`, as `assistant index` and `assistant eval` read them).
All documents of one article, in whatever language, are in the same fold, and one fold in five is never trained on.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.index.lexical import LexicalIndex
from assistant.text.sentences import sentence_spans

FOLDS = 5
HELD_OUT = 0
NEAR = 4  # texts that share the most words with the question and do not answer it
_LONG = 5000  # characters beyond which a text has other places that may answer
_RARE = 0.01  # of the questions have a word that carries meaning
_STEM = 5  # letters
_WORD = re.compile(r"[^\W\d_]{3,}")
_NUMBER = re.compile(r"\d+")
_NAME = re.compile(r"(?<=[\w,] )[A-ZĐŁŚŻĆÓ][\w'-]+(?: (?:of |de |w |i |và )?[A-ZĐŁŚŻĆÓ][\w'-]+)*")


@dataclass(frozen=True, slots=True)
class Text:
    """One document."""

    title: str
    text: str
    language: str
    article: str
    fold: int

    @property
    def half(self) -> bool:
        """One half of the articles, whatever the fold."""
        return _number(self.article) // FOLDS % 2 == 0


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a set; `span` is where `doc_id` answers it, None where it only seems to.

    `near` and `same` are documents that do not hold the answer: of alike words, and of the same article.
    """

    set_name: str
    id: str
    text: str
    language: str
    doc_id: str
    span: tuple[int, int] | None
    answers: tuple[str, ...]
    near: tuple[str, ...]
    same: tuple[str, ...]
    fold: int


def load_sets(folder: Path, names: Sequence[str]) -> tuple[list[Question], dict[str, Text]]:
    """The questions of the sets `names` in `folder`, and all their documents by id."""
    sets = {name: (rows_of(folder / name / "corpus.jsonl"), rows_of(folder / name / "queries.jsonl")) for name in names}
    article = _articles(sets)
    texts = {
        row["id"]: Text(row["title"], row["text"], row["lang"], article[row["id"]], _fold(article[row["id"]]))
        for corpus, _ in sets.values()
        for row in corpus
    }
    questions: list[Question] = []
    for name, (corpus, queries) in sets.items():
        ids = [row["id"] for row in corpus]
        index = LexicalIndex.build([f"{texts[doc_id].title}\n{texts[doc_id].text}" for doc_id in ids])
        together = defaultdict(list)
        for doc_id in ids:
            together[article[doc_id]].append(doc_id)
        for row in queries:
            doc_id = next(iter(row["doc_ids"] or row.get("near_doc_ids") or [""]))
            span = _first_span(texts[doc_id].text, row["answers"]) if doc_id in texts else None
            if doc_id not in texts or (row["answerable"] and span is None):
                continue
            scores = index.scores(row["question"])
            near = [ids[i] for i in np.argsort(-scores)[: 2 * NEAR] if scores[i] > 0]
            questions.append(
                Question(
                    set_name=name,
                    id=row["id"],
                    text=row["question"],
                    language=row["lang"],
                    doc_id=doc_id,
                    span=span,
                    answers=tuple(row["answers"]),
                    near=_without_answer(near, doc_id, row["answers"], texts)[:NEAR],
                    same=_without_answer(together[article[doc_id]], doc_id, row["answers"], texts),
                    fold=texts[doc_id].fold,
                )
            )
    return questions, texts


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def _articles(sets: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]]) -> dict[str, str]:
    """Document id → a name of its article: alike titles of a set, and translations of one question (`en-…` and `vi-…`
    with the same rest), are of one article."""
    parent: dict[str, str] = {}

    def root(node: str) -> str:
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    asked_of: dict[str, str] = {}
    for name, (corpus, queries) in sets.items():
        for row in corpus:
            parent[root(row["id"])] = root(f"{name}/{row['title']}")
        for row in queries:
            language, _, rest = row["id"].partition("-")
            if language == row["lang"] and len(rest) == 40:  # a SHA-1: the same question in several languages
                for doc_id in row["doc_ids"]:
                    parent[root(doc_id)] = root(asked_of.setdefault(rest, doc_id))
    names: dict[str, str] = {}
    for node in list(parent):
        names[root(node)] = min(names.get(root(node), node), node)
    return {row["id"]: names[root(row["id"])] for corpus, _ in sets.values() for row in corpus}


def _fold(article: str) -> int:
    return _number(article) % FOLDS


def _number(article: str) -> int:
    return int(hashlib.sha256(article.encode()).hexdigest(), 16)


def _first_span(text: str, answers: Iterable[str]) -> tuple[int, int] | None:
    return next(((at, at + len(a)) for a in answers if a and (at := text.find(a)) >= 0), None)


def _holds(text: str, answers: Iterable[str]) -> bool:
    return any(answer.lower() in text.lower() for answer in answers)


def _without_answer(
    doc_ids: Sequence[str], but: str, answers: Sequence[str], texts: dict[str, Text]
) -> tuple[str, ...]:
    return tuple(d for d in doc_ids if d != but and not _holds(texts[d].text, answers))


class Negatives:
    """Makes of an answerable question one that its text does not answer."""

    def __init__(self, questions: Sequence[Question], texts: dict[str, Text]) -> None:
        self._texts = texts
        self._names: dict[str, list[str]] = defaultdict(list)
        asked_with = Counter(word for q in questions for word in {m.group() for m in _words(q.text)})
        self._rare = {word for word, count in asked_with.items() if count <= len(questions) * _RARE}
        self._alike: dict[tuple[str, str], list[str]] = defaultdict(list)
        for question in questions:
            self._names[question.language] += _NAME.findall(question.text)
            for match in _words(question.text):
                if match.group() in self._rare:
                    self._alike[question.language, match.group()[-2:]].append(match.group())

    def make(self, question: Question) -> tuple[str, str, str] | None:
        """(question, title, text) with the answer taken out, a number, name or word changed, or another text."""
        text = self._texts[question.doc_id]
        kind = random.random()
        if kind < 0.2 and (rest := self._answer_removed(question)):
            return question.text, text.title, rest
        if 0.2 <= kind < 0.7 and (changed := self._changed(question)):
            return changed, text.title, text.text
        pool = [d for d in (*question.near, *question.near, *question.same) if self._texts[d].fold != HELD_OUT]
        if not pool:
            return None
        other = self._texts[random.choice(pool)]
        return question.text, other.title, other.text

    def _answer_removed(self, question: Question) -> str | None:
        text = self._texts[question.doc_id].text
        if question.span is None or len(text) > _LONG:
            return None
        start, end = question.span
        kept = [text[s:e] for s, e in sentence_spans(text) if e <= start or s >= end]
        rest = " ".join(kept)
        return rest if len(kept) > 1 and not _holds(rest, question.answers) else None

    def _changed(self, question: Question) -> str | None:
        ways = [self._another_number, self._another_name, self._another_word]
        for way in random.sample(ways, len(ways)):
            if changed := way(question):
                place, new = changed
                return question.text[: place.start()] + new + question.text[place.end() :]
        return None

    def _another_number(self, question: Question) -> tuple[re.Match[str], str] | None:
        """Near by, or one that the text has where it does not speak of the answer."""
        if not (places := list(_NUMBER.finditer(question.text))):
            return None
        place = random.choice(places)
        value = int(place.group()[:9])
        near = str(abs(value + random.choice((-1, 1)) * random.randint(1, max(2, min(20, value // 3 + 1)))))
        elsewhere = [n for n in self._elsewhere(question, _NUMBER) if len(n) == len(place.group())]
        new = random.choice(elsewhere) if elsewhere and random.random() < 0.5 else near
        text = self._texts[question.doc_id].text
        return None if new == place.group() or (new == near and new in text) else (place, new)

    def _another_name(self, question: Question) -> tuple[re.Match[str], str] | None:
        """Of another question, or one that the text has where it does not speak of the answer."""
        if not (places := list(_NAME.finditer(question.text))):
            return None
        place = random.choice(places)
        elsewhere = self._elsewhere(question, _NAME)
        if elsewhere and random.random() < 0.5:
            return place, random.choice(elsewhere)
        new = random.choice(self._names[question.language])
        return None if _holds(self._texts[question.doc_id].text, [new]) or new == place.group() else (place, new)

    def _elsewhere(self, question: Question, pattern: re.Pattern[str]) -> list[str]:
        """What `pattern` finds in the text, but neither in sentences that hold the answer nor in the question."""
        text = self._texts[question.doc_id].text[:_LONG]
        sentences = [text[s:e] for s, e in sentence_spans(text)]
        speak = " ".join([question.text, *(s for s in sentences if _holds(s, question.answers))]).lower()
        return [m for s in sentences for m in pattern.findall(s) if m.lower() not in speak]

    def _another_word(self, question: Question) -> tuple[re.Match[str], str] | None:
        """For a word that the text has, one with the same ending that it does not have: a premise that is not so."""
        text = self._texts[question.doc_id]
        if question.language != text.language:
            return None
        held = text.text.lower()
        places = [m for m in _words(question.text) if m.group() in self._rare and m.group()[:_STEM] in held]
        if not places:
            return None
        place = random.choice(places)
        new = random.choice(self._alike[question.language, place.group()[-2:]])
        return None if new[:_STEM] in held or new[:_STEM] == place.group()[:_STEM] else (place, new)


def _words(text: str) -> list[re.Match[str]]:
    return [match for match in _WORD.finditer(text) if match.group().islower()]


def held_out_ids(folder: Path, names: Sequence[str]) -> frozenset[tuple[str, str]]:
    """Set name and id of each question of `names` that is never trained on."""
    questions, _ = load_sets(folder, names)
    return frozenset((q.set_name, q.id) for q in questions if q.fold == HELD_OUT)


def write_held_out(folder: Path, names: Sequence[str], output: Path) -> None:
    """Write the questions of `names` that are never trained on to `output`/<name>.jsonl, for `assistant eval`."""
    held_out = held_out_ids(folder, names)
    output.mkdir(parents=True, exist_ok=True)
    for name in names:
        rows = [row for row in rows_of(folder / name / "queries.jsonl") if (name, row["id"]) in held_out]
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
        (output / f"{name}.jsonl").write_text("".join(lines), "utf-8")
