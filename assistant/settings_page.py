"""Writes docs/settings.md from the settings' own descriptions, defaults and bounds.

python -m assistant.settings_page > docs/settings.md
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from assistant.settings import Settings

_HEAD = """\
# Settings

Set them in `assistant.toml` of the working folder:

```toml
store = "vectorstore"

[chunk]
tokens = 200
```

or as environment variables: `ASSISTANT_` and the name in capitals, with two underscores for the dot
(`ASSISTANT_CHUNK__TOKENS=200`); lists and tables are JSON (`ASSISTANT_SOURCES='["docs"]'`). An argument of the command
line overrides a variable, and a variable overrides the file. An unknown name is refused.

This page is generated: `python -m assistant.settings_page > docs/settings.md`.
"""
_TABLE = "| setting | default | value | meaning |\n| --- | --- | --- | --- |\n"
_TYPES = {int: "integer", float: "number", dict: "table of strings", tuple: "list of strings"}


def settings_page() -> str:
    """The page in Markdown: one table for each group of settings."""
    single: dict[str, FieldInfo] = {}
    sections = []
    for name, field in Settings.model_fields.items():
        group = field.annotation
        if isinstance(group, type) and issubclass(group, BaseModel):
            fields = {f"{name}.{inner}": f for inner, f in group.model_fields.items()}
            sections.append(f"\n## {name}\n\n{group.__doc__}\n\n{_table(fields)}")
        else:
            single[name] = field
    return f"{_HEAD}\n## General\n\n{_table(single)}{''.join(sections)}"


def _table(fields: dict[str, FieldInfo]) -> str:
    rows = [
        f"| `{name}` | {_default(field.default)} | {_value(field)} | {_escaped(field.description or '')} |\n"
        for name, field in fields.items()
    ]
    return _TABLE + "".join(rows)


def _default(value: Any) -> str:
    """The default as it is written in assistant.toml."""
    if value is None:
        return "not set"
    return f"`{json.dumps(value.as_posix() if isinstance(value, Path) else value)}`"


def _value(field: FieldInfo) -> str:
    """The type, with the bounds or choices.

    >>> _value(Settings.model_fields["generations"])
    'integer, 2 to 100'
    """
    annotation: Any = field.annotation
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{json.dumps(choice)}`" for choice in get_args(annotation))
    kind = _TYPES.get(get_origin(annotation) or annotation, "string")
    return kind + _bounds(field) if kind in ("integer", "number") else kind


def _bounds(field: FieldInfo) -> str:
    bounds = {name: getattr(m, name) for m in field.metadata for name in ("ge", "gt", "le") if hasattr(m, name)}
    if "gt" in bounds:
        return f", above {bounds['gt']} and up to {bounds['le']}"
    return f", {bounds['ge']} to {bounds['le']}"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


if __name__ == "__main__":
    print(settings_page(), end="")
