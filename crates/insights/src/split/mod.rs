//! Breakdowns of the kinds that do not tell customers apart themselves: the same question for
//! everybody, for every group, and for the computed rest.
//!
//! "How many sessions, by country?" One scan finds each customer's group; then everybody's question
//! and one per group go on together, each group's shown its customers alone. So a group's answer is
//! what the question with `who` naming these customers answers, and all of them share their scans.
//!
//! ```text
//!   rows before as_of ──▶ customer ──▶ DE │ FR │ … ──▶ largest `top`, and Other
//!   question ─┬─▶ everybody                 ──▶ answer
//!             ├─▶ Restricted to DE's        ──▶ answer.groups[0].answer
//!             └─▶ Restricted to the rest's  ──▶ answer.groups[n].answer, or its refusal
//! ```
//!
//! A value is the first known one of the customer (`start`), or the latest known one (`current`),
//! whatever the event. A kind that learns takes values from rows before the first date it learns
//! from alone: `plan = gold` as of now is said of those who stayed, and a model told so would know
//! the future. Who came later, or has no value by then, is in the group without a value.
//!
//! Limits: every group is a question of its own, so at most [`MOST_GROUPS`] are shown by themselves.

mod answer;
mod fold;
mod present;
mod progress;
mod wanted;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use perennial_engine::source::SourceFacts;
use serde_json::Value;

pub use answer::{SplitGroup, fill_ids};
pub(crate) use present::{present, series};
pub use wanted::MOST_GROUPS;

use crate::insight::{AskError, Asking, Insight};
use crate::sql::unsaid;

/// Which of the fields of a breakdown a kind has of its own.
#[derive(Clone, Copy, Debug)]
struct Own {
    breakdown: bool,
    top: bool,
}

static OWN: LazyLock<BTreeMap<&'static str, Own>> = LazyLock::new(|| {
    let own = |insight: &&'static dyn Insight| {
        let shapes = insight.shapes();
        let has = |name: &str| shapes.own_fields.iter().any(|field| field == name);
        (insight.kind(), Own { breakdown: has("breakdown"), top: has("top") })
    };
    crate::all().iter().map(own).collect()
});

/// Whether the breakdown of a kind is that of this module.
pub fn is_split(kind: &str) -> bool {
    OWN.get(kind).is_some_and(|own| !own.breakdown)
}

/// Whether a kind of this module has a `top` of its own, which is that of its groups too.
fn has_own_top(kind: &str) -> bool {
    OWN.get(kind).is_some_and(|own| own.top)
}

/// Begins a question of a kind that may be told apart here.
///
/// # Errors
/// What the kind says, and a breakdown that is none.
pub(crate) fn begin(
    insight: &'static dyn Insight,
    question: &Value,
    facts: &SourceFacts,
) -> Result<Box<dyn Asking>, AskError> {
    if !is_split(insight.kind()) {
        return insight.begin(question, facts);
    }
    let mut bare = question.clone();
    match wanted::Wanted::take(insight.kind(), &mut bare)? {
        None => insight.begin(&bare, facts),
        Some(wanted) => Ok(Box::new(progress::Split::begin(insight, wanted, bare, facts)?)),
    }
}

/// The question without its breakdown, to be explained.
///
/// # Errors
/// `not_in_sql` where it has one.
pub(crate) fn explainable(kind: &str, question: &Value) -> Result<Value, AskError> {
    let mut bare = question.clone();
    if !is_split(kind) || wanted::Wanted::take(kind, &mut bare)?.is_none() {
        return Ok(bare);
    }
    let refusal = unsaid(
        "the groups of a `breakdown`",
        "ask for one group with `who`, by a trait: `trait country = \"France\"`",
        "`breakdown` 的各组",
        "用 `who` 按特征指定一组：`trait country = \"France\"`",
    );
    Err(refusal.into())
}

#[cfg(test)]
mod tests;
