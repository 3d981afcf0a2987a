//! Paths in SQL: stops cut into sessions, anchors, the stops from each of them on, and what flows.

use perennial_types::question::Refusal;

use super::plan::{Direction, Plan};
use super::question::{Count, Enter};
use crate::sql::{self, Query, Statement, instant};
use crate::visits::{SessionRule, Splitter};

/// How many paths end how.
const ENDS: &str = "count(*) filter (where is_last and ending = 'dropped') as dropped,
  count(*) filter (where is_last and ending = 'open') as open,
  count(*) filter (where is_last and ending = 'cut') as cut,
  count(*) filter (where is_last and ending = 'arrived') as arrived";

/// Paths of customers who came back against those of customers who did not.
const DIFFERENCE: &str = ",
  stayed as \"difference.stayed\",
  gone as \"difference.left\",
  stayed / nullif(all_stayed, 0) as \"difference.stayed_share\",
  gone / nullif(all_gone, 0) as \"difference.left_share\",
  stayed / nullif(all_stayed, 0) - gone / nullif(all_gone, 0) as \"difference.difference\"";

/// The statements: all paths, nodes, edges, sequences.
pub fn explain(plan: &Plan) -> Result<Vec<Statement>, Refusal> {
    let mut query = Query::default();
    stops(plan, &mut query)?;
    anchors(plan, &mut query);
    match plan.direction {
        Direction::Backward => backward(plan, &mut query),
        _ => forward(plan, &mut query),
    }
    classes(plan, &mut query);
    shown(plan, &mut query);
    Ok(vec![overall(plan, &query), nodes(&query), edges(plan, &query), sequences(plan, &mut query)])
}

/// Adds `stops`, numbered within their sessions, the same node several times in a row as one where
/// that is asked.
fn stops(plan: &Plan, query: &mut Query) -> Result<(), Refusal> {
    let question = &plan.question;
    let never = sql::never();
    let session = match &question.session {
        Some(SessionRule::StartedBy(filter)) => filter,
        _ => &never,
    };
    let returns = question.compare.as_ref().map_or(&never, |compare| &compare.return_);
    let field = match &plan.splitter {
        Splitter::Field(field) => sql::text_of(field)?,
        _ => "null".to_owned(),
    };
    sql::happened(
        query,
        plan.as_of,
        &[
            ("takes_part", &question.events),
            ("is_start", question.start.as_ref().unwrap_or(&never)),
            ("is_end", question.end.as_ref().unwrap_or(&never)),
            ("begins", session),
            ("returns", returns),
        ],
        &[("node", sql::first(&plan.nodes.sql(&question.node)?)), ("field", sql::first(&field))],
    )?;
    plan.splitter.numbered(query);
    let ends = if plan.direction == Direction::Between { " or is_end" } else { "" };
    let is_new = match plan.collapses() {
        true => format!("coalesce(node <> lag(node) over visit, true){ends}"),
        false => "true".to_owned(),
    };
    query.with(
        "changes",
        format!(
            "select *, {is_new} as is_new_node, max(ts) over (partition by customer) as last_ts,\n  number = max(number) over (partition by customer) as is_last_session\nfrom stops\nwindow visit as (partition by customer, number order by ts, sequence)"
        ),
    );
    query.with(
        "runs",
        "select
  customer, number, place,
  min(ts) as ts,
  any_value(node) as node,
  bool_or(is_start) as is_start,
  bool_or(is_end) as is_end,
  any_value(last_ts) as last_ts,
  any_value(is_last_session) as is_last_session
from (
  select *, sum(cast(is_new_node as integer)) over (partition by customer, number order by ts, sequence rows between unbounded preceding and current row) as place
  from changes
)
group by customer, number, place",
    );
    Ok(())
}

/// Adds `anchors`: where the paths that count begin.
fn anchors(plan: &Plan, query: &mut Query) {
    let question = &plan.question;
    let is_anchor = match plan.direction {
        Direction::Session => "place = 1",
        Direction::Forward | Direction::Between => "is_start",
        Direction::Backward => "is_end",
    };
    let (join, since) = match sql::population(query, question.population, plan.as_of) {
        true => (" join buyers using (customer)", " and ts >= since"),
        false => ("", ""),
    };
    let in_range =
        format!("ts >= {} and ts < {}", instant(plan.anchors.0), instant(plan.anchors.1));
    let first = |by: &str| {
        format!("\nqualify row_number() over (partition by {by} order by number, place) = 1")
    };
    let chosen = match (question.count, question.enter) {
        (Count::Customers, Enter::FirstInRange) => first("customer"),
        (Count::Sessions, _) => first("customer, number"),
        _ => String::new(),
    };
    let candidates = format!("select runs.*\nfrom runs{join}\nwhere {is_anchor}{since}");
    query.with(
        "anchors",
        match (question.count, question.enter) {
            (Count::Customers, Enter::FirstEver) => {
                format!("select * from (\n{candidates}{}\n)\nwhere {in_range}", first("customer"))
            }
            _ => format!("{candidates} and {in_range}{chosen}"),
        },
    );
}

