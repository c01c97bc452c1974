"""A seeded table for the benchmarks: 30 groups of unequal size, binary label and prediction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

GROUPS = 30


def write_table(path: Path, rows: int, *, seed: int = 20260101) -> pa.Table:
    """Write the table as Parquet and return it: race (6) by region (5), y, p, score."""
    rng = np.random.default_rng(seed)
    group = rng.choice(GROUPS, size=rows, p=_sizes())
    base = 0.3 + 0.4 * (group / GROUPS)
    label = rng.random(rows) < base
    score = np.clip(0.5 * base + 0.5 * label + rng.normal(0.0, 0.35, rows), 0.0, 1.0)
    names = np.array([f"race {i // 5} region {i % 5}" for i in range(GROUPS)])
    table = pa.table(
        {
            "group": pa.array(names[group]),
            "race": pa.array(np.array([f"race {i}" for i in range(6)])[group // 5]),
            "region": pa.array(np.array([f"region {i}" for i in range(5)])[group % 5]),
            "y": pa.array(label.astype(np.int8)),
            "p": pa.array((score > 0.55).astype(np.int8)),
            "score": pa.array(score),
        }
    )
    # Row groups of the size that DuckDB itself writes, so that both cores can read.
    pq.write_table(table, path, row_group_size=122_880)
    return table


def _sizes() -> np.ndarray:
    shares = 1.0 / np.arange(1, GROUPS + 1) ** 0.5
    return np.asarray(shares / shares.sum())
