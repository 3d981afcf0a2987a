//! The answer: the cuts, the drivers in order of their effect, and what was left out and why.

use perennial_types::question::{Definition, Refusal, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::question::DriversQuestion;
use crate::customer_table::features::Measure;
use crate::retention::Members;

/// A drivers answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DriversAnswer {
    /// `drivers`.
    pub kind: String,
    /// The cuts, the earliest first.
    pub cuts: Vec<CutAnswer>,
    /// Rows, one per customer and cut, whose outcome is known: what every share is a share of.
    pub n_rows: u64,
    /// Rows that effects were estimated from: all, or a draw where there are very many.
    pub n_used: u64,
    /// Customers of the rows used.
    pub n_customers: u64,
    /// The share of the rows used whose customer left; `null` without rows.
    #[schema(required)]
    pub base_rate: Option<f64>,
    /// What ratios are ratios of: `odds` or `hazard`, of leaving.
    pub ratio_of: String,
    /// The drivers: those that chance does not explain first, by the size of their effect.
    pub drivers: Vec<DriverAnswer>,
    /// Why there are none, where nothing can be said.
    #[schema(required)]
    pub refusal: Option<Refusal>,
    /// Columns that were looked at but cannot be weighed.
    pub left_out: Vec<LeftOut>,
    /// The forest that importance and curves come from; `null` where it has one outcome only to
    /// learn from or to be judged by.
    #[schema(required)]
    pub forest: Option<ForestAnswer>,
    /// The factors, where they were asked for.
    #[schema(required)]
    pub factors: Option<FactorsAnswer>,
    /// Currency of all money.
    #[schema(required)]
    pub currency: Option<String>,
    /// What was computed.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The customers of the cell.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: DriversQuestion,
}

/// The customers at risk at one cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = DriversCut)]
pub struct CutAnswer {
    /// The civil date at whose end they are looked at.
    pub date: String,
    /// The last civil date of its horizon.
    pub horizon_end: String,
    /// Whether the horizon is over.
    pub complete: bool,
    /// Customers at risk.
    pub at_risk: u64,
    /// Of them, those who left.
    pub left: u64,
    /// Of them, those still here.
    pub stayed: u64,
    /// Of them, those of whom it is not known.
    pub not_known: u64,
}

/// One driver: columns that say about the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DriverAnswer {
    /// The column that speaks for the others.
    pub name: String,
    /// What it is called.
    pub en: String,
    /// 名称。
    pub zh: String,
    /// Its columns, the one that speaks first.
    pub columns: Vec<DriverColumn>,
    /// The effect of one deviation more, or of each category.
    pub effects: Vec<EffectAnswer>,
    /// The deviation of what it adds to the logarithm of the odds (or hazard) of leaving: by this
    /// drivers are ordered.
    pub strength: f64,
    /// The chance of effects this far from none, by Wald's test.
    pub p: f64,
    /// The same, corrected for the number of drivers.
    pub p_adjusted: f64,
    /// Whether chance does not explain it.
    pub significant: bool,
    /// What more of it goes with.
    pub direction: Direction,
    /// What the forest loses without it; `null` without a forest.
    #[schema(required)]
    pub importance: Option<ImportanceAnswer>,
    /// The mean probability of leaving over its values, all else as it is.
    pub curve: Vec<CurvePoint>,
    /// The sentence.
    pub sentence: String,
    /// 结论。
    pub sentence_zh: String,
    /// The experiment that would tell whether it is a cause.
    pub experiment: String,
    /// 可检验因果的实验。
    pub experiment_zh: String,
}

/// A column of a driver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DriverColumn {
    /// Its name.
    pub name: String,
    /// What it is called.
    pub en: String,
    /// 名称。
    pub zh: String,
    /// What it counts; `null` for a property or a factor.
    #[schema(required)]
    pub unit: Option<Measure>,
    /// Rows in which it is known.
    pub n_known: u64,
    /// Its association with leaving by itself, 0 to 1.
    pub association: f64,
}

/// An effect, other drivers alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = DriverEffect)]
pub struct EffectAnswer {
    /// The category; `null` for a number.
    #[schema(required)]
    pub value: Option<String>,
    /// The category it is held against.
    #[schema(required)]
    pub reference: Option<String>,
    /// How much more of the number the ratio is for, one deviation; `null` for a category, and for
    /// yes rather than no.
    #[schema(required)]
    pub per: Option<f64>,
    /// What odds (or hazard) of leaving are multiplied by.
    pub ratio: f64,
    /// The lower end of its interval.
    pub ratio_low: f64,
    /// The upper end.
    pub ratio_high: f64,
    /// The logarithm of the ratio of one deviation, comparable between drivers.
    pub standardised: f64,
}

/// What more of a driver goes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DriverDirection)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// With leaving.
    Leaving,
    /// With staying.
    Staying,
    /// Some categories with leaving, some with staying.
    ByValue,
    /// With neither that could be told from chance.
    Unclear,
}

/// What the ranking loses when a driver no longer belongs to its customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = DriverImportance)]
pub struct ImportanceAnswer {
    /// The mean loss of AUC over the permutations.
    pub auc_lost: f64,
    /// The lower end of the range of the permutations, at the question's confidence.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A point of a curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = DriverCurvePoint)]
pub struct CurvePoint {
    /// The value, or the category.
    pub value: String,
    /// The mean probability of leaving if every row had it.
    pub probability: f64,
    /// The same less the mean probability of the rows as they are.
    pub difference: f64,
}

/// A column that cannot be weighed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LeftOut {
    /// Its name.
    pub name: String,
    /// Why, as a stable word.
    pub code: String,
    /// Why.
    pub reason: String,
    /// 原因。
    pub reason_zh: String,
}

/// The forest, and how well it told who would leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ForestAnswer {
    /// What it was judged by: `later_cut`, or `other_customers` of the only cut there is.
    pub judged_by: String,
    /// The cut it was judged at.
    pub judged_at: String,
    /// Rows it learnt from.
    pub n_learnt: u64,
    /// Rows it was judged by.
    pub n_judged: u64,
    /// The share of the judged rows whose customer left.
    pub base_rate: f64,
    /// How often a leaver ranks above a stayer.
    pub auc: f64,
    /// Permutations of each driver.
    pub n_repeats: u64,
    /// Rows the curves are the mean of: all that it was judged by, or as many of them drawn.
    pub n_curve_rows: u64,
}

/// Factors: what the features have in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FactorsAnswer {
    /// Rows they were found in.
    pub n_rows: u64,
    /// How much of the correlation is shared (Kaiser, Meyer, Olkin), 0 to 1: below .5 factors are
    /// of no use.
    pub sampling_adequacy: f64,
    /// The chance of such correlations where nothing goes together (Bartlett).
    pub sphericity_p: f64,
    /// The eigenvalues of the correlations, largest first.
    pub eigenvalues: Vec<f64>,
    /// What an eigenvalue of that rank has to exceed by chance; empty unless asked for.
    pub by_chance: Vec<f64>,
    /// The factors.
    pub factors: Vec<FactorAnswer>,
}

/// A factor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FactorAnswer {
    /// Its name.
    pub name: String,
    /// What it is called: its features that load most.
    pub en: String,
    /// 名称：载荷最大的特征。
    pub zh: String,
    /// The share of the variance of all features it explains.
    pub share: f64,
    /// Features by falling loading.
    pub loadings: Vec<LoadingAnswer>,
}

/// The weight of a factor in a feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = FactorLoading)]
pub struct LoadingAnswer {
    /// The feature.
    pub feature: String,
    /// Its correlation with the factor.
    pub loading: f64,
}
