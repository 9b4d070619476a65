"""However an index came about, it is the one that a build from scratch makes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assistant.build import build_index, remove_documents, restore_documents
from assistant.factory import ModelFactory
from assistant.index.store import open_generation
from assistant.records import Vectors
from assistant.settings import Settings, load_settings

NAMES = ("a.txt", "b/c.html", "d.md", "e.txt")
TEXTS = (
    "The bridge of Alda was opened in 1998. It is built of stone.",
    "The bridge of Alda was opened in 1998.",  # a whole document that is a sentence of another
    "# Forest\n\nFoxes live in the forest of Corin. They hunt mice at night.\n\nOwls do too.",
    "<html><title>Harbour</title><body><p>Ships of Brenn lie in the harbour. The lighthouse is forty metres tall.</p>",
    "Most w Aldzie otwarto w 1998 roku. Zbudowano go z kamienia.",
    "Cây cầu Alda được khánh thành năm 1998. Cầu được xây bằng đá.",
)
Step = tuple[str, str, str]
steps = st.lists(
    st.tuples(
        st.sampled_from(["write", "write", "write", "delete", "build", "build", "remove", "restore"]),
        st.sampled_from(NAMES),
        st.sampled_from(TEXTS),
    ),
    max_size=14,
)
Tables = dict[str, list[tuple[object, ...]]]


def take(step: Step, own: Settings, models: ModelFactory) -> None:
    """Do one thing; what is not possible now is left undone."""
    what, name, text = step
    path = Path(own.sources[0], name)
    known: set[str] = set()
    if (own.store / "CURRENT").exists():
        with closing(open_generation(own.store)) as generation:
            known = {document.doc_id for document in generation.tables.documents()}
    match what:
        case "write":
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        case "delete":
            path.unlink(missing_ok=True)
        case "build" if any(file.is_file() for file in Path(own.sources[0]).rglob("*")):
            build_index(own, models=models)
        case "remove" if name in known and len(known) > 1:
            remove_documents(own, [name], models=models)
            restore_documents(own, [name])


def contents(store: Path) -> tuple[Tables, dict[str, bytes], Vectors, Vectors, str]:
    """All that an index consists of; what is embedded apart, as the last bits depend on what was embedded beside it."""
    with closing(open_generation(store)) as generation:
        folder = store / "generations" / str(generation.manifest.generation)
        tables: Tables = {}
        with closing(sqlite3.connect(folder / "tables.sqlite")) as database:
            for name in ("documents", "chunks", "sentences"):
                tables[name] = database.execute(f"SELECT * FROM {name} ORDER BY position").fetchall()
        lexical = {path.name: path.read_bytes() for path in sorted((folder / "lexical").iterdir())}
        lexical["ranges"] = (folder / "sentences" / "ranges.npy").read_bytes()
        vectors, sentences = generation.dense.vectors(), generation.sentence_vectors.vectors()
        return tables, lexical, vectors, sentences, generation.manifest.corpus_sha256


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(steps)
def test_any_sequence_of_changes_ends_in_the_index_of_a_build_from_scratch(
    models: ModelFactory, sequence: list[Step]
) -> None:
    with TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "sources").mkdir()
        own = load_settings(sources=(str(folder / "sources"),), store=folder / "store", cache=folder / "cache")
        for step in [*sequence, ("write", "z.txt", TEXTS[0]), ("build", "", "")]:
            take(step, own, models)
        build_index(own.model_copy(update={"store": folder / "scratch", "cache": folder / "no cache"}), models=models)
        grown, made = contents(folder / "store"), contents(folder / "scratch")
    assert grown[0] == made[0]
    assert grown[1] == made[1]
    np.testing.assert_allclose(grown[2], made[2], atol=1e-5)
    np.testing.assert_allclose(grown[3], made[3], atol=1e-3)
    assert grown[4] == made[4]
