"""What `import assistant` offers to programs."""

from __future__ import annotations

import pytest

import assistant
from assistant.factory import open_assistant
from assistant.settings import load_settings


def test_the_names_of_the_api_are_the_real_things() -> None:
    assert assistant.open_assistant is open_assistant
    assert assistant.load_settings is load_settings
    for name in assistant.__all__:
        assert callable(getattr(assistant, name))


def test_other_names_are_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'answer_everything'"):
        getattr(assistant, "answer_" + "everything")
