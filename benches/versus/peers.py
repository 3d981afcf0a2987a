"""What a user would run instead, each engine in its best layout, in a process of its own.

usage: peers.py ENGINE TASK FILE   engine: duckdb | chdb | polars;  task: retention | import
prints one JSON line: seconds (best of three, data loaded and warm) and a checksum
"""
import json
import sys
import time

RETENTION = {
    "duckdb": """with first as (select customer_id, date_trunc('week', min(ts)) c from events group by 1),
        active as (select distinct customer_id, date_trunc('week', ts) w from events)
        select c, date_diff('week', c, w) k, count(*) n from active join first using (customer_id) group by 1, 2""",
    "chdb": """select c, dateDiff('week', c, w) k, count() n from
        (select customer_id, min(wk) c, groupUniqArray(wk) ws
         from (select customer_id, toMonday(ts) wk from d.events) group by customer_id)
        array join ws as w group by c, k""",
}


def best_of_three(run):
    best, check = float("inf"), None
    for _ in range(3):
        began = time.perf_counter()
        check = run()
        best = min(best, time.perf_counter() - began)
    return best, check


def duckdb(task, file):
    import duckdb
    connection = duckdb.connect()
    create = f"create or replace table events as select * from '{file}' order by customer_id, ts"
    if task == "import":
        # Durable, as ours is: into a database file, checkpointed.
        import os, tempfile
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

    def run():
        frame = connection.sql(RETENTION["duckdb"]).fetchnumpy()
        return [len(frame["n"]), int(frame["n"].sum())]
    return best_of_three(run)


def chdb(task, file):
    from chdb import session
    assert task == "retention"
    connection = session.Session()
    connection.query("create database d")
    connection.query(
        "create table d.events engine=MergeTree order by (customer_id, ts) as select"
        " assumeNotNull(customer_id) customer_id, assumeNotNull(ts) ts,"
        f" toLowCardinality(assumeNotNull(event)) event, amount from file('{file}', Parquet)")

    def run():
        rows = connection.query(RETENTION["chdb"], "CSV").data().splitlines()
        return [len(rows), sum(int(row.rsplit(",", 1)[1]) for row in rows)]
    return best_of_three(run)


def polars(task, file):
    import polars as pl
    assert task == "retention"

    def run():
        events = pl.scan_parquet(file)
        active = events.select("customer_id", w=pl.col("ts").dt.truncate("1w")).unique()
        first = active.group_by("customer_id").agg(c=pl.col("w").min())
        cells = active.join(first, on="customer_id").group_by("c", "w").len("n").collect()
        return [len(cells), int(cells["n"].sum())]
    return best_of_three(run)


def main():
    engine, task, file = sys.argv[1:4]
    seconds, check = {"duckdb": duckdb, "chdb": chdb, "polars": polars}[engine](task, file)
    print(json.dumps({"seconds": seconds, "check": check}))


main()
