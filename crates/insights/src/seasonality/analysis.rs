//! From a series to the parts of an answer: which periods take part, and what the models say.

use jiff::civil::Date;
use perennial_models::series::{self as model, Decomposition, SeriesError, Settings, decompose};
use perennial_types::calendar::{Calendar, Unit};
use perennial_types::question::Refusal;

use super::answer::{
    ChangesAnswer, HolidaysAnswer, IndexTable, LeftOut, PointAnswer, Strength, YearOverYear,
};
use super::index;
use super::movement::{changes, no_changes, year_over_year};
use super::question::{Form, Season, SeasonalityQuestion};
use super::special::Special;
use crate::insight::AskError;
use crate::series::Measured;

/// A series as it is taken apart.
#[derive(Clone, Debug)]
pub struct Taken {
    /// What it measures.
    pub measured: Measured,
    /// Length of a period.
    pub period: Unit,
    /// Whether complete periods stay as they are.
    pub closed: bool,
    /// The periods, in order.
    pub points: Vec<TakenPoint>,
}

/// One period.
#[derive(Clone, Debug, Default)]
pub struct TakenPoint {
    /// As the answer names it.
    pub start: String,
    /// What it is called.
    pub label: String,
    /// The number.
    pub value: Option<f64>,
    /// Whether it is final.
    pub complete: bool,
    /// Exact money.
    pub money: Option<String>,
    /// Customers behind it.
    pub customers: Option<u64>,
}

impl TakenPoint {
    /// Its first civil date.
    pub fn date(&self) -> Option<Date> {
        self.start.get(..10)?.parse().ok()
    }
}

/// What was found.
#[derive(Debug)]
pub struct Analysis {
    /// Lengths of the seasons.
    pub seasons: Vec<usize>,
    /// How the parts make the whole; `None` without a period.
    pub form: Option<Form>,
    /// The periods that take part.
    pub points: Vec<PointAnswer>,
    /// How many do not.
    pub left_out: LeftOut,
    /// Strengths of trend and seasons.
    pub strength: Strength,
    /// The seasonal index.
    pub index: Vec<IndexTable>,
    /// What holidays do.
    pub holidays: HolidaysAnswer,
    /// Against a year ago.
    pub year_over_year: YearOverYear,
    /// Where it changed.
    pub changes: ChangesAnswer,
}

/// Takes a series apart.
///
/// # Errors
/// When it is too short, never final, or cannot have the form that is asked for.
pub fn analyse(
    taken: Taken,
    question: &SeasonalityQuestion,
    calendar: &Calendar,
) -> Result<Analysis, AskError> {
    let period = taken.period;
    let (measured, closed) = (taken.measured, taken.closed);
    let (points, left_out) = trimmed(taken.points);
    if points.is_empty() && left_out.incomplete > 0 && !closed {
        return Err(never_final().into());
    }
    let seasons = seasons(question, period)?;
    if points.is_empty() {
        return Ok(empty(question, period, seasons, left_out));
    }
    let values: Vec<Option<f64>> = points.iter().map(|point| point.value).collect();
    let form = question.form.unwrap_or_else(|| usual_form(measured, &values));
    let special = Special::new(question, calendar, period, &seasons, &points);
    let unseen: Vec<Option<f64>> = values
        .iter()
        .zip(&special.kinds)
        .map(|(value, kind)| value.filter(|_| kind.is_none()))
        .collect();
    let settings = Settings {
        seasons: seasons.clone(),
        form: model_form(form),
        robust: question.robust,
        trend_length: question.trend_length.or((period == Unit::Day).then_some(DAYS_OF_TREND)),
    };
    let found = decompose(&unseen, &settings).map_err(|error| refused(&error, period))?;
    let expected: Vec<f64> = (0..points.len()).map(|at| found.expected(at)).collect();
    let filled: Vec<f64> =
        unseen.iter().zip(&expected).map(|(value, expected)| value.unwrap_or(*expected)).collect();
    Ok(Analysis {
        index: index::tables(&points, &filled, &seasons, form, period, calendar)
            .map_err(|error| refused(&error, period))?,
        holidays: special.answer(&values, &expected),
        year_over_year: year_over_year(&points, &values, period, measured),
        changes: changes(question, &points, &unseen, &found, period)
            .map_err(|error| refused(&error, period))?,
        strength: Strength { trend: found.trend_strength, seasons: found.season_strengths.clone() },
        points: parts(points, &found, &special),
        form: Some(form),
        seasons,
        left_out,
    })
}

/// Four weeks to both sides: long enough that a fortnight of holidays does not bend the trend.
const DAYS_OF_TREND: usize = 57;

fn empty(
    question: &SeasonalityQuestion,
    period: Unit,
    seasons: Vec<usize>,
    left_out: LeftOut,
) -> Analysis {
    Analysis {
        strength: Strength { trend: None, seasons: vec![None; seasons.len()] },
        seasons,
        form: None,
        points: Vec::new(),
        left_out,
        index: Vec::new(),
        holidays: HolidaysAnswer::default(),
        year_over_year: year_over_year(&[], &[], period, Measured::Count),
        changes: no_changes(question, period),
    }
}

