"""What is asked: Perennial's question and what others would run instead, with a checksum of both.

A task has `kind`, `question`, `check` (of our answer), and per engine a query, whose checksum is
`rows` (rows and the sum of `n`), `total` (the sum of `n`), `levels` (how many came at least so far) or
`columns` (the sum of every number of a row). An engine without a query cannot say it, or only by a
detour no one would take. [`DASHBOARD`] names the tasks that are also asked together.
"""

AS_OF = "2026-01-01T00:00:00Z"
STEPS = ["product_view", "add_to_cart", "checkout_started", "order"]
SPAN = "rows between unbounded preceding and unbounded following"


def cells(answer):
    """Cells with a customer, and customers in them."""
    counts = [cell["customers"] for cohort in answer["cohorts"] for cell in cohort["cells"]]
    return [sum(1 for n in counts if n > 0), sum(counts)]


def whole_paths(answer):
    """Paths of three nodes: the paths that leave their second node."""
    return [sum(node["went_on"] for node in answer["nodes"] if node["step"] == 2)]


RETENTION = {
    "title": "weekly retention, 110 weeks",
    "kind": "retention",
    "question": {
        "enter": "first_matching", "start": {"event": "*"}, "return": {"event": "*"}, "count": "on",
        "window": "calendar", "period": "week", "periods": 110, "mean": {"interval": "none"},
        "as_of": AS_OF,
    },
    "check": cells,
    "sum": "rows",
    "duckdb": """with first as (select customer_id, date_trunc('week', min(ts)) c from events group by 1),
        active as (select distinct customer_id, date_trunc('week', ts) w from events)
        select c, date_diff('week', c, w) k, count(*) n from active join first using (customer_id)
        group by 1, 2""",
    "chdb": """select c, dateDiff('week', c, w) k, count() n from
        (select customer_id, min(wk) c, groupUniqArray(wk) ws
         from (select customer_id, toMonday(ts) wk from d.events) group by customer_id)
        array join ws as w group by c, k""",
}

PATH = {
    "title": "paths of 3 events within 30 minutes",
    "kind": "path",
    "question": {
        "start": {"event": "*"}, "session": None, "within": {"minutes": 30}, "steps": 3,
        "collapse": "none", "count": "paths", "times": False, "top": 50, "sequences": 50,
        "as_of": AS_OF,
    },
    "check": whole_paths,
    "sum": "total",
    "duckdb": """with s as (select ts, event, lead(event) over w n1, lead(event, 2) over w n2,
         lead(ts, 2) over w t2 from events window w as (partition by customer_id order by ts))
        select event, n1, n2, count(*) n from s where t2 - ts < interval 30 minute group by 1, 2, 3""",
    "chdb": f"""select event, n1, n2, count() n from
        (select ts, event, leadInFrame(event) over w n1, leadInFrame(event, 2) over w n2,
         leadInFrame(ts, 2) over w t2 from d.events
         window w as (partition by customer_id order by ts {SPAN}))
        where t2 >= ts and dateDiff('microsecond', ts, t2) < 1800000000 group by 1, 2, 3""",
}

FUNNEL = {
    "title": "funnel of 4 steps in 7 days",
    "kind": "funnel",
    "question": {
        "steps": [{"event": step} for step in STEPS], "within": {"days": 7}, "as_of": AS_OF,
    },
    "check": lambda answer: [step["reached"] for step in answer["steps"]],
    "sum": "levels",
    "chdb": f"""select level, count() n from (select customer_id,
         windowFunnel(604800000000)(toUInt64(toUnixTimestamp64Micro(ts)),
           {", ".join(f"event = '{step}'" for step in STEPS)}) level
         from d.events where event in ({", ".join(f"'{step}'" for step in STEPS)})
         group by customer_id) group by level""",
}

