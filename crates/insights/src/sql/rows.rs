//! From rows to what happened: order lines that share an id are one occurrence, buyers are known from
//! their first purchase, and money taken back is netted.
//!
//! | step | its rows |
//! |---|---|
//! | `known` | the rows before the end of the known world |
//! | `lines` | the same with the sums of their order |
//! | `happened` | one per occurrence: its first instant, and which filters it passes |
//! | `purchases` | one per order and refund, with its money and currency |
//! | `buyers` | one per customer of the population, since when |
//! | `occurred` | what makes a customer active, and when |

use perennial_types::calendar::Micros;
use perennial_types::event::{ORDER, REFUND};
use perennial_types::filter::EventFilter;
use perennial_types::question::{Population, Refusal};

use super::filters::holds;
use super::ledger::of_currency;
use super::query::Query;
use super::text::{instant, quoted};

/// What the lines of an occurrence share; a row without an order id stands alone.
pub const OCCURRENCE: &str = "customer, event, order_id, alone";

/// Adds `known`.
pub fn known(query: &mut Query, as_of: Micros) {
    query.with(
        "known",
        format!(
            "select *, case when order_id is null then sequence end as alone\nfrom events\nwhere ts < {}",
            instant(as_of)
        ),
    );
}

/// The value an expression has in the first line of an occurrence.
pub fn first(expression: &str) -> String {
    // A row, so that a first line without a value gives none.
    format!("arg_min({{'it': {expression}}}, (ts, sequence)).it")
}

/// Adds `known`, `lines` and `happened`: customer, instant and place of every occurrence, a truth per
/// filter, and further columns given by name and aggregate.
///
/// # Errors
/// As [`holds`].
pub fn happened(
    query: &mut Query,
    as_of: Micros,
    filters: &[(&str, &EventFilter)],
    more: &[(&str, String)],
) -> Result<(), Refusal> {
    known(query, as_of);
    query.with(
        "lines",
        format!(
            "select *, sum(amount) over whole as order_amount, sum(quantity) over whole as order_quantity\nfrom known\nwindow whole as (partition by {OCCURRENCE})"
        ),
    );
    let mut columns = vec![
        "customer".to_owned(),
        "min(ts) as ts".to_owned(),
        format!("{} as sequence", first("sequence")),
    ];
    for (name, filter) in filters {
        columns.push(format!("bool_or({}) as {name}", holds(filter, true)?));
    }
    columns.extend(more.iter().map(|(name, sql)| format!("{sql} as {name}")));
    let columns = columns.join(",\n  ");
    query.with("happened", format!("select\n  {columns}\nfrom lines\ngroup by {OCCURRENCE}"));
    Ok(())
}

/// Adds `known` and `purchases`: orders, refunds, and whatever else has an order id.
pub fn purchases(query: &mut Query, as_of: Micros) {
    purchases_in(query, as_of, None);
}

/// As [`purchases`], of rows of one currency where one is named: what follows knows no other.
pub fn purchases_in(query: &mut Query, as_of: Micros, currency: Option<&String>) {
    known(query, as_of);
    query.with(
        "purchases",
        format!(
            "select\n  customer,\n  min(ts) as ts,\n  event = {refund} as is_refund,\n  coalesce(sum(amount), 0) as amount,\n  arg_min(currency, (ts, sequence)) filter (where amount is not null and currency is not null) as currency\nfrom known\nwhere (event in ({order}, {refund}) or order_id is not null){currency}\ngroup by {OCCURRENCE}",
            order = quoted(ORDER),
            refund = quoted(REFUND),
            currency = of_currency(currency),
        ),
    );
}

/// Adds `buyers` with the instant from which on each belongs to the population; nothing for
/// everyone. Gives whether it did.
pub fn population(query: &mut Query, population: Population, as_of: Micros) -> bool {
    let bought = "not is_refund and amount > 0";
    match population {
        Population::Everyone => return false,
        Population::Buyers => {
            purchases(query, as_of);
            query.with(
                "buyers",
                format!("select customer, min(ts) as since\nfrom purchases\nwhere {bought}\ngroup by customer"),
            );
        }
        Population::NetBuyers => {
            purchases(query, as_of);
            net(query, "purchases");
            query.with(
                "buyers",
                format!(
                    "select customer, min(ts) as since\nfrom purchases\nwhere {bought} and customer in (select customer from net)\ngroup by customer"
                ),
            );
        }
    }
    true
}

/// Adds `net`: who has not had everything refunded, in some currency. A refund without a currency
/// takes back any.
pub fn net(query: &mut Query, purchases: &str) {
    query.with(
        "paid",
        format!(
            "select customer, currency, sum(amount) as amount\nfrom {purchases}\nwhere not is_refund and amount > 0\ngroup by customer, currency"
        ),
    );
    query.with(
        "net",
        format!(
            "select distinct customer\nfrom (\n  select paid.customer, any_value(paid.amount) as paid, coalesce(sum(abs(back.amount)), 0) as back\n  from paid left join {purchases} as back\n    on back.customer = paid.customer and back.is_refund\n    and (back.currency is null or back.currency is not distinct from paid.currency)\n  group by paid.customer, paid.currency\n)\nwhere paid > back"
        ),
    );
}

/// Adds `occurred`, customer and instant: events of the filter from when on the customer belongs to
/// the population; without a filter any event, or the purchases of buyers.
///
/// # Errors
/// As [`holds`].
pub fn occurred(
    query: &mut Query,
    event: Option<&EventFilter>,
    whose: Population,
    as_of: Micros,
) -> Result<(), Refusal> {
    let of_buyers = population(query, whose, as_of);
    if event.is_none() && of_buyers {
        query.with(
            "occurred",
            "select customer, ts\nfrom purchases join buyers using (customer)\nwhere not is_refund and amount > 0",
        );
        return Ok(());
    }
    let any = EventFilter::any();
    happened(query, as_of, &[("counts", event.unwrap_or(&any))], &[])?;
    query.with(
        "occurred",
        if of_buyers {
            "select customer, ts\nfrom happened join buyers using (customer)\nwhere counts and ts >= since"
        } else {
            "select customer, ts\nfrom happened\nwhere counts"
        },
    );
    Ok(())
}
