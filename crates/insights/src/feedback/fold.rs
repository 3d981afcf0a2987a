//! The fold: the votes that count, what followed them, and who might have voted.
//!
//! A bucket gives one row per vote that counts, in its wave and in the whole range, and one per
//! customer who was asked; everything else is counting rows.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::batch::{Batch, Run};
use perennial_engine::error::EngineError;
use perennial_engine::filter::Mask;
use perennial_engine::fold::{Fold, Needs, Visitor};
use perennial_types::calendar::{Micros, Unit};

use super::plan::Plan;
use super::question::Vote;
use super::rows::{
    ASKED, CURRENCIES, FLAWS, GONE, NEVER, Rows, STAYED, UNDECIDED, VOTE, WAVES, WHOLE,
};
use crate::belonging::{Belonging, BelongingReader};
use crate::grouping::{FieldReader, Interner};
use crate::moments::{FilterReader, Moments};
use crate::orders::{OrderBook, OrderReader};

/// What a row may lack to be a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It has no score.
    NoScore,
    /// Its score is no number.
    NoNumber,
    /// Its score is outside of the scale, or between two of its numbers.
    OffScale,
    /// It has no wave.
    NoWave,
}

/// A question, folded.
pub struct FeedbackFold {
    plan: Arc<Plan>,
}

impl FeedbackFold {
    /// A fold.
    pub fn new(plan: Arc<Plan>) -> FeedbackFold {
        FeedbackFold { plan }
    }
}

impl fmt::Debug for FeedbackFold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("FeedbackFold").finish_non_exhaustive()
    }
}

impl Fold for FeedbackFold {
    fn description(&self) -> (&'static str, serde_json::Value) {
        ("feedback", serde_json::to_value(&self.plan.question).unwrap_or_default())
    }

    fn needs(&self) -> Needs {
        // Who has bought, and what, is known by all history; returns come after the range.
        let plan = &self.plan;
        Needs { columns: plan.columns(), events: plan.events(), ts: Micros::MIN..plan.as_of }
    }

    fn visitor(&self) -> Box<dyn Visitor> {
        Box::new(Reading {
            belonging: Belonging::new(&self.plan.breakdown),
            plan: self.plan.clone(),
            bits: Vec::new(),
            customer: Customer::default(),
            rows: Rows::default(),
            waves: Interner::default(),
            names: HashMap::new(),
            currencies: Vec::new(),
            flaws: [0; 4],
        })
    }
}

struct Reading {
    plan: Arc<Plan>,
    bits: Vec<u64>,
    customer: Customer,
    belonging: Belonging,
    rows: Rows,
    waves: Interner<String>,
    /// Names of currencies by their number in the order book.
    names: HashMap<u64, String>,
    /// Currencies whose money was added up.
    currencies: Vec<u64>,
    flaws: [u64; 4],
}

/// The customer being visited.
#[derive(Default)]
struct Customer {
    key: Option<i64>,
    votes: Vec<Cast>,
    /// The waves in which they were asked.
    asked: Vec<i32>,
    /// Whether anything happened in the range.
    is_active: bool,
    returns: Moments,
    book: OrderBook,
}

/// A vote.
#[derive(Clone, Copy)]
struct Cast {
    ts: Micros,
    wave: i32,
    score: i32,
    group: u32,
}

