//! What was planted, in a form that a test can hold an answer against.
//!
//! `truth.json` holds three things: what was planted in the company as a whole, one entry per
//! customer, and exact counts of what the events contain. [`TruthWriter`] writes it while
//! customers stream by; [`Truth`] reads it back.

use std::io;
use std::ops::AddAssign;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::company::Kind;
use crate::season::Season;

/// The whole of `truth.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// What holds for the company.
    pub planted: Planted,
    /// What holds for each customer, in the order they were made.
    pub customers: Vec<CustomerTruth>,
    /// What the events contain.
    pub counts: Counts,
}

/// The parameters of a world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planted {
    /// Raised when the same options would give other events.
    pub version: u32,
    /// Which company.
    pub kind: Kind,
    /// Seed of all randomness.
    pub seed: u64,
    /// Number of customers.
    pub n_customers: u32,
    /// Length in days.
    pub n_days: u32,
    /// First day.
    pub start: Date,
    /// First instant after the last day: nothing happens at or after it.
    pub end: Timestamp,
    /// Zone of every civil date: `UTC`.
    pub zone: String,
    /// ISO 4217 code of all money.
    pub currency: String,
    /// Time from joining to leaving.
    pub lifetime: LifetimeTruth,
    /// Visits while staying.
    pub activity: Activity,
    /// What happens in a visit, or every so often, for money.
    pub purchase: PurchaseTruth,
    /// Where customers come from.
    pub channels: Vec<ChannelTruth>,
    /// What is known of a customer at sign-up and matters; no interaction is planted.
    pub drivers: Vec<Driver>,
    /// What is known of a customer at sign-up and does not matter to leaving or visiting.
    pub noise: Vec<String>,
    /// The season of activity.
    pub season: Season,
    /// Joining follows the season too, and grows linearly to this many times the first day's.
    pub growth: f64,
    /// The campaign; a world shorter than 120 days has none.
    pub campaign: Option<Campaign>,
    /// Probability that an order line is later refunded.
    pub refund_share: f64,
    /// Probability that an event arrives an hour to five days late.
    pub late_share: f64,
    /// Probability that an event arrives twice.
    pub duplicate_share: f64,
    /// Events that are no sign of life: written by the company, possibly after a customer left.
    pub written_by_company: Vec<String>,
}

/// Weibull with proportional hazards: `S(t) = exp(-exp(log_hazard) (t / scale_days)^shape)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LifetimeTruth {
    /// Weibull shape; below 1 the hazard falls with time.
    pub shape: f64,
    /// Days after which a share 1/e of the customers with log hazard 0 is left.
    pub scale_days: f64,
    /// Whether leaving shows as a `cancel` event.
    pub leaving_is_seen: bool,
}

/// Visits: a Poisson process of rate `visits_per_day` × season while the customer stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    /// Event that opens every visit; the sign-up visit has none.
    pub opening_event: String,
    /// Median of the log-normal rate, before channel and drivers.
    pub median_visits_per_day: f64,
    /// Standard deviation of its logarithm.
    pub log_sd: f64,
    /// Upper bound of the rate.
    pub most_visits_per_day: f64,
    /// What is left of the visits before leaving.
    pub decline: Option<Decline>,
}

/// Visits thin out before a customer leaves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decline {
    /// How many days before.
    pub days: u32,
    /// The share of visits still made.
    pub share_kept: f64,
}

/// How orders come about.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum PurchaseTruth {
    /// In visits.
    PerVisit {
        /// Share of visits that fill a cart.
        cart_share: f64,
        /// Share of carts that become orders.
        order_share: f64,
    },
    /// At joining and then regularly.
    Recurring {
        /// Days between orders.
        every_days: u32,
    },
}

/// A channel and its quality.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChannelTruth {
    /// Its name, the property `channel`.
    pub name: String,
    /// Probability that a customer comes by it.
    pub share: f64,
    /// Multiplies the hazard of leaving.
    pub hazard_ratio: f64,
    /// Multiplies the rate of visits.
    pub rate_ratio: f64,
}

/// A true driver: a property of `sign_up` with an effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Driver {
    /// Name of the property.
    pub name: String,
    /// Added to the log hazard of leaving per unit; a flag counts 0 or 1.
    pub log_hazard: f64,
    /// Added to the log rate of visits per unit.
    pub log_rate: f64,
}

/// A campaign with a control group, assigned by chance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Campaign {
    /// Its name, the property `campaign`.
    pub name: String,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// End of its effect.
    pub until: Timestamp,
    /// Probability of treatment among the eligible: who had joined 14 days before and, where
    /// leaving is seen, had not left.
    pub share_treated: f64,
    /// The flag that tells who is moved more.
    pub segment: String,
    /// The lift among customers without the flag.
    pub without: Lift,
    /// The lift among customers with the flag.
    pub with: Lift,
}

