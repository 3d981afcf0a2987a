//! Published bands of rates, as they were quoted: the one table to edit.
//!
//! Answers "what do others have?" for the customer retention rate and its kin. None of the figures
//! could be checked at its source, and none says whose customers it is about, over which period, or
//! when one counts as kept: those fields are empty, and every row is `verified: false`. A question
//! brings better rows of its own.

use perennial_types::calendar::Unit;
use perennial_types::question::{Population, Warning};
use perennial_types::text::nearest_names;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::insight::AskError;

/// A band of rates quoted for an industry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Benchmark {
    /// Its id.
    pub industry: String,
    /// What the rates are of; the customer retention rate unless said.
    #[serde(default, skip_serializing_if = "Measure::is_usual")]
    pub measure: Measure,
    /// Lower end, in its unit.
    pub low: f64,
    /// Upper end; the lower one again where a single figure was quoted.
    pub high: f64,
    /// What the ends are counted in; shares unless said.
    #[serde(default, skip_serializing_if = "BandUnit::is_usual")]
    pub unit: BandUnit,
    /// Who is said to have published it.
    pub source: String,
    /// Year and month in which it was quoted.
    #[serde(default)]
    pub as_quoted: Option<String>,
    /// Whether the figure was seen at its source.
    #[serde(default)]
    pub verified: bool,
    /// How the source defines the rate, in its words; absent where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
    /// Length of the period the rate is one of; absent where the source does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Unit>,
    /// Whose customers it is about, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<Population>,
    /// Whether customers are kept by contract, not by buying again, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contractual: Option<bool>,
    /// What to mind when comparing.
    #[serde(default = "definitions_differ")]
    pub note: String,
}

/// A rate that bands are published for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = BenchmarkMeasure)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Of the customers active when a period begins, those still active when it ends.
    #[default]
    RetentionRate,
    /// Those who are not.
    ChurnRate,
    /// Of the customers of a period, those of the next one too.
    NextPeriodRetention,
    /// The same of customers who are new in the period.
    NewCustomerRetention,
    /// Of all who have bought, those who have bought more than once.
    RepeatPurchaseRate,
}

/// What the ends of a band are counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BandUnit {
    /// Between 0 and 1.
    #[default]
    Share,
    /// Between 0 and 100.
    Percent,
}

impl Measure {
    /// Every measure.
    pub const ALL: [Measure; 5] = [
        Measure::RetentionRate,
        Measure::ChurnRate,
        Measure::NextPeriodRetention,
        Measure::NewCustomerRetention,
        Measure::RepeatPurchaseRate,
    ];

    /// Its name in questions.
    pub fn name(self) -> &'static str {
        match self {
            Measure::RetentionRate => "retention_rate",
            Measure::ChurnRate => "churn_rate",
            Measure::NextPeriodRetention => "next_period_retention",
            Measure::NewCustomerRetention => "new_customer_retention",
            Measure::RepeatPurchaseRate => "repeat_purchase_rate",
        }
    }

    fn is_usual(&self) -> bool {
        *self == Measure::default()
    }
}

impl BandUnit {
    fn is_usual(&self) -> bool {
        *self == BandUnit::default()
    }

    fn of_a_whole(self) -> f64 {
        match self {
            BandUnit::Share => 1.0,
            BandUnit::Percent => 100.0,
        }
    }
}

impl Benchmark {
    /// Its ends as shares.
    pub fn band(&self) -> (f64, f64) {
        let whole = self.unit.of_a_whole();
        (self.low / whole, self.high / whole)
    }
}

/// Id, lower end, upper end, source, when quoted.
type Row = (&'static str, f64, f64, &'static str, Option<&'static str>);

const TRADE_ARTICLE: &str = "trade article";

/// The published bands, all of the customer retention rate.
static PUBLISHED: [Row; 10] = [
    ("retail", 0.60, 0.80, "National Retail Federation", Some("2023-03")),
    ("healthcare", 0.75, 0.75, "Accenture", Some("2023-03")),
    ("banking", 0.89, 0.89, "The Financial Brand", Some("2023-03")),
    ("telecom", 0.63, 0.63, "JD Power", Some("2023-03")),
    ("technology", 0.80, 0.90, "Gartner", Some("2023-03")),
    ("saas", 0.80, 0.90, TRADE_ARTICLE, None),
    ("finance", 0.80, 0.90, TRADE_ARTICLE, None),
    ("consumer_goods", 0.60, 0.80, TRADE_ARTICLE, None),
    ("fmcg", 0.30, 0.50, TRADE_ARTICLE, None),
    ("ecommerce", 0.30, 0.50, TRADE_ARTICLE, None),
];

fn definitions_differ() -> String {
    "definitions differ".to_owned()
}

fn published() -> Vec<Benchmark> {
    let row = |(industry, low, high, source, as_quoted): &Row| Benchmark {
        industry: (*industry).to_owned(),
        measure: Measure::RetentionRate,
        low: *low,
        high: *high,
        unit: BandUnit::Share,
        source: (*source).to_owned(),
        as_quoted: as_quoted.map(str::to_owned),
        verified: false,
        definition: None,
        period: None,
        population: None,
        contractual: None,
        note: definitions_differ(),
    };
    PUBLISHED.iter().map(row).collect()
}

/// Ids of the industries a band was published for.
pub fn industries() -> impl Iterator<Item = &'static str> {
    PUBLISHED.iter().map(|(industry, ..)| *industry)
}

/// Refuses rows of a question that are no bands.
pub fn check(rows: &[Benchmark]) -> Result<(), AskError> {
    let is_band = |row: &&Benchmark| {
        let (low, high) = row.band();
        0.0 <= low && low <= high && high <= 1.0
    };
    match rows.iter().find(|row| !is_band(row)) {
        None => Ok(()),
        Some(row) => Err(AskError::bad(
            format!("the benchmark `{}` goes from `{}` to `{}`", row.industry, row.low, row.high),
            "give shares between 0 and 1, or, with `unit` `percent`, between 0 and 100, the lower one first",
        )),
    }
}

/// The rows beside an answer, those of the industry asked for or all, of measures that are told;
/// with a warning where none is of the industry.
pub fn chosen(
    own: Option<&[Benchmark]>,
    industry: Option<&str>,
    is_told: impl Fn(Measure) -> bool,
) -> (Vec<Benchmark>, Option<Warning>) {
    let mut all = own.map_or_else(published, <[Benchmark]>::to_vec);
    all.retain(|row| is_told(row.measure));
    let Some(industry) = industry else { return (all, None) };
    let rows: Vec<Benchmark> = all.iter().filter(|row| row.industry == industry).cloned().collect();
    let warning = rows.is_empty().then(|| Warning {
        code: "unknown_industry".to_owned(),
        message: format!("no band is known for the industry `{industry}`"),
        message_zh: format!("没有行业“{industry}”的参考区间"),
        nearest: nearest_names(industry, all.iter().map(|row| row.industry.as_str()), 3),
    });
    (rows, warning)
}
