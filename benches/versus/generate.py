"""Makes the event log every engine is measured on: N events of N/100 customers over two years.

usage: generate.py N_EVENTS OUT_DIR  ->  by_time.parquet (arrival order), by_customer.parquet (sorted)

Activity is heavy-tailed, customers join over time and leave, most events come in bursts.
"""
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

EVENTS = {
    "session_start": 14, "page_view": 30, "product_view": 18, "search": 8, "add_to_cart": 6,
    "checkout_started": 3, "order": 2.2, "review_posted": 0.5, "support_ticket": 0.6,
    "email_open": 5, "email_click": 1.2, "push_open": 3, "wishlist_add": 1.5, "coupon_used": 0.5,
    "checkin": 2, "share": 0.6, "refund": 0.1, "login": 3, "logout": 0.5, "profile_update": 0.3,
}
DAY = 86_400_000_000
START = 1_672_531_200_000_000  # 2023-01-01
DAYS = 730


def columns(n_events):
    rng = np.random.default_rng(7)
    n_customers = max(1000, n_events // 100)
    weights = np.array(list(EVENTS.values()))
    joined = rng.integers(0, 640, n_customers)
    lifetime = np.minimum(rng.exponential(120, n_customers) + 1, DAYS - joined)
    activity = rng.pareto(1.3, n_customers) + 0.2
    customer = np.sort(rng.choice(n_customers, size=n_events, p=activity / activity.sum()))
    at = joined[customer] + rng.beta(0.7, 1.4, n_events) * lifetime[customer]
    ts = START + (at * DAY).astype(np.int64)
    quarter_day = 6 * 3600 * 1_000_000
    burst = rng.random(n_events) < 0.8
    ts = np.where(burst, ts // quarter_day * quarter_day + rng.integers(0, 1_200_000_000, n_events), ts)
    event = rng.choice(len(EVENTS), size=n_events, p=weights / weights.sum()).astype(np.int8)
    amount = np.where(event == 6, np.round(rng.gamma(2.0, 30.0, n_events), 2), np.nan)
    return customer.astype(np.int64), ts, event, amount


def table(customer, ts, event, amount):
    names = pa.array(list(EVENTS))
    return pa.table({
        "customer_id": pa.array(customer),
        "ts": pa.array(ts, type=pa.timestamp("us")),
        "event": pa.DictionaryArray.from_arrays(pa.array(event), names),
        "amount": pa.array(amount, from_pandas=True),
    })


def main():
    n_events, out = int(float(sys.argv[1])), sys.argv[2]
    customer, ts, event, amount = columns(n_events)
    order = np.lexsort((ts, customer))
    sorted_columns = [column[order] for column in (customer, ts, event, amount)]
    pq.write_table(
        table(*sorted_columns), f"{out}/by_customer.parquet", compression="zstd", row_group_size=1 << 20,
        column_encoding={"customer_id": "DELTA_BINARY_PACKED", "ts": "DELTA_BINARY_PACKED"},
        use_dictionary=["event"],
    )
    order = np.argsort(sorted_columns[1], kind="stable")
    pq.write_table(
        table(*(column[order] for column in sorted_columns)), f"{out}/by_time.parquet",
        compression="zstd", row_group_size=1 << 20,
    )


main()
