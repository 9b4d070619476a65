"""What the chat says of the index as a whole: how many documents, in which languages, what could be asked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice

from assistant.chat.example_questions import example_questions
from assistant.chat.filter_choices import Choices, choices
from assistant.protocols import ServedAssistant
from assistant.records import Document, Manifest

LISTED = 200
_LOOKED_AT = 1000
"""So many documents are asked what they suggest: of a hundred thousand, all would take seconds."""


@dataclass(frozen=True, slots=True)
class Overview:
    """Of one generation: `languages` with the commonest first, `listed` the first documents."""

    manifest: Manifest
    languages: tuple[str, ...]
    listed: tuple[Document, ...]
    choices: Choices
    questions: tuple[str, ...]


def overview(assistant: ServedAssistant) -> Overview:
    """Look through the index."""
    facets = assistant.facets()
    first = tuple(islice(assistant.documents(), _LOOKED_AT))
    languages = Counter(f.language for f in facets)
    return Overview(
        assistant.manifest,
        tuple(code for code, _ in languages.most_common()),
        first[:LISTED],
        choices(facets),
        example_questions(first),
    )
