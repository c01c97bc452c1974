"""What made a result, beside the result: code, packages, machine, time and cost."""

from __future__ import annotations

import hashlib
import platform
import resource
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

if TYPE_CHECKING:
    from evaluations.models import Run

PACKAGES = (
    "numpy", "scipy", "duckdb", "pyarrow", "shap", "xgboost", "scikit-learn", "numba",
    "vl-convert-python", "django",
)  # fmt: skip
"""What a result may depend on; those that are not installed are left out."""
_CODE = Path(__file__).resolve().parent.parent


@lru_cache(maxsize=1)
def package_versions() -> dict[str, str]:
    """Return the installed versions by name."""
    found = {}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


@lru_cache(maxsize=16)
def code_digest(method: str) -> str:
    """SHA-256 (hex) over names and bytes of the source files that the method is made of."""
    family = method.partition(".")[0]
    folders = (_CODE / "methods", _CODE / "methods" / family, _CODE / "sources")
    files = sorted(path for folder in folders for path in folder.glob("*.py"))
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(_CODE).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _cpu_seconds() -> float:
    """Processor time of this process and of the ended processes that it started."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


@dataclass(slots=True)
class Meter:
    """Time by stage, processor time and peak memory of one execution."""

    began: float = field(default_factory=time.monotonic)
    cpu_began: float = field(default_factory=_cpu_seconds)
    durations: dict[str, float] = field(default_factory=dict)
    _stage: str = ""
    _since: float = 0.0

    def __post_init__(self) -> None:
        """Let the kernel forget the peak of work that this process did before."""
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")

    def enter(self, stage: str) -> None:
        """Count time for this stage from now on."""
        now = time.monotonic()
        if self._stage:
            spent = now - self._since
            self.durations[self._stage] = self.durations.get(self._stage, 0.0) + spent
        self._stage, self._since = stage, now

    def facts(self) -> dict[str, Any]:
        """Return what was spent, rounded to what a clock can tell."""
        self.enter("")
        return {
            "durations": {stage: round(spent, 3) for stage, spent in self.durations.items()},
            "seconds": round(time.monotonic() - self.began, 3),
            "cpu_seconds": round(_cpu_seconds() - self.cpu_began, 3),
            "peak_memory_bytes": _peak_memory(),
        }


def _peak_memory() -> int:
    """The most memory that this process held since the meter began, in bytes."""
    with suppress(OSError, StopIteration, ValueError):
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        peak = next(line for line in lines if line.startswith("VmHWM:"))
        return int(peak.split()[1]) * 1024
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held if sys.platform == "darwin" else held * 1024


def provenance(run: Run, *, meter: Meter, inputs: Mapping[str, str]) -> dict[str, Any]:
    """Return the provenance block. inputs: role → SHA-256 of the bytes that were read."""
    return {
        "run": run.pk,
        "title": run.title,
        "started_by": str(run.started_by),
        "started_at": run.started_at.isoformat() if run.started_at else None,
        "computed_at": timezone.now().isoformat(),
        "attempts": run.attempts,
        "inputs": {
            "data": {**run.inputs["data"], "read_sha256": inputs.get("data")},
            "model": None
            if not run.inputs.get("model")
            else {**run.inputs["model"], "read_sha256": inputs.get("model")},
            "columns": run.inputs["columns"],
            "favourable": run.inputs["favourable"],
            "positive_label": run.inputs["positive_label"],
        },
        "plan": None
        if run.plan is None
        else {"number": run.plan.number, "digest": run.plan.digest},
        "counts": run.counts,
        "look": run.look,
        "scope_digest": run.scope_digest,
        "repeats": run.repeat_of_id,
        "code": {"version": settings.VERSION, "digest": code_digest(run.method)},
        "packages": package_versions(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        **meter.facts(),
    }
