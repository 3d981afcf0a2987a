//! A question on its way: one scan for the votes, then counting.

use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_types::event::Column;
use perennial_types::key::CustomerKey;
use perennial_types::question::Warning;

use super::answer::{Dropped, FeedbackAnswer, GroupAnswer, Responses, WaveAnswer};
use super::fold::FeedbackFold;
use super::plan::Plan;
use super::question::CellRef;
use super::rows::{STAYED, UNDECIDED, WHOLE};
use super::tally::{Tally, VoteRow, figures};
use super::words;
use crate::catalog::{Names, unknown_events};
use crate::grouping::Group;
use crate::insight::{AskError, Asking, Step};
use crate::range;
use crate::reply::{Answer, Reply};
use crate::retention::Members;

/// Most numbers of one answer: waves times groups.
const MAX_CELLS: usize = 100_000;

/// A question in progress.
pub struct Progress {
    plan: Arc<Plan>,
    stage: Stage,
}

enum Stage {
    Begun,
    Counting,
    Names(Box<Tally>),
    Over,
}

/// A group as it is shown, `None` for the computed rest, and the numbers that belong to it.
type Shown = (Option<Group>, Vec<u32>);

impl Progress {
    /// A question at its beginning.
    pub fn new(plan: Plan) -> Progress {
        Progress { plan: Arc::new(plan), stage: Stage::Begun }
    }
}

impl Asking for Progress {
    fn step(&mut self, partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        let first = partials.first().map(Vec::as_slice).unwrap_or_default();
        let plan = &*self.plan;
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Begun => {
                self.stage = Stage::Counting;
                Ok(Step::Scan(vec![Arc::new(FeedbackFold::new(self.plan.clone()))]))
            }
            Stage::Counting => {
                let tally = Tally::new(plan, first);
                // Nobody at all is often a name that no event has; nobody who stays, too.
                let is_odd =
                    tally.asked.is_empty() || !tally.votes.iter().any(|vote| vote.stayed == STAYED);
                if is_odd && !plan.asked_names().is_empty() {
                    self.stage = Stage::Names(Box::new(tally));
                    return Ok(Step::Scan(vec![Arc::new(Names { column: Column::Event })]));
                }
                reply(plan, &tally, Vec::new())
            }
            Stage::Names(tally) => {
                let warnings = unknown_events(&plan.asked_names(), first);
                reply(plan, &tally, warnings)
            }
            Stage::Over => Err(AskError::bad("the question is answered", "ask it again")),
        }
    }
}

fn reply(plan: &Plan, tally: &Tally, mut warnings: Vec<Warning>) -> Result<Step, AskError> {
    let waves = wave_names(plan, tally);
    let shown = match plan.breakdown.is_empty() {
        true => Vec::new(),
        false => tally.groups.shown(&tally.sizes(), plan.question.top),
    };
    if waves.len() * (shown.len() + 1) > MAX_CELLS {
        return Err(range::too_many(
            &format!("{} waves of {} groups", waves.len(), shown.len()),
            &format!("{} 轮调查、{} 个分组", waves.len(), shown.len()),
        )
        .into());
    }
    let customers = match &plan.question.cell {
        None => None,
        Some(cell) => Some(members(plan, tally, &waves, &shown, cell)?),
    };
    let overall = figures(plan, tally.votes_of(WHOLE), plan.is_range_over());
    let answer_waves: Vec<WaveAnswer> =
        (0..).zip(&waves).map(|(wave, name)| wave_answer(plan, tally, wave, name)).collect();
    let dropped = Dropped {
        without_score: tally.flaws[0],
        no_number: tally.flaws[1],
        off_scale: tally.flaws[2],
        without_wave: tally.flaws[3],
    };
    let n_few = answer_waves.iter().filter(|wave| wave.figures.few).count();
    warnings.extend(words::few_votes(&overall, n_few));
    warnings.extend(words::dropped(&dropped, &plan.scale));
    warnings.extend(words::mixed_currencies(&tally.currencies));
    let answer = FeedbackAnswer {
        kind: "feedback".to_owned(),
        overall,
        groups: shown.iter().map(|shown| group_answer(plan, tally, waves.len(), shown)).collect(),
        waves: answer_waves,
        responses: responses(plan, tally),
        dropped,
        definition: words::definition(plan),
        warnings,
        customers: customers.as_ref().map(|keys| Members { total: keys.len(), ids: Vec::new() }),
        question: plan.question.clone(),
    };
    let answer = Answer::of(answer);
    Ok(Step::Done(Box::new(Reply { answer, customers })))
}

