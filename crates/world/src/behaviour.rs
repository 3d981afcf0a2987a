//! What a customer does between joining and leaving: sign up, visit, fill carts, order, give
//! back, answer a campaign, cancel.
//!
//! Nothing a customer does happens at or after the instant they leave, or after the world's end;
//! refunds and campaign assignments are the company's doing and know only the world's end.

use perennial_types::event::{ORDER, REFUND};

use crate::company::{Levels, MAX_TRAITS, Purchase};
use crate::customer::Customer;
use crate::event::{Property, Value};
use crate::history::{CAMPAIGN_ASSIGNED, History, Row};
use crate::random::Random;
use crate::season::DAY;
use crate::text::ShortText;
use crate::truth::Arm;
use crate::world::World;

const SECOND: i64 = 1_000_000;
const CRM: u8 = 0;
const EMAIL: u8 = 1;
const DEVICE: u8 = 2;
const SECOND_DEVICE: u8 = 3;
/// Share of customers who get a second device at some time.
const SECOND_DEVICE_SHARE: f64 = 0.4;
/// Share of visits before signing in is remembered: they come in with the device's id.
const ANONYMOUS_SHARE: f64 = 0.4;
/// Share of refunds that take the whole line back.
const FULL_REFUND_SHARE: f64 = 0.8;

static FAMILY_NAMES: [&str; 12] = [
    "li", "wang", "zhang", "liu", "chen", "yang", "zhao", "huang", "zhou", "wu", "muller", "silva",
];
static GIVEN_NAMES: [&str; 12] =
    ["wei", "fang", "na", "min", "jing", "lei", "yan", "jun", "jie", "xiuying", "anna", "joao"];

/// Lives a customer's life into `history` and tells how many orders there were.
pub(crate) fn live(
    world: &World,
    customer: &Customer,
    random: &mut Random,
    history: &mut History,
) -> u32 {
    let limit = customer.limit(world);
    let mut life = Life {
        world,
        customer,
        random,
        history,
        limit,
        second_device_from: i64::MAX,
        n_sessions: 0,
        n_orders: 0,
    };
    life.take_identities();
    life.sign_up();
    life.visits(customer.joined, limit, customer.visits_per_day);
    life.campaign();
    if let Purchase::Recurring { every_days, failed_share, seats } = world.company.purchase {
        life.renewals(every_days, failed_share, seats);
        if customer.churn < world.length {
            let row = Row::new(customer.churn, "cancel", CRM);
            life.history.push(row);
        }
    }
    life.n_orders
}

struct Life<'a> {
    world: &'a World,
    customer: &'a Customer,
    random: &'a mut Random,
    history: &'a mut History,
    limit: i64,
    second_device_from: i64,
    n_sessions: u32,
    n_orders: u32,
}

/// A line of an order: place of the item, and pieces.
type Line = (u16, i32);

