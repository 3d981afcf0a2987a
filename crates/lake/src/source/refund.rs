//! Which order a refund takes back, as far as the rows tell.
//!
//! A refund of −6 of an item belongs to the latest earlier order line of the same customer with +6
//! of the same item that no other refund has taken. One that names its order id belongs to a line
//! of that order first. What fits nothing stays unlinked: it is never guessed.

use std::collections::HashMap;

use perennial_types::calendar::Micros;

/// What of a row decides about links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderLine<'a> {
    /// When it happened.
    pub ts: Micros,
    /// Whether it is a refund; else an order.
    pub is_refund: bool,
    /// Its order id.
    pub order_id: Option<&'a str>,
    /// Its item.
    pub item: Option<&'a str>,
    /// How many, in ten-thousandths; negative in a refund.
    pub quantity: Option<i64>,
}

/// For every line of one customer, in time order: the place of the order line it takes back.
///
/// Time and memory are linear in the number of lines.
pub fn link_refunds(lines: &[OrderLine<'_>]) -> Vec<Option<usize>> {
    let mut links = vec![None; lines.len()];
    let mut by_order: HashMap<(&str, &str, i64), Vec<usize>> = HashMap::new();
    let mut by_item: HashMap<(&str, i64), Vec<usize>> = HashMap::new();
    let mut is_taken = vec![false; lines.len()];
    for (place, line) in lines.iter().enumerate() {
        let (Some(item), Some(quantity)) = (line.item, line.quantity) else { continue };
        if !line.is_refund && quantity > 0 {
            by_item.entry((item, quantity)).or_default().push(place);
            if let Some(order_id) = line.order_id {
                by_order.entry((order_id, item, quantity)).or_default().push(place);
            }
        } else if line.is_refund && quantity < 0 {
            let Some(wanted) = quantity.checked_neg() else { continue };
            let named =
                line.order_id.and_then(|order_id| by_order.get_mut(&(order_id, item, wanted)));
            let link = named
                .and_then(|places| take_latest(places, &mut is_taken))
                .or_else(|| take_latest(by_item.get_mut(&(item, wanted))?, &mut is_taken));
            if let Some(slot) = links.get_mut(place) {
                *slot = link;
            }
        }
    }
    links
}

fn take_latest(places: &mut Vec<usize>, is_taken: &mut [bool]) -> Option<usize> {
    while let Some(place) = places.pop() {
        // The line may have been taken by way of the other index.
        if let Some(taken @ false) = is_taken.get_mut(place) {
            *taken = true;
            return Some(place);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(
        ts: Micros,
        order_id: &'static str,
        item: &'static str,
        quantity: i64,
    ) -> OrderLine<'static> {
        let is_refund = quantity < 0;
        OrderLine {
            ts,
            is_refund,
            order_id: Some(order_id),
            item: Some(item),
            quantity: Some(quantity),
        }
    }

    #[test]
    fn a_refund_takes_back_the_latest_line_that_fits() {
        let lines = [
            line(1, "1", "mug", 6),
            line(2, "2", "mug", 6),
            line(3, "C3", "mug", -6),
            line(4, "C4", "mug", -6),
            line(5, "C5", "mug", -6),
            line(6, "C6", "cup", -1),
            line(7, "7", "cup", 1),
        ];
        assert_eq!(link_refunds(&lines), [None, None, Some(1), Some(0), None, None, None]);
    }

    #[test]
    fn a_refund_that_names_its_order_belongs_to_it() {
        let lines = [
            line(1, "1", "mug", 6),
            line(2, "2", "mug", 6),
            line(3, "1", "mug", -6),
            line(4, "C", "mug", -6),
        ];
        assert_eq!(link_refunds(&lines), [None, None, Some(0), Some(1)]);
    }
}
