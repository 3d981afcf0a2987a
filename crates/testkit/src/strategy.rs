//! Random worlds that are unkind where calendars and ledgers are: nights of 23 and 25 hours, a day
//! that never was, leap days, ties in time, lines that share an order, several currencies.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use perennial_types::calendar::Micros;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::event::{Event, World};

/// Where and when a random world lives.
#[derive(Clone, Copy, Debug)]
pub struct Scene {
    /// Zone whose calendar is interesting there.
    pub zone: &'static str,
    /// First civil date.
    pub date: Date,
    /// Days it goes on.
    pub n_days: i32,
}

/// Dates around which calendars misbehave.
const STAGES: [(&str, Date); 14] = [
    ("UTC", date(2020, 6, 10)),
    ("UTC", date(2020, 2, 28)),
    ("Europe/London", date(2011, 3, 26)),
    ("Europe/London", date(2010, 10, 30)),
    ("America/New_York", date(2021, 3, 13)),
    ("America/New_York", date(2021, 11, 6)),
    ("Africa/Cairo", date(2023, 4, 27)),
    ("Africa/Cairo", date(2023, 10, 25)),
    ("Pacific/Apia", date(2011, 12, 28)),
    ("America/St_Johns", date(2006, 10, 28)),
    ("America/Sao_Paulo", date(2018, 11, 2)),
    ("Australia/Lord_Howe", date(2019, 4, 5)),
    ("Asia/Kathmandu", date(2019, 12, 29)),
    ("Asia/Shanghai", date(2023, 12, 30)),
];

/// Scenes from three days to three years long.
pub fn scenes() -> impl Strategy<Value = Scene> {
    let spans = vec![3, 3, 6, 20, 70, 400, 1100];
    (select(&STAGES[..]), select(spans)).prop_map(|((zone, date), n_days)| Scene {
        zone,
        date,
        n_days,
    })
}

impl Scene {
    /// The zone's rules.
    ///
    /// # Panics
    /// Never: every stage names a zone of the bundled database.
    #[expect(clippy::expect_used, reason = "the stages name known zones")]
    pub fn rules(&self) -> TimeZone {
        TimeZone::get(self.zone).expect("a known zone")
    }

    /// First instant of the day `n` of the scene, as near as the zone has one.
    pub fn midnight(&self, n: i32) -> Micros {
        let day = self.date.saturating_add(i64::from(n).days());
        let zoned = day.to_zoned(self.rules()).map(|zoned| zoned.timestamp());
        zoned.unwrap_or(Timestamp::UNIX_EPOCH).as_microsecond()
    }

    /// An instant of the scene: midnights and the moments next to them, and anything between.
    fn instants(self) -> impl Strategy<Value = Micros> {
        let n_days = self.n_days;
        let moment =
            select(vec![-1, 0, 0, 1, 3_600_000_000, 7_199_999_999, 7_200_000_000, 43_200_000_000]);
        prop_oneof![
            (0..=n_days, moment).prop_map(move |(day, offset)| self.midnight(day) + offset),
            (0..i64::from(n_days) * 86_400)
                .prop_map(move |second| self.midnight(0) + second * 1_000_000),
        ]
    }
}

/// What a random event is like before it has its place in a world.
#[derive(Clone, Debug)]
struct Draft {
    customer: i64,
    instant: prop::sample::Index,
    event: &'static str,
    order: Option<u8>,
    amount: Option<i64>,
    second_currency: bool,
    item: Option<&'static str>,
    quantity: Option<i64>,
    plan: Option<&'static str>,
    score: Option<i64>,
}

fn drafts(n_customers: i64) -> impl Strategy<Value = Draft> {
    let events = vec!["order", "order", "order", "view", "view", "signup", "refund", "purchase"];
    let amounts = vec![-50_000, 0, 1, 100_000, 100_000, 100_000, 125_050, 300_000, 300_000];
    (
        (1..=n_customers, any::<prop::sample::Index>(), select(events)),
        option::weighted(0.7, 0..4_u8),
        option::weighted(0.8, select(amounts)),
        proptest::bool::weighted(0.3),
        option::of(select(vec!["tea", "cup", "pot"])),
        option::of(select(vec![10_000_i64, 20_000, -10_000])),
        option::weighted(0.7, select(vec!["free", "pro", "team"])),
        option::of(0..5_i64),
    )
        .prop_map(|(place, order, amount, second_currency, item, quantity, plan, score)| {
            let (customer, instant, event) = place;
            Draft {
                customer,
                instant,
                event,
                order,
                amount,
                second_currency,
                item,
                quantity,
                plan,
                score,
            }
        })
}

/// Random worlds of a scene: with or without order ids, in one currency or two, often with several
/// events at the same instant.
pub fn worlds(scene: Scene) -> impl Strategy<Value = World> {
    let size = (1..6_i64, 3..24_usize, prop_oneof![1 => 0..8_usize, 4 => 12..60_usize]);
    let style = (proptest::bool::weighted(0.6), proptest::bool::weighted(0.25));
    (size, style).prop_flat_map(move |((n_customers, n_instants, n_events), style)| {
        (vec(scene.instants(), n_instants), vec(drafts(n_customers), n_events)).prop_map(
            move |(instants, drafts)| World {
                events: events(&instants, &drafts, style),
                names: (1..=n_customers).map(|key| format!("c{key}")).collect(),
            },
        )
    })
}

fn events(
    instants: &[Micros],
    drafts: &[Draft],
    (has_orders, has_currencies): (bool, bool),
) -> Vec<Event> {
    let mut events = Vec::with_capacity(drafts.len());
    for (position, draft) in drafts.iter().enumerate() {
        let order = draft.order.filter(|_| has_orders && draft.event != "view");
        let currency = if has_currencies && draft.second_currency { "USD" } else { "EUR" };
        let mut event = Event {
            customer: draft.customer,
            ts: *draft.instant.get(instants),
            sequence: position as i64 + 1,
            event: draft.event.to_owned(),
            order_id: order.map(|number| format!("O{number}")),
            amount: draft.amount.filter(|_| draft.event != "signup"),
            currency: Some(currency.to_owned()),
            item: draft.item.map(str::to_owned),
            quantity: draft.quantity,
            ..Event::default()
        };
        event.currency = event.currency.filter(|_| event.amount.is_some());
        if let Some(plan) = draft.plan {
            event.properties.insert("plan".to_owned(), plan.to_owned());
        }
        if let Some(score) = draft.score {
            event.properties.insert("score".to_owned(), format!("{score}.5"));
        }
        events.push(event);
    }
    events
}
