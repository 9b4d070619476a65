"""The assistant in pages of other sites, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.shadowroot import ShadowRoot
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from assistant.settings import load_settings
from tests.browser.accessible import assert_accessible
from tests.browser.conftest import Browser, OpenBrowser, serving
from tests.browser.host_pages import Pages, Relay, host_page, hosting
from tests.browser.test_chat import ANSWERABLE, BOX, EXPECTED, UNANSWERABLE, ask, assert_fits, find

HOSTILE_STYLE = (
    "* { all: unset !important; font-size: 40px !important } button, iframe, section { display: none !important } "
    "div { position: static !important; opacity: 0 !important; transform: scale(0) !important }"
)
LISTEN = """
window.heard = [];
for (const event of ["open", "close", "answer", "error"]) {
  DocumentAssistant.on(event, (detail) => heard.push({event, ...detail}));
}
"""


class Site(NamedTuple):
    """A site with pages, under an origin that may embed the assistant at `service` and under one that may not."""

    pages: Pages
    allowed: str
    refused: str
    service: str


@pytest.fixture(scope="module")
def site(store: Path) -> Iterator[Site]:
    pages: Pages = {}
    with hosting(pages) as port:
        # Two hosts, not only two ports: to the browser they are different sites.
        allowed, refused = f"http://localhost:{port}", f"http://127.0.0.1:{port}"
        with serving(load_settings(store=store, serve={"origins": [allowed]})) as service:
            yield Site(pages, allowed, refused, service)


def widget(browser: Browser, number: int = 0) -> ShadowRoot:
    """The shadow root of a widget of the page, once it is there."""
    browser.switch_to.default_content()
    script = "return [...document.querySelectorAll('div')].filter((e) => e.shadowRoot).map((e) => e.shadowRoot)"
    found: list[ShadowRoot] = WebDriverWait(browser, 10, 0.05).until(
        lambda page: shadows if len(shadows := page.execute_script(script)) > number else False
    )
    return found[number]


def part(root: ShadowRoot, css: str) -> WebElement:
    return root.find_element(By.CSS_SELECTOR, css)


def launch(browser: Browser) -> WebElement:
    """The button, once the script has run; events are recorded from then on."""
    button = part(widget(browser), ".launch")
    browser.execute_script(LISTEN)
    return button


def says(browser: Browser, words: str, number: int = 0) -> None:
    root = widget(browser, number)
    WebDriverWait(browser, 20, 0.05).until(lambda _: words in part(root, ".note").text, f"no {words!r}")


def enter(browser: Browser, number: int = 0) -> None:
    """Into the chat of an opened widget, once it takes questions."""
    root = widget(browser, number)
    WebDriverWait(browser, 20, 0.05).until(lambda _: not part(root, ".note").text, "the chat does not open")
    browser.switch_to.frame(part(root, "iframe"))


def heard(browser: Browser, event: str) -> dict[str, Any]:
    """The first event of that name."""
    browser.switch_to.default_content()
    details: list[dict[str, Any]] = WebDriverWait(browser, 20, 0.05).until(
        lambda page: page.execute_script("return heard.filter((one) => one.event === arguments[0])", event)
    )
    return details[0]


def console(browser: Browser) -> list[str]:
    entries: list[dict[str, Any]] = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]


def assert_only_asked(browser: Browser, *addresses: str) -> None:
    asked = set()
    for entry in browser.get_log("performance"):  # type: ignore[no-untyped-call]
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = urlsplit(message["params"]["request"]["url"])
            if url.scheme in ("http", "https", "ws", "wss"):
                asked.add(url.netloc)
    assert asked == {urlsplit(address).netloc for address in addresses}


def test_the_keyboard_is_enough_and_a_strict_policy_is_kept(site: Site, open_browser: OpenBrowser) -> None:
    policy = (
        "default-src 'none'; script-src 'nonce-n1'; style-src 'self'; img-src data:; base-uri 'none'; "
        f"frame-src {site.service}; require-trusted-types-for 'script'"
    )
    page = host_page(site.service, 'nonce="n1" data-title="Ask us" data-accent="#ffe000"')
    site.pages["/strict"] = (page, {"Content-Security-Policy": policy})
    browser = open_browser(f"{site.allowed}/strict")
    button = launch(browser)
    assert (button.accessible_name, button.get_attribute("aria-expanded")) == ("Ask us", "false")
    assert button.value_of_css_property("color") == "rgba(0, 0, 0, 1)", "white cannot be read on yellow"
    find(browser, "main a")[0].send_keys(Keys.TAB)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    enter(browser)
    WebDriverWait(browser, 5).until(lambda page: page.switch_to.active_element.tag_name == "textarea")
    browser.execute_script(
        "window.said = []; const status = document.querySelector('[role=status].da-hidden');"
        "new MutationObserver(() => said.push(status.textContent)).observe(status, {childList: true})"
    )
    reply = ask(browser, ANSWERABLE)
    assert EXPECTED in reply.text
    WebDriverWait(browser, 5).until(lambda page: page.execute_script("return said.length > 0"))
    [said] = browser.execute_script("return said")
    assert EXPECTED in said
    assert find(browser, "#da-chat [role=log]")[0].get_attribute("aria-live") == "off", "not word by word"

    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    browser.switch_to.default_content()
    WebDriverWait(browser, 5).until(lambda _: button.get_attribute("aria-expanded") == "false")
    assert browser.execute_script("return arguments[0].getRootNode().activeElement === arguments[0]", button)
    assert not part(widget(browser), ".panel").is_displayed()
    events = browser.execute_script("return heard.map((one) => one.event)")
    assert events == ["open", "answer", "close"]
    button.click()
    enter(browser)
    assert EXPECTED in find(browser, "#da-chat .da-reply")[-1].text, "closing forgets nothing"
    assert console(browser) == []
    assert_only_asked(browser, site.allowed, site.service)


def test_a_question_of_the_page_is_answered_with_citations_that_open_beside_it(
    site: Site, open_browser: OpenBrowser
) -> None:
    site.pages["/ask"] = (host_page(site.service), {})
    browser = open_browser(f"{site.allowed}/ask")
    launch(browser)
    browser.execute_script("DocumentAssistant.ask(arguments[0])", ANSWERABLE)
    answer = heard(browser, "answer")
    assert (answer["kind"], answer["question"]) == ("answer", ANSWERABLE)
    assert f"{EXPECTED} provincial departments, branches, and sectors. [1]" in answer["text"]
    assert [(one["number"], urlsplit(one["link"]).netloc) for one in answer["citations"]] == [(1, "baoquangtri.vn")]
    enter(browser)
    marker = find(browser, "a.da-marker")[0]
    quote = find(browser, ".da-card mark")[0].text
    marker.click()
    browser.switch_to.frame(find(browser, ".da-panel-frame")[0])
    assert find(browser, "#quote")[0].text == quote
    browser.switch_to.default_content()
    browser.execute_script("heard.length = 0; DocumentAssistant.ask(arguments[0])", UNANSWERABLE)
    assert heard(browser, "answer")["kind"] == "abstention"
    # A message that is not the frame's, or not the page's, is nobody's.
    forged = (
        "window.postMessage({assistant: 1, type: arguments[0], kind: 'answer', text: 'forged', citations: []}, '*')"
    )
    browser.execute_script(f"heard.length = 0; {forged}", "answer")
    enter(browser)
    browser.execute_script(forged, "ask")
    browser.switch_to.default_content()
    browser.execute_script("DocumentAssistant.ask(' ')")
    assert "no question" in heard(browser, "error")["message"]
    assert browser.execute_script("return heard.length") == 1
    enter(browser)
    assert [question.text for question in find(browser, ".da-question")] == [ANSWERABLE, UNANSWERABLE]
    assert console(browser) == []


def test_a_page_that_is_not_listed_is_told_so_in_its_language(site: Site, open_browser: OpenBrowser) -> None:
    page = host_page(site.service).replace('lang="en"', 'lang="pl-PL"')
    site.pages["/refused"] = (page, {})
    browser = open_browser(f"{site.refused}/refused")
    button = launch(browser)
    assert button.accessible_name == "Asystent dokumentów"
    button.click()
    says(browser, "Ta strona nie ma zgody na pokazywanie asystenta.")
    assert heard(browser, "error")["code"] == "refused"
    assert not widget(browser).find_elements(By.CSS_SELECTOR, "iframe")
    [complaint] = console(browser)
    assert "serve.origins" in complaint
    assert site.refused in complaint
    assert_accessible(browser)
    # In a window of its own the chat takes no words from its address: a link could put them there.
    browser.get(f"{site.service}/?embed=1&greeting=Forged&suggestion=Forged")
    assert find(browser, ".da-welcome h2")[0].text == "Ask about the documents"
    assert find(browser, "#da-header")[0].is_displayed()
    browser.get(f"{site.service}/widget?greeting=Forged")
    WebDriverWait(browser, 10).until(lambda page: page.current_url == f"{site.service}/")


def test_an_assistant_that_is_down_can_be_tried_again(site: Site, open_browser: OpenBrowser) -> None:
    line = Relay(site.service)
    site.pages["/down"] = (host_page(line.address), {})
    browser = open_browser(f"{site.allowed}/down")
    button = launch(browser)
    line.cut()
    button.send_keys(Keys.ENTER)
    says(browser, "The assistant does not answer at the moment.")
    assert heard(browser, "error")["code"] == "unavailable"
    again = part(widget(browser), ".note button")
    assert again.text == "Try again"
    assert browser.execute_script("return arguments[0].getRootNode().activeElement === arguments[0]", again)
    line.mend()
    again.click()
    enter(browser)
    find(browser, BOX)
    line.cut()


def test_two_widgets_work_side_by_side_and_a_third_of_the_same_kind_is_ignored(
    site: Site, open_browser: OpenBrowser
) -> None:
    hostile = "<img src=x onerror='window.__pwned=1'>"
    inline = (
        f'data-mode="inline" data-target="#here" data-title="{hostile}" data-greeting="{hostile} **b**" '
        f'data-suggestions="{hostile}|{ANSWERABLE}||" data-accent="red;}}*{{display:none" data-theme="dark" '
        'data-site="a.example" data-language-filter="vi"'
    )
    body = f'<div id="here"></div><script src="{site.service}/widget.js" async></script>'
    site.pages["/two"] = (host_page(site.service, body=body, again=inline), {})
    browser = open_browser(f"{site.allowed}/two")
    WebDriverWait(browser, 10).until(lambda page: page.execute_script("return DocumentAssistant.widgets.length === 2"))
    names = browser.execute_script("return DocumentAssistant.widgets.map((one) => one.name).sort()")
    assert names == ["#here", "bottom-right"]
    [complaint] = console(browser)
    assert "loaded twice" in complaint
    inside = browser.execute_script("return document.querySelector('#here div').shadowRoot")
    assert browser.execute_script("return document.activeElement === document.body"), "no focus is taken"
    assert part(inside, "h2").text == hostile
    assert not inside.find_elements(By.CSS_SELECTOR, "[role=dialog], .launch")
    height = part(inside, ".panel").size["height"]
    WebDriverWait(browser, 20, 0.05).until(lambda _: not part(inside, ".note").text)
    browser.switch_to.frame(part(inside, "iframe"))
    assert find(browser, "body.dark")
    assert "&site=a.example&doc_language=vi&" in browser.execute_script("return location.search")
    assert find(browser, ".da-welcome h2")[0].text == f"{hostile} **b**"
    suggestions = find(browser, ".da-welcome li button")
    assert [button.text for button in suggestions] == [hostile, ANSWERABLE]
    assert not find(browser, ".da-header h1")[0].is_displayed()
    suggestions[1].click()
    WebDriverWait(browser, 20).until(lambda page: page.find_elements(By.CSS_SELECTOR, ".da-card"))
    assert browser.execute_script("return window.__pwned === undefined && parent !== window")
    browser.switch_to.default_content()
    WebDriverWait(browser, 5).until(
        lambda _: part(inside, ".panel").size["height"] > height, "it grows with the answer"
    )
    browser.execute_script(LISTEN.replace("DocumentAssistant.on", "DocumentAssistant.get('bottom-right').on"))
    browser.execute_script("DocumentAssistant.get('bottom-right').ask(arguments[0])", UNANSWERABLE)
    assert heard(browser, "open")
    assert heard(browser, "answer")["question"] == UNANSWERABLE
    browser.switch_to.frame(part(inside, "iframe"))
    assert len(find(browser, ".da-question")) == 1, "the other conversation is another"


def test_the_pages_styles_do_no_harm_and_a_phone_shows_it_whole(site: Site, open_browser: OpenBrowser) -> None:
    head = f'<style>{HOSTILE_STYLE}</style><link rel="stylesheet" href="/page.css">'
    site.pages["/page.css"] = ("main { color: rgb(1, 2, 3) !important }", {"Content-Type": "text/css"})
    site.pages["/styled"] = (host_page(site.service, 'data-position="top-left"', head=head), {})
    browser = open_browser(f"{site.allowed}/styled", width=320, height=568)
    button = launch(browser)
    before = browser.execute_script("return getComputedStyle(document.querySelector('main')).color")
    assert button.rect == {"x": 16, "y": 16, "width": 56, "height": 56}
    button.click()
    enter(browser)
    browser.switch_to.default_content()
    seen = browser.execute_script("return document.documentElement.clientWidth")  # beside the page's scroll bar
    assert part(widget(browser), ".panel").rect == {"x": 0, "y": 0, "width": seen, "height": 568}
    shut = part(widget(browser), "header button")
    assert shut.accessible_name == "Close"
    assert min(shut.size.values()) >= 44
    assert shut.value_of_css_property("font-size") == "16px"
    enter(browser)
    assert EXPECTED in ask(browser, ANSWERABLE).text
    assert_fits(browser)
    # What remains of a small window at 400%.
    screen = {"width": 320, "height": 256, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    assert_fits(browser)
    box = find(browser, BOX)[0]
    box.send_keys("x")
    assert browser.execute_script(
        "const r = arguments[0].getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight", box
    ), "the question is in reach"
    browser.switch_to.default_content()
    shut.click()
    assert browser.execute_script("return getComputedStyle(document.querySelector('main')).color") == before


@pytest.mark.parametrize(
    "preferences",
    [{"profile.default_content_setting_values.cookies": 2}, {"profile.cookie_controls_mode": 1}],
    ids=["all", "of other sites"],
)
def test_it_works_where_nothing_may_be_stored(
    site: Site, open_browser: OpenBrowser, preferences: dict[str, int]
) -> None:
    site.pages["/stored"] = (host_page(site.service, "data-open"), {})
    browser = open_browser(f"{site.allowed}/stored", preferences=preferences)
    widget(browser)
    assert browser.execute_script("return document.activeElement === document.body"), "no focus is taken"
    enter(browser)
    if "profile.cookie_controls_mode" not in preferences:
        denied = "try { localStorage; return false } catch { return true }"
        assert browser.execute_script(denied), "this browser denies storage"
    assert EXPECTED in ask(browser, ANSWERABLE).text
    assert console(browser) == []


def test_the_chat_is_still_there_on_the_next_page(site: Site, open_browser: OpenBrowser) -> None:
    for name in ("/first", "/second"):
        site.pages[name] = (host_page(site.service, "data-open"), {})
    browser = open_browser(f"{site.allowed}/first")
    enter(browser)
    said = ask(browser, ANSWERABLE).find_element(By.CSS_SELECTOR, ".da-text").text
    browser.get(f"{site.allowed}/second")
    enter(browser)
    assert find(browser, ".da-reply .da-text")[0].text == said
    assert find(browser, "[role=status].da-hidden")[0].get_attribute("textContent") == "", "it is no news"
    find(browser, ".da-new")[0].click()
    find(browser, ".da-welcome")


def test_axe_finds_nothing_wrong_in_page_and_chat(site: Site, open_browser: OpenBrowser) -> None:
    inline = 'data-mode="inline" data-target="#here" data-title="Here" data-suggestions="One?|Two?"'
    page = host_page(site.service, 'data-accent="#8bc34a"', body='<div id="here"></div>', again=inline)
    site.pages["/axe"] = (page, {})
    browser = open_browser(f"{site.allowed}/axe")
    button = part(widget(browser, 1), "section")
    assert button
    assert_accessible(browser)
    enter(browser, 0)
    assert_accessible(browser)
    browser.switch_to.default_content()
    browser.execute_script("DocumentAssistant.get('bottom-right').open()")
    enter(browser, 1)
    ask(browser, ANSWERABLE)
    assert_accessible(browser)
    ask(browser, UNANSWERABLE)
    assert_accessible(browser)
    browser.switch_to.default_content()
    assert_accessible(browser)
