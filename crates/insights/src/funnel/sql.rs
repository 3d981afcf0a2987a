//! The steps in SQL: which instants lead furthest, step after step.
//!
//! For every occurrence and step, the way that leads there with the latest entry: it has the longer
//! rest of its window, so no other can lead further. A way is the list of its instants.

use perennial_types::filter::EventFilter;
use perennial_types::question::Refusal;

use super::plan::Plan;
use super::question::{Entry, Order};
use crate::sql::{self, Query, Statement, instant, quoted, unsaid, values};

/// The statement of the steps of everybody.
pub fn explain(plan: &Plan) -> Result<Vec<Statement>, Refusal> {
    refuse(plan)?;
    let question = &plan.question;
    let mut query = Query::default();
    let names: Vec<String> = (1..=plan.n_steps).map(|step| format!("is_{step}")).collect();
    let filters: Vec<EventFilter> = question.steps.iter().map(|step| step.filter()).collect();
    let filters: Vec<(&str, &EventFilter)> =
        names.iter().map(String::as_str).zip(&filters).collect();
    sql::happened(&mut query, plan.as_of, &filters, &[])?;
    let of_buyers = sql::population(&mut query, question.population, plan.as_of);
    ways(plan, &mut query, of_buyers);
    outcomes(plan, &mut query);
    let steps =
        (0..plan.n_steps).map(|step| vec![(step + 1).to_string(), quoted(&plan.step_name(step))]);
    query.with(
        "steps",
        values(&[("step", "integer"), ("name", "varchar")], &steps.collect::<Vec<_>>()),
    );
    query.with(
        "counts",
        "select
  step,
  name,
  count(customer) as reached,
  count(customer) filter (where level > step) as went_on,
  count(customer) filter (where level = step and is_open) as open,
  count(customer) filter (where is_closed) as closed,
  quantile_cont((epoch_us(way[step]) - epoch_us(way[step - 1])) / 1000000, 0.5) as median_seconds,
  quantile_cont((epoch_us(way[step]) - epoch_us(way[step - 1])) / 1000000, 0.9) as p90_seconds
from steps left join outcomes on level >= step
group by step, name",
    );
    let n_steps = plan.n_steps;
    Ok(vec![query.statement(
        "/steps/*",
        format!(
            "select
  step, name, reached, went_on,
  case when step < {n_steps} then reached - went_on - open else 0 end as dropped,
  open,
  reached / nullif(first(reached) over (order by step), 0) as share,
  case when step < {n_steps} then went_on / nullif(reached, 0) end as on_share,
  closed,
  closed / nullif(first(closed) over (order by step), 0) as closed_share,
  median_seconds as \"time.median_seconds\",
  p90_seconds as \"time.p90_seconds\"
from counts
order by step"
        ),
    )])
}

/// What cannot be said.
fn refuse(plan: &Plan) -> Result<(), Refusal> {
    let question = &plan.question;
    let refused = |what: &str, hint: &str, what_zh: &str, hint_zh: &str| {
        Err(unsaid(what, hint, what_zh, hint_zh))
    };
    if question.order != Order::Ordered {
        return refused(
            "steps in strict or any order",
            "ask with `order: ordered`",
            "严格顺序或任意顺序的步骤",
            "请使用 `order: ordered`",
        );
    }
    if plan.optional != 0 || !plan.exclusions.is_empty() {
        return refused(
            "optional steps and exclusions",
            "ask without `optional` and `exclude`",
            "可选步骤与排除事件",
            "请去掉 `optional` 与 `exclude`",
        );
    }
    if plan.hold.is_some() || question.strict_deduplication {
        return refused(
            "a field held constant, and a search that a repeated step ends",
            "ask without `hold` and `strict_deduplication`",
            "保持字段不变，或步骤重复即终止的漏斗",
            "请去掉 `hold` 与 `strict_deduplication`",
        );
    }
    Ok(())
}

/// Adds a step of the statement per step of the funnel: `way`, where an occurrence is that step.
fn ways(plan: &Plan, query: &mut Query, of_buyers: bool) {
    let question = &plan.question;
    let mut enters =
        format!("is_1 and ts >= {} and ts < {}", instant(plan.entries.0), instant(plan.entries.1));
    let mut from = "happened";
    if of_buyers {
        enters.push_str(" and ts >= since");
        from = "happened join buyers using (customer)";
    }
    let mut way = format!("case when {enters} then [ts] end");
    if question.entry == Entry::First {
        way = format!(
            "case when {enters} and 1 = sum(cast({enters} as integer)) over (partition by customer order by ts, sequence rows between unbounded preceding and current row) then [ts] end"
        );
    }
    let flags: Vec<String> = (2..=plan.n_steps).map(|step| format!("is_{step}")).collect();
    let flags = flags.join(", ");
    query.with(
        "step_1",
        format!("select customer, ts, sequence, {flags},\n  {way} as way_1\nfrom {from}"),
    );
    // One event may stand for one step only, or for several; or every step must be later.
    let earlier = match (question.strict_increase, question.once) {
        (true, _) => "order by ts groups between unbounded preceding and 1 preceding",
        (false, true) => "order by ts, sequence rows between unbounded preceding and 1 preceding",
        (false, false) => "order by ts, sequence rows between unbounded preceding and current row",
    };
    // The first entry keeps the first occurrence of every step.
    let chosen = match question.entry {
        Entry::Best => "last_value",
        Entry::First => "first_value",
    };
    for step in 2..=plan.n_steps {
        let before = step - 1;
        let last = format!("{chosen}(way_{before} ignore nulls) over earlier");
        query.with(
            &format!("step_{step}"),
            format!(
                "select *,\n  case when is_{step} and epoch_us(ts) - epoch_us(({last})[1]) <= {window}\n    then list_append({last}, ts) end as way_{step}\nfrom step_{before}\nwindow earlier as (partition by customer {earlier})",
                window = plan.window,
            ),
        );
    }
}

/// Adds `outcomes`: per customer who enters, the first way that leads furthest.
fn outcomes(plan: &Plan, query: &mut Query) {
    let n = plan.n_steps;
    let furthest: Vec<String> = (1..=n).rev().map(|step| format!("way_{step}")).collect();
    query.with(
        "furthest",
        format!(
            "select customer, ts, sequence, way_1, coalesce({}) as way\nfrom step_{n}",
            furthest.join(", ")
        ),
    );
    query.with(
        "outcomes",
        format!(
            "select *, len(way) as level,\n  len(way) < {n} and epoch_us(entered) + {window} >= {as_of} as is_open,\n  epoch_us(way[1]) + {window} < {as_of} as is_closed\nfrom (\n  select customer, max(way_1[1]) as entered, arg_min(way, (-len(way), ts, sequence)) as way\n  from furthest\n  where way is not null\n  group by customer\n)",
            window = plan.window,
            as_of = plan.as_of,
        ),
    );
}
