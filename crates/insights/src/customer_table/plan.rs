//! A question made ready: cuts turned into instants, features chosen, fields given places.

use jiff::Timestamp;
use jiff::civil::Date;
use perennial_engine::filter::BatchFilter;
use perennial_engine::source::SourceFacts;
use perennial_types::calendar::{Calendar, Micros, Weekday};
use perennial_types::event::Column;
use perennial_types::filter::{EventNames, Field};
use perennial_types::question::Population;
use perennial_types::text::nearest_names;

use super::days::Days;
use super::features::{self, Feature, Measure, Need};
use super::question::{CellRef, CustomerTableQuestion};
use crate::insight::AskError;
use crate::orders;
use crate::range;
use crate::visits::{SessionRule, Splitter};

/// Most cuts of a question.
const MAX_CUTS: usize = 400;

/// A question that can be folded.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The question, every default filled in.
    pub question: CustomerTableQuestion,
    /// The cuts, the earliest first.
    pub cuts: Vec<Cut>,
    /// The features, in the order asked for.
    pub features: Vec<&'static Feature>,
    /// Civil days by number.
    pub days: Days,
    /// Whether rows may share an order.
    pub by_order: bool,
    /// Whether orders have to be known.
    pub wants_orders: bool,
    /// Whether sessions do.
    pub wants_sessions: bool,
    /// Whether weekday and time of day do.
    pub wants_rhythm: bool,
    /// A silence so long ends a session, where that is the rule.
    pub session_gap: Option<Micros>,
    /// Events that begin a session, where that is the rule.
    pub session_start: Option<BatchFilter>,
    /// Calls for help, where wanted.
    pub support: Option<BatchFilter>,
    /// Votes, where wanted, and the field of their score.
    pub votes: Option<(BatchFilter, Field)>,
    /// Fields whose values are told apart.
    pub fields: Vec<Field>,
    /// Where they stand among the fields; `None` where not wanted, or null in every row.
    pub slots: Slots,
}

/// A date at whose end customers are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The civil date.
    pub date: Date,
    /// Its number.
    pub day: i32,
    /// First instant that does not count any more.
    pub end: Micros,
    /// Whether the date is over, so that nothing can come in any more.
    pub complete: bool,
}

/// Positions of fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slots {
    /// Names of events.
    pub names: Option<usize>,
    /// Items.
    pub items: Option<usize>,
    /// Categories.
    pub categories: Option<usize>,
    /// Channels.
    pub channels: Option<usize>,
    /// Countries.
    pub countries: Option<usize>,
    /// The field that tells sessions apart.
    pub sessions: Option<usize>,
}

impl Plan {
    /// Resolves a question against what is known of the data.
    ///
    /// # Errors
    /// When it names no feature or no date that can be looked at, or too many of them.
    pub fn new(mut question: CustomerTableQuestion, facts: &SourceFacts) -> Result<Plan, AskError> {
        let as_of = range::as_of(question.as_of)?;
        let calendar = Calendar {
            zone: question.zone.clone(),
            week_start: Weekday::Monday,
            fiscal_year_start: 1,
        };
        let features = chosen(&question.features)?;
        let wants = |need: Need| features.iter().any(|feature| feature.need == need);
        let known = calendar.date_of(as_of.saturating_sub(1));
        question.cuts = range::dates_known(
            ("cuts", &question.cuts),
            known,
            known,
            (MAX_CUTS, ["cuts", "个截止日期"]),
        )?;
        let first = facts.ts.map_or(known, |(first, _)| calendar.date_of(first));
        let earliest = question.cuts.first().map_or(first, |cut| first.min(*cut));
        let last = question.cuts.last().copied().unwrap_or(known);
        let days = Days::new(&calendar, earliest, last, wants(Need::Rhythm))
            .map_err(|error| range::too_many(&error.to_string(), &error.in_chinese()))?;
        let cuts = question.cuts.iter().map(|date| {
            let end = date.tomorrow().map_or(Micros::MAX, |next| calendar.start_of_day(next));
            let day = days.number(&calendar, *date);
            Cut { date: *date, day, end: end.min(as_of), complete: end <= as_of }
        });
        let cuts: Vec<Cut> = cuts.collect();
        if let Some(cell) = &question.cell {
            check_cell(cell, &question.cuts, &features)?;
        }
        let (fields, slots) = places(&question, &wants, facts);
        let (session_gap, session_start) = session(&question)?;
        let orders =
            [Need::Orders, Need::OrderGaps, Need::Money, Need::Currency, Need::ItemsBought];
        Ok(Plan {
            cuts,
            days,
            by_order: !facts.always_null.contains(&Column::OrderId),
            wants_orders: question.population != Population::Everyone
                || orders.into_iter().any(wants),
            wants_sessions: wants(Need::Sessions),
            wants_rhythm: wants(Need::Rhythm),
            session_gap: session_gap.filter(|_| wants(Need::Sessions)),
            session_start: session_start.filter(|_| wants(Need::Sessions)),
            support: wants(Need::Support)
                .then(|| BatchFilter::new(&question.support, false))
                .transpose()?,
            votes: match wants(Need::Votes) {
                false => None,
                true => Some((
                    BatchFilter::new(&question.feedback, false)?,
                    Field::named(&question.score),
                )),
            },
            fields,
            slots,
            features,
            question,
        })
    }

    /// Whether a feature of this need is wanted.
    pub fn wants(&self, need: Need) -> bool {
        self.features.iter().any(|feature| feature.need == need)
    }

    /// The cut a cell is about.
    pub fn cut_of(&self, cell: &CellRef) -> usize {
        let named = cell.cut.and_then(|date| self.cuts.iter().position(|cut| cut.date == date));
        named.unwrap_or(self.cuts.len().saturating_sub(1))
    }

