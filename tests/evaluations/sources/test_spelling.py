"""The same word composed and decomposed is one group, one outcome and one cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluations.methods.inputs import ColumnRoles
from evaluations.sources.binned import group_sql
from evaluations.sources.files import inspect, opened
from evaluations.sources.tabular_cells import read_inputs
from registry.reading.profile import profile

ONE_SIGN, TWO_SIGNS = "M\u00e9tis", "Me\u0301tis"
YES, YES_IN_TWO = "s\u00ed", "si\u0301"
ROLES = ColumnRoles(prediction="p", groups=("g",), weight="w", cluster="who")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Four Métis, two of them written in two signs, three accepted; two others, none accepted."""
    rows = [
        (ONE_SIGN, YES, 1, "Ren\u00e9"), (TWO_SIGNS, YES_IN_TWO, 1, "Rene\u0301"),
        (ONE_SIGN, "no", 1, "Ana"), (TWO_SIGNS, YES, 1, "Ana"),
        ("Other", "no", 1, "Bo"), ("Other", "no", 1, "Cy"),
    ]  # fmt: skip
    path = tmp_path / "rows.csv"
    lines = [",".join(map(str, row)) for row in rows]
    path.write_text("g,p,w,who\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("favourable", [YES, YES_IN_TWO])
def test_groups_outcomes_and_clusters_are_counted_by_the_composed_word(
    path: Path, favourable: str
) -> None:
    read = read_inputs(path, ROLES, favourable=favourable)
    counts = dict(zip(read.cells.members, read.cells.counts.sum(axis=1), strict=True))
    assert {member: list(row[:2]) for member, row in counts.items()} == {
        (ONE_SIGN,): [1, 3], ("Other",): [2, 0],
    }  # fmt: skip
    assert read.design is not None
    assert read.design.clusters is not None
    assert read.design.clusters.count == 4


def test_the_profile_and_the_groups_of_an_explanation_are_the_same_words(path: Path) -> None:
    column = profile(path).column("g")
    assert [(entry.value, entry.count) for entry in column.top] == [(ONE_SIGN, 4), ("Other", 2)]
    with opened(inspect(path)) as source:
        sql = group_sql(source, "g", ROLES)
        found = source.rows(f"SELECT {sql} FROM {source.relation}")
    assert [text for (text,) in found] == [ONE_SIGN] * 4 + ["Other"] * 2