impl Visitor for Reading {
    fn visit(&mut self, batch: &Batch, runs: &[Run]) -> Result<(), EngineError> {
        let plan = self.plan.clone();
        let returns = FilterReader::new(&plan.returns, batch, std::mem::take(&mut self.bits))?;
        let reader = Reader::new(&plan, batch)?;
        reader.orders.note_currencies(&mut self.names);
        for run in runs {
            if !run.continues {
                self.close();
                self.customer.key = Some(run.customer);
            }
            for row in run.rows.clone().take_while(|row| reader.ts[*row] < plan.as_of) {
                self.customer.returns.push(&plan.returns, &returns, row, || [0, 0]);
                self.push(&plan, &reader, row);
            }
        }
        self.bits = returns.into_bits();
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<RecordBatch, EngineError> {
        self.close();
        self.currencies.sort_unstable();
        self.currencies.dedup();
        let currencies = self.currencies.iter().filter_map(|number| self.names.get(number));
        let metadata = [
            (WAVES, serde_json::to_string(self.waves.values())),
            (FLAWS, serde_json::to_string(&self.flaws)),
            (CURRENCIES, serde_json::to_string(&currencies.collect::<Vec<_>>())),
        ];
        let metadata: HashMap<String, String> = metadata
            .into_iter()
            .map(|(name, text)| (name.to_owned(), text.unwrap_or_default()))
            .collect();
        let Reading { rows, belonging, .. } = *self;
        rows.into_batch(&belonging, metadata)
    }
}

impl Reading {
    fn push(&mut self, plan: &Plan, reader: &Reader<'_>, row: usize) {
        self.belonging.note(&reader.belonging, row);
        let ts = reader.ts[row];
        if reader.is_of_currency(plan, row) {
            self.customer.book.push(&reader.orders, row, ts);
        }
        if !plan.range.contains(&ts) {
            return;
        }
        self.customer.is_active = true;
        if reader.sent.as_ref().is_some_and(|sent| sent.passes(row)) {
            let wave = self.wave(plan, reader, row, ts);
            self.customer.asked.extend(wave);
        }
        if !reader.votes.passes(row) {
            return;
        }
        match self.cast(plan, reader, row) {
            Ok(vote) => self.customer.votes.push(vote),
            Err(flaw) => self.flaws[flaw as usize] += 1,
        }
    }

    /// The vote of a row, or what it lacks.
    fn cast(&mut self, plan: &Plan, reader: &Reader<'_>, row: usize) -> Result<Cast, Flaw> {
        let Some(score) = reader.score.number(row) else {
            return Err(match reader.score.text(row) {
                None => Flaw::NoScore,
                Some(_) => Flaw::NoNumber,
            });
        };
        let range = i128::from(plan.scale.least)..=i128::from(plan.scale.most);
        let whole = score / 10_000;
        if score % 10_000 != 0 || !range.contains(&whole) {
            return Err(Flaw::OffScale);
        }
        let ts = reader.ts[row];
        let wave = self.wave(plan, reader, row, ts).ok_or(Flaw::NoWave)?;
        let group = self.belonging.at(&reader.belonging, row);
        Ok(Cast { ts, wave, score: whole as i32, group })
    }

    /// The wave of a row.
    fn wave(&mut self, plan: &Plan, reader: &Reader<'_>, row: usize, ts: Micros) -> Option<i32> {
        match &reader.wave {
            None => plan.periods.index_of(ts).map(|period| period as i32),
            Some(wave) => wave.text(row).map(|name| self.waves.number(name.as_str()) as i32),
        }
    }

    /// Writes the customer's rows.
    fn close(&mut self) {
        let Some(key) = self.customer.key.take() else { return };
        let plan = self.plan.clone();
        let since = self.customer.book.since(plan.question.population);
        if let Some(since) = since {
            self.customer.votes.retain(|vote| vote.ts >= since);
            choose(plan.question.vote, &mut self.customer.votes);
            self.write_votes(&plan, key);
            if since < plan.range.end {
                self.write_asked(&plan, key);
            }
        }
        self.customer.votes.clear();
        self.customer.asked.clear();
        self.customer.is_active = false;
        self.customer.returns.clear();
        self.customer.book.clear();
        self.belonging.clear();
    }