impl Life<'_> {
    fn take_identities(&mut self) {
        let own = self.history.own_id();
        self.history.add_identity("crm", own);
        self.history.know_from(self.customer.joined);
        let family = FAMILY_NAMES[self.random.below(FAMILY_NAMES.len() as u32) as usize];
        let given = GIVEN_NAMES[self.random.below(GIVEN_NAMES.len() as u32) as usize];
        let email = ShortText::default().push(given).push(".").push(family);
        let email = email.push_number(self.customer.index, 1).push("@example.com");
        self.history.add_identity("email", email);
        for number in 1..=2 {
            let device = self.history.device_id(number);
            self.history.add_identity("device", device);
        }
        if self.random.chance(SECOND_DEVICE_SHARE) {
            let wait = self.random.between(10 * DAY, 200 * DAY);
            self.second_device_from = self.customer.joined + wait;
        }
    }

    /// The first visit: opens with `sign_up`, which carries all that is known of the customer.
    fn sign_up(&mut self) {
        let (customer, company) = (self.customer, self.world.company);
        let mut known = [Property { name: "", value: Value::Flag(false) }; MAX_TRAITS + 3];
        known[0] = text("channel", company.channels[customer.channel].name);
        known[1] = text("city", company.cities[customer.city].name);
        known[2] = text("device", company.devices[customer.device].name);
        for (place, planted) in company.traits.iter().enumerate() {
            let level = customer.traits[place];
            let value = match planted.levels {
                Levels::Flag(_) => Value::Flag(level == 1),
                Levels::Range(..) => Value::Integer(i64::from(level)),
                Levels::Words(words) => Value::Text(words[level as usize]),
            };
            known[place + 3] = Property { name: planted.name, value };
        }
        self.n_sessions += 1;
        let properties = self.keep(&known[..company.traits.len() + 3]);
        let row = Row::new(customer.joined, "sign_up", EMAIL);
        self.history.push(Row { session: self.n_sessions, properties, ..row });
        self.browse(customer.joined, EMAIL);
    }

    /// Visits at `rate` per seasonal day, from one instant until another.
    fn visits(&mut self, from: i64, until: i64, rate: f64) {
        let clock = &self.world.clock;
        let end = clock.time(until.min(self.limit));
        let mut time = clock.time(from);
        loop {
            time += self.random.exponential() / rate;
            if time >= end {
                return;
            }
            self.visit(clock.instant(time));
        }
    }

    fn visit(&mut self, start: i64) {
        if let Some(decline) = self.world.decline {
            let declines_from = self.customer.churn - i64::from(decline.days) * DAY;
            if start >= declines_from && !self.random.chance(decline.share_kept) {
                return;
            }
        }
        let identity = self.identity(start);
        self.n_sessions += 1;
        let row = Row::new(start, self.world.company.visits.opening, identity);
        if self.push(Row { session: self.n_sessions, ..row }) {
            self.browse(start, identity);
        }
    }

    fn identity(&mut self, instant: i64) -> u8 {
        let draw = self.random.uniform();
        if draw >= ANONYMOUS_SHARE {
            EMAIL
        } else if instant >= self.second_device_from && draw < ANONYMOUS_SHARE / 2.0 {
            SECOND_DEVICE
        } else {
            DEVICE
        }
    }

    /// The steps of a visit after its opening, and what is bought at its end.
    fn browse(&mut self, start: i64, identity: u8) {
        let visits = &self.world.company.visits;
        let continues = visits.mean_steps / (1.0 + visits.mean_steps);
        let mut ts = start;
        while self.random.chance(continues) {
            ts += self.random.between(3 * SECOND, 90 * SECOND);
            let step = visits.steps[self.world.steps.draw(self.random)];
            let mut row = Row::new(ts, step.event, identity);
            row.session = self.n_sessions;
            if step.has_item {
                let item = self.item();
                row.item = Some(item);
                row.properties = self.keep(&[self.category(item)]);
            }
            if !self.push(row) {
                return;
            }
        }
        if let Purchase::PerVisit { cart_share, order_share, most_lines, most_quantity } =
            self.world.company.purchase
            && self.random.chance(cart_share)
        {
            self.cart(ts, identity, order_share, most_lines, most_quantity);
        }
    }

    fn cart(&mut self, from: i64, identity: u8, order_share: f64, most_lines: u32, most: u32) {
        let mut lines: [Line; 8] = [(0, 0); 8];
        let mut n_lines = 0;
        let mut ts = from;
        while n_lines < lines.len().min(most_lines as usize) {
            let quantity = 1 + self.random.below(most).min(self.random.below(most)) as i32;
            let item = self.item();
            ts += self.random.between(5 * SECOND, 60 * SECOND);
            let properties = self.keep(&[self.category(item)]);
            let row = Row::new(ts, "add_to_cart", identity);
            let session = self.n_sessions;
            if !self.push(Row { session, item: Some(item), quantity, properties, ..row }) {
                return;
            }
            lines[n_lines] = (item, quantity);
            n_lines += 1;
            if !self.random.chance(0.4) {
                break;
            }
        }
        if self.random.chance(order_share) {
            let checkout = Row::new(ts + 20 * SECOND, "checkout_started", identity);
            if self.push(Row { session: self.n_sessions, ..checkout }) {
                self.order(ts + 75 * SECOND, self.n_sessions, &lines[..n_lines]);
            }
        }
    }

    fn order(&mut self, ts: i64, session: u32, lines: &[Line]) {
        if ts >= self.limit {
            return;
        }
        self.n_orders += 1;
        let company = self.world.company;
        let channel = text("channel", company.channels[self.customer.channel].name);
        let city = text("city", company.cities[self.customer.city].name);
        for &(item, quantity) in lines {
            let properties = self.keep(&[channel, city, self.category(item)]);
            let row = Row::new(ts, ORDER, CRM);
            let order = self.n_orders;
            self.push(Row { session, order, item: Some(item), quantity, properties, ..row });
        }
        for &line in lines {
            if self.random.chance(company.refund_share) {
                self.refund(ts, line);
            }
        }
    }

    /// Takes back a line of the latest order, in whole or in part, one to fourteen days later.
    fn refund(&mut self, ordered: i64, (item, quantity): Line) {
        let ts = ordered + self.random.between(DAY, 14 * DAY);
        let back = if self.random.chance(FULL_REFUND_SHARE) {
            quantity
        } else {
            1 + self.random.below(quantity as u32) as i32
        };
        if ts >= self.world.length {
            return;
        }
        let order = self.n_orders;
        let order_id = crate::history::order_id(self.customer.index, order);
        let refund_of = Property { name: "refund_of", value: Value::Id(order_id) };
        let properties = self.keep(&[self.category(item), refund_of]);
        let row = Row::new(ts, REFUND, CRM);
        self.history.push(Row { order, item: Some(item), quantity: -back, properties, ..row });
    }

    /// Tells the arm, and adds the visits that treatment brings: two independent Poisson
    /// processes make one of the summed rate.
    fn campaign(&mut self) {
        let (Some(window), Some(arm)) = (self.world.campaign, self.customer.arm) else {
            return;
        };
        let plan = self.world.company.campaign;
        let properties = self.keep(&[text("campaign", plan.name), text("arm", arm.name())]);
        let row = Row::new(window.sent, CAMPAIGN_ASSIGNED, CRM);
        self.history.push(Row { properties, ..row });
        let ratio = plan.rate_ratio[usize::from(self.customer.in_segment)];
        if arm == Arm::Treatment && ratio > 1.0 && window.sent < self.limit {
            let extra = (ratio - 1.0) * self.customer.visits_per_day;
            self.visits(window.sent, window.until, extra);
        }
    }

    /// A bill at joining and every so many days, for the same plan and number of seats.
    fn renewals(&mut self, every_days: u32, failed_share: f64, seats: usize) {
        let line = (self.item(), self.customer.traits[seats]);
        let mut due = self.customer.joined + 120 * SECOND;
        while due < self.limit {
            let mut paid = due;
            if self.random.chance(failed_share) {
                self.push(Row::new(due, "payment_failed", CRM));
                paid += DAY;
            }
            self.order(paid, 0, &[line]);
            due += i64::from(every_days) * DAY;
        }
    }

    fn item(&mut self) -> u16 {
        self.world.items.draw(self.random) as u16
    }

    fn category(&self, item: u16) -> Property {
        text("category", self.world.company.items[usize::from(item)].category)
    }

    /// Stores properties and gives their range.
    fn keep(&mut self, properties: &[Property]) -> (u32, u32) {
        let from = self.history.properties.len();
        self.history.properties.extend_from_slice(properties);
        (from as u32, self.history.properties.len() as u32)
    }

    /// Writes a row unless the customer has left by then.
    fn push(&mut self, row: Row) -> bool {
        let is_in_time = row.ts < self.limit;
        if is_in_time {
            self.history.push(row);
        }
        is_in_time
    }
}

fn text(name: &'static str, value: &'static str) -> Property {
    Property { name, value: Value::Text(value) }
}
