//! The answer: the cuts, every feature with what it is like, and a page of rows.

use perennial_types::question::{Definition, Warning};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::features::Measure;
use super::question::CustomerTableQuestion;
use crate::retention::Members;

/// A customer table answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CustomerTableAnswer {
    /// `customer_table`.
    pub kind: String,
    /// The cuts, the earliest first.
    pub cuts: Vec<CutAnswer>,
    /// Currency of all money; null where rows have none, or no feature is money.
    #[schema(required)]
    pub currency: Option<String>,
    /// The features, in the order of the values of a row.
    pub features: Vec<FeatureAnswer>,
    /// How many rows there are, of the cell where one is asked for.
    pub total_rows: u64,
    /// How many of them come before the first that is here.
    pub offset: u64,
    /// The rows of this page, in order of customer and cut.
    pub rows: Vec<RowAnswer>,
    /// What exactly was computed.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The customers of the cell, or of this page's rows, each once.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: CustomerTableQuestion,
}

/// One cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CustomerTableCut)]
pub struct CutAnswer {
    /// The civil date at whose end customers are looked at.
    pub date: String,
    /// Only events before this instant count.
    pub before: String,
    /// Customers with a row.
    pub customers: u64,
    /// Whether the date is over, so that nothing can come in any more.
    pub complete: bool,
}

/// One feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CustomerTableFeature)]
pub struct FeatureAnswer {
    /// Its name.
    pub name: String,
    /// What it is called in English.
    pub en: String,
    /// 中文名称。
    pub zh: String,
    /// What it counts.
    pub unit: Measure,
    /// How it is computed.
    pub formula: String,
    /// 计算方法。
    #[serde(default)]
    pub formula_zh: String,
    /// What it is like at every cut.
    pub summaries: Vec<Summary>,
}

/// What a feature is like over the customers of a cut; of those who have it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CustomerTableSummary)]
pub struct Summary {
    /// Customers who have it.
    pub present: u64,
    /// Customers of whom it is missing.
    pub missing: u64,
    /// Its mean; null for a text, or where nobody has it.
    #[schema(required)]
    pub mean: Option<f64>,
    /// Its standard deviation, by one less than their number.
    #[schema(required)]
    pub deviation: Option<f64>,
    /// Its smallest value.
    #[schema(required)]
    pub least: Option<f64>,
    /// Its 10th percentile.
    #[schema(required)]
    pub p10: Option<f64>,
    /// Its 25th percentile.
    #[schema(required)]
    pub p25: Option<f64>,
    /// Its median.
    #[schema(required)]
    pub median: Option<f64>,
    /// Its 75th percentile.
    #[schema(required)]
    pub p75: Option<f64>,
    /// Its 90th percentile.
    #[schema(required)]
    pub p90: Option<f64>,
    /// Its largest value.
    #[schema(required)]
    pub most: Option<f64>,
    /// The most frequent values of a text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<Level>,
    /// Customers with another value of it; absent where all values are shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_levels: Option<u64>,
}

/// One value of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CustomerTableLevel)]
pub struct Level {
    /// The value.
    pub value: String,
    /// Customers who have it.
    pub customers: u64,
}

/// One customer at one cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CustomerTableRow)]
pub struct RowAnswer {
    /// Position of the customer in `customers.ids`.
    pub customer: usize,
    /// The cut.
    pub cut: String,
    /// One value per feature: a number, decimal text for money, text; null where it is missing.
    #[schema(value_type = Vec<Option<FeatureValue>>)]
    pub values: Vec<Value>,
}

/// The value of a feature.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is only described")]
enum FeatureValue {
    /// A number.
    Number(f64),
    /// Decimal text for money, or a name.
    Text(String),
}
