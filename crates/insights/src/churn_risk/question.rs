//! The question as it is written in JSON: a sample, how to learn from it, and what to show.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::training::{Calibration, LearnerName, SampleQuestion};

/// Rows of a page unless the question says otherwise.
const PAGE: u64 = 100;

/// Rows learnt from at most, unless the question says otherwise.
const TRAIN_ROWS: u64 = 50_000;

/// Who will leave within the horizon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChurnRiskQuestion {
    /// End of the known world.
    pub as_of: Option<Timestamp>,
    /// Whom to learn from, and what leaving is.
    #[serde(flatten)]
    pub sample: SampleQuestion,
    /// What learns.
    pub learner: LearnerName,
    /// How probabilities are made true.
    pub calibration: Calibration,
    /// Rows learnt from at most, drawn at random where there are more.
    pub train_rows: u64,
    /// The seed of all that is drawn.
    pub seed: u64,
    /// A trained model, to be applied as it is; what it was trained for then stands for what is asked
    /// here, but for the zone's date and what is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub model: Option<Value>,
    /// Rows of the answer; `null` for all.
    pub limit: Option<u64>,
    /// Rows passed over before the first.
    pub offset: u64,
    /// The number whose customers are wanted; the rows are then theirs.
    pub cell: Option<CellRef>,
}

/// The number whose customers are wanted: everybody at risk, or those whose risk is such.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ChurnRiskCellRef)]
#[serde(deny_unknown_fields, default)]
pub struct CellRef {
    /// The tenth, 1 for the customers most at risk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decile: Option<u32>,
    /// At least so high a probability.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// A lower probability than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
}

impl Default for ChurnRiskQuestion {
    fn default() -> ChurnRiskQuestion {
        ChurnRiskQuestion {
            as_of: None,
            sample: SampleQuestion::default(),
            learner: LearnerName::Best,
            calibration: Calibration::Auto,
            train_rows: TRAIN_ROWS,
            seed: 1,
            model: None,
            limit: Some(PAGE),
            offset: 0,
            cell: None,
        }
    }
}
