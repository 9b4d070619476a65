"""What axe-core says of a page (WCAG 2.2 AA and good practice)."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from tests.browser.conftest import Browser


def assert_accessible(browser: Browser) -> None:
    """axe-core finds nothing in the page or frame that is looked at; the frames in it are looked at alone."""
    spec = find_spec("axe_playwright_python")
    assert spec
    assert spec.submodule_search_locations
    axe = (Path(spec.submodule_search_locations[0]) / "axe.min.js").read_text("utf-8")
    browser.execute_script(axe)
    found = browser.execute_async_script(
        "axe.run(document, {iframes: false}).then((run) => arguments[0](run.violations))"
    )
    wrong = [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]
    assert not wrong, wrong
