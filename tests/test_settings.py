from __future__ import annotations

import re
from pathlib import Path

import pytest

from assistant.errors import SettingsError
from assistant.settings import Settings, known_keys, load_settings
from assistant.settings_page import settings_page

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"


def test_defaults_need_no_configuration() -> None:
    settings = load_settings()
    assert settings.sources == ("seeds",)
    assert settings.store == Path("vectorstore")


def test_the_strongest_source_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("assistant.toml").write_text("store = 'file'\n[chunk]\ntokens = 100\n[serve]\nport = 8001\n", "utf-8")
    monkeypatch.setenv("ASSISTANT_CHUNK__TOKENS", "120")
    settings = load_settings(store=Path("argument"))
    assert (settings.store, settings.chunk.tokens, settings.serve.port) == (Path("argument"), 120, 8001)


@pytest.mark.parametrize("text", ["chunks = 3", "[chunk]\ntoken = 100", "[nothing]\nx = 1"])
def test_an_unknown_key_in_the_file_is_refused(text: str) -> None:
    Path("assistant.toml").write_text(text, "utf-8")
    with pytest.raises(SettingsError, match="Unknown setting") as caught:
        load_settings()
    assert "chunk" in caught.value.hint


def test_an_unknown_variable_is_refused_with_the_nearest_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_CHUNK__TOKEN", "100")
    with pytest.raises(SettingsError, match="ASSISTANT_CHUNK__TOKEN") as caught:
        load_settings()
    assert "'chunk.tokens'" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "value"),
    [("CHUNK__TOKENS", "3"), ("CHUNK__TOKENS", "many"), ("SERVE__PORT", "70000"), ("ANSWER__MIN_CONFIDENCE", "2")],
)
def test_a_value_out_of_bounds_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"ASSISTANT_{name}", value)
    with pytest.raises(SettingsError, match=value) as caught:
        load_settings()
    assert f"ASSISTANT_{name}" in caught.value.hint


def test_an_origin_is_scheme_host_and_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_SERVE__ORIGINS", '["HTTPS://Intranet.Example:443", "http://10.0.0.7:8080"]')
    assert load_settings().serve.origins == ("https://intranet.example", "http://10.0.0.7:8080")
    for wrong in ("*", "https://*.example", "https://a.example/page", "a.example", "null", "https://a b; script-src *"):
        with pytest.raises(SettingsError, match=r"serve\.origins.*https://intranet\.example"):
            load_settings(serve={"origins": [wrong]})


def test_trusted_proxies_are_addresses_or_networks() -> None:
    settings = load_settings(serve={"trusted_proxies": ["10.0.0.1", "192.168.1.7/24", "fd00::/8"]})
    assert settings.serve.trusted_proxies == ("10.0.0.1/32", "192.168.1.0/24", "fd00::/8")
    for wrong in ("*", "nginx", "10.0.0", "10.0.0.0/33"):
        with pytest.raises(SettingsError, match=r"10\.0\.0\.1 or 10\.0\.0\.0/8"):
            load_settings(serve={"trusted_proxies": [wrong]})


@pytest.mark.parametrize("wrong", ["/", "docs", "/docs/", "//evil.example", "/a b", "/a/../b"])
def test_a_prefix_is_a_path_without_a_slash_at_its_end(wrong: str) -> None:
    with pytest.raises(SettingsError, match=r"serve\.root_path"):
        load_settings(serve={"root_path": wrong})


@pytest.mark.parametrize("variables", [{"SERVE__API_KEYS": '["da-secret"]'}, {"SERVE__USERS": '{"ada": "da-secret"}'}])
def test_a_key_or_password_in_place_of_its_hash_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"ASSISTANT_{name}", value)
    with pytest.raises(SettingsError, match="hash") as raised:
        load_settings()
    assert "da-secret" not in f"{raised.value} {raised.value.hint}"


def test_a_sign_in_header_needs_a_proxy_to_set_it() -> None:
    with pytest.raises(SettingsError, match="trusted_proxies"):
        load_settings(serve={"sign_in_header": "X-Remote-User"})


def test_broken_toml_is_said_in_words() -> None:
    Path("assistant.toml").write_text("[chunk\n", "utf-8")
    with pytest.raises(SettingsError, match="not valid TOML"):
        load_settings()


def test_the_documented_settings_are_those_of_the_code() -> None:
    message = "run: python -m assistant.settings_page > docs/settings.md"
    assert PAGE.read_text("utf-8") == settings_page(), message


def test_every_setting_is_described_in_a_sentence_and_is_on_the_page() -> None:
    page = settings_page()
    for key, field in known_keys().items():
        assert re.fullmatch(r"[A-Z].+\.", field.description or ""), key
        assert page.count(f"| `{key}` |") == 1, key


def test_the_page_tells_default_bounds_and_choices() -> None:
    page = settings_page()
    assert '| `sources` | `["seeds"]` | list of strings |' in page
    assert "| `serve.port` | `7860` | integer, 0 to 65535 |" in page
    assert "| `model.total_s` | `180` | number, above 0 and up to 7200 |" in page
    assert '| `serve.log` | `"warning"` | `"warning"` or `"info"` |' in page
    assert "| `model.api_key` | not set | string |" in page


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().store = Path("other")  # type: ignore[misc]


SECRET = "sk-very-secret"


@pytest.mark.parametrize(
    "variables",
    [
        {"MODEL__NAME": "m", "MODEL__API_KEY": SECRET},
        {"MODEL__NAME": "m", "MODEL__BASE_URL": "not an address", "MODEL__API_KEY": SECRET},
        {"MODEL__HEADERS": f'{{"x": ["{SECRET}"]}}'},
        {"MODEL__HEADERS": f'{{"x": "{SECRET}'},
        {"MODEL": f'{{"api_key": ["{SECRET}"]}}'},
        {"MODEL": f'{{"name": "m", "api_key": "{SECRET}"}}'},
    ],
)
def test_a_wrong_model_setting_never_shows_a_secret(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"ASSISTANT_{name}", value)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert SECRET not in f"{raised.value} {raised.value.hint}"


def test_secrets_are_masked_wherever_settings_are_printed() -> None:
    settings = load_settings(
        model={"base_url": "http://h/v1", "name": "m", "api_key": SECRET, "headers": {"x": SECRET}}
    )
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump_json()} {settings.model_dump()}"
    assert settings.model.api_key is not None
    assert settings.model.api_key.get_secret_value() == SECRET


def test_a_model_needs_both_its_address_and_its_name() -> None:
    with pytest.raises(SettingsError, match="name is missing"):
        load_settings(model={"base_url": "http://h/v1"})
    with pytest.raises(SettingsError, match="No model is configured"):
        load_settings().model.require()
    load_settings(model={"base_url": "http://h/v1", "name": "m"}).model.require()