/// What the waves are called, in order.
fn wave_names(plan: &Plan, tally: &Tally) -> Vec<String> {
    match plan.wave {
        Some(_) => tally.waves.clone(),
        None => (0..plan.periods.len())
            .map(|period| range::label(&plan.calendar, &plan.periods, period))
            .collect(),
    }
}

fn wave_answer(plan: &Plan, tally: &Tally, wave: i32, name: &str) -> WaveAnswer {
    let (asked, responded) = counted(tally, wave);
    let is_known = plan.sent.is_some();
    WaveAnswer {
        wave: name.to_owned(),
        figures: figures(plan, tally.votes_of(wave), plan.is_over(wave as usize)),
        asked: is_known.then_some(asked),
        responded: is_known.then_some(responded),
        response_rate: (is_known && asked > 0).then(|| responded as f64 / asked as f64),
    }
}

fn group_answer(
    plan: &Plan,
    tally: &Tally,
    n_waves: usize,
    (group, numbers): &Shown,
) -> GroupAnswer {
    let own = |wave: i32, is_over: bool| {
        let votes = tally.votes_of(wave).filter(|vote| numbers.contains(&vote.group));
        figures(plan, votes, is_over)
    };
    GroupAnswer {
        group: group.clone(),
        other: group.is_none(),
        overall: own(WHOLE, plan.is_range_over()),
        waves: (0..n_waves).map(|wave| own(wave as i32, plan.is_over(wave))).collect(),
    }
}

/// Customers asked in a wave, and those who answered.
fn counted(tally: &Tally, wave: i32) -> (u64, u64) {
    let asked = tally.asked_in(wave).count() as u64;
    let responded = tally.asked_in(wave).filter(|one| one.answered).count() as u64;
    (asked, responded)
}

fn responses(plan: &Plan, tally: &Tally) -> Responses {
    let (asked, responded) = counted(tally, WHOLE);
    let voters = tally.votes_of(WHOLE).count() as u64;
    Responses {
        known: plan.sent.is_some(),
        asked,
        responded,
        response_rate: (asked > 0).then(|| responded as f64 / asked as f64),
        unasked: voters.saturating_sub(responded),
        bias: tally.compared(),
    }
}

/// The customers of a cell, in order of their keys.
fn members(
    plan: &Plan,
    tally: &Tally,
    waves: &[String],
    shown: &[Shown],
    cell: &CellRef,
) -> Result<Vec<CustomerKey>, AskError> {
    let wave = match &cell.wave {
        None => WHOLE,
        Some(name) => {
            let place = waves.iter().position(|known| known == name).ok_or_else(|| {
                AskError::bad(format!("no wave is called `{name}`"), "give one of `waves`")
            })?;
            place as i32
        }
    };
    if let Some(responded) = cell.responded {
        let own = tally.asked_in(wave).filter(|one| one.answered == responded);
        return Ok(own.map(|one| CustomerKey(one.customer)).collect());
    }
    let ids = plan.question.metric.classes().map(|[id, ..]| id);
    let class = cell.class.as_ref().and_then(|class| ids.iter().position(|id| id == class));
    let numbers = match cell.group.is_some() || cell.other {
        false => None,
        true => {
            let wanted = cell.group.as_ref().filter(|_| !cell.other);
            let known = shown.iter().find(|(group, _)| group.as_ref() == wanted);
            Some(known.map(|(_, numbers)| numbers).ok_or_else(|| {
                AskError::bad("`cell.group` is none of the answer's groups", "give one of `groups`")
            })?)
        }
    };
    let is_meant = |vote: &&VoteRow| {
        let is_decided = vote.stayed != UNDECIDED;
        class.is_none_or(|class| vote.class == class)
            && numbers.is_none_or(|numbers| numbers.contains(&vote.group))
            && cell.returned.is_none_or(|back| is_decided && (vote.stayed == STAYED) == back)
    };
    let own = tally.votes_of(wave).filter(is_meant);
    Ok(own.map(|vote| CustomerKey(vote.customer)).collect())
}
