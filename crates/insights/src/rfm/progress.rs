//! A question on its way: one scan for the measures of every customer, then everything else.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use perennial_engine::fold::Fold;
use perennial_types::event::Column;
use perennial_types::filter::EventNames;
use perennial_types::key::CustomerKey;
use perennial_types::money::decimal_text;
use perennial_types::question::Warning;

use super::answer::{
    CellAnswer, ClassAnswer, CutoffsAnswer, GroupAnswer, GroupClass, ParetoAnswer, ParetoPoint,
    RfmAnswer, Sums, TierAnswer, TierDate, TiersAnswer, version,
};
use super::book::Book;
use super::fold::RfmFold;
use super::migration::{self, class_named};
use super::naming::{Scores, digits};
use super::plan::Plan;
use super::question::{CellRef, MigrationCutoffs, Scoring, TierName, Ties};
use super::score::{Scored, scored};
use super::tiers::{Drawn, N_POINTS, Ranked, drawn};
use super::words;
use crate::catalog::{Names, unknown_events};
use crate::grouping::Group;
use crate::insight::{AskError, Asking, Step};
use crate::reply::{Answer, Reply};
use crate::retention::Members;

/// A question in progress.
pub struct Progress {
    plan: Arc<Plan>,
    has_begun: bool,
}

/// Everything that is known once the scan is over.
struct Found {
    book: Book,
    now: Scored,
    before: Option<Scored>,
    tiers: Vec<Drawn>,
    /// Customers who have a score at the reference date.
    there: Vec<u32>,
    everybody: Sums,
    /// Groups as they are shown, `None` for the computed rest.
    groups: Vec<Option<Group>>,
    /// For every group of the book, where it is shown.
    shown_at: Vec<usize>,
}

impl Progress {
    /// A question at its beginning.
    pub fn new(plan: Plan) -> Progress {
        Progress { plan: Arc::new(plan), has_begun: false }
    }
}

impl Asking for Progress {
    fn step(&mut self, partials: Vec<Vec<RecordBatch>>) -> Result<Step, AskError> {
        let plan = &*self.plan;
        if !self.has_begun {
            self.has_begun = true;
            let mut folds: Vec<Arc<dyn Fold>> = vec![Arc::new(RfmFold::new(self.plan.clone()))];
            if !asked_names(plan).is_empty() {
                folds.push(Arc::new(Names { column: Column::Event }));
            }
            return Ok(Step::Scan(folds));
        }
        let measured = partials.first().map(Vec::as_slice).unwrap_or_default();
        let found = Found::new(plan, Book::new(plan, measured)?);
        let mut warnings = match partials.get(1) {
            Some(names) => unknown_events(&asked_names(plan), names),
            None => Vec::new(),
        };
        warnings.extend(found.unreachable(plan));
        let rows = plan.question.cell.as_ref().map(|cell| found.members(plan, cell)).transpose()?;
        let customers = rows.map(|rows| found.keys(&rows));
        let answer = found.answer(plan, warnings, customers.as_deref());
        let answer = Answer::of(answer);
        Ok(Step::Done(Box::new(Reply { answer, customers })))
    }
}

