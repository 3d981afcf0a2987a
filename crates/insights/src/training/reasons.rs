//! Why a customer has the risk they have, in words a marketer reads.
//!
//! "Has not ordered for 62 days, 2.9 of their usual gaps (raises the risk by 12 points)."
//!
//! The shares of a prediction ([`Contributions`](perennial_models::learn::Contributions), Shapley
//! values of the features) are added up by [`Theme`]; the strongest themes are the reasons, each told
//! by its strongest feature. Points are what the probability is more than it would be without the
//! theme's share. They say what the model goes by, which need not be what causes leaving.

use perennial_models::learn::{Classifier, LearnError, Table, Values};
use perennial_models::learnt::Learnt;
use perennial_types::question::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::phrases::{Known, phrase};
use super::themes::Theme;
use crate::customer_table::features::{self, Feature};

/// Reasons told of a customer.
pub const N_REASONS: usize = 3;

/// Themes that move a probability by less are not told.
const LEAST_POINTS: f64 = 0.002;

/// One reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = RiskReason)]
pub struct Reason {
    /// What it is about.
    pub theme: Theme,
    /// The feature that says most of it.
    pub feature: String,
    /// Its value: a number, or a text; null where it is missing.
    #[schema(value_type = Option<Object>)]
    pub value: serde_json::Value,
    /// What the probability is more, or less, than without it, from −1 to 1.
    pub points: f64,
    /// The sentence.
    pub text: String,
    /// 同一句话。
    pub text_zh: String,
}

/// The reasons of each row of a table, the strongest first.
///
/// # Errors
/// A column the model needs is not there.
pub fn reasons(learnt: &Learnt, table: &Table) -> Result<Vec<Vec<Reason>>, LearnError> {
    let contributions = learnt.contributions(table)?;
    let names: Vec<&str> = learnt.schema().names().collect();
    let rows = contributions.rows().zip(contributions.outputs()).enumerate();
    let of_row = |(row, (shares, output)): (usize, (&[f64], f64))| {
        let whole = learnt.probability_of(contributions.scale, output);
        let mut themes: Vec<(Theme, f64, &str, f64)> = Vec::new();
        for (&name, share) in names.iter().zip(shares) {
            let theme = Theme::of(name);
            match themes.iter_mut().find(|(known, ..)| *known == theme) {
                Some((_, sum, strongest, most)) => {
                    *sum += share;
                    if share.abs() > most.abs() {
                        (*strongest, *most) = (name, *share);
                    }
                }
                None => themes.push((theme, *share, name, *share)),
            }
        }
        themes.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        let told = themes.into_iter().take(N_REASONS).map(|(theme, sum, name, _)| {
            let points = whole - learnt.probability_of(contributions.scale, output - sum);
            (theme, name, sum, points)
        });
        let told = told.filter(|(.., points)| points.abs() >= LEAST_POINTS);
        told.map(|(theme, name, _, points)| reason(table, row, theme, name, points)).collect()
    };
    Ok(rows.map(of_row).collect())
}

fn reason(table: &Table, row: usize, theme: Theme, name: &str, points: f64) -> Reason {
    let value = value_at(table, name, row);
    let known = |name: &str| match value_at(table, name, row) {
        Known::Number(value) => Some(value),
        Known::Text(_) | Known::Missing => None,
    };
    let text = match features::named(name) {
        Some(feature) => sentence(feature, &value, &known, points),
        None => effect(Text::new(name, name), points),
    };
    let json = match value {
        Known::Number(number) => number.into(),
        Known::Text(text) => text.into(),
        Known::Missing => serde_json::Value::Null,
    };
    Reason { theme, feature: name.to_owned(), value: json, points, text: text.en, text_zh: text.zh }
}

fn sentence(
    feature: &Feature,
    value: &Known<'_>,
    known: &dyn Fn(&str) -> Option<f64>,
    points: f64,
) -> Text {
    effect(phrase(feature, value, known), points)
}

/// A phrase with what it does to the risk.
fn effect(phrase: Text, points: f64) -> Text {
    let n_points = (points.abs() * 100.0).round();
    let (verb, verb_zh) = if points > 0.0 { ("raises", "提高") } else { ("lowers", "降低") };
    let (by, by_zh) = match n_points {
        n if n < 1.0 => ("by less than a point".to_owned(), "不到 1 个百分点".to_owned()),
        1.0 => ("by 1 point".to_owned(), "1 个百分点".to_owned()),
        n => (format!("by {n} points"), format!("{n} 个百分点")),
    };
    Text::new(
        format!("{} ({verb} the risk {by})", phrase.en),
        format!("{}（使风险{verb_zh}{by_zh}）", phrase.zh),
    )
}

/// What a column says of a row.
fn value_at<'a>(table: &'a Table, name: &str, row: usize) -> Known<'a> {
    let column = table.columns().iter().find(|column| column.name == name);
    match column.map(|column| &column.values) {
        Some(Values::Numbers(values)) => match values.get(row) {
            Some(value) if !value.is_nan() => Known::Number(*value),
            _ => Known::Missing,
        },
        Some(Values::Categories { codes, labels }) => {
            let label = codes.get(row).and_then(|code| labels.get(*code as usize));
            label.map_or(Known::Missing, |label| Known::Text(label))
        }
        None => Known::Missing,
    }
}
