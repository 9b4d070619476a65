"""Building: what is embedded again, what is kept, and what is said about it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from assistant.build import BuildReport, BuildSizes, build_index, remove_documents, restore_documents
from assistant.errors import (
    DocumentNotFoundError,
    SourceError,
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreMismatchError,
)
from assistant.factory import ModelFactory, open_assistant
from assistant.index.rollback import roll_back
from assistant.index.store import build_lock, current_generation, kept_generations, open_generation
from assistant.protocols import LayeredEncoder
from assistant.records import Answer, Vectors
from assistant.settings import Settings, load_settings

BRIDGE = "The bridge of Alda was opened in 1998. It was built by the town council in nine years."
LIGHTHOUSE = "The lighthouse of Brenn is forty metres tall. It guards the northern harbour at night."
FOREST = "Foxes live in the forest of Corin. They hunt mice between the old beeches."


class CountingEncoder:
    """The real encoder, which remembers what it embedded."""

    def __init__(self, encoder: LayeredEncoder, fingerprint: str | None = None) -> None:
        self._encoder = encoder
        self.adapted, self.tokenizer = encoder.adapted, encoder.tokenizer
        self.embedded: list[str] = []
        self.name = encoder.name
        self.fingerprint = fingerprint or encoder.fingerprint
        self.dimension = encoder.dimension
        self.window_tokens = encoder.window_tokens

    def count_tokens(self, passages: Sequence[str]) -> list[int]:
        return self._encoder.count_tokens(passages)

    def embed_passages(self, passages: Sequence[str]) -> Vectors:
        self.embedded += passages
        return self._encoder.embed_passages(passages)

    def embed_query(self, query: str) -> Vectors:
        return self._encoder.embed_query(query)

    def embed_queries(self, queries: Sequence[str]) -> Vectors:
        return self._encoder.embed_queries(queries)


class Workplace:
    """A folder of documents and its store."""

    def __init__(self, folder: Path, encoder: LayeredEncoder) -> None:
        self.sources = folder / "sources"
        self.sources.mkdir()
        self.store = folder / "store"
        self.cache = folder / "cache"
        self.encoder = CountingEncoder(encoder)
        self._real = encoder
        self.models = ModelFactory(lambda _settings: self.encoder)
        self.sizes = BuildSizes()

    def write(self, **texts: str) -> None:
        for name, text in texts.items():
            (self.sources / f"{name}.txt").write_text(text, "utf-8")

    def settings(self, **changes: object) -> Settings:
        return load_settings(sources=(str(self.sources),), store=self.store, cache=self.cache, **changes)

    def build(self, **changes: object) -> tuple[BuildReport, list[str]]:
        """The report, and what was embedded."""
        self.encoder.embedded = []
        return build_index(self.settings(**changes), models=self.models, sizes=self.sizes), self.encoder.embedded

    def change_model(self, fingerprint: str) -> None:
        self.encoder = CountingEncoder(self._real, fingerprint)


@pytest.fixture
def place(tmp_path: Path, encoder: LayeredEncoder) -> Workplace:
    workplace = Workplace(tmp_path, encoder)
    workplace.write(bridge=BRIDGE, lighthouse=LIGHTHOUSE)
    return workplace


def changes(report: BuildReport) -> tuple[int, int, int, int]:
    return report.added, report.updated, report.unchanged, report.removed


def test_a_first_build_embeds_every_chunk_and_sentence_once(place: Workplace) -> None:
    report, embedded = place.build()
    assert (report.documents, changes(report), report.note) == (2, (2, 0, 0, 0), None)
    first, second = LIGHTHOUSE.split(". ")
    assert len(embedded) == 6
    assert {LIGHTHOUSE, f"{first}.", second, BRIDGE} < set(embedded)


def test_a_second_build_changes_nothing_and_embeds_nothing(place: Workplace) -> None:
    first, _ = place.build()
    second, embedded = place.build()
    assert changes(second) == (0, 0, 2, 0)
    assert (second.generation, second.manifest) == (first.generation, first.manifest)
    assert embedded == []


def test_a_changed_document_embeds_only_its_new_passages(place: Workplace) -> None:
    place.build()
    place.write(bridge=f"{BRIDGE} Its toll was abolished last winter.")
    report, embedded = place.build()
    assert (changes(report), report.generation) == ((0, 1, 1, 0), 2)
    assert embedded
    assert all("toll" in text for text in embedded)


def test_a_new_document_embeds_only_itself(place: Workplace) -> None:
    place.build()
    place.write(forest=FOREST)
    report, embedded = place.build()
    assert changes(report) == (1, 0, 2, 0)
    assert embedded
    assert all(text in FOREST for text in embedded)


def test_kept_vectors_are_as_good_as_new_ones(place: Workplace, encoder: LayeredEncoder) -> None:
    place.build()
    place.write(forest=FOREST)
    place.build()
    generation = open_generation(place.store)
    chunks = [generation.tables.chunk(row) for row in range(generation.manifest.chunks)]
    fresh = encoder.embed_passages([chunk.text for chunk in chunks])
    cosines = np.sum(generation.dense.vectors() * fresh, axis=1)
    for chunk in chunks:
        sentences, vectors = generation.sentences(chunk)
        quotes = [generation.document(s.doc_id).text[s.start : s.end] for s in sentences]
        cosines = np.append(cosines, np.sum(vectors * encoder.embed_passages(quotes), axis=1))
    generation.close()
    assert len(chunks) == 3
    assert cosines.min() > 0.999


def test_a_removed_document_is_gone_from_every_part(place: Workplace) -> None:
    place.build()
    (place.sources / "lighthouse.txt").unlink()
    report, embedded = place.build()
    assert (changes(report), embedded) == ((0, 0, 1, 1), [])
    generation = open_generation(place.store)
    assert [document.doc_id for document in generation.tables.documents()] == ["bridge.txt"]
    assert (len(generation.dense), len(generation.lexical), generation.manifest.chunks) == (1, 1, 1)
    assert generation.tables.chunk(0).text == BRIDGE
    assert not generation.lexical.scores("lighthouse harbour").any()
    assert len(generation.sentence_vectors.vectors()) == len(generation.sentences(generation.tables.chunk(0))[0])
    generation.close()
    found = open_assistant(place.settings(), models=place.models)
    assert {hit.chunk.doc_id for hit in found.search("Where is the lighthouse?")} == {"bridge.txt"}
    found.close()


def test_a_file_that_became_unreadable_is_reported_and_the_rest_stays(place: Workplace) -> None:
    place.build()
    place.write(lighthouse="")
    report, _ = place.build()
    assert changes(report) == (0, 0, 1, 1)
    assert [failure.source for failure in report.failed] == ["lighthouse.txt"]


def test_other_chunk_settings_build_everything_anew_and_say_so(place: Workplace) -> None:
    first, _ = place.build()
    second, embedded = place.build(chunk={"tokens": 100})
    assert second.note == "The chunk settings changed: everything is built anew."
    assert (changes(second), second.generation) == ((2, 0, 0, 0), first.generation + 1)
    assert embedded == [], "the same short texts, embedded before"
    assert second.manifest.settings["chunk.tokens"] == 100


def test_another_model_builds_everything_anew_and_says_so(place: Workplace) -> None:
    _, embedded_first = place.build()
    place.change_model("another")
    with pytest.raises(StoreMismatchError, match="another version"):
        open_assistant(place.settings(), models=place.models)
    report, embedded = place.build()
    assert report.note == "The embedding model 'bundled' has another version or engine: all is embedded anew."
    assert sorted(embedded) == sorted(embedded_first)
    open_assistant(place.settings(), models=place.models).close()


@pytest.mark.parametrize("part", ["dense.faiss", "manifest.json", "CURRENT"])
def test_a_damaged_store_is_built_anew_and_says_so(place: Workplace, part: str) -> None:
    place.build()
    path = place.store / part if part == "CURRENT" else place.store / "generations" / "1" / part
    path.write_bytes(path.read_bytes()[:-3])
    report, embedded = place.build()
    assert report.note is not None
    assert part in report.note
    assert "built anew" in report.note
    assert (changes(report), report.generation) == ((2, 0, 0, 0), 2)
    assert embedded == []
    open_generation(place.store).close()


def test_a_store_of_another_format_is_built_anew_and_says_so(place: Workplace) -> None:
    place.build()
    path = place.store / "generations" / "1" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"format_version": 99}), "utf-8")
    report, _ = place.build()
    assert report.note is not None
    assert "format 99" in report.note
    assert report.generation == 2


def test_when_nothing_can_be_read_the_old_generation_stays(place: Workplace) -> None:
    place.build()
    place.write(bridge="", lighthouse="")
    with pytest.raises(SourceError, match="None of 2 sources could be read"):
        place.build()
    assert current_generation(place.store) == 1
    found = open_assistant(place.settings(), models=place.models)
    reply = found.ask("When was the bridge of Alda opened?").reply
    found.close()
    assert isinstance(reply, Answer)
    assert "1998" in reply.citations[0].quote


def test_a_refused_build_reads_nothing(place: Workplace) -> None:
    with build_lock(place.store), pytest.raises(StoreBusyError):
        build_index(place.settings(), lambda *step: pytest.fail(f"it went on to {step}"), models=place.models)


def test_an_open_assistant_answers_from_its_generation_during_and_after_a_build(place: Workplace) -> None:
    place.build()
    before = open_assistant(place.settings(), models=place.models)
    (place.sources / "bridge.txt").unlink()
    place.build()
    reply = before.ask("When was the bridge of Alda opened?").reply
    before.close()
    assert isinstance(reply, Answer)
    assert "1998" in reply.citations[0].quote


def test_progress_is_told_in_order(place: Workplace) -> None:
    steps: list[tuple[str, int, int]] = []
    build_index(place.settings(), lambda *step: steps.append(step), models=place.models)
    read = [step for step in steps if step[0] == "read"]
    embed = [step for step in steps if step[0] == "embed"]
    assert steps == read + embed
    assert read == [("read", 1, 2), ("read", 2, 2)]
    total = len(BRIDGE) + len(LIGHTHOUSE)
    assert (embed[0], embed[-1]) == (("embed", 0, total), ("embed", total, total))


def test_many_passages_are_embedded_in_steps(place: Workplace) -> None:
    place.write(many="\n\n".join(f"House number {n} has {n} windows." for n in range(80)))
    steps: list[tuple[str, int, int]] = []
    build_index(place.settings(), lambda *step: steps.append(step), models=place.models)
    done = [step[1] for step in steps if step[0] == "embed"]
    assert len(done) > 2
    assert done == sorted(done)


def test_two_copies_of_a_text_are_one_document_embedded_once(place: Workplace) -> None:
    place.write(copy=BRIDGE)
    report, embedded = place.build()
    assert report.documents == 2
    assert report.chunks == 2
    assert len(embedded) == len(set(embedded))


@pytest.mark.parametrize("cache_mb", [0, 1])
def test_documents_embedded_a_few_at_a_time_make_the_same_index(
    place: Workplace, tmp_path: Path, cache_mb: int
) -> None:
    """A text that occurs again among later documents is embedded once, with and without the cache."""
    place.write(copy=BRIDGE, forest=FOREST, mixed=f"{FOREST.split('. ')[0]}. {LIGHTHOUSE}")
    _, embedded = place.build(embedding={"cache_mb": cache_mb})
    first = place.store
    place.store, place.cache = tmp_path / "few at a time", tmp_path / "another cache"
    place.sizes = BuildSizes(texts_at_a_time=1)
    _, embedded_few = place.build(embedding={"cache_mb": cache_mb})
    assert sorted(embedded_few) == sorted(embedded)
    folders = [store / "generations" / "1" for store in (first, place.store)]
    files = sorted(path.relative_to(folders[0]) for path in folders[0].rglob("*") if path.is_file())
    assert len(files) > 8
    for file in files:
        assert file.name == "manifest.json" or len({(folder / file).read_bytes() for folder in folders}) == 1, file


def test_what_another_index_embedded_is_not_embedded_again(place: Workplace, tmp_path: Path) -> None:
    place.build()
    first = place.store
    place.store = tmp_path / "another store"
    report, embedded = place.build()
    assert (changes(report), embedded) == ((2, 0, 0, 0), [])
    for name in ("dense.faiss", "sentences/vectors.npy"):
        made = [(store / "generations" / "1" / name).read_bytes() for store in (first, place.store)]
        assert made[0] == made[1], name


def test_an_interrupted_build_loses_only_what_was_being_embedded(place: Workplace) -> None:
    place.write(many="\n\n".join(f"House number {n} has {n} windows." for n in range(300)))
    whole = place.encoder.embed_passages

    def interrupted(passages: Sequence[str]) -> Vectors:
        if place.encoder.embedded:
            raise KeyboardInterrupt
        return whole(passages)

    place.encoder.embed_passages = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        place.build()
    before = set(place.encoder.embedded)
    assert not list(place.store.rglob("*.partial"))
    place.encoder.embed_passages = whole  # type: ignore[method-assign]
    report, embedded = place.build()
    assert report.added == 3
    assert embedded
    assert not before & set(embedded)


def test_a_passage_known_only_as_a_quote_is_embedded_to_the_last_bit(place: Workplace) -> None:
    """Vectors of quotes are stored rounded; one sentence of one document may be all of another."""
    sentence = BRIDGE.split(". ")[0] + "."
    place.build(embedding={"cache_mb": 0})
    place.write(sentence=sentence)
    _, embedded = place.build(embedding={"cache_mb": 0})
    assert sentence in embedded


def test_a_removed_document_stays_out_until_it_is_let_in_again(place: Workplace) -> None:
    place.build()
    report = remove_documents(place.settings(), ["lighthouse.txt"], models=place.models)
    assert (changes(report), report.generation) == ((0, 0, 1, 1), 2)
    again, embedded = place.build()
    assert (changes(again), again.generation, embedded) == ((0, 0, 1, 0), 2, [])
    restore_documents(place.settings(), ["lighthouse.txt"])
    back, _ = place.build()
    assert changes(back) == (1, 0, 1, 0)


def test_a_document_of_an_earlier_generation_is_removed_from_where_one_can_go_back_to(place: Workplace) -> None:
    place.build()
    (place.sources / "lighthouse.txt").unlink()
    place.build()
    report = remove_documents(place.settings(), ["lighthouse.txt"], models=place.models)
    assert (changes(report), report.generation) == ((0, 0, 1, 0), 2)
    assert roll_back(place.store).left_out == ("lighthouse.txt",)
    with closing(open_generation(place.store)) as generation:
        assert generation.tables.doc_ids() == ["bridge.txt"]
    again, embedded = place.build()
    assert (changes(again), again.generation, embedded) == ((0, 0, 1, 0), 3, [])


def test_what_cannot_be_removed_is_refused_and_nothing_changes(place: Workplace) -> None:
    place.build()
    with pytest.raises(DocumentNotFoundError, match=r"'lighthous\.txt'") as wrong:
        remove_documents(place.settings(), ["bridge.txt", "lighthous.txt"], models=place.models)
    assert "lighthouse.txt" in wrong.value.hint
    with pytest.raises(StoreError, match="No document would be left"):
        remove_documents(place.settings(), ["bridge.txt", "lighthouse.txt"], models=place.models)
    with pytest.raises(DocumentNotFoundError, match="was not removed"):
        restore_documents(place.settings(), ["bridge.txt"])
    assert current_generation(place.store) == 1
    assert changes(place.build()[0]) == (0, 0, 2, 0)


def test_when_all_that_can_be_read_was_removed_it_says_so(place: Workplace) -> None:
    place.build()
    remove_documents(place.settings(), ["lighthouse.txt"], models=place.models)
    (place.sources / "bridge.txt").unlink()
    with pytest.raises(SourceError, match="were removed") as refused:
        place.build()
    assert "--restore" in refused.value.hint


def test_generations_are_kept_as_many_as_wished_and_the_live_one_always(place: Workplace) -> None:
    for n in range(5):
        place.write(bridge=f"{BRIDGE} It was painted {n} times.")
        place.build(generations=3)
    assert kept_generations(place.store) == [3, 4, 5]
    assert roll_back(place.store, 3).manifest.generation == 3
    place.write(bridge=f"{BRIDGE} It is rusty.")
    place.build(generations=2)
    assert kept_generations(place.store) == [3, 6], "the one that a service may read"


def test_rolling_back_answers_as_before(place: Workplace) -> None:
    place.build()
    place.write(bridge=BRIDGE.replace("1998", "2004"))
    place.build()
    assert roll_back(place.store).manifest.generation == 1
    found = open_assistant(place.settings(), models=place.models)
    reply = found.ask("When was the bridge of Alda opened?").reply
    found.close()
    assert "1998" in reply.text
    with pytest.raises(StoreError, match="no generation before"):
        roll_back(place.store)
    with pytest.raises(StoreError, match="no generation 9"):
        roll_back(place.store, 9)
    assert roll_back(place.store, 2).manifest.generation == 2
    report, _ = place.build()
    assert (changes(report), report.generation) == ((0, 0, 2, 0), 2)


def test_a_damaged_generation_is_not_rolled_back_to(place: Workplace) -> None:
    place.build()
    place.write(forest=FOREST)
    place.build()
    (place.store / "generations" / "1" / "dense.faiss").write_bytes(b"")
    with pytest.raises(StoreDamagedError):
        roll_back(place.store)
    assert current_generation(place.store) == 2
