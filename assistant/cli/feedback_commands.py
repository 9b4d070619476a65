"""The commands `feedback list` and `feedback export`."""

from __future__ import annotations

from typing import Annotated

import typer

from assistant.cli.console import print_json, say, settings_for, show
from assistant.cli.options import StoreOption

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object per line and nothing else.")]

feedback = typer.Typer(help="List and export ratings of replies.", no_args_is_help=True)


@feedback.command(name="list")
def list_(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """List the rated replies, oldest first."""
    from dataclasses import asdict

    from assistant.server.feedback import read_feedback

    for rated in read_feedback(settings_for(store).store):
        if as_json:
            print_json(asdict(rated))
            continue
        show(f"{rated.at}  {rated.rating}  {rated.question}\n    {rated.reply}")
        if rated.comment:
            show(f"    » {rated.comment}")


@feedback.command()
def export(store: StoreOption = None) -> None:
    """Print the replies that were rated good as cases for `assistant eval`, one JSON object per line."""
    from assistant.server.feedback import case_of, read_feedback

    wrong = 0
    for rated in read_feedback(settings_for(store).store):
        case = case_of(rated)
        if case is None:
            wrong += 1
        else:
            print_json(case)
    if wrong:
        say(f"{wrong} rated bad are left out; write the right answers by hand (see `assistant feedback list`).")
