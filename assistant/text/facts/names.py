"""Names in a text, and their comparison with another text that may spell them otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from assistant.text.facts.lexicon import OFFICE_MATCH, OFFICES, OPENERS
from assistant.text.fold import strip_accents
from assistant.text.vietnamese.accents import has_accents, normal_syllable
from assistant.text.vietnamese.syllables import is_vietnamese_syllable

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"['’]s?$", re.IGNORECASE)
_QUOTES = " \"'“”„«»‘’([*#>"
_SENTENCE_END = ".!?…:;\n"
_BETWEEN = frozenset((" ", "-", "‑", "–"))  # words of one name
# Chosen by hand, as are the others here, after the morphology of Polish and the syllables of Vietnamese.
_SHORT = 3  # letters at most of a word that an acronym may omit, or that may be abbreviated with a full stop
# Spellings of one sound in the romanisations of one name ("Hai Phong", "Hajfong"; "Wietnam"; "Mỹ", "Mĩ").
_SOUNDS = (("ph", "f"), ("w", "v"), ("j", "i"), ("y", "i"))
_STEM, _ENDING = 4, 3  # letters that inflected forms share at least, and letters of an ending at most
_PARTED = 4  # words beyond which a name may be two names
_JOINED = 3  # words at most that another text may write as one ("Ha Noi", "Hanoi")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, `text[start:end]`; `sound` is its form without accents."""

    start: int
    end: int
    written: str
    sound: str

    @property
    def capital(self) -> bool:
        """Whether the word begins with a capital."""
        return self.written[:1].isupper()

    @property
    def vietnamese(self) -> bool:
        """Whether the word is built like a Vietnamese syllable."""
        return is_vietnamese_syllable(self.written)

    def same(self, other: Word) -> bool:
        """Return whether both may be forms of one word: accents count if both have some, endings in Vietnamese only."""
        if self.sound == other.sound:
            return not (has_accents(self.written) and has_accents(other.written)) or (
                normal_syllable(self.written.lower()) == normal_syllable(other.written.lower())
            )
        return not (self.vietnamese and other.vietnamese) and _inflected(self.sound, other.sound)


@dataclass(frozen=True, slots=True)
class Name:
    """Neighbouring words that are one name, and the initials of the longer expression around them."""

    words: tuple[Word, ...]
    initials: str

    @property
    def vietnamese(self) -> bool:
        """Whether the name is made of Vietnamese syllables; all of its words are, or none."""
        return self.words[0].vietnamese


def words_of(text: str) -> tuple[Word, ...]:
    """Return the words of `text` in order, without possessive endings."""
    found = []
    for match in _WORD.finditer(text):
        written = _POSSESSIVE.sub("", match[0])
        found.append(Word(match.start(), match.start() + len(written), written, _sound(written)))
    return tuple(found)


def names_of(text: str, words: Sequence[Word], language: str) -> tuple[Name, ...]:
    """Return the names among the `words` of `text`: runs of capitalised words.

    Offices and kinds of institutions are no names, nor is the first word of a sentence where its capital means nothing.
    Vietnamese syllables and other words are different names.
    """
    found = []
    for run in _capitalised(text, words):
        initials = "".join(words[n].sound[:1] for n in run)
        part: list[Word] = []
        for n in run:
            word = words[n]
            opens = n == run[0] and _only_opens(text, words, run, language)
            left_out = opens or _is_office(words, n, language)
            if part and (left_out or word.vietnamese != part[-1].vietnamese or not _adjacent(text, part[-1], word)):
                found.append(Name(tuple(part), initials))
                part = []
            part += [] if left_out else [word]
        found += [Name(tuple(part), initials)] if part else []
    functional = OPENERS.get(language, frozenset())
    return tuple(name for name in found if len(name.words) > 1 or name.words[0].written.casefold() not in functional)


