//! A question on its way: the groups, then everybody's question and every group's together.

use std::sync::Arc;

use arrow::array::RecordBatch;
use jiff::civil::Date;
use perennial_engine::fold::Fold;
use perennial_engine::restrict::{CustomerSet, Restricted};
use perennial_engine::source::SourceFacts;
use perennial_types::calendar::Micros;
use perennial_types::key::CustomerKey;
use perennial_types::question::Refusal;
use serde_json::{Value, json};

use super::answer::{SplitGroup, raise_list, without_list};
use super::fold::{self, Found, GroupsFold};
use super::wanted::{Wanted, Whose};
use crate::insight::{AskError, Asking, Insight, Step};
use crate::reply::{Answer, Reply};
use crate::segment::who;

/// A question in progress, for everybody and for every group.
pub(super) struct Split {
    insight: &'static dyn Insight,
    facts: SourceFacts,
    wanted: Wanted,
    /// The question without its groups and its cell.
    bare: Value,
    /// Values of rows before this instant put a customer into a group.
    until: Micros,
    /// The first date everybody's question learns from.
    learns_from: Option<Date>,
    everybody: State,
    groups: Vec<Part>,
    stage: Stage,
}

enum Stage {
    Begun,
    Groups,
    Parts,
}

/// One group's question.
struct Part {
    found: Found,
    state: State,
}

enum State {
    Asking { asking: Box<dyn Asking>, n_folds: usize },
    Answered(Box<Reply>),
    Refused(Refusal),
}

impl Split {
    /// A question at its beginning.
    pub fn begin(
        insight: &'static dyn Insight,
        wanted: Wanted,
        bare: Value,
        facts: &SourceFacts,
    ) -> Result<Split, AskError> {
        let is_meant = wanted.is_meant(None, false);
        if !is_meant {
            // A cell that no group can have is told before anything is read.
            insight.begin(&wanted.question(&bare, true), facts)?;
        }
        let asking = insight.begin(&wanted.question(&bare, is_meant), facts)?;
        let learns_from = asking.learns_from();
        let until = match learns_from {
            None => wanted.as_of,
            Some(first) => who::instant(&first.to_string(), &wanted.zone)?.min(wanted.as_of),
        };
        Ok(Split {
            insight,
            facts: facts.clone(),
            wanted,
            bare,
            until,
            learns_from,
            everybody: State::Asking { asking, n_folds: 0 },
            groups: Vec::new(),
            stage: Stage::Begun,
        })
    }

    /// Begins the question of every group that is shown.
    fn begin_groups(&mut self, partials: &[RecordBatch]) -> Result<(), AskError> {
        let wanted = &self.wanted;
        let found = fold::merged(partials, wanted.top);
        let names_one = |one: &Found| wanted.is_meant(one.group.as_ref(), one.group.is_none());
        if wanted.whose != Whose::Everybody && !found.iter().any(names_one) {
            return Err(no_such_group(&wanted.whose, &found));
        }
        for one in found {
            let question = wanted.question(&self.bare, names_one(&one));
            let state = match self.insight.begin(&question, &self.facts) {
                Ok(asking) => State::Asking { asking, n_folds: 0 },
                Err(error) => State::Refused(refused(error)?),
            };
            self.groups.push(Part { found: one, state });
        }
        Ok(())
    }

    /// Hands every part its partial results and collects the folds they want next.
    fn step_parts(&mut self, partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        let mut partials = partials.into_iter();
        let mut wanted = self.everybody.step(&mut partials, None)?;
        for part in &mut self.groups {
            match part.state.step(&mut partials, Some(&part.found.customers)) {
                Ok(folds) => wanted.extend(folds),
                Err(error) => part.state = State::Refused(refused(error)?),
            }
        }
        match wanted.is_empty() {
            true => Ok(Step::Done(Box::new(self.reply()?))),
            false => Ok(Step::Scan(wanted)),
        }
    }

