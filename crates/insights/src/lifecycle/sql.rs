//! The states in SQL.

use perennial_types::question::Refusal;

use super::plan::Plan;
use super::state::State;
use crate::range::date_name;
use crate::sql::{self, Query, Statement};

/// What a customer is, from where they stand.
const STATES: &str = "select
  customer,
  period,
  case
    when before is null then 'new'
    when during is not null and before >= active_since then 'returning'
    when during is not null then 'resurrecting'
    when before >= active_since_at_end then 'idle'
    when before >= active_since then 'dormant'
    else 'gone'
  end as state
from standing";

/// The statement of the periods of everybody.
pub fn explain(plan: &Plan) -> Result<Vec<Statement>, Refusal> {
    let question = &plan.question;
    let mut query = Query::default();
    sql::occurred(&mut query, question.event.as_ref(), question.population, plan.as_of)?;
    let (bounds, looks) = (&plan.spans.bounds, &plan.spans.looks);
    let rows = bounds.windows(2).enumerate().filter_map(|(period, pair)| match pair {
        [begins, ends] => Some((date_name(&plan.calendar, &plan.periods, period), *begins, *ends)),
        _ => None,
    });
    let reach = [looks.as_slice(), looks.get(1..).unwrap_or_default()];
    let more: Vec<_> = sql::REACH.into_iter().zip(reach).collect();
    sql::periods(&mut query, "periods", &rows.collect::<Vec<_>>(), &more);
    sql::standing(&mut query, "periods");
    query.with("states", STATES);
    let counts = State::ALL.map(|state| {
        let name = state.name();
        format!("count(*) filter (where state = '{name}') as \"{name}\"")
    });
    query.with(
        "counts",
        format!(
            "select period, any_value(start) as start,\n  {}\nfrom periods left join states using (period)\ngroup by period",
            counts.join(",\n  ")
        ),
    );
    Ok(vec![query.statement(
        "/periods/*",
        "select
  start,
  \"returning\" + idle + dormant as active_start,
  new, \"returning\", idle, resurrecting, dormant,
  new + \"returning\" + idle + resurrecting as active_end,
  gone,
  (new + resurrecting) / nullif(dormant, 0) as quick_ratio,
  dormant / nullif(\"returning\" + idle + dormant, 0) as dormant_share
from counts
order by period",
    )])
}