/// What treatment does within the outcome window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lift {
    /// Multiplies the rate of visits.
    pub rate_ratio: f64,
    /// Multiplies the hazard of leaving.
    pub hazard_ratio: f64,
}

/// Which group of the campaign a customer fell into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arm {
    /// Got it.
    Treatment,
    /// Would have been eligible, and did not get it.
    Control,
}

impl Arm {
    /// The arm's name, the property `arm`.
    pub fn name(self) -> &'static str {
        match self {
            Arm::Treatment => "treatment",
            Arm::Control => "control",
        }
    }
}

/// What holds for one customer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CustomerTruth {
    /// Outside id.
    pub customer: String,
    /// Channel of acquisition.
    pub channel: String,
    /// When they signed up.
    pub joined_at: Timestamp,
    /// When they leave for good; at or after the world's end, they are still there.
    pub churned_at: Timestamp,
    /// When they would have left without treatment; absent where that is the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub churned_at_untreated: Option<Timestamp>,
    /// Whether they leave before the world's end.
    pub is_churned: bool,
    /// Sum of the log hazards of channel and drivers.
    pub log_hazard: f64,
    /// Own rate of visits, without season and campaign.
    pub visits_per_day: f64,
    /// Group in the campaign; absent for the ineligible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arm: Option<Arm>,
    /// Whether they have the campaign's segment flag.
    pub in_segment: bool,
    /// Orders, each counted once whatever its lines.
    pub n_orders: u32,
}

/// What the events of a world contain, exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Customers; each has at least one event.
    pub n_customers: u64,
    /// Customers who left before the end.
    pub n_churned: u64,
    /// Outside ids.
    pub n_identities: u64,
    /// Rows, duplicates included.
    pub n_rows: u64,
    /// Distinct events.
    pub n_events: u64,
    /// Rows that repeat an earlier one: `n_rows - n_events`.
    pub n_duplicates: u64,
    /// Events that were delayed by an hour or more, duplicates not counted.
    pub n_late: u64,
    /// Rows that arrived after a row of the same customer that happened later.
    pub n_out_of_order: u64,
    /// Orders.
    pub n_orders: u64,
    /// Lines of orders.
    pub n_order_lines: u64,
    /// Refunds.
    pub n_refunds: u64,
    /// Sum of the order lines, in ten-thousandths of the currency.
    pub ordered_ten_thousandths: i64,
    /// Sum of the refunds, in ten-thousandths of the currency; not positive.
    pub refunded_ten_thousandths: i64,
    /// Customers treated by the campaign.
    pub n_treated: u64,
    /// Customers in its control group.
    pub n_control: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.n_customers += other.n_customers;
        self.n_churned += other.n_churned;
        self.n_identities += other.n_identities;
        self.n_rows += other.n_rows;
        self.n_events += other.n_events;
        self.n_duplicates += other.n_duplicates;
        self.n_late += other.n_late;
        self.n_out_of_order += other.n_out_of_order;
        self.n_orders += other.n_orders;
        self.n_order_lines += other.n_order_lines;
        self.n_refunds += other.n_refunds;
        self.ordered_ten_thousandths += other.ordered_ten_thousandths;
        self.refunded_ten_thousandths += other.refunded_ten_thousandths;
        self.n_treated += other.n_treated;
        self.n_control += other.n_control;
    }
}

/// Writes `truth.json` one customer at a time, so that memory stays flat.
#[derive(Debug)]
pub struct TruthWriter<W: io::Write> {
    out: W,
    is_first: bool,
}

impl<W: io::Write> TruthWriter<W> {
    /// Writes what was planted.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn new(mut out: W, planted: &Planted) -> io::Result<TruthWriter<W>> {
        out.write_all(b"{\"planted\":")?;
        serde_json::to_writer_pretty(&mut out, planted)?;
        out.write_all(b",\n\"customers\":[")?;
        Ok(TruthWriter { out, is_first: true })
    }

    /// Writes one customer, on a line of its own.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn customer(&mut self, customer: &CustomerTruth) -> io::Result<()> {
        self.out.write_all(if self.is_first { b"\n" } else { b",\n" })?;
        self.is_first = false;
        serde_json::to_writer(&mut self.out, customer)?;
        Ok(())
    }

    /// Writes the counts, closes the text and gives the writer back.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn finish(mut self, counts: &Counts) -> io::Result<W> {
        self.out.write_all(b"\n],\n\"counts\":")?;
        serde_json::to_writer_pretty(&mut self.out, counts)?;
        self.out.write_all(b"}\n")?;
        self.out.flush()?;
        Ok(self.out)
    }
}
