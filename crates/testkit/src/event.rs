//! Events and worlds as plain structs, which oracles read without an engine.

use std::collections::BTreeMap;

use perennial_types::calendar::Micros;

/// One row of the event table, as a test writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Key of the customer, from 1.
    pub customer: i64,
    /// When, in microseconds UTC.
    pub ts: Micros,
    /// Order of acceptance; unique in a world.
    pub sequence: i64,
    /// Name of the event.
    pub event: String,
    /// Order the line belongs to.
    pub order_id: Option<String>,
    /// Money in ten-thousandths.
    pub amount: Option<i64>,
    /// ISO 4217 code.
    pub currency: Option<String>,
    /// Item of the line.
    pub item: Option<String>,
    /// Quantity in ten-thousandths.
    pub quantity: Option<i64>,
    /// Session.
    pub session: Option<String>,
    /// Everything else.
    pub properties: BTreeMap<String, String>,
}

/// Customers and what happened to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct World {
    /// Every event, in no particular order.
    pub events: Vec<Event>,
    /// Outside ids of the customers: the first is key 1.
    pub names: Vec<String>,
}

impl World {
    /// The outside id of a customer.
    pub fn name_of(&self, customer: i64) -> &str {
        let position = usize::try_from(customer - 1).ok();
        position.and_then(|position| self.names.get(position)).map_or("?", String::as_str)
    }

    /// The events in the order of the lake: by customer, instant and sequence.
    pub fn sorted(&self) -> Vec<Event> {
        let mut events = self.events.clone();
        events.sort_by_key(|event| (event.customer, event.ts, event.sequence));
        events
    }

    /// This world without the events that do not pass.
    pub fn filtered(&self, passes: impl Fn(&Event) -> bool) -> World {
        let events = self.events.iter().filter(|event| passes(event)).cloned().collect();
        World { events, names: self.names.clone() }
    }
}

impl Event {
    /// The properties as the lake keeps them: one JSON object with sorted keys, or nothing.
    pub fn properties_json(&self) -> Option<String> {
        if self.properties.is_empty() {
            return None;
        }
        let pairs = self.properties.iter();
        let pairs = pairs.map(|(name, value)| format!("{}:{}", quoted(name), quoted(value)));
        Some(format!("{{{}}}", pairs.collect::<Vec<_>>().join(",")))
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", control as u32)),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
