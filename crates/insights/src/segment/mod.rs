//! Segments: which customers satisfy a condition, as of any instant.
//!
//! "Who ordered at least three times in the last 90 days and never asked for their money back?" is
//! a [`CustomerCondition`]; [`members`] folds it over every customer's run and gives their keys,
//! for several conditions or several instants in one scan, and one before it where a condition means
//! who stands behind an answer. Any question can be asked of such
//! customers alone: the field `who` is [`who`]'s.
//!
//! ```text
//!   condition ── segments written out ──▶ Plan (instants) ──▶ per customer: occurrences ──▶ true │ false
//! ```
//!
//! A customer exists from the first row on: as of an instant before it they are in no segment, not
//! even in that of those who never did anything. Limits: a comparison of money over more than one
//! currency is refused; give the currency in the filter.

mod behind;
mod fold;
mod gather;
mod judge;
mod plan;
pub mod who;

use std::sync::Arc;

use perennial_engine::fold::Fold;
use perennial_engine::restrict::CustomerSet;
use perennial_engine::session::Session;
use perennial_engine::source::{RunSource, SourceFacts};
use perennial_types::calendar::{Micros, Zone};
use perennial_types::condition::{ConditionError, CustomerCondition};
use perennial_types::event::Column;
use perennial_types::question::Warning;

use crate::catalog::{Names, unknown_events};
use crate::insight::AskError;

pub(crate) use behind::Behind;
pub use fold::SegmentFold;

/// A condition without segments, as of an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The condition, every segment written out.
    pub condition: CustomerCondition,
    /// End of the known world.
    pub as_of: Micros,
    /// Zone of its civil days.
    pub zone: Zone,
}

impl Asked {
    /// The fold that finds its customers, given those behind the answers it names.
    ///
    /// # Errors
    /// When a segment is not written out, or a filter has too many parts.
    pub(crate) fn fold(
        &self,
        behind: &Behind,
        facts: &SourceFacts,
    ) -> Result<SegmentFold, AskError> {
        let by_order = !facts.always_null.contains(&Column::OrderId);
        Ok(SegmentFold::new(self.clone(), plan::Plan::new(self, behind, by_order)?))
    }
}

/// The customers of each condition, all of them found in one scan.
///
/// # Errors
/// When a condition cannot be folded, and what stands in the way of the scan.
pub async fn members(
    session: &Session,
    source: &dyn RunSource,
    asked: &[Asked],
) -> Result<Vec<CustomerSet>, AskError> {
    let facts = source.facts();
    let behind = Behind::found(session, source, asked).await?;
    let folds: Vec<Arc<dyn Fold>> = asked
        .iter()
        .map(|one| one.fold(&behind, &facts).map(|fold| Arc::new(fold) as Arc<dyn Fold>))
        .collect::<Result<_, _>>()?;
    if folds.is_empty() {
        return Ok(Vec::new());
    }
    let partials = session.run(source, &folds).await?;
    partials.iter().map(|partials| Ok(fold::merged(partials)?)).collect()
}

/// A warning for every event a condition names that no row has.
///
/// # Errors
/// What stands in the way of the scan.
pub async fn unknown_names(
    session: &Session,
    source: &dyn RunSource,
    condition: &CustomerCondition,
) -> Result<Vec<Warning>, AskError> {
    let names = condition.event_names();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let fold: Arc<dyn Fold> = Arc::new(Names { column: Column::Event });
    let partials = session.run(source, &[fold]).await?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Ok(unknown_events(&names, partials.first().map(Vec::as_slice).unwrap_or_default()))
}

impl From<ConditionError> for AskError {
    fn from(error: ConditionError) -> AskError {
        AskError::bad(error.to_string(), error.hint())
    }
}

#[cfg(test)]
mod tests;
