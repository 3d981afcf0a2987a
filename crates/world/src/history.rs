//! Everything one customer does, as rows in the order they arrived.
//!
//! A [`History`] is a buffer to be filled again and again: after the first customers nothing is
//! allocated any more. Ids are written out only when a row is looked at.

use perennial_types::calendar::Micros;
use perennial_types::event::{ORDER, REFUND};

use crate::behaviour;
use crate::company::Item;
use crate::customer::Customer;
use crate::event::{Identity, Property, WorldEvent};
use crate::random::{Random, mix};
use crate::season::DAY;
use crate::text::ShortText;
use crate::truth::{Arm, Counts, CustomerTruth};
use crate::world::World;

/// Probability that an event arrives late.
pub(crate) const LATE_SHARE: f64 = 0.02;
/// Probability that an event arrives twice.
pub(crate) const DUPLICATE_SHARE: f64 = 0.008;
/// Events the company writes, so no sign of life.
pub(crate) const WRITTEN_BY_COMPANY: [&str; 2] = [REFUND, CAMPAIGN_ASSIGNED];
pub(crate) const CAMPAIGN_ASSIGNED: &str = "campaign_assigned";

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;
/// How long an event usually takes; the same for all, so that only the late arrive out of order.
const USUAL_DELAY: i64 = 2 * SECOND;

/// One customer's rows, identities and truth.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub(crate) rows: Vec<Row>,
    pub(crate) properties: Vec<Property>,
    identities: Vec<IdentityUse>,
    items: &'static [Item],
    currency: &'static str,
    customer: ShortText,
    index: u32,
    message_key: u64,
    start: Micros,
    truth: CustomerTruth,
    counts: Counts,
}

/// An outside id of a customer and when it was first used.
#[derive(Clone, Copy, Debug)]
pub struct IdentityUse {
    /// `crm`, `email` or `device`.
    pub namespace: &'static str,
    /// The id.
    pub id: ShortText,
    /// Instant of the first event that came in with it; the sign-up for the customer's own id.
    pub first_seen: Micros,
}

/// A row before its ids are written out; instants are µs since the world's start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) ts: i64,
    pub(crate) event: &'static str,
    pub(crate) identity: u8,
    /// Number of the visit, 0 outside one.
    pub(crate) session: u32,
    /// Number of the order, 0 without one.
    pub(crate) order: u32,
    /// Place in the company's items.
    pub(crate) item: Option<u16>,
    /// Pieces; 0 where the item was only looked at.
    pub(crate) quantity: i32,
    /// Range of the history's properties.
    pub(crate) properties: (u32, u32),
    /// Set by [`History::arrive`].
    pub(crate) received: i64,
    /// Set by [`History::push`].
    pub(crate) serial: u32,
    /// Set by [`History::arrive`].
    pub(crate) is_duplicate: bool,
}

impl Row {
    pub(crate) fn new(ts: i64, event: &'static str, identity: u8) -> Row {
        Row {
            ts,
            event,
            identity,
            session: 0,
            order: 0,
            item: None,
            quantity: 0,
            properties: (0, 0),
            received: 0,
            serial: 0,
            is_duplicate: false,
        }
    }
}

