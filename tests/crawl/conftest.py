"""A site, and the reading of it without pauses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.crawl.crawler import Crawler, Limits
from assistant.crawl.http_cache import FILE_NAME
from assistant.ingest.load import Loaded, load_documents
from tests.crawl.site import Site, running

Read = Callable[..., Loaded]


@pytest.fixture
def site() -> Iterator[Site]:
    with running() as served:
        yield served


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads sources as a build does; what was fetched is kept from one call to the next."""

    def call(*sources: str, **limits: Any) -> Loaded:
        chosen: dict[str, Any] = {"allow_hosts": ("127.0.0.1",), "delay_s": 0.0, "timeout_s": 5.0} | limits
        with Crawler(tmp_path / FILE_NAME, Limits(**chosen)) as web:
            return load_documents(sources, web=web)

    return call
