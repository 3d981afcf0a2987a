"""What is asked: Perennial's question and what others would run instead, with a checksum of both.

A task has `kind` and `question` (or `tiles`, several of them answered together), `check` (of our
answer), and per engine a query, whose checksum is `rows` (rows and the sum of `n`), `total` (the sum
of `n`) or `whole` (one row of numbers). An engine without a query cannot say it, or only by a detour
no one would take.
"""

AS_OF = "2026-01-01T00:00:00Z"
STEPS = ["product_view", "add_to_cart", "checkout_started", "order_completed"]
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
        "scoring": "quantile", "bins": 5, "ties": "first", "event": {"event": "order_completed"},
        "refunds": "ignore", "as_of": AS_OF,
    },
    "check": lambda answer: [answer["everybody"]["customers"]],
    "sum": "total",
    "duckdb": """with c as (select customer_id, max(ts) r, count(*) f, sum(amount) m from events
         where event = 'order_completed' and amount > 0 group by 1),
        s as (select ntile(5) over (order by r) rs, ntile(5) over (order by f) fs,
         ntile(5) over (order by m) ms from c)
        select rs, fs, ms, count(*) n from s group by 1, 2, 3""",
    "chdb": f"""with c as (select customer_id, max(ts) r, count() f, sum(amount) m from d.events
         where event = 'order_completed' and amount > 0 group by 1),
        s as (select ntile(5) over (order by r {SPAN}) rs, ntile(5) over (order by f {SPAN}) fs,
         ntile(5) over (order by m {SPAN}) ms from c)
        select rs, fs, ms, count() n from s group by 1, 2, 3""",
}

TASKS = {"retention": RETENTION, "path": PATH, "funnel": FUNNEL, "rfm": RFM}
