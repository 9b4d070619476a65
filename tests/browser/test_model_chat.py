"""The chat with a language model behind it, in a real browser."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from assistant.settings import load_settings
from testkit.model_server import HANG, ModelServerStub, chunk, stream
from tests.browser.conftest import Browser, OpenBrowser, serving
from tests.browser.test_chat import ANSWERABLE, BOX, RECORD, ask, find

DRAFTING = "nothing of this is verified yet."
RIGHT = "In 2024 the Department of Health was ranked 2nd out of 20 provincial departments [{0}]. "
WRONG = "It had been ranked 7th in 2023 [{0}]. <img src=x onerror='window.__pwned=1'> [click](javascript:alert(1))"


def marked(request: dict[str, list[dict[str, str]]], text: str) -> str:
    """`text` with the number of the passage that holds the ranking, as the prompt numbers it."""
    prompt = request["messages"][-1]["content"]
    before, found, _ = prompt.partition("ranked 2nd out of 20")
    return text.format(re.findall(r"passage \[(\d+)\]", before)[-1]) if found else "Ready."


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServerStub]:
    with ModelServerStub() as server:
        yield server


@pytest.fixture(scope="module")
def where(model: ModelServerStub, store: Path) -> Iterator[str]:
    settings = load_settings(
        store=store, model={"base_url": model.base_url, "name": "stub", "first_token_s": 20, "between_tokens_s": 20}
    )
    with serving(settings) as address:
        yield address


def pieces(text: str) -> list[str]:
    return [text[at : at + 12] for at in range(0, len(text), 12)]


def slowly(said: Iterable[str]) -> Iterator[str]:
    for piece in said:
        time.sleep(0.05)
        yield piece


def test_the_answer_streams_as_a_draft_and_is_then_verified(
    where: str, model: ModelServerStub, open_browser: OpenBrowser
) -> None:
    model.answer = lambda request: slowly(pieces(marked(request, RIGHT + WRONG)))
    browser = open_browser(where)
    find(browser, BOX)
    browser.execute_script(RECORD)
    reply = ask(browser, ANSWERABLE)
    seen: list[str] = browser.execute_script("return [...new Set(seen)]")
    drafts = [text for text in seen if DRAFTING in text]
    assert len(drafts) > 3
    assert not any("[" in text.partition("yet.")[2].partition("<img")[0] for text in drafts)
    flagged = reply.find_elements(By.CSS_SELECTOR, ".da-unsupported")
    assert flagged[0].text.startswith("It had been ranked 7th")
    assert "not confirmed" in reply.text
    (marker, *_) = reply.find_elements(By.CSS_SELECTOR, "a.da-marker")
    assert "1" in marker.text
    assert "ranked 2nd out of 20" in reply.find_element(By.CSS_SELECTOR, ".da-card mark").text
    assert browser.execute_script("return window.__pwned") is None
    assert not browser.find_elements(By.CSS_SELECTOR, "#da-chat img, #da-chat a[href^=javascript]")


def _ask_and_see_the_draft(browser: Browser, model: ModelServerStub) -> None:
    model.disconnected.clear()
    model.reply(raw=[*stream(["The department "])[:-1], chunk("was "), HANG])
    find(browser, BOX)[0].send_keys(ANSWERABLE, Keys.ENTER)
    find(browser, ".da-draft")


def test_stop_ends_the_models_work(where: str, model: ModelServerStub, open_browser: OpenBrowser) -> None:
    browser = open_browser(where)
    _ask_and_see_the_draft(browser, model)
    find(browser, "#da-question .stop-button")[0].click()
    WebDriverWait(browser, 10).until(lambda page: "Stopped." in page.find_element(By.CSS_SELECTOR, "#da-chat").text)
    assert model.disconnected.wait(10)
    model.answer = lambda request: pieces(marked(request, RIGHT))
    find(browser, "#da-question .submit-button")
    find(browser, BOX)[0].send_keys(ANSWERABLE, Keys.ENTER)
    find(browser, ".da-card")


def test_nothing_that_was_on_its_way_is_shown_over_the_end(
    where: str, model: ModelServerStub, open_browser: OpenBrowser
) -> None:
    model.answer = lambda request: pieces(marked(request, RIGHT) * 200)
    browser = open_browser(where)
    find(browser, "#da-examples > button")[0].click()
    find(browser, "#da-examples .da-example")
    for asked in range(1, 4):
        find(browser, "#da-question .submit-button")
        find(browser, BOX)[0].send_keys(ANSWERABLE, Keys.ENTER)
        find(browser, ".da-draft")
        browser.execute_script("document.querySelector('#da-examples .da-example').click()")
        find(browser, "#da-question .stop-button")[0].click()
        find(browser, "#da-question .submit-button")
        time.sleep(0.5)  # what was on its way comes now
        replies = [words.text for words in browser.find_elements(By.CSS_SELECTOR, "#da-chat .da-reply > p:first-child")]
        assert replies == ["Stopped."] * asked, "and a question asked meanwhile was not taken"
    browser.find_elements(By.CSS_SELECTOR, BOX)[0].send_keys(ANSWERABLE, Keys.ENTER)
    find(browser, ".da-draft")
    find(browser, ".da-clear")[0].click()
    find(browser, "#da-question .submit-button")
    time.sleep(0.5)
    assert not browser.find_elements(By.CSS_SELECTOR, "#da-chat .da-reply, #da-chat .da-question")


def test_closing_the_page_ends_the_models_work(where: str, model: ModelServerStub, open_browser: OpenBrowser) -> None:
    browser = open_browser(where)
    _ask_and_see_the_draft(browser, model)
    browser.get("about:blank")
    assert model.disconnected.wait(15)


def test_a_model_that_fails_leaves_the_quotes_and_says_why(
    where: str, model: ModelServerStub, open_browser: OpenBrowser
) -> None:
    model.reply(status=401, body={"error": {"message": "bad key"}})
    reply = ask(open_browser(where), ANSWERABLE)
    assert "The language model did not answer: its server refused the key." in reply.text
    assert "ranked 2nd out of 20" in reply.find_element(By.CSS_SELECTOR, ".da-text").text
