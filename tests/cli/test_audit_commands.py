"""`assistant audit` lists what the other commands and the server recorded."""

from __future__ import annotations

import json
from pathlib import Path

from tests.command import Command, assert_error


def test_changes_are_listed_with_who_made_them(command: Command, bridge: Path, tmp_path: Path) -> None:
    store = tmp_path / "s"
    (bridge / "second.txt").write_text("A lighthouse stands in Alda.", "utf-8")
    command("index", "--source", bridge, "--store", store)
    command("index", "--source", bridge, "--store", store)
    command("remove", "second.txt", "--store", store)
    command("rollback", "--store", store)
    command("purge", "--store", store)
    command("remove", "second.txt", "--restore", "--store", store)
    listed = [json.loads(line) for line in command("audit", "--store", store, "--json").out.splitlines()]
    assert [event["event"] for event in listed] == ["indexed", "removed", "rolled back", "purged", "restored"]
    assert (listed[0]["added"], listed[1]["documents"], listed[3]["documents"]) == (2, ["second.txt"], ["second.txt"])
    assert all(event["user"] and event["through"] == "command line" for event in listed)
    shown = command("audit", "--store", store).out.splitlines()
    assert shown[1].endswith("documents=second.txt")
    assert command("audit", "--store", store, "--since", "9999-01-01").out == ""


def test_a_day_that_is_none_is_an_error(command: Command, tmp_path: Path) -> None:
    assert_error(command("audit", "--store", tmp_path, "--since", "yesterday"), code=2)
