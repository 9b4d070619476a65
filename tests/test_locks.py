"""The locks have all that is declared, in the versions of constraints.txt, each with its hash."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = sorted((ROOT / "locks").glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def pinned(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    found = [re.fullmatch(r"([\w.-]+)==(\S+?)(?: --hash=sha256:[0-9a-f]{64})?", line) for line in lines]
    assert None not in found
    return {canonicalize_name(match[1]): match[2] for match in found if match}


def test_there_are_two_for_a_platform() -> None:
    names = {path.stem for path in LOCKS}
    assert names
    assert all(name.removesuffix("-test") in names and f"{name.removesuffix('-test')}-test" in names for name in names)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_lock_has_what_is_declared_and_is_used_with_hashes(lock: Path) -> None:
    lines = lock.read_text("utf-8").splitlines()
    assert all(" --hash=sha256:" in line for line in lines)
    versions, constraints = pinned(lock), pinned(ROOT / "constraints.txt")
    assert {name: constraints.get(name) for name in versions} == versions
    extras = PROJECT["optional-dependencies"]
    declared = PROJECT["dependencies"] + (extras["test"] + extras["remote"] if "-test" in lock.stem else [])
    for requirement in map(Requirement, declared):
        if requirement.name == PROJECT["name"]:  # the tests need the extra remote
            assert requirement.extras == {"remote"}
            continue
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement
