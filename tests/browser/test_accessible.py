"""The chat and the document page, as assistive technology finds them."""

from __future__ import annotations

from selenium.webdriver.common.by import By

from tests.browser.accessible import assert_accessible
from tests.browser.conftest import OpenBrowser
from tests.browser.test_chat import ANSWERABLE, PHONE, UNANSWERABLE, ask, find


def test_axe_finds_nothing_wrong_in_chat_and_document(address: str, open_browser: OpenBrowser) -> None:
    browser = open_browser(address)
    find(browser, ".da-toolbar:not([hidden])")
    assert_accessible(browser)
    reply = ask(browser, ANSWERABLE)
    find(browser, ".da-suggestion")
    find(browser, ".da-down")[0].click()
    find(browser, ".da-comment textarea")
    find(browser, ".da-why summary")[0].click()
    find(browser, "#da-filters > button")[0].click()
    find(browser, "#da-languages input")
    find(browser, ".da-header > details > summary")[0].click()
    assert_accessible(browser)
    reply.find_element(By.CSS_SELECTOR, "a.da-marker").click()
    find(browser, ".da-panel-frame")
    assert_accessible(browser)
    browser.get(reply.find_element(By.CSS_SELECTOR, ".da-card a[href^='documents/']").get_attribute("href") or "")
    find(browser, "#quote")
    assert_accessible(browser)


def test_axe_finds_nothing_wrong_on_a_dark_phone(address: str, open_browser: OpenBrowser) -> None:
    browser = open_browser(f"{address}/?__theme=dark&lang=vi", width=PHONE[0], height=PHONE[1])
    find(browser, "body.dark")
    ask(browser, UNANSWERABLE)
    assert_accessible(browser)
    find(browser, "a.da-inside")[0].click()
    find(browser, ".da-panel-frame")
    assert_accessible(browser)
