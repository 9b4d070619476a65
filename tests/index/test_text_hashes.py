from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assistant.index.text_hashes import HashRows, Rows
from assistant.records import Vectors

# Few different bytes: many are added twice, and many end in zeros.
HASH = st.lists(st.sampled_from(["00", "7f", "ff"]), min_size=2, max_size=2).map(lambda ends: ends[0] * 31 + ends[1])
SHORT = st.lists(st.sampled_from(["00", "01", "ff"]), min_size=3, max_size=3).map(lambda b: "".join(b).ljust(64, "0"))


def one_number(rows: Rows) -> Vectors:
    return rows[:, None].astype(np.float32)


@given(st.lists(st.lists(SHORT | HASH, max_size=6), max_size=8), st.lists(SHORT | HASH, max_size=9))
def test_it_finds_what_was_added_and_nothing_else(added: list[Sequence[str]], wanted: list[str]) -> None:
    rows, all_of_them = HashRows(), list[str]()
    for hashes in added:
        rows.add(hashes, len(all_of_them))
        all_of_them += hashes
    found = rows.vectors(wanted, one_number)
    known = {sha256[:32] for sha256 in all_of_them}
    assert found.keys() == {sha256 for sha256 in wanted if sha256[:32] in known}
    for sha256, vector in found.items():
        assert all_of_them[int(vector[0])][:32] == sha256[:32]
