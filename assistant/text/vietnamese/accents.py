"""Vietnamese typed without its accents, with the accents put back.

The accents of a syllable are chosen among those Vietnamese has for its bare letters, by an interpolated
trigram model of syllables with Kneser-Ney smoothing (R. Kneser and H. Ney, "Improved backing-off for M-gram
language modeling", ICASSP 1995; the interpolated form is that of S. F. Chen and J. Goodman, 1999) and a Viterbi
search that keeps the best few contexts at each syllable. The counts are in data/vietnamese_syllables.npz, made
by benchmarks/build_accents.py; docs/accents.md tells from what, and how well it does.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.text.fold import strip_accents

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# What is not a Vietnamese syllable, as the model sees it.
BOUNDARY, NUMBER, FOREIGN = "<s>", "<n>", "<u>"
MARKS = (BOUNDARY, NUMBER, FOREIGN)

# Discounts of seen bigrams and trigrams, and the count of an unseen syllable. Fitted by benchmarks/tune/accents.py to
# text that is neither in the counts nor in the reported measurements (docs/accents.md).
_DISCOUNT_2, _DISCOUNT_3, _UNSEEN = 0.9, 0.95, 0.5
# The number of contexts kept at each syllable: twice as many change no more than one syllable in a thousand
# (benchmarks/tune/accents.py).
_BEAM = 16
# A text with accents on this share of the syllables that can have them was typed with accents. Chosen by hand: texts
# have nearly all or none.
_TYPED_WITH_ACCENTS = 0.5

_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:ng|nh|ch|[cmnpt])?", re.ASCII
)
_ADDRESS = re.compile(r"@|://|www\.|(?<=\S)\.(?:vn|com|org|net|edu|gov|info)\b", re.IGNORECASE)
_TOKEN = re.compile(r"\w+|[.!?;:,()…\"“”|/–•\n]")
_BARE = re.compile(r"[A-Za-z]+")
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
# Both places of the tone mark are in use (hoà, hòa); the model knows one of them.
_TONE_PLACES = {
    "oà": "òa", "oá": "óa", "oả": "ỏa", "oã": "õa", "oạ": "ọa", "oè": "òe", "oé": "óe", "oẻ": "ỏe",
    "oẽ": "õe", "oẹ": "ọe", "uỳ": "ùy", "uý": "úy", "uỷ": "ủy", "uỹ": "ũy", "uỵ": "ụy",
}  # fmt: skip


def has_accents(text: str) -> bool:
    """Return whether a letter of `text` has a Vietnamese accent: a tone, breve, circumflex, horn or stroke.

    >>> has_accents("Đà Nẵng"), has_accents("Da Nang, Malmö")
    (True, False)
    """
    return any(map(_is_accented, unicodedata.normalize("NFC", text)))


def restore_accents(text: str) -> str:
    """Return Vietnamese `text` in NFC with the likeliest accents on the syllables typed without any.

    Unchanged are case, white space, numbers, punctuation, words that have an accent, words that are no Vietnamese
    syllable, lone words in capitals, web and mail addresses, and any text that was typed with accents. The time grows
    linearly with the text.

    >>> restore_accents("ty le chuyen tuyen cua Quang Ninh la bao nhieu?")
    'tỷ lệ chuyển tuyến của Quảng Ninh là bao nhiêu?'
    """
    text = unicodedata.normalize("NFC", text)
    model = _model()
    tokens = _tokens(text, model)
    free = sum(len(token.choices) > 1 for token in tokens)
    typed = sum(token.accented for token in tokens)
    if not free or typed >= _TYPED_WITH_ACCENTS * (typed + free):
        return text
    out: list[str] = []
    end = 0
    for token, choice in zip(tokens, _best_path(model, [token.choices for token in tokens]), strict=True):
        if not token.bare:
            continue
        out += (text[end : token.start], _with_case(model.syllables[choice], text[token.start : token.end]))
        end = token.end
    return "".join(out) + text[end:]


def normal_syllable(word: str) -> str:
    """Return the lower-case `word` with its tone mark where the model has it.

    >>> normal_syllable("hoà"), normal_syllable("hoàn"), normal_syllable("quý")
    ('hòa', 'hoàn', 'quý')
    """
    if len(word) < 3 or word.startswith("qu"):
        return word
    return word[:-2] + _TONE_PLACES.get(word[-2:], word[-2:])


def is_syllable(word: str) -> bool:
    """Return whether the lower-case `word` is built like a Vietnamese syllable.

    >>> [word for word in ("nghiêng", "người", "street", "ngừòi") if is_syllable(word)]
    ['nghiêng', 'người']
    """
    tones = sum(char in _TONES for char in unicodedata.normalize("NFD", word))
    return tones <= 1 and all(char.isascii() or _is_accented(char) for char in word) and _is_bare_syllable(word)


def syllable_share(word: str) -> float:
    """Return how likely `word` is as the next of any text, from 0 to 1; 0 if the model does not know it."""
    model = _model()
    number = model.ids.get(normal_syllable(unicodedata.normalize("NFC", word).lower()))
    return 0.0 if number is None else float(model.share_1[number])


def model_tokens(text: str) -> list[tuple[int, int, str]]:
    """Return start, end and form in the model of each word and boundary of the NFC `text`, in order."""
    found: list[tuple[int, int, str]] = []
    addresses = [match.span() for match in re.finditer(r"\S+", text) if _ADDRESS.search(match[0])]
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        while addresses and addresses[0][1] <= start:
            addresses.pop(0)
        word = match[0]
        if addresses and addresses[0][0] <= start:
            # The dots and slashes of an address bound nothing; one mark for all of it is enough.
            if not found or found[-1][2] != FOREIGN:
                found.append((start, end, FOREIGN))
        elif not (word[0].isalnum() or word[0] == "_"):
            found.append((start, end, BOUNDARY))
        elif any(char.isdigit() for char in word):
            found.append((start, end, NUMBER))
        else:
            syllable = normal_syllable(word.lower())
            found.append((start, end, syllable if is_syllable(syllable) else FOREIGN))
    return found


def _is_accented(char: str) -> bool:
    lower = char.lower()
    if lower == "đ":
        return True
    decomposed = unicodedata.normalize("NFD", lower)
    marks = set(decomposed[1:])
    if not marks or decomposed[0] not in "aeiouy":
        return False
    return marks <= _TONES | {"\u0302", "\u0306", "\u031b"}


def _is_bare_syllable(word: str) -> bool:
    return _SYLLABLE.fullmatch(strip_accents(word)) is not None


@dataclass(frozen=True)
class _Token:
    """A word of the text: where it is, the ids it may stand for, whether it is to be written anew."""

    start: int
    end: int
    choices: Ints
    bare: bool
    accented: bool


@dataclass(frozen=True)
class _Model:
    """The trigram model. An n-gram is found by its key: the row of its context times the vocabulary, plus its
    last syllable; the row of a one-syllable context is that syllable's id, of a longer one its place in `keys_2`.
    `own` is the discounted share of a seen n-gram, `rest` what a context leaves to the shorter one.
    """

    syllables: tuple[str, ...]
    ids: dict[str, int]
    choices: dict[str, Ints]
    share_1: Floats
    keys_2: Ints
    own_2: Floats
    rest_2: Floats
    keys_3: Ints
    own_3: Floats
    rest_3: Floats


def _tokens(text: str, model: _Model) -> list[_Token]:
    seen = model_tokens(text)
    shouted = [text[start:end].isupper() and end - start > 1 for start, end, _ in seen]
    tokens = []
    for place, (start, end, syllable) in enumerate(seen):
        word = text[start:end]
        alone = not any(shouted[max(place - 1, 0) : place] + shouted[place + 1 : place + 2])
        # "AI" or "TP" among other words is an abbreviation; a whole line in capitals is not.
        acronym = shouted[place] and alone and len(seen) > 1
        choices = None if acronym else model.choices.get(syllable)
        bare = choices is not None and _BARE.fullmatch(word) is not None
        if choices is None or not bare:
            choices = np.array([model.ids.get(FOREIGN if acronym else syllable, model.ids[FOREIGN])])
        tokens.append(_Token(start, end, choices, bare, has_accents(word)))
    return tokens


def _best_path(model: _Model, places: list[Ints]) -> list[int]:
    """The likeliest id at each place, by Viterbi search over pairs of syllables."""
    boundary = np.array([model.ids[BOUNDARY]])
    last = boundary
    rows = np.array([-1])
    scores = np.zeros(1)
    trail: list[tuple[Ints, Ints]] = []
    for choices in (*places, boundary):
        shares, found = _shares(model, last, rows, choices)
        reached = scores[:, None] + np.log(shares)
        # Of the ways to one pair of syllables only the best can be part of the best path.
        contexts, group = np.unique(last, return_inverse=True)
        best = np.stack([_best_row(reached, np.flatnonzero(group == g)) for g in range(len(contexts))])
        columns = np.arange(len(choices))
        flat = reached[best, columns].ravel()
        kept = np.argsort(-flat, kind="stable")[:_BEAM]
        came, chosen = best.ravel()[kept], kept % len(choices)
        trail.append((came, choices[chosen]))
        scores, last, rows = flat[kept], choices[chosen], found[came, chosen]
    path: list[int] = []
    at = 0
    for came, ids in reversed(trail):
        path.append(int(ids[at]))
        at = int(came[at])
    return path[:0:-1]


def _best_row(reached: Floats, rows: Ints) -> Ints:
    best: Ints = rows[reached[rows].argmax(axis=0)]
    return best


def _shares(model: _Model, last: Ints, rows: Ints, choices: Ints) -> tuple[Floats, Ints]:
    """P(choice | context) of every context and choice, and the row of every pair (last, choice), -1 if unseen."""
    size = len(model.syllables)
    found, at = _look_up(model.keys_2, last[:, None] * size + choices)
    shares = np.where(found, model.own_2[at], 0.0) + model.rest_2[last][:, None] * model.share_1[choices]
    pairs = np.where(found, at, -1)
    known = rows >= 0
    if known.any():
        found, at = _look_up(model.keys_3, rows[known][:, None] * size + choices)
        own = np.where(found, model.own_3[at], 0.0)
        shares[known] = own + model.rest_3[rows[known]][:, None] * shares[known]
    return shares, pairs


def _look_up(keys: Ints, wanted: Ints) -> tuple[npt.NDArray[np.bool_], Ints]:
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return keys[at] == wanted, at


def _with_case(syllable: str, word: str) -> str:
    return "".join(new.upper() if old.isupper() else new for new, old in zip(syllable, word, strict=True))


_LOADING = threading.Lock()


def _model() -> _Model:
    # Several threads asking at once would otherwise each read the file.
    with _LOADING:
        return _read_model()


@cache
def _read_model() -> _Model:
    with files("assistant.text.vietnamese").joinpath("data/vietnamese_syllables.npz").open("rb") as file:
        stored = dict(np.load(file, allow_pickle=False))
    return _model_of(stored)


def _model_of(stored: dict[str, Any]) -> _Model:
    """The model of the counts as benchmarks/build_accents.py lays them out.

    N-grams are sorted; for each context there is the number of its continuations, then for each continuation
    its id less the one before it in the same context, and its count.
    """
    syllables = tuple(bytes(stored["syllables"]).decode().split("\n"))
    size = len(syllables)
    before_2 = np.repeat(np.arange(size), stored["fan_2"])
    last_2 = _undo_differences(stored["last_2"], stored["fan_2"])
    count_2 = stored["count_2"].astype(np.int64)
    total_2 = np.bincount(before_2, count_2, size)
    fan_2 = np.bincount(before_2, minlength=size)
    # Kneser-Ney: a syllable on its own counts for how many others it follows.
    follows = np.bincount(last_2, minlength=size) + _UNSEEN
    rows_3 = np.repeat(np.arange(len(last_2)), stored["fan_3"])
    last_3 = _undo_differences(stored["last_3"], stored["fan_3"])
    count_3 = stored["count_3"].astype(np.int64)
    # Trigrams left out of the file as too rare still leave their mass to the bigram.
    left_out = stored["left_out_3"].astype(np.int64)
    total_3 = np.bincount(rows_3, count_3, len(last_2)) + left_out
    fan_3 = np.bincount(rows_3, minlength=len(last_2)) + left_out
    by_bare: dict[str, list[int]] = {}
    for number, syllable in enumerate(syllables):
        if syllable not in MARKS:
            by_bare.setdefault(strip_accents(syllable), []).append(number)
    return _Model(
        syllables=syllables,
        ids={syllable: number for number, syllable in enumerate(syllables)},
        choices={bare: np.array(numbers) for bare, numbers in by_bare.items()},
        share_1=follows / follows.sum(),
        keys_2=before_2 * size + last_2,
        own_2=(count_2 - _DISCOUNT_2) / total_2[before_2],
        rest_2=np.where(total_2 > 0, _DISCOUNT_2 * fan_2 / np.maximum(total_2, 1), 1.0),
        keys_3=rows_3 * size + last_3,
        own_3=(count_3 - _DISCOUNT_3) / total_3[rows_3],
        rest_3=np.where(total_3 > 0, _DISCOUNT_3 * fan_3 / np.maximum(total_3, 1), 1.0),
    )


def _undo_differences(steps: npt.NDArray[Any], fan: npt.NDArray[Any]) -> Ints:
    sums = np.cumsum(steps.astype(np.int64))
    sizes = fan.astype(np.int64)
    starts = np.cumsum(sizes) - sizes
    base = np.concatenate(([0], sums))[starts]
    ids: Ints = sums - np.repeat(base, sizes)
    return ids
