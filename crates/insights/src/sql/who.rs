//! The customers of a condition in SQL: one step per thing asked of them, joined by logic in the end.
//!
//! `condition_rows` are the rows before the condition's own instant, whatever the question's.
//! Every leaf becomes a list of the customers it holds of; `and`, `or`, `not` are asked of everybody
//! known by then.

use std::ops::Range;

use perennial_types::calendar::{Calendar, Micros};
use perennial_types::condition::CustomerCondition;
use perennial_types::filter::EventFilter;
use perennial_types::question::Refusal;

use super::filters::holds;
use super::query::Query;
use super::rows::OCCURRENCE;
use super::text::instant;
use super::unsaid;
use crate::segment::Asked;

/// The steps and the query of the customers of a condition.
///
/// # Errors
/// `not_in_sql` where a part of it has no SQL.
pub fn chosen(asked: &Asked) -> Result<(Query, String), Refusal> {
    let mut query = Query::default();
    query.with(
        "condition_rows",
        format!(
            "select *, case when order_id is null then sequence end as alone\nfrom lake.events\nwhere ts < {}",
            instant(asked.as_of)
        ),
    );
    query.with(
        "condition_lines",
        format!(
            "select *, sum(amount) over whole as order_amount, sum(quantity) over whole as order_quantity\nfrom condition_rows\nwindow whole as (partition by {OCCURRENCE})"
        ),
    );
    let calendar = Calendar { zone: asked.zone.clone(), ..Calendar::default() };
    let mut chooser = Chooser { query, calendar, as_of: asked.as_of, n_parts: 0 };
    let condition = chooser.condition(&asked.condition)?;
    let last = format!("select distinct customer\nfrom condition_rows\nwhere {condition}");
    Ok((chooser.query, last))
}

/// Adds step after step.
pub(super) struct Chooser {
    query: Query,
    pub(super) calendar: Calendar,
    pub(super) as_of: Micros,
    n_parts: usize,
}

/// Whether a column lies in a half-open range.
pub(super) fn within(column: &str, range: &Range<Micros>) -> String {
    let end = format!("{column} < {}", instant(range.end));
    match range.start {
        Micros::MIN => end,
        start => format!("{column} >= {} and {end}", instant(start)),
    }
}

impl Chooser {
    fn condition(&mut self, condition: &CustomerCondition) -> Result<String, Refusal> {
        let as_of = self.as_of;
        Ok(match condition {
            CustomerCondition::All(parts) => self.each(parts, " and ", "true")?,
            CustomerCondition::Any(parts) => self.each(parts, " or ", "false")?,
            CustomerCondition::Not(inner) => format!("not ({})", self.condition(inner)?),
            CustomerCondition::Segment(name) => {
                return Err(unsaid(
                    &format!("the segment `{name}`"),
                    "write its condition out",
                    &format!("分群 `{name}`"),
                    "请写出其条件",
                ));
            }
            CustomerCondition::Answer(one) => {
                return Err(unsaid(
                    &format!("who stands behind the answer of `{}`", one.answer),
                    "ask for the SQL of that question",
                    &format!("“{}”的答案背后的客户", one.answer),
                    "请查看该问题自身的 SQL",
                ));
            }
            CustomerCondition::Did(one) => self.did(one)?,
            CustomerCondition::First(one) => {
                let range = one.window.range(&self.calendar, as_of);
                self.edge(&one.first, "min", &range)?
            }
            CustomerCondition::Last(one) => {
                let range = one.window.range(&self.calendar, as_of);
                self.edge(&one.last, "max", &range)?
            }
            CustomerCondition::Regularly(one) => self.regularly(one)?,
            CustomerCondition::Stopped(one) => self.stopped(one)?,
            CustomerCondition::Restarted(one) => self.restarted(one)?,
            CustomerCondition::Sequence(one) => self.sequence(one)?,
            CustomerCondition::Aggregate(one) => self.aggregate(one)?,
            CustomerCondition::Trait(one) => self.known_value(one)?,
        })
    }

    fn each(
        &mut self,
        parts: &[CustomerCondition],
        word: &str,
        none: &str,
    ) -> Result<String, Refusal> {
        let parts = parts.iter().map(|part| self.condition(part)).collect::<Result<Vec<_>, _>>()?;
        Ok(match parts.is_empty() {
            true => none.to_owned(),
            false => format!("({})", parts.join(word)),
        })
    }

    /// Adds the occurrences of a filter; gives their name.
    pub(super) fn occurrences(
        &mut self,
        filter: &EventFilter,
        value: Option<&str>,
    ) -> Result<String, Refusal> {
        let value = value.map_or_else(String::new, |value| format!(", {value} as value"));
        let sql = format!(
            "select customer, min(ts) as ts{value}\nfrom condition_lines\ngroup by {OCCURRENCE}\nhaving bool_or({})",
            holds(filter, true)?
        );
        Ok(self.step(&sql))
    }

    /// The test of being among the customers whose occurrences satisfy the rest of a query.
    pub(super) fn part(
        &mut self,
        filter: &EventFilter,
        value: Option<&str>,
        rest: &str,
    ) -> Result<String, Refusal> {
        let name = self.occurrences(filter, value)?;
        Ok(self.among(&format!("select customer\nfrom {name}\n{rest}")))
    }

    /// The test of being among the customers of a query, added as a step.
    pub(super) fn among(&mut self, customers: &str) -> String {
        let name = self.step(customers);
        format!("customer in (select customer from {name})")
    }

    /// Adds a step; gives its name.
    pub(super) fn step(&mut self, sql: &str) -> String {
        self.n_parts += 1;
        let name = format!("condition_{}", self.n_parts);
        self.query.with(&name, sql);
        name
    }
}
