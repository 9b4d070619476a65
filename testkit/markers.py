"""Markers of what a test needs, set by the fixtures that it uses; `make quick` leaves those tests out."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

MARKERS = {
    "encoder": "model",
    "torch_encoder": "model",
    "chromium": "browser",
    "address": "slow",  # where an app is served
    "site": "slow",  # pages are served
    "nginx": "slow",
    "languages": "slow",  # text recognition
    "real_model_server": "slow",
}


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Mark each test by its fixtures, those of its fixtures included."""
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in MARKERS:
                item.add_marker(MARKERS[fixture])
