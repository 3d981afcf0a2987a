//! The columns of a batch that a customer table looks at.

use perennial_engine::batch::Batch;
use perennial_engine::error::EngineError;
use perennial_engine::filter::{BatchFilter, Mask};
use perennial_types::calendar::Micros;
use perennial_types::event::Column;

use super::plan::Plan;
use crate::field_codes::FieldCodes;
use crate::grouping::FieldReader;
use crate::orders::OrderReader;

/// The columns, each `None` where no feature wants it.
pub struct Reader<'a> {
    /// Instants.
    pub ts: &'a [Micros],
    /// Order of acceptance.
    pub sequences: Option<&'a [i64]>,
    /// Orders and refunds.
    pub orders: Option<OrderReader<'a>>,
    /// Names of events, as numbers.
    pub names: Option<&'a [u32]>,
    /// Items.
    pub items: Option<&'a [u32]>,
    /// Items, where those that are bought are told apart.
    pub items_bought: Option<&'a [u32]>,
    /// Categories.
    pub categories: Option<&'a [u32]>,
    /// Channels.
    pub channels: Option<&'a [u32]>,
    /// Countries.
    pub countries: Option<&'a [u32]>,
    /// Values of the field that tells sessions apart.
    pub sessions: Option<&'a [u32]>,
    /// Calls for help.
    pub support: Option<Mask>,
    /// Votes.
    pub votes: Option<Mask>,
    starts: Option<Mask>,
    score: Option<FieldReader<'a>>,
}

impl<'a> Reader<'a> {
    /// Reads a batch whose fields have been numbered.
    pub fn new(
        plan: &'a Plan,
        batch: &'a Batch,
        codes: &'a FieldCodes,
    ) -> Result<Reader<'a>, EngineError> {
        let slots = plan.slots;
        let rows = |slot: Option<usize>| slot.map(|slot| codes.rows(slot));
        let score = plan.votes.as_ref().map(|(_, field)| FieldReader::new(field, batch));
        let orders = plan.wants_orders.then(|| OrderReader::with_currencies(batch, plan.by_order));
        let known_at = plan.question.known_at;
        Ok(Reader {
            ts: batch.ts()?,
            sequences: known_at.map(|_| batch.integers(Column::Sequence)).transpose()?,
            orders: orders.transpose()?,
            names: rows(slots.names),
            items: rows(slots.items),
            items_bought: rows(slots.items),
            categories: rows(slots.categories),
            channels: rows(slots.channels),
            countries: rows(slots.countries),
            sessions: rows(slots.sessions),
            support: mask(plan.support.as_ref(), batch)?,
            votes: mask(plan.votes.as_ref().map(|(filter, _)| filter), batch)?,
            starts: mask(plan.session_start.as_ref(), batch)?,
            score: score.transpose()?,
        })
    }

    /// Whether an event begins a session.
    pub fn begins_session(&self, row: usize) -> bool {
        self.starts.as_ref().is_some_and(|starts| starts.passes(row))
    }

    /// Whether the money of a row counts.
    pub fn is_of_currency(&self, plan: &Plan, row: usize) -> bool {
        let wanted = plan.question.currency.as_deref();
        let own = self.orders.as_ref().and_then(|orders| orders.currency_name(row));
        wanted.is_none_or(|wanted| own == Some(wanted))
    }

    /// The score of a vote, where it is a number.
    pub fn score(&self, row: usize) -> Option<f64> {
        self.score.as_ref()?.number(row).map(super::at::units)
    }
}

/// A mask that marks anything at all.
fn mask(filter: Option<&BatchFilter>, batch: &Batch) -> Result<Option<Mask>, EngineError> {
    let mask = filter.map(|filter| filter.mask(batch)).transpose()?;
    Ok(mask.filter(|mask| match mask {
        Mask::Every => true,
        Mask::Rows(rows) => rows.count_set_bits() > 0,
    }))
}
