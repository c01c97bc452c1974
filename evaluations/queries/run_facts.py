"""Where a result comes from: the facts beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evaluations.queries.plan_page import parameter_words
from rai_portal.ledger.models import Entry
from rai_portal.work.choices import WorkState

if TYPE_CHECKING:
    from evaluations.models import Run

MEBIBYTE = 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What made the result, in words. packages: (name, version)."""

    parameters: str
    packages: tuple[tuple[str, str], ...]
    code: str
    machine: str
    cost: str
    sensitive: tuple[dict[str, str], ...]
    ledger: int | None
    repeated: str


def provenance(run: Run) -> Provenance:
    """Return the facts of a run that ended with a result."""
    held: dict[str, Any] = (run.result or {}).get("provenance", {})
    code = held.get("code", {})
    columns = run.inputs.get("columns", {}).get("groups", ())
    return Provenance(
        parameters=parameter_words(
            run.method, (run.result or {}).get("parameters", run.parameters)
        ),
        packages=tuple(sorted(held.get("packages", {}).items())),
        code=" ".join(
            text for text in (code.get("version", ""), str(code.get("digest", ""))[:12]) if text
        ),
        machine=", ".join(
            text for text in (f"Python {held.get('python', '')}", held.get("platform", "")) if text
        ),
        cost=_cost(held),
        sensitive=tuple(
            {"name": column.name, "purpose": column.purpose, "legal_basis": column.legal_basis}
            for column in run.dataset.columns.filter(name__in=columns)
        ),
        ledger=_read_entry(run) if columns else None,
        repeated=_repeated(run),
    )


def _cost(held: dict[str, Any]) -> str:
    parts = [
        f"{stage} {seconds:.2f} s"
        for stage, seconds in held.get("durations", {}).items()
        if isinstance(seconds, int | float)
    ]
    cpu, memory = held.get("cpu_seconds"), held.get("peak_memory_bytes")
    if isinstance(cpu, int | float):
        parts.append(f"processor {cpu:.2f} s")
    if isinstance(memory, int):
        parts.append(f"memory up to {memory // MEBIBYTE:,} MiB")
    attempts = held.get("attempts", 1)
    if isinstance(attempts, int) and attempts > 1:
        parts.append(f"{attempts} attempts")
    return ", ".join(parts)


def _read_entry(run: Run) -> int | None:
    """Return the ledger entry that says the sensitive columns were read for this run."""
    entries = Entry.objects.filter(
        action="dataset.sensitive_read",
        subject_type="registry.dataset",
        subject_id=run.dataset_id,
        at__gte=run.queued_at,
    )
    if run.ended_at is not None:
        entries = entries.filter(at__lte=run.ended_at)
    for entry in entries.select_related("payload").order_by("sequence")[:50]:
        payload = getattr(entry, "payload", None)
        details = (payload.after or {}).get("details", {}) if payload else {}
        if details.get("run") == run.pk:
            return entry.sequence
    return None


def _repeated(run: Run) -> str:
    """Return "repeated once, same digest", or where a repetition differs."""
    again = list(run.repeats.filter(state=WorkState.SUCCEEDED).values_list("pk", "result_digest"))
    if not again:
        return "not repeated yet" if run.repeat_of_id is None else ""
    other = [pk for pk, digest in again if digest != run.result_digest]
    if other:
        return f"run {other[0]} repeated it and gave another digest"
    times = "once" if len(again) == 1 else f"{len(again)} times"
    return f"repeated {times}, same digest"
