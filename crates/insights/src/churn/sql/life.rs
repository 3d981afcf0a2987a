//! A customer's spells, what they make of every period, and the money along them.

use perennial_types::calendar::Micros;
use perennial_types::filter::Field;
use perennial_types::question::Refusal;

use super::super::plan::Plan;
use super::super::question::Subscription;
use crate::crr::{DAY, Window};
use crate::range::date_name;
use crate::sql::{self, Query};

/// Adds `periods` and `standings`: what a customer is to every period in which they were active at
/// any time, with age, stated reason, and the money of who is at risk.
pub fn standings(plan: &Plan, query: &mut Query) -> Result<(), Refusal> {
    match plan.subscription() {
        None => trailing(plan, query)?,
        Some(subscription) => subscribed(plan, query, subscription)?,
    }
    periods(plan, query);
    sql::units(query, "history", plan.history());
    query.with(
        "met",
        "select
  customer,
  period,
  min(spell_start) < any_value(begins) as at_start,
  max(spell_end) >= any_value(ends) as at_end,
  arg_max({'it': word}, spell_start).it as word
from spells join periods on spell_end >= begins and spell_start < ends
group by customer, period",
    );
    query.with(
        "told",
        format!(
            "select
  met.*,
  first >= periods.begins and first < periods.ends as is_first,
  greatest(period + {offset} - coalesce(unit, 0), 0) as age
from met join periods using (period) join firsts using (customer)
  left join history on first >= history.begins and first < history.ends",
            offset = plan.offset()
        ),
    );
    worth(plan, query)?;
    query.with(
        "standings",
        format!(
            "select
  customer, period, age, word, money,
  age <= {} as is_newer,
  at_start as is_at_risk,
  at_start and not at_end as is_churned,
  case
    when at_start and at_end then 'kept'
    when at_start then 'churned'
    when at_end and is_first then 'new'
    when at_end then 'won_back'
    else 'passing'
  end as state
from told left join worth using (customer, period)",
            plan.question.new_for
        ),
    );
    Ok(())
}

/// Adds `spells` and `firsts`: an occurrence keeps a customer active for the length of the window.
fn trailing(plan: &Plan, query: &mut Query) -> Result<(), Refusal> {
    let event = plan.question.event.as_ref();
    sql::occurred(query, event, plan.population(), plan.as_of)?;
    match plan.window {
        Window::Given(micros) | Window::Measured(micros, _) => {
            query.with("width", format!("select {micros} as micros"));
        }
        Window::Unknown => sql::width(query, plan.as_of),
    }
    query.with("firsts", "select customer, min(ts) as first\nfrom occurred\ngroup by customer");
    query.with(
        "touches",
        "select
  customer, ts, micros,
  coalesce(epoch_us(ts) - epoch_us(lag(ts) over (partition by customer order by ts)) > micros, true) as begins
from occurred, width",
    );
    query.with(
        "spells",
        "select
  customer,
  min(ts) as spell_start,
  make_timestamptz(epoch_us(max(ts)) + any_value(micros)) as spell_end,
  cast(null as varchar) as word
from (select *, sum(cast(begins as integer)) over (partition by customer order by ts) as number from touches)
group by customer, number",
    );
    Ok(())
}

