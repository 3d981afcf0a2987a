//! The triangle in SQL: who starts, in which windows they return, which cells that counts in.

use perennial_types::filter::{EventFilter, Field};
use perennial_types::question::Refusal;

use super::plan::{Plan, Value};
use super::question::{Aggregate, AggregateKind, Count, CountKind, Enter, Incomplete, Per, Share};
use super::windows::Windows;
use crate::sql::{self, Query, Statement, unsaid, values};

/// The statement of the cells.
pub fn explain(plan: &Plan) -> Result<Vec<Statement>, Refusal> {
    refuse(plan)?;
    let mut query = Query::default();
    let question = &plan.question;
    let named = EventFilter { event: question.start.event.clone(), condition: None };
    let value = value(plan)?;
    sql::happened(
        &mut query,
        plan.as_of,
        &[("is_named", &named), ("is_start", &question.start), ("is_return", &question.return_)],
        &[("money", "coalesce(any_value(order_amount), 0)".to_owned()), ("value", value)],
    )?;
    rows(plan, &mut query);
    entries(plan, &mut query);
    hits(plan, &mut query);
    cells(plan, &mut query);
    Ok(vec![query.statement("/cohorts/*/cells/*", last(plan))])
}

/// What cannot be said.
fn refuse(plan: &Plan) -> Result<(), Refusal> {
    let question = &plan.question;
    if !plan.breakdown.is_empty() {
        return Err(unsaid(
            "rows told apart by a breakdown",
            "ask without `breakdown`, of the customers of one group by `who`",
            "分组的留存",
            "请去掉 `breakdown`，用 `who` 限定为一组客户",
        ));
    }
    if plan.needs_cycle() {
        return Err(unsaid(
            "windows of every customer's own cycle",
            "give a fixed `period`",
            "以各客户自己的购买周期为窗口的留存",
            "请给出固定的 `period`",
        ));
    }
    if question.incomplete != Incomplete::Show {
        return Err(unsaid(
            "cells left out or re-based where they are not over",
            "ask with `incomplete: show`",
            "略去或重新计算未结束单元格的留存",
            "请使用 `incomplete: show`",
        ));
    }
    Ok(())
}

/// What an occurrence adds to a value.
fn value(plan: &Plan) -> Result<String, Refusal> {
    let refused = |what: &str, what_zh: &str| {
        Err(unsaid(
            what,
            "ask for a sum or a mean of events, amount or quantity",
            what_zh,
            "请使用次数、金额或数量的总和或均值",
        ))
    };
    let aggregate = plan.question.value.as_ref().map(|value| value.aggregate);
    if !matches!(aggregate, None | Some(Aggregate::Named(AggregateKind::Sum | AggregateKind::Mean)))
    {
        return refused("medians and percentiles of values", "数值的中位数与百分位数");
    }
    match &plan.value {
        Value::Nothing => Ok("0".to_owned()),
        Value::Events => Ok("1".to_owned()),
        Value::Number(Field::Amount) => Ok("coalesce(any_value(order_amount), 0)".to_owned()),
        Value::Number(Field::Quantity) => Ok("coalesce(any_value(order_quantity), 0)".to_owned()),
        Value::Number(_) => refused("sums of a property", "属性的总和"),
    }
}

/// The rows that have begun, each with how many of its windows have.
fn rows(plan: &Plan, query: &mut Query) {
    let columns = [
        ("cohort", "integer"),
        ("start", "varchar"),
        ("begins", "timestamptz"),
        ("ends", "timestamptz"),
        ("n_cells", "integer"),
    ];
    let begun = (0..plan.rows.len())
        .filter_map(|row| Some((row, plan.rows.start(row)?, plan.rows.end(row)?)))
        .filter(|(_, begins, _)| *begins < plan.as_of);
    let rows = begun.map(|(row, begins, ends)| {
        let n_cells = (0..plan.n_columns).take_while(|k| plan.has_begun(row, *k)).count();
        vec![
            row.to_string(),
            sql::quoted(&plan.row_name(row)),
            sql::instant(begins),
            sql::instant(ends),
            n_cells.to_string(),
        ]
    });
    query.with("cohorts", values(&columns, &rows.collect::<Vec<_>>()));
}

/// Who stands in which row, and since when.
fn entries(plan: &Plan, query: &mut Query) {
    let of_buyers = sql::population(query, plan.question.population, plan.as_of);
    let first = "order by ts, sequence";
    let starts = match plan.question.enter {
        Enter::FirstMatching => format!(
            "select customer, ts\nfrom happened\nwhere is_start\nqualify row_number() over (partition by customer {first}) = 1"
        ),
        Enter::FirstEver => format!(
            "select customer, ts\nfrom (\n  select customer, ts, is_start\n  from happened\n  where is_named\n  qualify row_number() over (partition by customer {first}) = 1\n)\nwhere is_start"
        ),
        Enter::FirstInRange => format!(
            "select customer, ts\nfrom happened join cohorts on ts >= begins and ts < ends\nwhere is_start\nqualify row_number() over (partition by customer {first}) = 1"
        ),
        Enter::EveryPeriod => format!(
            "select customer, ts\nfrom happened join cohorts on ts >= begins and ts < ends\nwhere is_start\nqualify row_number() over (partition by customer, cohort {first}) = 1"
        ),
    };
    query.with("starts", starts);
    let (join, since) = match of_buyers {
        true => (" join buyers using (customer)", "\nwhere since <= ts"),
        false => ("", ""),
    };
    query.with(
        "entries",
        format!(
            "select customer, cohort, ts as anchor\nfrom starts join cohorts on ts >= begins and ts < ends{join}{since}"
        ),
    );
}

