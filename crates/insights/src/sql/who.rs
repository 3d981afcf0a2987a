//! The customers of a condition in SQL: one step per thing asked of them, joined by logic in the end.
//!
//! `known_to_condition` are the rows before the condition's own instant, whatever the question's.
//! Every leaf becomes a list of the customers it holds of; `and`, `or`, `not` are asked of everybody
//! known by then.

use std::ops::Range;

use perennial_types::calendar::{Calendar, Micros};
use perennial_types::condition::{Aggregate, CustomerCondition, How, Sequence, Times, Trait};
use perennial_types::filter::{Condition, EventFilter, EventNames, Field, Op};
use perennial_types::question::Refusal;
use rust_decimal::Decimal;

use super::filters::{compares, field, holds, number};
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

struct Chooser {
    query: Query,
    calendar: Calendar,
    as_of: Micros,
    n_parts: usize,
}

fn within(column: &str, range: &Range<Micros>) -> String {
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
            CustomerCondition::Did(one) => {
                let range = one.window.range(&self.calendar, as_of);
                let (needs, nobody) = match one.times {
                    Times::AtLeast(n) => (format!("count(*) >= {n}"), n == 0),
                    Times::Exactly(n) => (format!("count(*) = {n}"), n == 0),
                    Times::AtMost(n) => (format!("count(*) <= {n}"), true),
                };
                let rest = if nobody { "not " } else { "" };
                // Whoever never did is in no group of occurrences, so those are left out instead.
                let needs = if nobody { format!("not ({needs})") } else { needs };
                let part = self.part(&one.did, None, &format!("where {}\ngroup by customer\nhaving {needs}", within("ts", &range)))?;
                format!("{rest}{part}")
            }
            CustomerCondition::First(one) => {
                let range = one.window.range(&self.calendar, as_of);
                self.edge(&one.first, "min", &range)?
            }
            CustomerCondition::Last(one) => {
                let range = one.window.range(&self.calendar, as_of);
                self.edge(&one.last, "max", &range)?
            }
            CustomerCondition::Regularly(one) => {
                let bounds = one.boundaries(&self.calendar, as_of);
                let periods = bounds.windows(2).filter_map(|pair| match pair {
                    [begins, ends] => Some(within("ts", &(*begins..*ends))),
                    _ => None,
                });
                let counts = periods.map(|period| {
                    format!("cast(count(*) filter (where {period}) >= {} as integer)", one.times)
                });
                let counts: Vec<String> = counts.collect();
                let needs = format!("group by customer\nhaving {} >= {}", counts.join(" + "), one.at_least);
                self.part(&one.regularly, None, &needs)?
            }
            CustomerCondition::Stopped(one) => {
                let since = one.within.map_or(Micros::MIN, |span| span.start(&self.calendar, as_of));
                let quiet = one.r#for.start(&self.calendar, as_of);
                let needs = format!(
                    "group by customer\nhaving bool_or({}) and not bool_or({})",
                    within("ts", &(since..quiet)),
                    within("ts", &(quiet..as_of))
                );
                self.part(&one.stopped, None, &needs)?
            }
            CustomerCondition::Restarted(one) => {
                let range = one.within.start(&self.calendar, as_of)..as_of;
                let needs = format!(
                    "qualify {} and epoch_us(ts) - epoch_us(lag(ts) over (partition by customer order by ts)) >= {}",
                    within("ts", &range),
                    one.after.elapsed()
                );
                self.part(&one.restarted, None, &needs)?
            }
            CustomerCondition::Sequence(one) => self.sequence(one)?,
            CustomerCondition::Aggregate(one) => self.aggregate(one)?,
            CustomerCondition::Trait(one) => self.known_value(one)?,
        })
    }

    fn each(&mut self, parts: &[CustomerCondition], word: &str, none: &str) -> Result<String, Refusal> {
        let parts = parts.iter().map(|part| self.condition(part)).collect::<Result<Vec<_>, _>>()?;
        Ok(match parts.is_empty() {
            true => none.to_owned(),
            false => format!("({})", parts.join(word)),
        })
    }

    /// Adds the occurrences of a filter; gives their name.
    fn occurrences(&mut self, filter: &EventFilter, value: Option<&str>) -> Result<String, Refusal> {
        self.n_parts += 1;
        let name = format!("condition_{}", self.n_parts);
        let value = value.map_or_else(String::new, |value| format!(", {value} as value"));
        let sql = format!(
            "select customer, min(ts) as ts{value}\nfrom condition_lines\ngroup by {OCCURRENCE}\nhaving bool_or({})",
            holds(filter, true)?
        );
        self.query.with(&name, sql);
        Ok(name)
    }

    /// The test of being among the customers whose occurrences satisfy the rest of a query.
    fn part(&mut self, filter: &EventFilter, value: Option<&str>, rest: &str) -> Result<String, Refusal> {
        let name = self.occurrences(filter, value)?;
        Ok(self.among(&format!("select customer\nfrom {name}\n{rest}")))
    }

    fn among(&mut self, customers: &str) -> String {
        self.n_parts += 1;
        let name = format!("condition_{}", self.n_parts);
        self.query.with(&name, customers);
        format!("customer in (select customer from {name})")
    }

    /// The first or the last occurrence of all lies in a range.
    fn edge(&mut self, filter: &EventFilter, edge: &str, range: &Range<Micros>) -> Result<String, Refusal> {
        let range = within(&format!("{edge}(ts)"), range);
        self.part(filter, None, &format!("group by customer\nhaving {range}"))
    }

    fn sequence(&mut self, one: &Sequence) -> Result<String, Refusal> {
        let range = within("ts", &one.window.range(&self.calendar, self.as_of));
        let mut reached: Option<String> = None;
        for step in &one.sequence {
            let found = self.occurrences(&step.filter(), None)?;
            let sql = match &reached {
                None => format!("select distinct customer, ts\nfrom {found}\nwhere {range}"),
                Some(before) => {
                    let after = step.after.map_or(1, |span| span.elapsed().max(1));
                    let most = step.within.map_or_else(String::new, |span| {
                        format!("\n  and epoch_us(later.ts) - epoch_us(earlier.ts) <= {}", span.elapsed())
                    });
                    format!(
                        "select distinct later.customer, later.ts\nfrom (select customer, ts from {found} where {range}) as later join {before} as earlier\n  on earlier.customer = later.customer\n  and epoch_us(later.ts) - epoch_us(earlier.ts) >= {after}{most}"
                    )
                }
            };
            self.n_parts += 1;
            let name = format!("condition_{}", self.n_parts);
            self.query.with(&name, sql);
            reached = Some(name);
        }
        Ok(reached.map_or_else(|| "true".to_owned(), |name| format!("customer in (select customer from {name})")))
    }

    fn aggregate(&mut self, one: &Aggregate) -> Result<String, Refusal> {
        let value = match &one.field {
            Field::Amount => "any_value(order_amount)".to_owned(),
            Field::Quantity => "any_value(order_quantity)".to_owned(),
            other => {
                // Rounded half away from zero to four places, line by line.
                let number = number(&field(other, false));
                format!("sum(cast({number} as decimal(38, 4)))")
            }
        };
        let range = within("ts", &one.window.range(&self.calendar, self.as_of));
        // A mean is compared by its sum, so that nothing is divided.
        let test = match one.aggregate {
            How::Sum => compares("coalesce(sum(value), 0)", one.op, one.value),
            How::Min => compares("min(value)", one.op, one.value),
            How::Max => compares("max(value)", one.op, one.value),
            How::Mean if one.value.normalize().scale() <= 4 => {
                let mut bound = one.value;
                bound.rescale(4);
                let op = one.op.name();
                format!("sum(value) {op} cast('{bound}' as decimal(38, 4)) * count(value)")
            }
            How::Mean => {
                return Err(unsaid(
                    &format!("a mean compared with `{}`", one.value),
                    "compare with at most four decimals",
                    &format!("与 `{}` 比较的均值", one.value),
                    "请使用不超过四位小数的数值",
                ));
            }
        };
        let occurrences =
            self.part(&one.of, Some(&value), &format!("where {range}\ngroup by customer\nhaving {test}"))?;
        // The sum of nothing is 0, and compares.
        let zero = Decimal::ZERO.cmp(&one.value);
        let is_zero_enough = match one.op {
            Op::Equal => zero.is_eq(),
            Op::NotEqual => zero.is_ne(),
            Op::Greater => zero.is_gt(),
            Op::GreaterOrEqual => zero.is_ge(),
            Op::Less => zero.is_lt(),
            _ => zero.is_le(),
        };
        let is_of_nothing = one.aggregate == How::Sum && is_zero_enough;
        if !is_of_nothing {
            return Ok(occurrences);
        }
        let some = self.part(&one.of, None, &format!("where {range}"))?;
        Ok(format!("({occurrences} or not {some})"))
    }

    fn known_value(&mut self, one: &Trait) -> Result<String, Refusal> {
        let end = one.end(&self.calendar, self.as_of);
        if matches!(one.test.field, Field::Amount | Field::Quantity | Field::Ts) {
            return Err(unsaid(
                "the latest amount, quantity or instant of a customer",
                "compare another field",
                "客户最近的金额、数量或时间",
                "请比较其他字段",
            ));
        }
        let value = field(&one.test.field, false);
        let filter = EventFilter {
            event: EventNames::Any,
            condition: Some(Condition::Test(one.test.clone())),
        };
        let test = holds(&filter, false)?;
        let latest = self.among(&format!(
            "select customer\nfrom (\n  select *\n  from condition_rows\n  where {value} is not null and ts < {}\n  qualify row_number() over (partition by customer order by ts desc, sequence desc) = 1\n)\nwhere {test}",
            instant(end)
        ));
        if !one.test.matcher().matches_text(None) {
            return Ok(latest);
        }
        let known = self.among(&format!(
            "select customer\nfrom condition_rows\nwhere {value} is not null and ts < {}",
            instant(end)
        ));
        Ok(format!("({latest} or not {known})"))
    }
}
