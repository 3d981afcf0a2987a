//! Segments written out: every name replaced by what it stands for, before anything is folded.

use std::collections::BTreeMap;

use super::{ConditionError, CustomerCondition, MAX_DEPTH, MAX_PARTS};
use crate::text::nearest_names;

/// The conditions of the segments there are, by name.
pub type Segments = BTreeMap<String, CustomerCondition>;

impl CustomerCondition {
    /// The condition with every segment replaced by its own condition.
    ///
    /// # Errors
    /// [`ConditionError::UnknownSegment`], [`ConditionError::Cycle`] naming the circle,
    /// [`ConditionError::TooDeep`] and [`ConditionError::TooLarge`].
    pub fn inlined(&self, segments: &Segments) -> Result<CustomerCondition, ConditionError> {
        let mut open = Vec::new();
        Inliner { segments, open: &mut open, n_parts: 0 }.write_out(self, 0)
    }
}

struct Inliner<'a> {
    segments: &'a Segments,
    /// Names of the segments that are being written out, outermost first.
    open: &'a mut Vec<String>,
    n_parts: usize,
}

impl Inliner<'_> {
    fn write_out(
        &mut self,
        condition: &CustomerCondition,
        depth: usize,
    ) -> Result<CustomerCondition, ConditionError> {
        self.n_parts += 1;
        if depth > MAX_DEPTH {
            return Err(ConditionError::TooDeep);
        }
        if self.n_parts > MAX_PARTS {
            return Err(ConditionError::TooLarge);
        }
        let mut each = |parts: &[CustomerCondition]| -> Result<Vec<_>, ConditionError> {
            parts.iter().map(|part| self.write_out(part, depth + 1)).collect()
        };
        Ok(match condition {
            CustomerCondition::All(parts) => CustomerCondition::All(each(parts)?),
            CustomerCondition::Any(parts) => CustomerCondition::Any(each(parts)?),
            CustomerCondition::Not(inner) => {
                CustomerCondition::Not(Box::new(self.write_out(inner, depth + 1)?))
            }
            CustomerCondition::Segment(name) => self.segment(name, depth)?,
            other => other.clone(),
        })
    }

    fn segment(&mut self, name: &str, depth: usize) -> Result<CustomerCondition, ConditionError> {
        if let Some(first) = self.open.iter().position(|known| known == name) {
            let mut circle = self.open.split_off(first);
            circle.push(name.to_owned());
            return Err(ConditionError::Cycle(circle));
        }
        let Some(condition) = self.segments.get(name) else {
            let nearest = nearest_names(name, self.segments.keys().map(String::as_str), 3);
            return Err(ConditionError::UnknownSegment { name: name.to_owned(), nearest });
        };
        self.open.push(name.to_owned());
        let written = self.write_out(condition, depth + 1)?;
        self.open.pop();
        Ok(written)
    }
}
