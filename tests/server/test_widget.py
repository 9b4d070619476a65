"""The script of the widget, and the page that its frame opens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from fastapi.testclient import TestClient

from assistant.html.assets import STATIC
from assistant.server.application import create_app
from assistant.server.routes.widget import SUGGESTIONS, chat_address
from assistant.settings import ServeSettings
from tests.fake_assistant import FakeAssistant, Reader

LISTED = "https://intranet.example"
HOSTILE = '"><script>window.__pwned=1</script>\u202e\x00\r\nLocation: javascript:alert(1)'


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(
        create_app(FakeAssistant(), ServeSettings(origins=(LISTED,))), base_url="http://localhost"
    ) as client:
        yield client


def kept(*given: tuple[str, str]) -> list[tuple[str, str]]:
    """The parameters of the chat's address."""
    return parse_qsl(urlsplit(chat_address(given)).query, strict_parsing=True)


def test_the_script_is_small_and_names_no_other_host() -> None:
    script = (STATIC / "widget.js").read_text("utf-8")
    assert len(script.encode()) < 12 * 1024
    assert re.findall(r"https?://[^\"'`]+", script) == ["http://www.w3.org/2000/svg"], "a namespace, not an address"
    assert not re.findall(r"innerHTML|insertAdjacentHTML|eval|Function\(|setAttribute\(.style", script)


def test_the_script_is_cacheable_and_any_site_may_load_it(client: TestClient) -> None:
    response = client.get("/widget.js", headers={"origin": "https://unlisted.example"})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/javascript")
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "max-age" in response.headers["cache-control"]
    tag = response.headers["etag"]
    for known in (tag, f'"other", W/{tag}'):
        again = client.get("/widget.js", headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get("/widget.js", headers={"if-none-match": '"other"'}).status_code == 200


def test_only_listed_origins_are_allowed(client: TestClient) -> None:
    for origin, allowed in ((LISTED, True), (f"{LISTED}.evil.example", False), ("null", False), ("", False)):
        assert client.get("/widget/allowed", params={"origin": origin}).json() == {"allowed": allowed}
    assert client.get("/widget/allowed").status_code == 422


def test_any_page_may_frame_the_first_page_but_only_listed_ones_the_chat(client: TestClient) -> None:
    page = client.get("/widget")
    assert "frame-ancestors" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    assert Reader(page.text).text.strip() == "Document assistant", "it shows nothing"
    assert client.get("/?embed=1").headers["content-security-policy"].endswith(f"frame-ancestors 'self' {LISTED}")


def test_parameters_are_carried_over_to_the_chat() -> None:
    given = [
        ("lang", "pl"),
        ("title", "Zapytaj o cokolwiek"),
        ("greeting", "Dzień dobry & witaj"),
        ("suggestion", "Ile?"),
        ("suggestion", "Kiedy?"),
        ("accent", "#17606B"),
        ("theme", "dark"),
        ("site", "baoquangtri.vn"),
        ("doc_language", "pt-BR"),
    ]
    expected = dict(given) | {"accent": "#17606b", "__theme": "dark", "embed": "1"}
    del expected["theme"]
    address = kept(*given)
    assert dict(address) == expected
    assert [value for name, value in address if name == "suggestion"] == ["Ile?", "Kiedy?"]


@pytest.mark.parametrize(
    "given",
    [
        ("accent", "red"),
        ("accent", "#17606b;}*{display:none"),
        ("theme", "javascript:alert(1)"),
        ("theme", "auto"),
        ("lang", "<script>"),
        ("doc_language", "en&embed=2"),
        ("title", "\x00\u200b \t"),
        ("__theme", "dark"),
        ("view", "api"),
        ("embed", "0"),
    ],
)
def test_what_does_not_fit_or_is_not_known_is_left_out(given: tuple[str, str]) -> None:
    assert kept(given) == [("embed", "1")]


def test_texts_are_cut_and_cleaned_and_named_once() -> None:
    values = dict(kept(("title", "a\x00b\r\n\u202ec" + "x" * 5000), ("title", "second"), ("greeting", "y" * 5000)))
    assert values["title"].startswith("ab cx")
    assert (len(values["title"]), len(values["greeting"])) == (80, 300)
    assert len(kept(*[("suggestion", f"Question {number}?") for number in range(50)])) == SUGGESTIONS + 1


def test_hostile_values_reach_neither_the_page_nor_the_address(client: TestClient) -> None:
    names = ("title", "greeting", "suggestion", "accent", "theme", "lang", "site", "doc_language", HOSTILE)
    page = client.get("/widget", params=dict.fromkeys(names, HOSTILE))
    assert page.status_code == 200
    assert Reader(page.text).tags == {"html", "head", "meta", "title", "script", "body"}
    assert "<script>" not in page.text
    address = page.text.partition('data-chat="')[2].partition('"')[0]
    assert address.startswith("./?embed=1&amp;")
    assert address.isascii()
    assert not set(address) & set("<>'\"\r\n\x00 ")
