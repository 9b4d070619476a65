"""The commands `key` and `password`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from assistant.cli.console import say, show
from assistant.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command()(key)
    app.command()(password)


def key(
    name: Annotated[
        str | None, typer.Argument(help="A name for the key, such as that of the program.", metavar="NAME")
    ] = None,
) -> None:
    """Create an API key for a program.

    The key is printed once and not stored. Its hash goes into the setting `serve.api_keys`, the key into the program.
    """
    from assistant.server.keys import hash_of_key, new_key
    from assistant.settings import is_key_hash

    made = new_key()
    entry = f"{name}:{hash_of_key(made)}" if name else hash_of_key(made)
    if not is_key_hash(entry):
        raise UsageError(
            f"{name!r} is not a valid name of a key.", "Use up to 40 letters, digits, dots, dashes and underscores."
        )
    show(f"Key, for the program:       {made}\nHash, for serve.api_keys:   {entry}")
    say("The key is not stored: copy it now.")


def password() -> None:
    """Hash a password for the setting `serve.users`.

    Asks for the password on a terminal; otherwise reads the first line of stdin.
    """
    from assistant.server.keys import hash_of_password

    if sys.stdin.isatty():
        chosen = str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    else:
        chosen = sys.stdin.readline().rstrip("\r\n")
    if len(chosen) < 8:
        raise UsageError("The password is shorter than 8 characters.", "Choose a longer one.")
    show(hash_of_password(chosen))
