"""What a user would run instead, each engine in its best layout, in a process of its own.

usage: peers.py ENGINE TASK FILE   engine: duckdb | chdb | polars;  task: import, or one of tasks.py
prints one JSON line: seconds (best of three, data loaded and warm) and a checksum
"""
import json
import os
import sys
import tempfile
import time

from tasks import TASKS


def best_of_three(run):
    best, check = float("inf"), None
    for _ in range(3):
        began = time.perf_counter()
        check = run()
        best = min(best, time.perf_counter() - began)
    return best, check


def summed(how, rows):
    """The checksum of rows whose last number is `n`."""
    rows = [[*row] for row in rows]
    counts = [int(float(row[-1])) for row in rows]
    if how == "rows":
        return [len(rows), sum(counts)]
    if how == "total":
        return [sum(counts)]
    # levels: how many came at least so far
    level = {int(row[0]): n for row, n in zip(rows, counts)}
    return [sum(n for at, n in level.items() if at >= step) for step in range(1, 5)]


def duckdb(task, file):
    import duckdb
    connection = duckdb.connect()
    create = f"create or replace table events as select * from '{file}' order by customer_id, ts"
    if task == "import":
        # Durable, as ours is: into a database file, checkpointed.
        folder = tempfile.mkdtemp(dir=os.path.dirname(file))
        began = time.perf_counter()
        stored = duckdb.connect(f"{folder}/events.duckdb")
        stored.sql(create)
        stored.sql("checkpoint")
        seconds = time.perf_counter() - began
        check = stored.sql("select count(*) from events").fetchall()[0][0]
        stored.close()
        os.remove(f"{folder}/events.duckdb")
        os.rmdir(folder)
        return seconds, [check]
    connection.sql(create)
    query, how = TASKS[task]["duckdb"], TASKS[task]["sum"]
    return best_of_three(lambda: summed(how, connection.sql(query).fetchall()))


def chdb(task, file):
    from chdb import session
    connection = session.Session()
    connection.query("create database d")
    connection.query(
        "create table d.events engine=MergeTree order by (customer_id, ts) as select"
        " assumeNotNull(customer_id) customer_id, assumeNotNull(ts) ts,"
        f" toLowCardinality(assumeNotNull(event)) event, amount from file('{file}', Parquet)")
    query, how = TASKS[task]["chdb"], TASKS[task]["sum"]

    def run():
        lines = connection.query(query, "CSV").data().splitlines()
        return summed(how, [line.split(",") for line in lines])
    return best_of_three(run)


def polars_retention(pl, events):
    active = events.select("customer_id", w=pl.col("ts").dt.truncate("1w")).unique()
    first = active.group_by("customer_id").agg(c=pl.col("w").min())
    return active.join(first, on="customer_id").group_by("c", "w").len("n")


def polars_path(pl, events):
    ahead = events.with_columns(
        n1=pl.col("event").shift(-1), n2=pl.col("event").shift(-2),
        t2=pl.col("ts").shift(-2), c2=pl.col("customer_id").shift(-2))
    within = ahead.filter((pl.col("c2") == pl.col("customer_id"))
                          & ((pl.col("t2") - pl.col("ts")).dt.total_microseconds() < 1_800_000_000))
    return within.group_by("event", "n1", "n2").len("n")


def polars_rfm(pl, events):
    orders = events.filter((pl.col("event") == "order_completed") & (pl.col("amount") > 0))
    customers = orders.group_by("customer_id").agg(
        r=pl.col("ts").max(), f=pl.len(), m=pl.col("amount").sum())
    scores = [((pl.col(x).rank("ordinal") - 1) * 5 // pl.len()).alias(x) for x in "rfm"]
    return customers.select(scores).group_by("r", "f", "m").len("n")


POLARS = {"retention": polars_retention, "path": polars_path, "rfm": polars_rfm}


def polars(task, file):
    import polars as pl
    query, how = POLARS[task], TASKS[task]["sum"]
    # The file is sorted by customer and instant already.
    return best_of_three(lambda: summed(how, query(pl, pl.scan_parquet(file)).collect().iter_rows()))


ENGINES = {"duckdb": duckdb, "chdb": chdb, "polars": polars}


def main():
    engine, task, file = sys.argv[1:4]
    seconds, check = ENGINES[engine](task, file)
    print(json.dumps({"seconds": seconds, "check": check}))


def can(engine, task):
    """Whether the engine has a way to say the task."""
    return task in POLARS if engine == "polars" else engine in TASKS[task]


if __name__ == "__main__":
    main()