/// Adds `marks`, `spells` and `firsts`: what starts a subscription, until what ends it.
fn subscribed(plan: &Plan, query: &mut Query, subscription: &Subscription) -> Result<(), Refusal> {
    let money = subscription.money.as_deref().map(Field::named);
    let mut more = Vec::new();
    if let Some(money) = &money {
        more.extend(sql::numbered(money)?);
    }
    let word = match &subscription.reason {
        Some(reason) => sql::word(&Field::named(reason))?,
        None => "cast(null as varchar)".to_owned(),
    };
    more.push(("word", word));
    let filters = [("is_start", &subscription.start), ("is_end", &subscription.end)];
    sql::happened(query, plan.as_of, &filters, &more)?;
    let (join, since) = match sql::population(query, plan.population(), plan.as_of) {
        true => (" join buyers using (customer)", "since"),
        false => ("", "timestamptz '-infinity' as since"),
    };
    query.with(
        "marks",
        format!("select happened.*, {since}\nfrom happened{join}\nwhere is_start or is_end"),
    );
    query.with(
        "firsts",
        "select customer, min(greatest(ts, since)) as first\nfrom marks\nwhere is_start\ngroup by customer",
    );
    // A start while it runs changes nothing, nor an end while it does not.
    query.with(
        "turns",
        "select customer, ts, sequence, is_start, word, since\nfrom marks\nqualify is_start is distinct from lag(is_start) over (partition by customer order by ts, sequence)",
    );
    query.with(
        "terms",
        "select
  customer,
  greatest(ts, since) as spell_start,
  coalesce(lead(ts) over (partition by customer order by ts, sequence), timestamptz 'infinity') as spell_end,
  lead(word) over (partition by customer order by ts, sequence) as word
from turns
qualify is_start",
    );
    // Whoever starts again at the very instant of the end was never away.
    query.with(
        "joined",
        "select *, coalesce(spell_start > lag(spell_end) over (partition by customer order by spell_start), true) as begins\nfrom terms\nwhere spell_start < spell_end",
    );
    query.with(
        "spells",
        "select
  customer,
  min(spell_start) as spell_start,
  max(spell_end) as spell_end,
  arg_max({'it': word}, spell_start).it as word
from (select *, sum(cast(begins as integer)) over (partition by customer order by spell_start) as number from joined)
group by customer, number",
    );
    Ok(())
}

/// Adds `periods`, each with the instant from which on purchases are money of its start.
fn periods(plan: &Plan, query: &mut Query) {
    let rows = plan.bounds.windows(2).enumerate().filter_map(|(period, pair)| match pair {
        [begins, ends] => Some((date_name(&plan.calendar, &plan.periods, period), *begins, *ends)),
        _ => None,
    });
    let rows: Vec<_> = rows.collect();
    if plan.subscription().is_some() {
        let since: Vec<Micros> = (0..rows.len()).map(|period| plan.money_since(period)).collect();
        sql::periods(query, "periods", &rows, &[("money_since", &since)]);
        return;
    }
    sql::periods(query, "spans", &rows, &[]);
    query.with(
        "periods",
        "select spans.*, make_timestamptz(epoch_us(begins) - micros) as money_since\nfrom spans, width",
    );
}

/// Adds `worth`: the money of everybody at risk when a period begins.
fn worth(plan: &Plan, query: &mut Query) -> Result<(), Refusal> {
    let currency = plan.question.currency.as_ref();
    if plan.subscription().is_some_and(|one| one.money.is_some()) {
        query.with(
            "levels",
            format!(
                "select customer, ts, sequence, case when is_start then number else 0 end as level\nfrom marks\nwhere not is_start or (number is not null{})",
                sql::of_currency(currency)
            ),
        );
        query.with(
            "worth",
            "select told.customer, told.period, greatest(coalesce(arg_max(level, (ts, sequence)), 0), 0) as money
from told join periods using (period)
  left join levels on levels.customer = told.customer and ts < begins
where at_start
group by told.customer, told.period",
        );
        return Ok(());
    }
    sql::entries(query, plan.as_of, plan.nets(), currency);
    query.with(
        "worth",
        "select told.customer, told.period, greatest(coalesce(sum(amount), 0), 0) as money
from told join periods using (period)
  left join entries on entries.customer = told.customer and ts >= money_since and ts < begins
where at_start
group by told.customer, told.period",
    );
    Ok(())
}

/// Adds `leavings`: the first time a customer left in the range, how long they are known since, and
/// after how many days they were back.
pub fn leavings(plan: &Plan, query: &mut Query) {
    let range = plan.range();
    let day = DAY as Micros;
    query.with(
        "leavings",
        format!(
            "select
  customer,
  ({as_of} - (left_at + 1)) // {day} as followed_days,
  (back_at - left_at + {day} - 1) // {day} as back_days
from (
  select
    customer, spell_end,
    case when isfinite(spell_end) then epoch_us(spell_end) end as left_at,
    epoch_us(lead(spell_start) over (partition by customer order by spell_start)) as back_at
  from spells
)
where spell_end >= {begin} and spell_end < {end}
qualify row_number() over (partition by customer order by spell_end) = 1",
            as_of = plan.as_of,
            begin = sql::instant(range.start),
            end = sql::instant(range.end),
        ),
    );
}
