"""Questions made from the texts themselves, for the reader to practise on before it sees real ones.

A cloze asks for a name, a number or a few words by what stands around them (Lewis et al., "Unsupervised Question
Answering by Cloze Translation", ACL 2019), or by another place of the same article that names them too, in whatever
language (after Ram et al., "Few-Shot Question Answering by Pretraining Span Selection", ACL 2021).
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.text.sentences import sentence_spans
from benchmarks.reader_cases import Text

ELSEWHERE, MISMATCHED = 0.5, 0.2  # how many ask by another place of the article, and how many have no answer
_WORD = re.compile(r"[^\W_]+(?:[.,:'’-][^\W_]+)*")
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*%?")
_CAPITAL = "A-ZÀ-ÖØ-ÝĂĐĨŨƠƯẠ-ỸĄĆĘŁŃŚŹŻ"
_NAME = re.compile(rf"(?<=[\w,;(] )[{_CAPITAL}][\w'’-]+(?: [{_CAPITAL}][\w'’-]*)*")
_ASKED: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {"number": ("how many", "how much", "when", "what number"), "name": ("who", "what", "which", "where")},
    "pl": {"number": ("ile", "kiedy", "który", "jaka liczba"), "name": ("kto", "co", "jaki", "gdzie", "która")},
    "vi": {"number": ("bao nhiêu", "mấy", "khi nào", "năm nào"), "name": ("ai", "gì", "nào", "ở đâu", "cái gì")},
}


@dataclass(frozen=True, slots=True)
class Cloze:
    """A made question; `span` is the answer in the text of `doc_id`, None where it is not there."""

    question: str
    doc_id: str
    span: tuple[int, int] | None


class Clozes:
    """Draws clozes from `texts`."""

    def __init__(self, texts: dict[str, Text]) -> None:
        self._texts = texts
        self._ids = sorted(texts)
        self._sentences = {doc_id: sentence_spans(text.text) for doc_id, text in texts.items()}
        self._named: dict[str, dict[str, list[tuple[str, int, int]]]] = defaultdict(lambda: defaultdict(list))
        for doc_id, text in texts.items():
            for start, end in _targets(text.text):
                self._named[text.article][text.text[start:end].lower()].append((doc_id, start, end))

    def draw(self, count: int) -> Iterator[Cloze]:
        """`count` clozes, long documents as often as short ones."""
        while count:
            doc_id = random.choice(self._ids)
            cloze = self._elsewhere(doc_id) if random.random() < ELSEWHERE else self._around(doc_id)
            if cloze:
                count -= 1
                yield cloze

    def _around(self, doc_id: str) -> Cloze | None:
        """Asks for words by the sentence they stand in."""
        text = self._texts[doc_id].text
        start, end = random.choice(self._sentences[doc_id] or [(0, 0)])
        spans = [(a + start, b + start) for a, b in _targets(text[start:end])]
        if not spans or random.random() < 0.3:
            spans = _any_words(text, start, end)
        if not spans:
            return None
        span = random.choice(spans)
        question = self._asked(doc_id, (start, end), span)
        if random.random() < MISMATCHED:
            return self._mismatched(question, doc_id, text[slice(*span)])
        return Cloze(question, doc_id, span)

    def _elsewhere(self, doc_id: str) -> Cloze | None:
        """Asks for a name or number by a sentence of another place of the article that has it as well."""
        named = self._named[self._texts[doc_id].article]
        here = [key for key, places in named.items() if 1 < len(places) < 8 and any(p[0] == doc_id for p in places)]
        if not here:
            return None
        places = named[random.choice(sorted(here))]
        answer = random.choice([p for p in places if p[0] == doc_id])
        other = random.choice([p for p in places if p != answer])
        sentence = self._sentence_of(other)
        if sentence is None or sentence == self._sentence_of(answer):
            return None
        return Cloze(self._asked(other[0], sentence, other[1:]), doc_id, answer[1:])

    def _sentence_of(self, place: tuple[str, int, int]) -> tuple[int, int] | None:
        doc_id, start, end = place
        return next(((a, b) for a, b in self._sentences[doc_id] if a <= start and end <= b), None)

    def _mismatched(self, question: str, but: str, answer: str) -> Cloze | None:
        article = self._texts[but].article
        near = [d for d in self._ids if self._texts[d].article == article and d != but] or self._ids
        doc_id = random.choice(near)
        return None if answer.lower() in self._texts[doc_id].text.lower() else Cloze(question, doc_id, None)

    def _asked(self, doc_id: str, sentence: tuple[int, int], span: tuple[int, int]) -> str:
        """The words around `span`, some of them left out or moved, with a question word in its place or in front."""
        text = self._texts[doc_id].text
        kind = "number" if text[span[0]].isdigit() else "name"
        asked = random.choice(_ASKED[self._texts[doc_id].language][kind])
        before = [m.group() for m in _WORD.finditer(text, sentence[0], span[0])][-random.randint(4, 10) :]
        after = [m.group() for m in _WORD.finditer(text, span[1], sentence[1])][: random.randint(4, 10)]
        before, after = _thinned(before), _thinned(after)
        way = random.random()
        if way < 0.7:
            words = [asked, *before, *after] if way < 0.4 else [asked, *after, *before]
        else:
            words = [*before, asked, *after]
        question = " ".join(words)
        return question[:1].upper() + question[1:] + "?"


def _thinned(words: Sequence[str]) -> list[str]:
    kept = [word for word in words if random.random() > 0.2]
    if len(kept) > 2 and random.random() < 0.3:
        i = random.randrange(len(kept) - 1)
        kept[i], kept[i + 1] = kept[i + 1], kept[i]
    return kept


def _targets(text: str) -> list[tuple[int, int]]:
    """Numbers, and names that do not begin a sentence."""
    return [match.span() for pattern in (_NUMBER, _NAME) for match in pattern.finditer(text)]


def _any_words(text: str, start: int, end: int) -> list[tuple[int, int]]:
    words = [m.span() for m in _WORD.finditer(text, start, end)]
    if len(words) < 8:
        return []
    first = random.randrange(1, len(words) - 4)
    last = first + random.randint(0, 3)
    return [(words[first][0], words[last][1])]
