//! Money per customer and period, and the lines it puts them on, in SQL.

use perennial_types::filter::Field;
use perennial_types::question::Refusal;

use super::flow::Line;
use super::plan::Plan;
use super::question::Recurring;
use crate::range::date_name;
use crate::sql::{self, Query, Statement, unsaid};

/// The line of a customer, from their money in the base and in the period.
const LINES: &str = "select
  period,
  greatest(base, 0) as base,
  greatest(money, 0) as money,
  least(base, 0) as below_base,
  least(money, 0) as below_money,
  case
    when base <= 0 and money <= 0 then null
    when money <= 0 then 'churned'
    when base <= 0 and first >= base_ends then 'new'
    when base <= 0 then 'reactivation'
    when money < base then 'contraction'
    when money > base then 'expansion'
    else 'unchanged'
  end as line
from steps join firsts using (customer)";

/// The periods, and what of them is added up over those that are over.
const PERIODS: &str = "select
  start, base_start,
  base_customers as \"base.customers\", base as \"base.money\",
  churned_customers as \"churned.customers\", churned as \"churned.money\",
  contraction_customers as \"contraction.customers\", contraction as \"contraction.money\",
  unchanged_customers as \"unchanged.customers\", unchanged as \"unchanged.money\",
  expansion_customers as \"expansion.customers\", expansion as \"expansion.money\",
  reactivation_customers as \"reactivation.customers\", reactivation as \"reactivation.money\",
  new_customers as \"new.customers\", new as \"new.money\",
  current_customers as \"current.customers\", money as \"current.money\",
  below_base as \"below_zero.base\", below_money as \"below_zero.current\",
  (base - churned - contraction) / nullif(base, 0) as grr,
  (base - churned - contraction + expansion) / nullif(base, 0) as nrr,
  (churned + contraction) / nullif(base, 0) as gross_churn,
  (churned + contraction - expansion) / nullif(base, 0) as net_churn,
  (base_customers - churned_customers) / nullif(base_customers, 0) as customers_kept
from counts
order by period";

/// The statements of the periods, and of those that are over together.
pub fn explain(plan: &Plan) -> Result<Vec<Statement>, Refusal> {
    if !plan.question.breakdown.is_empty() {
        return Err(unsaid(
            "lines of groups",
            "ask without `breakdown`, of the customers of one group by `who`",
            "分组的收入留存",
            "请去掉 `breakdown`，用 `who` 限定为一组客户",
        ));
    }
    let mut query = Query::default();
    periods(plan, &mut query);
    match &plan.question.recurring {
        None => purchases(plan, &mut query),
        Some(recurring) => levels(plan, &mut query, recurring)?,
    }
    let lag = plan.lag;
    query.with(
        "steps",
        format!(
            "select
  customer,
  periods.period,
  any_value(base_ends) as base_ends,
  coalesce(sum(purse.money) filter (where purse.period = periods.period), 0) as base,
  coalesce(sum(purse.money) filter (where purse.period = periods.period + {lag}), 0) as money
from purse join periods on purse.period in (periods.period, periods.period + {lag})
group by customer, periods.period"
        ),
    );
    query.with("moved", LINES);
    query.with("counts", counts());
    let mut statements = vec![query.statement("/periods/*", PERIODS)];
    let n_over = (0..plan.n_periods()).filter(|period| plan.is_over(*period)).count();
    if n_over > 0 {
        statements.push(query.statement(
            "/overall",
            format!(
                "select
  count(*) as periods,
  sum(base) as base,
  sum(base - churned - contraction) / nullif(sum(base), 0) as grr,
  sum(base - churned - contraction + expansion) / nullif(sum(base), 0) as nrr
from counts
where period < {n_over}"
            ),
        ));
    }
    Ok(statements)
}

