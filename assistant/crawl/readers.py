"""Makes the readers of web pages and file servers that the settings describe.

Their modules are imported when one is made: whoever only asks needs none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.crawl.crawler import Crawler
    from assistant.crawl.remote.file_servers import FileServers


def make_crawler(settings: Settings, on_progress: Callable[[int, int], None] | None = None) -> Crawler:
    """Return a crawler for the web sources; its HTTP cache is in the folder of the index."""
    from assistant.crawl.crawler import Crawler, Limits
    from assistant.crawl.http_cache import FILE_NAME

    return Crawler(
        settings.store / FILE_NAME, Limits(**settings.fetch.model_dump(exclude={"passwords"})), on_progress=on_progress
    )


def make_file_servers(settings: Settings, on_progress: Callable[[int, int], None] | None = None) -> FileServers:
    """Return a reader of folders on file servers; its copies are in the folder of the index."""
    from assistant.crawl.remote.file_servers import FileServers, RemoteLimits
    from assistant.crawl.remote.remote_cache import FILE_NAME

    passwords = {account: secret.get_secret_value() for account, secret in settings.fetch.passwords.items()}
    limits = RemoteLimits(settings.fetch.pages, settings.fetch.timeout_s, passwords)
    return FileServers(settings.store / FILE_NAME, limits, on_progress=on_progress)
