//! The two numbers of every rate in SQL: other ends to the statements of the insights they come from.

use perennial_engine::source::SourceFacts;
use perennial_types::question::Refusal;

use super::plan::{Origin, Part, Plan};
use crate::benchmarks::Measure;
use crate::cohort::Cohort;
use crate::crr::Crr;
use crate::insight::{AskError, Insight};
use crate::lifecycle::Lifecycle;
use crate::range;
use crate::sql::{Statement, quoted, unsaid};

/// A statement per rate that can be said; where none can, why.
pub fn explain(plan: &Plan, facts: &SourceFacts) -> Result<Vec<Statement>, AskError> {
    let mut refused: Option<Refusal> = None;
    let mut statements = Vec::new();
    for (position, measure) in plan.question.measures.iter().enumerate() {
        match rate(plan, facts, position, *measure) {
            Ok(statement) => statements.push(statement),
            Err(AskError::Refused(refusal)) => refused = refused.or(Some(refusal)),
            Err(other) => return Err(other),
        }
    }
    match refused.filter(|_| statements.is_empty()) {
        Some(refusal) => Err(refusal.into()),
        None => Ok(statements),
    }
}

fn rate(
    plan: &Plan,
    facts: &SourceFacts,
    position: usize,
    measure: Measure,
) -> Result<Statement, AskError> {
    let origin = Origin::of(measure);
    let active = &plan.question.active;
    if origin == Origin::Crr && active.subscription.is_none() && active.trailing_days.is_none() {
        return Err(unsaid(
            "a rate whose window is measured, and may not be measurable",
            "give `active.trailing_days`",
            "窗口由数据测量（也可能无法测量）的比率",
            "请给出 `active.trailing_days`",
        )
        .into());
    }
    let statements = match plan.part(origin) {
        Part::Crr(question) => Crr.explain(&super::plan::json(&question), facts),
        Part::Lifecycle(question) => Lifecycle.explain(&super::plan::json(&question), facts),
        Part::Cohort(question) => Cohort.explain(&super::plan::json(&question), facts),
    }?;
    let main = statements.into_iter().next().ok_or_else(|| nothing_over(plan))?;
    let period = match origin {
        Origin::Cohort => String::new(),
        _ => quoted(&latest(plan, facts, measure)?),
    };
    let at = format!("from periods join counts using (period, start)\nwhere start = {period}");
    let (customers, of, from) = match measure {
        Measure::RetentionRate => ("any_value(kept)", "any_value(s)", at),
        Measure::ChurnRate => ("any_value(lost)", "any_value(s)", at),
        Measure::NextPeriodRetention => {
            ("any_value(\"returning\")", "any_value(\"returning\" + idle + dormant)", at)
        }
        Measure::NewCustomerRetention => (
            "count(*) filter (where now.state = 'returning')",
            "count(*)",
            format!(
                "from states as before join periods on periods.period = before.period + 1\n  left join states as now on now.customer = before.customer and now.period = periods.period\nwhere before.state = 'new' and start = {period}"
            ),
        ),
        Measure::RepeatPurchaseRate => (
            "count(*) filter (where orders > 1)",
            "count(*) filter (where orders > 0)",
            "from per_customer".to_owned(),
        ),
    };
    Ok(main.ending(
        &format!("/measures/{position}"),
        format!(
            "select\n  {} as measure,\n  {customers} as customers,\n  {of} as \"of\",\n  {customers} / nullif({of}, 0) as value\n{from}",
            quoted(measure.name())
        ),
    ))
}

/// The latest period that is over; a rate of those who were new needs another before it.
fn latest(plan: &Plan, facts: &SourceFacts, measure: Measure) -> Result<String, AskError> {
    let question = &plan.question;
    let (mut from, mut to) = (question.from, question.to);
    let periods =
        range::periods(&plan.calendar, question.period, &mut from, &mut to, facts, plan.as_of)?;
    let is_over = |period: &usize| periods.end(*period).is_some_and(|end| end <= plan.as_of);
    let first = usize::from(measure == Measure::NewCustomerRetention);
    let latest = (first..periods.len()).rev().find(is_over).ok_or_else(|| nothing_over(plan))?;
    Ok(range::date_name(&plan.calendar, &periods, latest))
}

fn nothing_over(plan: &Plan) -> Refusal {
    unsaid(
        &format!("a rate of no {} that is over", plan.question.period.name()),
        "ask of a range in which one is over",
        "没有已结束周期的比率",
        "请选择包含已结束周期的范围",
    )
}
