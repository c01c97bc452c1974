"""Uploaded tables: read strictly, refused with a sentence that names line and column."""

import hashlib
import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from registry.reading.errors import RefusedFile
from registry.reading.tabular import TableLimits, check_file


def write(tmp_path, content: bytes):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    return path


def refusal(tmp_path, content: bytes, **limits) -> str:
    with pytest.raises(RefusedFile) as caught:
        check_file(write(tmp_path, content), limits=TableLimits(**limits))
    message = str(caught.value)
    assert "Nothing was kept." in message
    return message


@pytest.mark.parametrize(("delimiter"), [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path, delimiter):
    content = (
        f"id{delimiter}race{delimiter}ok\n1{delimiter}a{delimiter}1\n2{delimiter}b{delimiter}0"
    )
    table = check_file(write(tmp_path, content.encode()))
    assert (table.delimiter, table.columns, table.rows) == (delimiter, ("id", "race", "ok"), 2)


def test_a_delimiter_inside_quotes_does_not_count(tmp_path):
    table = check_file(write(tmp_path, b'name;note\n"a;b";"x, y, z"\n"c";"p, q, r"\n'))
    assert (table.delimiter, table.rows) == (";", 2)


def test_a_byte_order_mark_is_allowed_and_not_part_of_the_name(tmp_path):
    content = b"\xef\xbb\xbfid,ok\r\n1,0\r\n"
    table = check_file(write(tmp_path, content))
    assert table.columns == ("id", "ok")
    assert table.sha256 == hashlib.sha256(content).hexdigest()
    assert table.size == len(content)


def test_a_line_break_inside_quotes_is_one_row(tmp_path):
    assert check_file(write(tmp_path, b'id,note\n1,"two\nlines"\n2,x\n')).rows == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "This file is empty."),
        (b" \n\n", "This file is empty."),
        (b"id,ok\n", "a header and no rows"),
        (b"id,ok\n1,2\n3,4,5\n", "Line 3 has 3 values where the header has 2."),
        (b'id,ok\n1,"a\nb"\n3\n', "Line 4 has 1 value where the header has 2."),
        (b"id,ok\n1,2\n\n3,4\n", "Line 3 is empty, though rows follow it."),
        (b"id,Race,race \n1,2,3\n", "Columns 2 and 3 are both named"),
        (b"id,,ok\n1,2,3\n", "Column 2 has no name in line 1."),
        (b"1,2\n3,4\n", "Line 1 holds numbers where the column names should be."),
        (b"id,ok\n1,\x00\n", "Line 2 holds a NUL byte, at byte 3 of the line."),
        (
            "id,name\n1,Müller\n".encode("latin-1"),
            "Line 2 is not UTF-8: byte 4 of the line is 0xFC.",
        ),
        ("id,ok\n1,2\n".encode("utf-16"), "encoded as UTF-16"),
        (b'id,ok\n1,"a"b\n', "Line 2: text follows a closing quotation mark."),
        (b'id,ok\n1,"never closed\n2,3\n', "a quotation mark is opened and never closed"),
        (b"id,ok\r1,2\r", "bare carriage return"),
        (b"\x80\x04\x95abc", "is a Python pickle, not a table"),
        (b"PK\x03\x04....", "is a zip archive"),
        (b"PAR1 and then nothing", "This Parquet file is damaged"),
    ],
)
def test_each_fault_is_one_sentence_with_its_place(tmp_path, content, said):
    assert said in refusal(tmp_path, content)


def test_limits_name_what_was_found_and_what_is_allowed(tmp_path):
    assert "has 3 rows; the limit is 2." in refusal(tmp_path, b"a,b\n1,2\n3,4\n5,6\n", rows=2)
    assert "has 2 columns; the limit is 1." in refusal(tmp_path, b"a,b\n1,2\n", columns=1)
    assert "the limit is 0 MiB" in refusal(tmp_path, b"a,b\n1,2\n", size_bytes=4)


def test_a_line_without_an_end_is_refused_before_it_fills_the_memory(tmp_path):
    assert "Line 2 is longer than 1 MiB." in refusal(tmp_path, b"a,b\n" + b"x" * (2 * 1024**2))


def test_memory_stays_flat_while_a_long_table_is_read(tmp_path):
    path = write(tmp_path, b"id,name\n" + b"12345,some name here\n" * 200_000)
    tracemalloc.start()
    try:
        assert check_file(path).rows == 200_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * 1024**2


def test_parquet_is_told_by_content_and_counted(tmp_path):
    path = tmp_path / "table.csv"
    pq.write_table(pa.table({"id": [1, 2, 3], "ok": ["a", None, "b"]}), path)
    table = check_file(path)
    assert (table.format, table.delimiter, table.columns, table.rows) == (
        "parquet",
        "",
        ("id", "ok"),
        3,
    )
    assert table.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_parquet_with_lists_is_refused(tmp_path):
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table({"id": [1], "many": [[1, 2]]}), path)
    with pytest.raises(RefusedFile, match="Column “many” holds lists"):
        check_file(path)
