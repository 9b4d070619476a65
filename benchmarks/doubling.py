"""Does the time of everything that reads text from outside grow no faster than n log n?

    python -m benchmarks.doubling [TARGET …] [--drawn 12] [--seed 0] [--all]

lets inputs of each target (testkit/growth_targets.py) grow to 8 times their size and prints, as a Markdown table, the
highest ratio of CPU time and the input that gave it; with `--all` every ratio that is too high on stderr. Exit code 1
when one is.
"""

from __future__ import annotations

import argparse
import sys

from testkit.growth import LIMIT_S, MOST_RATIO, Growth, makers, measure
from testkit.growth_targets import TARGETS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", default=[])
    parser.add_argument("--drawn", type=int, default=12, help="how many inputs of each kind that is drawn")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--all", action="store_true", help="print every ratio that is too high")
    asked = parser.parse_args()
    if unknown := set(asked.targets) - set(TARGETS):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    print(f"| target | inputs | largest, characters | slowest, s | highest ratio (at most {MOST_RATIO:.0f}) | of |")
    print("| --- | --- | --- | --- | --- | --- |")
    failed = 0
    for name in asked.targets or TARGETS:
        target = TARGETS[name]
        found: dict[str, Growth] = {}
        for what, make in makers(target.tokens, asked.drawn, asked.seed).items():
            found[what] = growth = measure(target.run, make, target.size)
            if not growth.holds:
                failed += 1
                if asked.all:
                    times = " ".join(f"{seconds:.3f}" for seconds in growth.seconds)
                    print(f"{name}: {what}: {growth.ratio:.0f} ({times})", file=sys.stderr, flush=True)
        worst = max(found, key=lambda what: found[what].ratio)
        slowest = min(LIMIT_S, max(growth.seconds[-1] for growth in found.values()))
        of = worst.replace("|", "\\|").replace("`", "'")
        print(
            f"| {name} | {len(found)} | {8 * target.size:,} | {slowest:.2f} | {found[worst].ratio:.1f} | `{of}` |",
            flush=True,
        )
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