/// Adds `spans`, the periods with the bases before the first, and `periods`, each with its base.
fn periods(plan: &Plan, query: &mut Query) {
    let n_all = plan.n_all();
    let spans = (0..n_all).filter_map(|index| {
        let name = date_name(&plan.calendar, &plan.all, index);
        Some((name, plan.start(index)?, plan.end(index)))
    });
    sql::periods(query, "spans", &spans.collect::<Vec<_>>(), &[]);
    query.with(
        "periods",
        format!(
            "select base.period, own.start, base.start as base_start, base.ends as base_ends\nfrom spans as base join spans as own on own.period = base.period + {}",
            plan.lag
        ),
    );
}

/// Adds `firsts` and `purse`: the money of purchases and refunds.
fn purchases(plan: &Plan, query: &mut Query) {
    let currency = plan.question.currency.as_ref();
    let (join, _) = population(plan, query);
    sql::entries(query, plan.as_of, plan.nets(), currency);
    query.with(
        "firsts",
        format!(
            "select customer, min(ts) as first\nfrom purchases{join}\nwhere not is_refund and amount > 0{}\ngroup by customer",
            sql::of_currency(currency)
        ),
    );
    query.with(
        "purse",
        "select customer, period, sum(amount) as money\nfrom entries join spans on ts >= begins and ts < ends\nwhere customer in (select customer from firsts)\ngroup by customer, period",
    );
}

/// Adds `firsts` and `purse`: the level that holds when a period ends.
fn levels(plan: &Plan, query: &mut Query, recurring: &Recurring) -> Result<(), Refusal> {
    let never = sql::never();
    let end = recurring.end.as_ref().unwrap_or(&never);
    sql::happened(
        query,
        plan.as_of,
        &[("is_level", &recurring.event), ("is_end", end)],
        &sql::numbered(&Field::named(&recurring.value))?,
    )?;
    query.with(
        "levels",
        format!(
            "select customer, ts, sequence, case when is_end then 0 else number end as level\nfrom happened\nwhere (is_end or (is_level and number is not null)){}",
            sql::of_currency(plan.question.currency.as_ref())
        ),
    );
    let (join, since) = population(plan, query);
    let [first, known] = match since {
        true => ["min(greatest(ts, since))", " and ends > since"],
        false => ["min(ts)", ""],
    };
    query.with(
        "firsts",
        format!(
            "select customer, {first} as first\nfrom levels{join}\nwhere level > 0\ngroup by customer"
        ),
    );
    query.with(
        "purse",
        format!(
            "select customer, period, arg_max(level, (ts, sequence)) as money\nfrom levels join spans on ts < ends{join}\nwhere customer in (select customer from firsts){known}\ngroup by customer, period\nhaving arg_max(level, (ts, sequence)) <> 0"
        ),
    );
    Ok(())
}

/// Adds the population; gives how it is joined, and whether it knows since when.
fn population(plan: &Plan, query: &mut Query) -> (&'static str, bool) {
    match sql::population(query, plan.question.population.unwrap_or_default(), plan.as_of) {
        true => (" join buyers using (customer)", true),
        false => ("", false),
    }
}

/// Customers and money of every line and period.
fn counts() -> String {
    let mut columns = vec![
        "period".to_owned(),
        "any_value(start) as start".to_owned(),
        "any_value(base_start) as base_start".to_owned(),
    ];
    let mut add = |name: &str, which: &str, money: &str, total: &str| {
        columns.push(format!("count(*) filter (where {which}) as {name}_customers"));
        columns.push(format!("coalesce(sum({money}) filter (where {which}), 0) as {total}"));
    };
    add("base", "base > 0", "base", "base");
    add("current", "money > 0", "money", "money");
    for line in Line::ALL {
        let name = line.name();
        let money = match line {
            Line::Churned | Line::Unchanged => "base",
            Line::Contraction => "base - money",
            Line::Expansion => "money - base",
            Line::Reactivation | Line::New => "money",
        };
        add(name, &format!("line = '{name}'"), money, name);
    }
    for name in ["below_base", "below_money"] {
        columns.push(format!("coalesce(sum({name}), 0) as {name}"));
    }
    format!(
        "select\n  {}\nfrom periods left join moved using (period)\ngroup by period",
        columns.join(",\n  ")
    )
}
