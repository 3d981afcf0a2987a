//! Active periods, days and gaps in SQL.

use perennial_types::question::Refusal;

use super::plan::Plan;
use super::question::DaySet;
use crate::sql::{self, Query, Statement};

const POINTS: &str = "select
  n,
  count(*) filter (where periods = n) as exactly,
  count(*) filter (where periods = n) / count(*) as exactly_share,
  count(*) filter (where periods >= n) as at_least,
  count(*) filter (where periods >= n) / count(*) as at_least_share
from counts, (select unnest(range(1, max(periods) + 1)) as n from counts)
group by n
order by n";

const LENGTHS: &str = "select gap as periods, count(*) as gaps
from gaps
group by gap
order by gap";

const REGULARITY: &str = "select
  kind,
  count(customer) as customers,
  count(customer) / nullif((select count(*) from counts), 0) as share
from (values (0, 'regular'), (1, 'loose'), (2, 'irregular'), (3, 'too_few')) as kinds (place, kind)
  left join customers using (kind)
group by place, kind
order by place";

/// The kind of a customer's gaps, from their number, sum and sum of squares.
const CUSTOMERS: &str = "select
  customer,
  case
    when count(gap) < 2 then 'too_few'
    when (count(gap) * sum(gap * gap) - sum(gap) * sum(gap)) * 4 < sum(gap) * sum(gap) then 'regular'
    when count(gap) * sum(gap * gap) - sum(gap) * sum(gap) < sum(gap) * sum(gap) then 'loose'
    else 'irregular'
  end as kind
from counts left join gaps using (customer)
group by customer";

/// The statements: active periods, days, gaps, and how regular they are.
pub fn explain(plan: &Plan) -> Result<Vec<Statement>, Refusal> {
    let question = &plan.question;
    let mut occurred = Query::default();
    sql::occurred(&mut occurred, question.event.as_ref(), question.population, plan.as_of)?;
    let mut periods = occurred.clone();
    let begun = |starts: &[i64], n: usize| starts.get(..=n).unwrap_or(starts).to_vec();
    sql::units(&mut periods, "periods", &begun(plan.periods.starts(), plan.n_periods));
    periods.with(
        "active",
        format!(
            "select customer, unit\nfrom occurred join periods on ts >= begins and ts < ends\ngroup by customer, unit\nhaving count(*) >= {}",
            question.min_occurrences
        ),
    );
    periods.with("counts", "select customer, count(*) as periods\nfrom active\ngroup by customer");
    let points = periods.statement("/points/*", POINTS);
    periods.with(
        "gaps",
        "select customer, gap\nfrom (select customer, unit - lag(unit) over (partition by customer order by unit) as gap from active)\nwhere gap is not null",
    );
    let lengths = periods.statement("/gaps/lengths/*", LENGTHS);
    periods.with("customers", CUSTOMERS);
    let regularity = periods.statement("/gaps/regularity/*", REGULARITY);
    let mut statements = vec![points];
    statements.extend(days(plan, occurred, &begun(plan.days.starts(), plan.n_days)));
    statements.extend([lengths, regularity]);
    Ok(statements)
}

/// The statement of the days.
fn days(plan: &Plan, mut query: Query, starts: &[i64]) -> Option<Statement> {
    let first = plan.days.date(0)?;
    sql::units(&mut query, "days", starts);
    query.with(
        "present",
        "select distinct customer, unit\nfrom occurred join days on ts >= begins and ts < ends",
    );
    let [dau, wau, mau] = DaySet::ALL.map(|set| {
        format!(
            "count(distinct customer) filter (where present.unit > days.unit - {})",
            set.n_days()
        )
    });
    query.with(
        "counts",
        format!(
            "select days.unit, {dau} as dau, {wau} as wau, {mau} as mau\nfrom days left join present on present.unit <= days.unit and present.unit > days.unit - {}\nwhere days.unit >= {}\ngroup by days.unit",
            DaySet::Mau.n_days(),
            plan.n_before
        ),
    );
    let date = sql::dates(first, "unit");
    Some(query.statement(
        "/days/*",
        format!(
            "select\n  {date} as date, dau, wau, mau,\n  dau / nullif(wau, 0) as dau_wau,\n  dau / nullif(mau, 0) as dau_mau,\n  wau / nullif(mau, 0) as wau_mau\nfrom counts\norder by unit"
        ),
    ))
}