/// Adds `reached`, how far each anchor's stops go, `steps` and `paths`.
fn forward(plan: &Plan, query: &mut Query) {
    let until = match plan.window {
        Some(window) => format!("epoch_us(a.ts) + {window}"),
        None => i64::MAX.to_string(),
    };
    let goes_on = match &plan.splitter {
        Splitter::Gap(gap) => {
            format!("is_last_session and epoch_us(last_ts) + {gap} > {}", plan.as_of)
        }
        _ => "is_last_session".to_owned(),
    };
    let arrives = if plan.direction == Direction::Between { "r.is_end" } else { "false" };
    query.with(
        "reached",
        format!(
            "select
  a.customer, a.number, a.place, a.ts,
  any_value({goes_on}) as goes_on,
  {until} as until,
  max(r.place) as last_place,
  min(r.place) filter (where {arrives}) as end_place,
  min(r.ts) filter (where {arrives}) as arrived_at
from anchors as a left join (select customer, number, place, ts, is_end from runs) as r
  on r.customer = a.customer and r.number = a.number and r.place > a.place and epoch_us(r.ts) < {until}
group by a.customer, a.number, a.place, a.ts"
        ),
    );
    let n_steps = plan.question.steps;
    query.with(
        "paths",
        format!(
            "select *,
  least(coalesce(end_place, last_place, place), place + {n_steps} - 1) as last_shown,
  case
    when end_place - place < {n_steps} then 'arrived'
    when last_place - place >= {n_steps} then 'cut'
    when goes_on and until > {} then 'open'
    else 'dropped'
  end as ending
from reached",
            plan.as_of
        ),
    );
    query.with(
        "steps",
        "select p.customer, p.number, p.place, r.place - p.place + 1 as step, r.node, r.ts, r.place = last_shown as is_last
from paths as p join runs as r
  on r.customer = p.customer and r.number = p.number and r.place >= p.place and r.place <= last_shown",
    );
}

/// The same, looked at backwards.
fn backward(plan: &Plan, query: &mut Query) {
    let within = match plan.window {
        Some(window) => format!(" and epoch_us(a.ts) - epoch_us(r.ts) < {window}"),
        None => String::new(),
    };
    let n_steps = plan.question.steps;
    query.with(
        "paths",
        format!(
            "select
  a.customer, a.number, a.place, a.ts,
  greatest(min(r.place), a.place - {n_steps} + 1) as last_shown,
  case when a.place - min(r.place) >= {n_steps} then 'cut' else 'dropped' end as ending,
  cast(null as timestamptz) as arrived_at
from anchors as a join runs as r
  on r.customer = a.customer and r.number = a.number and r.place <= a.place{within}
group by a.customer, a.number, a.place, a.ts"
        ),
    );
    query.with(
        "steps",
        "select p.customer, p.number, p.place, p.place - r.place + 1 as step, r.node, r.ts, r.place = last_shown as is_last
from paths as p join runs as r
  on r.customer = p.customer and r.number = p.number and r.place <= p.place and r.place >= last_shown",
    );
}

/// Adds `classed`: the paths, with whether their customers came back by the horizon.
fn classes(plan: &Plan, query: &mut Query) {
    let Some((after, within)) = plan.horizon else {
        query.with("classed", "select *, cast(null as varchar) as class from paths");
        return;
    };
    let since = "epoch_us(happened.ts) - epoch_us(paths.ts)";
    query.with(
        "classed",
        format!(
            "select *,
  case when epoch_us(ts) + {within} > {as_of} then null when came_back then 'stayed' else 'left' end as class
from (
  select paths.*, exists (
    select 1 from happened
    where happened.customer = paths.customer and returns
      and {since} > 0 and {since} >= {after} and {since} < {within}
  ) as came_back
  from paths
)",
            as_of = plan.as_of
        ),
    );
}

