"""A provenance block in words, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def provenance_lines(block: Mapping[str, Any], *, seed: int) -> tuple[tuple[str, str], ...]:
    """Return (name, value) pairs in reading order."""
    return tuple(_lines(block, seed))


def _lines(block: Mapping[str, Any], seed: int) -> Iterator[tuple[str, str]]:
    inputs = block["inputs"]
    yield "Data", f"{inputs['data']['name']}, SHA-256 {inputs['data']['sha256']}"
    if inputs["model"]:
        yield "Model", f"{inputs['model']['name']}, SHA-256 {inputs['model']['sha256']}"
    yield "Columns", _columns(inputs["columns"])
    if inputs["columns"]["prediction"]:
        yield "Favourable prediction", str(inputs["favourable"])
    if inputs["columns"]["label"]:
        yield "Positive label", str(inputs["positive_label"])
    yield "Seed", str(seed)
    if block["plan"]:
        yield "Plan", f"{block['plan']['number']}, SHA-256 {block['plan']['digest']}"
    if block["scope_digest"]:
        yield "Scope", f"SHA-256 {block['scope_digest']}"
    if block["repeats"]:
        yield "Repeats", f"run {block['repeats']}"
    yield "Code", f"{block['code']['version']}, method sources SHA-256 {block['code']['digest']}"
    yield "Packages", ", ".join(f"{name} {number}" for name, number in block["packages"].items())
    yield "Machine", f"Python {block['python']}, {block['platform']}"
    stages = ", ".join(f"{stage} {spent:.1f} s" for stage, spent in block["durations"].items())
    yield "Time", f"{block['seconds']:.1f} s ({stages}); {block['cpu_seconds']:.1f} s of processor"
    yield "Peak memory", f"{block['peak_memory_bytes'] / 1024**2:,.0f} MiB"
    yield "Attempts", str(block["attempts"])


def _columns(columns: Mapping[str, Any]) -> str:
    named = [
        f"{role} {columns[role]}" for role in ("prediction", "label", "score") if columns[role]
    ]
    if columns["groups"]:
        named.append(f"groups {', '.join(columns['groups'])}")
    named += [f"{name} at {', '.join(edges)}" for name, edges in columns.get("edges", {}).items()]
    return "; ".join(named) or "the model's features"
