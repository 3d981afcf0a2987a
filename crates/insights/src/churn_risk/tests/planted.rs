//! A shop that lives in blocks of thirty days and whose customers leave by a known rule.
//!
//! In every block a customer orders once to three times and, one in three, calls for help once. When
//! the block ends they leave for good with the probability of the rule.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use perennial_models::learn::Random;
use perennial_testkit::{Event, World, instant};
use serde_json::{Value, json};

const BLOCK_DAYS: i64 = 30;
const START: Date = date(2023, 1, 1);

/// What the shop is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shop {
    /// A call for help in the block, and coming by an advertisement, make leaving likely.
    Planted,
    /// Leaving is chance, and is said the day after the block.
    Leaking,
}

/// A shop, and what is true of it.
pub struct Built {
    pub world: World,
    pub n_blocks: usize,
    /// Customer, block, risk by the rule, whether they left when it ended.
    pub fates: Vec<(i64, usize, f64, bool)>,
}

pub fn shop(n_customers: i64, n_blocks: usize, kind: Shop, seed: u64) -> Built {
    let mut built = Built { world: World::default(), n_blocks, fates: Vec::new() };
    for customer in 1..=n_customers {
        built.world.names.push(format!("c{customer}"));
        let mut random = Random::stream(seed, customer as u64);
        let channel = ["ads", "web", "shop"][random.below(3)];
        // A third joins later, so that tenure is no calendar.
        let first = if random.below(3) == 0 { random.below(n_blocks) } else { 0 };
        for block in first..n_blocks {
            let has_called = random.below(3) == 0;
            built.block(customer, block, channel, has_called, &mut random);
            let log_odds = match kind {
                Shop::Planted => {
                    -2.4 + 2.2 * f64::from(u8::from(has_called))
                        + 0.9 * f64::from(u8::from(channel == "ads"))
                }
                Shop::Leaking => -1.0,
            };
            let risk = 1.0 / (1.0 + f64::exp(-log_odds));
            let leaves = random.unit() < risk;
            built.fates.push((customer, block, risk, leaves));
            if leaves {
                if kind == Shop::Leaking {
                    built.event(customer, block as i64 + 1, 0, "goodbye", channel);
                }
                break;
            }
        }
    }
    built
}

impl Built {
    fn block(
        &mut self,
        customer: i64,
        block: usize,
        channel: &str,
        calls: bool,
        random: &mut Random,
    ) {
        for _ in 0..=random.below(3) {
            let day = random.below(BLOCK_DAYS as usize) as i64;
            self.event(customer, block as i64, day, "order", channel);
            if let Some(order) = self.world.events.last_mut() {
                order.amount = Some(50_000 + random.below(90) as i64 * 10_000);
                order.currency = Some("EUR".to_owned());
            }
        }
        if calls {
            let day = random.below(BLOCK_DAYS as usize) as i64;
            self.event(customer, block as i64, day, "support_ticket", channel);
        }
    }

    fn event(&mut self, customer: i64, block: i64, day: i64, name: &str, channel: &str) {
        let at = START + (block * BLOCK_DAYS + day).days();
        self.world.events.push(Event {
            customer,
            ts: instant(&format!("{at}T12:00:00Z")),
            sequence: self.world.events.len() as i64 + 1,
            event: name.to_owned(),
            properties: BTreeMap::from([("channel".to_owned(), channel.to_owned())]),
            ..Event::default()
        });
    }

    /// The last date of a block.
    pub fn cut_date(&self, block: usize) -> String {
        self.day_after(block, 0)
    }

    /// So many days after the last date of a block.
    pub fn day_after(&self, block: usize, n_days: i64) -> String {
        (START + ((block as i64 + 1) * BLOCK_DAYS - 1 + n_days).days()).to_string()
    }

    /// A question as of the end of the last block, from every block before it.
    pub fn question(&self) -> Value {
        let cuts: Vec<String> = (0..self.n_blocks - 1).map(|block| self.cut_date(block)).collect();
        let as_of = START + (self.n_blocks as i64 * BLOCK_DAYS).days();
        json!({"as_of": format!("{as_of}T00:00:00Z"), "cuts": cuts, "horizon_days": BLOCK_DAYS})
    }

    /// What the rule says of those with a fate at these blocks, and what became of them.
    pub fn bayes(&self, blocks: &[usize]) -> (Vec<f64>, Vec<bool>) {
        let judged = self.fates.iter().filter(|(_, block, ..)| blocks.contains(block));
        judged.map(|(_, _, risk, left)| (*risk, *left)).unzip()
    }

    /// What the rule says of those who are there in the last block.
    pub fn risks_today(&self) -> BTreeMap<i64, f64> {
        let today = self.fates.iter().filter(|(_, block, ..)| *block + 1 == self.n_blocks);
        today.map(|(customer, _, risk, _)| (*customer, *risk)).collect()
    }
}
