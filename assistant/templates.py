"""Jinja2 environments that escape every value. The only module that creates one."""

from __future__ import annotations

import html
from collections.abc import Callable

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


def html_environment(package: str, visible: Callable[[str], str]) -> Environment:
    """Return the environment for the folder `templates` of `package`; each template is compiled once.

    Autoescape is on for every template, and there is no filter `safe`. Each value first passes `visible`, which
    replaces characters that a page cannot show. Only the output of the templates' own macros is inserted unchanged.
    Rendering raises jinja2.UndefinedError when a value that a template uses is missing.

    >>> environment = html_environment("assistant.html", lambda text: text.replace("\\0", "?"))
    >>> environment.from_string("<b>{{ text }}</b>").render(text='<i> & "c"\\0')
    '<b>&lt;i&gt; &amp; &quot;c&quot;?</b>'
    """

    def escaped(value: object) -> Markup:
        # Jinja's own escaping, which comes after, leaves Markup alone.
        return value if isinstance(value, Markup) else Markup(html.escape(visible(str(value))))

    environment = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        finalize=escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    del environment.filters["safe"]
    return environment
