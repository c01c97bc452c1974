"""`python -m tests.benchmarks`: every benchmark in turn; ends with 1 if one does not hold."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path


def main() -> int:
    """Run the `main` of each module named bench_*, in the order of their names."""
    failed = 0
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        sys.stdout.write(f"\n{path.stem.removeprefix('bench_').replace('_', ' ')}\n")
        failed += import_module(f"tests.benchmarks.{path.stem}").main([]) != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
