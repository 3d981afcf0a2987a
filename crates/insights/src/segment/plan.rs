//! A condition made ready: windows turned into instants, filters prepared and each named once.

use std::ops::Range;
use std::sync::Arc;

use perennial_engine::filter::BatchFilter;
use perennial_engine::restrict::CustomerSet;
use perennial_types::calendar::{Calendar, Micros};
use perennial_types::condition::{Aggregate, ConditionError, CustomerCondition, How, Step, Times};
use perennial_types::event::Column;
use perennial_types::filter::{EventFilter, EventNames, Field, Matcher, Op};
use perennial_types::question::Refusal;
use rust_decimal::Decimal;

use super::Asked;
use super::behind::Behind;
use super::judge::Facts;
use crate::insight::AskError;
use crate::orders;

/// A condition that can be folded.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// End of the known world.
    pub(super) as_of: Micros,
    /// Whether rows may share an order.
    pub(super) by_order: bool,
    /// What has to be found of every customer.
    pub(super) series: Vec<Series>,
    /// What has to be known of every customer.
    pub(super) traits: Vec<Known>,
    /// Whoever stands behind an answer, as it was found.
    pub(super) lists: Vec<Arc<CustomerSet>>,
    /// Number of comparisons of money.
    pub(super) n_money: usize,
    /// What is decided when a customer is complete.
    pub(super) tree: Tree,
}

/// Occurrences of one kind, with a value each where one is asked for.
#[derive(Clone, Debug)]
pub(super) struct Series {
    /// The filter as it was asked for.
    asked: EventFilter,
    /// Which rows.
    pub(super) filter: BatchFilter,
    /// The field of the value.
    pub(super) value: Option<Field>,
}

/// The latest value of a field.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// The field.
    pub(super) field: Field,
    /// What it is compared with.
    pub(super) matcher: Matcher,
    /// Where the rows end that are looked at.
    pub(super) end: Micros,
}

/// A condition over the series of a customer; ranges are half open.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Not(Box<Tree>),
    Count {
        series: usize,
        times: Times,
        range: Range<Micros>,
    },
    First {
        series: usize,
        range: Range<Micros>,
    },
    Last {
        series: usize,
        range: Range<Micros>,
    },
    Regularly {
        series: usize,
        times: usize,
        at_least: usize,
        boundaries: Vec<Micros>,
    },
    Stopped {
        series: usize,
        before: Range<Micros>,
        quiet: Range<Micros>,
    },
    Restarted {
        series: usize,
        pause: Micros,
        range: Range<Micros>,
    },
    Sequence {
        steps: Vec<Later>,
        range: Range<Micros>,
    },
    Compared {
        series: usize,
        how: How,
        range: Range<Micros>,
        op: Op,
        value: Decimal,
        money: Option<usize>,
    },
    Trait(usize),
    Listed(usize),
}

/// One step of a sequence.
#[derive(Clone, Debug)]
pub(super) struct Later {
    /// What.
    pub(super) series: usize,
    /// At least so long after the step before, more than nothing.
    pub(super) after: Micros,
    /// At most so long after it.
    pub(super) within: Micros,
}

impl Plan {
    /// Prepares a condition.
    pub(super) fn new(asked: &Asked, found: &Behind, by_order: bool) -> Result<Plan, AskError> {
        let calendar = Calendar { zone: asked.zone.clone(), ..Calendar::default() };
        let tree = Tree::All(Vec::new());
        let plan = Plan {
            as_of: asked.as_of,
            by_order,
            series: Vec::new(),
            traits: Vec::new(),
            lists: Vec::new(),
            n_money: 0,
            tree,
        };
        let mut maker = Maker { calendar, plan, found };
        let tree = maker.tree(&asked.condition)?;
        Ok(Plan { tree, ..maker.plan })
    }

    /// The columns it looks at, besides customer and instant.
    pub(super) fn columns(&self) -> Vec<Column> {
        let mut columns: Vec<Column> = Vec::new();
        for series in &self.series {
            columns.extend(series.filter.columns());
            columns.extend(series.value.as_ref().map(Field::column));
            if series.value == Some(Field::Amount) {
                columns.push(Column::Currency);
            }
        }
        if self.by_order {
            columns.extend(orders::COLUMNS);
        }
        columns.extend(self.traits.iter().map(|known| known.field.column()));
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// Names of the only events that matter, where that is known: where whoever did none of them
    /// does not satisfy the condition, such customers need not be seen.
    pub(super) fn events(&self) -> Option<Vec<String>> {
        let asks_more = !self.traits.is_empty() || !self.lists.is_empty();
        if asks_more || self.holds_of_nothing() {
            return None;
        }
        let mut names = Vec::new();
        for series in &self.series {
            match &series.asked.event {
                EventNames::Any => return None,
                EventNames::OneOf(some) => names.extend(some.iter().cloned()),
            }
        }
        Some(names)
    }

    /// Whether it holds of a customer of whom nothing of all this is known.
    fn holds_of_nothing(&self) -> bool {
        let nothing = vec![Vec::new(); self.series.len()];
        let mut currencies = vec![Vec::new(); self.n_money];
        self.tree.holds(&nothing, &Facts::default(), &mut currencies)
    }
}

/// Makes a plan.
struct Maker<'a> {
    calendar: Calendar,
    plan: Plan,
    found: &'a Behind,
}

