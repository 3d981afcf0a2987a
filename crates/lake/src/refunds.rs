//! Refunds and the orders they take back, within the rows of one input.
//!
//! A refund whose order line stands in the same input gets the property `refund_of` with that
//! order's id. It is something we found out, not something the sender said, so it is no part of
//! the row's body.

use perennial_types::event::{ORDER, REFUND};
use serde_json::Value;

use crate::sorted::Sorted;
use crate::source::{OrderLine, link_refunds};
use crate::staging::NO_DECIMAL;

/// Name of the property that names the order a refund takes back.
pub const REFUND_OF: &str = "refund_of";

/// Links the refunds of every customer.
pub(crate) fn link(sorted: &mut Sorted) {
    let code = |name: &str| sorted.event_code(name);
    let (Some(refund), order) = (code(REFUND), code(ORDER)) else { return };
    let mut properties = std::mem::take(&mut sorted.properties);
    for run in sorted.keys.chunk_by(|left, right| left.customer == right.customer) {
        let events = run.iter().map(|key| sorted.buffer.event[key.position as usize]);
        if !events.clone().any(|event| event == refund) {
            continue;
        }
        let rows: Vec<usize> = run
            .iter()
            .map(|key| key.position as usize)
            .filter(|position| {
                let event = sorted.buffer.event[*position];
                event == refund || Some(event) == order
            })
            .collect();
        let lines: Vec<OrderLine<'_>> = rows
            .iter()
            .map(|&position| OrderLine {
                ts: sorted.buffer.ts[position],
                is_refund: sorted.buffer.event[position] == refund,
                order_id: text(sorted.buffer.order_id.get(position)),
                item: text(sorted.buffer.item.get(position)),
                quantity: sorted
                    .buffer
                    .quantity
                    .get(position)
                    .copied()
                    .filter(|value| *value != NO_DECIMAL),
            })
            .collect();
        for (place, link) in link_refunds(&lines).into_iter().enumerate() {
            let Some(order_id) = link.and_then(|link| lines[link].order_id) else { continue };
            let before = text(sorted.buffer.properties.get(rows[place]));
            properties.insert(rows[place] as u32, with_refund_of(before, order_id));
        }
    }
    sorted.properties = properties;
}

fn text(bytes: Option<&[u8]>) -> Option<&str> {
    std::str::from_utf8(bytes?).ok()
}

/// The properties with the order a refund takes back among them. What is there is copied as it
/// stands: reading numbers and writing them again could change them.
fn with_refund_of(properties: Option<&str>, order_id: &str) -> String {
    let mut members = properties.map(members).unwrap_or_default();
    members.retain(|member| !is_refund_of(member));
    let link = format!("{}:{}", quoted(REFUND_OF), quoted(order_id));
    let place = members.partition_point(|member| key(member) < quoted(REFUND_OF).as_str());
    members.insert(place, &link);
    object(&members)
}

/// The properties as they were sent, empty if there were none; `None` if they are as they stand.
pub(crate) fn without_refund_of(properties: &str) -> Option<String> {
    let mut members = members(properties);
    let n_before = members.len();
    members.retain(|member| !is_refund_of(member));
    (members.len() < n_before).then(|| match members.as_slice() {
        [] => String::new(),
        members => object(members),
    })
}

fn object(members: &[&str]) -> String {
    format!("{{{}}}", members.join(","))
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// The key of a member, with its quotes.
fn key(member: &str) -> &str {
    let mut is_escaped = false;
    let end = member.bytes().skip(1).position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    end.and_then(|end| member.get(..end + 2)).unwrap_or(member)
}

fn is_refund_of(member: &&str) -> bool {
    key(member) == quoted(REFUND_OF)
}

/// The members of an object without spaces between its tokens, as they stand.
fn members(object: &str) -> Vec<&str> {
    let inner =
        object.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
    let (mut depth, mut is_text, mut is_escaped) = (0_i32, false, false);
    let is_comma = |character: char| {
        let was_escaped = std::mem::take(&mut is_escaped);
        match character {
            '\\' if is_text => is_escaped = !was_escaped,
            '"' if !was_escaped => is_text = !is_text,
            '{' | '[' if !is_text => depth += 1,
            '}' | ']' if !is_text => depth -= 1,
            _ => {}
        }
        character == ',' && !is_text && depth == 0
    };
    inner.split(is_comma).filter(|member| !member.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_comes_and_goes() {
        assert_eq!(with_refund_of(None, "17"), r#"{"refund_of":"17"}"#);
        let linked = with_refund_of(Some(r#"{"Country":"UK","z":1.5}"#), "17");
        assert_eq!(linked, r#"{"Country":"UK","refund_of":"17","z":1.5}"#);
        assert_eq!(without_refund_of(&linked).unwrap(), r#"{"Country":"UK","z":1.5}"#);
        assert_eq!(without_refund_of(r#"{"refund_of":"17"}"#).unwrap(), "");
        assert_eq!(without_refund_of(r#"{"z":"refund_of"}"#), None);
        let odd = r#"{"a\"b":"x,\"}{","c":[1,{"d":12345678901234567890123}],"s":"\\"}"#;
        let linked = with_refund_of(Some(odd), "a\"b");
        assert_eq!(without_refund_of(&linked).unwrap(), odd);
        assert!(linked.contains(r#"}],"refund_of":"a\"b","s""#), "{linked}");
    }
}