/// The names of the question's own purchases.
fn asked_names(plan: &Plan) -> Vec<&str> {
    match plan.question.event.as_ref().map(|filter| &filter.event) {
        Some(EventNames::OneOf(names)) => names.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

impl Found {
    fn new(plan: &Plan, book: Book) -> Found {
        let before = plan.before().map(|before| scored(plan, &book, before, None));
        let is_kept = |plan: &Plan| {
            plan.question
                .migration
                .as_ref()
                .is_some_and(|one| one.cutoffs == MigrationCutoffs::Kept)
        };
        let kept = before.as_ref().filter(|_| is_kept(plan)).map(|before| &before.bounds);
        let now = scored(plan, &book, Plan::NOW, kept);
        let tiers = drawn(plan, &book);
        let there = book.there(Plan::NOW);
        let mut everybody = Sums::default();
        let mut sizes: BTreeMap<u32, u64> = BTreeMap::new();
        for row in &there {
            everybody.add(&book, Plan::NOW, *row);
            if let Some(group) = book.groups.get(*row as usize) {
                *sizes.entry(*group).or_default() += 1;
            }
        }
        let shown = match plan.breakdown.is_empty() {
            true => Vec::new(),
            false => book.names.shown(&sizes, plan.question.top),
        };
        let mut shown_at = vec![usize::MAX; book.names.len()];
        for (position, (_, numbers)) in shown.iter().enumerate() {
            for number in numbers {
                shown_at[*number as usize] = position;
            }
        }
        let groups = shown.into_iter().map(|(group, _)| group).collect();
        Found { book, now, before, tiers, there, everybody, groups, shown_at }
    }

    fn scores(&self, row: u32) -> Scores {
        self.now.scores.get(row as usize).copied().unwrap_or_default()
    }

    fn tier(&self, row: u32) -> Option<TierName> {
        self.tiers.last().and_then(|drawn| drawn.tiers.get(row as usize).copied().flatten())
    }

    /// What customers who pass are worth.
    fn sums(&self, passes: impl Fn(u32) -> bool) -> Sums {
        let mut sums = Sums::default();
        let passing = self.there.iter().filter(|row| passes(**row));
        passing.for_each(|row| sums.add(&self.book, Plan::NOW, *row));
        sums
    }

    /// What the customers of every cell are worth, by the index of the cell.
    fn cell_sums(&self, plan: &Plan, passes: impl Fn(u32) -> bool) -> Vec<Sums> {
        let mut sums = vec![Sums::default(); plan.naming.n_cells()];
        for row in self.there.iter().filter(|row| passes(**row)) {
            if let Some(cell) = sums.get_mut(plan.naming.cell_index(self.scores(*row))) {
                cell.add(&self.book, Plan::NOW, *row);
            }
        }
        sums
    }

    fn answer(
        &self,
        plan: &Plan,
        warnings: Vec<Warning>,
        customers: Option<&[CustomerKey]>,
    ) -> RfmAnswer {
        let bounds = self.now.bounds.cutoffs();
        let by_cell = self.cell_sums(plan, |_| true);
        let is_by_rank =
            plan.question.ties == Ties::First && plan.question.scoring == Scoring::Quantile;
        let reference = plan.references.first().map(|one| one.date.to_string());
        let moves = self.before.as_ref().map(|before| migration::matrix(plan, before, &self.now));
        RfmAnswer {
            kind: "rfm".to_owned(),
            reference: reference.unwrap_or_default(),
            complete: plan.is_over && !plan.is_open_ended(),
            everybody: self.everybody.figures(&self.everybody),
            currency: self.book.currency.clone(),
            cutoffs: CutoffsAnswer {
                version: version(&plan.question, &bounds),
                exact: !is_by_rank,
                bounds,
            },
            classes: self.classes(plan, &by_cell),
            cells: self.cells(plan, &by_cell),
            quiet: self.sums(|row| is_quiet(plan, self.scores(row))).figures(&self.everybody),
            pareto: self.pareto(),
            tiers: self.tiers(plan),
            migration: moves,
            groups: self.groups(plan),
            definition: words::definition(plan),
            warnings,
            customers: customers.map(|keys| Members { total: keys.len(), ids: Vec::new() }),
            question: plan.question.clone(),
        }
    }

    fn classes(&self, plan: &Plan, by_cell: &[Sums]) -> Vec<ClassAnswer> {
        let sums = class_sums(plan, by_cell);
        let classes = plan.naming.classes().iter().zip(sums);
        let answers = classes.map(|(class, sums)| ClassAnswer {
            class: class.id.clone(),
            en: class.en.clone(),
            zh: class.zh.clone(),
            figures: sums.figures(&self.everybody),
        });
        answers.collect()
    }

    fn cells(&self, plan: &Plan, by_cell: &[Sums]) -> Vec<CellAnswer> {
        let cells = plan.naming.cells().zip(by_cell).filter(|(_, sums)| sums.n > 0);
        let mut answers: Vec<CellAnswer> = cells
            .map(|(scores, sums)| CellAnswer {
                scores: digits(scores),
                r: scores[0],
                f: scores[1],
                m: scores[2],
                class: class_id(plan, plan.naming.class_of(scores)),
                figures: sums.figures(&self.everybody),
            })
            .collect();
        answers.reverse();
        answers
    }

    fn pareto(&self) -> ParetoAnswer {
        let standings = self.book.at.first().map(Vec::as_slice).unwrap_or_default();
        let ranked = Ranked::new(standings);
        let point = |k: usize| {
            let (n, money_share) = ranked.point(k);
            ParetoPoint { share: k as f64 / N_POINTS as f64, customers: n as u64, money_share }
        };
        ParetoAnswer {
            money: decimal_text(ranked.total()),
            points: (1..=N_POINTS).map(point).collect(),
            top_fifth: point(N_POINTS / 5),
            customers_for_80: ranked.n_for(0.8).map(|n| n as u64),
        }
    }

    fn tiers(&self, plan: &Plan) -> TiersAnswer {
        let all = [TierName::High, TierName::Middle, TierName::Low];
        let dates = self.tiers.iter().map(|drawn| {
            let count = |tier| drawn.tiers.iter().filter(|one| **one == Some(tier)).count() as u64;
            let date = plan.references.get(drawn.reference).map(|one| one.date.to_string());
            TierDate {
                date: date.unwrap_or_default(),
                high: count(TierName::High),
                middle: count(TierName::Middle),
                low: count(TierName::Low),
                up: drawn.n_up,
                down: drawn.n_down,
                held: drawn.n_held,
            }
        });
        let figures = |tier| self.sums(|row| self.tier(row) == Some(tier)).figures(&self.everybody);
        TiersAnswer {
            tiers: all.map(|tier| TierAnswer { tier, figures: figures(tier) }).to_vec(),
            dates: dates.collect(),
        }
    }

    fn groups(&self, plan: &Plan) -> Vec<GroupAnswer> {
        let answers = self.groups.iter().enumerate().map(|(position, group)| {
            let by_cell = self.cell_sums(plan, |row| self.is_of(row, position));
            let sums = class_sums(plan, &by_cell);
            let mut whole = Sums::default();
            sums.iter().for_each(|one| whole.absorb(one));
            let classes = sums.iter().enumerate().map(|(class, sums)| GroupClass {
                class: class_id(plan, class),
                figures: sums.figures(&whole),
            });
            GroupAnswer {
                group: group.clone(),
                other: group.is_none(),
                everybody: whole.figures(&self.everybody),
                classes: classes.collect(),
            }
        });
        answers.collect()
    }

    /// Whether a customer belongs to the group shown at a position.
    fn is_of(&self, row: u32, position: usize) -> bool {
        let group = self.book.groups.get(row as usize);
        group.and_then(|group| self.shown_at.get(*group as usize)) == Some(&position)
    }

    /// The customers behind a number.
    fn members(&self, plan: &Plan, cell: &CellRef) -> Result<Vec<u32>, AskError> {
        if let (Some(migration), Some(before)) = (&cell.migration, &self.before) {
            return migration::movers(plan, &self.book, before, &self.now, migration);
        }
        let class = cell.class.as_deref().map(|id| class_named(plan, id)).transpose()?;
        if let Some(scores) = cell.scores.as_deref()
            && !plan.naming.cells().any(|one| digits(one) == scores)
        {
            return Err(AskError::bad(
                format!("no cell is called `{scores}`"),
                format!("give three digits from 1 to {}", plan.n_bins()),
            ));
        }
        let group = self.wanted_group(plan, cell)?;
        let passes = |row: &u32| {
            let scores = self.scores(*row);
            class.is_none_or(|class| plan.naming.class_of(scores) == class)
                && cell.scores.as_deref().is_none_or(|wanted| digits(scores) == wanted)
                && cell.tier.is_none_or(|tier| self.tier(*row) == Some(tier))
                && (!cell.quiet || is_quiet(plan, scores))
                && group.is_none_or(|position| self.is_of(*row, position))
        };
        Ok(self.there.iter().copied().filter(passes).collect())
    }

    /// Where the group of a cell is shown; `None` for everybody.
    fn wanted_group(&self, plan: &Plan, cell: &CellRef) -> Result<Option<usize>, AskError> {
        if plan.breakdown.is_empty() || cell.group.is_none() && !cell.other {
            return Ok(None);
        }
        let wanted = cell.group.as_ref().filter(|_| !cell.other);
        let known = self.groups.iter().position(|group| group.as_ref() == wanted);
        let position = known.ok_or_else(|| {
            AskError::bad("`cell.group` is none of the answer's groups", "give one of `groups`")
        })?;
        Ok(Some(position))
    }

    fn keys(&self, rows: &[u32]) -> Vec<CustomerKey> {
        let keys = rows.iter().filter_map(|row| self.book.keys.get(*row as usize));
        let mut keys: Vec<CustomerKey> = keys.map(|key| CustomerKey(*key)).collect();
        keys.sort_unstable();
        keys
    }

    /// Measures that have too few values for their scores.
    fn unreachable(&self, plan: &Plan) -> Option<Warning> {
        if self.there.is_empty() || plan.question.scoring != Scoring::Quantile {
            return None;
        }
        let names = [("recency", "近度"), ("frequency", "频次"), ("money", "金额")];
        let poor = names.iter().zip(&self.now.bounds.0).filter(|(_, bounds)| {
            let jumps = bounds.windows(2).any(|pair| pair[0] == pair[1]);
            plan.question.ties == Ties::Share && (jumps || bounds.iter().any(Option::is_none))
        });
        let (poor, poor_zh): (Vec<&str>, Vec<&str>) = poor.map(|(name, _)| *name).unzip();
        (!poor.is_empty()).then(|| Warning {
            code: "few_values".to_owned(),
            message: format!(
                "so many customers have the same {} that some scores stand empty: equal values share a score",
                poor.join(" and ")
            ),
            message_zh: format!(
                "{}相同的客户过多，部分分值没有客户：数值相同则得分相同",
                poor_zh.join("、")
            ),
            nearest: Vec::new(),
        })
    }
}

/// Whether scores are those of a frequent buyer gone quiet: F above, R below the middle score.
fn is_quiet(plan: &Plan, [r, f, _]: Scores) -> bool {
    let twice_middle = plan.n_bins() + 1;
    f * 2 > twice_middle && r * 2 < twice_middle
}

fn class_id(plan: &Plan, class: usize) -> String {
    plan.naming.classes().get(class).map(|class| class.id.clone()).unwrap_or_default()
}

fn class_sums(plan: &Plan, by_cell: &[Sums]) -> Vec<Sums> {
    let mut sums = vec![Sums::default(); plan.naming.classes().len()];
    for (cell, cell_sums) in plan.naming.cells().zip(by_cell) {
        if let Some(class) = sums.get_mut(plan.naming.class_of(cell)) {
            class.absorb(cell_sums);
        }
    }
    sums
}