impl Maker<'_> {
    fn tree(&mut self, condition: &CustomerCondition) -> Result<Tree, AskError> {
        let as_of = self.plan.as_of;
        let calendar = self.calendar.clone();
        let each = |maker: &mut Maker<'_>, parts: &[CustomerCondition]| {
            parts.iter().map(|part| maker.tree(part)).collect::<Result<Vec<_>, _>>()
        };
        Ok(match condition {
            CustomerCondition::All(parts) => Tree::All(each(self, parts)?),
            CustomerCondition::Any(parts) => Tree::Any(each(self, parts)?),
            CustomerCondition::Not(inner) => Tree::Not(Box::new(self.tree(inner)?)),
            CustomerCondition::Segment(name) => {
                return Err(ConditionError::UnknownSegment {
                    name: name.clone(),
                    nearest: Vec::new(),
                }
                .into());
            }
            CustomerCondition::Did(one) => Tree::Count {
                series: self.series(&one.did, None)?,
                times: one.times,
                range: one.window.range(&calendar, as_of),
            },
            CustomerCondition::First(one) => Tree::First {
                series: self.series(&one.first, None)?,
                range: one.window.range(&calendar, as_of),
            },
            CustomerCondition::Last(one) => Tree::Last {
                series: self.series(&one.last, None)?,
                range: one.window.range(&calendar, as_of),
            },
            CustomerCondition::Regularly(one) => Tree::Regularly {
                series: self.series(&one.regularly, None)?,
                times: one.times as usize,
                at_least: one.at_least as usize,
                boundaries: one.boundaries(&calendar, as_of),
            },
            CustomerCondition::Stopped(one) => {
                let since = one.within.map_or(Micros::MIN, |span| span.start(&calendar, as_of));
                let quiet = one.r#for.start(&calendar, as_of);
                Tree::Stopped {
                    series: self.series(&one.stopped, None)?,
                    before: since..quiet,
                    quiet: quiet..as_of,
                }
            }
            CustomerCondition::Restarted(one) => Tree::Restarted {
                series: self.series(&one.restarted, None)?,
                pause: one.after.elapsed(),
                range: one.within.start(&calendar, as_of)..as_of,
            },
            CustomerCondition::Sequence(one) => Tree::Sequence {
                steps: one
                    .sequence
                    .iter()
                    .map(|step| self.later(step))
                    .collect::<Result<_, _>>()?,
                range: one.window.range(&calendar, as_of),
            },
            CustomerCondition::Aggregate(one) => {
                self.compared(one, one.window.range(&calendar, as_of))?
            }
            CustomerCondition::Answer(one) => {
                let list = self.found.of(one, &self.calendar, as_of);
                // Asked before; whoever makes a plan without asking has found nobody.
                self.plan
                    .lists
                    .push(list.unwrap_or_else(|| Arc::new(CustomerSet::new(Vec::new()))));
                Tree::Listed(self.plan.lists.len() - 1)
            }
            CustomerCondition::Trait(one) => {
                let field = one.test.field.clone();
                let end = one.end(&calendar, as_of);
                self.plan.traits.push(Known { field, matcher: one.test.matcher(), end });
                Tree::Trait(self.plan.traits.len() - 1)
            }
        })
    }

    fn later(&mut self, step: &Step) -> Result<Later, AskError> {
        Ok(Later {
            series: self.series(&step.filter(), None)?,
            after: step.after.map_or(1, |span| span.elapsed().max(1)),
            within: step.within.map_or(Micros::MAX, |span| span.elapsed()),
        })
    }

    fn compared(&mut self, one: &Aggregate, range: Range<Micros>) -> Result<Tree, AskError> {
        let series = self.series(&one.of, Some(&one.field))?;
        let money = (one.field == Field::Amount).then(|| {
            self.plan.n_money += 1;
            self.plan.n_money - 1
        });
        Ok(Tree::Compared {
            series,
            how: one.aggregate,
            range,
            op: one.op,
            value: one.value,
            money,
        })
    }

    /// The place of a series, a new one for a new filter or value.
    fn series(&mut self, asked: &EventFilter, value: Option<&Field>) -> Result<usize, Refusal> {
        let is_known = |known: &Series| known.asked == *asked && known.value.as_ref() == value;
        if let Some(known) = self.plan.series.iter().position(is_known) {
            return Ok(known);
        }
        let filter = BatchFilter::new(asked, self.plan.by_order)?;
        self.plan.series.push(Series { asked: asked.clone(), filter, value: value.cloned() });
        Ok(self.plan.series.len() - 1)
    }
}
