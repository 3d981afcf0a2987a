//! The answer: cut-offs, classes and cells with what they are worth, tiers and moves.

use perennial_types::money::decimal_text;
use perennial_types::question::{Definition, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::book::Book;
use super::question::{Cutoffs, RfmQuestion, TierName};
use crate::grouping::Group;
use crate::money::mean_text;
use crate::retention::Members;

/// An rfm answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RfmAnswer {
    /// `rfm`.
    pub kind: String,
    /// The civil date at which customers are scored.
    pub reference: String,
    /// Whether that date is over, so that no later event changes the answer.
    pub complete: bool,
    /// Everybody who has a score.
    pub everybody: Figures,
    /// Currency of all money; null where rows have none.
    #[schema(required)]
    pub currency: Option<String>,
    /// Where the scores begin.
    pub cutoffs: CutoffsAnswer,
    /// The classes, in the order of their list, empty ones among them.
    pub classes: Vec<ClassAnswer>,
    /// The cells somebody stands in, the highest first.
    pub cells: Vec<CellAnswer>,
    /// Frequent buyers gone quiet: F in the upper half of the scores, R in the lower half.
    pub quiet: Figures,
    /// Who brings the money.
    pub pareto: ParetoAnswer,
    /// Three tiers by value.
    pub tiers: TiersAnswer,
    /// Who moved from which class to which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migration: Option<MigrationAnswer>,
    /// The classes of every group, when customers are told apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupAnswer>,
    /// What exactly was computed.
    pub definition: Definition,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// The customers of the number that was asked for.
    #[schema(required)]
    pub customers: Option<Members>,
    /// The question, every default filled in.
    pub question: RfmQuestion,
}

/// Where the scores begin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CutoffsAnswer {
    /// A number that is the same exactly when rule and bounds are.
    pub version: String,
    /// Whether the bounds alone tell every score.
    pub exact: bool,
    /// The bounds; a question of `fixed` scoring takes them as they are.
    pub bounds: Cutoffs,
}

/// What some customers are and are worth.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Figures {
    /// How many.
    pub customers: u64,
    /// Their share of everybody who has a score; null without anybody.
    #[schema(required)]
    pub share: Option<f64>,
    /// Their purchases, or days with one.
    pub purchases: u64,
    /// Their money less refunds.
    pub money: String,
    /// Its share of everybody's; null where that is not above 0.
    #[schema(required)]
    pub money_share: Option<f64>,
    /// Mean of the days since the last purchase; null without anybody.
    #[schema(required)]
    pub mean_recency_days: Option<f64>,
    /// Mean of the purchases.
    #[schema(required)]
    pub mean_purchases: Option<f64>,
    /// Mean of the money, rounded half away from zero.
    #[schema(required)]
    pub mean_money: Option<String>,
}

/// One class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ClassAnswer {
    /// Its id.
    pub class: String,
    /// Its name in English.
    pub en: String,
    /// 中文名称。
    pub zh: String,
    /// Who stands in it.
    #[serde(flatten)]
    pub figures: Figures,
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = RfmCell)]
pub struct CellAnswer {
    /// Its digits: `545`.
    pub scores: String,
    /// Score of recency.
    pub r: u8,
    /// Score of frequency.
    pub f: u8,
    /// Score of money.
    pub m: u8,
    /// The class it belongs to.
    pub class: String,
    /// Who stands in it.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Who brings the money.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ParetoAnswer {
    /// Money of the customers who bring any, which the shares are of.
    pub money: String,
    /// The first twentieth of the customers by money, the first two, …, all.
    pub points: Vec<ParetoPoint>,
    /// The top fifth.
    pub top_fifth: ParetoPoint,
    /// How many customers bring 80 % of the money; null where nobody brings any.
    #[schema(required)]
    pub customers_for_80: Option<u64>,
}

/// A point of the Pareto curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ParetoPoint {
    /// Share of the customers, before rounding up to whole ones.
    pub share: f64,
    /// How many customers.
    pub customers: u64,
    /// Their share of the money; null where nobody brings any.
    #[schema(required)]
    pub money_share: Option<f64>,
}

