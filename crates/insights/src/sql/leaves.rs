//! What a condition asks of one customer, in SQL: each leaf is a list of the customers it holds of.

use std::ops::Range;

use perennial_types::calendar::Micros;
use perennial_types::condition::{
    Aggregate, Did, How, Regularly, Restarted, Sequence, Stopped, Times, Trait,
};
use perennial_types::filter::{Condition, EventFilter, EventNames, Field, Op};
use perennial_types::question::Refusal;
use rust_decimal::Decimal;

use super::filters::{compares, field, holds};
use super::ledger::four_places;
use super::text::instant;
use super::unsaid;
use super::who::{Chooser, within};

impl Chooser {
    /// So many occurrences in a window. Whoever never did is in no group of occurrences, so where
    /// that is enough the others are left out instead.
    pub(super) fn did(&mut self, one: &Did) -> Result<String, Refusal> {
        let range = one.window.range(&self.calendar, self.as_of);
        let (needs, is_never_enough) = match one.times {
            Times::AtLeast(n) => (format!("count(*) >= {n}"), n == 0),
            Times::Exactly(n) => (format!("count(*) = {n}"), n == 0),
            Times::AtMost(n) => (format!("count(*) <= {n}"), true),
        };
        let rest = |needs: &str| {
            format!("where {}\ngroup by customer\nhaving {needs}", within("ts", &range))
        };
        if is_never_enough {
            let others = self.part(&one.did, None, &rest(&format!("not ({needs})")))?;
            return Ok(format!("not {others}"));
        }
        self.part(&one.did, None, &rest(&needs))
    }

    /// In so many of the last periods.
    pub(super) fn regularly(&mut self, one: &Regularly) -> Result<String, Refusal> {
        let bounds = one.boundaries(&self.calendar, self.as_of);
        let periods = bounds.windows(2).filter_map(|pair| match pair {
            [begins, ends] => Some(within("ts", &(*begins..*ends))),
            _ => None,
        });
        let counts = periods.map(|period| {
            format!("cast(count(*) filter (where {period}) >= {} as integer)", one.times)
        });
        let counts = counts.collect::<Vec<_>>().join(" + ");
        let needs = format!("group by customer\nhaving {counts} >= {}", one.at_least);
        self.part(&one.regularly, None, &needs)
    }

    /// Before, but not lately.
    pub(super) fn stopped(&mut self, one: &Stopped) -> Result<String, Refusal> {
        let as_of = self.as_of;
        let since = one.within.map_or(Micros::MIN, |span| span.start(&self.calendar, as_of));
        let quiet = one.r#for.start(&self.calendar, as_of);
        let needs = format!(
            "group by customer\nhaving bool_or({}) and not bool_or({})",
            within("ts", &(since..quiet)),
            within("ts", &(quiet..as_of))
        );
        self.part(&one.stopped, None, &needs)
    }

    /// Lately, after a long pause.
    pub(super) fn restarted(&mut self, one: &Restarted) -> Result<String, Refusal> {
        let range = one.within.start(&self.calendar, self.as_of)..self.as_of;
        let needs = format!(
            "qualify {} and epoch_us(ts) - epoch_us(lag(ts) over (partition by customer order by ts)) >= {}",
            within("ts", &range),
            one.after.elapsed()
        );
        self.part(&one.restarted, None, &needs)
    }

    /// The first or the last occurrence of all lies in a range.
    pub(super) fn edge(
        &mut self,
        filter: &EventFilter,
        edge: &str,
        range: &Range<Micros>,
    ) -> Result<String, Refusal> {
        let range = within(&format!("{edge}(ts)"), range);
        self.part(filter, None, &format!("group by customer\nhaving {range}"))
    }

    /// One step after the other.
    pub(super) fn sequence(&mut self, one: &Sequence) -> Result<String, Refusal> {
        let range = within("ts", &one.window.range(&self.calendar, self.as_of));
        let mut reached: Option<String> = None;
        for step in &one.sequence {
            let found = self.occurrences(&step.filter(), None)?;
            let sql = match &reached {
                None => format!("select distinct customer, ts\nfrom {found}\nwhere {range}"),
                Some(before) => {
                    let after = step.after.map_or(1, |span| span.elapsed().max(1));
                    let most = step.within.map_or_else(String::new, |span| {
                        format!(
                            "\n  and epoch_us(later.ts) - epoch_us(earlier.ts) <= {}",
                            span.elapsed()
                        )
                    });
                    format!(
                        "select distinct later.customer, later.ts\nfrom (select customer, ts from {found} where {range}) as later join {before} as earlier\n  on earlier.customer = later.customer\n  and epoch_us(later.ts) - epoch_us(earlier.ts) >= {after}{most}"
                    )
                }
            };
            reached = Some(self.step(&sql));
        }
        Ok(reached.map_or_else(
            || "true".to_owned(),
            |name| format!("customer in (select customer from {name})"),
        ))
    }

    /// A sum, mean, smallest or largest value against a number.
    pub(super) fn aggregate(&mut self, one: &Aggregate) -> Result<String, Refusal> {
        let value = match &one.field {
            Field::Amount => "any_value(order_amount)".to_owned(),
            Field::Quantity => "any_value(order_quantity)".to_owned(),
            // Rounded line by line.
            other => format!("sum({})", four_places(&field(other, false))),
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
        let occurrences = self.part(
            &one.of,
            Some(&value),
            &format!("where {range}\ngroup by customer\nhaving {test}"),
        )?;
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

    /// The latest known value of a field.
    pub(super) fn known_value(&mut self, one: &Trait) -> Result<String, Refusal> {
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
