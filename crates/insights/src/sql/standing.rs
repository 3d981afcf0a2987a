//! Where a customer stands in a period: the last occurrence before it, and the last one in it.
//!
//! Being active at an instant is to have occurred since some earlier instant, so the last occurrence
//! tells it.

use perennial_types::calendar::Micros;

use super::query::Query;
use super::rows::purchases;

/// Columns of the periods: from when on an occurrence makes a customer active when the period begins,
/// and when it ends.
pub const REACH: [&str; 2] = ["active_since", "active_since_at_end"];

/// Adds `seen` and `standing` to a query that has `occurred` and the relation of that name with
/// [`REACH`]: per period and customer known by its end, `before` and `during`, null where
/// there is none.
pub fn standing(query: &mut Query, periods: &str) {
    query.with(
        "seen",
        format!(
            "select occurred.customer, coalesce(period, -1) as period, max(ts) as ts\nfrom occurred left join {periods} on ts >= begins and ts < ends\nwhere ts < (select max(ends) from {periods})\ngroup by all"
        ),
    );
    query.with(
        "standing",
        format!(
            "select\n  customer,\n  p.period,\n  any_value(active_since) as active_since,\n  any_value(active_since_at_end) as active_since_at_end,\n  max(ts) filter (where ts < begins) as before,\n  max(ts) filter (where ts >= begins) as during\nfrom {periods} as p join seen on ts < ends\ngroup by customer, p.period"
        ),
    );
}

/// The 90th percentile of the gaps between purchases, linear between closest ranks.
const WIDTH: &str = "select below + ((above - below) * (tenths % 10)) // 10 as micros
from (
  select
    tenths,
    gaps[tenths // 10 + 1] as below,
    coalesce(gaps[tenths // 10 + 2], gaps[tenths // 10 + 1]) as above
  from (
    select list_sort(list(gap)) as gaps, (count(*) - 1) * 9 as tenths
    from (
      select epoch_us(ts) - epoch_us(lag(ts) over (partition by customer order by ts)) as gap
      from purchases
      where not is_refund and amount > 0
    )
    where gap is not null
  )
)";

/// Adds `purchases` and `width`: the trailing window as it is measured, `micros`.
pub fn width(query: &mut Query, as_of: Micros) {
    purchases(query, as_of);
    query.with("width", WIDTH);
}
