"""The chat with a real, very small language model: what it writes is poor, how it comes must be right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from assistant.settings import load_settings
from tests.browser.conftest import OpenBrowser, serving
from tests.browser.test_chat import ANSWERABLE, BOX, RECORD, find
from tests.browser.test_model_chat import DRAFTING
from tests.real_model import RealModel

PATIENCE_S = 120


@pytest.fixture(scope="module")
def where(store: Path, real_model_server: RealModel) -> Iterator[str]:
    model = {"base_url": real_model_server.base_url, "name": real_model_server.name}
    limits = {"passage_tokens": 300, "max_tokens": 60, "first_token_s": PATIENCE_S, "between_tokens_s": PATIENCE_S}
    with serving(load_settings(store=store, model=model | limits)) as address:
        yield address


def test_it_streams_stops_and_nothing_unverified_passes_for_verified(where: str, open_browser: OpenBrowser) -> None:
    browser = open_browser(where)
    box = find(browser, BOX)[0]
    browser.execute_script(RECORD)

    def drafts() -> set[str]:
        seen: list[str] = browser.execute_script("return seen")
        return {text.partition(DRAFTING)[2] for text in seen if DRAFTING in text} - {""}

    box.send_keys(ANSWERABLE, Keys.ENTER)
    WebDriverWait(browser, PATIENCE_S, 0.1).until(lambda _: len(drafts()) > 2, "it does not stream")
    for button in browser.find_elements(By.CSS_SELECTOR, "#da-question .stop-button"):
        browser.execute_script("arguments[0].click()", button)
    # On a busy machine the short reply may have ended before; test_model_chat.py holds the stop itself to account.
    WebDriverWait(browser, PATIENCE_S, 0.1).until(
        lambda page: (
            "Stopped." in page.find_element(By.ID, "da-chat").text or page.find_elements(By.CSS_SELECTOR, ".da-card")
        )
    )

    find(browser, "#da-question .submit-button", timeout=PATIENCE_S)
    find(browser, BOX)[0].send_keys(ANSWERABLE, Keys.ENTER)
    WebDriverWait(browser, PATIENCE_S, 0.1).until(
        lambda page: (
            page.find_elements(By.CSS_SELECTOR, "#da-chat .da-reply")[1:]
            and not page.find_elements(By.CSS_SELECTOR, "#da-question .stop-button, .da-draft")
            and page.find_elements(By.CSS_SELECTOR, ".da-card")
        )
    )
    reply = browser.find_elements(By.CSS_SELECTOR, "#da-chat .da-reply")[-1]
    confirmed = reply.find_elements(By.CSS_SELECTOR, ".da-supported")
    flags = reply.find_elements(By.CSS_SELECTOR, ".da-flag")
    unsupported = reply.find_elements(By.CSS_SELECTOR, ".da-unsupported")
    assert len(flags) == len(unsupported)
    if confirmed or flags:
        assert reply.find_elements(By.CSS_SELECTOR, ".da-marker")
    else:  # nothing of it was confirmed, so the documents speak, or it said that they do not
        assert reply.find_elements(By.CSS_SELECTOR, ".da-notice, .da-verdict")
        assert "ranked 2nd out of 20" in reply.text
