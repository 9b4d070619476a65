"""The command `audit`, and the changes that other commands record in the audit log."""

from __future__ import annotations

import getpass
import re
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.console import print_json, say, settings_for, show
from assistant.cli.options import StoreOption
from assistant.errors import StoreError, UsageError

if TYPE_CHECKING:
    from assistant.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(audit)


def audit(
    store: StoreOption = None,
    since: Annotated[
        str, typer.Option("--since", help="The first day to show, such as 2026-01-31.", metavar="DATE")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line and nothing else.")] = False,
) -> None:
    """List who asked when, which documents were shown, and who changed the index.

    The setting `serve.audit` says what is recorded.
    """
    from assistant.storage.audit_log import read_audit_log

    if since and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", since):
        raise UsageError(f"{since!r} is not a day.", "Write it as 2026-01-31.")
    for event in read_audit_log(settings_for(store).store, since):
        if as_json:
            print_json(event)
            continue
        more = [f"{name}={_shown(value)}" for name, value in event.items() if name not in ("at", "event") and value]
        show(f"{event.get('at')}  {event.get('event')}  {'  '.join(more)}")


def record_change(settings: Settings, event: str, **what: object) -> None:
    """Record in the audit log that this user changed the index; print a warning where that fails."""
    from assistant.storage.audit_log import AuditLog

    if settings.serve.audit == "off":
        return
    try:
        log = AuditLog(settings.store, months=settings.serve.audit_months)
        log.record(event, user=_user(), through="command line", **what)
    except StoreError as error:
        say(f"{error} {error.hint}")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container may run under a number that has no name
        return ""


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
