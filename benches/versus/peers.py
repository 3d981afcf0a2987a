"""What a user would run instead, each engine in its best layout, in a process of its own.

usage: peers.py ENGINE TASK FILE   engine: duckdb | chdb | polars;  task: import, or one of tasks.py
       peers.py ENGINE decode FILES  only reads the customer and the instant of Perennial's own files
prints one JSON line: seconds (best of three, data loaded and warm) and a checksum
"""
import json
import os
import sys
import tempfile
import time

from tasks import SUMMED, TASKS


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
    if how == "columns":
        return [sum(int(float(value)) for value in column) for column in zip(*rows)]
    # levels: how many came at least so far
    level = {int(row[0]): n for row, n in zip(rows, counts)}
    return [sum(n for at, n in level.items() if at >= step) for step in range(1, 5)]


def duckdb(task, file):
    import duckdb
    connection = duckdb.connect()
    if task == "decode":
        # No minimum or sum: what statistics could tell would not be read.
        both = f"select bit_xor(customer), bit_xor(epoch_us(ts)) from read_parquet('{file}')"
        seconds, _ = best_of_three(lambda: connection.execute(both).fetchall())
        return seconds, None
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
    queries, how = TASKS[task]["duckdb"], TASKS[task]["sum"]

    def run():
        *first, last = [queries] if isinstance(queries, str) else queries
        for query in first:
            connection.execute(query)
        return summed(how, connection.execute(last).fetchall())
    return best_of_three(run)


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


def polars_retention(pl, events, period="1w"):
    active = events.select("customer_id", w=pl.col("ts").dt.truncate(period)).unique()
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
    orders = events.filter((pl.col("event") == "order") & (pl.col("amount") > 0))
    customers = orders.group_by("customer_id").agg(
        r=pl.col("ts").max(), f=pl.len(), m=pl.col("amount").sum())
    scores = [((pl.col(x).rank("ordinal") - 1) * 5 // pl.len()).alias(x) for x in "rfm"]
    return customers.select(scores).group_by("r", "f", "m").len("n")


def polars_monthly(pl, events):
    return polars_retention(pl, events, "1mo")


def polars_lifecycle(pl, events):
    month = pl.col("ts").dt.year().cast(pl.Int32) * 12 + pl.col("ts").dt.month()
    active = events.select("customer_id", m=month).unique().sort("customer_id", "m")
    near = active.with_columns(
        b=pl.col("m").shift(1).over("customer_id"), a=pl.col("m").shift(-1).over("customer_id"))
    m, a, b = pl.col("m"), pl.col("a"), pl.col("b")
    return near.group_by("m").agg(
        new=b.is_null().sum(), returning=(b == m - 1).sum(), resurrecting=(b < m - 1).sum(),
        dormant=((m < 2024 * 12 + 12) & (a.is_null() | (a > m + 1))).sum()).drop("m")


def polars_stickiness(pl, events):
    weeks = events.group_by("customer_id").agg(weeks=pl.col("ts").dt.truncate("1w").n_unique())
    return weeks.group_by("weeks").len("n")


def polars_sessions(pl, events):
    same = pl.col("customer_id")
    gap = pl.when(same == same.shift(1)).then(pl.col("ts") - pl.col("ts").shift(1))
    near = events.select("event", b=gap.is_null() | (gap >= pl.duration(minutes=30)))
    near = near.with_columns(a=pl.col("b").shift(-1).fill_null(True))
    return near.filter("b").group_by("event").agg(n=pl.len(), bounces=pl.col("a").sum()).drop("event")


def polars_customer_table(pl, events):
    day = pl.col("ts").dt.epoch("us") // 86_400_000_000
    rows = events.with_columns(
        day=day.cast(pl.Int32), hour=pl.col("ts").dt.hour(), weekday=pl.col("ts").dt.weekday())
    cut, day, amount = 20_088, pl.col("day"), pl.col("amount")
    order = (pl.col("event") == "order") & (amount > 0)
    refund, called = pl.col("event") == "refund", pl.col("event") == "support_ticket"

    def within(days):
        return day > cut - days
    ordered, money = day.filter(order), amount.filter(order)
    features = {
        "tenure_days": cut - day.min(), "recency_days": cut - day.max(), "events": pl.len(),
        **{f"events_{n}d": within(n).sum() for n in (7, 30, 90, 365)},
        "events_prev_90d": within(180).sum() - within(90).sum(),
        "active_days": day.n_unique(),
        **{f"active_days_{n}d": day.filter(within(n)).n_unique() for n in (7, 30, 90, 365)},
        "gap_mean_days": (day.max() - day.min()) / (day.n_unique() - 1),
        "orders": order.sum(), **{f"orders_{n}d": (order & within(n)).sum() for n in (7, 30, 90, 365)},
        "orders_prev_90d": (order & within(180)).sum() - (order & within(90)).sum(),
        "days_since_first_order": cut - ordered.min(), "days_since_last_order": cut - ordered.max(),
        "money": money.sum(), "money_mean": money.mean(), "money_max": money.max(),
        **{f"money_{n}d": amount.filter(order & within(n)).sum() for n in (7, 30, 90, 365)},
        "money_prev_90d": amount.filter(order & within(180) & ~within(90)).sum(),
        "refunds": refund.sum(), "event_names": pl.col("event").n_unique(),
        "support_events": called.sum(), "support_events_90d": (called & within(90)).sum(),
        "days_since_support": cut - day.filter(called).max(),
        "weekend_share": (pl.col("weekday") >= 6).mean(), "night_share": (pl.col("hour") < 6).mean(),
        "morning_share": pl.col("hour").is_between(6, 11).mean(),
        "afternoon_share": pl.col("hour").is_between(12, 17).mean(),
        "evening_share": (pl.col("hour") >= 18).mean(),
    }
    # Collected, so that what the check does not need is made all the same.
    return rows.group_by("customer_id").agg(**features).collect().lazy().select(pl.col(SUMMED).sum())


POLARS = {
    "retention": polars_retention, "monthly": polars_monthly, "path": polars_path, "rfm": polars_rfm,
    "lifecycle": polars_lifecycle, "stickiness": polars_stickiness, "sessions": polars_sessions,
    "customer_table": polars_customer_table,
}


def polars(task, file):
    import polars as pl
    if task == "decode":
        seconds, _ = best_of_three(lambda: pl.scan_parquet(file).select("customer", "ts").collect())
        return seconds, None
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