/// The periods from the first to the last final number.
fn trimmed(mut points: Vec<TakenPoint>) -> (Vec<TakenPoint>, LeftOut) {
    let is_known = |point: &TakenPoint| point.complete && point.value.is_some();
    let first = points.iter().position(is_known).unwrap_or(points.len());
    let n_kept = points.iter().rposition(is_known).map_or(0, |last| last + 1 - first);
    let mut left_out = LeftOut::default();
    for (at, point) in points.iter().enumerate() {
        let is_kept = (first..first + n_kept).contains(&at);
        match (is_kept, is_known(point)) {
            (true, true) => {}
            (true, false) => left_out.filled += 1,
            (false, _) if !point.complete => left_out.incomplete += 1,
            (false, _) => left_out.unknown += 1,
        }
    }
    points.truncate(first + n_kept);
    points.drain(..first.min(points.len()));
    for point in points.iter_mut().filter(|point| !point.complete) {
        (point.value, point.money, point.customers) = (None, None, None);
    }
    (points, left_out)
}

/// The seasons of a question, the usual one of the period unless said.
fn seasons(question: &SeasonalityQuestion, period: Unit) -> Result<Vec<usize>, Refusal> {
    let usual = match period {
        Unit::Hour => 24,
        Unit::Day => 7,
        Unit::Week => 52,
        Unit::Month => 12,
        Unit::Quarter => 4,
        Unit::Year => 0,
    };
    match &question.season {
        Some(Season::One(season)) => Ok(vec![*season]),
        Some(Season::Several(seasons)) => Ok(seasons.clone()),
        None if usual > 0 => Ok(vec![usual]),
        None => Err(Refusal::new(
            "no_season",
            "a series of years has no season",
            "ask by quarter or month, or give `season`",
        )
        .in_chinese("以年为周期的序列没有季节", "请按季度或月提问，或给出 `season`")),
    }
}

/// Factors where every number is above 0 and has no upper bound, else summands.
fn usual_form(measured: Measured, values: &[Option<f64>]) -> Form {
    let is_unbounded = matches!(measured, Measured::Count | Measured::Money);
    match is_unbounded && values.iter().flatten().all(|value| *value > 0.0) {
        true => Form::Multiplicative,
        false => Form::Additive,
    }
}

/// The model's form.
pub fn model_form(form: Form) -> model::Form {
    match form {
        Form::Additive => model::Form::Additive,
        Form::Multiplicative => model::Form::Multiplicative,
    }
}

fn parts(points: Vec<TakenPoint>, found: &Decomposition, special: &Special) -> Vec<PointAnswer> {
    let part = |(at, point): (usize, TakenPoint)| {
        let expected = found.expected(at);
        let remainder = point.value.map(|value| match found.form {
            model::Form::Additive => value - expected,
            model::Form::Multiplicative => value / expected,
        });
        PointAnswer {
            observed: point.value,
            money: point.money,
            customers: point.customers,
            trend: found.trend.get(at).copied().unwrap_or_default(),
            seasonal: found.seasons.iter().filter_map(|one| one.get(at)).copied().collect(),
            expected,
            remainder,
            adjusted: point.value.map(|value| found.adjusted(at, value)),
            holiday: special.name(at),
            start: point.start,
            label: point.label,
        }
    };
    points.into_iter().enumerate().map(part).collect()
}

fn never_final() -> Refusal {
    Refusal::new(
        "series_never_final",
        "no period of the series is ever final: its definition stays open to later events",
        "choose a definition that closes, another population or attribution for one",
    )
    .in_chinese(
        "该序列的周期永远不会最终确定：其口径会受后续事件影响",
        "请选择会关闭的口径，例如其他人群或归属方式",
    )
}

/// The refusal of a series that cannot be taken apart.
fn refused(error: &SeriesError, period: Unit) -> Refusal {
    let (unit, unit_zh) = (period.name(), period.name_zh());
    match error {
        SeriesError::TooShort { season, needed, found } => Refusal::new(
            "series_too_short",
            format!("a season of {season} {unit}s needs `{needed}` complete {unit}s, there are `{found}`"),
            format!("give at least {needed} complete {unit}s, shorter periods, or a shorter `season`"),
        )
        .in_chinese(
            format!("{season} 个{unit_zh}为一季，需要 {needed} 个完整的{unit_zh}，现有 {found} 个"),
            format!("请给出至少 {needed} 个完整的{unit_zh}、更短的周期，或更短的 `season`"),
        ),
        SeriesError::UnknownPlace { season, place } => Refusal::new(
            "series_has_gaps",
            format!("no number is known at place {} of the season of {season} {unit}s", place + 1),
            "give a longer range, a shorter `season`, or fewer holidays",
        )
        .in_chinese(
            format!("以 {season} 个{unit_zh}为一季，第 {} 位没有已知数值", place + 1),
            "请给出更长的范围、更短的 `season`，或更少的节日",
        ),
        SeriesError::NotPositive { value, .. } => Refusal::new(
            "series_not_positive",
            format!("the number `{value}` is not above 0, so it has no factors"),
            "ask for `form` additive",
        )
        .in_chinese(format!("数值 {value} 不大于 0，无法分解为因子"), "请将 `form` 设为 additive"),
        other => Refusal::new("series_not_computable", other.to_string(), other.hint())
            .in_chinese(format!("序列无法分解：{other}"), "请检查周期与 `season`"),
    }
}