impl History {
    /// The rows, as they arrived.
    pub fn events(&self) -> impl ExactSizeIterator<Item = WorldEvent<'_>> {
        self.rows.iter().enumerate().map(|(arrival, row)| self.event(arrival as u32, row))
    }

    /// The customer's own outside id.
    pub fn customer(&self) -> &str {
        self.customer.as_str()
    }

    /// The outside ids in use, the customer's own first.
    pub fn identities(&self) -> impl Iterator<Item = &IdentityUse> {
        self.identities.iter().filter(|identity| identity.first_seen != Micros::MAX)
    }

    /// What was planted in this customer.
    pub fn truth(&self) -> &CustomerTruth {
        &self.truth
    }

    /// What these rows contain; summed over all customers, the counts of the truth.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    fn event(&self, arrival: u32, row: &Row) -> WorldEvent<'_> {
        let item = row.item.and_then(|place| self.items.get(usize::from(place)));
        let bought = item.filter(|_| row.quantity != 0);
        // Hundredths to ten-thousandths.
        let price = bought.map(|item| item.price_cents * 100);
        let identity = &self.identities[usize::from(row.identity)];
        WorldEvent {
            arrival,
            received_at: self.start + row.received,
            customer: self.customer.as_str(),
            identity: Identity { namespace: identity.namespace, id: identity.id.as_str() },
            ts: self.start + row.ts,
            event: row.event,
            message_id: self.message_id(row.serial),
            order_id: (row.order > 0).then(|| order_id(self.index, row.order)),
            item: item.map(|item| item.name),
            quantity: bought.map(|_| i64::from(row.quantity) * 10_000),
            price,
            amount: price.map(|price| price * i64::from(row.quantity)),
            currency: bought.map(|_| self.currency),
            session: (row.session > 0).then(|| session_id(self.index, row.session)),
            properties: &self.properties[row.properties.0 as usize..row.properties.1 as usize],
            is_duplicate: row.is_duplicate,
        }
    }

    /// A permutation of (customer, serial), so no two events of a world share an id.
    fn message_id(&self, serial: u32) -> ShortText {
        let place = u64::from(self.index) << 32 | u64::from(serial);
        ShortText::default().push_hex(mix(self.message_key ^ place))
    }

    fn reset(&mut self, world: &World, index: u32) {
        self.rows.clear();
        self.properties.clear();
        self.identities.clear();
        self.items = world.company.items;
        self.currency = world.company.currency;
        self.customer = ShortText::default().push("K").push_number(index, 8);
        self.index = index;
        self.message_key = mix(world.options.seed ^ 0x6d65_7373_6167_6573);
        self.start = world.start;
        self.counts = Counts::default();
    }

    pub(crate) fn add_identity(&mut self, namespace: &'static str, id: ShortText) {
        self.identities.push(IdentityUse { namespace, id, first_seen: Micros::MAX });
    }

    /// The company has an id of its own for a customer from the sign-up on, used or not.
    pub(crate) fn know_from(&mut self, joined: i64) {
        if let Some(own) = self.identities.first_mut() {
            own.first_seen = self.start + joined;
        }
    }

    /// The id of the customer's n-th device.
    pub(crate) fn device_id(&self, number: u64) -> ShortText {
        let place = u64::from(self.index) << 32 | number;
        ShortText::default().push("d").push_hex(mix(!self.message_key ^ place))
    }

    pub(crate) fn own_id(&self) -> ShortText {
        self.customer
    }

    pub(crate) fn push(&mut self, row: Row) {
        let serial = self.rows.len() as u32;
        let identity = &mut self.identities[usize::from(row.identity)];
        identity.first_seen = identity.first_seen.min(self.start + row.ts);
        self.rows.push(Row { serial, ..row });
    }

    /// Decides when each row arrives, repeats some, and puts them in order of arrival.
    fn arrive(&mut self, random: &mut Random) {
        let n_events = self.rows.len();
        for place in 0..n_events {
            let row = &mut self.rows[place];
            row.received = row.ts + USUAL_DELAY;
            // One draw decides both: the two are disjoint, and each has its own share.
            let fate = random.uniform();
            if fate < LATE_SHARE {
                row.received = row.ts + random.between(HOUR, 5 * DAY);
                self.counts.n_late += 1;
            } else if fate < LATE_SHARE + DUPLICATE_SHARE {
                let received = row.received + random.between(SECOND, HOUR);
                let copy = Row { received, is_duplicate: true, ..*row };
                self.rows.push(copy);
            }
        }
        self.rows.sort_unstable_by_key(|row| (row.received, row.serial, row.is_duplicate));
        self.counts.n_events = n_events as u64;
        self.counts.n_rows = self.rows.len() as u64;
        self.counts.n_duplicates = self.counts.n_rows - self.counts.n_events;
        let mut latest = i64::MIN;
        for row in &self.rows {
            self.counts.n_out_of_order += u64::from(row.ts < latest);
            latest = latest.max(row.ts);
        }
    }

    fn count(&mut self, customer: &Customer, n_orders: u32, is_churned: bool) {
        let counts = &mut self.counts;
        for row in self.rows.iter().filter(|row| !row.is_duplicate) {
            let price = row.item.and_then(|place| self.items.get(usize::from(place)));
            let cents = price.map_or(0, |item| item.price_cents * i64::from(row.quantity));
            if row.event == ORDER {
                counts.n_order_lines += 1;
                counts.ordered_ten_thousandths += cents * 100;
            } else if row.event == REFUND {
                counts.n_refunds += 1;
                counts.refunded_ten_thousandths += cents * 100;
            }
        }
        counts.n_customers = 1;
        counts.n_churned = u64::from(is_churned);
        counts.n_orders = u64::from(n_orders);
        counts.n_treated = u64::from(customer.arm == Some(Arm::Treatment));
        counts.n_control = u64::from(customer.arm == Some(Arm::Control));
        self.counts.n_identities = self.identities().count() as u64;
    }
}

/// The id of a customer's n-th order.
pub(crate) fn order_id(customer: u32, order: u32) -> ShortText {
    let id = ShortText::default().push("SO").push_number(customer, 8);
    id.push("-").push_number(order, 4)
}

fn session_id(customer: u32, session: u32) -> ShortText {
    let id = ShortText::default().push("v").push_number(customer, 8);
    id.push("-").push_number(session, 5)
}

/// Fills the history of a customer.
pub(crate) fn fill(world: &World, index: u32, history: &mut History) {
    let mut random = Random::of_customer(world.options.seed, index);
    let customer = Customer::draw(world, index, &mut random);
    history.reset(world, index);
    let n_orders = behaviour::live(world, &customer, &mut random, history);
    history.arrive(&mut random);
    let is_churned = customer.churn < world.length;
    history.count(&customer, n_orders, is_churned);
    let differs = customer.churn != customer.untreated_churn;
    history.truth = CustomerTruth {
        customer: history.customer.as_str().to_owned(),
        channel: world.company.channels[customer.channel].name.to_owned(),
        joined_at: world.timestamp(customer.joined),
        churned_at: world.timestamp(customer.churn),
        churned_at_untreated: differs.then(|| world.timestamp(customer.untreated_churn)),
        is_churned,
        log_hazard: customer.log_hazard,
        visits_per_day: customer.visits_per_day,
        arm: customer.arm,
        in_segment: customer.in_segment,
        n_orders,
    };
}
