//! The series of a measure in SQL: what is taken apart into trend, season and rest. The parts
//! themselves are fitted, and have no SQL.

use perennial_types::question::{Population, Refusal};

use super::plan::Plan;
use super::question::Measure;
use crate::range::date_name;
use crate::sql::{self, Query, Statement};

/// The statement of the points' own numbers.
pub fn explain(plan: &Plan) -> Result<Vec<Statement>, Refusal> {
    let mut query = Query::default();
    let (from, observed) = match plan.measure {
        Measure::Revenue | Measure::NetRevenue => {
            (money(plan, &mut query), "coalesce(sum(amount), 0)")
        }
        Measure::Buyers | Measure::Customers => {
            (occurred(plan, &mut query)?, "count(distinct customer)")
        }
        Measure::Orders | Measure::Events => (occurred(plan, &mut query)?, "count(customer)"),
    };
    let is_told =
        |period: &usize| plan.is_whole(*period) && plan.is_over(*period) && !plan.is_open_ended();
    let rows = (0..plan.n_periods).filter(is_told).filter_map(|period| {
        let name = date_name(&plan.calendar, &plan.periods, period);
        Some((name, plan.periods.start(period)?, plan.periods.end(period)?))
    });
    sql::periods(&mut query, "periods", &rows.collect::<Vec<_>>(), &[]);
    let more = if plan.measure.is_money() { ",\n  coalesce(sum(amount), 0) as money" } else { "" };
    Ok(vec![query.statement(
        "/points/*",
        format!(
            "select\n  start,\n  {observed} as observed{more},\n  count(distinct customer) as customers\nfrom periods left join {from} on ts >= begins and ts < ends\ngroup by period, start\norder by period"
        ),
    )])
}

/// What happened, from when on customers belong to the population.
fn occurred(plan: &Plan, query: &mut Query) -> Result<&'static str, Refusal> {
    let question = &plan.question;
    let any = perennial_types::filter::EventFilter::any();
    let (event, population) = match (plan.measure, question.population) {
        (Measure::Orders | Measure::Buyers, Population::Everyone) => (None, Population::Buyers),
        (Measure::Orders | Measure::Buyers, other) => (None, other),
        (_, population) => (Some(question.event.as_ref().unwrap_or(&any)), population),
    };
    sql::occurred(query, event, population, plan.as_of)?;
    Ok("occurred")
}

/// Money that came and, where that is measured, went.
fn money(plan: &Plan, query: &mut Query) -> &'static str {
    let question = &plan.question;
    sql::purchases_in(query, plan.as_of, question.currency.as_ref());
    let (join, since) = match sql::population(query, question.population, plan.as_of) {
        true => (" join buyers using (customer)", " and ts >= since"),
        false => ("", ""),
    };
    let which = match plan.measure {
        Measure::NetRevenue => "(is_refund or amount > 0)",
        _ => "not is_refund and amount > 0",
    };
    query.with(
        "flows",
        format!(
            "select customer, ts, case when is_refund then -abs(amount) else amount end as amount\nfrom purchases{join}\nwhere {which}{since}"
        ),
    );
    "flows"
}
