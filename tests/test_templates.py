"""Whatever a template is given is text on the page, never markup."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, SupportsIndex

import pytest
from jinja2 import Environment, TemplateAssertionError, UndefinedError, meta
from jinja2.runtime import Macro

from assistant.evaluate.report.html_report import ENVIRONMENT as REPORT
from assistant.html.environment import ENVIRONMENT as SERVED

PACKAGE = Path(__file__).parents[1] / "assistant"
ENVIRONMENTS = {"served": SERVED, "report": REPORT}
TEMPLATES = [(room, name) for room, environment in ENVIRONMENTS.items() for name in environment.list_templates()]
ATTACK = "<script>alert(1)</script> onclick=alert(1) \"' &amp; --> ]]> {{ 1 }} \x00\x08\x1b[31m\x7f\ud83d \u202e"
READERS_OF_HTML = {"ingest", "fetch"}
"""Rooms that look for tags in what others wrote."""


class Hostile(str):
    """A value that is an attack in whatever way a template looks at it: itself, its attributes, items and members."""

    __slots__ = ("_truth",)

    def __new__(cls, *, truth: bool) -> Hostile:
        made = super().__new__(cls, ATTACK)
        object.__setattr__(made, "_truth", truth)
        return made

    def __str__(self) -> str:
        return ATTACK

    def __bool__(self) -> bool:
        return bool(object.__getattribute__(self, "_truth"))

    def __getattribute__(self, name: str) -> Any:
        if name == "kind":
            return "label"  # which sort of mark a picture has is not a text
        return object.__getattribute__(self, name) if name.startswith("__") else self

    def __getitem__(self, key: SupportsIndex | slice) -> Hostile:
        return self

    def __iter__(self) -> Iterator[Any]:
        return iter((self, self))

    def __call__(self, *_: object) -> Hostile:
        return self

    def __index__(self) -> int:
        return 1


class Page(HTMLParser):
    """The tags and attributes of a page, and what stands in its scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.comments = 0
        self.code = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        if self.cdata_elem:
            self.code += data

    def handle_comment(self, data: str) -> None:
        del data
        self.comments += 1


def source(environment: Environment, name: str) -> str:
    """The text of a template."""
    assert environment.loader
    return environment.loader.get_source(environment, name)[0]


def variables(environment: Environment, name: str) -> set[str]:
    """What a template and those that it extends or imports need to be given."""
    tree = environment.parse(source(environment, name))
    names = meta.find_undeclared_variables(tree)
    for other in meta.find_referenced_templates(tree):
        assert other, f"{name}: a template named by a variable"
        names |= variables(environment, other)
    return names


def tags_of(text: str) -> set[str]:
    """The tags that are written out in the source of a template."""
    return set(re.findall(r"<([a-z][a-z0-9]*)", text))


def outputs(environment: Environment, name: str) -> Iterator[str]:
    """What a template and each of its macros make of attacks; of ones that are true and ones that are not."""
    template = environment.get_template(name)
    for truth in (True, False):
        attack = Hostile(truth=truth)
        given = dict.fromkeys(variables(environment, name), attack)
        yield template.render(given)
        for macro in vars(template.make_module(given)).values():
            if isinstance(macro, Macro):
                caller = {"caller": attack} if macro.caller else {}
                yield macro(*[attack for _ in macro.arguments], **caller)


@pytest.mark.parametrize(("room", "name"), TEMPLATES)
def test_no_value_of_a_template_becomes_markup(room: str, name: str) -> None:
    environment = ENVIRONMENTS[room]
    shown = re.sub("[\x00\x08\x1b\x7f\ud83d]", "\ufffd", ATTACK)
    if room == "report":  # written for the screen of a developer, not for readers of right-to-left scripts
        shown = shown.replace("\u202e", "\ufffd")
    ours = {tag for other in environment.list_templates() for tag in tags_of(source(environment, other))}
    ours |= {f"h{level}" for level in range(1, 7)}
    attacked = 0
    for output in outputs(environment, name):
        attacked += output.count("alert(1)")
        assert output.count(escape(shown)) * 2 == output.count("alert(1)"), "each time the whole of it is escaped"
        page = Page(output)
        assert page.tags <= ours
        assert not {attribute for attribute in page.attributes if attribute.startswith("on")}
        assert not page.comments
        assert "alert" not in page.code
    assert attacked or "{{" not in source(environment, name), "the attack reached the page"


@pytest.mark.parametrize(("room", "name"), TEMPLATES)
def test_no_template_switches_escaping_off(room: str, name: str) -> None:
    assert not re.search(r"\bsafe\b|autoescape|Markup|__html__", source(ENVIRONMENTS[room], name))


@pytest.mark.parametrize("environment", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_nothing_can_be_declared_safe(environment: Environment) -> None:
    assert environment.autoescape is True
    with pytest.raises(TemplateAssertionError, match="safe"):
        environment.from_string("{{ text | safe }}")


@pytest.mark.parametrize("environment", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_a_value_that_is_not_given_is_an_error(environment: Environment) -> None:
    with pytest.raises(UndefinedError, match="missing"):
        environment.from_string("<p>{{ missing }}</p>").render()


@pytest.mark.parametrize(("room", "name"), TEMPLATES)
def test_a_template_is_compiled_once(room: str, name: str) -> None:
    assert ENVIRONMENTS[room].get_template(name) is ENVIRONMENTS[room].get_template(name)


def test_no_module_writes_html() -> None:
    tags = {tag for room, name in TEMPLATES for tag in tags_of(source(ENVIRONMENTS[room], name))}
    markup = re.compile(rf"(?<!\?P)</?(?:{'|'.join(sorted(tags))})[\s/>{{]|</?{{")
    found = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] not in READERS_OF_HTML
        for line, text in _strings(ast.parse(path.read_text("utf-8")))
        if markup.search(text)
    ]
    assert found == []


def _strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The strings of a module with their lines, "{" for a value in them; docstrings are left out."""
    seen = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):  # an f-string comes before its parts
        if isinstance(node, ast.JoinedStr):
            seen |= {id(part) for part in node.values}
            yield (
                node.lineno,
                "".join(str(part.value) if isinstance(part, ast.Constant) else "{" for part in node.values),
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in seen:
            yield node.lineno, node.value
