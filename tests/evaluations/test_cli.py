"""The commands `rai methods` and `rai evaluate`, without server or database."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from evaluations.cli import evaluate, methods

DATA = "race,got\n" + "a,1\n" * 40 + "a,0\n" * 10 + "b,1\n" * 20 + "b,0\n" * 30


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(DATA)
    return str(path)


def run(*arguments):
    return CliRunner().invoke(evaluate, ["fairness.group_rates", *arguments])


def test_the_result_is_printed_as_json_where_no_terminal_reads_it(data):
    done = run(data, "--prediction", "got", "--group", "race", "--param", "outcome_word=hired")
    assert done.exit_code == 0
    record = json.loads(done.stdout)
    assert record["schema"] == "rai-result/1"
    assert record["headline"].startswith(
        "People recorded as b are hired 0.40 less often than those recorded as a ("
    )
    assert record["parameters"]["outcome_word"] == "hired"


def test_the_result_is_written_to_a_file_when_asked(data, tmp_path):
    out = tmp_path / "result.json"
    done = run(data, "--prediction", "got", "--group", "race", "--out", str(out))
    assert done.exit_code == 0
    assert done.stdout == ""
    assert json.loads(out.read_text())["method"]["key"] == "fairness.group_rates"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--group", "race"], "need a prediction column"),
        (["--prediction", "x", "--group", "race"], "no column 'x'"),
        (
            ["--prediction", "got", "--group", "race", "--weight", "w"],
            "no column 'w'",
        ),
        (["--prediction", "got", "--group", "race", "--cluster", "got"], "cannot be a cluster"),
        (["--prediction", "got", "--group", "race", "--param", "level"], "takes NAME=VALUE"),
        (["--prediction", "got", "--group", "race", "--param", "level=2"], "from 0.5 to"),
        (["--prediction", "got", "--group", "race", "--favourable", "yes"], "declared favourable"),
        (["--prediction", "got", "--group", "race", "--out", "/no/such/place"], "not be written"),
    ],
)
def test_bad_input_ends_with_2_and_one_sentence_on_standard_error(data, arguments, said):
    done = run(data, *arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_missing_file_ends_with_2():
    done = run("nowhere.csv", "--prediction", "got", "--group", "race")
    assert (done.exit_code, done.stderr) == (2, "There is no file nowhere.csv.\n")


def test_an_unknown_method_ends_with_2(data):
    done = CliRunner().invoke(evaluate, ["magic", data])
    assert done.exit_code == 2
    assert "no method 'magic'" in done.stderr


def test_what_is_favourable_turns_the_rates_over(data):
    given = ["--prediction", "got", "--group", "race"]
    rates = {}
    for value in ("1", "0"):
        record = json.loads(run(data, *given, "--favourable", value).stdout)
        for item in record["metrics"]:
            if item["metric"] == "selection_rate" and item["group"]:
                rates[value, item["group"]["race"]] = item["estimate"]["value"]
    assert rates == {("1", "a"): 0.8, ("1", "b"): 0.4, ("0", "a"): 0.2, ("0", "b"): 0.6}


def test_the_catalogue_is_listed_in_words_and_as_json():
    assert "fairness.group_rates 1.4.0: Group rates" in CliRunner().invoke(methods).stdout
    listed = json.loads(CliRunner().invoke(methods, ["--json"]).stdout)
    assert "fairness.group_rates" in [spec["key"] for spec in listed]


def test_evaluating_needs_no_django(data):
    code = (
        "import sys; from evaluations.cli import evaluate; "
        "evaluate(sys.argv[1:], standalone_mode=False); "
        "sys.exit(any(m.split('.')[0] == 'django' for m in sys.modules))"
    )
    arguments = ["fairness.group_rates", data, "--prediction", "got", "--group", "race"]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_edges_part_a_group_column_of_numbers(tmp_path):
    path = tmp_path / "ages.csv"
    rows = [f"{age},{int(row < 20)}" for age in (20, 50) for row in range(40)]
    path.write_text("\n".join(["age,p", *rows]))
    asked = ["fairness.group_rates", str(path), "--prediction", "p", "--group", "age"]
    found = CliRunner().invoke(evaluate, [*asked, "--edges", "age=25,40"])
    assert found.exit_code == 0, found.output
    groups = {m["group"]["age"] for m in json.loads(found.stdout)["metrics"] if m["group"]}
    assert groups == {"under 25", "40 and over"}
    for bad, said in (("sex=25", "one of the --group columns"), ("age=x", "got “x”")):
        refused = CliRunner().invoke(evaluate, [*asked, "--edges", bad])
        assert (refused.exit_code, said in refused.output) == (2, True)


def test_the_command_names_its_own_option_where_a_page_names_none(tmp_path):
    path = tmp_path / "yes.csv"
    path.write_text("g,p\na,yes\nb,no\n")
    found = CliRunner().invoke(
        evaluate, ["fairness.group_rates", str(path), "--prediction", "p", "--group", "g"]
    )
    assert found.exit_code == 2
    assert found.output.strip().endswith("Name the favourable value. Use --favourable VALUE.")