/// The windows in which they returned, with what that added up to.
fn hits(plan: &Plan, query: &mut Query) {
    let elapsed = |len: i64| format!("(epoch_us(ts) - epoch_us(anchor)) // {len}");
    let (distance, edges) = match &plan.windows {
        Windows::Calendar { bounds } => (calendar(query, bounds.starts()), None),
        Windows::CalendarBrackets { bounds, edges } => {
            (calendar(query, bounds.starts()), Some(edges))
        }
        Windows::Rolling { len } => (elapsed(*len), None),
        Windows::RollingBrackets { len, edges } => (elapsed(*len), Some(edges)),
        // Refused before.
        Windows::Cycle => ("0".to_owned(), None),
    };
    let from = match &plan.windows {
        Windows::Calendar { .. } | Windows::CalendarBrackets { .. } => {
            "\n  join units as own on anchor >= own.begins and anchor < own.ends\n  join units as other on ts >= other.begins and ts < other.ends"
        }
        _ => "",
    };
    query.with(
        "returns",
        format!(
            "select entries.customer, cohort, ts, {distance} as distance, money, value\nfrom entries join happened on happened.customer = entries.customer and is_return and ts > anchor{from}"
        ),
    );
    let window = match edges {
        None => "distance".to_owned(),
        // Beyond the last bracket lies one window more.
        Some(edges) => {
            let when = edges.iter().enumerate();
            let when = when.map(|(k, edge)| format!(" when distance < {edge} then {k}"));
            format!("case{} else {} end", when.collect::<String>(), edges.len())
        }
    };
    let min = &plan.question.min;
    let mut needs = Vec::new();
    if min.occurrences > 1 {
        needs.push(format!("count(*) >= {}", min.occurrences));
    }
    if let Some(amount) = min.amount {
        needs.push(format!("sum(money) >= {}", sql::decimal(amount.0.into())));
    }
    let mut source = "returns".to_owned();
    if let Some(days) = &plan.days {
        sql::units(query, "days", days.starts());
        source = "returns join days on ts >= days.begins and ts < days.ends".to_owned();
        needs.push(format!("count(distinct days.unit) >= {}", min.days));
    }
    let having =
        if needs.is_empty() { String::new() } else { format!("\nhaving {}", needs.join(" and ")) };
    query.with(
        "hits",
        format!(
            "select customer, cohort, {window} as k, sum(value) as value\nfrom {source}\ngroup by customer, cohort, k{having}"
        ),
    );
}

/// Adds the units of the windows; gives how many lie between a start and a return.
fn calendar(query: &mut Query, starts: &[i64]) -> String {
    sql::units(query, "units", starts);
    "other.unit - own.unit".to_owned()
}

/// Which cells of its row an entry counts in.
fn cells(plan: &Plan, query: &mut Query) {
    // Column 0 counts returns in the start's own window, however the others count.
    let (looks_at, needs) = match plan.question.count {
        Count::Named(CountKind::On) => ("hits.k = cells.k".to_owned(), String::new()),
        Count::Named(CountKind::OnOrAfter) => ("hits.k >= cells.k".to_owned(), String::new()),
        Count::Named(CountKind::OnOrBefore) => ("hits.k <= cells.k".to_owned(), String::new()),
        Count::Named(CountKind::Streak) => (
            "hits.k between 1 and cells.k".to_owned(),
            "\nhaving cells.k = 0 or count(*) = cells.k".to_owned(),
        ),
        Count::AtLeast { at_least, of } => (
            format!("hits.k between cells.k - {} and cells.k", of.saturating_sub(1)),
            format!("\nhaving cells.k = 0 or count(*) >= {at_least}"),
        ),
    };
    // A streak is worth its last window, every other way what it looks at.
    let value = match plan.question.count {
        Count::Named(CountKind::Streak) => "sum(value) filter (where hits.k = cells.k)",
        _ => "sum(value)",
    };
    query.with(
        "returned",
        format!(
            "select customer, cohort, cells.k, {value} as value\nfrom hits join (select unnest(range({})) as k) as cells\n  on case when cells.k = 0 then hits.k = 0 else {looks_at} end\ngroup by customer, cohort, cells.k{needs}",
            plan.n_columns
        ),
    );
    query.with("sizes", "select cohort, count(*) as size\nfrom entries\ngroup by cohort");
    query.with(
        "triangle",
        "select
  cohort,
  any_value(start) as start,
  coalesce(any_value(size), 0) as size,
  k,
  count(customer) as returned,
  coalesce(sum(value), 0) as value
from (select *, unnest(range(n_cells)) as k from cohorts)
  left join sizes using (cohort)
  left join returned using (cohort, k)
group by cohort, k",
    );
}

fn last(plan: &Plan) -> String {
    let share = match plan.question.share {
        Share::Absolute => None,
        Share::Cohort => Some("case when k = 0 then size else returned end / nullif(size, 0)"),
        Share::Previous => Some(
            "case when k = 0 then size else returned end / nullif(case when k <= 1 then size else lag(returned) over (partition by cohort order by k) end, 0)",
        ),
    };
    let share = share.map_or_else(String::new, |share| format!(",\n  {share} as share"));
    let value = plan.question.value.as_ref().map_or_else(String::new, |value| {
        let people = match value.per {
            Per::Cohort => "size",
            Per::Returner => "returned",
        };
        let sum = if plan.value == Value::Nothing { "returned" } else { "value" };
        let mean = matches!(value.aggregate, Aggregate::Named(AggregateKind::Mean));
        match mean && plan.value != Value::Nothing {
            false => format!(",\n  {sum} as value"),
            true => format!(",\n  {sum} / nullif({people}, 0) as value"),
        }
    });
    format!(
        "select start, size, k as index,\n  case when k = 0 then size else returned end as customers,\n  returned{share}{value}\nfrom triangle\norder by cohort, k"
    )
}
