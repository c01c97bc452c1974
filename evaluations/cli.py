"""The commands `rai methods` and `rai evaluate`: the same methods, without server or database."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from evaluations.methods import catalogue
from evaluations.methods.inputs import BadInput, ColumnRoles, EvaluationRequest
from evaluations.methods.results import MethodReport, Table, as_json, result_digest
from evaluations.methods.wording import plain
from registry.reading.bins import parse_edges

_WIDEST = 60


@click.command()
@click.option("--json", "as_record", is_flag=True, help="Print the catalogue as JSON.")
def methods(*, as_record: bool) -> None:
    """List the methods: what each needs, takes and cannot show."""
    specs = catalogue.all_methods()
    if as_record:
        click.echo(json.dumps([_spec_record(spec) for spec in specs], indent=1, ensure_ascii=False))
        return
    for spec in specs:
        click.echo(f"{spec.key} {spec.version}: {spec.title}")
        click.echo(f"  {spec.meaning}")
        optional = f"; can use {', '.join(spec.optional)}" if spec.optional else ""
        click.echo(f"  Needs {', '.join(spec.needs)}{optional}.")
        click.echo(f"  Parameters: {', '.join(spec.schema()['properties']) or 'none'}.")


@click.command()
@click.argument("method")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--prediction", metavar="COL", help="Column with the decision: two values.")
@click.option("--label", metavar="COL", help="Column with what happened: two values.")
@click.option("--score", metavar="COL", help="Column with the score for the positive label.")
@click.option("--group", "groups", metavar="COL", multiple=True, help="Group column; repeatable.")
@click.option(
    "--edges",
    metavar="COL=25,40,60",
    multiple=True,
    help="Bins of a group column of numbers; repeatable.",
)
@click.option(
    "--feature", "features", metavar="COL", multiple=True, help="Model input; repeatable."
)
@click.option("--favourable", default="1", help="The prediction that is good for the person.")
@click.option("--positive-label", default="1", help="The label that counts as positive.")
@click.option("--cluster", metavar="COL", help="Rows of the same person share its value.")
@click.option("--weight", metavar="COL", help="Column with weights of rows.")
@click.option("--model", type=click.Path(path_type=Path), help="Model file, where one is needed.")
@click.option("--intersections", type=int, metavar="DEPTH", help="Show groups crossed to DEPTH.")
@click.option("--param", "params", metavar="NAME=VALUE", multiple=True, help="Repeatable.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Write the JSON to this file.")
def evaluate(
    *, method: str, file: Path, params: tuple[str, ...], out: Path | None, **given: Any
) -> None:
    """Run METHOD on FILE (CSV or Parquet): JSON, or a readable table at a terminal."""
    try:
        report = catalogue.get(method).run(_request(file, params, given))
        record = as_json(report)
        if out is not None:
            _write(out, record)
    except BadInput as error:
        click.echo(f"{error} Use {error.option}." if error.option else str(error), err=True)
        sys.exit(2)
    if out is None and not sys.stdout.isatty():
        click.echo(json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False))
    elif sys.stdout.isatty():
        for line in _readable(report, record):
            click.echo(line)


def _request(file: Path, params: tuple[str, ...], given: dict[str, Any]) -> EvaluationRequest:
    if not file.is_file():
        message = f"There is no file {file}."
        raise BadInput(message)
    parameters = dict(_split(text) for text in params)
    if given["intersections"] is not None:
        parameters["intersections"] = str(given["intersections"])
    model: Path | None = given["model"]
    if model is not None and not model.is_file():
        message = f"There is no model file {model}."
        raise BadInput(message)
    return EvaluationRequest(
        data_path=file,
        model_path=model,
        roles=ColumnRoles(
            label=given["label"],
            prediction=given["prediction"],
            score=given["score"],
            features=given["features"],
            groups=given["groups"],
            edges=tuple(_edges(text, given["groups"]) for text in given["edges"]),
            weight=given["weight"],
            cluster=given["cluster"],
        ),
        favourable=given["favourable"],
        positive_label=given["positive_label"],
        parameters=parameters,
        seed=given["seed"],
    )


def _split(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        message = f"--param takes NAME=VALUE; got {text!r}."
        raise BadInput(message)
    return name, value


def _edges(text: str, groups: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    name, _, listed = text.rpartition("=")
    if name not in groups:
        message = f"--edges takes COL=25,40,60 with COL one of the --group columns; got {text!r}."
        raise BadInput(message)
    try:
        edges = parse_edges(listed)
    except ValueError as error:
        raise BadInput(str(error)) from error
    if not edges:
        message = f"--edges names no edges for {name!r}; give numbers, such as {name}=25,40,60."
        raise BadInput(message)
    return name, edges


def _write(out: Path, record: dict[str, Any]) -> None:
    text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"The result could not be written to {out}: {error.strerror}."
        raise BadInput(message) from error


def _spec_record(spec: catalogue.MethodSpec) -> dict[str, Any]:
    return {
        "key": spec.key,
        "version": spec.version,
        "title": spec.title,
        "meaning": spec.meaning,
        "needs": list(spec.needs),
        "optional": list(spec.optional),
        "parameters": spec.schema(),
        "metrics": [{"key": m.key, "title": m.title, "unit": m.unit} for m in spec.metrics],
        "limits": spec.limits,
        "source": spec.source,
    }


def _readable(report: MethodReport, record: dict[str, Any]) -> Iterator[str]:
    yield click.style(report.headline, bold=True)
    for table in report.tables:
        yield ""
        yield click.style(table.title, bold=True)
        yield from _lined(table)
        if table.note:
            yield table.note
    for item in report.diagnostics:
        yield f"{item.title}: {item.detail}"
    yield ""
    yield report.narrative.limitation
    yield f"{report.method} {report.version}, seed {report.seed}, digest {result_digest(record)}"


def _lined(table: Table) -> Iterator[str]:
    """Return the table's rows with columns under each other."""
    cells = [list(table.columns), *([_cell(value) for value in row] for row in table.rows)]
    widths = [min(max(len(row[i]) for row in cells), _WIDEST) for i in range(len(table.columns))]
    for row in cells:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return plain(value, 3) if isinstance(value, float) else str(value)