RFM = {
    "title": "RFM by quintiles",
    "kind": "rfm",
    "question": {
        "scoring": "quantile", "bins": 5, "ties": "first", "event": {"event": "order"},
        "refunds": "ignore", "as_of": AS_OF,
    },
    "check": lambda answer: [answer["everybody"]["customers"]],
    "sum": "total",
    "duckdb": """with c as (select customer_id, max(ts) r, count(*) f, sum(amount) m from events
         where event = 'order' and amount > 0 group by 1),
        s as (select ntile(5) over (order by r) rs, ntile(5) over (order by f) fs,
         ntile(5) over (order by m) ms from c)
        select rs, fs, ms, count(*) n from s group by 1, 2, 3""",
    "chdb": f"""with c as (select customer_id, max(ts) r, count() f, sum(amount) m from d.events
         where event = 'order' and amount > 0 group by 1),
        s as (select ntile(5) over (order by r {SPAN}) rs, ntile(5) over (order by f {SPAN}) fs,
         ntile(5) over (order by m {SPAN}) ms from c)
        select rs, fs, ms, count() n from s group by 1, 2, 3""",
}

MONTHLY = {
    "title": "monthly retention, 24 months",
    "kind": "retention",
    "question": dict(RETENTION["question"], period="month", periods=24),
    "check": cells,
    "sum": "rows",
    "duckdb": RETENTION["duckdb"].replace("'week'", "'month'"),
    "chdb": RETENTION["chdb"].replace("'week'", "'month'").replace("toMonday", "toStartOfMonth"),
}


def added(answer, names):
    return [sum(period[name] for period in answer["periods"]) for name in names]


LIFECYCLE = {
    # Nobody has become dormant after the last month, December 2024, within it.
    "title": "lifecycle by month",
    "kind": "lifecycle",
    "question": {"period": "month", "as_of": AS_OF},
    "check": lambda answer: added(answer, ["new", "returning", "resurrecting", "dormant"]),
    "sum": "columns",
    "duckdb": """with active as (select distinct customer_id, date_trunc('month', ts) m from events),
        near as (select m, lag(m) over w b, lead(m) over w a from active
         window w as (partition by customer_id order by m))
        select count(*) filter (b is null), count(*) filter (b = m - interval 1 month),
         count(*) filter (b < m - interval 1 month),
         count(*) filter (m < date '2024-12-01' and (a is null or a > m + interval 1 month))
        from near group by m""",
    "chdb": """with active as (select distinct customer_id, toRelativeMonthNum(ts) m from d.events),
        near as (select m, lagInFrame(m) over w b, leadInFrame(m) over w a from active
         window w as (partition by customer_id order by m rows between 1 preceding and 1 following))
        select countIf(b = 0), countIf(b = m - 1), countIf(b > 0 and b < m - 1),
         countIf(m < toRelativeMonthNum(toDate('2024-12-01')) and (a = 0 or a > m + 1))
        from near group by m""",
}

STICKINESS = {
    # Ours also counts every day's active customers, those of 7 and of 30 days, and the gaps.
    "title": "active weeks per customer",
    "kind": "stickiness",
    "question": {"period": "week", "as_of": AS_OF},
    "check": lambda answer: [sum(point["exactly"] > 0 for point in answer["points"]), answer["customers_active"]],
    "sum": "rows",
    "duckdb": """select n_weeks, count(*) n from (select count(distinct date_trunc('week', ts)) n_weeks
        from events group by customer_id) group by n_weeks""",
    "chdb": """select weeks, count() n from (select uniqExact(toMonday(ts)) weeks
        from d.events group by customer_id) group by weeks""",
}

SESSIONS = {
    # Ours also has the length, depth and exits of sessions, and who comes back after which first one.
    "title": "sessions and bounces",
    "kind": "sessions",
    "question": {"session": {"gap_minutes": 30}, "as_of": AS_OF},
    "check": lambda answer: [answer["overall"]["sessions"], answer["overall"]["bounces"]],
    "sum": "columns",
    "duckdb": """with near as (select event, ts - lag(ts) over w b, lead(ts) over w - ts a from events
         window w as (partition by customer_id order by ts))
        select count(*), count(*) filter (a is null or a >= interval 30 minute) from near
        where b is null or b >= interval 30 minute group by event""",
    "chdb": """with near as (select event, toUnixTimestamp64Micro(ts) t, lagInFrame(t) over w b,
          leadInFrame(t) over w a from d.events
         window w as (partition by customer_id order by ts rows between 1 preceding and 1 following))
        select count(), countIf(a = 0 or a - t >= 1800000000) from near
        where b = 0 or t - b >= 1800000000 group by event""",
}


