//! Who a customer is before they do anything: origin, traits, rate, and when they will leave.

use libm::{exp, log};

use crate::company::{Levels, MAX_TRAITS};
use crate::life::{Change, days_until_leaving};
use crate::random::Random;
use crate::season::DAY;
use crate::truth::Arm;
use crate::world::World;

/// A campaign reaches who joined at least this long before.
pub(crate) const ELIGIBLE_AFTER: i64 = 14 * DAY;

/// Everything drawn for a customer; instants are µs since the world's start.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) index: u32,
    pub(crate) channel: usize,
    pub(crate) city: usize,
    pub(crate) device: usize,
    pub(crate) traits: [i32; MAX_TRAITS],
    pub(crate) joined: i64,
    pub(crate) log_hazard: f64,
    pub(crate) visits_per_day: f64,
    pub(crate) untreated_churn: i64,
    pub(crate) churn: i64,
    pub(crate) arm: Option<Arm>,
    pub(crate) in_segment: bool,
}

impl Customer {
    /// Draws a customer. Joining, origin and traits are independent of one another.
    pub(crate) fn draw(world: &World, index: u32, random: &mut Random) -> Customer {
        let company = world.company;
        let joined = world.joining.instant(random.uniform() * world.joining.total());
        let channel = world.channels.draw(random);
        let (city, device) = (world.cities.draw(random), world.devices.draw(random));
        let origin = company.channels[channel];

        let mut traits = [0; MAX_TRAITS];
        let mut log_hazard = log(origin.hazard_ratio);
        let mut log_rate = log(company.visits.median_per_day * origin.rate_ratio);
        for (value, planted) in traits.iter_mut().zip(company.traits) {
            *value = draw_level(planted.levels, random);
            log_hazard += planted.log_hazard * f64::from(*value);
            log_rate += planted.log_rate * f64::from(*value);
        }
        log_rate += company.visits.log_sd * random.normal();
        let visits_per_day = exp(log_rate).min(company.visits.most_per_day);

        let budget = random.exponential();
        let leaves = |change| {
            let days = days_until_leaving(company.lifetime, log_hazard, budget, change);
            joined + (days * DAY as f64) as i64
        };
        let untreated_churn = leaves(None);
        let is_treated = random.chance(company.campaign.share_treated);
        let in_segment = traits[company.campaign.segment] == 1;
        let mut customer = Customer {
            index,
            channel,
            city,
            device,
            traits,
            joined,
            log_hazard,
            visits_per_day,
            untreated_churn,
            churn: untreated_churn,
            arm: None,
            in_segment,
        };
        if let Some(window) =
            world.campaign.filter(|window| customer.is_eligible(world, window.sent))
        {
            customer.arm = Some(if is_treated { Arm::Treatment } else { Arm::Control });
            let ratio = company.campaign.hazard_ratio[usize::from(in_segment)];
            if is_treated && ratio != 1.0 {
                let days = |instant: i64| (instant - joined) as f64 / DAY as f64;
                let (from, until) = (days(window.sent), days(window.until));
                customer.churn = leaves(Some(Change { from, until, ratio }));
            }
        }
        customer
    }

    fn is_eligible(&self, world: &World, sent: i64) -> bool {
        let was_seen_leaving = world.company.is_contractual() && self.untreated_churn <= sent;
        self.joined + ELIGIBLE_AFTER <= sent && !was_seen_leaving
    }

    /// The first instant at which the customer does nothing any more.
    pub(crate) fn limit(&self, world: &World) -> i64 {
        self.churn.min(world.length)
    }
}

fn draw_level(levels: Levels, random: &mut Random) -> i32 {
    match levels {
        Levels::Flag(probability) => i32::from(random.chance(probability)),
        Levels::Range(low, high) => low + random.below((high - low + 1) as u32) as i32,
        Levels::Words(words) => random.below(words.len() as u32) as i32,
    }
}
