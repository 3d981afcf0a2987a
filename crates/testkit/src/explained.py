"""Runs the statements of answers on DuckDB and compares what they give with the answers.

Reads cases as JSON: {"lake": folder or null, "cases": [{"name", "events", "answer", "statements"}]}.
Prints a line per difference and, last, how much was compared.
"""
import decimal
import json
import os
import sys

import duckdb

given = json.load(sys.stdin)
connection = duckdb.connect("")
# Answers must not depend on the zone of a session.
connection.sql("set timezone = 'Asia/Kathmandu'")
connection.sql("set threads = 2")

EVENT = {
    "customer": "bigint", "ts": "bigint", "sequence": "bigint", "event": "varchar", "order_id": "varchar",
    "amount": "hugeint", "currency": "varchar", "item": "varchar", "quantity": "hugeint",
    "session": "varchar", "properties": "varchar",
}
FOUR_PLACES = "cast(cast({} as decimal(22, 0)) * cast(0.0001 as decimal(5, 4)) as decimal(18, 4))"

if given["lake"]:
    from duckdb_extensions import import_extension

    for name in ("ducklake", "sqlite_scanner"):
        import_extension(name)
    os.chdir(given["lake"])
    connection.sql("load ducklake")
    connection.sql("load sqlite_scanner")
    connection.sql(given["attach"])
else:
    connection.sql("attach ':memory:' as lake")
    connection.sql("attach ':memory:' as __ducklake_metadata_lake")


def fill(events):
    """Makes `lake.events` of events whose instants are microseconds and money ten-thousandths."""
    columns = [
        f"make_timestamptz({name}) as ts" if name == "ts"
        else f"{FOUR_PLACES.format(name)} as {name}" if kind == "hugeint"
        else name
        for name, kind in EVENT.items()
    ]
    connection.execute(
        f"create or replace table lake.events as select {', '.join(columns)}, 'import' as source "
        "from (select unnest(from_json(?, ?), recursive := true))",
        [json.dumps(events), json.dumps([EVENT])],
    )
    # As the catalog holds them: keys in the order of their ids, as in random worlds.
    connection.sql(
        "create or replace table __ducklake_metadata_lake.identity as "
        "select distinct customer as id, 'c' || customer as outside_id, customer from lake.events"
    )


def found(value, path):
    """The members a path leads to, each with what it inherits from those above."""
    members = [({}, value)]
    for name in [part for part in path.split("/") if part]:
        further = []
        for above, one in members:
            inherited = {**above, **one} if isinstance(one, dict) else above
            if name == "*":
                further.extend((above, member) for member in one)
            else:
                further.append((inherited, one[int(name)] if isinstance(one, list) else one[name]))
        members = further
    return [{**above, **one} for above, one in members]


def field(row, name):
    """The value of a field; an answer leaves out what is null, and what is not there at all then
    differs from whatever DuckDB says."""
    for part in name.split("."):
        row = row.get(part) if isinstance(row, dict) else None
    return row


def by_feature(answer, row):
    """A row of a table of features with every value by its feature's name."""
    if "values" not in row or "features" not in answer:
        return row
    return {**row, **{one["name"]: value for one, value in zip(answer["features"], row["values"])}}


def same(ours, theirs):
    if ours is None or theirs is None:
        return ours is None and theirs is None
    if isinstance(theirs, decimal.Decimal) and isinstance(ours, str):
        return decimal.Decimal(ours) == theirs
    if isinstance(theirs, (int, float, decimal.Decimal)) and not isinstance(theirs, bool):
        if isinstance(theirs, float) and isinstance(ours, str):
            # A mean is text of four places in an answer.
            return abs(float(ours) - theirs) <= 5.1e-5
        return abs(float(ours) - float(theirs)) <= 1e-9 * max(1.0, abs(float(ours)))
    return ours == theirs


n_statements = n_rows = n_values = 0
filled = None
for case in given["cases"]:
    if not given["lake"] and case["events"] != filled:
        filled = case["events"]
        fill(filled)
    for statement in case["statements"]:
        where = f"{case['name']} {statement['rows']}"
        try:
            result = connection.sql(statement["sql"])
            columns, rows = result.columns, result.fetchall()
        except Exception as error:
            print(f"{where}: {error}\n{statement['sql']}")
            continue
        answers = [by_feature(case["answer"], row) for row in found(case["answer"], statement["rows"])]
        if len(answers) != len(rows):
            print(f"{where}: {len(rows)} rows for {len(answers)}\n{answers}\n{rows}\n{statement['sql']}")
            continue
        n_statements += 1
        for ours, theirs in zip(answers, rows):
            n_rows += 1
            for name, value in zip(columns, theirs):
                n_values += 1
                if not same(field(ours, name), value):
                    print(f"{where}: {name} is {field(ours, name)!r}, DuckDB says {value!r}\n{ours}\n{dict(zip(columns, theirs))}\n{statement['sql']}")
                    break
print(f"compared {n_statements} statements, {n_rows} rows, {n_values} values")
