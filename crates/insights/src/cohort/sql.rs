//! Cohorts in SQL: who started when, and what they bought or gave back at which age.

use perennial_types::money::SCALE;
use perennial_types::question::Refusal;

use super::payback::cost_of;
use super::plan::Plan;
use crate::retention::{Incomplete, Windows};
use crate::sql::{self, Query, Statement, unsaid, values};

/// What some customers have brought in all.
const FIGURES: &str = "count(*) as size,
  count(*) filter (where orders > 0) as buyers,
  count(*) filter (where orders > 1) as repeat,
  count(*) filter (where orders > 1) / nullif(count(*) filter (where orders > 0), 0) as repeat_share,
  coalesce(sum(orders), 0) as orders,
  coalesce(sum(gross), 0) as gross,
  coalesce(sum(refunded), 0) as refunded,
  coalesce(sum(gross - refunded), 0) as revenue,
  sum(gross) / nullif(sum(orders), 0) as mean_order,
  sum(gross - refunded) / nullif(count(*), 0) as revenue_per_customer";

/// What a cell shows of its sums.
const CELL: &str = "k as index, \"of\", customers,
  customers / nullif(\"of\", 0) as share,
  orders, gross, refunded,
  gross - refunded as revenue,
  cumulative,
  cumulative / nullif(\"of\", 0) as cumulative_per_customer";

/// Sums of every age of every cohort, of those whose window is over where that is asked.
const CELLS: &str = "select
  cohorts.*, k,
  coalesce(sizes.size, 0) as size,
  coalesce(of_each.n, 0) as \"of\",
  coalesce(here.customers, 0) as customers,
  coalesce(here.orders, 0) as orders,
  coalesce(here.gross, 0) as gross,
  coalesce(here.refunded, 0) as refunded,
  coalesce(so_far.cumulative, 0) as cumulative,
  k < cohorts.n_over as is_over,
  is_closed and k < coalesce(sizes.n_over, cohorts.n_over) as complete
from cohorts cross join ages
  left join sizes using (cohort)
  left join of_each using (cohort, k)
  left join here using (cohort, k)
  left join so_far using (cohort, k)";

/// The statements of the cohorts, of their ages, and of all of them together.
pub fn explain(plan: &Plan) -> Result<Vec<Statement>, Refusal> {
    if !plan.question.breakdown.is_empty() {
        return Err(unsaid(
            "cohorts told apart by a breakdown",
            "ask without `breakdown`, of the customers of one group by `who`",
            "按分组划分的群组",
            "请去掉 `breakdown`，用 `who` 限定为一组客户",
        ));
    }
    let mut query = Query::default();
    cohorts(plan, &mut query);
    members(plan, &mut query)?;
    deeds(plan, &mut query);
    sums(plan, &mut query);
    let shown = match plan.question.incomplete {
        Some(Incomplete::Hide) => "k < n_cells and complete",
        _ => "k < n_cells",
    };
    query.with("shown", format!("select * from cells where {shown}"));
    let margin = plan.question.margin.map_or(SCALE, |margin| margin.0);
    query.with(
        "paid_back",
        format!(
            "select cohort, min(k) as index\nfrom shown\nwhere \"of\" > 0 and cast(cumulative * {SCALE} as hugeint) * {margin} >= cast(cost as hugeint) * \"of\" * {SCALE}\ngroup by cohort"
        ),
    );
    query.with("figures", format!("select cohort, {FIGURES}\nfrom per_customer\ngroup by cohort"));
    let none = "coalesce(figures.{}, 0) as {}";
    let counts = ["size", "buyers", "repeat", "orders", "gross", "refunded", "revenue"];
    let counts = counts.map(|name| none.replace("{}", name)).join(", ");
    Ok(vec![
        query.statement(
            "/cohorts/*",
            format!(
                "select\n  start, {counts},\n  repeat_share, mean_order, revenue_per_customer,\n  paid_back.index as \"payback.index\"\nfrom cohorts left join figures using (cohort) left join paid_back using (cohort)\norder by cohort"
            ),
        ),
        query.statement(
            "/cohorts/*/cells/*",
            format!("select\n  start,\n  {CELL},\n  complete\nfrom shown\norder by cohort, k"),
        ),
        query.statement("/overall", format!("select\n  {FIGURES}\nfrom per_customer")),
        query.statement("/overall/cells/*", together(plan)),
    ])
}

/// All cohorts together, age by age.
fn together(plan: &Plan) -> String {
    // Where no cell is ever complete, those count that are over for everybody.
    let takes_part = match (plan.is_eligible, plan.is_open_ended()) {
        (true, _) => "\"of\" > 0",
        (false, true) => "size > 0 and is_over",
        (false, false) => "size > 0 and complete",
    };
    let sums = ["\"of\"", "customers", "orders", "gross", "refunded", "cumulative"];
    let sums = sums.map(|name| format!("coalesce(sum({name}), 0) as {name}")).join(", ");
    format!(
        "select\n  {CELL},\n  cohorts\nfrom (\n  select k, count(cohort) as cohorts, {sums}\n  from ages left join (select * from cells where {takes_part}) as part using (k)\n  group by k\n)\norder by k"
    )
}

/// Adds `cohorts`, those that have begun, with how many of their ages have begun and are over, and
/// `ages`.
fn cohorts(plan: &Plan, query: &mut Query) {
    let columns = [
        ("cohort", "integer"),
        ("start", "varchar"),
        ("begins", "timestamptz"),
        ("ends", "timestamptz"),
        ("n_cells", "integer"),
        ("n_over", "integer"),
        ("is_closed", "boolean"),
        ("cost", "bigint"),
    ];
    let rows = (0..plan.n_begun()).filter_map(|row| {
        let name = plan.row_name(row);
        let count = |is_so: &dyn Fn(&usize) -> bool| {
            (0..plan.n_columns).take_while(is_so).count().to_string()
        };
        let cost = cost_of(&plan.question, &name, None);
        let is_closed = plan.is_closed(row) && !plan.is_open_ended();
        Some(vec![
            row.to_string(),
            sql::quoted(&name),
            sql::instant(plan.periods.start(row)?),
            sql::instant(plan.periods.end(row)?),
            count(&|k| plan.has_begun(row, *k)),
            count(&|k| plan.is_over(row, *k)),
            is_closed.to_string(),
            cost.map_or_else(|| "null".to_owned(), |cost| cost.0.to_string()),
        ])
    });
    query.with("cohorts", values(&columns, &rows.collect::<Vec<_>>()));
    query.with("ages", format!("select unnest(range({})) as k", plan.n_columns));
}

/// Adds `members`: who stands in which cohort, since when, how many ages of theirs are over, and of
/// how many they are told.
fn members(plan: &Plan, query: &mut Query) -> Result<(), Refusal> {
    let start = match &plan.question.start {
        None => {
            sql::purchases(query, plan.as_of);
            "select customer, min(ts) as anchor\nfrom purchases\nwhere not is_refund and amount > 0\ngroup by customer"
        }
        Some(filter) => {
            sql::happened(query, plan.as_of, &[("is_start", filter)], &[])?;
            "select customer, min(ts) as anchor\nfrom happened\nwhere is_start\ngroup by customer"
        }
    };
    query.with("starts", start);
    let (join, since) = match sql::population(query, plan.population, plan.as_of) {
        true => (" join buyers using (customer)", "\nwhere since <= anchor"),
        false => ("", ""),
    };
    let n_columns = plan.n_columns;
    let (n_over, units) = match plan.windows() {
        Windows::Calendar { bounds } => {
            sql::units(query, "units", bounds.starts());
            let over =
                format!("(select count(*) from units where ends <= {})", sql::instant(plan.as_of));
            (
                format!("{over} - unit"),
                " join units on anchor >= units.begins and anchor < units.ends",
            )
        }
        Windows::Rolling { len } => (format!("({} - epoch_us(anchor)) // {len}", plan.as_of), ""),
        // A question has no other windows.
        _ => ("0".to_owned(), ""),
    };
    let reach = if plan.is_eligible { "n_over".to_owned() } else { n_columns.to_string() };
    query.with(
        "members",
        format!(
            "select *, {reach} as reach\nfrom (\n  select customer, cohort, anchor, least(greatest({n_over}, 0), {n_columns}) as n_over\n  from starts join cohorts on anchor >= cohorts.begins and anchor < cohorts.ends{units}{join}{since}\n)"
        ),
    );
    Ok(())
}

/// Adds `deeds`: what members bought and gave back since their start, by age.
fn deeds(plan: &Plan, query: &mut Query) {
    sql::purchases(query, plan.as_of);
    let (age, units) = match plan.windows() {
        Windows::Rolling { len } => (format!("(epoch_us(ts) - epoch_us(anchor)) // {len}"), ""),
        _ => (
            "other.unit - own.unit".to_owned(),
            "\n  join units as own on anchor >= own.begins and anchor < own.ends\n  join units as other on ts >= other.begins and ts < other.ends",
        ),
    };
    query.with(
        "deeds",
        format!(
            "select members.customer, cohort, reach, {age} as age, is_refund, abs(amount) as amount\nfrom members join purchases on purchases.customer = members.customer and ts >= anchor{units}\nwhere (is_refund or amount > 0){}",
            sql::of_currency(plan.question.currency.as_ref())
        ),
    );
}

/// Adds `per_customer` and `cells`.
fn sums(plan: &Plan, query: &mut Query) {
    query.with(
        "per_customer",
        "select
  customer, cohort,
  count(*) filter (where not is_refund) as orders,
  coalesce(sum(amount) filter (where not is_refund), 0) as gross,
  coalesce(sum(amount) filter (where is_refund), 0) as refunded
from members left join deeds using (customer, cohort)
group by customer, cohort",
    );
    query.with(
        "sizes",
        "select cohort, count(*) as size, min(n_over) as n_over\nfrom members\ngroup by cohort",
    );
    query.with(
        "of_each",
        "select cohort, k, count(*) as n\nfrom members join ages on k < reach\ngroup by cohort, k",
    );
    query.with(
        "here",
        format!(
            "select
  cohort, age as k,
  count(distinct customer) filter (where not is_refund) as customers,
  count(*) filter (where not is_refund) as orders,
  sum(amount) filter (where not is_refund) as gross,
  sum(amount) filter (where is_refund) as refunded
from deeds
where age < reach and age < {}
group by cohort, age",
            plan.n_columns
        ),
    );
    query.with(
        "so_far",
        "select cohort, k, sum(case when is_refund then -amount else amount end) as cumulative
from deeds join ages on age <= k and k < reach
group by cohort, k",
    );
    query.with("cells", CELLS);
}
