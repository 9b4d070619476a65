"""The chat as people use it, in a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.ui import WebDriverWait

from assistant.server.feedback import read_feedback
from tests.browser.conftest import Browser, OpenBrowser

ANSWERABLE = "What was the AR ranking of the Department of Health?"
EXPECTED = "ranked 2nd out of 20"
NO_ADDRESS = "Who launched the patriotic emulation movement for 2020-2025?"
UNANSWERABLE = "Who won the football world championship yesterday evening?"
# Where questions are typed, once the page is ready.
BOX = "#da-question textarea:not([disabled])"
DESKTOP, PHONE = (1280, 800), (360, 740)

# Every state of the last bubble while it grows: what was seen, not only what remains.
RECORD = """
window.seen = [];
new MutationObserver(() => {
  const bubbles = document.querySelectorAll('#da-chat .bot-row .da-reply');
  if (bubbles.length) seen.push(bubbles[bubbles.length - 1].textContent);
}).observe(document.body, {subtree: true, childList: true, characterData: true});
"""


def find(browser: Browser, css: str, *, timeout: float = 20) -> list[WebElement]:
    """The elements of a selector, once there are any."""
    return WebDriverWait(browser, timeout, 0.05).until(
        lambda page: page.find_elements(By.CSS_SELECTOR, css), f"no {css} on the page"
    )


def ask(browser: Browser, question: str) -> WebElement:
    """Type a question, press Enter, and wait for the finished reply."""
    before = len(browser.find_elements(By.CSS_SELECTOR, ".da-question"))
    find(browser, BOX)[0].send_keys(question, Keys.ENTER)
    return replied(browser, before + 1)


def replied(browser: Browser, questions: int) -> WebElement:
    """The last reply, once that many questions are asked and none is running."""

    def finished(page: Browser) -> WebElement | bool:
        asked = page.find_elements(By.CSS_SELECTOR, ".da-question")
        idle = page.find_elements(By.CSS_SELECTOR, "#da-question .submit-button")
        replies = page.find_elements(By.CSS_SELECTOR, "#da-chat .da-reply:not(.da-searching)")
        return replies[-1] if len(asked) == len(replies) == questions and idle else False

    reply = WebDriverWait(browser, 20, 0.05).until(finished, f"{questions} questions are not answered")
    assert isinstance(reply, WebElement)
    return reply


def assert_fits(browser: Browser) -> None:
    widths = browser.execute_script(
        "return [document.documentElement.scrollWidth, innerWidth, ...[...document.querySelectorAll("
        "'.da-reply, .da-card, .da-question, .da-header, #da-question')].map(e => e.getBoundingClientRect().right)]"
    )
    assert max(widths) <= widths[1], "nothing reaches out of the window"


def assert_in_view(browser: Browser, element: WebElement) -> None:
    top, bottom, height = browser.execute_script(
        "const r = arguments[0].getBoundingClientRect(); return [r.top, r.bottom, innerHeight]", element
    )
    assert 0 <= top < height
    assert bottom > 0


def _log(browser: Browser, kind: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = browser.get_log(kind)  # type: ignore[no-untyped-call]
    return entries


def assert_clean(browser: Browser, address: str) -> None:
    """No complaint in the console, and not one request to anyone else."""
    complaints = [entry for entry in _log(browser, "browser") if entry["level"] in ("SEVERE", "WARNING")]
    assert not complaints
    home = urlsplit(address).netloc
    asked = set()
    for entry in _log(browser, "performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = urlsplit(message["params"]["request"]["url"])
            if url.scheme in ("http", "https", "ws", "wss"):
                asked.add(url.netloc)
    assert asked == {home}


@pytest.mark.parametrize(("width", "height"), [DESKTOP, PHONE])
def test_a_question_is_answered_and_its_citation_shows_the_quote(
    address: str, open_browser: OpenBrowser, width: int, height: int
) -> None:
    browser = open_browser(address, width=width, height=height)
    find(browser, ".da-welcome")
    assert_fits(browser)
    browser.execute_script(RECORD)
    reply = ask(browser, ANSWERABLE)
    assert EXPECTED in reply.text
    assert_in_view(browser, reply.find_element(By.CSS_SELECTOR, ".da-text"))
    assert_fits(browser)
    marker = reply.find_element(By.CSS_SELECTOR, "a.da-marker")
    states = browser.execute_script("return seen")
    assert any("Searching" in state for state in states)
    assert any(EXPECTED in state and "Show in document" not in state for state in states), "it streamed"

    card = reply.find_element(By.CSS_SELECTOR, ".da-card")
    quote = card.find_element(By.CSS_SELECTOR, "mark").text
    assert EXPECTED in quote
    marker.click()
    title = find(browser, ".da-panel-title")[0]
    assert title.text == "Source 1 / 1"
    assert browser.switch_to.active_element == title, "who uses the keyboard is in the panel"
    beside = browser.execute_script("return document.documentElement.classList.contains('da-beside')")
    assert beside == (width >= 1000)
    assert_in_view(browser, find(browser, ".da-panel-close")[0])
    browser.switch_to.frame(find(browser, ".da-panel-frame")[0])
    source = find(browser, ".source a")[0]
    assert "baoquangtri.vn" in (source.get_attribute("href") or "")
    mark = find(browser, "#quote")[0]
    assert mark.text == quote
    assert_in_view(browser, mark)
    assert_fits(browser)
    mark.find_element(By.XPATH, "./ancestor::body").send_keys(Keys.ESCAPE)
    browser.switch_to.default_content()
    WebDriverWait(browser, 10).until(lambda page: not page.find_elements(By.CSS_SELECTOR, ".da-panel"))
    assert browser.switch_to.active_element == marker, "and comes back to where it was"
    assert len(browser.window_handles) == 1
    assert_clean(browser, address)


def test_the_panel_goes_from_one_citation_of_a_reply_to_the_next(address: str, open_browser: OpenBrowser) -> None:
    browser = open_browser(address)
    reply = ask(browser, UNANSWERABLE)
    inside = reply.find_elements(By.CSS_SELECTOR, "a.da-inside")
    assert len(inside) > 1
    inside[0].click()
    quotes = [card.text for card in reply.find_elements(By.CSS_SELECTOR, ".da-card mark")]
    for number, quote in enumerate(quotes, start=1):
        assert find(browser, ".da-panel-title")[0].text == f"Source {number} / {len(quotes)}"
        browser.switch_to.frame(find(browser, ".da-panel-frame")[0])
        marked = " ".join(mark.text for mark in find(browser, "mark"))
        assert marked == " ".join(quote.split())
        browser.switch_to.default_content()
        if number < len(quotes):
            find(browser, ".da-panel-next")[0].click()
    assert not find(browser, ".da-panel-next")[0].is_enabled()
    find(browser, ".da-panel-close")[0].click()
    assert not browser.find_elements(By.CSS_SELECTOR, ".da-panel")
    assert_clean(browser, address)


def test_a_marker_of_a_document_without_address_opens_the_document_page(
    address: str, open_browser: OpenBrowser
) -> None:
    browser = open_browser(address)
    reply = ask(browser, NO_ADDRESS)
    reply.find_element(By.CSS_SELECTOR, "a.da-marker[href^='documents/003']").click()
    browser.switch_to.frame(find(browser, ".da-panel-frame")[0])
    assert not browser.find_elements(By.CSS_SELECTOR, ".source")
    mark = find(browser, "#quote")[0]
    assert mark.text in browser.execute_script("return document.querySelector('article').innerText")
    assert_in_view(browser, mark)


def test_the_page_scrolls_to_a_quote_far_down_without_a_fragment(address: str, open_browser: OpenBrowser) -> None:
    browser = open_browser(f"{address}/documents/004_0fd3e60366195ace.txt?start=7098&end=7170", height=600)
    assert browser.execute_script("return scrollY") > 600
    assert_in_view(browser, find(browser, "#quote")[0])
    assert_clean(browser, address)


@pytest.mark.parametrize(("width", "height"), [DESKTOP, PHONE])
def test_an_unanswerable_question_looks_different(
    address: str, open_browser: OpenBrowser, width: int, height: int
) -> None:
    browser = open_browser(address, width=width, height=height)
    reply = ask(browser, UNANSWERABLE)
    assert "da-abstention" in (reply.get_attribute("class") or "")
    assert "No answer in the documents" in reply.text
    assert "they do not answer the question" in reply.text
    assert reply.value_of_css_property("border-top-style") == "dashed"
    assert not reply.find_elements(By.CSS_SELECTOR, ".da-marker")
    assert_fits(browser)
    assert_clean(browser, address)


def test_hostile_text_stays_text(address: str, open_browser: OpenBrowser) -> None:
    browser = open_browser(address)
    question = "zebra keeper <img src=x onerror='window.__pwned=1'> **door** $$x$$ [a](javascript:alert(1))"
    reply = ask(browser, question)
    assert find(browser, ".da-question")[-1].text == question
    assert "<script>window.__pwned = 1</script>" in reply.text
    assert not reply.find_elements(By.CSS_SELECTOR, "img, script, strong, .katex")
    links = reply.find_elements(By.CSS_SELECTOR, "a")
    assert all((link.get_attribute("href") or "").startswith("http") for link in links)
    find(browser, ".da-header > details > summary")[0].click()
    assert "<script>" in find(browser, ".da-documents")[0].text
    browser.get(f"{address}/documents/zebra%3Cb%3E.html")
    assert "![pixel](http://evil.example/x.png)" in find(browser, "article")[0].text
    assert browser.execute_script("return window.__pwned === undefined")
    assert_clean(browser, address)


def test_the_keyboard_is_enough(address: str, open_browser: OpenBrowser) -> None:
    browser = open_browser(address)
    find(browser, BOX)
    WebDriverWait(browser, 10).until(lambda page: page.switch_to.active_element.tag_name == "textarea")
    browser.switch_to.active_element.send_keys(ANSWERABLE, Keys.ENTER)
    find(browser, ".da-card")
    WebDriverWait(browser, 10).until(lambda page: page.find_elements(By.CSS_SELECTOR, ".submit-button"))
    assert browser.switch_to.active_element.tag_name == "textarea", "the next question can be typed at once"
    visited = []
    for _ in range(15):
        browser.switch_to.active_element.send_keys(Keys.SHIFT, Keys.TAB)
        visited.append(browser.switch_to.active_element.get_attribute("class") or "")
    assert any("da-marker" in css for css in visited), visited
    browser.switch_to.active_element.send_keys(Keys.NULL)


def test_messages_and_controls_have_names(address: str, open_browser: OpenBrowser) -> None:
    browser = open_browser(address)
    ask(browser, ANSWERABLE)
    assert find(browser, BOX)[0].accessible_name == "Your question"
    assert find(browser, "#da-question .submit-button")[0].accessible_name == "Ask"
    assert find(browser, "a.da-marker")[0].accessible_name.startswith("Source 1")
    assert not browser.find_elements(By.CSS_SELECTOR, "[aria-label*='<']"), "no label is HTML"
    nameless = [
        button.get_attribute("outerHTML")
        for button in browser.find_elements(By.CSS_SELECTOR, "button")
        if button.is_displayed() and not button.accessible_name
    ]
    assert not nameless


def test_an_answer_is_copied_as_text_with_its_sources(address: str, open_browser: OpenBrowser) -> None:
    browser = open_browser(address)
    permissions = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    browser.execute_cdp_cmd("Browser.grantPermissions", permissions)
    button = ask(browser, ANSWERABLE).find_element(By.CSS_SELECTOR, ".da-copy")
    button.click()
    WebDriverWait(browser, 5).until(lambda _: button.text == "Copied")
    copied = browser.execute_script("return navigator.clipboard.readText()")
    assert f"{EXPECTED} provincial departments, branches, and sectors. [1]" in copied
    assert "\n[1] Many initiatives and good practices" in copied
    assert "https://baoquangtri.vn/" in copied
    assert "<" not in copied


def test_asking_again_editing_clearing_and_examples(address: str, open_browser: OpenBrowser) -> None:
    browser = open_browser(address)
    find(browser, "#da-chat .example")[0].click()
    first = replied(browser, 1)
    find(browser, ".da-again")[0].click()
    WebDriverWait(browser, 20, 0.02).until(expected_conditions.staleness_of(first))
    replied(browser, 1)
    asked = find(browser, ".da-question")[0].text
    find(browser, ".da-edit")[0].click()
    box = find(browser, BOX)[0]
    WebDriverWait(browser, 10).until(lambda _: box.get_attribute("value") == asked)
    find(browser, ".da-welcome")
    box.send_keys(Keys.ENTER)
    replied(browser, 1)
    find(browser, ".da-clear")[0].click()
    find(browser, ".da-welcome")
    ask(browser, ANSWERABLE)
    assert len(browser.find_elements(By.CSS_SELECTOR, ".da-question")) == 1, "cleared on the server too"
    find(browser, "#da-examples > button")[0].click()
    find(browser, "#da-examples .da-example")[0].click()
    replied(browser, 2)
    assert [again.is_displayed() for again in find(browser, ".da-again")] == [False, True]


def test_a_reply_is_rated_and_leads_on(address: str, store: Path, open_browser: OpenBrowser) -> None:
    browser = open_browser(address)
    reply = ask(browser, ANSWERABLE)
    reply.find_element(By.CSS_SELECTOR, ".da-down").click()
    find(browser, ".da-comment textarea")[0].send_keys("Of which year?")
    find(browser, ".da-comment button")[0].click()
    WebDriverWait(browser, 10).until(lambda page: not page.find_elements(By.CSS_SELECTOR, ".da-comment"))
    (rated,) = read_feedback(store)
    assert (rated.rating, rated.comment, rated.question) == ("down", "Of which year?", ANSWERABLE)
    reply.find_element(By.CSS_SELECTOR, ".da-up").click()
    WebDriverWait(browser, 10).until(lambda _: [kept.rating for kept in read_feedback(store)] == ["up"])
    assert reply.find_element(By.CSS_SELECTOR, ".da-up").get_attribute("aria-pressed") == "true"
    suggestion = find(browser, ".da-suggestion")[0]
    question = suggestion.text
    suggestion.click()
    assert "da-answer" in (replied(browser, 2).get_attribute("class") or ""), "what is suggested is answered"
    assert find(browser, ".da-question")[-1].text == question
    assert_clean(browser, address)


def test_a_marker_shows_what_it_cites(address: str, open_browser: OpenBrowser) -> None:
    browser = open_browser(address)
    marker = ask(browser, ANSWERABLE).find_element(By.CSS_SELECTOR, ".da-marker")
    ActionChains(browser).move_to_element(marker).perform()
    tip = find(browser, ".da-tip")[0]
    assert EXPECTED in tip.find_element(By.CSS_SELECTOR, "mark").text
    assert_fits(browser)
    ActionChains(browser).send_keys(Keys.ESCAPE).perform()
    assert not browser.find_elements(By.CSS_SELECTOR, ".da-tip")
    why = find(browser, ".da-why")[0]
    why.find_element(By.CSS_SELECTOR, "summary").click()
    assert "Passage 1 of the 8" in why.text


def test_chats_are_kept_in_this_browser_and_saved_with_their_sources(address: str, open_browser: OpenBrowser) -> None:
    browser = open_browser(address)
    first = ask(browser, ANSWERABLE).find_element(By.CSS_SELECTOR, ".da-text").text
    browser.execute_script("URL.createObjectURL = (file) => (file.text().then((text) => (window.saved = text)), '#')")
    find(browser, ".da-save")[0].click()
    saved = WebDriverWait(browser, 10).until(lambda page: page.execute_script("return window.saved"))
    assert f"## {ANSWERABLE}" in saved
    assert re.search(r"sectors\. \[\\\[1\\\]\]\(https://baoquangtri\.vn/", saved)
    browser.refresh()
    assert replied(browser, 1).find_element(By.CSS_SELECTOR, ".da-text").text == first
    assert EXPECTED in find(browser, ".da-card mark")[0].text
    find(browser, ".da-new")[0].click()
    find(browser, ".da-welcome")
    find(browser, ".da-earlier summary")[0].click()
    find(browser, ".da-open")[0].click()
    replied(browser, 1)
    ask(browser, UNANSWERABLE)
    assert not find(browser, ".da-earlier")[0].is_displayed(), "it is the present one"
    assert_clean(browser, address)


def test_twenty_questions_in_a_row(address: str, open_browser: OpenBrowser) -> None:
    browser = open_browser(address)
    for n in range(20):
        reply = ask(browser, (ANSWERABLE if n % 2 else UNANSWERABLE) + "?" * n)
        assert ("da-answer" if n % 2 else "da-abstention") in (reply.get_attribute("class") or "")
        assert_in_view(browser, browser.find_elements(By.CSS_SELECTOR, ".da-question")[-1])
    assert_clean(browser, address)


def test_where_storage_is_denied_the_chat_works(address: str, open_browser: OpenBrowser) -> None:
    browser = open_browser("about:blank")
    deny = "for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, "
    deny += "{get() { throw new DOMException('denied', 'SecurityError') }})"
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": deny})
    browser.get(address)
    assert EXPECTED in ask(browser, ANSWERABLE).text
    find(browser, ".da-new")[0].click()
    find(browser, ".da-welcome")


def test_only_some_documents_are_searched(address: str, open_browser: OpenBrowser) -> None:
    browser = open_browser(f"{address}/?doc_language=pl&site=nowhere.example")
    find(browser, "#da-filters > button")[0].click()
    find(browser, "#da-languages .token")
    assert not browser.find_elements(By.CSS_SELECTOR, "#da-sites .token"), "no such site"
    assert find(browser, "#da-since input")[0].get_attribute("type") == "date"
    assert "da-abstention" in (ask(browser, ANSWERABLE).get_attribute("class") or "")
    cards = browser.find_elements(By.CSS_SELECTOR, ".da-card .da-meta")
    assert all("Polish" in card.text for card in cards)


@pytest.mark.parametrize(
    ("language", "label", "notice"),
    [("pl", "Zapytaj", "Brak odpowiedzi w dokumentach"), ("vi", "Hỏi", "Không có câu trả lời trong tài liệu")],
)
def test_the_interface_speaks_the_language_of_the_browser(
    address: str, open_browser: OpenBrowser, language: str, label: str, notice: str
) -> None:
    browser = open_browser(address, language=language)
    WebDriverWait(browser, 20).until(
        lambda page: find(page, "#da-question .submit-button")[0].text == label, f"no button {label}"
    )
    assert browser.execute_script("return document.documentElement.lang") == language
    assert notice in ask(browser, UNANSWERABLE).text


def test_empty_long_and_wordless_questions_get_a_message(address: str, open_browser: OpenBrowser) -> None:
    browser = open_browser(address)
    box = find(browser, BOX)[0]
    box.send_keys(Keys.ENTER)
    assert "There is no question to answer" in find(browser, ".da-error")[0].text
    for question, words in (("why " * 1250, "2,000"), ("🦓🦓🦓", "")):
        # The driver cannot type emoji, and types long texts slowly.
        browser.execute_script(
            "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}))",
            find(browser, BOX)[0],
            question,
        )
        assert words in ask(browser, "?").text
    assert_clean(browser, address)
