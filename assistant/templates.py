"""Jinja2 environments in whose output no text becomes markup. The only module that makes one."""

from __future__ import annotations

import html
from collections.abc import Callable

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


def html_environment(package: str, visible: Callable[[str], str]) -> Environment:
    """Return the environment of the folder `templates` of `package`; each template is compiled once.

    Autoescape is on for every template, there is no filter `safe`, and each value first passes `visible`, which
    replaces what a page cannot show. Only the output of the templates' own macros is inserted as it is. Rendering
    raises jinja2.UndefinedError where a template names a value that it was not given.

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
