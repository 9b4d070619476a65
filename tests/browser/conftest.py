"""A real Chromium, a real server and a real index of seeds/ and one hostile document."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from assistant.build import build_index
from assistant.factory import open_live
from assistant.server.application import create_app
from assistant.settings import Settings, load_settings
from tests.served import served

SEEDS = Path(__file__).parents[2] / "seeds"
HOSTILE = {
    "id": "zebra<b>.html",
    "title": "Zebra <script>window.__pwned = 1</script> keepers",
    "text": 'The zebra keeper <img src=x onerror="window.__pwned = 1"> wrote <script>window.__pwned = 1</script> on '
    "the door.\n\nZebra stripes & [links](javascript:window.__pwned=1) ![pixel](http://evil.example/x.png) are "
    "**not** $$markup$$ <!-- nor gone -->.",
}
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()

Browser = webdriver.Chrome
OpenBrowser = Callable[..., Browser]


@pytest.fixture(scope="session")
def chromium() -> tuple[str, str]:
    """The browser and its driver; without them the tests are skipped, or fail where a browser is required."""
    names = ("chromium", "chromium-browser", "google-chrome")
    browser = next((path for name in names if (path := shutil.which(name))), None)
    driver = shutil.which("chromedriver")
    if not browser or not driver:
        reason = "needs Chromium and chromedriver on the PATH"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(f"REQUIRE_BROWSER=1 {reason}")
        pytest.skip(reason)
    return browser, driver


@pytest.fixture(scope="session")
def store(chromium: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of seeds/ and of the hostile document."""
    del chromium  # asked for first: without a browser nothing is built
    folder = tmp_path_factory.mktemp("browser")
    hostile = folder / "hostile.jsonl"
    hostile.write_text(json.dumps(HOSTILE) + "\n", encoding="utf-8")
    build_index(load_settings(sources=(str(SEEDS), str(hostile)), store=folder / "store"))
    return folder / "store"


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """The address where an assistant with `settings` is served."""
    with closing(open_live(settings)) as live, served(create_app(live, settings.serve)) as where:
        yield where


@pytest.fixture(scope="session")
def address(store: Path) -> Iterator[str]:
    """Where the assistant is served."""
    with serving(load_settings(store=store)) as where:
        yield where


@pytest.fixture
def open_browser(chromium: tuple[str, str], tmp_path: Path) -> Iterator[OpenBrowser]:
    """Opens a page in a fresh profile at a given size; browsers are closed after the test."""
    opened: list[Browser] = []

    def open_page(
        url: str,
        *,
        width: int = 1280,
        height: int = 800,
        language: str = "en",
        preferences: dict[str, int] | None = None,
    ) -> Browser:
        options = webdriver.ChromeOptions()
        options.binary_location = chromium[0]
        for flag in (*FLAGS, f"--user-data-dir={tmp_path / str(len(opened))}", f"--accept-lang={language}"):
            options.add_argument(flag)
        if preferences:
            options.add_experimental_option("prefs", preferences)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        # With both paths given, selenium looks for no driver on the internet.
        browser = webdriver.Chrome(options=options, service=Service(chromium[1]))
        opened.append(browser)
        # The window cannot be as narrow as a phone; the emulated screen can.
        screen: dict[str, Any] = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        browser.get(url)
        return browser

    yield open_page
    for browser in opened:
        browser.quit()