/// Adds `names`, the most frequent nodes, and `flow`, every step of every path by what is shown.
fn shown(plan: &Plan, query: &mut Query) {
    query.with(
        "names",
        format!(
            "select node, row_number() over (order by count(*) desc, node) as rank\nfrom steps\ngroup by node\norder by rank\nlimit {}",
            plan.question.top
        ),
    );
    query.with(
        "flow",
        "select
  steps.customer, number, place, step, steps.ts, is_last, ending, class,
  coalesce(rank, 0) as rank,
  case when rank is null then 'Other' else node end as shown,
  lead(coalesce(rank, 0)) over path as next_rank,
  lead(case when rank is null then 'Other' else node end) over path as next_shown,
  abs(epoch_us(lead(steps.ts) over path) - epoch_us(steps.ts)) // 1000000 as seconds
from steps join classed using (customer, number, place) left join names using (node)
window path as (partition by steps.customer, number, place order by step)",
    );
    query.with(
        "totals",
        "select count(*) as n, count(*) filter (where class = 'stayed') as all_stayed, count(*) filter (where class = 'left') as all_gone from classed",
    );
    query.with(
        "by_node",
        format!(
            "select step, rank, shown, count(*) as n, {ENDS}\nfrom flow\ngroup by step, rank, shown"
        ),
    );
}

/// All paths.
fn overall(plan: &Plan, query: &Query) -> Statement {
    let mut more = String::new();
    if plan.direction == Direction::Between {
        let seconds = "(epoch_us(arrived_at) - epoch_us(ts)) // 1000000";
        more.push_str(&format!(
            ",\n  count(arrived_at) as \"arrival.n\",\n  quantile_cont({seconds}, 0.5) as \"arrival.median_seconds\",\n  quantile_cont({seconds}, 0.9) as \"arrival.p90_seconds\""
        ));
    }
    if plan.horizon.is_some() {
        more.push_str(",\n  count(*) filter (where class = 'stayed') as stayed,\n  count(*) filter (where class = 'left') as \"left\",\n  count(*) filter (where class is null) as undecided");
    }
    query.statement(
        "/overall",
        format!(
            "select\n  count(*) as paths,\n  count(distinct customer) as customers,\n  {}{more}\nfrom classed",
            ENDS.replace("is_last and ", "")
        ),
    )
}

/// Every node of every step.
fn nodes(query: &Query) -> Statement {
    query.statement(
        "/nodes/*",
        "select
  step, shown as node,
  by_node.n as count,
  by_node.n / totals.n as share,
  by_node.n - dropped - open - cut - arrived as went_on,
  dropped, open, cut, arrived
from by_node, totals
order by step, rank = 0, count desc, rank",
    )
}

/// From node to node.
fn edges(plan: &Plan, query: &Query) -> Statement {
    let time = match plan.question.times {
        true => {
            ",\n  edges.n as \"time.n\",\n  median_seconds as \"time.median_seconds\",\n  p90_seconds as \"time.p90_seconds\""
        }
        false => "",
    };
    let difference = if plan.horizon.is_some() { DIFFERENCE } else { "" };
    query.statement(
        "/edges/*",
        format!(
            "select
  edges.step,
  edges.shown as \"from\",
  next_shown as \"to\",
  edges.n as count,
  edges.n / by_node.n as share{time}{difference}
from (
  select
    step, rank, shown, next_rank, next_shown,
    count(*) as n,
    count(*) filter (where class = 'stayed') as stayed,
    count(*) filter (where class = 'left') as gone,
    quantile_cont(seconds, 0.5) as median_seconds,
    quantile_cont(seconds, 0.9) as p90_seconds
  from flow
  where next_rank is not null
  group by step, rank, shown, next_rank, next_shown
) as edges join by_node on by_node.step = edges.step and by_node.rank = edges.rank, totals
order by edges.step, count desc, edges.rank, next_rank"
        ),
    )
}

/// The most frequent paths as wholes.
fn sequences(plan: &Plan, query: &mut Query) -> Statement {
    query.with(
        "ways",
        "select customer, number, place, list(shown order by step) as nodes, list(rank order by step) as ranks, any_value(ending) as ending, any_value(class) as class, true as is_last
from flow
group by customer, number, place",
    );
    let difference = if plan.horizon.is_some() { DIFFERENCE } else { "" };
    query.statement(
        "/sequences/*",
        format!(
            "select
  nodes,
  ways.n as count,
  ways.n / totals.n as share,
  dropped, open, cut, arrived{difference}
from (
  select
    ranks, any_value(nodes) as nodes, count(*) as n,
    count(*) filter (where class = 'stayed') as stayed,
    count(*) filter (where class = 'left') as gone,
    {ENDS}
  from ways
  group by ranks
) as ways, totals
order by count desc, ranks
limit {}",
            plan.question.sequences
        ),
    )
}
