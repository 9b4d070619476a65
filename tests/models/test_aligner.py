"""Words of different languages are matched on the bundled encoder: no stand-ins."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.models.aligner import TokenAligner
from assistant.models.sentence_encoder import SentenceEncoder
from assistant.protocols import LayeredEncoder

SENTENCES = [
    "Measles spreads through the air when an infected person coughs.",
    "The hospital in the north of the city was opened by the mayor in 1998.",
    "The vaccination of children is free, and no appointment is needed.",
    "Nurses may ask for a day off four weeks in advance.",
]


@pytest.fixture(scope="module")
def aligner(on: LayeredEncoder) -> TokenAligner:
    """On each engine."""
    return TokenAligner(on.adapted, on.tokenizer)


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("Bệnh sởi lây lan như thế nào?", 0),
        ("Bệnh viện được khánh thành năm nào?", 1),
        ("Kto otworzył szpital?", 1),
        ("Tiêm chủng cho trẻ em có mất tiền không?", 2),
        ("Czy szczepienie dzieci jest płatne?", 2),
        ("Z jakim wyprzedzeniem pielęgniarki proszą o urlop?", 3),
    ],
)
def test_the_sentence_with_the_words_of_the_question_is_met_best(
    aligner: TokenAligner, question: str, meant: int
) -> None:
    assert int(np.argmax(aligner.align(question, SENTENCES))) == meant


def test_what_all_sentences_share_tells_less(aligner: TokenAligner) -> None:
    question = "Bệnh viện Hai Duong được khánh thành năm nào?"
    pair = ["The hospital was opened in 1998.", "Nurses may ask for a day off."]
    opened, nurses = aligner.align(question, pair)
    named = aligner.align(question, [f"Hai Duong: {sentence}" for sentence in pair])
    assert opened > nurses
    assert named[0] > named[1]


@pytest.mark.parametrize("question", ["?", "😀", "a", "Vì sao? " * 300])
def test_odd_questions_and_sentences_are_compared(aligner: TokenAligner, question: str) -> None:
    sentences = ["x", "…", "Measles is catching. " * 200, ""]
    values = aligner.align(question, sentences)
    assert len(values) == len(sentences)
    assert np.isfinite(values).all()
    assert aligner.align(question, []) == []
    assert np.isfinite(aligner.align(question, [""])).all()


def test_the_engines_compare_alike(encoder: LayeredEncoder, torch_encoder: SentenceEncoder) -> None:
    own, other = (TokenAligner(on.adapted, on.tokenizer) for on in (encoder, torch_encoder))
    for question in ("Bệnh sởi lây lan như thế nào?", "Kto otworzył szpital?"):
        np.testing.assert_allclose(own.align(question, SENTENCES), other.align(question, SENTENCES), atol=0.03)


def test_the_first_layers_share_with_all_and_leave_them_as_they_are(torch_encoder: SentenceEncoder) -> None:
    before = torch_encoder.embed_query("When was it built?")
    first = torch_encoder.adapted({}, 2)([[0, 5, 6, 2]])[0]
    second = torch_encoder.adapted({}, 3)([[0, 5, 6, 2]])[0]
    assert first.shape == second.shape == (4, torch_encoder.dimension)
    assert not np.allclose(first, second)
    np.testing.assert_array_equal(torch_encoder.embed_query("When was it built?"), before)
