"""Methods that an installed package brings: in the catalogue, run by the command, refused twice."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = """
from dataclasses import dataclass

from evaluations.methods.catalogue import MethodSpec, MetricSpec, parameter, register


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    times: int = parameter(1, title="Times", minimum=1)


register(
    MethodSpec(
        key="lengths.rows", version="0.1.0", title="Rows", meaning="Counts lines.",
        needs=("predictions",), optional=(), parameters=Parameters,
        metrics=(MetricSpec(key="count", title="Rows", unit="rows", low=0.0, high=None,
                            better="neither", parity=None, meaning="Number of rows."),),
        limits="Counts nothing but lines.", source="Counting.",
        execute="lengths_work:count",
    )
)
"""
WORK = """
from evaluations.methods.results import Estimate, MethodReport, Metric, Narrative


def count(request):
    lines = len(request.data_path.read_text().splitlines()) - 1
    value = float(lines * request.parameters["times"])
    number = Estimate(value=value, low=None, high=None, level=None, n=lines, interval="exact")
    return MethodReport(
        method="lengths.rows", version="0.1.0", parameters=dict(request.parameters),
        metrics=(Metric(metric="count", group=None, outcome=number),),
        narrative=Narrative(principle="p", technique="t", limitation="l", decision="d"),
    )
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    info = folder / "lengths-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lengths\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[rai_portal.methods]\nlengths = lengths_spec\n")
    (folder / "lengths_spec.py").write_text(MODULE)
    (folder / "lengths_work.py").write_text(WORK)
    return folder


def rai(package: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    paths = [str(package), *sys.path]
    return subprocess.run(
        [sys.executable, "-c", "from rai_portal.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )


def test_a_method_of_an_installed_package_is_listed_and_run(package: Path, tmp_path: Path) -> None:
    assert "lengths.rows" in rai(package, "methods").stdout
    data = tmp_path / "rows.csv"
    data.write_text("decision\n1\n0\n1\n")
    done = rai(
        package, "evaluate", "lengths.rows", str(data), "--prediction", "decision",
        "--param", "times=2", "--out", str(tmp_path / "out.json"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "out.json").read_text())
    assert record["method"] == {"key": "lengths.rows", "version": "0.1.0"}
    assert record["metrics"][0]["estimate"]["value"] == 6.0
    refused = rai(
        package, "evaluate", "lengths.rows", str(data), "--prediction", "decision",
        "--param", "times=0",
    )  # fmt: skip
    assert refused.returncode == 2
    assert "times must be at least 1" in refused.stderr


def test_a_package_cannot_take_the_place_of_a_family(package: Path) -> None:
    points = package / "lengths-0.1.0.dist-info" / "entry_points.txt"
    points.write_text("[rai_portal.methods]\nfairness = lengths_spec\n")
    done = rai(package, "methods")
    assert done.returncode != 0
    assert "brings the family 'fairness'" in done.stderr
