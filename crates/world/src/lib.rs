//! A simulated company whose truth is known: who stays, who leaves and why, written down beside
//! the events, so that one can ask whether an analysis finds it.
//!
//! # What question it answers
//! "If the answer were known, would Perennial find it?" A [`World`] makes the events of one of
//! three companies: an online shop, software by subscription, a free app. Activity is heavy-tailed
//! and follows weekdays, months and holidays; channels differ in quality; a few traits drive
//! leaving and others are noise; a campaign with a control group has a known lift. The events are
//! as untidy as real ones: several identities per customer, late rows, exact duplicates, refunds,
//! Chinese text. [`Truth`] tells what was planted.
//!
//! # Example
//! ```
//! use perennial_world::{Kind, Options, World};
//!
//! let start = jiff::civil::date(2024, 1, 1);
//! let options = Options { kind: Kind::Shop, seed: 7, n_customers: 3, n_days: 365, start };
//! let world = World::new(options)?;
//! let mut n_orders = 0;
//! world.visit(0..3, |history| {
//!     n_orders += history.events().filter(|row| row.event == "order").count();
//!     Ok::<(), perennial_world::WorldError>(())
//! })?;
//! assert!(n_orders > 0);
//! # Ok::<(), perennial_world::WorldError>(())
//! ```
//!
//! # Limits
//! The same options give the same bytes on every machine: no clock, no platform mathematics, one
//! stream of randomness per customer. Civil dates are UTC dates. Years 2000 to 2050. Customers do
//! not influence each other. Rows come customer by customer, within a customer as they arrived.

mod behaviour;
mod company;
mod customer;
mod event;
mod history;
mod holiday;
mod life;
mod planted;
mod random;
mod season;
mod text;
mod truth;
mod world;

pub use company::Kind;
pub use event::{Identity, Property, PropertyColumn, PropertyType, Value, WorldEvent};
pub use history::{History, IdentityUse};
pub use holiday::{Holiday, lunar_new_year};
pub use season::Season;
pub use text::ShortText;
pub use truth::{
    Activity, Arm, Campaign, ChannelTruth, Counts, CustomerTruth, Decline, Driver, LifetimeTruth,
    Lift, Planted, PurchaseTruth, Truth, TruthWriter,
};
pub use world::{Options, World, WorldError};
