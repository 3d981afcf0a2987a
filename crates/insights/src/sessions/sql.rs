//! Sessions in SQL: cut by a silence, an event or a field, then counted.

use perennial_types::question::Refusal;

use super::plan::{DAY, Plan};
use crate::sql::{self, Query, Statement, instant};
use crate::visits::{SessionRule, Splitter};

const OVERALL: &str = "select
  count(*) as sessions,
  count(distinct customer) as customers,
  count(*) filter (where is_open) as open,
  count(*) / nullif(count(distinct customer), 0) as mean_per_customer,
  (select quantile_cont(sessions, 0.5) from per_customer) as median_per_customer,
  quantile_cont(seconds, 0.5) filter (where not is_open) as \"length.median_seconds\",
  quantile_cont(seconds, 0.9) filter (where not is_open) as \"length.p90_seconds\",
  quantile_cont(depth, 0.5) filter (where not is_open) as median_depth,
  quantile_cont(depth, 0.9) filter (where not is_open) as p90_depth,
  avg(depth) filter (where not is_open) as mean_depth,
  count(*) filter (where not is_open and depth = 1) as bounces,
  count(distinct customer) filter (where not is_open and depth = 1) as bounced_customers,
  count(*) filter (where not is_open and depth = 1)
    / nullif(count(*) filter (where not is_open), 0) as bounce_share
from sessions";

const PER_CUSTOMER: &str = "select sessions, count(*) as customers
from per_customer
group by sessions
order by sessions";

/// The statements: all sessions, how many a customer has, where they begin and end, and what the
/// first ones have to do with coming back.
pub fn explain(plan: &Plan) -> Result<Vec<Statement>, Refusal> {
    let mut query = Query::default();
    stops(plan, &mut query)?;
    cut(plan, &mut query);
    query.with(
        "per_customer",
        "select customer, count(*) as sessions\nfrom sessions\ngroup by customer",
    );
    let mut statements = vec![
        query.statement("/overall", OVERALL),
        query.statement("/per_customer/*", PER_CUSTOMER),
        query.statement(
            "/entries/*",
            most_frequent(
                plan,
                "entry",
                "true",
                ",\n  count(*) filter (where not is_open and depth = 1) as bounces",
            ),
        ),
        query.statement("/exits/*", most_frequent(plan, "exit", "not is_open", "")),
    ];
    firsts(plan, &mut query);
    statements.push(query.statement(
        "/first_sessions",
        "select
  count(*) filter (where is_over) as customers,
  count(*) filter (where is_over and returned) as returned,
  count(*) filter (where is_over and returned) / nullif(count(*) filter (where is_over), 0) as share,
  count(*) filter (where not is_over) as undecided
from firsts",
    ));
    query.with(
        "met",
        "select distinct customer, node, returned
from firsts join stops using (customer, number)
where is_over",
    );
    statements.push(query.statement(
        "/first_sessions/behaviours/*",
        format!(
            "select
  node,
  count(*) as customers,
  count(*) / (select count(*) from firsts where is_over) as support,
  count(*) filter (where returned) as returned,
  count(*) filter (where returned) / count(*) as share
from met
group by node
order by customers desc, node
limit {}",
            plan.question.top
        ),
    ));
    Ok(statements)
}

/// The nodes sessions begin or end at, the rest last.
fn most_frequent(plan: &Plan, node: &str, which: &str, more: &str) -> String {
    format!(
        "select
  shown as node,
  count(*) as sessions,
  count(*) / (select count(*) from sessions where {which}) as share,
  case when shown is not null then count(distinct customer) end as customers{more}
from sessions join (
  select {node}, case when row_number() over (order by count(*) desc, {node}) <= {top} then {node} end as shown
  from sessions
  where {which}
  group by {node}
) using ({node})
where {which}
group by shown
order by shown is null, sessions desc, shown",
        top = plan.question.top
    )
}

/// Adds `stops`: the events that take part, by what they are called.
fn stops(plan: &Plan, query: &mut Query) -> Result<(), Refusal> {
    let question = &plan.question;
    let never = sql::never();
    let begins = match &question.session {
        SessionRule::StartedBy(filter) => filter,
        _ => &never,
    };
    let field = match &plan.splitter {
        Splitter::Field(field) => sql::field(field, false),
        _ => "null".to_owned(),
    };
    sql::happened(
        query,
        plan.as_of,
        &[
            ("takes_part", &question.events),
            ("returns", &question.retained.return_),
            ("begins", begins),
        ],
        &[("node", sql::first(&plan.nodes.sql(&question.node)?)), ("field", sql::first(&field))],
    )?;
    plan.splitter.numbered(query);
    Ok(())
}

/// Adds `sessions`: those that begin in the range, of customers of the population.
fn cut(plan: &Plan, query: &mut Query) {
    let silence = match &plan.splitter {
        Splitter::Gap(gap) => *gap,
        _ => DAY,
    };
    query.with(
        "every_session",
        format!(
            "select
  customer,
  number,
  min(ts) as began,
  max(ts) as ended,
  count(*) as depth,
  (epoch_us(max(ts)) - epoch_us(min(ts))) // 1000000 as seconds,
  arg_min(node, (ts, sequence)) as entry,
  arg_max(node, (ts, sequence)) as exit,
  number = max(number) over (partition by customer) and epoch_us(max(ts)) + {silence} > {as_of} as is_open
from stops
group by customer, number",
            as_of = plan.as_of,
        ),
    );
    let of_buyers = sql::population(query, plan.question.population, plan.as_of);
    let (join, since) = match of_buyers {
        true => (" join buyers using (customer)", "\n  and began >= since"),
        false => ("", ""),
    };
    query.with(
        "sessions",
        format!(
            "select every_session.*\nfrom every_session{join}\nwhere began >= {} and began < {}{since}",
            instant(plan.range.0),
            instant(plan.range.1)
        ),
    );
}

/// Adds `firsts`: the first sessions ever that begin in the range, whether their horizon is over,
/// and whether the customer came back.
fn firsts(plan: &Plan, query: &mut Query) {
    let (after, within) = plan.horizon;
    query.with(
        "firsts",
        format!(
            "select
  sessions.customer,
  number,
  epoch_us(began) + {within} <= {as_of} as is_over,
  coalesce(bool_or(returns and ts > ended and epoch_us(ts) >= epoch_us(began) + {after} and epoch_us(ts) < epoch_us(began) + {within}), false) as returned
from sessions left join happened on happened.customer = sessions.customer
where number = 1
group by sessions.customer, number, began",
            as_of = plan.as_of,
        ),
    );
}
