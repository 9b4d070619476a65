"""A summary of the index for the chat page: documents, languages, filter choices and example questions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice

from assistant.chat.example_questions import example_questions
from assistant.chat.filter_choices import Choices, choices
from assistant.protocols import ServedAssistant
from assistant.records import Document, Manifest

LISTED = 200
"""How many documents the page lists."""
_READ = 1000
"""How many documents are read for example questions; reading a hundred thousand takes seconds."""


@dataclass(frozen=True, slots=True)
class Overview:
    """A summary of one generation: `languages` with the most frequent first, `listed` the first documents."""

    manifest: Manifest
    languages: tuple[str, ...]
    listed: tuple[Document, ...]
    choices: Choices
    questions: tuple[str, ...]


def overview(assistant: ServedAssistant) -> Overview:
    """Return the summary of the generation that `assistant` answers from."""
    facets = assistant.facets()
    first = tuple(islice(assistant.documents(), _READ))
    languages = Counter(f.language for f in facets)
    return Overview(
        assistant.manifest,
        tuple(code for code, _ in languages.most_common()),
        first[:LISTED],
        choices(facets),
        example_questions(first),
    )
