"""The shipped reader on the bundled encoder: no stand-ins."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.answer.answer_spans import best_spans
from assistant.errors import ModelError
from assistant.factory import cache_folder
from assistant.models import bundled
from assistant.models.reader import WEIGHTS, SpanReader, stored_adapter
from assistant.models.sentence_encoder import SentenceEncoder, adapted_copy
from assistant.protocols import LayeredEncoder
from assistant.settings import load_settings
from assistant.text.sentences import sentence_spans

TITLE = "The lighthouse of Rozewie"
TEXT = "The tower stands on a cliff. It was built in 1822 by local masons. Its lamp is seen from 48 kilometres away."


@pytest.fixture(scope="module")
def reader(on: LayeredEncoder) -> SpanReader:
    """On each engine."""
    return SpanReader(on.adapted, on.tokenizer)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("When was the lighthouse built?", "1822"),
        ("How many kilometres away is its lamp seen?", "48"),
        ("Who built the lighthouse?", "masons"),
        ("Kiedy zbudowano latarnię?", "1822"),
        ("Ngọn hải đăng được xây dựng vào năm nào?", "1822"),
    ],
)
def test_the_answer_is_found_in_the_words_of_the_text(reader: SpanReader, question: str, answer: str) -> None:
    (reading,) = reader.read(question, [(TITLE, TEXT)])
    in_each = [found for found in best_spans(reading, sentence_spans(TEXT)) if found]
    found = max(in_each, key=lambda found: found.sentence_log_odds)
    assert answer in TEXT[found.start : found.end]
    assert len(TEXT[found.start : found.end]) < len(answer) + 15


def test_an_answer_is_likelier_where_there_is_one(reader: SpanReader) -> None:
    other = "The harbour is frozen for two months. Herring and cod are landed there. A market is held on Mondays."
    odds = []
    for reading in reader.read("When was the lighthouse built?", [(TITLE, TEXT), ("The harbour of Hel", other)]):
        (found,) = best_spans(reading, [(0, 200)])
        assert found is not None
        odds.append(found.log_odds)
    assert odds[0] > 0 > odds[1]


def test_places_are_characters_of_the_text_without_its_title(reader: SpanReader) -> None:
    for title in (TITLE, ""):
        (reading,) = reader.read("When?", [(title, TEXT)])
        assert "".join(TEXT[start:end].strip() for start, end in reading.places) == TEXT.replace(" ", "")
        assert len(reading.places) == len(reading.begins) == len(reading.ends)
        assert reading.places[:, 0].min() == 0
        assert reading.places[:, 1].max() == len(TEXT)
        assert (reading.places[:, 0] <= reading.places[:, 1]).all()


def test_a_long_text_is_read_as_far_as_the_window_goes_and_a_long_question_leaves_room(reader: SpanReader) -> None:
    (reading,) = reader.read("Why is that so? " * 200, [(TITLE, TEXT + " More of the same follows." * 300)])
    assert 300 < len(reading.places) < 512
    assert reading.places[:, 1].max() < 5000


@pytest.mark.parametrize("question", ["?", "😀", "a"])
def test_odd_questions_and_texts_are_read(reader: SpanReader, question: str) -> None:
    span_scores = reader.read(question, [("", "x"), ("t", "…"), ("", TEXT)])
    assert len(span_scores) == 3
    assert all(np.isfinite(reading.begins).all() for reading in span_scores)
    assert reader.read(question, []) == []


def test_the_engines_read_alike(encoder: LayeredEncoder, torch_encoder: SentenceEncoder) -> None:
    own, other = (SpanReader(on.adapted, on.tokenizer) for on in (encoder, torch_encoder))
    for question in ("When was it built?", "Kiedy zbudowano latarnię?"):
        (first,), (second,) = own.read(question, [(TITLE, TEXT)]), other.read(question, [(TITLE, TEXT)])
        np.testing.assert_array_equal(first.places, second.places)
        np.testing.assert_allclose(first.begins, second.begins, atol=1)
        assert first.begins.argmax() == second.begins.argmax()


def test_the_encoder_stays_as_it_was(encoder: LayeredEncoder, torch_encoder: SentenceEncoder) -> None:
    for on in (encoder, torch_encoder):
        before = on.embed_query("When was it built?")
        SpanReader(on.adapted, on.tokenizer).read("When was it built?", [(TITLE, TEXT)])
        np.testing.assert_array_equal(on.embed_query("When was it built?"), before)


@pytest.mark.parametrize("content", [None, b"", b"no archive"])
def test_weights_that_cannot_be_read_say_what_to_do(
    encoder: LayeredEncoder, tmp_path: Path, content: bytes | None
) -> None:
    weights = tmp_path / "reader.npz"
    if content is not None:
        weights.write_bytes(content)
    with pytest.raises(ModelError, match="missing or damaged") as raised:
        SpanReader(encoder.adapted, encoder.tokenizer, weights)
    assert "ASSISTANT_ANSWER__READ=0" in raised.value.hint


@pytest.mark.slow
def test_on_torch_layers_that_do_not_change_are_shared() -> None:
    from transformers import AutoModel  # only here: seconds of importing

    transformer = AutoModel.from_pretrained(bundled.unpacked_model(cache_folder(load_settings())))
    changes = {name: change for name, change in stored_adapter(WEIGHTS).items() if not name.startswith("head.")}
    own = {name: parameter.data_ptr() for name, parameter in adapted_copy(transformer, changes).named_parameters()}
    encoders = {name: parameter.data_ptr() for name, parameter in transformer.named_parameters()}
    shared = {name for name in own if own[name] == encoders[name]}
    assert {name for name in own if name.startswith(("embeddings", "encoder.layer.4."))} <= shared
    assert not {name for name in shared if name.startswith("encoder.layer.11.") and name.endswith("query.weight")}