/// Three tiers by value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TiersAnswer {
    /// The tiers at the reference date, the high one first.
    pub tiers: Vec<TierAnswer>,
    /// Every date of history, the reference date last.
    pub dates: Vec<TierDate>,
}

/// One tier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TierAnswer {
    /// Which.
    pub tier: TierName,
    /// Who stands in it.
    #[serde(flatten)]
    pub figures: Figures,
}

/// The tiers at one date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TierDate {
    /// The civil date.
    pub date: String,
    /// Customers of the high tier.
    pub high: u64,
    /// Of the middle one.
    pub middle: u64,
    /// Of the low one.
    pub low: u64,
    /// Customers in a higher tier than at the date before.
    pub up: u64,
    /// Customers in a lower one.
    pub down: u64,
    /// Customers whom the margin kept in their tier.
    pub held: u64,
}

/// Who moved from which class to which.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MigrationAnswer {
    /// The earlier date.
    pub from: String,
    /// The reference date.
    pub to: String,
    /// The classes, rows and columns of the matrix; last is `none`, who has no score at that date.
    pub classes: Vec<String>,
    /// Customers by class at the earlier date and class at the reference date.
    pub customers: Vec<Vec<u64>>,
    /// The same as shares of the row; null in an empty row.
    pub shares: Vec<Vec<Option<f64>>>,
    /// Customers with a score at both dates and the same class.
    pub same: u64,
    /// Their share of those with a score at both dates.
    #[schema(required)]
    pub same_share: Option<f64>,
}

/// The classes of one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = RfmGroup)]
pub struct GroupAnswer {
    /// Values of the breakdown.
    #[schema(required, value_type = Option<Vec<Option<String>>>)]
    pub group: Option<Group>,
    /// Whether it is the computed rest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// Everybody of the group who has a score.
    pub everybody: Figures,
    /// Customers of each class, in the order of the classes, empty ones among them; shares are of
    /// the group.
    pub classes: Vec<GroupClass>,
}

/// One class of one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GroupClass {
    /// Its id.
    pub class: String,
    /// Who stands in it.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Sums over customers, from which figures are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Customers.
    pub n: u64,
    recency_days: i64,
    purchases: u64,
    money: i128,
}

impl Sums {
    /// Adds a customer of the book at a reference date.
    pub fn add(&mut self, book: &Book, reference: usize, row: u32) {
        let standings = book.at.get(reference);
        let Some(one) = standings.and_then(|standings| standings.get(row as usize)) else { return };
        self.n += 1;
        self.recency_days += i64::from(one.recency_days);
        self.purchases += u64::from(one.n);
        self.money += one.money;
    }

    /// Adds other customers.
    pub fn absorb(&mut self, other: &Sums) {
        self.n += other.n;
        self.recency_days += other.recency_days;
        self.purchases += other.purchases;
        self.money += other.money;
    }

    /// The figures, as shares of a whole.
    pub fn figures(&self, whole: &Sums) -> Figures {
        let mean = |sum: f64| (self.n > 0).then(|| sum / self.n as f64);
        Figures {
            customers: self.n,
            share: (whole.n > 0).then(|| self.n as f64 / whole.n as f64),
            purchases: self.purchases,
            money: decimal_text(self.money),
            money_share: (whole.money > 0).then(|| self.money as f64 / whole.money as f64),
            mean_recency_days: mean(self.recency_days as f64),
            mean_purchases: mean(self.purchases as f64),
            mean_money: mean_text(self.money, self.n),
        }
    }
}

/// A number that is the same exactly when rule and bounds are: FNV-1a of the fields that decide a
/// score, so not of the dates, the groups or the customers asked for.
///
/// G. Fowler, L. C. Noll, K.-P. Vo, "The FNV Non-Cryptographic Hash Algorithm", 64 bits.
pub fn version(question: &RfmQuestion, bounds: &Cutoffs) -> String {
    let rule = serde_json::json!([
        question.scoring,
        question.bins,
        question.ties,
        question.classes,
        question.frequency,
        question.money,
        question.refunds,
        question.population,
        question.event,
        question.currency,
        question.trailing_days,
        bounds,
    ]);
    let hash = rule.to_string().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}
