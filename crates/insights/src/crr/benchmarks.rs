//! Published bands of retention rates, as they were quoted: the one table to edit.
//!
//! None of the figures could be checked at its source, and none says how it defines "active", so
//! every row is `verified: false`. A question brings better rows of its own in `benchmarks`.

use perennial_types::question::Warning;
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
    /// Lower end, between 0 and 1.
    pub low: f64,
    /// Upper end; the lower one again where a single figure was quoted.
    pub high: f64,
    /// Who is said to have published it.
    pub source: String,
    /// Year and month in which it was quoted.
    #[serde(default)]
    pub as_quoted: Option<String>,
    /// Whether the figure was seen at its source.
    #[serde(default)]
    pub verified: bool,
    /// What to mind when comparing.
    #[serde(default = "definitions_differ")]
    pub note: String,
}

/// Id, lower end, upper end, source, when quoted.
type Row = (&'static str, f64, f64, &'static str, Option<&'static str>);

const TRADE_ARTICLE: &str = "trade article";

/// The published bands.
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
        low: *low,
        high: *high,
        source: (*source).to_owned(),
        as_quoted: as_quoted.map(str::to_owned),
        verified: false,
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
    let is_band = |row: &&Benchmark| 0.0 <= row.low && row.low <= row.high && row.high <= 1.0;
    match rows.iter().find(|row| !is_band(row)) {
        None => Ok(()),
        Some(row) => Err(AskError::bad(
            format!("the benchmark `{}` goes from `{}` to `{}`", row.industry, row.low, row.high),
            "give shares between 0 and 1, the lower one first",
        )),
    }
}

/// The rows beside an answer, those of the industry asked for or all, and what to say of them.
pub fn chosen(own: Option<&[Benchmark]>, industry: Option<&str>) -> (Vec<Benchmark>, Vec<Warning>) {
    let all = own.map_or_else(published, <[Benchmark]>::to_vec);
    let Some(industry) = industry else { return (all, Vec::new()) };
    let rows: Vec<Benchmark> = all.iter().filter(|row| row.industry == industry).cloned().collect();
    let warning = if rows.is_empty() {
        Warning {
            code: "unknown_industry".to_owned(),
            message: format!("no band is known for the industry `{industry}`"),
            message_zh: format!("没有行业“{industry}”的参考区间"),
            nearest: nearest_names(industry, all.iter().map(|row| row.industry.as_str()), 3),
        }
    } else {
        Warning {
            code: "definitions_differ".to_owned(),
            message: format!(
                "the band of `{industry}` was published with a definition of its own; it is no measure of this one"
            ),
            message_zh: format!("“{industry}”的参考区间按其自身口径发布，不能用来衡量这里的数字"),
            nearest: Vec::new(),
        }
    };
    (rows, vec![warning])
}