def within(count, days, condition=""):
    """Names of the rows of the last `days` days, as SQL."""
    return f"{count} filter (day > cut - {days}{' and ' + condition if condition else ''})"


# Forty features of every customer on the last day of 2024: what one pass over events can say in SQL.
ORDER, REFUND, HELP = "is_order", "event = 'refund'", "event = 'support_ticket'"
FEATURES = {
    "tenure_days": "cut - min(day)",
    "recency_days": "cut - max(day)",
    "events": "count(*)",
    **{f"events_{n}d": within("count(*)", n) for n in (7, 30, 90, 365)},
    "events_prev_90d": f"{within('count(*)', 180)} - {within('count(*)', 90)}",
    "active_days": "count(distinct day)",
    **{f"active_days_{n}d": within("count(distinct day)", n) for n in (7, 30, 90, 365)},
    "gap_mean_days": "(max(day) - min(day)) / nullif(count(distinct day) - 1, 0)",
    "orders": f"count(*) filter ({ORDER})",
    **{f"orders_{n}d": within("count(*)", n, ORDER) for n in (7, 30, 90, 365)},
    "orders_prev_90d": f"{within('count(*)', 180, ORDER)} - {within('count(*)', 90, ORDER)}",
    "days_since_first_order": f"cut - min(day) filter ({ORDER})",
    "days_since_last_order": f"cut - max(day) filter ({ORDER})",
    "money": f"sum(amount) filter ({ORDER})",
    "money_mean": f"avg(amount) filter ({ORDER})",
    "money_max": f"max(amount) filter ({ORDER})",
    **{f"money_{n}d": within("sum(amount)", n, ORDER) for n in (7, 30, 90, 365)},
    "money_prev_90d": f"{within('sum(amount)', 180, ORDER)} - {within('sum(amount)', 90, ORDER)}",
    "refunds": f"count(*) filter ({REFUND})",
    "event_names": "count(distinct event)",
    "support_events": f"count(*) filter ({HELP})",
    "support_events_90d": within("count(*)", 90, HELP),
    "days_since_support": f"cut - max(day) filter ({HELP})",
    "weekend_share": "count(*) filter (weekday in (0, 6)) / count(*)",
    "night_share": "count(*) filter (hour < 6) / count(*)",
    "morning_share": "count(*) filter (hour >= 6 and hour < 12) / count(*)",
    "afternoon_share": "count(*) filter (hour >= 12 and hour < 18) / count(*)",
    "evening_share": "count(*) filter (hour >= 18) / count(*)",
}
SUMMED = ["events", "active_days", "active_days_30d", "orders", "orders_365d", "support_events"]


def sums_of_features(answer):
    found = {feature["name"]: feature["summaries"][0] for feature in answer["features"]}
    return [round((found[name]["mean"] or 0) * found[name]["present"]) for name in SUMMED]


def feature_sql(days):
    """The features made into a table, as an engine says `days`; then the sums that are compared."""
    features = ", ".join(f"{sql} {name}" for name, sql in FEATURES.items())
    make = f"""create or replace temp table features as select customer_id, {features}
        from (select *, event = 'order' and amount > 0 is_order, {days} from events)
        group by customer_id, cut"""
    return [make, "select " + ", ".join(f"sum({name})" for name in SUMMED) + " from features"]


CUSTOMER_TABLE = {
    "title": f"customer table of {len(FEATURES)} features",
    "kind": "customer_table",
    "question": {"features": list(FEATURES), "cuts": ["2024-12-31"], "limit": 0, "as_of": AS_OF},
    "check": sums_of_features,
    "sum": "columns",
    "duckdb": feature_sql("epoch_us(ts) // 86400000000 as day, 20088 as cut,"
                          " dayofweek(ts) as weekday, hour(ts) as hour"),
}

TASKS = {
    "retention": RETENTION, "monthly": MONTHLY, "path": PATH, "funnel": FUNNEL, "rfm": RFM,
    "lifecycle": LIFECYCLE, "stickiness": STICKINESS, "sessions": SESSIONS,
    "customer_table": CUSTOMER_TABLE,
}

# Eight insights asked together: one scan of ours against each of them asked of its fastest peer.
DASHBOARD = [
    "retention", "monthly", "path", "funnel", "rfm", "lifecycle", "stickiness", "sessions",
]