    fn write_votes(&mut self, plan: &Plan, key: i64) {
        let customer = &mut self.customer;
        let whole = match plan.question.vote {
            Vote::Last => customer.votes.last(),
            Vote::First => customer.votes.first(),
        };
        let whole = whole.map(|vote| Cast { wave: WHOLE, ..*vote });
        let returns = customer.returns.settle(&plan.returns);
        for vote in customer.votes.iter().copied().chain(whole) {
            let end = vote.ts.saturating_add(plan.within);
            let later = returns.partition_point(|one| one.ts <= vote.ts);
            let comes = returns.get(later).is_some_and(|one| one.ts < end);
            let stayed = match (end <= plan.as_of, comes) {
                (false, _) => UNDECIDED,
                (true, false) => GONE,
                (true, true) => STAYED,
            };
            let group = self.belonging.group(vote.group);
            self.rows.push(key, VOTE, vote.wave, vote.score);
            self.rows.stayed.push(stayed);
            self.rows.groups.push(group);
            self.rows.push_worth(NEVER, 0, 0);
        }
    }

    /// Who was asked, whether they answered, and what they were worth at the end of the range.
    fn write_asked(&mut self, plan: &Plan, key: i64) {
        let customer = &mut self.customer;
        customer.asked.sort_unstable();
        customer.asked.dedup();
        let is_asked = match plan.sent {
            None => customer.is_active,
            Some(_) => !customer.asked.is_empty(),
        };
        if !is_asked {
            return;
        }
        let (mut last, mut n, mut money) = (None, 0, 0);
        for one in customer.book.all().filter(|one| one.ts < plan.range.end) {
            if one.is_bought() {
                last = Some(one.ts);
                n += 1;
                money += one.amount;
            } else if one.is_refund {
                money -= one.amount.abs();
            } else {
                continue;
            }
            if one.currency != 0 && self.currencies.last() != Some(&one.currency) {
                self.currencies.push(one.currency);
            }
        }
        let recency = last.map_or(NEVER, |ts| {
            let date = plan.calendar.date_of(ts);
            plan.calendar.periods_between(Unit::Day, date, plan.last_date) as i32
        });
        for wave in customer.asked.iter().copied().chain([WHOLE]) {
            let answered = match wave {
                WHOLE => !customer.votes.is_empty(),
                wave => customer.votes.iter().any(|vote| vote.wave == wave),
            };
            self.rows.push(key, ASKED, wave, i32::from(answered));
            self.rows.stayed.push(UNDECIDED);
            self.rows.groups.push(0);
            self.rows.push_worth(recency, n, money);
        }
    }
}

/// Keeps one vote per wave, in order of time.
fn choose(vote: Vote, votes: &mut Vec<Cast>) {
    if vote == Vote::Last {
        votes.reverse();
    }
    let mut waves: Vec<i32> = Vec::new();
    votes.retain(|one| {
        let is_new = !waves.contains(&one.wave);
        waves.extend(is_new.then_some(one.wave));
        is_new
    });
    if vote == Vote::Last {
        votes.reverse();
    }
}

/// The columns of a batch that the question looks at.
struct Reader<'a> {
    ts: &'a [Micros],
    votes: Mask,
    sent: Option<Mask>,
    score: FieldReader<'a>,
    wave: Option<FieldReader<'a>>,
    orders: OrderReader<'a>,
    belonging: BelongingReader<'a>,
}

impl<'a> Reader<'a> {
    fn new(plan: &'a Plan, batch: &'a Batch) -> Result<Reader<'a>, EngineError> {
        Ok(Reader {
            ts: batch.ts()?,
            votes: plan.votes.mask(batch)?,
            sent: plan.sent.as_ref().map(|sent| sent.mask(batch)).transpose()?,
            score: FieldReader::new(&plan.score, batch)?,
            wave: plan.wave.as_ref().map(|wave| FieldReader::new(wave, batch)).transpose()?,
            orders: OrderReader::with_currencies(batch, plan.by_order)?,
            belonging: BelongingReader::new(&plan.breakdown, batch)?,
        })
    }

    fn is_of_currency(&self, plan: &Plan, row: usize) -> bool {
        let wanted = plan.question.currency.as_deref();
        wanted.is_none_or(|wanted| self.orders.currency_name(row) == Some(wanted))
    }
}