    /// Everybody's answer with those of the groups beside it.
    fn reply(&mut self) -> Result<Reply, AskError> {
        let Reply { answer, customers } = std::mem::replace(&mut self.everybody, answered())
            .reply()
            .map_err(AskError::Refused)?;
        let mut answer = answer.into_tree();
        let mut customers = customers;
        let has_cell = self.wanted.has_cell();
        if has_cell && !self.wanted.is_meant(None, false) {
            without_list(&mut answer);
            customers = None;
        }
        let mut groups = Vec::with_capacity(self.groups.len());
        for Part { found: Found { group, customers: own }, state } in self.groups.drain(..) {
            let other = group.is_none();
            let is_meant = self.wanted.is_meant(group.as_ref(), other);
            let n_customers = own.len() as u64;
            let mut told = SplitGroup { group, other, n_customers, answer: None, refusal: None };
            match state.reply() {
                Ok(reply) => {
                    let mut its = reply.answer.into_tree();
                    match (has_cell, is_meant) {
                        (false, _) => customers = joined(customers, reply.customers),
                        (true, true) => {
                            raise_list(&mut answer, &mut its);
                            customers = reply.customers;
                        }
                        (true, false) => without_list(&mut its),
                    }
                    told.answer = Some(its);
                }
                Err(refusal) => told.refusal = Some(refusal),
            }
            groups.push(told);
        }
        self.wanted.tell(self.until, &mut answer);
        if let Some(fields) = answer.as_object_mut() {
            fields.insert("groups".to_owned(), json!(groups));
        }
        Ok(Reply { answer: Answer::from(answer), customers })
    }
}

impl Asking for Split {
    fn step(&mut self, partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        match std::mem::replace(&mut self.stage, Stage::Parts) {
            Stage::Begun => {
                self.stage = Stage::Groups;
                let (as_of, until) = (self.wanted.as_of, self.until);
                let fields = self.wanted.fields.clone();
                Ok(Step::Scan(vec![Arc::new(GroupsFold { fields, as_of, until })]))
            }
            Stage::Groups => {
                self.begin_groups(partials.first().map(Vec::as_slice).unwrap_or_default())?;
                self.step_parts(Vec::new())
            }
            Stage::Parts => self.step_parts(partials),
        }
    }

    fn learns_from(&self) -> Option<Date> {
        self.learns_from
    }
}

impl State {
    /// Takes its own partial results, and gives the folds it wants next, none once it is answered.
    fn step(
        &mut self,
        partials: &mut impl Iterator<Item = Vec<RecordBatch>>,
        customers: Option<&Arc<CustomerSet>>,
    ) -> Result<Vec<Arc<dyn Fold>>, AskError> {
        let State::Asking { asking, n_folds } = self else { return Ok(Vec::new()) };
        let own = partials.take(*n_folds).collect();
        match asking.step(own)? {
            Step::Scan(folds) => {
                *n_folds = folds.len();
                Ok(match customers {
                    None => folds,
                    Some(own) => folds.into_iter().map(|fold| Restricted::to(fold, own)).collect(),
                })
            }
            Step::Done(reply) => {
                *self = State::Answered(reply);
                Ok(Vec::new())
            }
        }
    }

    fn reply(self) -> Result<Reply, Refusal> {
        match self {
            State::Answered(reply) => Ok(*reply),
            State::Refused(refusal) => Err(refusal),
            State::Asking { .. } => Err(unanswered()),
        }
    }
}

/// What is left where a reply was taken.
fn answered() -> State {
    State::Refused(unanswered())
}

fn unanswered() -> Refusal {
    Refusal::new("answered", "the question is answered", "ask it again")
        .in_chinese("该问题已回答", "请重新提问")
}

/// Why a group has no answer. What is no question for a group alone, though one for everybody, is a
/// refusal of that group; what keeps anything from being read is one of nobody's.
fn refused(error: AskError) -> Result<Refusal, AskError> {
    match error {
        AskError::Refused(refusal) => Ok(refusal),
        AskError::BadQuestion { message, hint } => {
            let reason_zh = format!("对该组无法这样提问：{message}");
            let hint_zh = format!("请改变问题，或换一组：{hint}");
            Ok(Refusal::new("bad_question", message, hint).in_chinese(reason_zh, hint_zh))
        }
        other => Err(other),
    }
}

fn no_such_group(whose: &Whose, found: &[Found]) -> AskError {
    let shown: Vec<String> = found
        .iter()
        .filter_map(|one| one.group.as_ref())
        .map(|group| format!("`{}`", json!(group)))
        .collect();
    match whose {
        Whose::Group(group) => AskError::bad(
            format!("`cell.group` is `{}`, which is no group of the answer", json!(group)),
            format!("one of: {}; or `\"other\": true` for the rest", shown.join(", ")),
        ),
        _ => AskError::bad(
            "`cell.other` is true, and every group is shown by itself",
            format!("give a `group`, one of: {}", shown.join(", ")),
        ),
    }
}

/// The customers of everybody's answer and those of the groups', in the order of the groups.
fn joined(
    known: Option<Vec<CustomerKey>>,
    more: Option<Vec<CustomerKey>>,
) -> Option<Vec<CustomerKey>> {
    match (known, more) {
        (Some(mut known), Some(more)) => {
            known.extend(more);
            Some(known)
        }
        (known, more) => known.or(more),
    }
}