def stands_in(name: Name, words: Sequence[Word]) -> bool:
    """Return whether `name` is among `words`: inflected, without accents, joined or apart, or as an acronym.

    Syllables must stand together, other words may stand apart.
    """
    parts = [name.words] if name.vietnamese else [(word,) for word in name.words]
    if all(_stand_together(part, words) for part in parts):
        return True
    if len(name.words) > _PARTED and name.vietnamese:  # the name of a place and that of a person
        cuts = range(2, len(name.words) - 1)
        if any(all(_stand_together(p, words) for p in (name.words[:n], name.words[n:])) for n in cuts):
            return True
    return len(name.initials) > 1 and any(w.written.isupper() and w.sound == name.initials for w in words)


def holds_any(name: Name, words: Sequence[Word]) -> bool:
    """Return whether a word of `name` is among `words`."""
    return any(_stand_together((word,), words) for word in name.words)


def _stand_together(wanted: Sequence[Word], words: Sequence[Word]) -> bool:
    for at in range(len(words) - len(wanted) + 1):
        if all(word.same(words[at + n]) for n, word in enumerate(wanted)):
            return True
    whole = "".join(word.sound for word in wanted)
    foreign = not wanted[0].vietnamese
    for at, first in enumerate(words if len(whole) > _STEM else ()):
        if first.sound[:1] == whole[0]:
            for count, joined in enumerate(accumulate(w.sound for w in words[at : at + len(wanted) + _JOINED - 1]), 1):
                inflected = foreign if count > 1 else not first.vietnamese
                if count != len(wanted) and (joined == whole or (inflected and _inflected(joined, whole))):
                    return True
    if len(wanted) == 1 and len(whole) > 1 and wanted[0].written.isupper():
        return any(whole in "".join(w.sound[:1] for w in words if len(w.written) > most) for most in (0, _SHORT))
    return False


def _capitalised(text: str, words: Sequence[Word]) -> Iterator[list[int]]:
    """Positions of capitalised words side by side, with no more than a short word between two of them."""
    run: list[int] = []
    for n, word in enumerate(words):
        if not word.capital:
            continue
        if run and not (
            _adjacent(text, words[run[-1]], word)
            or (
                run[-1] == n - 2
                and len(words[n - 1].written) <= _SHORT
                and text[words[run[-1]].end : word.start] == f" {words[n - 1].written} "
            )
        ):
            yield run
            run = []
        run.append(n)
    if run:
        yield run


def _adjacent(text: str, left: Word, right: Word) -> bool:
    gap = text[left.end : right.start]
    return gap in _BETWEEN or (gap == ". " and len(left.written) <= _SHORT)


def _only_opens(text: str, words: Sequence[Word], run: Sequence[int], language: str) -> bool:
    """Return whether the first word of `run` may have its capital only because a sentence begins with it."""
    first = words[run[0]]
    before = text[max(0, first.start - 8) : first.start]
    quoted = before[-1:] in _QUOTES and before[-1:] != " "
    if not quoted and before.strip(_QUOTES) and before.rstrip(_QUOTES)[-1] not in _SENTENCE_END:
        return False
    follows = len(run) > 1 and _adjacent(text, first, words[run[1]])
    return not (follows and first.vietnamese) or first.written.casefold() in OPENERS.get(language, ())


def _is_office(words: Sequence[Word], n: int, language: str) -> bool:
    word = words[n].written.casefold()
    offices, match = OFFICES.get(language, OFFICES["en"]), OFFICE_MATCH.get(language, OFFICE_MATCH["en"])
    if match == "stems":
        return any(word.startswith(stem) if len(stem) > _SHORT else word == stem for stem in offices)
    if match == "syllables":
        before = words[n - 1].written.casefold() if n else ""
        after = words[n + 1].written.casefold() if n + 1 < len(words) else ""
        return not {word, f"{word}_{after}", f"{before}_{word}"}.isdisjoint(offices)
    return word in offices or word.removesuffix("s") in offices


def _sound(written: str) -> str:
    sound = strip_accents(written)
    for spelling, plain in _SOUNDS:
        sound = sound.replace(spelling, plain)
    return sound


def _inflected(one: str, other: str) -> bool:
    shared = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return shared >= _STEM and max(len(one), len(other)) - shared <= _ENDING
