"""Compares Parquet tables, as pyarrow and DuckDB read them, with CSV tables of the same logs.

Three arguments for each pair: LOG.parquet LOG.csv wide|long. Prints the number of rows of each.
"""
import csv
import math
import sys
from datetime import datetime, timezone
from decimal import Decimal

import duckdb
import pyarrow.parquet as pq

FIXED = ["timestamp", "elapsed_us", "step", "epoch", "iteration", "validation", "session"]


def bits(value):
    """NaN equals NaN, and 0 does not equal -0."""
    if isinstance(value, float):
        return "nan" if math.isnan(value) else (value, math.copysign(1, value))
    return value


def number(text):
    return {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}.get(text) if text[-1] in "Ny" else float(text)


def value(text, like):
    """A cell of the CSV table, as the other table has it. An empty text is no text in CSV."""
    if text == "":
        return like if like == "" else None
    if isinstance(like, bool):
        return {"true": True, "false": False}[text]
    return number(text) if isinstance(like, float) else text


def microseconds(text):
    return int((Decimal(text) * 1_000_000).to_integral_value())


def check(rows, columns, table, long):
    assert len(rows) == len(table), (len(rows), len(table))
    header = table[0].keys() if table else []
    metrics = [name for name in header if name not in FIXED + ["datetime", "elapsedtime"]]
    if table and not long:
        assert columns == FIXED + metrics, (columns[:20], metrics[:20])
    for row, cells in zip(rows, table):
        moment = row["timestamp"]
        assert moment.utcoffset().total_seconds() == 0
        since = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
        whole = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        assert whole == microseconds(cells["timestamp"]), (whole, cells)
        elapsed = cells["elapsedtime"]
        assert row["elapsed_us"] == (microseconds(elapsed) if elapsed else None), cells
        for name in ["epoch", "iteration", "validation", "session"]:
            assert row[name] == (float(cells[name]) if cells[name] else None), (name, row[name], cells)
        if row["step"] is not None:
            assert row["step"] == cells["step"]
        if long:
            assert row["metric"] == cells["metric"]
            found = row["text"] if row["value"] is None else row["value"]
            assert bits(found) == bits(value(cells["value"], found)), (found, cells)
        else:
            for name in metrics:
                found = row[name]
                assert bits(found) == bits(value(cells[name], found)), (name, found, cells[name])


def compare(parquet, table, layout):
    with open(table, newline="") as file:
        cells = list(csv.DictReader(file))
    arrow = pq.read_table(parquet)
    check(arrow.to_pylist(), arrow.column_names, cells, layout == "long")
    with duckdb.connect() as db:
        db.execute("SET TimeZone = 'UTC'")
        found = db.execute("SELECT * FROM read_parquet(?)", [parquet])
        columns = [name for name, *_ in found.description]
        rows = [dict(zip(columns, row)) for row in found.fetchall()]
        check(rows, columns, cells, layout == "long")
    print(len(cells))


csv.field_size_limit(sys.maxsize)
pairs = iter(sys.argv[1:])
for pair in zip(pairs, pairs, pairs):
    try:
        compare(*pair)
    except Exception as error:
        raise SystemExit(f"{pair}: {error!r}") from error