    /// The columns it looks at, besides customer and instant.
    pub fn columns(&self) -> Vec<Column> {
        let mut columns: Vec<Column> = self.fields.iter().map(Field::column).collect();
        let filters = [&self.session_start, &self.support].into_iter().flatten();
        columns.extend(filters.flat_map(|filter| filter.columns()));
        if let Some((filter, score)) = &self.votes {
            columns.extend(filter.columns());
            columns.push(score.column());
        }
        if self.wants_orders {
            let wanted = |one: &&Column| self.by_order || **one != Column::OrderId;
            columns.extend(orders::COLUMNS.iter().filter(wanted));
            columns.push(Column::Currency);
        }
        if self.question.known_at.is_some() {
            columns.push(Column::Sequence);
        }
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// Names of events the question gives itself, to be looked for in the lake. The defaults are
    /// guesses: that nothing is called so is no mistake of the question.
    pub fn asked_names(&self) -> Vec<&str> {
        let defaults = CustomerTableQuestion::default();
        let mut names: Vec<&str> = Vec::new();
        let asked = [
            (&self.question.support.event, &defaults.support.event, self.support.is_some()),
            (&self.question.feedback.event, &defaults.feedback.event, self.votes.is_some()),
        ];
        for (own, default, is_wanted) in asked {
            if let EventNames::OneOf(own) = own
                && *default != EventNames::OneOf(own.clone())
                && is_wanted
            {
                names.extend(own.iter().map(String::as_str));
            }
        }
        names
    }
}

/// The features of these names, each once; all of them for none.
fn chosen(names: &[String]) -> Result<Vec<&'static Feature>, AskError> {
    if names.is_empty() {
        return Ok(features::all().collect());
    }
    let mut chosen: Vec<&'static Feature> = Vec::with_capacity(names.len());
    for name in names {
        let feature = features::named(name).ok_or_else(|| {
            let near = nearest_names(name, features::all().map(|one| one.name), 3);
            let hint = match near.is_empty() {
                true => "the list is in the answer, and in the docs of `customer_table`".to_owned(),
                false => format!("did you mean {}?", near.join(", ")),
            };
            AskError::bad(format!("`features` names `{name}`, which is none"), hint)
        })?;
        if !chosen.iter().any(|known| known.name == feature.name) {
            chosen.push(feature);
        }
    }
    Ok(chosen)
}

/// The fields whose values are told apart, and where each stands.
fn places(
    question: &CustomerTableQuestion,
    wants: &dyn Fn(Need) -> bool,
    facts: &SourceFacts,
) -> (Vec<Field>, Slots) {
    let mut fields = Vec::new();
    let mut place = |is_wanted: bool, field: Field| {
        let is_there = is_wanted && !facts.always_null.contains(&field.column());
        is_there.then(|| {
            fields.push(field);
            fields.len() - 1
        })
    };
    let session = match question.session.splitter() {
        Some(Splitter::Field(field)) => Some(field),
        _ => None,
    };
    let slots = Slots {
        names: place(wants(Need::Names), Field::Event),
        items: place(wants(Need::Items) || wants(Need::ItemsBought), Field::Item),
        categories: place(wants(Need::Categories), Field::named(&question.category)),
        channels: place(wants(Need::Channel), Field::named(&question.channel)),
        countries: place(wants(Need::Country), Field::named(&question.country)),
        sessions: session.and_then(|field| place(wants(Need::Sessions), field)),
    };
    (fields, slots)
}

/// The silence that ends a session, and the events that begin one.
fn session(
    question: &CustomerTableQuestion,
) -> Result<(Option<Micros>, Option<BatchFilter>), AskError> {
    let splitter = question.session.splitter().ok_or_else(|| {
        AskError::bad(
            "`session.gap_minutes` is no length of time",
            "give a number of minutes above 0",
        )
    })?;
    let gap = match splitter {
        Splitter::Gap(gap) => Some(gap),
        _ => None,
    };
    let start = match &question.session {
        SessionRule::StartedBy(filter) => Some(BatchFilter::new(filter, false)?),
        _ => None,
    };
    Ok((gap, start))
}

fn check_cell(
    cell: &CellRef,
    cuts: &[Date],
    features: &[&'static Feature],
) -> Result<(), AskError> {
    if let Some(date) = cell.cut.filter(|date| !cuts.contains(date)) {
        return Err(AskError::bad(
            format!("`cell.cut` {date} is none of the cuts"),
            "give one of `cuts`",
        ));
    }
    let is_numeric = cell.at_least.is_some() || cell.below.is_some();
    let n_kinds = [cell.missing.is_some(), is_numeric, cell.value.is_some()];
    let n_kinds = n_kinds.iter().filter(|is_given| **is_given).count();
    let Some(name) = &cell.feature else {
        return match n_kinds {
            0 => Ok(()),
            _ => Err(AskError::bad("`cell` tells apart by no feature", "give `cell.feature`")),
        };
    };
    let feature = features.iter().find(|feature| feature.name == name).ok_or_else(|| {
        AskError::bad(
            format!("`cell.feature` is `{name}`, which is not in the answer"),
            "give one of `features`",
        )
    })?;
    let is_text = feature.unit == Measure::Text;
    if n_kinds != 1 || is_numeric && is_text || cell.value.is_some() && !is_text {
        return Err(AskError::bad(
            format!("`cell` does not say which customers of `{name}` are meant"),
            "give one of `missing`, `at_least` and `below` for a number, `value` for a text",
        ));
    }
    Ok(())
}

/// An instant as text.
pub fn instant(ts: Micros) -> String {
    Timestamp::from_microsecond(ts).map(|ts| ts.to_string()).unwrap_or_default()
}
