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

TABLE = """create or replace table lake.events (customer bigint, ts timestamptz, sequence bigint,
event varchar, source varchar, order_id varchar, amount decimal(18, 4), currency varchar, item varchar,
quantity decimal(18, 4), session varchar, properties varchar)"""

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


def fill(events):
    connection.sql(TABLE)
    rows = [
        [e["customer"], e["ts"], e["sequence"], e["event"], "import", e["order_id"], e["amount"],
         e["currency"], e["item"], e["quantity"], e["session"], e["properties"]]
        for e in events
    ]
    if rows:
        money = "cast(? as decimal(18, 0)) / 10000"
        money = "cast(cast(? as hugeint) as decimal(22, 0)) * cast(0.0001 as decimal(5, 4))"
        places = f"?, make_timestamptz(?), ?, ?, ?, ?, cast({money} as decimal(18, 4)), ?, ?, cast({money} as decimal(18, 4)), ?, ?"
        connection.executemany(f"insert into lake.events values ({places})", rows)


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
                further.append((inherited, one[name]))
        members = further
    return [{**above, **one} for above, one in members]


def field(row, name):
    for part in name.split("."):
        if row is None:
            return None
        if not isinstance(row, dict) or part not in row:
            raise KeyError(name)
        row = row[part]
    return row


def same(ours, theirs):
    if ours is None or theirs is None:
        return ours is None and theirs is None
    if isinstance(theirs, decimal.Decimal) and isinstance(ours, str):
        return decimal.Decimal(ours) == theirs
    if isinstance(theirs, (int, float, decimal.Decimal)) and not isinstance(theirs, bool):
        ours = float(ours)
        # A mean in an answer is text of four places.
        slack = 5.1e-5 if isinstance(theirs, float) and isinstance(ours, str) else 1e-9
        return abs(ours - float(theirs)) <= slack * max(1.0, abs(ours))
    return ours == theirs


n_statements = n_rows = n_values = 0
for case in given["cases"]:
    if not given["lake"]:
        fill(case["events"])
    for statement in case["statements"]:
        where = f"{case['name']} {statement['rows']}"
        try:
            result = connection.sql(statement["sql"])
            columns, rows = result.columns, result.fetchall()
        except Exception as error:
            print(f"{where}: {error}\n{statement['sql']}")
            continue
        answers = found(case["answer"], statement["rows"])
        # Computed rests stand apart from the members of a list.
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
